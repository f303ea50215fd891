"""Checkers for the exercises of lesson 12: warping, what an earlier frame says about this one, and what flickers."""

from collections.abc import Callable

import numpy as np

from .verdict import Verdict, call, compare, draw, exercise

FRAMES, SPAN = 48, 0.5  # of the video that fools the warping error
LARGEST_ERROR = 5e-4  # about a tenth of what a video repainted frame by frame has, on the course's clip


def _warped(
    image: np.ndarray,
    w: np.ndarray,
    change: Callable = lambda position: position,
    share: Callable = lambda part: part,
    beyond: str = "border",
) -> np.ndarray:
    """Sample an image `(H, W, C)` at x + w(x), or do it with a slip.

    Args:
        image, w: as the exercise gives them.
        change: made to the positions before interpolation.
        share: how much the further of two neighbours counts, from the distance to the nearer one.
        beyond: what is outside: "border" repeats it, "black" is 0, "round" begins again at the other side.
    """
    rows, columns = np.indices(image.shape[:2])
    x, y = change(columns + w[..., 0]), change(rows + w[..., 1])
    height, width = image.shape[:2]
    inside = (x >= 0) & (x <= width - 1) & (y >= 0) & (y <= height - 1)
    if beyond != "round":
        x, y = np.clip(x, 0, width - 1), np.clip(y, 0, height - 1)
    left, top = np.floor(x).astype(int), np.floor(y).astype(int)
    a, b = (share(part)[..., np.newaxis] for part in (x - left, y - top))
    if beyond == "round":
        right, below, left, top = (left + 1) % width, (top + 1) % height, left % width, top % height
    else:
        right, below = np.minimum(left + 1, width - 1), np.minimum(top + 1, height - 1)
    upper = (1 - a) * image[top, left] + a * image[top, right]
    picture = (1 - b) * upper + b * ((1 - a) * image[below, left] + a * image[below, right])
    return picture * inside[..., np.newaxis] if beyond == "black" else picture


def _pushed(image: np.ndarray, w: np.ndarray) -> np.ndarray:
    rows, columns = np.indices(image.shape[:2])
    x = np.clip(np.rint(columns + w[..., 0]), 0, image.shape[1] - 1).astype(int)
    y = np.clip(np.rint(rows + w[..., 1]), 0, image.shape[0] - 1).astype(int)
    out = np.zeros_like(image)
    out[y, x] = image
    return out


@exercise
def my_warp(attempt: Callable) -> None:
    """Check `my_warp(previous, w)`: the earlier picture sampled at x + w(x), bilinearly, its border repeated."""
    previous, w = draw(7, 9, 3), 5 * draw(7, 9, 2, seed=1) - 2.5
    mistakes = {
        "the other way round: the flow says where the pixel was, so sample at x + w(x), not at x − w(x)": _warped(
            previous, -w
        ),
        "columns and rows have changed places: w[..., 0] is to the right, w[..., 1] down": _warped(
            previous, w[..., ::-1]
        ),
        "rounded to the nearest pixel: mix the four around x + w(x)": _warped(previous, w, change=np.rint),
        "rounded down to a pixel: mix the four around x + w(x)": _warped(previous, w, change=np.floor),
        "a plain mean of the four pixels: the nearer one counts more": _warped(
            previous, w, share=lambda part: np.full_like(part, 0.5)
        ),
        "the weights have changed places: the nearer pixel counts more": _warped(
            previous, w, share=lambda part: 1 - part
        ),
        "black beyond the border: keep x + w(x) within the picture, so that its border is repeated": _warped(
            previous, w, beyond="black"
        ),
        "beyond the border it begins again at the other side: keep x + w(x) within the picture": _warped(
            previous, w, beyond="round"
        ),
        "only to the right and left: w[..., 1] is not used": _warped(previous, w * [1, 0]),
        "only up and down: w[..., 0] is not used": _warped(previous, w * [0, 1]),
        "each pixel is pushed along its arrow: ask for each pixel of the result where it comes from": _pushed(
            previous, w
        ),
        "the earlier picture as it was": previous,
    }
    compare(call(attempt, previous, w), _warped(previous, w), mistakes, "the result")


