"""`python -m course_utils progress`: which exercises are solved, in all lessons."""

import argparse
import textwrap
from pathlib import Path

from ..exercises import CORRECT, NOT_RUN, NOT_WRITTEN

HELP = "list which exercises you have solved"
WIDTH = 100  # columns


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the folder."""
    parser.add_argument(
        "--folder",
        type=Path,
        help="where your lessons are (if left out: notebooks/ in the current folder, or the course's own)",
    )


def run(parsed: argparse.Namespace) -> int:
    """Print a line for each lesson, and below it the exercises that are open; return 0.

    A lesson that was not begun has its line only.

    Raises:
        CourseError: there are no lessons in the folder.
    """
    from ..classroom import read_progress

    lessons = read_progress(parsed.folder)
    name_width = max(len(lesson.path.stem) for lesson in lessons)
    boxes_width = max(len(lesson.verdicts) for lesson in lessons)
    for lesson in lessons:
        if lesson.trouble:
            print(textwrap.shorten(f"{lesson.path.name} {lesson.trouble}", WIDTH, placeholder=" …"))
            continue
        boxes = "".join("■" if verdict == CORRECT else "□" for verdict in lesson.verdicts.values())
        print(f"{lesson.path.stem:{name_width}}  {boxes:{boxes_width}}  {lesson.right} of {len(lesson.verdicts)}")
        if any(verdict not in (NOT_RUN, NOT_WRITTEN) for verdict in lesson.verdicts.values()):
            _print_open(lesson.verdicts)
    right, exercises = (
        sum(map(count, lessons)) for count in (lambda each: each.right, lambda each: len(each.verdicts))
    )
    print(f"{right} of {exercises} exercises correct, going by what each check said when you last saved its lesson")
    return 0


def _print_open(verdicts: dict[str, str]) -> None:
    width = max(map(len, verdicts))
    for number, (name, verdict) in enumerate(verdicts.items(), 1):
        if verdict != CORRECT:
            line = f"    {number}  {name:{width}}  "
            print(line + textwrap.shorten(verdict, WIDTH - len(line), placeholder=" …"))
