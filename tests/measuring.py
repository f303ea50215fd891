"""How much memory a block takes at its peak, and how fine the detail of a picture is."""

import contextlib
import itertools
from collections.abc import Iterator
from pathlib import Path

import numpy as np

from course_utils.colour import luminance

STATUS, RESET = Path("/proc/self/status"), Path("/proc/self/clear_refs")


class Peak:
    """`bytes`: how far resident memory rose over what it was before; 0 where the system does not tell (not Linux)."""

    bytes = 0.0


@contextlib.contextmanager
def peak_memory() -> Iterator[Peak]:
    """Measure a block; the number is there when it has ended."""
    peak = Peak()
    try:
        RESET.write_text("5")  # the highest resident size so far is forgotten
        before = _kilobytes("VmRSS")
    except OSError:
        yield peak
        return
    yield peak
    peak.bytes = 1024.0 * (_kilobytes("VmHWM") - before)


OCTAVES = (0.02, 0.05, 0.1, 0.2, 0.35)  # cycles per pixel: the ends of four bands of about an octave


def octaves(image: np.ndarray) -> list[float]:
    """Return the share that each band of `OCTAVES` has of the luminance's energy from 0.02 cycles per pixel up.

    A Hann window keeps the picture's borders, which do not fit together, from adding to the high frequencies.

    Args:
        image: `(1, H, W, 3)`, RGB in [0, 1].
    """
    y = luminance(image)[0, ..., 0]
    y = (y - y.mean()) * np.hanning(y.shape[0])[:, np.newaxis] * np.hanning(y.shape[1])
    energy = np.abs(np.fft.fft2(y)) ** 2
    f = np.hypot(np.fft.fftfreq(y.shape[0])[:, np.newaxis], np.fft.fftfreq(y.shape[1]))
    whole = energy[f >= OCTAVES[0]].sum()
    return [float(energy[(f >= low) & (f < high)].sum() / whole) for low, high in itertools.pairwise(OCTAVES)]


def _kilobytes(name: str) -> int:
    line = next(line for line in STATUS.read_text().splitlines() if line.startswith(name))
    return int(line.split()[1])
