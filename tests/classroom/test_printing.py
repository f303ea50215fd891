"""Printing where there is nothing to print with; what is printed is in test_slides.py."""

import pytest

from course_utils.classroom import printing
from course_utils.errors import CourseError
from tests.browsing import BROWSER


@pytest.mark.skipif(BROWSER is None, reason="no browser")
def test_a_browser_is_found_and_closed_again():
    with printing.printer() as browser:
        assert browser.is_connected()
    assert not browser.is_connected()


def test_without_a_browser_the_ways_out_are_named(monkeypatch):
    monkeypatch.setattr(printing, "PROGRAMS", ())
    monkeypatch.setattr(printing, "CHANNELS", ("none-such",))
    with pytest.raises(CourseError, match=r"install Chromium, Chrome or Edge.*\?print-pdf.*none-such") as caught:
        printing.printer().__enter__()
    assert "\n" not in str(caught.value)


def test_a_browser_that_does_not_start_gives_way_to_the_next(monkeypatch, tmp_path):
    broken = tmp_path / "chromium"
    broken.write_text("#!/bin/sh\nexit 1\n")
    broken.chmod(0o755)
    monkeypatch.setattr(printing, "PROGRAMS", (str(broken),))
    monkeypatch.setattr(printing, "CHANNELS", ("none-such",))
    with pytest.raises(CourseError, match=r"chromium: .*; none-such: "):
        printing.printer().__enter__()
