"""`python -m course_utils video`."""

import re
import signal
from collections import namedtuple
from pathlib import Path

import numpy as np
import pytest

from course_utils import __main__ as cli
from course_utils.cli import video as command
from course_utils.clips import read_clip
from course_utils.errors import ClipError, DivergenceError
from course_utils.images import load_image, save_image
from course_utils.many import process_pool
from course_utils.options import VideoOptions
from course_utils.video import FastVideo, VideoTransfer
from tests.cli.test_terminal import begun, posix, wait_for_file
from tests.clips.making import frames, video

QUICK = ["--size", "80", "--steps", "2", "--frame-steps", "1", "--levels", "1", "--network", "vgg19-random"]
OPTIONS = VideoOptions(size=80, steps=2, frame_steps=1, levels=1, network="vgg19-random")
STORE = ".out.mp4.frames"


@pytest.fixture(autouse=True)
def folder(tmp_path, monkeypatch):
    """An empty working directory."""
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.fixture
def clip(folder):
    """A clip of six frames, 80 × 48 px, with sound."""
    return video(folder / "clip.mp4", frames(6), sound=("aac", 0.24))


def run(*arguments):
    return cli.main(["video", *map(str, arguments)])


def names(folder):
    return sorted(each.name for each in folder.iterdir())


def pictures(path):
    return list(read_clip(path))


def test_it_writes_the_clip_and_one_line(clip, folder, capsys):
    assert run("clip.mp4", "summertime", "-o", "out.mp4", *QUICK) == 0
    out, error = capsys.readouterr()
    assert re.fullmatch(r"out\.mp4  6 of 6 frames, 80×48 px, 25 a second  [\d.]+ s\n", out)
    assert re.search(r"expected: 6 frames of 80×48 px, about \d+ s and [\d.]+ GB", error)
    assert "frame 6 of 6, style " in error
    made, source = read_clip("out.mp4"), read_clip(clip)
    assert (made.size, made.rate, len(made), made.has_sound) == (source.size, source.rate, 6, True)
    assert names(folder) == ["clip.mp4", "out.mp4"]


def test_its_frames_are_those_of_the_engine(clip):
    assert run("clip.mp4", "summertime", "-o", "out", "--quiet", *QUICK) == 0
    expected = [frame.image[0] for frame in VideoTransfer(read_clip(clip), "summertime", OPTIONS)]
    np.testing.assert_array_equal(pictures("out"), np.round(np.array(expected) * 255).astype(np.uint8))


def test_quiet_prints_nothing(clip, capsys):
    assert run("clip.mp4", "-o", "out.webp", "--quiet", "--to", "0.05", *QUICK) == 0
    assert capsys.readouterr() == ("", "")
    assert len(read_clip("out.webp")) == 2  # the frames at 0 and 0.04 s


def test_a_part_of_the_clip(clip):
    assert run("clip.mp4", "-o", "out", "--from", "0.04", "--to", "0.11", "--quiet", *QUICK) == 0
    assert len(pictures("out")) == 2  # the frames at 0.04 and 0.08 s


def test_an_odd_size_is_rounded_and_told_but_only_where_something_is_resized(folder, capsys):
    video(folder / "clip.mp4", frames(2, (96, 162)))
    assert run("clip.mp4", "-o", "out.mp4", *QUICK) == 0
    assert read_clip("out.mp4").size == (48, 80)  # 96/162 · 80 = 47.4
    assert "80×48 px: H.264 needs even sides" in capsys.readouterr().err
    assert run("clip.mp4", "-o", "out", *QUICK) == 0
    assert read_clip("out").size == (47, 80)
    assert run("out", "-o", "odd.mp4", *QUICK) == 0
    assert read_clip("odd.mp4").size == (47, 80)
    assert "even sides" not in capsys.readouterr().err


