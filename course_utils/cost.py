"""What a run will cost, in time and memory, estimated before it starts (lesson 9).

The convolutions take nearly all the time, and the feature maps nearly all the memory that grows with the picture.
Both can be counted from the network's layers. How fast this machine convolves is measured once, in a fraction of a
second; the other constants below were fitted by tests/benchmarks/estimate.py, which shows how accurate they are.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from .device import select_device
from .features import FeatureExtractor
from .networks import convolution_rate, is_large, transforms
from .options import Options, TrainingOptions, VideoOptions
from .run import ENTER_STEPS, TILED
from .tiling import convolutions, flops, operations, run_bytes
from .transfer import Source, Transfer

REACHED = {"float32": 0.95, "bfloat16": 0.88}  # of the measured rate, by the convolutions of a whole step
WINOGRAD = {"float32": 2.2, "bfloat16": 1.35}  # times that rate, in Winograd's form
STEP = 0.017  # seconds of a step that do not depend on the size
ENTER, ENTER_LAYER = 0.2, 0.055  # seconds to trace the graph at a new size, and more for each layer
TRANSFORMED = 1.15  # times VGG19's part of a training step, with the network that is trained
COMPILE = 0.75  # seconds for each shape in Winograd's form, forward and backward


@dataclass(frozen=True)
class Estimate:
    """What a run is expected to cost: `seconds`, and `memory`, the process's peak in bytes."""

    seconds: float
    memory: float

    def __str__(self) -> str:
        """Format both for display."""
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
    """Estimate a run that has not started."""
    rate = REACHED[run.precision] * convolution_rate(run.precision, run.device)
    seconds, memory = 0.0, 0.0
    for level in run.levels:
        compiled = _compiled(run, level.size) if level.tile is None else []
        saved = (1 - 1 / WINOGRAD[run.precision]) * sum(operations(*each) for each in compiled)
        left = flops(run.network, level.size) - saved
        step = STEP + (1 if level.tile is None else TILED) * 2 * left / rate  # forward, and backward to the input
        seconds += ENTER + ENTER_LAYER * len(run.network.layers) + COMPILE * len(set(compiled))
        seconds += (level.steps + ENTER_STEPS) * step
        memory = max(memory, run_bytes(run.network, [level.size, *level.style_sizes], level.tile))
    return Estimate(seconds if run.options.seconds is None else run.options.seconds, memory)


def estimate_training_step(options: TrainingOptions) -> float:
    """Estimate a step of the training of a fast network (lesson 11), in seconds."""
    network = FeatureExtractor("vgg19", ["conv5_1"], convolution="plain").model
    rate = REACHED["float32"] * convolution_rate("float32", select_device(options.device))
    crop = STEP + 2 * TRANSFORMED * flops(network, (options.crop, options.crop)) / rate
    return options.batch * crop


def estimate_video(frame: np.ndarray, style: Source | Sequence[Source], options: VideoOptions, count: int) -> Estimate:
    """Estimate a video of `count` frames: a run, and for each later frame a short one at a single size.

    Raises:
        CourseError: as `Transfer`.
    """
    first = estimate_run(Transfer(frame, style, options))
    later = estimate_run(Transfer(frame, style, options, steps=options.frame_steps, levels=1))
    return Estimate(first.seconds + (count - 1) * later.seconds, first.memory)


def _compiled(run: Transfer, size: tuple[int, int]) -> list[tuple]:
    """List the convolutions that are computed in Winograd's form at a size: kernel and map."""
    if run.convolution != "auto" or "GPU" in run.device:
        return []
    large = [each for each in convolutions(run.network, size) if is_large(*each, run.precision)]
    return large if large and transforms(run.precision) else []
