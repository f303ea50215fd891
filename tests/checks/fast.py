"""Wrong answers to the exercises that `checks.fast` checks."""

import math

import numpy as np

from course_utils.device import tf
from course_utils.gram import gram_matrix, style_distance

EVEN, ODD = np.array([[1.0, 0, 0], [0, 1, 1]]), np.array([[1.0, 1, 0], [0, 0, 1]])


def pays(saved=lambda optimising, applying: optimising - applying, whole=lambda n: math.floor(n) + 1, never=math.inf):
    def attempt(training, optimising, applying):
        return never if applying >= optimising else whole(training / saved(optimising, applying))

    return attempt


def norm(axes=(1, 2), power=0.5, least=1e-5, finish=lambda F, a, b: a * F + b, mean=lambda F, axes: F.mean(axes)):
    def attempt(F, a, b):
        average, variance = F.mean(axes, keepdims=True), F.var(axes, keepdims=True)
        return finish((F - average) / (variance + least) ** power, a, b)

    return attempt


def fold(even=EVEN, odd=ODD, change=lambda K: K):
    def attempt(K):
        return np.array([[p @ change(K) @ q.T for q in (even, odd)] for p in (even, odd)])

    return attempt


def train(
    photo=lambda photos, k, steps: photos[k % len(photos)],
    target=lambda features, photos, k, x, y: features(x)["conv4_2"],
    content=lambda F, P: tf.reduce_sum((F - P) ** 2) / tf.reduce_sum(P**2),
    weight=lambda beta: beta,
    move=lambda rule, W, L, g: rule.update(W, L, g),
    start=lambda W, first: W,
    count=lambda steps: steps,
    result=lambda W: W,
    watch=lambda tape, W: tape.watch(W),
):
    """Make an attempt at `repaired_training`: correct, but for what is given."""

    def attempt(f, W, features, photos, A, beta, rule, steps):
        first = W
        for k in range(count(steps)):
            x, W = photo(photos, k, steps), start(W, first)
            with tf.GradientTape() as tape:
                watch(tape, W)
                y = f(x, W)
                F = features(y)
                style = sum(style_distance(gram_matrix(F[layer]), A[layer]) for layer in A)
                loss = content(F["conv4_2"], target(features, photos, k, x, y)) + weight(beta) * style
            W = move(rule, W, float(loss), tape.gradient(loss, W))
        return result(W)

    return attempt


def other(step):
    return lambda features, photos, k, x, y: features(photos[step(k, len(photos))])["conv4_2"]


def win(below=lambda shares, peer: (shares < peer).all(1), choose=None, never=math.inf):
    """Make an attempt at `first_win`; `choose` gets the steps and, for each, whether it wins."""

    def attempt(steps, shares, peer):
        wins = below(shares, peer)
        if choose:
            return choose(steps, wins)
        for k in range(len(steps)):
            if all(wins[k:]):
                return steps[k]
        return never

    return attempt


def last_loss(steps, wins):
    return steps[np.flatnonzero(~wins)[-1]]


def mix(share=lambda v: v / v.sum(), finish=lambda scale, shift: np.stack([scale, shift])):
    return lambda scales, shifts, v: finish(share(v) @ scales, share(v) @ shifts)