@pytest.mark.parametrize(
    ("size", "longest", "even", "expected"),
    [
        ((288, 512), 256, True, (144, 256)),
        ((339, 641), 384, True, (204, 384)),  # 339/641 · 384 = 203.1
        ((339, 641), 384, False, (203, 384)),
        ((339, 641), 641, True, (339, 641)),
        ((512, 288), 101, True, (100, 56)),  # 50.5 pairs, to the even number of pairs; 28.4 pairs
    ],
)
def test_fitted(size, longest, even, expected):
    assert command.fitted(size, longest, even) == expected


def test_flags_reach_the_options(clip, monkeypatch):
    seen = []
    monkeypatch.setattr(command, "compose", lambda frame, style, options: seen.append((style, options)) or 1 / 0)
    flags = ["--frame-steps", "7", "--delta", "30", "--back", "1,3", "--beta", "2", "--size", "64"]
    with pytest.raises(ZeroDivisionError):
        run("clip.mp4", "great_wave", "summertime", "-o", "out.mp4", *flags)
    ((style, options),) = seen
    assert options == VideoOptions(frame_steps=7, delta=30.0, back=(1, 3), beta=2.0, size=64)
    assert [Path(each).name for each in style] == ["great_wave.jpg", "summertime.jpg"]


def test_help_names_every_option(capsys):
    with pytest.raises(SystemExit):
        run("--help")
    text = capsys.readouterr().out
    for name in VideoOptions.__dataclass_fields__.keys() - {"seconds"}:
        assert f"--{name.replace('_', '-')} " in text


@posix
def test_after_a_kill_it_goes_on_to_the_same_clip(clip, folder):
    steps = ["--frame-steps", "10"]
    with begun("clip.mp4", "-o", "out", *QUICK, *steps, cwd=folder, command="video") as process:
        wait_for_file(folder / ".out.frames" / "000003.png")
        process.kill()
        process.communicate()
    assert 3 <= len(pictures(".out.frames")) < 6
    assert names(folder) == [".out.frames", "clip.mp4"]
    assert run("--resume", "-o", "out", "--quiet") == 0
    assert names(folder) == ["clip.mp4", "out"]
    assert run("clip.mp4", "-o", "whole", "--quiet", *QUICK, *steps) == 0
    np.testing.assert_array_equal(pictures("out"), pictures("whole"))


def interrupt_after(monkeypatch, count, error=KeyboardInterrupt):
    """Let the next runs do only so many frames."""
    original, made = VideoTransfer.__next__, []

    def fails(self):
        if len(made) == count:
            raise error
        made.append(original(self))
        return made[-1]

    monkeypatch.setattr(VideoTransfer, "__next__", fails)
    return original


@pytest.mark.parametrize("output", ["out", "out.mp4"])
def test_interrupted_and_resumed_it_is_the_same_clip_bit_for_bit(clip, folder, output, monkeypatch, capsys):
    assert run("clip.mp4", "-o", "whole", "--quiet", *QUICK) == 0
    expected = pictures("whole")
    original = interrupt_after(monkeypatch, 2)
    assert run("clip.mp4", "-o", output, "--quiet", *QUICK) == 130
    place = f".{output}.frames" if output == "out" else output  # a folder can be looked at where it is
    out = capsys.readouterr().out
    assert out.startswith(f"interrupted: {place}  2 of 6 frames, 80×48 px, ")
    assert out.endswith(f"\nto resume: python -m course_utils video --resume --output={output}\n")
    assert len(pictures(place)) == 2
    np.testing.assert_array_equal(pictures(f".{output}.frames"), expected[:2])
    monkeypatch.setattr(VideoTransfer, "__next__", original)
    (folder / "sub").mkdir()
    monkeypatch.chdir(folder / "sub")  # paths were written down whole
    assert run("--resume", "-o", f"../{output}", "--quiet") == 0
    monkeypatch.chdir(folder)
    made = pictures(output)
    assert len(made) == 6 and names(folder) == sorted(["clip.mp4", output, "sub", "whole"])
    if output == "out":
        np.testing.assert_array_equal(made, expected)


