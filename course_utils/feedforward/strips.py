"""A large picture through the transformation network, in little memory and without seams.

Maps are computed in strips: some rows at a time, with the few around them that a convolution sees. But normalisation
needs the mean and the variance of each whole map. So maps are either kept, at half and at a quarter of the size, or
computed twice: once for these and once for the result. Up to rounding, the picture is that of `transform`.
"""

from collections.abc import Callable, Iterator

import numpy as np

from ..device import tf
from .network import BLOCKS, EPSILON, Weights, colours, enlarge, mixed

PIXELS = 500_000  # at full size, in a strip
Rows = Callable[[int, int], tf.Tensor]  # rows from one up to another of a map, `(1, rows, w, C)`


def transform_in_strips(x: np.ndarray, W: Weights, v: tf.Tensor, pixels: int = PIXELS) -> np.ndarray:
    """Compute f_W(x) as `network.transform` does, in less memory.

    Args:
        x: a photo `(1, H, W, 3)`, RGB in [0, 1], H and W multiples of 4.
        W: float32, by the names of `network.shapes`.
        v: the weight of each painting, adding up to 1.
        pixels: in a strip, at full size.

    Returns:
        float32, x's shape.
    """
    _, height, width, _ = x.shape
    strip = max(16, pixels // width // 16 * 16)  # rows at full size

    def kept(rows: Rows, scale: int, into: np.ndarray | None = None) -> np.ndarray:
        """Compute a whole map at full size (scale 1), or at a half or a quarter of it (2, 4), into an array."""
        for a, b in _strips(height // scale, strip // scale):
            part = rows(a, b).numpy()
            if into is None:
                into = np.empty((1, height // scale, *part.shape[2:]), np.float32)
            into[:, a:b] = part
        return into

    def normalised(rows: Rows, scale: int, name: str) -> Rows:
        mean, variance = _moments(rows(*each) for each in _strips(height // scale, strip // scale))
        return _normalise(rows, mean, variance, *mixed(name, W, v))

    def kept_and_normalised(rows: Rows, scale: int, name: str, into: np.ndarray | None = None) -> np.ndarray:
        maps = kept(rows, scale, into)
        return kept(_relu(normalised(_of(maps), scale, name)), scale, maps)

    photo: Rows = lambda a, b: 4 * (tf.constant(x[:, a:b]) - 0.5)  # noqa: E731
    full = _relu(normalised(_convolved(photo, height, W["in/kernel"]), 1, "in"))
    half = kept_and_normalised(_convolved(full, height, W["down1/kernel"], 2), 2, "down1")
    quarter = kept_and_normalised(_convolved(_of(half), height // 2, W["down2/kernel"], 2), 4, "down2")
    inner = None
    for n in range(1, BLOCKS + 1):
        first, second = f"block{n}a", f"block{n}b"
        inner = kept_and_normalised(_convolved(_of(quarter), height // 4, W[f"{first}/kernel"]), 4, first, inner)
        added = normalised(_convolved(_of(inner), height // 4, W[f"{second}/kernel"]), 4, second)
        kept(_sum(_of(quarter), added), 4, quarter)
    del inner, added
    added = _relu(normalised(_enlarged(_of(quarter), height // 4, W["up1/kernel"]), 2, "up1"))
    kept(_sum(_of(half), added), 2, half)
    del quarter, added
    full = _relu(normalised(_enlarged(_of(half), height // 2, W["up2/kernel"]), 1, "up2"))
    y = _convolved(full, height, W["out/kernel"])
    return kept(lambda a, b: colours(y(a, b), W["out/bias"]), 1)


def _strips(height: int, strip: int) -> Iterator[tuple[int, int]]:
    return ((start, min(start + strip, height)) for start in range(0, height, strip))


def _of(maps: np.ndarray) -> Rows:
    return lambda a, b: tf.constant(maps[:, a:b])


def _relu(rows: Rows) -> Rows:
    return lambda a, b: tf.nn.relu(rows(a, b))


def _sum(first: Rows, second: Rows) -> Rows:
    return lambda a, b: first(a, b) + second(a, b)


def _convolved(rows: Rows, height: int, kernel: tf.Tensor, stride: int = 1) -> Rows:
    """Convolve a map of that height, as `network.convolve` does."""

    def result(a: int, b: int) -> tf.Tensor:
        top, bottom = stride * a - 1, stride * (b - 1) + 2
        part = rows(max(top, 0), min(bottom, height))
        beyond = [[0, 0], [int(top < 0), int(bottom > height)], [1, 1], [0, 0]]
        return tf.nn.conv2d(tf.pad(part, beyond, "REFLECT"), kernel, stride, "VALID")

    return result


def _enlarged(rows: Rows, height: int, kernel: tf.Tensor) -> Rows:
    """Enlarge a map of that height and convolve it, as `network.convolve_enlarged` does."""

    def result(a: int, b: int) -> tf.Tensor:
        top, bottom = a // 2 - 1, (b + 1) // 2 + 1
        part = rows(max(top, 0), min(bottom, height))
        beyond = [[0, 0], [int(top < 0), int(bottom > height)], [1, 1], [0, 0]]
        y = enlarge(tf.pad(part, beyond, "SYMMETRIC"), kernel)
        return y[:, a % 2 : a % 2 + b - a]

    return result


def _moments(parts: Iterator[tf.Tensor]) -> tuple[np.ndarray, np.ndarray]:
    """Compute the mean and the variance of each feature map, from all its rows."""
    count, total, squares = 0, 0.0, 0.0
    for part in parts:
        maps = part.numpy().reshape(-1, part.shape[-1])
        count += len(maps)
        total = total + maps.sum(0, dtype=np.float64)
        squares = squares + np.einsum("nc,nc->c", maps, maps, dtype=np.float64)
    mean = total / count
    return mean, squares / count - mean**2


def _normalise(rows: Rows, mean: np.ndarray, variance: np.ndarray, scale: tf.Tensor, shift: tf.Tensor) -> Rows:
    factor = scale * tf.constant(1 / np.sqrt(variance + EPSILON), tf.float32)
    offset = shift - factor * tf.constant(mean, tf.float32)
    return lambda a, b: factor * rows(a, b) + offset
