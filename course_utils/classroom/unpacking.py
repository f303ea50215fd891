"""What was handed in, file by file: folders are walked and zips unpacked; what is dangerous is refused by a sentence.

No name from a zip ever becomes a path: what is unpacked lies under a running number.
"""

import itertools
import lzma
import os
import re
import stat
import time
import unicodedata
import zipfile
import zlib
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path, PureWindowsPath
from typing import IO

from ..errors import CourseError, SubmissionError
from .reading import LARGEST

OF_A_CLASS, OF_A_STUDENT = 10_000_000_000, 1_000_000_000  # bytes that a zip may unpack to
FILES = 10_000  # in one zip
DEPTH = 3  # zips within zips
CHUNK = 1 << 20
_LINK = "is a link, which is not followed: hand in the file itself"
_UTF_8, _ENCRYPTED = 0x800, 0x1  # flags of a zip's entry


@dataclass(frozen=True)
class Item:
    """One file; or an empty folder, whose last part is empty."""

    parts: tuple[str, ...]  # its place in what was handed in: folders, zips, and its name
    file: Path | None = None  # the notebook; None if it is none, or cannot be had
    trouble: str | None = None  # why it cannot be had; goes on after its name


def unpack(path: Path, unpacked: Path) -> list[Item]:
    """List what lies in a folder, in a zip, or is a single notebook, and unpack the notebooks.

    Args:
        path: the folder or file.
        unpacked: an empty folder, for what comes out of zips.

    Raises:
        CourseError: there is nothing there; or the zip as a whole is damaged or dangerous.
    """
    try:
        if path.is_dir():
            return list(_Unpacking(unpacked).walk(path, ()))
        if path.suffix.lower() == ".ipynb" and path.is_file():
            return [Item((path.name,), path)]
        if not path.exists():
            raise CourseError(f"no such folder or zip: {path}")
        if not zipfile.is_zipfile(path):
            raise CourseError(f"{path} is neither a folder nor a zip: unpack it, and give the folder")
        unpacking = _Unpacking(unpacked)
        return list(unpacking.unzip(path, (), unpacking.room))
    except SubmissionError as error:
        raise CourseError(f"{path} {error}") from error
    except OSError as error:
        raise CourseError(f"cannot read {path}: {error}") from error


class _Room:
    """How many bytes a zip may still unpack to, the zips in it included, and the zip that it lies in."""

    def __init__(self, size: int, within: "_Room | None" = None) -> None:
        self.left, self.within = size, within

    def take(self, size: int) -> None:
        """Use some.

        Raises:
            SubmissionError: there is not as much.
        """
        self.left -= size
        if self.left < 0:
            raise SubmissionError("unpacks to far more than notebooks need: is it a zip bomb?")
        if self.within:
            self.within.take(size)


