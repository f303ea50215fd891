"""Slides: what is in the file, and what a browser without a network makes of it."""

import ast
import base64
import dataclasses
import json
import os
import re
import shutil
from collections import defaultdict

import pytest
from bs4 import BeautifulSoup
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook, new_output

from course_utils.classroom.lessons import find_exercises, find_lesson, find_lessons
from course_utils.classroom.printing import print_slides
from course_utils.classroom.slides import find_talk, make_slides, without_alternatives, write_slides
from course_utils.errors import CourseError
from tests.browsing import BROWSER, BROWSERS, ROOT, launched
from tests.talk import SCREEN, opened, overflowing, page

if BROWSER is None and os.environ.get("COURSE_NEEDS_BROWSER"):
    pytest.fail(f"no browser: install one of {', '.join(BROWSERS)}", pytrace=False)
needs_browser = pytest.mark.skipif(BROWSER is None, reason=f"no browser: install one of {', '.join(BROWSERS)}")


def text(source, kind="-"):
    return new_markdown_cell(source, metadata={"slideshow": {"slide_type": kind}})


def code(source, *outputs, kind="-"):
    slideshow = {"slideshow": {"slide_type": kind}}
    return new_code_cell(source, execution_count=1, outputs=list(outputs), metadata=slideshow)


def printed(words):
    return new_output("stream", text=words)


def picture(name):
    stored = base64.b64encode((ROOT / "data" / "results" / name).read_bytes()).decode()
    return new_output("execute_result", {"image/jpeg": stored, "text/plain": "<what> is seen"}, execution_count=1)


def lesson(*cells, number="3"):
    """Return a lesson with other cells."""
    notebook = new_notebook(cells=list(cells))
    return dataclasses.replace(find_lesson(number), notebook=notebook, exercises=find_exercises(notebook.cells))


@pytest.fixture(scope="module")
def gram():
    return page(find_lesson("3"))


def test_everything_is_in_the_file(gram):
    for name in ("src", "srcset", "poster", "data"):
        assert all(each[name].startswith("data:") for each in gram.select(f"[{name}]"))
    assert not gram.select("link, iframe, script[src]")
    assert not re.search(r"@import|url\((?!['\"]?(data:|#))", "".join(style.text for style in gram.select("style")))
    assert all(link["href"].startswith("https://") for link in gram.select("a[href]"))
    for words in ("Hakim El Hattab", "Apache License"):
        assert words in gram.select_one("#licences").text


def test_pictures_are_embedded_as_they_are_and_described(gram):
    stored = base64.b64encode((ROOT / "data" / "results" / "bricks.jpg").read_bytes()).decode()
    assert any(each["src"] == f"data:image/jpeg;base64,{stored}" for each in gram.select("img"))
    assert all(len(each["alt"]) > 15 and not each["alt"].startswith("No desc") for each in gram.select("img"))


def test_the_alternative_of_a_picture_is_text_whatever_it_says():
    (shown,) = page(lesson(text("# Title"), code("x", picture("bricks.jpg")))).select("img")
    assert shown["alt"] == "<what> is seen"


def test_an_answer_waits_for_a_key_press_unless_the_next_slide_has_it():
    deck = page(
        lesson(
            text("# Title"),
            text("## Here\n\n**Predict.** What?", "slide"),
            code("1", printed("the answer")),
            text("Because."),
            text("## There\n\n**Predict.** And now?", "slide"),
            code("2", printed("the other"), kind="subslide"),
            text("## Marked\n\n**Predict.** And now?", "slide"),
            code("3", kind="skip"),
            code("4", printed("the last"), kind="fragment"),
        )
    )
    waiting = [" ".join(each.text.split()) for each in deck.select(".fragment")]
    assert waiting == ["1 the answer Because.", "4 the last"]
    assert len(deck.select("p.prediction")) == 3


