import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]


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


def test_each_requirement_is_pinned_and_has_its_reason():
    lines = (ROOT / "requirements.txt").read_text("utf-8").splitlines()
    assert lines[-1] == "-e ."
    for line in lines[1:-1]:
        requirement, _, reason = line.partition("#")
        assert "==" in requirement, line
        assert reason.strip(), line
