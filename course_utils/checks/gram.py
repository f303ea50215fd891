"""Checkers for the exercises of lesson 3: Gram matrices."""

import math
import re
from collections.abc import Callable

import numpy as np

from .verdict import Verdict, call, compare, draw, exercise


def _flat(F: np.ndarray) -> np.ndarray:
    return F.reshape(-1, F.shape[-1])


@exercise
def my_gram_matrix(attempt: Callable) -> None:
    """Check `my_gram_matrix(F)`: FᵀF / (h·w)."""
    F = draw(1, 3, 4, 5) - 0.3
    M = _flat(F)
    centred = M - M.mean(0)
    mistakes = {
        "shape (h·w, h·w): the factors are the wrong way round": M @ M.T / len(M),
        "shape (h·w, h·w), and not divided by h·w: FᵀF, not FFᵀ": M @ M.T,
        "not divided by the number of positions: a larger picture would have a larger matrix": M.T @ M,
        "divided by the number of channels: divide by the positions, h·w": M.T @ M / M.shape[1],
        "divided by h·w·C: that is another convention, here divide by h·w": M.T @ M / M.size,
        "the mean is subtracted first: that is a covariance matrix": centred.T @ centred / len(M),
        "only the diagonal: the products of different features are missing": np.diag(np.diag(M.T @ M / len(M))),
        "the channels are mixed up: reshape to (h·w, C), without a transposition": M.reshape(5, -1)
        @ M.reshape(5, -1).T
        / len(M),
    }
    compare(call(attempt, F), M.T @ M / len(M), mistakes, "the matrix")


@exercise
def my_style_distance(attempt: Callable) -> None:
    """Check `my_style_distance(F, S)`: ‖G − A‖² / ‖A‖² for pictures of different sizes."""
    F, S = draw(1, 3, 4, 5), 1.5 * draw(1, 4, 6, 5, seed=1)
    G, A = (_flat(M).T @ _flat(M) / len(_flat(M)) for M in (F, S))
    difference = np.sum((G - A) ** 2)
    raw = [_flat(M).T @ _flat(M) for M in (F, S)]
    mistakes = {
        "divided by the picture's ‖G‖²: the painting's A is the measure": difference / np.sum(G**2),
        "not divided by ‖A‖²": difference,
        "the mean of the squares: divide their sum by ‖A‖² instead": np.mean((G - A) ** 2),
        "the Gram matrices are not divided by their numbers of positions": np.sum((raw[0] - raw[1]) ** 2)
        / np.sum(raw[1] ** 2),
        "a square root too many: both norms are squared": np.sqrt(difference / np.sum(A**2)),
        "compares G with its own mean: the painting is not used": np.sum((G - G.mean()) ** 2) / np.sum(A**2),
        "only the diagonals are compared": np.sum(np.diag(G - A) ** 2) / np.sum(np.diag(A) ** 2),
        "the differences are not squared": np.sum(G - A) / np.sum(A),
    }
    try:
        answer = call(attempt, F, S)
    except Verdict as verdict:
        shapes = re.findall(r"[(\[](\d+,[\d,]*)[)\]]", str(verdict))  # the message's, as in numpy and TensorFlow
        if {math.prod(map(int, re.findall(r"\d+", shape))) for shape in shapes} == {F.size, S.size}:
            raise Verdict(
                "compares the features themselves, whose numbers of positions differ: take their Gram matrices first"
            ) from verdict
        raise
    compare(answer, np.array(difference / np.sum(A**2)), mistakes, "the distance")


@exercise
def covariance_gradient(attempt: Callable) -> None:
    """Check `covariance_gradient(F, S)`: the gradient of ‖C − A‖² / ‖A‖² with respect to F, C and A covariances."""
    F, S = draw(1, 3, 4, 5), 1.5 * draw(1, 4, 6, 5, seed=1)
    f, s = _flat(F), _flat(S)
    centred, theirs = f - f.mean(0), s - s.mean(0)
    C, A = centred.T @ centred / len(f), theirs.T @ theirs / len(s)
    G, gram_A = f.T @ f / len(f), s.T @ s / len(s)
    right = (4 / (len(f) * np.sum(A**2)) * centred @ (C - A)).reshape(F.shape)
    mistakes = {
        "this is the gradient for Gram matrices: subtract the means first": 4
        / (len(f) * np.sum(gram_A**2))
        * (f @ (G - gram_A)).reshape(F.shape),
        "F is not centred in front of C − A": 4 / (len(f) * np.sum(A**2)) * (f @ (C - A)).reshape(F.shape),
        "half of it: the features stand in C twice": right / 2,
        "a quarter of it: one 2 comes from the square, another from FᵀF": right / 4,
        "not divided by h·w": right * len(f),
        "not divided by ‖A‖²": right * np.sum(A**2),
        "divided by ‖A‖ instead of ‖A‖²": right * np.sqrt(np.sum(A**2)),
        "divided by the picture's ‖C‖²: the painting's A is the measure": right * np.sum(A**2) / np.sum(C**2),
        "downhill: the gradient itself points uphill, with C − A": -right,
        "flattened: give it the shape of F again": right.reshape(f.shape),
        "the distance itself: its gradient has a number for each entry of F": np.sum((C - A) ** 2) / np.sum(A**2),
        "centred over all channels together: each channel has its own mean": _gradient(f - f.mean(), s - s.mean(), F),
    }
    compare(call(attempt, F, S), right, mistakes, "the gradient")


