"""The notebooks' form; that their cells still give the stored outputs, nbval checks beside these tests."""

import json
from pathlib import Path

import nbformat
import pytest

from tests.notebooks.lint import complaints, ignored_cells
from tests.notebooks.tolerance import KEY, TOLERANCE

ROOT = Path(__file__).resolve().parents[2]
NOTEBOOKS = sorted(p for p in (ROOT / "notebooks").rglob("*.ipynb") if ".ipynb_checkpoints" not in p.parts)


def read(path):
    return json.loads(path.read_text("utf-8"))


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.relative_to(ROOT / "notebooks").as_posix())
def test_form(path):
    nbformat.validate(nbformat.read(path, 4))
    assert complaints(read(path), path) == []


@pytest.mark.parametrize("path", [p for p in NOTEBOOKS if p.parent.name == "notebooks"], ids=lambda path: path.stem)
def test_a_lesson_has_its_parts(path):
    text = "\n".join("".join(cell["source"]) for cell in read(path)["cells"])
    for part in ("**Time**", "**Prerequisites**", "**Cost**", "Predict", "Key points", "Three questions", "Key terms"):
        assert part in text, part
    assert text.count("<details>") == text.count("</details>") >= 3


def test_cells_excused_from_comparison_are_rare():
    ignored, code = (sum(counts) for counts in zip(*(ignored_cells(read(path)) for path in NOTEBOOKS), strict=True))
    assert ignored <= 0.1 * code


def test_cells_with_a_tolerance_of_their_own_are_rare_and_it_is_a_part_of_the_number():
    cells = [cell for path in NOTEBOOKS for cell in read(path)["cells"] if cell["cell_type"] == "code"]
    own = [cell["metadata"][KEY] for cell in cells if KEY in cell["metadata"]]
    assert all(isinstance(each, float) and TOLERANCE < each < 1 for each in own)
    assert len(own) <= 0.05 * len(cells)


def broken(change):
    notebook = read(NOTEBOOKS[0])
    change(notebook["cells"])
    return " ".join(complaints(notebook, NOTEBOOKS[0]))


def first(cells, kind):
    return next(cell for cell in cells if cell["cell_type"] == kind)


def figure(cells):
    outputs = [output for cell in cells if cell["cell_type"] == "code" for output in cell["outputs"]]
    return next(output for output in outputs if "image/png" in output.get("data", {}))["data"]


@pytest.mark.parametrize(
    ("change", "complaint"),
    [
        (lambda cells: first(cells, "code").update(execution_count=None), "not executed in order"),
        (lambda cells: first(cells, "code").update(source="x\n" * 9), "more than 8 lines"),
        (lambda cells: cells[-4:][0].update(source="# Again"), "one H1"),
        (lambda cells: cells[1].update(source="#### Deep"), "more than a level above"),
        (lambda cells: cells[0]["metadata"].clear(), "no slide type"),
        (lambda cells: first(cells, "code").update(source="open('/home/me/x')"), "absolute path"),
        (lambda cells: first(cells, "code").update(source="f();"), "semicolon"),
        (lambda cells: first(cells, "code").update(source="import matplotlib"), "draws by itself"),
        (lambda cells: cells[1].update(source="![](../data/README.md)"), "without a text alternative"),
        (lambda cells: cells[1].update(source="[text](nowhere.ipynb)"), "does not exist"),
        (lambda cells: figure(cells).update({"text/plain": "<Figure>"}), "a figure without a text alternative"),
        (
            lambda cells: first(cells, "code")["outputs"].append({"output_type": "error"}),
            "holds an error",
        ),
    ],
)
def test_the_lint_notices(change, complaint):
    assert complaint in broken(change)
