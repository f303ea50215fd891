"""The studio without a browser: the real widgets, clicked and moved, in a real asyncio loop."""

import asyncio
import datetime
import html
import io
import os
import re
import signal
import time
from dataclasses import fields
from types import SimpleNamespace

import numpy as np
import PIL.Image
import pytest

from course_utils import Options, Transfer, load_image, stylize
from course_utils.errors import DeviceError, DivergenceError, ImageError, NetworkError, OptionError
from course_utils.objective import Losses
from course_utils.recipe import origin
from course_utils.samples import find_image
from course_utils.studio import Studio, kernel, studio
from course_utils.studio.controls import LIVE, NOTCH, WORDS, Controls, dial_of, in_labels, ratio_of
from course_utils.studio.gallery import Gallery
from course_utils.studio.monitor import Monitor
from course_utils.studio.timeline import FRAMES, Timeline
from course_utils.transfer import Step

SMALL = {"size": 48, "levels": 1, "steps": 6}


@pytest.fixture(autouse=True)
def a_pause_after_every_step_in_a_folder_of_its_own(monkeypatch, tmp_path):
    """So that a scenario can look at each, and no run is kept beside the tests."""
    monkeypatch.setattr(studio, "HEAR", (0.0, 1e9))
    monkeypatch.chdir(tmp_path)


def drive(scenario, **options):
    """Run `await scenario(studio)` inside a loop, with a small studio; return the studio."""

    async def main():
        made = Studio("cat", "great_wave", **SMALL | options)
        await scenario(made)
        return made

    return asyncio.run(main())


async def finish(made):
    await asyncio.wait_for(made.task, 60)


async def until(condition):
    deadline = time.monotonic() + 60
    while not condition():
        assert time.monotonic() < deadline
        await asyncio.sleep(0.002)


async def run_to_the_end(made):
    made.buttons["run"].click()
    await finish(made)


# ---- controls


def test_every_option_has_a_control_with_a_label_and_words_for_a_learner():
    controls = Controls(Options())
    assert controls.by_name.keys() == WORDS.keys() == {option.name for option in fields(Options)}
    for widget in controls.by_name.values():
        label = re.sub("<.*?>", "", widget.description)
        assert 2 < len(label) <= 20
        assert html.escape(widget.tooltip) in widget.description
        assert len(widget.tooltip) > 20


@pytest.mark.parametrize(
    "changes",
    [
        {},
        {"beta": 1.234, "alpha": 0.5, "tv": 300.0},
        {"alpha": 0.0, "tv": 0.0},
        {"size": None, "seconds": 12.5, "learning_rate": 0.1},
        {"style_layers": ("conv1_1", "conv3_1"), "style_weights": (1.0, 0.25), "content_layers": ("conv3_2",)},
        {"optimizer": "adam", "network": "vgg16-random", "pooling": "avg", "init": "noise"},
        {"masks": ("left", "right"), "protect": "middle", "style_scale": (2.0, 1.0), "style_mix": (1.0, 2.0)},
        {"color": "match", "brightness": "style"},
        {"steps": 7, "levels": 3, "seed": 11, "device": "cpu"},
    ],
)
def test_controls_give_back_what_they_were_shown(changes):
    controls = Controls(Options())
    controls.show(Options(**changes))
    assert controls.options() == Options(**changes)


def test_a_slider_that_the_browser_moves_to_its_notch_keeps_the_weight():
    controls = Controls(Options())
    controls.by_name["beta"].value = 10 ** (round(np.log10(36) / NOTCH) * NOTCH)
    assert controls.options().beta == 36.0


def test_the_left_end_of_a_slider_is_0():
    controls = Controls(Options())
    for name, (low, _) in LIVE.items():
        controls.show(Options())
        controls.by_name[name].value = 10.0**low
        assert getattr(controls.options(), name) == 0


@pytest.mark.parametrize(("name", "text"), [("learning_rate", "fast"), ("size", "1e9x"), ("style_weights", "1, two")])
def test_a_text_that_is_no_number_is_refused(name, text):
    controls = Controls(Options())
    controls.by_name[name].value = text
    with pytest.raises(OptionError, match=f"{name}='{text}': a .*number is needed") as caught:
        controls.options()
    assert in_labels(str(caught.value)).startswith(f"{WORDS[name][0]}: ")


def test_the_dial_moves_beta_and_follows_it():
    controls = Controls(Options(alpha=2.0))
    places = []
    for dial in (0.0, 0.25, 0.5, 0.75, 1.0):
        controls.dial.value = dial
        assert controls.options().beta == pytest.approx(2 * ratio_of(dial), rel=0.05)
        places.append(controls.options().beta)
        assert dial_of(ratio_of(dial)) == pytest.approx(dial)
    assert places == sorted(places)
    controls.by_name["beta"].value = 2 * ratio_of(0.3)
    assert controls.dial.value == pytest.approx(0.3, abs=0.01)
    controls.by_name["alpha"].value = 20.0
    assert controls.dial.value == pytest.approx(dial_of(ratio_of(0.3) / 10), abs=0.01)


# ---- a run


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


def test_the_chart_keeps_its_past_when_a_weight_moves():
    """The style term of the first steps is β times the style loss with the β of that time, 36."""

    async def scenario(made):
        made.buttons["run"].click()
        await until(lambda: made.run and len(made.run.history) == 3)
        made.controls.by_name["beta"].value = 1.0
        await finish(made)

    made = drive(scenario, steps=12)
    terms = dict(made.monitor.terms)
    assert terms[2]["style"] == pytest.approx(36 * made.run.history[1].losses.style)
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


