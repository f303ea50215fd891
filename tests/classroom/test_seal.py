"""Whatever a submission replaces is put back before a check, and named."""

import builtins
import copy
import functools
import inspect

import numpy as np
import pytest

from course_utils.checks import attempts, colour, gram, start, verdict
from course_utils.classroom.seal import Seal


@pytest.fixture
def seal():
    seal = Seal()
    yield seal
    seal.restore()


def right(F):
    M = F.reshape(-1, F.shape[-1])
    return M.T @ M / len(M)


def cheat(*_, **__):
    return True


def replace(owner, name):
    setattr(owner, name, cheat)


ATTACKS = {
    "numpy.allclose": lambda: replace(np, "allclose"),
    "numpy.linalg.norm": lambda: replace(np.linalg, "norm"),
    "builtins.isinstance": lambda: replace(builtins, "isinstance"),
    "builtins.__import__": lambda: replace(builtins, "__import__"),
    "copy.deepcopy": lambda: replace(copy, "deepcopy"),
    "functools.wraps": lambda: replace(functools, "wraps"),
    "inspect.getsource": lambda: replace(inspect, "getsource"),
    "course_utils.checks.verdict.judge": lambda: replace(verdict, "judge"),
    "course_utils.checks.gram.compare": lambda: replace(gram, "compare"),
    "course_utils.checks.verdict.call": lambda: setattr(verdict.call, "__code__", cheat.__code__),
    "course_utils.checks.verdict.str": lambda: setattr(verdict, "str", lambda _: "correct"),
    "course_utils.checks.start.MOST": lambda: setattr(start, "MOST", 1e9),
}


@pytest.mark.parametrize("name", ATTACKS)
def test_what_was_replaced_is_put_back_and_named(seal, name):
    ATTACKS[name]()
    assert seal.restore() == [name]
    assert seal.restore() == []
    assert "shape" in verdict.judge(gram.my_gram_matrix.checker, lambda F: F)
    assert verdict.judge(gram.my_gram_matrix.checker, right) == "correct"


def test_a_deleted_name_a_method_and_a_checker_are_put_back(seal):
    checker = gram.my_gram_matrix.checker
    del verdict.compare
    gram.my_gram_matrix.checker = cheat
    attempts.Standing.__eq__ = cheat
    assert set(seal.restore()) == {
        "course_utils.checks.verdict.compare",
        "course_utils.checks.attempts.Standing.__eq__",
    }
    assert gram.my_gram_matrix.checker is checker


def test_tables_that_were_changed_in_place_are_renewed_and_caches_emptied(seal):
    names = list(start.FRIENDS)
    luminance = np.array(colour.LUMINANCE)
    start.FRIENDS.clear()
    colour.LUMINANCE[:] = 0
    seal.restore()
    assert list(start.FRIENDS) == names
    assert np.array_equal(colour.LUMINANCE, luminance)


def test_what_a_program_may_well_do_is_no_replacement(seal):
    np.seterr(**np.seterr(all="warn"))
    np.something_of_ones_own = 3
    import wave  # noqa: F401

    assert seal.restore() == []
    del np.something_of_ones_own
