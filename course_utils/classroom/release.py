"""The students' folder: lessons without the answers to their predictions, and all they need; the solutions apart."""

import datetime
import hashlib
import json
import os
import re
import shutil
import string
import tempfile
import tomllib
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from ..errors import CourseError
from ..exercises import EXERCISES
from ..storage import folder_written_whole
from .lessons import Lesson, find_lessons, lessons_folder
from .predictions import answers

if TYPE_CHECKING:
    from nbformat import NotebookNode

STAMP = ".release.json"  # in what a release has made: its version, its date, and its notebooks' SHA-256
_TEMPLATES = Path(__file__).parent / "template"
_COPIED = ("course_utils", "data", "requirements.txt", "pyproject.toml", "LICENSE")
_LINK = re.compile(r"\[(?P<text>[^\]]*)\]\((?!\w+:|#)(?P<target>[^)\s#]+)[^)]*\)")
_LATER = "solutions/"


def make_release(handout: Path) -> tuple[Path, Path]:
    """Make the students' folder, and one for the solutions beside it.

    What an earlier release has made there is replaced as a whole, unless somebody has worked in it.

    Args:
        handout: the students' folder; missing, empty, or from an earlier release.

    Returns:
        Both folders: the students', and the solutions', which has its name and "-solutions".

    Raises:
        CourseError: there are no lessons or no solutions here; a folder holds something else, or can't be written.
    """
    handout = Path(os.path.realpath(handout))
    solutions = handout.with_name(f"{handout.name}-solutions")
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

    for folder in (handout, solutions):
        _require_ours(folder)
    for folder, fill in ((handout, fill_handout), (solutions, fill_solutions)):
        _replace(folder, fill, stamp)
    return handout, solutions


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


def _require_ours(folder: Path) -> None:
    """Raise a CourseError unless a folder is missing, empty, or just as a release has made it."""
    try:
        if not folder.exists() or (folder.is_dir() and not any(folder.iterdir())):
            return
        made = dict(json.loads((folder / STAMP).read_text("utf-8"))["notebooks"])
    except (OSError, ValueError, LookupError, TypeError) as error:
        raise CourseError(f"{folder} exists, and was not made by `release`: choose another folder with -o") from error
    changed = [name for name, digest in _digests(folder).items() if made.get(name) != digest]
    if changed:
        raise CourseError(
            f"somebody has worked in {folder} ({changed[0]} has changed since its release): "
            "move it away, or choose another folder with -o"
        )


def _digests(folder: Path) -> dict[str, str]:
    """Return each notebook's SHA-256, but for the solutions that were copied into the lessons' folder."""
    paths = [*(folder / "notebooks").glob("*.ipynb"), *(folder / "solutions").glob("*.ipynb")]
    return {path.relative_to(folder).as_posix(): hashlib.sha256(path.read_bytes()).hexdigest() for path in paths}


def _replace(folder: Path, fill: Callable[[Path], None], stamp: dict[str, str]) -> None:
    """Make a folder, and only then take the old one away."""
    try:
        folder.parent.mkdir(parents=True, exist_ok=True)
        aside = tempfile.TemporaryDirectory(prefix=".", suffix=".tmp", dir=folder.parent)
        with aside as kept, folder_written_whole(folder) as made:
            fill(made)
            (made / STAMP).write_text(json.dumps(stamp | {"notebooks": _digests(made)}, indent=1), "utf-8")
            if folder.exists():
                folder.rename(Path(kept) / folder.name)
    except (OSError, shutil.Error) as error:
        raise CourseError(f"cannot write {folder}: {error}") from error
