"""`python -m course_utils doctor`: what it says, and when it fails."""

import re

import pytest

from course_utils import __main__ as cli
from course_utils import classroom
from course_utils.classroom.readiness import Check
from course_utils.cli import doctor
from course_utils.networks import weights


def test_doctor_says_what_works(capsys):
    assert cli.main(["doctor"]) == 0
    out = capsys.readouterr().out
    for expected in ("Python 3.", "tensorflow   2.", "devices: cpu", "sample pictures: intact", "ready: "):
        assert expected in out
    for name in weights.NETWORKS:
        assert re.search(rf"^  {name} ", out, re.M)
    for name in ("vgg16-hed", "vgg19", "vgg19-random"):
        assert re.search(rf"^  {name} +works offline", out, re.M)


def test_doctor_fails_when_the_default_job_cannot_run(capsys, monkeypatch, tmp_path):
    monkeypatch.setattr(weights, "DATA", tmp_path)
    assert cli.main(["doctor"]) == 2
    assert "vgg19        the weights of vgg19" in capsys.readouterr().out
    monkeypatch.undo()
    monkeypatch.setattr(doctor, "damaged_samples", lambda: ["style/great_wave.jpg"])
    assert cli.main(["doctor"]) == 2
    assert "missing or changed: style/great_wave.jpg" in capsys.readouterr().out


def test_doctor_does_without_the_edge_detector_of_lesson_8(capsys, monkeypatch):
    monkeypatch.setattr(weights.importlib.util, "find_spec", lambda name: None)
    assert cli.main(["doctor"]) == 0
    assert "vgg16-hed    the weights of vgg16-hed" in capsys.readouterr().out


def test_doctor_tells_present_weights_from_missing_ones(tmp_path, capsys, monkeypatch):
    monkeypatch.setenv("KERAS_HOME", str(tmp_path))
    (tmp_path / "models").mkdir()
    (tmp_path / "models" / weights.NETWORKS["resnet50"].file).touch()
    cli.main(["doctor"])
    out = capsys.readouterr().out
    assert re.search(r"resnet50 +weights present", out)
    assert re.search(r"vgg16 +optional download, or vgg16", out, re.M)


def test_doctor_looks_at_what_a_class_needs(capsys, monkeypatch):
    checks = [Check("memory", True, "8.0 GB free"), Check("PDF", None, "no browser")]
    monkeypatch.setattr(classroom, "check_class", lambda students: iter(checks))
    assert cli.main(["doctor", "--class"]) == 0
    assert capsys.readouterr().out.splitlines() == [*map(str, checks), "ready for a class"]


def test_doctor_says_what_a_class_lacks(capsys, monkeypatch):
    asked = []

    def check_class(students):
        asked.append(students)
        yield Check("memory", False, "2.0 GB free")
        yield Check("browser", True, "found")
        yield Check("weights", False, "damaged")

    monkeypatch.setattr(classroom, "check_class", check_class)
    assert cli.main(["doctor", "--class", "--students", "30"]) == 2
    told = capsys.readouterr()
    assert asked == [30]
    assert "✗ memory     2.0 GB free" in told.out
    assert told.err == "error: not ready for a class: memory, weights. The lines marked ✗ say what to do\n"


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["--students", "30"], "needs --class"),
        (["--class", "--students", "0"], "at least 1"),
        (["--class", "--students", "many"], "invalid int value"),
    ],
)
def test_doctor_refuses_a_room_without_a_class(arguments, words, capsys):
    assert cli.main(["doctor", *arguments]) == 2
    assert words in capsys.readouterr().err
