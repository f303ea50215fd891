"""What the studio's interface costs: a run in the studio against the same run by itself, turn by turn, at 256 px.

The widgets have no browser here, so what the browser itself costs is not in it; encoding pictures, drawing
charts, measuring pulls and listening for clicks are.

    python -m tests.benchmarks.studio
"""

import asyncio
import statistics
import time

from course_utils import Transfer
from course_utils.studio import Studio

RUN = {"size": 256, "steps": 100}  # the defaults


def alone() -> float:
    """Return the seconds of a run without an interface."""
    began = time.perf_counter()
    for _ in Transfer("pagoda", "great_wave", **RUN):
        pass
    return time.perf_counter() - began


async def in_studio() -> float:
    """Return the seconds of the same run in a studio."""
    studio = Studio("pagoda", "great_wave", **RUN)
    began = time.perf_counter()
    studio.buttons["run"].click()
    await studio.task
    return time.perf_counter() - began


def main() -> None:
    """Print each round, and the median overhead."""
    alone()  # warms up
    overheads = []
    for _ in range(3):
        bare, shown = alone(), asyncio.run(in_studio())
        overheads.append(shown / bare - 1)
        print(f"alone {bare:.1f} s, in the studio {shown:.1f} s: {overheads[-1]:+.1%}", flush=True)
    print(f"median overhead {statistics.median(overheads):+.1%}")


if __name__ == "__main__":
    main()
