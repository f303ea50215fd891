"""What a report folder remembers: each notebook's marks, so that none is graded twice, and the files it wrote."""

import contextlib
import hashlib
import json
import os
from collections.abc import Collection, Iterator
from dataclasses import asdict
from pathlib import Path

from ..errors import CourseError
from ..storage import written_whole
from .grading import Graded, Mark

NAME = "kept.json"
FORMAT = 1


class Kept:
    """A report folder's memory, in a file that is written anew after each notebook.

    Attributes:
        folder: the report folder.
    """

    def __init__(self, folder: Path) -> None:
        """Read what is kept in a folder, which need not exist yet.

        Raises:
            CourseError: it is no folder, or its memory is damaged.
        """
        self.folder = folder
        self._graded: dict[str, dict] = {}
        self._written: dict[str, list[str]] = {}  # the SHA-256s that a file of ours may have, by its name
        self._lessons: list[int] = []  # those of the report
        self._path = folder / NAME
        if folder.exists() and not folder.is_dir():
            raise CourseError(f"{folder} is a file: give the name of a folder for the report")
        if not os.path.lexists(self._path):
            return
        try:
            tree = json.loads(self._path.read_bytes())
            if tree["format"] != FORMAT:
                raise ValueError(f"format {tree['format']}")
            self._graded, self._written = dict(tree["graded"]), dict(tree["written"])
            self._lessons = [int(number) for number in tree["lessons"]]
        except (OSError, ValueError, KeyError, TypeError) as error:
            raise CourseError(f"{self._path} is damaged or not ours: choose another folder for the report") from error

    def get(self, key: str) -> Graded | None:
        """Return the marks kept under a key; None: there are none."""
        if key not in self._graded:
            return None
        marks = tuple(Mark(**mark) for mark in self._graded[key]["marks"])
        return Graded(**{**self._graded[key], "marks": marks})

    def keep(self, key: str, graded: Graded) -> None:
        """Keep a notebook's marks.

        Raises:
            CourseError: the file cannot be written.
        """
        self._graded[key] = asdict(graded)
        self._save()

    def check(self, names: list[str], lessons: Collection[int] = ()) -> None:
        """Check that a report's files may be written: none is there, or only what we wrote and nobody changed.

        Args:
            names: the files'.
            lessons: the report's; an earlier report of others is not replaced.

        Raises:
            CourseError: one is not ours, or was changed since; the folder holds the report of a lesson that this one
                lacks; or nothing can be written in the folder.
        """
        if not set(self._lessons) <= set(lessons):
            numbers = " and ".join(map(str, self._lessons))
            held = f"lesson{'s' if len(self._lessons) > 1 else ''} {numbers}"
            raise CourseError(f"{self.folder} holds the report of {held}: choose another folder with -o")
        for name in names:
            path = self.folder / name
            if os.path.lexists(path) and _digest(path) not in self._written.get(name, ()):
                ours = name in self._written
                state = "was changed since it was written" if ours else "is not from an earlier report"
                raise CourseError(f"{path} {state}: move it away, or choose another folder with --output")
        self._save()

    def write(self, files: dict[str, bytes], lessons: Collection[int] = ()) -> None:
        """Write a report's files, each whole or not at all, and remove those of an earlier one that it lacks.

        Args:
            files: contents by name, with "/" between folder and file.
            lessons: those that they report on.

        Raises:
            CourseError: as `check`; or a file cannot be written.
        """
        self.check(list(files), lessons)
        self._lessons = sorted(lessons)
        stale = [name for name in self._written if name not in files]
        for name, content in files.items():  # first the promise: after a crash in the middle, all are known as ours
            self._written.setdefault(name, []).append(hashlib.sha256(content).hexdigest())
        self._save()
        for name, content in files.items():
            with _explained(self.folder / name):
                (self.folder / name).parent.mkdir(parents=True, exist_ok=True)
                with written_whole(self.folder / name) as file:
                    file.write(content)
        for name in stale:
            path = self.folder / name
            if os.path.lexists(path) and _digest(path) in self._written[name]:
                with _explained(path):
                    path.unlink()
        self._written = {name: [hashlib.sha256(content).hexdigest()] for name, content in files.items()}
        self._save()

    def _save(self) -> None:
        tree = {"format": FORMAT, "lessons": self._lessons, "written": self._written, "graded": self._graded}
        with _explained(self._path):
            self.folder.mkdir(parents=True, exist_ok=True)
            with written_whole(self._path) as file:
                file.write(json.dumps(tree, ensure_ascii=False, indent=1).encode("utf-8", "backslashreplace"))


def _digest(path: Path) -> str | None:
    """Return the SHA-256 of a file; None: it is a folder or a link, or cannot be read."""
    try:
        return None if path.is_symlink() else hashlib.sha256(path.read_bytes()).hexdigest()
    except OSError:
        return None


@contextlib.contextmanager
def _explained(path: Path) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        reason = error.strerror or error
        raise CourseError(f"cannot write {path}: {reason}; close it if it is open in another program") from error
