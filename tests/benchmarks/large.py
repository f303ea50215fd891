"""A run of three steps at 4096 × 3072 pixels, in a process of its own: its time and its peak memory.

python -m tests.benchmarks.large --precision float32   # the same on a machine without bfloat16
"""

import argparse
import multiprocessing
import resource
import sys
import tempfile
import time
from pathlib import Path

SIZE, STEPS, MEMORY = (3072, 4096), 3, 4.0  # GB


def measure(photo: Path, precision: str) -> tuple[float, float, int]:
    """Return seconds, gigabytes and the tiles' side."""
    from course_utils import Transfer

    began = time.perf_counter()
    run = Transfer(photo, "great_wave", size=max(SIZE), levels=1, steps=STEPS, precision=precision, memory=MEMORY)
    for step in run:
        print(f"{precision}, step {step.index}: loss {step.losses.total:.2f}", file=sys.stderr)
    assert run.image.shape == (1, *SIZE, 3)
    unit = 1 if sys.platform == "darwin" else 1024
    memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * unit / 1e9
    return time.perf_counter() - began, memory, run.levels[0].tile


def enlarge(path: Path) -> None:
    """Write the sample photo at that size."""
    from course_utils import load_image, save_image
    from course_utils.images import resize

    save_image(resize(load_image("pagoda"), *SIZE), path)


def main() -> None:
    """Print a table; the exit status tells whether the run took more memory than it was allowed."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--precision", default="auto")
    precision = parser.parse_args().precision
    print(f"| {SIZE[1]} × {SIZE[0]} px, {STEPS} steps | time | peak memory | tiles |\n|---|---:|---:|---:|")
    processes = multiprocessing.get_context("spawn")
    with tempfile.TemporaryDirectory() as folder:
        photo = Path(folder) / "photo.png"
        with processes.Pool(1) as pool:
            pool.apply(enlarge, (photo,))
        with processes.Pool(1) as pool:
            seconds, memory, tile = pool.apply(measure, (photo, precision))
    print(f"| {precision} | {seconds:.0f} s | {memory:.2f} GB | {tile} px |")
    sys.exit(memory > MEMORY)


if __name__ == "__main__":
    main()
