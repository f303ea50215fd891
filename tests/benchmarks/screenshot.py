"""The studio at work: lesson 7's, in a real browser, after a run with its own settings.

    python -m tests.benchmarks.screenshot

Writes data/results/studio.jpg. It needs Chromium.
"""

import io
import tempfile
from pathlib import Path

import PIL.Image

from course_utils.samples import DATA
from tests.browsing import click, launched, open_studio, serving, slider, wait_for


def main() -> None:
    """Run the cat, half wiped to the photo, and take the picture."""
    with tempfile.TemporaryDirectory() as folder, serving(Path(folder)) as address, launched() as browser:
        page = browser.new_page(viewport={"width": 1280, "height": 1400})
        open_studio(page, address)
        page.click("button[title^='Take cat']")
        page.click("button[title^='Take caf']")
        click(page, "Run")
        wait_for(page, "Finished after", 600)
        slider(page, "wipe to photo").focus()
        for _ in range(45):
            page.keyboard.press("ArrowRight")
        page.wait_for_timeout(1000)
        picture = page.locator(".jp-OutputArea-output:has(button:has-text('Run'))").first.screenshot()
    PIL.Image.open(io.BytesIO(picture)).convert("RGB").save(
        DATA / "results" / "studio.jpg", quality=88, comment="lesson 7: the studio after a run of its own settings"
    )


if __name__ == "__main__":
    main()
