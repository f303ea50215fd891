"""Wrong answers to the exercises that `checks.transfer` checks."""

import numpy as np


def sizes(numbers, divide=lambda side, k: round(side / 2**k)):
    return lambda h, w, levels: [(divide(h, k), divide(w, k)) for k in numbers(levels)]


def coarse_first(levels):
    return range(levels - 1, -1, -1)


WRONG = {
    "projected_step": [
        (lambda x, g, eta: x - eta * g, "not clipped"),
        (lambda x, g, eta: x - eta * np.clip(g, 0, 1), "clip the picture"),
        (lambda x, g, eta: np.clip(x - eta * g, -1, 1), "[−1, 1]"),
        (lambda x, g, eta: (x - eta * g - (x - eta * g).min()) / np.ptp(x - eta * g), "stretched"),
        (lambda x, g, eta: np.clip(x + eta * g, 0, 1), "uphill"),
        (lambda x, g, eta: np.clip(x - g, 0, 1), "the learning rate is missing"),
    ],
    "pyramid": [
        (sizes(range), "from fine to coarse"),
        (sizes(lambda levels: range(levels, 0, -1)), "the full size is missing"),
        (sizes(coarse_first, lambda side, k: side // 2**k), "rounded down"),
        (sizes(coarse_first, lambda side, k: int(np.ceil(side / 2**k))), "rounded up"),
        (
            sizes(coarse_first, lambda side, k: side if k == 0 else round(round(side / 2) / 2 ** (k - 1))),
            "each halving",
        ),
        (lambda h, w, levels: sizes(coarse_first)(h, w, 4), "the list has the shape"),
        (sizes(coarse_first, lambda side, k: round(side / (k + 1))), "each size is half the next"),
        (lambda h, w, levels: sizes(coarse_first)(w, h, levels), "(1, height, width, 3)"),
        (sizes(coarse_first, lambda side, k: side / 2**k), "whole pixels"),
        (sizes(coarse_first, lambda side, k: round(side / 2 ** (k / 2))), "not the sides"),
    ],
}
