"""`python -m course_utils grade`: what is graded, kept, told, refused and interrupted, by a made-up grader."""

import argparse
import contextlib
import csv
import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from course_utils import __main__ as program
from course_utils.classroom.grading import Graded, Limits, Mark
from course_utils.cli import grade as command
from course_utils.errors import CourseError, OptionError
from tests.handed_in import ROOT, answered, lesson, packed, solutions

RIGHT = solutions()


class Grader:
    """Says "correct" of each exercise in which a solution stands; counts what it was asked."""

    def __init__(self):
        self.asked, self.limits = 0, None

    def __call__(self, notebook, lesson, limits):
        self.asked, self.limits = self.asked + 1, limits
        sources = {cell.source for cell in notebook.cells}
        if "1 / 0" in sources:
            raise ZeroDivisionError("division by zero")
        return Graded(
            tuple(
                Mark(each.name, "correct" if RIGHT.get(each.name) in sources else "not written yet")
                for each in lesson.exercises
            ),
            None,
            0.1,
        )


@pytest.fixture
def handed_in(tmp_path, monkeypatch):
    """Make a folder `class` with three students' notebooks in the current folder."""
    monkeypatch.chdir(tmp_path)
    folder = tmp_path / "class"
    folder.mkdir()
    (folder / "Ana.ipynb").write_bytes(packed(answered(RIGHT)))
    (folder / "Ben.ipynb").write_bytes(packed(lesson()))
    (folder / "李 小龙.ipynb").write_bytes(packed(answered({"my_gram_matrix": RIGHT["my_gram_matrix"]})))
    return folder


def run(grader, *arguments):
    parser = argparse.ArgumentParser()
    command.add_arguments(parser)
    return command.grade(parser.parse_args(list(arguments)), grader)


def points(report="grades"):
    with Path(report, "grades.csv").open(encoding="utf-8-sig", newline="") as file:
        return {row["student"]: (row["points"], row["of"]) for row in csv.DictReader(file)}


def pages():
    return sorted(path.name for path in Path("grades", "feedback").iterdir())


def test_a_class_is_graded(handed_in, capsys):
    assert run(Grader(), "class") == 0
    assert points() == {"Ana": ("5", "5"), "Ben": ("0", "5"), "李 小龙": ("1", "5")}
    told = capsys.readouterr()
    assert told.out == f"students: 3, notebooks graded: 3 of 3, report: {Path('grades', 'grades.html')}\n"
    assert "grading 3/3" in told.err


def test_the_bar_counts_equal_notebooks_as_the_end_does(handed_in, capsys):
    for student in ("Cy", "Di"):
        (handed_in / f"{student}.ipynb").write_bytes(packed(answered(RIGHT)))
    grader = Grader()
    run(grader, "class")
    told = capsys.readouterr()
    assert grader.asked == 3
    assert "Cy: Cy.ipynb: the same file as Ana's, Di's\n" in told.out
    assert "notebooks graded: 5 of 5" in told.out
    assert "grading 5/5" in told.err


def test_next_weeks_lesson_does_not_replace_the_report(handed_in):
    run(Grader(), "class")
    for path in handed_in.iterdir():
        path.write_bytes(packed(lesson("04_objective")))
    grader = Grader()
    with pytest.raises(CourseError, match="grades holds the report of lesson 3: choose another folder with -o"):
        run(grader, "class")
    assert grader.asked == 0
    assert points()["Ana"] == ("5", "5")
    assert run(grader, "class", "-o", "week 4") == 0


def test_lessons_that_are_mixed_are_counted(handed_in, capsys):
    (handed_in / "Kim.ipynb").write_bytes(packed(lesson("04_objective")))
    run(Grader(), "class")
    assert capsys.readouterr().out.splitlines()[-1] == (
        "lesson 3: 3 students, lesson 4: 1: use --lesson 3, with another folder after -o, to grade one lesson only"
    )


