"""The lessons and their exercises, read from the instructor's own notebooks."""

from __future__ import annotations

import ast
import re
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from ..errors import CourseError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from nbformat import NotebookNode

_HEADING = re.compile(r"^#+ Exercise(?: (?P<number>\d+))?(?P<kind>[^:\n]*): (?P<title>.+)$", re.MULTILINE)
_KINDS = re.compile(r" \((?:\W|write|debug|decide|design|harder)+\)$")


@dataclass(frozen=True)
class Exercise:
    """One exercise: what its checker is called, its heading, and the instructor's own check."""

    name: str  # the checker's, "my_gram_matrix"
    number: int  # 1, 2, … as in the heading "### Exercise 3: …"
    title: str  # "the Gram matrix"
    harder: bool  # whether the heading says so
    cell: int  # index of the cell with the stub and the check
    check: str  # source of the statement that checks it: "checks.my_gram_matrix(my_gram_matrix)"

    @property
    def attempt(self) -> str:
        """The name that the check takes from the student."""
        return self.check.partition("(")[2].rstrip(" )")


@dataclass(frozen=True)
class Lesson:
    """One lesson with its exercises, in order."""

    number: int
    name: str  # "03_gram_matrices"
    title: str  # "Gram matrices: which features fire together"
    path: Path
    exercises: tuple[Exercise, ...]
    notebook: NotebookNode


def lessons_folder() -> Path:
    """Return the clone's `notebooks/`.

    Raises:
        CourseError: the package was installed without it.
    """
    folder = Path(__file__).resolve().parents[2] / "notebooks"
    if not _paths(folder):
        raise CourseError(f"no lessons in {folder}: work in a clone of the course, where the package lies beside them")
    return folder


def find_lessons() -> dict[int, Lesson]:
    """Return every lesson by its number, 0 to 12.

    Raises:
        CourseError: there are none, or one is damaged.
    """
    return {number: _read(path) for number, path in _paths(lessons_folder()).items()}


def find_lesson(word: str) -> Lesson:
    """Return the lesson that is meant by "3", "03", "03_gram_matrices" or its path.

    Raises:
        CourseError: no lesson is; the message lists them.
    """
    paths = _paths(lessons_folder())
    stem = Path(word).stem
    for number, path in paths.items():
        if stem == path.stem or (stem.isascii() and stem.isdigit() and int(stem) == number):
            return _read(path)
    names = ", ".join(path.stem for path in paths.values())
    raise CourseError(f"no lesson {word!r}: choose one of {names}, or a number from {min(paths)} to {max(paths)}")


def find_exercises(cells: Sequence[NotebookNode]) -> tuple[Exercise, ...]:
    """Return the exercises of a lesson: below each heading "Exercise …", the cell that checks an attempt."""
    found: list[Exercise] = []
    heading = None
    for index, cell in enumerate(cells):
        if cell.cell_type == "markdown":
            heading = _HEADING.search(cell.source) or heading
        elif cell.cell_type == "code" and heading and (checked := _check(cell.source)):
            found.append(
                Exercise(
                    name=checked[0],
                    number=int(heading["number"] or 1),
                    title=_KINDS.sub("", heading["title"].strip()),
                    harder="harder" in heading[0],
                    cell=index,
                    check=checked[1],
                )
            )
            heading = None
    return tuple(found)


def _paths(folder: Path) -> dict[int, Path]:
    return {int(path.name[:2]): path for path in sorted(folder.glob("[0-9][0-9]_*.ipynb"))}


def _read(path: Path) -> Lesson:
    import nbformat  # takes a fifth of a second, which the other commands need not wait for

    try:
        notebook = nbformat.read(path, as_version=4)
    except Exception as error:  # whatever JSON and the notebook's schema complain of
        raise CourseError(
            f"cannot read the lesson {path}: {error}. Fetch it anew: git checkout {path.name}"
        ) from error
    heading = next((line for line in notebook.cells[0].source.splitlines() if line.startswith("# ")), path.stem)
    return Lesson(
        number=int(path.name[:2]),
        name=path.stem,
        title=heading.removeprefix("# "),
        path=path,
        exercises=find_exercises(notebook.cells),
        notebook=notebook,
    )


def _check(source: str) -> tuple[str, str] | None:
    """Return the checker's name and the statement `checks.NAME(attempt)` in a cell's source."""
    try:
        statements = ast.parse(source).body
    except SyntaxError:  # IPython's own, as %matplotlib
        return None
    for statement in statements:
        match statement:
            case ast.Expr(
                value=ast.Call(func=ast.Attribute(value=ast.Name(id="checks"), attr=name), args=[ast.Name()])
            ):
                return name, ast.get_source_segment(source, statement)
    return None