@posix
def test_ctrl_c_leaves_a_playable_file(clip, folder):
    with begun("clip.mp4", "-o", "out.mp4", *QUICK, "--frame-steps", "60", cwd=folder, command="video") as process:
        wait_for_file(folder / STORE / "000002.png")
        process.send_signal(signal.SIGINT)
        out, error = process.communicate(timeout=120)
    assert process.returncode == 130, error
    done = int(re.match(r"interrupted: out\.mp4  (\d) of 6 frames", out)[1])
    assert 2 <= done < 6 and len(pictures("out.mp4")) == done


def test_an_interruption_before_the_first_frame_leaves_nothing(clip, folder, monkeypatch, capsys):
    interrupt_after(monkeypatch, 0)
    assert run("clip.mp4", "-o", "out.mp4", "--quiet", *QUICK) == 130
    assert "nothing saved" in capsys.readouterr().err
    assert names(folder) == ["clip.mp4"]


def test_an_error_half_way_costs_none_of_the_frames_done(clip, folder, monkeypatch, capsys):
    interrupt_after(monkeypatch, 2, DivergenceError("frame 3: the loss is nan"))
    assert run("clip.mp4", "-o", "out.mp4", "--quiet", *QUICK) == 2
    error = capsys.readouterr().err
    assert error == (
        "error: frame 3: the loss is nan; 2 of 6 frames are done and kept in out.mp4: go on with --resume\n"
    )
    assert len(pictures("out.mp4")) == 2


def test_a_clip_that_cannot_be_written_after_all_is_kept(clip, folder, monkeypatch, capsys):
    def full(*_):
        raise ClipError("cannot write out.mp4: No space left on device")

    monkeypatch.setattr("course_utils.clips.ClipWriter.write", full)
    assert run("clip.mp4", "-o", "out.mp4", "--quiet", *QUICK) == 2
    assert f"6 of 6 frames are done and kept in {STORE}: go on with --resume" in capsys.readouterr().err
    monkeypatch.undo()
    monkeypatch.chdir(folder)
    monkeypatch.setattr(VideoTransfer, "_first", None)  # nothing is left to compute
    monkeypatch.setattr(VideoTransfer, "_later", None)
    assert run("--resume", "-o", "out.mp4", "--quiet") == 0
    assert len(pictures("out.mp4")) == 6 and names(folder) == ["clip.mp4", "out.mp4"]


@pytest.fixture
def interrupted(clip, folder, monkeypatch, capsys):
    """Interrupt a clip after two frames; return its store."""
    original = interrupt_after(monkeypatch, 2)
    run("clip.mp4", "-o", "out.mp4", "--quiet", *QUICK)
    monkeypatch.setattr(VideoTransfer, "__next__", original)
    capsys.readouterr()
    return folder / STORE


def test_an_unfinished_clip_is_not_begun_again(interrupted, capsys):
    before = {each: (interrupted / each).read_bytes() for each in names(interrupted)}
    assert run("clip.mp4", "-o", "out.mp4", *QUICK) == 2
    assert "holds the frames of an unfinished clip: finish it with --resume" in capsys.readouterr().err
    assert {each: (interrupted / each).read_bytes() for each in names(interrupted)} == before


def test_a_clip_that_has_changed_is_not_gone_on_with(interrupted, clip, capsys):
    video(clip, frames(7))
    assert run("--resume", "-o", "out.mp4") == 2
    assert "clip.mp4 is missing, or has changed since the clip was begun" in capsys.readouterr().err


def test_a_damaged_frame_is_made_again(interrupted):
    (interrupted / "000002.png").write_bytes((interrupted / "000002.png").read_bytes()[:200])
    (interrupted / "000003.png").write_bytes(b"")
    assert run("--resume", "-o", "out.mp4", "--quiet") == 0
    assert len(pictures("out.mp4")) == 6


