"""Checkers for the exercises of lesson 8: juries, entropy, paired experiments, peaks and smoothed features.

`entropy`, `smoothed` and `contests_won` are three of the answers, for the lesson's own cells.
"""

import itertools
from collections.abc import Callable

import numpy as np

from ..device import tf
from .verdict import Verdict, call, compare, draw, exercise


def _share(values: np.ndarray) -> np.ndarray:
    return np.abs(values) / np.abs(values).sum()


def _sum(p: np.ndarray, log: Callable = np.log) -> float:
    """Compute −Σ p log p, with 0 log 0 = 0."""
    p = p[p > 0]
    return -np.sum(p * log(p))


def entropy(G: np.ndarray) -> float:
    """Compute H(G) = −Σ p ln p / ln n, with p = |G| / Σ|G| and n entries: lesson 8's measure, as its cells use it."""
    return float(_sum(_share(np.asarray(G, float))) / np.log(np.size(G)))


def smoothed(F: tf.Tensor, T: float) -> tf.Tensor:
    """Compute e^(F/T) / Σ e^(F/T) over all entries of a layer `(1, h, w, C)`, for lesson 8's runs."""
    return tf.reshape(tf.nn.softmax(tf.reshape(F, [-1]) / T), tf.shape(F))


def contests_won(R: np.ndarray, impartial: bool = True) -> np.ndarray:
    """Compute the share of its contests that each picture wins, `(n,)`.

    In a contest a referee compares two pictures, and the one with less left wins. R, `(n, n)`, holds a row for each
    referee and a column for each painter; an impartial referee has painted neither of the two.
    """
    won, held = np.zeros(len(R)), np.zeros(len(R))
    for referee, i, k in itertools.product(range(len(R)), repeat=3):
        if i != k and not (impartial and referee in (i, k)):
            held[i] += 1
            won[i] += R[referee, i] < R[referee, k]
    return won / held


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
        "over the channels only: one sum over all positions and channels": soft(F / T, (-1,)),
        "over the positions, for each channel by itself: one sum over all of them": soft(F / T, (0, 1, 2)),
        "over one axis of positions only: one sum over all positions and channels": soft(F / T, (1,)),
        "over the batch, which holds one picture: one sum over all positions and channels": np.ones_like(F),
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


@exercise
def jury(attempt: Callable) -> None:
    """Check `jury(R)`: the share of its contests, before impartial referees only, that each picture wins."""
    for seed in (2, 5):
        R = draw(5, 5, seed=seed)
        np.fill_diagonal(R, 0.01 * np.arange(1, 6))  # each finds its own picture the best
        _check_jury(attempt, R)


def _check_jury(attempt: Callable, R: np.ndarray) -> None:
    n, right = len(R), contests_won(R)
    off = R + np.diag([np.nan] * n)
    mistakes = {
        "some referee judges its own picture: leave out both painters of a contest": contests_won(R, impartial=False),
        "a painter may judge its opponent here: leave out the referee that painted the other picture, too": (
            _won_against(R, lambda referee, i, k: referee != i)
        ),
        "the opponent is left out as referee, but the painter judges its own picture": (
            _won_against(R, lambda referee, i, k: referee != k)
        ),
        "rows and columns are swapped: R[j, i] is what referee j finds left in picture i": contests_won(R.T),
        "upside down: the picture with less left wins": 1 - right,
        "counted, not divided by the number of contests": right * (n - 1) * (n - 2),
        "divided by all n · n pairs, or by the wrong number: (n − 1) · (n − 2) contests each": (
            right * (n - 1) * (n - 2) / n**2
        ),
        "each judged by its own network, which is no comparison": np.diag(R),
        "a mean of shares without the diagonal: then a lenient referee is a gift to whom it judges": (
            np.nanmean(off, axis=0)
        ),
        "a mean of shares over all referees, and each is among its own judges": R.mean(axis=0),
        "the mean of each referee, not of each picture": R.mean(axis=1),
    }
    compare(call(attempt, R), right, mistakes, "the share")


def _won_against(R: np.ndarray, sits: Callable[[int, int, int], bool]) -> np.ndarray:
    n = len(R)
    contests = [
        [R[j, i] < R[j, k] for j, k in itertools.product(range(n), repeat=2) if i != k and sits(j, i, k)]
        for i in range(n)
    ]
    return np.array([np.mean(each) for each in contests])


