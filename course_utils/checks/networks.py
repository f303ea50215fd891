"""Checkers for the exercises of lesson 8: the entropy of a Gram matrix, and smoothed features."""

from collections.abc import Callable

import numpy as np

from .verdict import call, compare, draw, exercise


def _share(values: np.ndarray) -> np.ndarray:
    return np.abs(values) / np.abs(values).sum()


def _sum(p: np.ndarray, log: Callable = np.log) -> float:
    """Compute −Σ p log p, with 0 log 0 = 0."""
    p = p[p > 0]
    return -np.sum(p * log(p))


@exercise
def gram_entropy(attempt: Callable) -> None:
    """Check `gram_entropy(G)`: H = −Σ p ln p / ln n, with p = |G| / Σ|G| and n entries."""
    full = draw(5, 3)
    empty = draw(4, 3, seed=1) * [1, 0, 1]  # a feature that never fires
    signed = draw(4, 3, seed=2) - 0.5  # features before the ReLU
    _check_entropy(attempt, full.T @ full, np.nan, "the result is not a number")
    _check_entropy(attempt, empty.T @ empty, np.nan, "0 · ln 0 is not a number: leave the entries that are 0 out")
    _check_entropy(attempt, signed.T @ signed, np.nan, "a negative entry has no logarithm: take |G|")


def _check_entropy(attempt: Callable, G: np.ndarray, unknown: float, message: str) -> None:
    p, n = _share(G), G.size
    positive = G[G > 0] / G[G > 0].sum()
    mistakes = {
        "not divided by ln n: a larger matrix would have a larger entropy": _sum(p),
        "in bits, and not divided by their largest number: divide by the logarithm of n": _sum(p, np.log2),
        "divided by ln C: the matrix has n = C² entries": _sum(p) / np.log(len(G)),
        "bits divided by a natural logarithm: take the same logarithm twice": _sum(p, np.log2) / np.log(n),
        "negative: a minus is missing, since the logarithm of p below 1 is negative": -_sum(p) / np.log(n),
        "the entries are squared: take |G|": _sum(_share(G**2)) / np.log(n),
        "only the diagonal: all entries count": _sum(_share(np.diag(G))) / np.log(len(G)),
        "of the eigenvalues: here it is of the entries": _sum(_share(np.linalg.eigvalsh(G))) / np.log(len(G)),
        "divided by the largest entry: the p have to add up to 1": _sum(np.abs(G) / np.abs(G).max()) / np.log(n),
        "divided by n: divide by ln n": _sum(p) / n,
        "not made to add up to 1: divide by the sum of |G| first": _sum(np.abs(G)) / np.log(n),
        "the average instead of the sum of p ln p": _sum(p) / n / np.log(n),
        "upside down: H is 1 where all entries are equal": 1 - _sum(p) / np.log(n),
        "negative entries are left out: take |G|": -np.sum(positive * np.log(positive)) / np.log(n),
        message: unknown,
    }
    compare(call(attempt, G), np.array(_sum(p) / np.log(n)), mistakes, "the entropy")


@exercise
def softmax_features(attempt: Callable) -> None:
    """Check `softmax_features(F, T)`: e^(F/T) / Σ e^(F/T), over all entries of a layer, whatever their size."""
    _check_softmax(attempt, 6 * draw(1, 3, 4, 5), 2.0, "the result is not a number")
    large = 3000 * draw(1, 3, 4, 5, seed=1)
    _check_softmax(attempt, large, 2.0, "NaN or infinity for large features: subtract the largest before np.exp")


def _check_softmax(attempt: Callable, F: np.ndarray, T: float, message: str) -> None:
    def soft(x: np.ndarray, axis: tuple[int, ...] | None = None) -> np.ndarray:
        e = np.exp(x - x.max(axis, keepdims=True))
        return e / e.sum(axis, keepdims=True)

    def powers(x: np.ndarray) -> np.ndarray:
        with np.errstate(over="ignore"):
            return np.exp(x)

    right, e = soft(F / T), np.exp((F - F.max()) / T)
    mistakes = {
        "over the channels only: one sum over all places and channels": soft(F / T, (-1,)),
        "over the places, for each channel by itself: one sum over all of them": soft(F / T, (0, 1, 2)),
        "over one axis of places only: one sum over all places and channels": soft(F / T, (1,)),
        "over the batch, which holds one picture: one sum over all places and channels": np.ones_like(F),
        "the temperature is not used": soft(F),
        "multiplied by T: divide by it, a higher temperature smooths more": soft(F * T),
        "the powers are divided by T: divide F by T first": soft(F) / T,
        "the sign is turned: the largest feature has to stay the largest": soft(-F / T),
        "not divided by the sum": powers(F / T),
        "the largest entry is 1, but it is the sum that has to be: divide by the sum": e,
        "without the exponential function": F / F.sum(),
        "the logarithm of the softmax": np.log(np.maximum(right, np.finfo(float).tiny)),
        "flattened: give it the shape of F again": right.ravel(),
        message: np.nan,
    }
    answer = call(attempt, F, T)
    if answer.shape == F.shape and np.isnan(answer).any():
        answer = np.array(np.nan)
    compare(answer, right, mistakes, "the result")
