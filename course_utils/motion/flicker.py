"""How much a video flickers, beyond what moves in it (lesson 12)."""

import itertools
from collections.abc import Iterable

import numpy as np

from ..errors import ImageError
from ..images import as_image
from .fields import flow, warp
from .visibility import visible


def warping_error(image: np.ndarray, previous: np.ndarray, backward: np.ndarray, seen: np.ndarray) -> float:
    """Compute the mean of (image − warped previous)² over the visible pixels and the channels.

    Lai et al. 2018, "Learning blind video temporal consistency", section 4.2: E_warp of two frames; 0 if the second is
    the first, moved. A blurred video flickers less, so compare only videos with about the same style term.

    Args:
        image, previous: two results in a row, `(H, W, C)`.
        backward: the flow between their *input* frames, from the second to the first, `(H, W, 2)`.
        seen: the pixels that count, bool `(H, W)`; 0 if there is none.
    """
    difference = np.asarray(image, np.float64) - warp(previous, backward)
    return float(np.square(difference[seen]).mean()) if np.any(seen) else 0.0


def mean_warping_error(results: Iterable[np.ndarray], frames: Iterable[np.ndarray]) -> float:
    """Compute the mean `warping_error` of all pairs of frames in a row; both videos are read once, in step.

    Args:
        results: `(H, W, 3)` or `(1, H, W, 3)`, uint8 or floats in [0, 1].
        frames: the input frames that they were made from, of the same size.

    Raises:
        ImageError: fewer than two frames, frames of different sizes, or two videos of different lengths.
    """
    errors = []
    pairs = itertools.zip_longest(results, frames)
    for (before, frame_before), (result, frame) in itertools.pairwise(pairs):
        if any(each is None for each in (before, frame_before, result, frame)):
            raise ImageError(f"after {len(errors) + 1} frames one of the two videos ends, the other goes on")
        backward, forward = flow(frame, frame_before), flow(frame_before, frame)
        seen = visible(backward, forward)
        errors.append(warping_error(as_image(result)[0], as_image(before)[0], backward, seen))
    if not errors:
        raise ImageError("a warping error needs two frames or more")
    return float(np.mean(errors))