@exercise
def paired(attempt: Callable) -> None:
    """Check `paired(build, seed)`: build with skips less build without, each with the same draws."""
    for seed in (4, 8):
        _check_paired(attempt, _build, seed)


def _build(rng: np.random.Generator, skips: bool) -> float:
    """Draw three numbers, and measure: skips change the measure by a part of the draws, and of nothing else."""
    a, b, c = rng.uniform(1, 2, 3)
    return a * b + (0.1 + 0.2 * c if skips else 0)


def _check_paired(attempt: Callable, build: Callable, seed: int) -> None:
    rng = np.random.default_rng
    on, off, one = build(rng(seed), True), build(rng(seed), False), rng(seed)
    first_with, then_without = build(one, True), build(one, False)
    two = rng(seed)
    first_without = build(two, False)
    mistakes = {
        "still one generator for both: what the second draws depends on the first": first_with - then_without,
        "still one generator for both, only in the other order": build(two, True) - first_without,
        "with skips less without, not the other way round": off - on,
        "the ratio: take the difference": on / off,
        "two seeds, two sets of weights: give both the same seed": on - build(rng(seed + 1), False),
        "two seeds, and not those given": build(rng(0), True) - build(rng(1), False),
        "always the same weights: pass `seed` to the generator": build(rng(0), True) - build(rng(0), False),
        "0, as skips is the same in both calls": 0.0,
        "only what is measured with skips: take away what is measured without": on,
        "only what is measured without skips": off,
    }
    answer = call(attempt, build, seed)
    if answer.shape == () and not np.array_equal(answer, call(attempt, build, seed), equal_nan=True):
        raise Verdict("another answer at each call: the generators have no seed")
    compare(answer, np.array(on - off), mistakes, "the difference")


@exercise
def peak_factor(attempt: Callable) -> None:
    """Check `peak_factor(G, c)`: the smallest whole k with (k² G_cc)² over half of the planted ‖G‖²."""
    for seed, C, c in ((1, 30, 7), (2, 200, 11)):
        F = draw(4 * C, C, seed=seed)
        _check_factor(attempt, F.T @ F / len(F), c)


def _check_factor(attempt: Callable, G: np.ndarray, c: int) -> None:
    own, row = G[c, c] ** 2, 2 * (np.sum(G[c] ** 2) - G[c, c] ** 2)
    rest = np.sum(G**2) - own - row

    def first(part: Callable[[int], float]) -> int:
        return next((k for k in range(1, 10_000) if part(k) > 0.5), 0)

    right = first(lambda k: k**4 * own / (k**4 * own + k**2 * row + rest))
    absolute = np.abs(G).sum() - 2 * np.abs(G[c]).sum() + G[c, c], 2 * (np.abs(G[c]).sum() - G[c, c])
    mistakes = {
        "that is k²; asked for is k": right**2,
        "one too small: there the entry holds less than half": right - 1,
        "one too large: the half is passed one step before": right + 1,
        "the entry is multiplied by k², as both of its features are: not by k": first(
            lambda k: k**2 * own / (k**2 * own + row + rest)
        ),
        "the channel's row and column grow, too, by k": first(lambda k: k**4 * own / (k**4 * own + row + rest)),
        "row and column are multiplied by k², as the entry is: they grow by k only": first(
            lambda k: k**4 * own / (k**4 * (own + row) + rest)
        ),
        "row and column are counted as the channel's own entry": first(
            lambda k: (k**4 * own + k**2 * row) / (k**4 * own + k**2 * row + rest)
        ),
        "a share of Σ|G|: ‖G‖² adds up squares": first(
            lambda k: k**2 * G[c, c] / (k**2 * G[c, c] + k * absolute[1] + absolute[0])
        ),
        "half of what ‖G‖² was before: it grows with k": first(lambda k: k**4 * own / (own + row + rest)),
    }
    answer = call(attempt, G, c)
    if answer.shape == () and answer != np.round(answer):
        raise Verdict(f"a whole number is asked for, not {answer:.3f}: the smallest that is enough")
    compare(answer, np.array(right), mistakes, "k")
