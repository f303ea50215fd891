"""Checkers for the exercises of lesson 5: gradient descent."""

from collections.abc import Callable

import numpy as np

from .verdict import call, compare, draw, exercise


def _valley(x: np.ndarray) -> np.ndarray:
    """Gradient of ½Σ a (x − 1)², with a from 1 to 6, for arrays and tensors."""
    x = np.asarray(x)
    return np.linspace(1, 6, x.size).reshape(x.shape) * (x - 1)


def _descend(x: np.ndarray, steps: int, step: Callable) -> np.ndarray:
    """Apply `step(x, memory, t)` again and again; the memory is a dict that starts empty."""
    memory: dict = {}
    for t in range(1, steps + 1):
        x = step(x, memory, t)
    return x


def _points(x: np.ndarray, steps: int, step: Callable) -> np.ndarray:
    return np.array([_descend(x, count, step) for count in range(steps + 1)])


@exercise
def gradient_descent(attempt: Callable) -> None:
    """Check `gradient_descent(gradient, x, eta, steps)`: x ← x − η∇L(x), again and again."""
    x, eta, steps = draw(2, 3), 0.1, 4

    def plain(x: np.ndarray, memory: dict, t: int) -> np.ndarray:
        return x - eta * _valley(x)

    def normalised(x: np.ndarray, memory: dict, t: int) -> np.ndarray:
        return x - eta * _valley(x) / np.linalg.norm(_valley(x))

    right = _descend(x, steps, plain)
    mistakes = {
        "returns all points: return the last one": _points(x, steps, plain),
        "returns all points, and not the start: return the last one": _points(x, steps, plain)[1:],
        "the gradient is taken anew, but each step starts from the first x": x
        - eta * _valley(_descend(x, steps - 1, lambda y, *_: x - eta * _valley(y))),
        "uphill: the gradient points to larger values, subtract it": _descend(
            x, steps, lambda x, *_: x + eta * _valley(x)
        ),
        "the gradient is taken once, at the start: take it anew at each x": x - steps * eta * _valley(x),
        "one step only: it has to be repeated": plain(x, {}, 1),
        "one step too few": _descend(x, steps - 1, plain),
        "one step too many": _descend(x, steps + 1, plain),
        "the learning rate is missing": _descend(x, steps, lambda x, *_: x - _valley(x)),
        "the gradient is divided by its norm: plain descent takes it as it is": _descend(x, steps, normalised),
        "returns the last gradient, not the last x": _valley(right),
    }
    compare(call(attempt, _valley, x, eta, steps), right, mistakes, "the last x")


@exercise
def momentum(attempt: Callable) -> None:
    """Check `momentum(gradient, x, eta, mu, steps)`: v ← μv − η∇L(x), x ← x + v, with v = 0 at first."""
    x, eta, mu, steps = draw(2, 3), 0.05, 0.8, 4

    def rule(old: float = mu, new: float = eta, late: bool = False, ahead: bool = False) -> np.ndarray:
        def step(x: np.ndarray, memory: dict, t: int) -> np.ndarray:
            v = memory.get("v", np.zeros_like(x))
            memory["v"] = old * v - new * _valley(x)
            if ahead:
                return x + old * memory["v"] - new * _valley(x)
            return x + (v if late else memory["v"])

        return _descend(x, steps, step)

    mistakes = {
        "plain gradient descent: v must be kept from step to step": rule(old=0),
        "x moves by the old v: change v first, then x": rule(late=True),
        "the gradient is weighted by 1 − μ: here it counts in full": rule(new=eta * (1 - mu)),
        "uphill: the gradient is subtracted from v": rule(new=-eta),
        "v is not damped: multiply it by μ": rule(old=1),
        "μ and η have changed places": rule(old=eta, new=mu),
        "Nesterov's variant, which looks ahead: here x moves by v": rule(ahead=True),
    }
    compare(call(attempt, _valley, x, eta, mu, steps), rule(), mistakes, "the last x")


@exercise
def adam(attempt: Callable) -> None:
    """Check `adam(gradient, x, eta, beta1, beta2, epsilon, steps)`: Kingma and Ba 2015, algorithm 1."""
    x, eta, b1, b2, epsilon, steps = draw(2, 3), 0.05, 0.6, 0.9, 0.1, 4

    def rule(
        b1: float = b1,
        b2: float = b2,
        correct: Callable = lambda m, v, t: (m / (1 - b1**t), v / (1 - b2**t)),
        divide: Callable = lambda m, v: m / (np.sqrt(v) + epsilon),
        power: int = 2,
        keep: bool = False,
    ) -> np.ndarray:
        def step(x: np.ndarray, memory: dict, t: int) -> np.ndarray:
            m, v = memory.get("mv", (np.zeros_like(x), np.zeros_like(x)))
            g = _valley(x)
            m, v = b1 * m + (1 - b1) * g, b2 * v + (1 - b2) * np.abs(g) ** power
            corrected = correct(m, v, t)
            memory["mv"] = corrected if keep else (m, v)
            return x - eta * divide(*corrected)

        return _descend(x, steps, step)

    mistakes = {
        "the bias corrections are missing: m and v start at 0 and are too small at first": rule(
            correct=lambda m, v, t: (m, v)
        ),
        "v is not corrected: divide it by 1 − β₂ᵗ": rule(correct=lambda m, v, t: (m / (1 - b1**t), v)),
        "m is not corrected: divide it by 1 − β₁ᵗ": rule(correct=lambda m, v, t: (m, v / (1 - b2**t))),
        "the corrected m and v are kept for the next step: keep the uncorrected ones": rule(keep=True),
        "both corrections use β₁: v has its own, β₂": rule(correct=lambda m, v, t: (m / (1 - b1**t), v / (1 - b1**t))),
        "the root of v is missing": rule(divide=lambda m, v: m / (v + epsilon)),
        "ε stands inside the root: add it afterwards": rule(divide=lambda m, v: m / np.sqrt(v + epsilon)),
        "ε is missing: where the gradient is 0 this divides by 0": rule(divide=lambda m, v: m / np.sqrt(v)),
        "v averages |g|: square it": rule(power=1),
        "uphill: subtract the step": rule(divide=lambda m, v: -m / (np.sqrt(v) + epsilon)),
        "β₁ and β₂ have changed places": rule(b2, b1, correct=lambda m, v, t: (m / (1 - b2**t), v / (1 - b1**t))),
    }
    compare(call(attempt, _valley, x, eta, b1, b2, epsilon, steps), rule(), mistakes, "the last x")
