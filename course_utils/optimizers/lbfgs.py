"""L-BFGS on a box: the update rule of the course, for whoever wants to look inside (lesson 5 says what it does).

Its arithmetic is many small operations on a picture. TensorFlow takes several times as long for them on a processor as
NumPy, and NumPy cannot do them on a GPU. So they are written for both, in what has the same name and meaning there.
"""

import numpy as np

from ..device import tf
from ..errors import DivergenceError
from .pairs import MEMORY, Array, Pairs, Start, dot, native, placed, tools

Bounds = tuple[float | Array, float | Array]


def require_finite(loss: float) -> None:
    """Raise DivergenceError if a loss is infinite or not a number."""
    if not np.isfinite(loss):
        raise DivergenceError(f"the loss is {loss}: lower the learning rate, or the weights α, β and γ")


class LBFGS:
    """Limited-memory BFGS (Nocedal and Wright 2006, algorithm 7.4) on a box, one gradient an update.

    The box is kept by gradient projection on the free pixels (Bertsekas 1982): pixels that stand at a bound with
    the gradient pushing them outwards are held, the two-loop recursion works on the others, and every point is
    clipped, so the loss that is judged is the loss of a picture that can be saved as it is.

    The full step is tried first. Where it does not lower the loss enough (Armijo's condition, eq. 3.4), the next
    update goes back and tries a shorter one along the same line, by quadratic interpolation (section 3.5). If the
    loss is NaN or jumps, or the line gives nothing, all pairs are dropped and the rule restarts with a shorter step
    along the steepest descent.
    """

    ARMIJO = 1e-4  # Nocedal and Wright 2006, section 3.1
    JUMP = 10.0  # a trial this many times the last loss tells that the pairs are worthless
    BACKTRACKS = 6  # shorter steps tried on one line
    RESTARTS = 12  # in a row; each starts with a tenth of the step

    def __init__(
        self, first_step: float, memory: int = MEMORY, bounds: Bounds | None = (0.0, 1.0), start: Start | None = None
    ) -> None:
        """Set up an empty memory.

        Args:
            first_step: the largest change of any pixel in a step without curvature pairs, in units of x.
            memory: pairs (s, y) kept; fewer of a very large picture (`pairs.BYTES`).
            bounds: the box that x stays in: least and largest value, or one of each for every pixel; None for no box.
            start: the matrix that the two-loop recursion starts from, but for a number; None: the identity.
        """
        self.first_step = first_step
        self._low, self._high = map(native, bounds or (-np.inf, np.inf))
        self._pairs = Pairs(memory, start)
        self.reset()

    def reset(self) -> None:
        """Forget the pairs and the last accepted point."""
        self._pairs.clear()
        self._accepted: tuple[Array, float, Array] | None = None
        self._direction, self._length, self._backtracks, self._restarts = np.zeros(()), 0.0, 0, 0

    def state(self) -> dict:
        """Return the pairs, the last accepted point and the line searched."""
        return {
            "pairs": self._pairs.state(),
            "restarts": self._restarts,
            "accepted": self._accepted and tuple(map(np.asarray, self._accepted)),
            "line": self._accepted and (np.asarray(self._direction), self._length, self._backtracks),
        }

    def restore(self, state: dict) -> None:
        """Set them."""
        self._pairs.restore(state["pairs"])
        self._restarts, self._accepted = state["restarts"], state["accepted"]
        if self._accepted:
            x, loss, gradient = self._accepted
            self._accepted = placed(x), float(loss), placed(gradient)
            direction, self._length, self._backtracks = state["line"]
            self._direction = placed(direction)

    def update(self, x: tf.Tensor, loss: float, gradient: tf.Tensor) -> tf.Tensor:
        """Accept x or go back from it, and return the next point to try."""
        x, gradient = native(x), native(gradient)
        slope = self._slope_to(x)
        if self._accepted is None:
            require_finite(loss)
        elif not loss <= self._accepted[1] + self.ARMIJO * slope:  # so it is for NaN
            return tf.convert_to_tensor(self._go_back(loss, slope))
        self._accept(x, loss, gradient)
        return tf.convert_to_tensor(self._start_line())

    def _slope_to(self, x: Array) -> float:
        """Return by how much the loss would change on the way from the last accepted point to x, were it linear."""
        return dot(self._accepted[2], x - self._accepted[0]) if self._accepted else 0.0

    def _accept(self, x: Array, loss: float, gradient: Array) -> None:
        if self._accepted:
            self._pairs.add(x - self._accepted[0], gradient - self._accepted[2])
        self._accepted = x, loss, gradient
        self._restarts = 0

    def _go_back(self, loss: float, slope: float) -> Array:
        last_loss = self._accepted[1]
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
            return self._accepted[0]  # no descent left that float arithmetic can see: converged
        self._restarts += 1
        self._pairs.clear()
        return self._start_line()

    def _start_line(self) -> Array:
        self._direction = self._descent_direction()
        self._length = 0.1**self._restarts
        self._backtracks = 0
        return self._try()

    def _try(self) -> Array:
        x = self._accepted[0] + self._length * self._direction
        return tools(x).minimum(tools(x).maximum(x, self._low), self._high)

    def _descent_direction(self) -> Array:
        """Return −H∇L on the free pixels, zero on the held ones."""
        x, _, gradient = self._accepted
        held = ((x <= self._low) & (gradient > 0)) | ((x >= self._high) & (gradient < 0))
        nothing = tools(x).zeros((), x.dtype)
        if self._pairs:
            direction = -self._pairs.multiply(tools(x).where(held, nothing, gradient))
            direction = tools(x).where(held, nothing, direction)
            if dot(direction, gradient) < 0:
                return direction
            self._pairs.clear()
        free_gradient = tools(x).where(held, nothing, gradient)
        largest = float(np.max(np.abs(free_gradient)))
        return -free_gradient * (self.first_step / largest if largest else 0.0)
