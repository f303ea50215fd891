"""Lesson 12's clips: the shipped one in five manners, how much each flickers, and what is left of the style.

    python -m tests.benchmarks.video

At 256 × 144 px, after the Great Wave: by optimisation frame by frame, from the warped result of the frame before, and
with the temporal term, too; by the trained network frame by frame, and held. Writes into data/results/video/ the
clips, a strip of frames and of what changes in them, and a frame with three weights δ; the tables into
data/results/video.md; and exits with 1 if a target is missed. It takes about 20 minutes on two quiet cores.
Frames done are kept in `KEPT`: interrupted, it goes on from there; delete that folder after a change of the code.
"""

import itertools
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from fractions import Fraction
from pathlib import Path

import numpy as np
import PIL.Image
from PIL import ImageDraw

from course_utils import ClipWriter, VideoTransfer, read_clip
from course_utils.device import processor
from course_utils.fast import FastStyle
from course_utils.features import VGG_STYLE, FeatureExtractor
from course_utils.images import resize
from course_utils.motion import flow, mean_warping_error
from course_utils.options import VideoOptions
from course_utils.samples import DATA
from course_utils.storage import read_tree, write_tree
from course_utils.transfer import stylize
from course_utils.video import FastVideo

from .fast import judge

RESULTS, KEPT = DATA / "results", Path(tempfile.gettempdir()) / "course_utils_video_benchmark"
CLIP, PAINTING, SIZE = "big_buck_bunny", "great_wave", (144, 256)
OPTIONS = VideoOptions(size=max(SIZE))
SHOWN = (16, 28, 47)  # frames of the strip
AMPLIFIED = 4  # times, what changes from the frame before
PART = (20, 28)  # frames in which the rabbit moves a lot, for the choice of δ
VARIANTS: dict[str, dict] = {f"δ = {delta}": {"delta": delta} for delta in (0, 30, 100, 300, 1000)}
VARIANTS |= {"δ = 100, 10 steps": {"frame_steps": 10}, "δ = 100, looking back at one frame": {"back": (1,)}}
PICTURED = ("δ = 100", "δ = 300", "δ = 1000")  # by the last frame of that part
STILL = 0.5  # px: what the flow moves by less in every frame is background

Made = tuple[list[np.ndarray], float]  # frames, uint8 (H, W, 3); seconds for each after the first
Maker = Callable[[int, list[np.ndarray]], Iterator[np.ndarray]]  # goes on after so many frames, the last of which are


def frames() -> Iterator[np.ndarray]:
    """Read the clip at `SIZE`, uint8."""
    for frame in read_clip(CLIP):
        yield np.round(resize(frame[np.newaxis] / np.float32(255), *SIZE)[0] * 255).astype(np.uint8)


def frame_by_frame(done: int, _: list[np.ndarray]) -> Iterator[np.ndarray]:
    """Repaint each frame as a picture of its own."""
    for frame in itertools.islice(frames(), done, None):
        yield stylize(frame, PAINTING, size=OPTIONS.size)


def consistent(*part: int, **changes: object) -> Maker:
    """Return what repaints the clip, or the part from one frame to another, with some options changed."""

    def make(done: int, results: list[np.ndarray]) -> Iterator[np.ndarray]:
        shot = itertools.islice(frames(), *(part or (None,)))
        for frame in VideoTransfer(shot, PAINTING, OPTIONS, done=done, results=results, **changes):
            yield frame.image

    return make


def kept(name: str, make: Maker) -> Made:
    """Make a clip by optimisation, each frame kept as it is done; go on after those that are there already."""
    folder = KEPT / name
    folder.mkdir(parents=True, exist_ok=True)
    images, seconds = [], []
    while (path := folder / f"{len(images) + 1:03d}.npz").exists():
        tree = read_tree(path)
        images.append(tree["image"])
        seconds.append(tree["seconds"])
    began = time.perf_counter()
    for image in make(len(images), images[-max(OPTIONS.back) :]):
        now = time.perf_counter()
        seconds.append(now - began)
        images.append(np.round(image[0] * 255).astype(np.uint8))
        write_tree(folder / f"{len(images):03d}.npz", {"image": images[-1], "seconds": seconds[-1]})
        print(f"{name}: frame {len(images)}, {seconds[-1]:.1f} s", flush=True)
        began = time.perf_counter()
    return images, float(np.median(seconds[1:]))


