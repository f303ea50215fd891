"""Update rules: from a picture and its gradient to the next picture (lesson 5).

A rule is asked, step by step: `x = rule.update(x, loss, gradient)`, where `loss` and `gradient` belong to x.
It never evaluates the objective itself, so each step of every rule costs one gradient, and whoever iterates
decides when. A rule remembers what it needs between the steps; `reset()` makes it forget, which is due when
the objective changes.
"""

import functools
from collections.abc import Callable
from typing import Protocol

import numpy as np

from .device import keras, tf
from .errors import DivergenceError
from .pairs import Pairs
from .spectrum import favour_low_frequencies

Bounds = tuple[float | tf.Tensor, float | tf.Tensor]


class Rule(Protocol):
    """What every update rule does."""

    def update(self, x: tf.Tensor, loss: float, gradient: tf.Tensor) -> tf.Tensor:
        """Return the next x; raise DivergenceError if `loss` is not finite and the rule cannot go back."""

    def reset(self) -> None:
        """Forget all earlier steps."""


def _require_finite(loss: float) -> None:
    if not np.isfinite(loss):
        raise DivergenceError(f"the loss is {loss}: lower the learning rate, or the weights α, β and γ")


class GradientDescent:
    """x ← x − η∇L(x), and nothing else."""

    def __init__(self, learning_rate: float) -> None:
        """Take η, in units of x per unit of gradient; above 0."""
        self.learning_rate = learning_rate

    def update(self, x: tf.Tensor, loss: float, gradient: tf.Tensor) -> tf.Tensor:
        """Return x − η∇L(x)."""
        _require_finite(loss)
        return x - self.learning_rate * gradient

    def reset(self) -> None:
        """Do nothing: the rule has no memory."""


class KerasRule:
    """An optimiser of Keras, applied to the picture instead of a network's weights."""

    def __init__(self, make_optimizer: Callable[[], keras.Optimizer]) -> None:
        """Take a function that makes the optimiser; `reset` calls it again."""
        self._make_optimizer = make_optimizer
        self.reset()

    def update(self, x: tf.Tensor, loss: float, gradient: tf.Tensor) -> tf.Tensor:
        """Return x after one step of the optimiser."""
        _require_finite(loss)
        if self._variable is None:
            self._variable = keras.Variable(x, dtype=x.dtype.name)
        self._variable.assign(x)
        self._optimizer.apply([gradient], [self._variable])
        return tf.convert_to_tensor(self._variable.value)

    def reset(self) -> None:
        """Forget the moments."""
        self._optimizer = self._make_optimizer()
        self._variable = None


