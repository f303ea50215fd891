"""Write clips: MP4, animated WebP or GIF by PyAV, or a folder of pictures; whole or not at all."""

import contextlib
import shutil
import warnings
from collections.abc import Iterator
from dataclasses import dataclass, field
from fractions import Fraction
from pathlib import Path
from types import TracebackType
from typing import BinaryIO

import av
import numpy as np
import PIL.Image

from ..errors import ClipError
from ..images import as_bytes, as_image
from ..storage import MIN_SIDE, folder_written_whole, require_writable, written_whole
from .clip import FASTEST, Clip, checked_rate
from .reading import open_container


@dataclass(frozen=True)
class _Kind:
    """A kind of file, and its encoder.

    Attributes:
        bytes: of one pixel at most: strokes that change in each frame took a tenth less (tests/clips/test_writing.py).
        fastest: the most frames per second.
    """

    codec: str
    pixels: str
    bytes: float
    fastest: int = FASTEST
    tick: Fraction | None = None  # s; None where the file takes any
    options: dict[str, str] = field(default_factory=dict)
    container: dict[str, str] = field(default_factory=dict)


H264 = {"crf": "17", "rc-lookahead": "10", "threads": "4"}  # few frames held back, on any number of cores
KINDS = {
    ".mp4": _Kind("libx264", "yuv420p", 0.6, options=H264),
    ".webp": _Kind("libwebp", "bgra", 0.8, FASTEST, Fraction(1, 1000), {"quality": "90"}, {"loop": "0"}),
    ".gif": _Kind("gif", "pal8", 1.4, 50, Fraction(1, 100)),  # browsers slow down what is faster
}
FOLDER_BYTES = 3.0  # of a pixel, as it is in memory: PNG of a noisy picture saves nothing
VARIABLE_TICK = Fraction(1, 90000)  # s, the clock of MPEG's transport streams
PREROLL = 0.05  # s of sound before the first picture, from which decoders start up; the file says to skip it
RESERVE = 100e6  # bytes of disk to leave to others


