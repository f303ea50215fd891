"""Slides on paper: a PDF with one slide a page, printed by a browser that is installed here."""

import contextlib
import shutil
from collections.abc import Iterator
from pathlib import Path

from playwright.sync_api import Browser, Error, Playwright, sync_playwright

from ..errors import CourseError
from ..storage import written_whole

PROGRAMS = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "microsoft-edge")
CHANNELS = ("chrome", "msedge", "chromium")  # Playwright knows where they are on macOS and Windows; its own comes last
_PATIENCE = 300_000  # milliseconds; on a busy machine a long lesson takes a while


@contextlib.contextmanager
def printer() -> Iterator[Browser]:
    """Start a browser that prints.

    Raises:
        CourseError: there is none.
    """
    with sync_playwright() as driver:
        browser = _launch(driver)
        try:
            yield browser
        finally:
            browser.close()


def print_slides(browser: Browser, slides: Path) -> Path:
    """Print slides, with all fragments and without speaker's notes, and return the PDF's path, beside them.

    Args:
        browser: from `printer()`.
        slides: the file, `03_gram_matrices.slides.html`.

    Raises:
        CourseError: the browser fails, or the file cannot be written.
    """
    path = slides.with_name(slides.name.removesuffix(".html").removesuffix(".slides") + ".pdf")
    try:
        with browser.new_page(viewport={"width": 1280, "height": 800}) as page:
            page.goto(slides.resolve().as_uri() + "?print-pdf")
            page.wait_for_selector(".reveal.printable", timeout=_PATIENCE)
            printed = page.pdf(prefer_css_page_size=True, print_background=True, tagged=True, outline=True)
        with written_whole(path) as file:
            file.write(printed)
    except (Error, OSError) as error:
        raise CourseError(f"cannot print {slides} to {path}: {error}") from error
    return path


def _launch(driver: Playwright) -> Browser:
    programs = [{"executable_path": program} for program in map(shutil.which, PROGRAMS) if program]
    reasons = []
    for choice in [*programs, *({"channel": channel} for channel in CHANNELS)]:
        try:
            return driver.chromium.launch(**choice)
        except Error as error:
            reasons.append(f"{next(iter(choice.values()))}: {error.message.strip().splitlines()[0]}")
    raise CourseError(
        "no browser here prints a PDF: install Chromium, Chrome or Edge; or leave out --pdf, open the slides in any "
        f"browser with ?print-pdf after their name, and print them there ({'; '.join(reasons)})"
    )
