"""Every awkward file gives an image or a refusal in words, soon, and in little memory."""

import os
import re
import time
from pathlib import Path

import numpy as np
import pytest

from course_utils import CourseError, load_image
from course_utils.errors import ImageError
from course_utils.images import Upload
from tests.corpus import CORPUS, File
from tests.measuring import peak_memory

SECONDS = 2.0  # of the processor's time
MEMORY = 700e6  # bytes: 80 million pixels take 240 MB, twice where they are converted
UNNAMEABLE = set('<>:"/\\|?*\n')  # on Windows


def test_there_are_enough_of_them():
    assert len(CORPUS) >= 60
    assert len({file.name for file in CORPUS}) == len(CORPUS)


@pytest.mark.filterwarnings("ignore:.*profile is ignored", "ignore:Corrupt EXIF")
@pytest.mark.parametrize("upload", [False, True], ids=["file", "upload"])
@pytest.mark.parametrize("file", CORPUS, ids=lambda file: ascii(file.name[:40]))
def test_an_awkward_file_is_a_picture_or_refused_in_words(file: File, upload, tmp_path):
    if os.name == "nt" and UNNAMEABLE & set(file.name):
        pytest.skip("no name on Windows")
    if upload:
        source = Upload(file.name, file.data)
    else:
        source = tmp_path / file.name
        source.write_bytes(file.data)
    began = time.process_time()
    with peak_memory() as memory:
        try:
            image = load_image(source, 64)
        except ImageError as error:
            assert file.refusal is not None, error
            assert str(error).startswith(str(source)) or "floating-point" in str(error)
            assert re.search(file.refusal, str(error).removeprefix(str(source))), error
        else:
            assert file.refusal is None, "not refused"
            assert image.dtype == np.float32 and image.ndim == 4 and max(image.shape[1:3]) == 64
            assert image.min() >= 0 and image.max() <= 1
    assert time.process_time() - began < SECONDS
    assert memory.bytes < MEMORY


@pytest.mark.skipif(os.name == "nt", reason="links and pipes")
def test_what_is_no_file_is_refused_in_words(tmp_path):
    (tmp_path / "broken link.png").symlink_to(tmp_path / "nothing")
    (tmp_path / "loop.png").symlink_to(tmp_path / "loop.png")
    (tmp_path / "folder.png").mkdir()
    os.mkfifo(tmp_path / "pipe.png")
    for name, refusal in {
        "broken link.png": "no file",
        "loop.png": "no file|cannot look",
        "folder.png": "is a directory",
        "pipe.png": "is not a regular file",
        "none.png": "no file",
    }.items():
        with pytest.raises(ImageError, match=refusal):
            load_image(tmp_path / name)
    if Path("/dev/zero").exists():
        with pytest.raises(ImageError, match="is not a regular file"):
            load_image("/dev/zero")


def test_a_link_to_a_picture_is_one(tmp_path):
    (tmp_path / "x.png").write_bytes(CORPUS[0].data)
    try:
        (tmp_path / "link.png").symlink_to(tmp_path / "x.png")
    except OSError:
        pytest.skip("no links here")
    assert np.array_equal(load_image(tmp_path / "link.png"), load_image(tmp_path / "x.png"))


def test_a_file_that_may_not_be_read_is_refused_in_words(tmp_path, monkeypatch):
    (tmp_path / "x.png").write_bytes(CORPUS[0].data)

    def forbidden(*args, **kwargs):
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr("PIL.Image.open", forbidden)
    with pytest.raises(CourseError, match=r"no permission to read .*: Permission denied"):
        load_image(tmp_path / "x.png")
