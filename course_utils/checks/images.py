"""Checkers for the exercises of lesson 1: pictures as tensors."""

from collections.abc import Callable

import numpy as np

from .verdict import call, compare, draw, exercise

IMAGENET_MEAN_BGR = np.array([103.939, 116.779, 123.68])  # Simonyan and Zisserman 2015
LUMINANCE = np.array([0.2126, 0.7152, 0.0722])  # Rec. 709, for R, G, B


@exercise
def preprocess(attempt: Callable) -> None:
    """Check `preprocess(image)`: RGB in [0, 1] to BGR, 0 to 255, minus ImageNet's mean."""
    x = draw(1, 4, 5, 3)
    bgr, mean = x[..., ::-1] * 255, IMAGENET_MEAN_BGR
    mistakes = {
        "the channels are still in RGB's order: VGG wants BGR": x * 255 - mean,
        "nothing but the channels' order was changed: the mean goes with values from 0 to 255": x[..., ::-1],
        "the values are still in [0, 1] when the mean is subtracted: multiply by 255 first": x[..., ::-1] - mean,
        "the mean is not subtracted": bgr,
        "the mean is added: subtract it": bgr + mean,
        "the mean is subtracted in RGB's order: its first number belongs to blue": bgr - mean[::-1],
        "the rows or columns are reversed, not the channels: they are the last axis": x[:, :, ::-1] * 255 - mean,
        "the mean is subtracted before multiplying by 255": (x[..., ::-1] - mean) * 255,
    }
    compare(call(attempt, x), bgr - mean, mistakes, "the result")


@exercise
def deprocess(attempt: Callable) -> None:
    """Check `deprocess(features_input)`: the inverse of `preprocess`, clipped to [0, 1]."""
    y = np.concatenate([draw(1, 4, 5, 3) * 255, [[[[-40.0, 300.0, 120.0]] * 5]]], axis=1) - IMAGENET_MEAN_BGR
    back = (y + IMAGENET_MEAN_BGR) / 255
    mistakes = {
        "not clipped: an optimised picture leaves [0, 1]": back[..., ::-1],
        "the channels are still in BGR's order": np.clip(back, 0, 1),
        "the values go from 0 to 255: divide by 255": np.clip(back[..., ::-1] * 255, 0, 255),
        "the mean is not added": np.clip(y[..., ::-1] / 255, 0, 1),
        "the mean is added in the wrong order: add it before the channels are turned to RGB": np.clip(
            (y[..., ::-1] + IMAGENET_MEAN_BGR) / 255, 0, 1
        ),
        "divided by 255 before the mean is added: undo the last thing first": np.clip(
            (y / 255 + IMAGENET_MEAN_BGR)[..., ::-1], 0, 1
        ),
    }
    compare(call(attempt, y), np.clip(back[..., ::-1], 0, 1), mistakes, "the picture")


@exercise
def luminance(attempt: Callable) -> None:
    """Check `luminance(image)`: 0.2126 R + 0.7152 G + 0.0722 B, with the channel axis kept."""
    x = draw(1, 4, 5, 3)
    right = (x * LUMINANCE).sum(-1, keepdims=True)
    mistakes = {
        "all channels count alike: the eye does not see it so": x.mean(-1, keepdims=True),
        "the weights are in BGR's order": (x * LUMINANCE[::-1]).sum(-1, keepdims=True),
        "the channel axis is lost: keep it, with length 1": right[..., 0],
        "the channels are weighted but not added": x * LUMINANCE,
        "added over the wrong axis: the channels are the last one": (x * LUMINANCE).sum(1, keepdims=True),
        "divided by 3 after weighting: the weights add up to 1 already": right / 3,
    }
    compare(call(attempt, x), right, mistakes, "the luminance")
