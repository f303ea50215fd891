"""The pictures and clips that come with the course, by name."""

import hashlib
import os
from collections.abc import Mapping
from pathlib import Path

from .errors import CourseError, ImageError

_HERE = Path(__file__).resolve().parent
DATA = _HERE / "data" if (_HERE / "data").is_dir() else _HERE.parent / "data"  # in an installed wheel; in a clone


def samples(kind: str) -> dict[str, Path]:
    """Return what comes with the course, `{name: path}`; `kind` is "content", "style" or "video"."""
    return {path.stem: path for path in sorted((DATA / kind).glob("*.mp4" if kind == "video" else "*.jpg"))}


def damaged_samples() -> list[str]:
    """List the pictures and clips of data/README.md that are missing or do not match their SHA-256 there."""
    try:
        text = (DATA / "README.md").read_text(encoding="utf-8")
    except OSError:
        return ["README.md"]
    kinds = ("| `content/", "| `style/", "| `video/")
    rows = [line.strip("|").split("|") for line in text.splitlines() if line.startswith(kinds)]
    table = {row[0].strip(" `"): row[-1].strip(" `") for row in rows}
    return [name for name, digest in table.items() if _sha256(DATA / name) != digest]


def find_image(source: str | os.PathLike) -> Path:
    """Turn the name of a sample ("pagoda") or a path into a path.

    A file of that name in the working directory takes precedence over a sample.

    Raises:
        ImageError: there is neither; the message lists the samples.
    """
    return find(source, samples("content") | samples("style"), "sample", ImageError)


def find(source: str | os.PathLike, known: Mapping[str, Path], what: str, error: type[CourseError]) -> Path:
    """Turn a path, or the name of something that comes with the course, into a path.

    Args:
        source: the path or name; a file of that name in the working directory takes precedence.
        known: `{name: path}`.
        what: the message's word for what has a name.
        error: raised if there is neither a file nor such a name; the message lists the names.
    """
    try:
        path = Path(source).expanduser()
        if path.is_file() or (path.exists() and str(source) not in known):
            return path
    except (OSError, RuntimeError, ValueError) as cause:  # no access, no such user, a name too long or with NUL
        raise error(f"cannot access {str(source)!r}: {cause}") from cause
    if str(source) not in known:
        raise error(f"no file {str(source)!r}, and no {what} of that name ({', '.join(known)})")
    return known[str(source)]


def _sha256(path: Path) -> str | None:
    try:
        with path.open("rb") as file:
            return hashlib.file_digest(file, "sha256").hexdigest()
    except OSError:
        return None
