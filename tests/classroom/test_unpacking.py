"""Folders and zips as they are handed in, hostile ones among them: what is found, and what is refused."""

import io
import itertools
import stat
import sys
import time
import zipfile

import pytest

from course_utils.classroom import unpacking
from course_utils.classroom.unpacking import Item, unpack
from course_utils.errors import CourseError
from tests.handed_in import zipped

LINK = "is a link, which is not followed: hand in the file itself"


@pytest.fixture
def listed(tmp_path):
    """Return a function that unpacks a zip and returns {place: content, or trouble, or None}."""
    numbers = itertools.count()

    def run(content):
        folder = tmp_path / f"{next(numbers)}"
        path, inside = folder / "class.zip", folder / "unpacked"
        inside.mkdir(parents=True)
        path.write_bytes(content)
        try:
            return as_dict(unpack(path, inside))
        finally:
            assert sorted(folder.iterdir()) == [path, inside]  # nothing lies outside
            assert {each.suffix for each in inside.iterdir()} <= {".ipynb", ".zip"}

    return run


def as_dict(items):
    return {"/".join(item.parts): item.file.read_bytes() if item.file else item.trouble for item in items}


def test_a_folder_is_walked(tmp_path):
    for name in ("a/x.ipynb", "a/.ipynb_checkpoints/x-checkpoint.ipynb", "b/report.pdf", "c.ipynb", ".DS_Store"):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_bytes(name.encode())
    (tmp_path / "d" / "__MACOSX").mkdir(parents=True)
    (tmp_path / "e.zip").write_bytes(zipped({"y.ipynb": b"y"}))
    found = as_dict(unpack(tmp_path, tmp_path / "a"))
    assert found == {
        "a/x.ipynb": b"a/x.ipynb",
        "b/report.pdf": None,
        "c.ipynb": b"c.ipynb",
        "d/": None,
        "e.zip/y.ipynb": b"y",
    }


@pytest.mark.skipif(sys.platform == "win32", reason="links need a privilege there")
def test_links_in_a_folder_are_not_followed(tmp_path):
    (tmp_path / "secret").mkdir()
    (tmp_path / "secret" / "x.ipynb").write_bytes(b"secret")
    (tmp_path / "class").mkdir()
    (tmp_path / "class" / "a.ipynb").symlink_to(tmp_path / "secret" / "x.ipynb")
    (tmp_path / "class" / "b").symlink_to(tmp_path / "secret", target_is_directory=True)
    assert as_dict(unpack(tmp_path / "class", tmp_path)) == {"a.ipynb": LINK, "b": LINK}


def test_a_single_notebook_is_taken(tmp_path):
    (tmp_path / "x.ipynb").write_bytes(b"x")
    assert unpack(tmp_path / "x.ipynb", tmp_path) == [Item(("x.ipynb",), tmp_path / "x.ipynb")]


def test_a_zip_is_unpacked_with_the_zips_in_it(listed):
    inner = zipped({"homework/03.ipynb": b"three", "__MACOSX/homework/._03.ipynb": b"junk", "notes.txt": b"text"})
    content = zipped({"Wei Wang/hw.zip": inner, "Ana/x.ipynb": b"x", "Ana/.ipynb_checkpoints/x.ipynb": b"old"})
    assert listed(content) == {
        "Wei Wang/hw.zip/homework/03.ipynb": b"three",
        "Wei Wang/hw.zip/notes.txt": None,
        "Ana/x.ipynb": b"x",
    }


def test_the_courses_own_solutions_are_no_attempt(listed):
    found = listed(zipped({"course/notebooks/03.ipynb": b"3", "course/notebooks/solutions/03.ipynb": b"solution"}))
    assert found == {"course/notebooks/03.ipynb": b"3", "course/notebooks/solutions/03.ipynb": None}


@pytest.mark.parametrize(
    ("name", "encoding"),
    [("李小龙", "utf-8"), ("李小龙", "gb18030"), ("Zoë", "utf-8"), ("Zoë", "cp437"), ("O'Brien", "ascii")],
)
def test_names_are_read_in_the_encodings_of_three_systems(listed, name, encoding):
    """Without the flag that says UTF-8; `zipfile` writes none for ASCII, and as many bytes are put in its place."""
    written = f"{name}.ipynb".encode(encoding)
    stand_in = "x" * len(written)
    assert listed(zipped({stand_in: b"content"}).replace(stand_in.encode(), written)) == {f"{name}.ipynb": b"content"}


def test_names_of_a_mac_are_composed(listed):
    assert list(listed(zipped({"Jose\u0301.ipynb": b"x"}))) == ["Jos\u00e9.ipynb"]


@pytest.mark.parametrize(
    "name", ["../outside.ipynb", "/tmp/x.ipynb", "a/../../x.ipynb", "C:/x.ipynb", "..\\x.ipynb", "\\\\server\\x.ipynb"]
)
def test_a_path_that_leads_out_is_refused_and_nothing_written(listed, name):
    with pytest.raises(CourseError, match="has a file in it whose path leads out of the zip"):
        listed(zipped({"a.ipynb": b"a", name: b"x"}))
    found = listed(zipped({"Eve.zip": zipped({"a.ipynb": b"a", name: b"x"}), "Ana.ipynb": b"x"}))
    assert "leads out of the zip" in found["Eve.zip"]
    assert found == {"Eve.zip": found["Eve.zip"], "Ana.ipynb": b"x"}


