import pytest

from course_utils.__main__ import main
from course_utils.classroom import handout


def test_several_lessons_are_written_and_their_places_printed(tmp_path, capsys):
    assert main(["slides", "0", "01_images", "-o", str(tmp_path / "talk")]) == 0
    written = [tmp_path / "talk" / f"{name}.slides.html" for name in ("00_start_here", "01_images")]
    assert capsys.readouterr().out.splitlines() == [str(path) for path in written]
    assert all(path.stat().st_size > 3_000_000 for path in written)
    assert {path.name for path in (tmp_path / "talk").iterdir()} == {path.name for path in written}


@pytest.mark.parametrize(
    ("arguments", "words"),
    [(["99"], "no lesson '99'"), ([], "required: LESSON"), (["0", "--pdf"], "install Chromium, Chrome or Edge")],
)
def test_what_cannot_be_done_is_said_in_one_line(tmp_path, capsys, monkeypatch, arguments, words):
    monkeypatch.setattr(handout, "PROGRAMS", ())
    monkeypatch.setattr(handout, "CHANNELS", ("none-such",))
    assert main(["slides", *arguments, "-o", str(tmp_path / "talk")]) == 2
    (line,) = capsys.readouterr().err.splitlines()
    assert words in line
    assert not (tmp_path / "talk").exists()
