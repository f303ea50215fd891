import ast
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
MODULES = sorted((ROOT / "course_utils").rglob("*.py"))
# DESIGN: imports run one way, down this list; a module may use any later one
ORDER = [
    "studio",
    "monitor",
    "panels",
    "pictures",
    "views",
    "controls",
    "buttons",
    "lastrun",
    "kernel",
    "__main__",
    "terminal",
    "recipe",
    "many",
    "cost",
    "transfer",
    "stage",
    "plan",
    "schedule",
    "pyramid",
    "archive",
    "descent",
    "lbfgs",
    "preconditioner",
    "tiled",
    "objective",
    "gram",
    "features",
    "footprint",
    "pairs",
    "tiles",
    "precision",
    "recast",
    "scene",
    "colour",
    "masks",
    "colours",
    "networks",
    "reading",
    "optimisation",  # checks/, which imports nothing but its own verdict
    "verdict",
    "plots",
    "images",
    "files",
    "signals",
    "decoding",
    "samples",
    "options",
    "device",
    "errors",
]


@pytest.mark.parametrize("arguments", [["check"], ["format", "--check"]], ids=["lint", "format"])
def test_ruff_is_content(arguments):
    done = subprocess.run([sys.executable, "-m", "ruff", *arguments, ROOT], capture_output=True, text=True)
    assert done.returncode == 0, done.stdout


def test_the_top_level_holds_nothing_else():
    tracked = subprocess.run(["git", "ls-files"], cwd=ROOT, capture_output=True, text=True)
    if tracked.returncode:
        pytest.skip("not a git checkout")
    allowed = {
        *("README.md", "requirements.txt", "pyproject.toml", "LICENSE", ".gitignore", ".ci", ".github"),
        *("notebooks", "course_utils", "tests", "data"),
    }
    assert {name.split("/")[0] for name in tracked.stdout.splitlines()} <= allowed


@pytest.mark.parametrize("path", [path for path in MODULES if path.name != "__init__.py"], ids=lambda path: path.stem)
def test_imports_run_one_way(path):
    later = ORDER[ORDER.index(path.stem) + 1 :]
    for node in ast.walk(ast.parse(path.read_text("utf-8"))):
        if isinstance(node, ast.ImportFrom) and node.level:
            for module in [node.module] if node.module else [alias.name for alias in node.names]:
                assert module in later, f"{path.stem} imports {module}"


@pytest.mark.parametrize("path", MODULES, ids=lambda path: path.stem)
def test_a_module_is_read_in_one_sitting(path):
    assert len(path.read_text("utf-8").splitlines()) <= 260


def test_each_requirement_is_pinned_and_has_its_reason():
    lines = (ROOT / "requirements.txt").read_text("utf-8").splitlines()
    assert lines[-1] == "-e ."
    for line in lines[1:-1]:
        requirement, _, reason = line.partition("#")
        assert "==" in requirement, line
        assert reason.strip(), line
