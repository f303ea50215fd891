"""What a report folder remembers, and whose files are written, refused and removed."""

import json
import sys

import pytest

from course_utils.classroom import kept as module
from course_utils.classroom.grading import Graded, Mark
from course_utils.classroom.kept import NAME, Kept
from course_utils.errors import CourseError
from course_utils.storage import written_whole

GRADED = Graded((Mark("my_gram_matrix", "correct"), Mark("my_style_distance", "not divided by ‖A‖²")), "tried", 1.5)


def files(folder):
    return {
        str(path.relative_to(folder).as_posix()): path.read_bytes()
        for path in folder.rglob("*")
        if path.is_file() and path.name != NAME
    }


def test_marks_are_kept_from_one_run_to_the_next(tmp_path):
    kept = Kept(tmp_path / "grades")
    assert not (tmp_path / "grades").exists()
    kept.keep("a", GRADED)
    again = Kept(tmp_path / "grades")
    assert again.get("a") == GRADED
    assert again.get("b") is None


def test_a_report_is_written_and_what_it_lacks_the_next_time_is_removed(tmp_path):
    (tmp_path / "mine.txt").write_bytes(b"mine")
    Kept(tmp_path).write({"grades.csv": b"1", "feedback/Ana.html": b"Ana", "feedback/Ben.html": b"Ben"})
    Kept(tmp_path).write({"grades.csv": b"2", "feedback/Ana.html": b"Ana"})
    assert files(tmp_path) == {"grades.csv": b"2", "feedback/Ana.html": b"Ana", "mine.txt": b"mine"}


@pytest.mark.parametrize("name", ["grades.csv", "feedback/Ana.html"])
def test_a_foreign_file_is_not_overwritten(tmp_path, name):
    (tmp_path / "feedback").mkdir()
    (tmp_path / name).write_bytes(b"mine")
    with pytest.raises(CourseError, match=f"{name} is not from an earlier report: move it away"):
        Kept(tmp_path).write({"grades.csv": b"1", "feedback/Ana.html": b"Ana"})
    assert files(tmp_path) == {name: b"mine"}


def test_a_folder_or_a_link_in_a_files_place_is_not_written(tmp_path):
    (tmp_path / "grades.csv").mkdir()
    with pytest.raises(CourseError, match=r"grades.csv is not from an earlier report"):
        Kept(tmp_path).check(["grades.csv"])


@pytest.mark.skipif(sys.platform == "win32", reason="links need a privilege there")
def test_a_link_is_not_written_through(tmp_path):
    Kept(tmp_path / "grades").write({"grades.csv": b"1"})
    (tmp_path / "elsewhere").write_bytes(b"1")
    (tmp_path / "grades" / "grades.csv").unlink()
    (tmp_path / "grades" / "grades.csv").symlink_to(tmp_path / "elsewhere")
    with pytest.raises(CourseError, match="was changed since it was written"):
        Kept(tmp_path / "grades").write({"grades.csv": b"2"})
    assert (tmp_path / "elsewhere").read_bytes() == b"1"


def test_what_the_instructor_has_changed_is_neither_overwritten_nor_removed(tmp_path):
    Kept(tmp_path).write({"grades.csv": b"1", "feedback/Ana.html": b"Ana"})
    (tmp_path / "grades.csv").write_bytes(b"1, with my remarks")
    (tmp_path / "feedback" / "Ana.html").write_bytes(b"Ana, with my remarks")
    with pytest.raises(CourseError, match=r"grades.csv was changed since it was written: move it away"):
        Kept(tmp_path).check(["grades.csv"])
    Kept(tmp_path).write({})
    assert files(tmp_path) == {"grades.csv": b"1, with my remarks", "feedback/Ana.html": b"Ana, with my remarks"}


def test_a_report_is_not_replaced_by_one_that_lacks_its_lesson(tmp_path):
    folder = tmp_path / "grades"
    Kept(folder).write({"grades.csv": b"3"}, [3])
    Kept(folder).write({"grades.csv": b"3 again"}, [3])
    with pytest.raises(CourseError, match="grades holds the report of lesson 3: choose another folder with -o"):
        Kept(folder).check(["grades.csv"], [4])
    Kept(folder).write({"grades.csv": b"3 and a stray one"}, [3, 4])
    with pytest.raises(CourseError, match="grades holds the report of lessons 3 and 4: choose another folder"):
        Kept(folder).write({"grades.csv": b"4"}, [4])
    assert files(folder) == {"grades.csv": b"3 and a stray one"}


def test_a_run_that_dies_while_it_writes_can_be_repeated(tmp_path, monkeypatch):
    def dying(path):
        return sys.exit("killed") if path.name == "b" else written_whole(path)

    Kept(tmp_path).write({"a": b"1", "b": b"1"})
    with monkeypatch.context() as patched, pytest.raises(SystemExit):
        patched.setattr(module, "written_whole", dying)
        Kept(tmp_path).write({"a": b"2", "b": b"2"})
    assert files(tmp_path) == {"a": b"2", "b": b"1"}
    Kept(tmp_path).write({"a": b"3", "b": b"3"})
    assert files(tmp_path) == {"a": b"3", "b": b"3"}


def test_a_file_in_the_folders_place_is_told(tmp_path):
    (tmp_path / "grades").write_text("a file")
    with pytest.raises(CourseError, match="grades is a file: give the name of a folder"):
        Kept(tmp_path / "grades")


@pytest.mark.parametrize(
    "content", ["", "{", "[]", "{}", json.dumps({"format": 2, "lessons": [], "graded": {}, "written": {}}), "12"]
)
def test_a_damaged_memory_is_told(tmp_path, content):
    (tmp_path / NAME).write_text(content)
    with pytest.raises(CourseError, match="is damaged or not ours: choose another folder"):
        Kept(tmp_path)


def test_a_file_that_cannot_be_written_is_told(tmp_path):
    Kept(tmp_path).write({"grades.csv": b"1"})
    (tmp_path / "feedback").write_text("a file, where a folder is needed")
    with pytest.raises(CourseError, match=r"cannot write .*Ana.html: .*; close it if it is open in another program"):
        Kept(tmp_path).write({"grades.csv": b"2", "feedback/Ana.html": b"Ana"})
