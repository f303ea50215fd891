"""Checkers for the exercises of lesson 1: pictures as tensors."""

from collections.abc import Callable

import numpy as np

from ..colour import LUMINANCE
from .verdict import Verdict, call, compare, draw, exercise

IMAGENET_MEAN_BGR = np.array([103.939, 116.779, 123.68])  # Simonyan and Zisserman 2015


@exercise
def to_bytes(attempt: Callable) -> None:
    """Check `to_bytes(image)`: clipped to [0, 1], times 255, rounded, as uint8."""
    x = np.concatenate(
        [draw(1, 4, 5, 3), [[[[-0.01, 1.01, 0.999], [0.0, 1.0, 0.001], [-0.3, 1.5, 0.0]] + [[0.37] * 3] * 2]]], 1
    )
    clipped, kept = np.clip(x, 0, 1), []
    mistakes = {
        "this is the broken program: it shows both symptoms": (x * 255).astype(int).astype(np.uint8),
        "the specks are gone, but the picture still darkens: 254.7 becomes 254": np.floor(clipped * 255),
        "it no longer darkens, but values outside [0, 1] still wrap around": np.round(x * 255) % 256,
        "rounds up, so the picture gets brighter: round to the nearest": np.ceil(clipped * 255),
        "a byte has no fraction: these are not whole numbers": clipped * 255,
        "the values end at 1, a byte's at 255": clipped,
        "clipped to [0, 1] after multiplying by 255: hardly more than black and white is left": np.clip(x * 255, 0, 1),
        "rounded while the values still end at 1: only 0 and 255 are left": np.round(clipped) * 255,
        "multiplied by 256: a byte ends at 255": np.minimum(np.floor(clipped * 256), 255),
    }

    def recorded(image: np.ndarray) -> object:
        kept.append(attempt(image))
        return kept[-1]

    compare(call(recorded, x), np.round(clipped * 255), mistakes, "the byte")
    if np.asarray(kept[-1]).dtype != np.uint8:
        raise Verdict(f"the numbers are right, but their type is {np.asarray(kept[-1]).dtype}: make it uint8")


@exercise
def largest_width(attempt: Callable) -> None:
    """Check `largest_width(memory, channels, bytes_each, aspect)`: ⌊√(memory · aspect / (channels · bytes_each))⌋."""
    for memory, channels, size, aspect in [(100_000, 3, 4, 1.5), (50_000, 1, 2, 0.75), (6_000_000, 1, 1, 1.5)]:
        exact = np.sqrt(memory * aspect / (channels * size))
        mistakes = {
            "this is a number of pixels times the aspect, W²: take the root": np.floor(exact**2),
            "one too wide, it does not fit: round down": np.floor(exact) + 1,
            "this is the height: W is aspect times as large": np.floor(exact / aspect),
            "the height is forgotten: W × (W / aspect) pixels": np.floor(exact**2 / aspect),
            "this is for a square: use aspect": np.floor(exact / np.sqrt(aspect)),
            "the channels are forgotten": np.floor(exact * np.sqrt(channels)),
            "the bytes of each number are forgotten": np.floor(exact * np.sqrt(size)),
            "the channels and the bytes of each number are forgotten": np.floor(exact * np.sqrt(channels * size)),
            "counted in bits: the memory is given in bytes": np.floor(exact / np.sqrt(8)),
            "a number of pixels is whole: round down": exact,
        }
        compare(call(attempt, memory, channels, size, aspect), np.floor(exact), mistakes, "the width")


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
def halve(attempt: Callable) -> None:
    """Check `halve(image)`: the mean of each block of 2 × 2 pixels; an odd last row or column is dropped."""
    for height, width in [(4, 6), (5, 7)]:
        x = draw(1, height, width, 3)
        even = x[:, : height // 2 * 2, : width // 2 * 2]
        blocks = even.reshape(1, height // 2, 2, width // 2, 2, 3)
        scrambled = even.reshape(1, height // 2, width // 2, 2, 2, 3).mean((3, 4))
        mistakes = {
            "every second pixel, without averaging: this is what causes aliasing": even[:, ::2, ::2],
            "added up, not averaged: divide by 4": blocks.sum((2, 4)),
            "the largest of each block, which is max pooling: take the mean": blocks.max((2, 4)),
            "only the rows are halved": blocks.mean(2).reshape(1, height // 2, -1, 3),
            "only the columns are halved": blocks.mean(4).reshape(1, -1, width // 2, 3),
            "averages the pixel with one neighbour: a block has four": (even[:, ::2, ::2] + even[:, 1::2, 1::2]) / 2,
            "the axes are in the wrong order: reshape to (1, H/2, 2, W/2, 2, C)": scrambled,
            "the channels are averaged, too: keep them apart": blocks.mean((2, 4, 5))[..., np.newaxis],
        }
        compare(call(attempt, x), blocks.mean((2, 4)), mistakes, "the halved picture")


@exercise
def luminance(attempt: Callable) -> None:
    """Check `luminance(image)`: 0.2126 R + 0.7152 G + 0.0722 B, with the channel axis kept."""
    x = draw(1, 4, 5, 3)
    right = (x * LUMINANCE).sum(-1, keepdims=True)
    mistakes = {
        "all channels count alike: to the eye, green counts most and blue least": x.mean(-1, keepdims=True),
        "the weights are in BGR's order": (x * LUMINANCE[::-1]).sum(-1, keepdims=True),
        "the channel axis is lost: keep it, with length 1": right[..., 0],
        "the channels are weighted but not added": x * LUMINANCE,
        "added over the wrong axis: the channels are the last one": (x * LUMINANCE).sum(1, keepdims=True),
        "divided by 3 after weighting: the weights add up to 1 already": right / 3,
    }
    compare(call(attempt, x), right, mistakes, "the luminance")
