"""Wrong answers to the exercises that `checks.images` checks."""

import numpy as np

MEAN = np.array([103.939, 116.779, 123.68])
WEIGHTS = np.array([0.2126, 0.7152, 0.0722])


WRONG = {
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
