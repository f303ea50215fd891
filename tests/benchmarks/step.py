"""Where the time of one step goes, and how much of the machine it uses.

    python -m tests.benchmarks.step [--sizes 256 512] [--instructions AVX2]

Three tables. The first takes one evaluation of losses and gradient apart: each layer forward and back to its input,
pooling, Gram matrices, total variation. Rates count the operations of the direct convolution, whatever form it is
computed in; their share is that of the machine's best matrix product in the same number format, TensorFlow's or
NumPy's. Winograd's form can exceed it. The second table compares the forms of a convolution, on which
`networks.forms` rests. The third is about `lbfgs.native`: an update with a full memory, in TensorFlow's operations
and in NumPy's. All are medians of runs in turns.
"""

import argparse
import os
import statistics
import time
from collections.abc import Callable

import numpy as np

from .race import LIMITS

TURNS = 9
MATRIX = 4096
SHAPES = (
    (64, 64, 256),
    (64, 128, 128),
    (128, 128, 128),
    (128, 256, 64),
    (256, 256, 64),
    (512, 512, 32),
    (512, 512, 16),
)


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


def best_product(precision: str) -> float:
    """Return the most operations per second of a matrix product here."""
    from course_utils.device import tf

    a = tf.cast(tf.random.normal((MATRIX, MATRIX)), precision)
    actions = [lambda: tf.matmul(a, a)[0, 0].numpy()]
    if precision == "float32":
        b = a.numpy()
        actions.append(lambda: b @ b)
    return 2 * MATRIX**3 / min(seconds(*actions))


def forward_and_back(function: Callable, x: object) -> Callable[[], object]:
    """Return what computes a function of x and the gradient of its sum, in a graph."""
    from course_utils.device import tf

    @tf.function
    def both(x: tf.Tensor) -> tuple[tf.Tensor, tf.Tensor]:
        with tf.GradientTape() as tape:
            tape.watch(x)
            y = function(x)
        return y, tape.gradient(y, x)

    return lambda: both(x)[1].numpy()


def print_parts(precision: str, size: int) -> None:
    """Print the first table, for the square photo of the astronaut."""
    from course_utils import Transfer
    from course_utils.device import keras
    from course_utils.gram import gram_matrix
    from course_utils.objective import total_variation

    run = Transfer("astronaut", "great_wave", size=size, levels=1, steps=100, precision=precision)
    next(run)
    objective, x = run.stage.objective, run.stage.x
    groups = {"whole evaluation": [lambda: objective.losses_and_gradient(run.stage.x)[1].numpy()]}
    groups |= {"pooling": [], "Gram matrices": [], "total variation": [forward_and_back(total_variation, x)]}
    operations = {}
    for layer in run.network.layers[1:]:
        name = layer.name.replace("block", "conv").replace("_conv", "_")
        if isinstance(layer, keras.layers.Conv2D):
            operations[name] = 4.0 * np.prod(layer.kernel.shape) * x.shape[1] * x.shape[2]
        groups.setdefault(name if name in operations else "pooling", []).append(forward_and_back(layer, x))
        x = layer(x)
        if name in objective.targets[1]:
            groups["Gram matrices"].append(forward_and_back(gram_matrix, x))
    operations["whole evaluation"] = sum(operations.values())
    times = iter(seconds(*(action for actions in groups.values() for action in actions)))
    best = best_product(precision)
    print(f"\n{precision}, {size} px; the best matrix product: {best / 1e9:.0f} GFLOP/s\n")
    print("| part | GFLOP | ms | GFLOP/s | share |\n|---|---:|---:|---:|---:|")
    for name, actions in groups.items():
        taken = sum(next(times) for _ in actions)
        rate = operations.get(name, 0) / taken
        cells = f"{rate / 1e9:.0f} | {rate / best:.0%}" if rate else " | "
        print(f"| {name} | {operations.get(name, 0) / 1e9:.1f} | {1e3 * taken:.1f} | {cells} |", flush=True)


def print_forms(precision: str) -> None:
    """Print the second table: operations of the direct convolution per second, forward and back."""
    from course_utils.device import tf
    from course_utils.networks.convolution import FORMS, Convolution

    print(f"\n{precision}, GFLOP/s\n\n| channels, side | {' | '.join(FORMS)} |\n|---|{'---:|' * len(FORMS)}")
    for C, D, side in SHAPES:
        convolution = Convolution(tf.cast(tf.random.normal((3, 3, C, D)), precision), mirrors=True)
        x = tf.cast(tf.random.normal((1, side, side, C)), precision)
        actions = [forward_and_back(lambda x, form=form, c=convolution: c(x, form), x) for form in FORMS]
        rates = [4 * 9 * C * D * side**2 / each / 1e9 for each in seconds(*actions)]
        print(f"| {C} → {D}, {side} px | {' | '.join(f'{each:.0f}' for each in rates)} |", flush=True)


def update_row(side: int) -> str:
    """Measure an update of L-BFGS in both kinds of arithmetic, in turns, on a quadratic."""
    from course_utils.device import tf
    from course_utils.optimizers import lbfgs
    from course_utils.optimizers.preconditioner import Preconditioner

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
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--sizes", nargs="*", type=int, default=[256, 512])
    parser.add_argument("--instructions", choices=LIMITS, help="let the processor use no newer ones")
    chosen = parser.parse_args()
    os.environ.update(LIMITS.get(chosen.instructions, {}))  # before TensorFlow starts
    from course_utils.device import processor
    from course_utils.networks import choose_precision, load_network

    limited = f", {chosen.instructions} instructions only" if chosen.instructions else ""
    print(f"{processor()}{limited}")
    fast = choose_precision("auto", load_network("vgg19").model, "/CPU:0") == "bfloat16"
    for precision in ("float32", "bfloat16") if fast else ("float32",):
        for size in chosen.sizes:
            print_parts(precision, size)
        print_forms(precision)
    print("\n| picture | an update in TensorFlow | in NumPy |\n|---:|---:|---:|")
    for side in (256, 512, 1024):
        print(update_row(side), flush=True)


if __name__ == "__main__":
    main()
