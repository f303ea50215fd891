"""The frequencies of a picture: in them, L-BFGS begins with a better guess than "all directions are alike" (lesson 5).

Neighbouring pixels move together: a change that is smooth over the picture lowers the loss by more than a speckle of
the same size. So the matrix that L-BFGS starts its recursion from, a multiple of the identity in the textbook, is here
one that favours low frequencies. Where it leads is decided by the pairs, so only the way there is shorter;
tests/benchmarks/race.py shows by how much.
"""

import functools
import os

import numpy as np
import scipy.fft

from .device import tf

POWER, FLAT = 0.7, 0.05  # of the fall, and cycles per pixel below which there is none: found on the sample pictures


def favour_low_frequencies(x: tf.Tensor) -> tf.Tensor:
    """Multiply each frequency f of a picture by (1 + f² / `FLAT`²)^(−`POWER` / 2): symmetric and positive definite.

    Args:
        x: `(1, H, W, C)`; anything of another rank is returned as it is.

    Returns:
        The same shape and dtype.
    """
    if len(x.shape) != 4:
        return x  # no picture: all directions are alike
    picture, result = np.asarray(x), np.empty(x.shape, x.dtype.as_numpy_dtype)
    factors = _factors(*x.shape[1:3]).astype(result.dtype)
    for channel in range(x.shape[-1]):  # one at a time: a large picture has enough to hold
        spectrum = scipy.fft.dctn(picture[0, ..., channel], norm="ortho", workers=os.cpu_count())
        result[0, ..., channel] = scipy.fft.idctn(factors * spectrum, norm="ortho", workers=os.cpu_count())
    return tf.constant(result)


@functools.lru_cache(maxsize=2)
def _factors(height: int, width: int) -> np.ndarray:
    rows, columns = (np.arange(side) / (2 * side) for side in (height, width))  # the cosine transform's frequencies
    squared = rows[:, np.newaxis] ** 2 + columns**2
    return ((1 + squared / FLAT**2) ** (-POWER / 2)).astype(np.float32)
