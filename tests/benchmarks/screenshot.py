"""The studio at work: lesson 7's, in a real browser, after a run with its own settings.

    python -m tests.benchmarks.screenshot

Writes data/results/studio.jpg. It needs Chromium.
"""

import io
import tempfile
from pathlib import Path

import PIL.Image

from course_utils.samples import DATA
from tests.browsing import click, field, launched, open_studio, serving, slider, wait_for


def main() -> None:
    """Run the cat, half wiped to the photo, and take the picture."""
    with tempfile.TemporaryDirectory() as folder, serving(Path(folder)) as address, launched() as browser:
        page = browser.new_page(viewport={"width": 1280, "height": 1040})
        open_studio(page, address)
        page.add_style_tag(content=".Toastify { display: none }")  # Jupyter's own news
        for name, value in {"longest side, px": "384", "steps": "65"}.items():
            click(page, "More settings")
            field(page, name).fill(value)
            field(page, name).press("Enter")
            click(page, "More settings")
        page.click("button[title^='Choose cat']")
        page.click("button[title^='Choose caf']")
        click(page, "Run")
        wait_for(page, "Finished after", 600)
        slider(page, "wipe to photo").focus()
        for _ in range(45):
            page.keyboard.press("ArrowRight")
        page.wait_for_timeout(1000)
        page.evaluate("document.querySelector('.course-studio').scrollIntoView()")
        page.wait_for_timeout(500)
        picture = page.locator(".course-studio").screenshot()
    PIL.Image.open(io.BytesIO(picture)).convert("RGB").save(
        DATA / "results" / "studio.jpg", quality=88, comment="lesson 7: the studio after a run at 384 px, 65 steps"
    )


if __name__ == "__main__":
    main()
