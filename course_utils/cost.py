"""What a run will cost, in time and memory, told before it starts (lesson 9).

The convolutions take nearly all the time, and the feature maps nearly all the memory that grows with the picture.
Both can be counted from the network's layers. How fast this machine convolves is measured once, in a fraction of a
second; the other constants below were fitted by tests/benchmarks/estimate.py, which shows how far they hold.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from .networks import convolution_rate
from .options import Options
from .run import ENTER_STEPS, TILED
from .tiling import flops, run_bytes
from .transfer import Source, Transfer

REACHED = {"float32": 0.95, "bfloat16": 0.88}  # of the probe's rate, by the convolutions of a whole step
STEP = 0.017  # seconds of a step that do not depend on the size
ENTER, ENTER_LAYER = 0.2, 0.055  # seconds to trace the graph at a new size, and more for each layer


@dataclass(frozen=True)
class Estimate:
    """What a run is expected to take: `seconds`, and `memory`, the process's peak in bytes."""

    seconds: float
    memory: float

    def __str__(self) -> str:
        """Write both for people."""
        return f"about {self.seconds:.0f} s and {self.memory / 1e9:.1f} GB"


def estimate(
    options: Options | None = None,
    content: Source = "pagoda",
    style: Source | Sequence[Source] = "great_wave",
    **changes: object,
) -> Estimate:
    """Estimate a run of `stylize(content, style, options, **changes)` before it is done.

    Raises:
        CourseError: as `Transfer`.
    """
    return estimate_run(Transfer(content, style, options, **changes))


def estimate_run(run: Transfer) -> Estimate:
    """Estimate a run that has not begun."""
    rate = REACHED[run.precision] * convolution_rate(run.precision, run.device)
    seconds, memory = 0.0, 0.0
    for level in run.levels:
        tiled = 1 if level.tile is None else TILED
        step = STEP + tiled * 2 * flops(run.network, level.size) / rate  # forward, and back to the input
        seconds += ENTER + ENTER_LAYER * len(run.network.layers) + (level.steps + ENTER_STEPS) * step
        memory = max(memory, run_bytes(run.network, [level.size, *level.style_sizes], level.tile))
    return Estimate(seconds if run.options.seconds is None else run.options.seconds, memory)
