"""What `python -m course_utils video` was asked for, checked, and written down so that it can be finished later."""

import argparse
import contextlib
from dataclasses import asdict, dataclass
from pathlib import Path

from ..clips import Clip, read_clip
from ..errors import CheckpointError, ClipError, OptionError
from ..masks import SHAPES
from ..options import HOLD, VideoOptions
from ..samples import find_image
from ..scene import files_read
from .arguments import given
from .unfinished import Unfinished

CLIP, STYLE = "big_buck_bunny", "great_wave"
FORMAT = 1  # of what is written down


@dataclass(frozen=True)
class Request:
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

    def at(self, size: tuple[int, int]) -> VideoOptions:
        """Return the options for frames that already have their final (height, width)."""
        return self.options.changed({"size": max(size)})


def new_request(parsed: argparse.Namespace) -> tuple[Request, Clip]:
    """Check what is asked for, and open the clip, before TensorFlow is loaded, which takes seconds.

    Raises:
        CourseError: options that make no sense, alone or together; a clip or a painting that cannot be read.
    """
    options = VideoOptions(**(found := given(parsed, VideoOptions)))
    if parsed.fast is not None and (excess := found.keys() - {"size"}):
        raise OptionError(f"--fast takes no {_flag(min(excess))}: leave it out (only --size and --hold apply)")
    if parsed.fast is None and parsed.hold is not None:
        raise OptionError(f"--hold {parsed.hold:g} needs --fast: without a network, --delta ties the frames together")
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
    request = Request(
        clip=str(read[0]),
        start=parsed.start or 0,
        stop=parsed.stop,
        rate=parsed.rate,
        style=style,
        fast=fast,
        hold=HOLD if parsed.hold is None else parsed.hold,
        options=options,
        read={str(path): _stamp(path) for path in read},
    )
    return request, clip


def old_request(parsed: argparse.Namespace, kept: Unfinished) -> tuple[Request, Clip]:
    """Read again what was asked for, and open the clip.

    Raises:
        CourseError: there is nothing to resume, or it is damaged; something else is asked for beside it; a file has
            changed in the meantime, or is missing.
    """
    flags = {"from": parsed.start, "to": parsed.stop, "rate": parsed.rate, "fast": parsed.fast, "hold": parsed.hold}
    named = [_flag(name) for name, value in (flags | given(parsed, VideoOptions)).items() if value is not None]
    if parsed.clip is not None or named:
        what = parsed.clip if parsed.clip is not None else named[0]
        raise OptionError(f"--resume takes the clip, the paintings and the options from {kept.path}: leave out {what}")
    tree = kept.request()
    try:
        if tree.pop("format") != FORMAT:
            raise ValueError("another format")
        request = Request(**{**tree, "options": VideoOptions(**tree["options"])})
        before = {str(path): list(stamp) for path, stamp in request.read.items()}
    except Exception as error:  # whatever a value that `tree` did not return may cause
        raise CheckpointError(
            f"{kept.path} is damaged, or from another version of the course ({error!r}): delete it, and begin again "
            f"without --resume"
        ) from error
    for path, stamp in before.items():
        if not _is_unchanged(Path(path), stamp):
            raise ClipError(
                f"{path} is missing, or has changed since the clip was begun: put it back, or delete {kept.path}, and "
                f"begin again without --resume"
            )
    return request, read_clip(request.clip, request.start, request.stop, request.rate)


def _flag(name: str) -> str:
    return f"--{name.replace('_', '-')}"


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


def _is_unchanged(path: Path, stamp: list[int]) -> bool:
    try:
        return _stamp(path) == stamp
    except OSError:
        return False
