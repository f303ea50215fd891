"""Submissions, graded each in a kernel of its own: right ones, and ones that go wrong in every way."""

import os
import tempfile
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path

import nbformat
import psutil
import pytest
from nbformat.v4 import new_code_cell, new_notebook

from course_utils.classroom import grading
from course_utils.classroom.grading import Limits, Mark, grade_notebook
from course_utils.classroom.lessons import find_lesson, find_lessons
from course_utils.errors import CourseError
from course_utils.exercises import NOT_WRITTEN

LESSON = find_lesson("3")
NAMES = [each.name for each in LESSON.exercises]
GENEROUS = Limits(seconds=600)
CALM = Limits(seconds=600, memory=2**29, output=100_000)  # time is not what ends it, however busy the machine
SHORT = replace(CALM, seconds=12)  # 3 seconds of computing for one thing
QUICK = [0, 1, 3, 4, 5, 9, 10, 12]  # the other lessons' checkers compute, or need TensorFlow, too

SETUP = "import numpy as np\nfrom course_utils import checks"
RIGHT = {
    "my_gram_matrix": "def my_gram_matrix(F):\n    M = F.reshape(-1, F.shape[-1])\n    return M.T @ M / len(M)",
    "my_style_distance": (
        "def my_style_distance(F, S):\n"
        "    G, A = (M.reshape(-1, M.shape[-1]).T @ M.reshape(-1, M.shape[-1]) / M[..., 0].size for M in (F, S))\n"
        "    return np.sum((G - A) ** 2) / np.sum(A**2)"
    ),
    "fool_the_statistics": (
        "def fool_the_statistics():\n    return [[[1, 0], [1, 0], [0, 1], [0, 1]], [[1, 1], [1, 1], [0, 0], [0, 0]]]"
    ),
}


def body(name, code):
    """Return a definition of an attempt with this body."""
    parameters = {"my_gram_matrix": "F", "repaired_statistics": "F", "fool_the_statistics": ""}.get(name, "F, S")
    return f"def {name}({parameters}):\n" + "".join(f"    {line}\n" for line in code.splitlines())


def notebook(*cells):
    return new_notebook(
        cells=[new_code_cell(each) for each in (SETUP, *cells)],
        metadata={"kernelspec": {"name": "julia-1.9", "display_name": "Julia", "language": "julia"}},
    )


LOOP = "while True:\n    pass"
DEAF = "while True:\n    try:\n        while True:\n            pass\n    except BaseException:\n        pass"
FLOOD = "while True:\n    print('fool_the_statistics: correct')"
BOMB = "x = []\nwhile True:\n    x.append(bytearray(b'x' * 10**7))"
CHILD = "import ctypes, time\nctypes.CDLL(None).fork()\ntime.sleep(60)"
CHEAT = "import course_utils.checks.gram as g\ng.compare = print\nreturn F[..., 0, 0]"

SUBMISSIONS = {
    "refused": notebook(
        "import os",
        body("my_gram_matrix", "return float(input('G = '))"),
        body("my_style_distance", "exit()"),
        body("covariance_gradient", "while True:\n    os.fork()" if hasattr(os, "fork") else "os.system('x')"),
        body("fool_the_statistics", FLOOD),
        body("repaired_statistics", f"os.remove({__file__ + ' (no such file)'!r})"),
    ),
    "stopped": notebook(
        "import os",
        body("my_gram_matrix", LOOP),
        RIGHT["my_style_distance"],
        body("covariance_gradient", DEAF),
        body("repaired_statistics", "os._exit(0)"),
        RIGHT["fool_the_statistics"],
    ),
    "memory": notebook(
        body("my_gram_matrix", BOMB),
        RIGHT["my_style_distance"],
        body("covariance_gradient", CHILD),
        RIGHT["fool_the_statistics"],
    ),
    "a bad cell": notebook(
        "import itertools\nW = sum(itertools.count())",
        body("my_gram_matrix", "return W"),
        body("my_style_distance", "return W"),
        "V = undefined + 1\nU = input()",
        body("covariance_gradient", "return V"),
        body("repaired_statistics", "return U"),
        RIGHT["fool_the_statistics"],
        "%%bash\nrm -rf *",
        "def broken(:",
    ),
    "replaced": notebook(
        "class checks:\n    my_gram_matrix = staticmethod(lambda _: print('my_gram_matrix: correct'))",
        "print = len\nnp.allclose = lambda *_, **__: True",
        body("my_gram_matrix", "print('my_gram_matrix: correct')\nreturn np.zeros((5, 5))"),
        RIGHT["my_style_distance"],
        body("covariance_gradient", CHEAT),
        "checks.my_gram_matrix(my_gram_matrix)",
    ),
    "too long": notebook(*(body(name, LOOP) for name in NAMES)),
    "names": notebook(
        RIGHT["my_gram_matrix"].replace("my_gram_matrix", "my_gram"),
        RIGHT["my_style_distance"].replace("np.sum(A**2)", "scale"),
        "scale = A_NORM ** 2",
        "A_NORM = 3.0",
        body("fool_the_statistics", "..."),
        "n = 4",
        body("covariance_gradient", "return n"),
        "n = 5",
        body("repaired_statistics", "raise KeyboardInterrupt"),
    ),
}


@pytest.fixture(scope="module")
def graded(tmp_path_factory):
    folder = tmp_path_factory.mktemp("homes")
    before = set(psutil.Process().children(recursive=True))
    with pytest.MonkeyPatch.context() as patch, ThreadPoolExecutor(2) as pool:
        patch.setattr(tempfile, "tempdir", str(folder))
        limits = {"stopped": SHORT, "a bad cell": SHORT, "too long": replace(SHORT, seconds=4)}
        results = pool.map(
            lambda each: grade_notebook(each[1], LESSON, limits.get(each[0], CALM)), SUBMISSIONS.items()
        )
        found = dict(zip(SUBMISSIONS, results, strict=True))
    assert set(psutil.Process().children(recursive=True)) <= before
    assert list(folder.iterdir()) == []
    return found


