"""Wrong answers to the exercises that `checks.features` checks."""

import numpy as np


def slide(x, k, reduce=np.sum, places=1):
    rows, columns = x.shape[0] - k.shape[0] + places, x.shape[1] - k.shape[1] + places
    return [[reduce(k * x[i : i + k.shape[0], j : j + k.shape[1]]) for j in range(columns)] for i in range(rows)]


def field(layers, r=1, j=1, late=False, add=-1, strides=True):
    for k, s in layers:
        r += (k + add) * (j * s if late else j)
        j *= s if strides else 1
    return r


WRONG = {
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
}