def test_in_a_lesson_no_answer_stands_beside_its_prediction(gram):
    predictions = gram.select("p.prediction")
    assert len(predictions) >= 8
    for prediction in predictions:
        cell = prediction.find_parent(class_="jp-Cell")
        assert all("fragment" in each["class"] or each.name == "aside" for each in cell.find_next_siblings())


def test_a_widget_is_one_line():
    view = {"application/vnd.jupyter.widget-view+json": {"model_id": "1"}, "text/plain": "Studio()"}
    deck = page(lesson(text("# Title"), code("Studio()", new_output("display_data", view))))
    assert deck.select_one(".jp-OutputArea").text.strip() == "A widget: to use it, run this cell in the notebook."
    assert not deck.select("script[type^='application/vnd']")


def test_the_short_version_leaves_out_what_takes_no_minutes_and_nothing_else(gram):
    whole = find_lesson("3")
    minutes = whole.notebook.metadata.course.minutes
    deck = BeautifulSoup(make_slides(whole, short=True), "html.parser")
    assert [each.text for each in deck.select("h2")] == [each.section for each in minutes if each.short]
    left_out = {each.section for each in minutes if not each.short}
    assert len(left_out) == 4

    def sections(page):
        texts = defaultdict(str)
        heading = "title"
        for each in page.select(".slides > section"):
            heading = each.h2.text if each.h2 else heading
            texts[heading] += each.text
        return texts

    kept = {heading: words for heading, words in sections(gram).items() if heading not in left_out}
    short = sections(deck)
    assert len(short.pop("title")) < len(kept.pop("title"))
    assert short == kept
    assert "Time: 65 minutes, in the short version. Prerequisites:" in deck.text
    with pytest.raises(CourseError, match=r"no short version: its metadata lacks course\.minutes"):
        make_slides(lesson(text("# Title")), short=True)


@pytest.mark.parametrize(
    ("source", "shown"),
    [
        ('show(x, alt="é")', "show(x)"),
        ('é = show(x, alt="é", width=3)', "é = show(x, width=3)"),
        (
            'show(\n    x,\n    width=3,\n    alt=(\n        "a, "\n        "b"\n    ),\n)',
            "show(\n    x,\n    width=3,\n)",
        ),
        (
            'show(\n    x,\n    alt=f(x, alt="a")\n)\nshow(alt="b"); show(y, alt="c")',
            "show(\n    x\n)\nshow(); show(y)",
        ),
        ("%matplotlib inline\nshow(alt=1)", "%matplotlib inline\nshow(alt=1)"),
        ("alt = 3", "alt = 3"),
    ],
)
def test_the_code_shown_does_not_give_its_figure_away(source, shown):
    assert without_alternatives(source) == shown


def test_the_code_of_all_lessons_is_valid_without_alternatives_and_the_same_otherwise():
    cells = [cell for lesson in find_lessons().values() for cell in lesson.notebook.cells if cell.cell_type == "code"]
    cut = 0
    for cell in cells:
        shown = without_alternatives(cell.source)
        if shown != cell.source:
            tree = ast.parse(cell.source)
            for call in (node for node in ast.walk(tree) if isinstance(node, ast.Call)):
                call.keywords = [each for each in call.keywords if each.arg != "alt"]
            assert ast.unparse(ast.parse(shown)) == ast.unparse(tree)
            assert not re.search(r"\balt=|[ \t]$|\(,|,,|\n\n\n\n", shown, re.M)
            cut += 1
    assert cut > 100


def test_no_solution_is_shown(gram):
    solutions = json.loads((ROOT / "notebooks" / "solutions" / "03_gram_matrices.ipynb").read_text("utf-8"))["cells"]
    lines = {line.strip() for cell in solutions if cell["cell_type"] == "code" for line in cell["source"]}
    bodies = {line for line in lines if line.startswith("return ")}
    assert len(bodies) >= 4
    stubs = [pre.text for pre in gram.select("pre") if "checks." in pre.text]
    assert len(stubs) == len(find_lesson("3").exercises)
    assert all("..." in stub and not any(line in stub for line in bodies) for stub in stubs)


