"""Wrong answers to the exercises that `checks.video` checks."""

import numpy as np


def sample(
    at=lambda position, side: np.clip(position, 0, side - 1),
    order=(0, 1),
    sign=1,
    near=lambda part: part,
    used=(1, 1),
    next_to=lambda k, side: min(k, side - 1),
):
    """Make an attempt at `my_warp`: correct, but for what is given."""

    def attempt(previous, w):
        height, width = previous.shape[:2]
        out = np.zeros_like(previous)
        for i in range(height):
            for j in range(width):
                u, v = (sign * w[i, j, axis] for axis in order)
                x, y = at(j + used[0] * u, width), at(i + used[1] * v, height)
                for k, a in ((int(np.floor(x)), 0), (int(np.floor(x)) + 1, 1)):
                    for m, b in ((int(np.floor(y)), 0), (int(np.floor(y)) + 1, 1)):
                        p, q = near(x - np.floor(x)), near(y - np.floor(y))
                        weight = (p if a else 1 - p) * (q if b else 1 - q)
                        out[i, j] += weight * previous[next_to(m, height), next_to(k, width)]
        return out

    return attempt


def black_beyond(previous, w):
    rows, columns = np.indices(previous.shape[:2])
    x, y = columns + w[..., 0], rows + w[..., 1]
    outside = (x < 0) | (x > previous.shape[1] - 1) | (y < 0) | (y > previous.shape[0] - 1)
    return np.where(outside[..., np.newaxis], 0, sample()(previous, w))


def pushed(previous, w):
    out = np.zeros_like(previous)
    height, width = previous.shape[:2]
    for i in range(height):
        for j in range(width):
            x, y = round(j + w[i, j, 0]), round(i + w[i, j, 1])
            out[min(max(y, 0), height - 1), min(max(x, 0), width - 1)] = previous[i, j]
    return out


def unclipped(previous, w):
    rows, columns = np.indices(previous.shape[:2])
    left, top = np.floor(columns + w[..., 0]).astype(int), np.floor(rows + w[..., 1]).astype(int)
    return previous[top + 1, left + 1]


def assemble(
    known=lambda warp, result, before, frame, w: warp(result, w),
    unknown=lambda warp, result, before, frame, w: frame + warp(result - before, w),
    mask=lambda visible, backward, forward: visible(backward, forward),
    sign=1,
):
    """Make an attempt at `repaired_start`: correct, but for what is given."""

    def attempt(frame, before, result, flow, warp, visible):
        backward, forward = flow(frame, before), flow(before, frame)
        seen = mask(visible, backward, forward)[..., np.newaxis]
        given = warp, result, before, frame, sign * backward
        return np.where(seen, known(*given), unknown(*given))

    return attempt


def of_results(frame, before, result, flow, warp, visible):
    w = flow(frame, result)
    return np.where(visible(w, flow(result, frame))[..., np.newaxis], warp(result, w), frame)


def forgets_the_axis(frame, before, result, flow, warp, visible):
    w = flow(frame, before)
    return np.where(visible(w, flow(before, frame)), warp(result, w), frame)


def pull(change=lambda g, c, size: g, mask=lambda c: c[..., np.newaxis], difference=lambda x, omega, c: x - omega):
    """Make an attempt at `temporal_gradient`; `change` gets the right gradient, the mask and D."""
    return lambda x, omega, c, delta: change(2 * delta * mask(c) * difference(x, omega, c) / x.size, c, x.size)


def choose(
    allowed=lambda s, each, limit: s <= limit * each, key=lambda delta, error, style: error, none=lambda rows: 0
):
    """Make an attempt at `choose_delta`: correct, but for what is given."""

    def attempt(deltas, errors, styles, style_each, limit):
        rows = list(zip(deltas, errors, styles, strict=True))
        fine = [row for row in rows if allowed(row[2], style_each, limit)]
        return min(fine, key=lambda row: key(*row))[0] if fine else none(rows)

    return attempt


def least(rows):
    return min(rows, key=lambda row: row[1])[0]


def position(deltas, errors, styles, each, limit):
    return deltas.index(choose()(deltas, errors, styles, each, limit))


def own_error(deltas, errors, styles, each, limit):
    return errors[position(deltas, errors, styles, each, limit)]


