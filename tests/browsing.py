"""The studio in a real browser: for the tests, and for the screenshot."""

import contextlib
import shutil
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from pathlib import Path

from playwright.sync_api import Browser, Locator, Page, sync_playwright

ROOT = Path(__file__).resolve().parents[1]
BROWSERS = ("chromium", "chromium-browser", "google-chrome")
BROWSER = next(filter(None, map(shutil.which, BROWSERS)), None)


@contextlib.contextmanager
def serving(folder: Path) -> Iterator[str]:
    """Start JupyterLab in a folder, on a copy of the lessons; yield its address."""
    shutil.copytree(ROOT / "notebooks", folder / "notebooks")
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    options = ["--no-browser", "--allow-root", f"--port={port}", "--ServerApp.token=x", f"--notebook-dir={folder}"]
    command = [sys.executable, "-m", "jupyter", "lab", *options, "--LabApp.expose_app_in_browser=True"]
    quiet = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
    with subprocess.Popen(command, cwd=folder, **quiet) as process:
        address = f"http://127.0.0.1:{port}"
        for _ in range(240):
            with contextlib.suppress(OSError):
                urllib.request.urlopen(f"{address}/api/status?token=x", timeout=5).close()
                break
            time.sleep(0.25)
        try:
            yield address
        finally:  # or leaving `Popen` would wait for ever
            process.terminate()


@contextlib.contextmanager
def launched() -> Iterator[Browser]:
    """Start the browser."""
    with sync_playwright() as driver:
        chromium = driver.chromium.launch(executable_path=BROWSER, args=["--no-sandbox", "--disable-gpu"])
        yield chromium
        chromium.close()


def open_studio(page: Page, address: str) -> None:
    """Open lesson 7 and run it as far as its studio."""
    page.goto(f"{address}/lab/tree/notebooks/07_studio.ipynb?token=x&reset")
    page.wait_for_selector(".jp-Notebook .jp-Cell", timeout=60_000)
    page.wait_for_function(
        "() => window.jupyterapp.shell.currentWidget?.sessionContext?.session?.kernel?.status === 'idle'",
        timeout=60_000,
    )
    page.evaluate("window.jupyterapp.commands.execute('application:toggle-left-area')")
    page.evaluate(
        """async () => {
            const notebook = window.jupyterapp.shell.currentWidget.content;
            const studio = notebook.widgets.findIndex(c => c.model.sharedModel.source.includes('Studio('));
            notebook.activeCellIndex = studio;
            await window.jupyterapp.commands.execute('notebook:run-all-above');
            notebook.activeCellIndex = studio;
            await window.jupyterapp.commands.execute('notebook:run-cell');
            notebook.scrollToItem(studio);
        }"""
    )
    page.wait_for_selector("text=Ready. Press Run.", timeout=120_000)


def click(page: Page, text: str) -> None:
    """Press the studio's button with a text."""
    page.click(f".jp-OutputArea button:has-text('{text}')")


def status(page: Page) -> str:
    """Return what the studio says of itself."""
    return page.inner_text(".jp-OutputArea [role=status] >> nth=0")


def slider(page: Page, label: str) -> Locator:
    """Return the handle of the slider with a label; arrow keys move it."""
    return page.locator(f".widget-inline-hbox:has(label:has-text('{label}')) .noUi-handle")


def field(page: Page, label: str) -> Locator:
    """Return the input field with a label."""
    return page.locator(f".widget-inline-hbox:has(label:has-text('{label}')) input")


def wait_for(page: Page, text: str, seconds: float = 60) -> None:
    """Wait until a text is there."""
    page.wait_for_selector(f"text={text}", timeout=seconds * 1000)
