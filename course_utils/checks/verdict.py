"""How an attempt is called, compared with the right answer and the usual mistakes, and judged in one line."""

import copy
import functools
import inspect
from collections.abc import Callable, Mapping
from typing import Any

import numpy as np

from ..exercises import CORRECT, NOT_WRITTEN
from .attempts import remember

LONG = 200  # characters of an error that are shown, about


class Verdict(Exception):
    """Carries what is to be printed."""


def exercise(checker: Callable[[Callable], None]) -> Callable[[Callable], None]:
    """Make a checker print its verdict and remember it; the bare checker stays at hand as `.checker`."""

    @functools.wraps(checker)
    def printed(attempt: Callable) -> None:
        verdict = judge(checker, attempt)
        remember(checker.__name__, verdict)
        print(f"{checker.__name__}: {verdict}")

    printed.checker = checker
    return printed


def judge(checker: Callable[[Callable], None], attempt: Callable) -> str:
    """Return `CORRECT`, `NOT_WRITTEN`, or what is wrong with an attempt."""
    try:
        checker(attempt)
    except Verdict as verdict:
        if str(verdict) == NOT_WRITTEN and not _is_stub(attempt):
            return "returns nothing: is the `return` missing?"
        return str(verdict)
    return CORRECT


def _is_stub(attempt: Callable) -> bool:
    """Tell whether `...` still stands in the attempt, or its source can't be seen."""
    try:
        return "..." in inspect.getsource(attempt)
    except (OSError, TypeError):
        return True


def call(attempt: Callable, *arguments: Any) -> np.ndarray:
    """Call the attempt with copies of the arrays; its answer as an array."""
    copies = copy.deepcopy(arguments)
    try:
        answer = attempt(*copies)
    except Exception as error:  # the student's code may raise anything
        raise Verdict(f"stops with {type(error).__name__}: {_shortened(str(error))}") from error
    if answer is None or answer is ...:
        raise Verdict(NOT_WRITTEN)
    for given, left in zip(arguments, copies, strict=True):
        if isinstance(given, (np.ndarray, list)) and not all(map(np.array_equal, given, left)):
            raise Verdict("changes its argument in place: the caller still needs it, compute a new array")
    try:
        return np.asarray(answer, float)
    except (TypeError, ValueError) as error:
        raise Verdict(f"returns {type(answer).__name__}, not numbers") from error


def _shortened(text: str) -> str:
    """Put a text on one line and drop its middle if it is long, as with an array that is printed."""
    text = " ".join(text.split())
    return text if len(text) <= LONG else f"{text[: LONG // 2]} … {text[-LONG // 2 :]}"


def compare(answer: np.ndarray, right: np.ndarray, mistakes: Mapping[str, np.ndarray], what: str) -> None:
    """Raise the verdict unless the answer is right: a known mistake by its name, any other by shape or values."""
    right = np.asarray(right, float)
    if answer.shape == right.shape and np.allclose(answer, right, rtol=1e-4, atol=1e-6):
        return
    for name, wrong in mistakes.items():
        wrong = np.asarray(wrong, float)
        if answer.shape == wrong.shape and np.allclose(answer, wrong, rtol=1e-4, atol=1e-6, equal_nan=True):
            raise Verdict(name)
    if answer.shape != right.shape:
        raise Verdict(f"{what} should have the shape {right.shape} here, not {answer.shape}")
    if not np.isfinite(answer).all():
        raise Verdict("holds NaN or infinity: is there a division by zero, or the root of a negative number?")
    if not right.shape:
        raise Verdict(f"{what} should be {right:.4g} here, not {answer:.4g}")
    place = np.unravel_index(np.argmax(np.abs(answer - right)), right.shape)
    raise Verdict(f"{what} should be {right[place]:.4g} where it is {answer[place]:.4g}")


def draw(*shape: int, seed: int = 0) -> np.ndarray:
    """Draw float64 values in [0.05, 0.95], the same each time."""
    return np.random.default_rng(seed).uniform(0.05, 0.95, shape)