def network(hold: float | None) -> Made:
    """Make a clip by the network, from file to file; the first frame is not timed."""
    style, clip = FastStyle.load(PAINTING), read_clip(CLIP)
    with tempfile.TemporaryDirectory() as folder:
        path, images = Path(folder) / "out.mp4", []
        options = {} if hold is None else {"hold": hold}
        with ClipWriter(path, SIZE, clip.rate, source=clip) as writer:
            for frame in FastVideo(clip, style, size=max(SIZE), **options):
                writer.write(frame.image)
                images.append(np.round(frame.image[0] * 255).astype(np.uint8))
                if frame.index == 1:
                    began = time.perf_counter()
        return images, (time.perf_counter() - began) / (len(images) - 1)


MANNERS: dict[str, tuple[str, Callable[[], Made]]] = {  # by the clip's name: what the table calls it
    "each": ("frame by frame", lambda: kept("each", frame_by_frame)),
    "start": ("warped start", lambda: kept("start", consistent(delta=0))),
    "temporal": ("temporal term", lambda: kept("temporal", consistent())),
    "fast_each": ("fast network, frame by frame", lambda: network(0)),
    "fast": ("fast network", lambda: network(None)),
}
# of a manner: its baseline, and the largest E_warp and style share allowed, as parts of the baseline's, and seconds
TARGETS = {
    "temporal": ("each", 1 / 3, 1.2, 8.0),
    "fast": ("fast_each", 1 / 2, 1.2, 1 / 12),
}


def still_part(clip: list[np.ndarray]) -> np.ndarray:
    """Find the pixels that move in no frame, bool `(H, W)`."""
    lengths = (np.linalg.norm(flow(after, before), axis=-1) for before, after in itertools.pairwise(clip))
    return np.all([length < STILL for length in lengths], axis=0)


def figures(images: list[np.ndarray], clip: list[np.ndarray], still: np.ndarray, seconds: float) -> dict[str, float]:
    """Measure a clip: E_warp, the share of the style distance left, the content loss, the background's mean step."""
    extract = FeatureExtractor("vgg19", [*VGG_STYLE, "conv4_2"], padding="mirror")
    scores = [
        judge(extract, image[np.newaxis] / np.float32(255), frame[np.newaxis] / np.float32(255), PAINTING)
        for image, frame in zip(images, clip, strict=True)
    ]
    steps = [np.abs(np.subtract(b, a, dtype=np.float32))[still].mean() for a, b in itertools.pairwise(images)]
    return {
        "E_warp": mean_warping_error(images, clip),
        "style": float(np.mean([score[:5] for score in scores])),
        "content": float(np.mean([score[5] for score in scores])),
        "step": float(np.mean(steps)),
        "seconds": seconds,
    }


def strip(rows: dict[str, list[np.ndarray]]) -> PIL.Image.Image:
    """Put pictures side by side, a row for each name."""
    gap, head = 4, 16
    (height, width), count = SIZE, max(map(len, rows.values()))
    whole = PIL.Image.new("RGB", (count * (width + gap) - gap, len(rows) * (height + head)), "white")
    draw = ImageDraw.Draw(whole)
    for row, (name, pictures) in enumerate(rows.items()):
        draw.text((2, row * (height + head) + 2), name, fill="black")
        for column, picture in enumerate(pictures):
            whole.paste(PIL.Image.fromarray(picture), (column * (width + gap), row * (height + head) + head))
    return whole


def difference(images: list[np.ndarray], index: int) -> np.ndarray:
    """Show how a frame differs from the one before."""
    step = np.abs(np.subtract(images[index], images[index - 1], dtype=np.int16))
    return np.minimum(AMPLIFIED * step, 255).astype(np.uint8)


