"""The settings inside a saved picture: written, read back, written as code, and refused when damaged."""

import json
import struct
import zlib
from types import SimpleNamespace

import numpy as np
import PIL.Image
import pytest
from PIL import PngImagePlugin

from course_utils import CourseError, Options
from course_utils.objective import Losses
from course_utils.recipe import FORMAT, KEY, Recipe, origin, read_recipe, save_and_tell, save_with_recipe
from course_utils.transfer import Step
from tests.corpus import png, png_chunk

RECIPE = Recipe(
    "my 'cat' 猫.jpg", "great_wave", Options(beta=3.0, style_layers=("conv1_1", "conv3_1"), steps=7, seed=5)
)


def done(image, recipe=RECIPE):
    """Return what stands for a run of seven steps."""
    losses = Losses(1.5, 1.0, 0.25, 0.25, {})
    steps = [Step(7, losses, image.shape[1:3], 1.0)] * 7
    note = origin(recipe.content, recipe.style, recipe.options)
    return SimpleNamespace(image=image, options=recipe.options, note=note, losses=losses, history=steps)


def write(path, text, key=KEY):
    info = PngImagePlugin.PngInfo()
    info.add_itxt(key, text)
    PIL.Image.new("RGB", (40, 40)).save(path, pnginfo=info)
    return path


def facts(**changes):
    return json.dumps({"format": FORMAT, "content": "cat", "style": "great_wave", "options": {}} | changes)


def test_a_saved_picture_gives_back_its_pixels_and_its_recipe(tmp_path, random_image):
    image = random_image(40, 50)
    path = save_with_recipe(done(image), tmp_path / "x.png")
    assert read_recipe(path) == RECIPE
    with PIL.Image.open(path) as picture:
        assert np.abs(np.asarray(picture) / 255 - image[0]).max() <= 0.5 / 255 + 1e-6
        kept = json.loads(picture.text[KEY])
    assert kept["losses"] == {"total": 1.5, "content": 1.0, "style": 0.25, "tv": 0.25}
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
        (facts(format=99), "in an unknown format"),
        (facts(content=["cat"]), "in an unknown format"),
        (facts(options=[]), "in an unknown format"),
        (facts(options={"speed": 2}), "unknown option: speed"),
        (facts(options={"beta": -1}), "beta=-1"),
        (facts(options={"beta": "high"}), "a number is needed"),
        (facts(options={"beta": 10**400}), "a finite number is needed"),
    ],
)
def test_settings_that_cannot_be_used_are_refused_in_words(tmp_path, text, message):
    with pytest.raises(CourseError, match=message):
        read_recipe(write(tmp_path / "x.png", text))


def test_other_files_are_refused_in_words(tmp_path):
    with pytest.raises(CourseError, match="holds no settings"):
        read_recipe(write(tmp_path / "x.png", "text", key="comment"))
    PIL.Image.new("RGB", (40, 40)).save(tmp_path / "x.jpg")
    for path in (tmp_path / "missing.png", tmp_path / "x.jpg", __file__):
        with pytest.raises(CourseError, match="cannot be read as a PNG"):
            read_recipe(path)
    with pytest.raises(CourseError, match="is not a regular file"):
        read_recipe(tmp_path)


def test_a_picture_that_promises_more_frames_than_it_has_or_is_too_large_is_refused(tmp_path):
    frame = png_chunk(b"fcTL", struct.pack(">IIIIIHHBB", 0, 64, 64, 0, 0, 1, 10, 0, 0))
    (tmp_path / "x.png").write_bytes(
        png(64, 64, png_chunk(b"acTL", struct.pack(">II", 2, 0)), frame, body=zlib.compress(bytes(64 * 65)))
    )
    with pytest.raises(CourseError, match="cannot be read as a PNG"):
        read_recipe(tmp_path / "x.png")
    (tmp_path / "x.png").write_bytes(png(12_000, 10_000, body=b""))
    with pytest.raises(CourseError, match="too large"):
        read_recipe(tmp_path / "x.png")


def test_what_is_told_of_a_saved_picture_is_where_it_can_be_opened(tmp_path, random_image, monkeypatch):
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("USERPROFILE", str(tmp_path))  # Windows
    run = done(random_image(40, 40))
    assert save_and_tell(run, "~/x.png").startswith(f"Saved as {tmp_path / 'x.png'}. ")
    assert ", replacing the file of that name" in save_and_tell(run, "~/x.png")
    assert read_recipe("~/x.png") == RECIPE
    with pytest.raises(CourseError, match="cannot write"):
        save_and_tell(run, "猫" * 90 + ".png")


def test_only_png_keeps_settings_and_only_a_named_network_is_kept(tmp_path, random_image, small_network):
    with pytest.raises(CourseError, match=r"\.png file only"):
        save_with_recipe(done(random_image(40, 40)), tmp_path / "x.jpg")
    with pytest.raises(CourseError, match="by name"):
        unnamed = Recipe("a", "b", Options(network=small_network))
        save_with_recipe(done(random_image(40, 40), unnamed), tmp_path / "x.png")
    assert list(tmp_path.iterdir()) == []
