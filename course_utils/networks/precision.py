"""Choose the number format of the network: bfloat16 where this machine is much faster with it, else float32.

A processor without bfloat16 instructions emulates it, many times slower, or fails. So "auto" times both formats, once
per process and device. Pictures, Gram matrices, losses and the optimiser's state are float32 anyway.
"""

import functools
import time

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


@functools.cache
def convolution_rate(precision: str, device: str) -> float:
    """Measure the floating-point operations per second of a 3×3 convolution, forward and back; 0 if it fails.

    The shape is that of VGG19's conv2_2 for a picture of 128 pixels, run as the network runs it: in a graph, and
    transposed where `recast` does so. After one call to trace the graph, the fastest call within a quarter of a
    second counts, so that a machine that is busy for a moment does not change the choice.
    """
    with tf.device(device):
        x, kernel = tf.ones((1, 64, 64, 128), precision), tf.ones((3, 3, 128, 128), precision)
        turned = turn_round(kernel) if precision == "float32" and transposes() else None

        @tf.function
        def both(x: tf.Tensor) -> tuple[tf.Tensor, tf.Tensor]:
            with tf.GradientTape() as tape:
                tape.watch(x)
                y = tf.nn.conv2d(x, kernel, 1, "SAME") if turned is None else convolve_transposed(x, kernel, turned)
            return y, tape.gradient(y, x)  # y, too, or the graph leaves it out

        def once() -> float:
            began = time.perf_counter()
            both(x)[1].numpy()
            return time.perf_counter() - began

        try:
            once()
        except tf.errors.OpError:
            return 0.0
        times = [once()]
        while sum(times) < 0.25:
            times.append(once())
        return 2 * 2 * 9 * 128 * 128 * 64 * 64 / min(times)
