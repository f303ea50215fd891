"""Wrong answers to the exercises that `checks.images` checks."""

import numpy as np

MEAN = np.array([103.939, 116.779, 123.68])
WEIGHTS = np.array([0.2126, 0.7152, 0.0722])


def pixels(memory, channels, size):
    return memory / (channels * size)


def even(x):
    return x[:, : x.shape[1] // 2 * 2, : x.shape[2] // 2 * 2]


def blocks(x):
    x = even(x)
    return x.reshape(1, x.shape[1] // 2, 2, x.shape[2] // 2, 2, x.shape[3])


WRONG = {
    "to_bytes": [
        (lambda x: (x * 255).astype(int).astype(np.uint8), "both symptoms"),
        (lambda x: (np.clip(x, 0, 1) * 255).astype(np.uint8), "254.7 becomes 254"),
        (lambda x: np.round(x * 255).astype(int).astype(np.uint8), "still wrap around"),
        (lambda x: np.ceil(np.clip(x, 0, 1) * 255).astype(np.uint8), "gets brighter"),
        (lambda x: np.clip(x, 0, 1) * 255, "no fraction"),
        (lambda x: np.clip(x, 0, 1), "a byte's at 255"),
        (lambda x: np.clip(x * 255, 0, 1), "after multiplying"),
        (lambda x: np.round(np.clip(x, 0, 1)) * 255, "while the values still end at 1"),
        (lambda x: np.minimum(np.clip(x, 0, 1) * 256, 255).astype(np.uint8), "multiplied by 256"),
        (lambda x: np.round(np.clip(x, 0, 1) * 255), "type is float64"),
    ],
    "largest_width": [
        (lambda m, c, b, a: int(pixels(m, c, b) * a), "take the root"),
        (lambda m, c, b, a: int((pixels(m, c, b) * a) ** 0.5) + 1, "round down"),
        (lambda m, c, b, a: int((pixels(m, c, b) / a) ** 0.5), "this is the height"),
        (lambda m, c, b, a: int(pixels(m, c, b)), "the height is forgotten"),
        (lambda m, c, b, a: int(pixels(m, c, b) ** 0.5), "for a square"),
        (lambda m, c, b, a: int((pixels(m, 1, b) * a) ** 0.5), "the channels are forgotten"),
        (lambda m, c, b, a: int((pixels(m, c, 1) * a) ** 0.5), "the bytes of each number are forgotten"),
        (lambda m, c, b, a: int((m * a) ** 0.5), "the channels and the bytes"),
        (lambda m, c, b, a: int((pixels(m, c, 8 * b) * a) ** 0.5), "in bits"),
        (lambda m, c, b, a: (pixels(m, c, b) * a) ** 0.5, "is whole"),
    ],
    "halve": [
        (lambda x: even(x)[:, ::2, ::2], "causes aliasing"),
        (lambda x: blocks(x).sum((2, 4)), "divide by 4"),
        (lambda x: blocks(x).max((2, 4)), "max pooling"),
        (lambda x: even(x).reshape(1, x.shape[1] // 2, 2, -1, 3).mean(2), "only the rows"),
        (lambda x: (even(x)[:, :, ::2] + even(x)[:, :, 1::2]) / 2, "only the columns"),
        (lambda x: (even(x)[:, ::2, ::2] + even(x)[:, 1::2, 1::2]) / 2, "a block has four"),
        (lambda x: x.reshape(1, x.shape[1] // 2, x.shape[2] // 2, 2, 2, 3).mean((3, 4)), "wrong order"),
        (lambda x: blocks(x).mean((2, 4, 5))[..., None], "keep them apart"),
        (lambda x: x.reshape(1, x.shape[1] // 2, 2, x.shape[2] // 2, 2, 3).mean((2, 4)), "stops with ValueError"),
    ],
    "preprocess": [
        (lambda x: x * 255 - MEAN, "VGG wants BGR"),
        (lambda x: x[..., ::-1] - MEAN, "multiply by 255 first"),
        (lambda x: x[..., ::-1] * 255, "the mean is not subtracted"),
        (lambda x: x[..., ::-1] * 255 + MEAN, "subtract it"),
        (lambda x: x[..., ::-1] * 255 - MEAN[::-1], "belongs to blue"),
        (lambda x: x[:, :, ::-1] * 255 - MEAN, "the last axis"),
        (lambda x: x[..., ::-1], "nothing but the channels' order"),
        (lambda x: (x[..., ::-1] - MEAN) * 255, "before multiplying by 255"),
    ],
    "deprocess": [
        (lambda y: ((y + MEAN) / 255)[..., ::-1], "not clipped"),
        (lambda y: np.clip((y + MEAN) / 255, 0, 1), "still in BGR's order"),
        (lambda y: np.clip((y + MEAN)[..., ::-1], 0, 255), "divide by 255"),
        (lambda y: np.clip(y[..., ::-1] / 255, 0, 1), "the mean is not added"),
        (lambda y: np.clip((y[..., ::-1] + MEAN) / 255, 0, 1), "before the channels are turned"),
        (lambda y: np.clip((y / 255 + MEAN)[..., ::-1], 0, 1), "undo the last thing first"),
    ],
    "luminance": [
        (lambda x: x.mean(-1, keepdims=True), "all channels count alike"),
        (lambda x: (x * WEIGHTS[::-1]).sum(-1, keepdims=True), "in BGR's order"),
        (lambda x: x @ WEIGHTS, "the channel axis is lost"),
        (lambda x: x * WEIGHTS, "weighted but not added"),
        (lambda x: (x * WEIGHTS).sum(1, keepdims=True), "wrong axis"),
        (lambda x: (x * WEIGHTS).mean(-1, keepdims=True), "divided by 3"),
    ],
}
