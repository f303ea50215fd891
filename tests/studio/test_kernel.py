"""What the studio needs of its kernel: time in rations, one studio to a cell."""

import asyncio
from types import SimpleNamespace

from course_utils.studio import Studio, kernel
from tests.studio.driving import SMALL, drive, finish, run_to_the_end, until


def test_running_the_cell_again_stops_the_studio_that_it_made_before(monkeypatch):
    shell = SimpleNamespace(kernel=SimpleNamespace(get_parent=lambda: {"metadata": {"cellId": "cell-7"}}))
    monkeypatch.setattr(kernel, "get_ipython", lambda: shell)

    async def scenario(first):
        first.buttons["run"].click()
        await until(lambda: first.run and first.run.history)
        second = Studio("cat", "great_wave", **SMALL)
        await finish(first)
        assert "Stopped after" in first.monitor.message.value
        await run_to_the_end(second)
        assert second.state == "ended"
        assert len(asyncio.all_tasks()) == 1

    drive(scenario, steps=500)


def test_a_ration_takes_at_most_its_part_of_the_time(monkeypatch):
    clock = [0.0]
    monkeypatch.setattr(kernel.time, "perf_counter", lambda: clock[0])
    ration, spent = kernel.Ration(0.0, 0.05), 0.0
    while clock[0] < 1000:
        with ration as due:
            if due:
                clock[0] += 3.0
                spent += 3.0
        clock[0] += 0.5
    assert spent / clock[0] <= 0.05
    assert spent > 0
