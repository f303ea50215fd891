import hashlib
import re
import shutil
import tomllib
from pathlib import Path, PurePosixPath

import pytest

from course_utils import samples as samples_module
from course_utils.images import load_image
from course_utils.samples import DATA, damaged_samples, samples

ROOT = Path(__file__).resolve().parents[1]


def table():
    rows = re.findall(r"^\| `([^`]+)` \|(.*)\| `([0-9a-f]{64})` \|$", (DATA / "README.md").read_text("utf-8"), re.M)
    return {name: digest for name, _, digest in rows}


def test_files_and_table_agree():
    kinds = ("content", "style", "networks", "video", "slides")
    paths = [path for kind in kinds for path in (DATA / kind).iterdir() if path.is_file()]
    files = {path.relative_to(DATA).as_posix(): path for path in paths}
    assert files.keys() == table().keys()
    assert len(files) == 16
    for name, path in files.items():
        assert hashlib.sha256(path.read_bytes()).hexdigest() == table()[name]


def test_a_wheel_holds_all_packages_and_what_the_table_names():
    """pyproject lists them, for data/ lies beside the package; `pip wheel` was tried by hand."""
    about = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["tool"]["setuptools"]
    packages = {".".join(path.parent.relative_to(ROOT).parts) for path in ROOT.glob("course_utils/**/__init__.py")}
    assert set(about["packages"]) == packages | {"course_utils.data"}
    assert about["package-dir"] == {"course_utils.data": "data"}
    patterns = about["package-data"]["course_utils.data"]
    for name in ["README.md", *table()]:
        assert any(PurePosixPath(name).match(pattern) for pattern in patterns), name


def test_every_sample_loads():
    assert len(samples("content")) == 3
    assert len(samples("style")) == 5
    assert list(samples("video")) == ["big_buck_bunny"]
    for path in (samples("content") | samples("style")).values():
        assert load_image(path, 64).shape[-1] == 3


@pytest.mark.parametrize("damage", ["remove", "change"])
def test_damage_is_noticed(tmp_path, monkeypatch, damage):
    assert damaged_samples() == []
    shutil.copytree(DATA, tmp_path / "data")
    monkeypatch.setattr(samples_module, "DATA", tmp_path / "data")
    victim = tmp_path / "data" / "style" / "great_wave.jpg"
    if damage == "remove":
        victim.unlink()
    else:
        victim.write_bytes(victim.read_bytes()[:-1] + b"x")
    assert damaged_samples() == ["style/great_wave.jpg"]
