"""The summary at a lesson's end; that the table behind it is the notebooks' own, tests/test_exercises.py checks."""

from pathlib import Path

import nbformat
import pytest

from course_utils import checks
from course_utils.checks.attempts import forget, standing
from course_utils.checks.summary import WIDTH
from course_utils.errors import OptionError
from course_utils.exercises import EXERCISES

NOTEBOOKS = sorted((Path(__file__).resolve().parents[2] / "notebooks").glob("*.ipynb"))


@pytest.fixture(autouse=True)
def fresh_kernel():
    forget()
    yield
    forget()


def gram(F):
    M = F.reshape(-1, F.shape[-1])
    return M.T @ M / len(M)


def stub(F): ...


def summary(capsys, lesson):
    capsys.readouterr()
    checks.summary(lesson)
    return capsys.readouterr().out.splitlines()


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
def test_a_lesson_ends_with_its_summary(path, capsys):
    """As in an untouched lesson, where each check finds the stub."""
    lesson, cell = int(path.name[:2]), nbformat.read(path, 4).cells[-1]
    for name in EXERCISES[lesson]:
        getattr(checks, name)(stub_for(name))
    assert cell.source == f"checks.summary(lesson={lesson})"
    assert cell.outputs[0].text.splitlines() == summary(capsys, lesson)


def stub_for(name):
    """Return a stub that takes whatever the checker passes; `...` stands in it, as in a lesson's."""

    def unwritten(*_):
        return ...

    unwritten.__name__ = name
    return unwritten


def test_before_any_check(capsys):
    assert summary(capsys, 3) == [
        "lesson 3: 0 of 5 exercises correct",
        "  1  my_gram_matrix       not run yet",
        "  2  my_style_distance    not run yet",
        "  3  covariance_gradient  not run yet",
        "  4  fool_the_statistics  not run yet",
        "  5  repaired_statistics  not run yet",
        "next: run the cell of exercise 1, my_gram_matrix",
    ]


def test_attempts_are_counted_and_the_last_verdict_stands(capsys):
    checks.my_gram_matrix(stub)
    checks.my_gram_matrix(lambda F: gram(F) * 12)
    checks.my_gram_matrix(gram)
    checks.my_style_distance(lambda F, S: 1 / 0)
    lines = summary(capsys, 3)
    assert lines[0] == "lesson 3: 1 of 5 exercises correct"
    assert lines[1] == "  1  my_gram_matrix       2 attempts  correct"
    assert lines[2] == "  2  my_style_distance    1 attempt   stops with ZeroDivisionError: division by zero"
    assert lines[3] == "  3  covariance_gradient              not run yet"
    assert lines[-1] == "next: change exercise 2, my_style_distance, and run its cell again"


def test_a_solution_that_was_spoilt_counts_no_more(capsys):
    checks.my_gram_matrix(gram)
    checks.my_gram_matrix(lambda F: gram(F) * 12)
    assert summary(capsys, 3)[0] == "lesson 3: 0 of 5 exercises correct"


def test_an_unwritten_stub_is_no_attempt(capsys):
    checks.my_gram_matrix(stub)
    assert standing("my_gram_matrix").attempts == 0
    lines = summary(capsys, 3)
    assert lines[1] == "  1  my_gram_matrix       not written yet"
    assert lines[-1] == "next: write exercise 1, my_gram_matrix, and run its cell"


def test_all_correct_leaves_nothing_to_do(capsys):
    checks.advise(lambda: [[1, 20, 1], [10, 1, 1], [1, 1, 100]])
    lines = summary(capsys, 0)
    assert lines[0] == "lesson 0: 1 of 1 exercise correct" and len(lines) == 2


def test_long_verdicts_are_cut(capsys):
    def fails(F):
        raise ValueError("a long story " * 20)

    checks.my_gram_matrix(fails)
    line = summary(capsys, 3)[1]
    assert len(line) <= WIDTH and line.endswith(" …") and "stops with ValueError: a long story" in line


@pytest.mark.parametrize("lesson", [13, -1, "3", None, [3]])
def test_a_lesson_that_does_not_exist(lesson):
    with pytest.raises(OptionError, match="from 0 to 12, not "):
        checks.summary(lesson)


def test_the_bare_checker_remembers_nothing():
    checks.judge(checks.my_gram_matrix.checker, gram)
    assert standing("my_gram_matrix") is None
