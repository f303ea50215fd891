"""What an instructor needs around the lessons: slides, a students' folder, grades, a check of the room.

Each name is imported on its first use: whoever asks for one need not wait for the others.
"""

import importlib

_LAZY = {
    "GRADES": "report",
    "PAGE": "report",
    "Graded": "grading",
    "Kept": "kept",
    "Lesson": "lessons",
    "Limits": "grading",
    "Mark": "grading",
    "Marking": "marking",
    "Paper": "matching",
    "Progress": "progress",
    "Table": "report",
    "check_class": "readiness",
    "collect": "submissions",
    "find_lesson": "lessons",
    "find_lessons": "lessons",
    "find_talk": "slides",
    "grade_notebook": "grading",
    "make_release": "release",
    "match": "matching",
    "only": "matching",
    "print_slides": "handout",
    "printer": "handout",
    "read_progress": "progress",
    "write_slides": "slides",
}

__all__ = [
    "GRADES",
    "PAGE",
    "Graded",
    "Kept",
    "Lesson",
    "Limits",
    "Mark",
    "Marking",
    "Paper",
    "Progress",
    "Table",
    "check_class",
    "collect",
    "find_lesson",
    "find_lessons",
    "find_talk",
    "grade_notebook",
    "make_release",
    "match",
    "only",
    "print_slides",
    "printer",
    "read_progress",
    "write_slides",
]


def __getattr__(name: str) -> object:
    """Import a name's module."""
    if name in _LAZY:
        return getattr(importlib.import_module(f".{_LAZY[name]}", __name__), name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
