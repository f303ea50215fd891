"""The fast preview: what is computed, and when the studio shows it."""

import asyncio
import io

import numpy as np
import PIL.Image
import pytest

from course_utils import load_image
from course_utils.fast import FastStyle, fast_networks
from course_utils.plots import data_url
from course_utils.samples import samples
from course_utils.studio import Studio, preview, studio
from course_utils.studio.preview import SIZE, fast_preview
from tests.studio.driving import SMALL, drive, finish, run_to_the_end, until, uploaded

SHOWN = "fast preview by a trained network"
CAT = load_image("cat", 640)


def caption(made):
    return made.monitor.timeline.picture.value.rpartition("<div>")[2]


@pytest.mark.parametrize("painting", samples("style"))
def test_each_painting_of_the_course_is_previewed_by_its_own_network(painting):
    expected = FastStyle.load(fast_networks()[painting])(CAT, size=SIZE)
    np.testing.assert_array_equal(fast_preview(CAT, [painting]), expected)


def test_several_paintings_are_mixed_in_equal_parts():
    five = FastStyle.load(fast_networks()["five"])
    mixed = fast_preview(CAT, ["summertime", "great_wave"])
    parts = [0.5 if each in ("great_wave", "summertime") else 0 for each in five.paintings]
    np.testing.assert_array_equal(mixed, five(CAT, parts, SIZE))
    assert np.abs(mixed - fast_preview(CAT, ["summertime"])).mean() > 0.02  # 0.1 where it was tried


@pytest.mark.parametrize("paintings", [["mine.jpg"], ["great_wave", "mine.jpg"], ["five"]])
def test_a_painting_without_a_network_has_no_preview(paintings):
    assert fast_preview(CAT, paintings) is None


def test_the_photo_comes_first_then_the_preview_then_the_run():
    async def scenario(made):
        timeline = made.monitor.timeline
        assert "the photo" in caption(made)
        await until(lambda: SHOWN in caption(made))
        assert timeline.frames == {0: data_url(fast_preview(CAT, ["great_wave"]))}
        timeline.wipe.value = 0.5
        assert data_url(CAT) in timeline.picture.value
        assert made.buttons["keep"].disabled and made.buttons["save"].disabled
        await run_to_the_end(made)
        assert "step 6" in caption(made)
        made.style_picture.buttons["summertime"].click()
        await asyncio.sleep(0.1)
        assert "step 6" in caption(made)

    assert drive(scenario).state == "ended"


def test_another_choice_has_another_preview_and_an_upload_none():
    painting = io.BytesIO()
    PIL.Image.new("RGB", (64, 64), "teal").save(painting, "png")

    async def scenario(made):
        pictures = []
        for picker, name in [("style_picture", "summertime"), ("content", "pagoda")]:
            getattr(made, picker).buttons[name].click()
            assert "the photo" in caption(made)
            await until(lambda: SHOWN in caption(made))
            pictures.append(made.monitor.timeline.frames[0])
        assert pictures[1] == data_url(fast_preview(load_image("pagoda", 640), ["summertime"])) != pictures[0]
        made.style_picture.uploader.button.value = uploaded("teal.png", painting.getvalue())
        await finish(made)
        assert "the photo" in caption(made) and not made.code.value

    drive(scenario)


@pytest.fixture
def asked(monkeypatch):
    """The paintings of each preview asked for; there is none."""
    paintings = []
    monkeypatch.setattr(studio, "fast_preview", lambda _, names: paintings.append(list(names)))
    return paintings


def test_only_the_last_of_several_quick_choices_is_computed(asked):
    async def scenario(made):
        assert not asked  # the studio opens first
        for name in ("summertime", "composition_viii", "great_wave"):
            made.style_picture.buttons[name].click()
        await finish(made)

    drive(scenario)
    assert asked == [["great_wave"]]


def test_a_run_that_starts_at_once_has_no_preview(asked):
    assert drive(run_to_the_end).state == "ended"
    assert not asked


def test_outside_a_loop_the_studio_shows_the_photo(asked):
    assert "the photo" in caption(Studio("cat", "great_wave", **SMALL))
    assert not asked


def test_a_damaged_network_is_told_and_costs_the_preview_only(monkeypatch, tmp_path):
    path = tmp_path / "great_wave.npz"
    path.write_bytes(fast_networks()["great_wave"].read_bytes()[:5000])
    monkeypatch.setattr(preview, "fast_networks", lambda: {"great_wave": path})

    async def scenario(made):
        await finish(made)
        assert "There is no fast preview:" in made.code.value and str(path) in made.code.value
        assert "the photo" in caption(made)
        await run_to_the_end(made)

    assert drive(scenario).state == "ended"
