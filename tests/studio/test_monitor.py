"""What the studio shows of a run: chart, marks, time left."""

import pytest

from course_utils import Transfer
from course_utils.errors import DeviceError
from course_utils.objective import Losses
from course_utils.recipe import origin
from course_utils.studio import studio
from course_utils.studio.monitor import Monitor
from course_utils.transfer import Step
from tests.studio.driving import SMALL, drive, finish, run_to_the_end, until


def test_the_chart_keeps_its_past_when_a_weight_moves():
    """The style term of the first steps is β times the style loss with the β of that time, 5.5."""

    async def scenario(made):
        made.buttons["run"].click()
        await until(lambda: made.run and len(made.run.history) == 3)
        made.controls.by_name["beta"].value = 1.0
        await finish(made)

    made = drive(scenario, steps=12)
    terms = dict(made.monitor.terms)
    assert terms[2]["style"] == pytest.approx(5.5 * made.run.history[1].losses.style)
    assert terms[12]["style"] == pytest.approx(made.run.history[11].losses.style)
    assert ">moved</text>" in made.monitor.chart.value


def test_a_change_of_size_is_marked_in_the_chart():
    made = drive(run_to_the_end, size=112, levels=2)
    assert ">112 px</text>" in made.monitor.chart.value


def test_the_time_left_leaves_out_what_is_done_once_at_each_size(monkeypatch):
    """Steps of 1 s, the first of each size of 60 s: after 10 of 20 steps of one size, 10 s are left."""
    monkeypatch.setattr("course_utils.studio.monitor.TELL", (0.0, 1e9))  # after every step
    monitor = Monitor()
    run = Transfer("cat", "great_wave", **SMALL)
    run.note = origin("cat", "great_wave", run.options)
    monitor.begin(run)
    losses = Losses(1.0, 1.0, 1.0, 1.0, {})
    for index in range(1, 11):
        step = Step(index, losses, (32, 48), index / 20)
        monitor.after(run, step, 60.0 if index == 1 else 1.0)
    assert "about 10 s left" in monitor.message.value


def test_a_failure_measures_nothing_more(monkeypatch):
    """Out of memory, one more evaluation of the network would fail, too, and leave the studio running for ever."""
    real = studio.Transfer.__next__

    def fail(run):
        if len(run.history) == 2:
            monkeypatch.setattr(studio.Transfer, "pulls", lambda run: 1 / 0)
            raise DeviceError("out of memory")
        return real(run)

    monkeypatch.setattr(studio.Transfer, "__next__", fail)
    assert drive(run_to_the_end).state == "failed"
