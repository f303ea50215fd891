"""Checkers for the exercises of lesson 6: the whole program."""

from collections.abc import Callable

import numpy as np

from .verdict import call, compare, draw, exercise


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