class _Unpacking:
    def __init__(self, folder: Path) -> None:
        self.folder, self.numbers, self.room = folder, itertools.count(), _Room(OF_A_CLASS)

    def walk(self, folder: Path, parts: tuple[str, ...]) -> Iterator[Item]:
        """List a folder and those in it."""
        for entry in sorted(os.scandir(folder), key=lambda entry: entry.name):
            here, path = (*parts, _composed(entry.name)), Path(entry.path)
            if _is_junk(entry.name):
                continue
            if entry.is_symlink() or getattr(entry, "is_junction", bool)():  # from Python 3.12 on
                yield Item(here, trouble=_LINK)
            elif entry.is_dir():
                try:
                    yield from list(self.walk(path, here)) or [Item((*here, ""))]
                except OSError as error:
                    yield Item(here, trouble=f"cannot be read: {error.strerror}")
            elif _is_zip(here):
                yield from self.unzip_or_say_why(path, here, self.room)
            else:
                yield Item(here, path if _is_notebook(here) else None)

    def unzip_or_say_why(self, source: Path, parts: tuple[str, ...], room: _Room) -> list[Item]:
        """List a student's zip; if it is refused, itself."""
        try:
            return list(self.unzip(source, parts, _Room(OF_A_STUDENT, within=room)))
        except SubmissionError as error:
            return [Item(parts, trouble=str(error))]

    def unzip(self, source: Path, parts: tuple[str, ...], room: _Room) -> Iterator[Item]:
        """List a zip, and unpack its notebooks and zips.

        Raises:
            SubmissionError: it is damaged or dangerous; the message goes on after its name.
        """
        try:
            with zipfile.ZipFile(source) as archive:
                entries = [(entry, _inner_parts(entry)) for entry in archive.infolist()]
                if len(entries) > FILES:
                    raise SubmissionError(f"has {len(entries)} files in it: at most {FILES} are unpacked")
                for entry, inner in entries:
                    if inner and not entry.is_dir() and not any(map(_is_junk, inner)):
                        yield from self._entry(archive, entry, (*parts, *inner), room)
        except (zipfile.BadZipFile, ValueError, NotImplementedError) as error:
            raise SubmissionError(f"is a damaged zip: {error}") from error

    def _entry(
        self, archive: zipfile.ZipFile, entry: zipfile.ZipInfo, parts: tuple[str, ...], room: _Room
    ) -> Iterator[Item]:
        if not _is_zip(parts) and not _is_notebook(parts):
            yield Item(parts)
        elif stat.S_ISLNK(entry.external_attr >> 16):
            yield Item(parts, trouble=_LINK)
        elif entry.flag_bits & _ENCRYPTED:
            yield Item(parts, trouble="is locked by a password: hand it in without one")
        elif sum(_is_zip((part,)) for part in parts) > DEPTH:
            yield Item(
                parts, trouble=f"lies in more than {DEPTH} zips, one inside the other: hand in the notebook itself"
            )
        else:
            file = self.folder / f"{next(self.numbers):05}{'.zip' if _is_zip(parts) else '.ipynb'}"
            try:
                with archive.open(entry) as packed:
                    _copy(packed, file, room)
            except _TooLarge:
                yield Item(parts, trouble=f"is larger than {LARGEST / 1e6:.0f} MB: clear the outputs first")
                return
            except (zipfile.BadZipFile, zlib.error, lzma.LZMAError, EOFError, NotImplementedError) as error:
                yield Item(parts, trouble=f"is damaged within the zip: {error}")
                return
            with suppress(ValueError, OverflowError, OSError):  # a date that is none
                when = time.mktime((*entry.date_time, 0, 0, -1))
                os.utime(file, (when, when))
            yield from self.unzip_or_say_why(file, parts, room) if _is_zip(parts) else [Item(parts, file)]


class _TooLarge(Exception):
    pass


def _copy(packed: IO[bytes], file: Path, room: _Room) -> None:
    """Unpack a file, whatever length the zip states.

    Raises:
        _TooLarge: it is larger than any notebook may be.
        SubmissionError: the zip has no room left.
    """
    size = 0
    with file.open("xb") as opened:
        while chunk := packed.read(CHUNK):
            size += len(chunk)
            if size > LARGEST:
                raise _TooLarge
            room.take(len(chunk))
            opened.write(chunk)


def _inner_parts(entry: zipfile.ZipInfo) -> tuple[str, ...]:
    """Return an entry's folders and name.

    Raises:
        SubmissionError: they lead out of the zip.
    """
    name = _composed(_name(entry)).replace("\\", "/")
    parts = tuple(part for part in name.split("/") if part not in ("", "."))
    if name.startswith("/") or ".." in parts or PureWindowsPath(name).drive:
        raise SubmissionError(f"has a file in it whose path leads out of the zip, “{name[:80]}”: nothing was unpacked")
    return parts


def _name(entry: zipfile.ZipInfo) -> str:
    """Return an entry's name; unless a flag says UTF-8, `zipfile` has read its bytes as code page 437."""
    if entry.flag_bits & _UTF_8:
        return entry.filename
    with suppress(UnicodeError):
        packed = entry.filename.encode("cp437")
        with suppress(UnicodeError):
            return packed.decode("utf-8")  # macOS, which does not set the flag
        if re.search("[\u2500-\u259f]", entry.filename):  # lines and blocks: no name, but Chinese Windows' bytes
            return packed.decode("gb18030")
    return entry.filename


def _composed(name: str) -> str:
    """Return a name with its accents within the letters, where macOS writes them after."""
    return unicodedata.normalize("NFC", name)


def _is_notebook(parts: tuple[str, ...]) -> bool:
    """Tell a notebook by its name; the course's own solutions, handed in with the whole folder, are no attempt."""
    return parts[-1].lower().endswith(".ipynb") and "solutions" not in parts[:-1]


def _is_zip(parts: tuple[str, ...]) -> bool:
    return parts[-1].lower().endswith(".zip")


def _is_junk(name: str) -> bool:
    return name.startswith((".", "~$")) or name in ("__MACOSX", "Thumbs.db", "desktop.ini")
