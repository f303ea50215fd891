"""Winograd's minimal filtering F(4×4, 3×3): a 3 × 3 convolution with a quarter of the multiplications.

Lavin and Gray 2016, "Fast algorithms for convolutional neural networks", section 4.3. The map is cut into tiles of
4 × 4 positions, each with a margin of one position all around: d, 6 × 6. With the constant matrices below, a kernel g
becomes U = G g Gᵀ, and a tile of the result is

    Y = Aᵀ [U ⊙ (Bᵀ d B)] A,

summed over the input's channels inside the brackets: for each of the 36 places one matrix product, and apart from that
only additions and multiplications by small constants. These pay off only if they are fused, which is what
TensorFlow's compiler, XLA, is for; it takes some tenths of a second for each shape. In float32 the result differs
from that of the plain convolution by about 10⁻⁵ of its largest value: the constants range from 1/24 to 8.

Written as matrices, all of it is linear in d, and the gradient is the same chain backwards, each matrix transposed.
"""

from collections.abc import Callable, Sequence

import numpy as np

from ..device import tf

TILE, PATCH = 4, 6
B = np.array(
    [
        [4, 0, 0, 0, 0, 0],
        [0, -4, 4, -2, 2, 4],
        [-5, -4, -4, -1, -1, 0],
        [0, 1, -1, 2, -2, -5],
        [1, 1, 1, 1, 1, 0],
        [0, 0, 0, 0, 0, 1],
    ]
)
G = np.array([[6, 0, 0], [-4, -4, -4], [-4, 4, -4], [1, 2, 4], [1, -2, 4], [0, 0, 24]]) / 24
A = np.array([[1, 0, 0, 0], [1, 1, 1, 1], [1, -1, 1, -1], [1, 2, 4, 8], [1, -2, 4, -8], [0, 0, 0, 1]])


def transform_kernel(kernel: tf.Tensor) -> tf.Tensor:
    """Compute U = G g Gᵀ for each pair of channels.

    Args:
        kernel: `(3, 3, C, D)`, any float dtype.

    Returns:
        `(36, D, C)`, float32: four times as many numbers.
    """
    places = tf.constant(np.kron(G, G), tf.float32)
    across_first = tf.transpose(tf.cast(kernel, tf.float32), (1, 0, 3, 2))
    return tf.tensordot(places, tf.reshape(across_first, (9, *across_first.shape[2:])), 1)


def convolve_winograd(x: tf.Tensor, U: tf.Tensor, mirrors: bool) -> tf.Tensor:
    """Convolve x with the kernel that `transform_kernel` turned into U; the gradient is computed in the same way.

    Args:
        x: `(1, h, w, C)`, float32 or bfloat16, which is computed in float32 here, too.
        U: `(36, D, C)`.
        mirrors: what lies beyond the border: x mirrored (`convolution.mirrored`), or zeros.

    Returns:
        `(1, h, w, D)`, x's dtype.
    """

    @tf.custom_gradient
    def convolve(x: tf.Tensor) -> tuple[tf.Tensor, Callable[[tf.Tensor], tf.Tensor]]:
        return _forward(x, U, mirrors), lambda dy: _backward(dy, U, mirrors)

    return convolve(x)


@tf.function(jit_compile=True)
def _forward(x: tf.Tensor, U: tf.Tensor, mirrors: bool) -> tf.Tensor:
    _, h, w, C = x.shape
    down, across = -(-h // TILE), -(-w // TILE)
    extended = tf.cast(x, tf.float32)
    if mirrors:
        extended = tf.pad(extended, _around(1, 1, 1, 1), "SYMMETRIC")
    before = 0 if mirrors else 1
    below, right = (TILE * (tiles + 1) - before for tiles in (down, across))
    extended = tf.pad(extended, _around(before, below - extended.shape[1], before, right - extended.shape[2]))
    parts = tf.reshape(extended, (down + 1, TILE, across + 1, TILE, C))
    rows = [parts[:-1, i] for i in range(TILE)] + [parts[1:, i] for i in range(PATCH - TILE)]
    parts = tf.stack(_combined(B.T, rows))
    columns = [parts[:, :, :-1, j] for j in range(TILE)] + [parts[:, :, 1:, j] for j in range(PATCH - TILE)]
    V = tf.reshape(tf.stack(_combined(B.T, columns)), (PATCH**2, down * across, C))
    M = tf.reshape(tf.matmul(V, U, transpose_b=True), (PATCH, PATCH, down, across, U.shape[1]))
    columns = tf.stack(_combined(A.T, tf.unstack(M)), axis=3)
    Y = tf.stack(_combined(A.T, tf.unstack(columns)), axis=1)
    return tf.cast(tf.reshape(Y, (1, TILE * down, TILE * across, U.shape[1]))[:, :h, :w], x.dtype)


@tf.function(jit_compile=True)
def _backward(dy: tf.Tensor, U: tf.Tensor, mirrors: bool) -> tf.Tensor:
    _, h, w, D = dy.shape
    down, across = -(-h // TILE), -(-w // TILE)
    dY = tf.pad(tf.cast(dy, tf.float32), _around(0, TILE * down - h, 0, TILE * across - w))
    dY = tf.reshape(dY, (down, TILE, across, TILE, D))
    columns = tf.stack(_combined(A, tf.unstack(dY, axis=1)))
    dM = tf.stack(_combined(A, tf.unstack(columns, axis=3)))
    dV = tf.matmul(tf.reshape(dM, (PATCH**2, down * across, D)), U)
    dV = tf.reshape(dV, (PATCH, PATCH, down, across, U.shape[2]))
    columns = tf.stack(_overlapped(_combined(B, tf.unstack(dV)), axis=2), axis=3)
    rows = tf.stack(_overlapped(_combined(B, tf.unstack(columns)), axis=0), axis=1)
    extended = tf.reshape(rows, (1, TILE * (down + 1), TILE * (across + 1), U.shape[2]))
    if mirrors:
        return tf.cast(_folded(_folded(extended[:, : h + 2, : w + 2], axis=1), axis=2), dy.dtype)
    return tf.cast(extended[:, 1 : h + 1, 1 : w + 1], dy.dtype)


def _combined(matrix: np.ndarray, parts: Sequence[tf.Tensor]) -> list[tf.Tensor]:
    """Multiply a matrix by a column of tensors: XLA computes all its rows in one loop."""
    return [
        tf.add_n([float(factor) * part for factor, part in zip(row, parts, strict=True) if factor]) for row in matrix
    ]


def _overlapped(parts: Sequence[tf.Tensor], axis: int) -> list[tf.Tensor]:
    """Add up what patches give the positions that they share: the last two of each are the first two of the next."""
    own, following = [[0, 0]] * len(parts[0].shape), [[0, 0]] * len(parts[0].shape)
    own[axis], following[axis] = [0, 1], [1, 0]
    sums = [tf.pad(part, own) for part in parts[:TILE]]
    for place, part in enumerate(parts[TILE:]):
        sums[place] += tf.pad(part, following)
    return sums


def _folded(x: tf.Tensor, axis: int) -> tf.Tensor:
    """Add the outermost positions to their neighbours, of which they are the mirror image."""
    first, inner, last = tf.split(x, [1, -1, 1], axis)
    after, before = [[0, 0]] * len(x.shape), [[0, 0]] * len(x.shape)
    after[axis], before[axis] = [0, inner.shape[axis] - 1], [inner.shape[axis] - 1, 0]
    return inner + tf.pad(first, after) + tf.pad(last, before)


def _around(above: int, below: int, left: int, right: int) -> list[list[int]]:
    return [[0, 0], [above, below], [left, right], [0, 0]]
