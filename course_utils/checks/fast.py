"""Checkers for the exercises of lesson 11: what a fast network costs, its parts, its training, and when it wins.

`instance_norm`, `trained_in_turn` and `step_of_first_win` are three of the answers, for the lesson's own cells.
"""

import functools
import math
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

import numpy as np

from ..descent import GradientDescent
from ..device import tf
from ..gram import gram_matrix, style_distance
from .verdict import Verdict, call, compare, draw, exercise

EPSILON = 1e-5  # added to a variance
CONTENT = "conv4_2"
PARITIES = np.array([[[1.0, 0, 0], [0, 1, 1]], [[1, 1, 0], [0, 0, 1]]])  # even outputs, odd outputs


def instance_norm(F: tf.Tensor, a: tf.Tensor | float, b: tf.Tensor | float) -> tf.Tensor:
    """Give each feature map of each picture, F `(n, h, w, C)`, the deviation a and the mean b, `(C,)` or numbers."""
    mean, variance = tf.nn.moments(F, (1, 2), keepdims=True)
    return a * (F - mean) / tf.sqrt(variance + EPSILON) + b


def step_of_first_win(steps: Sequence[int], shares: np.ndarray, peer: np.ndarray) -> float:
    """Return the first step from which on each share, `(n, layers)`, stays below the peer's, `(layers,)`."""
    lost = np.flatnonzero((np.asarray(shares) >= peer).any(1))
    first = lost[-1] + 1 if len(lost) else 0
    return math.inf if first == len(steps) else steps[first]


def _relative(F: tf.Tensor, P: tf.Tensor) -> tf.Tensor:
    return tf.reduce_sum((F - P) ** 2) / tf.reduce_sum(P**2)


def _in_turn(photos: Sequence, k: int, steps: int) -> int:
    return k % len(photos)


def trained_in_turn(
    f: Callable,
    W: tf.Tensor,
    features: Callable,
    photos: Sequence[tf.Tensor],
    A: Mapping[str, tf.Tensor],
    beta: float,
    rule: Any,
    steps: int,
    photo: Callable = _in_turn,
    target: Callable = lambda at, k, y: at[k],
    content: Callable = _relative,
    sign: float = 1.0,
    forgets: bool = False,
) -> tf.Tensor:
    """Return the weights W of the network f(x, W) after so many steps, one photo a step; or, with a slip, others.

    Args:
        f, W, features, photos, A, beta, rule, steps: as the exercise gives them.
        photo: which photo is repainted in step k.
        target: the content's target, from those of all photos, the photo's number, and the repainted picture.
        content: the content loss.
        sign: -1 goes uphill.
        forgets: whether each step starts from the first weights.
    """
    at, start = [features(x)[CONTENT] for x in photos], W
    for step in range(steps):
        k = photo(photos, step, steps)
        before = start if forgets else W
        with tf.GradientTape() as tape:
            tape.watch(before)
            y = f(photos[k], before)
            F = features(y)
            style = tf.add_n([style_distance(gram_matrix(F[layer]), G) for layer, G in A.items()])
            loss = content(F[CONTENT], tf.stop_gradient(target(at, k, F[CONTENT]))) + beta * style
        W = rule.update(before, float(loss), sign * tape.gradient(loss, before))
    return W


@exercise
def break_even(attempt: Callable) -> None:
    """Check `break_even(training, optimising, applying)`: from how many pictures on training costs less."""
    training, optimising, applying = 12_000.0, 40.0, 5.0
    pictures = training / (optimising - applying)
    mistakes = {
        "one picture too few: with so many, training still costs more": math.floor(pictures),
        "not a whole number: there is no part of a picture": pictures,
        "the network's passes are not free: each picture still costs `applying`": math.floor(training / optimising)
        + 1,
        "the costs of a run and of a pass are added: what does each picture save?": math.floor(
            training / (optimising + applying)
        )
        + 1,
        "divided by the cost of a pass: what does each picture save?": math.floor(training / applying) + 1,
        "upside down: divide what training costs by what each picture saves": 1 / pictures,
        "the cost of it all, not the number of pictures": training + pictures * applying,
        "one picture too many": math.floor(pictures) + 2,
    }
    compare(call(attempt, training, optimising, applying), np.array(math.floor(pictures) + 1), mistakes, "the number")
    equal = {"with 50 pictures both cost 150 here, and training has to cost less: it takes one more": 50}
    compare(call(attempt, 100.0, 3.0, 1.0), np.array(51), equal, "the number")
    for passes in (3.0, 2.0):
        never = {
            "a negative number: where a pass costs more than a run, training never pays": -99,
            "0 pictures? Where a pass costs as much as a run, or more, training never pays": 0,
        }
        compare(call(attempt, 100.0, 2.0, passes), np.array(math.inf), never, "the number")


