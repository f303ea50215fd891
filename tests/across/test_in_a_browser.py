"""The studio and the slides as they are met: in a real JupyterLab, with a real kernel, in a real browser."""

import os
import re
import shutil
import time

import pytest

from course_utils.recipe import read_recipe
from course_utils.samples import find_image
from tests.browsing import (
    BROWSER,
    BROWSERS,
    ROOT,
    click,
    field,
    launched,
    open_studio,
    serving,
    slider,
    status,
    wait_for,
)

if BROWSER is None:
    if os.environ.get("COURSE_NEEDS_BROWSER"):
        pytest.fail(f"no browser: install one of {', '.join(BROWSERS)}", pytrace=False)
    pytest.skip(f"no browser: install one of {', '.join(BROWSERS)}", allow_module_level=True)


@pytest.fixture(scope="module")
def server(tmp_path_factory):
    """Start JupyterLab on a copy of the lessons; yield the folder and the address."""
    folder = tmp_path_factory.mktemp("jupyter")
    with serving(folder) as address:
        yield folder, address


@pytest.fixture(scope="module")
def browser():
    with launched() as chromium:
        yield chromium


@pytest.fixture(scope="module")
def lesson(server, browser):
    page = browser.new_page(viewport={"width": 1280, "height": 1400})
    open_studio(page, server[1])
    page.focus("button:has-text('More settings')")
    page.keyboard.press("Space")
    page.wait_for_selector("label:has-text('longest side')")
    yield page
    page.close()


def readout(page, label):
    return float(page.inner_text(f".widget-inline-hbox:has(label:has-text('{label}')) .widget-readout"))


def step_shown(page, beyond=0):
    """Wait for a step's message, and return its number."""
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline:
        found = re.match(r"Step (\d+)", status(page))
        if found and int(found[1]) > beyond:
            return int(found[1])
        page.wait_for_timeout(50)
    raise AssertionError(f"no step after {beyond}: {status(page)}")


def steps_when(page, state, seconds=60):
    """Wait until the studio says that it is paused, stopped or finished after some steps, and return their number.

    Only the state's own line is looked at: the gallery may hold the same words.
    """
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        found = re.match(rf"{state} after (\d+) steps?", status(page))
        if found:
            return int(found[1])
        page.wait_for_timeout(20)
    raise AssertionError(f"not {state} after {seconds} s: {status(page)}")


def test_each_choice_has_a_fast_preview_before_the_first_run(lesson):
    preview = ".course-stage img[alt^='fast preview by a trained network']"
    lesson.wait_for_selector(preview, timeout=60_000)
    for name in ("summertime", "great_wave"):
        before = lesson.get_attribute(preview, "src")
        lesson.click(f"button[title='Choose {name}.']")
        lesson.wait_for_selector(f'{preview}:not([src="{before}"])', timeout=20_000)


def test_a_run_is_steered_paused_resumed_stopped_scrubbed_and_saved(lesson, server):
    field(lesson, "steps").fill("400")
    field(lesson, "steps").press("Enter")
    click(lesson, "Run")
    step_shown(lesson)

    before = readout(lesson, "β style")
    slider(lesson, "β style").focus()
    for _ in range(20):
        lesson.keyboard.press("ArrowLeft")
    click(lesson, "Pause")
    paused_at = steps_when(lesson, "Paused")
    assert readout(lesson, "β style") < 0.6 * before
    lesson.wait_for_timeout(1500)
    assert steps_when(lesson, "Paused") == paused_at
    click(lesson, "Resume")
    step_shown(lesson, beyond=paused_at)

    click(lesson, "Stop")
    steps_when(lesson, "Stopped", 20)
    assert lesson.locator(".jp-OutputArea img[alt^='the best picture up to step']").first.is_visible()

    slider(lesson, "timeline").focus()
    lesson.keyboard.press("Home")
    wait_for(lesson, "the photo")
    slider(lesson, "timeline").focus()
    lesson.keyboard.press("End")
    lesson.wait_for_selector("text=the best picture up to step", timeout=20_000)
    slider(lesson, "wipe to photo").focus()
    lesson.keyboard.press("End")
    lesson.wait_for_selector("img[alt^='the photo, over the left']", timeout=20_000)

    click(lesson, "Keep")
    lesson.wait_for_selector("img[alt^='kept: stylize']", timeout=20_000)
    field(lesson, "save as").fill("mine.png")
    field(lesson, "save as").press("Tab")
    click(lesson, "Save")
    wait_for(lesson, "Saved as mine.png", 10)
    recipe = read_recipe(server[0] / "notebooks" / "mine.png")
    assert recipe.options.beta < 5.5
    assert recipe.options.steps == 400


def test_stop_takes_effect_within_two_steps(lesson):
    """Each step at 512 px takes longer than the way of a click to the kernel."""
    field(lesson, "longest side, px").fill("512")
    field(lesson, "longest side, px").press("Enter")
    click(lesson, "Run")
    step_shown(lesson, beyond=2)
    shown = lesson.evaluate(
        """() => {
            const line = document.querySelector('.jp-OutputArea [role=status]').innerText;
            [...document.querySelectorAll('.jp-OutputArea button')].find(b => b.innerText.includes('Stop')).click();
            return line;
        }"""
    )
    assert steps_when(lesson, "Stopped", 30) - int(re.match(r"Step (\d+)", shown)[1]) <= 2


