"""What L-BFGS remembers: how the gradient has changed along the last steps (lesson 5)."""

from types import ModuleType
from typing import Protocol

import numpy as np

from ..device import tf

Array = np.ndarray | tf.Tensor

MEMORY = 20  # pairs
BYTES = 5e8  # at most, for all pairs together: fewer are kept of a very large picture


def pairs_kept(memory: int, pair: int) -> int:
    """Return how many pairs of `pair` bytes are kept where `memory` are asked for; one at least."""
    return int(np.clip(BYTES // pair, 1, memory))


def native(x: Array | float) -> Array | float:
    """Return a tensor that lies in the processor's memory as NumPy's array, without a copy; the rest as it is."""
    return np.asarray(x) if tf.is_tensor(x) and "CPU" in x.device else x


def placed(x: np.ndarray) -> Array:
    """Put an array of floats where TensorFlow computes, in the form that `native` gives there."""
    if not (isinstance(x, np.ndarray) and np.issubdtype(x.dtype, np.floating)):
        raise ValueError("an array of floats is needed")
    return x if isinstance(native(tf.zeros(())), np.ndarray) else tf.constant(x)


def tools(x: Array) -> ModuleType:
    """Return NumPy for its arrays and TensorFlow for tensors, for the functions that both have.

    Products are written with `einsum`: NumPy's `@` leaves its library's threads waiting busily, which takes the
    processor from the network's next step.
    """
    return np if isinstance(x, np.ndarray) else tf


def dot(a: Array, b: Array) -> float:
    """Compute the dot product of two arrays of the same shape."""
    return float(tools(a).einsum("i,i->", flat(a), flat(b)))


def flat(x: Array) -> Array:
    """Return x as a vector."""
    return tools(x).reshape(x, (-1,))


class Start(Protocol):
    """A symmetric positive definite matrix that learns from the pairs: `preconditioner.Preconditioner`."""

    def learn(self, s: Array, y: Array) -> None:
        """Take note of a pair."""

    def multiply(self, x: Array) -> Array:
        """Return H⁰x."""

    def clear(self) -> None:
        """Forget the pairs."""

    def state(self) -> dict:
        """Return what was learnt, as a tree of arrays and plain values."""

    def restore(self, state: dict) -> None:
        """Know what another one has learnt."""


class Pairs:
    """The last pairs (s, y) as rows of one matrix, and all dot products among them.

    The two-loop recursion needs nothing else of them (Chen et al. 2014, "Large-scale L-BFGS using MapReduce"): it
    runs on a few dozen numbers, and each update reads the matrix a few times, instead of once for each step of the
    recursion. A pair has a slot, k: row k is its s, row m + k its y.
    """

    CURVATURE = 1e-8  # ε: the least cosine between s and y of a pair worth remembering

    def __init__(self, memory: int, start: Start | None) -> None:
        """Set up an empty memory.

        Args:
            memory: pairs kept; fewer where they would take more than `BYTES`.
            start: the matrix to start from, H⁰ (Nocedal and Wright 2006, eq. 7.20), but for a number, which is found
                here; None: the identity.
        """
        self._memory, self._start = memory, start
        self.clear()

    def __len__(self) -> int:
        """Return how many there are."""
        return len(self._slots)

    def clear(self) -> None:
        """Forget all."""
        self._slots: list[int] = []  # from the oldest pair's to the newest's
        self._scale = 1.0
        if self._start:
            self._start.clear()

    def state(self) -> dict:
        """Return the pairs, as a tree of arrays and plain values."""
        if not self._slots:
            return {}
        start = self._start.state() if self._start else {}
        rows = np.asarray(self._rows)
        return {"slots": self._slots, "rows": rows, "dots": self._dots, "scale": self._scale, "start": start}

    def restore(self, state: dict) -> None:
        """Remember what another memory of the same size did."""
        self.clear()
        if state:
            self._slots, self._dots, self._scale = list(map(int, state["slots"])), state["dots"].copy(), state["scale"]
            self._rows = placed(state["rows"])
            if self._dots.shape != 2 * (len(state["rows"]),) or not set(self._slots) <= set(
                range(len(self._dots) // 2)
            ):
                raise ValueError("not the pairs of such a memory")
            if self._start:
                self._start.restore(state["start"])

    def add(self, s: Array, y: Array) -> None:
        """Remember a pair, unless sᵀy ≤ ε‖s‖‖y‖; forget the oldest where there are too many."""
        sy = dot(s, y)
        if not sy > self.CURVATURE * np.sqrt(dot(s, s) * dot(y, y)):
            return
        places = self._write(s, y)
        s, y = (tools(s).reshape(self._rows[place], s.shape) for place in places)  # these, no copies: they are large
        for place in places:
            self._dots[place] = self._dots[:, place] = _products(self._rows, self._rows[place])
        if self._start:
            self._start.learn(s, y)
        self._scale = sy / dot(y, self._started(y))

    def _write(self, s: Array, y: Array) -> list[int]:
        """Put a pair into a free slot, or the oldest one's; return its two rows."""
        s, y = flat(s), flat(y)
        if not self._slots:
            m = pairs_kept(self._memory, 2 * np.dtype(s.dtype.name).itemsize * len(s))
            self._rows, self._dots = tools(s).zeros((2 * m, len(s)), s.dtype), np.zeros((2 * m, 2 * m))
        m = len(self._dots) // 2
        slot = self._slots.pop(0) if len(self._slots) == m else len(self._slots)
        self._slots.append(slot)
        if isinstance(s, np.ndarray):
            self._rows[slot], self._rows[m + slot] = s, y
        else:
            self._rows = tf.tensor_scatter_nd_update(self._rows, [[slot], [m + slot]], tf.stack([s, y]))
        return [slot, m + slot]

    def _started(self, x: Array) -> Array:
        return self._start.multiply(x) if self._start else x

    def multiply(self, q: Array) -> Array:
        """Multiply q, of the shape of s and y, by the inverse Hessian that the pairs imply.

        Both loops of Nocedal and Wright 2006, algorithm 7.4, work on the coefficients of the rows: what the algorithm
        calls q and r is `q + coefficients @ rows`.
        """
        dots, m, shape = self._dots, len(self._dots) // 2, q.shape
        with_q, coefficients, factors = _products(self._rows, flat(q)), np.zeros(2 * m), np.zeros(m)
        for k in reversed(self._slots):
            factors[k] = (with_q[k] + dots[k] @ coefficients) / dots[k, m + k]
            coefficients[m + k] -= factors[k]
        q = q + self._sum(coefficients, shape)
        r = self._scale * self._started(q)
        del q  # a large picture has enough to hold
        with_r, coefficients = _products(self._rows, flat(r)), np.zeros(2 * m)
        for k in self._slots:
            along = (with_r[m + k] + dots[m + k] @ coefficients) / dots[k, m + k]
            coefficients[k] += factors[k] - along
        return r + self._sum(coefficients, shape)

    def _sum(self, coefficients: np.ndarray, shape: tuple[int, ...]) -> Array:
        total = tools(self._rows).einsum("i,ij->j", coefficients.astype(self._rows.dtype.name), self._rows)
        return tools(self._rows).reshape(total, shape)


def _products(rows: Array, vector: Array) -> np.ndarray:
    return np.asarray(tools(rows).einsum("ij,j->i", rows, vector), float)
