"""The studio without a browser: the real widgets, clicked and moved, in a real asyncio loop."""

import asyncio
import os
import signal

import numpy as np
import pytest

from course_utils import Options, load_image, stylize
from course_utils.errors import DeviceError, DivergenceError, NetworkError
from course_utils.studio import Studio, studio
from course_utils.studio.controls import LIVE
from tests.studio.driving import SMALL, drive, finish, run_to_the_end, until


def test_press_run_and_it_works_as_stylize_does():
    made = drive(run_to_the_end)
    assert made.state == "ended"
    assert "Finished after 6 steps" in made.monitor.message.value
    expected = stylize(load_image("cat", 48), load_image("great_wave", 48), **SMALL)
    assert np.array_equal(made.run.image, expected)
    assert made.monitor.progress.value == 1
    assert made.monitor.timeline.step == 6
    assert "<img" in made.monitor.timeline.picture.value and "alt=" in made.monitor.timeline.picture.value
    assert made.monitor.chart.value.count("<polyline") == 3
    assert "who pulls: content" in made.monitor.pulls.value
    assert made.recipe().code() == "stylize('cat', 'great_wave', size=48, steps=6, levels=1)"


def test_the_buttons_that_can_be_pressed_follow_the_state():
    seen = {}

    async def scenario(made):
        def pressable():
            return {name for name, button in made.buttons.items() if not button.disabled}

        seen["idle"] = pressable()
        made.buttons["run"].click()
        seen["running"] = pressable() - {"keep", "save"}
        made.buttons["pause"].click()
        seen["paused"] = pressable() - {"keep", "save"}
        assert made.buttons["pause"].description == "Resume"
        made.buttons["pause"].click()
        await finish(made)
        seen["ended"] = pressable()

    drive(scenario)
    assert seen["idle"] == {"run", "reset", "code", "estimate"}
    assert seen["running"] == seen["paused"] == {"pause", "stop", "code", "estimate"}
    assert seen["ended"] == {"run", "reset", "keep", "save", "code", "estimate"}


def test_a_run_that_was_paused_ends_as_one_that_was_not():
    async def scenario(made):
        made.buttons["run"].click()
        await until(lambda: made.run and len(made.run.history) == 2)
        made.buttons["pause"].click()
        await asyncio.sleep(0.3)
        assert len(made.run.history) <= 3
        assert made.state == "paused" and "Resume" in made.monitor.message.value
        made.buttons["pause"].click()
        await finish(made)

    paused, straight = drive(scenario), drive(run_to_the_end)
    assert np.array_equal(paused.run.image, straight.run.image)


@pytest.mark.parametrize("paused", [False, True])
def test_stop_keeps_what_there_is_and_run_starts_anew(paused):
    async def scenario(made):
        made.buttons["run"].click()
        await until(lambda: made.run and len(made.run.history) >= 2)
        if paused:
            made.buttons["pause"].click()
        made.buttons["stop"].click()
        await finish(made)
        assert made.state == "ended" and "Stopped after" in made.monitor.message.value
        assert 2 <= len(made.run.history) < 500
        made.controls.by_name["steps"].value = 3
        await run_to_the_end(made)
        assert len(made.run.history) == 3

    drive(scenario, steps=500)


def test_a_second_click_on_run_does_nothing():
    async def scenario(made):
        made.buttons["run"].click()
        task = made.task
        made.buttons["run"].click()
        assert made.task is task
        await finish(made)
        assert len(asyncio.all_tasks()) == 1

    drive(scenario)


@pytest.mark.parametrize("name", LIVE)
def test_a_weight_moved_while_it_runs_counts_from_the_next_step_on(name):
    async def scenario(made):
        made.buttons["run"].click()
        await until(lambda: made.run and len(made.run.history) == 3)
        made.controls.by_name[name].value = 2.0
        await until(lambda: len(made.run.history) >= 5)
        assert getattr(made.run.options, name) == 2.0
        await finish(made)
        assert [step.index for step in made.run.history] == list(range(1, 16))

    made = drive(scenario, steps=15)
    losses, options = made.run.history[-1].losses, made.run.options
    weighted = options.alpha * losses.content + options.beta * losses.style + options.tv * losses.tv
    assert losses.total == pytest.approx(weighted, rel=1e-5)


def test_a_failed_start_leaves_the_last_picture_to_be_kept():
    async def scenario(made):
        await run_to_the_end(made)
        made.controls.by_name["style_layers"].value = "conv9_9"
        await run_to_the_end(made)
        assert made.state == "failed" and "their weights" not in made.monitor.message.value
        assert not made.buttons["keep"].disabled
        made.buttons["keep"].click()
        assert "style_layers" not in made.gallery.children[0].children[1].value

    drive(scenario)


def test_several_paintings_masks_and_colours_are_one_run():
    async def scenario(made):
        made.style_picture.several.value = True
        made.style_picture.buttons["summertime"].click()
        made.controls.by_name["masks"].value = "left"
        made.controls.by_name["color"].value = "luminance"
        await run_to_the_end(made)

    made = drive(scenario)
    changes = SMALL | {"masks": ("left",), "color": "luminance"}
    assert np.array_equal(made.run.image, stylize("cat", ["great_wave", "summertime"], **changes))
    assert made.recipe().code().startswith("stylize('cat', ['great_wave', 'summertime'], size=48")


def test_the_code_says_when_one_call_cannot_make_the_picture():
    assert "#" not in drive(run_to_the_end).recipe().code()

    async def steer_and_stop(made):
        made.buttons["run"].click()
        await until(lambda: made.run and len(made.run.history) == 3)
        made.controls.by_name["beta"].value = 2.0
        await until(lambda: len(made.run.history) >= 5)
        made.buttons["stop"].click()
        await finish(made)

    call = drive(steer_and_stop, steps=500).recipe().code()
    assert "the weights were moved while it ran, and it was stopped after" in call


