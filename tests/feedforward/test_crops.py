import numpy as np
import pytest

from course_utils import load_image
from course_utils.feedforward import draw_crops


def test_the_same_seed_draws_the_same_crops():
    photos = [load_image("cat", 200), load_image("pagoda", 120)]
    first, again, other = (draw_crops(photos, 12, 64, seed) for seed in (0, 0, 1))
    assert first.shape == (12, 64, 64, 3) and first.dtype == np.uint8
    np.testing.assert_array_equal(first, again)
    assert np.mean(first != other) > 0.9


def test_crops_differ_in_place_side_light_and_colour():
    crops = draw_crops([load_image("pagoda", 300)], 60, 64, 0).astype(float) / 255
    assert np.ptp(crops.mean((1, 2, 3))) > 0.2
    assert np.ptp(crops.std((1, 2, 3))) > 0.05
    red_most = (crops.mean((1, 2))[:, 0] >= crops.mean((1, 2)).max(1)).mean()
    assert 0 < red_most < 1


@pytest.mark.parametrize("size", [(40, 300), (64, 64), (33, 50), (520, 700)])
def test_photos_of_any_shape_will_do(size, random_image):
    crops = draw_crops([random_image(*size).astype(np.float32)], 5, 64, 0)
    assert crops.std((1, 2, 3)).min() > 5


def test_a_plain_photo_gives_plain_crops():
    crops = draw_crops([np.full((1, 90, 70, 3), 0.4, np.float32)], 20, 64, 0)
    assert crops.std((1, 2)).max() == 0
