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


def keep_best(better, start=lambda x: x, last=0, first=0):
    """Make an attempt that keeps the point for which `better(its loss, the best's, the loss before, the start's)`."""

    def attempt(loss, move, x, steps):
        began, best, kept = loss(x), loss(x), start(x)
        for k in range(steps + last):
            before, x = loss(x), x + move(x)
            if (k == 0 and first) or better(loss(x), best, before, began):
                best, kept = loss(x), x
        return kept

    return attempt


def walked(x, move, steps):
    return [x, *(x := x + move(x) for _ in range(steps))]


def first_rise(loss, move, x, steps):
    for _ in range(steps):
        if loss(x + move(x)) > loss(x):
            break
        x = x + move(x)
    return x


def aliased(loss, move, x, steps):
    x = x.copy()
    best = x
    for _ in range(steps):
        x += move(x)
        if loss(x) < loss(best):
            best = x
    return best


def rate(eta=lambda a, b: 2 / (a + b), steps=np.ceil, left=lambda a, b: (b - a) / (b + a)):
    def attempt(a, b, shrink):
        return eta(a, b), steps(np.log(shrink) / -np.log(left(a, b)))

    return attempt


def backtrack(bound=lambda L, c, e, g: L - c * e * square(g), after=lambda e, rho: e, start=lambda e, rho: e, sign=-1):
    def attempt(loss, x, gradient, eta, c, rho):
        eta, L = start(eta, rho), loss(x)
        while loss(x + sign * eta * gradient) > bound(L, c, eta, gradient):
            eta = rho * eta
        return after(eta, rho)

    return attempt


def armijo(*arguments):
    return backtrack()(*arguments)


def moving(loss, x, gradient, eta, c, rho):
    L = loss(x)
    while loss(x - eta * gradient) > L - c * eta * square(gradient):
        x = x - eta * gradient
        eta = rho * eta
    return eta


def touching(loss, x, gradient, eta, c, rho):
    while loss(x - eta * gradient) >= loss(x) - c * eta * square(gradient):
        eta = rho * eta
    return eta


def moved_first(gradient, x, eta, mu, steps):
    v = np.zeros_like(x)
    for _ in range(steps):
        x = x + v
        v = mu * v - eta * gradient(x)
    return x


def talkative(*_):
    raise ValueError("0123456789\n" * 1000)


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
        (lambda *_: None, "is the `return` missing?"),
        (talkative, "stops with ValueError: 0123456789"),
    ],
    "momentum": [
        (with_momentum(old=lambda eta, mu: 0), "plain gradient descent"),
        (with_momentum(move=lambda before, v, mu, g, eta: before), "by the old v: change v first"),
        (with_momentum(new=lambda eta, mu: eta * (1 - mu)), "weighted by 1 − μ"),
        (with_momentum(new=lambda eta, mu: -eta), "uphill"),
        (with_momentum(old=lambda eta, mu: 1), "not damped"),
        (with_momentum(old=lambda eta, mu: eta, new=lambda eta, mu: mu), "have changed places"),
        (with_momentum(move=lambda before, v, mu, g, eta: mu * v - eta * g), "Nesterov"),
        (moved_first, "by the old v: first v, then x"),
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
        (with_adam(start=0), "does t start at 1?"),
        (lambda *a: with_adam()(*a[:-1], a[-1] - 1), "one step too few"),
    ],
    "kept_best": [
        (aliased, "one array two names"),
        (keep_best(lambda now, best, before, began: now < began), "with the start's loss"),
        (keep_best(lambda now, best, before, began: now < before), "with the step before"),
        (first_rise, "stops as soon as the loss rises"),
        (keep_best(lambda now, best, *_: now < best, last=-1), "one step too few"),
        (lambda loss, move, x, steps: x, "returns the start"),
        (keep_best(lambda now, best, *_: now > best), "the highest loss"),
        (keep_best(lambda now, best, *_: now < best, first=1), "the start counts, too"),
        (lambda loss, move, x, n: min(map(loss, walked(x, move, n))), "returns the lowest loss"),
        (lambda loss, move, x, n: list(map(loss, walked(x, move, n))), "returns the losses"),
    ],
    "fastest_rate": [
        (rate(lambda a, b: 2 / b), "η is 2/b"),
        (rate(lambda a, b: 1 / b), "η is 1/b"),
        (rate(lambda a, b: 1 / a), "η is 1/a:"),
        (rate(lambda a, b: 1 / (a + b)), "η is 1/(a + b)"),
        (rate(lambda a, b: (1 / a + 1 / b) / 2), "the middle of 1/a and 1/b"),
        (rate(lambda a, b: 2 / (b - a)), "η is 2/(b − a)"),
        (rate(lambda a, b: (a * b) ** -0.5), "1/√(ab)"),
        (rate(steps=float), "not a whole number"),
        (rate(steps=np.floor), "rounded down"),
        (rate(steps=lambda n: np.ceil(n) + 1), "one step too many"),
        (rate(left=lambda a, b: 1 - a / b), "as if η were 1/b"),
        (lambda a, b, shrink: (2 / (a + b), np.ceil(b / a)), "b/a steps"),
        (rate(steps=lambda n: np.ceil(n / 2)), "the number of steps for the loss"),
        (rate(steps=lambda n: np.ceil(-n)), "a logarithm of a number below 1"),
        (lambda a, b, shrink: 2 / (a + b), "η alone"),
        (lambda *a: rate()(*a)[::-1], "the two are swapped"),
        (rate(steps=lambda n: int(n) + 1), "where the quotient is a whole number"),
    ],
    "armijo": [
        (lambda loss, x, gradient, eta, c, rho: eta, "as it came"),
        (backtrack(lambda L, c, e, g: L - 1e-12), "any lower loss"),
        (backtrack(lambda L, c, e, g: L - c * e * square(g) ** 0.5), "not squared"),
        (backtrack(lambda L, c, e, g: L + c * e * square(g)), "the loss may even rise"),
        (backtrack(lambda L, c, e, g: L - c * square(g)), "η is missing"),
        (backtrack(after=lambda e, rho: rho * e), "shrunk once more"),
        (backtrack(start=lambda e, rho: rho * e), "the first η is never tried"),
        (lambda loss, x, g, *rest: x - armijo(loss, x, g, *rest) * g, "returns the new x"),
        (lambda loss, x, g, *rest: loss(x - armijo(loss, x, g, *rest) * g), "returns the loss"),
        (backtrack(sign=1), "uphill"),
        (moving, "500 trials"),
        (touching, "equal is good enough"),
    ],
}
