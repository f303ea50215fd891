"""One size of a run: where the descent stands, and what is best so far (lesson 6)."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

import numpy as np

from ..descent import Bounds, Rule
from ..device import tf
from ..objective import Losses


@dataclass(frozen=True)
class Step:
    """What one step of a run did.

    Attributes:
        index: 1 for the first step of the run, counted across all sizes.
        losses: of the picture after this step, at its size.
        size: (height, width) in pixels of the picture optimised.
        progress: the fraction of the whole run's work or time that is done, up to 1.
    """

    index: int
    losses: Losses
    size: tuple[int, int]
    progress: float

    def state(self) -> tuple:
        """Return it as plain values."""
        return self.index, tuple(self.losses), self.size, self.progress

    @classmethod
    def restored(cls, state: tuple) -> "Step":
        """Rebuild a step from its state."""
        index, losses, (height, width), progress = state
        return cls(int(index), Losses(*losses).numpy(), (int(height), int(width)), float(progress))


class Objective(Protocol):
    """What a stage needs: `objective.Objective`, or `tiling.TiledObjective`."""

    def losses_and_gradient(self, x: tf.Tensor) -> tuple[Losses, tf.Tensor]:
        """Compute all terms and ∇L at x."""

    def pulls(self, x: tf.Tensor, gradient: tf.Tensor) -> dict[str, tf.Tensor]:
        """Compute the norm of each term's gradient."""

    def reweight(self, alpha: float, beta: float, gamma: float) -> None:
        """Set α, β and γ."""


class Stage:
    """A descent on one objective at one size.

    Attributes:
        objective: what is minimised.
        x: the picture after the last step, `(1, H, W, C)`; `now` are its losses.
        best: the picture with the smallest total so far; `losses` are its losses, and `best_index` is its step, 0
            for the start.
    """

    def __init__(self, objective: Objective, make_rule: Callable[[], Rule], bounds: Bounds, x: tf.Tensor) -> None:
        """Evaluate the start x.

        Args:
            objective: see above.
            make_rule: makes the update rule, in its initial state.
            bounds: each pixel's least and largest value.
            x: `(1, H, W, C)`, within the bounds.
        """
        self.objective, self._make_rule, self._bounds = objective, make_rule, bounds
        self._begin_at(x)

    def advance(self, index: int) -> None:
        """Move by one update, clip to the bounds (projected descent), and evaluate where that led.

        An evaluation that was interrupted is repeated by the next call; the rule is not called twice.

        Args:
            index: the step's number in the whole run.

        Raises:
            DivergenceError: the loss is not finite.
        """
        if self._next is None:
            x = self._rule.update(self.x, self.now.total, self._gradient)
            self._next = tf.clip_by_value(x, *self._bounds)
        losses, gradient = self.objective.losses_and_gradient(self._next)
        now = losses.numpy()
        self.x, self.now, self._gradient, self._next = self._next, now, gradient, None
        if now.total < self.losses.total:
            self.best, self.losses, self.best_index = self.x, now, index

    def reweight(self, alpha: float, beta: float, gamma: float) -> None:
        """Change the weights; what was best under the old ones no longer counts, and the rule starts afresh."""
        before = self.objective.weights
        try:
            self.objective.reweight(alpha, beta, gamma)
            self._begin_at(self.x)
        except BaseException:  # an interruption, too: weights and losses belong together
            self.objective.weights = before
            raise

    def pulls(self) -> dict[str, float]:
        """Measure how hard each weighted term pulls on the picture now: the norm of its gradient, by name."""
        return {name: float(norm) for name, norm in self.objective.pulls(self.x, self._gradient).items()}

    def state(self) -> dict:
        """Return its state, as a tree of arrays and plain values."""
        return {
            "x": np.asarray(self.x),
            "gradient": np.asarray(self._gradient),
            "next": None if self._next is None else np.asarray(self._next),
            "now": tuple(self.now),
            "best": np.asarray(self.best),
            "losses": tuple(self.losses),
            "best_index": self.best_index,
            "rule": self._rule.state(),
        }

    @classmethod
    def restored(cls, state: dict, objective: Objective, make_rule: Callable[[], Rule], bounds: Bounds) -> "Stage":
        """Rebuild a stage from its state, without evaluating anything.

        Raises:
            Exception: of any kind, for a state that `state` did not return.
        """
        stage = cls.__new__(cls)
        stage.objective, stage._make_rule, stage._bounds = objective, make_rule, bounds
        stage.x, stage._gradient, stage.best = (tf.constant(state[name]) for name in ("x", "gradient", "best"))
        stage._next = None if state["next"] is None else tf.constant(state["next"])
        stage.now, stage.losses = (Losses(*state[name]) for name in ("now", "losses"))
        stage.best_index = int(state["best_index"])
        for each in (stage._gradient, stage.best, *([] if stage._next is None else [stage._next])):
            if (each.shape, each.dtype) != (stage.x.shape, tf.float32):
                raise ValueError("pictures of different sizes, or not of float32")
        stage._rule = make_rule()
        stage._rule.restore(state["rule"])
        return stage

    def _begin_at(self, x: tf.Tensor) -> None:
        losses, gradient = self.objective.losses_and_gradient(x)
        self._rule = self._make_rule()
        self.x, self._gradient, self._next = x, gradient, None
        self.now = self.losses = losses.numpy()
        self.best, self.best_index = x, 0
