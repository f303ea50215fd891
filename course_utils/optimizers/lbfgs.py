"""L-BFGS on a box: the course's update rule, for anyone who wants to look inside (lesson 5 says what it does).

`LBFGS` decides how far to go, and keeps the picture in its box; `Pairs` remembers how the gradient has changed along
the last steps, and turns it into a direction: the two-loop recursion.
"""

from typing import Protocol

import numpy as np

from ..device import tf
from ..errors import DivergenceError
from .arrays import Array, dot, flat, native, placed, tools

Bounds = tuple[float | Array, float | Array]
MEMORY = 20  # pairs
BYTES = 5e8  # at most, for all pairs together: fewer are kept for a very large picture


def require_finite(loss: float) -> None:
    """Raise DivergenceError if a loss is infinite or not a number."""
    if not np.isfinite(loss):
        raise DivergenceError(f"the loss is {loss}: lower the learning rate, or the weights α, β and γ")


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
        """Take over what another one has learnt."""


class LBFGS:
    """Limited-memory BFGS (Nocedal and Wright 2006, algorithm 7.4) on a box, one gradient per update.

    The box is kept by gradient projection on the free pixels (Bertsekas 1982): pixels at a bound that a
    descent step would push outwards are held, the two-loop recursion works on the others, and every point is
    clipped, so the loss that is judged is the loss of a picture that can be saved as it is.

    The full step is tried first. Where it does not lower the loss enough (Armijo's condition, eq. 3.4), the next
    update goes back and tries a shorter one along the same line, by quadratic interpolation (section 3.5). If the
    loss is NaN or jumps, or the line search fails, all pairs are dropped and the rule restarts with a shorter step
    along steepest descent.

    Attributes:
        accepted: the last point accepted, its loss and its gradient; None before the first.
        pairs: what is remembered of the curvature.
    """

    ARMIJO = 1e-4  # Nocedal and Wright 2006, section 3.1
    JUMP = 10.0  # a trial this many times the last loss shows that the pairs are worthless
    BACKTRACKS = 6  # shorter steps tried on one line
    RESTARTS = 12  # in a row; each starts with a tenth of the last one's step

    def __init__(
        self, first_step: float, memory: int = MEMORY, bounds: Bounds | None = (0.0, 1.0), start: Start | None = None
    ) -> None:
        """Set up an empty memory.

        Args:
            first_step: the largest change of any pixel in a step without curvature pairs, in units of x.
            memory: pairs (s, y) kept; fewer for a very large picture (`BYTES`).
            bounds: the box that x stays in: least and largest value, or one of each for every pixel; None for no box.
            start: the matrix that the two-loop recursion starts from, up to a scalar factor; None: the identity.
        """
        self.first_step = first_step
        self._low, self._high = map(native, bounds or (-np.inf, np.inf))
        self.pairs = Pairs(memory, start)
        self.reset()

    def reset(self) -> None:
        """Forget the pairs and the last accepted point."""
        self.pairs.clear()
        self.accepted: tuple[Array, float, Array] | None = None
        self._direction, self._length, self._backtracks, self._restarts = np.zeros(()), 0.0, 0, 0

    def state(self) -> dict:
        """Return the pairs, the last accepted point and the line being searched."""
        return {
            "pairs": self.pairs.state(),
            "restarts": self._restarts,
            "accepted": self.accepted and tuple(map(np.asarray, self.accepted)),
            "line": self.accepted and (np.asarray(self._direction), self._length, self._backtracks),
        }

    def restore(self, state: dict) -> None:
        """Set them."""
        self.pairs.restore(state["pairs"])
        self._restarts, self.accepted = state["restarts"], state["accepted"]
        if self.accepted:
            x, loss, gradient = self.accepted
            self.accepted = placed(x), float(loss), placed(gradient)
            direction, self._length, self._backtracks = state["line"]
            self._direction = placed(direction)

    def update(self, x: tf.Tensor, loss: float, gradient: tf.Tensor) -> tf.Tensor:
        """Accept or reject x, and return the next point to try."""
        x, gradient = native(x), native(gradient)
        slope = self._slope_to(x)
        if self.accepted is None:
            require_finite(loss)
        elif not loss <= self.accepted[1] + self.ARMIJO * slope:  # as for NaN
            return tf.convert_to_tensor(self._go_back(loss, slope))
        self._accept(x, loss, gradient)
        return tf.convert_to_tensor(self._start_line())

    def _slope_to(self, x: Array) -> float:
        """Return by how much the loss would change from the last accepted point to x if it were linear."""
        return dot(self.accepted[2], x - self.accepted[0]) if self.accepted else 0.0

    def _accept(self, x: Array, loss: float, gradient: Array) -> None:
        if self.accepted:
            self.pairs.add(x - self.accepted[0], gradient - self.accepted[2])
        self.accepted = x, loss, gradient
        self._restarts = 0

    def _go_back(self, loss: float, slope: float) -> Array:
        last_loss = self.accepted[1]
        jumped = not np.isfinite(loss) or loss > last_loss + (self.JUMP - 1) * abs(last_loss)
        if jumped or self._backtracks == self.BACKTRACKS:
            return self._restart(loss)
        self._backtracks += 1
        minimum = -slope / (2 * (loss - last_loss - slope))  # of the parabola through both losses and the slope
        self._length *= float(np.clip(minimum, 0.1, 0.5))
        return self._try()

    def _restart(self, loss: float) -> Array:
        if self._restarts == self.RESTARTS:
            require_finite(loss)
            return self.accepted[0]  # no descent left that float arithmetic can resolve: converged
        self._restarts += 1
        self.pairs.clear()
        return self._start_line()

    def _start_line(self) -> Array:
        self._direction = self._descent_direction()
        self._length = 0.1**self._restarts
        self._backtracks = 0
        return self._try()

    def _try(self) -> Array:
        x = self.accepted[0] + self._length * self._direction
        return tools(x).minimum(tools(x).maximum(x, self._low), self._high)

    def _descent_direction(self) -> Array:
        """Return −H∇L on the free pixels, zero on the held ones."""
        x, _, gradient = self.accepted
        held = ((x <= self._low) & (gradient > 0)) | ((x >= self._high) & (gradient < 0))
        nothing = tools(x).zeros((), x.dtype)
        if self.pairs:
            direction = -self.pairs.multiply(tools(x).where(held, nothing, gradient))
            direction = tools(x).where(held, nothing, direction)
            if dot(direction, gradient) < 0:
                return direction
            self.pairs.clear()
        free_gradient = tools(x).where(held, nothing, gradient)
        largest = float(np.max(np.abs(free_gradient)))
        return -free_gradient * (self.first_step / largest if largest else 0.0)


