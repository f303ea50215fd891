"""Stylise all 15 pairs of data/ with the defaults, measure each, and draw README's contact sheet.

    python -m tests.benchmarks.contact_sheet

Writes data/results/contact_sheet.jpg and contact_sheet.md, and one pair at 512 px beside its sources to
data/results/pagoda_great_wave.jpg; exits with 1 if a pair misses a limit.
"""

import sys
import tempfile
from pathlib import Path

import numpy as np
import PIL.Image
from PIL import ImageOps

from course_utils import load_image, save_image
from course_utils.device import tf
from course_utils.features import VGG_STYLE, FeatureExtractor
from course_utils.gram import gram_matrix
from course_utils.samples import DATA, samples
from course_utils.transfer import Transfer, stylize

# Part of the squared Gram difference between photo and painting that the picture as saved may keep.
LIMITS = {"conv1_1": 0.02, "conv2_1": 0.02, "conv3_1": 0.02, "conv4_1": 0.10, "conv5_1": 0.10}
GAP = 6  # pixels


def gram_differences_left(picture: Path, content: str, style: str, size: int = 256) -> dict[str, float]:
    """Return ‖G(picture) − A‖² / ‖G(content) − A‖² for each style layer, from the file as saved."""
    extract = FeatureExtractor("vgg16-hed", list(VGG_STYLE))
    photo = load_image(content, size)
    painting = load_image(style, shortest=min(photo.shape[1:3]))
    x, c, s = (
        {layer: gram_matrix(F) for layer, F in extract(image).items()}
        for image in (load_image(picture), photo, painting)
    )
    return {
        layer: float(tf.reduce_sum((x[layer] - s[layer]) ** 2) / tf.reduce_sum((c[layer] - s[layer]) ** 2))
        for layer in VGG_STYLE
    }


def draw(rows: list[list[PIL.Image.Image | None]], width: int = 256) -> PIL.Image.Image:
    """Lay pictures out in rows, each row as high as its pictures at that width."""
    heights = [round(width * max(min(1, p.height / p.width) for p in row if p)) for row in rows]
    sheet = PIL.Image.new("RGB", ((width + GAP) * len(rows[0]) - GAP, sum(heights) + GAP * (len(rows) - 1)), "white")
    top = 0
    for row, height in zip(rows, heights, strict=True):
        for column, picture in enumerate(row):
            if picture:
                fitted = ImageOps.pad(picture.convert("RGB"), (width, height), color="white")
                sheet.paste(fitted, (column * (width + GAP), top))
        top += height + GAP
    return sheet


def main() -> int:
    """Run all pairs; return the exit status."""
    contents, styles = samples("content"), samples("style")
    rows = [[None, *map(PIL.Image.open, styles.values())]]
    lines = [
        "Squared Gram difference to the painting that is left, in % of the photo's own (picture as saved, 256 px):",
        "",
        f"| photo | painting | {' | '.join(LIMITS)} | content loss |",
        "|---|---|" + "---:|" * (len(LIMITS) + 1),
    ]
    missed = []
    for content, photo in contents.items():
        rows.append([PIL.Image.open(photo)])
        for style in styles:
            run = Transfer(content, style, size=256)
            for _ in run:
                pass
            with tempfile.TemporaryDirectory() as folder:
                path = save_image(run.image, Path(folder) / "picture.png")
                left = gram_differences_left(path, content, style)
                rows[-1].append(PIL.Image.open(path).copy())
            figures = " | ".join(f"{100 * left[layer]:.2f}" for layer in LIMITS)
            lines.append(f"| {content} | {style} | {figures} | {run.losses.content:.2f} |")
            print(lines[-1], flush=True)
            missed += [f"{content} {style} {layer}" for layer in LIMITS if left[layer] > LIMITS[layer]]
    results = DATA / "results"
    results.mkdir(exist_ok=True)
    save_image(np.asarray(draw(rows)), results / "contact_sheet.jpg")
    (results / "contact_sheet.md").write_text("\n".join(lines) + "\n", encoding="utf-8")
    large = PIL.Image.fromarray(np.uint8(stylize("pagoda", "great_wave", size=512)[0] * 255 + 0.5))
    trio = draw([[PIL.Image.open(contents["pagoda"]), PIL.Image.open(styles["great_wave"]), large]], width=512)
    save_image(np.asarray(trio), results / "pagoda_great_wave.jpg")
    print("missed:", missed or "none")
    return 1 if missed else 0


if __name__ == "__main__":
    sys.exit(main())
