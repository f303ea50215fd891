"""Which lesson a notebook is of, and which of several counts."""

import os

import pytest

from course_utils.classroom.lessons import find_lessons
from course_utils.classroom.matching import match, only, which_lesson
from course_utils.classroom.reading import read
from course_utils.classroom.submissions import Submission
from course_utils.errors import SubmissionError
from tests.handed_in import answered, lesson, packed

LESSONS = find_lessons()
ONE = {"my_gram_matrix": "def my_gram_matrix(F):\n    return F"}


@pytest.fixture
def handed_in(tmp_path):
    """Return a function that writes a notebook and returns its submission."""

    def write(notebook, source, student="Ana", when=None):
        file = tmp_path / f"{len(list(tmp_path.iterdir()))}.ipynb"
        file.write_bytes(packed(notebook))
        if when:
            os.utime(file, (when, when))
        return Submission(student, None, file, source)

    return write


def without_title(notebook):
    return notebook | {"cells": notebook["cells"][1:]}


def only_code(notebook, source):
    return notebook | {
        "cells": [cell | {"source": source} for cell in notebook["cells"] if cell["cell_type"] == "code"]
    }


@pytest.mark.parametrize("name", [found.name for found in LESSONS.values()])
def test_a_lesson_is_known_by_its_title_and_without_it_by_its_checks(handed_in, name):
    for notebook in (lesson(name), without_title(lesson(name))):
        read_again, _ = read(handed_in(notebook, "x.ipynb").file)
        assert which_lesson(read_again, "x.ipynb", LESSONS).name == name


@pytest.mark.parametrize("stamp", [4, "4", "04", "04_objective"])
def test_the_stamp_comes_first(handed_in, stamp):
    notebook = lesson("03_gram_matrices")
    notebook["metadata"]["course"] = {"lesson": stamp}
    read_again, _ = read(handed_in(notebook, "x.ipynb").file)
    assert which_lesson(read_again, "x.ipynb", LESSONS).number == 4


@pytest.mark.parametrize(
    ("name", "number"),
    [
        ("hw/03_gram_matrices (1).ipynb", 3),
        ("Lesson 11 Ana.ipynb", 11),
        ("lesson_3.ipynb", 3),
        ("12_video-1.ipynb", 12),
    ],
)
def test_the_name_comes_last(handed_in, name, number):
    read_again, _ = read(handed_in(only_code(lesson(), "x = 1"), name).file)
    assert which_lesson(read_again, name, LESSONS).number == number


@pytest.mark.parametrize("name", ["x.ipynb", "2025_homework.ipynb", "homework 3.ipynb", "lesson 99.ipynb"])
def test_a_notebook_of_no_lesson_is_told(handed_in, name):
    for source in ("x = 1", "checks.my_gram_matrix(f)\nchecks.my_objective(f)"):
        read_again, _ = read(handed_in(only_code(lesson(), source), name).file)
        with pytest.raises(SubmissionError, match="belongs to no lesson"):
            which_lesson(read_again, name, LESSONS)


def test_each_notebook_becomes_a_paper_or_a_sentence(handed_in):
    papers = match(
        [
            handed_in(lesson(), "a.ipynb"),
            handed_in([1], "b.ipynb"),
            Submission("Ben", None, None, "c.pdf", "is not a notebook"),
            Submission("Kim", None, None, "", "nothing was handed in"),
            handed_in(only_code(lesson(), "<<<<<<< HEAD\nchecks.my_gram_matrix(f)"), "d.ipynb", "Eve"),
        ],
        LESSONS,
    )
    assert [(paper.counts, paper.lesson and paper.lesson.number, paper.trouble) for paper in papers] == [
        (False, None, "b.ipynb is JSON, but not a notebook"),
        (False, None, "c.pdf is not a notebook"),
        (False, None, "nothing was handed in"),
        (True, 3, None),
        (True, 3, None),
    ]
    assert papers[-1].remarks == ("d.ipynb: merge-conflict markers (<<<<<<<) are left in a cell",)


def test_the_newest_of_a_lesson_counts_and_says_so(handed_in):
    papers = match(
        [
            handed_in(lesson(), "new.ipynb", when=2_000_000),
            handed_in(lesson(), "old.ipynb", when=1_000_000),
            handed_in(lesson("04_objective"), "other.ipynb", when=1_000_000),
            handed_in(lesson(), "mine.ipynb", "Ben", when=1_000_000),
        ],
        LESSONS,
    )
    assert [(paper.submission.source, paper.remarks) for paper in papers] == [
        ("new.ipynb", ("new.ipynb is the newest of lesson 3; not graded: old.ipynb",)),
        ("other.ipynb", ()),
        ("mine.ipynb", ()),
    ]


@pytest.mark.parametrize(
    ("first", "second", "said"),
    [
        (ONE, {}, "with the same time: x.ipynb counts, in which more is written; not graded: x (1).ipynb"),
        ({}, ONE, "with the same time: x (1).ipynb counts, in which more is written; not graded: x.ipynb"),
        (ONE, ONE, "with the same time and as much written: x (1).ipynb counts, by its name; not graded: x.ipynb"),
    ],
)
def test_of_files_with_the_same_time_the_one_with_more_in_it_counts(handed_in, first, second, said):
    (paper,) = match(
        [
            handed_in(answered(first), "x.ipynb", when=2_000_000),
            handed_in(answered(second), "x (1).ipynb", when=2_000_001),
            handed_in(answered(ONE), "old.ipynb", when=1_000_000),
        ],
        LESSONS,
    )
    assert paper.remarks == (f"2 files {said}, old.ipynb",)


def test_students_with_the_same_file_are_noted_but_not_those_with_nothing_written(handed_in):
    others = [handed_in(answered(ONE), "b.ipynb", student) for student in ("Ben", "Cy", "Di", "Eve")]
    untouched = [handed_in(lesson(), "u.ipynb", student) for student in ("Kim", "Lu")]
    papers = match([handed_in(answered(ONE), "a.ipynb"), *others, *untouched], LESSONS)
    assert [paper.notes for paper in papers] == [
        ("a.ipynb: the same file as Ben's, Cy's, Di's and 1 more",),
        ("b.ipynb: the same file as Ana's, Cy's, Di's and 1 more",),
        ("b.ipynb: the same file as Ana's, Ben's, Di's and 1 more",),
        ("b.ipynb: the same file as Ana's, Ben's, Cy's and 1 more",),
        ("b.ipynb: the same file as Ana's, Ben's, Cy's and 1 more",),
        (),
        (),
    ]


def test_only_one_lesson_is_kept_and_nobody_is_lost(handed_in):
    papers = match(
        [
            handed_in(lesson(), "a.ipynb"),
            handed_in(lesson("04_objective"), "b.ipynb"),
            handed_in(lesson("04_objective"), "c.ipynb", "Ben"),
            Submission("Kim", None, None, "c.pdf", "is not a notebook"),
        ],
        LESSONS,
    )
    kept = only(papers, LESSONS[3])
    assert sorted((paper.submission.student, paper.counts, paper.trouble) for paper in kept) == [
        ("Ana", True, None),
        ("Ben", False, "c.ipynb belongs to lesson 4, not 3"),
        ("Kim", False, "c.pdf is not a notebook"),
    ]
