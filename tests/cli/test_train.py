"""`python -m course_utils train`."""

import re
import signal
import time

import numpy as np
import pytest

from course_utils import __main__ as cli
from course_utils.errors import ImageError
from course_utils.fast import FastStyle, Training
from course_utils.images import load_image
from course_utils.samples import samples
from tests.cli.test_terminal import begun, posix, wait_for_file

QUICK = ["--crop", "64", "--crops", "4", "--batch", "1"]


def refused(arguments, capsys):
    assert cli.main(["train", *arguments]) == 2
    return capsys.readouterr().err


def test_it_writes_the_network_and_a_sample_and_one_line(tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    assert cli.main(["train", "summertime", "--photos", "cat", *QUICK, "--steps", "2"]) == 0
    out, error = capsys.readouterr()
    assert re.fullmatch(
        r"network\.npz, network\.png  step 2, loss [\d.]+ \(content [\d.]+, style [\d.]+\)  \d+ s\n", out
    )
    assert "2 steps of 1 crop" in error and "step 2, loss" in error
    assert sorted(each.name for each in tmp_path.iterdir()) == ["network.npz", "network.png"]
    network = FastStyle.load("network.npz")
    assert network.paintings == ("summertime",) and network.recipe["photos"] == ["cat"]
    assert load_image("network.png").shape[1:3] == load_image("cat", 384).shape[1:3]


def test_a_folder_of_photos_and_several_paintings(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "photos").mkdir()
    for name in ("one.png", "two.jpg", "note.txt"):
        (tmp_path / "photos" / name).write_bytes(samples("content")["cat"].read_bytes())
    arguments = ["great_wave", "summertime", "--photos", "photos", "-o", "both.npz", "--quiet", *QUICK, "--steps", "1"]
    assert cli.main(["train", *arguments]) == 0
    network = FastStyle.load("both.npz")
    assert network.paintings == ("great_wave", "summertime") and network.recipe["photos"] == ["one", "two"]
    _, height, width, _ = load_image("cat", 384).shape
    assert load_image("both.png").shape == (1, height, 2 * width, 3)  # side by side


@posix
def test_a_signal_saves_the_training_and_it_can_be_resumed(tmp_path, monkeypatch, capsys):
    arguments = ["summertime", "--photos", "cat", "-o", "n.npz", "--save-every", "0.01", *QUICK, "--steps", "4000"]
    arguments += ["--sample", "pagoda"]
    with begun(*arguments, cwd=tmp_path, command="train") as process:
        wait_for_file(tmp_path / "n.npz")
        time.sleep(0.5)
        process.send_signal(signal.SIGINT)
        out, error = process.communicate(timeout=60)
    assert process.returncode == 130, error
    assert re.search(
        r"^interrupted: n\.npz, n\.png  step \d+.*\nto resume: .* train --resume --output=n\.npz --sample=pagoda$",
        out,
        re.M,
    )
    done = len(Training.load(tmp_path / "n.npz").history)
    assert 1 <= done < 4000

    original = Training.__next__

    def one_only(training):
        if len(training.history) > done:
            raise KeyboardInterrupt
        return original(training)

    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(Training, "__next__", one_only)
    assert cli.main(["train", "--resume", "-o", "n.npz", "--quiet"]) == 130
    assert f"step {done + 1}," in capsys.readouterr().out


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ([], "which painting?"),
        (["monet"], "no file 'monet'"),
        (["summertime", "--photos", "dog"], "no file 'dog'"),
        (["summertime", "--photos", "empty"], "no pictures in the folder empty"),
        (["summertime", "-o", "x.txt"], "the name of a network ends in .npz"),
        (["summertime", "-o", "there.npz"], "there.npz already exists"),
        (["summertime", "-o", "seen.npz"], "seen.png already exists"),
        (["summertime", "-o", "none/x.npz"], "cannot write none/x.npz"),
        (["summertime", "--sample", "dog"], "no file 'dog'"),
        (["summertime", "--steps", "0"], "steps=0"),
        (["summertime", "--minutes", "0"], "minutes=0"),
        (["summertime", "--steps", "1", "--minutes", "1"], "not allowed with"),
        (["summertime", "--save-every", "0"], "--save-every 0"),
        (["--resume", "-o", "none.npz"], "cannot read none.npz"),
        (["--resume", "-o", "there.npz"], "is not a"),
        (["--resume", "summertime", "-o", "there.npz"], "leave out summertime"),
        (["--resume", "--beta", "3", "-o", "there.npz"], "leave out --beta"),
    ],
)
def test_bad_input_gets_one_line(arguments, message, tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "empty").mkdir()
    (tmp_path / "there.npz").write_text("text")
    (tmp_path / "seen.png").write_text("a picture of somebody's")
    error = refused(arguments, capsys)
    assert message in error and error.startswith("error: ") and error.count("\n") == 1
    assert (tmp_path / "there.npz").read_text() == "text"
    assert (tmp_path / "seen.png").read_text() == "a picture of somebody's"


def test_the_sample_is_repainted_by_the_network(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    assert (
        cli.main(["train", "summertime", "--photos", "cat", *QUICK, "--steps", "1", "--sample", "pagoda", "--quiet"])
        == 0
    )
    expected = FastStyle.load("network.npz")("pagoda", size=384)
    np.testing.assert_allclose(load_image("network.png"), expected, atol=0.02)  # the file is in half precision


def test_a_sample_that_cannot_be_written_does_not_end_the_training(tmp_path, monkeypatch, capsys):
    def full(*_):
        raise ImageError("no space left on device")

    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr("course_utils.cli.train.save_image", full)
    assert cli.main(["train", "summertime", "--photos", "cat", *QUICK, "--steps", "2", "--save-every", "0.001"]) == 2
    error = capsys.readouterr().err
    assert "warning: no space left on device; the training itself is saved" in error
    assert FastStyle.load("network.npz").recipe["steps"] == 2