@exercise
def my_instance_norm(attempt: Callable) -> None:
    """Check `my_instance_norm(F, a, b)`: each map of each picture by its own mean and variance, then a and b."""
    F = draw(2, 3, 4, 5) * [10, 20, 30, 40, 50] + draw(2, 1, 1, 5, seed=1)  # so varied that 1e-5 does not count
    a, b = draw(5, seed=2) + 0.5, draw(5, seed=3) - 0.7

    def shifted(axes: tuple[int, ...], power: float = 0.5) -> np.ndarray:
        return (F - F.mean(axes, keepdims=True)) / (F.var(axes, keepdims=True) + EPSILON) ** power

    own = shifted((1, 2))
    mistakes = {
        "over the batch, too: then a picture depends on those beside it (that is batch normalisation)": a
        * shifted((0, 1, 2))
        + b,
        "over the channels, too: each map has a mean and a variance of its own": a * shifted((1, 2, 3)) + b,
        "over the channels at each position: it is over the positions of each channel": a * shifted((3,)) + b,
        "over the rows only: over both axes of positions": a * shifted((1,)) + b,
        "over the columns only: over both axes of positions": a * shifted((2,)) + b,
        "over the pictures of the batch at each position: over the positions of each picture": a * shifted((0,)) + b,
        "one mean and one variance of everything": a * shifted((0, 1, 2, 3)) + b,
        "divided by the variance: divide by its root": a * shifted((1, 2), 1.0) + b,
        "the mean is subtracted, but nothing is divided": a * shifted((1, 2), 0.0) + b,
        "a and b are not used": own,
        "b is missing": a * own,
        "a is missing": own + b,
        "a and b have changed places: a is the scale, b the shift": b * own + a,
        "b is multiplied by a, too: scale first, then shift": a * (own + b),
        "the mean is not subtracted": a * F / np.sqrt(F.var((1, 2), keepdims=True) + EPSILON) + b,
    }
    compare(call(attempt, F, a, b), a * own + b, mistakes, "the result")
    F[0, ..., 1] = 0.5  # a map without any variation
    right, answer = a * shifted((1, 2)) + b, call(attempt, F, a, b)
    if answer.shape == F.shape and np.isnan(answer).any():
        raise Verdict("NaN where a map is constant, so that its variance is 0: add 1e-5 to the variance")
    compare(answer, right, {}, "the result")


@exercise
def folded(attempt: Callable) -> None:
    """Check `folded(K)`: the four 2 × 2 kernels that do what repeating and a 3 × 3 kernel K do."""
    K = draw(3, 3)
    right = _folded(K)
    every = np.array([[1.0, 0, 1], [0, 1, 0]])
    mistakes = {
        "rows and columns have changed places: the first index is the row's parity": right.transpose(1, 0, 2, 3),
        "even and odd have changed places: output 0 sees the position before its own": right[::-1, ::-1],
        "even and odd rows have changed places": right[::-1],
        "even and odd columns have changed places": right[:, ::-1],
        "weights that meet the same position are averaged: add them, the position counts for each": _folded(
            K, PARITIES / PARITIES.sum(2, keepdims=True)
        ),
        "the same four weights for each parity: even and odd outputs see different positions": _folded(
            K, PARITIES[[0, 0]]
        ),
        "the same four weights for each parity, those of the odd outputs": _folded(K, PARITIES[[1, 1]]),
        "weights are dropped: each of the nine has to be in each of the four kernels": _folded(
            K, np.array([[[1.0, 0, 0], [0, 1, 0]], [[0, 1, 0], [0, 0, 1]]])
        ),
        "weights of positions that are not neighbours are added: which two fall on the same one?": _folded(
            K, np.array([every, every])
        ),
        "the kernel is turned round: as in lesson 2, nothing is flipped": _folded(K[::-1, ::-1]),
        "the kernel is transposed": _folded(K.T),
    }
    compare(call(attempt, K), right, mistakes, "the result")


def _folded(K: np.ndarray, parities: np.ndarray = PARITIES) -> np.ndarray:
    return np.einsum("pij,jk,qlk->pqil", parities, K, parities)


