"""The students' folder: lessons without the answers to their predictions, and all they need; the solutions apart."""

import datetime
import fnmatch
import hashlib
import json
import os
import re
import shutil
import string
import tempfile
import tomllib
import zipfile
import zlib
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING

from ..errors import CourseError
from ..exercises import EXERCISES
from ..storage import folder_written_whole, written_whole
from .lessons import Lesson, find_lessons, lessons_folder
from .predictions import answers

if TYPE_CHECKING:
    from nbformat import NotebookNode

STAMP = ".release.json"  # in what a release has made: its version, its date, what it holds, and its files' SHA-256
_TEMPLATES = Path(__file__).parent / "template"
_COPIED = ("course_utils", "data", "requirements.txt", "pyproject.toml", "LICENSE")
_LINK = re.compile(r"\[(?P<text>[^\]]*)\]\((?!\w+:|#)(?P<target>[^)\s#]+)[^)]*\)")
_LATER = "solutions/"
# what programs leave behind, and nobody misses
_LEAVINGS = (".venv", "__pycache__", ".ipynb_checkpoints", ".virtual_documents", "*.egg-info", ".DS_Store")


def make_release(handout: Path, zipped: bool = False) -> tuple[Path, ...]:
    """Make the students' folder, and one for the solutions beside it.

    What an earlier release has made there is replaced as a whole, unless somebody has worked in it.

    Args:
        handout: the students' folder; missing, empty, or from an earlier release.
        zipped: whether to pack it for a class, too, as a zip beside it.

    Returns:
        Both folders: the students', and the solutions', which has its name and "-solutions"; then the zip, if any.

    Raises:
        CourseError: there are no lessons or no solutions here; something else lies there, or nothing can be written.
    """
    handout = Path(os.path.realpath(handout))
    solutions = handout.with_name(f"{handout.name}-solutions")
    archive = handout.with_name(f"{handout.name}.zip")
    lessons, root = find_lessons(), lessons_folder().parent
    if not any((root / "notebooks" / "solutions").glob("*.ipynb")):
        raise CourseError(
            f"no solutions in {root / 'notebooks'}: release from a clone of the course, not from a handout"
        )
    today = datetime.date.today()
    stamp = {
        "version": tomllib.loads((root / "pyproject.toml").read_text("utf-8"))["project"]["version"],
        "released": today.isoformat(),
    }
    words = {"version": stamp["version"], "date": f"{today.day} {today:%B %Y}"}
    words |= {"name": solutions.name, "handout": handout.name, "lessons": "\n".join(map(_row, lessons.values()))}

    def fill_handout(folder: Path) -> None:
        for name in _COPIED:
            _copy(root / name, folder / name)
        (folder / "README.md").write_text(_filled("handout.md", words), "utf-8", newline="\n")
        (folder / "notebooks").mkdir()
        for lesson in lessons.values():  # all, before one is looked at for links to another
            _copy(lesson.path, folder / "notebooks" / lesson.path.name)
        for lesson in lessons.values():
            _write_lesson(lesson, folder / "notebooks" / lesson.path.name, stamp)
        for page in (folder / "data").rglob("*.md"):
            page.write_text(_linked(page.read_text("utf-8"), page.parent), "utf-8", newline="\n")

    def fill_solutions(folder: Path) -> None:
        _copy(root / "notebooks" / "solutions", folder / "solutions")
        (folder / "README.md").write_text(_filled("solutions.md", words), "utf-8", newline="\n")

    _require_ours(handout, "lessons")
    _require_ours(solutions, "solutions")
    if zipped:
        _require_our_zip(archive)
    solved = _digests(root / "notebooks" / "solutions")
    later = {f"notebooks/solutions/{name}": digest for name, digest in solved.items()}  # may be copied there
    _replace(handout, fill_handout, stamp | {"holds": "lessons"}, later)
    _replace(solutions, fill_solutions, stamp | {"holds": "solutions"}, {})
    if not zipped:
        return handout, solutions
    _pack(handout, archive)
    return handout, solutions, archive


def without_answers(cells: list["NotebookNode"]) -> None:
    """Hide the answers to a lesson's predictions, in place: clear what code shows, and fold what explains it."""
    for answering in answers(cells).values():
        summary = "After your prediction"
        for index in answering:
            cell = cells[index]
            if cell.cell_type == "code":
                cell.outputs, cell.execution_count = [], None
                cell.metadata.pop("execution", None)
                summary = "After you have run it"
            else:  # blank lines around it, or Markdown within HTML is not rendered
                cell.source = f"<details><summary>{summary}</summary>\n\n{cell.source}\n\n</details>"


def _row(lesson: Lesson) -> str:
    return f"| [{lesson.number} {lesson.title}](notebooks/{lesson.path.name}) | {len(EXERCISES[lesson.number])} |"


def _filled(template: str, words: dict[str, str]) -> str:
    return string.Template((_TEMPLATES / template).read_text("utf-8")).substitute(words)


