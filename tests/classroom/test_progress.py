import json
from pathlib import Path

import nbformat
import pytest
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook, new_output

from course_utils.classroom import read_progress
from course_utils.errors import CourseError
from course_utils.exercises import EXERCISES, NOT_RUN, NOT_WRITTEN

NOTEBOOKS = Path(__file__).resolve().parents[2] / "notebooks"


def check(name, printed, source=None):
    """Make a cell that checks an attempt, with what was saved below it."""
    outputs = [new_output("stream", text=printed)] if printed else []
    return new_code_cell(source or f"def {name}(): ...\n\n\nchecks.{name}({name})", outputs=outputs)


def save(folder, name, *cells):
    folder.mkdir(exist_ok=True)
    nbformat.write(new_notebook(cells=list(cells)), folder / name)


def test_of_the_course_as_it_comes_nothing_is_solved():
    progress = read_progress(NOTEBOOKS)
    assert [int(each.path.name[:2]) for each in progress] == list(EXERCISES)
    for each, names in zip(progress, EXERCISES.values(), strict=True):
        assert each.verdicts == dict.fromkeys(names, NOT_WRITTEN) and each.right == 0


def test_of_the_solutions_everything_is():
    for each, names in zip(read_progress(NOTEBOOKS / "solutions"), EXERCISES.values(), strict=True):
        assert each.right == len(names)


def test_what_was_saved_is_read(tmp_path):
    save(
        tmp_path,
        "03_gram_matrices.ipynb",
        new_markdown_cell("checks.my_style_distance(x)"),
        check("my_gram_matrix", "a print of my own\nmy_gram_matrix: correct\n"),
        check("my_style_distance", "my_style_distance: not divided by ‖A‖²\n"),
        check("covariance_gradient", ""),
        check("covariance_gradient", "fool_the_statistics: correct\n"),
    )
    (progress,) = read_progress(tmp_path)
    assert progress.right == 1 and progress.trouble is None
    assert progress.verdicts == {
        "my_gram_matrix": "correct",
        "my_style_distance": "not divided by ‖A‖²",
        "covariance_gradient": NOT_RUN,
        "fool_the_statistics": NOT_RUN,
        "repaired_statistics": NOT_RUN,
    }


def test_of_two_checks_the_lower_one_counts(tmp_path):
    save(tmp_path, "00_mine.ipynb", check("advise", "advise: correct\n"), check("advise", "advise: other rows\n"))
    assert read_progress(tmp_path)[0].verdicts == {"advise": "other rows"}


def test_the_summary_is_no_verdict(tmp_path):
    save(tmp_path, "00_mine.ipynb", check("summary", "advise: correct\n", "checks.summary(lesson=0)"))
    assert read_progress(tmp_path)[0].verdicts == {"advise": NOT_RUN}


def test_the_folder_may_be_the_one_above_and_other_files_do_not_count(tmp_path):
    save(tmp_path / "notebooks", "03_gram_matrices-Copy1.ipynb")
    save(tmp_path / "notebooks", "77_mine.ipynb")
    save(tmp_path / "notebooks", "portfolio.ipynb")
    assert [each.path.name for each in read_progress(tmp_path)] == ["03_gram_matrices-Copy1.ipynb"]


def test_without_a_folder_the_current_one_counts_and_then_the_course(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    assert read_progress(None)[0].path.parent == NOTEBOOKS
    save(tmp_path / "notebooks", "05_gradient_descent.ipynb")
    assert [each.path.name for each in read_progress(None)] == ["05_gradient_descent.ipynb"]


@pytest.mark.parametrize(
    ("content", "trouble"),
    [
        (b"", "is damaged"),
        (b"\xff\xfe", "is damaged"),
        (b"<<<<<<< HEAD\n{}", "is damaged"),
        (b'{"cells": [', "is damaged"),
        (b'{"worksheets": []}', "its cells are not those of a notebook"),
        (b'{"cells": 3}', "its cells are not those of a notebook"),
        (b'{"cells": [3]}', "its cells are not those of a notebook"),
        (b"[" * 100_000, "its cells are not those of a notebook"),
    ],
)
def test_a_damaged_notebook_is_one_trouble_and_the_others_are_read(tmp_path, content, trouble):
    (tmp_path / "03_gram_matrices.ipynb").write_bytes(content)
    save(tmp_path, "00_start_here.ipynb", check("advise", "advise: correct\n"))
    good, bad = read_progress(tmp_path)
    assert good.right == 1
    assert trouble in bad.trouble and not bad.verdicts and "\n" not in bad.trouble


def test_a_folder_that_is_no_file_is_a_trouble(tmp_path):
    (tmp_path / "03_gram_matrices.ipynb").mkdir()
    assert "cannot be read" in read_progress(tmp_path)[0].trouble


@pytest.mark.parametrize("folder", ["empty", "missing"])
def test_no_lessons(tmp_path, folder):
    (tmp_path / "empty").mkdir()
    with pytest.raises(CourseError, match="no lessons in "):
        read_progress(tmp_path / folder)


def test_a_large_notebook_is_read_too(tmp_path):
    picture = {"output_type": "display_data", "data": {"image/png": "A" * 30_000_000}, "metadata": {}}
    cell = {"cell_type": "code", "source": ["checks.advise(a)"], "metadata": {}, "execution_count": 1}
    cell["outputs"] = [picture, {"output_type": "stream", "name": "stdout", "text": ["advise: correct\n"]}]
    (tmp_path / "00_start_here.ipynb").write_text(json.dumps({"cells": [cell]}), "utf-8")
    assert read_progress(tmp_path)[0].right == 1
