"""The studio's last run, kept in a file while it is unfinished, so that a restarted kernel can resume it."""

import contextlib
import os
import time
from collections.abc import Callable
from pathlib import Path

from ..errors import CheckpointError
from ..transfer import Transfer
from .kernel import Ration

KEEP = (5.0, 0.02)  # seconds apart, at least, and share of the time, at most


class LastRun:
    """An unfinished run, in a hidden file that is named after the notebook and lies beside it.

    Jupyter's server tells the kernel the notebook's name; if another program starts the kernel, all notebooks in a
    folder share one file.

    Attributes:
        path: of the file.
    """

    def __init__(self, tell: Callable[[str], None]) -> None:
        """Read nothing yet; `tell` is called with what has gone wrong."""
        self._tell = tell
        notebook = os.environ.get("JPY_SESSION_NAME") or "studio"
        self.path = Path.cwd() / f".{Path(notebook).stem}.run.npz"
        self._mine = False

    def begin(self) -> None:
        """Let a new run go for a few seconds before it replaces the unfinished one."""
        self._ration, self._told = Ration(*KEEP), False
        with self._ration:
            pass

    @property
    def saved_at(self) -> str | None:
        """The local time at which the run was saved, as text; None: there is none."""
        try:
            return time.strftime("%Y-%m-%d %H:%M", time.localtime(self.path.stat().st_mtime))
        except OSError:
            return None

    @property
    def invitation(self) -> str:
        """The end of a sentence that offers an alternative to a new run; empty if there is none."""
        return f", or resume the run saved on {self.saved_at}" if self.saved_at else ""

    def keep(self, run: Transfer) -> None:
        """Save the run; tell, once, if that fails."""
        try:
            run.save(self.path)
            self._mine = True
        except CheckpointError as error:
            if not self._told:
                self._tell(f"If the kernel stops, this run will be lost: {error}.")
            self._told = True

    def keep_now_and_then(self, run: Transfer) -> None:
        """Save the run, unless it was saved too recently for what that costs."""
        with self._ration as due:
            if due:
                self.keep(run)

    def load(self) -> Transfer:
        """Return the run, which continues where it was saved.

        Raises:
            CourseError: as `Transfer.load`; or a run that was not saved by a studio.
        """
        run = Transfer.load(self.path)
        if not {"content", "style", "uploads", "weights"} <= run.note.keys():
            raise CheckpointError(f"{self.path.name} was not saved by a studio: Transfer.load resumes it")
        self._mine = True
        return run

    def forget(self) -> None:
        """Delete the file, unless it is another studio's."""
        if self._mine:
            with contextlib.suppress(OSError):
                self.path.unlink()
