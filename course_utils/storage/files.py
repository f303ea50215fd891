"""Files that are written whole or not at all."""

import contextlib
import errno
import os
import secrets
import shutil
import stat
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO


@contextlib.contextmanager
def written_whole(path: Path) -> Iterator[BinaryIO]:
    """Open a file for writing that takes the place of `path` when the block ends without an error.

    Until then it has another name beside `path`, so that an interruption, a full disk or another writer never
    leaves half a file, nor destroys the old one. A link stays a link: its target is written. The new file keeps the
    old one's permissions.

    Raises:
        OSError: the path cannot be written.
    """
    path = Path(os.path.realpath(path))
    temporary = temporary_name(path)
    try:
        with temporary.open("xb") as file:
            yield file
            file.flush()
            os.fsync(file.fileno())
        if path.exists():
            shutil.copymode(path, temporary)
        temporary.replace(path)
    finally:
        temporary.unlink(missing_ok=True)


@contextlib.contextmanager
def folder_written_whole(path: Path) -> Iterator[Path]:
    """Make a folder that takes the place of `path`, missing or empty, when the block ends without an error.

    Raises:
        OSError: the path cannot be written, or is a folder with something in it.
    """
    path = Path(os.path.realpath(path))
    temporary = temporary_name(path)
    temporary.mkdir()
    try:
        yield temporary
        if path.exists():
            path.rmdir()
        temporary.replace(path)
    finally:
        shutil.rmtree(temporary, ignore_errors=True)


def require_writable(path: Path) -> None:
    """Check that a file could be written beside `path` and take its place.

    Raises:
        OSError: it cannot.
    """
    path = Path(os.path.realpath(path))
    temporary = temporary_name(path)
    with temporary.open("xb"):
        pass
    temporary.unlink()
    if path.exists() and _is_another_users(path):
        raise PermissionError(errno.EPERM, "another user's file, in a folder where each may replace only their own")


def _is_another_users(path: Path) -> bool:
    """Tell whether a file cannot be replaced because a folder's sticky bit, like that of /tmp, protects it."""
    folder = path.parent.stat()
    if not (folder.st_mode & stat.S_ISVTX and hasattr(os, "geteuid")):
        return False
    return os.geteuid() not in (0, folder.st_uid, path.stat().st_uid)


def temporary_name(path: Path) -> Path:
    """Name a file beside `path`, where renaming it to `path` is atomic."""
    return path.with_name(f".{path.stem[:20]}.{secrets.token_hex(4)}.tmp")
