from pathlib import Path

import nbformat
import pytest
from nbformat.v4 import new_code_cell, new_markdown_cell

from course_utils.classroom.predictions import answers

LESSONS = sorted((Path(__file__).resolve().parents[2] / "notebooks").glob("*.ipynb"))
WHOLE_LESSON = "Mark each: true, false, or too vague to test."  # which the sections after it answer, one by one


def cells(*sources):
    """Make cells: markdown, or code where the source starts with `>`."""
    return [new_code_cell(each[1:]) if each.startswith(">") else new_markdown_cell(each) for each in sources]


@pytest.mark.parametrize("path", LESSONS, ids=lambda path: path.stem)
def test_every_prediction_of_a_lesson_is_answered(path):
    lesson = nbformat.read(path, 4).cells
    found = answers(lesson)
    asked = {index for index, cell in enumerate(lesson) if "**Predict.**" in cell.source}
    assert asked and asked <= found.keys()
    unanswered = [lesson[index].source for index in asked if not found[index]]
    assert [each for each in unanswered if "<summary>Answer" not in each and WHOLE_LESSON not in each] == []


@pytest.mark.parametrize("path", LESSONS, ids=lambda path: path.stem)
def test_no_answer_is_an_exercise_a_hint_or_a_heading(path):
    lesson = nbformat.read(path, 4).cells
    for index in {index for answer in answers(lesson).values() for index in answer}:
        source = lesson[index].source
        assert "\nchecks." not in source and "<summary>Hint" not in source and not source.startswith("#")


def test_an_answer_is_the_code_and_the_markdown_up_to_the_next_heading():
    lesson = cells("## A\n\n**Predict.** What?", ">x = 2", ">print(x)", "It is 2.", "More.", "### Next", ">print(3)")
    assert answers(lesson) == {0: [1, 2, 3, 4]}


def test_an_answer_ends_at_the_next_prediction():
    lesson = cells("**Predict.** What?", ">x = 2", "**Predict.** And now?", ">print(x)")
    assert answers(lesson) == {0: [1], 2: [3]}


def test_an_exercise_is_no_answer():
    lesson = cells("### Exercise 1\n\n**Predict** first.", ">def f(): ...\n\n\nchecks.f(f)", "<details>…</details>")
    assert answers(lesson) == {0: []}


def test_a_comment_in_fenced_code_is_no_heading():
    lesson = cells("**Predict.** What?", "Run\n\n```bash\n# a comment\nls\n```\n\nand look.", ">print(1)")
    assert answers(lesson) == {0: [1, 2]}


def test_the_word_alone_is_no_prediction():
    assert answers(cells("# Predict\n\n**Prediction** | none", ">print(1)")) == {}
