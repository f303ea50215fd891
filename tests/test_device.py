import os
import subprocess
import sys

import pytest

from course_utils import device
from course_utils.errors import DeviceError


def test_importing_tensorflow_through_the_package_prints_nothing():
    code = "from course_utils.device import tf; tf.ones((2, 2)) @ tf.ones((2, 2))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout == done.stderr == ""


def test_a_failing_import_is_not_silenced():
    code = (
        "from course_utils import device\n"
        "import os\n"
        "try:\n"
        "    with device.quiet_stderr():\n"
        "        os.write(2, b'the reason')\n"
        "        raise ImportError\n"
        "except ImportError:\n"
        "    pass\n"
        "with device.quiet_stderr():\n"
        "    os.write(2, b'chatter')\n"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stderr == "the reason"


@pytest.mark.parametrize(("users", "ours"), [(None, "1"), ("0", "0"), ("1", "1")])
def test_onednn_is_on_unless_the_user_has_said_no(users, ours):
    """TensorFlow reads the variable as it is imported; by itself it decides by the processor."""
    environment = {name: value for name, value in os.environ.items() if name != "TF_ENABLE_ONEDNN_OPTS"}
    environment |= {} if users is None else {"TF_ENABLE_ONEDNN_OPTS": users}
    code = "import os; from course_utils import device; print(os.environ['TF_ENABLE_ONEDNN_OPTS'])"
    done = subprocess.run([sys.executable, "-c", code], env=environment, capture_output=True, text=True, check=True)
    assert done.stdout.split() == [ours]


def test_cpu_and_auto(monkeypatch):
    assert device.select_device("cpu") == "/CPU:0"
    monkeypatch.setattr(device, "gpus", lambda: [])
    assert device.select_device("auto") == "/CPU:0"


@pytest.mark.parametrize("name", ["gpu", "gpu:0", "gpu:7"])
def test_a_device_that_is_absent_is_an_error_that_says_how_to_get_one(monkeypatch, name):
    monkeypatch.setattr(device, "gpus", lambda: [])
    with pytest.raises(DeviceError, match=r"sees no GPU.*tensorflow\[and-cuda\]"):
        device.select_device(name)


@pytest.mark.parametrize("name", ["tpu", "", "gpu0", "CPU:0"])
def test_a_device_that_is_none_says_what_there_is(name):
    with pytest.raises(DeviceError, match="choose auto, cpu, or a GPU such as gpu:0"):
        device.select_device(name)


@pytest.mark.parametrize(("name", "chosen"), [("auto", 0), ("gpu", 0), ("gpu:0", 0), ("gpu:1", 1)])
def test_gpus_are_chosen_where_there_are_some(monkeypatch, name, chosen):
    monkeypatch.setattr(device, "gpus", lambda: ["gpu:0", "gpu:1"])
    monkeypatch.setattr(device.tf.config.experimental, "enable_op_determinism", lambda: None)
    assert device.select_device(name) == f"/GPU:{chosen}"