def verdicts(result):
    assert [each.exercise for each in result.marks] == NAMES
    return [each.verdict for each in result.marks]


def test_what_is_refused_is_one_sentence_each(graded):
    gram, distance, gradient, fool, statistics = verdicts(graded["refused"])
    assert gram == "stops with Refused: a program that is graded may not ask with input(): nobody answers"
    assert distance == "leaves the program with exit()"
    assert gradient == "stops with Refused: a program that is graded may not start another program"
    assert fool == "stops with OutputLimit: prints more than 0.1 MB: is there a loop that never ends?"
    assert statistics.startswith("stops with Refused: a program that is graded may not change files outside its own")
    assert graded["refused"].trouble == "a program that is graded may not ask with input(): nobody answers"


def test_only_the_exercise_suffers_whose_attempt_had_to_be_stopped(graded):
    gram, distance, gradient, fool, statistics = verdicts(graded["stopped"])
    assert gram == gradient == "takes longer than 3 s: is there a loop that never ends?"
    assert statistics == "ends the whole program, or crashes it"
    assert distance == fool == "correct"
    assert graded["stopped"].trouble == f"my_gram_matrix: {gram}"


def test_memory_and_children_are_watched(graded):
    gram, distance, gradient, fool, statistics = verdicts(graded["memory"])
    assert gram == "uses more than 0.5 GiB of memory"
    if os.name == "posix":
        assert gradient == "starts another program, which is not allowed"
    assert distance == fool == "correct"
    assert statistics == "repaired_statistics is not in this notebook"


def test_a_bad_cell_costs_the_exercises_that_need_it(graded):
    gram, distance, gradient, fool, statistics = verdicts(graded["a bad cell"])
    assert gram == distance == "`W = sum(itertools.count())` takes longer than 3 s: is there a loop that never ends?"
    assert gradient == "`V = undefined + 1` stops with NameError: name 'undefined' is not defined"
    assert statistics == "`U = input()` is refused: a program that is graded may not ask with input(): nobody answers"
    assert fool == "correct"


def test_replacing_the_checkers_gains_nothing(graded):
    gram, distance, gradient, *_ = verdicts(graded["replaced"])
    assert gram.startswith("the matrix should be ")
    assert gram.endswith("(numpy.allclose had been replaced: put back before the check)")
    assert distance == "correct"
    assert gradient == ("replaces course_utils.checks.gram.compare while it is checked, so it cannot be judged")
    assert "numpy.allclose had been replaced" in graded["replaced"].trouble


def test_a_notebook_has_a_limit_of_time_as_a_whole(graded):
    found = verdicts(graded["too long"])
    assert found[0] == "takes longer than 1 s: is there a loop that never ends?"
    assert found[-1] == "was not reached: the notebook's 4 s were used up"
    assert not any(each.right for each in graded["too long"].marks)


def test_names_that_are_missing_moved_or_bound_twice(graded):
    gram, distance, gradient, fool, statistics = verdicts(graded["names"])
    assert gram == "my_gram_matrix is not in this notebook: is it the function called my_gram? Give it its name back"
    assert distance.startswith("the distance should be ")  # it has run: its cells stand below it, in the wrong order
    assert fool == NOT_WRITTEN
    assert "not ()" in gradient
    assert statistics == "stops with KeyboardInterrupt"
    assert graded["names"].trouble is None


def solution(lesson):
    return nbformat.read(lesson.path.parent / "solutions" / lesson.path.name, as_version=4)


def all_right(lesson):
    result = grade_notebook(solution(lesson), lesson, GENEROUS)
    assert result.marks == tuple(Mark(each.name, "correct") for each in lesson.exercises)
    assert result.trouble is None


@pytest.mark.parametrize("number", QUICK)
def test_the_solutions_are_all_right(number):
    all_right(find_lessons()[number])


@pytest.mark.long
@pytest.mark.parametrize("number", sorted(set(find_lessons()) - set(QUICK)))
def test_the_other_lessons_solutions_are_all_right(number):
    all_right(find_lessons()[number])


@pytest.mark.parametrize("lesson", find_lessons().values(), ids=lambda each: each.name)
def test_an_unmodified_lesson_is_not_written_yet(lesson):
    result = grade_notebook(lesson.notebook, lesson, GENEROUS)
    assert result.marks == tuple(Mark(each.name, NOT_WRITTEN) for each in lesson.exercises)
    assert result.trouble is None


def test_a_kernel_that_does_not_start_is_tried_again(monkeypatch):
    starts = []

    class Unlucky(grading.Kernel):
        def __init__(self, *arguments):
            starts.append(arguments)
            if len(starts) == 1:
                raise CourseError("its port was taken")
            super().__init__(*arguments)

    monkeypatch.setattr(grading, "Kernel", Unlucky)
    result = grade_notebook(notebook(RIGHT["my_gram_matrix"]), LESSON, GENEROUS)
    assert result.marks[0].right
    assert len(starts) == 2


def test_no_variable_of_the_instructors_reaches_a_submission(monkeypatch):
    monkeypatch.setenv("SECRET_TOKEN", "xyzzy")
    asked = body(
        "my_gram_matrix", "import os\nraise ValueError(sorted(set(os.environ)), os.path.expanduser('~'), os.getcwd())"
    )
    result = grade_notebook(notebook(asked), LESSON, GENEROUS)
    assert "SECRET" not in result.marks[0].verdict
    assert "submission-" in result.marks[0].verdict
    assert str(Path.home()) not in result.marks[0].verdict