class LBFGS:
    """Limited-memory BFGS (Nocedal and Wright 2006, algorithm 7.4) on a box, one gradient an update.

    The box is kept by gradient projection on the free pixels (Bertsekas 1982): pixels that stand at a bound with
    the gradient pushing them outwards are held, the two-loop recursion works on the others, and every point is
    clipped, so the loss that is judged is the loss of a picture that can be saved as it is.

    The full step is tried first. Where it does not lower the loss enough (Armijo's condition, eq. 3.4), the next
    update goes back and tries a shorter one along the same line, by quadratic interpolation (section 3.5).
    Pairs without enough curvature, sᵀy ≤ ε‖s‖‖y‖, are skipped. If the loss is NaN or jumps, or the line gives
    nothing, all pairs are dropped and the rule restarts with a shorter step along the steepest descent.
    """

    CURVATURE = 1e-8  # ε of the pairs' test
    ARMIJO = 1e-4  # Nocedal and Wright 2006, section 3.1
    JUMP = 10.0  # a trial this many times the last loss tells that the pairs are worthless
    BACKTRACKS = 6  # shorter steps tried on one line
    RESTARTS = 12  # in a row; each starts with a tenth of the step

    def __init__(
        self,
        first_step: float,
        memory: int = 10,
        bounds: Bounds | None = (0.0, 1.0),
        start: Callable[[tf.Tensor], tf.Tensor] = lambda x: x,
    ) -> None:
        """Set up an empty memory.

        Args:
            first_step: the largest change of any pixel in a step without curvature pairs, in units of x.
            memory: pairs (s, y) kept; fewer where they would take more than 0.5 GB.
            bounds: the box that x stays in: least and largest value, or one of each for every pixel; None for no box.
            start: multiplies by the symmetric positive definite matrix that the two-loop recursion starts from, up to
                a number; a multiple of the identity unless given.
        """
        self.first_step = first_step
        self.bounds = bounds or (-np.inf, np.inf)
        self._pairs = Pairs(memory)
        self._start = start
        self.reset()

    def reset(self) -> None:
        """Forget the pairs and the last accepted point."""
        self._pairs.clear()
        self._accepted: tuple[tf.Tensor, float, tf.Tensor] | None = None
        self._restarts = 0

    def update(self, x: tf.Tensor, loss: float, gradient: tf.Tensor) -> tf.Tensor:
        """Accept x or go back from it, and return the next point to try."""
        if self._accepted is None:
            _require_finite(loss)
        elif not self._is_lower(x, loss):
            return self._go_back(x, loss)
        else:
            self._remember(x, gradient)
        self._accepted = x, loss, gradient
        self._restarts = 0
        return self._start_line()

    def _is_lower(self, x: tf.Tensor, loss: float) -> bool:
        last_x, last_loss, last_gradient = self._accepted
        return np.isfinite(loss) and loss <= last_loss + self.ARMIJO * _dot(last_gradient, x - last_x)

    def _remember(self, x: tf.Tensor, gradient: tf.Tensor) -> None:
        s, y = x - self._accepted[0], gradient - self._accepted[2]
        if _dot(s, y) > self.CURVATURE * np.sqrt(_dot(s, s) * _dot(y, y)):
            self._pairs.add(s, y)

    def _go_back(self, x: tf.Tensor, loss: float) -> tf.Tensor:
        last_x, last_loss, last_gradient = self._accepted
        jumped = not np.isfinite(loss) or loss > last_loss + (self.JUMP - 1) * abs(last_loss)
        if jumped or self._backtracks == self.BACKTRACKS:
            return self._restart(loss)
        self._backtracks += 1
        slope = _dot(last_gradient, x - last_x)
        minimum = -slope / (2 * (loss - last_loss - slope))  # of the parabola through both losses and the slope
        self._length *= float(np.clip(minimum, 0.1, 0.5))
        return self._try()

    def _restart(self, loss: float) -> tf.Tensor:
        if self._restarts == self.RESTARTS:
            _require_finite(loss)
            return self._accepted[0]  # no descent left that float arithmetic can see: converged
        self._restarts += 1
        self._pairs.clear()
        return self._start_line()

    def _start_line(self) -> tf.Tensor:
        self._direction = self._descent_direction()
        self._length = 0.1**self._restarts
        self._backtracks = 0
        return self._try()

    def _try(self) -> tf.Tensor:
        return tf.clip_by_value(self._accepted[0] + self._length * self._direction, *self.bounds)

    def _descent_direction(self) -> tf.Tensor:
        """Return −H∇L on the free pixels, zero on the held ones."""
        x, _, gradient = self._accepted
        low, high = self.bounds
        held = ((x <= low) & (gradient > 0)) | ((x >= high) & (gradient < 0))
        free_gradient = tf.where(held, tf.zeros_like(gradient), gradient)
        if self._pairs:
            direction = tf.where(held, tf.zeros_like(x), -self._pairs.multiply(free_gradient, self._start))
            if _dot(direction, gradient) < 0:
                return direction
            self._pairs.clear()
        largest = float(tf.reduce_max(tf.abs(free_gradient)))
        return -free_gradient * (self.first_step / largest if largest else 0.0)


def _dot(a: tf.Tensor, b: tf.Tensor) -> float:
    return float(tf.reduce_sum(a * b))


# Each makes a rule from a learning rate, and the rate used unless another is given: found for the relative
# losses of `objective.py` and pixels in [0, 1] by tests/benchmarks/learning_rates.py;
# the last two small enough for pictures of 64 px, too, where larger ones diverge.
RULES: dict[str, tuple[Callable[[float], Rule], float]] = {
    "lbfgs": (functools.partial(LBFGS, start=favour_low_frequencies), 0.05),
    "adam": (
        lambda rate: KerasRule(lambda: keras.optimizers.Adam(rate, beta_1=0.9, beta_2=0.99, epsilon=1e-8)),
        0.05,
    ),
    "momentum": (lambda rate: KerasRule(lambda: keras.optimizers.SGD(rate, momentum=0.9)), 0.1),
    "gd": (GradientDescent, 0.2),
}


def make_rule(name: str, learning_rate: float | None = None, bounds: Bounds = (0.0, 1.0)) -> Rule:
    """Make a rule of `RULES`, without a past.

    Args:
        name: "lbfgs", "adam", "momentum" or "gd".
        learning_rate: η, or for "lbfgs" the largest change of any pixel in its first step; None: the rule's own.
            For "gd" and "momentum" the best η grows with the picture: each pixel's part of the gradient shrinks.
        bounds: the box that whoever asks the rule keeps x in. "lbfgs" needs to know it.
    """
    make, default = RULES[name]
    rate = default if learning_rate is None else learning_rate
    return make(rate, bounds=bounds) if name == "lbfgs" else make(rate)
