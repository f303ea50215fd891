"""Checkers for the exercises of lessons 4 to 6: the objective, gradient descent, the whole transfer."""

from collections.abc import Callable

import numpy as np

from .verdict import call, compare, draw, exercise


def _neighbours(x: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    return x[:, 1:] - x[:, :-1], x[:, :, 1:] - x[:, :, :-1]


def _tv(x: np.ndarray) -> float:
    return sum(np.mean(difference**2) for difference in _neighbours(x))


@exercise
def my_total_variation(attempt: Callable) -> None:
    """Check `my_total_variation(x)`: the mean squared difference of neighbours, down plus right."""
    x = draw(1, 4, 6, 3)
    down, right = _neighbours(x)
    across = np.diff(x, axis=-1)
    squares = np.sum(down**2), np.sum(right**2)
    mistakes = {
        "the sum of the squares: a larger picture would have a larger value, take the mean": sum(squares),
        "the sums are divided by all pixels: there are fewer differences, take each mean": sum(squares) / x.size,
        "neighbours along axis 0: that is the batch, one picture; rows are axis 1 and columns axis 2": np.nan,
        "absolute differences: square them": np.mean(np.abs(down)) + np.mean(np.abs(right)),
        "the differences are not squared: up and down cancel": np.mean(down) + np.mean(right),
        "only neighbours in a column are compared: those in a row are missing": np.mean(down**2),
        "only neighbours in a row are compared: those in a column are missing": np.mean(right**2),
        "the last row meets the first, as np.roll goes round: subtract two slices": sum(
            np.mean((x - np.roll(x, 1, axis)) ** 2) for axis in (1, 2)
        ),
        "the mean of the two directions: add them": _tv(x) / 2,
        "a square root too many": np.sqrt(_tv(x)),
        "the channels are compared with each other: they are the last axis, leave them alone": np.mean(right**2)
        + np.mean(across**2),
    }
    compare(call(attempt, x), np.array(_tv(x)), mistakes, "the value")


@exercise
def my_objective(attempt: Callable) -> None:
    """Check `my_objective(x, F, P, G, A, G0, alpha, beta, gamma)`: α·L_content + β·L_style + γ·L_tv."""
    x, F, P = draw(1, 4, 6, 3), draw(1, 2, 3, 5), draw(1, 2, 3, 5, seed=1)
    G, A, G0 = ([scale * draw(c, c, seed=seed + c) for c, scale in ((4, 1), (5, 7))] for seed in (1, 2, 3))
    alpha, beta, gamma = 2.0, 30.0, 5.0
    content, tv = np.sum((F - P) ** 2) / np.sum(P**2), _tv(x)
    far = [np.sum((now - target) ** 2) for now, target in zip(G, A, strict=True)]
    way = [np.sum((photo - target) ** 2) for photo, target in zip(G0, A, strict=True)]
    style = np.mean(np.divide(far, way))

    def total(content: float = content, style: float = style, tv: float = tv) -> float:
        return alpha * content + beta * style + gamma * tv

    mistakes = {
        "α and β have changed places: α goes with the content": beta * content + alpha * style + gamma * tv,
        "the layers' r are added up: take their mean": total(style=2 * style),
        "r is divided by ‖A‖²: divide by how far the photo is, ‖G0 − A‖²": total(
            style=np.mean([f / np.sum(a**2) for f, a in zip(far, A, strict=True)])
        ),
        "r is not divided by ‖G0 − A‖²": total(style=np.mean(far)),
        "one ratio of two sums: divide layer by layer, or the largest matrix drowns the others": total(
            style=np.sum(far) / np.sum(way)
        ),
        "γ·L_tv is missing": total(tv=0.0),
        "the style is missing": total(style=0.0),
        "the content is missing": total(content=0.0),
        "only the content: the style and total variation are missing": total(style=0.0, tv=0.0),
        "the weights are missing: α, β and γ multiply the terms": content + style + tv,
        "the content loss is not divided by ‖P‖²": total(content=np.sum((F - P) ** 2)),
    }
    answer = call(attempt, x, F, P, G, A, G0, alpha, beta, gamma)
    compare(answer, np.array(total()), mistakes, "the objective")


@exercise
def balance(attempt: Callable) -> None:
    """Check `balance(content_gradient, style_gradient)`: the β at which both pull equally hard, for α = 1."""
    c, s = draw(1, 4, 6, 3) - 0.3, 20 * (draw(1, 4, 6, 3, seed=1) - 0.4)
    ratio = np.linalg.norm(c) / np.linalg.norm(s)
    mistakes = {
        "upside down: a larger style gradient needs a smaller β": 1 / ratio,
        "the squares of the norms: a root is missing": ratio**2,
        "the gradients are added up with their signs, which cancel: take norms": np.sum(c) / np.sum(s),
        "the mean absolute values: take norms, the root of the sum of squares": np.mean(np.abs(c))
        / np.mean(np.abs(s)),
        "the largest values only: take norms": np.max(np.abs(c)) / np.max(np.abs(s)),
        "one β for each number: add up the squares first": np.abs(c) / np.abs(s),
    }
    compare(call(attempt, c, s), np.array(ratio), mistakes, "β")


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


@exercise
def projected_step(attempt: Callable) -> None:
    """Check `projected_step(x, gradient, eta)`: x − η∇L, clipped to [0, 1]."""
    x, g, eta = draw(1, 4, 5, 3), 4 * (draw(1, 4, 5, 3, seed=1) - 0.5), 0.5
    moved = x - eta * g
    mistakes = {
        "not clipped: a picture has no values outside [0, 1]": moved,
        "the gradient is clipped: clip the picture": x - eta * np.clip(g, 0, 1),
        "clipped to [−1, 1]: a picture's values are in [0, 1]": np.clip(moved, -1, 1),
        "stretched to [0, 1] instead of clipped: one extreme pixel would turn the rest grey": (moved - moved.min())
        / np.ptp(moved),
        "uphill: subtract the gradient": np.clip(x + eta * g, 0, 1),
        "the learning rate is missing": np.clip(x - g, 0, 1),
    }
    compare(call(attempt, x, g, eta), np.clip(moved, 0, 1), mistakes, "the picture")


@exercise
def pyramid(attempt: Callable) -> None:
    """Check `pyramid(height, width, levels)`: [(height, width), …], the sides over 2ᵏ, coarse to fine."""
    for height, width, levels in ((181, 317, 4), (203, 306, 2)):
        _check_pyramid(attempt, height, width, levels)


def _check_pyramid(attempt: Callable, height: int, width: int, levels: int) -> None:
    def sizes(numbers: range, divide: Callable = lambda side, k: round(side / 2**k)) -> np.ndarray:
        return np.array([(divide(height, k), divide(width, k)) for k in numbers])

    def halved(side: int, k: int) -> int:
        return side if k == 0 else round(halved(side, k - 1) / 2)

    coarse_first = range(levels - 1, -1, -1)
    right = sizes(coarse_first)
    mistakes = {
        "from fine to coarse: the largest size comes last": right[::-1],
        "the full size is missing: it is the last of the levels": sizes(range(levels, 0, -1)),
        "rounded at each halving: divide the full side by 2ᵏ, then round once": sizes(coarse_first, halved),
        "rounded up: use round": sizes(coarse_first, lambda side, k: -(-side // 2**k)),
        "rounded down: use round": sizes(coarse_first, lambda side, k: side // 2**k),
        "divided by 1, 2, 3: each size is half the next": sizes(coarse_first, lambda side, k: round(side / (k + 1))),
        "(width, height): our pictures are (1, height, width, 3)": right[:, ::-1],
        "not rounded: a picture has whole pixels": sizes(coarse_first, lambda side, k: side / 2**k),
        "the pixels are halved, not the sides": sizes(coarse_first, lambda side, k: round(side / 2 ** (k / 2))),
    }
    compare(call(attempt, height, width, levels), right, mistakes, "the list")
