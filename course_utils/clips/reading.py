"""Read clips: video files by PyAV, animated GIF and WebP by Pillow, folders of pictures."""

import contextlib
import re
from collections.abc import Iterator
from fractions import Fraction
from pathlib import Path

import av
import numpy as np
import PIL.Image

from ..errors import ClipError, CourseError
from ..images import SAVE_OPTIONS
from ..samples import samples
from ..storage import MAX_PIXELS, check_dimensions, decode, opened, to_srgb
from .clip import TICK, Clip, checked_rate, is_steady

# What FFmpeg may try: what cameras, telephones and the web write. It knows 300 more, some of which open other files.
CONTAINERS = "mov,matroska,avi,mpegts,mpeg,ogg,flv,asf"
ANIMATIONS = ["GIF", "WEBP"]
FOLDER_RATE = Fraction(25)


def read_clip(path: str | Path, start: float = 0, stop: float | None = None, rate: float | None = None) -> Clip:
    """Open a video file, an animated GIF or WebP, or a folder of pictures; the frames are read when it is iterated.

    A video's frames are turned and mirrored as its display matrix says. Frames of a variable rate keep their times, in
    `Clip.times`. Transparent pixels are put on white. A folder's pictures come in the order of their names, numbers by
    their value; other files in it are passed over.

    Args:
        path: the file, the folder, or a sample's name ("big_buck_bunny").
        start: seconds to leave out at the beginning.
        stop: where to end, in seconds; None reads to the end.
        rate: frames per second of a folder of pictures, 25 if None; a file has its own.

    Raises:
        ClipError: missing, empty, not a clip, damaged, or truncated; without pictures; frames of different sizes;
            no frame between start and stop; a rate for a file, or one that is not from 0.001 to 1000.
        ImageError: a side under 32 px, or more than 80 million pixels; a picture in the folder that cannot be read.
    """
    path = _found(path)
    if not 0 <= start < (float("inf") if stop is None else stop):
        raise ClipError(f"{_span(start, stop)}: the start must be 0 or more, and the end must come after it")
    if rate is not None and not path.is_dir():
        raise ClipError(f"rate {rate:g}: {path} has its own; only a folder of pictures takes one")
    with _refused_in_words(path):
        if path.is_dir():
            rate = FOLDER_RATE if rate is None else checked_rate(rate, str(path))
            return _Folder(path, start, stop, rate)
        if path.stat().st_size == 0:
            raise ClipError(f"{path} is empty (0 bytes)")
        return (_Animation if _is_animation(path) else _Video)(path, start, stop)


class _Video(Clip):
    """A video file. `begins` is its first frame's time on the file's own clock, in seconds."""

    def __init__(self, path: Path, start: float, stop: float | None) -> None:
        with open_container(path) as container:
            stream = _pictures(container, path)
            ticks, frames = _ticks(container, stream, path), stream.frames
            tick, rate = stream.time_base, stream.average_rate or stream.guessed_rate
            sound = bool(container.streams.audio)
            aspect = stream.sample_aspect_ratio or Fraction(1)
        if "mov" in container.format.name and len(ticks) < frames:
            raise ClipError(f"{path} is truncated: {len(ticks)} of its {frames} frames are there")
        times = (ticks - ticks[0]) * float(tick)
        if not (rate and is_steady(times, rate, max(TICK, float(tick)))):
            rate = _mean_rate(times)
        chosen = _between(times, start, stop, path)
        self._ticks, self.begins = ticks[chosen], int(ticks[chosen][0]) * tick
        with contextlib.closing(_decoded(path, self._ticks)) as decoded:
            frame = next(decoded)
        self._matrix = _display_matrix(frame)
        size = _upright(frame, self._matrix).shape[:2]
        check_dimensions(size[::-1], path)
        super().__init__(path, size, rate, times[chosen] - times[chosen][0], aspect, sound)

    def __iter__(self) -> Iterator[np.ndarray]:
        for index, frame in enumerate(_decoded(self.path, self._ticks)):
            picture = _upright(frame, self._matrix)
            _check_same(picture.shape[:2], self.size, f"frame {index} of {self.path}")
            yield picture


