"""The table of grades as CSV and HTML, a feedback page for each student, and Moodle's zip of them."""

from __future__ import annotations

import csv
import functools
import io
import re
import zipfile
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from ..exercises import NOT_WRITTEN
from .grading import Graded, Mark
from .lessons import Exercise, Lesson
from .matching import Paper

if TYPE_CHECKING:
    import jinja2
    from markupsafe import Markup

GRADES, PAGE, FEEDBACK, FOR_MOODLE = "grades.csv", "grades.html", "feedback", "feedback_for_moodle.zip"
_LATER = "not graded yet"
DISCUSSED, COMMONEST = 10, 3  # exercises to discuss in class, and wrong verdicts of each


@dataclass(frozen=True)
class Status:
    """What became of one exercise of one student, in a word."""

    symbol: str
    word: str


RIGHT, WRONG, EMPTY = Status("✓", "right"), Status("✗", "wrong"), Status("○", "empty")
UNGRADED, MISSING, LATER = Status("!", "ungraded"), Status("–", "none"), Status("…", "later")


@dataclass(frozen=True)
class Cell:
    """One exercise of one student."""

    status: Status
    verdict: str


@dataclass(frozen=True)
class Column:
    """One exercise."""

    lesson: Lesson
    exercise: Exercise

    @property
    def heading(self) -> str:
        """Return "lesson 3: 1 my_gram_matrix"."""
        harder = " (harder)" if self.exercise.harder else ""
        return f"lesson {self.lesson.number}: {self.exercise.number} {self.exercise.name}{harder}"


@dataclass(frozen=True)
class Row:
    """One student.

    Attributes:
        files: names of what was handed in.
        remarks: whole sentences, on what could not be read or graded among it.
        notes: whole sentences, for the instructor only.
        page: name of the feedback page, for when the row is complete.
        cells: as many as the table has columns.
    """

    student: str
    number: str | None
    moodle: str | None
    files: list[str]
    remarks: list[str]
    notes: list[str]
    page: str
    cells: list[Cell]

    @property
    def complete(self) -> bool:
        """Tell whether nothing waits to be graded."""
        return all(cell.status is not LATER for cell in self.cells)


@dataclass(frozen=True)
class Table:
    """Students × exercises."""

    columns: list[Column]
    rows: list[Row]

    @property
    def blank(self) -> bool:
        """Tell whether no exercise of anybody could be graded."""
        return all(cell.status in (UNGRADED, MISSING, LATER) for row in self.rows for cell in row.cells)

    def points(self, row: Row, harder: bool = False) -> int:
        """Count a student's right answers: of all exercises, or of the harder ones."""
        pairs = zip(row.cells, self.columns, strict=True)
        return sum(cell.status is RIGHT and (column.exercise.harder or not harder) for cell, column in pairs)

    def of(self, harder: bool = False) -> int:
        """Count the exercises: all, or the harder ones."""
        return sum(column.exercise.harder or not harder for column in self.columns)

    def right(self, place: int) -> int:
        """Count the students who got the exercise of a column right."""
        return sum(row.cells[place].status is RIGHT for row in self.rows)

    def to_discuss(self) -> list[tuple[Column, int, int, list[tuple[str, int]]]]:
        """Return the exercises that most got wrong: column, how many wrong, how many empty, the commonest verdicts."""
        found = []
        for column, cells in zip(self.columns, zip(*(row.cells for row in self.rows), strict=True), strict=False):
            wrong = Counter(cell.verdict for cell in cells if cell.status is WRONG)
            empty = sum(cell.status is EMPTY for cell in cells)
            if wrong:
                found.append((column, wrong.total(), empty, wrong.most_common(COMMONEST)))
        return sorted(found, key=lambda each: -each[1])[:DISCUSSED]


def tabulate(graded: Mapping[Paper, Graded | None], lessons: Sequence[Lesson]) -> Table:
    """Lay out what was graded as students × exercises.

    Args:
        graded: the marks of each notebook of a class; None: not graded yet, or it can't be.
        lessons: those whose exercises are the columns.
    """
    columns = [Column(lesson, exercise) for lesson in lessons for exercise in lesson.exercises]
    students: dict[tuple, list[tuple[Paper, Graded | None]]] = {}
    for paper, marks in graded.items():
        students.setdefault((paper.submission.student, paper.submission.number), []).append((paper, marks))
    rows, pages = [], set()
    for (student, number), theirs in sorted(students.items(), key=lambda each: (each[0][0].casefold(), str(each[0]))):
        rows.append(
            Row(
                student=student,
                number=number,
                moodle=theirs[0][0].submission.moodle,
                files=[paper.submission.source for paper, _ in theirs if paper.submission.source],
                remarks=list(_remarks(theirs)),
                notes=list(_notes(theirs)),
                page=f"{FEEDBACK}/{_page_name(student, pages)}",
                cells=[_cell(column, theirs) for column in columns],
            )
        )
    return Table(columns, rows)


def _remarks(theirs: list[tuple[Paper, Graded | None]]) -> Iterator[str]:
    for paper, graded in theirs:
        if paper.trouble:
            yield paper.trouble
        if graded and graded.trouble:
            yield f"{paper.submission.source}: {graded.trouble}"
        yield from paper.remarks


