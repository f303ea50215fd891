"""The summary at a lesson's end: its exercises, and how they stand."""

import textwrap

from ..errors import OptionError
from ..exercises import CORRECT, EXERCISES, NOT_RUN, NOT_WRITTEN
from .attempts import Standing, standing

WIDTH = 92  # columns that a notebook shows without a scroll bar


def summary(lesson: int) -> None:
    """Print how the exercises of a lesson stand in this kernel: each with its attempts and its last verdict.

    Args:
        lesson: its number, 0 to 12.

    Raises:
        OptionError: there is no such lesson.
    """
    if not isinstance(lesson, int) or lesson not in EXERCISES:
        raise OptionError(f"lesson must be a whole number from 0 to {max(EXERCISES)}, not {lesson!r}")
    standings = {name: standing(name) or Standing(NOT_RUN, 0) for name in EXERCISES[lesson]}
    right = sum(each.verdict == CORRECT for each in standings.values())
    print(f"lesson {lesson}: {right} of {len(standings)} exercise{'s' * (len(standings) > 1)} correct")
    names, counts = max(map(len, standings)), max(len(_attempts(each)) for each in standings.values())
    for number, (name, each) in enumerate(standings.items(), 1):
        attempts = f"{_attempts(each):{counts}}  " if counts else ""
        line = f"  {number}  {name:{names}}  {attempts}"
        print(line + textwrap.shorten(each.verdict, WIDTH - len(line), placeholder=" …"))
    for number, (name, each) in enumerate(standings.items(), 1):
        if each.verdict != CORRECT:
            print(f"next: {_to_do(each.verdict, f'exercise {number}, {name}')}")
            break


def _attempts(each: Standing) -> str:
    return f"{each.attempts} attempt{'s' * (each.attempts > 1)}" if each.attempts else ""


def _to_do(verdict: str, exercise: str) -> str:
    if verdict == NOT_RUN:
        return f"run the cell of {exercise}"
    if verdict == NOT_WRITTEN:
        return f"write {exercise}, and run its cell"
    return f"change {exercise}, and run its cell again"
