"""Measure time and peak memory of the command line, each run in a process of its own.

    python -m tests.benchmarks.cost

Prints a table: seconds to the first step, seconds in all, and the peak of resident memory (Linux, macOS).
"""

import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path

RUNS = {
    "default": [],
    "512 px": ["--size", "512"],
    "512 px, square": ["astronaut", "church_at_auvers", "--size", "512"],
}


def measure(arguments: list[str]) -> tuple[float, float, float]:
    """Return seconds to the first step, seconds in all, and peak memory in GB of one run."""
    with tempfile.TemporaryDirectory() as folder:
        command = [sys.executable, "-m", "course_utils", "stylize", *arguments, "-o", str(Path(folder) / "x.png")]
        began, first, seen = time.perf_counter(), None, b""
        process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)
        while chunk := os.read(process.stderr.fileno(), 4096):
            seen += chunk
            if first is None and b"step 1," in seen:
                first = time.perf_counter() - began
        _, status, usage = os.wait4(process.pid, 0)
        if status:
            raise SystemExit(f"{' '.join(command)} failed: {seen.decode()}")
    kilobytes = usage.ru_maxrss / (1024 if sys.platform == "darwin" else 1)
    return first, time.perf_counter() - began, kilobytes / 1e6


def main() -> None:
    """Print the table."""
    print("| run | first step, s | all, s | peak memory, GB |\n|---|---:|---:|---:|")
    for name, arguments in RUNS.items():
        first, seconds, memory = measure(arguments)
        print(f"| {name} | {first:.1f} | {seconds:.1f} | {memory:.2f} |", flush=True)


if __name__ == "__main__":
    main()
