"""Checkers for the exercises of lesson 9: colours, and styles in regions."""

import math
from collections.abc import Callable

import numpy as np

from ..colour import LUMINANCE
from .verdict import Verdict, call, compare, draw, exercise

BYTES = 64 * 4  # what one pixel takes in the 64 float32 maps of conv1_1
TILINGS = [(4096, 96, 1e8), (4096, 96, 1e9), (8192, 64, 1e9), (1000, 96, 4e9)]  # side, halo, bytes


@exercise
def my_recolor(attempt: Callable) -> None:
    """Check `my_recolor(Y, photo)`: Y + photo − its luma."""
    Y, photo = draw(1, 4, 5, 1), draw(1, 4, 5, 3, seed=1)
    own = (photo @ LUMINANCE)[..., np.newaxis]
    mistakes = {
        "the photo's own luma is still in it: subtract it": Y + photo,
        "the colours are lost: this is a grey picture": np.repeat(Y, 3, -1),
        "Y is missing: this is the colour alone, add Y": photo - own,
        "this is the photo: Y has no part in it": photo,
        "the sign of the colours is reversed: add photo − luma": Y - (photo - own),
        "multiplied by Y / luma: then colours fade in dark places, and grow stronger in bright ones": photo * Y / own,
        "the mean of R, G and B is not the luma": Y + photo - photo.mean(-1, keepdims=True),
        "Y is subtracted and the photo's luma added: it is the other way round": photo + own - Y,
    }
    compare(call(attempt, Y, photo), Y + photo - own, mistakes, "the picture")


@exercise
def paler_recolor(attempt: Callable) -> None:
    """Check `paler_recolor(Y, photo)`: Y + t (photo − its luma), with the largest t ≤ 1 that stays in [0, 1]."""
    Y, photo = draw(1, 6, 7, 1), draw(1, 6, 7, 3, seed=1)
    Y[0, 0, 0], photo[0, 0, 0] = 0, 0  # black: no colour to make paler
    chroma = photo - (photo @ LUMINANCE)[..., np.newaxis]
    room = np.where(chroma > 0, 1 - Y, Y) / np.maximum(np.abs(chroma), 1e-9)
    every = room.min(-1, keepdims=True)
    above, below = (np.where(side, room, np.inf).min(-1, keepdims=True) for side in (chroma > 0, chroma < 0))
    mistakes = {
        "not limited: some values lie outside [0, 1]": Y + chroma,
        "clipped, each channel by itself: that changes the luma; make the three paler by one t": np.clip(
            Y + chroma, 0, 1
        ),
        "one t for the whole picture: only the pixels that need it should become paler": Y
        + min(1, room.min()) * chroma,
        "t is above 1 in places: a colour must not become stronger than the photo's": Y + every * chroma,
        "kept below 1, but not above 0: look at the negative parts of the colour, too": Y
        + np.minimum(1, above) * chroma,
        "kept above 0, but not below 1: look at the positive parts of the colour, too": Y
        + np.minimum(1, below) * chroma,
        "t is 0 where the colour does not fit: make it paler, not grey": Y + np.where(every < 1, 0, 1) * chroma,
    }
    compare(call(attempt, Y, photo), Y + np.minimum(1, every) * chroma, mistakes, "the picture")


@exercise
def my_match_color(attempt: Callable) -> None:
    """Check `my_match_color(style, photo)`: the painting, with the photo's mean and covariance of colours."""
    style = draw(1, 6, 7, 3) @ [[1.0, 0.5, 0.1], [0.0, 0.6, 0.3], [0.0, 0.0, 0.4]]
    photo = draw(1, 5, 4, 3, seed=1) @ [[0.7, 0.1, 0.0], [0.2, 0.9, 0.0], [0.3, 0.2, 0.5]]
    answer = call(attempt, style, photo)
    if answer.shape == photo.shape:
        raise Verdict("returns a picture of the photo's shape: it is the painting that is recoloured")
    if answer.shape != style.shape:
        raise Verdict(f"the painting has shape {style.shape} here, not {answer.shape}")
    (mean_s, cov_s), (mean_c, cov_c) = _statistics(style), _statistics(photo)
    mean, cov = _statistics(answer)
    if np.allclose(answer, style):
        raise Verdict("the painting is unchanged")
    if np.allclose(cov, cov_s):
        raise Verdict("only the mean is moved: the covariance is still the painting's")
    if np.allclose(mean, 0, atol=1e-8):
        raise Verdict("the mean is 0: add the photo's mean at the end")
    if np.allclose(mean, mean_s):
        raise Verdict("the mean is the painting's: add the photo's at the end")
    if not np.allclose(cov, cov_c):
        raise Verdict(_covariance_verdict(cov, cov_c, cov_s))
    if not np.allclose(mean, mean_c):
        raise Verdict("the covariance is right, and the mean is not: subtract the painting's mean before A is applied")


