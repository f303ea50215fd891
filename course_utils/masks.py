"""Masks: where in the picture something applies, as a grey picture, 1 there and 0 elsewhere (lesson 9)."""

import os
from collections.abc import Callable

import numpy as np

from .errors import ImageError, OptionError
from .images import load_image, resize

EDGE = 0.1  # width of the named masks' soft edge, as a fraction of the picture
EMPTY = 1e-3  # fraction of the picture below which a mask counts as empty
ASPECT = 0.02  # relative difference in aspect ratio that is put down to rounding

# Each is a function of u, across, and v, down, both from 0 to 1.
SHAPES: dict[str, Callable[[np.ndarray, np.ndarray], np.ndarray]] = {
    "left": lambda u, v: (0.5 - u) / EDGE + 0.5 + 0 * v,
    "right": lambda u, v: (u - 0.5) / EDGE + 0.5 + 0 * v,
    "top": lambda u, v: (0.5 - v) / EDGE + 0.5 + 0 * u,
    "bottom": lambda u, v: (v - 0.5) / EDGE + 0.5 + 0 * u,
    "middle": lambda u, v: (0.35 - np.hypot(u - 0.5, v - 0.5)) / EDGE + 0.5,
}


def load_mask(source: str | os.PathLike | np.ndarray, height: int, width: int) -> np.ndarray:
    """Make a mask of a picture's size.

    Args:
        source: a name in `SHAPES`; a picture file, as the mean of its R, G and B; or an array `(H, W)`, with or
            without axes of length 1 around it: bool, uint8, or floats in [0, 1].
        height, width: in pixels.

    Returns:
        float32 `(1, height, width, 1)` in [0, 1].

    Raises:
        ImageError: as `load_image`; an array of another kind; or one without the picture's aspect ratio.
    """
    if isinstance(source, str) and source in SHAPES:
        v, u = np.meshgrid((np.arange(height) + 0.5) / height, (np.arange(width) + 0.5) / width, indexing="ij")
        return np.clip(SHAPES[source](u, v), 0, 1).astype(np.float32)[np.newaxis, ..., np.newaxis]
    if isinstance(source, (str, os.PathLike)):
        mask, name = _from_file(source), str(source)
    else:
        mask, name = _from_array(source), "the array"
    if abs(mask.shape[2] / mask.shape[1] * height / width - 1) > max(ASPECT, 1.5 / min(height, width)):
        raise ImageError(
            f"the mask {name} has {mask.shape[2]}×{mask.shape[1]} px, the picture {width}×{height}: "
            f"they must have the same aspect ratio"
        )
    return resize(mask, height, width)


def check_not_empty(mask: np.ndarray, what: str) -> None:
    """Refuse a mask that covers nothing.

    Raises:
        OptionError: the mask is empty; the message calls it `what`.
    """
    if mask.mean() < EMPTY:
        raise OptionError(f"{what} is empty: it covers {mask.mean():.2%} of the picture; {EMPTY:.1%} is needed")


def _from_file(source: str | os.PathLike) -> np.ndarray:
    try:
        return load_image(source).mean(-1, keepdims=True)
    except ImageError as error:
        raise ImageError(f"mask: {error}; masks by name are {', '.join(SHAPES)}") from error


def _from_array(source: np.ndarray) -> np.ndarray:
    try:
        mask = np.asarray(source)
    except ValueError as error:  # lists of different lengths
        raise ImageError(f"a mask is an array of numbers: {error}") from error
    plane = mask.reshape([side for side in mask.shape if side != 1])
    if plane.ndim != 2 or not plane.size:
        raise ImageError(f"a mask has the shape (H, W), not {mask.shape}")
    if plane.dtype == np.uint8:
        plane = plane / np.float32(255)
    if plane.dtype != bool and not np.issubdtype(plane.dtype, np.floating):
        raise ImageError(f"a mask holds bool, uint8, or floats in [0, 1], not {plane.dtype}")
    if not (plane.min() >= 0 and plane.max() <= 1):  # false for NaN, too
        raise ImageError("a mask's values lie in [0, 1]: divide by 255, or clip, and look for NaN")
    return plane.astype(np.float32)[np.newaxis, ..., np.newaxis]
