"""The table of exercises is the notebooks' own."""

import re
from pathlib import Path

import nbformat
import pytest

from course_utils.exercises import EXERCISES

NOTEBOOKS = sorted((Path(__file__).resolve().parents[1] / "notebooks").glob("*.ipynb"))


def test_the_table_has_every_lesson():
    assert list(EXERCISES) == [int(path.name[:2]) for path in NOTEBOOKS]


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
def test_the_table_is_the_notebooks_own(path):
    """The same checkers in the same order, below headings numbered 1, 2, …"""
    text = "\n".join(cell.source for cell in nbformat.read(path, 4).cells)
    names = tuple(re.findall(r"^checks\.(?!summary)(\w+)\(", text, re.M))
    assert names == EXERCISES[int(path.name[:2])]
    numbers = re.findall(r"^#+ Exercise ?(\d*)", text, re.M)
    assert [int(number or 1) for number in numbers] == list(range(1, len(names) + 1))
