"""Wrong answers to the exercises that `checks.transfer` checks."""

import numpy as np

from course_utils.device import tf
from course_utils.gram import gram_matrix


def clip(x):
    return tf.clip_by_value(x, 0.0, 1.0)


def transfer(
    targets="once",
    watch=lambda tape, x: tape.watch(x),
    gram=gram_matrix,
    divide=("P", "way"),
    weight=lambda w, beta: beta * w,
    step=lambda v, g, eta, mu: mu * v - eta * g,
    finish=lambda moved: clip(moved),
    keep=True,
    count=lambda steps: steps,
    start=lambda photo, painting: photo,
    pictures=lambda photo, painting: (photo, painting),
    layers=lambda style: style,
    size=lambda t: tf.reduce_sum(t**2),
):
    """Make an attempt at `my_transfer`: correct, but for what is given."""

    def attempt(features, photo, painting, content, style, beta, eta, mu, steps):
        of_content, of_style = pictures(photo, painting)

        def aims(x):
            P = features(x if targets == "content moves" else of_content)[content]
            A = {layer: gram(features(of_style)[layer]) for layer in layers(style)}
            G0 = {layer: gram(features(x if targets == "way moves" else photo)[layer]) for layer in layers(style)}
            return P, A, {layer: size(G0[layer] - A[layer]) for layer in A}

        x = start(photo, painting)
        v, (P, A, way) = tf.zeros_like(x), aims(x)
        for _ in range(count(steps)):
            if targets != "once":
                P, A, way = aims(x)
            with tf.GradientTape() as tape:
                watch(tape, x)
                F = features(x)
                loss = size(F[content] - P) / (size(P) if "P" in divide else 1)
                for layer, w in layers(style).items():
                    d = size(gram(F[layer]) - A[layer])
                    loss += weight(w, beta) * d / (way[layer] if "way" in divide else 1)
            v = step(v if keep else 0 * v, tape.gradient(loss, x), eta, mu)
            x = finish(x + v)
        return x

    return attempt


def one_tape(features, photo, painting, content, style, beta, eta, mu, steps):
    x = photo
    with tf.GradientTape() as tape:
        tape.watch(x)
        loss = tf.reduce_sum(features(x)[content] ** 2)
    for _ in range(steps):
        x = clip(x - eta * tape.gradient(loss, photo))
    return x


def climb(add=lambda fine, coarse, up: up + fine - coarse, clip=lambda x: np.clip(x, 0, 1), order=1, skip=()):
    """Make an attempt at `coarse_to_fine`: correct, but for what is given."""

    def attempt(descend, resize, photo, sizes):
        sizes = sizes[::order]
        x = resize(photo, *sizes[0])
        for k, size in enumerate(sizes):
            if k:
                x = clip(add(resize(photo, *size), resize(resize(photo, *sizes[k - 1]), *size), resize(x, *size)))
            x = x if k - len(sizes) in skip or k in skip else descend(x)
        return x

    return attempt


def power(gd, adam):
    return lambda rule, eta, scale: eta * scale ** (adam if rule == "adam" else gd)


def lengths(x):
    down, right = x[:, 1:, :-1] - x[:, :-1, :-1], x[:, :-1, 1:] - x[:, :-1, :-1]
    return down**2 + right**2


