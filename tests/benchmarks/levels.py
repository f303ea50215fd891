"""One size or three for the same work, at 512 px: lesson 6's figure.

    python -m tests.benchmarks.levels

Writes data/results/levels.jpg, which holds the recipe as its comment, and each run's loss and work as levels.md.
"""

import numpy as np
import PIL.Image

from course_utils import Transfer
from course_utils.samples import DATA

from .contact_sheet import draw

PAIR, SIZE = ("pagoda", "great_wave"), 512
RUNS = [{"levels": 1, "steps": 24}, {"levels": 3, "steps": 54}]


def main() -> None:
    """Do both runs, draw them side by side, and write the table."""
    pictures = []
    lines = ["| sizes | steps | million pixels worked on | total loss at the end |", "|---:|---:|---:|---:|"]
    for options in RUNS:
        run = Transfer(*PAIR, size=SIZE, **options)
        for _ in run:
            pass
        work = sum(step.size[0] * step.size[1] for step in run.history) / 1e6
        lines.append(f"| {options['levels']} | {options['steps']} | {work:.2f} | {run.losses.total:.3f} |")
        print(lines[-1], flush=True)
        pictures.append(PIL.Image.fromarray(np.uint8(run.image[0] * 255 + 0.5)))
    recipe, results = f"left and right: stylize{PAIR} with size={SIZE} and {RUNS}", DATA / "results"
    draw([pictures], SIZE).save(results / "levels.jpg", quality=92, comment=recipe)
    title = f"{' and '.join(PAIR)}, {SIZE} px wide:\n\n"
    (results / "levels.md").write_text(title + "\n".join(lines) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
