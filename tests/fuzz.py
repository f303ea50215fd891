"""Mutated files: each gives what was asked for or a CourseError, soon and in little memory.

    python -m tests.fuzz --files 20000

takes some minutes, and prints how many of each there were, the slowest and the hungriest. `tests/across/test_fuzz.py`
runs a few hundred. Hypothesis chooses the mutations, and makes a file that fails as plain as it can before it shows
it.
"""

import argparse
import functools
import io
import json
import struct
import sys
import tempfile
import time
import warnings
import zlib
from collections import Counter
from collections.abc import Callable
from pathlib import Path

import numpy as np
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from course_utils import Transfer
from course_utils.clips import ClipWriter, read_clip
from course_utils.errors import CourseError
from course_utils.fast import FastStyle, Training, TrainingStep
from course_utils.images import Upload, load_image
from course_utils.masks import load_mask
from course_utils.objective import Losses
from course_utils.options import Options
from course_utils.recipe import read_recipe
from course_utils.storage.archive import TREE
from tests.clips.making import SIZE, frames, video
from tests.corpus import CORPUS, encoded, picture, png_chunk
from tests.measuring import peak_memory

SECONDS = 2.0  # of the processor's time
MEMORY = 1e9  # bytes, for pictures of 80 million pixels whose mode is converted
STARTS = [file.data for file in CORPUS if file.refusal is None and 0 < len(file.data) < 40_000]
NUMBERS = [0, 1, 0x7F, 0x80, 0xFF, 0x7FFF, 0x8000, 0xFFFF, 0x7FFFFFFF, 0x80000000, 0xFFFFFFFF]


def recipe() -> bytes:
    """Write a PNG with a recipe in it, as the studio saves it."""
    facts = {"format": 1, "content": "cat", "style": ["great_wave"], "options": Options().__dict__, "remarks": []}
    text = png_chunk(b"tEXt", b"course_utils\0" + json.dumps(facts).encode())
    plain = encoded(picture(), "PNG")
    return plain[:33] + text + plain[33:]  # behind the header


@functools.cache
def saved_run() -> bytes:
    """Do two steps of a small run, and save it."""
    layers = {"content_layers": ("conv1_1",), "style_layers": ("conv1_1",)}
    run = Transfer("cat", "great_wave", size=48, levels=1, network="vgg19-random", precision="float32", **layers)
    next(run), next(run)
    with tempfile.TemporaryDirectory() as folder:
        return run.save(Path(folder) / "run.npz").read_bytes()


@functools.cache
def saved_training() -> bytes:
    """Begin a small training of two paintings, and save it; that it has done a step is made up, to save time."""
    run = Training(["great_wave", "summertime"], ["cat"], crop=64, crops=1, steps=2)
    run.history.append(TrainingStep(1, Losses(3.0, 1.0, 0.4, 0.01, {"conv1_1": 0.4}), 0.5))
    with tempfile.TemporaryDirectory() as folder:
        return run.save(Path(folder) / "training.npz").read_bytes()


@functools.cache
def clips() -> list[bytes]:
    """Write a clip of three frames as each kind of file that can be written, and as the web and cameras write it."""
    made, written = frames(3), []
    with tempfile.TemporaryDirectory() as folder:
        for name in ("x.mp4", "x.webp", "x.gif"):
            with ClipWriter(Path(folder) / name, SIZE, 25) as writer:
                for each in made:
                    writer.write(each)
            written.append(writer.path.read_bytes())
        for name, codec in {"s.mp4": "aac", "x.mkv": "libopus", "x.webm": "libopus", "x.avi": "libmp3lame"}.items():
            index = {"movflags": "faststart"} if name == "s.mp4" else None  # in front, where most mutations are
            written.append(video(Path(folder) / name, made, sound=(codec, 0.12), container=index).read_bytes())
    return written


def tree_in(saved: bytes) -> bytes:
    """Return the part of a saved run that is no array: options, history, and where it stands."""
    return np.load(io.BytesIO(saved))[TREE].tobytes()


