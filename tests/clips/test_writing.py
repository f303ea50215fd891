import subprocess
import sys
from collections import namedtuple
from fractions import Fraction
from pathlib import Path

import av
import numpy as np
import PIL.Image
import pytest

from course_utils.clips import ClipWriter, read_clip
from course_utils.errors import ClipError, ImageError
from tests.clips.making import SIZE, apart, frames, video

NAMES = ["x.mp4", "x.webp", "x.gif", "x"]
ROOT = Path(__file__).resolve().parents[2]


def written(path, made, rate=25, source=None):
    with ClipWriter(path, made[0].shape[:2], rate, source=source) as writer:
        for frame in made:
            writer.write(frame)
    return path


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("size", [SIZE, (339, 641), (65, 64), (64, 65)], ids=str)
def test_what_is_written_is_read(tmp_path, name, size):
    made = frames(5, size)
    clip = read_clip(written(tmp_path / name, made))
    assert (clip.size, clip.rate, len(clip), clip.is_steady) == (size, 25, 5, True)
    assert apart(clip, made) < 6  # of 255; a GIF's 256 colours, the other files' quantisation
    assert list(tmp_path.iterdir()) == [tmp_path / name]


def test_colours_are_kept(tmp_path):
    colours = [(255, 0, 0), (0, 255, 0), (0, 0, 255), (255, 255, 255), (0, 0, 0), (255, 255, 0), (200, 120, 60)]
    made = [np.full((*SIZE, 3), colour, np.uint8) for colour in colours]
    for name in NAMES:
        for frame, colour in zip(read_clip(written(tmp_path / name, made)), colours, strict=True):
            np.testing.assert_allclose(frame[24, 40], colour, atol=5)  # 8-bit YCbCr rounds each channel by 2 to 3


@pytest.mark.parametrize(("size", "pixels"), [(SIZE, "yuv420p"), ((47, 80), "yuv444p")])
def test_even_sizes_are_stored_as_every_player_wants_them(tmp_path, size, pixels):
    with av.open(str(written(tmp_path / "x.mp4", frames(2, size)))) as file:
        assert (file.streams.video[0].pix_fmt, file.streams.video[0].codec_context.name) == (pixels, "h264")


def test_a_browser_shows_the_size(tmp_path):
    browsing = pytest.importorskip("tests.browsing")
    if not browsing.BROWSER:
        pytest.skip("no browser")
    sizes = [(339, 641), (340, 642)]
    for size in sizes:
        written(tmp_path / f"{size[0]}.mp4", frames(3, size))
    with browsing.launched() as browser:
        page = browser.new_page()
        page.goto(tmp_path.as_uri())
        for size in sizes:
            shown = page.evaluate(
                """name => new Promise(resolve => {
                    const video = document.createElement('video');
                    video.onloadeddata = () => resolve([video.videoHeight, video.videoWidth]);
                    video.onerror = () => resolve(video.error.message);
                    video.src = name;
                })""",
                (tmp_path / f"{size[0]}.mp4").as_uri(),
            )
            if "FFmpegDemuxer" in str(shown) or "no supported streams" in str(shown):
                pytest.skip("a Chromium without H.264")
            assert shown == list(size)


def test_the_courses_images_are_taken(tmp_path):
    image = np.full((1, *SIZE, 3), 0.5, np.float32)
    clip = read_clip(written(tmp_path / "x", [image[0], image[0]]))
    with ClipWriter(tmp_path / "y", SIZE, 25) as writer:
        writer.write(image)
    assert {frame[0, 0, 0] for each in (clip, read_clip(tmp_path / "y")) for frame in each} == {128}  # 127.5 to even


@pytest.mark.parametrize("rate", [Fraction(30000, 1001), 29.97, 12, 60])
def test_rates_are_kept(tmp_path, rate):
    clip = read_clip(written(tmp_path / "x.mp4", frames(8), rate))
    assert clip.rate == Fraction(rate).limit_denominator(1001)


def packets(path):
    with av.open(str(path)) as file:
        return [(float(p.pts * p.time_base), bytes(p)) for p in file.demux(audio=0) if p.size]