@exercise
def my_guided_gram(attempt: Callable) -> None:
    """Check `my_guided_gram(F, m)`: Fᵀ diag(m) F / Σm."""
    F, m = draw(1, 4, 3, 5), draw(1, 4, 3, 1, seed=1)
    f, w = F.reshape(-1, 5), m.reshape(-1, 1)
    product = (w * f).T @ f
    mistakes = {
        "the mask has no effect": f.T @ f / len(f),
        "not divided: a small region would have a small Gram matrix": product,
        "divided by the number of all positions: a small region would have a small Gram matrix; divide by Σm": product
        / len(f),
        "masked on both sides: where m is 0.5, a position counts a quarter": (w * f).T @ (w * f) / w.sum(),
        "masked on both sides, and divided by Σm²: a soft mask counts squared": (w * f).T @ (w * f) / (w**2).sum(),
        "the factors are the wrong way round": f @ (w * f).T / w.sum(),
        "the root of the mask on one side only: m itself belongs there": (np.sqrt(w) * f).T @ f / w.sum(),
    }
    compare(call(attempt, F, m), product / w.sum(), mistakes, "the Gram matrix")


@exercise
def repaired_palette(attempt: Callable) -> None:
    """Check `repaired_palette(photo, m)`: mean and covariance of the colours, pixel p counting m_p times, `(4, 3)`."""
    photo, m = draw(1, 5, 6, 3), draw(1, 5, 6, 1, seed=1)
    p, w = photo.reshape(-1, 3), m.reshape(-1, 1)
    n, total, inside = len(p), w.sum(), p[w[:, 0] > 0.5]
    mean = (w * p).sum(0) / total
    d, e = p - mean, p - p.mean(0)
    right = (w * d).T @ d / total
    mistakes = {
        "pixels outside the mask still count, as black ones: the mask belongs in the weights, not in the colours": (
            (w * p).mean(0),
            np.cov((w * p).T, bias=True),
        ),
        "the mean is right, but the covariance still takes the pixels outside the mask for black": (
            mean,
            np.cov((w * p).T, bias=True),
        ),
        "the mask has no effect": (p.mean(0), e.T @ e / n),
        "the mask has no effect on the covariance": (mean, e.T @ e / n),
        "the covariance is taken about the mean of the whole photo: subtract the weighted mean": (
            mean,
            (w * e).T @ e / total,
        ),
        "the covariance is divided by the number of all pixels: divide by Σm": (mean, right * total / n),
        "the mask is in the covariance twice: where m is 0.5, a pixel counts a quarter": (
            mean,
            (w * d).T @ (w * d) / total,
        ),
        "this is FᵀF of the colours: subtract the mean first": (mean, (w * p).T @ p / total),
        "the mask is taken as 0 or 1: a soft one has values between": (
            inside.mean(0),
            np.cov(inside.T, bias=True),
        ),
        "nothing is divided by Σm": ((w * p).sum(0), (w * d).T @ d),
    }
    stacked = {name: np.vstack(wrong) for name, wrong in mistakes.items()}
    stacked["the mean belongs in the first row, the covariance below it"] = np.vstack([right, mean])
    compare(call(attempt, photo, m), np.vstack([mean, right]), stacked, "the array of mean and covariance")


@exercise
def fewest_tiles(attempt: Callable) -> None:
    """Check `fewest_tiles(side, halo, memory)`: n² tiles, where a tile with its halo fits into the memory."""
    for side, halo, memory in TILINGS:
        widest = math.isqrt(int(memory) // BYTES)
        tile = widest - 2 * halo
        n = math.ceil(side / tile)
        mistakes = {
            "without the halos: they take memory, too": math.ceil(side / widest) ** 2,
            "the halo is on both sides of a tile: take 2 · halo from its width": math.ceil(side / (widest - halo))
            ** 2,
            "rounded down: then the last pixels belong to no tile": (side // tile) ** 2,
            "this is the number in one row: the tiles fill a square": n,
            "this divides areas: a row needs a whole number of tiles": math.ceil((side / tile) ** 2),
            "one byte for a number: a float32 has four": math.ceil(side / (math.isqrt(int(memory) // 64) - 2 * halo))
            ** 2,
            "one map: conv1_1 has 64": math.ceil(side / (math.isqrt(int(memory) // 4) - 2 * halo)) ** 2,
            "this is the width of a tile: return how many there are": tile,
        }
        compare(call(attempt, side, halo, memory), n**2, mistakes, "the number of tiles")


def _statistics(image: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    pixels = image.reshape(-1, 3)
    return pixels.mean(0), np.cov(pixels.T, bias=True)


def _covariance_verdict(cov: np.ndarray, cov_c: np.ndarray, cov_s: np.ndarray) -> str:
    """Say what is wrong with a covariance that is not the photo's."""
    L_c, L_s = np.linalg.cholesky(cov_c), np.linalg.cholesky(cov_s)
    mistakes = {
        "the pixels are whitened and no more: multiply by L_c, too": np.eye(3),
        "A is transposed: a pixel is a row here, so multiply by A.T from the right": _moved(
            L_c @ np.linalg.inv(L_s), cov_s
        ),
        "the factors of A are the wrong way round: first L_s⁻¹, then L_c": _moved((np.linalg.inv(L_s) @ L_c).T, cov_s),
        "L_s is not inverted": _moved((L_c @ L_s).T, cov_s),
        "A maps the photo's colours to the painting's: exchange the two": _moved((L_s @ np.linalg.inv(L_c)).T, cov_s),
    }
    for name, wrong in mistakes.items():
        if np.allclose(cov, wrong):
            return name
    if np.allclose(np.diag(cov), np.diag(cov_c)):
        return "each channel has its own spread right, but not how they vary together: use the whole covariance"
    return "the covariance is not the photo's"


def _moved(B: np.ndarray, cov: np.ndarray) -> np.ndarray:
    """Return the covariance of the rows p @ B, where that of the rows p is `cov`."""
    return B.T @ cov @ B
