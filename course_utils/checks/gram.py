"""Checkers for the exercises of lesson 3: Gram matrices."""

from collections.abc import Callable

import numpy as np

from .verdict import call, compare, draw, exercise


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
        "not divided by the number of places: a larger picture would have a larger matrix": M.T @ M,
        "divided by the number of channels: divide by the places, h·w": M.T @ M / M.shape[1],
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
        "the Gram matrices are not divided by their numbers of places": np.sum((raw[0] - raw[1]) ** 2)
        / np.sum(raw[1] ** 2),
        "a square root too many: both norms are squared": np.sqrt(difference / np.sum(A**2)),
        "compares G with its own mean: the painting is not used": np.sum((G - G.mean()) ** 2) / np.sum(A**2),
        "only the diagonals are compared": np.sum(np.diag(G - A) ** 2) / np.sum(np.diag(A) ** 2),
        "the differences are not squared": np.sum(G - A) / np.sum(A),
    }
    compare(call(attempt, F, S), np.array(difference / np.sum(A**2)), mistakes, "the distance")
