"""Checkers for the exercises of lesson 2: convolutions, features and a descent on the pixels."""

from collections.abc import Callable

import numpy as np

from .verdict import Verdict, call, compare, draw, exercise


@exercise
def convolve(attempt: Callable) -> None:
    """Check `convolve(x, k)`: the filter slid over the picture, without padding."""
    x, k = draw(6, 8), draw(3, 2, seed=1)
    windows = np.lib.stride_tricks.sliding_window_view(x, k.shape)
    right = np.einsum("ijab,ab->ij", windows, k)
    padded = np.pad(x, ((1, 1), (1, 0)))
    mistakes = {
        "the filter is flipped: deep learning slides it as it is": np.einsum("ijab,ab->ij", windows, k[::-1, ::-1]),
        "the last row and column of positions are missing: there are H − m + 1 rows of them": right[:-1, :-1],
        "the decimals are cut off: is the array one of integers?": np.trunc(right),
        "the products are averaged: add them": right / k.size,
        "the largest product is taken: add all of them": (windows * k).max((2, 3)),
        "the window is added without the filter's weights": windows.sum((2, 3)),
        "padded with zeros: here the filter stays inside the picture": np.einsum(
            "ijab,ab->ij", np.lib.stride_tricks.sliding_window_view(padded, k.shape), k
        ),
    }
    compare(call(attempt, x, k), right, mistakes, "the result")


@exercise
def repaired_layer(attempt: Callable) -> None:
    """Check `repaired_layer(x, kernel, bias)`: ReLU(x ⋆ kernel + bias), with zeros around the picture."""
    x, kernel, bias = draw(1, 5, 6, 2) - 0.5, draw(3, 3, 2, 4, seed=1) - 0.5, draw(4, seed=2) - 0.5

    def layer(
        kernel: np.ndarray = kernel, bias: np.ndarray = bias, before: bool = True, border: int = 1
    ) -> np.ndarray:
        padded = np.pad(x, ((0, 0), (border, border), (border, border), (0, 0)))
        windows = np.lib.stride_tricks.sliding_window_view(padded, (3, 3), (1, 2))
        y = np.einsum("bhwcij,ijck->bhwk", windows, kernel)
        return np.maximum(y + bias, 0) if before else np.maximum(y, 0) + bias

    turned = kernel[::-1, ::-1]
    mistakes = {
        "that is the program as it was: two of its steps are not VGG's": layer(turned, before=False),
        "one fault is left: look at the order of the last two operations": layer(before=False),
        "one fault is left: look at what happens to the filter": layer(turned),
        "the filter's rows and columns have changed places: leave it as it is": layer(kernel.transpose(1, 0, 2, 3)),
        "one fault is left: the filter is upside down": layer(kernel[::-1]),
        "one fault is left: the filter's left and right have changed places": layer(kernel[:, ::-1]),
        "the map is smaller than the picture: keep the zeros around it": layer(border=0),
        "negative values are left: the ReLU is missing": layer() - layer(-kernel, -bias),
        "the bias is missing": layer(bias=0 * bias),
        "the bias is subtracted: add it": layer(bias=-bias),
    }
    compare(call(attempt, x, kernel, bias), layer(), mistakes, "the map")


@exercise
def receptive_field(attempt: Callable) -> None:
    """Check `receptive_field(layers)`: r ← r + (k − 1) j, j ← j s."""
    layers = [(3, 1), (3, 1), (2, 2), (3, 1), (5, 3), (3, 1)]

    def field(
        start: int = 1, late: bool = False, jump: Callable = int.__mul__, width: Callable = lambda k: k - 1
    ) -> int:
        r, j = start, 1
        for k, s in layers:
            r += width(k) * (j * s if late else j)
            j = jump(j, s)
        return r

    mistakes = {
        "the jump is changed before the field is widened: a layer's stride counts for the layers after it": field(
            late=True
        ),
        "the strides are ignored: after a pooling each step is worth two pixels": field(jump=lambda j, s: j),
        "the strides are added up: they multiply, j ← j s": field(jump=int.__add__),
        "starts from 0: a number that has passed no layer sees one pixel": field(start=0),
        "each filter widens the field by k: it adds k − 1": field(width=lambda k: k),
        "returns the jump, not the width": np.prod([s for _, s in layers]),
    }
    compare(call(attempt, layers), np.array(field()), mistakes, "the width")


@exercise
def eye_stack(attempt: Callable) -> None:
    """Check `eye_stack()`: at most eight layers, two convolutions first, that see at least 40 pixels."""
    try:
        stack = call(attempt)
    except Verdict as verdict:
        if str(verdict) == "returns list, not numbers":
            raise Verdict("the list has to hold pairs of numbers (k, s), such as (3, 1)") from verdict
        raise
    if stack.ndim != 2 or stack.shape[1] != 2:
        raise Verdict(f"a list of pairs (k, s) has shape (layers, 2), not {stack.shape}")
    layers = [tuple(layer) for layer in stack]
    if other := [layer for layer in layers if layer not in {(3, 1), (2, 2)}]:
        k, s = other[0]
        raise Verdict(f"({k:g}, {s:g}) is neither a convolution, (3, 1), nor a pooling, (2, 2)")
    if (2, 2) in layers[:2]:
        raise Verdict("a pooling among the first two layers: they have to be convolutions")
    poolings, r, j = layers.count((2, 2)), 1, 1
    if poolings > 2:
        raise Verdict(f"{poolings} poolings: neighbouring numbers would be {2**poolings} pixels apart, 4 are allowed")
    for k, s in layers:
        r, j = int(r + (k - 1) * j), int(j * s)
    if r < 40:
        raise Verdict(f"sees {r} pixels: an eye of 40 does not fit")
    if len(layers) > 8:
        raise Verdict(f"sees {r} pixels, but has {len(layers)} layers: 8 are enough")