WRONG = {
    "my_transfer": [
        (transfer(finish=lambda moved: moved), "not clipped"),
        (transfer(step=lambda v, g, eta, mu: mu * v + eta * g), "uphill"),
        (
            transfer(step=lambda v, g, eta, mu: mu * v - eta * clip(g), finish=lambda moved: moved),
            "the gradient is clipped",
        ),
        (transfer(step=lambda v, g, eta, mu: v - eta * g), "v is not damped"),
        (transfer(keep=False), "v is forgotten"),
        (transfer(count=lambda steps: steps - 1), "one step too few"),
        (transfer(count=lambda steps: steps + 1), "one step too many"),
        (transfer(count=lambda steps: 1), "one step only"),
        (transfer(targets="content moves"), "the content does not pull"),
        (transfer(targets="way moves"), "G⁰ belongs to the photo"),
        (transfer(targets="anew"), "the network has seen the painting"),
        (transfer(watch=lambda tape, x: None), "the gradient is None"),
        (one_tape, "one tape for all steps"),
        (transfer(gram=lambda F: gram_matrix(F) * float(F.shape[1] * F.shape[2])), "not divided by h·w"),
        (transfer(start=lambda photo, painting: painting), "starts at the painting"),
        (transfer(pictures=lambda photo, painting: (painting, painting)), "the picture should be"),
        (transfer(divide=("way",)), "not divided by ‖P‖²"),
        (transfer(divide=("P",)), "not divided by ‖G⁰ − A‖²"),
        (transfer(divide=()), "both without their divisors"),
        (transfer(weight=lambda w, beta: w), "β is missing"),
        (transfer(weight=lambda w, beta: beta), "weights w are missing"),
        (transfer(weight=lambda w, beta: beta / 2), "the mean over the layers"),
        (transfer(layers=lambda style: style | {"third": 1.0}), "all layers count as style"),
        (lambda features, photo, *_: photo, "nothing pulls"),
        (
            transfer(finish=lambda moved: np.clip(moved, 0, 1)),
            "x has become a NumPy array: clip with tf.clip_by_value",
        ),
        (transfer(size=tf.norm), "a norm not squared"),
        (lambda *_: None, "is the `return` missing?"),
    ],
    "coarse_to_fine": [
        (climb(add=lambda fine, coarse, up: up), "the photo's detail is missing"),
        (climb(add=lambda fine, coarse, up: fine), "each size starts from the photo"),
        (climb(add=lambda fine, coarse, up: up + fine), "the whole photo is added"),
        (climb(add=lambda fine, coarse, up: up + coarse - fine), "the detail is subtracted"),
        (climb(clip=lambda x: x), "not clipped"),
        (climb(skip=(-1,)), "no descent at the last size"),
        (climb(skip=(0,)), "no descent at the first size"),
        (climb(order=-1), "from fine to coarse"),
        (lambda descend, resize, photo, sizes: climb()(descend, resize, photo, sizes[:-1]), "the last size is left"),
        (lambda descend, *rest: descend(climb()(descend, *rest)), "two descents"),
    ],
    "rate_for": [
        (power(0, 0), "unchanged"),
        (power(1, 1), "one of two factors"),
        (power(2, 2), "Adam's first step"),
        (power(-2, -1), "the wrong way round: the rate"),
        (power(3, 1), "one power too many"),
        (lambda rule, eta, scale: 65025 * eta, "the rate for 'gd' should be"),
    ],
    "diagnose": [
        (lambda: [1, 2, 4, 5, 6], "A is not cause 1, which shows a curve that jumps up"),
        (lambda: [7, 8, 4, 5, 6], "B is not cause 8, which shows a curve that falls, and a picture that is the photo"),
        (lambda: [7, 2, 3, 5, 6], "4 of 5 found; C is not cause 3, which shows a curve that rises steeply"),
        (lambda: [7, 2, 4, 1, 1], "3 of 5 found; D is not cause 1"),
        (lambda: [7, 2, 4, 5, None], "E has no answer"),
        (lambda: [7, 2, 4, 5], "one number for each program"),
        (lambda: None, "is the `return` missing?"),
    ],
    "repaired_tv": [
        (lambda x: tf.reduce_mean(tf.sqrt(lengths(x)) + 1e-5), "still NaN"),
        (lambda x: tf.reduce_mean(lengths(x)), "the root is gone"),
        (lambda x: tf.reduce_mean(tf.sqrt(lengths(x) + 1e-60)), "not to vanish in float32"),
        (lambda x: tf.reduce_mean(tf.sqrt(lengths(x) + 1e-2)), "added is too large"),
        (lambda x: tf.reduce_mean(tf.sqrt(lengths(x)) + 1e-4), "more than one part in a thousand"),
        (lambda x: tf.reduce_sum(tf.sqrt(lengths(x) + 1e-8)), "the sum: take the mean"),
        (lambda x: tf.sqrt(tf.reduce_mean(lengths(x))), "the root of the mean"),
        (lambda x: float(np.mean(np.sqrt(lengths(x)))), "no gradient"),
        (lambda x: tf.reduce_mean(tf.sqrt(tf.stop_gradient(lengths(x)) + 1e-8 + 0 * x[:, 1:, 1:])), "zero everywhere"),
    ],
}