class _Animation(Clip):
    """An animated GIF or WebP."""

    def __init__(self, path: Path, start: float, stop: float | None) -> None:
        with opened(path, path, ANIMATIONS) as file:
            size = file.size[::-1]
            durations = [_duration(file, index) for index in range(getattr(file, "n_frames", 1))]
        times = np.cumsum([0, *durations[:-1]]) / 1000
        self._chosen = _between(times, start, stop, path)
        rate = Fraction(1000 * len(durations), sum(durations))
        super().__init__(path, size, rate, times[self._chosen] - times[self._chosen][0])

    def __iter__(self) -> Iterator[np.ndarray]:
        with _refused_in_words(self.path), opened(self.path, self.path, ANIMATIONS) as file:
            for index in range(self._chosen.stop):
                file.seek(index)
                if index >= self._chosen.start:
                    yield np.asarray(to_srgb(file.copy(), self.path))


class _Folder(Clip):
    """A folder of pictures."""

    def __init__(self, path: Path, start: float, stop: float | None, rate: Fraction) -> None:
        pictures = sorted((each for each in path.iterdir() if each.suffix.lower() in SAVE_OPTIONS), key=_by_number)
        if not pictures:
            raise ClipError(f"{path} holds no pictures ({', '.join(SAVE_OPTIONS)})")
        times = np.arange(len(pictures)) / float(rate)
        self._pictures = pictures[_between(times, start, stop, path)]
        size = None
        for picture in self._pictures:  # each is decoded now, so that no long work ends at a damaged one
            now = decode(picture, picture).size[::-1]
            size = size or now
            _check_same(now, size, str(picture))
        super().__init__(path, size, rate, times[: len(self._pictures)])

    def __iter__(self) -> Iterator[np.ndarray]:
        for picture in self._pictures:
            yield np.asarray(decode(picture, picture))


def open_container(path: Path) -> av.container.InputContainer:
    """Open a video file, and no other file or address that it may name."""
    options = {"format_whitelist": CONTAINERS, "protocol_whitelist": "file"}
    return av.open(f"file:{path}", options=options, metadata_errors="replace")


def _found(path: str | Path) -> Path:
    known = samples("video")
    try:
        found = Path(path).expanduser()
        if not found.exists():
            if str(path) not in known:
                raise ClipError(f"no file or folder {str(path)!r}, and no sample of that name ({', '.join(known)})")
            found = known[str(path)]
        if not (found.is_file() or found.is_dir()):  # a pipe would block
            raise ClipError(f"{path} is not a regular file: give the name of a video file or a folder")
    except (OSError, RuntimeError, ValueError) as error:  # no access, no such user, a name too long or with NUL
        raise ClipError(f"cannot access {str(path)!r}: {error}") from error
    return found


@contextlib.contextmanager
def _refused_in_words(path: Path) -> Iterator[None]:
    try:
        yield
    except CourseError:
        raise
    except PermissionError as error:
        raise ClipError(f"you have no permission to read {path}: {error.strerror}") from error
    except Exception as error:  # PyAV and Pillow raise a dozen kinds for damaged files
        reason = getattr(error, "strerror", None) or error
        raise ClipError(
            f"{path} cannot be read: it is not a video or animation in a known format (use .mp4), or it is damaged or "
            f"truncated ({reason})"
        ) from error


def _is_animation(path: Path) -> bool:
    with path.open("rb") as file:
        head = file.read(12)
    return head[:4] == b"GIF8" or head[8:] == b"WEBP"


def _pictures(container: av.container.InputContainer, path: Path) -> av.VideoStream:
    """Return the moving pictures of a container; a record's cover is none."""
    covers = av.stream.Disposition.attached_pic
    stream = next((each for each in container.streams.video if not each.disposition & covers), None)
    if stream is None:
        only = "only sound" if container.streams.audio else "no pictures"
        raise ClipError(f"{path} holds {only}: a clip needs moving pictures")
    return stream


