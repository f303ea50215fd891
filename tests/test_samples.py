import hashlib
import re
import shutil

import pytest

from course_utils import samples as samples_module
from course_utils.images import load_image
from course_utils.samples import DATA, damaged_samples, samples


def table():
    rows = re.findall(r"^\| `([^`]+)` \|(.*)\| `([0-9a-f]{64})` \|$", (DATA / "README.md").read_text("utf-8"), re.M)
    return {name: digest for name, _, digest in rows}


def test_files_and_table_agree():
    files = {
        path.relative_to(DATA).as_posix(): path for kind in ("content", "style") for path in (DATA / kind).iterdir()
    }
    assert files.keys() == table().keys()
    assert len(files) == 8
    for name, path in files.items():
        assert hashlib.sha256(path.read_bytes()).hexdigest() == table()[name]


def test_every_sample_loads():
    assert len(samples("content")) == 3
    assert len(samples("style")) == 5
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