def _gradient(f: np.ndarray, s: np.ndarray, F: np.ndarray) -> np.ndarray:
    """Return 4 f (G − A) / (hw ‖A‖²) in F's shape."""
    G, A = f.T @ f / len(f), s.T @ s / len(s)
    return (4 / (len(f) * np.sum(A**2)) * f @ (G - A)).reshape(F.shape)


@exercise
def repaired_statistics(attempt: Callable) -> None:
    """Check `repaired_statistics(F)`: the mean and the standard deviation of each channel, over the positions."""
    F = draw(1, 3, 4, 5)
    f = _flat(F)
    mean, deviation = f.mean(0), f.std(0)
    mistakes = {
        "still two numbers for each position: a measure of style sums the positions away": _pair(F, -1),
        "two numbers for the whole layer: each channel has its own": _pair(F, None),
        "over the rows only: the columns are positions, too": _pair(F, 1),
        "over the columns only: the rows are positions, too": _pair(F, 2),
        "over the batch, which holds one picture: flatten the positions, or name both of their axes": _pair(F, 0),
        "variances instead of standard deviations: take the root": np.stack([mean, f.var(0)]),
        "the root of the mean square: subtract the mean before you square": np.stack([mean, np.sqrt((f**2).mean(0))]),
        "divided by h·w − 1: take the plain mean of the squares, over h·w": np.stack([mean, f.std(0, ddof=1)]),
        "the standard deviations come first: the means are the first row": np.stack([deviation, mean]),
        "only the means": mean,
        "one row for each channel: the means are the first row, the standard deviations the second": np.stack(
            [mean, deviation], axis=1
        ),
        "one after the other: stack them, the means in the first row": np.concatenate([mean, deviation]),
    }
    for keep in (True, False):
        kept = [each.reshape(1, 1, 1, 5) if keep else each.reshape(1, 5) for each in (mean, deviation)]
        mistakes[f"axes of length 1 are left, {(2, *kept[0].shape)}: the shape is (2, C)"] = np.stack(kept)
    compare(call(attempt, F), np.stack([mean, deviation]), mistakes, "the result")


def _pair(F: np.ndarray, axis: int | None) -> np.ndarray:
    """Return means and standard deviations along an axis."""
    return np.stack([F.mean(axis), F.std(axis)])


@exercise
def fool_the_statistics(attempt: Callable) -> None:
    """Check `fool_the_statistics()`: the same means and variances, never together against always together."""
    pair = call(attempt)
    if pair.shape != (2, 4, 2):
        raise Verdict(f"the pair has shape (2, 4, 2): two pictures, four positions, two features; not {pair.shape}")
    if not np.isfinite(pair).all():
        raise Verdict("holds NaN or infinity")
    if (pair < 0).any():
        raise Verdict("a feature comes out of a ReLU: it is never negative")
    first, second = pair
    if not pair.any(axis=1).all():
        raise Verdict("a feature that is 0 everywhere never fires: give each of them something to answer to")
    if not np.allclose(first.mean(0), second.mean(0)):
        raise Verdict(f"the means differ: {first.mean(0).round(2)} in one, {second.mean(0).round(2)} in the other")
    if not np.allclose(first.var(0), second.var(0)):
        raise Verdict(f"the variances differ: {first.var(0).round(2)} in one, {second.var(0).round(2)} in the other")
    before, after = (_cosine(features) for features in pair)
    if np.isclose(before, after):
        raise Verdict(f"the Gram matrices are equal, with a cosine of {before:.2f} in both: which positions fire?")
    if before > after:
        raise Verdict("the other way round: the features never fire together in the first, always in the second")
    if before > 1e-6:
        raise Verdict(f"a cosine of {before:.2f} in the first: at some position both features fire")
    if after < 1 - 1e-6:
        raise Verdict(f"a cosine of {after:.2f} in the second: 1 can be reached")


def _cosine(F: np.ndarray) -> float:
    return float(F[:, 0] @ F[:, 1] / np.sqrt(np.sum(F[:, 0] ** 2) * np.sum(F[:, 1] ** 2)))
