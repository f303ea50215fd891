"""Which pixels of a frame were visible in an earlier one, and where the flow can be trusted (lesson 12).

Ruder, Dosovitskiy and Brox 2016, "Artistic style transfer for videos", sections 4.2 and 4.3.
"""

from collections.abc import Sequence

import numpy as np

from ..images import as_image
from .fields import flow, positions, warp

SAME_SHOT = 0.2  # of a frame, or more, is visible in an earlier one of the same shot, and looks like it
ALPHA = 50.0  # per square of a colour difference in [0, 1]


def disoccluded(backward: np.ndarray, forward: np.ndarray) -> np.ndarray:
    """Find the pixels from which going back and forth does not lead home: nothing of them was there before.

    Ruder et al. 2016, eq. 5: w̃(x) = w(x + ŵ(x)), the forward flow w where the backward flow ŵ leads; eq. 6:
    ‖w̃ + ŵ‖² > 0.01 (‖w̃‖² + ‖ŵ‖²) + 0.5.

    Args:
        backward: ŵ, from this frame to the earlier one, `(H, W, 2)`, px.
        forward: w, from the earlier frame to this one.

    Returns:
        bool `(H, W)`.
    """
    there = warp(forward, backward)
    return _squared(there + backward) > 0.01 * (_squared(there) + _squared(backward)) + 0.5


def motion_boundaries(backward: np.ndarray) -> np.ndarray:
    """Find the pixels at the edge of something that moves, where the flow is blurred.

    Ruder et al. 2016, eq. 7: ‖∇û‖² + ‖∇v̂‖² > 0.01 ‖ŵ‖² + 0.002, for ŵ = (û, v̂).

    Args:
        backward: ŵ, `(H, W, 2)`, px.

    Returns:
        bool `(H, W)`.
    """
    slopes = sum(np.square(slope).sum(-1) for slope in np.gradient(np.asarray(backward), axis=(0, 1)))
    return slopes > 0.01 * _squared(backward) + 0.002


def visible(backward: np.ndarray, forward: np.ndarray) -> np.ndarray:
    """Find the pixels whose place in the earlier frame is known: inside it, not disoccluded, not at a boundary.

    Args:
        backward, forward: as for `disoccluded`.

    Returns:
        bool `(H, W)`: c of Ruder et al. 2016, section 4.2.
    """
    return _inside(backward) & ~disoccluded(backward, forward) & ~motion_boundaries(backward)


def likeness(frame: np.ndarray, previous: np.ndarray, backward: np.ndarray) -> np.ndarray:
    """Tell from the colours how likely each pixel was visible in the earlier frame, by one flow instead of two.

    Lai et al. 2018, "Learning blind video temporal consistency", the mask of eq. 2: M = exp(−α ‖I − Î‖²), α = 50,
    where Î is the earlier frame, warped; and 0 for what comes from outside it. A flow that is wrong is trusted only
    as far as the colours still agree.

    Args:
        frame, previous: `(H, W, 3)`: uint8, or floats in [0, 1].
        backward: the flow from the frame to the previous one, `(H, W, 2)`, px.

    Returns:
        M, float32 `(H, W)` in [0, 1].
    """
    difference = as_image(frame)[0] - warp(as_image(previous)[0], backward)
    return np.exp(-ALPHA * _squared(difference)) * _inside(backward)


def long_term(masks: Sequence[np.ndarray]) -> list[np.ndarray]:
    """Let each pixel be answered for by one earlier frame: the nearest in which it was visible.

    Ruder et al. 2016, eq. 11: max(c⁽ʲ⁾ − Σ c⁽ᵏ⁾, 0), the sum over the frames nearer than j.

    Args:
        masks: `visible` for each earlier frame, bool `(H, W)`, nearest first.

    Returns:
        The masks that are left, in the same order; no pixel is in two of them.
    """
    left, taken = [], False
    for mask in masks:
        left.append(mask & ~np.asarray(taken))
        taken = mask | taken
    return left


def recall(frame: np.ndarray, earlier: Sequence[tuple[np.ndarray, np.ndarray]]) -> tuple[np.ndarray, np.ndarray]:
    """Assemble what the results of earlier frames say about this one.

    Where no earlier frame shows a pixel, beyond the paper, it is the new frame's own, with what the painting changed
    where the flow points: the edges are this frame's, not ghosts of the last one, and the colours the painting's.
    And an earlier frame that shows hardly any of this one, by flow and `likeness`, belongs to another shot: it counts
    as not showing any.

    Args:
        frame: `(H, W, 3)`: uint8, or floats in [0, 1].
        earlier: one or more pairs of a frame and its result, all like `frame`, nearest first.

    Returns:
        A picture, float32 `(H, W, 3)` in the frame's unit, each pixel warped from the nearest frame in which it was
        visible; and where there was one, bool `(H, W)`. Elsewhere values may lie outside the frame's range.

    Raises:
        ImageError: frames of different sizes.
    """
    backward = [flow(frame, before) for before, _ in earlier]
    masks = []
    for w, (before, _) in zip(backward, earlier, strict=True):
        mask = visible(w, flow(before, frame))
        shown = np.mean(mask * likeness(frame, before, w))  # from black to a photo, all flows are 0, back and forth
        masks.append(mask & (shown >= SAME_SHOT))
    masks = long_term(masks)
    before, result = earlier[0]
    picture = frame + warp(np.subtract(result, before, dtype=np.float32), backward[0])
    for mask, w, (_, result) in zip(masks, backward, earlier, strict=True):
        picture = np.where(mask[..., np.newaxis], warp(result, w), picture)
    return picture, np.any(masks, axis=0)


def _inside(backward: np.ndarray) -> np.ndarray:
    x, y = positions(backward)
    height, width = x.shape
    return (np.abs(x - (width - 1) / 2) <= width / 2) & (np.abs(y - (height - 1) / 2) <= height / 2)


def _squared(w: np.ndarray) -> np.ndarray:
    return np.square(w).sum(-1)
