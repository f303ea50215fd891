"""Names as other systems have them: in other cases, with backslashes, by other ways to one file."""

import os
from pathlib import Path, PureWindowsPath

import numpy as np
import pytest

from course_utils import __main__ as cli
from course_utils import load_image, save_image
from course_utils.errors import ImageError
from course_utils.images import Upload, check_output
from course_utils.samples import find_image
from course_utils.storage.files import temporary_name

posix = pytest.mark.skipif(os.name == "nt", reason="a backslash parts names there")


@pytest.mark.parametrize("name", ["x.PNG", "x.Jpg", "x.JPEG", "x.WebP", "x.TIF"])
def test_an_ending_counts_in_any_case(name, tmp_path):
    assert load_image(save_image(np.zeros((1, 40, 40, 3)), tmp_path / name)).shape == (1, 40, 40, 3)


def test_a_temporary_file_lies_beside_its_target_on_windows_too():
    path = PureWindowsPath(r"C:\Users\Me And You\stylized picture.PNG")
    beside = temporary_name(path)
    assert beside.parent == path.parent
    assert not set(beside.name) & set('<>:"/\\|?*')
    assert len(temporary_name(PureWindowsPath("C:\\" + "x" * 250 + ".png")).name) < 40


@posix
def test_a_windows_path_is_no_file_here_and_refused_in_words():
    for name in (r"C:\Users\me\photo.jpg", r"data\content\cat.jpg", r"\\server\share\photo.jpg"):
        with pytest.raises(ImageError, match=r"no file .*and no sample of that name"):
            load_image(name)


def test_an_upload_may_be_called_as_browsers_on_windows_do():
    upload = Upload("C:\\fakepath\\cat.jpg", find_image("cat").read_bytes())
    assert load_image(upload, 64).shape == (1, 43, 64, 3)


@pytest.mark.parametrize("way", ["symlink_to", "hardlink_to"])
def test_an_output_that_is_an_input_by_another_name_is_refused(way, tmp_path, capsys):
    """As is one that differs in case only, where the system takes both for one file."""
    (tmp_path / "photo.jpg").write_bytes(find_image("cat").read_bytes())
    try:
        getattr(tmp_path / "Photo.png", way)(tmp_path / "photo.jpg")
    except OSError:
        pytest.skip("no links here")
    assert cli.main(["stylize", str(tmp_path / "photo.jpg"), "-o", str(tmp_path / "Photo.png")]) == 2
    assert "is one of the input pictures: save under another name" in capsys.readouterr().err


def test_a_sample_is_found_however_the_working_directory_is_called(tmp_path, monkeypatch):
    folder = tmp_path / "Ordner mit Leerzeichen und 中文"
    folder.mkdir()
    monkeypatch.chdir(folder)
    assert load_image("pagoda", 64).shape[2] == 64
    assert check_output(Path("x.png")) == Path("x.png")
