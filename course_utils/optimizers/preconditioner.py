"""What L-BFGS starts from: a better guess at the inverse Hessian than "all directions are alike" (lesson 5).

Two things are known in advance. Neighbouring pixels move together: a change that is smooth over the picture lowers the
loss by more than a speckle of the same size. And the curvature, how fast the gradient changes along a step, differs
from place to place, as the photo's own contrast does; where it is small, steps should be long. So the matrix that
L-BFGS starts its recursion from, a multiple of the identity in the textbook, is here one that favours low frequencies
and flat places. The objective is the same, so mostly the path gets shorter; lesson 5 and tests/benchmarks/race.py
show by how much.
"""

import functools

import numpy as np
import scipy.fft

from ..device import tf
from .arrays import Array, dot, placed, tools

POWER, FLAT = 0.7, 0.05  # exponent of the fall-off, and cycles per pixel from which it sets in
BLUR = 6.0  # pixels: how far around a place its curvature is averaged, as a standard deviation
KEEP = 0.8  # decay: the share of the earlier estimate of the curvature that each pair leaves
FLOOR = 1e-3  # of the mean: no place is taken to be flatter than that


class Preconditioner:
    """H⁰ = D F D: D multiplies each place by curvature^(−1/2), F each frequency f by (1 + f²/`FLAT`²)^(−`POWER`/2).

    Symmetric and positive definite. D is the identity until `learn` has seen a pair. For an array that is not a
    picture, `(1, H, W, C)`, H⁰ is the identity.
    """

    def __init__(self) -> None:
        """Start without any knowledge of the curvature."""
        self.clear()

    def clear(self) -> None:
        """Forget what was learnt."""
        self._D: Array | float = 1.0

    def state(self) -> dict:
        """Return D."""
        return {"D": self._D if isinstance(self._D, float) else np.asarray(self._D)}

    def restore(self, state: dict) -> None:
        """Set D."""
        self._D = state["D"] if isinstance(state["D"], float) else placed(state["D"])

    def learn(self, s: Array, y: Array) -> None:
        """Compare the change of the gradient, y, with that of the picture, s, around each place.

        Args:
            s, y: `(1, H, W, C)`, NumPy's or TensorFlow's.
        """
        if len(s.shape) != 4:
            return
        ratio = _around_each_place(s) / _around_each_place(y)
        self._D = self._D**KEEP * ratio ** ((1 - KEEP) / 4)

    def multiply(self, x: Array) -> Array:
        """Return H⁰x, with the kind, shape and dtype of x, `(1, H, W, C)`."""
        if len(x.shape) != 4:
            return x
        fall = _fall(*x.shape[1:3], x.dtype.name)
        channels = tools(x).unstack(x, axis=-1)  # one at a time, to save memory with a large picture
        return tools(x).stack([self._D * _filtered(self._D * channel, fall) for channel in channels], axis=-1)


def _around_each_place(x: Array) -> Array:
    """Return the mean of the squares near each place, over their mean in the whole picture, `(1, H, W)`."""
    squares = tools(x).einsum("bhwc,bhwc->bhw", x, x)
    mean = dot(x, x) / (x.shape[1] * x.shape[2])
    return tools(x).maximum(_filtered(squares, _blur(*x.shape[1:3], x.dtype.name)) / mean, FLOOR)


def _filtered(x: Array, factors: np.ndarray) -> Array:
    """Multiply the spectrum of `(1, H, W)`, which is taken as periodic."""
    if isinstance(x, np.ndarray):
        return scipy.fft.irfft2(scipy.fft.rfft2(x) * factors, x.shape[1:], overwrite_x=True)
    spectrum = tf.signal.rfft2d(x)
    return tf.signal.irfft2d(spectrum * tf.cast(factors, spectrum.dtype), x.shape[1:])


@functools.lru_cache(maxsize=2)
def _fall(height: int, width: int, dtype: str) -> np.ndarray:
    return ((1 + _squared_frequencies(height, width) / FLAT**2) ** (-POWER / 2)).astype(dtype)


@functools.lru_cache(maxsize=2)
def _blur(height: int, width: int, dtype: str) -> np.ndarray:
    return np.exp(-2 * (np.pi * BLUR) ** 2 * _squared_frequencies(height, width)).astype(dtype)


def _squared_frequencies(height: int, width: int) -> np.ndarray:
    return np.fft.fftfreq(height)[:, np.newaxis] ** 2 + np.fft.rfftfreq(width) ** 2