@exercise
def content_loss(attempt: Callable) -> None:
    """Check `content_loss(F, P)`: ‖F − P‖² / ‖P‖²."""
    F, P = draw(1, 3, 4, 5), draw(1, 3, 4, 5, seed=1)
    difference = np.sum((F - P) ** 2)
    mistakes = {
        "divided by the size of F: the photo's features P are the measure": difference / np.sum(F**2),
        "not divided by ‖P‖²": difference,
        "halved, and not divided by ‖P‖²: that is the paper's eq. 1, which depends on the size": difference / 2,
        "the mean of the squares: divide their sum by ‖P‖² instead": np.mean((F - P) ** 2),
        "the differences are not squared": np.sum(F - P) / np.sum(P**2),
        "absolute differences: square them": np.sum(np.abs(F - P)) / np.sum(np.abs(P)),
        "a square root too many: both norms are squared": np.sqrt(difference / np.sum(P**2)),
        "the mean of many ratios: add up above and below the line first, then divide once": np.mean(
            ((F - P) / P) ** 2
        ),
        "the sum of many ratios: add up above and below the line first, then divide once": np.sum(((F - P) / P) ** 2),
        "one number for each feature: add them all up": (F - P) ** 2 / np.sum(P**2),
    }
    compare(call(attempt, F, P), np.array(difference / np.sum(P**2)), mistakes, "the loss")


@exercise
def reconstruct(attempt: Callable) -> None:
    """Check `reconstruct(loss_and_gradient, x, eta, steps)`: try a step, keep it if the loss fell, else halve η."""
    # found so that every mistake below leads somewhere else
    x, eta, steps = draw(1, 2, 3, 1, seed=2), 0.5, 6
    target, curvature = np.linspace(-0.2, 1.1, x.size).reshape(x.shape), np.linspace(1, 20, x.size).reshape(x.shape)

    def bowl(x: np.ndarray) -> tuple[float, np.ndarray]:
        d = np.asarray(x) - target
        return float(np.sum(curvature * d**2) / 2), curvature * d

    def descend(
        steps: int = steps,
        box: tuple = (0.0, 1.0),
        judged: bool = True,
        move: bool = False,
        halve: float = 0.5,
        after: float = 1.0,
        gradient: Callable = lambda point: bowl(point)[1],
    ) -> np.ndarray:
        at, rate = x, eta
        for _ in range(steps):
            trial = np.clip(at - rate * gradient(at), *box)
            if not judged or bowl(trial)[0] < bowl(at)[0]:
                at, rate = trial, rate * after
            else:
                at, rate = (trial if move else at), rate * halve
        return at

    def remember(keep_loss: bool = True, keep_gradient: bool = True, clip_late: bool = False) -> np.ndarray:
        """Descend with loss and gradient from round to round; those of a failed trial are dropped if kept."""
        at, (loss, slope), rate = x, bowl(x), eta
        for _ in range(steps):
            step = at - rate * slope
            trial = np.clip(step, 0, 1)
            new_loss, new_slope = bowl(step if clip_late else trial)
            good = new_loss < loss
            at, rate = (trial, rate) if good else (at, rate / 2)
            loss = new_loss if good or not keep_loss else loss
            slope = new_slope if good or not keep_gradient else slope
        return at

    start = bowl(x)[1]
    mistakes = {
        "x is not changed: is the step downhill, and the new picture kept?": x,
        "not clipped: pixels stay in [0, 1]": descend(box=(-np.inf, np.inf)),
        "clipped at the end only: the loss has to be that of a picture": np.clip(descend(box=(-np.inf, np.inf)), 0, 1),
        "every step is taken: where the loss has risen, stay and halve η": descend(judged=False),
        "η is halved, but the bad step is taken all the same": descend(move=True),
        "η is never halved: the same step is tried again and again": descend(halve=1.0),
        "η is halved in every step: only where the loss has not fallen": descend(after=0.5),
        "the gradient is taken once, at the start: take it at each x": descend(gradient=lambda _: start),
        "after a trial that fails, its loss is kept: x has stayed, so its loss has to stay": remember(keep_loss=False),
        "after a trial that fails, its gradient is kept: x has stayed, so its gradient has to stay": remember(
            keep_gradient=False
        ),
        "after a trial that fails, its loss and gradient are kept: x has stayed, so both have to stay": remember(
            keep_loss=False, keep_gradient=False
        ),
        "clipped after the loss is computed: clip first, what is judged has to be a picture": remember(clip_late=True),
        "one step too few": descend(steps - 1),
        "one step too many": descend(steps + 1),
        "returns the loss: return the picture": np.array(bowl(descend())[0]),
    }
    compare(call(attempt, bowl, x, eta, steps), descend(), mistakes, "the last x")
