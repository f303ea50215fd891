"""Update rules: from a picture and its gradient to the next picture (lesson 5).

A rule is called once per step: `x = rule.update(x, loss, gradient)`, where `loss` and `gradient` belong to x.
It never evaluates the objective itself, so each step of every rule costs one gradient, and the caller
decides when. A rule remembers what it needs between steps; `reset()` makes it forget, as it must when the
objective changes.
"""

from collections.abc import Callable
from typing import Protocol

from .device import keras, tf
from .optimizers import LBFGS, Bounds, Preconditioner, require_finite


class Rule(Protocol):
    """The interface of an update rule."""

    def update(self, x: tf.Tensor, loss: float, gradient: tf.Tensor) -> tf.Tensor:
        """Return the next x; raise DivergenceError if `loss` is not finite and the rule cannot go back."""

    def reset(self) -> None:
        """Forget all earlier steps."""

    def state(self) -> dict:
        """Return all that the rule remembers, as a tree of arrays and plain values."""

    def restore(self, state: dict) -> None:
        """Take over the state of another rule of the same kind."""


class GradientDescent:
    """x ← x − η∇L(x), and nothing else."""

    def __init__(self, learning_rate: float) -> None:
        """Set η, in units of x per unit of gradient; above 0."""
        self.learning_rate = learning_rate

    def update(self, x: tf.Tensor, loss: float, gradient: tf.Tensor) -> tf.Tensor:
        """Return x − η∇L(x)."""
        require_finite(loss)
        return x - self.learning_rate * gradient

    def reset(self) -> None:
        """Do nothing: the rule has no memory."""

    def state(self) -> dict:
        """Return nothing."""
        return {}

    def restore(self, state: dict) -> None:
        """Do nothing."""


class KerasRule:
    """A Keras optimiser, applied to the picture instead of a network's weights."""

    def __init__(self, make_optimizer: Callable[[], keras.Optimizer]) -> None:
        """Take a function that makes the optimiser; `reset` calls it again."""
        self._make_optimizer = make_optimizer
        self.reset()

    def update(self, x: tf.Tensor, loss: float, gradient: tf.Tensor) -> tf.Tensor:
        """Return x after one step of the optimiser."""
        require_finite(loss)
        if self._variable is None:
            self._variable = keras.Variable(x, dtype=x.dtype.name)
        self._variable.assign(x)
        self._optimizer.apply([gradient], [self._variable])
        return tf.convert_to_tensor(self._variable.value)

    def reset(self) -> None:
        """Forget the moments."""
        self._optimizer = self._make_optimizer()
        self._variable = None

    def state(self) -> dict:
        """Return the picture and the optimiser's variables."""
        if self._variable is None:
            return {}
        return {"x": self._variable.numpy(), "moments": [each.numpy() for each in self._optimizer.variables]}

    def restore(self, state: dict) -> None:
        """Set them."""
        self.reset()
        if state:
            self._variable = keras.Variable(state["x"], dtype=state["x"].dtype.name)
            self._optimizer.build([self._variable])
            for variable, value in zip(self._optimizer.variables, state["moments"], strict=True):
                variable.assign(value)


# For each rule, what makes it from a learning rate, and the default rate: tuned for the relative losses of
# `objective.py` and pixels in [0, 1] by tests/benchmarks/learning_rates.py; the last two are small enough for
# pictures of 64 px, too, where larger rates diverge.
RULES: dict[str, tuple[Callable[[float], Rule], float]] = {
    "lbfgs": (lambda rate, bounds: LBFGS(rate, bounds=bounds, start=Preconditioner()), 0.05),
    "adam": (
        lambda rate: KerasRule(lambda: keras.optimizers.Adam(rate, beta_1=0.9, beta_2=0.99, epsilon=1e-8)),
        0.05,
    ),
    "momentum": (lambda rate: KerasRule(lambda: keras.optimizers.SGD(rate, momentum=0.9)), 0.5),
    "gd": (GradientDescent, 1.0),
}


def make_rule(name: str, learning_rate: float | None = None, bounds: Bounds = (0.0, 1.0)) -> Rule:
    """Make a rule of `RULES`, in its initial state.

    Args:
        name: "lbfgs", "adam", "momentum" or "gd".
        learning_rate: η, or for "lbfgs" the largest change of any pixel in its first step; None: the rule's own.
            For "gd" and "momentum" the best η grows with the picture: each pixel's share of the gradient shrinks.
        bounds: the box that the caller keeps x in. "lbfgs" needs to know it.
    """
    make, default = RULES[name]
    rate = float(default if learning_rate is None else learning_rate)  # Keras refuses a whole number
    return make(rate, bounds=bounds) if name == "lbfgs" else make(rate)
