"""What the studio needs from the notebook's kernel that it lives in: its time, its loop, its cells."""

import asyncio
import time
import weakref
from collections.abc import Callable

from IPython import get_ipython

_IN_CELL: dict[str, weakref.WeakMethod] = {}  # what stops the thing that a cell has made, by the cell's id


class Ration:
    """Says when some work is due again, so that it takes at most a given share of the time."""

    def __init__(self, least: float, share: float) -> None:
        """Make it due at once; later after `least` seconds, or its last duration divided by `share`, if longer."""
        self._least, self._share, self._due_at = least, share, 0.0

    def hurry(self) -> None:
        """Make it due as soon as the least time allows, whatever it cost."""
        self._due_at = min(self._due_at, time.perf_counter() + self._least)

    def __enter__(self) -> bool:
        """Return whether the work is due; what is done inside the block is timed."""
        self._began = time.perf_counter()
        self._due = self._began >= self._due_at
        return self._due

    def __exit__(self, *_: object) -> None:
        """Set when the work is due next."""
        if self._due:
            now = time.perf_counter()
            self._due_at = now + max(self._least, (now - self._began) / self._share)


def running_loop() -> asyncio.AbstractEventLoop | None:
    """Return the event loop of this thread; None outside of one."""
    try:
        return asyncio.get_running_loop()
    except RuntimeError:
        return None


def in_loop(loop: asyncio.AbstractEventLoop | None, handler: Callable[..., None]) -> Callable[..., None]:
    """Make a handler for widgets that always runs in one loop, whatever thread brings the event.

    JupyterLab delivers clicks through subshells, that is, in threads of their own, each with its own loop, while
    a run is a task of the loop in which the studio was made. An asyncio event set from another thread wakes nobody.
    """

    def handle(*arguments: object) -> None:
        if loop is None or running_loop() is loop:
            handler(*arguments)
        else:
            loop.call_soon_threadsafe(handler, *arguments)

    return handle


def only_one_in_cell(stop: Callable[[], None]) -> None:
    """Stop what the same cell made earlier: its widgets are gone, and its run would go on unseen.

    Args:
        stop: the method that stops what the cell makes now; held weakly.
    """
    kernel = getattr(get_ipython(), "kernel", None)
    cell = ((kernel.get_parent() if kernel else None) or {}).get("metadata", {}).get("cellId")
    if cell is None:
        return
    stop_earlier = _IN_CELL[cell]() if cell in _IN_CELL else None
    if stop_earlier is not None:
        stop_earlier()
    _IN_CELL[cell] = weakref.WeakMethod(stop)
