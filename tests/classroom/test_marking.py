"""What a notebook's marks are kept by: what changes them, and nothing else."""

import dataclasses

import pytest

from course_utils.classroom.grading import Graded, Limits, Mark
from course_utils.classroom.kept import Kept
from course_utils.classroom.lessons import find_lessons
from course_utils.classroom.marking import Marking, course_hash, key_of
from course_utils.classroom.matching import Paper
from course_utils.classroom.reading import read
from course_utils.classroom.submissions import Submission
from course_utils.exercises import CORRECT
from tests.handed_in import lesson, packed

LESSONS = find_lessons()
GRADED = Graded(tuple(Mark(each.name, CORRECT) for each in LESSONS[3].exercises), None, 1.0)


@pytest.fixture
def paper(tmp_path):
    """Return a function that hands in lesson 3, with a change."""

    def hand_in(change=lambda notebook: None, student="Ana", number=3):
        notebook = lesson()
        change(notebook)
        (tmp_path / "x.ipynb").write_bytes(packed(notebook))
        found, _ = read(tmp_path / "x.ipynb")
        return Paper(Submission(student, None, tmp_path / "x.ipynb", "x.ipynb"), LESSONS[number], found)

    return hand_in


def key(paper, limits=Limits(), course="hash"):  # noqa: B008  # it cannot change
    return key_of(paper, limits, course)


def test_the_key_is_of_the_cells_the_lesson_the_course_and_the_limits(paper):
    base = key(paper())
    assert base == key(paper(student="Ben"))
    assert base == key(paper(lambda notebook: notebook["metadata"].clear()))
    assert base == key(paper(lambda notebook: notebook["cells"][0].update(metadata={"tags": ["x"]}, id="y")))
    others = [
        key(paper(lambda notebook: notebook["cells"][2].update(source="x = 1"))),
        key(paper(lambda notebook: notebook["cells"].reverse())),
        key(paper(lambda notebook: notebook["cells"].pop())),
        key(paper(number=4)),
        key(paper(), course="other"),
        *(key(paper(), dataclasses.replace(Limits(), **{each.name: 5})) for each in dataclasses.fields(Limits)),
    ]
    assert len({base, *others}) == len(others) + 1


def test_the_course_is_the_package_and_the_lesson():
    hashes = {number: course_hash(found) for number, found in LESSONS.items()}
    assert len(set(hashes.values())) == len(LESSONS)
    assert hashes == {number: course_hash(found) for number, found in LESSONS.items()}


def test_equal_notebooks_wait_once_and_both_get_the_marks(paper, tmp_path):
    papers = [paper(), paper(student="Ben"), paper(lambda notebook: notebook["cells"].pop(), student="Cy")]
    marking = Marking(papers, [LESSONS[3]], Limits(), Kept(tmp_path / "grades"))
    assert len(marking.waiting) == 2
    marking.keep(next(iter(marking.waiting)), GRADED)
    assert (marking.done, marking.total) == (2, 3)
    again = Marking(papers, [LESSONS[3]], Limits(), Kept(tmp_path / "grades"))
    assert list(again.graded.values()) == [GRADED]
    assert len(again.waiting) == 1
    assert [again.table().points(row) for row in again.report().rows] == [5, 5, 0]


def test_what_is_not_kept_waits_again(paper, tmp_path):
    marking = Marking([paper()], [LESSONS[3]], Limits(), Kept(tmp_path / "grades"))
    marking.set(next(iter(marking.waiting)), GRADED)
    assert not marking.waiting
    assert len(Marking([paper()], [LESSONS[3]], Limits(), Kept(tmp_path / "grades")).waiting) == 1
