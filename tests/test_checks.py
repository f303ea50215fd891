"""Every exercise: its stub is unwritten, its solution correct, and each usual mistake named in its own words."""

import json
import re
from pathlib import Path

import numpy as np
import pytest

from course_utils import checks

ROOT = Path(__file__).resolve().parents[1]
MEAN = np.array([103.939, 116.779, 123.68])
WEIGHTS = np.array([0.2126, 0.7152, 0.0722])
EXERCISES = {name: getattr(checks, name) for name in dir(checks) if hasattr(getattr(checks, name), "checker")}


def slide(x, k, reduce=np.sum, places=1):
    rows, columns = x.shape[0] - k.shape[0] + places, x.shape[1] - k.shape[1] + places
    return [[reduce(k * x[i : i + k.shape[0], j : j + k.shape[1]]) for j in range(columns)] for i in range(rows)]


def field(layers, r=1, j=1, late=False, add=-1, strides=True):
    for k, s in layers:
        r += (k + add) * (j * s if late else j)
        j *= s if strides else 1
    return r


def flat(F):
    return F.reshape(-1, F.shape[-1])


def gram(F):
    return flat(F).T @ flat(F) / len(flat(F))


def square(x):
    return (x**2).sum()


def tv(x):
    return square(np.diff(x, axis=1)) / np.diff(x, axis=1).size + square(np.diff(x, axis=2)) / np.diff(x, axis=2).size


def far(G, A, G0):
    return [square(g - a) / square(g0 - a) for g, a, g0 in zip(G, A, G0, strict=True)]


def objective(style=far, weigh=lambda c, s, t, a, b, g: a * c + b * s + g * t, content=None):
    def attempt(x, F, P, G, A, G0, alpha, beta, gamma):
        c = square(F - P) / (square(P) if content is None else content)
        return weigh(c, np.mean(style(G, A, G0)), tv(x), alpha, beta, gamma)

    return attempt


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


def sizes(numbers, divide=lambda side, k: round(side / 2**k)):
    return lambda h, w, levels: [(divide(h, k), divide(w, k)) for k in numbers(levels)]


def coarse_first(levels):
    return range(levels - 1, -1, -1)


def own(photo):
    return (photo @ WEIGHTS)[..., None]


def matched(
    A=lambda c, s: c @ np.linalg.inv(s), transpose=True, plus=lambda c, s: c, minus=True, root=np.linalg.cholesky
):
    """Make an attempt of lesson 9: p ← A(p − μ_s) + μ_c, with a slip in it."""

    def attempt(style, photo):
        (m_s, c_s), (m_c, c_c) = (
            (x.reshape(-1, 3).mean(0), np.cov(x.reshape(-1, 3).T, bias=True)) for x in (style, photo)
        )
        B = A(root(c_c), root(c_s))
        return (style - (m_s if minus else 0)) @ (B.T if transpose else B) + plus(m_c, m_s)

    return attempt


def guided(product=lambda f, w: (w * f).T @ f, divide=lambda f, w: w.sum()):
    def attempt(F, m):
        f, w = F.reshape(-1, F.shape[-1]), m.reshape(-1, 1)
        return product(f, w) / divide(f, w)

    return attempt


def towards(target=lambda features, photo, x: features(photo), sign=-1, again=False, first=None):
    """Make an attempt of lesson 10: a descent towards what the photo shows, with a slip in it."""

    def attempt(features, pull, photo, x, eta, steps):
        P = target(features, photo, x)
        for _ in range(steps):
            P = target(features, photo, x) if again else P
            x = x + sign * eta * pull(x, P)
        return x

    return attempt


def entropy(share=lambda G: np.abs(G) / np.abs(G).sum(), log=np.log, most=lambda G: np.log(G.size), sign=-1):
    def attempt(G):
        p = share(G)
        return sign * np.sum(p[p > 0] * log(p[p > 0])) / most(G)

    return attempt


def softmax(axis=None, power=lambda F, T: F / T):
    def attempt(F, T):
        e = np.exp(power(F, T) - power(F, T).max(axis, keepdims=True))
        return e / e.sum(axis, keepdims=True)

    return attempt


