"""Slides as parsed HTML, and in a real browser with the network cut: for the tests, and for the benchmark."""

import contextlib
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from bs4 import BeautifulSoup, Tag
from playwright.sync_api import Browser, Page

from course_utils.classroom import Lesson
from course_utils.classroom.slides import make_slides

SCREEN = {"width": 1280, "height": 800}

_SHOW_EACH = """async () => {
    const found = [];
    const seen = (fragment) => [...fragment.querySelectorAll('img, svg, p, li, td, h2, h3, summary, pre')].some(
        each => each.checkVisibility() && each.getBoundingClientRect().height > 0
            && (each.matches('img, svg') || each.textContent.trim()));
    for (const slide of Reveal.getSlides()) {
        const { h, v } = Reveal.getIndices(slide);
        Reveal.slide(h, v, slide.querySelectorAll('.fragment').length - 1);
        const frame = slide.getBoundingClientRect();
        const inside = [...slide.querySelectorAll('.jp-Cell *')]
            .filter(each => each.checkVisibility()).map(each => each.getBoundingClientRect());
        const text = [...slide.querySelectorAll('p, li, td')].map(each => parseFloat(getComputedStyle(each).fontSize));
        const code = [...slide.querySelectorAll('pre')].map(each => parseFloat(getComputedStyle(each).fontSize));
        found.push({
            place: `${h + 1}.${v + 1}`,
            words: slide.innerText.slice(0, 50),
            height: Math.max(slide.scrollHeight, ...inside.map(box => box.bottom - frame.top)),
            width: Math.max(slide.scrollWidth, ...inside.map(box => box.right - frame.left)),
            scale: parseFloat(slide.style.getPropertyValue('--scale')),
            text: Math.min(...text, 99),
            code: Math.min(...code, 99),
            hidden: [...slide.querySelectorAll('.fragment:not(.visible)')].length,
            troubles: [
                ...[...slide.querySelectorAll('img')].filter(img => !img.naturalWidth).map(() => 'an empty picture'),
                ...[...slide.querySelectorAll('img:not([alt]), img[alt=""]')].map(() => 'a picture without a text'),
                ...[...slide.querySelectorAll('.fragment')].filter(each => !seen(each)).map(() => 'an empty fragment'),
                ...[...slide.querySelectorAll('[data-mjx-error]')].map(each => `formula: ${each.dataset.mjxError}`),
            ],
        });
    }
    return found;
}"""


@dataclass
class Talk:
    """Slides opened in a page without a network.

    Attributes:
        page: the browser's page; slides are measured at 1280 × 800.
        troubles: what the page has asked the network for, and its errors.
    """

    page: Page
    troubles: list[str] = field(default_factory=list)

    def slides(self) -> list[dict]:
        """Show every slide with its fragments, and return what each looks like: place, words, height, width, …"""
        return self.page.evaluate(_SHOW_EACH)


def overflowing(slides: list[dict]) -> list[dict]:
    """Return those that are larger than the screen."""
    return [slide for slide in slides if slide["height"] > SCREEN["height"] or slide["width"] > SCREEN["width"]]


@contextlib.contextmanager
def opened(browser: Browser, path: Path, query: str = "") -> Iterator[Talk]:
    """Open slides from a file, with the network cut."""
    with browser.new_context(viewport=SCREEN) as context:
        context.set_offline(True)
        page = context.new_page()
        talk = Talk(page)

        def guard(route):
            if route.request.url.startswith(("file:", "data:")):
                route.continue_()
            else:
                talk.troubles.append(f"asks for {route.request.url}")
                route.abort()

        context.route("**/*", guard)
        page.on("console", lambda said: talk.troubles.append(said.text) if said.type in ("error", "warning") else None)
        page.on("pageerror", lambda error: talk.troubles.append(str(error)))
        page.goto(path.resolve().as_uri() + query)
        page.wait_for_selector(".reveal.ready", timeout=120_000)
        yield talk


def page(of: Lesson) -> BeautifulSoup:
    """Return a lesson's slides, parsed."""
    return BeautifulSoup(make_slides(of), "html.parser")


def slide_with(page: BeautifulSoup, words: str) -> Tag:
    """Return the only slide whose heading has some words."""
    (found,) = [slide for slide in page.select("section > section") if words in str(slide.find(["h1", "h2", "h3"]))]
    return found
