"""Wrong answers to the exercises that `checks.objective` checks."""

import numpy as np

from tests.checks import square


def tv(x):
    return square(np.diff(x, axis=1)) / np.diff(x, axis=1).size + square(np.diff(x, axis=2)) / np.diff(x, axis=2).size


def far(G, A, G0):
    return [square(g - a) / square(g0 - a) for g, a, g0 in zip(G, A, G0, strict=True)]


def objective(style=far, weigh=lambda c, s, t, a, b, g: a * c + b * s + g * t, content=None):
    def attempt(x, F, P, G, A, G0, alpha, beta, gamma):
        c = square(F - P) / (square(P) if content is None else content)
        return weigh(c, np.mean(style(G, A, G0)), tv(x), alpha, beta, gamma)

    return attempt


def tv_slope(near=-1, far=1, sign=1, factor=2, mean=lambda d, x: d.size, axes=(1, 2)):
    """Make an attempt at the gradient of total variation, with a slip in it."""

    def attempt(x):
        gradient = np.zeros_like(x)
        for axis in axes:
            d = np.diff(x, axis=axis)
            d = sign * factor * d / mean(d, x)
            first, last = np.zeros_like(x[:, :1] if axis == 1 else x[:, :, :1]), d
            gradient += near * np.concatenate([last, first], axis) + far * np.concatenate([first, last], axis)
        return gradient

    return attempt


WRONG = {
    "my_total_variation": [
        (lambda x: square(np.diff(x, axis=1)) + square(np.diff(x, axis=2)), "the sum of the squares"),
        (lambda x: np.abs(np.diff(x, axis=1)).mean() + np.abs(np.diff(x, axis=2)).mean(), "absolute differences"),
        (lambda x: np.diff(x, axis=1).mean() + np.diff(x, axis=2).mean(), "up and down cancel"),
        (lambda x: (np.diff(x, axis=1) ** 2).mean(), "those in a row are missing"),
        (lambda x: (np.diff(x, axis=2) ** 2).mean(), "those in a column are missing"),
        (lambda x: sum(((np.roll(x, -1, a) - x) ** 2).mean() for a in (1, 2)), "np.roll goes round"),
        (lambda x: tv(x) / 2, "add them"),
        (lambda x: (square(np.diff(x, axis=1)) + square(np.diff(x, axis=2))) / x.size, "divided by all pixels"),
        (lambda x: ((x[1:] - x[:-1]) ** 2).mean() + ((x[:, 1:] - x[:, :-1]) ** 2).mean(), "axis 0"),
        (lambda x: tv(x) ** 0.5, "a square root too many"),
        (lambda x: (np.diff(x, axis=2) ** 2).mean() + (np.diff(x, axis=3) ** 2).mean(), "the last axis"),
    ],
    "my_objective": [
        (objective(weigh=lambda c, s, t, a, b, g: b * c + a * s + g * t), "have changed places"),
        (objective(style=lambda *grams: np.sum(far(*grams))), "take their mean"),
        (
            objective(style=lambda G, A, G0: [square(g - a) / square(a) for g, a in zip(G, A, strict=True)]),
            "divided by ‖A‖²: divide by how far",
        ),
        (
            objective(style=lambda G, A, G0: [square(g - a) for g, a in zip(G, A, strict=True)]),
            "not divided by ‖G0 − A‖²",
        ),
        (
            objective(
                style=lambda G, A, G0: (
                    sum(square(g - a) for g, a in zip(G, A, strict=True))
                    / sum(square(g - a) for g, a in zip(G0, A, strict=True))
                )
            ),
            "one ratio of two sums",
        ),
        (objective(weigh=lambda c, s, t, a, b, g: a * c + b * s), "γ·L_tv is missing"),
        (objective(weigh=lambda c, s, t, a, b, g: a * c + g * t), "the style is missing"),
        (objective(weigh=lambda c, s, t, a, b, g: b * s + g * t), "the content is missing"),
        (objective(weigh=lambda c, s, t, a, b, g: a * c), "only the content"),
        (objective(weigh=lambda c, s, t, a, b, g: c + s + t), "the weights are missing"),
        (objective(content=1.0), "not divided by ‖P‖²"),
    ],
    "balance": [
        (lambda c, s: np.linalg.norm(s) / np.linalg.norm(c), "upside down"),
        (lambda c, s: square(c) / square(s), "a root is missing"),
        (lambda c, s: c.sum() / s.sum(), "with their signs"),
        (lambda c, s: np.abs(c).sum() / np.abs(s).sum(), "absolute values"),
        (lambda c, s: np.abs(c).max() / np.abs(s).max(), "the largest values only"),
        (lambda c, s: np.abs(c / s), "one β for each number"),
    ],
    "tv_gradient": [
        (tv_slope(far=0), "the other one moves it"),
        (tv_slope(near=0), "the first one moves it"),
        (tv_slope(sign=-1), "the whole sign is turned"),
        (tv_slope(near=1), "the same sign"),
        (tv_slope(factor=1), "a factor of 2"),
        (tv_slope(mean=lambda d, x: 1), "not divided"),
        (tv_slope(mean=lambda d, x: x.size), "the number of pixels"),
        (tv_slope(axes=(1,)), "in a column: those in a row"),
        (tv_slope(axes=(2,)), "in a row: those in a column"),
    ],
    "pull_picture": [
        (lambda p: (p - p.min()) / np.ptp(p), "as in the program above"),
        (lambda p: 0.5 + 0.5 * (p - p.mean()) / np.abs(p - p.mean()).max(), "the mean pull is grey"),
        (lambda p: 0.5 + 0.5 * p / p.max(), "with its sign"),
        (lambda p: 0.5 + p / np.abs(p).max(), "from 0 to 2"),
        (lambda p: p / np.abs(p).max(), "from −1 to 1"),
        (lambda p: np.abs(p) / np.abs(p).max(), "without its sign"),
        (lambda p: p + 0.5, "not scaled"),
    ],
    "choose_beta": [
        (lambda b, c, s, most: b[c <= most].max(), "the largest β allowed"),
        (lambda b, c, s, most: b[s.argmin()], "the least style of all"),
        (lambda b, c, s, most: b[c.argmin()], "the least content"),
        (lambda b, c, s, most: int(np.flatnonzero(c <= most)[s[c <= most].argmin()]), "a place in the list"),
        (lambda b, c, s, most: s[c <= most].min(), "returns the style"),
        (lambda b, c, s, most: b[s[c <= most].argmin()], "the shortened list"),
        (lambda b, c, s, most: b[c < most][s[c < most].argmin()], "is allowed"),
    ],
}
