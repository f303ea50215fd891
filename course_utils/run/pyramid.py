"""The sizes at which a picture is optimised, coarse to fine (lesson 6); `schedule` says when the next one is due."""

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from ..options import Options
from ..storage import MIN_SIDE

MOST_COARSE = 20  # steps; on the pairs tried, 20 more made no visible difference, and cost a tenth of the time
QUICK = 256  # px
TILED = 3  # times the cost of an untiled step: one more pass, and the halos


@dataclass(frozen=True)
class Level:
    """One size of the pyramid.

    Attributes:
        size: (height, width) of the picture, px.
        style_sizes: those of the paintings.
        steps: its share of the steps.
        tile: the largest side of a tile, in pixels; None: the picture is processed as a whole.
    """

    size: tuple[int, int]
    style_sizes: tuple[tuple[int, int], ...]
    steps: int
    tile: int | None = None

    @property
    def work(self) -> float:
        """The cost of a step, in pixels of a picture that is processed as a whole."""
        return self.size[0] * self.size[1] * (1 if self.tile is None else TILED)


def pyramid(content: np.ndarray, styles: Sequence[np.ndarray], options: Options) -> list[Level]:
    """List the sizes from coarse to fine (Gatys et al. 2017, section 6), each half the next.

    There are `options.levels` of them; with a time budget, as many more as it takes to begin at about `QUICK`
    pixels, so that there is a picture even if the time is too short for more. There are fewer if one would be too
    small, or have no step. All have the same number of steps, up to `MOST_COARSE`; the rest go to the final size.

    Args:
        content: `(1, H, W, C)`, at its final size.
        styles: the paintings, likewise.
        options: for `levels`, `steps` and `seconds`.
    """
    shortest = min(side for image in (content, *styles) for side in image.shape[1:3])
    count = options.levels
    if options.seconds is not None:
        count = max(count, 1 + math.ceil(math.log2(max(content.shape[1:3]) / QUICK)))
    numbers = [number for number in range(count) if number == 0 or shortest / 2**number >= MIN_SIDE]
    if options.seconds is None:
        numbers = numbers[: options.steps]
    each, rest = divmod(options.steps, len(numbers))
    shares = [min(each + (place < rest), MOST_COARSE) for place in range(len(numbers) - 1)]
    shares.append(options.steps - sum(shares))
    return [
        Level(_halved(content, number), tuple(_halved(style, number) for style in styles), share)
        for number, share in zip(reversed(numbers), shares, strict=True)
    ]


def _halved(image: np.ndarray, times: int) -> tuple[int, int]:
    return round(image.shape[1] / 2**times), round(image.shape[2] / 2**times)
