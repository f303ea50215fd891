"""What an exercise needs of a submission, and what is said of an attempt that isn't there."""

import nbformat
import pytest
from nbformat.v4 import new_code_cell, new_markdown_cell

from course_utils.classroom.lessons import find_lesson, find_lessons
from course_utils.classroom.needed import count_written, is_stub, needed, read_script

LESSON = find_lesson("3")
DEFINITION = "def my_gram_matrix(F):\n    return scaled(F.T @ F)"


def plan(*cells):
    return needed(read_script([new_code_cell(each) for each in cells]), LESSON.exercises[0], LESSON)


def sources(*cells):
    return [each.source for each in plan(*cells).statements]


def test_only_what_the_attempt_uses_is_needed():
    assert sources(
        "import numpy as np\nimport matplotlib.pyplot as plt",
        "%matplotlib inline\n!pip install numpy\nplt.plot([1])",
        "n = 3\nscaled = lambda G: G / n\nrun_for_hours()",
        f"print(n)\n{DEFINITION}\nchecks.my_gram_matrix(my_gram_matrix)\nwhile True: pass",
        "n = 4",
    ) == ["n = 3", "scaled = lambda G: G / n", DEFINITION]


def test_names_are_followed_through_classes_comprehensions_and_decorators():
    cells = [
        "from a import (\n    b,\n    c,\n)",
        "d, (e, *f) = 1, (2, 3)",
        "class Base:\n    size = d",
        "class K(Base):\n    def m(self):\n        return [e for _ in f]",
        "@c\ndef my_gram_matrix(F):\n    def inner():\n        return K().m()\n    return inner()",
    ]
    assert sources("b = 1", *cells) == cells


def test_the_last_binding_before_counts_with_every_change_since():
    assert sources(
        "W = [0]",
        "W = [1]\nW.append(2)",
        "W[0] = 3\nW += [4]\nif len(W) > 2:\n    W = W[:2]",
        "print(W)\nscaled = str",
        "def my_gram_matrix(F):\n    return W",
        "W = [5]\nW.append(6)",
    ) == [
        "W = [1]",
        "W.append(2)",
        "W[0] = 3",
        "W += [4]",
        "if len(W) > 2:\n    W = W[:2]",
        "def my_gram_matrix(F):\n    return W",
    ]


def test_what_changes_a_module_is_needed_with_it():
    assert sources(
        "import numpy as np\nnp.seterr(all='raise')", "def my_gram_matrix(F):\n    return np.dot(F.T, F)"
    ) == [
        "import numpy as np",
        "np.seterr(all='raise')",
        "def my_gram_matrix(F):\n    return np.dot(F.T, F)",
    ]


def test_cells_out_of_order_are_run_in_the_order_that_works():
    cells = [
        "def my_gram_matrix(F):\n    return W",
        "W = scaled(3)",
        "def scaled(x):\n    return x * n",
        "n = 2",
    ]
    order = sources(*cells)
    assert sorted(order) == sorted(cells)
    assert order.index("n = 2") < order.index("W = scaled(3)") > order.index(cells[2])


def test_functions_may_call_each_other():
    cells = [
        "def odd(n):\n    return even(n)",
        "def even(n):\n    return odd(n)",
        "def my_gram_matrix(F):\n    odd(F)",
    ]
    assert sources(*cells) == cells


def test_names_from_a_star_import_are_looked_for_there():
    assert sources("from numpy import *", "def my_gram_matrix(F):\n    return dot(F.T, F)")[0] == "from numpy import *"


STUB = 'def my_gram_matrix(F):\n    """Return G."""\n    ...'


@pytest.mark.parametrize(
    ("cells", "attempt"),
    [
        ([STUB, "x = 1", DEFINITION], DEFINITION),
        ([DEFINITION, STUB], DEFINITION),
        ([STUB.replace("...", "return 1"), DEFINITION], DEFINITION),
        (["my_gram_matrix = lambda F: F"], "my_gram_matrix = lambda F: F"),
        ([DEFINITION, "my_gram_matrix = my_gram_matrix(F)"], DEFINITION),
        ([DEFINITION, "from course_utils.gram import gram_matrix as my_gram_matrix"], DEFINITION),
        ([f"%%time\n{DEFINITION}"], DEFINITION),
        (["if True:\n    def my_gram_matrix(F):\n        return F"], None),
        ([STUB, STUB], STUB),
    ],
)
def test_the_definition_is_found_wherever_it_stands(cells, attempt):
    assert plan(*cells).attempt.source == (attempt or cells[0])


def test_a_function_that_is_wrapped_later_keeps_both_parts():
    wrapped = "my_gram_matrix = np.vectorize(my_gram_matrix)"
    assert sources("import numpy as np", DEFINITION, wrapped) == ["import numpy as np", DEFINITION, wrapped]


@pytest.mark.parametrize(
    ("cells", "sentence"),
    [
        ([], "my_gram_matrix is not in this notebook"),
        (["from course_utils.gram import gram_matrix as my_gram_matrix"], "is not in this notebook"),
        (
            ["def my_gram(F):\n    return F"],
            "not in this notebook: is it the function called my_gram? Give it its name back",
        ),
        (["def solution(F):\n    return F"], ": is it the function called solution? Give it"),
        (["def f(a, b):\n    return a\nchecks.my_gram_matrix(f)"], ": is it the function called f? Give it"),
        (["def my_style_distance(F, S):\n    return F"], "not in this notebook"),
        (["def my_gram_matrix(F):\n    return (F"], "the cell of my_gram_matrix can't be run: '(' was never closed"),
        (["x = '\0'\ndef my_gram_matrix(F): return F"], "can't be run"),
        (["%%html\ndef my_gram_matrix(F): return F"], "is not in this notebook"),
    ],
)
def test_a_missing_attempt_is_told_with_the_likely_name(cells, sentence):
    told = plan("import numpy as np", *cells)
    assert isinstance(told, str)
    assert sentence in told
    assert ("called" in told) == ("called" in sentence)


@pytest.mark.parametrize(
    ("cells", "written"),
    [
        ([], 0),
        ([STUB], 0),
        ([STUB, DEFINITION], 1),
        (["def my_gram_matrix(F): return 0", "def my_style_distance(F, S): return 0"], 2),
        (["def other(F): return 0", "def broken(:"], 0),
    ],
)
def test_what_is_written_is_counted(cells, written):
    assert count_written([new_code_cell(each) for each in cells], find_lessons()[3]) == written


def test_one_damaged_cell_does_not_stop_the_others():
    nested = "(" * 5000 + ")" * 5000
    assert sources("def broken(:", nested, "scaled = str", DEFINITION) == ["scaled = str", DEFINITION]


def test_text_cells_are_no_code():
    script = read_script([new_markdown_cell(DEFINITION), new_code_cell("x = 1")])
    assert [each.source for each in script.statements] == ["x = 1"]


@pytest.mark.parametrize("lesson", find_lessons().values(), ids=lambda each: each.name)
def test_an_unmodified_lesson_has_stubs_only_and_its_solutions_need_next_to_nothing(lesson):
    script = read_script(lesson.notebook.cells)
    assert all(is_stub(needed(script, each, lesson).attempt) for each in lesson.exercises)
    solved = read_script(nbformat.read(lesson.path.parent / "solutions" / lesson.path.name, as_version=4).cells)
    for each in lesson.exercises:
        found = needed(solved, each, lesson)
        assert not is_stub(found.attempt)
        assert len(found.statements) <= 4
        assert not any("show_images(" in statement.source for statement in found.statements)
