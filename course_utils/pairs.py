"""What L-BFGS remembers: how the gradient has changed along the last steps (lesson 5)."""

from collections import deque
from collections.abc import Callable

import numpy as np

from .device import tf

BYTES = 5e8  # at most, for all pairs together: fewer are kept of a very large picture


def pairs_kept(memory: int, pair: int) -> int:
    """Return how many pairs of `pair` bytes are kept where `memory` are asked for; one at least."""
    return int(np.clip(BYTES // pair, 1, memory))


class Pairs:
    """The last pairs (s, y) as rows of one matrix, and all dot products among them.

    The two-loop recursion needs nothing else of them (Chen et al. 2014, "Large-scale L-BFGS using MapReduce"): it
    runs on a few dozen numbers, and each update reads the matrix a few times, instead of once for each step of the
    recursion.
    """

    def __init__(self, memory: int) -> None:
        """Keep at most `memory` pairs."""
        self._memory = memory
        self.clear()

    def __len__(self) -> int:
        """Return how many there are."""
        return len(self._slots)

    def clear(self) -> None:
        """Forget all."""
        self._slots: deque[int] = deque()  # from the oldest pair to the newest

    def add(self, s: tf.Tensor, y: tf.Tensor) -> None:
        """Remember a pair; forget the oldest where there are too many."""
        pair = tf.stack([tf.reshape(s, (-1,)), tf.reshape(y, (-1,))])
        if not self._slots:
            self._make_room(pair)
        m = len(self._dots) // 2
        slot = self._slots.popleft() if len(self._slots) == m else len(self._slots)
        self._slots.append(slot)
        places = [slot, m + slot]
        self._rows = tf.tensor_scatter_nd_update(self._rows, [[place] for place in places], pair)
        products = tf.matmul(pair, self._rows, transpose_b=True).numpy()
        self._dots[places], self._dots[:, places] = products, products.T

    def _make_room(self, pair: tf.Tensor) -> None:
        m = pairs_kept(self._memory, pair.dtype.size * int(tf.size(pair)))
        self._rows = tf.zeros((2 * m, pair.shape[1]), pair.dtype)
        self._dots = np.zeros((2 * m, 2 * m))

    def multiply(self, q: tf.Tensor, start: Callable[[tf.Tensor], tf.Tensor]) -> tf.Tensor:
        """Multiply q by the inverse Hessian that the pairs imply (Nocedal and Wright 2006, algorithm 7.4).

        Both loops work on the coefficients of the rows; what algorithm 7.4 calls q is `q + coefficients @ rows`.

        Args:
            q: of the shape of s and y.
            start: multiplies by the matrix to start from, H⁰ (eq. 7.20), but for a number, which is found here.
        """
        shape, dots, m = q.shape, self._dots, len(self._dots) // 2
        with_q, coefficients, factors = self._products(q), np.zeros(len(dots)), {}
        for slot in reversed(self._slots):
            factors[slot] = (with_q[slot] + dots[slot] @ coefficients) / dots[slot, m + slot]
            coefficients[m + slot] -= factors[slot]
        newest = self._slots[-1]
        y = tf.reshape(self._rows[m + newest], shape)
        r = start(q + self._sum(coefficients, shape))
        r *= tf.cast(dots[newest, m + newest], q.dtype) / tf.reduce_sum(y * start(y))
        with_r, coefficients = self._products(r), np.zeros(len(dots))
        for slot in self._slots:
            along = (with_r[m + slot] + dots[m + slot] @ coefficients) / dots[slot, m + slot]
            coefficients[slot] += factors[slot] - along
        return r + self._sum(coefficients, shape)

    def _products(self, x: tf.Tensor) -> np.ndarray:
        return tf.linalg.matvec(self._rows, tf.reshape(x, (-1,))).numpy().astype(float)

    def _sum(self, coefficients: np.ndarray, shape: tf.TensorShape) -> tf.Tensor:
        total = tf.linalg.matvec(self._rows, tf.constant(coefficients, self._rows.dtype), transpose_a=True)
        return tf.reshape(total, shape)
