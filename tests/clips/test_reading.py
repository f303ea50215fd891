import struct
from fractions import Fraction

import av
import numpy as np
import PIL.Image
import pytest

from course_utils.clips import ClipWriter, read_clip
from course_utils.errors import ClipError, CourseError, ImageError
from course_utils.samples import DATA
from tests.clips.making import SIZE, apart, frames, tone, video


def test_the_shipped_clip():
    clip = read_clip("big_buck_bunny")
    assert (clip.size, clip.rate, len(clip), clip.is_steady, clip.has_sound) == ((288, 512), 25, 48, True, False)
    first, again = next(iter(clip)), next(iter(clip))  # iterating again reads again
    assert first.dtype == np.uint8 and first.shape == (288, 512, 3)
    np.testing.assert_array_equal(first, again)
    assert sum(1 for _ in clip) == 48
    np.testing.assert_allclose(clip.times, np.arange(48) / 25, atol=1e-9)


@pytest.mark.parametrize("suffix", [".mp4", ".mkv", ".avi", ".webm", ".mov", ".ts"])
def test_containers(tmp_path, suffix):
    made = frames(12)
    clip = read_clip(video(tmp_path / f"x{suffix}", made))
    assert (clip.size, len(clip), clip.is_steady) == (SIZE, 12, True)
    assert float(clip.rate) == pytest.approx(25, rel=0.01)  # a clock of milliseconds rounds
    assert apart(clip, made) < 8


# Quarter turns and mirrors, as cameras store them: the matrix's a, b, c, d, and what it does to the stored pixels
TURNS = {
    "upright": ((1, 0, 0, 1), lambda p: p),
    "clockwise": ((0, 1, -1, 0), lambda p: np.rot90(p, -1)),
    "upside down": ((-1, 0, 0, -1), lambda p: np.rot90(p, 2)),
    "anticlockwise": ((0, -1, 1, 0), np.rot90),
    "mirrored": ((-1, 0, 0, 1), lambda p: p[:, ::-1]),
    "transposed": ((0, 1, 1, 0), lambda p: p.transpose(1, 0, 2)),
}


@pytest.mark.parametrize("name", TURNS)
def test_a_turned_video_is_read_upright(tmp_path, name):
    (a, b, c, d), turn = TURNS[name]
    one = 1 << 16  # fixed point; the last entry has 30 bits of fraction
    matrix = [a * one, b * one, 0, c * one, d * one, 0, 0, 0, 1 << 30]
    made = frames(3)
    clip = read_clip(video(tmp_path / "x.mp4", made, matrix=matrix))
    assert clip.size == turn(made[0]).shape[:2]
    assert apart(clip, [turn(each) for each in made]) < 8
    assert apart(clip, [turn(each)[::-1, ::-1] for each in made]) > 20  # the test could fail


def test_a_variable_rate_keeps_its_times(tmp_path):
    times = [0, 0.04, 0.1, 0.12, 0.3, 0.34]  # s
    clip = read_clip(video(tmp_path / "x.mp4", frames(6), times=times))
    assert not clip.is_steady
    np.testing.assert_allclose(clip.times, times, atol=1e-4)  # the clock that `video` sets
    with ClipWriter(tmp_path / "y.mp4", clip.size, clip.rate, source=clip) as writer:
        for frame in clip:
            writer.write(frame)
    np.testing.assert_allclose(read_clip(tmp_path / "y.mp4").times, times, atol=1e-4)