class _Shot:
    """Two frames, the first one's result, and stand-ins for `flow` and `visible` that know the answers."""

    def __init__(self) -> None:
        self.frame, self.before, self.result = (draw(6, 8, 3, seed=seed) for seed in (1, 2, 3))
        self.backward, self.forward, self.other = (3 * draw(6, 8, 2, seed=seed) - 1.5 for seed in (4, 5, 6))
        self.seen, self.swapped, self.neither = (
            draw(6, 8, seed=seed) < part for seed, part in ((7, 0.7), (8, 0.5), (9, 0.4))
        )
        self.asked_of_result = False

    def flow(self, first: np.ndarray, second: np.ndarray) -> np.ndarray:
        """Return the flow from a frame to another one, if they are the two of this shot."""
        same = [[np.array_equal(a, b) for b in (self.frame, self.before, self.result)] for a in (first, second)]
        self.asked_of_result |= same[0][2] or same[1][2]
        if same[0][0] and same[1][1]:
            return self.backward.copy()
        return (self.forward if same[0][1] and same[1][0] else self.other).copy()

    def visible(self, backward: np.ndarray, forward: np.ndarray) -> np.ndarray:
        """Return the mask of the two flows of this shot."""
        if np.array_equal(backward, self.backward) and np.array_equal(forward, self.forward):
            return self.seen.copy()
        other_way = np.array_equal(backward, self.forward) and np.array_equal(forward, self.backward)
        return (self.swapped if other_way else self.neither).copy()

    def start(
        self,
        known: Callable = lambda shot: _warped(shot.result, shot.backward),
        unknown: Callable = lambda shot: shot.frame + _warped(shot.result - shot.before, shot.backward),
        mask: Callable = lambda shot: shot.seen,
    ) -> np.ndarray:
        """Assemble the start, as it should be or with a slip."""
        return np.where(mask(self)[..., np.newaxis], known(self), unknown(self))


@exercise
def repaired_start(attempt: Callable) -> None:
    """Check `repaired_start(frame, before, result, flow, warp, visible)`: where the next frame starts from."""
    shot = _Shot()

    def flow(first: np.ndarray, second: np.ndarray) -> np.ndarray:  # a bound method would be copied with its shot
        return shot.flow(first, second)

    answer = call(attempt, shot.frame, shot.before, shot.result, flow, _warped, shot.visible)
    right = shot.start()
    if shot.asked_of_result:
        raise Verdict("the flow is taken from a painted picture: strokes don't show what moves, the video's frames do")

    def everywhere(shot: _Shot) -> np.ndarray:
        return np.ones_like(shot.seen)

    def change(shot: _Shot) -> np.ndarray:
        return _warped(shot.result - shot.before, shot.backward)

    slips = {
        "the program above: minus the forward flow, and no mask": shot.start(
            lambda shot: _warped(shot.result, -shot.forward), mask=everywhere
        ),
        "the forward flow: its arrows belong to the pixels of the earlier frame": shot.start(
            lambda shot: _warped(shot.result, shot.forward), mask=everywhere
        ),
        "the right flow, but no mask: what was hidden in the earlier frame is now a ghost": shot.start(
            mask=everywhere
        ),
        "minus the backward flow: it points to the earlier frame already": shot.start(
            lambda shot: _warped(shot.result, -shot.backward),
            lambda shot: shot.frame + _warped(shot.result - shot.before, -shot.backward),
        ),
        "minus the forward flow is still used where the pixel was visible": shot.start(
            lambda shot: _warped(shot.result, -shot.forward)
        ),
        "the mask is turned round: where it is True, the earlier frame shows the pixel": shot.start(
            mask=lambda shot: ~shot.seen
        ),
        "the mask of the two flows in the wrong order: visible(backward, forward)": shot.start(
            mask=lambda shot: shot.swapped
        ),
        "the mask of other flows: visible(backward, forward), both estimated from the two frames": shot.start(
            mask=lambda shot: shot.neither
        ),
        "the frame itself where nothing is known: add what the painting changed, warped": shot.start(
            unknown=lambda shot: shot.frame
        ),
        "black where nothing is known: take the frame, and add what the painting changed, warped": shot.start(
            unknown=lambda shot: 0 * shot.frame
        ),
        "what the painting changed is added where it was: it has to be warped, too": shot.start(
            unknown=lambda shot: shot.frame + shot.result - shot.before
        ),
        "only what the painting changed, where nothing is known: add it to the frame": shot.start(unknown=change),
        "the frame and the change everywhere: where the pixel was visible, take the warped result": shot.start(
            known=lambda shot: shot.frame + change(shot)
        ),
        "the earlier frame is warped, not its result": shot.start(
            known=lambda shot: _warped(shot.before, shot.backward)
        ),
        "the result is not warped": shot.start(known=lambda shot: shot.result),
    }
    compare(answer, right, slips, "the start")