def with_tree(saved: bytes, tree: bytes, path: Path) -> Path:
    """Write a saved run with another tree, and right checksums, without which it would not come so far."""
    path = path.with_suffix(".npz")
    np.savez(path, **dict(np.load(io.BytesIO(saved))) | {TREE: np.frombuffer(tree, np.uint8)})
    return path


def read_picture(data: bytes, _: Path) -> None:
    image = load_image(Upload("file", data), 64)
    assert image.dtype == np.float32 and image.shape[0] == 1 and image.shape[3] == 3
    assert image.min() >= 0 and image.max() <= 1  # false for NaN, too


def read_file(data: bytes, path: Path) -> None:
    path.write_bytes(data)
    load_image(path, 64)


def read_mask(data: bytes, _: Path) -> None:
    mask = load_mask(Upload("file", data), 40, 48)
    assert mask.shape == (1, 40, 48, 1) and mask.min() >= 0 and mask.max() <= 1


def read_settings(data: bytes, path: Path) -> None:
    path.write_bytes(data)
    read_recipe(path)


def read_frames(data: bytes, path: Path) -> None:
    path.write_bytes(data)
    clip, count = read_clip(path), 0
    assert 0.001 <= clip.rate <= 1000 and clip.times[0] == 0 and (np.diff(clip.times) > 0).all()
    for frame in clip:
        assert frame.dtype == np.uint8 and frame.shape == (*clip.size, 3)
        count += 1
    assert count == len(clip) >= 1


def go_on(path: Path) -> None:
    """Load a run and do a step, in which values show that no run has."""
    run = Transfer.load(path)
    next(run, None)
    image = run.image
    assert image.dtype == np.float32 and image.shape == run.photo.shape


def read_run(data: bytes, path: Path) -> None:
    path.write_bytes(data)
    go_on(path)


def read_tree_of_run(data: bytes, path: Path) -> None:
    go_on(with_tree(saved_run(), data, path))


def repaint(path: Path) -> None:
    """Load a network and use it."""
    network = FastStyle.load(path)
    picture = network(np.full((1, 32, 36, 3), 0.5, np.float32), [1.0] * len(network.paintings))
    assert picture.shape == (1, 32, 36, 3) and picture.min() >= 0 and picture.max() <= 1


def read_network(data: bytes, path: Path) -> None:
    path.write_bytes(data)
    repaint(path)


def read_tree_of_network(data: bytes, path: Path) -> None:
    repaint(with_tree(saved_training(), data, path))


def read_tree_of_training(data: bytes, path: Path) -> None:
    training = Training.load(with_tree(saved_training(), data, path))
    assert 0 <= training.progress <= 1 and training.network.recipe["steps"] == len(training.history)


# How often each is tried, of sixteen; what reads it; what it starts from.
KINDS: list[tuple[int, Callable[[bytes, Path], None], Callable[[], list[bytes]]]] = [
    (5, read_picture, lambda: STARTS),
    (1, read_file, lambda: STARTS),
    (1, read_mask, lambda: STARTS),
    (1, read_settings, lambda: [recipe()]),
    (3, read_frames, clips),
    (1, read_run, lambda: [saved_run()]),
    (1, read_tree_of_run, lambda: [tree_in(saved_run())]),
    (1, read_network, lambda: [saved_training()]),
    (1, read_tree_of_network, lambda: [tree_in(saved_training())]),
    (1, read_tree_of_training, lambda: [tree_in(saved_training())]),
]

place = st.floats(0, 1, exclude_max=True)
mutation = st.one_of(
    st.tuples(st.just("flip"), place, st.integers(0, 7)),
    st.tuples(st.just("byte"), place, st.integers(0, 255)),
    st.tuples(st.just("number"), place, st.sampled_from(NUMBERS), st.sampled_from(["<H", ">H", "<I", ">I"])),
    st.tuples(st.just("insert"), place, st.binary(min_size=1, max_size=20)),
    st.tuples(st.just("delete"), place, st.integers(1, 2000)),
    st.tuples(st.just("repeat"), place, st.integers(1, 2000)),
    st.tuples(st.just("cut"), place),
    st.tuples(st.just("splice"), place, st.integers(0, len(STARTS) - 1)),
)


