"""The studio's choice of pictures: clicks, uploads, and what is refused."""

import io

import numpy as np
import PIL.Image
import pytest

from course_utils import load_image, stylize
from course_utils.errors import ImageError, OptionError
from course_utils.samples import find_image
from course_utils.studio import Studio
from tests.studio.driving import SMALL, drive, run_to_the_end, uploaded


def test_pictures_are_named(tmp_path):
    path = tmp_path / "mine.jpg"
    path.write_bytes(find_image("cat").read_bytes())
    assert Studio(path, [path, "summertime"], **SMALL).recipe().code().startswith(f"stylize({str(path)!r}, [")
    with pytest.raises(ImageError, match="not as ndarray"):
        Studio(load_image("cat"))
    with pytest.raises(OptionError, match="masks: the studio takes pictures by name"):
        Studio(masks=(load_image("cat")[0, ..., 0],))


def test_an_uploaded_mask_is_used_by_its_name():
    buffer = io.BytesIO()
    PIL.Image.fromarray(np.full((320, 480), 255, np.uint8)).save(buffer, "png")

    async def scenario(made):
        made.mask.button.value = uploaded("my mask.png", buffer.getvalue())
        assert made.controls.more.value
        await run_to_the_end(made)
        made.filename.value = "no/folder.png"

    made = drive(scenario, size=48)
    assert made.state == "ended", made.monitor.message.value
    assert "masks=('my mask.png',)" in made.recipe().code()
    assert "it needs the file my mask.png beside the notebook" in made.recipe().code()


def test_a_click_takes_a_painting_away_again_but_never_the_last():
    async def scenario(made):
        picker = made.style_picture
        picker.several.value = True
        for name in ("summertime", "great_wave", "summertime"):
            picker.buttons[name].click()
        assert picker.names == ["summertime"]
        picker.several.value = False
        picker.buttons["great_wave"].click()
        assert picker.names == ["great_wave"]

    drive(scenario)


def test_an_upload_is_taken_and_repainted():
    async def scenario(made):
        made.content.uploader.button.value = uploaded("my <b>cat</b>.jpg", find_image("astronaut").read_bytes())
        assert made.content.names == ["my <b>cat</b>.jpg"]
        await run_to_the_end(made)

    made = drive(scenario)
    assert np.array_equal(made.run.image, stylize("astronaut", "great_wave", **SMALL))
    assert "it needs the file my <b>cat</b>.jpg beside the notebook" in made.recipe().code()
    made.buttons["code"].click()
    assert "<b>" not in made.code.value


@pytest.mark.parametrize("data", [b"", b"no picture", find_image("cat").read_bytes()[:3000]])
def test_a_bad_upload_is_refused_in_words_and_changes_nothing(data):
    async def scenario(made):
        made.style_picture.uploader.button.value = uploaded("<i>bad</i>.png", data)

    made = drive(scenario)
    assert made.style_picture.names == ["great_wave"]
    assert "Failed:" in made.style_picture.uploader.message.value
    assert "&lt;i&gt;bad" in made.style_picture.uploader.message.value


def test_a_click_on_a_thumbnail_chooses_the_picture():
    async def scenario(made):
        made.style_picture.buttons["summertime"].click()

    made = drive(scenario)
    assert made.recipe().style == "summertime"
    assert [name for name, button in made.style_picture.buttons.items() if button.icon] == ["summertime"]


def test_a_photo_that_has_gone_since_is_told_in_words(tmp_path):
    path = tmp_path / "mine.jpg"
    path.write_bytes(find_image("cat").read_bytes())
    studio = Studio(path, "summertime", **SMALL)
    before = studio.monitor.timeline.picture.value
    studio.content.choose("pagoda")
    assert studio.monitor.timeline.picture.value != before
    path.unlink()
    studio.content.choose(str(path))
    assert "mine.jpg" in studio.code.value