@exercise
def repaired_training(attempt: Callable) -> None:
    """Check `repaired_training`: its weights after some steps, from a network, photos, a painting and a rule.

    It runs on a tiny network with two layers of features and three small photos, and is compared with the same
    program written right, and then with the same program with one slip in it.
    """
    trial = _Trial()
    try:
        answer = call(attempt, *trial.given())
    except Verdict as verdict:
        if "NoneType" in str(verdict):
            raise Verdict(
                "the gradient is None: the tape has to watch W, and the loss has to be computed from W inside it"
            ) from None
        raise
    right = trial.trained()
    if answer.shape == right.shape and np.allclose(answer, right, rtol=1e-4, atol=1e-6):
        return
    compare(answer, right, dict(_slips()), "the weights")


@functools.cache  # a second, which only the first wrong answer has to wait for
def _slips() -> tuple[tuple[str, np.ndarray], ...]:
    return tuple(_Trial().slips())


class _Trial:
    """A small training: as it should be, or with a slip in it."""

    beta, rate, steps = 0.4, 0.3, 6

    def __init__(self) -> None:
        self.kernels = [tf.constant(draw(3, 3, *shape, seed=sum(shape)) - 0.45) for shape in ((3, 4), (4, 5))]
        self.photos = [tf.constant(draw(1, 6, 7, 3, seed=seed) ** power) for seed, power in ((1, 1), (2, 3), (3, 0.4))]
        self.A = {layer: gram_matrix(F) for layer, F in self.features(draw(1, 6, 8, 3, seed=4) ** 2).items()}
        del self.A[CONTENT]
        self.W = tf.constant(0.2 * draw(81, seed=5) - 0.1)

    def f(self, x: tf.Tensor, W: tf.Tensor) -> tf.Tensor:
        """Repaint: a single convolution, on top of the photo."""
        return x + tf.tanh(tf.nn.conv2d(x, tf.reshape(W, (3, 3, 3, 3)), 1, "SAME"))

    def features(self, x: tf.Tensor) -> dict[str, tf.Tensor]:
        """Compute two layers of style, and one of content."""
        flat = tf.nn.softplus(tf.nn.conv2d(x, self.kernels[0], 1, "SAME"))
        deep = tf.tanh(tf.nn.conv2d(flat, self.kernels[1], 2, "SAME"))
        return {"conv1_1": flat, "conv3_1": deep, CONTENT: tf.nn.softplus(3 * deep)}

    def given(self, **changed: Any) -> tuple:
        """Return the arguments of the exercise, or others."""
        names = ("f", "W", "features", "photos", "A", "beta", "rule", "steps")
        values = {name: getattr(self, name, None) for name in names} | {"rule": GradientDescent(self.rate)} | changed
        return tuple(values.values())

    def trained(self, given: Mapping[str, Any] | None = None, **slip: Any) -> np.ndarray:
        """Train with other arguments, or with a slip."""
        return trained_in_turn(*self.given(**(given or {})), **slip).numpy()

    def slips(self) -> Iterator[tuple[str, np.ndarray]]:
        """Yield what is wrong, and the weights that come of it."""
        yield (
            "the program above: compare, step by step, the photo that goes in with the one that the target is from",
            self.trained(target=lambda at, k, y: at[0]),
        )
        yield (
            "the content does not pull: its target comes from the repainted picture, and has to come from the photo",
            self.trained(target=lambda at, k, y: y),
        )
        yield "the target is the last photo's in each step", self.trained(target=lambda at, k, y: at[-1])
        yield (
            "the target is that of the photo after this one: take both from the same photo",
            self.trained(target=lambda at, k, y: at[(k + 1) % len(at)]),
        )
        yield (
            "the target is that of the photo before this one: take both from the same photo",
            self.trained(target=lambda at, k, y: at[k - 1]),
        )
        yield (
            "one target for all, the mean of the photos': each photo has a target of its own",
            self.trained(target=lambda at, k, y: tf.add_n(at) / len(at)),
        )
        yield (
            "only the first photo is ever repainted: take the photos in turn",
            self.trained(photo=lambda photos, k, steps: 0),
        )
        yield (
            "one photo after the other, several steps for each: take the photos in turn",
            self.trained(photo=lambda photos, k, steps: k * len(photos) // steps),
        )
        yield "the style does not pull: where is beta?", self.trained({"beta": 0.0})
        yield "beta is not used", self.trained({"beta": 1.0})
        yield (
            "the content loss is not divided by ‖P‖²",
            self.trained(content=lambda F, P: tf.reduce_sum((F - P) ** 2)),
        )
        yield (
            "the content loss is a mean: divide the sum by ‖P‖²",
            self.trained(content=lambda F, P: tf.reduce_mean((F - P) ** 2)),
        )
        yield "uphill: the rule subtracts the gradient by itself", self.trained(sign=-1.0)
        yield "the weights are as they were: W = rule.update(…)", self.W.numpy()
        yield "each step starts from the first weights: carry W on", self.trained(forgets=True)
        yield "one step too few", self.trained({"steps": self.steps - 1})
        yield "one step too many", self.trained({"steps": self.steps + 1})
        yield "one step only: return after the loop, not inside it", self.trained({"steps": 1})


@exercise
def first_win(attempt: Callable) -> None:
    """Check `first_win(steps, shares, peer)`: the first step from which on every share stays below the peer's."""
    steps, peer = [50, 100, 200, 300, 500, 1000, 2000, 3000], np.array([0.1, 0.4, 0.3])
    shares = np.array(
        [
            [0.30, 0.80, 0.25],
            [0.09, 0.45, 0.25],
            [0.05, 0.30, 0.25],  # below, but not for good
            [0.06, 0.20, 0.35],
            [0.11, 0.15, 0.20],
            [0.12, 0.15, 0.20],
            [0.04, 0.15, 0.20],
            [0.03, 0.14, 0.19],
        ]
    )
    mistakes = {
        "all are below there, but not from there on: a later step loses again": 200,
        "one layer is below there: every layer has to be": 50,
        "the mean over the layers is below there: every layer has to be": 100,
        "the last step that loses: the first win is the one after it": 1000,
        "the deepest layer wins there, but every layer has to": 500,
        "the position in the list: return the step": 6,
        "the last step: the first from which on it wins is asked for": 3000,
    }
    compare(call(attempt, steps, shares, peer), np.array(2000), mistakes, "the step")
    two, ties = np.array([0.2, 0.3]), np.array([[0.3, 0.4], [0.2, 0.1], [0.1, 0.1]])
    equal = {"a share equal to the peer's is not below it": 20}
    compare(call(attempt, [10, 20, 30], ties, two), np.array(30), equal, "the step")
    never = {"the last step loses, so it never stays below: return math.inf": 30, "never: return math.inf": -1}
    compare(call(attempt, [10, 20, 30], ties[::-1], two), np.array(math.inf), never, "the step")
    compare(call(attempt, [10, 20, 30], ties / 10, two), np.array(10), {}, "the step, with every share below,")


@exercise
def my_mixture(attempt: Callable) -> None:
    """Check `my_mixture(scales, shifts, v)`: Σ v_k scale_k and Σ v_k shift_k, with v divided by its sum."""
    scales, shifts, v = draw(3, 5), draw(3, 5, seed=1) - 0.5, np.array([2.0, 0.5, 1.5])
    p, both = v / v.sum(), np.stack([scales, shifts])
    right, soft = p @ both, np.exp(v) / np.exp(v).sum()
    mistakes = {
        "v is not divided by its sum: with (2, 2) a mixture would be four times a painting": v @ both,
        "the plain mean: v is not used": both.mean(1),
        "only the painting with the largest weight: the others count, too": both[:, v.argmax()],
        "softmax of v: (0.5, 0.5, 0) would no longer leave the third painting out": soft @ both,
        "divided by the largest weight: the weights have to add up to 1": v / v.max() @ both,
        "divided by the number of paintings: divide by the sum of v": v @ both / len(v),
        "v is squared": p**2 / (p**2).sum() @ both,
        "a geometric mean of the scales: mix them linearly, as the shifts": np.stack(
            [np.exp(p @ np.log(scales)), p @ shifts]
        ),
        "the scales are mixed, the shifts are the first painting's: mix both": np.stack([p @ scales, shifts[0]]),
        "the shifts come first: return the scale, then the shift": right[::-1],
        "only the scale: return the scale and the shift, (2, C)": right[0],
        "only the shift: return the scale and the shift, (2, C)": right[1],
        "summed over the channels: sum over the paintings": both.mean(2),
        "not added up: sum over the paintings": p[:, np.newaxis] * both,
    }
    compare(call(attempt, scales, shifts, v), right, mistakes, "the result")
