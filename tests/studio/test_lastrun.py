"""What a studio leaves for the one after it, when the kernel ends in the middle of a run."""

import asyncio
import time

import numpy as np
import pytest

from course_utils import Transfer
from course_utils.errors import CheckpointError, DeviceError, DivergenceError
from course_utils.images import Upload
from course_utils.recipe import origin, recipe_of
from course_utils.run.stage import Stage
from course_utils.samples import find_image
from course_utils.studio import Studio
from course_utils.studio.lastrun import KEEP, LastRun

SMALL = {"size": 48, "levels": 1, "steps": 6, "network": "vgg19-random"}


@pytest.fixture(autouse=True)
def folder(tmp_path, monkeypatch):
    monkeypatch.setattr("course_utils.studio.studio.HEAR", (0.0, 1e9))  # a pause after every step, to look at it
    monkeypatch.setattr("course_utils.studio.lastrun.KEEP", (0.0, 1e9))  # and it is kept after every step
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("JPY_SESSION_NAME", "/somewhere/my lesson.ipynb")
    return tmp_path


def leave(steps=3, style="great_wave", **changes):
    """Do what a studio does until its kernel is killed; return the run."""
    run = Transfer("cat", style, **SMALL | changes)
    run.note = origin("cat", style, run.options)
    for _ in range(steps):
        next(run)
    run.save(LastRun(print).path)
    return run


async def pressed(studio, name):
    studio.buttons[name].click()
    await asyncio.wait_for(studio.task, 60)
    return studio


def visible(studio):
    return not studio.buttons["go_on"].disabled and studio.buttons["go_on"].layout.display == ""


def test_the_file_is_named_after_the_notebook_and_hidden(folder):
    leave()
    assert [each.name for each in folder.iterdir()] == [".my lesson.run.npz"]


def test_without_a_file_nothing_is_offered():
    studio = Studio("cat", **SMALL)
    assert not visible(studio)
    assert "Ready. Press Run.<" in studio.monitor.message.value


def test_a_new_studio_goes_on_and_ends_as_if_nothing_had_been(folder):
    rest = leave(beta=3.0)
    made = Studio("pagoda", "summertime")
    assert visible(made)
    assert f"or resume the run saved on {time.strftime('%Y-%m-%d')}" in made.monitor.message.value
    asyncio.run(pressed(made, "go_on"))
    list(rest)
    assert made.state == "ended", made.monitor.message.value
    assert "Finished after 6 steps" in made.monitor.message.value
    np.testing.assert_array_equal(made.run.image, rest.image)
    assert made.controls.options() == rest.options
    assert (made.content.source, made.style_picture.source) == ("cat", "great_wave")
    assert [step for step, _ in made.monitor.terms] == [1, 2, 3, 4, 5, 6]
    assert made.recipe() == recipe_of(rest)
    assert not visible(made)
    assert not list(folder.iterdir())


def test_the_studio_keeps_its_run_now_and_then_and_when_it_is_paused(folder):
    async def scenario():
        made = Studio("cat", **SMALL | {"steps": 500})
        made.buttons["run"].click()
        while not made.run or not made.run.history:
            await asyncio.sleep(0.002)
        made.buttons["pause"].click()
        kept = Transfer.load(LastRun(print).path)
        assert len(kept.history) == len(made.run.history)
        assert not visible(made)
        made.buttons["stop"].click()
        await asyncio.wait_for(made.task, 60)
        assert not visible(made)

    asyncio.run(scenario())
    assert not list(folder.iterdir())


def test_what_was_steered_or_uploaded_is_still_said_so():
    upload = Upload("mine.jpg", find_image("cat").read_bytes())
    run = Transfer(upload, "great_wave", **SMALL)
    run.note = origin(upload, "great_wave", run.options)
    next(run)
    run.note["weights"].append((1, {"alpha": 1.0, "beta": 9.0, "tv": 0.0}))
    loaded = Transfer.load(run.save("run.npz"))
    assert recipe_of(loaded) == recipe_of(run)
    assert "it needs the file mine.jpg beside the notebook, and the weights were moved" in recipe_of(loaded).code()


def test_the_chart_of_a_steered_run_keeps_its_past(folder):
    """The style term of the steps before the slider was moved is β times the style loss with the β of that time."""
    run = leave(steps=2, beta=3.0)
    run.reweight(beta=9.0)
    run.note["weights"].append((2, {"alpha": 1.0, "beta": 9.0, "tv": run.options.tv}))
    next(run)
    run.save(LastRun(print).path)
    made = asyncio.run(pressed(Studio("cat", **SMALL), "go_on"))
    terms, losses = dict(made.monitor.terms), [step.losses.style for step in made.run.history]
    assert [terms[step]["style"] / losses[step - 1] for step in (1, 2, 3, 6)] == pytest.approx([3, 3, 9, 9])
    assert ">moved</text>" in made.monitor.chart.value


