"""`python -m course_utils stylize`: a picture from the command line."""

import argparse
import os
import shlex
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from ..errors import CourseError, OptionError
from ..images import check_output
from ..options import Options
from ..samples import samples
from ..scene import compose, files_read
from ..storage import check_place, read_tree
from .arguments import add_options, given
from .signals import exit_status
from .terminal import Saving, run_behind_bar, save_somewhere

if TYPE_CHECKING:
    from ..transfer import Transfer

CONTENT, STYLE, OUTPUT = "pagoda", "great_wave", "stylized.png"
HELP = "repaint a photo in the style of a painting"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the pictures, where to write, and a flag for each field of `Options`."""
    names = {kind: ", ".join(samples(kind)) for kind in ("content", "style")}
    parser.add_argument("content", nargs="?", help=f"a picture file, or one of {names['content']} ({CONTENT})")
    parser.add_argument("style", nargs="*", help=f"one or several picture files, or of {names['style']} ({STYLE})")
    parser.add_argument(
        "-o",
        "--output",
        default=OUTPUT,
        help="the picture to write, in the format of its extension (%(default)s)",
    )
    parser.add_argument(
        "--checkpoint", metavar="FILE", help="save the run there regularly, at the end, and when it is interrupted"
    )
    parser.add_argument(
        "--checkpoint-every", metavar="X", type=float, default=30.0, help="seconds between saves (%(default)g)"
    )
    parser.add_argument("--resume", metavar="FILE", help="resume a run saved by --checkpoint; it is saved there again")
    parser.add_argument("--quiet", action="store_true", help="no progress bar, no closing line")
    add_options(parser, Options, ("steps", "seconds"))


def run(parsed: argparse.Namespace) -> int:
    """Make the picture; return the exit status.

    Raises:
        CourseError: the request cannot be met, or the run has ended early; its picture is saved by then.
    """
    began = time.perf_counter()
    output = check_output(parsed.output)
    start = _begun(parsed, output, began) if parsed.resume is None else _resumed(parsed, output)
    saving = _saving(parsed, output)
    made, ended_by = run_behind_bar(
        start, parsed.quiet, lambda made: save_somewhere(made, output), _described, _expected, saving
    )
    if isinstance(ended_by, CourseError):
        raise type(ended_by)(f"{ended_by}; the best picture so far is in {output}") from ended_by
    interrupted = isinstance(ended_by, KeyboardInterrupt)
    if not interrupted and made.best_index == 0 and made.losses.total > 0:
        print("warning: no step improved on the start: lower the learning rate", file=sys.stderr)
    if interrupted or not parsed.quiet:
        seconds = time.perf_counter() - began
        print(f"{'interrupted: ' if interrupted else ''}{output}  {_summary(made)}  {seconds:.1f} s")
    if not interrupted:
        return 0
    if saving:
        command = ["python", "-m", "course_utils", "stylize", f"--resume={saving.path}", f"--output={output}"]
        print(f"to resume: {shlex.join(command)}")
    return exit_status(ended_by)


def _saving(parsed: argparse.Namespace, output: Path) -> Saving | None:
    place = parsed.resume if parsed.checkpoint is None else parsed.checkpoint
    if place is None:
        return None
    if not parsed.checkpoint_every > 0:
        raise OptionError(f"--checkpoint-every {parsed.checkpoint_every:g}: a number of seconds above 0 is needed")
    path = check_place(place)
    if path.exists() and not (parsed.resume and path.samefile(Path(parsed.resume).expanduser())):
        raise OptionError(
            f"--checkpoint {path} already exists: give another name, or continue a saved run by --resume"
        )
    for each in filter(None, (path, parsed.resume and Path(parsed.resume).expanduser())):
        if os.path.realpath(each) == os.path.realpath(output):
            raise OptionError(f"the output {output} is also the saved run: give it another name")
    return Saving(path, parsed.checkpoint_every)


def _begun(parsed: argparse.Namespace, output: Path, began: float) -> Callable[[], "Transfer"]:
    """Check the request before loading TensorFlow, which takes seconds; return what makes the run."""
    options = Options(**given(parsed, Options))
    content, style = parsed.content or CONTENT, parsed.style or [STYLE]
    compose(content, style, options)
    pictures = files_read(content, style, options)
    check_output(output, pictures)

    def start() -> "Transfer":
        from ..transfer import Transfer

        started = time.perf_counter()
        run = Transfer(content, style, options)
        run.charge(started - began)
        run.note["read"] = list(map(str, pictures))
        return run

    return start


def _resumed(parsed: argparse.Namespace, output: Path) -> Callable[[], "Transfer"]:
    """Return what loads a saved run; refuse any other file before TensorFlow is started."""
    if parsed.content is not None or (found := given(parsed, Options)):
        what = f"{parsed.content}" if parsed.content is not None else f"--{next(iter(found)).replace('_', '-')}"
        raise OptionError(f"--resume takes pictures and options from its file: leave out {what}")
    read_tree(parsed.resume)

    def start() -> "Transfer":
        from ..transfer import Transfer

        run = Transfer.load(parsed.resume)
        read = run.note.get("read")
        check_output(output, [str(each) for each in read] if isinstance(read, list) else [])
        return run

    return start


def _expected(run: "Transfer") -> str:
    from ..cost import estimate_run

    return f"{estimate_run(run)}, computed in {run.precision}"


def _described(step: object) -> str:
    return f"{step.size[1]}×{step.size[0]} px, step {step.index}, loss {step.losses.total:.4g}"


def _summary(run: "Transfer") -> str:
    losses = run.losses
    return f"loss {losses.total:.4g} (content {losses.content:.4g}, style {losses.style:.4g}, tv {losses.tv:.4g})"
