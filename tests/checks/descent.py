"""Wrong answers to the exercises that `checks.descent` checks."""

import numpy as np

from tests.checks import square


def descend(step):
    """Make an attempt of lesson 5: `step(x, gradient, memory, t, *constants)` gives the next x."""

    def attempt(gradient, x, *constants_and_steps):
        kept = {"v": 0.0, "m": 0.0}
        for t in range(constants_and_steps[-1]):
            x = step(x, gradient, kept, t + 1, *constants_and_steps[:-1])
        return x

    return attempt


def walk(x, gradient, kept, t, eta):
    return x - eta * gradient(x)


def with_momentum(old=lambda eta, mu: mu, new=lambda eta, mu: eta, move=lambda before, v, mu, g, eta: v):
    def step(x, gradient, kept, t, eta, mu):
        g, before = gradient(x), kept["v"]
        kept["v"] = old(eta, mu) * before - new(eta, mu) * g
        return x + move(before, kept["v"], mu, g, eta)

    return descend(step)


def with_adam(square=np.square, first=True, second=True, start=1, divide=None, swap=False, keep=False):
    divide = divide or (lambda m, v, e: m / (np.sqrt(v) + e))

    def step(x, gradient, kept, t, eta, b1, b2, e):
        b1, b2, g = (b2, b1, gradient(x)) if swap else (b1, b2, gradient(x))
        m, v = b1 * kept["m"] + (1 - b1) * g, b2 * kept["v"] + (1 - b2) * square(g)
        hats = m / (1 - b1 ** (t - 1 + start)) if first else m, v / (1 - b2 ** (t - 1 + start)) if second else v
        kept["m"], kept["v"] = hats if keep else (m, v)
        return x - eta * divide(*hats, e)

    return descend(step)


WRONG = {
    "gradient_descent": [
        (descend(lambda x, gradient, kept, t, eta: x + eta * gradient(x)), "uphill"),
        (lambda gradient, x, eta, steps: x - eta * gradient(x), "one step only"),
        (lambda *a: [descend(walk)(*a[:3], count) for count in range(a[3] + 1)], "returns all points: return"),
        (lambda *a: [descend(walk)(*a[:3], count + 1) for count in range(a[3])], "and not the start"),
        (lambda gradient, x, *a: descend(lambda y, *_: x - a[0] * gradient(y))(gradient, x, *a), "from the first x"),
        (lambda gradient, x, eta, steps: x - steps * eta * gradient(x), "taken once, at the start"),
        (lambda gradient, x, eta, steps: descend(walk)(gradient, x, eta, steps - 1), "one step too few"),
        (lambda gradient, x, eta, steps: descend(walk)(gradient, x, eta, steps + 1), "one step too many"),
        (descend(lambda x, gradient, kept, t, eta: x - gradient(x)), "the learning rate is missing"),
        (
            descend(lambda x, gradient, kept, t, eta: x - eta * gradient(x) / square(gradient(x)) ** 0.5),
            "divided by its norm",
        ),
        (lambda gradient, *rest: gradient(descend(walk)(gradient, *rest)), "returns the last gradient"),
    ],
    "momentum": [
        (with_momentum(old=lambda eta, mu: 0), "plain gradient descent"),
        (with_momentum(move=lambda before, v, mu, g, eta: before), "by the old v"),
        (with_momentum(new=lambda eta, mu: eta * (1 - mu)), "weighted by 1 − μ"),
        (with_momentum(new=lambda eta, mu: -eta), "uphill"),
        (with_momentum(old=lambda eta, mu: 1), "not damped"),
        (with_momentum(old=lambda eta, mu: eta, new=lambda eta, mu: mu), "have changed places"),
        (with_momentum(move=lambda before, v, mu, g, eta: mu * v - eta * g), "Nesterov"),
    ],
    "adam": [
        (with_adam(first=False, second=False), "the bias corrections are missing"),
        (with_adam(second=False), "v is not corrected"),
        (with_adam(first=False), "m is not corrected"),
        (with_adam(keep=True), "are kept for the next step"),
        (with_adam(divide=lambda m, v, e: m / (v + e)), "the root of v is missing"),
        (with_adam(divide=lambda m, v, e: m / (v + e) ** 0.5), "inside the root"),
        (with_adam(divide=lambda m, v, e: m / v**0.5), "ε is missing"),
        (with_adam(square=np.abs), "square it"),
        (with_adam(divide=lambda m, v, e: -m / (np.sqrt(v) + e)), "uphill"),
        (with_adam(swap=True), "have changed places"),
        (with_adam(start=0), "division by zero"),
    ],
}
