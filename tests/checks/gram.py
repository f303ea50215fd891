"""Wrong answers to the exercises that `checks.gram` checks."""

import numpy as np

from tests.checks import flat, square


def gram(F):
    return flat(F).T @ flat(F) / len(flat(F))


WRONG = {
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
}