def mutated(data: bytes, mutations: list[tuple]) -> bytes:
    """Do one mutation after another; the first half of a file, where the headers are, gets seven tenths of them."""
    for kind, where, *what in mutations:
        at = int(len(data) * where**2)
        before, after = data[:at], data[at:]
        if kind == "flip" and after:
            data = before + bytes([after[0] ^ 1 << what[0]]) + after[1:]
        elif kind == "byte":
            data = before + bytes(what) + after[1:]
        elif kind == "number":
            number = struct.pack(what[1], what[0] & (0xFFFF if what[1].endswith("H") else 0xFFFFFFFF))
            data = before + number + after[len(number) :]
        elif kind == "insert":
            data = before + what[0] + after
        elif kind == "delete":
            data = before + after[what[0] :]
        elif kind == "repeat":
            data = before + after[: what[0]] * 2 + after[what[0] :]
        elif kind == "cut":
            data = before
        elif kind == "splice":
            data = before + STARTS[what[0]][at:]
    return data


def with_checksums_mended(data: bytes) -> bytes:
    """Set the checksums of a PNG's chunks, without which no mutation of one would come further."""
    if not data.startswith(b"\x89PNG\r\n\x1a\n"):
        return data
    at = 8
    while at + 12 <= len(data):
        (length,) = struct.unpack(">I", data[at : at + 4])
        end = at + 8 + length
        if end + 4 > len(data):
            break
        data = data[:end] + struct.pack(">I", zlib.crc32(data[at + 4 : end])) + data[end + 4 :]
        at = end + 4
    return data


class Record:
    """What happened: how often, and the worst."""

    def __init__(self) -> None:
        self.outcomes: Counter[str] = Counter()
        self.slowest, self.hungriest = 0.0, 0.0

    def __str__(self) -> str:
        counts = ", ".join(f"{count} {what}" for what, count in sorted(self.outcomes.items()))
        return (
            f"{sum(self.outcomes.values())} files: {counts}; slowest {self.slowest:.2f} s, "
            f"largest memory {self.hungriest / 1e6:.0f} MB"
        )


def fuzz(files: int, derandomize: bool = False) -> Record:
    """Try that many files; the same ones at each call if derandomized.

    Raises:
        BaseException: of a file that gives another exception than a CourseError, or takes too long or too much.
    """
    record = Record()
    folder = tempfile.TemporaryDirectory()
    path = Path(folder.name) / "file"
    readers = [(reader, starts()) for share, reader, starts in KINDS for _ in range(share)]
    for read, saved in ((read_run, saved_run()), (read_network, saved_training())):
        read(saved, path)  # networks are made, and graphs traced, once; that costs none of the files

    @settings(
        max_examples=files,
        derandomize=derandomize,
        deadline=None,
        database=None,
        phases=[Phase.generate, Phase.shrink],
        suppress_health_check=list(HealthCheck),
    )
    @given(st.integers(0, len(readers) - 1), st.integers(0, 10_000), st.lists(mutation, max_size=4), st.booleans())
    def try_one(reader: int, start: int, mutations: list[tuple], mend: bool) -> None:
        read, starts = readers[reader]
        data = mutated(starts[start % len(starts)], mutations)
        data = with_checksums_mended(data) if mend else data
        began = time.process_time()
        with peak_memory() as memory, warnings.catch_warnings():
            warnings.simplefilter("ignore")  # of damaged profiles and EXIF data
            try:
                read(data, path)
                outcome = "read"
            except CourseError:
                outcome = "refused"
        seconds = time.process_time() - began
        record.outcomes[outcome] += 1
        record.slowest, record.hungriest = max(record.slowest, seconds), max(record.hungriest, memory.bytes)
        assert seconds < SECONDS, f"took {seconds:.1f} s"
        assert memory.bytes < MEMORY, f"took {memory.bytes / 1e6:.0f} MB"

    with folder:
        try_one()
    return record


def main() -> None:
    """Print the record; a failing file ends it with a traceback and the mutations."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--files", type=int, default=20_000)
    began = time.perf_counter()
    print(f"{fuzz(parser.parse_args().files)}, other exceptions 0; {time.perf_counter() - began:.0f} s in all")


if __name__ == "__main__":
    sys.exit(main())