WRONG = {
    "break_even": [
        (pays(whole=math.floor), "one picture too few"),
        (pays(whole=lambda n: n), "not a whole number"),
        (pays(whole=math.ceil), "it takes one more"),
        (pays(lambda optimising, applying: optimising), "passes are not free"),
        (pays(lambda optimising, applying: optimising + applying), "are added"),
        (pays(lambda optimising, applying: applying), "by the cost of a pass"),
        (pays(whole=lambda n: 1 / n), "upside down"),
        (pays(whole=lambda n: math.floor(n) + 2), "one picture too many"),
        (lambda T, o, a: math.floor(T / (o - a)) + 1, "a negative number"),
        (pays(never=0), "0 pictures?"),
        (lambda T, o, a: math.inf if a > o else math.floor(T / (o - a)) + 1, "ZeroDivisionError"),
    ],
    "my_instance_norm": [
        (norm((0, 1, 2)), "over the batch, too"),
        (norm((1, 2, 3)), "over the channels, too"),
        (norm((3,)), "over the channels at each position"),
        (norm((1,)), "over the rows only"),
        (norm((2,)), "over the columns only"),
        (norm((0,)), "over the pictures of the batch"),
        (norm((0, 1, 2, 3)), "one mean and one variance of everything"),
        (norm(power=1), "divide by its root"),
        (norm(power=0), "nothing is divided"),
        (norm(finish=lambda F, a, b: F), "a and b are not used"),
        (norm(finish=lambda F, a, b: a * F), "b is missing"),
        (norm(finish=lambda F, a, b: F + b), "a is missing"),
        (norm(finish=lambda F, a, b: b * F + a), "have changed places"),
        (norm(finish=lambda F, a, b: a * (F + b)), "scale first"),
        (lambda F, a, b: a * F / np.sqrt(F.var((1, 2), keepdims=True) + 1e-5) + b, "the mean is not subtracted"),
        (norm(least=0), "NaN where a map is constant"),
    ],
    "folded": [
        (lambda K: fold()(K).transpose(1, 0, 2, 3), "rows and columns"),
        (fold(ODD, EVEN), "even and odd have changed places"),
        (lambda K: fold()(K)[::-1], "even and odd rows"),
        (lambda K: fold()(K)[:, ::-1], "even and odd columns"),
        (fold(EVEN / [[1], [2]], ODD / [[2], [1]]), "are averaged"),
        (fold(EVEN, EVEN), "the same four weights for each parity: even"),
        (fold(ODD, ODD), "those of the odd outputs"),
        (fold(np.eye(3)[:2], np.eye(3)[1:]), "weights are dropped"),
        (fold(*[np.array([[1.0, 0, 1], [0, 1, 0]])] * 2), "that are not neighbours"),
        (fold(change=lambda K: K[::-1, ::-1]), "nothing is flipped"),
        (fold(change=np.transpose), "the kernel is transposed"),
        (lambda K: [EVEN @ K, ODD @ K], "should have the shape (2, 2, 2, 2)"),
    ],
    "repaired_training": [
        (train(target=other(lambda k, n: 0)), "the program above"),
        (train(target=lambda features, photos, k, x, y: features(y)["conv4_2"]), "the content does not pull"),
        (train(target=other(lambda k, n: -1)), "the last photo's"),
        (train(target=other(lambda k, n: (k + 1) % n)), "the photo after"),
        (train(target=other(lambda k, n: (k - 1) % n)), "the photo before"),
        (
            train(target=lambda features, photos, *_: sum(features(x)["conv4_2"] for x in photos) / len(photos)),
            "one target for all",
        ),
        (train(photo=lambda photos, k, steps: photos[0]), "only the first photo"),
        (train(photo=lambda photos, k, steps: photos[k * len(photos) // steps]), "several steps for each"),
        (train(weight=lambda beta: 0), "where is beta"),
        (train(weight=lambda beta: 1), "beta is not used"),
        (train(content=lambda F, P: tf.reduce_sum((F - P) ** 2)), "not divided by"),
        (train(content=lambda F, P: tf.reduce_mean((F - P) ** 2)), "is a mean"),
        (train(move=lambda rule, W, L, g: rule.update(W, L, -g)), "uphill"),
        (train(move=lambda rule, W, L, g: W), "as they were"),
        (train(start=lambda W, first: first), "carry W on"),
        (train(count=lambda steps: steps - 1), "too few"),
        (train(count=lambda steps: steps + 1), "too many"),
        (train(count=lambda steps: 1), "one step only"),
        (train(watch=lambda tape, W: None), "the gradient is None"),
        (train(result=lambda W: (W, [0.0])), "returns tuple"),
    ],
    "first_win": [
        (win(choose=lambda steps, wins: steps[np.argmax(wins)]), "but not from there on"),
        (win(lambda shares, peer: (shares < peer).any(1)), "one layer is below"),
        (win(lambda shares, peer: shares.mean(1) < peer.mean()), "the mean over the layers"),
        (win(lambda shares, peer: shares[:, -1] < peer[-1]), "the deepest layer"),
        (win(choose=last_loss), "the last step that loses"),
        (win(choose=lambda steps, wins: np.flatnonzero(~wins)[-1] + 1), "the position in the list"),
        (win(choose=lambda steps, wins: steps[-1]), "the last step: the first"),
        (win(lambda shares, peer: (shares <= peer).all(1)), "is not below it"),
        (win(never=30), "so it never stays below"),
        (win(never=-1), "never: return math.inf"),
    ],
    "my_mixture": [
        (mix(lambda v: v), "v is not divided by its sum"),
        (mix(lambda v: np.ones(len(v)) / len(v)), "the plain mean"),
        (mix(lambda v: v == v.max()), "only the painting with the largest weight"),
        (mix(lambda v: np.exp(v) / np.exp(v).sum()), "softmax"),
        (mix(lambda v: v / v.max()), "by the largest weight"),
        (mix(lambda v: v / len(v)), "by the number of paintings"),
        (mix(lambda v: v**2 / (v**2).sum()), "v is squared"),
        (lambda scales, shifts, v: [np.exp(v / v.sum() @ np.log(scales)), v / v.sum() @ shifts], "a geometric mean"),
        (lambda scales, shifts, v: [v / v.sum() @ scales, shifts[0]], "the shifts are the first painting's"),
        (mix(finish=lambda scale, shift: [shift, scale]), "the shifts come first"),
        (mix(finish=lambda scale, shift: scale), "only the scale"),
        (mix(finish=lambda scale, shift: shift), "only the shift"),
        (lambda scales, shifts, v: [scales.mean(1), shifts.mean(1)], "summed over the channels"),
    ],
}
