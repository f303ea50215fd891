"""Wrong answers to the exercises that `checks.reading` checks."""

import numpy as np

from tests.checks import flat, square


def towards(target=lambda features, photo, x: features(photo), sign=-1, again=False, first=None):
    """Make an attempt of lesson 10: a descent towards what the photo shows, with a slip in it."""

    def attempt(features, pull, photo, x, eta, steps):
        P = target(features, photo, x)
        for _ in range(steps):
            P = target(features, photo, x) if again else P
            x = x + sign * eta * pull(x, P)
        return x

    return attempt


WRONG = {
    "mended_descent": [
        (towards(lambda features, photo, x: features(x), again=True), "as in the program above"),
        (towards(lambda features, photo, x: photo), "compare what it shows, its features"),
        (towards(sign=1), "away from the photo"),
        (lambda f, pull, photo, x, eta, steps: towards()(f, pull, photo, x, eta, 1), "one step only"),
        (lambda f, pull, photo, x, eta, steps: towards()(f, pull, photo, x, eta, steps - 1), "one step too few"),
        (lambda f, pull, photo, x, eta, steps: towards()(f, pull, photo, x, 1, steps), "the learning rate is missing"),
        (lambda f, pull, photo, x, eta, steps: towards()(f, pull, photo, photo, eta, steps), "starts from x"),
        (lambda f, *rest: f(towards()(f, *rest)), "returns the features"),
        (lambda f, pull, photo, x, eta, steps: x - steps * eta * pull(x, f(photo)), "taken once, at the start"),
    ],
    "mended_gram": [
        (lambda F: F.reshape(5, -1) @ F.reshape(5, -1).T / 12, "the program above: shuffle"),
        (lambda F: F.reshape(5, -1) @ F.reshape(5, -1).T, "look at what a row holds"),
        (lambda F: flat(F).T @ flat(F) / flat(F).shape[1], "divided by the number of channels"),
        (lambda F: flat(F).T @ flat(F), "not divided by the number of places"),
        (lambda F: flat(F).T @ flat(F) / F.size, "divided by h·w·C"),
        (lambda F: flat(F) @ flat(F).T / len(flat(F)), "the wrong way round"),
        (lambda F: flat(F) @ flat(F).T / flat(F).shape[1], "and the places are not"),
    ],
    "mended_step": [
        (lambda p, k, slopes, eta: (p, k - eta * slopes(p, k)[1]), "the program above"),
        (lambda p, k, slopes, eta: (p - eta * slopes(p, k)[0], k - eta * slopes(p, k)[1]), "both move"),
        (lambda p, k, slopes, eta: (p - eta * slopes(p, k)[1], k), "along the other's slope"),
        (lambda p, k, slopes, eta: (p + eta * slopes(p, k)[0], k), "uphill"),
        (lambda p, k, slopes, eta: (p - slopes(p, k)[0], k), "the learning rate is missing"),
        (lambda p, k, slopes, eta: (p, k), "nothing moves"),
        (lambda p, k, slopes, eta: (k, p - eta * slopes(p, k)[0]), "return the picture first"),
        (lambda p, k, slopes, eta: p - eta * slopes(p, k)[0], "returns one of the two"),
    ],
    "mended_style_loss": [
        (lambda G, A: (G - A).mean() ** 2, "the program above"),
        (lambda G, A: square(G - A), "the sum of the squares"),
        (lambda G, A: (G - A).mean(), "not squared"),
        (lambda G, A: np.abs(G - A).mean(), "absolute"),
        (lambda G, A: (G**2).mean() - (A**2).mean(), "before they are compared"),
        (lambda G, A: ((G**2 - A**2) ** 2).mean(), "square it once"),
        (lambda G, A: ((G - G.mean()) ** 2).mean(), "the painting is not used"),
        (lambda G, A: (np.diag(G - A) ** 2).mean(), "only the diagonal"),
        (lambda G, A: ((G - A) ** 2).mean() ** 0.5, "a square root too many"),
        (lambda G, A: square(G - A) / square(A), "lesson 3's distance"),
        (lambda G, A: (G - A) ** 2, "one number for each pair"),
    ],
    "steps_needed": [
        (lambda levels, eta: int(levels / eta), "the program above: from black"),
        (lambda levels, eta: int(levels / 255 / eta), "rounded down"),
        (lambda levels, eta: round(levels / 255 / eta), "rounded to the nearest"),
        (lambda levels, eta: levels / 255 / eta, "not a whole number"),
        (lambda levels, eta: np.ceil(levels * 255 / eta), "multiplied by 255"),
        (lambda levels, eta: np.ceil(levels / 255 * eta), "multiplied by η"),
        (lambda levels, eta: 255 * eta / levels, "upside down"),
        (lambda levels, eta: int(levels / 255 / eta) + 2, "one step too many"),
        (lambda levels, eta: np.ceil((255 - levels) / 255 / eta), "the levels that are left"),
    ],
}
