"""What an instructor needs around the lessons: slides, a students' folder, grades, a check of the room.

Each name is imported on its first use: whoever asks for one need not wait for the others.
"""

import importlib

_LAZY = {
    "PAGE": "report",
    "Graded": "grading",
    "Kept": "kept",
    "Lesson": "lessons",
    "Limits": "grading",
    "Mark": "grading",
    "Marking": "marking",
    "Paper": "matching",
    "check_class": "readiness",
    "collect": "submissions",
    "find_lesson": "lessons",
    "find_lessons": "lessons",
    "find_talk": "slides",
    "grade_notebook": "grading",
    "make_release": "release",
    "match": "matching",
    "only": "matching",
    "print_slides": "printing",
    "printer": "printing",
    "read_progress": "progress",
    "write_slides": "slides",
}

__all__ = [*_LAZY]


def __getattr__(name: str) -> object:
    """Import a name's module."""
    if name in _LAZY:
        return getattr(importlib.import_module(f".{_LAZY[name]}", __name__), name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
