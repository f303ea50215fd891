"""Seconds and memory against pixels: measured, estimated, and computed for a GPU; a table and a plot.

    python -m tests.benchmarks.scaling [--sizes 128 … 2048] [--instructions AVX2]

Each size runs in a process of its own, with the defaults but for the size and a single level; from 2048 px on, that
is in tiles. A step's time is the median of those after the first; the estimate's is what `cost` says of one step more.
"""

import argparse
import multiprocessing
import os
import resource
import statistics
import sys
import time
from pathlib import Path

from .race import LIMITS

RESULTS = Path(__file__).resolve().parents[2] / "data" / "results"
SIZES = [128, 256, 384, 512, 768, 1024, 2048]
BEYOND = 4096  # px: as far as the estimate is drawn
# NVIDIA's data sheet of the T4, which Colab offers: operations per second in float32, and bytes per second.
GPU, RATE, BANDWIDTH = "T4", 8.1e12, 320e9
MOVED = 7  # times that each feature map is written or read in a step: 3 forward, 4 back


def estimates(size: int) -> tuple[float, float, float]:
    """Return the seconds of a step and the gigabytes that are expected, and a GPU's seconds by its data sheet."""
    from course_utils import Options, Transfer
    from course_utils.cost import estimate_run
    from course_utils.tiling import flops, map_bytes

    few, more = (
        Transfer("pagoda", "great_wave", Options(size=size, levels=1, steps=steps, convolution="auto"))
        for steps in (40, 140)
    )
    (height, width), network = few.levels[0].size, few.network
    gpu = max(2 * flops(network, (height, width)) / RATE, MOVED * map_bytes(network, (height, width)) / BANDWIDTH)
    first, second = estimate_run(few), estimate_run(more)
    return (second.seconds - first.seconds) / 100, first.memory / 1e9, gpu


def measure(size: int) -> dict[str, float]:
    """Run some steps of a size; return its pixels, seconds and gigabytes, measured and estimated."""
    from course_utils import Transfer

    expected, expected_memory, gpu = estimates(size)
    steps, times = (12 if size <= 512 else 4 if size <= 1024 else 2), []
    run = Transfer("pagoda", "great_wave", size=size, levels=1, steps=1000)
    for _ in range(steps):
        began = time.perf_counter()
        next(run)
        times.append(time.perf_counter() - began)
    unit = 1 if sys.platform == "darwin" else 1024
    return {
        "pixels": run.levels[0].size[0] * run.levels[0].size[1],
        "tiles": run.levels[0].tile is not None,
        "first": times[0],
        "step": statistics.median(times[1:]),
        "expected": expected,
        "memory": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * unit / 1e9,
        "expected memory": expected_memory,
        "gpu": gpu,
    }


def in_a_process(function: object, argument: int) -> object:
    """Run a function where nothing else has used memory."""
    with multiprocessing.get_context("spawn").Pool(1) as pool:
        return pool.apply(function, (argument,))


def plot(rows: list[dict[str, float]], beyond: tuple[int, float, float, float], path: Path) -> None:
    """Draw both, with logarithmic axes."""
    import matplotlib

    matplotlib.use("agg")
    from matplotlib import pyplot

    figure, panels = pyplot.subplots(1, 2, figsize=(10, 4.2), layout="constrained")
    pixels = [row["pixels"] for row in rows]
    for panel, name, what in zip(panels, ("step", "memory"), ("seconds for a step", "peak memory, GB"), strict=True):
        key = "expected" if name == "step" else "expected memory"
        ends = [beyond[1]] if name == "step" else [beyond[2]]
        panel.plot([*pixels, beyond[0]], [row[key] for row in rows] + ends, color="0.6", label="estimate")
        panel.plot(pixels, [row[name] for row in rows], "o", color="tab:blue", label="measured")
        panel.set(xscale="log", yscale="log", xlabel="pixels", ylabel=what)
        panel.grid(alpha=0.3, which="both")
    gpu = [row["gpu"] for row in rows] + [beyond[3]]
    panels[0].plot([*pixels, beyond[0]], gpu, "--", color="tab:green", label=f"{GPU}, computed, not measured")
    panels[0].legend()
    panels[1].legend()
    figure.savefig(path, dpi=110)


def main() -> None:
    """Print and write the table, and the plot."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--sizes", nargs="*", type=int, default=SIZES)
    parser.add_argument("--instructions", choices=LIMITS, help="let the processor use no newer ones")
    chosen = parser.parse_args()
    os.environ.update(LIMITS.get(chosen.instructions, {}))
    lines = [
        f"| longest side | a step: measured | estimated | memory: measured | estimated | {GPU}, computed |",
        "|---:|---:|---:|---:|---:|---:|",
    ]
    rows = []
    for size in chosen.sizes:
        row = in_a_process(measure, size)
        rows.append(row)
        lines.append(
            f"| {size} px{', in tiles' if row['tiles'] else ''} | {row['step']:.2f} s | {row['expected']:.2f} s "
            f"| {row['memory']:.2f} GB | {row['expected memory']:.2f} GB | {1e3 * row['gpu']:.0f} ms |"
        )
        print(lines[-1], flush=True)
    seconds, memory, gpu = in_a_process(estimates, BEYOND)
    ratio = (BEYOND / chosen.sizes[-1]) ** 2
    lines.append(
        f"| {BEYOND} px, in tiles | not run | {seconds:.0f} s | not run | {memory:.2f} GB | {1e3 * gpu:.0f} ms |"
    )
    from course_utils.device import processor

    limited = f", {chosen.instructions} instructions only" if chosen.instructions else ""
    (RESULTS / "scaling.md").write_text("\n".join([*lines, "", f"{processor()}{limited}"]) + "\n")
    plot(rows, (round(rows[-1]["pixels"] * ratio), seconds, memory, gpu), RESULTS / "scaling.png")


if __name__ == "__main__":
    main()
