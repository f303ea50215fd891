"""`python -m course_utils apply`."""

import numpy as np
import pytest

from course_utils import __main__ as cli
from course_utils.fast import FastStyle
from course_utils.images import load_image
from course_utils.samples import samples


def test_one_photo_into_a_file(tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    assert cli.main(["apply", "great_wave", "cat", "-o", "out.png", "--size", "64"]) == 0
    assert capsys.readouterr().out.startswith("out.png  1 of 1  ")
    expected = FastStyle.load("great_wave")("cat", size=64)
    np.testing.assert_allclose(load_image("out.png"), expected, atol=0.5 / 255 + 1e-6)


def test_a_folder_into_a_folder_and_a_failure_costs_none_of_the_others(tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "photos").mkdir()
    for name in ("a.jpg", "b.jpg"):
        (tmp_path / "photos" / name).write_bytes(samples("content")["cat"].read_bytes())
    (tmp_path / "photos" / "broken.jpg").write_text("text")
    arguments = ["apply", "summertime", "photos", "pagoda", "nothing", "-o", "out/put", "--size", "48"]
    assert cli.main(arguments) == 1
    out, error = capsys.readouterr()
    assert out.startswith("out/put  3 of 5  ")
    assert "broken.jpg is not a picture" in error and "no file 'nothing'" in error
    assert sorted(each.name for each in (tmp_path / "out" / "put").iterdir()) == ["a.png", "b.png", "pagoda.png"]


def test_paintings_of_one_network(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    one = ["apply", "five", "cat", "--size", "64", "--quiet"]
    assert cli.main([*one, "--painting", "summertime", "-o", "a.png"]) == 0
    assert cli.main([*one, "--mix", "0,0,0,0,2", "-o", "b.png"]) == 0
    assert cli.main([*one, "--mix", "1,0,0,0,1", "-o", "c.png"]) == 0
    a, b, c = (load_image(f"{name}.png") for name in "abc")
    np.testing.assert_array_equal(a, b)
    assert np.abs(a - c).mean() > 0.02


@pytest.mark.parametrize(
    ("arguments", "status", "message"),
    [
        (["wave", "cat"], 2, "no file 'wave', and no network of that name"),
        (["five", "cat"], 2, "painting=None: choose one of"),
        (["five", "cat", "--painting", "monet"], 2, "painting='monet': choose one of"),
        (["five", "cat", "--mix", "1,2"], 2, "one weight, 0 or more, for each"),
        (["five", "cat", "--mix", "a,b"], 2, "--mix a,b: give numbers"),
        (["five", "cat", "--mix", "1", "--painting", "x"], 2, "give only one of them"),
        (["great_wave", "cat", "--size", "8"], 2, "--size 8"),
        (["great_wave", "empty"], 2, "no pictures in the folder empty"),
        (["great_wave", "cat", "-o", "out.xyz"], 2, "cannot tell the format"),
        (["great_wave", "photo.png", "-o", "photo.png"], 1, "is one of the input pictures"),
        (["great_wave", "photo.png", "empty/../photo.png", "-o", "folder"], 2, "two photos would be written to"),
        (["great_wave", "cat", "pagoda", "-o", "text"], 2, "cannot make the folder text"),
    ],
)
def test_bad_input_gets_one_line(arguments, status, message, tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "empty").mkdir()
    (tmp_path / "text").write_text("text")
    (tmp_path / "photo.png").write_bytes(samples("content")["cat"].read_bytes())
    output = [] if "-o" in arguments else ["-o", "out.png"]
    assert cli.main(["apply", *arguments, *output, "--quiet"]) == status
    error = capsys.readouterr().err
    assert message in error and error.count("error: ") == 1 and error.count("\n") == 1


def test_an_interruption_says_what_is_done(tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    original = FastStyle.__call__

    def second_fails(self, photo, *rest):
        if photo == "pagoda":
            raise KeyboardInterrupt
        return original(self, photo, *rest)

    monkeypatch.setattr(FastStyle, "__call__", second_fails)
    assert cli.main(["apply", "great_wave", "cat", "pagoda", "astronaut", "-o", "out", "--size", "48"]) == 130
    assert capsys.readouterr().out.startswith("interrupted: out  1 of 3  ")
    assert [each.name for each in (tmp_path / "out").iterdir()] == ["cat.png"]


def test_running_out_of_memory_costs_one_photo_and_names_it(tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)

    def too_large(*_):
        raise MemoryError

    monkeypatch.setattr("course_utils.fast.LARGE", 48 * 48)
    monkeypatch.setattr("course_utils.fast.transform_in_strips", too_large)
    arguments = ["apply", "great_wave", "astronaut", "cat", "-o", "out", "--size", "48"]
    assert cli.main(arguments) == 1
    out, error = capsys.readouterr()
    assert "error: astronaut: out of memory at 48×48 px: choose a smaller size\n" in error
    assert error.count("error: ") == 1
    assert out.startswith("out  1 of 2  ")
