"""Which numbers the network computes in: what is measured, and what is chosen."""

import os
import subprocess
import sys

import pytest

from course_utils.errors import DeviceError
from course_utils.features import load_network
from course_utils.networks import choices, precision
from course_utils.networks.precision import choose_precision, convolution_rate


def test_auto_is_whatever_is_much_faster(monkeypatch, tmp_path):
    monkeypatch.setenv("COURSE_UTILS_CACHE", str(tmp_path))
    model = load_network("vgg19-random").model
    for rates, expected in (((1e11, 4e11), "bfloat16"), ((1e11, 1.2e11), "float32"), ((1e11, 1e10), "float32")):
        measured = {name: {"plain": rate} for name, rate in zip(("float32", "bfloat16"), rates, strict=True)}
        monkeypatch.setattr(precision, "direct_rates", lambda device, names, measured=measured: measured)
        choices.answers.cache_clear()
        for file in tmp_path.iterdir():
            file.unlink()
        assert choose_precision("auto", model, "/CPU:0") == expected
        alike = {name: {"plain": 1e9} for name in measured}  # a busy machine
        monkeypatch.setattr(precision, "direct_rates", lambda device, names, alike=alike: alike)
        assert choose_precision("auto", model, "/CPU:0") == expected
    choices.answers.cache_clear()
    assert choose_precision("bfloat16", model, "/CPU:0") == "bfloat16"  # asked for, and it can
    monkeypatch.setattr(precision, "convolution_rate", lambda name, device: 0.0)
    with pytest.raises(DeviceError, match="cannot compute in bfloat16: use precision='float32'"):
        choose_precision("bfloat16", model, "/CPU:0")


@pytest.mark.parametrize("processor", ["AVX2", "AVX512_CORE"], ids=["cannot", "emulates"])
def test_a_processor_without_bfloat16_gets_float32(processor):
    """Intel's library, told to take the instructions of older processors only, shows what such a machine does."""
    code = """
from course_utils.errors import DeviceError
from course_utils.features import load_network
from course_utils.networks.precision import choose_precision
model = load_network("vgg19-random").model
print(choose_precision("auto", model, "/CPU:0"))
try:
    print(choose_precision("bfloat16", model, "/CPU:0"))
except DeviceError as error:
    print(error)
"""
    environment = os.environ | {"ONEDNN_MAX_CPU_ISA": processor}
    done = subprocess.run([sys.executable, "-c", code], env=environment, capture_output=True, text=True, check=True)
    auto, asked = done.stdout.splitlines()
    assert auto == "float32"
    assert asked in ("bfloat16", "this machine cannot compute in bfloat16: use precision='float32'")


def test_the_machine_is_measured_once():
    assert convolution_rate("float32", "/CPU:0") == convolution_rate("float32", "/CPU:0") > 1e8