@exercise
def temporal_gradient(attempt: Callable) -> None:
    """Check `temporal_gradient(x, omega, c, delta)`: the gradient of δ/D Σ c (x − ω)²."""
    x, omega, c, delta = draw(5, 6, 3), draw(5, 6, 3, seed=1), draw(5, 6, seed=2), 70.0
    mask, difference = c[..., np.newaxis], x - omega
    right = 2 * delta * mask * difference / x.size
    mistakes = {
        "the other way: the gradient points away from ω, and the rule subtracts it": -right,
        "the 2 from the square is missing": right / 2,
        "δ is missing": right / delta,
        "not divided by D: the term is a mean": right * x.size,
        "divided by the number of positions: D counts the channels, too": right * 3,
        "divided by what is visible: D counts all values": right * x.size / (3 * c.sum()),
        "divided by D twice": right / x.size,
        "the mask is missing": 2 * delta * difference / x.size,
        "the mask is turned round: c is 1 where the pixel was visible": 2 * delta * (1 - mask) * difference / x.size,
        "the mask is squared: c stands outside the square": right * mask,
        "the mask inside the difference: what is not visible would be pulled to black": 2
        * delta
        * (x - mask * omega)
        / x.size,
        "the term itself, not its gradient": delta * mask * difference**2 / x.size,
        "the term itself, summed: the gradient has a number for each value of x": delta
        * (mask * difference**2).sum()
        / x.size,
    }
    compare(call(attempt, x, omega, c, delta), right, mistakes, "the gradient")


@exercise
def choose_delta(attempt: Callable) -> None:
    """Check `choose_delta(deltas, errors, styles, style_each, limit)`: the least error at a style that is allowed."""
    deltas = [30.0, 0.0, 1000.0, 100.0, 3000.0, 200.0, 10.0]
    errors = [4.4, 5.9, 0.64, 3.1, 0.9, 3.3, 5.2]
    styles = [0.057, 0.054, 0.077, 0.059, 0.090, 0.060, 0.0545]
    each, limit = 0.0546, 1.2
    mistakes = {
        "the least error of all: its style left is more than `limit` times that of frame by frame": 1000.0,
        "the least style left, by the video that flickers most here: look at the errors, too": 0.0,
        "the largest δ that the style allows: a smaller one flickers less here": 200.0,
        "the largest δ of all": 3000.0,
        "`limit` is not used: the style left may be that many times as large": 10.0,
        "the first that comes: compare the errors": 30.0,
        "its position in the list, not δ": 3.0,
        "its error, not δ": 3.1,
    }
    compare(call(attempt, deltas, errors, styles, each, limit), np.array(100.0), mistakes, "δ")
    edge = {"exactly `limit` times as much is still allowed": 0.0}
    compare(call(attempt, [0.0, 50.0], [5.0, 3.0], [0.6, 0.75], 0.5, 1.5), np.array(50.0), edge, "δ")
    none = {
        "the least error, though no δ keeps the style: then return 0": 50.0,
        "the least style left, though even that is too much: then return 0": 20.0,
    }
    compare(call(attempt, [20.0, 50.0], [5.0, 3.0], [0.7, 0.8], 0.5, 1.2), np.array(0.0), none, "δ")


@exercise
def fooling_video(attempt: Callable) -> None:
    """Check `fooling_video(n)`: brightnesses that change a lot, end as they began, and have a small warping error."""
    b = call(attempt, FRAMES)
    if b.shape != (FRAMES,):
        raise Verdict(f"the video should have the shape ({FRAMES},) here, not {b.shape}")
    if not np.isfinite(b).all():
        raise Verdict("holds NaN or infinity")
    if b.min() < 0 or b.max() > 1:
        raise Verdict(f"the brightness goes from {b.min():.2f} to {b.max():.2f}: a picture holds 0 to 1")
    if (span := np.ptp(b)) < SPAN - 1e-6:
        raise Verdict(f"from the darkest to the lightest frame it is {span:.3f}, and should be {SPAN} or more")
    if (left := abs(b[-1] - b[0])) > 1e-3:
        raise Verdict(f"the last frame differs from the first by {left:.2f}: it should end as it began")
    squares = np.diff(b) ** 2
    if (error := squares.mean()) > LARGEST_ERROR:
        share = squares.max() / squares.sum()
        why = (
            f"one step makes up {100 * share:.0f} % of it"
            if share > 0.2
            else "a step twice as long costs four times as much, so which lengths cost least?"
        )
        raise Verdict(f"E_warp is {1e4 * error:.1f} · 10⁻⁴, and should be {1e4 * LARGEST_ERROR:.1f} at most: {why}")
