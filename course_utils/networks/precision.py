"""Choose the number format of the network: bfloat16 where this machine is much faster with it, else float32.

A processor without bfloat16 instructions emulates it, many times slower, or fails. So "auto" times both formats, once
per process and device. Pictures, Gram matrices, losses and the optimiser's state are float32 anyway.
"""

import functools
import time
from collections.abc import Callable

from ..device import keras, tf
from ..errors import DeviceError
from .recasting import can_recast, convolve_transposed, transposes, turn_round

WORTH = 1.4  # how many times faster bfloat16 must be: hardware for it gives about 2, and noise must not decide


def choose_precision(asked: str, model: keras.Model, device: str) -> str:
    """Settle "auto": "bfloat16" where convolutions are `WORTH` times as fast in it and the model can be copied.

    Args:
        asked: "auto", "float32" or "bfloat16"; the last two are returned as they are.
        model: the network.
        device: TensorFlow's name of the device, as `select_device` gives it.

    Raises:
        DeviceError: "bfloat16" on a device that cannot compute in it.
    """
    if asked == "bfloat16" and not convolution_rate(asked, device):
        raise DeviceError("this machine cannot compute in bfloat16: use precision='float32'")
    if asked != "auto":
        return asked
    return "bfloat16" if can_recast(model) and speedup(device) >= WORTH else "float32"


def speedup(device: str) -> float:
    """Measure how many times as fast a convolution is in bfloat16 as in float32."""
    return convolution_rate("bfloat16", device) / convolution_rate("float32", device)


def convolution_rate(precision: str, device: str) -> float:
    """Return the floating-point operations per second of a 3×3 convolution, forward and back; 0 if it fails.

    The shape is that of VGG19's conv2_2 for a picture of 128 pixels, run as the network runs it: in a graph, and
    transposed where `recast` does so.
    """
    return _rates(device)[precision]


@functools.cache
def _rates(device: str) -> dict[str, float]:
    """Measure both formats in turns, so that a machine that is busy for a moment does not change the choice.

    After a call of each to trace its graph, the fastest within half a second counts.
    """
    with tf.device(device):
        runs = {precision: _convolution(precision) for precision in ("float32", "bfloat16")}
        times = {precision: [] for precision, run in runs.items() if _seconds(run)}
        while times and sum(map(sum, times.values())) < 0.5:
            for precision, measured in times.items():
                measured.append(_seconds(runs[precision]))
    operations = 2 * 2 * 9 * 128 * 128 * 64 * 64
    return {precision: operations / min(times[precision]) if precision in times else 0.0 for precision in runs}


def _convolution(precision: str) -> Callable[[], tf.Tensor]:
    """Return what convolves, forward and back, and hands out the gradient."""
    x, kernel = tf.ones((1, 64, 64, 128), precision), tf.ones((3, 3, 128, 128), precision)
    turned = turn_round(kernel) if precision == "float32" and transposes() else None

    @tf.function
    def both(x: tf.Tensor) -> tuple[tf.Tensor, tf.Tensor]:
        with tf.GradientTape() as tape:
            tape.watch(x)
            y = tf.nn.conv2d(x, kernel, 1, "SAME") if turned is None else convolve_transposed(x, kernel, turned)
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
