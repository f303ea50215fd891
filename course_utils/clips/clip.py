"""What a clip is: pictures of one size, and the time of each."""

import abc
from collections.abc import Iterator
from fractions import Fraction
from pathlib import Path

import numpy as np

from ..errors import ClipError

SLOWEST, FASTEST = 0.001, 1000  # frames per second
TICK = 1 / 1000  # s, the clock of Matroska and WebP: times of a steady rate are rounded to it


class Clip(abc.ABC):
    """A clip's frames, read one at a time: memory does not grow with its length.

    Iterate for the frames, uint8 `(H, W, 3)`, RGB in sRGB, right way up; each iteration reads from the start. What is
    damaged, or has changed on disk since the clip was opened, raises ClipError or ImageError there.

    Attributes:
        path: the file or folder.
        size: (height, width) in pixels, as shown.
        rate: frames per second; the mean, where the rate varies.
        times: float64 `(N,)`, when each frame appears, in seconds; the first at 0.
        pixel_aspect: a pixel's width over its height, as shown.
        has_sound: whether there is a sound track beside the pictures.
    """

    def __init__(
        self,
        path: Path,
        size: tuple[int, int],
        rate: Fraction,
        times: np.ndarray,
        pixel_aspect: Fraction = Fraction(1),
        has_sound: bool = False,
    ) -> None:
        """Take the attributes.

        Raises:
            ClipError: a rate that no clip has.
        """
        self.path, self.size, self.rate, self.times = path, size, checked_rate(rate, str(path)), times
        self.pixel_aspect, self.has_sound = pixel_aspect, has_sound

    @abc.abstractmethod
    def __iter__(self) -> Iterator[np.ndarray]:
        """Read the frames from the start."""

    def __len__(self) -> int:
        """Count the frames."""
        return len(self.times)

    @property
    def is_steady(self) -> bool:
        """Whether frame i appears at i / rate, up to the rounding of the file's clock."""
        return is_steady(self.times, self.rate)


def checked_rate(rate: Fraction | float, what: str) -> Fraction:
    """Return frames per second as a fraction, its denominator at most 1001.

    Raises:
        ClipError: under 0.001, above 1000, or not a number; the message calls it `what`.
    """
    if not SLOWEST <= rate <= FASTEST:
        raise ClipError(f"{what}: {float(rate):g} frames a second, but a clip has {SLOWEST} to {FASTEST}")
    return Fraction(rate).limit_denominator(1001)


def is_steady(times: np.ndarray, rate: Fraction, tick: float = TICK) -> bool:
    """Tell whether frame i appears at i / rate, give or take one tick of a clock, in seconds."""
    return bool(np.all(np.abs(times - np.arange(len(times)) / float(rate)) <= tick + 1e-9))
