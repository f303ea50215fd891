"""`python -m course_utils train`: a fast network for a painting, from the command line."""

import argparse
import shlex
import time
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from ..errors import CheckpointError, CourseError, ImageError, OptionError
from ..images import as_image, check_output, save_image
from ..options import TrainingOptions
from ..samples import find_image, samples
from ..storage import check_place, read_tree
from .arguments import add_options, given, pictures_in
from .signals import exit_status
from .terminal import Saving, run_behind_bar

if TYPE_CHECKING:
    from ..fast import Training

HELP = "train a network that repaints any photo in the style of a painting"
SAMPLE, SAMPLE_SIZE = "cat", 384  # px, the longest side


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the paintings, the photos, where to write, and a flag for each field of `TrainingOptions`."""
    paintings, photos = ", ".join(samples("style")), samples("content")
    parser.add_argument(
        "paintings",
        nargs="*",
        help=f"a picture file, or one of {paintings}; several train one network that can mix them",
    )
    parser.add_argument(
        "--photos",
        nargs="+",
        metavar="PHOTO",
        help=f"what it learns to repaint, the more and the more varied the better: picture files, folders of them, or "
        f"of {', '.join(photos)} (these {len(photos)})",
    )
    parser.add_argument(
        "-o",
        "--output",
        metavar="FILE",
        default="network.npz",
        help="the network to write, with a sample picture of the same name beside it (%(default)s)",
    )
    parser.add_argument(
        "--sample", metavar="PHOTO", default=SAMPLE, help="the photo in the sample picture (%(default)s)"
    )
    parser.add_argument(
        "--save-every", metavar="X", type=float, default=60.0, help="seconds between saves (%(default)g)"
    )
    parser.add_argument("--resume", action="store_true", help="resume the training saved in --output")
    parser.add_argument("--quiet", action="store_true", help="no progress bar, no closing line")
    add_options(parser, TrainingOptions, ("steps", "minutes"))


class _SavingWithSample(Saving):
    """Saves the training, and beside it a photo as the network repaints it now.

    Attributes:
        picture: the sample's file.
    """

    def __init__(self, path: Path, every: float, sample: str, picture: Path) -> None:
        """Load the sample photo."""
        super().__init__(path, every)
        self._photo, self.picture = as_image(sample, SAMPLE_SIZE), picture

    def save(self, run: "Training") -> None:
        """Save both; several paintings stand side by side.

        Raises:
            CheckpointError: as `Saving.save`; or the picture cannot be written.
        """
        super().save(run)
        network = run.network
        try:
            save_image(np.concatenate([network(self._photo, each) for each in network.paintings], 2), self.picture)
        except ImageError as error:
            raise CheckpointError(f"{error}; the training itself is saved") from error


def run(parsed: argparse.Namespace) -> int:
    """Train the network; return the exit status.

    Raises:
        CourseError: the request cannot be met, or the training has ended early; it is saved by then.
    """
    began = time.perf_counter()
    saving = _saving(parsed)
    start = _resumed(parsed) if parsed.resume else _begun(parsed)
    made, ended_by = run_behind_bar(start, parsed.quiet, lambda made: None, _described, _expected, saving)
    if isinstance(ended_by, CourseError):
        raise type(ended_by)(f"{ended_by}; the training so far is in {saving.path}") from ended_by
    interrupted = isinstance(ended_by, KeyboardInterrupt) and made.progress < 1
    if interrupted or not parsed.quiet:
        losses, seconds = made.history[-1].losses, time.perf_counter() - began
        print(
            f"{'interrupted: ' if interrupted else ''}{saving.path}, {saving.picture}  step {len(made.history)}, "
            f"loss {losses.total:.4g} (content {losses.content:.4g}, style {losses.style:.4g})  {seconds:.0f} s"
        )
    if not interrupted:
        return 0
    command = ["python", "-m", "course_utils", "train", "--resume", f"--output={saving.path}"]
    command += [] if parsed.sample == SAMPLE else [f"--sample={parsed.sample}"]
    print(f"to resume: {shlex.join(command)}")
    return exit_status(ended_by)


def _saving(parsed: argparse.Namespace) -> _SavingWithSample:
    if not parsed.save_every > 0:
        raise OptionError(f"--save-every {parsed.save_every:g}: a number of seconds above 0 is needed")
    path = check_place(parsed.output)
    if path.suffix != ".npz":
        raise OptionError(f"--output {path}: the name of a network ends in .npz")
    picture = check_output(path.with_suffix(".png"))
    for each in (path, picture):
        if each.exists() and not parsed.resume:
            raise OptionError(f"{each} already exists: give another --output, or resume a training by --resume")
    return _SavingWithSample(path, parsed.save_every, parsed.sample, picture)


def _begun(parsed: argparse.Namespace) -> Callable[[], "Training"]:
    """Check the request before loading TensorFlow, which takes seconds; return what makes the training."""
    if not parsed.paintings:
        raise OptionError(f"which painting? Give a picture file, or one of {', '.join(samples('style'))}")
    options = TrainingOptions(**given(parsed, TrainingOptions))
    photos = [path for source in parsed.photos or samples("content") for path in pictures_in(source)]
    for each in (*parsed.paintings, *photos):
        find_image(each)

    def start() -> "Training":
        from ..fast import Training

        return Training(parsed.paintings, photos, options)

    return start


def _resumed(parsed: argparse.Namespace) -> Callable[[], "Training"]:
    """Return what loads a saved training; refuse any other file before TensorFlow is started."""
    found = given(parsed, TrainingOptions)
    if parsed.paintings or parsed.photos or found:
        what = parsed.paintings[0] if parsed.paintings else "--photos" if parsed.photos else f"--{next(iter(found))}"
        raise OptionError(f"--resume takes pictures and options from its file: leave out {what.replace('_', '-')}")
    read_tree(parsed.output)

    def start() -> "Training":
        from ..fast import Training

        return Training.load(parsed.output)

    return start


def _expected(run: "Training") -> str:
    from ..cost import estimate_training_step

    options, step = run.options, estimate_training_step(run.options) / 60
    crops = f"{options.batch} crop{'' if options.batch == 1 else 's'}"
    if options.minutes is None:
        return f"about {options.steps * step:.0f} minutes for {options.steps} steps of {crops}"
    return f"at most {options.minutes / step:.0f} steps of {crops} in {options.minutes:g} minutes"


def _described(step: object) -> str:
    losses = step.losses
    return f"step {step.index}, loss {losses.total:.3g} (content {losses.content:.2f}, style {losses.style:.2f})"
