"""The flow, where it is known, and warping, against the formula and OpenCV."""

import cv2
import numpy as np
import pytest

from course_utils.errors import ImageError
from course_utils.images import load_image
from course_utils.motion import flow, warp


@pytest.fixture(scope="module")
def photo():
    return load_image("pagoda", 256)[0]


@pytest.mark.parametrize("channels", [(), (1,), (2,), (3,), (4,)])
def test_warping_is_bilinear_interpolation(channels):
    """Against the four neighbours and their weights, written out; and beyond the border, the border's pixels."""
    draw = np.random.default_rng(0)
    image = draw.uniform(size=(40, 56, *channels)).astype(np.float32)
    w = draw.uniform(-5, 5, (40, 56, 2)).astype(np.float32)
    rows, columns = np.indices((40, 56))
    y = np.clip(rows + w[..., 1].astype(float), 0, 39)
    x = np.clip(columns + w[..., 0].astype(float), 0, 55)
    top, left = np.floor(y).astype(int), np.floor(x).astype(int)
    below, right = np.minimum(top + 1, 39), np.minimum(left + 1, 55)
    down, along = ((each).reshape(40, 56, *[1] * len(channels)) for each in (y - top, x - left))
    expected = (1 - down) * ((1 - along) * image[top, left] + along * image[top, right])
    expected += down * ((1 - along) * image[below, left] + along * image[below, right])
    moved = warp(image, w)
    assert moved.shape == image.shape and moved.dtype == np.float32
    # positions are float32: an error of 56 · 2⁻²³ px, times differences of neighbours of up to 1
    np.testing.assert_allclose(moved, expected, atol=2e-5)


@pytest.mark.parametrize("channels", [(), (1,), (3,), (4,)])
def test_warping_equals_opencv_s(channels):
    draw = np.random.default_rng(0)
    image = draw.uniform(size=(40, 56, *channels)).astype(np.float32)
    w = draw.uniform(-5, 5, (40, 56, 2)).astype(np.float32)
    rows, columns = np.indices((40, 56), np.float32)
    theirs = cv2.remap(
        image, columns + w[..., 0], rows + w[..., 1], cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE
    ).reshape(image.shape)
    # where OpenCV has no exact kernel it rounds positions to 1/32 px, an error of up to 1/64 in each direction
    np.testing.assert_allclose(warp(image, w), theirs, atol=2 / 64)


def test_warping_by_whole_pixels_copies():
    image = np.random.default_rng(0).uniform(size=(32, 40, 3)).astype(np.float32)
    w = np.tile(np.float32([3, -2]), (32, 40, 1))
    np.testing.assert_array_equal(warp(image, w)[2:, :-3], image[:-2, 3:])


def test_a_spline_of_degree_3_stays_sharp_where_a_picture_is_moved_again_and_again(photo):
    """Eight times by half a pixel is once by four."""
    half, errors = np.tile(np.float32([0.5, 0]), (120, 200, 1)), []
    for degree in (1, 3):
        moved = photo[:120, :200]
        for _ in range(8):
            moved = warp(moved, half, degree)
        errors.append(np.abs(moved - photo[:120, 4:204])[:, 8:-8].mean())  # px: away from the border
    assert errors[1] < errors[0] / 2


@pytest.mark.parametrize("step", [(0, 0), (1, 0), (3, -2), (-7, 4)])
def test_the_flow_of_a_pan_by_whole_pixels_is_that_pan(photo, step):
    """A crop that moves over a photo: pixel x of the second frame is at x + step in the first."""
    right, down = step
    first, second = (photo[20 + y : 140 + y, 20 + x : 220 + x] for x, y in ((0, 0), step))
    w = flow(second, first)
    assert w.shape == (120, 200, 2) and w.dtype == np.float32
    inner = w[16:-16, 16:-16]  # px: what came from outside, and the patches (8 px) that the border cuts, left out
    assert np.quantile(np.hypot(inner[..., 0] - right, inner[..., 1] - down), 0.95) < 0.02  # px
    assert np.abs(warp(first, w) - second)[16:-16, 16:-16].mean() < 1e-3  # of [0, 1]


def test_a_flow_down_to_half_the_size_is_less_exact(photo):
    first, second = photo[20:140, 20:220], photo[18:138, 23:223]
    errors = [
        np.quantile(np.hypot(*np.moveaxis(flow(second, first, finest) - [3, -2], -1, 0))[16:-16, 16:-16], 0.95)
        for finest in (0, 1)
    ]
    assert errors[0] < errors[1] < 0.25  # px


def test_the_flow_takes_bytes_and_floats_alike(photo):
    first, second = photo[:100, :150], photo[2:102, 1:151]
    as_bytes = [np.round(255 * each).astype(np.uint8) for each in (first, second)]
    np.testing.assert_array_equal(flow(second, first), flow(as_bytes[1], as_bytes[0]))


def test_frames_of_two_sizes_are_refused(photo):
    with pytest.raises(ImageError, match=r"150×100 and 151×100 px.*one size"):
        flow(photo[:100, :150], photo[:100, :151])


@pytest.mark.parametrize("bad", [np.full((40, 40, 3), np.nan), np.zeros((40, 40)), np.zeros((8, 8, 3))])
def test_what_is_no_frame_is_refused(photo, bad):
    with pytest.raises(ImageError):
        flow(bad, photo)


def test_a_flow_of_another_size_is_refused(photo):
    with pytest.raises(ImageError, match=r"\(8, 9, 2\) does not fit"):
        warp(photo, np.zeros((8, 9, 2)))
