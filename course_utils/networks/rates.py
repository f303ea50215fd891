"""How fast this machine convolves, in each number format and form: measured once per process, in half a second."""

import functools
import math
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

from ..device import tf
from .convolution import DIRECT, Convolution

CHANNELS, SIDE = 128, 64  # VGG19's conv2_2 for a picture of 128 px: as fast as the network as a whole
WIDE_CHANNELS, WIDE_SIDE = 256, 48  # conv3_2 for one of 192 px: where Winograd's form begins to be used
FORMATS = {"float32": DIRECT, "bfloat16": ("plain",)}  # in bfloat16, the direct forms are equally fast
TURNS, SECONDS = 2, 0.25  # at least, after a first run of each; the best counts
HOPELESS = 4.0  # times as slow as the fastest: not measured again


@functools.cache
def direct_rates(device: str, precisions: tuple[str, ...]) -> dict[str, dict[str, float]]:
    """Return the floating-point operations per second of a 3×3 convolution, both passes; 0 where it fails.

    Args:
        device: TensorFlow's name for it, as `select_device` returns it.
        precisions: number formats, which are measured in turn.

    Returns:
        `{number format: {direct form: rate}}`.
    """
    pairs = [(precision, form) for precision in precisions for form in FORMATS[precision]]
    rates = measured_rates(device, CHANNELS, SIDE, pairs)
    return {precision: {form: rates[precision, form] for form in FORMATS[precision]} for precision in precisions}


def is_winograd_faster(precision: str, direct: str, margin: float, device: str = "/CPU:0") -> bool:
    """Tell whether Winograd's form is faster than a direct one by a margin, on a wide layer."""
    rates = measured_rates(device, WIDE_CHANNELS, WIDE_SIDE, [(precision, direct), (precision, "winograd")])
    return rates[precision, "winograd"] > margin * rates[precision, direct]


def measured_rates(
    device: str, channels: int, side: int, pairs: list[tuple[str, str]]
) -> dict[tuple[str, str], float]:
    """Measure pairs of number format and form, in turn: operations per second; 0 where it fails.

    In a thread of its own, where no graph is being traced.
    """
    with ThreadPoolExecutor(1) as thread:
        best = thread.submit(_best_times, device, channels, side, pairs).result()
    operations = 2 * 2 * 9 * channels**2 * side**2
    return {pair: operations / best[pair] if pair in best else 0.0 for pair in pairs}


def _best_times(device: str, channels: int, side: int, pairs: list[tuple[str, str]]) -> dict[tuple[str, str], float]:
    with tf.device(device):
        runs = {pair: _forward_and_back(channels, side, *pair) for pair in pairs}
        runs = {pair: run for pair, run in runs.items() if _seconds(run)}
        best, turns, began = dict.fromkeys(runs, math.inf), 0, time.perf_counter()
        while runs and (turns < TURNS or time.perf_counter() - began < SECONDS):
            for pair, run in runs.items():
                if turns == 0 or best[pair] < HOPELESS * min(best.values()):
                    best[pair] = min(best[pair], _seconds(run))
            turns += 1
    return best


def _forward_and_back(channels: int, side: int, precision: str, form: str) -> Callable[[], tf.Tensor]:
    """Return a function that convolves in a graph, as the network does, and returns the gradient."""
    x = tf.ones((1, side, side, channels), precision)
    convolution = Convolution(tf.ones((3, 3, channels, channels), precision))

    @tf.function
    def both(x: tf.Tensor) -> tuple[tf.Tensor, tf.Tensor]:
        with tf.GradientTape() as tape:
            tape.watch(x)
            y = convolution(x, form)
        return y, tape.gradient(y, x)  # y, too, or the graph leaves it out

    return lambda: both(x)[1]


def _seconds(run: Callable[[], tf.Tensor]) -> float:
    """Time a call; 0 if it fails."""
    began = time.perf_counter()
    try:
        run().numpy()
    except tf.errors.OpError:
        return 0.0
    return time.perf_counter() - began
