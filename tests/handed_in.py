"""Made submissions, for the tests and the benchmark: a lesson's notebook with answers in it, and a class's zip."""

import ast
import inspect
import io
import json
import zipfile
from collections.abc import Mapping
from pathlib import Path

from tests.checks import gram

ROOT = Path(__file__).resolve().parents[1]


def lesson(name: str = "03_gram_matrices") -> dict:
    """Return a lesson's notebook without outputs."""
    return _notebook(ROOT / "notebooks" / f"{name}.ipynb")


def solutions(name: str = "03_gram_matrices") -> dict[str, str]:
    """Return the source of each exercise's solution, its check included."""
    cells = _notebook(ROOT / "notebooks" / "solutions" / f"{name}.ipynb")["cells"]
    sources = [cell["source"] for cell in cells if cell["cell_type"] == "code"]
    return {found: source for source in sources if (found := checked(source))}


def wrong_answers() -> dict[str, list[tuple[str, str]]]:
    """Return the usual wrong answers to lesson 3's exercises, as sources, each with a part of its verdict."""
    tree = ast.parse(Path(gram.__file__).read_text("utf-8"))
    *helpers, table = [node for node in tree.body if isinstance(node, (ast.FunctionDef, ast.Assign))]
    shared = ["import numpy as np", inspect.getsource(gram.flat), inspect.getsource(gram.square)]
    before = "\n\n".join([*shared, *map(ast.unparse, helpers)])
    found = {}
    for name, pairs in zip(table.value.keys, table.value.values, strict=True):
        found[name.value] = [
            (
                f"{before}\n\ndef {name.value}({ast.unparse(pair.elts[0].args)}):\n"
                f"    return {ast.unparse(pair.elts[0].body)}\n\nchecks.{name.value}({name.value})",
                pair.elts[1].value,
            )
            for pair in pairs.elts
        ]
    return found


def answered(answers: Mapping[str, str], name: str = "03_gram_matrices") -> dict:
    """Return a lesson in which the cells of some exercises have other sources."""
    notebook = lesson(name)
    for cell in notebook["cells"]:
        if cell["cell_type"] == "code" and checked(cell["source"]) in answers:
            cell["source"] = answers[checked(cell["source"])]
    return notebook


def checked(source: str) -> str | None:
    """Return the exercise that a cell checks."""
    lines = [line for line in source.splitlines() if line.startswith("checks.") and not line.startswith("checks.summ")]
    return lines[-1].removeprefix("checks.").partition("(")[0] if lines else None


def packed(notebook: dict) -> bytes:
    """Return a notebook as Jupyter writes it."""
    return json.dumps(notebook, indent=1, ensure_ascii=False).encode()


def zipped(files: Mapping[str, bytes]) -> bytes:
    """Return a zip."""
    data = io.BytesIO()
    with zipfile.ZipFile(data, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in files.items():
            archive.writestr(name, content)
    return data.getvalue()


def _notebook(path: Path) -> dict:
    notebook = json.loads(path.read_text("utf-8"))
    for cell in notebook["cells"]:
        cell["source"] = "".join(cell["source"])
        if cell["cell_type"] == "code":
            cell |= {"outputs": [], "execution_count": None}
    return notebook
