"""A run in a terminal: behind a progress bar, saved now and then, and ended in good order by a signal."""

import signal
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from tqdm import tqdm

from .errors import CheckpointError, CourseError
from .signals import Stopped, collected

if TYPE_CHECKING:
    from .transfer import Transfer


@dataclass(frozen=True)
class Saving:
    """Where a run is saved, and how often.

    Attributes:
        path: the file.
        every: seconds from one saving to the next.
    """

    path: Path
    every: float


def run_behind_bar(
    start: Callable[[], "Transfer"], quiet: bool, saving: Saving | None = None
) -> tuple["Transfer", BaseException | None]:
    """Iterate a run, and save it at the end and now and then.

    Ctrl-C, SIGTERM or a closed terminal lets the step end that is being done, and then the run; a second one ends it
    at once. However it ends, it is saved.

    Args:
        start: makes the run, or loads it; takes seconds.
        quiet: draw no bar.
        saving: None: it is not saved.

    Returns:
        The run, and what ended it early after at least one step, or kept it from being saved: `Stopped`, or a
        CourseError.

    Raises:
        KeyboardInterrupt, CourseError: before the first step.
    """
    bar = tqdm(
        total=1.0,
        disable=quiet,
        file=sys.stderr,
        desc="starting TensorFlow",
        bar_format="{desc} {percentage:3.0f}%|{bar}| {elapsed}<{remaining}",
    )
    run, ended_by = None, None
    try:
        from .cost import estimate_run  # takes seconds: bad input has been refused before

        run = start()
        if run.history:
            bar.initial = bar.n = run.history[-1].progress
        if not quiet and not run.history:
            bar.write(f"expected: {estimate_run(run)}, computed in {run.precision}", file=sys.stderr)
        with collected(*_endings(), patience=1) as signals:
            _iterate(run, bar, saving, signals)
    except (KeyboardInterrupt, CourseError) as error:
        bar.leave = False  # an error is one line
        if run is None or not run.history:
            raise
        ended_by = error
    finally:
        bar.close()
    if saving:
        try:
            with collected(*_endings()):
                run.save(saving.path)
        except CheckpointError as error:
            ended_by = error
    return run, ended_by


def _endings() -> list[int]:
    """Return the signals that end a program here; one that is ignored, as in a script's background, stays so."""
    known = [getattr(signal, name, None) for name in ("SIGINT", "SIGTERM", "SIGHUP")]
    return [number for number in known if number is not None and signal.getsignal(number) is not signal.SIG_IGN]


def _iterate(run: "Transfer", bar: tqdm, saving: Saving | None, signals: list[int]) -> None:
    saved = time.monotonic()
    for step in run:
        text = f"{step.size[1]}×{step.size[0]} px, step {step.index}, loss {step.losses.total:.4g}"
        bar.set_description_str(text, refresh=False)
        bar.update(step.progress - bar.n)
        if signals:
            break
        if saving and time.monotonic() - saved >= saving.every:
            _save_or_warn(run, saving, bar)
            saved = time.monotonic()
    if signals:
        raise Stopped(signals[0])


def _save_or_warn(run: "Transfer", saving: Saving, bar: tqdm) -> None:
    """Save a run that goes on: a disk that is full now may have room at the next time."""
    try:
        run.save(saving.path)
    except CheckpointError as error:
        bar.write(f"warning: {error}", file=sys.stderr)