def test_the_lessons_themselves_are_no_submissions(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    grader = Grader()
    with pytest.raises(CourseError, match="notebooks holds the lessons, not what students handed in"):
        run(grader, str(ROOT / "notebooks"))
    assert grader.asked == 0
    assert not (tmp_path / "grades").exists()


def test_only_what_has_changed_is_graded_again(handed_in, capsys):
    first = Grader()
    run(first, "class")
    (handed_in / "Ben.ipynb").write_bytes(packed(answered(RIGHT)))  # with the same cells as Ana's: graded once
    (handed_in / "Cy.ipynb").write_bytes(packed(answered({"my_style_distance": RIGHT["my_style_distance"]})))
    (handed_in / "李 小龙.ipynb").unlink()
    with_outputs = answered(RIGHT)
    with_outputs["cells"][2]["outputs"] = [{"output_type": "stream", "name": "stdout", "text": "other"}]
    (handed_in / "Ana.ipynb").write_bytes(packed(with_outputs))
    again = Grader()
    run(again, "class")
    assert (first.asked, again.asked) == (3, 1)
    assert points() == {"Ana": ("5", "5"), "Ben": ("5", "5"), "Cy": ("1", "5")}
    assert pages() == ["Ana.html", "Ben.html", "Cy.html"]
    assert "notebooks graded: 3 of 3" in capsys.readouterr().out


def test_other_limits_grade_again(handed_in):
    run(Grader(), "class")
    for options in (["--seconds", "60"], ["--memory", "1.5"]):
        again = Grader()
        run(again, "class", *options)
        assert again.asked == 3
    assert again.limits == Limits(seconds=120, memory=3 << 29)


def test_the_limits_are_those_of_the_grader_unless_others_are_given(handed_in):
    grader = Grader()
    run(grader, "class")
    assert grader.limits == Limits()


def test_a_trouble_is_a_line_and_the_others_are_graded(handed_in, capsys):
    (handed_in / "Kim.ipynb").write_bytes(b"%PDF")
    (handed_in / "Lu.docx").write_bytes(b"PK")
    (handed_in / "Ro.ipynb").write_bytes(packed(answered({"my_gram_matrix": "1 / 0"})))
    assert run(Grader(), "class") == 0
    assert capsys.readouterr().out.splitlines()[:-1] == [
        "Kim: Kim.ipynb is not a notebook: it is a PDF, named .ipynb",
        "Lu: Lu.docx is not a notebook: hand in the .ipynb file",
        "Ro: Ro.ipynb: the grading itself failed: ZeroDivisionError: division by zero",
    ]
    assert points()["Ana"] == ("5", "5")
    again = Grader()
    run(again, "class")
    assert again.asked == 1  # a failure is not kept


def test_one_lesson_is_picked(handed_in, capsys):
    (handed_in / "Kim.ipynb").write_bytes(packed(lesson("04_objective")))
    grader = Grader()
    run(grader, "class", "--lesson", "3")
    assert grader.asked == 3
    assert "Kim: Kim.ipynb belongs to lesson 4, not 3\n" in capsys.readouterr().out
    assert points()["Kim"] == ("0", "5")


def test_nothing_that_can_be_graded_is_an_error_with_a_report(handed_in, capsys):
    for path in handed_in.iterdir():
        path.write_bytes(b"%PDF")
    with pytest.raises(CourseError, match="nothing in class could be graded"):
        run(Grader(), "class")
    assert list(points()) == ["Ana", "Ben", "李 小龙"]
    assert len(capsys.readouterr().out.splitlines()) == 4


def test_nothing_handed_in_is_an_error(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "empty").mkdir()
    with pytest.raises(CourseError, match="nothing was handed in: empty is empty"):
        run(Grader(), "empty")
    with pytest.raises(CourseError, match="no such folder or zip: missing"):
        run(Grader(), "missing")
    with pytest.raises(CourseError, match="no such path: ~nobody-of-this-name/x"):
        run(Grader(), "~nobody-of-this-name/x")
    assert not (tmp_path / "grades").exists()


def test_foreign_files_in_the_reports_folder_are_refused_before_anything_is_graded(handed_in, tmp_path):
    grader = Grader()
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine" / "grades.csv").write_text("mine")
    with pytest.raises(CourseError, match=r"grades.csv is not from an earlier report"):
        run(grader, "class", "-o", "mine")
    with pytest.raises(CourseError, match=r"Ana.ipynb is a file: give the name of a folder"):
        run(grader, "class/Ben.ipynb", "-o", "class/Ana.ipynb")
    with pytest.raises(CourseError, match=r"cannot write .*kept.json"):
        run(grader, "class", "-o", "mine/grades.csv/grades")
    for inside in ("class", "class/grades"):
        with pytest.raises(OptionError, match="lies in class, and would be graded next time"):
            run(grader, "class", "-o", inside)
    assert grader.asked == 0


@pytest.mark.parametrize(
    "option", [("--workers", "0"), ("--seconds", "0"), ("--seconds", "nan"), ("--memory", "0.1"), ("--lesson", "77")]
)
def test_options_that_make_no_sense_are_refused(handed_in, option):
    with pytest.raises(CourseError, match=option[1]):
        run(Grader(), "class", *option)


def test_the_command_line_knows_it(capsys, tmp_path):
    assert program.main(["grade", str(tmp_path / "missing")]) == 2
    assert "error: no such folder or zip" in capsys.readouterr().err


# Ana's notebook is graded at once; every other is a program that never ends, until it is ended from outside.
ENDLESS = """
import signal, subprocess, sys
signal.signal(signal.SIGINT, signal.default_int_handler)  # it may be ignored where the tests run
PROGRAM = [sys.executable, "-c", "import time; time.sleep(3600)"]
from tests.cli import test_grade
class Grader(test_grade.Grader):
    def __call__(self, notebook, lesson, limits):
        marks = super().__call__(notebook, lesson, limits)
        if not all(mark.right for mark in marks.marks):
            subprocess.run(PROGRAM)
        return marks
try:
    sys.exit(test_grade.run(Grader(), *sys.argv[1:]))
except KeyboardInterrupt:
    sys.exit("not caught")
"""


@pytest.mark.skipif(sys.platform == "win32", reason="its signals end a program at once")
@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_signal_ends_it_with_a_table_and_the_same_command_goes_on(handed_in, tmp_path, number):
    environment = os.environ | {"PYTHONPATH": os.pathsep.join(sys.path)}
    command_line = [sys.executable, "-c", ENDLESS, "class"]
    with subprocess.Popen(command_line, stdout=subprocess.PIPE, env=environment, text=True) as process:
        while not graded(tmp_path / "grades" / "kept.json") and process.poll() is None:
            time.sleep(0.05)
        process.send_signal(number)
        out, _ = process.communicate()
    assert process.returncode == 128 + number
    assert out.splitlines() == [
        "students: 3, notebooks graded: 1 of 3, report: grades/grades.html",
        "interrupted: give the same command again to go on from here",
    ]
    assert points() == {"Ana": ("5", "5"), "Ben": ("", "5"), "李 小龙": ("", "5")}
    assert "not graded yet" in (tmp_path / "grades" / "grades.csv").read_text("utf-8-sig")
    assert pages() == ["Ana.html"]
    again = Grader()
    assert run(again, "class") == 0
    assert again.asked == 2
    assert points()["李 小龙"] == ("1", "5")
    assert "not graded yet" not in (tmp_path / "grades" / "grades.csv").read_text("utf-8-sig")


def graded(kept):
    with contextlib.suppress(OSError):
        return json.loads(kept.read_text("utf-8"))["graded"]
    return {}
