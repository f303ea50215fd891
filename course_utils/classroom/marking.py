"""Which notebooks of a class are graded, which wait, and what became of each."""

import hashlib
import json
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path

from .grading import Graded, Limits
from .kept import Kept
from .lessons import Lesson
from .matching import Paper
from .report import Table, make_report, names, tabulate


class Marking:
    """A class's notebooks on their way into a report.

    Attributes:
        waiting: the notebooks to be graded, by a key; those with the same cells are one.
        graded: the marks there are, by the same keys.
    """

    def __init__(self, papers: Sequence[Paper], lessons: Sequence[Lesson], limits: Limits, kept: Kept) -> None:
        """Look up what was graded before.

        Raises:
            CourseError: a file of the report may not be written, as `Kept.check`.
        """
        self._lessons, self._kept = lessons, kept
        self._numbers = [lesson.number for lesson in lessons]
        courses = {lesson.name: course_hash(lesson) for lesson in lessons}
        self._keys = {
            paper: key_of(paper, limits, courses[paper.lesson.name]) if paper.counts else None for paper in papers
        }
        self.graded: dict[str, Graded] = {}
        self.waiting: dict[str, Paper] = {}
        kept.check(names(self.table()), self._numbers)
        for paper, key in self._keys.items():
            if key and (marks := kept.get(key)):
                self.graded[key] = marks
            elif key:
                self.waiting[key] = paper

    def keep(self, key: str, graded: Graded) -> None:
        """Take a notebook's marks, for now and for the next time.

        Raises:
            CourseError: they cannot be written.
        """
        self.set(key, graded)
        self._kept.keep(key, graded)

    def set(self, key: str, graded: Graded) -> None:
        """Take a notebook's marks for now; the next time it is graded again."""
        self.graded[key] = graded
        self.waiting.pop(key, None)

    @property
    def done(self) -> int:
        """How many notebooks are graded; those with the same cells count, too."""
        return sum(key in self.graded for key in self._keys.values())

    @property
    def total(self) -> int:
        """How many notebooks are to be graded in all."""
        return sum(paper.counts for paper in self._keys)

    def table(self) -> Table:
        """Return all students × exercises as they stand."""
        return tabulate({paper: self.graded.get(key) for paper, key in self._keys.items()}, self._lessons)

    def report(self) -> Table:
        """Write the report, and return the table in it.

        Raises:
            CourseError: as `Kept.write`.
        """
        table = self.table()
        self._kept.write(make_report(table), self._numbers)
        return table


def key_of(paper: Paper, limits: Limits, course: str) -> str:
    """Return what a notebook's marks are kept by: a hash of its cells, its lesson, the course and the limits."""
    return hashlib.sha256(json.dumps([paper.cells, paper.lesson.name, course, asdict(limits)]).encode()).hexdigest()


def course_hash(lesson: Lesson) -> str:
    """Return a hash of the course's whole package and of a lesson: if either changes, marks may."""
    package = Path(__file__).resolve().parents[1]
    total = hashlib.sha256()
    for path in [*sorted(package.rglob("*.py")), lesson.path]:
        total.update(path.read_bytes())
    return total.hexdigest()