def test_what_another_program_has_made_in_the_meantime_is_not_written_over(interrupted, monkeypatch, capsys):
    original = VideoTransfer.__next__

    def overtaken(self):
        frame = original(self)
        (interrupted / "000003.png").write_text("another's")
        return frame

    monkeypatch.setattr(VideoTransfer, "__next__", overtaken)
    assert run("--resume", "-o", "out.mp4", "--quiet") == 2
    assert "has been written by another program" in capsys.readouterr().err
    assert (interrupted / "000003.png").read_text() == "another's"


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--resume", "clip.mp4"], "leave out clip.mp4"),
        (["--resume", "--beta", "3"], "leave out --beta"),
        (["--resume", "--from", "0"], "leave out --from"),
        (["--resume", "--frame-steps", "3"], "leave out --frame-steps"),
        (["--resume", "-o", "other.mp4"], "nothing to resume: there is no folder .other.mp4.frames"),
    ],
)
def test_what_resume_refuses(interrupted, arguments, message, capsys):
    assert run(*([] if "-o" in arguments else ["-o", "out.mp4"]), *arguments) == 2
    error = capsys.readouterr().err
    assert message in error and error.count("\n") == 1


def test_a_kill_before_the_request_is_written_down_is_told_in_a_line(clip, folder, capsys):
    (folder / STORE).mkdir()
    assert run("--resume", "-o", "out.mp4") == 2
    error = capsys.readouterr().err
    assert "request.npz" in error and error.endswith(f": delete {STORE}, and begin again without --resume\n")
    assert error.count("\n") == 1


def test_a_damaged_request_is_told_in_a_line(interrupted, capsys):
    (interrupted / "request.npz").write_text("text")
    assert run("--resume", "-o", "out.mp4") == 2
    error = capsys.readouterr().err
    assert "request.npz is not a saved run" in error and error.count("\n") == 1


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["none.mp4"], "no file or folder 'none.mp4', and no sample of that name (big_buck_bunny)"),
        (["text.mp4"], "text.mp4 cannot be read: it is not a video"),
        (["empty.mp4"], "empty.mp4 is empty"),
        (["empty"], "empty holds no pictures"),
        (["clip.mp4", "monet"], "no file 'monet', and no sample of that name"),
        (["clip.mp4", "--from", "9"], "has no frame from 9 s on"),
        (["clip.mp4", "--from", "2", "--to", "1"], "from 2 to 1 s"),
        (["clip.mp4", "--rate", "5"], "rate 5: clip.mp4 has its own; only a folder of pictures takes one"),
        (["clip.mp4", "-o", "x.avi"], "the name must end in .mp4, .webp, .gif"),
        (["clip.mp4", "-o", "none/x.mp4"], "there is no folder none"),
        (["clip.mp4", "-o", "clip.mp4"], "the output clip.mp4 is the clip that is read"),
        (["photos", "-o", "photos/x.webp"], "lies in the folder that is read"),
        (["clip.mp4", "wave.webp", "-o", "wave.webp"], "the output wave.webp is one of the files that are read"),
        (["clip.mp4", "-o", "photos"], "is a folder with something in it"),
        (["clip.mp4", "-o", ""], "cannot write '': give the name of a file or a new folder"),
        (["clip.mp4", "-o", "."], "cannot write '.': give the name of a file or a new folder"),
        (["clip.mp4", "-o", f"{'x' * 246}.mp4"], "cannot write"),  # its frames' folder has a longer name
        (["photos", "--rate", "1e-7"], "photos: 1e-07 frames a second, but a clip has 0.001 to 1000"),
        (["clip.mp4", "--delta", "-1"], "delta=-1.0: it must be at least 0"),
        (["clip.mp4", "--back", "0"], "back=(0,): it must be at least 1"),
        (["clip.mp4", "--size", "16"], "size=16: it must be at least 32"),
        (["clip.mp4", "--size", "40"], "each side needs 32 px or more"),
        (["clip.mp4", "--protect", "nowhere"], "no file 'nowhere'"),
        (["clip.mp4", "--seconds", "5"], "unrecognized arguments: --seconds"),
        (["clip.mp4", "--hold", "0.5"], "--hold 0.5 needs --fast"),
        (["clip.mp4", "--fast", "great_wave", "--delta", "3"], "--fast takes no --delta: leave it out"),
        (["clip.mp4", "--fast", "none"], "no file 'none', and no network of that name"),
        (["clip.mp4", "monet", "--fast", "five"], "monet: the network five knows"),
        (["clip.mp4", "--fast", "five"], "painting=None: choose one of"),
        (["clip.mp4", "--fast", "great_wave", "--hold", "1"], "hold=1.0: a number from 0 to below 1"),
        (["clip.mp4", "--resume"], "leave out clip.mp4"),
    ],
)
def test_bad_input_gets_one_line(arguments, message, clip, folder, capsys):
    (folder / "text.mp4").write_text("text")
    (folder / "empty.mp4").touch()
    (folder / "empty").mkdir()
    (folder / "photos").mkdir()
    save_image(load_image("cat", 64), folder / "photos" / "1.png")
    save_image(load_image("great_wave", 64), folder / "wave.webp")
    before = names(folder)
    output = [] if "-o" in arguments else ["-o", "out.mp4"]
    assert run(*arguments, *output, "--quiet") == 2
    error = capsys.readouterr().err
    assert message in error and error.startswith("error: ") and error.count("\n") == 1
    assert names(folder) == before


