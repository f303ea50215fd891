"""Which lesson each notebook that was handed in belongs to, and which of a student's notebooks counts."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from ..errors import SubmissionError
from .lessons import Lesson
from .needed import count_written
from .reading import read
from .submissions import Submission

if TYPE_CHECKING:
    from nbformat import NotebookNode

STEP = 2  # seconds: the times in a zip are as coarse
NAMED = 3  # students with the same file, in a sentence


@dataclass(frozen=True, eq=False)
class Paper:
    """A notebook to be graded; or what a student handed in instead, and why it can't be."""

    submission: Submission
    lesson: Lesson | None = None
    notebook: NotebookNode | None = None
    trouble: str | None = None  # a whole sentence
    remarks: tuple[str, ...] = ()  # whole sentences
    notes: tuple[str, ...] = ()  # whole sentences, for the instructor only

    @property
    def counts(self) -> bool:
        """Tell whether it is to be graded."""
        return self.notebook is not None

    @property
    def cells(self) -> tuple[tuple[str, str], ...]:
        """Return the notebook's cells: their types and sources."""
        return tuple((cell.cell_type, cell.source) for cell in self.notebook.cells)


def match(submissions: Sequence[Submission], lessons: Mapping[int, Lesson]) -> list[Paper]:
    """Read what was handed in, and find each notebook's lesson.

    Args:
        submissions: all students'.
        lessons: the lessons there are, by number.

    Returns:
        One for each submission, but only the newest of a student's notebooks of the same lesson.
    """
    return list(_with_twins(list(_newest([_paper(submission, lessons) for submission in submissions]))))


def only(papers: Sequence[Paper], lesson: Lesson) -> list[Paper]:
    """Drop the notebooks of other lessons; who handed in none but those keeps a row that says so."""
    kept = [paper for paper in papers if paper.lesson is None or paper.lesson.number == lesson.number]
    there = {_student(paper) for paper in kept}
    for paper in papers:
        if _student(paper) not in there:
            there.add(_student(paper))
            trouble = f"{paper.submission.source} belongs to lesson {paper.lesson.number}, not {lesson.number}"
            kept.append(Paper(paper.submission, trouble=trouble))
    return kept


def _student(paper: Paper) -> tuple[str, str | None]:
    return paper.submission.student, paper.submission.number


def _paper(submission: Submission, lessons: Mapping[int, Lesson]) -> Paper:
    try:
        if submission.trouble:
            raise SubmissionError(submission.trouble)
        notebook, remarks = read(submission.file)
        lesson = which_lesson(notebook, submission.source, lessons)
    except SubmissionError as error:
        return Paper(submission, trouble=f"{submission.source} {error}".strip())
    said = tuple(f"{submission.source}: {remark}" for remark in remarks)
    return Paper(submission, lesson, notebook, remarks=said)


def _newest(papers: Sequence[Paper]) -> Iterator[Paper]:
    rivals: dict[tuple, list[Paper]] = {}
    for paper in papers:
        if paper.counts:
            rivals.setdefault((*_student(paper), paper.lesson.number), []).append(paper)
        else:
            yield paper
    for several in rivals.values():
        yield _one_of(several) if len(several) > 1 else several[0]


def _one_of(several: list[Paper]) -> Paper:
    """Return the newest; of those with the same time, the one in which more is written."""
    times = [paper.submission.file.stat().st_mtime for paper in several]
    newest = [paper for paper, time in zip(several, times, strict=True) if max(times) - time < STEP]
    written = {paper: count_written(paper.notebook.cells, paper.lesson) for paper in newest}
    most = [paper for paper in newest if written[paper] == max(written.values())]
    chosen = max(most, key=lambda paper: (len(paper.submission.source), paper.submission.source))  # "x (1)" after "x"
    name = chosen.submission.source
    if len(newest) == 1:
        why = f"{name} is the newest of lesson {chosen.lesson.number}"
    elif len(most) == 1:
        why = f"{len(newest)} files with the same time: {name} counts, in which more is written"
    else:
        why = f"{len(newest)} files with the same time and as much written: {name} counts, by its name"
    others = ", ".join(paper.submission.source for paper in several if paper is not chosen)
    return replace(chosen, remarks=(*chosen.remarks, f"{why}; not graded: {others}"))


def _with_twins(papers: Sequence[Paper]) -> Iterator[Paper]:
    """Note which students handed in the same cells, unless these are the lesson's own, with nothing written."""
    same = defaultdict(list)
    for paper in papers:
        if paper.counts:
            same[paper.lesson.number, paper.cells].append(paper)
    for paper in papers:
        twins = [each for each in same[paper.lesson.number, paper.cells] if each is not paper] if paper.counts else []
        if twins and count_written(paper.notebook.cells, paper.lesson):
            names = ", ".join(f"{each.submission.student}'s" for each in twins[:NAMED])
            more = f" and {len(twins) - NAMED} more" if len(twins) > NAMED else ""
            note = f"{paper.submission.source}: the same file as {names}{more}"
            paper = replace(paper, notes=(*paper.notes, note))
        yield paper


def which_lesson(notebook: NotebookNode, name: str, lessons: Mapping[int, Lesson]) -> Lesson:
    """Return a notebook's lesson: by the stamp of `release`, its title, the checks that it calls, or its name.

    Raises:
        SubmissionError: none of them says.
    """
    for clue in (_by_stamp(notebook), _by_title(notebook, lessons), _by_checks(notebook, lessons), _by_name(name)):
        if clue in lessons:
            return lessons[clue]
    raise SubmissionError("belongs to no lesson: its stamp, title, checks and name match none")


def _by_stamp(notebook: NotebookNode) -> int | None:
    stamp = notebook.metadata.get("course")
    found = re.match(r"\d+", str(stamp.get("lesson", ""))) if isinstance(stamp, dict) else None
    return int(found[0]) if found else None


def _by_title(notebook: NotebookNode, lessons: Mapping[int, Lesson]) -> int | None:
    lines = [line for cell in notebook.cells if cell.cell_type == "markdown" for line in cell.source.splitlines()]
    titles = {line.removeprefix("# ").strip() for line in lines if line.startswith("# ")}
    found = [number for number, lesson in lessons.items() if lesson.title in titles]
    return found[0] if len(found) == 1 else None


def _by_checks(notebook: NotebookNode, lessons: Mapping[int, Lesson]) -> int | None:
    code = "\n".join(cell.source for cell in notebook.cells if cell.cell_type == "code")
    called = set(re.findall(r"\bchecks\.(\w+)\(", code))
    found = {number: len(called & {each.name for each in lesson.exercises}) for number, lesson in lessons.items()}
    most = max(found.values(), default=0)
    best = [number for number, count in found.items() if count == most]
    return best[0] if most and len(best) == 1 else None


def _by_name(name: str) -> int | None:
    found = re.search(r"(?<!\d)(\d\d)_[a-z]|lesson[ _-]*(\d\d?)(?!\d)", name, re.IGNORECASE)
    return int(found[1] or found[2]) if found else None
