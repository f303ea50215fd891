"""How the house stands: imports run one way, rooms are entered through their doors, tests keep out of the drawers."""

import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
LINT = "import sys; from importlinter.cli import lint_imports; sys.exit(lint_imports(no_cache=True, no_logo=True))"
# Python's own names, and IPython's: they begin with an underscore and are meant to be used
PROTOCOLS = {"_exit", "_replace", "_repr_mimebundle_"}


def linted(folder: Path) -> subprocess.CompletedProcess:
    return subprocess.run([sys.executable, "-c", LINT], cwd=folder, capture_output=True, encoding="utf-8")


def test_the_contracts_of_pyproject_are_kept():
    done = linted(ROOT)
    assert done.returncode == 0, done.stdout + done.stderr


@pytest.mark.parametrize(
    ("path", "line", "contract"),
    [
        ("run/plan.py", "from ..studio import Studio", "Imports run one way BROKEN"),
        ("gram.py", "from .optimizers import LBFGS", "Imports run one way BROKEN"),
        ("spare.py", "", "not listed as layers: - course_utils.spare"),
        ("optimizers/arrays.py", "from .lbfgs import Pairs", "Within a room, too, nothing runs in a circle BROKEN"),
        (
            "objective.py",
            "import tensorflow",
            "TensorFlow is imported in one place BROKEN",
        ),
        ("cost.py", "from .networks.precision import WORTH", "The room networks is entered through its door BROKEN"),
    ],
    ids=["upwards", "to a neighbour", "no layer", "in a circle", "TensorFlow", "through the window"],
)
def test_an_import_that_is_not_allowed_is_noticed(tmp_path, path, line, contract):
    shutil.copytree(ROOT / "course_utils", tmp_path / "course_utils", ignore=shutil.ignore_patterns("__pycache__"))
    shutil.copy(ROOT / "pyproject.toml", tmp_path)
    with (tmp_path / "course_utils" / path).open("a", encoding="utf-8") as file:
        file.write(f"\n{line}\n")
    done = linted(tmp_path)
    assert done.returncode == 1
    assert contract in " ".join(done.stdout.split()), done.stdout


def test_the_front_holds_lessons_modules_and_rooms_and_nothing_else():
    rooms = {path.name for path in (ROOT / "course_utils").iterdir() if path.is_dir() and path.name != "__pycache__"}
    lent = {"clips", "feedforward", "motion", "networks", "optimizers", "run", "storage", "tiling"}
    assert rooms == {"checks", "classroom", "cli", "studio", *lent}
    assert all((ROOT / "course_utils" / room / "__init__.py").read_text("utf-8").startswith('"""') for room in rooms)


@pytest.mark.parametrize("path", sorted((ROOT / "tests").rglob("*.py")), ids=lambda path: path.name)
def test_tests_reach_no_inner_names(path):
    inner = (
        re.findall(r"(?<!self)\.(_[a-z]\w*)", path.read_text("utf-8")) if path.name != "test_architecture.py" else []
    )
    assert set(inner) <= PROTOCOLS


@pytest.mark.parametrize("path", sorted((ROOT / "tests").rglob("test_*.py")), ids=lambda path: path.name)
def test_tests_stand_where_what_they_test_does(path):
    """tests/studio/test_controls.py tests course_utils/studio/controls.py; what concerns several is in across/."""
    place, name = path.relative_to(ROOT / "tests").parent, path.stem.removeprefix("test_")
    if place.name in ("across", "notebooks"):
        return
    tested = ROOT / "course_utils" / place / name
    assert tested.with_suffix(".py").is_file() or (tested / "__init__.py").is_file()