class ClipWriter:
    """Write a clip frame by frame, by the path's ending: .mp4, .webp, .gif, or a folder of .png files without one.

    Use it as a context manager. Until the block ends the clip has another name; leaving by an exception keeps what was
    there before. To keep the frames done after an interruption, call `finish` on the way out.

        with ClipWriter("out.mp4", clip.size, clip.rate, source=clip) as writer:
            for frame in clip:
                writer.write(frame)

    No size is ever changed. H.264 halves the resolution of colour (4:2:0), which every player can decode, but then
    knows even sizes only: it crops by two pixels. A clip with an odd side is therefore stored with full colour
    (4:4:4), where it crops by one: FFmpeg, VLC, Chromium and all that is built on them show the exact size, QuickTime
    and Safari show nothing. The alternative, a padded picture with the container's clean aperture ("clap"), plays
    everywhere, but Chromium and PyAV show the padding. Choose an even size for a result to give away.

    A GIF's frames have 256 colours each, not dithered: dithering flickers.

    Attributes:
        path: what is written.
        count: how many frames have been written.
    """

    def __init__(
        self,
        path: str | Path,
        size: tuple[int, int],
        rate: Fraction | float,
        source: Clip | None = None,
        count: int | None = None,
        besides: float = 0.0,
    ) -> None:
        """Check that the clip can be written, before any work is done for it.

        Args:
            path: the file or folder; a folder must be new or empty.
            size: (height, width) in pixels.
            rate: frames per second.
            source: the clip that the frames are made from, one for one. Its sound is copied into an .mp4, as far as
                the frames go; where its rate varies, its times are kept.
            count: how many frames there will be, for the space on disk; None takes the source's.
            besides: bytes of the same disk that something else will need by then.

        Raises:
            ClipError: an unknown ending, a missing folder, one that cannot be written or is not empty; the source
                itself; a size or a rate that the format does not have; too little space on disk.
        """
        self.size, self.count, self._source = (int(size[0]), int(size[1])), 0, source
        self._sink: _Film | _Folder | None = None
        self.path = _checked_path(path, source)
        self._rate = checked_rate(rate, str(self.path))
        self._kind = KINDS.get(self.path.suffix.lower()) if not self.path.is_dir() else None
        if min(self.size) < MIN_SIDE or max(self.size) > 16383:
            raise ClipError(f"size {self.size}: each side needs {MIN_SIDE} px or more, and 16383 at most")
        if self._kind and self._rate > self._kind.fastest:
            raise ClipError(
                f"{self.path.name}: {float(self._rate):g} frames a second, but its format has {self._kind.fastest} at "
                f"most: write an .mp4"
            )
        count = count if count is not None else 0 if source is None else len(source)
        self._check_space(count, besides)
        self._steady = source is None or source.is_steady

    def __enter__(self) -> "ClipWriter":
        """Begin the file."""
        self._stack = contextlib.ExitStack()
        with self._refused_in_words():
            self._sink = self._stack.enter_context(self._opened())
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Put the clip in its place, or drop it."""
        if kind is None:
            self.finish()
        elif self._sink is not None:
            self._drop(error)

    def write(self, frame: np.ndarray) -> None:
        """Add a frame.

        Args:
            frame: uint8 `(H, W, 3)`, or the course's image: floats `(1, H, W, 3)` in [0, 1], rounded to 8 bits.

        Raises:
            ClipError: another size; a full disk; the writer is not in its `with` block.
            ImageError: not an image.
        """
        if self._sink is None:
            raise ClipError(f"{self.path} is not open: write inside the `with` block, before `finish`")
        frame = np.asarray(frame)
        if frame.dtype != np.uint8 or frame.ndim != 3:
            frame = as_bytes(as_image(frame)[0])
        if frame.shape != (*self.size, 3):
            raise ClipError(f"a frame of shape {frame.shape}: this clip's frames are {(*self.size, 3)}")
        with self._refused_in_words():
            self._sink.write(frame, self._time(self.count))
        self.count += 1

    def finish(self) -> Path:
        """Put the clip in its place, with the frames written so far; a second call does nothing.

        Raises:
            ClipError: there is none, or the disk is full; what was there before is still there.
        """
        if self._sink is None:
            return self.path
        try:
            if not self.count:
                raise ClipError(f"no frame has been written to {self.path}")
            with self._refused_in_words():
                self._sink.end(self._time(self.count))
                self._sink = None
                self._stack.close()
        except BaseException as error:
            self._drop(error)
            raise
        return self.path

    def _time(self, index: int) -> Fraction:
        """Return when a frame appears, in seconds."""
        if self._steady:
            return index / self._rate
        known = self._source.times
        last = min(index, len(known) - 1)
        return Fraction(known[last]) + (index - last) / self._rate

    @contextlib.contextmanager
    def _opened(self) -> Iterator["_Film | _Folder"]:
        if self._kind is None:
            with folder_written_whole(self.path) as folder:
                yield _Folder(folder)
            return
        tick = self._kind.tick or (1 / self._rate if self._steady else VARIABLE_TICK)
        with written_whole(self.path) as file, contextlib.ExitStack() as stack:
            yield _Film(file, self.path, self._kind, self.size, self._rate, tick, self._source, stack)

    def _drop(self, error: BaseException | None) -> None:
        self._sink = None
        with contextlib.suppress(Exception):  # what led here is what counts
            self._stack.__exit__(type(error), error, None)

    def _check_space(self, count: int, besides: float) -> None:
        height, width = self.size
        need = count * height * width * (self._kind.bytes if self._kind else FOLDER_BYTES) + besides + RESERVE
        free = shutil.disk_usage(self.path.resolve().parent).free
        if need > free:
            raise ClipError(
                f"{self.path}: {count} frames of {width}×{height} px may take {need / 1e9:.3g} GB (with "
                f"{RESERVE / 1e9:g} GB in reserve), and the disk has {free / 1e9:.3g} GB free: make room, write "
                f"elsewhere, or make the clip shorter or smaller"
            )

    @contextlib.contextmanager
    def _refused_in_words(self) -> Iterator[None]:
        try:
            yield
        except (av.FFmpegError, OSError, ValueError) as error:
            reason = getattr(error, "strerror", None) or error
            raise ClipError(f"cannot write {self.path}: {reason}") from error


class _Folder:
    """PNG files 000000.png, 000001.png and so on."""

    def __init__(self, folder: Path) -> None:
        self._folder, self._next = folder, 0

    def write(self, frame: np.ndarray, time: Fraction) -> None:
        PIL.Image.fromarray(frame).save(self._folder / f"{self._next:06d}.png", compress_level=4)
        self._next += 1

    def end(self, time: Fraction) -> None:
        pass


class _Film:
    """A container that PyAV writes into an open file."""

    def __init__(
        self,
        file: BinaryIO,
        path: Path,
        kind: _Kind,
        size: tuple[int, int],
        rate: Fraction,
        tick: Fraction,
        source: Clip | None,
        stack: contextlib.ExitStack,
    ) -> None:
        self._tick, self._last = tick, -1
        muxer = path.suffix.lower().removeprefix(".")
        self._container = stack.enter_context(av.open(file, "w", format=muxer, container_options=kind.container))
        height, width = size
        self._stream = self._container.add_stream(kind.codec, rate, dict(kind.options), width=width, height=height)
        self._stream.pix_fmt = "yuv444p" if kind.pixels == "yuv420p" and (height % 2 or width % 2) else kind.pixels
        context = self._stream.codec_context
        context.time_base = tick
        if muxer == "mp4":  # BT.709, or players guess
            context.color_primaries = context.color_trc = context.colorspace = context.color_range = 1
            if source is not None:
                context.sample_aspect_ratio = source.pixel_aspect
        self._sound = None
        if muxer == "mp4" and source is not None and source.has_sound:
            self._sound = _Sound.copied(source, self._container, stack)

    def write(self, frame: np.ndarray, time: Fraction) -> None:
        picture = self._converted(frame)
        picture.time_base = self._tick
        picture.pts = self._last = max(round(time / self._tick), self._last + 1)
        self._container.mux(self._stream.encode(picture))
        if self._sound:
            self._sound.copy_until(time)

    def end(self, time: Fraction) -> None:
        """Write what the encoder holds back, the sound up to `time`, and the file's index."""
        self._container.mux(self._stream.encode(None))
        if self._sound:
            self._sound.copy_until(time)
        self._container.close()

    def _converted(self, frame: np.ndarray) -> av.VideoFrame:
        if self._stream.pix_fmt == "pal8":
            chosen = PIL.Image.fromarray(frame).quantize(256)
            palette = np.zeros((256, 4), np.uint8)
            colours = np.array(chosen.getpalette(), np.uint8).reshape(-1, 3)
            palette[: len(colours)] = np.insert(colours, 0, 255, axis=1)  # opaque, in the order ARGB
            return av.VideoFrame.from_ndarray((np.asarray(chosen), palette), "pal8")
        picture = av.VideoFrame.from_ndarray(np.ascontiguousarray(frame), "rgb24")
        if self._stream.pix_fmt == "bgra":
            return picture.reformat(format="bgra")
        return picture.reformat(format=self._stream.pix_fmt, dst_colorspace="ITU709", dst_color_range="MPEG")


