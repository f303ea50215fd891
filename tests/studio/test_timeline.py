"""The pictures of a run: the slider through them, and the photo over them."""

import pytest

from course_utils.studio import studio
from course_utils.studio.timeline import FRAMES, Timeline


@pytest.fixture(autouse=True)
def a_pause_after_every_step_in_a_folder_of_its_own(monkeypatch, tmp_path):
    """So that a scenario can look at each, and no run is kept beside the tests."""
    monkeypatch.setattr(studio, "HEAR", (0.0, 1e9))
    monkeypatch.chdir(tmp_path)


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