def table(measured: dict[str, dict[str, float]], still: np.ndarray) -> tuple[list[str], list[str]]:
    """Return the table's lines, and what is missed."""
    lines = [
        f"{CLIP}, {SIZE[1]} × {SIZE[0]} px, after {PAINTING}. E_warp is the mean square of a result minus the last "
        "one, warped, over the pixels that were visible (Lai et al. 2018), with the flow of the input. Style: the "
        "share of the squared Gram distance that is left, the mean of five layers. Background: the mean change from "
        f"frame to frame, in levels of 0 to 255, of the {still.mean():.0%} of the pixels that never move. Seconds: "
        f"for a frame after the first; the network's with decoding and encoding. {processor()}.",
        "",
        "| manner | E_warp × 10⁴ | style left, % | content loss | background | seconds |",
        "|---|---:|---:|---:|---:|---:|",
    ]
    for name, row in measured.items():
        lines.append(
            f"| {MANNERS[name][0]} | {1e4 * row['E_warp']:.2f} "
            f"| {100 * row['style']:.2f} | {row['content']:.3f} | {row['step']:.2f} | {row['seconds']:.3f} |"
        )
    missed = []
    for name, (baseline, error, style, seconds) in TARGETS.items():
        ours, theirs = measured[name], measured[baseline]
        parts = {key: ours[key] / theirs[key] for key in ("E_warp", "style")}
        lines += [
            "",
            f"{MANNERS[name][0].capitalize()}, against {MANNERS[baseline][0]}: E_warp × {parts['E_warp']:.2f} "
            f"(at most {Fraction(error).limit_denominator(9)}), style × {parts['style']:.2f} (at most {style}), "
            f"{ours['seconds']:.3f} s a frame (at most {seconds:.3f}).",
        ]
        limits = {"E_warp": parts["E_warp"] > error, "style": parts["style"] > style, "s": ours["seconds"] > seconds}
        missed += [f"{name}: {what}" for what, too_much in limits.items() if too_much]
    return lines, missed


def choice(each: Made, clip: list[np.ndarray], still: np.ndarray) -> tuple[list[str], list[np.ndarray]]:
    """Repaint a part of the clip in the `VARIANTS`; return a table's lines, and the last frames of the `PICTURED`."""
    start, stop = PART
    lines = [
        "",
        f"Frames {start + 1} to {stop}, {OPTIONS.frame_steps} steps a frame unless another number is given; the style "
        "of all of them but the first.",
        "",
        "| manner | E_warp × 10⁴ | style left, % | seconds |",
        "|---|---:|---:|---:|",
    ]
    rows = {"the input": (clip[start:stop], None), "frame by frame": (each[0][start:stop], each[1])}
    for number, (name, changes) in enumerate(VARIANTS.items()):
        rows[name] = kept(f"part_{number}", consistent(*PART, **changes))
    for name, (images, seconds) in rows.items():
        error, style = mean_warping_error(images, clip[start:stop]), "–"
        if seconds is not None:
            style = f"{100 * figures(images[1:], clip[start + 1 : stop], still, seconds)['style']:.2f}"
        lines.append(f"| {name} | {1e4 * error:.2f} | {style} | {'–' if seconds is None else f'{seconds:.1f}'} |")
    return lines, [rows[name][0][-1] for name in PICTURED]


def main() -> int:
    """Make the clips, the strips and the table; return 1 if a target is missed."""
    folder = RESULTS / "video"
    folder.mkdir(exist_ok=True)
    source, clip = read_clip(CLIP), list(frames())
    still = still_part(clip)
    made, measured = {}, {}
    for name, (_, make) in MANNERS.items():
        made[name], seconds = make()
        measured[name] = figures(made[name], clip, still, seconds)
        with ClipWriter(folder / f"{name}.webp", SIZE, source.rate, source=source) as writer:
            for image in made[name]:
                writer.write(image)
        print(name, measured[name], flush=True)
    recipe, rows = b"python -m tests.benchmarks.video", {}
    for name, images in {"input": clip, **made}.items():
        if name != "fast_each":
            label = MANNERS[name][0] if name in MANNERS else name
            rows[f"{label}; on the right, the change from the frame before, times {AMPLIFIED}"] = [
                *(images[index] for index in SHOWN),
                *(difference(images, index) for index in SHOWN),
            ]
    strip(rows).save(folder / "strip.jpg", quality=90, comment=recipe)
    about, last = choice((made["each"], measured["each"]["seconds"]), clip, still)
    three = strip({f"frame {PART[1]}, with " + ", ".join(PICTURED).replace("δ", "delta"): last})
    three.resize((2 * three.width, 2 * three.height), PIL.Image.Resampling.LANCZOS).save(
        folder / "deltas.jpg", quality=90, comment=recipe
    )
    lines, missed = table(measured, still)
    lines += about
    (RESULTS / "video.md").write_text("\n".join(lines) + "\n", encoding="utf-8")
    print("\n".join(lines), f"\nmissed: {missed or 'none'}", flush=True)
    return bool(missed)


if __name__ == "__main__":
    sys.exit(main())
