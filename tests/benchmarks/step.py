"""How much of the machine one step uses: the convolutions' operations a second, over those of a matrix product.

    python -m tests.benchmarks.step

Counted are the convolutions alone, forward and back to the input; timed is the whole evaluation of the losses and
their gradient. Both rates are medians of the same run, in turns. The second table is about `recasting.WIDE`: a
convolution with a kernel of 3 × 3 in float32, as it stands and transposed. The third is about `lbfgs.native`: an
update with a full memory, in TensorFlow's operations and in NumPy's.
"""

import statistics
import time
from collections.abc import Callable

from course_utils import Transfer
from course_utils.device import keras, tf
from course_utils.networks.precision import convolution_rate
from course_utils.networks.recasting import recast
from course_utils.optimizers import lbfgs
from course_utils.optimizers.preconditioner import Preconditioner
from course_utils.tiling.footprint import flops

TURNS = 12
MATRIX = 4096


def seconds(*actions: Callable[[], object]) -> list[float]:
    """Time actions in turns; return the median of each."""
    times = [[] for _ in actions]
    for turn in range(TURNS + 2):
        for action, measured in zip(actions, times, strict=True):
            began = time.perf_counter()
            action()
            if turn >= 2:
                measured.append(time.perf_counter() - began)
    return [statistics.median(each) for each in times]


def step_row(precision: str, size: int) -> str:
    """Measure one evaluation and a matrix product in the same precision."""
    run = Transfer("astronaut", "great_wave", size=size, levels=1, steps=1, precision=precision)
    next(run)
    a = tf.cast(tf.random.normal((MATRIX, MATRIX)), precision)
    step, product = seconds(
        lambda: run.stage.objective.losses_and_gradient(run.stage.x)[1].numpy(),
        lambda: tf.matmul(a, a)[0, 0].numpy(),
    )
    useful, possible = 2 * flops(run.network, (size, size)) / step, 2 * MATRIX**3 / product
    return (
        f"| {size} px | {precision} | {1e3 * step:.0f} ms | {useful / 1e9:.0f} | {possible / 1e9:.0f} "
        f"| {useful / possible:.0%} |"
    )


def wide_row(channels: int, side: int) -> str:
    """Measure a convolution forward and back, plain and as `recast` has it."""
    inputs = keras.Input((None, None, channels))
    plain = keras.Model(inputs, keras.layers.Conv2D(channels, 3, padding="same", activation="relu")(inputs))
    x = tf.random.normal((1, side, side, channels))

    def gradient(model: keras.Model) -> Callable[[], object]:
        @tf.function
        def both() -> tf.Tensor:
            with tf.GradientTape() as tape:
                tape.watch(x)
                y = model(x)
            return tape.gradient(y, x)

        return lambda: both()[0, 0, 0, 0].numpy()

    with_wide, without = seconds(gradient(recast(plain)), gradient(plain))
    return f"| {channels} | {side} | {1e3 * without:.1f} ms | {1e3 * with_wide:.1f} ms |"


def update_row(side: int) -> str:
    """Measure an update of L-BFGS in both kinds of arithmetic, in turns, on a quadratic."""
    generator = tf.random.Generator.from_seed(0)
    start, a, curvature = (generator.uniform((1, side, side, 3)) for _ in range(3))
    kinds = {"tensors": lambda x: x, "arrays": lbfgs.native}
    rules = {kind: lbfgs.LBFGS(0.05, start=Preconditioner()) for kind in kinds}
    points, times = dict.fromkeys(kinds, start), {kind: [] for kind in kinds}
    for _ in range(12 + TURNS):  # the first fill the memory
        for kind, lbfgs.native in kinds.items():
            x = points[kind]
            loss, gradient = float(tf.reduce_sum(curvature * (x - a) ** 2) / 2), curvature * (x - a)
            began = time.perf_counter()
            points[kind] = rules[kind].update(x, loss, gradient)
            times[kind].append(time.perf_counter() - began)
    tensors, arrays = (statistics.median(each[12:]) for each in times.values())
    return f"| {side} px | {1e3 * tensors:.1f} ms | {1e3 * arrays:.1f} ms |"


def main() -> None:
    """Print the tables."""
    print(
        "| picture | precision | evaluation | GFLOP/s | of a matrix product | share |\n|---|---|---:|---:|---:|---:|"
    )
    for precision in ("float32", "bfloat16"):
        if convolution_rate(precision, "/CPU:0"):
            for size in (256, 512):
                print(step_row(precision, size), flush=True)
    print("\n| channels | side | plain | as `recast` has it |\n|---:|---:|---:|---:|")
    for channels, side in ((64, 256), (128, 128), (256, 64), (512, 32), (512, 64)):
        print(wide_row(channels, side), flush=True)
    print("\n| picture | an update in TensorFlow | in NumPy |\n|---:|---:|---:|")
    for side in (256, 512, 1024):
        print(update_row(side), flush=True)


if __name__ == "__main__":
    main()
