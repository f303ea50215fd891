"""`python -m course_utils video`: a clip from the command line."""

import argparse
import contextlib
import shlex
import sys
import time
import warnings
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from ..clips import Clip, ClipWriter, read_clip
from ..errors import CheckpointError, ClipError, CourseError, ImageError, OptionError
from ..images import resize
from ..masks import SHAPES
from ..options import HOLD, VideoOptions
from ..samples import find_image, samples
from ..scene import compose, files_read
from .arguments import add_options, given
from .signals import exit_status
from .terminal import run_behind_bar
from .unfinished import BYTES, Unfinished

if TYPE_CHECKING:
    from ..objective import Losses
    from ..video import FastVideo, VideoTransfer

CLIP, STYLE, OUTPUT = "big_buck_bunny", "great_wave", "stylized.mp4"
HELP = "repaint a video in the style of a painting, without flicker"
FORMAT = 1  # of what is written down to resume


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the clip, the paintings, where to write, and a flag for each field of `VideoOptions`."""
    clips, paintings = ", ".join(samples("video")), ", ".join(samples("style"))
    parser.add_argument(
        "clip", nargs="?", help=f"a video file, an animated GIF or WebP, a folder of pictures, or {clips} ({CLIP})"
    )
    parser.add_argument("style", nargs="*", help=f"one or several picture files, or of {paintings} ({STYLE})")
    parser.add_argument(
        "-o",
        "--output",
        default=OUTPUT,
        help="the clip to write: .mp4, with the sound, .webp, .gif, or a folder of pictures (%(default)s)",
    )
    parser.add_argument("--from", dest="start", type=float, metavar="S", help="seconds to leave out at the beginning")
    parser.add_argument("--to", dest="stop", type=float, metavar="S", help="where to end, in seconds")
    parser.add_argument("--rate", type=float, metavar="X", help="frames per second of a folder of pictures (25)")
    parser.add_argument(
        "--fast",
        metavar="NET",
        help="repaint by a trained network: a file that `train` wrote, or the name of one that comes with the course; "
        "if it knows several paintings, name one, or several to mix. Of the other options, only size and hold apply",
    )
    parser.add_argument(
        "--hold",
        type=float,
        metavar="X",
        help=f"with --fast, how much of the frame before stays, from 0 to below 1 ({HOLD})",
    )
    parser.add_argument(
        "--resume", action="store_true", help="go on after the last finished frame of an --output that was interrupted"
    )
    parser.add_argument("--quiet", action="store_true", help="no progress bar, no closing line")
    add_options(parser, VideoOptions, without=("seconds",))  # a video has no time budget


@dataclass(frozen=True)
class _Request:
    """What was asked for: plain values, so that it can be written down.

    Attributes:
        clip, start, stop, rate: as for `read_clip`.
        style: the paintings: files; with `fast` their names in the network.
        fast: the network; None: by optimisation.
        hold, options: as for `FastVideo` and `VideoTransfer`.
        read: the files, each with its size and time of change.
    """

    clip: str
    start: float
    stop: float | None
    rate: float | None
    style: list[str]
    fast: str | None
    hold: float
    options: VideoOptions
    read: dict[str, list[int]]

    def tree(self) -> dict:
        """Return it as a tree for `storage.write_tree`."""
        return {"format": FORMAT, **asdict(self)}

    @classmethod
    def restored(cls, tree: dict, place: Path) -> "_Request":
        """Rebuild it.

        Raises:
            CourseError: it is damaged; or a file has changed in the meantime, or is gone.
        """
        try:
            if tree.pop("format") != FORMAT:
                raise ValueError("another format")
            request = cls(**{**tree, "options": VideoOptions(**tree["options"])})
            before = {str(path): list(stamp) for path, stamp in request.read.items()}
        except Exception as error:  # whatever a value that `tree` did not return may cause
            raise CheckpointError(f"{place} is damaged, or from another version of the course: {error!r}") from error
        for path, stamp in before.items():
            if not Path(path).exists() or _stamp(Path(path)) != stamp:
                raise ClipError(
                    f"{path} is gone, or has changed since the clip was begun: delete {place} to begin again"
                )
        return request


class _Done(NamedTuple):
    """A finished frame: its number, of how many, and its losses."""

    index: int
    count: int
    losses: "Losses | None" = None

    @property
    def progress(self) -> float:
        return self.index / self.count


class _Making:
    """What `run_behind_bar` iterates: a video whose frames are kept as soon as they are done.

    Attributes:
        history: the last frame that is done, if there is one.
    """

    def __init__(self, video: "VideoTransfer | FastVideo", kept: Unfinished, count: int) -> None:
        self._video, self._kept, self._count = video, kept, count
        self.history = [_Done(kept.done, count)] if kept.done else []

    def __iter__(self) -> Iterator[_Done]:
        return self

    def __next__(self) -> _Done:
        frame = next(self._video)
        self._kept.keep(frame.image)
        self.history = [_Done(frame.index, self._count, frame.losses)]
        return self.history[-1]


def run(parsed: argparse.Namespace) -> int:
    """Make the clip; return the exit status.

    Raises:
        CourseError: the request cannot be met, or the work has ended early; the frames done are kept.
    """
    began = time.perf_counter()
    try:
        output = Path(parsed.output).expanduser()
        kept = Unfinished(output)
    except (RuntimeError, ValueError) as error:  # no such user, no name
        raise ClipError(f"cannot write {parsed.output!r}: {error}") from error
    is_folder = output.is_dir() or not output.suffix
    request, clip = _resumed(parsed, kept) if parsed.resume else _requested(parsed, kept)
    size = fitted(clip.size, request.options.size, even=output.suffix.lower() == ".mp4")
    frames = _resized(clip, size)
    if parsed.resume:
        kept.resume(size)
    elif request.fast is None:
        compose(next(_resized(clip, size)), request.style, _at(request, size))
    writer = _writer(output, clip, size, request, kept)
    if not parsed.quiet and size != fitted(clip.size, request.options.size, even=False):
        print(f"{size[1]}×{size[0]} px: H.264 needs even sides, so they are rounded by up to a pixel", file=sys.stderr)

    def start() -> _Making:
        video = _video(request, frames, size, kept)
        if not parsed.resume:
            kept.begin(request.tree())
        return _Making(video, kept, len(clip))

    def expected(_: _Making) -> str:
        text = f"{len(clip)} frames of {size[1]}×{size[0]} px"
        if request.fast is not None:
            return text
        from ..cost import estimate_video

        first = next(_resized(clip, size))
        return f"{text}, {estimate_video(first, request.style, _at(request, size), len(clip))}"

    def finish(_: _Making) -> None:
        if kept.done == len(clip) or not is_folder:  # an unfinished folder can be looked at where it is
            _write(writer, kept)

    try:
        _, ended_by = run_behind_bar(start, parsed.quiet, finish, _described, expected)
    except BaseException:
        if not (kept.done or parsed.resume) and kept.is_mine:
            kept.discard()
        raise
    finished = kept.done == len(clip)
    place = kept.path if is_folder and not finished else output
    if isinstance(ended_by, CourseError) and not finished:
        raise type(ended_by)(
            f"{ended_by}; the {kept.done} frames done are in {place}, and --resume goes on after them"
        ) from ended_by
    if not finished or not parsed.quiet:
        print(
            f"{'' if finished else 'interrupted: '}{place}  {kept.done} of {len(clip)} frames, "
            f"{size[1]}×{size[0]} px, {float(clip.rate):.5g} a second  {time.perf_counter() - began:.1f} s"
        )
    if finished:
        kept.discard()
        return 0
    command = ["python", "-m", "course_utils", "video", "--resume", f"--output={parsed.output}"]
    print(f"to resume: {shlex.join(command)}")
    return exit_status(ended_by)


def fitted(size: tuple[int, int], longest: int, even: bool) -> tuple[int, int]:
    """Scale (height, width) to a longest side, in pixels; if it has it already, nothing is changed.

    Args:
        size, longest: see above.
        even: round to even numbers.
    """
    if max(size) == longest:
        return size
    step, scale = 1 + even, longest / max(size)
    height, width = (step * max(1, round(side * scale / step)) for side in size)
    return height, width


def _requested(parsed: argparse.Namespace, kept: Unfinished) -> tuple[_Request, Clip]:
    """Check the request before loading TensorFlow, which takes seconds."""
    kept.require_none()
    options = VideoOptions(**(found := given(parsed, VideoOptions)))
    if parsed.fast is not None and (excess := found.keys() - {"size"}):
        raise OptionError(
            f"--fast takes --size and --hold, no other option: leave out --{min(excess).replace('_', '-')}"
        )
    if parsed.fast is None and parsed.hold is not None:
        raise OptionError(f"--hold {parsed.hold:g} needs --fast: without a network, delta ties the frames together")
    clip = read_clip(parsed.clip or CLIP, parsed.start or 0, parsed.stop, parsed.rate)
    style, fast = parsed.style, parsed.fast
    if fast is None:
        style = [str(find_image(each).resolve()) for each in style or [STYLE]]
        options = options.changed({name: _absolute(getattr(options, name)) for name in ("masks", "protect")})
        read = files_read(style[0], style, options)
    else:
        read = _file(fast)
        fast = str(read[0]) if read else fast
    read = [clip.path.resolve(), *read]
    request = _Request(
        str(read[0]),
        parsed.start or 0,
        parsed.stop,
        parsed.rate,
        style,
        fast,
        HOLD if parsed.hold is None else parsed.hold,
        options,
        {str(path): _stamp(path) for path in read},
    )
    return request, clip


def _resumed(parsed: argparse.Namespace, kept: Unfinished) -> tuple[_Request, Clip]:
    """Read the request again; refuse another one beside it."""
    flags = {"from": parsed.start, "to": parsed.stop, "rate": parsed.rate, "fast": parsed.fast, "hold": parsed.hold}
    named = [name for name, value in (flags | given(parsed, VideoOptions)).items() if value is not None]
    if parsed.clip is not None or named:
        what = parsed.clip if parsed.clip is not None else f"--{named[0].replace('_', '-')}"
        raise OptionError(f"--resume takes the clip, the paintings and the options from {kept.path}: leave out {what}")
    request = _Request.restored(kept.request(), kept.path)
    return request, read_clip(request.clip, request.start, request.stop, request.rate)


def _file(name: str) -> list[Path]:
    """Return a file's path; nothing if there is no such file."""
    with contextlib.suppress(OSError, RuntimeError, ValueError):  # no access, no such user, a name that cannot be
        if (path := Path(name).expanduser()).is_file():
            return [path.resolve()]
    return []