def test_a_part(tmp_path):
    made = frames(20)
    path = video(tmp_path / "x.mp4", made)
    clip = read_clip(path, start=0.4, stop=0.6)  # frames 10 to 14, at 25 a second
    assert len(clip) == 5 and clip.times[0] == 0
    assert apart(clip, made[10:15]) < 8
    gif = tmp_path / "x.gif"
    with ClipWriter(gif, SIZE, 25) as writer:
        for frame in made:
            writer.write(frame)
    assert apart(read_clip(gif, start=0.4, stop=0.6), made[10:15]) < 8
    with pytest.raises(ClipError, match=r"no frame from 3 to 4 s: its last one is at 0\.76 s"):
        read_clip(path, 3, 4)
    with pytest.raises(ClipError, match=r"no frame from 3 s on: its last one is at 0\.76 s"):
        read_clip(path, 3)
    with pytest.raises(ClipError, match="from 2 to 1 s: the start must be 0 or more"):
        read_clip(path, 2, 1)


def test_transparency_is_put_on_white(tmp_path):
    pictures = [PIL.Image.new("RGBA", (48, 40), (255, 0, 0, alpha)) for alpha in (255, 0)]
    pictures[0].save(tmp_path / "x.webp", save_all=True, append_images=pictures[1:], duration=100, lossless=True)
    red, white = read_clip(tmp_path / "x.webp")
    assert tuple(red[0, 0]) == (255, 0, 0)
    np.testing.assert_array_equal(white, 255)


def test_a_folder_in_the_order_of_its_numbers(tmp_path):
    for number in (10, 9, 1):
        PIL.Image.new("RGB", (48, 40), (number, 0, 0)).save(tmp_path / f"x{number}.png")
    (tmp_path / "notes.txt").write_text("not a picture")
    clip = read_clip(tmp_path, rate=10)
    assert (clip.size, clip.rate, len(clip)) == ((40, 48), 10, 3)
    assert [frame[0, 0, 0] for frame in clip] == [1, 9, 10]
    assert read_clip(tmp_path).rate == 25
    assert [frame[0, 0, 0] for frame in read_clip(tmp_path, start=0.1, stop=0.2, rate=10)] == [9]


def test_a_folder_of_different_sizes_is_refused_at_once(tmp_path):
    PIL.Image.new("RGB", (48, 40)).save(tmp_path / "1.png")
    PIL.Image.new("RGB", (40, 48)).save(tmp_path / "2.png")
    with pytest.raises(ClipError, match=r"2\.png is 40×48 px, the first frame 48×40"):
        read_clip(tmp_path)
    upright = PIL.Image.Exif()
    upright[0x0112] = 6  # a quarter turn: 40 × 48 stored is 48 × 40 shown
    PIL.Image.new("RGB", (40, 48)).save(tmp_path / "2.png", exif=upright)
    assert [frame.shape for frame in read_clip(tmp_path)] == [(40, 48, 3)] * 2


