"""The settings inside a saved picture: written, read back, written as code, and refused when damaged."""

import json

import numpy as np
import PIL.Image
import pytest
from PIL import PngImagePlugin

from course_utils import CourseError, Options
from course_utils.recipe import FORMAT, KEY, Recipe, read_recipe, save_with_recipe

RECIPE = Recipe(
    "my 'cat' 猫.jpg", "great_wave", Options(beta=3.0, style_layers=("conv1_1", "conv3_1"), steps=7, seed=5)
)


def write(path, text, key=KEY):
    info = PngImagePlugin.PngInfo()
    info.add_itxt(key, text)
    PIL.Image.new("RGB", (40, 40)).save(path, pnginfo=info)
    return path


def facts(**changes):
    return json.dumps({"format": FORMAT, "content": "cat", "style": "great_wave", "options": {}} | changes)


def test_a_saved_picture_gives_back_its_pixels_and_its_recipe(tmp_path, random_image):
    image = random_image(40, 50)
    path = save_with_recipe(image, tmp_path / "x.png", RECIPE, {"total": 1.5}, 7)
    assert read_recipe(path) == RECIPE
    with PIL.Image.open(path) as picture:
        assert np.abs(np.asarray(picture) / 255 - image[0]).max() <= 0.5 / 255 + 1e-6
        kept = json.loads(picture.text[KEY])
    assert kept["losses"] == {"total": 1.5}
    assert kept["steps"] == 7
    assert kept["options"]["seed"] == 5
    assert kept["versions"].keys() >= {"tensorflow", "numpy"}


def test_the_code_makes_the_same_recipe():
    def stylize(content, style, **options):
        return Recipe(content, style, Options(**options))

    assert eval(RECIPE.code(), {"stylize": stylize}) == RECIPE
    assert Recipe("cat", "great_wave", Options()).code() == "stylize('cat', 'great_wave')"


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("{", "damaged"),
        ("[]", "damaged"),
        ("{}", "damaged"),
        (facts(format=99), "not of a format known"),
        (facts(content=["cat"]), "not of a format known"),
        (facts(options=[]), "not of a format known"),
        (facts(options={"speed": 2}), "unknown option: speed"),
        (facts(options={"beta": -1}), "beta=-1"),
        (facts(options={"beta": "high"}), "a number is needed"),
    ],
)
def test_settings_that_cannot_be_used_are_refused_in_words(tmp_path, text, message):
    with pytest.raises(CourseError, match=message):
        read_recipe(write(tmp_path / "x.png", text))


def test_other_files_are_refused_in_words(tmp_path):
    with pytest.raises(CourseError, match="holds no settings"):
        read_recipe(write(tmp_path / "x.png", "text", key="comment"))
    PIL.Image.new("RGB", (40, 40)).save(tmp_path / "x.jpg")
    with pytest.raises(CourseError, match="holds no settings"):
        read_recipe(tmp_path / "x.jpg")
    for path in (tmp_path, tmp_path / "missing.png", __file__):
        with pytest.raises(CourseError, match="cannot be read"):
            read_recipe(path)


def test_only_png_keeps_settings_and_only_a_named_network_is_kept(tmp_path, random_image, small_network):
    with pytest.raises(CourseError, match=r"\.png file only"):
        save_with_recipe(random_image(40, 40), tmp_path / "x.jpg", RECIPE, {}, 1)
    with pytest.raises(CourseError, match="by name"):
        save_with_recipe(
            random_image(40, 40), tmp_path / "x.png", Recipe("a", "b", Options(network=small_network)), {}, 1
        )
    assert list(tmp_path.iterdir()) == []
