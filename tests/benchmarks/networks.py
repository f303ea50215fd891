"""What a network was trained for is what it paints with: lesson 8's three pairs, by the edge detector and by VGG19.

    python -m tests.benchmarks.networks

Each network has the weights found for it; size, steps and the judge, VGG19, are the same. Writes the sheet
data/results/networks.jpg, which holds the recipes as its comment, and the table networks.md.
"""

import numpy as np
import PIL.Image

from course_utils.samples import DATA

from .contact_sheet import LIMITS, draw, figures, finished, judged

PAIRS = [("astronaut", "great_wave"), ("cat", "composition_viii"), ("pagoda", "church_at_auvers")]
SETTINGS = {
    "vgg16-hed": {"network": "vgg16-hed", "beta": 36.0, "padding": "zero"},  # the course's default until VGG19 came
    "vgg19": {},
}


def main() -> None:
    """Run the pairs, draw the sheet, and write the table."""
    results, rows = DATA / "results", {name: [] for name in SETTINGS}
    lines = [
        "What VGG19 finds left of the squared Gram distance, in %, and the content loss at conv4_2:",
        "",
        f"| photo | painting | network | {' | '.join(LIMITS)} |",
        "|---|---|---|" + "---:|" * len(LIMITS),
    ]
    for pair in PAIRS:
        for name, options in SETTINGS.items():
            image = finished(*pair, **options)
            rows[name].append(PIL.Image.fromarray(np.uint8(image[0] * 255 + 0.5)))
            lines.append(f"| {' | '.join(pair)} | {name} | {figures(judged(image, *pair))} |")
            print(lines[-1], flush=True)
    recipe = f"above and below, for the pairs {PAIRS}: stylize(*pair, **options) with {SETTINGS}"
    draw(list(rows.values()), 384).save(results / "networks.jpg", quality=92, comment=recipe)
    (results / "networks.md").write_text("\n".join(lines) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
