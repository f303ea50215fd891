"""Checkers for the exercises of lesson 4: the objective."""

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


@exercise
def tv_gradient(attempt: Callable) -> None:
    """Check `tv_gradient(x)`: ∂L_tv/∂x, of the mean squared differences."""
    x = draw(1, 4, 6, 3)
    down, right = _neighbours(x)

    def spread(down: np.ndarray, right: np.ndarray, near: float = -1.0, far: float = 1.0) -> np.ndarray:
        gradient = np.zeros_like(x)
        gradient[:, :-1] += near * down
        gradient[:, 1:] += far * down
        gradient[:, :, :-1] += near * right
        gradient[:, :, 1:] += far * right
        return gradient

    means = 2 * down / down.size, 2 * right / right.size
    answer = spread(*means)
    mistakes = {
        "each difference reaches one of its two pixels only: the other one moves it, too": spread(*means, far=0.0),
        "each difference reaches one of its two pixels only: the first one moves it, too": spread(*means, near=0.0),
        "uphill and downhill are exchanged: the whole sign is turned": -answer,
        "both pixels of a difference get the same sign: raising the first one lowers the difference": spread(
            *means, near=1.0
        ),
        "a factor of 2 is missing: the derivative of d² is 2d": answer / 2,
        "not divided by the numbers of differences: each term is a mean": spread(2 * down, 2 * right),
        "divided by the number of pixels: there are fewer differences": spread(2 * down, 2 * right) / x.size,
        "only the differences in a column: those in a row are missing": spread(means[0], 0 * means[1]),
        "only the differences in a row: those in a column are missing": spread(0 * means[0], means[1]),
    }
    compare(call(attempt, x), answer, mistakes, "the gradient")


@exercise
def pull_picture(attempt: Callable) -> None:
    """Check `pull_picture(pull)`: ½ + ½ · pull / max |pull|, so that no pull is grey."""
    for pull in (draw(1, 4, 6, 3) - 0.3, 0.01 * draw(1, 3, 3, 3, seed=1), draw(1, 3, 3, 3, seed=2) - 0.9):
        largest = np.abs(pull).max()
        right = 0.5 + 0.5 * pull / largest
        mistakes = {
            "as in the program above: a pull of 0 is not grey": (pull - pull.min()) / np.ptp(pull),
            "the mean pull is grey, and a pull of 0 is not": 0.5
            + 0.5 * (pull - pull.mean()) / np.abs(pull - pull.mean()).max(),
            "divided by the largest pull with its sign: a larger negative one leaves [0, 1]": 0.5
            + 0.5 * pull / pull.max(),
            "from 0 to 2: halve the pull": 0.5 + pull / largest,
            "from −1 to 1: a picture has values from 0 to 1": pull / largest,
            "without its sign: which way does each pixel want to go?": np.abs(pull) / largest,
            "not scaled: a small pull is hardly to be seen": 0.5 + pull,
        }
        compare(call(attempt, pull), right, mistakes, "the picture")


@exercise
def choose_beta(attempt: Callable) -> None:
    """Check `choose_beta(betas, content, style, most)`: the β with the least style whose content is at most `most`."""
    betas, content = np.array([30.0, 3.0, 0.3, 10.0, 1.2]), np.array([0.61, 0.24, 0.04, 0.41, 0.11])
    style = np.array([0.06, 0.10, 0.47, 0.05, 0.21])  # a run that has not converged: 30 is worse than 10
    for most in (0.3, 0.5, 0.8, 0.24):
        allowed = content <= most
        mistakes = {
            "the largest β allowed: here its style isn't the least, look at both": betas[allowed].max(),
            "the least style of all, whatever it costs in content": betas[style.argmin()],
            "the least content: that is nearly the photo": betas[content.argmin()],
            "returns a place in the list, not a β": np.flatnonzero(allowed)[style[allowed].argmin()],
            "returns the style, not the β": style[allowed].min(),
            "the place in the shortened list was used for the whole one": betas[style[allowed].argmin()],
            "a content of exactly `most` is allowed": betas[content < most][style[content < most].argmin()],
        }
        right = betas[allowed][style[allowed].argmin()]
        compare(call(attempt, betas, content, style, most), np.array(right), mistakes, "β")
