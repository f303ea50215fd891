"""The poster of lesson 9: two paintings, a mask, the photo's colours and four sizes, by one call, at 1024 pixels.

It writes data/results/poster.png, which holds the call, and prints what was expected and measured.

    python -m tests.benchmarks.poster
"""

import time
from pathlib import Path

from course_utils import Transfer
from course_utils.cost import estimate_run
from course_utils.recipe import origin, recipe_of, save_with_recipe

RESULT = Path(__file__).resolve().parents[2] / "data" / "results" / "poster.png"
CONTENT, STYLE = "pagoda", ["great_wave", "church_at_auvers"]
OPTIONS = {"size": 1024, "steps": 100, "levels": 4, "masks": ("top",), "color": "luminance"}


def main() -> None:
    """Make the poster."""
    run = Transfer(CONTENT, STYLE, **OPTIONS)
    print(f"expected: {estimate_run(run)}", flush=True)
    began = time.perf_counter()
    for _ in run:
        pass
    print(f"measured: {time.perf_counter() - began:.0f} s")
    run.note = origin(CONTENT, STYLE, run.options)
    print(save_with_recipe(run, RESULT).name, recipe_of(run).code())


if __name__ == "__main__":
    main()
