"""Wrong answers to the exercises that `checks.gram` checks."""

import numpy as np

from tests.checks import flat, square


def gram(F):
    return flat(F).T @ flat(F) / len(flat(F))


def centred(F):
    return flat(F) - flat(F).mean(0)


def slope(f, s, F, factor=4):
    """Return factor · f (G − A) / (hw ‖A‖²), in F's shape."""
    return (factor / (len(f) * square(gram(s))) * f @ (gram(f) - gram(s))).reshape(F.shape)


def both(F, axis):
    return np.array([F.mean(axis), F.std(axis)])


APART, TOGETHER = [[1, 0], [1, 0], [0, 1], [0, 1]], [[1, 1], [1, 1], [0, 0], [0, 0]]


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
        (lambda F, S: square(F - S) / square(S), "compares the features themselves"),
        (lambda F, S: square(gram(F) - gram(S)), "not divided by ‖A‖²"),
        (lambda F, S: ((gram(F) - gram(S)) ** 2).mean(), "the mean of the squares"),
        (
            lambda F, S: square(flat(F).T @ flat(F) - flat(S).T @ flat(S)) / square(flat(S).T @ flat(S)),
            "not divided by their numbers of positions",
        ),
        (lambda F, S: np.sqrt(square(gram(F) - gram(S)) / square(gram(S))), "a square root too many"),
        (lambda F, S: square(gram(F) - gram(F).mean()) / square(gram(S)), "the painting is not used"),
        (lambda F, S: square(np.diag(gram(F) - gram(S))) / square(np.diag(gram(S))), "only the diagonals"),
    ],
    "covariance_gradient": [
        (lambda F, S: slope(flat(F), flat(S), F), "the gradient for Gram matrices"),
        (
            lambda F, S: (
                flat(F) @ (gram(centred(F)) - gram(centred(S))) * 4 / (len(flat(F)) * square(gram(centred(S))))
            ).reshape(F.shape),
            "F is not centred",
        ),
        (lambda F, S: slope(centred(F), centred(S), F, 2), "half of it"),
        (lambda F, S: slope(centred(F), centred(S), F, 1), "a quarter of it"),
        (lambda F, S: slope(centred(F), centred(S), F, -4), "points uphill"),
        (lambda F, S: slope(centred(F), centred(S), F) * len(flat(F)), "not divided by h·w"),
        (lambda F, S: slope(centred(F), centred(S), F) * square(gram(centred(S))), "not divided by ‖A‖²"),
        (lambda F, S: slope(centred(F), centred(S), flat(F)), "flattened"),
        (lambda F, S: slope(flat(F) - F.mean(), flat(S) - S.mean(), F), "each channel has its own mean"),
        (lambda F, S: square(gram(centred(F)) - gram(centred(S))) / square(gram(centred(S))), "the distance itself"),
    ],
    "repaired_statistics": [
        (lambda F: both(F, -1), "still two numbers for each position"),
        (lambda F: both(F, None), "for the whole layer"),
        (lambda F: both(F, 1), "over the rows only"),
        (lambda F: both(F, 0), "over the batch"),
        (lambda F: [flat(F).mean(0), flat(F).var(0)], "take the root"),
        (lambda F: [flat(F).mean(0), np.sqrt((flat(F) ** 2).mean(0))], "before you square"),
        (lambda F: [flat(F).mean(0), flat(F).std(0, ddof=1)], "the plain mean"),
        (lambda F: [flat(F).std(0), flat(F).mean(0)], "come first"),
        (lambda F: flat(F).mean(0), "only the means"),
        (lambda F: np.transpose(both(flat(F), 0)), "one row for each channel"),
        (lambda F: [F.mean((0, 1, 2), keepdims=True), F.std((0, 1, 2), keepdims=True)], "(2, 1, 1, 1, 5)"),
        (lambda F: both(F, (1, 2)), "(2, 1, 5)"),
    ],
    "fool_the_statistics": [
        (lambda: [TOGETHER, APART], "the other way round"),
        (lambda: [APART, APART[::-1]], "the Gram matrices are equal"),
        (lambda: [APART, 2 * np.array(TOGETHER)], "the means differ"),
        (lambda: [APART, [[1, 1], [0.5, 0.5], [0.5, 0.5], [0, 0]]], "the variances differ"),
        (lambda: [[[1, 0], [1, 1], [0, 1], [0, 0]], TOGETHER], "in the first"),
        (lambda: [APART, [[1, 0], [1, 1], [0, 1], [0, 0]]], "in the second"),
        (lambda: [[[1, -1], [1, 1], [0, 0], [0, 0]], TOGETHER], "never negative"),
        (lambda: [np.zeros((4, 2)), np.zeros((4, 2))], "0 everywhere"),
    ],
}
