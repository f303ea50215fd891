import subprocess
import sys
from pathlib import Path

import nbformat
import pytest
from nbformat.v4 import new_code_cell, new_notebook, new_output

from course_utils.__main__ import main
from course_utils.cli.progress import WIDTH

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture
def lessons(tmp_path):
    """Two lessons and a damaged one: nothing tried in lesson 0, one of five solved in lesson 3."""
    said = {
        "my_gram_matrix": "correct",
        "my_style_distance": "a word, " * 20,
        "covariance_gradient": "not written yet",
    }
    cells = [
        new_code_cell(f"checks.{a}({a})", outputs=[new_output("stream", text=f"{a}: {b}\n")]) for a, b in said.items()
    ]
    nbformat.write(new_notebook(cells=cells), tmp_path / "03_gram_matrices.ipynb")
    nbformat.write(new_notebook(), tmp_path / "00_start_here.ipynb")
    (tmp_path / "12_video.ipynb").write_text("{", "utf-8")
    return tmp_path


def test_a_line_for_each_lesson_and_below_it_what_is_open(lessons, capsys):
    assert main(["progress", "--folder", str(lessons)]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert lines[0] == "00_start_here     □      0 of 1"
    assert lines[1] == "03_gram_matrices  ■□□□□  1 of 5"
    assert lines[2].startswith("    2  my_style_distance    a word, a word, ") and lines[2].endswith(" …")
    assert lines[3] == "    3  covariance_gradient  not written yet"
    assert lines[4] == "    4  fool_the_statistics  not run yet"
    assert lines[6].startswith("12_video.ipynb is damaged; restore a copy of it: ")
    assert lines[7].startswith("1 of 6 exercises correct, going by what each check said when you last saved")
    assert len(lines) == 8 and max(map(len, lines)) <= WIDTH


def test_no_lessons_are_an_error_in_one_line(tmp_path, capsys):
    assert main(["progress", "--folder", str(tmp_path)]) == 2
    assert capsys.readouterr().err.startswith("error: no lessons in ")


def test_it_does_not_wait_for_tensorflow():
    code = "import sys; from course_utils.__main__ import main; main(['progress']); print('tensorflow' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, cwd=ROOT, encoding="utf-8")
    assert "of 68 exercises correct" in done.stdout and done.stdout.endswith("False\n"), done.stderr