class _Sound:
    """The sound of a video file, copied packet by packet."""

    def __init__(
        self, packets: Iterator[av.Packet], begins: Fraction, stream: av.AudioStream, to: av.container.OutputContainer
    ) -> None:
        self._packets, self._begins, self._stream, self._to = packets, begins, stream, to
        self._next = next(packets, None)

    @classmethod
    def copied(
        cls, source: Clip, container: av.container.OutputContainer, stack: contextlib.ExitStack
    ) -> "_Sound | None":
        """Give a container the sound of a clip, or warn that it cannot hold it."""
        file = stack.enter_context(open_container(source.path))
        template = file.streams.best("audio")
        try:
            stream = container.add_stream_from_template(template)
        except ValueError as error:
            warnings.warn(f"{source.path}: its sound cannot be copied, the result is silent ({error})", stacklevel=6)
            return None
        packets = (each for each in file.demux(template) if each.size and each.pts is not None)
        return cls(packets, source.begins, stream, container)

    def copy_until(self, time: Fraction) -> None:
        """Copy the packets that begin before a time, in seconds from the clip's first frame."""
        while self._next is not None and (begins := self._next.pts * self._next.time_base - self._begins) < time:
            packet, self._next = self._next, next(self._packets, None)
            if begins + (packet.duration or 0) * packet.time_base <= -PREROLL:  # before the clip
                continue
            shift = round(self._begins / packet.time_base)
            packet.pts, packet.dts = packet.pts - shift, packet.dts - shift
            packet.stream = self._stream
            self._to.mux(packet)


def _checked_path(path: str | Path, source: Clip | None) -> Path:
    try:
        path = Path(path).expanduser()
        endings = ", ".join(KINDS)
        if path.is_dir() and (path.suffix.lower() in KINDS or any(path.iterdir())):
            raise ClipError(f"{path} is a folder with something in it: give a new or empty one, or a file ({endings})")
        if not path.is_dir() and path.suffix.lower() not in KINDS and (path.suffix or path.exists()):
            raise ClipError(f"{path}: the name must end in {endings}; one without an ending is a new folder")
        if not path.parent.is_dir():
            raise ClipError(f"there is no folder {path.parent}: create it first, or write elsewhere")
        require_writable(path)
        if source is not None and path.exists() and path.samefile(source.path):
            raise ClipError(f"the output {path} is the clip that is read: write under another name")
    except (OSError, RuntimeError, ValueError) as error:
        raise ClipError(f"cannot write {path}: {error}") from error
    return path
