"""The slider through pictures, driven as a kernel drives it."""

import base64
import io

import numpy as np
import PIL.Image
import pytest

from course_utils.studio import Browser

ALT = "a text that says what is shown"


@pytest.fixture
def images(random_image):
    return {f"picture {seed}": random_image(8, 12, seed) for seed in range(5)}


def displayed(browser):
    """Decode the picture that the browser's HTML holds."""
    url = browser.picture.value.split('"')[1]
    return np.asarray(PIL.Image.open(io.BytesIO(base64.b64decode(url.split(",")[1]))), float) / 255


def test_the_slider_shows_the_picture_that_it_names():
    images = {str(grey): np.full((1, 8, 8, 3), grey) for grey in (0.2, 0.5, 0.8)}
    browser = Browser(images, "grey", ALT)
    for choice in ("0.2", "0.8", "0.5"):
        browser.slider.value = choice
        assert displayed(browser) == pytest.approx(float(choice), abs=0.01)
        assert f"{ALT}, grey = {choice}" in browser.picture.value
        assert "width:480px" in browser.picture.value


def test_what_the_slider_says_is_text_and_not_html(random_image):
    browser = Browser({"<script>": random_image(8, 8)}, "a", 'b" onload="c')
    assert "<script>" not in browser.picture.value
    assert 'onload="c"' not in browser.picture.value


def test_the_text_in_the_slider_s_place_is_the_same_in_each_run(images):
    assert repr(Browser(images, "style", "a cat")) == "a slider style of 5 pictures: a cat"