def test_weights_that_cannot_be_leave_the_run_as_it_is():
    async def scenario(made):
        made.buttons["run"].click()
        await until(lambda: made.run and made.run.history)
        for name in ("alpha", "beta"):
            made.controls.by_name[name].value = 10.0 ** LIVE[name][0]
        await finish(made)

    made = drive(scenario)
    assert made.state == "ended"
    assert "nothing to aim at" in made.code.value


def test_the_estimate_is_told_and_refusals_too():
    async def scenario(made):
        made.buttons["estimate"].click()
        assert "A run would take about" in made.code.value and "GB" in made.code.value
        made.controls.by_name["style_layers"].value = "conv9_9"
        made.buttons["estimate"].click()
        assert "Failed:" in made.code.value

    drive(scenario)


def test_two_studios_run_side_by_side():
    async def scenario(first):
        second = Studio("pagoda", "summertime", **SMALL)
        for made in (first, second):
            made.buttons["run"].click()
        await finish(first)
        await finish(second)
        assert first.state == second.state == "ended"
        assert not np.array_equal(first.run.image, second.run.image)

    drive(scenario)


def test_reset_puts_all_settings_back():
    async def scenario(made):
        made.controls.by_name["optimizer"].value = "gd"
        made.controls.by_name["beta"].value = 20.0
        made.buttons["reset"].click()

    made = drive(scenario, optimizer="adam", beta=2.0)
    assert made.controls.options() == Options(**SMALL, optimizer="adam", beta=2.0)


@pytest.mark.parametrize(
    ("error", "words"),
    [
        (DivergenceError("the loss is nan: lower the learning rate"), "lower the learning rate"),
        (DeviceError("out of memory: size=33 should fit"), "out of memory: size=33 should fit"),
        (NetworkError("vgg19 could not be downloaded <b>"), "could not be downloaded &lt;b&gt;"),
        (ZeroDivisionError("by zero"), "unexpected ZeroDivisionError: by zero"),
    ],
)
def test_a_failure_is_told_in_words_and_run_works_again(monkeypatch, error, words):
    real = studio.Transfer.__next__

    def fail(run):
        if len(run.history) == 2:
            raise error
        return real(run)

    monkeypatch.setattr(studio.Transfer, "__next__", fail)

    async def scenario(made):
        await run_to_the_end(made)
        assert made.state == "failed"
        assert "Failed:" in made.monitor.message.value and words in made.monitor.message.value
        assert not made.buttons["save"].disabled  # two steps were done
        monkeypatch.setattr(studio.Transfer, "__next__", real)
        await run_to_the_end(made)
        assert made.state == "ended"

    drive(scenario)


def test_settings_that_cannot_be_are_told_in_words():
    async def scenario(made):
        made.controls.by_name["style_layers"].value = "conv9_9"
        await run_to_the_end(made)
        assert made.state == "failed" and "conv9_9" in made.monitor.message.value
        made.controls.by_name["style_layers"].value = ""
        await run_to_the_end(made)
        assert made.state == "ended"

    drive(scenario)


def test_a_device_that_is_not_there_is_told_in_words_and_run_works_again():
    async def scenario(made):
        made.controls.by_name["device"].value = "gpu:7"
        await run_to_the_end(made)
        assert made.state == "failed" and "gpu:7" in made.monitor.message.value
        assert "should fit" not in made.monitor.message.value
        made.controls.by_name["device"].value = "cpu"
        await run_to_the_end(made)
        assert made.state == "ended"

    drive(scenario)


def test_a_run_that_improves_nothing_says_what_to_lower():
    made = drive(run_to_the_end, optimizer="gd", learning_rate=30.0)
    assert "No step was better" in made.monitor.message.value
    assert "lower the learning rate" in made.monitor.message.value
    assert not made.buttons["run"].disabled


@pytest.mark.skipif(os.name == "nt", reason="signals")
def test_an_interrupt_of_the_kernel_pauses_the_run(monkeypatch):
    real = studio.Transfer.__next__

    def interrupted(run):
        if len(run.history) == 2:
            os.kill(os.getpid(), signal.SIGINT)
        return real(run)

    monkeypatch.setattr(studio.Transfer, "__next__", interrupted)

    async def scenario(made):
        made.buttons["run"].click()
        await until(lambda: made.state == "paused")
        assert len(made.run.history) == 3
        assert "Interrupted after 3 steps" in made.monitor.message.value
        made.buttons["pause"].click()
        await finish(made)

    assert drive(scenario).state == "ended"


def test_a_saved_picture_shows_the_studio_again(tmp_path):
    async def scenario(made):
        await run_to_the_end(made)
        made.filename.value = str(tmp_path / "x.png")
        made.buttons["save"].click()

    made = drive(scenario, beta=3.3, seed=4)
    assert "Saved as" in made.code.value
    again = Studio.from_file(tmp_path / "x.png")
    assert again.recipe() == made.recipe()


@pytest.mark.parametrize("name", ["x.jpg", "no/such/folder/x.png", "."])
def test_a_name_that_cannot_be_written_is_told_in_words(tmp_path, monkeypatch, name):
    monkeypatch.chdir(tmp_path)

    async def scenario(made):
        await run_to_the_end(made)
        made.filename.value = name
        made.buttons["save"].click()
        assert "Failed:" in made.code.value

    drive(scenario)
    assert list(tmp_path.iterdir()) == []
