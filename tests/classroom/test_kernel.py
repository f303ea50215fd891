"""A kernel that can't be started, and one that sends nonsense."""

import tempfile

import pytest

from course_utils.classroom.kernel import Kernel, Stopped
from course_utils.errors import CourseError


@pytest.fixture
def homes(tmp_path, monkeypatch):
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    return tmp_path


def test_a_kernel_that_does_not_start_is_an_error_that_leaves_nothing_behind(homes):
    with pytest.raises(CourseError, match=r"no kernel can be started for a submission: it uses more than .*doctor"):
        Kernel([], [], memory=1, output=1000)
    assert list(homes.iterdir()) == []


def test_a_program_that_gets_at_its_kernels_sockets_is_stopped(homes):
    kernel = Kernel([], [], memory=2**30, output=1000)
    meddling = {"code": "get_ipython().kernel.session.key = b'mine'", "silent": True, "allow_stdin": False}
    with pytest.raises(Stopped, match="sends messages that make no sense"):
        kernel.ask("execute_request", meddling, 60)
    assert not kernel.alive
    kernel.end()  # a second time does no harm
    assert list(homes.iterdir()) == []


def test_what_is_spent_is_counted_and_an_interrupted_kernel_goes_on(homes):
    kernel = Kernel([], [], memory=2**30, output=1000)
    busy = {"code": "while True: pass", "silent": True, "allow_stdin": False}
    with pytest.raises(Stopped, match=r"takes longer than 0\.5 s"):
        kernel.ask("execute_request", busy, 0.5)
    assert kernel.alive
    assert kernel.spent >= 0.5
    assert kernel.ask("execute_request", busy | {"code": "1 / 0"}, 60)["failure"] == (
        "stops with ZeroDivisionError: division by zero"
    )
    kernel.end()
