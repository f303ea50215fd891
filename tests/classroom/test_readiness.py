"""What `doctor --class` looks at: a machine that is ready, and one that is not, for each thing it needs."""

import contextlib
import json
import sys
import time
import webbrowser
from pathlib import Path

import pytest

from course_utils.classroom import check_class, readiness
from course_utils.errors import CourseError, NetworkError

GROUP = {"memory.max": "2000000000\n", "memory.current": "900000000\n", "memory.stat": "anon 5\ninactive_file 100\n"}


def test_a_line_for_each_thing_on_this_machine():
    """The lines themselves depend on the machine; everything that comes with the course is in order on any."""
    found = {check.name: check for check in check_class()}
    assert {"memory", "cores", "disk", "browser", "PDF", "network"} < set(found)
    for name in ("pictures", "weights", "kernel", "JupyterLab"):
        assert found[name].ready, found[name]
    assert "lesson 6's picture takes about" in found["ten steps"].text


@pytest.mark.parametrize(("ready", "mark"), [(True, "✓ "), (False, "✗ "), (None, "– ")])
def test_a_line_begins_with_its_mark(ready, mark):
    assert str(readiness.Check("disk", ready, "what was found")).startswith(f"{mark}disk ")


def test_memory_for_one_and_for_thirty():
    assert readiness.memory(4e9).ready
    assert not readiness.memory(2e9).ready
    assert readiness.memory(100e9, 30).ready
    room = readiness.memory(20e9, 30)
    assert not room.ready
    assert "20.0 GB free; 30 students may need 90.4 GB: let 6 work here and the others on their laptops" in room.text
    assert room.text.endswith("or use a machine with 96 GB")
    assert "let all work on their laptops, or use a machine with 16 GB" in readiness.memory(2e9, 4).text


def test_cores():
    assert readiness.processor(2).ready
    assert not readiness.processor(1).ready
    assert not readiness.processor(0.5).ready


def test_disk():
    assert readiness.disk(10e9, 30).ready
    assert not readiness.disk(5e9, 30).ready
    assert not readiness.disk(0.1e9).ready


def test_pictures():
    assert readiness.samples([]).ready
    assert "style/great_wave.jpg" in readiness.samples(["style/great_wave.jpg"]).text
    assert not readiness.samples(["style/great_wave.jpg"]).ready


def test_damaged_weights_are_reported_in_their_own_words():
    def load():
        raise NetworkError("the weights of vgg19 are damaged: run `git checkout data`")

    assert readiness.weights(load) == readiness.Check(
        "weights", False, "the weights of vgg19 are damaged: run `git checkout data`"
    )


def test_how_long_a_class_waits():
    """At 0.1 s a step, 95 steps' worth of work take 9.5 s; for thirty on two cores nearly five minutes."""
    assert "takes about 10 s" in readiness.speed(lambda: 0.1).text
    assert readiness.speed(lambda: 0.1).ready
    assert not readiness.speed(lambda: 2.0).ready
    room = readiness.speed(lambda: 0.1, cores=2, students=30)
    assert not room.ready
    assert "285 s if 30 start it at once" in room.text
    assert "5 such cores" in room.text


def test_a_step_that_fails_is_reported():
    def step():
        raise NetworkError("the weights of vgg19 cannot be read")

    assert readiness.speed(step) == readiness.Check("ten steps", False, "the weights of vgg19 cannot be read")


def test_a_kernel_that_does_not_exist():
    check = readiness.kernel("no-such-kernel")
    assert not check.ready
    assert "no-such-kernel does not start" in check.text


def test_a_kernel_whose_python_lacks_the_course(tmp_path, monkeypatch):
    """Somebody's own kernel of the same name, made for another Python, comes first: a usual trouble."""
    kernel = tmp_path / "kernels" / "elsewhere"
    kernel.mkdir(parents=True)
    program = (
        "import importlib.util as u; u.find_spec = lambda name: None\n"
        "from ipykernel.kernelapp import launch_new_instance; launch_new_instance()"
    )
    specification = {"argv": [sys.executable, "-c", program, "-f", "{connection_file}"], "display_name": "elsewhere"}
    (kernel / "kernel.json").write_text(json.dumps(specification))
    monkeypatch.setenv("JUPYTER_PATH", str(tmp_path))
    check = readiness.kernel("elsewhere")
    assert not check.ready
    assert "cannot find the course" in check.text


def ends_at_once(*_):
    """Stand for a JupyterLab that cannot start."""


def says_nothing(*_):
    """Stand for one that hangs."""
    time.sleep(60)


@pytest.mark.parametrize("serve", [ends_at_once, says_nothing])
def test_a_jupyterlab_that_does_not_start(serve):
    began = time.monotonic()
    assert not readiness.server(serve, patience=1).ready
    assert time.monotonic() - began < 50


def test_a_browser_matters_only_where_there_is_a_screen():
    def nowhere():
        raise webbrowser.Error("could not locate runnable browser")

    assert readiness.browser(True, lambda: "firefox").ready
    assert readiness.browser(True, nowhere).ready is False
    assert readiness.browser(False, nowhere).ready is None
    assert "students use the browsers of their own" in readiness.browser(False, nowhere).text


@pytest.mark.parametrize(
    ("variables", "platform", "screen"),
    [({}, "linux", False), ({"DISPLAY": ":0"}, "linux", True), ({}, "darwin", True), ({}, "win32", True)],
)
def test_screens(variables, platform, screen, monkeypatch):
    for name in ("DISPLAY", "WAYLAND_DISPLAY"):
        monkeypatch.delenv(name, raising=False)
    for name, value in variables.items():
        monkeypatch.setenv(name, value)
    monkeypatch.setattr(sys, "platform", platform)
    assert readiness.has_screen() is screen


def test_a_class_can_do_without_a_pdf():
    @contextlib.contextmanager
    def none_here():
        raise CourseError("no browser here prints a PDF: install Chromium")
        yield

    assert readiness.pdf(contextlib.nullcontext).ready
    assert readiness.pdf(none_here) == readiness.Check("PDF", None, "no browser here prints a PDF: install Chromium")


def test_in_a_container_its_limits_count(tmp_path):
    """As on Binder, where a machine of 100 GB lends a notebook 2."""
    assert readiness.available_memory(tmp_path) > 1e8
    assert readiness.available_cores(tmp_path) >= 1
    for name, text in GROUP.items():
        (tmp_path / name).write_text(text)
    (tmp_path / "cpu.max").write_text("50000 100000\n")
    assert readiness.available_memory(tmp_path) == min(1_100_000_100, readiness.available_memory(Path("none")))
    assert readiness.available_cores(tmp_path) == 0.5
    (tmp_path / "memory.max").write_text("max\n")
    (tmp_path / "cpu.max").write_text("max 100000\n")
    assert readiness.available_memory(tmp_path) > 1e8
    assert readiness.available_cores(tmp_path) >= 1