def test_a_link_in_a_zip_is_not_followed(listed):
    link = zipfile.ZipInfo("a.ipynb")
    link.create_system, link.external_attr = 3, (stat.S_IFLNK | 0o777) << 16
    data = io.BytesIO()
    with zipfile.ZipFile(data, "w") as archive:
        archive.writestr(link, "/etc/passwd")
        archive.writestr("b.ipynb", "b")
    assert listed(data.getvalue()) == {"a.ipynb": LINK, "b.ipynb": b"b"}


def test_a_zip_bomb_is_refused_and_the_others_are_unpacked(listed, monkeypatch):
    monkeypatch.setattr(unpacking, "OF_A_STUDENT", 3_000_000)
    bomb = zipped({f"{number}.ipynb": bytes(1_000_000) for number in range(4)})
    within = zipped({f"{number}.zip": zipped({"x.ipynb": bytes(1_000_000)}) for number in range(4)})
    found = listed(zipped({"Eve.zip": bomb, "Eva.zip": within, "Ana.zip": zipped({"x.ipynb": b"x"})}))
    sentence = "unpacks to far more than notebooks need: is it a zip bomb?"
    assert found["Eve.zip"] == sentence
    assert found["Eva.zip"] == sentence
    assert found["Ana.zip/x.ipynb"] == b"x"


def test_what_a_whole_class_may_unpack_to_is_limited(listed, monkeypatch):
    monkeypatch.setattr(unpacking, "OF_A_CLASS", 3_000_000)
    with pytest.raises(CourseError, match="is it a zip bomb"):
        listed(zipped({f"{number}.ipynb": bytes(1_000_000) for number in range(4)}))


def test_one_large_file_in_a_zip_is_refused_whatever_length_it_states(listed, monkeypatch):
    monkeypatch.setattr(unpacking, "LARGEST", 2_000_000)
    content = zipped({"a.ipynb": bytes(2_000_001), "b.ipynb": b"b"})
    assert listed(content) == {"a.ipynb": "is larger than 2 MB: clear the outputs first", "b.ipynb": b"b"}
    # a stated length of 5 bytes: what goes on after them does not fit its checksum
    lied = content.replace((2_000_001).to_bytes(4, "little"), (5).to_bytes(4, "little"))
    assert listed(lied)["a.ipynb"].startswith("is damaged within the zip: ")


def test_zips_in_zips_in_zips_end_somewhere(listed):
    content = zipped({"x.ipynb": b"x"})
    for _ in range(5):
        content = zipped({"y.zip": content})
    sentence = "lies in more than 3 zips, one inside the other: hand in the notebook itself"
    assert listed(content) == {"y.zip/y.zip/y.zip/y.zip": sentence}


def test_damage_is_told(listed):
    content = bytearray(zipped({"a.ipynb": bytes(range(256)) * 20, "b.ipynb": b"b"}))
    content[60:70] = b"damaged..."
    found = listed(bytes(content))
    assert found["a.ipynb"].startswith("is damaged within the zip: ")
    assert found["b.ipynb"] == b"b"
    found = listed(zipped({"Ana.zip": b"PK\x03\x04 cut off", "Ben.ipynb": b"b"}))
    assert found == {"Ana.zip": "is a damaged zip: File is not a zip file", "Ben.ipynb": b"b"}


def test_a_locked_notebook_is_told(listed):
    content = bytearray(zipped({"a.ipynb": b"a"}))
    for signature, place in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):
        content[content.index(signature) + place] |= 1
    assert listed(bytes(content)) == {"a.ipynb": "is locked by a password: hand it in without one"}


def test_a_zip_with_very_many_files_is_refused(listed, monkeypatch):
    monkeypatch.setattr(unpacking, "FILES", 3)
    with pytest.raises(CourseError, match="has 4 files in it: at most 3 are unpacked"):
        listed(zipped({f"{number}.ipynb": b"" for number in range(4)}))


def test_a_notebooks_time_is_the_platforms(tmp_path):
    info = zipfile.ZipInfo("a.ipynb", (2025, 3, 4, 5, 6, 8))
    with zipfile.ZipFile(tmp_path / "a.zip", "w") as archive:
        archive.writestr(info, "a")
        archive.writestr(zipfile.ZipInfo("b.ipynb", (1980, 0, 0, 0, 0, 0)), "b")  # none
    (tmp_path / "unpacked").mkdir()
    first, second = unpack(tmp_path / "a.zip", tmp_path / "unpacked")
    assert time.localtime(first.file.stat().st_mtime)[:6] == (2025, 3, 4, 5, 6, 8)
    assert second.file.read_bytes() == b"b"


def test_what_is_neither_folder_nor_zip_is_refused(tmp_path):
    (tmp_path / "class.rar").write_bytes(b"Rar!")
    (tmp_path / "class.zip").write_bytes(b"no zip")
    with pytest.raises(CourseError, match=r"class.rar is neither a folder nor a zip: unpack it"):
        unpack(tmp_path / "class.rar", tmp_path)
    with pytest.raises(CourseError, match=r"class.zip is neither a folder nor a zip"):
        unpack(tmp_path / "class.zip", tmp_path)
    with pytest.raises(CourseError, match=r"no such folder or zip: .*missing"):
        unpack(tmp_path / "missing", tmp_path)
