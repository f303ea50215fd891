"""Who handed in what: a class's notebooks, as learning platforms and instructors lay them out."""

import re
from collections import defaultdict
from collections.abc import Collection
from dataclasses import dataclass
from pathlib import Path

from .unpacking import Item, unpack

# Moodle: Name_12345_assignsubmission_file_x.ipynb, or a folder Name_12345_assignsubmission_file_, the last _ if old
_MOODLE = re.compile(r"(?P<name>.+?)_(?P<number>\d+)_assignsubmission_(?P<kind>[a-z]+)(?:_(?P<rest>.*))?")
# Canvas: name_12345_67890_x.ipynb, or name_LATE_12345_67890_x.ipynb
_CANVAS = re.compile(r"(?P<name>[^_]+)(?:_late)?_(?P<number>\d+)_\d+_(?P<rest>.+)", re.IGNORECASE)

_ONLINE = "online text"


@dataclass(frozen=True)
class Submission:
    """One notebook of a student; or why there is none."""

    student: str  # as shown: "李 小龙", "Ana María (2)"
    number: str | None  # the platform's number of the student, if its names carry one
    file: Path | None  # the notebook, unpacked; None if there is a trouble
    source: str  # its name within what the student handed in
    trouble: str | None = None  # why there is no notebook; goes on after the source
    moodle: str | None = None  # the name that Moodle gives to the student's folder, if it comes from there


@dataclass(frozen=True)
class _Student:
    name: str
    number: str | None = None
    moodle: str | None = None


def collect(path: Path, unpacked: Path, lessons: Collection[str] = ()) -> list[Submission]:
    """List what the students of a class handed in, by name.

    Args:
        path: a folder of notebooks, a folder with one for each student, or a zip of either; as Moodle, Canvas and
            nbgrader name them, or anyone else.
        unpacked: an empty folder, for what comes out of zips.
        lessons: names of lessons, which are not part of a student's name: "03_gram_matrices".

    Returns:
        At least one for each student; what is no notebook counts only if there is no other.

    Raises:
        CourseError: as `unpack`.
    """
    found: dict[_Student, list[tuple[Item, str]]] = defaultdict(list)
    for item in _without_wrapper(unpack(path, unpacked), path.stem if path.suffix.lower() == ".zip" else None):
        student, source = _belongs_to(item.parts, lessons)
        found[student].append((item, source))
    numbers = defaultdict(set)
    for student in found:
        numbers[student.name].add(student.number)
    submissions = []
    for student, items in found.items():
        name = f"{student.name} ({student.number})" if len(numbers[student.name]) > 1 else student.name
        about = {"student": name, "number": student.number, "moodle": student.moodle}
        submissions += [Submission(**about, **rest) for rest in _handed_in(items)]
    return sorted(submissions, key=lambda each: (each.student.casefold(), each.student, each.source))


def _handed_in(items: list[tuple[Item, str]]) -> list[dict]:
    """Return file, source and trouble of each notebook among what a student handed in; or of the lack of one."""
    notebooks = [
        {"file": item.file, "source": source, "trouble": item.trouble}
        for item, source in items
        if item.file or item.trouble
    ]
    if notebooks:
        return notebooks
    others = [source for _, source in items if source]
    solutions = [source for source in others if source.lower().endswith(".ipynb")]
    if others == [_ONLINE]:
        others, trouble = [], "handed in online text only, no notebook"
    elif not others:
        trouble = "nothing was handed in: the folder is empty"
    elif solutions:
        lie = "lies" if len(solutions) == 1 else "lie"
        others, trouble = solutions, f"{lie} in a folder of the course's solutions: hand in your own notebook"
    else:
        trouble = f"{'is not a notebook' if len(others) == 1 else 'are not notebooks'}: hand in the .ipynb file"
    return [{"file": None, "source": ", ".join(others), "trouble": trouble}]


def _without_wrapper(items: list[Item], zip_name: str | None) -> list[Item]:
    """Drop the folder that holds everything, unless it is a student's."""
    tops = {item.parts[0] for item in items}
    if len(tops) != 1 or any(len(item.parts) < 2 for item in items) or _on_platform(*tops):
        return items
    below = {item.parts[1] for item in items}
    folders = {item.parts[1] for item in items if len(item.parts) > 2}
    if any(map(_on_platform, below)) or (zip_name is not None and (tops == {zip_name} or len(folders) > 1)):
        return [Item(item.parts[1:], item.file, item.trouble) for item in items]
    return items


def _on_platform(part: str) -> re.Match | None:
    return _MOODLE.fullmatch(part) or _CANVAS.fullmatch(part)


def _belongs_to(parts: tuple[str, ...], lessons: Collection[str]) -> tuple[_Student, str]:
    """Return whose a file is, and what it is called among the student's."""
    top, below = parts[0], parts[1:]
    if found := _MOODLE.fullmatch(top):
        name, number, kind, rest = found.groups()
        source = "/".join(filter(None, (rest, *below)))
        if kind == "onlinetext":
            source = _ONLINE
        return _Student(name, number, f"{name}_{number}_assignsubmission_file_"), source
    if found := _CANVAS.fullmatch(top):
        return _Student(found["name"], found["number"]), "/".join((found["rest"], *below))
    if below:
        return _Student(re.sub(r"\.zip$", "", top, flags=re.IGNORECASE)), "/".join(below)
    return _Student(_name_in(Path(top).stem, lessons)), top


def _name_in(stem: str, lessons: Collection[str]) -> str:
    """Return a file's name less the lesson's in it."""
    for lesson in lessons:
        stem = (stem.replace(lesson, "") if lesson in stem else stem).strip(" _-") or stem
    return stem
