"""Optical flow, and pictures moved along it (lesson 12).

A flow is float32 `(H, W, 2)`: for each pixel of a frame, how many columns to the right and how many rows down it was
in another frame. It is called backward if that other frame is the one before.
"""

import cv2
import numpy as np
from scipy.ndimage import map_coordinates

from ..errors import ImageError
from ..images import as_bytes, as_image


def flow(frame: np.ndarray, other: np.ndarray, finest: int = 0) -> np.ndarray:
    """Estimate where each pixel of a frame is in another one: pixel x of `frame` is seen at x + w(x) in `other`.

    Dense inverse search (Kroeger et al. 2016) as in OpenCV, down to the finest scale: its own presets stop at half
    the size, which costs a twentieth of a pixel even where a picture moves by whole pixels.

    Args:
        frame, other: `(H, W, 3)`, of the same size: uint8, or floats in [0, 1].
        finest: how often the finest size that is searched has been halved; each time is about four times as fast.

    Returns:
        w, float32 `(H, W, 2)`, px. Where a pixel is not in `other` at all, it is a guess: see `visible`.

    Raises:
        ImageError: not a picture, or two sizes.
    """
    first, second = _grey(frame), _grey(other)
    if first.shape != second.shape:
        raise ImageError(f"frames of {_size(first)} and {_size(second)} px: all frames of a video have one size")
    search = cv2.DISOpticalFlow.create(cv2.DISOPTICAL_FLOW_PRESET_MEDIUM)
    search.setFinestScale(finest)
    return search.calc(first, second, None)


def warp(image: np.ndarray, w: np.ndarray, degree: int = 1) -> np.ndarray:
    """Sample a picture at x + w(x): with the backward flow, move the last frame to where this one is.

    Args:
        image: `(H, W)` or `(H, W, C)`, converted to float32; beyond its border, its border's pixels.
        w: `(H, W, 2)`, px.
        degree: of the spline through the pixels. 1 is bilinear; 3 stays sharp where a picture is moved again and
            again, and may leave its range by a little.

    Returns:
        float32, of the picture's shape.

    Raises:
        ImageError: a flow of another size than the picture.
    """
    image, w = np.asarray(image, np.float32), np.asarray(w, np.float32)
    if w.shape != (*image.shape[:2], 2):
        raise ImageError(f"a flow of shape {w.shape} does not fit a picture of shape {image.shape}")
    x, y = positions(w)
    planes = image.reshape(*w.shape[:2], -1)  # not cv2.remap: with two channels it rounds positions to 1/32 px
    moved = [map_coordinates(planes[..., c], (y, x), order=degree, mode="nearest") for c in range(planes.shape[-1])]
    return np.stack(moved, -1).reshape(image.shape)


def positions(w: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return x + w(x) as columns and rows, each float32 `(H, W)`."""
    rows, columns = np.indices(w.shape[:2], np.float32)
    return columns + w[..., 0], rows + w[..., 1]


def _grey(frame: np.ndarray) -> np.ndarray:
    return cv2.cvtColor(as_bytes(as_image(frame)[0]), cv2.COLOR_RGB2GRAY)


def _size(frame: np.ndarray) -> str:
    return f"{frame.shape[1]}×{frame.shape[0]}"
