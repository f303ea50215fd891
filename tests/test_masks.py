"""Masks: by name, from files and arrays, and what is refused."""

import numpy as np
import PIL.Image
import pytest

from course_utils.errors import ImageError
from course_utils.masks import SHAPES, load_mask


def test_opposite_masks_add_up_to_one():
    for one, other in (("left", "right"), ("top", "bottom")):
        np.testing.assert_allclose(load_mask(one, 40, 60) + load_mask(other, 40, 60), 1, atol=1e-6)


def test_masks_by_name_are_where_they_say():
    masks = {name: load_mask(name, 40, 60)[0, ..., 0] for name in SHAPES}
    assert masks["left"][:, :20].min() == 1 and masks["left"][:, 40:].max() == 0
    assert masks["top"][:10].min() == 1 and masks["top"][30:].max() == 0
    assert masks["middle"][20, 30] == 1 and masks["middle"][0, 0] == 0


def test_a_mask_comes_from_a_file_or_an_array(tmp_path):
    plane = np.zeros((40, 60), np.uint8)
    plane[:, :30] = 255
    PIL.Image.fromarray(plane).save(tmp_path / "half.png")
    expected = (plane / 255).astype(np.float32)
    for source in (tmp_path / "half.png", str(tmp_path / "half.png"), plane, plane > 0, expected, expected[..., None]):
        np.testing.assert_array_equal(load_mask(source, 40, 60)[0, ..., 0], expected)


@pytest.mark.parametrize(
    ("source", "message"),
    [
        (np.zeros((40, 41)), "same aspect ratio"),
        (np.full((40, 60), 1.5), "lie in"),
        (np.full((40, 60), np.nan), "lie in"),
        (np.zeros((40, 60), int), "bool, uint8"),
        (np.zeros((40, 60, 3)), "shape"),
        (np.zeros(60), "shape"),
        (np.zeros((0, 60)), "shape"),
        ("lefft", "no file 'lefft'.* masks by name are left, right"),
    ],
)
def test_bad_masks_are_refused(source, message):
    with pytest.raises(ImageError, match=message):
        load_mask(source, 40, 60)