def _copy(source: Path, target: Path) -> None:
    if source.is_dir():
        shutil.copytree(source, target, ignore=shutil.ignore_patterns("__pycache__", ".*"))
    else:
        shutil.copyfile(source, target)


def _write_lesson(lesson: Lesson, path: Path, stamp: dict[str, str]) -> None:
    import nbformat

    without_answers(lesson.notebook.cells)
    for cell in lesson.notebook.cells:
        for counted in (cell, *cell.get("outputs", ())):  # the student has run nothing yet
            if "execution_count" in counted:
                counted.execution_count = None
        if cell.cell_type == "markdown":
            cell.source = _linked(cell.source, path.parent)
    lesson.notebook.metadata.setdefault("course", {}).update(lesson=lesson.number, **stamp)
    nbformat.write(lesson.notebook, path)


def _linked(markdown: str, folder: Path) -> str:
    """Turn links that lead to nothing, as seen from a folder, into plain text."""

    def kept(link: re.Match) -> str:
        if (folder / link["target"]).exists():
            return link[0]
        return f"`{link['target']}` (handed out later)" if link["target"].startswith(_LATER) else link["text"]

    return _LINK.sub(kept, markdown)


def _require_ours(folder: Path, holds: str) -> None:
    """Raise a CourseError unless a folder is missing, empty, or just as a release has made it."""
    try:
        if not folder.exists() or (folder.is_dir() and not any(folder.iterdir())):
            return
        stamp = json.loads((folder / STAMP).read_text("utf-8"))
        made, held = dict(stamp["files"]), stamp["holds"]
        found = _digests(folder)
    except (OSError, ValueError, LookupError, TypeError) as error:
        raise CourseError(f"{folder} exists, and was not made by `release`: choose another folder with -o") from error
    if held != holds:
        raise CourseError(f"{folder} holds {held}: choose another folder with -o")
    _require_unchanged(folder, found, made)


def _require_our_zip(archive: Path) -> None:
    """Raise a CourseError unless a zip is missing, or just as a release has made it."""
    if not os.path.lexists(archive):
        return
    top = f"{archive.stem}/"
    try:
        with zipfile.ZipFile(archive) as packed:
            made = dict(json.loads(packed.read(top + STAMP))["files"])
            found = {name.removeprefix(top): _sha256(packed.read(name)) for name in packed.namelist()}
    except (OSError, ValueError, LookupError, TypeError, RuntimeError, zipfile.BadZipFile, zlib.error) as error:
        raise CourseError(f"{archive} exists, and was not made by `release`: choose another folder with -o") from error
    del found[STAMP]
    _require_unchanged(archive, found, made)


def _require_unchanged(place: Path, found: dict[str, str], made: dict[str, str]) -> None:
    changed = sorted(name for name, digest in found.items() if made.get(name) != digest)
    if changed:
        happened = "has changed since its release" if changed[0] in made else "was added after its release"
        raise CourseError(
            f"somebody has worked in {place} ({changed[0]} {happened}): move it away, or choose another folder with -o"
        )


def _digests(folder: Path) -> dict[str, str]:
    """Return the SHA-256 of each file in a folder but the stamp, by its path there."""
    paths = {name: path for name, path in _files(folder) if name != STAMP}
    return {name: _sha256(path.read_bytes()) if path.is_file() else "" for name, path in paths.items()}


def _sha256(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()


def _files(folder: Path) -> Iterator[tuple[str, Path]]:
    """Yield each file in a folder and in those below it, in order: its path there, with slashes, and its path."""
    for path in sorted(folder.iterdir()):
        if any(fnmatch.fnmatch(path.name, leaving) for leaving in _LEAVINGS):
            continue
        if path.is_dir() and not path.is_symlink():
            yield from ((f"{path.name}/{name}", below) for name, below in _files(path))
        else:
            yield path.name, path


def _pack(folder: Path, archive: Path) -> None:
    """Pack a folder, so that it is unpacked as one."""
    try:
        with written_whole(archive) as file, zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as packed:
            for name, path in _files(folder):
                packed.write(path, f"{folder.name}/{name}")
    except OSError as error:
        raise CourseError(f"cannot write {archive}: {error}") from error


def _replace(folder: Path, fill: Callable[[Path], None], stamp: dict[str, str], later: dict[str, str]) -> None:
    """Make a folder, and only then take the old one away."""
    try:
        folder.parent.mkdir(parents=True, exist_ok=True)
        aside = tempfile.TemporaryDirectory(prefix=".", suffix=".tmp", dir=folder.parent)
        with aside as kept, folder_written_whole(folder) as made:
            fill(made)
            (made / STAMP).write_text(json.dumps(stamp | {"files": _digests(made) | later}, indent=1), "utf-8")
            if folder.exists():
                folder.rename(Path(kept) / folder.name)
    except (OSError, shutil.Error) as error:
        raise CourseError(f"cannot write {folder}: {error}") from error
