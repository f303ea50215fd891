"""Checkers for the exercises of lesson 5: gradient descent."""

from collections.abc import Callable

import numpy as np

from .verdict import Verdict, call, compare, draw, exercise


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

    def rule(
        old: float = mu, new: float = eta, late: bool = False, ahead: bool = False, steps: int = steps
    ) -> np.ndarray:
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
        "one step too few, or x moves by the old v: first v, then x": rule(steps=steps - 1),
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
        steps: int = steps,
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
        "one step too few: `range(1, steps + 1)` ends with `steps`": rule(steps=steps - 1),
        "NaN everywhere: does t start at 1? For t = 0, 1 − βᵗ is 0": np.full_like(x, np.nan),
    }
    compare(call(attempt, _valley, x, eta, b1, b2, epsilon, steps), rule(), mistakes, "the last x")


@exercise
def kept_best(attempt: Callable) -> None:
    """Check `kept_best(loss, move, x, steps)`: of x and all later points, the one with the lowest loss."""
    for losses in ([5.5, 3, 4, 1, 7, 1.5, 4.5, 6], [3, 2, 1], [1, 2, 3]):
        _check_best(attempt, losses)


def _check_best(attempt: Callable, losses: list[float]) -> None:
    """The k-th point of the walk is (k, k), and its loss the k-th of `losses`."""

    def loss(x: np.ndarray) -> float:
        return losses[round(float(np.asarray(x)[0]))]

    steps, start = len(losses) - 1, losses[0]
    points = [np.full(2, float(k)) for k in range(len(losses))]
    falls = [k for k in range(1, steps + 1) if losses[k] < losses[k - 1]]
    rises = [k for k in range(1, steps + 1) if losses[k] > losses[k - 1]]
    below_start = [k for k in range(1, steps + 1) if losses[k] < start]
    mistakes = {
        "returns the last point: `best = x` gives one array two names, and += changes both": points[-1],
        "compared with the start's loss: compare with that of the best so far": points[max(below_start, default=0)],
        "compared with the step before: compare with the best so far": points[max(falls, default=0)],
        "stops as soon as the loss rises: later points may be lower": points[min(rises, default=steps + 1) - 1],
        "one step too few: the last point counts, too": points[int(np.argmin(losses[:-1]))],
        "returns the start: no point ever takes its place": points[0],
        "returns the point with the highest loss": points[int(np.argmax(losses))],
        "the start counts, too: it may be the best": points[1 + int(np.argmin(losses[1:]))],
        "returns the lowest loss: return its point": np.array(min(losses)),
        "returns the losses: return the best point": np.array(losses),
    }
    right = points[int(np.argmin(losses))]
    compare(call(attempt, loss, np.ones_like, points[0], steps), right, mistakes, "the best point")


@exercise
def fastest_rate(attempt: Callable) -> None:
    """Check `fastest_rate(a, b, shrink)`: η = 2 / (a + b), and the steps that shrink both errors so many times."""
    _check_rate(attempt, 2.0, 30.0, 1000.0)
    _check_rate(attempt, 0.5, 8.0, 50.0)
    whole = (2, 5, 10)  # q is a half, so that 2ᵏ takes exactly k steps; rounding may spoil one of them, not all
    if all(call(attempt, 1.0, 3.0, 2.0**k)[1] == k + 1 for k in whole):
        raise Verdict("one step too many where the quotient is a whole number: `np.ceil`, not `int(…) + 1`")


