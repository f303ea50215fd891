"""Colours: statistics that match, luminance that stays, and what cannot be matched."""

import numpy as np
import pytest

from course_utils.colour import color_statistics, luminance, match_color, match_luminance, prepared, recolor
from course_utils.images import load_image
from course_utils.samples import samples

PAIRS = [(content, style) for content in samples("content") for style in samples("style")]


@pytest.mark.parametrize("root", ["symmetric", "cholesky"])
@pytest.mark.parametrize(("content", "style"), PAIRS)
def test_mean_and_covariance_become_the_photos(content, style, root):
    photo, painting = load_image(content, 128), load_image(style, 128)
    mean, covariance = color_statistics(match_color(painting, photo, root))
    expected_mean, expected_covariance = color_statistics(photo)
    np.testing.assert_allclose(mean, expected_mean, atol=1e-3)
    np.testing.assert_allclose(covariance, expected_covariance, atol=1e-3)


def test_statistics_are_numpys(random_image):
    image = random_image(7, 9)
    mean, covariance = color_statistics(image)
    np.testing.assert_allclose(mean, image.reshape(-1, 3).mean(0))
    np.testing.assert_allclose(covariance, np.cov(image.reshape(-1, 3).T, bias=True))


def test_a_mask_counts_its_pixels_only(random_image):
    image = random_image(6, 8)
    mask = np.zeros((1, 6, 8, 1))
    mask[:, :, :3] = 1
    for masked, cut in zip(color_statistics(image, mask), color_statistics(image[:, :, :3]), strict=True):
        np.testing.assert_allclose(masked, cut)


def test_the_symmetric_root_does_not_depend_on_the_order_of_the_channels_and_cholesky_does(random_image):
    content, style = random_image(9, 9, 1) * [1.0, 0.5, 0.8], random_image(9, 9, 2) ** 2
    style[..., 1] += 0.5 * style[..., 0]

    def differs(root):
        swapped = match_color(style[..., ::-1], content[..., ::-1], root)[..., ::-1]
        return np.abs(swapped - match_color(style, content, root)).max()

    assert differs("symmetric") < 1e-6
    assert differs("cholesky") > 0.01


@pytest.mark.parametrize("root", ["symmetric", "cholesky"])
def test_a_picture_matched_to_itself_stays(random_image, root):
    image = random_image(9, 9)
    np.testing.assert_allclose(match_color(image, image, root), image, atol=1e-6)


def test_a_grey_painting_stays_finite(random_image):
    grey = np.repeat(random_image(9, 9, 1)[..., :1], 3, -1)
    matched = match_color(grey, random_image(9, 9, 2))
    assert np.isfinite(matched).all()
    assert np.abs(matched).max() < 3


def test_recolor_keeps_the_luminance_and_the_hue(random_image):
    Y, image = random_image(20, 30, 1)[..., :1], random_image(20, 30, 2)
    result = recolor(Y, image)
    np.testing.assert_allclose(luminance(result), Y, atol=1e-6)
    assert result.min() >= 0 and result.max() <= 1
    chroma, wanted = result - luminance(result), image - luminance(image)
    cosine = (chroma * wanted).sum(-1) / np.linalg.norm(chroma, axis=-1) / np.linalg.norm(wanted, axis=-1)
    assert cosine.min() > 0.999
    # where there is room, the colour is the photo's, exactly
    free = ((Y + wanted > 0) & (Y + wanted < 1)).all(-1)
    np.testing.assert_allclose(chroma[free], wanted[free], atol=1e-6)
    assert 0.1 < free.mean() < 0.9


def test_recolor_with_its_own_luminance_is_the_identity(random_image):
    image = random_image(5, 6)
    np.testing.assert_allclose(recolor(luminance(image), image), image, atol=1e-6)


def test_match_luminance_sets_brightness_and_contrast_and_leaves_the_colours(random_image):
    image, target = 0.5 * random_image(20, 20, 1) + 0.2, random_image(20, 20, 2)
    result = match_luminance(image, target)
    assert luminance(result).mean() == pytest.approx(luminance(target).mean(), abs=1e-3)
    assert luminance(result).std() == pytest.approx(luminance(target).std(), abs=1e-3)
    np.testing.assert_allclose(result - luminance(result), image - luminance(image), atol=1e-6)


@pytest.mark.parametrize("color", ["style", "luminance", "match"])
def test_brightness_is_preserved_or_transferred(color):
    photo, painting = load_image("cat", 128), load_image("composition_viii", 128)

    def brightness(image):
        return (image if image.shape[-1] == 1 else luminance(image)).mean()

    kept = brightness(prepared(painting, photo, color, "content"))
    transferred = brightness(prepared(painting, photo, color, "style"))
    # clipping to [0, 1] moves the means: the painting is much lighter (0.81) than the photo (0.47)
    assert kept == pytest.approx(brightness(photo), abs=0.02)
    assert transferred == pytest.approx(brightness(painting), abs=0.05)
    automatic = brightness(prepared(painting, photo, color, "auto"))
    assert automatic == (transferred if color == "style" else kept)
