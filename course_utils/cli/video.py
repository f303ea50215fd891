"""`python -m course_utils video`: a clip from the command line."""

import argparse
import shlex
import sys
import time
import warnings
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
from tqdm import tqdm

from ..clips import FOLDER_BYTES, Clip, ClipWriter
from ..errors import ClipError, CourseError, OptionError
from ..images import resize
from ..options import HOLD, VideoOptions
from ..samples import samples
from ..scene import compose
from .arguments import add_options
from .request import CLIP, STYLE, Request, new_request, old_request
from .signals import exit_status
from .terminal import run_behind_bar
from .unfinished import Unfinished

if TYPE_CHECKING:
    from ..objective import Losses
    from ..video import FastVideo, VideoTransfer

OUTPUT = "stylized.mp4"
HELP = "repaint a video in the style of a painting, without flicker"


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
    output, is_folder, kept = _place(parsed.output)
    if not parsed.resume:
        kept.require_none()
    request, clip = old_request(parsed, kept) if parsed.resume else new_request(parsed)
    size = fitted(clip.size, request.options.size, even=output.suffix.lower() == ".mp4")
    if parsed.resume:
        kept.resume(size)
    elif request.fast is None:
        compose(next(_resized(clip, size)), request.style, request.at(size))
    writer = _writer(output, clip, size, request, kept)
    if not parsed.quiet and size != fitted(clip.size, request.options.size, even=False):
        print(f"{size[1]}×{size[0]} px: H.264 needs even sides, so they are rounded by up to a pixel", file=sys.stderr)

    def start() -> _Making:
        video = _video(request, _resized(clip, size), size, kept)
        if not parsed.resume:
            kept.begin(request.tree())
        return _Making(video, kept, len(clip))

    def finish(_: _Making) -> None:
        if kept.done == len(clip) or not is_folder:  # an unfinished folder can be looked at where it is
            _write(writer, kept, len(clip))

    try:
        _, ended_by = run_behind_bar(start, parsed.quiet, finish, _described, lambda _: _expected(request, clip, size))
    except BaseException:
        if kept.is_mine and not kept.done:
            kept.discard()
        raise
    finished = kept.done == len(clip)
    place = kept.path if is_folder and not finished else output
    if isinstance(ended_by, CourseError) and not finished:
        raise type(ended_by)(f"{ended_by}; {_rescued(kept, len(clip), place)}") from ended_by
    if not finished or not parsed.quiet:
        print(
            f"{'' if finished else 'interrupted: '}{place}  {kept.done} of {_frames(len(clip))}, "
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


def _place(name: str) -> tuple[Path, bool, Unfinished]:
    """Return where the clip goes, whether that is a folder, and where its frames are kept until it is finished."""
    try:
        output = Path(name).expanduser()
        if not output.name:
            raise ClipError(f"cannot write {name!r}: give the name of a file or a new folder")
        return output, output.is_dir() or not output.suffix, Unfinished(output)
    except (OSError, RuntimeError, ValueError) as error:  # no access, no such user, a name too long or with NUL
        raise ClipError(f"cannot write {name!r}: {error}") from error


def _resized(clip: Clip, size: tuple[int, int]) -> Iterator[np.ndarray]:
    """Read the frames at a size: uint8 or floats in [0, 1], `(H, W, 3)`."""
    for frame in clip:
        yield frame if clip.size == size else resize(frame[np.newaxis] / np.float32(255), *size)[0]


def _writer(output: Path, clip: Clip, size: tuple[int, int], request: Request, kept: Unfinished) -> ClipWriter:
    """Check that the clip can be written, and nothing that is read is overwritten."""
    besides = FOLDER_BYTES * size[0] * size[1] * (len(clip) - kept.done)
    writer = ClipWriter(output, size, clip.rate, source=clip, besides=besides)
    if output.exists() and any(output.samefile(each) for each in request.read):
        raise ClipError(f"the output {output} is one of the files that are read: write under another name")
    if clip.path.is_dir() and output.resolve().is_relative_to(clip.path.resolve()):
        raise ClipError(f"the output {output} lies in the folder that is read: write to another one")
    return writer


def _video(
    request: Request, frames: Iterator[np.ndarray], size: tuple[int, int], kept: Unfinished
) -> "VideoTransfer | FastVideo":
    from ..video import FastVideo, VideoTransfer

    if request.fast is None:
        options = request.at(size)
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


def _expected(request: Request, clip: Clip, size: tuple[int, int]) -> str:
    text = f"{_frames(len(clip))} of {size[1]}×{size[0]} px"
    if request.fast is not None:
        return text
    from ..cost import estimate_video

    return f"{text}, {estimate_video(next(_resized(clip, size)), request.style, request.at(size), len(clip))}"


def _described(step: _Done) -> str:
    losses = "" if step.losses is None else f", style {step.losses.style:.3g}, temporal {step.losses.temporal:.2g}"
    return f"frame {step.index} of {step.count}{losses}"


def _write(writer: ClipWriter, kept: Unfinished, count: int) -> None:
    try:
        with warnings.catch_warnings(record=True, action="always") as told, writer:
            for picture in kept:
                writer.write(picture)
    except CourseError as error:
        raise type(error)(f"{error}; {_rescued(kept, count, kept.path)}") from error
    for each in told:
        tqdm.write(f"warning: {each.message}", file=sys.stderr)  # above the bar


def _rescued(kept: Unfinished, count: int, place: Path) -> str:
    return f"{kept.done} of {_frames(count)} are done and kept in {place}: go on with --resume"


def _frames(count: int) -> str:
    return f"{count} frame{'' if count == 1 else 's'}"
