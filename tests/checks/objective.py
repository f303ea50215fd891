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
}
