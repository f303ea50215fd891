"""How large strokes are, against the sizes of photo and painting: lesson 9's pair at 128 to 1024 px.

    python -m tests.benchmarks.sizes

Writes into data/results/ the sheets sizes.jpg (four sizes), sizes_control.jpg (two sizes of the photo with two of the
painting) and sizes_levels.jpg (1024 px, without a pyramid and with one), each with its recipe as its comment, and the
table sizes.md. Takes about four minutes on two quiet cores.
"""

import numpy as np
import PIL.Image

from course_utils import Transfer
from course_utils.colour import luminance
from course_utils.samples import DATA

from .contact_sheet import draw

PAIR, STEPS, SIZES = ("pagoda", "great_wave"), 24, (128, 256, 512, 1024)
CONTROL = [(256, 1.0), (256, 2.0), (512, 0.5), (512, 1.0)]  # photo, px, and style_scale
LEVELS, LEVELS_STEPS = 4, 60
SHOWN = 448  # px, the width of a picture in a sheet


def run(size: int, scale: float, levels: int, steps: int) -> tuple[np.ndarray, np.ndarray, float, float]:
    """Run the pair; return its picture, the photo, and the losses of content and style."""
    transfer = Transfer(*PAIR, size=size, style_scale=(scale,), levels=levels, steps=steps, memory=8.0)
    for _ in transfer:
        pass
    return transfer.image, transfer.photo, float(transfer.losses.content), float(transfer.losses.style)


def wavelength(change: np.ndarray) -> float:
    """Compute the typical wavelength in pixels, 2π √(variance / mean squared slope): exact for a sine wave."""
    change = np.reshape(change, change.shape[1:3]).astype(float)
    slopes = np.square(np.diff(change, axis=0)).mean() + np.square(np.diff(change, axis=1)).mean()
    return float(2 * np.pi * np.sqrt(change.var() / slopes))


def picture(image: np.ndarray, window: int | None = None) -> PIL.Image.Image:
    """Draw an image at the sheet's width, or a window from its middle, some pixels wide, each pixel a square."""
    height, width = image.shape[1:3]
    if window is not None:
        high = round(window * height / width)
        top, left = (height - high) // 2, (width - window) // 2
        image = image[:, top : top + high, left : left + window]
    drawn = PIL.Image.fromarray(np.uint8(np.clip(image[0], 0, 1) * 255 + 0.5))
    size = SHOWN, round(SHOWN * height / width)
    return drawn.resize(size, PIL.Image.Resampling.LANCZOS if window is None else PIL.Image.Resampling.NEAREST)


def main() -> None:
    """Run the pair seven times, draw the sheets, and write the table."""
    keys = [(size, 1.0, 1, STEPS) for size in SIZES]
    keys += [(size, scale, 1, STEPS) for size, scale in CONTROL]
    keys.append((SIZES[-1], 1.0, LEVELS, LEVELS_STEPS))
    pictures: dict[tuple, np.ndarray] = {}
    lines = [
        f"{PAIR[0]} × {PAIR[1]}. Size is the photo's longer side; painting, style_scale times that.",
        "The wavelength is that of the change in luma: in pixels, and as a part of the picture's width.",
        "",
        "| size | painting | levels | steps | content | style | wavelength, px | of the width, % |",
        "|---:|---:|---:|---:|---:|---:|---:|---:|",
    ]
    for size, scale, levels, steps in dict.fromkeys(keys):
        image, photo, content, style = run(size, scale, levels, steps)
        pictures[size, scale, levels] = image
        waves = wavelength(luminance(image) - luminance(photo))
        lines.append(
            f"| {size} | {scale * size:.0f} | {levels} | {steps} | {content:.3f} | {style:.3f} "
            f"| {waves:.1f} | {100 * waves / image.shape[2]:.1f} |"
        )
        print(lines[-1], flush=True)
    call = f"stylize(*{PAIR}, size=…, style_scale=(…,), levels=1, steps={STEPS})"
    sizes = [picture(pictures[size, 1.0, 1]) for size in SIZES]
    control = [picture(pictures[size, scale, 1], SHOWN // 2) for size, scale in CONTROL]
    levels = [picture(pictures[SIZES[-1], 1.0, levels]) for levels in (1, LEVELS)]
    sheets = {
        "sizes.jpg": ([sizes[:2], sizes[2:]], f"size {SIZES}, style_scale 1, all drawn {SHOWN} px wide: {call}"),
        "sizes_control.jpg": (
            [control[:2], control[2:]],
            f"(size, style_scale) {CONTROL}, windows of {SHOWN // 2} px from the middle, enlarged: {call}",
        ),
        "sizes_levels.jpg": ([levels], f"size {SIZES[-1]}: {call}; right: levels={LEVELS}, steps={LEVELS_STEPS}"),
    }
    for name, (rows, recipe) in sheets.items():
        draw(rows, SHOWN).save(DATA / "results" / name, quality=90, comment=recipe)
    (DATA / "results" / "sizes.md").write_text("\n".join(lines) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