# {exercise: [(wrong answer, part of its message)]}
WRONG = {
    "preprocess": [
        (lambda x: x * 255 - MEAN, "VGG wants BGR"),
        (lambda x: x[..., ::-1] - MEAN, "multiply by 255 first"),
        (lambda x: x[..., ::-1] * 255, "the mean is not subtracted"),
        (lambda x: x[..., ::-1] * 255 + MEAN, "subtract it"),
        (lambda x: x[..., ::-1] * 255 - MEAN[::-1], "belongs to blue"),
        (lambda x: x[:, :, ::-1] * 255 - MEAN, "the last axis"),
        (lambda x: x[..., ::-1], "nothing but the channels' order"),
        (lambda x: (x[..., ::-1] - MEAN) * 255, "before multiplying by 255"),
    ],
    "deprocess": [
        (lambda y: ((y + MEAN) / 255)[..., ::-1], "not clipped"),
        (lambda y: np.clip((y + MEAN) / 255, 0, 1), "still in BGR's order"),
        (lambda y: np.clip((y + MEAN)[..., ::-1], 0, 255), "divide by 255"),
        (lambda y: np.clip(y[..., ::-1] / 255, 0, 1), "the mean is not added"),
        (lambda y: np.clip((y[..., ::-1] + MEAN) / 255, 0, 1), "before the channels are turned"),
        (lambda y: np.clip((y / 255 + MEAN)[..., ::-1], 0, 1), "undo the last thing first"),
    ],
    "luminance": [
        (lambda x: x.mean(-1, keepdims=True), "all channels count alike"),
        (lambda x: (x * WEIGHTS[::-1]).sum(-1, keepdims=True), "in BGR's order"),
        (lambda x: x @ WEIGHTS, "the channel axis is lost"),
        (lambda x: x * WEIGHTS, "weighted but not added"),
        (lambda x: (x * WEIGHTS).sum(1, keepdims=True), "wrong axis"),
        (lambda x: (x * WEIGHTS).mean(-1, keepdims=True), "divided by 3"),
    ],
    "convolve": [
        (lambda x, k: slide(x, k[::-1, ::-1]), "flipped"),
        (lambda x, k: slide(x, k, places=0), "the last row and column"),
        (lambda x, k: slide(x, k, np.mean), "averaged"),
        (lambda x, k: slide(x, k, np.max), "the largest product"),
        (lambda x, k: slide(x, np.ones_like(k)), "without the filter's weights"),
        (lambda x, k: slide(np.pad(x, ((1, 1), (1, 0))), k), "padded"),
    ],
    "receptive_field": [
        (lambda layers: field(layers, late=True), "before the field is widened"),
        (lambda layers: field(layers, strides=False), "the strides are ignored"),
        (lambda layers: field(layers, r=0), "starts from 0"),
        (lambda layers: field(layers, add=0), "it adds k − 1"),
        (lambda layers: np.prod([s for _, s in layers]), "returns the jump"),
    ],
    "content_loss": [
        (lambda F, P: ((F - P) ** 2).sum() / (F**2).sum(), "divided by the size of F"),
        (lambda F, P: ((F - P) ** 2).sum(), "not divided by"),
        (lambda F, P: 0.5 * ((F - P) ** 2).sum(), "eq. 1"),
        (lambda F, P: ((F - P) ** 2).mean(), "the mean of the squares"),
        (lambda F, P: np.abs(F - P).sum() / np.abs(P).sum(), "absolute"),
        (lambda F, P: np.linalg.norm(F - P) / np.linalg.norm(P), "a square root too many"),
        (lambda F, P: (F - P) ** 2 / (P**2).sum(), "one number for each feature"),
    ],
    "my_gram_matrix": [
        (lambda F: flat(F) @ flat(F).T / len(flat(F)), "the factors are the wrong way round"),
        (lambda F: flat(F) @ flat(F).T, "and not divided by h·w"),
        (lambda F: flat(F).T @ flat(F), "a larger picture"),
        (lambda F: flat(F).T @ flat(F) / F.shape[-1], "divided by the number of channels"),
        (lambda F: flat(F).T @ flat(F) / F.size, "another convention"),
        (lambda F: np.cov(flat(F).T, bias=True), "a covariance matrix"),
        (lambda F: np.diag((flat(F) ** 2).mean(0)), "only the diagonal"),
        (lambda F: F.reshape(5, -1) @ F.reshape(5, -1).T / 12, "the channels are mixed up"),
    ],
    "my_style_distance": [
        (lambda F, S: square(gram(F) - gram(S)) / square(gram(F)), "the painting's A is the measure"),
        (lambda F, S: square(gram(F) - gram(S)), "not divided by ‖A‖²"),
        (lambda F, S: ((gram(F) - gram(S)) ** 2).mean(), "the mean of the squares"),
        (
            lambda F, S: square(flat(F).T @ flat(F) - flat(S).T @ flat(S)) / square(flat(S).T @ flat(S)),
            "not divided by their numbers of places",
        ),
        (lambda F, S: np.sqrt(square(gram(F) - gram(S)) / square(gram(S))), "a square root too many"),
        (lambda F, S: square(gram(F) - gram(F).mean()) / square(gram(S)), "the painting is not used"),
        (lambda F, S: square(np.diag(gram(F) - gram(S))) / square(np.diag(gram(S))), "only the diagonals"),
    ],
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
    "projected_step": [
        (lambda x, g, eta: x - eta * g, "not clipped"),
        (lambda x, g, eta: x - eta * np.clip(g, 0, 1), "clip the picture"),
        (lambda x, g, eta: np.clip(x - eta * g, -1, 1), "[−1, 1]"),
        (lambda x, g, eta: (x - eta * g - (x - eta * g).min()) / np.ptp(x - eta * g), "stretched"),
        (lambda x, g, eta: np.clip(x + eta * g, 0, 1), "uphill"),
        (lambda x, g, eta: np.clip(x - g, 0, 1), "the learning rate is missing"),
    ],
    "my_recolor": [
        (lambda Y, photo: Y + photo, "is still in it"),
        (lambda Y, photo: np.repeat(Y, 3, -1), "this is a grey picture"),
        (lambda Y, photo: photo - own(photo), "add Y"),
        (lambda Y, photo: photo, "Y has no part"),
        (lambda Y, photo: Y - photo + own(photo), "turned round"),
        (lambda Y, photo: photo * Y / own(photo), "multiplied by"),
        (lambda Y, photo: Y + photo - photo.mean(-1, keepdims=True), "is not the luminance"),
        (lambda Y, photo: photo + own(photo) - Y, "the other way round"),
    ],
    "my_match_color": [
        (lambda style, photo: photo, "the photo's shape"),
        (lambda style, photo: style.reshape(-1, 3), "has the shape"),
        (lambda style, photo: style, "unchanged"),
        (lambda style, photo: style - style.mean((0, 1, 2)) + photo.mean((0, 1, 2)), "only the mean is moved"),
        (matched(plus=lambda c, s: 0), "the mean is 0"),
        (matched(plus=lambda c, s: s), "the mean is the painting's"),
        (matched(minus=False), "subtract the painting's mean"),
        (matched(A=lambda c, s: np.linalg.inv(s)), "whitened and no more"),
        (matched(transpose=False), "A is transposed"),
        (matched(A=lambda c, s: np.linalg.inv(s) @ c), "the wrong way round"),
        (matched(A=lambda c, s: c @ s), "L_s is not inverted"),
        (matched(A=lambda c, s: s @ np.linalg.inv(c)), "turn it round"),
        (matched(root=lambda c: np.diag(np.diag(c) ** 0.5)), "use the whole covariance"),
        (matched(A=lambda c, s: c), "the covariance is not the photo's"),
    ],
    "my_guided_gram": [
        (guided(lambda f, w: f.T @ f, lambda f, w: len(f)), "no effect"),
        (guided(divide=lambda f, w: 1), "not divided"),
        (guided(divide=lambda f, w: len(f)), "divided by all places"),
        (guided(lambda f, w: (w * f).T @ (w * f)), "counts a quarter"),
        (guided(lambda f, w: (w * f).T @ (w * f), lambda f, w: (w**2).sum()), "counts squared"),
        (guided(lambda f, w: f @ (w * f).T), "the wrong way round"),
        (guided(lambda f, w: (w**0.5 * f).T @ f), "the root of the mask"),
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
    "gram_entropy": [
        (entropy(most=lambda G: 1), "not divided by ln n"),
        (entropy(log=np.log2, most=lambda G: 1), "in bits"),
        (entropy(most=lambda G: np.log(len(G))), "n = C² entries"),
        (entropy(log=np.log2), "the same logarithm twice"),
        (entropy(sign=1), "a minus is missing"),
        (entropy(lambda G: G**2 / square(G)), "the entries are squared"),
        (lambda G: entropy()(np.diag(G)), "only the diagonal"),
        (lambda G: entropy()(np.linalg.eigvalsh(G)), "of the eigenvalues"),
        (entropy(lambda G: np.abs(G) / np.abs(G).max()), "divided by the largest entry"),
        (entropy(most=lambda G: G.size), "divided by n"),
        (entropy(np.abs), "divide by the sum of |G| first"),
        (lambda G: entropy()(G) / G.size, "the average"),
        (lambda G: 1 - entropy()(G), "upside down"),
        (lambda G: -np.sum(np.abs(G) / np.abs(G).sum() * np.log(np.abs(G) / np.abs(G).sum())) / np.log(9), "0 · ln 0"),
        (lambda G: entropy()(np.where(G == 0, 1e-30, G)) if G.min() >= 0 else np.nan, "has no logarithm"),
        (lambda G: entropy(most=lambda _: np.log(G.size))(np.maximum(G, 0)), "negative entries are left out"),
    ],
    "softmax_features": [
        (softmax(-1), "over the channels only"),
        (softmax((0, 1, 2)), "for each channel by itself"),
        (softmax(1), "over one axis"),
        (softmax(0), "over the batch"),
        (softmax(power=lambda F, T: F), "the temperature is not used"),
        (softmax(power=lambda F, T: F * T), "multiplied by T"),
        (lambda F, T: softmax()(F, 1) / T, "the powers are divided by T"),
        (softmax(power=lambda F, T: -F / T), "the sign is turned"),
        (lambda F, T: np.exp(F / T), "not divided by the sum"),
        (lambda F, T: np.exp((F - F.max()) / T), "the largest entry is 1"),
        (lambda F, T: F / F.sum(), "without the exponential"),
        (lambda F, T: np.log(softmax()(F, T)), "the logarithm"),
        (lambda F, T: softmax()(F, T).ravel(), "flattened"),
        (lambda F, T: np.exp(F / T) / np.exp(F / T).sum(), "subtract the largest before"),
    ],
}


def cells(path):
    return ["".join(c["source"]) for c in json.loads(path.read_text("utf-8"))["cells"] if c["cell_type"] == "code"]


def exercise_cells(folder):
    """Collect {exercise: code of its cell} from the notebooks of a folder; a lesson's set-up goes before each."""
    found = {}
    for path in sorted(folder.glob("*.ipynb")):
        code = cells(path)
        for cell in code:
            if match := re.search(r"^checks\.(\w+)\(", cell, re.M):
                found[match[1]] = f"{code[0]}\n{cell}"
    return found


LESSONS, SOLUTIONS = exercise_cells(ROOT / "notebooks"), exercise_cells(ROOT / "notebooks" / "solutions")


def test_every_exercise_has_a_lesson_a_solution_and_wrong_answers():
    assert EXERCISES.keys() == LESSONS.keys() == SOLUTIONS.keys() == WRONG.keys()


@pytest.mark.parametrize("name", EXERCISES)
def test_the_stub_is_not_written_yet(name, capsys):
    exec(LESSONS[name], {})
    assert capsys.readouterr().out == f"{name}: not written yet\n"


@pytest.mark.parametrize("name", EXERCISES)
def test_the_solution_is_correct(name, capsys):
    exec(SOLUTIONS[name], {})
    assert capsys.readouterr().out == f"{name}: correct\n"


@pytest.mark.filterwarnings("ignore::RuntimeWarning")  # a wrong answer may divide by zero
@pytest.mark.parametrize("name", EXERCISES)
def test_wrong_answers_are_each_refused_in_words_of_their_own(name):
    assert len(WRONG[name]) >= 4
    verdicts = [checks.judge(EXERCISES[name].checker, attempt) for attempt, _ in WRONG[name]]
    for verdict, (_, message) in zip(verdicts, WRONG[name], strict=True):
        assert message in verdict
    assert len(set(verdicts)) == len(verdicts)


@pytest.mark.parametrize("name", EXERCISES)
@pytest.mark.parametrize(
    ("attempt", "message"),
    [
        (lambda *_: 1 / 0, "stops with ZeroDivisionError: division by zero"),
        (lambda *_: "text", "returns str, not numbers"),
        (lambda *_: np.zeros((1, 2, 3, 4, 5, 6, 7)), "not (1, 2, 3, 4, 5, 6, 7)"),
    ],
    ids=["raises", "text", "shape"],
)
def test_nonsense_is_refused_in_words_and_raises_nothing(name, attempt, message):
    assert message in checks.judge(EXERCISES[name].checker, attempt)


def test_nan_and_plain_wrong_values_are_told():
    assert "NaN" in checks.judge(EXERCISES["luminance"].checker, lambda x: x[..., :1] * np.nan)
    assert "should be" in checks.judge(EXERCISES["luminance"].checker, lambda x: x[..., :1] * 0.3)


def test_answers_in_tensors_are_taken():
    from course_utils.device import tf

    def attempt(gradient, x, eta, steps):
        x = tf.constant(x)
        for _ in range(steps):
            x = x - eta * gradient(x)
        return x

    assert checks.judge(EXERCISES["gradient_descent"].checker, attempt) == "correct"


def test_changing_arrays_in_a_list_is_refused():
    def attempt(x, F, P, G, *_):
        G[0] -= G[0]
        return 0.0

    assert "in place" in checks.judge(EXERCISES["my_objective"].checker, attempt)


def test_changing_the_argument_in_place_is_refused():
    def attempt(x):
        x -= x
        return x

    assert "in place" in checks.judge(EXERCISES["preprocess"].checker, attempt)
