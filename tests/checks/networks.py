"""Wrong answers to the exercises that `checks.networks` checks."""

import itertools

import numpy as np

from tests.checks import square


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


def contests(sits=lambda j, i, k: j not in (i, k), wins=lambda a, b: a < b, over=np.mean):
    def attempt(R):
        n = range(len(R))
        return [
            over([wins(R[j, i], R[j, k]) for j, k in itertools.product(n, n) if i != k and sits(j, i, k)]) for i in n
        ]

    return attempt


def rng(seed):
    return np.random.default_rng(seed)


def effect(first=rng, second=rng, skips=(True, False), join=lambda a, b: a - b):
    return lambda build, seed: join(build(first(seed), skips[0]), build(second(seed), skips[1]))


def shared(build, seed, order=(True, False)):
    one = rng(seed)
    answers = {skips: build(one, skips) for skips in order}
    return answers[True] - answers[False]


def factor(plant, share=lambda G, P, c: P[c, c] ** 2 / np.sum(P**2), change=lambda k: k):
    def attempt(G, c):
        for k in range(1, 1000):
            P = G.copy()
            plant(P, c, k)
            if share(G, P, c) > 0.5:
                return change(k)
        return 0

    return attempt


def planted(P, c, k):
    P[c] *= k
    P[:, c] *= k


def entry(power):
    def plant(P, c, k):
        P[c, c] *= k**power

    return plant


def all_by_squares(P, c, k):
    own = P[c, c]
    P[c] *= k**2
    P[:, c] *= k**2
    P[c, c] = own * k**2


WRONG = {
    "jury": [
        (contests(lambda j, i, k: True), "some referee judges its own picture"),
        (contests(lambda j, i, k: j != i), "a painter may judge its opponent"),
        (contests(lambda j, i, k: j != k), "the painter judges its own picture"),
        (lambda R: contests()(R.T), "rows and columns are swapped"),
        (contests(wins=lambda a, b: a > b), "upside down"),
        (contests(over=np.sum), "counted, not divided"),
        (lambda R: np.array(contests(over=np.sum)(R)) / R.size, "(n − 1) · (n − 2) contests"),
        (np.diag, "each judged by its own network"),
        (lambda R: (R.sum(0) - np.diag(R)) / (len(R) - 1), "a lenient referee is a gift"),
        (lambda R: R.mean(0), "among its own judges"),
        (lambda R: R.mean(1), "the mean of each referee"),
    ],
    "paired": [
        (shared, "still one generator for both: what"),
        (lambda build, seed: shared(build, seed, (False, True)), "only in the other order"),
        (effect(join=lambda a, b: b - a), "not the other way round"),
        (effect(join=lambda a, b: a / b), "the ratio"),
        (effect(second=lambda seed: rng(seed + 1)), "two seeds, two sets"),
        (effect(lambda seed: rng(0), lambda seed: rng(1)), "not those given"),
        (effect(lambda seed: rng(0), lambda seed: rng(0)), "always the same weights"),
        (effect(skips=(True, True)), "the same in both calls"),
        (effect(join=lambda a, b: a), "only what is measured with"),
        (effect(join=lambda a, b: b), "only what is measured without"),
        (effect(lambda seed: rng(None), lambda seed: rng(None)), "another answer at each call"),
        (effect(lambda seed: seed), "stops with AttributeError"),
    ],
    "peak_factor": [
        (factor(planted, change=lambda k: k**2), "that is k²"),
        (factor(planted, change=lambda k: k - 1), "one too small"),
        (factor(planted, change=lambda k: k + 1), "one too large"),
        (factor(planted, change=lambda k: k - 0.3), "a whole number"),
        (factor(entry(1)), "not by k"),
        (factor(entry(2)), "row and column grow, too"),
        (factor(all_by_squares), "they grow by k only"),
        (
            factor(planted, lambda G, P, c: (2 * np.sum(P[c] ** 2) - P[c, c] ** 2) / np.sum(P**2)),
            "counted as the channel's",
        ),
        (factor(planted, lambda G, P, c: P[c, c] / np.sum(np.abs(P))), "a share of Σ|G|"),
        (factor(planted, lambda G, P, c: P[c, c] ** 2 / np.sum(G**2)), "half of what ‖G‖² was before"),
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