def _notes(theirs: list[tuple[Paper, Graded | None]]) -> Iterator[str]:
    if any(paper.counts and graded is None for paper, graded in theirs):
        yield _LATER
    for paper, _ in theirs:
        yield from paper.notes


def _cell(column: Column, theirs: list[tuple[Paper, Graded | None]]) -> Cell:
    for paper, graded in theirs:
        if paper.counts and paper.lesson.number == column.lesson.number:
            if graded is None:
                return Cell(LATER, _LATER)
            (mark,) = [mark for mark in graded.marks if mark.exercise == column.exercise.name]
            return Cell(_status(mark, graded), mark.verdict)
    troubles = [paper.trouble for paper, _ in theirs if paper.trouble]
    return Cell(UNGRADED, troubles[0]) if troubles else Cell(MISSING, "not handed in")


def _status(mark: Mark, graded: Graded) -> Status:
    if mark.right:
        return RIGHT
    if graded.trouble and mark.verdict == graded.trouble:
        return UNGRADED
    return EMPTY if mark.verdict == NOT_WRITTEN else WRONG


def _page_name(student: str, taken: set[str]) -> str:
    """Return a file's name for a student that every system takes, and that no other student has."""
    name = re.sub(r'[\x00-\x1f\x7f<>:"/\\|?*]', "_", student)[:60].strip(" .") or "_"
    if re.fullmatch(r"(?i)con|prn|aux|nul|com\d|lpt\d", name.partition(".")[0]):  # devices of Windows
        name = f"_{name}"
    number, free = 1, name
    while free.casefold() in taken:
        number += 1
        free = f"{name} ({number})"
    taken.add(free.casefold())
    return f"{free}.html"


def names(table: Table) -> list[str]:
    """Return the names of the report's files, once all is graded."""
    for_moodle = [FOR_MOODLE] if any(row.moodle for row in table.rows) else []
    return [GRADES, PAGE, *for_moodle, *(row.page for row in table.rows)]


def make_report(table: Table) -> dict[str, bytes]:
    """Return the report's files by name; whoever's notebooks are not all graded yet has no feedback page."""
    files = {GRADES: grades_csv(table).encode("utf-8-sig"), PAGE: grades_page(table).encode()}
    files |= {row.page: feedback_page(table, row).encode() for row in table.rows if row.complete}
    for_moodle = {f"{row.moodle}/feedback.html": files[row.page] for row in table.rows if row.moodle and row.complete}
    if for_moodle:
        files[FOR_MOODLE] = _zipped(for_moodle)
    return files


def grades_csv(table: Table) -> str:
    """Return the table as CSV, with the checkers' words as cells."""
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\r\n")
    about = ["student", "number", "file"]
    sums = ["points", "of", "harder points", "harder of", "remarks"]
    writer.writerow([*about, *(column.heading for column in table.columns), *sums])
    for row in table.rows:
        told = [row.student, row.number or "", "; ".join(row.files)]
        told += ["not graded" if cell.status is UNGRADED else cell.verdict for cell in row.cells]
        points, harder = (table.points(row, each) if row.complete else "" for each in (False, True))
        sums = [points, table.of(), harder, table.of(harder=True)]
        writer.writerow([*map(_tame, told), *sums, _tame("; ".join(row.remarks + row.notes))])
    return text.getvalue()


def _tame(text: str) -> str:
    """Keep a spreadsheet from taking a text for a formula."""
    return f"'{text}" if text.startswith(("=", "+", "-", "@", "\t", "\r")) else text


def grades_page(table: Table) -> str:
    """Return the table as a page that needs nothing else."""
    return _templates().get_template("grades.html").render(table=table, legend=_LEGEND)


def feedback_page(table: Table, row: Row) -> str:
    """Return what a student is told, as a page that needs nothing else."""
    answers: dict[int, list[tuple[Column, Cell]]] = {}
    for column, cell in zip(table.columns, row.cells, strict=True):
        if cell.status not in (MISSING, UNGRADED):  # the remarks say why
            answers.setdefault(column.lesson.number, []).append((column, cell))
    return (
        _templates()
        .get_template("feedback.html")
        .render(row=row, lessons=list(answers.values()), right=RIGHT, found={cell.status.word for cell in row.cells})
    )


_LEGEND = {
    RIGHT: "the checker says “correct”",
    WRONG: "the checker says what is wrong: point at the cell",
    EMPTY: "not written yet",
    UNGRADED: "the notebook could not be graded: see the remarks",
    MISSING: "not handed in",
    LATER: "not graded yet: give the same command again",
}


@functools.cache
def _templates() -> jinja2.Environment:
    import jinja2

    loader = jinja2.FileSystemLoader(Path(__file__).parent / "template")
    templates = jinja2.Environment(
        loader=loader, autoescape=True, undefined=jinja2.StrictUndefined, trim_blocks=True, lstrip_blocks=True
    )
    templates.filters["code"] = _with_code
    return templates


def _with_code(text: str) -> Markup:
    """Set what stands between backticks as code."""
    import markupsafe

    return markupsafe.Markup(re.sub("`([^`]+)`", r"<code>\1</code>", str(markupsafe.escape(text))))


def _zipped(files: dict[str, bytes]) -> bytes:
    """Return a zip of files, the same bytes for the same files."""
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in files.items():
            archive.writestr(zipfile.ZipInfo(name), content, zipfile.ZIP_DEFLATED)
    return packed.getvalue()
