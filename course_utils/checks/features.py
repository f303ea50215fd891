"""Checkers for the exercises of lesson 2: convolutions and features."""

from collections.abc import Callable

import numpy as np

from .verdict import call, compare, draw, exercise


@exercise
def convolve(attempt: Callable) -> None:
    """Check `convolve(x, k)`: the filter slid over the picture, without padding."""
    x, k = draw(6, 8), draw(3, 2, seed=1)
    windows = np.lib.stride_tricks.sliding_window_view(x, k.shape)
    right = np.einsum("ijab,ab->ij", windows, k)
    padded = np.pad(x, ((1, 1), (1, 0)))
    mistakes = {
        "the filter is flipped: deep learning slides it as it is": np.einsum("ijab,ab->ij", windows, k[::-1, ::-1]),
        "the last row and column of places are missing: there are H − m + 1 of them": right[:-1, :-1],
        "the products are averaged: add them": right / k.size,
        "the largest product is taken: add all of them": (windows * k).max((2, 3)),
        "the window is added without the filter's weights": windows.sum((2, 3)),
        "padded with zeros: here the filter stays inside the picture": np.einsum(
            "ijab,ab->ij", np.lib.stride_tricks.sliding_window_view(padded, k.shape), k
        ),
    }
    compare(call(attempt, x, k), right, mistakes, "the result")


@exercise
def receptive_field(attempt: Callable) -> None:
    """Check `receptive_field(layers)`: r ← r + (k − 1) j, j ← j s."""
    layers = [(3, 1), (3, 1), (2, 2), (3, 1), (5, 3), (3, 1)]

    def field(start: int = 1, late: bool = False, jump: bool = True, width: Callable = lambda k: k - 1) -> int:
        r, j = start, 1
        for k, s in layers:
            r += width(k) * (j * s if late else j)
            j *= s if jump else 1
        return r

    mistakes = {
        "the jump is changed before the field is widened: a layer's stride counts for the layers after it": field(
            late=True
        ),
        "the strides are ignored: after a pooling each step is worth two pixels": field(jump=False),
        "starts from 0: a number that has passed no layer sees one pixel": field(start=0),
        "each filter widens the field by k: it adds k − 1": field(width=lambda k: k),
        "returns the jump, not the width": np.prod([s for _, s in layers]),
    }
    compare(call(attempt, layers), np.array(field()), mistakes, "the width")


@exercise
def content_loss(attempt: Callable) -> None:
    """Check `content_loss(F, P)`: ‖F − P‖² / ‖P‖²."""
    F, P = draw(1, 3, 4, 5), draw(1, 3, 4, 5, seed=1)
    difference = np.sum((F - P) ** 2)
    mistakes = {
        "divided by the size of F: the photo's features P are the measure": difference / np.sum(F**2),
        "not divided by ‖P‖²": difference,
        "halved, and not divided by ‖P‖²: that is the paper's eq. 1, which depends on the size": difference / 2,
        "the mean of the squares: divide their sum by ‖P‖² instead": np.mean((F - P) ** 2),
        "the differences are not squared": np.sum(F - P) / np.sum(P**2),
        "absolute differences: square them": np.sum(np.abs(F - P)) / np.sum(np.abs(P)),
        "a square root too many: both norms are squared": np.sqrt(difference / np.sum(P**2)),
        "one number for each feature: add them all up": (F - P) ** 2 / np.sum(P**2),
    }
    compare(call(attempt, F, P), np.array(difference / np.sum(P**2)), mistakes, "the loss")