def test_too_little_disk_is_told_before_any_work(clip, folder, monkeypatch, capsys):
    """The frames are kept until the clip is whole, so both must fit: 6 · 48 · 80 px, 3.6 bytes each, and a reserve."""
    free = 100e6 + 6 * 48 * 80 * 3.5
    usage = namedtuple("Usage", "total used free")(1e12, 0, free)
    monkeypatch.setattr("shutil.disk_usage", lambda folder: usage)
    assert run("clip.mp4", "-o", "out.mp4", *QUICK) == 2
    assert "6 frames of 80×48 px may take" in capsys.readouterr().err
    assert names(folder) == ["clip.mp4"]


def test_a_network_s_clip(clip, capsys):
    from course_utils.fast import FastStyle

    assert run("clip.mp4", "-o", "out", "--fast", "great_wave", "--hold", "0.6", "--size", "80") == 0
    assert capsys.readouterr().out.startswith("out  6 of 6 frames, 80×48 px, ")
    expected = [f.image[0] for f in FastVideo(read_clip(clip), FastStyle.load("great_wave"), hold=0.6)]
    np.testing.assert_array_equal(pictures("out"), np.round(np.array(expected) * 255).astype(np.uint8))


def test_a_network_s_paintings_are_named_or_mixed(clip):
    from course_utils.fast import FastStyle

    network, frame = FastStyle.load("five"), next(iter(read_clip(clip)))
    for style in (["summertime"], ["summertime", "great_wave"]):
        output = "_".join(style)
        assert run("clip.mp4", *style, "-o", output, "--fast", "five", "--size", "80", "--quiet") == 0
        expected = network(frame, [float(each in style) for each in network.paintings])
        np.testing.assert_allclose(pictures(output)[0] / 255, expected[0], atol=0.5 / 255 + 1e-6)


def test_shots_are_made_by_any_executor(clip):
    """As the docstring of `video` says: two shots in a process of their own are the two shots made here."""
    shots = {"1": ["--to", "0.1"], "2": ["--from", "0.1"]}
    arguments = {name: ["video", "clip.mp4", *shot, "--quiet", *QUICK, "-o", name] for name, shot in shots.items()}
    with process_pool(1) as pool:
        assert list(pool.map(cli.main, arguments.values(), timeout=300)) == [0, 0]
    for name, shot in shots.items():
        assert run("clip.mp4", *shot, "--quiet", *QUICK, "-o", f"here{name}") == 0
        made, here = pictures(name), pictures(f"here{name}")
        assert len(made) == len(here) == 3
        assert np.abs(np.subtract(made, here, dtype=float)).mean() < 1  # of 255: other thread counts round differently