def test_keep_keeps_the_picture_that_is_shown():
    async def scenario(made):
        await run_to_the_end(made)
        made.monitor.timeline.slider.value = 0
        made.buttons["keep"].click()
        kept = made.gallery.children[0]
        assert made.monitor.timeline.frames[0] in kept.children[0].value
        assert "the picture after step 0 of 6" in kept.children[1].value

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


def test_pictures_are_named(tmp_path):
    path = tmp_path / "mine.jpg"
    path.write_bytes(find_image("cat").read_bytes())
    assert Studio(path, [path, "summertime"], **SMALL).recipe().code().startswith(f"stylize({str(path)!r}, [")
    with pytest.raises(ImageError, match="not as ndarray"):
        Studio(load_image("cat"))
    with pytest.raises(OptionError, match="masks: the studio takes pictures by name"):
        Studio(masks=(load_image("cat")[0, ..., 0],))


def test_an_uploaded_mask_is_used_by_its_name():
    buffer = io.BytesIO()
    PIL.Image.fromarray(np.full((320, 480), 255, np.uint8)).save(buffer, "png")

    async def scenario(made):
        made.mask.button.value = uploaded("my mask.png", buffer.getvalue())
        assert made.controls.more.value
        await run_to_the_end(made)
        made.filename.value = "no/folder.png"

    made = drive(scenario, size=48)
    assert made.state == "ended", made.monitor.message.value
    assert "masks=('my mask.png',)" in made.recipe().code()
    assert "it needs the file my mask.png beside the notebook" in made.recipe().code()


def test_a_click_takes_a_painting_away_again_but_never_the_last():
    async def scenario(made):
        picker = made.style_picture
        picker.several.value = True
        for name in ("summertime", "great_wave", "summertime"):
            picker.buttons[name].click()
        assert picker.names == ["summertime"]
        picker.several.value = False
        picker.buttons["great_wave"].click()
        assert picker.names == ["great_wave"]

    drive(scenario)


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


# ---- failures


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


# ---- pictures, timeline, gallery, saving


LONG_AGO = datetime.datetime(2000, 1, 1, tzinfo=datetime.UTC)


def uploaded(name, data):
    return ({"name": name, "type": "", "size": len(data), "content": memoryview(data), "last_modified": LONG_AGO},)


def test_an_upload_is_taken_and_repainted():
    async def scenario(made):
        made.content.uploader.button.value = uploaded("my <b>cat</b>.jpg", find_image("astronaut").read_bytes())
        assert made.content.names == ["my <b>cat</b>.jpg"]
        await run_to_the_end(made)

    made = drive(scenario)
    assert np.array_equal(made.run.image, stylize(load_image("astronaut", 48), load_image("great_wave", 48), **SMALL))
    assert "it needs the file my <b>cat</b>.jpg beside the notebook" in made.recipe().code()
    made.buttons["code"].click()
    assert "<b>" not in made.code.value


@pytest.mark.parametrize("data", [b"", b"no picture", find_image("cat").read_bytes()[:3000]])
def test_a_bad_upload_is_refused_in_words_and_changes_nothing(data):
    async def scenario(made):
        made.style_picture.uploader.button.value = uploaded("<i>bad</i>.png", data)

    made = drive(scenario)
    assert made.style_picture.names == ["great_wave"]
    assert "Failed:" in made.style_picture.uploader.message.value
    assert "&lt;i&gt;bad" in made.style_picture.uploader.message.value


def test_a_click_on_a_thumbnail_chooses_the_picture():
    async def scenario(made):
        made.style_picture.buttons["summertime"].click()

    made = drive(scenario)
    assert made.recipe().style == "summertime"
    assert [name for name, button in made.style_picture.buttons.items() if button.icon] == ["summertime"]


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


def test_the_timeline_keeps_at_most_so_many_and_stays_where_it_was_put(random_image):
    timeline = Timeline()
    timeline.begin(random_image(32, 40), random_image(32, 40))
    for index in range(1, 400):
        timeline.add(index, f"data:{index}")
        assert len(timeline.frames) <= FRAMES
    assert timeline.step == 399
    timeline.slider.value = timeline.slider.max // 2
    chosen = timeline.step
    timeline.add(400, "data:400")
    assert abs(timeline.step - chosen) <= 16
    timeline.settle("data:best")
    assert timeline.step == 400
    assert "data:best" in timeline.picture.value
    assert timeline.strip.value.count("<figure") == 6


def test_the_wipe_lays_the_photo_over_the_picture(random_image):
    timeline = Timeline()
    timeline.begin(random_image(32, 40), random_image(32, 40))
    timeline.add(1, "data:after")
    assert "clip-path" not in timeline.picture.value
    timeline.wipe.value = 0.25
    assert "inset(0 75.0% 0 0)" in timeline.picture.value
    assert "the photo, over the left 25%" in timeline.picture.value


def test_the_gallery_keeps_results_with_their_code_and_lets_them_go():
    gallery = Gallery()
    gallery.keep(SimpleNamespace(shown=("data:1", 5, 5)), "stylize('a<b', 'c')")
    gallery.keep(SimpleNamespace(shown=("data:2", 4, 5)), "stylize('d', 'e')")
    assert "stylize(&#x27;a&lt;b&#x27;" in gallery.children[0].children[1].value
    gallery.children[0].children[2].click()
    assert len(gallery.children) == 1 and "data:2" in gallery.children[0].children[0].value


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
