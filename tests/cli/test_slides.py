import pytest

from course_utils.__main__ import main
from course_utils.classroom import printing


def test_several_lessons_are_written_and_their_places_printed(tmp_path, capsys):
    assert main(["slides", "0", "01_images", "-o", str(tmp_path / "talk")]) == 0
    written = [tmp_path / "talk" / f"{name}.slides.html" for name in ("00_start_here", "01_images")]
    assert capsys.readouterr().out.splitlines() == [str(path) for path in written]
    assert all(path.stat().st_size > 3_000_000 for path in written)
    assert {path.name for path in (tmp_path / "talk").iterdir()} == {path.name for path in written}


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["99"], "no lesson '99'"),
        (["no.ipynb"], "no such file: no.ipynb"),
        (["README.md"], "README.md is not a notebook"),
        ([], "required: LESSON"),
        (["0", "--pdf"], "install Chromium, Chrome or Edge"),
    ],
)
def test_what_cannot_be_done_is_said_in_one_line(tmp_path, capsys, monkeypatch, arguments, words):
    monkeypatch.setattr(printing, "PROGRAMS", ())
    monkeypatch.setattr(printing, "CHANNELS", ("none-such",))
    assert main(["slides", *arguments, "-o", str(tmp_path / "talk")]) == 2
    (line,) = capsys.readouterr().err.splitlines()
    assert words in line
    assert not (tmp_path / "talk").exists()


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("README.md", "README.md is a file: -o takes a folder"),
        ("talk.html", "talk.html is the name of a file: -o takes a folder"),
        ("talk.PDF", "talk.PDF is the name of a file: -o takes a folder"),
    ],
)
def test_what_is_no_folder_is_refused_before_anything_is_made(tmp_path, capsys, monkeypatch, name, words):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "README.md").write_text("")
    assert main(["slides", "0", "-o", name]) == 2
    (line,) = capsys.readouterr().err.splitlines()
    assert line.endswith(words)
    assert [path.name for path in tmp_path.iterdir()] == ["README.md"]


def test_the_short_version_stands_beside_the_whole(tmp_path, capsys):
    assert main(["slides", "0", "--short", "-o", str(tmp_path)]) == 0
    assert [path.name for path in tmp_path.iterdir()] == ["00_start_here.short.slides.html"]
