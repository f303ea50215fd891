"""The warping error: zero, or a number known beforehand."""

import numpy as np
import pytest

from course_utils.errors import ImageError
from course_utils.images import load_image
from course_utils.motion import mean_warping_error, warp, warping_error


@pytest.fixture
def pan():
    """Four crops that move over a photo, 2 px to the right and 1 px down from each to the next."""
    photo = load_image("pagoda", 256)[0]
    return [photo[10 + k : 110 + k, 10 + 2 * k : 160 + 2 * k] for k in range(4)]


def test_an_exactly_warped_picture_has_no_error():
    draw = np.random.default_rng(0)
    previous, w = draw.uniform(size=(32, 40, 3)).astype(np.float32), draw.uniform(-3, 3, (32, 40, 2))
    assert warping_error(warp(previous, w), previous, w, np.ones((32, 40), bool)) == 0


def test_the_error_is_the_mean_square_over_the_visible_pixels():
    previous, w = np.zeros((32, 40, 3), np.float32), np.zeros((32, 40, 2))
    image, seen = previous.copy(), np.zeros((32, 40), bool)
    image[:, :10], image[:, 30:] = 0.5, 1.0
    seen[:, :20] = True
    assert warping_error(image, previous, w, seen) == 0.125  # half of the visible pixels differ by 0.5
    assert warping_error(image, previous, w, ~seen) == 0.5  # half of the others by 1
    assert warping_error(image, previous, w, np.zeros_like(seen)) == 0


def test_a_pan_s_own_frames_have_nearly_no_error_and_a_flash_its_square(pan):
    own = mean_warping_error(pan, pan)
    assert own < 1e-4
    flashing = [frame * np.float32(0.5) + np.float32(0.25 * (k % 2)) for k, frame in enumerate(pan)]
    # each frame differs from the last by 0.25; the flow's own error is halved, its square quartered
    assert mean_warping_error(flashing, pan) == pytest.approx(0.0625, rel=0.01)


def test_videos_are_read_in_step_and_once(pan):
    read = []

    def one_by_one(name):
        for frame in pan:
            read.append(name)
            yield frame

    mean_warping_error(one_by_one("result"), one_by_one("frame"))
    assert read == ["result", "frame"] * 4


@pytest.mark.parametrize("frames", [0, 1])
def test_a_single_frame_has_no_warping_error(pan, frames):
    with pytest.raises(ImageError, match="two frames or more"):
        mean_warping_error(pan[:frames], pan[:frames])


def test_videos_of_different_lengths_are_refused(pan):
    with pytest.raises(ImageError, match="after 3 frames one of the two videos ends"):
        mean_warping_error(pan[:3], pan)


def test_frames_of_different_sizes_are_refused(pan):
    with pytest.raises(ImageError, match="one size"):
        mean_warping_error(pan[:2], [pan[0], pan[1][:-1]])
    with pytest.raises(ImageError, match="does not fit"):
        mean_warping_error([frame[:-1] for frame in pan], pan)