class Pairs:
    """The last pairs (s, y) as rows of one matrix, and all dot products between them.

    The two-loop recursion needs nothing else of them (Chen et al. 2014, "Large-scale L-BFGS using MapReduce"): it
    runs on a few dozen numbers, and each update reads the matrix a few times, instead of once for each step of the
    recursion. A pair has a slot, k: row k is its s, row m + k its y.
    """

    CURVATURE = 1e-8  # ε: the least cosine between s and y of a pair worth remembering

    def __init__(self, memory: int, start: Start | None) -> None:
        """Set up an empty memory.

        Args:
            memory: pairs kept; fewer where they would take more than `BYTES`.
            start: the matrix to start from, H⁰ (Nocedal and Wright 2006, eq. 7.20), up to a scalar factor, which is
                found here; None: the identity.
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
        """Take over the pairs of another memory of the same size."""
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
        """Remember a pair, unless sᵀy ≤ ε‖s‖‖y‖; forget the oldest if there are too many."""
        sy = dot(s, y)
        if not sy > self.CURVATURE * np.sqrt(dot(s, s) * dot(y, y)):
            return
        places = self._write(s, y)
        s, y = (tools(s).reshape(self._rows[place], s.shape) for place in places)  # rows, no copies: they are large
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
        del q  # to save memory with a large picture
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


def pairs_kept(memory: int, pair: int) -> int:
    """Return how many pairs of `pair` bytes are kept where `memory` are asked for; at least one."""
    return int(np.clip(BYTES // pair, 1, memory))
