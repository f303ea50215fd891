"""What L-BFGS remembers: how the gradient has changed along the last steps (lesson 5)."""

from collections import deque

import numpy as np

from .device import tf


class Pairs:
    """The last pairs (s, y) as rows of one matrix, and all dot products among them.

    The two-loop recursion needs nothing else of them (Chen et al. 2014, "Large-scale L-BFGS using MapReduce"): it
    runs on a few dozen numbers, and each update reads the matrix once for the products with the gradient and once
    for the sum, instead of once for each step of the recursion.
    """

    BYTES = 5e8  # at most, for all pairs together: fewer are kept of a very large picture

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
        m = int(np.clip(self.BYTES // (pair.dtype.size * tf.size(pair).numpy()), 1, self._memory))
        self._rows = tf.zeros((2 * m, pair.shape[1]), pair.dtype)
        self._dots = np.zeros((2 * m, 2 * m))

    def multiply(self, q: tf.Tensor) -> tf.Tensor:
        """Multiply q by the inverse Hessian that the pairs imply (Nocedal and Wright 2006, algorithm 7.4).

        Throughout, what algorithm 7.4 calls q, and then r, is `scale * q + coefficients @ rows`.
        """
        flat, dots = tf.reshape(q, (-1,)), self._dots
        with_q = tf.linalg.matvec(self._rows, flat).numpy().astype(float)
        m, scale, coefficients = len(dots) // 2, 1.0, np.zeros(len(dots))
        factors = {}
        for slot in reversed(self._slots):
            factors[slot] = (scale * with_q[slot] + dots[slot] @ coefficients) / dots[slot, m + slot]
            coefficients[m + slot] -= factors[slot]
        newest = self._slots[-1]
        shrink = dots[newest, m + newest] / dots[m + newest, m + newest]
        scale, coefficients = scale * shrink, coefficients * shrink
        for slot in self._slots:
            along = (scale * with_q[m + slot] + dots[m + slot] @ coefficients) / dots[slot, m + slot]
            coefficients[slot] += factors[slot] - along
        total = tf.linalg.matvec(self._rows, tf.constant(coefficients, q.dtype), transpose_a=True)
        return tf.reshape(scale * flat + total, q.shape)
