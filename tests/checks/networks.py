"""Wrong answers to the exercises that `checks.networks` checks."""

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


WRONG = {
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