@pytest.mark.parametrize(
    ("cell", "words"),
    [
        (new_code_cell("print(1)"), "1 of 1 cells of .* have not been run"),
        (
            text("![a picture that is missing](../data/results/none.jpg)"),
            "cannot read the picture ../data/results/none.jpg",
        ),
        (
            text("![a picture elsewhere](https://example.org/a.jpg)"),
            "cannot hold https://example.org/a.jpg",
        ),
        (text('<img src="film.mov" alt="not a picture">'), "cannot hold film.mov"),
    ],
)
def test_what_slides_cannot_show_is_refused(cell, words):
    with pytest.raises(CourseError, match=words):
        make_slides(lesson(text("# Title"), cell))


def test_a_changed_copy_is_shown_as_it_is(tmp_path):
    mine = tmp_path / "03_gram_matrices.ipynb"
    original = find_lesson("3").path
    shutil.copy(original, mine)
    assert find_talk(str(original)).path == find_talk("3").path == original
    mine.write_text(mine.read_text("utf-8").replace("Which features fire together?", "Who fires?"), "utf-8")
    assert "Who fires?" in find_talk(str(mine)).notebook.cells[3].source
    mine.write_text("{", "utf-8")
    with pytest.raises(CourseError, match=r"cannot read .* as a notebook"):
        find_talk(str(mine))


def test_nothing_is_written_where_that_is_impossible(tmp_path):
    (tmp_path / "file").write_text("")
    with pytest.raises(CourseError, match="cannot write"):
        write_slides(lesson(text("# Title")), tmp_path / "file")


@pytest.fixture(scope="module")
def browser():
    with launched() as chromium:
        yield chromium


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    return tmp_path_factory.mktemp("slides")


@needs_browser
@pytest.mark.parametrize(("number", "least"), [("0", 20), ("3", 43), ("7", 26)])
def test_a_lesson_opens_without_a_network_and_fits_the_screen(browser, folder, number, least):
    with opened(browser, write_slides(find_lesson(number), folder)) as talk:
        slides = talk.slides()
        assert len(slides) >= least
        assert overflowing(slides) == []
        assert talk.troubles == []
    assert [trouble for slide in slides for trouble in slide["troubles"]] == []
    assert not any(slide["hidden"] for slide in slides)
    assert min(slide["text"] for slide in slides) >= 16
    assert min(slide["code"] for slide in slides) >= 15
    assert sum(slide["scale"] == 1 for slide in slides) > len(slides) / 2


@needs_browser
def test_no_request_leaves_whatever_a_cell_has_shown(browser, folder):
    tracker = '<img alt="a" src="https://example.org/a.png"><link rel="stylesheet" href="https://example.org/a.css">'
    deck = lesson(text("# Title"), code("x", new_output("display_data", {"text/html": tracker})))
    with opened(browser, write_slides(deck, folder)) as talk:
        assert len(talk.troubles) == 2
        assert all("violates the following Content Security Policy" in trouble for trouble in talk.troubles)


@needs_browser
def test_what_is_too_much_is_shrunk_wrapped_or_cut(browser, folder):
    long = "\n".join(f"line_{i} = {i}" for i in range(25))
    deck = lesson(
        text("# Title"),
        text("\n\n".join(f"Paragraph {i} of many. " * 3 for i in range(40)), "slide"),
        code("x", printed("a very long line of output " * 12), kind="slide"),
        code(long, picture("bricks.jpg"), kind="slide"),
        text("## Last\n\n**Predict.** What?", "slide"),
        code(long, printed("the answer\n" * 20)),
    )
    with opened(browser, write_slides(deck, folder)) as talk:
        slides = talk.slides()
        assert overflowing(slides) == []
        assert min(slide["scale"] for slide in slides) >= 0.7
        places = [slide["place"] for slide in slides]
        assert {"2.1", "2.2", "2.3"} <= set(places)
        assert places.count("3.1") == 1 and "3.2" not in places
        words = " ".join(talk.page.locator("section.frame").all_inner_texts())
        assert re.findall(r"Paragraph (\d+) of many", words)[::3] == [str(i) for i in range(40)]
        assert words.count("the answer") == 20