def _check_rate(attempt: Callable, a: float, b: float, shrink: float) -> None:
    eta, left = 2 / (a + b), (b - a) / (b + a)
    exact = np.log(shrink) / -np.log(left)
    answer = call(attempt, a, b, shrink)
    if answer.shape == (2,):
        if np.isclose(answer[1], eta, rtol=1e-4):
            raise Verdict("the two are swapped: return (η, number of steps)")
        rates = {
            "η is 2/b, the border: across the valley it swings for ever": 2 / b,
            "η is 1/b: across it arrives in one step, along it creeps; a larger η is faster along": 1 / b,
            "η is 1/a: across the valley it diverges, 1/a is above 2/b": 1 / a,
            "η is 1/(a + b): both factors are then above 0; let 1 − ηb be below": 1 / (a + b),
            "η is the middle of 1/a and 1/b: that is above 2/b, and diverges": (1 / a + 1 / b) / 2,
            "η is 2/(b − a): set 1 − ηa equal to −(1 − ηb), and mind the signs": 2 / (b - a),
            "η is 1/√(ab): the two factors are not yet equal in size": 1 / np.sqrt(a * b),
        }
        compare(answer[0], np.array(eta), rates, "η")
        steps = {
            "the number of steps is not a whole number: round it up": exact,
            "the number of steps is rounded down: then one is missing": np.floor(exact),
            "one step too many: round up, and add nothing": np.ceil(exact) + 1,
            "the steps along only are counted as if η were 1/b": np.ceil(np.log(shrink) / -np.log(1 - a / b)),
            "b/a steps: how often must you multiply by (b − a)/(b + a) to get below 1/shrink?": np.ceil(b / a),
            "the number of steps for the loss: here the errors shrink, and L goes with their squares": np.ceil(
                exact / 2
            ),
            "the sign: a logarithm of a number below 1 is negative": np.ceil(-exact),
        }
        compare(answer[1], np.array(np.ceil(exact)), steps, "the number of steps")
    compare(answer, np.array([eta, np.ceil(exact)]), {"η alone: return (η, number of steps)": eta}, "(η, steps)")


@exercise
def armijo(attempt: Callable) -> None:
    """Check `armijo(loss, x, gradient, eta, c, rho)`: Nocedal and Wright 2006, algorithm 3.1, along −∇L."""
    for curvature, eta, c, rho in ((0.83, 3.6, 0.3, 0.9), (0.83, 3.6, 0.1, 0.9), (0.4, 1.0, 1e-4, 0.5)):
        x = 1 + 0.5 / curvature * np.array([[0.6, -0.8]])  # so that ‖∇L‖ is a half
        _check_armijo(attempt, x, curvature, eta, c, rho)
    _check_armijo(attempt, np.array([[5.0]]), 2.0, 1.0, 0.5, 0.5)  # the lesson's example by hand, moved by 1


def _check_armijo(attempt: Callable, x: np.ndarray, curvature: float, eta: float, c: float, rho: float) -> None:
    asked = []

    def loss(x: np.ndarray) -> float:
        asked.append(x)
        if len(asked) > 500:
            raise RuntimeError(
                "500 trials and no end: η has to shrink until the condition holds; or does x move? Every trial starts "
                "from the same x"
            )
        return float(curvature / 2 * np.sum((np.asarray(x) - 1) ** 2))

    g = curvature * (x - 1)
    squared = float(np.sum(g**2))

    def first(enough: Callable, tried: float = eta) -> float:
        for _ in range(200):
            if enough(tried, curvature / 2 * float(np.sum((x - tried * g - 1) ** 2))):
                break
            tried *= rho
        return tried

    L = curvature / 2 * float(np.sum((x - 1) ** 2))
    right = first(lambda e, trial: trial <= L - c * e * squared)
    mistakes = {
        "equal is good enough: the test has ≤, so it fails only above": first(
            lambda e, trial: trial < L - c * e * squared
        ),
        "η is returned as it came: it has to shrink while the condition fails": eta,
        "any lower loss is taken: it has to be lower by c·η·‖∇L‖²": first(lambda e, trial: trial < L),
        "‖∇L‖ is not squared": first(lambda e, trial: trial <= L - c * e * np.sqrt(squared)),
        "the sign: the loss may even rise; subtract c·η·‖∇L‖²": first(lambda e, trial: trial <= L + c * e * squared),
        "η is missing beside c and ‖∇L‖²": first(lambda e, trial: trial <= L - c * squared),
        "the first η is never tried: test, then shrink": first(
            lambda e, trial: trial <= L - c * e * squared, rho * eta
        ),
        "shrunk once more than necessary": rho * right,
        "returns the new x: return η": x - right * g,
        "returns the loss that it found: return η": curvature / 2 * float(np.sum((x - right * g - 1) ** 2)),
        "uphill: a trial is x − η∇L": 0.0,
    }
    compare(call(attempt, loss, x, g, eta, c, rho), np.array(right), mistakes, "η")
