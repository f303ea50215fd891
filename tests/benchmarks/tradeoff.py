"""What a little more style costs in content: lesson 4's pair at 256 px, for five β from photo to painting.

    python -m tests.benchmarks.tradeoff

Writes the strip data/results/tradeoff.jpg, which holds the recipe as its comment, and the table tradeoff.md.
"""

import numpy as np
import PIL.Image

from course_utils import Transfer
from course_utils.samples import DATA

from .contact_sheet import draw

PAIR, OPTIONS = ("pagoda", "church_at_auvers"), {"size": 256, "levels": 1, "steps": 60}
BETAS = (0.1, 0.5, 2.0, 8.0, 32.0)


def main() -> None:
    """Run the pair five times, draw the strip, and write the table."""
    pictures, lines = [], ["| β/α | content | style | total variation |", "|---:|---:|---:|---:|"]
    for beta in BETAS:
        run = Transfer(*PAIR, beta=beta, **OPTIONS)
        for _ in run:
            pass
        pictures.append(PIL.Image.fromarray(np.uint8(run.image[0] * 255 + 0.5)))
        losses = run.losses
        lines.append(f"| {beta:g} | {losses.content:.3f} | {losses.style:.3f} | {losses.tv:.4f} |")
        print(lines[-1], flush=True)
    recipe = f"from left to right: stylize(*{PAIR}, **{OPTIONS}, beta=β) with β in {BETAS}"
    results = DATA / "results"
    draw([pictures], 256).save(results / "tradeoff.jpg", quality=92, comment=recipe)
    (results / "tradeoff.md").write_text("\n".join(lines) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