def test_an_upload_is_taken_and_a_bad_file_is_refused(lesson, tmp_path):
    photo = tmp_path / "my photo.jpg"
    shutil.copy(find_image("astronaut"), photo)
    with lesson.expect_file_chooser() as chooser:
        lesson.locator(".jp-OutputArea button:has-text('your own')").first.click()
    chooser.value.set_files(photo)
    lesson.wait_for_selector("button[title='Choose my photo.jpg.']", timeout=20_000)
    bad = tmp_path / "<b>bad<b>.png"
    bad.write_text("no picture")
    with lesson.expect_file_chooser() as chooser:
        lesson.locator(".jp-OutputArea button:has-text('your own')").nth(1).click()
    chooser.value.set_files(bad)
    wait_for(lesson, "is not a picture in a known format", 20)
    assert "<b>bad<b>.png" in lesson.inner_text(".jp-OutputArea [role=alert]")


def test_a_failure_is_shown_in_words_and_run_works_again(lesson):
    field(lesson, "longest side, px").fill("64")
    field(lesson, "steps").fill("5")
    field(lesson, "steps").press("Enter")
    field(lesson, "style layers").fill("conv9_9")
    field(lesson, "style layers").press("Enter")
    click(lesson, "Run")
    wait_for(lesson, "no layer 'conv9_9'")
    field(lesson, "style layers").fill("")
    field(lesson, "style layers").press("Enter")
    click(lesson, "Run")
    assert steps_when(lesson, "Finished") == 5


def places(page, width, height):
    """Return where the studio's parts are in a window of a size, as {name: {x, y, width, height}}."""
    page.set_viewport_size({"width": width, "height": height})
    page.evaluate("document.querySelector('.course-studio').scrollIntoView()")
    page.wait_for_timeout(500)
    parts = ["choice", "stage img", "side", "side button", "side .noUi-handle", "side svg"]
    found = {part: page.locator(f".course-{part}").first.bounding_box() for part in parts}
    return found | {"notebook": page.locator(".jp-Notebook").first.bounding_box()}


@pytest.fixture(scope="module")
def wide_picture(lesson):
    """Let the studio show a picture of 3 to 2."""
    lesson.click("button[title^='Choose cat']")
    for name, value in {"longest side, px": "96", "steps": "5"}.items():
        field(lesson, name).fill(value)
        field(lesson, name).press("Enter")
    click(lesson, "Run")
    steps_when(lesson, "Finished")
    return lesson


@pytest.mark.parametrize(("width", "height"), [(1440, 900), (1280, 720)])
def test_what_is_turned_and_what_is_watched_are_seen_together(wide_picture, width, height):
    found = places(wide_picture, width, height)
    screen = found.pop("notebook")
    for box in found.values():
        assert box["x"] >= screen["x"] and box["x"] + box["width"] <= screen["x"] + screen["width"]
        assert box["y"] >= screen["y"] and box["y"] + box["height"] <= screen["y"] + screen["height"]
    picture, side = found["stage img"], found["side"]
    assert picture["width"] >= 560
    assert side["x"] >= picture["x"] + picture["width"]


def test_a_narrow_studio_is_one_column_with_the_work_first(wide_picture):
    found = places(wide_picture, 760, 900)
    picture, side, choice = found["stage img"], found["side"], found["choice"]
    assert picture["y"] + picture["height"] <= side["y"] and side["y"] + side["height"] <= choice["y"]


LESSONS = sorted(path.name for path in (ROOT / "notebooks").glob("*.ipynb"))
SCREEN = {"width": 1280, "height": 800}


def slide_heights(page):
    """Return the first words and the height of each slide."""
    return page.evaluate(
        """() => {
            const leaves = [...document.querySelectorAll('.reveal .slides section')]
                .filter(section => !section.querySelector('section'));
            document.querySelectorAll('.reveal .slides section')
                .forEach(section => section.style.setProperty('display', 'block', 'important'));
            return leaves.map(section => [section.innerText.slice(0, 40), section.scrollHeight]);
        }"""
    )


@pytest.mark.parametrize("name", LESSONS)
def test_no_slide_is_taller_than_the_screen(server, browser, name):
    page = browser.new_page(viewport=SCREEN)
    page.goto(f"{server[1]}/rise/notebooks/{name}?token=x")
    page.wait_for_selector(".reveal .slides section .jp-Cell", timeout=60_000)
    page.wait_for_function("() => !document.querySelector('.jp-RenderedMarkdown:empty')", timeout=30_000)
    heights, before = slide_heights(page), None
    while heights != before:  # formulas and figures take their room
        page.wait_for_timeout(400)
        heights, before = slide_heights(page), heights
    page.close()
    assert len(heights) > 10
    assert [slide for slide in heights if slide[1] > SCREEN["height"]] == []
