"""Stylise all 15 pairs of data/, judge each, and draw README's contact sheet.

    python -m tests.benchmarks.contact_sheet

With the defaults, for the table, data/results/contact_sheet.md, which ends with the limits and how near the worst pair
comes; exits with 1 if one is missed. And at 512 px, `LARGE`, for data/results/contact_sheet.jpg and, one pair beside
its sources, pagoda_great_wave.jpg; both hold their recipes as the file's comment.
"""

import statistics
import sys
import tempfile
from pathlib import Path

import numpy as np
import PIL.Image
from PIL import ImageOps

from course_utils import Transfer, load_image, save_image
from course_utils.features import VGG_STYLE, FeatureExtractor
from course_utils.gram import gram_matrix, style_distance
from course_utils.objective import content_loss
from course_utils.samples import DATA, samples
from tests.measuring import octaves

# The largest share of the squared Gram distance between photo and painting that may be left, in the median and at
# worst, and the largest content loss; of the picture as saved, judged in float32.
LIMITS = {
    "conv1_1": (0.03, 0.03),
    "conv2_1": (0.03, 0.03),
    "conv3_1": (0.03, 0.03),
    "conv4_1": (0.10, 0.20),
    "conv5_1": (0.10, 0.20),
    "content": (0.45, 0.75),
}
LARGE = {"size": 512, "levels": 3, "steps": 85}
GAP = 6  # pixels


def finished(content: str, style: str, **options: object) -> np.ndarray:
    """Run a pair; return its picture."""
    run = Transfer(content, style, **options)
    for _ in run:
        pass
    return run.image


def judged(image: np.ndarray, content: str, style: str) -> dict[str, float]:
    """Judge a picture as it would be saved, by the names of `LIMITS`.

    Returns:
        d(picture) / d(content), from `style_distance`, for each style layer; and `content_loss` at conv4_2.
    """
    with tempfile.TemporaryDirectory() as folder:
        saved = load_image(save_image(image, Path(folder) / "picture.png"))
    photo = load_image(content, max(saved.shape[1:3]))
    painting = load_image(style, shortest=min(photo.shape[1:3]))
    extract = FeatureExtractor("vgg19", [*VGG_STYLE, "conv4_2"], padding="mirror")
    x, c, s = map(extract, (saved, photo, painting))
    left = {}
    for layer in VGG_STYLE:
        G, G0, A = (gram_matrix(each[layer]) for each in (x, c, s))
        left[layer] = float(style_distance(G, A) / style_distance(G0, A))
    return left | {"content": float(content_loss(x["conv4_2"], c["conv4_2"]))}


def figures(values: dict[str, float]) -> str:
    """Write a row's numbers: percents, and the content loss."""
    return " | ".join(f"{value:.2f}" if name == "content" else f"{100 * value:.2f}" for name, value in values.items())


def table() -> tuple[list[str], list[str]]:
    """Run all pairs with the defaults; return the table's lines, and what is missed."""
    lines = [
        "Share of the squared Gram distance between photo and painting that is left, in %, and the content loss at "
        "conv4_2, of the pictures made with the defaults; and the share of their luminance's energy from 0.1 to 0.2 "
        "cycles per pixel, where grain would show, beside the painting's and the photo's:",
        "",
        f"| photo | painting | {' | '.join(LIMITS)} | 0.1–0.2 | painting's | photo's |",
        "|---|---|" + "---:|" * (len(LIMITS) + 3),
    ]
    rows = []
    for content in samples("content"):
        for style in samples("style"):
            image = finished(content, style)
            rows.append(judged(image, content, style))
            photo = load_image(content, max(image.shape[1:3]))
            painting = load_image(style, shortest=min(photo.shape[1:3]))
            grain = " | ".join(f"{octaves(each)[2]:.2f}" for each in (image, painting, photo))
            lines.append(f"| {content} | {style} | {figures(rows[-1])} | {grain} |")
            print(lines[-1], flush=True)
    missed = []
    for place, (word, of) in enumerate({"median": statistics.median, "worst": max}.items()):
        reached = {name: of(row[name] for row in rows) for name in LIMITS}
        limits = {name: both[place] for name, both in LIMITS.items()}
        missed += [f"{word} {name}" for name in LIMITS if reached[name] > limits[name]]
        lines.append(f"| **{word}** | | {figures(reached)} | | | |")
        lines.append(f"| allowed | | {figures(limits)} | | | |")
    return lines, missed


def draw(rows: list[list[PIL.Image.Image | None]], width: int) -> PIL.Image.Image:
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


def draw_sheets(results: Path) -> None:
    """Run all pairs at 512 px, and draw the two sheets."""
    contents, styles = samples("content"), samples("style")
    options = ", ".join(f"{name}={value!r}" for name, value in LARGE.items())
    rows = [[None, *map(PIL.Image.open, styles.values())]]
    for content, photo in contents.items():
        rows.append([PIL.Image.open(photo)])
        for style in styles:
            image = finished(content, style, **LARGE)
            rows[-1].append(PIL.Image.fromarray(np.uint8(image[0] * 255 + 0.5)))
            print(f"{content} {style}, 512 px: {figures(judged(image, content, style))}", flush=True)
            if (content, style) == ("pagoda", "great_wave"):
                trio = draw([[rows[-1][0], PIL.Image.open(styles[style]), rows[-1][-1]]], LARGE["size"])
                recipe = f"right: stylize({content!r}, {style!r}, {options})"
                trio.save(results / "pagoda_great_wave.jpg", quality=92, comment=recipe)
    recipe = f"each: stylize(the photo of its row, the painting of its column, {options})"
    draw(rows, LARGE["size"]).save(results / "contact_sheet.jpg", quality=88, comment=recipe)


def main() -> int:
    """Write the table and draw the sheets; return the exit status."""
    results = DATA / "results"
    results.mkdir(exist_ok=True)
    lines, missed = table()
    (results / "contact_sheet.md").write_text("\n".join(lines) + "\n", encoding="utf-8")
    print("missed:", missed or "none", flush=True)
    draw_sheets(results)
    return 1 if missed else 0


if __name__ == "__main__":
    sys.exit(main())
