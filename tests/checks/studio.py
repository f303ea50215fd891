"""Wrong answers to the exercises that `checks.studio` checks."""

import numpy as np


def dial(power=lambda d, D: D * (d - 0.5), base=10, scale=lambda m: m):
    return lambda d, m, D: scale(m) * base ** power(d, D)


def recorded(x, update, steps, keep, start=()):
    """Record with a slip: `keep` takes the picture after an update, and the number of the step."""
    x, frames = x.copy(), list(start)
    for step in range(steps):
        update(x)
        frames.append(keep(x, step))
    return frames


def restarted(x, update, steps):
    frames = []
    for _ in range(steps):
        frame = x.copy()
        update(frame)
        frames.append(frame)
    return frames


def before_the_update(x, update, steps):
    x, frames = x.copy(), []
    for _ in range(steps):
        frames.append(x.copy())
        update(x)
    return frames


WRONG = {
    "my_dial": [
        (dial(power=lambda d, D: D * d), "m belongs in the middle"),
        (dial(power=lambda d, D: D * (d - 0.5) / 2), "half as many"),
        (dial(power=lambda d, D: D * (2 * d - 1)), "twice as many"),
        (lambda d, m, D: m + D * (d - 0.5), "equal steps"),
        (dial(base=np.e), "a power of e"),
        (dial(power=lambda d, D: D * (0.5 - d)), "the wrong way round"),
        (dial(scale=lambda m: 1), "m is missing"),
        (lambda d, m, D: D * (d - 0.5), "the exponent only"),
    ],
    "my_frames": [
        (lambda x, update, steps: recorded(x, update, steps, lambda y, _: y), "holds one array several times"),
        (lambda x, update, steps: [x.copy() for _ in range(steps)], "nothing was updated"),
        (before_the_update, "record after the update"),
        (restarted, "starts from the first picture"),
        (
            lambda x, update, steps: recorded(x, update, steps, lambda y, _: y.copy(), [x.copy()]),
            "the start is among the frames",
        ),
        (lambda x, update, steps: recorded(x, update, steps - 1, lambda y, _: y.copy()), "the last step is missing"),
        (lambda x, update, steps: recorded(x, update, steps, lambda y, _: y.copy())[-1], "return all of them"),
        (lambda x, update, steps: [update(x) or x.copy() for _ in range(steps)], "in place"),
    ],
    "even_terms": [
        (lambda: 0.3, "raise β"),
        (lambda: 5.5, "lower β"),
        (lambda: (1.0, 10.0), "has shape (1,), not (2,)"),
        (lambda: -1.0, "β = -1: should be above 0"),
    ],
    "smooth_print": [
        (lambda: (5.5, 10.0), "raise γ"),
        (lambda: (1.5, 100.0), "raise β, or lower γ"),
        (lambda: (30.0, 100.0), "lower β"),
        (lambda: 100.0, "should be β and γ"),
        (lambda: (5.5, 0.0), "γ = 0: should be above 0"),
    ],
    "same_picture": [
        (lambda: (5.5, 2.5), "more content is lost"),
        (lambda: (1.0, 2.5), "less content is lost"),
        (lambda: (2.0, 1.0), "the forms are not"),
        (lambda: (2.0, 30.0), "at most 8"),
        (lambda: 2.0, "should be β and the size of forms"),
    ],
}
