"""A run in a terminal: with a progress bar, saved regularly, and ended cleanly by a signal."""

import contextlib
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

from tqdm import tqdm

from ..errors import CheckpointError, CourseError, ImageError
from ..images import save_image
from .signals import Stopped, collected, endings

if TYPE_CHECKING:
    from ..transfer import Transfer


class Run(Protocol):
    """What can be run behind a progress bar: a `Transfer`, or a `Training`.

    Attributes:
        history: the steps done; each has its `progress`, from 0 to 1.
    """

    history: Sequence[Any]

    def __iter__(self) -> Iterator[Any]:
        """Iterate steps."""

    def save(self, path: Path) -> Path:
        """Write what it takes to resume."""


class Saving:
    """Where a run is saved, and how often; no other program's run is overwritten.

    Attributes:
        path: the file.
        every: seconds between saves.
    """

    def __init__(self, path: Path, every: float) -> None:
        """Remember what is there now, which may be replaced."""
        self.path, self.every, self._mine = path, every, _stamp(path)

    def save(self, run: Run) -> None:
        """Save a run.

        Raises:
            CheckpointError: as the run's own `save`; or another program has written the file in the meantime.
        """
        if _stamp(self.path) not in (None, self._mine):
            raise CheckpointError(f"{self.path} has been written by another program: this run is not saved over it")
        run.save(self.path)
        self._mine = _stamp(self.path)


def _stamp(path: Path) -> tuple[int, ...] | None:
    """Return what tells one version of a file from the next; None: there is no file."""
    try:
        about = path.stat()
    except OSError:
        return None
    return about.st_ino, about.st_mtime_ns, about.st_size


def save_somewhere(run: "Transfer", output: Path) -> None:
    """Write a run's picture; if that fails after all, to a temporary folder.

    Raises:
        ImageError: it could not be written to `output`; the message says where it is.
    """
    try:
        save_image(run.image, output)
    except ImageError as error:
        rescued = save_image(run.image, Path(tempfile.mkdtemp()) / output.name)
        raise ImageError(f"{error}; the picture is in {rescued}") from error


def run_behind_bar(
    start: Callable[[], Run],
    quiet: bool,
    finish: Callable[[Run], object],
    described: Callable[[Any], str],
    expected: Callable[[Run], str],
    saving: Saving | None = None,
) -> tuple[Run, BaseException | None]:
    """Iterate a run, save it regularly and at its end, and finish it.

    Ctrl-C, SIGTERM or a closed terminal ends the run after the current step; a second one ends it at once. However it
    ends after its first step, it is saved and finished, and signals wait for that.

    Args:
        start: makes the run, or loads it; takes seconds.
        quiet: draw no bar.
        finish: writes what the run has made.
        described: what the bar says of a step.
        expected: what is said of a run that has not begun; takes seconds.
        saving: None: it is not saved.

    Returns:
        The run, and the CourseError that ended it early, or kept it from being saved; `Stopped` if it was a signal.

    Raises:
        KeyboardInterrupt, CourseError: before the first step.
        Exception: what `finish` raises; and any other that ended the run, once all is saved.
    """
    with _bar(quiet) as bar:
        run = start()
        if run.history:
            bar.initial = bar.n = run.history[-1].progress
        elif not quiet:
            bar.write(f"expected: {expected(run)}", file=sys.stderr)
        bar.set_description_str("at work")
        with collected(*endings()) as late:
            ended_by = _iterate(run, bar, described, saving, late)
            try:
                if saving:
                    saving.save(run)
            except CheckpointError as error:
                ended_by = error
            finish(run)
    if ended_by is not None and not isinstance(ended_by, (KeyboardInterrupt, CourseError)):
        raise ended_by
    return run, ended_by


@contextlib.contextmanager
def _bar(quiet: bool) -> Iterator[tqdm]:
    bar = tqdm(
        total=1.0,
        disable=quiet,
        file=sys.stderr,
        desc="starting TensorFlow",
        bar_format="{desc} {percentage:3.0f}%|{bar}| {elapsed}<{remaining}",
    )
    try:
        yield bar
    except BaseException:
        bar.leave = False  # an error is one line
        raise
    finally:
        bar.close()


def _iterate(
    run: Run, bar: tqdm, described: Callable[[Any], str], saving: Saving | None, late: list[int]
) -> BaseException | None:
    """Do the steps; return what ended them early. An error before the first one is raised."""
    due = time.monotonic()  # after the first step, to claim the name
    notice = "" if bar.disable else "stopping soon; Ctrl-C again stops at once"
    try:
        with collected(*endings(), patience=1, notice=notice) as signals:
            for step in run:
                bar.set_description_str(described(step), refresh=False)
                bar.update(step.progress - bar.n)
                if signals or late:
                    raise Stopped([*late, *signals][0])
                if saving and time.monotonic() >= due:
                    _save_or_warn(run, saving, bar)
                    due = time.monotonic() + saving.every
    except (KeyboardInterrupt, Exception) as error:
        bar.leave = False
        if not run.history or isinstance(error, CheckpointError):  # the saved run is damaged
            raise
        return error
    return None


def _save_or_warn(run: Run, saving: Saving, bar: tqdm) -> None:
    """Save a run that is not over: a disk that is full now may have room next time."""
    try:
        saving.save(run)
    except CheckpointError as error:
        bar.write(f"warning: {error}", file=sys.stderr)