def test_pictures_that_are_gone_leave_the_choice_as_it_was_and_are_told(folder):
    rest = leave(style=["great_wave", "summertime"])
    rest.note["content"] = "gone.jpg"
    rest.save(LastRun(print).path)
    made = asyncio.run(pressed(Studio("pagoda", **SMALL), "go_on"))
    assert made.state == "ended"
    assert made.content.source == "pagoda"
    assert "A new one would take those chosen above: " in made.code.value and "gone.jpg" in made.code.value
    list(rest)
    np.testing.assert_array_equal(made.run.image, rest.image)


def test_several_paintings_are_chosen_again(folder):
    leave(style=["great_wave", "summertime"])
    made = asyncio.run(pressed(Studio("cat", "composition_viii", **SMALL), "go_on"))
    assert made.style_picture.source == ["great_wave", "summertime"]
    assert made.style_picture.several.value


def test_a_run_that_diverges_is_not_offered_again(folder, monkeypatch):
    leave()

    def diverge(self, index):
        raise DivergenceError("the loss is nan")

    monkeypatch.setattr(Stage, "advance", diverge)
    made = asyncio.run(pressed(Studio("cat", **SMALL), "go_on"))
    assert made.state == "failed"
    assert not visible(made)
    assert not list(folder.iterdir())


def test_a_run_that_cannot_be_loaded_now_is_kept_for_later(folder, monkeypatch):
    leave()
    before = (folder / ".my lesson.run.npz").read_bytes()
    monkeypatch.setattr(LastRun, "keep", lambda *_: None)  # the next run is too short

    def others(path):
        raise DeviceError("out of memory: others use this device")

    made = Studio("cat", **SMALL)

    async def scenario():
        with monkeypatch.context() as patch:
            patch.setattr(Transfer, "load", others)
            await pressed(made, "go_on")
        assert made.state == "failed"
        await pressed(made, "run")
        assert made.state == "ended"

    asyncio.run(scenario())
    assert (folder / ".my lesson.run.npz").read_bytes() == before
    assert visible(made)


def test_a_damaged_file_is_told_in_words_and_run_still_works(folder):
    leave()
    (folder / ".my lesson.run.npz").write_bytes(b"PK damaged")
    made = Studio("cat", **SMALL)

    async def scenario():
        await pressed(made, "go_on")
        assert made.state == "failed"
        assert "is not a saved run, or is damaged" in made.monitor.message.value
        await pressed(made, "run")
        assert made.state == "ended"

    asyncio.run(scenario())


def test_a_place_that_cannot_be_written_is_told_and_costs_nothing_else(monkeypatch):
    def full(self, path):
        raise CheckpointError("cannot write x: No space left on device")

    monkeypatch.setattr(Transfer, "save", full)
    made = Studio("cat", **SMALL)
    asyncio.run(pressed(made, "run"))
    assert made.state == "ended"
    assert "If the kernel stops, this run will be lost: cannot write x: No space left" in made.code.value


def test_running_the_cell_again_leaves_the_run_to_go_on_with(folder):
    """The first studio's widgets are gone, not its run."""

    async def scenario():
        first = Studio("cat", **SMALL | {"steps": 500})
        first.buttons["run"].click()
        while not first.run or len(first.run.history) < 2:
            await asyncio.sleep(0.002)
        first.cancel()  # as `kernel.only_one_in_cell` does
        await asyncio.wait_for(first.task, 60)
        assert visible(Studio("cat", **SMALL))

    asyncio.run(scenario())


def test_it_takes_no_more_of_the_time_than_its_share(monkeypatch):
    clock, saved = [0.0], []
    monkeypatch.setattr("course_utils.studio.kernel.time.perf_counter", lambda: clock[0])

    def slow(run):
        clock[0] += 2.0
        saved.append(clock[0])

    monkeypatch.setattr("course_utils.studio.lastrun.KEEP", KEEP)
    last = LastRun(print)
    last.begin()
    monkeypatch.setattr(last, "keep", slow)
    while clock[0] < 1000:
        clock[0] += 0.1
        last.keep_now_and_then(None)
    assert KEEP[1] / 2 < 2.0 * len(saved) / clock[0] <= KEEP[1]
