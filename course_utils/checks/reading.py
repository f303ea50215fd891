"""Checkers for the exercises of lesson 10: short programs with one defect, to be mended.

Each checker knows the program as the lesson shows it, and says so with a hint that does not name the defect.
"""

from collections.abc import Callable

import numpy as np

from .verdict import call, compare, draw, exercise


@exercise
def mended_descent(attempt: Callable) -> None:
    """Check `mended_descent(features, pull, photo, x, eta, steps)`: the target is the photo's, and fixed."""
    M, photo, x, eta, steps = np.eye(4) + 0.4 * draw(4, 4), draw(4), draw(4, seed=1), 0.1, 3

    def features(x: np.ndarray) -> np.ndarray:
        return M @ np.asarray(x)

    def pull(x: np.ndarray, P: np.ndarray) -> np.ndarray:
        return 2 * M.T @ (M @ np.asarray(x) - np.asarray(P))

    def descend(P: np.ndarray, steps: int = steps, eta: float = eta) -> np.ndarray:
        y = x
        for _ in range(steps):
            y = y - eta * pull(y, P)
        return y

    P = features(photo)
    mistakes = {
        "x has not moved, as in the program above: print pull(x, P) in the loop, and ask where P comes from": x,
        "the target is the photo: compare what it shows, its features, with those of x": descend(photo),
        "away from the photo: pull is the gradient at x, subtract it": descend(P, eta=-eta),
        "one step only: it has to be repeated": descend(P, 1),
        "one step too few": descend(P, steps - 1),
        "one step too many": descend(P, steps + 1),
        "the learning rate is missing": descend(P, eta=1.0),
        "returns the photo: the descent starts from x": photo,
        "returns the features of x: return x": features(descend(P)),
        "the pull is taken once, at the start: take it anew at each x": x - steps * eta * pull(x, P),
    }
    compare(call(attempt, features, pull, photo, x, eta, steps), descend(P), mistakes, "the last x")


@exercise
def mended_gram(attempt: Callable) -> None:
    """Check `mended_gram(F)`: FᵀF / (h·w), with the places and the channels kept apart."""
    F = draw(1, 3, 4, 5) - 0.3
    M, mixed = F.reshape(-1, 5), F.reshape(5, -1)
    mistakes = {
        "the program above: shuffle the places of F, and a Gram matrix stays as it is; this one does not": mixed
        @ mixed.T
        / 12,
        "the rows are as in the program above, and other things were changed: look at what a row holds": mixed
        @ mixed.T,
        "mended, but divided by the number of channels: what is rows.shape[1] now?": M.T @ M / 5,
        "mended, but not divided by the number of places": M.T @ M,
        "divided by h·w·C: divide by the places, h·w": M.T @ M / M.size,
        "shape (h·w, h·w): the factors are the wrong way round": M @ M.T / 12,
        "shape (h·w, h·w): the factors are the wrong way round, and the places are not what it is divided by": M
        @ M.T
        / 5,
    }
    compare(call(attempt, F), M.T @ M / 12, mistakes, "the matrix")


@exercise
def mended_step(attempt: Callable) -> None:
    """Check `mended_step(picture, kernel, slopes, eta)`: the picture moves, the kernel stays."""
    picture, kernel, eta = draw(4), 1 + draw(4, seed=1), 0.3

    def slopes(picture: np.ndarray, kernel: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        picture, kernel = np.asarray(picture), np.asarray(kernel)
        off = kernel * picture - 1
        return 2 * kernel * off, 2 * picture * off

    along_picture, along_kernel = slopes(picture, kernel)
    moved, trained = picture - eta * along_picture, kernel - eta * along_kernel
    mistakes = {
        "the program above: compare each of the two things it returns with what it was given": [picture, trained],
        "both move: the network is the judge, and has to stay as it is": [moved, trained],
        "the right one moves, but along the other's slope: slopes gives the picture's first": [
            picture - eta * along_kernel,
            kernel,
        ],
        "uphill: subtract the slope": [picture + eta * along_picture, kernel],
        "the learning rate is missing": [picture - along_picture, kernel],
        "nothing moves": [picture, kernel],
        "(kernel, picture): return the picture first": [kernel, moved],
        "returns one of the two: the caller expects (picture, kernel)": moved,
    }
    compare(call(attempt, picture, kernel, slopes, eta), np.array([moved, kernel]), mistakes, "(picture, kernel)")


@exercise
def mended_style_loss(attempt: Callable) -> None:
    """Check `mended_style_loss(G, A)`: the mean of the squared differences."""
    G, A = (M.T @ M / 6 for M in (draw(6, 4), 1.4 * draw(6, 4, seed=1) - 0.2))
    difference = G - A
    mistakes = {
        "the program above: work its example out by hand, number by number": difference.mean() ** 2,
        "the sum of the squares: take their mean": np.sum(difference**2),
        "the differences are not squared: they still cancel": difference.mean(),
        "absolute differences: square them": np.abs(difference).mean(),
        "each matrix is squared before they are compared: square the difference": np.mean(G**2) - np.mean(A**2),
        "each matrix is squared, and then the difference: square it once, and nothing before it": np.mean(
            (G**2 - A**2) ** 2
        ),
        "compares G with its own mean: the painting is not used": np.mean((G - G.mean()) ** 2),
        "only the diagonal is compared": np.mean(np.diag(difference) ** 2),
        "a square root too many": np.sqrt(np.mean(difference**2)),
        "divided by ‖A‖²: that is lesson 3's distance, here the mean is asked for": np.sum(difference**2)
        / np.sum(A**2),
        "one number for each pair of features: take the mean of all": difference**2,
    }
    compare(call(attempt, G, A), np.array(np.mean(difference**2)), mistakes, "the loss")


@exercise
def steps_needed(attempt: Callable) -> None:
    """Check `steps_needed(levels, eta)`: levels / 255 / η, rounded up."""
    _check_steps(attempt, 120, 0.02, {"rounded down: then it is a step too few": np.floor})
    _check_steps(attempt, 101, 0.03, {"rounded to the nearest: here that is a step too few": np.round})


def _check_steps(attempt: Callable, levels: int, eta: float, rounded: dict[str, Callable]) -> None:
    exact = levels / 255 / eta
    mistakes = {
        "the program above: from black to white, levels = 255, with η = 1 takes one step; what does it say?": round(
            levels / eta
        ),
        "not a whole number: there is no part of a step": exact,
        "multiplied by 255: a level is 1/255": np.ceil(levels * 255 / eta),
        "multiplied by η: smaller steps mean more of them": np.ceil(levels / 255 * eta),
        "upside down: the way is divided by what one step makes of it": 1 / exact,
        "η is not used: a step is about η long": np.ceil(levels / 255),
        "one step too many: round up, and add nothing": np.ceil(exact) + 1,
        "the levels that are left, 255 − levels: the way is levels": np.ceil((255 - levels) / 255 / eta),
    }
    mistakes |= {words: rule(exact) for words, rule in rounded.items()}
    compare(call(attempt, levels, eta), np.array(np.ceil(exact)), mistakes, "the number of steps")
