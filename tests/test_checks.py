"""Every exercise: its stub is unwritten, its solution correct, and each usual mistake named in its own words."""

import importlib
import json
import re
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from course_utils import checks

ROOT = Path(__file__).resolve().parents[1]
EXERCISES = {name: getattr(checks, name) for name in dir(checks) if hasattr(getattr(checks, name), "checker")}
WRONG = {
    name: answers
    for path in sorted((Path(__file__).parent / "checks").glob("[a-z]*.py"))
    if not path.stem.startswith("test_")
    for name, answers in importlib.import_module(f"tests.checks.{path.stem}").WRONG.items()
}


def cells(path):
    return ["".join(c["source"]) for c in json.loads(path.read_text("utf-8"))["cells"] if c["cell_type"] == "code"]


def exercise_cells(folder):
    """Collect {exercise: code of its cell} from the notebooks of a folder; a lesson's set-up goes before each."""
    found = {}
    for path in sorted(folder.glob("*.ipynb")):
        code = cells(path)
        for cell in code:
            if match := re.search(r"^checks\.(?!summary)(\w+)\(", cell, re.M):
                found[match[1]] = f"{code[0]}\n{cell}"
    return found


LESSONS, SOLUTIONS = exercise_cells(ROOT / "notebooks"), exercise_cells(ROOT / "notebooks" / "solutions")


def test_every_exercise_has_a_lesson_a_solution_and_wrong_answers():
    assert EXERCISES.keys() == LESSONS.keys() == SOLUTIONS.keys() == WRONG.keys()


@pytest.mark.parametrize("name", EXERCISES)
def test_the_stub_is_not_written_yet(name, capsys):
    exec(LESSONS[name], {})
    assert capsys.readouterr().out == f"{name}: not written yet\n"


@pytest.mark.parametrize("name", EXERCISES)
def test_the_solution_is_correct(name, capsys):
    exec(SOLUTIONS[name], {})
    assert capsys.readouterr().out == f"{name}: correct\n"


@pytest.mark.filterwarnings("ignore::RuntimeWarning")  # a wrong answer may divide by zero
@pytest.mark.parametrize("name", EXERCISES)
def test_wrong_answers_are_each_refused_in_words_of_their_own(name):
    assert len(WRONG[name]) >= 4
    verdicts = [checks.judge(EXERCISES[name].checker, attempt) for attempt, _ in WRONG[name]]
    for verdict, (_, message) in zip(verdicts, WRONG[name], strict=True):
        assert message in verdict
    assert len(set(verdicts)) == len(verdicts)


@pytest.mark.parametrize("name", EXERCISES)
@pytest.mark.parametrize(
    ("attempt", "message"),
    [
        (lambda *_: 1 / 0, "stops with ZeroDivisionError: division by zero"),
        (lambda *_: "text", "returns str, not numbers"),
        (lambda *_: np.zeros((1, 2, 3, 4, 5, 6, 7)), "not (1, 2, 3, 4, 5, 6, 7)"),
    ],
    ids=["raises", "text", "shape"],
)
def test_nonsense_is_refused_in_words_and_raises_nothing(name, attempt, message):
    assert message in checks.judge(EXERCISES[name].checker, attempt)


def test_nan_and_plain_wrong_values_are_told():
    assert "NaN" in checks.judge(EXERCISES["luminance"].checker, lambda x: x[..., :1] * np.nan)
    assert "should be" in checks.judge(EXERCISES["luminance"].checker, lambda x: x[..., :1] * 0.3)


def test_answers_in_tensors_are_taken():
    from course_utils.device import tf

    def attempt(gradient, x, eta, steps):
        x = tf.constant(x)
        for _ in range(steps):
            x = x - eta * gradient(x)
        return x

    assert checks.judge(EXERCISES["gradient_descent"].checker, attempt) == "correct"


def test_changing_arrays_in_a_list_is_refused():
    def attempt(x, F, P, G, *_):
        G[0] -= G[0]
        return 0.0

    assert "in place" in checks.judge(EXERCISES["my_objective"].checker, attempt)


def test_changing_the_argument_in_place_is_refused():
    def attempt(x):
        x -= x
        return x

    assert "in place" in checks.judge(EXERCISES["preprocess"].checker, attempt)


def test_checkers_that_need_no_tensorflow_do_not_wait_for_it():
    code = (
        "import sys\nfrom course_utils import checks\nchecks.my_gram_matrix\n"
        "assert 'tensorflow' not in sys.modules\nassert set(checks.__all__) <= set(dir(checks))\n"
        "checks.no_such_checker"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
    assert done.stderr.endswith("AttributeError: module 'course_utils.checks' has no attribute 'no_such_checker'\n")
