"""What the studio's interface costs: a run in the studio against the same run by itself, turn by turn, at 256 px.

Two figures. Between the steps: the time from the first step to the last that no step has used, over the time
that the steps have used. In all: the whole run, with what is done once at its end, over the same run alone.
The widgets have no browser here, so what the browser itself costs is in neither.

    python -m tests.benchmarks.studio
"""

import asyncio
import statistics
import time
from unittest import mock

from course_utils import Transfer
from course_utils.studio import Studio

RUN = {"size": 256, "steps": 100}  # the defaults


def alone() -> float:
    """Return the seconds of a run without an interface."""
    began = time.perf_counter()
    for _ in Transfer("pagoda", "great_wave", **RUN):
        pass
    return time.perf_counter() - began


async def in_studio() -> tuple[float, float]:
    """Return the seconds of the same run in a studio, and the time between its steps over that of its steps."""
    spans, step = [], Transfer.__next__

    def timed(run: Transfer) -> object:
        began = time.perf_counter()
        done = step(run)
        spans.append((began, time.perf_counter()))
        return done

    studio = Studio("pagoda", "great_wave", **RUN)
    began = time.perf_counter()
    with mock.patch.object(Transfer, "__next__", timed):
        studio.buttons["run"].click()
        await studio.task
    in_steps = sum(end - start for start, end in spans)
    return time.perf_counter() - began, (spans[-1][1] - spans[0][0]) / in_steps - 1


def main() -> None:
    """Print each round, and the medians."""
    alone()  # warms up
    rounds = []
    for _ in range(3):
        bare, (shown, between) = alone(), asyncio.run(in_studio())
        rounds.append((between, shown / bare - 1))
        print(f"alone {bare:.1f} s, in the studio {shown:.1f} s; between the steps {between:+.1%}", flush=True)
    between, whole = map(statistics.median, zip(*rounds, strict=True))
    print(f"median: between the steps {between:+.1%}, in all {whole:+.1%}")


if __name__ == "__main__":
    main()
