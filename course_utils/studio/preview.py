"""The studio's fast preview: the chosen photo in the chosen painting, by a trained network (lesson 11)."""

import functools
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from ..fast import FastStyle, fast_networks

SIZE = 384  # px: about the size of the paintings in training, so that forms are as large as a run makes them
SEVERAL = "five"  # the network that mixes paintings


def fast_preview(photo: np.ndarray, paintings: Sequence[str]) -> np.ndarray | None:
    """Repaint a photo, with a longest side of `SIZE`, by a network that comes with the course.

    Args:
        photo: `(1, H, W, 3)` in [0, 1].
        paintings: samples' names, which are mixed in equal parts; or any others.

    Returns:
        float32 `(1, h, w, 3)` in [0, 1]; None if no network knows all the paintings.

    Raises:
        CourseError: its subclasses, for a damaged network, a photo that would be too narrow, or too little memory.
    """
    path = fast_networks().get(paintings[0] if len(paintings) == 1 else SEVERAL)
    if path is None:
        return None
    network = _loaded(path)
    if not set(paintings) <= set(network.paintings):
        return None
    return network(photo, [float(each in paintings) for each in network.paintings], SIZE)


@functools.cache
def _loaded(path: Path) -> FastStyle:
    return FastStyle.load(path)