@needs_browser
def test_keys_show_answers_clicks_open_hints_and_s_opens_the_speakers_window(browser, folder):
    with opened(browser, write_slides(find_lesson("3"), folder)) as talk:
        page = talk.page
        by_hand = page.locator("section.frame", has=page.locator("h3:text-is('By hand')"))
        by_hand.evaluate("slide => Reveal.slide(Reveal.getIndices(slide).h, Reveal.getIndices(slide).v)")
        answer = by_hand.locator(".fragment")
        assert answer.evaluate("each => getComputedStyle(each).visibility") == "hidden"
        page.keyboard.press("Space")
        answer.wait_for(state="visible")
        page.keyboard.press("ArrowRight")
        exercise = page.locator("section.frame.present")
        hint = exercise.locator("details p").first
        assert not hint.is_visible()
        exercise.locator("summary").first.click()
        assert hint.is_visible()
        with page.context.expect_page() as popup:
            page.keyboard.press("s")
        notes = popup.value.locator(".speaker-controls-notes:not(.hidden) .value")
        notes.wait_for(timeout=60_000)
        assert "The usual mistake" in notes.inner_text()
        popup.value.frame_locator("iframe >> nth=0").locator(".reveal.ready .frame.present h3").wait_for(
            timeout=60_000
        )
        assert talk.troubles == []


@needs_browser
def test_in_the_overview_the_footer_is_away(browser, folder):
    with opened(browser, write_slides(lesson(text("# Title"), text("## Next", "slide")), folder)) as talk:
        footer = talk.page.locator("footer.lesson")
        assert footer.is_visible()
        talk.page.keyboard.press("Escape")
        talk.page.wait_for_selector(".reveal.overview")
        assert not footer.is_visible()


@needs_browser
def test_the_pdf_has_one_slide_a_page_with_answers_and_without_notes(browser, folder):
    slides = write_slides(find_lesson("0"), folder)
    with opened(browser, slides) as talk:
        number = len(talk.slides())
    with opened(browser, slides, "?print-pdf") as talk:
        talk.page.wait_for_selector(".reveal.printable")
        boxes = talk.page.locator(".pdf-page").evaluate_all("pages => pages.map(each => each.getBoundingClientRect())")
        hidden = "e => getComputedStyle(e).visibility == 'hidden' || getComputedStyle(e).opacity == 0"
        assert talk.page.locator(".fragment").count() > 0
        assert not any(talk.page.locator(".fragment").evaluate_all(f"all => all.map({hidden})"))
        assert not any(each.is_visible() for each in talk.page.locator("aside.notes, .speaker-notes").all())
        assert talk.page.locator(".pdf-page footer:has-text('Lesson 0.')").count() == number
        opened_folds = talk.page.locator("details[open] > summary").all_text_contents()
        closed_folds = talk.page.locator("details:not([open]) > summary").all_text_contents()
        assert opened_folds == ["Answer"] * 3 and "Hint 1" in closed_folds and "Answer" not in closed_folds
    assert {(box["width"], box["height"]) for box in boxes} == {
        (SCREEN["width"], SCREEN["height"] - 1)
    }  # reveal.js takes one
    path = print_slides(browser, slides)
    assert path.name == "00_start_here.pdf"
    written = path.read_bytes()
    assert written.startswith(b"%PDF") and len(re.findall(rb"/Type\s*/Page\b", written)) == number
    assert set(re.findall(rb"/MediaBox\s*\[([^]]*)\]", written)) == {b"0 0 960 600"}  # points: 1280 × 800 pixels