def _absolute(source: object) -> object:
    """Turn names of picture files into paths that hold in any working directory."""
    if isinstance(source, tuple):
        return tuple(map(_absolute, source))
    if source is None or source in SHAPES:
        return source
    return str(find_image(source).resolve())


def _stamp(path: Path) -> list[int]:
    """Return what tells one version of a file from the next."""
    about = path.stat()
    return [about.st_size, about.st_mtime_ns]


def _at(request: _Request, size: tuple[int, int]) -> VideoOptions:
    """Return the options, for frames that have their final size already."""
    return request.options.changed({"size": max(size)})


def _resized(clip: Clip, size: tuple[int, int]) -> Iterator[np.ndarray]:
    """Read the frames at a size: uint8 or floats in [0, 1], `(H, W, 3)`."""
    for frame in clip:
        yield frame if clip.size == size else resize(frame[np.newaxis] / np.float32(255), *size)[0]


def _writer(output: Path, clip: Clip, size: tuple[int, int], request: _Request, kept: Unfinished) -> ClipWriter:
    """Check that the clip can be written, and nothing that is read is overwritten."""
    besides = BYTES * size[0] * size[1] * (len(clip) - kept.done)
    writer = ClipWriter(output, size, clip.rate, source=clip, besides=besides)
    if output.exists() and any(output.samefile(each) for each in request.read):
        raise ImageError(f"the output {output} is one of the input pictures: write under another name")
    if clip.path.is_dir() and output.resolve().is_relative_to(clip.path.resolve()):
        raise ClipError(f"the output {output} lies among the pictures that are read: write to another folder")
    return writer


