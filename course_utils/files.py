"""Files that are written whole or not at all."""

import contextlib
import os
import secrets
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO


@contextlib.contextmanager
def written_whole(path: Path) -> Iterator[BinaryIO]:
    """Open a file for writing that takes the place of `path` when the block has ended well.

    Until then it has another name beside `path`, so that an interruption, a full disk or another writer never
    leaves half a file, nor destroys the one that was there.

    Raises:
        OSError: the place cannot be written.
    """
    temporary = temporary_name(path)
    try:
        with temporary.open("xb") as file:
            yield file
            file.flush()
            os.fsync(file.fileno())
        temporary.replace(path)
    finally:
        temporary.unlink(missing_ok=True)


def require_writable(path: Path) -> None:
    """Try whether a file could be written beside `path`.

    Raises:
        OSError: it cannot.
    """
    temporary = temporary_name(path)
    with temporary.open("xb"):
        pass
    temporary.unlink()


def temporary_name(path: Path) -> Path:
    """Name a file beside `path`, where renaming it to `path` is atomic."""
    return path.with_name(f".{path.stem[:20]}.{secrets.token_hex(4)}.tmp")