def _decoded(path: Path, ticks: np.ndarray) -> Iterator[av.VideoFrame]:
    """Decode the frames that appear at `ticks`, which follow each other."""
    with _refused_in_words(path), open_container(path) as container:
        stream = _pictures(container, path)
        stream.thread_type = "AUTO"
        stream.codec_context.options = {"max_pixels": str(MAX_PIXELS)}  # some kilobytes can promise gigapixels
        if ticks[0] > (stream.start_time or 0):
            container.seek(int(ticks[0]), stream=stream)
        frames = (frame for frame in container.decode(stream) if frame.pts >= ticks[0])
        for index, tick in enumerate(ticks):
            frame = next(frames, None)
            if frame is None or frame.is_corrupt or frame.pts != tick:
                raise ClipError(f"{path} is damaged: its frame {index} is missing or cannot be decoded")
            yield frame


def _ticks(container: av.container.InputContainer, stream: av.VideoStream, path: Path) -> np.ndarray:
    """Return when each frame appears, int64 in units of the stream's time base, without decoding any."""
    packets = (each for each in container.demux(stream) if each.size and not each.is_discard)
    stamps = (each.dts if each.pts is None else each.pts for each in packets)
    ticks = np.unique(np.fromiter((each for each in stamps if each is not None), np.int64))
    if not ticks.size:
        raise ClipError(f"{path} has no frames")
    return ticks


def _between(times: np.ndarray, start: float, stop: float | None, path: Path) -> slice:
    chosen = slice(*np.searchsorted(times + 1e-6, [start, np.inf if stop is None else stop]))
    if not times[chosen].size:
        raise ClipError(f"{path} has no frame {_span(start, stop)}: its last one is at {times[-1]:.2f} s")
    return chosen


def _span(start: float, stop: float | None) -> str:
    return f"from {start:g} s on" if stop is None else f"from {start:g} to {stop:g} s"


def _mean_rate(times: np.ndarray) -> Fraction:
    span = times[-1] if len(times) > 1 else 1
    return Fraction(max(1, len(times) - 1) / span)


def _display_matrix(frame: av.VideoFrame) -> tuple[int, int, int, int]:
    """Return a, b, c and d: a stored pixel is shown at x' = a·x + c·y, y' = b·x + d·y (ISO/IEC 14496-12, 8.3.2).

    One matrix holds for the whole track. Ask one frame only: with its `side_data`, PyAV's frame refers to itself, and
    lies in memory until the garbage collector comes.
    """
    matrix = frame.side_data.get("DISPLAYMATRIX")
    if matrix is None:
        return 1, 0, 0, 1
    a, b, _, c, d = (int(each) for each in np.frombuffer(matrix, np.int32)[:5])
    return a, b, c, d


def _upright(frame: av.VideoFrame, matrix: tuple[int, int, int, int]) -> np.ndarray:
    """Return a frame's pixels, turned and mirrored by its display matrix."""
    pixels = frame.to_ndarray(format="rgb24")
    a, b, c, d = matrix
    if abs(b) > abs(a):
        pixels, a, d = pixels.transpose(1, 0, 2), c, b
    return np.ascontiguousarray(pixels[:: -1 if d < 0 else 1, :: -1 if a < 0 else 1])


def _duration(file: PIL.Image.Image, index: int) -> int:
    """Return how long a frame is shown, in ms; browsers show those of 10 ms or less for 100."""
    file.seek(index)
    file.load()  # of a WebP, seeking reads nothing
    duration = round(file.info.get("duration", 0))
    return duration if duration > 10 else 100


def _by_number(path: Path) -> list:
    return [(int(part), "") if part.isdigit() else (-1, part) for part in re.split(r"([0-9]+)", path.name.lower())]


def _check_same(size: tuple[int, int], first: tuple[int, int], what: str) -> None:
    if size != first:
        raise ClipError(
            f"{what} is {size[1]}×{size[0]} px, the first frame {first[1]}×{first[0]}: a clip's frames have one size"
        )