def _video(
    request: _Request, frames: Iterator[np.ndarray], size: tuple[int, int], kept: Unfinished
) -> "VideoTransfer | FastVideo":
    from ..video import FastVideo, VideoTransfer

    if request.fast is None:
        options = _at(request, size)
        return VideoTransfer(
            frames, request.style, options, done=kept.done, results=list(kept.last(max(options.back)))
        )
    from ..fast import FastStyle

    network = FastStyle.load(request.fast)
    if unknown := set(request.style) - set(network.paintings):
        raise OptionError(f"{min(unknown)}: the network {request.fast} knows {', '.join(network.paintings)}")
    painting = [float(each in request.style) for each in network.paintings] if request.style else None
    network.mixture(painting)  # refuses it now, before a frame is read
    return FastVideo(frames, network, painting, hold=request.hold, done=kept.done, results=list(kept.last(1)))


def _write(writer: ClipWriter, kept: Unfinished) -> None:
    try:
        with warnings.catch_warnings(record=True, action="always") as told, writer:
            for picture in kept:
                writer.write(picture)
    except CourseError as error:
        raise type(error)(
            f"{error}; the {kept.done} frames done are in {kept.path}, and --resume goes on after them"
        ) from error
    for each in told:
        print(f"warning: {each.message}", file=sys.stderr)


def _described(step: _Done) -> str:
    losses = "" if step.losses is None else f", style {step.losses.style:.3g}, temporal {step.losses.temporal:.2g}"
    return f"frame {step.index} of {step.count}{losses}"
