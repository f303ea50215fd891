"""The frames of a clip that is not finished, kept on disk: whatever ends the program, even a kill, costs one frame."""

import contextlib
import os
import shutil
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import PIL.Image

from ..errors import CheckpointError, ClipError, CourseError, OptionError
from ..images import as_bytes
from ..storage import decode, read_tree, write_tree


class Unfinished:
    """A folder `.NAME.frames` beside the clip NAME: a PNG for each frame that is done, and what was asked for.

    Attributes:
        path: the folder.
        done: how many frames are in it.
        is_mine: whether this program has made it.
    """

    def __init__(self, clip: Path) -> None:
        """Name the folder, and see whether it is there; nothing is read or written.

        Raises:
            OSError, ValueError: no folder can have that name.
        """
        self.path, self.done, self.is_mine = clip.with_name(f".{clip.name}.frames"), 0, False
        self._exists = self.path.exists()

    def require_none(self) -> None:
        """Check that there was no such folder.

        Raises:
            OptionError: there was one.
        """
        if self._exists:
            raise OptionError(
                f"{self.path} holds the frames of an unfinished clip: finish it with --resume, delete that folder, or "
                f"give another --output"
            )

    def begin(self, request: dict) -> None:
        """Make the folder, and write down what was asked for: a tree for `storage.write_tree`.

        Raises:
            CourseError: it is there by now, or cannot be written.
        """
        try:
            self.path.mkdir()
        except OSError as error:
            raise ClipError(f"cannot write {self.path}: {error}") from error
        self.is_mine = True
        write_tree(self._request, request)

    def resume(self, size: tuple[int, int]) -> None:
        """Count the frames of that (height, width); a damaged one, and those after it, are removed.

        Raises:
            ClipError: they cannot be.
        """
        while self._is_intact(self._frame(self.done + 1), size):
            self.done += 1
        damaged = self._frame(self.done + 1)
        try:
            if damaged.exists():
                for path in self.path.glob("*.png"):
                    if path.name >= damaged.name:
                        path.unlink()
        except OSError as error:
            raise ClipError(f"{damaged} is damaged and cannot be removed: {error}") from error

    def request(self) -> dict:
        """Read what was asked for.

        Raises:
            CheckpointError: there is no such folder, or it is damaged.
        """
        if not self._exists:
            raise CheckpointError(f"nothing to resume: there is no folder {self.path}; begin without --resume")
        try:
            return read_tree(self._request)
        except CheckpointError as error:
            raise CheckpointError(f"{error}: delete {self.path}, and begin again without --resume") from error

    def keep(self, image: np.ndarray) -> None:
        """Add a frame, `(1, H, W, 3)` in [0, 1], whole or not at all.

        Raises:
            ClipError: it cannot be written; or another program has made that frame in the meantime.
        """
        path = self._frame(self.done + 1)
        temporary = path.with_suffix(f".{os.getpid()}.tmp")
        try:
            PIL.Image.fromarray(as_bytes(image[0])).save(temporary, "PNG", compress_level=1)
            if path.exists():
                raise ClipError(f"{path} has been written by another program, which is making the same clip")
            temporary.replace(path)
        except OSError as error:
            raise ClipError(f"cannot write {path}: {error}") from error
        finally:
            with contextlib.suppress(OSError):
                temporary.unlink(missing_ok=True)
        self.done += 1

    def __iter__(self) -> Iterator[np.ndarray]:
        """Read the frames, uint8 `(H, W, 3)`.

        Raises:
            ImageError: one is damaged.
        """
        return self.last(self.done)

    def last(self, count: int) -> Iterator[np.ndarray]:
        """Read the last frames, or all if there are fewer."""
        for number in range(max(0, self.done - count) + 1, self.done + 1):
            path = self._frame(number)
            yield np.asarray(decode(path, path))

    def discard(self) -> None:
        """Remove the folder."""
        shutil.rmtree(self.path, ignore_errors=True)

    @property
    def _request(self) -> Path:
        return self.path / "request.npz"

    def _frame(self, number: int) -> Path:
        return self.path / f"{number:06d}.png"

    @staticmethod
    def _is_intact(path: Path, size: tuple[int, int]) -> bool:
        try:
            return path.is_file() and decode(path, path).size == size[::-1]
        except CourseError:
            return False
