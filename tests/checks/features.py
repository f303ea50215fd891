"""Wrong answers to the exercises that `checks.features` checks."""

import numpy as np

from course_utils.device import tf


def slide(x, k, reduce=np.sum, places=1):
    rows, columns = x.shape[0] - k.shape[0] + places, x.shape[1] - k.shape[1] + places
    return [[reduce(k * x[i : i + k.shape[0], j : j + k.shape[1]]) for j in range(columns)] for i in range(rows)]


def field(layers, r=1, j=1, late=False, add=-1, strides=True, jump=int.__mul__):
    for k, s in layers:
        r += (k + add) * (j * s if late else j)
        j = jump(j, s) if strides else j
    return r


def layer(x, kernel, bias, turn=False, late=False, relu=True, padding="SAME", swap=False):
    kernel = kernel[::-1, ::-1] if turn else kernel.transpose(1, 0, 2, 3) if swap else kernel
    y = tf.nn.conv2d(x, kernel, strides=1, padding=padding)
    if not relu:
        return y + bias
    return tf.nn.relu(y) + bias if late else tf.nn.relu(y + bias)


def descent(box=(0, 1), judge=True, move=False, halve=0.5, always=False, stale=False, more=0, forget=(), late=False):
    """Make an attempt at `reconstruct` with the mistakes asked for."""

    def attempt(loss_and_gradient, x, eta, steps):
        loss, gradient = loss_and_gradient(x)
        kept = gradient
        for _ in range(steps + more):
            step = x - eta * (kept if stale else gradient)
            trial = np.clip(step, *box)
            new_loss, new_gradient = loss_and_gradient(step if late else trial)
            good = new_loss < loss or not judge
            if good or move:
                x, loss, gradient = trial, new_loss, new_gradient
            if "loss" in forget:
                loss = new_loss
            if "gradient" in forget:
                gradient = new_gradient
            if always or not good:
                eta = eta * halve
        return x

    return attempt


C, P = (3, 1), (2, 2)

WRONG = {
    "convolve": [
        (lambda x, k: slide(x, k[::-1, ::-1]), "flipped"),
        (lambda x, k: slide(x, k, places=0), "the last row and column"),
        (lambda x, k: slide(x, k, np.mean), "averaged"),
        (lambda x, k: np.array(slide(x, k)).astype(int), "the decimals are cut off"),
        (lambda x, k: slide(x, k, np.max), "the largest product"),
        (lambda x, k: slide(x, np.ones_like(k)), "without the filter's weights"),
        (lambda x, k: slide(np.pad(x, ((1, 1), (1, 0))), k), "padded"),
    ],
    "receptive_field": [
        (lambda layers: field(layers, late=True), "before the field is widened"),
        (lambda layers: field(layers, strides=False), "the strides are ignored"),
        (lambda layers: field(layers, jump=int.__add__), "added up"),
        (lambda layers: field(layers, r=0), "starts from 0"),
        (lambda layers: field(layers, add=0), "it adds k − 1"),
        (lambda layers: np.prod([s for _, s in layers]), "returns the jump"),
    ],
    "repaired_layer": [
        (lambda *a: layer(*a, turn=True, late=True), "as it was"),
        (lambda *a: layer(*a, late=True), "the order of the last two"),
        (lambda *a: layer(*a, turn=True), "what happens to the filter"),
        (lambda *a: layer(*a, swap=True), "rows and columns"),
        (lambda x, kernel, bias: layer(x, kernel[::-1], bias), "upside down"),
        (lambda x, kernel, bias: layer(x, kernel[:, ::-1], bias), "left and right"),
        (lambda *a: layer(*a, padding="VALID"), "smaller than the picture"),
        (lambda *a: layer(*a, relu=False), "the ReLU is missing"),
        (lambda x, kernel, bias: layer(x, kernel, 0 * bias), "the bias is missing"),
        (lambda x, kernel, bias: layer(x, kernel, -bias), "subtracted"),
    ],
    "eye_stack": [
        (lambda: [C, C, P, P, C, C, C], "sees 32 pixels"),
        (lambda: [C, C, P, C, C, P, C, C, C], "has 9 layers"),
        (lambda: [P, P, C, C, C, C, C], "among the first two"),
        (lambda: [C, C, P, P, P, C, C], "3 poolings"),
        (lambda: [(5, 1)] * 10, "(5, 1) is neither"),
        (lambda: [3, 3, 2, 3], "a list of pairs"),
        (lambda: ["conv", "conv", "pool"], "pairs of numbers"),
    ],
    "reconstruct": [
        (lambda loss_and_gradient, x, eta, steps: x, "not changed"),
        (descent(box=(-np.inf, np.inf)), "not clipped"),
        (lambda *a: np.clip(descent(box=(-np.inf, np.inf))(*a), 0, 1), "at the end only"),
        (descent(judge=False), "every step is taken"),
        (descent(move=True), "the bad step"),
        (descent(halve=1.0), "never halved"),
        (descent(always=True), "in every step"),
        (descent(stale=True), "taken once"),
        (descent(forget=["loss"]), "its loss is kept"),
        (descent(forget=["gradient"]), "its gradient is kept"),
        (descent(forget=["loss", "gradient"]), "its loss and gradient are kept"),
        (descent(late=True), "clipped after the loss"),
        (descent(more=-1), "too few"),
        (descent(more=1), "too many"),
        (lambda loss_and_gradient, *a: loss_and_gradient(descent()(loss_and_gradient, *a))[0], "returns the loss"),
    ],
    "content_loss": [
        (lambda F, P: ((F - P) ** 2).sum() / (F**2).sum(), "divided by the size of F"),
        (lambda F, P: ((F - P) ** 2).sum(), "not divided by"),
        (lambda F, P: 0.5 * ((F - P) ** 2).sum(), "eq. 1"),
        (lambda F, P: ((F - P) ** 2).mean(), "the mean of the squares"),
        (lambda F, P: (((F - P) / P) ** 2).mean(), "the mean of many ratios"),
        (lambda F, P: (((F - P) / P) ** 2).sum(), "the sum of many ratios"),
        (lambda F, P: np.abs(F - P).sum() / np.abs(P).sum(), "absolute"),
        (lambda F, P: np.linalg.norm(F - P) / np.linalg.norm(P), "a square root too many"),
        (lambda F, P: (F - P) ** 2 / (P**2).sum(), "one number for each feature"),
    ],
}