def there_and_back(low, high, n):
    return np.concatenate([np.linspace(low, high, n // 2), np.linspace(high, low, n - n // 2)])


def jumps_home(n):
    return np.append(np.linspace(0.2, 0.8, n - 1), 0.2)


WRONG = {
    "my_warp": [
        (sample(sign=-1), "the other way round"),
        (sample(order=(1, 0)), "columns and rows have changed places"),
        (sample(at=lambda p, side: np.clip(np.rint(p), 0, side - 1)), "to the nearest pixel"),
        (sample(at=lambda p, side: np.clip(np.floor(p), 0, side - 1)), "rounded down"),
        (sample(near=lambda part: 0.5), "a plain mean"),
        (sample(near=lambda part: 1 - part), "the weights have changed places"),
        (black_beyond, "black beyond the border"),
        (sample(at=lambda p, side: p, next_to=lambda k, side: k % side), "at the other side"),
        (sample(used=(1, 0)), "w[..., 1] is not used"),
        (sample(used=(0, 1)), "w[..., 0] is not used"),
        (pushed, "each pixel is pushed"),
        (lambda previous, w: previous, "the earlier picture as it was"),
        (unclipped, "IndexError"),
        (lambda previous, w: sample()(previous, w)[..., 0], "should have the shape (7, 9, 3)"),
    ],
    "repaired_start": [
        (lambda frame, before, result, flow, warp, visible: warp(result, -flow(before, frame)), "the program above"),
        (lambda frame, before, result, flow, warp, visible: warp(result, flow(before, frame)), "its arrows belong"),
        (lambda frame, before, result, flow, warp, visible: warp(result, flow(frame, before)), "is now a ghost"),
        (assemble(sign=-1), "minus the backward flow"),
        (
            lambda frame, before, result, flow, warp, visible: assemble(
                lambda warp, result, *_: warp(result, -flow(before, frame))
            )(frame, before, result, flow, warp, visible),
            "minus the forward flow is still used",
        ),
        (assemble(mask=lambda visible, backward, forward: ~visible(backward, forward)), "the mask is turned round"),
        (assemble(mask=lambda visible, backward, forward: visible(forward, backward)), "in the wrong order"),
        (assemble(mask=lambda visible, backward, forward: visible(backward, backward)), "the mask of other flows"),
        (assemble(unknown=lambda warp, result, before, frame, w: frame), "the frame itself"),
        (assemble(unknown=lambda warp, result, before, frame, w: 0 * frame), "black where nothing is known"),
        (assemble(unknown=lambda warp, result, before, frame, w: frame + result - before), "is added where it was"),
        (assemble(unknown=lambda warp, result, before, frame, w: warp(result - before, w)), "add it to the frame"),
        (
            assemble(known=lambda warp, result, before, frame, w: frame + warp(result - before, w)),
            "the frame and the change everywhere",
        ),
        (assemble(known=lambda warp, result, before, frame, w: warp(before, w)), "the earlier frame is warped"),
        (assemble(known=lambda warp, result, before, frame, w: result), "the result is not warped"),
        (of_results, "from a painted picture"),
        (forgets_the_axis, "ValueError"),
    ],
    "temporal_gradient": [
        (pull(lambda g, c, size: -g), "the other way"),
        (pull(lambda g, c, size: g / 2), "the 2 from the square"),
        (lambda x, omega, c, delta: pull()(x, omega, c, 1), "δ is missing"),
        (pull(lambda g, c, size: g * size), "not divided by D"),
        (pull(lambda g, c, size: 3 * g), "the number of positions"),
        (pull(lambda g, c, size: g * size / (3 * c.sum())), "by what is visible"),
        (pull(lambda g, c, size: g / size), "divided by D twice"),
        (pull(mask=lambda c: 1), "the mask is missing"),
        (pull(mask=lambda c: 1 - c[..., np.newaxis]), "the mask is turned round"),
        (pull(mask=lambda c: c[..., np.newaxis] ** 2), "the mask is squared"),
        (
            pull(mask=lambda c: 1, difference=lambda x, omega, c: x - c[..., np.newaxis] * omega),
            "the mask inside the difference",
        ),
        (lambda x, omega, c, delta: delta * c[..., np.newaxis] * (x - omega) ** 2 / x.size, "not its gradient"),
        (lambda x, omega, c, delta: delta * (c[..., np.newaxis] * (x - omega) ** 2).mean(), "summed"),
        (pull(mask=lambda c: c), "ValueError"),
    ],
    "choose_delta": [
        (choose(lambda s, each, limit: True), "the least error of all"),
        (choose(key=lambda delta, error, style: style), "the least style left, by"),
        (choose(key=lambda delta, error, style: -delta), "the largest δ that the style allows"),
        (choose(lambda s, each, limit: True, lambda delta, error, style: -delta), "the largest δ of all"),
        (choose(lambda s, each, limit: s <= each), "`limit` is not used"),
        (lambda deltas, *_: deltas[0], "the first that comes"),
        (position, "its position in the list"),
        (own_error, "its error, not δ"),
        (choose(lambda s, each, limit: s < limit * each), "is still allowed"),
        (choose(none=least), "though no δ keeps the style"),
        (choose(none=lambda rows: min(rows, key=lambda row: row[2])[0]), "though even that"),
        (choose(none=lambda rows: min([])), "ValueError"),
    ],
    "fooling_video": [
        (lambda n: np.full(n, 0.5), "lightest frame it is 0.000"),
        (lambda n: there_and_back(0.4, 0.6, n), "lightest frame it is 0.200"),
        (lambda n: 0.25 + 0.5 * (1 - np.abs(2 * np.arange(n) / (n - 1) - 1)), "lightest frame it is 0.489"),
        (lambda n: np.linspace(0.25, 0.75, n), "it should end as it began"),
        (lambda n: there_and_back(0.7, 1.2, n), "a picture holds 0 to 1"),
        (lambda n: 0.5 - 0.255 * np.cos(2 * np.pi * np.arange(n) / (n - 1)), "which lengths cost least"),
        (jumps_home, "one step makes up"),
        (lambda n: np.where(np.arange(n) % 2 * (np.arange(n) < n - 1), 0.75, 0.25), "E_warp is 2446.8"),
        (lambda n: np.full(n, np.nan), "holds NaN"),
        (lambda n: there_and_back(0.25, 0.75, 24), "should have the shape (48,)"),
    ],
}
