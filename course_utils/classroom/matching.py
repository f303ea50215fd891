"""Which lesson each notebook that was handed in belongs to, and which of a student's notebooks counts."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from ..errors import SubmissionError
from .lessons import Lesson
from .reading import read
from .submissions import Submission

if TYPE_CHECKING:
    from nbformat import NotebookNode


@dataclass(frozen=True, eq=False)
class Paper:
    """A notebook to be graded; or what a student handed in instead, and why it can't be."""

    submission: Submission
    lesson: Lesson | None = None
    notebook: NotebookNode | None = None
    trouble: str | None = None  # a whole sentence
    remarks: tuple[str, ...] = ()  # whole sentences

    @property
    def counts(self) -> bool:
        """Tell whether it is to be graded."""
        return self.notebook is not None


def match(submissions: Sequence[Submission], lessons: Mapping[int, Lesson]) -> list[Paper]:
    """Read what was handed in, and find each notebook's lesson.

    Args:
        submissions: all students'.
        lessons: the lessons there are, by number.

    Returns:
        One for each submission, but only the newest of a student's notebooks of the same lesson.
    """
    return list(_newest([_paper(submission, lessons) for submission in submissions]))


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
        several.sort(key=lambda paper: (paper.submission.file.stat().st_mtime, paper.submission.source))
        newest = several.pop()
        if several:
            others = ", ".join(paper.submission.source for paper in several)
            remark = f"{newest.submission.source} is the newest of lesson {newest.lesson.number}; not graded: {others}"
            newest = replace(newest, remarks=(*newest.remarks, remark))
        yield newest


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