def test_a_folder_with_an_unreadable_picture(tmp_path):
    PIL.Image.new("RGB", (48, 40)).save(tmp_path / "1.png")
    (tmp_path / "2.png").write_bytes(b"no picture")
    with pytest.raises(CourseError, match=r"2\.png"):
        read_clip(tmp_path)
    noise = np.random.default_rng(0).integers(0, 256, (40, 48, 3), np.uint8)
    PIL.Image.fromarray(noise).save(tmp_path / "2.png")
    whole = (tmp_path / "2.png").read_bytes()
    (tmp_path / "2.png").write_bytes(whole[: len(whole) // 2])
    with pytest.raises(ImageError, match=r"2\.png cannot be read"):
        read_clip(tmp_path)


def no_pictures(path):
    tone(path)


def truncated(path):
    whole = (DATA / "video" / "big_buck_bunny.mp4").read_bytes()
    path.write_bytes(whole[: len(whole) // 2])


def truncated_behind_its_index(path):
    video(path, frames(30), container={"movflags": "faststart"})
    whole = path.read_bytes()
    path.write_bytes(whole[: len(whole) * 2 // 3])


def no_frames(path):
    """Name a sample table of no samples: stsz, stts, stsc and stco of the shipped clip, with their counts set to 0."""
    whole = bytearray((DATA / "video" / "big_buck_bunny.mp4").read_bytes())
    for box, skip in ((b"stsz", 8), (b"stts", 4), (b"stsc", 4), (b"stco", 4), (b"ctts", 4), (b"stss", 4)):
        at = whole.find(box)
        if at > 0:
            whole[at + 4 + skip : at + 8 + skip] = struct.pack(">I", 0)
    path.write_bytes(whole)


REFUSED = {
    "sound only": (no_pictures, "only sound"),
    "truncated": (truncated, "damaged or truncated"),
    "truncated behind its index": (truncated_behind_its_index, r"is truncated: \d+ of its 30 frames are there"),
    "no frames": (no_frames, "no frames"),
    "text": (lambda path: path.write_text("not a video"), "not a video"),
    "empty": (lambda path: path.write_bytes(b""), r"empty \(0 bytes\)"),
    "missing": (lambda path: None, "no file or folder .*big_buck_bunny"),
    "empty folder": (lambda path: path.mkdir(), "holds no pictures"),
    "damaged GIF": (lambda path: path.write_bytes(b"GIF89a" + bytes(40)), "GIF|damaged|small|px"),
    "playlist": (lambda path: path.write_text("#EXTM3U\n#EXTINF:1,\nfile:///etc/hostname\n#EXT-X-ENDLIST\n"), "not a"),
    "too small": (lambda path: video(path, [each[:16, :16] for each in frames(2)]), "16×16 px; each side needs 32"),
}


@pytest.mark.parametrize("name", REFUSED)
def test_what_is_no_clip_is_refused_in_one_line(tmp_path, name):
    make, reason = REFUSED[name]
    path = tmp_path / "a name with ünï.mp4"
    make(path)
    with pytest.raises(CourseError, match=reason) as caught:
        read_clip(path)
    assert "\n" not in str(caught.value) and str(path) in str(caught.value)


def test_damage_inside_is_noticed_where_it_is(tmp_path):
    path = video(tmp_path / "x.mp4", frames(20), codec="mpeg4")
    with av.open(str(path)) as container:
        packets = [(p.pos, p.size) for p in container.demux(video=0) if p.size]
    whole = bytearray(path.read_bytes())
    position, size = packets[12]
    whole[position : position + size] = bytes(size)
    path.write_bytes(whole)
    done = 0
    with pytest.raises(ClipError, match=r"damaged"):
        for _ in read_clip(path):
            done += 1
    assert 1 <= done <= 12


@pytest.mark.parametrize("rate", [0, -1, 1e-7, 2000, float("nan"), float("inf")])
def test_a_rate_that_makes_no_sense(tmp_path, rate):
    PIL.Image.new("RGB", (48, 40)).save(tmp_path / "1.png")
    with pytest.raises(ClipError, match=rf": {rate:g} frames a second, but a clip has 0\.001 to 1000"):
        read_clip(tmp_path, rate=rate)


def test_only_a_folder_takes_a_rate():
    with pytest.raises(ClipError, match="only a folder"):
        read_clip("big_buck_bunny", rate=10)


def test_rates_of_animations(tmp_path):
    for rate in (Fraction(10), Fraction(25), Fraction(30)):
        with ClipWriter(tmp_path / "x.gif", SIZE, rate) as writer:
            for frame in frames(30):
                writer.write(frame)
        clip = read_clip(tmp_path / "x.gif")
        assert len(clip) == 30
        assert float(clip.rate) == pytest.approx(float(rate), rel=0.01)  # a clock of 10 ms


def test_no_more_pixels_than_a_picture_may_have_are_decoded(tmp_path, monkeypatch):
    path = video(tmp_path / "x.mp4", frames(2))
    monkeypatch.setattr("course_utils.clips.reading.MAX_PIXELS", SIZE[0] * SIZE[1] - 1)
    with pytest.raises(ClipError, match="cannot be read"):
        read_clip(path)
    monkeypatch.setattr("course_utils.clips.reading.MAX_PIXELS", 2 * SIZE[0] * SIZE[1])  # FFmpeg counts padding, too
    assert len(list(read_clip(path))) == 2
