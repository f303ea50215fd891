"""Checkers for the exercises of lesson 9: colours, and styles in regions."""

from collections.abc import Callable

import numpy as np

from .verdict import Verdict, call, compare, draw, exercise

LUMINANCE = np.array([0.2126, 0.7152, 0.0722])  # Rec. 709, for R, G, B


@exercise
def my_recolor(attempt: Callable) -> None:
    """Check `my_recolor(Y, photo)`: Y + photo − its luminance."""
    Y, photo = draw(1, 4, 5, 1), draw(1, 4, 5, 3, seed=1)
    own = (photo @ LUMINANCE)[..., np.newaxis]
    mistakes = {
        "the photo's own luminance is still in it: subtract it": Y + photo,
        "the colours are lost: this is a grey picture": np.repeat(Y, 3, -1),
        "the luminance is still the photo's: add Y": photo - own,
        "Y has no part in it": photo,
        "the colours are turned round: add photo − luminance": Y - (photo - own),
        "multiplied by Y / luminance: then dark places lose their colour, and bright ones gain": photo * Y / own,
        "the mean of R, G and B is not the luminance": Y + photo - photo.mean(-1, keepdims=True),
        "Y is subtracted, and the luminance added: the other way round": photo + own - Y,
    }
    compare(call(attempt, Y, photo), Y + photo - own, mistakes, "the picture")


@exercise
def my_match_color(attempt: Callable) -> None:
    """Check `my_match_color(style, photo)`: the painting, with the photo's mean and covariance of colours."""
    style = draw(1, 6, 7, 3) @ [[1.0, 0.5, 0.1], [0.0, 0.6, 0.3], [0.0, 0.0, 0.4]]
    photo = draw(1, 5, 4, 3, seed=1) @ [[0.7, 0.1, 0.0], [0.2, 0.9, 0.0], [0.3, 0.2, 0.5]]
    answer = call(attempt, style, photo)
    if answer.shape == photo.shape:
        raise Verdict("returns a picture of the photo's shape: it is the painting that is recoloured")
    if answer.shape != style.shape:
        raise Verdict(f"the painting has the shape {style.shape} here, not {answer.shape}")
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
        "divided by all places: a small region would have a small Gram matrix; divide by Σm": product / len(f),
        "masked on both sides: where m is 0.5, a place counts a quarter": (w * f).T @ (w * f) / w.sum(),
        "masked on both sides, and divided by Σm²: a soft mask counts squared": (w * f).T @ (w * f) / (w**2).sum(),
        "the factors are the wrong way round": f @ (w * f).T / w.sum(),
        "the root of the mask on one side only: m itself belongs there": (np.sqrt(w) * f).T @ f / w.sum(),
    }
    compare(call(attempt, F, m), product / w.sum(), mistakes, "the Gram matrix")


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
        "A maps the photo's colours to the painting's: turn it round": _moved((L_s @ np.linalg.inv(L_c)).T, cov_s),
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
