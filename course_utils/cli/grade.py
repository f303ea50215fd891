"""`python -m course_utils grade`: a class's notebooks become a table of grades, and a page for each student."""

import argparse
import contextlib
import sys
import tempfile
from collections import defaultdict
from collections.abc import Callable
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from pathlib import Path
from typing import TYPE_CHECKING

from tqdm import tqdm

from ..errors import CourseError, OptionError
from .signals import Stopped, collected, endings, exit_status

if TYPE_CHECKING:
    from ..classroom import Graded, Lesson, Marking, Paper

OUTPUT = "grades"
TICK = 0.5  # seconds between looks at the clock, and at signals
GIB = 1 << 30
HELP = "grade the notebooks that a class handed in"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add what to grade, where to report, and the limits of each notebook."""
    parser.add_argument(
        "submissions",
        help="notebooks in a folder, in a folder for each student, or in a zip, as Moodle and Canvas make them",
    )
    parser.add_argument("-o", "--output", metavar="FOLDER", default=OUTPUT, help="the report's folder (%(default)s)")
    parser.add_argument("-l", "--lesson", metavar="N", help="grade only this lesson, by its number or name")
    parser.add_argument(
        "--workers", metavar="N", type=int, default=2, help="notebooks to grade at a time (%(default)s)"
    )
    parser.add_argument(
        "--seconds", metavar="X", type=float, default=120, help="seconds for each notebook (%(default)g)"
    )
    parser.add_argument(
        "--memory", metavar="X", type=float, default=3, help="GiB of memory for each notebook (%(default)g)"
    )


def run(parsed: argparse.Namespace) -> int:
    """Grade what was not graded before, and write the report; return the exit status.

    Raises:
        CourseError: nothing was handed in, or nothing of it can be graded; or the report cannot be written.
    """
    from .. import classroom

    return grade(parsed, classroom.grade_notebook)


def grade(parsed: argparse.Namespace, grade_notebook: "Callable[..., Graded]") -> int:
    """Do what `run` does, with any way to grade a notebook."""
    from .. import classroom

    for name, smallest in (("workers", 1), ("seconds", 1), ("memory", 0.5)):
        if not getattr(parsed, name) >= smallest:
            raise OptionError(f"--{name} {getattr(parsed, name):g}: at least {smallest:g} is needed")
    limits = classroom.Limits(seconds=parsed.seconds, memory=round(parsed.memory * GIB))
    submissions, output = _path(parsed.submissions), _path(parsed.output)
    kept = classroom.Kept(_apart(output, submissions))
    papers, lessons = _papers(submissions, parsed.lesson)
    marking = classroom.Marking(papers, lessons, limits, kept)
    signal = _grade_behind_bar(
        marking, lambda paper: grade_notebook(paper.notebook, paper.lesson, limits), parsed.workers
    )
    table = marking.report()
    page = output / classroom.PAGE
    for row in table.rows:
        for remark in row.remarks + row.notes if row.complete else []:
            print(f"{row.student}: {remark}")
    print(f"students: {len(table.rows)}, notebooks graded: {marking.done} of {marking.total}, report: {page}")
    if mixed := _mixed(papers):
        print(mixed)
    if signal is not None:
        print("interrupted: give the same command again to go on from here")
        return exit_status(Stopped(signal))
    if table.blank:
        raise CourseError(f"nothing in {submissions} could be graded: the lines above, and {page}, say why")
    return 0


def _path(text: str) -> Path:
    try:
        return Path(text).expanduser()
    except RuntimeError as error:  # no such user
        raise OptionError(f"no such path: {text}: {error}") from error


def _apart(output: Path, submissions: Path) -> Path:
    """Return the report's folder.

    Raises:
        OptionError: it lies among the submissions.
    """
    if submissions.is_dir() and output.resolve().is_relative_to(submissions.resolve()):
        raise OptionError(
            f"the report's folder {output} lies in {submissions}, and would be graded next time: "
            "choose another one with --output"
        )
    return output


def _papers(submissions: Path, word: str | None) -> "tuple[list[Paper], list[Lesson]]":
    """Return the notebooks that were handed in, and the lessons to report on.

    Raises:
        CourseError: there are none, or they are the lessons themselves.
    """
    from .. import classroom

    chosen = None if word is None else classroom.find_lesson(word)
    lessons = classroom.find_lessons()
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as unpacked:
        names = [lesson.name for lesson in lessons.values()]
        found = classroom.collect(submissions, Path(unpacked), names)
        students = {each.student for each in found if each.file}
        if len(students) > 1 and students <= set(names):
            raise CourseError(f"{submissions} holds the lessons, not what students handed in")
        papers = classroom.match(found, lessons)
    if not papers:
        raise CourseError(f"nothing was handed in: {submissions} is empty")
    if chosen:
        return classroom.only(papers, chosen), [chosen]
    numbers = {paper.lesson.number for paper in papers if paper.lesson}
    return papers, [lessons[number] for number in sorted(numbers)]


def _mixed(papers: "list[Paper]") -> str | None:
    """Say how many students handed in which lesson, if there are several."""
    students = defaultdict(set)
    for paper in papers:
        if paper.lesson:
            students[paper.lesson.number].add((paper.submission.student, paper.submission.number))
    if len(students) < 2:
        return None
    (most, theirs), *others = sorted(students.items(), key=lambda each: -len(each[1]))
    counts = [f"lesson {most}: {len(theirs)} student{'s' if len(theirs) > 1 else ''}"]
    counts += [f"lesson {number}: {len(each)}" for number, each in others]
    return f"{', '.join(counts)}: use --lesson {most}, with another folder after -o, to grade one lesson only"


def _grade_behind_bar(marking: "Marking", grade: "Callable[[Paper], Graded]", workers: int) -> int | None:
    """Grade what waits, several notebooks at a time; return the signal that ended it early.

    Raises:
        CourseError: the marks cannot be kept.
    """
    with collected(*endings()) as signals, _bar(marking) as bar, ThreadPoolExecutor(workers) as pool:
        keys = {pool.submit(grade, paper): key for key, paper in marking.waiting.items()}
        try:
            while keys and not signals:
                done, _ = wait(keys, TICK, FIRST_COMPLETED)
                if signals:  # what has just ended may have been ended by it
                    break
                for future in done:
                    _take(marking, keys.pop(future), future)
                    bar.update(marking.done - bar.n)
                if sys.stderr.isatty():
                    bar.refresh()  # so that the time goes on
        finally:
            _end(keys)
    return signals[0] if signals else None


def _bar(marking: "Marking") -> tqdm:
    return tqdm(
        total=marking.total,
        initial=marking.done,
        disable=not marking.waiting,
        file=sys.stderr,
        desc="grading",
        bar_format="{desc} {n_fmt}/{total_fmt}|{bar}| {elapsed}<{remaining}",
    )


def _take(marking: "Marking", key: str, future: "Future[Graded]") -> None:
    """Keep a notebook's marks; an error of the grading itself is told, and not kept.

    Raises:
        CourseError: the marks cannot be kept.
    """
    from ..classroom import Graded, Mark

    error = future.exception()
    if error is None:
        marking.keep(key, future.result())
        return
    trouble = f"the grading itself failed: {type(error).__name__}: {error}"
    marks = tuple(Mark(exercise.name, trouble) for exercise in marking.waiting[key].lesson.exercises)
    marking.set(key, Graded(marks, trouble, 0.0))


def _end(futures: "dict[Future[Graded], str]") -> None:
    """End the notebooks that still run, with their programs."""
    import psutil

    running = [future for future in futures if not future.cancel()]
    while wait(running, TICK).not_done:
        for child in psutil.Process().children(recursive=True):
            with contextlib.suppress(psutil.Error):
                child.kill()
