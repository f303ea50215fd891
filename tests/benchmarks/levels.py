"""One size or three for the same work, at 512 px: lesson 6's figure.

    python -m tests.benchmarks.levels

Writes data/results/levels.jpg, which holds the recipe as its comment, and prints each run's loss and work.
"""

import numpy as np
import PIL.Image

from course_utils import Transfer
from course_utils.samples import DATA

from .contact_sheet import draw

PAIR = ("pagoda", "great_wave")
RUNS = [{"levels": 1, "steps": 24}, {"levels": 3, "steps": 54}]


def main() -> None:
    """Do both runs and draw them side by side."""
    pictures = []
    for options in RUNS:
        run = Transfer(*PAIR, size=512, **options)
        for _ in run:
            pass
        work = sum(step.size[0] * step.size[1] for step in run.history) / 1e6
        print(f"{options}: total loss {run.losses.total:.3f}, {work:.2f} million pixels worked on", flush=True)
        pictures.append(PIL.Image.fromarray(np.uint8(run.image[0] * 255 + 0.5)))
    recipe = f"left and right: stylize{PAIR} with size=512 and {RUNS}"
    draw([pictures], 512).save(DATA / "results" / "levels.jpg", quality=92, comment=recipe)


if __name__ == "__main__":
    main()
