"""What was kept, with the code that makes it."""

from types import SimpleNamespace

from course_utils.studio.gallery import Gallery
from tests.studio.driving import drive, run_to_the_end


def test_keep_keeps_the_picture_that_is_shown():
    async def scenario(made):
        await run_to_the_end(made)
        made.monitor.timeline.slider.value = 0
        made.buttons["keep"].click()
        kept = made.gallery.children[0]
        assert made.monitor.timeline.frames[0] in kept.children[0].value
        assert "the picture after step 0 of 6" in kept.children[1].value

    drive(scenario)


def test_the_gallery_keeps_results_with_their_code_and_lets_them_go():
    gallery = Gallery()
    gallery.keep(SimpleNamespace(shown=("data:1", 5, 5)), "stylize('a<b', 'c')")
    gallery.keep(SimpleNamespace(shown=("data:2", 4, 5)), "stylize('d', 'e')")
    assert "stylize(&#x27;a&lt;b&#x27;" in gallery.children[0].children[1].value
    gallery.children[0].children[2].click()
    assert len(gallery.children) == 1 and "data:2" in gallery.children[0].children[0].value
