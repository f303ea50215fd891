"""The sizes that a picture is worked on, from coarse to fine (lesson 6)."""

from dataclasses import dataclass

import numpy as np

from .decoding import MIN_SIDE
from .options import Options


@dataclass(frozen=True)
class Level:
    """One size of the pyramid: of picture and style, (height, width) in pixels, and its share of the steps."""

    size: tuple[int, int]
    style_size: tuple[int, int]
    steps: int

    @property
    def work(self) -> int:
        """The cost of a step, in pixels."""
        return self.size[0] * self.size[1]


def pyramid(content: np.ndarray, style: np.ndarray, options: Options) -> list[Level]:
    """List the sizes from coarse to fine (Gatys et al. 2017, section 6), each half the next.

    There are `options.levels` of them; fewer where one would be too small, or have no step.

    Args:
        content, style: `(1, H, W, 3)`, at their final sizes.
        options: for `levels`, `steps` and `seconds`.
    """
    shortest = min(*content.shape[1:3], *style.shape[1:3])
    numbers = [number for number in range(options.levels) if number == 0 or shortest / 2**number >= MIN_SIDE]
    if options.seconds is None:
        numbers = numbers[: options.steps]
    each, rest = divmod(options.steps, len(numbers))
    return [
        Level(_halved(content, number), _halved(style, number), each + (place < rest))
        for place, number in enumerate(reversed(numbers))
    ]


def _halved(image: np.ndarray, times: int) -> tuple[int, int]:
    return round(image.shape[1] / 2**times), round(image.shape[2] / 2**times)
