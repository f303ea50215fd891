"""Lessons are compared within a tolerance, and no further: what must pass does, and what must fail does."""

import os
import re
import subprocess
import sys
from pathlib import Path

import nbformat
import pytest

from tests.notebooks.tolerance import TOLERANCE, agree

ROOT = Path(__file__).resolve().parents[2]


@pytest.mark.parametrize(
    ("stored", "computed"),
    [
        ("0.62", "0.61"),  # what lesson 9 printed on two processors
        ("100.0", "102.9"),  # 2.9 % of the larger
        ("loss 1.50e-05 after 20 steps", "loss 1.53e-05 after 20 steps"),
        ("1e-05", "2e-05"),  # each stands for half a unit more and less
        ("1.0", "0.99"),  # round(…, 2) leaves out the last 0
        ("-0.00", "0.00"),
        ("−0.25", "−0.26"),
        ("[ 0.5  -0.25]", "[0.51 -0.25]"),
        ("a 0.5\nb  12.75 ", "a 0.5\nb 12.8"),
        ("(0.5, 'conv4_2', 2.21.0)", "(0.5, 'conv4_2', 2.21.0)"),
    ],
)
def test_what_may_differ(stored, computed):
    assert agree(stored, computed, TOLERANCE)
    assert agree(computed, stored, TOLERANCE)


@pytest.mark.parametrize(
    ("stored", "computed"),
    [
        ("100.0", "103.3"),  # 3.2 %, and the rounding of the last digit is 0.1
        ("0.62", "0.59"),
        ("-0.62", "0.62"),
        ("1.5e-05", "1.5e-04"),
        ("20 steps", "21 steps"),
        ("20", "20.0"),
        ("0.62 better", "0.62 worse"),
        ("0.62", "nan"),
        ("0.62", "inf"),
        ("0.62\n0.5", "0.62"),
        ("0.62 0.5", "0.62\n0.5"),
        ("0.62", "0.62 0.62"),
        ("True", "False"),
        ("conv4_2", "conv4_1"),
        ("TensorFlow 2.21.0", "TensorFlow 2.22.0"),
        ("{'a': 0.5}", "{'b': 0.5}"),
    ],
)
def test_what_may_not(stored, computed):
    assert not agree(stored, computed, TOLERANCE)
    assert not agree(computed, stored, TOLERANCE)


def cell(code, stored, **metadata):
    made = nbformat.v4.new_code_cell(code, metadata=metadata)
    made.outputs = [nbformat.v4.new_output("stream", name="stdout", text=stored)]
    return made


CELLS = {
    "off by less": (cell("print('loss', 0.613)", "loss 0.61\n"), "passed"),
    "off by more": (cell("print('loss', 0.68)", "loss 0.61\n"), "failed"),
    "off by more, as its metadata allow": (cell("print('loss', 0.68)", "loss 0.61\n", tolerance=0.2), "passed"),
    "another word": (cell("print('gain', 0.61)", "loss 0.61\n"), "failed"),
    "another whole number": (cell("print('step', 3)", "step 2\n"), "failed"),
    "a line too few": (cell("print('loss', 0.61)", "loss 0.61\nloss 0.5\n"), "failed"),
    "not a number": (cell("print('loss', float('nan'))", "loss 0.61\n"), "failed"),
    "an answer": (
        nbformat.v4.new_code_cell("0.613", outputs=[nbformat.v4.new_output("execute_result", {"text/plain": "0.61"})]),
        "passed",
    ),
}


def test_nbval_compares_so_under_our_settings(tmp_path):
    """The plugin at work: a notebook whose stored outputs are right and wrong, cell by cell."""
    cells = [each for each, _ in CELLS.values()]
    for number, each in enumerate(cells, 1):
        each.execution_count = number
    nbformat.write(nbformat.v4.new_notebook(cells=cells), tmp_path / "x.ipynb")
    done = subprocess.run(
        [sys.executable, "-m", "pytest", "-n0", "-v", "-c", ROOT / "pyproject.toml", tmp_path / "x.ipynb"],
        cwd=tmp_path,
        env=os.environ | {"PYTHONPATH": str(ROOT)},
        capture_output=True,
        encoding="utf-8",
    )
    outcomes = re.findall(r"::Cell \d+ (PASSED|FAILED)", done.stdout)
    assert dict(zip(CELLS, map(str.lower, outcomes), strict=True)) == {name: word for name, (_, word) in CELLS.items()}
