"""`python -m course_utils slides`: lessons as slides, and as PDFs of them."""

import argparse
import contextlib
import sys
from pathlib import Path

from tqdm import tqdm

from ..errors import CourseError

HELP = "make slides that need no network, and PDFs of them"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the lessons, where to write, whether to print, and how much."""
    what = '"3", "03_gram_matrices", the path of your own copy, or "all"'
    parser.add_argument("lessons", nargs="+", metavar="LESSON", help=what)
    parser.add_argument("-o", "--output", type=Path, default=Path("slides"), metavar="DIR", help="(%(default)s)")
    parser.add_argument(
        "--pdf", action="store_true", help="print the slides as a PDF, too, one a page; needs a browser"
    )
    parser.add_argument("--short", action="store_true", help="only the sections of the short version")


def run(parsed: argparse.Namespace) -> int:
    """Write the slides; return 0.

    Raises:
        CourseError: no such lesson, one that has not been run, no browser to print with, or nowhere to write.
    """
    _require_folder(parsed.output)
    from ..classroom import find_lessons, find_talk, print_slides, printer, write_slides

    lessons = [
        lesson
        for word in parsed.lessons
        for lesson in (find_lessons().values() if word == "all" else [find_talk(word)])
    ]
    bar = tqdm(lessons, disable=len(lessons) == 1, file=sys.stderr, leave=False, unit="lesson")
    with printer() if parsed.pdf else contextlib.nullcontext() as browser, bar:
        for lesson in bar:
            bar.set_description(lesson.name)
            slides = write_slides(lesson, parsed.output, parsed.short)
            tqdm.write(str(slides))
            if parsed.pdf:
                tqdm.write(str(print_slides(browser, slides)))
    return 0


def _require_folder(output: Path) -> None:
    if output.is_file():
        raise CourseError(f"{output} is a file: -o takes a folder")
    if output.suffix.lower() in (".html", ".pdf") and not output.is_dir():
        raise CourseError(f"{output} is the name of a file: -o takes a folder")