@pytest.mark.parametrize("codec", ["aac", "libmp3lame", "libopus"])
def test_the_sound_is_copied(tmp_path, codec):
    made = frames(25)
    source = read_clip(video(tmp_path / "x.mp4", made, sound=(codec, 1)))
    assert source.has_sound
    clip = read_clip(written(tmp_path / "y.mp4", made, source.rate, source))
    assert clip.has_sound and len(clip) == 25
    before, after = packets(tmp_path / "x.mp4"), packets(tmp_path / "y.mp4")
    kept = [packet for packet in before if packet[0] < 1.0]  # s, the pictures' length
    assert len(kept) > 30  # a second holds 38 to 50 packets
    assert [data for _, data in after] == [data for _, data in kept]
    np.testing.assert_allclose([t for t, _ in after], [t for t, _ in kept], atol=1e-3)


def test_a_part_has_its_own_sound(tmp_path):
    made = frames(50)
    video(tmp_path / "x.mp4", made, sound=("aac", 2))
    source = read_clip(tmp_path / "x.mp4", start=0.4, stop=1.2)
    written(tmp_path / "y.mp4", list(source), source.rate, source)
    times = {data: time for time, data in packets(tmp_path / "x.mp4")}
    after = packets(tmp_path / "y.mp4")
    assert 38 <= len(after) <= 42  # 0.8 s and the 0.05 s before, in packets of 21.3 ms: 39.8
    np.testing.assert_allclose([t for t, _ in after], [times[data] - 0.4 for _, data in after], atol=1e-3)
    assert min(t for t, _ in after) > -0.075 and max(t for t, _ in after) < 0.8


def test_sound_that_mp4_cannot_hold_is_left_out_with_a_warning(tmp_path):
    source = read_clip(video(tmp_path / "x.avi", frames(10), sound=("wmav2", 0.4)))
    with pytest.warns(UserWarning, match="the result is silent"):
        written(tmp_path / "y.mp4", list(source), source.rate, source)
    clip = read_clip(tmp_path / "y.mp4")
    assert len(clip) == 10 and not clip.has_sound


def test_pixels_that_are_not_square_stay_so(tmp_path):
    with av.open(str(tmp_path / "x.mp4"), "w") as file:
        stream = file.add_stream("libx264", rate=25, width=80, height=48)
        stream.codec_context.sample_aspect_ratio = Fraction(16, 15)
        for frame in frames(3):
            file.mux(stream.encode(av.VideoFrame.from_ndarray(frame, "rgb24")))
        file.mux(stream.encode(None))
    source = read_clip(tmp_path / "x.mp4")
    assert read_clip(written(tmp_path / "y.mp4", list(source), 25, source)).pixel_aspect == Fraction(16, 15)


@pytest.mark.parametrize("name", NAMES[:3])
@pytest.mark.parametrize("failure", [RuntimeError, KeyboardInterrupt, "frame", "none", "disk"])
def test_the_old_file_survives_a_failure(tmp_path, monkeypatch, name, failure):
    path = written(tmp_path / name, frames(3))
    before = path.read_bytes()

    def full(*args):
        raise OSError(28, "No space left on device")

    with pytest.raises((ClipError, ImageError) if isinstance(failure, str) else failure):  # noqa: SIM117
        with ClipWriter(path, SIZE, 25) as writer:
            if failure != "none":
                writer.write(frames(1)[0])
            if failure == "frame":
                writer.write(np.zeros((40, 40, 3), np.uint8))
            elif failure == "disk":
                monkeypatch.setattr("os.fsync", full)
            elif failure != "none":
                raise failure
    assert path.read_bytes() == before
    assert list(tmp_path.iterdir()) == [path]


def test_a_folder_is_new_or_stays(tmp_path):
    with pytest.raises(RuntimeError), ClipWriter(tmp_path / "x", SIZE, 25) as writer:
        writer.write(frames(1)[0])
        raise RuntimeError
    assert not list(tmp_path.iterdir())
    (tmp_path / "x").mkdir()
    assert len(read_clip(written(tmp_path / "x", frames(3)))) == 3
    with pytest.raises(ClipError, match="is a folder with something in it"):
        ClipWriter(tmp_path / "x", SIZE, 25)


@pytest.mark.parametrize("name", NAMES)
def test_what_is_done_at_an_interruption_is_playable(tmp_path, name):
    made = frames(20)
    source = read_clip(video(tmp_path / "s.mp4", made, sound=("aac", 0.8)))
    with pytest.raises(KeyboardInterrupt), ClipWriter(tmp_path / name, SIZE, 25, source=source) as writer:
        for frame in made[:7]:
            writer.write(frame)
        try:
            raise KeyboardInterrupt
        finally:
            assert writer.finish() == tmp_path / name
    clip = read_clip(tmp_path / name)
    assert len(clip) == 7 == writer.count
    assert apart(clip, made[:7]) < 8
    with pytest.raises(ClipError, match="is not open"):
        writer.write(made[0])


