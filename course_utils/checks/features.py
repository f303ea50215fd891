"""Checkers for the exercises of lessons 1 to 3: pictures, features, Gram matrices."""

from collections.abc import Callable

import numpy as np

from .verdict import call, compare, draw, exercise

IMAGENET_MEAN_BGR = np.array([103.939, 116.779, 123.68])  # Simonyan and Zisserman 2015
LUMINANCE = np.array([0.2126, 0.7152, 0.0722])  # Rec. 709, for R, G, B


def _flat(F: np.ndarray) -> np.ndarray:
    return F.reshape(-1, F.shape[-1])


@exercise
def preprocess(attempt: Callable) -> None:
    """Check `preprocess(image)`: RGB in [0, 1] to BGR, 0 to 255, minus ImageNet's mean."""
    x = draw(1, 4, 5, 3)
    bgr, mean = x[..., ::-1] * 255, IMAGENET_MEAN_BGR
    mistakes = {
        "the channels are still in RGB's order: VGG wants BGR": x * 255 - mean,
        "nothing but the channels' order was changed: the mean goes with values from 0 to 255": x[..., ::-1],
        "the values are still in [0, 1] when the mean is subtracted: multiply by 255 first": x[..., ::-1] - mean,
        "the mean is not subtracted": bgr,
        "the mean is added: subtract it": bgr + mean,
        "the mean is subtracted in RGB's order: its first number belongs to blue": bgr - mean[::-1],
        "the rows or columns are reversed, not the channels: they are the last axis": x[:, :, ::-1] * 255 - mean,
        "the mean is subtracted before multiplying by 255": (x[..., ::-1] - mean) * 255,
    }
    compare(call(attempt, x), bgr - mean, mistakes, "the result")


@exercise
def deprocess(attempt: Callable) -> None:
    """Check `deprocess(features_input)`: the inverse of `preprocess`, clipped to [0, 1]."""
    y = np.concatenate([draw(1, 4, 5, 3) * 255, [[[[-40.0, 300.0, 120.0]] * 5]]], axis=1) - IMAGENET_MEAN_BGR
    back = (y + IMAGENET_MEAN_BGR) / 255
    mistakes = {
        "not clipped: an optimised picture leaves [0, 1]": back[..., ::-1],
        "the channels are still in BGR's order": np.clip(back, 0, 1),
        "the values go from 0 to 255: divide by 255": np.clip(back[..., ::-1] * 255, 0, 255),
        "the mean is not added": np.clip(y[..., ::-1] / 255, 0, 1),
        "the mean is added in the wrong order: add it before the channels are turned to RGB": np.clip(
            (y[..., ::-1] + IMAGENET_MEAN_BGR) / 255, 0, 1
        ),
        "divided by 255 before the mean is added: undo the last thing first": np.clip(
            (y / 255 + IMAGENET_MEAN_BGR)[..., ::-1], 0, 1
        ),
    }
    compare(call(attempt, y), np.clip(back[..., ::-1], 0, 1), mistakes, "the picture")


@exercise
def luminance(attempt: Callable) -> None:
    """Check `luminance(image)`: 0.2126 R + 0.7152 G + 0.0722 B, with the channel axis kept."""
    x = draw(1, 4, 5, 3)
    right = (x * LUMINANCE).sum(-1, keepdims=True)
    mistakes = {
        "all channels count alike: the eye does not see it so": x.mean(-1, keepdims=True),
        "the weights are in BGR's order": (x * LUMINANCE[::-1]).sum(-1, keepdims=True),
        "the channel axis is lost: keep it, with length 1": right[..., 0],
        "the channels are weighted but not added": x * LUMINANCE,
        "added over the wrong axis: the channels are the last one": (x * LUMINANCE).sum(1, keepdims=True),
        "divided by 3 after weighting: the weights add up to 1 already": right / 3,
    }
    compare(call(attempt, x), right, mistakes, "the luminance")


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
