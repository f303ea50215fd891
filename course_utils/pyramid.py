"""The sizes that a picture is worked on, from coarse to fine (lesson 6)."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from .decoding import MIN_SIDE
from .options import Options


@dataclass(frozen=True)
class Level:
    """One size of the pyramid: of picture and paintings, (height, width) in pixels, and its share of the steps."""

    size: tuple[int, int]
    style_sizes: tuple[tuple[int, int], ...]
    steps: int

    @property
    def work(self) -> int:
        """The cost of a step, in pixels."""
        return self.size[0] * self.size[1]


def pyramid(content: np.ndarray, styles: Sequence[np.ndarray], options: Options) -> list[Level]:
    """List the sizes from coarse to fine (Gatys et al. 2017, section 6), each half the next.

    There are `options.levels` of them; fewer where one would be too small, or have no step.

    Args:
        content: `(1, H, W, C)`, at its final size.
        styles: the paintings, likewise.
        options: for `levels`, `steps` and `seconds`.
    """
    shortest = min(side for image in (content, *styles) for side in image.shape[1:3])
    numbers = [number for number in range(options.levels) if number == 0 or shortest / 2**number >= MIN_SIDE]
    if options.seconds is None:
        numbers = numbers[: options.steps]
    each, rest = divmod(options.steps, len(numbers))
    return [
        Level(_halved(content, number), tuple(_halved(style, number) for style in styles), each + (place < rest))
        for place, number in enumerate(reversed(numbers))
    ]


def _halved(image: np.ndarray, times: int) -> tuple[int, int]:
    return round(image.shape[1] / 2**times), round(image.shape[2] / 2**times)
