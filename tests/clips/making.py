"""Small clips for the tests, made by PyAV itself."""

from collections.abc import Iterable, Sequence
from fractions import Fraction
from pathlib import Path

import av
import numpy as np

SIZE = (48, 80)  # (height, width), px
CODECS = {".avi": "mpeg4", ".webm": "libvpx"}
CLOCK = Fraction(1, 10000)  # s


def frames(count: int, size: tuple[int, int] = SIZE) -> list[np.ndarray]:
    """Draw a gradient with a bright block that moves, so that each frame and each corner differs from the others."""
    height, width = size
    y, x = np.mgrid[:height, :width]
    made = []
    for index in range(count):
        picture = np.stack([x * 200 // width, y * 200 // height, np.full_like(x, 40)], -1).astype(np.uint8)
        at = 4 + index * 5 % (width - 20)
        picture[6:18, at : at + 12] = 230
        made.append(picture)
    return made


def apart(clip: Iterable[np.ndarray], made: Sequence[np.ndarray]) -> float:
    """Return the mean difference of two clips of equal length, in levels of 0 to 255."""
    differences = [np.abs(a.astype(float) - b).mean() for a, b in zip(clip, made, strict=True)]
    return float(np.mean(differences))


def video(
    path: Path,
    made: Sequence[np.ndarray],
    times: Sequence[float] | None = None,
    matrix: Sequence[int] | None = None,
    codec: str | None = None,
    sound: tuple[str, float] | None = None,
    container: dict[str, str] | None = None,
) -> Path:
    """Write a video file at 25 frames a second, or at times in seconds; with a tone, (codec, seconds), if any."""
    height, width = made[0].shape[:2]
    with av.open(str(path), "w", container_options=container or {}) as file:
        stream = file.add_stream(codec or CODECS.get(path.suffix, "libx264"), rate=25, width=width, height=height)
        stream.bit_rate = 4_000_000
        if times:
            stream.codec_context.time_base = CLOCK
        if matrix:
            stream.set_display_matrix(matrix)
        if sound:
            audio = file.add_stream(sound[0], rate=48000, bit_rate=128_000)
        for index, picture in enumerate(made):
            frame = av.VideoFrame.from_ndarray(np.ascontiguousarray(picture), "rgb24")
            frame.time_base = CLOCK if times else Fraction(1, 25)
            frame.pts = round(times[index] / CLOCK) if times else index
            file.mux(stream.encode(frame))
        file.mux(stream.encode(None))
        if sound:
            _sing(file, audio, sound[1])
    return path


def tone(path: Path, seconds: float = 1) -> Path:
    """Write a sound without pictures."""
    with av.open(str(path), "w") as file:
        _sing(file, file.add_stream("aac", rate=48000), seconds)
    return path


def _sing(file: av.container.OutputContainer, stream: av.AudioStream, seconds: float) -> None:
    wave = 0.3 * np.sin(2 * np.pi * 440 * np.arange(round(48000 * seconds)) / 48000).astype(np.float32)
    frame = av.AudioFrame.from_ndarray(np.stack([wave, wave]), "fltp", "stereo")
    frame.sample_rate, frame.pts, frame.time_base = 48000, 0, Fraction(1, 48000)
    resampler = av.AudioResampler(stream.format, stream.layout, 48000, stream.codec_context.frame_size or 1024)
    for piece in [*resampler.resample(frame), *resampler.resample(None)]:
        file.mux(stream.encode(piece))
    file.mux(stream.encode(None))
