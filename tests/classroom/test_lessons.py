"""The lessons' exercises, read from their notebooks."""

import pytest
from nbformat.v4 import new_code_cell, new_markdown_cell

from course_utils.classroom import lessons
from course_utils.classroom.lessons import find_exercises, find_lesson, find_lessons
from course_utils.errors import CourseError
from course_utils.exercises import EXERCISES


@pytest.fixture(scope="module")
def found():
    return find_lessons()


def test_every_lesson_has_the_exercises_that_the_checkers_know(found):
    assert {number: tuple(each.name for each in lesson.exercises) for number, lesson in found.items()} == EXERCISES


def test_numbers_titles_and_cells_are_the_headings_own(found):
    for lesson in found.values():
        assert [each.number for each in lesson.exercises] == list(range(1, len(lesson.exercises) + 1))
        for each in lesson.exercises:
            assert each.check == f"checks.{each.name}({each.attempt})"
            assert each.check in lesson.notebook.cells[each.cell].source
            assert f"def {each.attempt}(" in lesson.notebook.cells[each.cell].source
    first, _, third, *_ = found[3].exercises
    assert (first.title, first.harder) == ("the Gram matrix", False)
    assert (third.title, third.harder) == ("the gradient for covariances", True)
    assert found[2].exercises[5].title == "the descent"
    assert found[3].title == "Gram matrices: which features fire together"


def test_each_lesson_after_the_first_has_one_harder_exercise(found):
    assert {number: sum(each.harder for each in lesson.exercises) for number, lesson in found.items()} == {
        number: int(number > 0) for number in found
    }


@pytest.mark.parametrize("word", ["3", "03", "03_gram_matrices", "notebooks/03_gram_matrices.ipynb"])
def test_a_lesson_is_found_by_number_name_or_path(word):
    assert find_lesson(word).name == "03_gram_matrices"


@pytest.mark.parametrize("word", ["13", "gram", "", "³"])
def test_what_is_no_lesson_is_refused_with_a_list(word):
    with pytest.raises(
        CourseError, match=f"no lesson '{word}': choose one of 00_start_here, .*12_video, or a number from 0 to 12"
    ):
        find_lesson(word)


def test_only_a_check_below_the_heading_of_an_exercise_makes_one():
    cells = [
        new_code_cell("checks.my_dial(my_dial)"),
        new_markdown_cell("text\n\n### Exercise 2 (write, *harder*): a thing (at last)"),
        new_code_cell("%matplotlib inline\nshow(checks.wanted_picture())"),
        new_code_cell("checks.summary(7)"),
        new_code_cell("def thing():\n    ...\n\n\nchecks.thing(thing)"),
        new_code_cell("checks.other(other)"),
    ]
    (only,) = find_exercises(cells)
    assert (only.name, only.number, only.title, only.harder, only.cell) == ("thing", 2, "a thing (at last)", True, 4)


def test_without_lessons_or_with_a_damaged_one_it_is_said_what_to_do(tmp_path, monkeypatch):
    monkeypatch.setattr(lessons, "__file__", str(tmp_path / "course_utils" / "classroom" / "lessons.py"))
    with pytest.raises(CourseError, match=r"no lessons in .*work in a clone"):
        find_lessons()
    (tmp_path / "notebooks").mkdir()
    (tmp_path / "notebooks" / "00_start_here.ipynb").write_text("{")
    with pytest.raises(CourseError, match=r"cannot read the lesson .*00_start_here\.ipynb"):
        find_lesson("0")
