"""What a run will cost, in time and memory, told before it starts (lesson 9).

The convolutions take nearly all the time, and the feature maps nearly all the memory that grows with the picture.
Both can be counted from the network's layers. How fast this machine convolves is measured once, in a fraction of a
second; the other constants below were fitted by tests/benchmarks/estimate.py, which shows how far they hold.
"""

import functools
import time
from collections.abc import Sequence
from dataclasses import dataclass

from .device import keras, tf
from .options import Options
from .transfer import Source, Transfer

FLOAT = 4  # bytes
BASE = 0.77e9  # bytes of a process that has loaded TensorFlow and a network
KEPT = 1.75  # times the feature maps' own size: the maps, their gradients, and what a convolution works in
PICTURES = 48  # pictures' worth of floats that L-BFGS keeps: 20 pairs, and points and gradients
FASTER = 1.25  # the rate of a whole step's convolutions, over that of the probe's
STEP = 0.03  # seconds of a step that do not depend on the size
ENTER, ENTER_LAYER = 0.4, 0.03  # seconds to trace the graph at a new size, and more for each layer
ENTER_STEPS = 2.25  # the targets' cost, in steps


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
    with tf.device(run.device):
        rate = FASTER * convolution_rate()
    seconds, memory = 0.0, 0.0
    for level in run.levels:
        step = STEP + 2 * flops(run.network, level.size) / rate  # forward, and back to the input
        seconds += ENTER + ENTER_LAYER * len(run.network.layers) + (level.steps + ENTER_STEPS) * step
        pixels = level.size[0] * level.size[1]
        kept = KEPT * map_bytes(run.network, level.size) + PICTURES * 3 * pixels * FLOAT
        memory = max(memory, kept, *(map_bytes(run.network, size) for size in level.style_sizes))
    return Estimate(seconds if run.options.seconds is None else run.options.seconds, BASE + memory)


def flops(network: keras.Model, size: tuple[int, int]) -> float:
    """Count the floating-point operations of the convolutions, forward, for a picture of (height, width) pixels.

    A convolution takes 2 · k_h · k_w · C_in · C_out for each of its output's h · w positions.
    """
    total = 0.0
    for layer, (h, w, channels) in _maps(network, size):
        if isinstance(layer, keras.layers.Conv2D):
            k_h, k_w = layer.kernel_size
            total += 2.0 * k_h * k_w * layer.input.shape[-1] * channels * h * w
    return total


def map_bytes(network: keras.Model, size: tuple[int, int]) -> float:
    """Count the bytes of all feature maps, in float32, for a picture of (height, width) pixels."""
    return float(sum(h * w * channels * FLOAT for _, (h, w, channels) in _maps(network, size)))


def _maps(network: keras.Model, size: tuple[int, int]) -> list[tuple[keras.Layer, tuple[int, int, int]]]:
    """Pair each layer that makes a feature map with the map's height, width and channels."""
    shapes: dict[str, tuple[int, ...]] = {}
    found = []
    for layer in network.layers:
        if isinstance(layer, keras.layers.InputLayer):
            shapes[layer.output.name] = (1, *size, layer.output.shape[-1])
            continue
        inputs = layer.input if isinstance(layer.input, list) else [layer.input]
        known = [shapes[each.name] for each in inputs]
        shape = tuple(layer.compute_output_shape(known if isinstance(layer.input, list) else known[0]))
        shapes[layer.output.name] = shape
        if len(shape) == 4:
            found.append((layer, shape[1:]))
    return found


@functools.cache
def convolution_rate() -> float:
    """Measure how many floating-point operations a second a 3×3 convolution does here, forward and back.

    The shape is one of the middle of VGG16 for a picture of 256 pixels. The fastest of five, after one to warm up.
    """
    x, kernel = tf.ones((1, 64, 64, 128)), tf.ones((3, 3, 128, 128))

    def once() -> float:
        began = time.perf_counter()
        with tf.GradientTape() as tape:
            tape.watch(x)
            y = tf.nn.conv2d(x, kernel, 1, "SAME")
        float(tf.reduce_sum(tape.gradient(y, x)))
        return time.perf_counter() - began

    once()
    return 2 * 2 * 9 * 128 * 128 * 64 * 64 / min(once() for _ in range(5))