Usage = namedtuple("Usage", "total used free")


@pytest.mark.parametrize("name", NAMES)
def test_too_little_disk_is_noticed_before_any_work(tmp_path, monkeypatch, name):
    free = [10e9]  # bytes
    monkeypatch.setattr("shutil.disk_usage", lambda folder: Usage(1e12, 0, free[0]))
    ClipWriter(tmp_path / name, (288, 512), 25, count=1000)
    free[0] = 150e6
    with pytest.raises(ClipError, match=r"10000 frames of 512×288 px may take .*, and the disk has 0\.15 GB free"):
        ClipWriter(tmp_path / name, (288, 512), 25, count=10_000)
    ClipWriter(tmp_path / name, (288, 512), 25, count=20)


@pytest.mark.parametrize("name", NAMES)
def test_the_estimate_is_no_less_than_what_a_busy_clip_takes(tmp_path, monkeypatch, name):
    """Brush strokes: noise, smoothed over two pixels, that changes in each frame."""
    noise = np.random.default_rng(0).integers(0, 256, (8, 72, 128, 3), np.uint8)
    made = [np.asarray(PIL.Image.fromarray(each).resize((256, 144), PIL.Image.Resampling.BICUBIC)) for each in noise]
    path = written(tmp_path / name, made)
    taken = sum(each.stat().st_size for each in ([path] if path.is_file() else path.iterdir()))
    monkeypatch.setattr("shutil.disk_usage", lambda folder: Usage(1e12, 0, 100e6 + taken))
    with pytest.raises(ClipError, match="may take"):
        ClipWriter(tmp_path / f"y{path.suffix}", (144, 256), 25, count=8)


REFUSED = {
    "ending": (("x.avi", SIZE, 25), r"must end in \.mp4, \.webp, \.gif"),
    "folder": (("none/x.mp4", SIZE, 25), "there is no folder"),
    "GIF's rate": (("x.gif", SIZE, 60), "has 50 at most"),
    "rate": (("x.mp4", SIZE, 1e-7), "1e-07 frames a second"),
    "no rate": (("x.mp4", SIZE, float("nan")), "nan frames a second"),
    "small": (("x.mp4", (16, 64), 25), "each side needs 32 px"),
    "name": (("x\0.mp4", SIZE, 25), "cannot write"),
}


@pytest.mark.parametrize("name", REFUSED)
def test_what_cannot_be_written_is_refused_before_any_work(tmp_path, name):
    (path, size, rate), reason = REFUSED[name]
    with pytest.raises(ClipError, match=reason):
        ClipWriter(tmp_path / path, size, rate)
    assert not list(tmp_path.iterdir())


def test_the_source_is_not_overwritten(tmp_path):
    source = read_clip(written(tmp_path / "x.mp4", frames(3)))
    with pytest.raises(ClipError, match="is the clip that is read"):
        ClipWriter(tmp_path / "x.mp4", SIZE, 25, source=source)


COPY = """
import sys
from course_utils.clips import ClipWriter, read_clip
source = read_clip(sys.argv[1])
with ClipWriter(sys.argv[2], source.size, source.rate, source=source) as writer:
    for frame in source:
        writer.write(frame)
print(next(line for line in open("/proc/self/status") if line.startswith("VmHWM")).split()[1])
"""


@pytest.mark.skipif(not Path("/proc/self/status").exists(), reason="only Linux tells")
def test_memory_does_not_grow_with_the_length(tmp_path):
    """20 and 400 frames of 192 × 256 px; 380 frames kept would be 56 MB more, a third of the whole."""
    peaks = []
    for count in (20, 400):
        video(tmp_path / "x.mp4", frames(count, (192, 256)), sound=("aac", count / 25))
        command = [sys.executable, "-c", COPY, tmp_path / "x.mp4", tmp_path / "y.mp4"]
        done = subprocess.run(command, capture_output=True, text=True, cwd=ROOT, check=True)
        peaks.append(int(done.stdout))
    assert peaks[1] < 1.05 * peaks[0], peaks
