"""`python -m course_utils release`: the folder for the students, and the solutions apart."""

import argparse
from pathlib import Path

HELP = "make the students' folder: lessons without answers; the solutions apart"
OUTPUT = "handout"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the folder, and whether to pack it."""
    parser.add_argument(
        "-o", "--output", metavar="FOLDER", type=Path, default=OUTPUT, help="the students' folder (%(default)s)"
    )
    parser.add_argument("--zip", action="store_true", help="pack it, too, as one file for the whole class")


def run(parsed: argparse.Namespace) -> int:
    """Make both folders, and the zip, and say what to do with them; return 0.

    Raises:
        CourseError: as `make_release`.
    """
    from ..classroom import make_release

    handout, solutions, *zips = map(_shown, make_release(parsed.output, parsed.zip))
    size = sum(path.stat().st_size for path in handout.rglob("*")) / 1e6
    print(f"{handout}: the students' folder, {size:.0f} MB. Its README.md tells them how to begin.")
    for archive in zips:
        print(f"{archive}: the same as one file, {archive.stat().st_size / 1e6:.0f} MB, for Moodle or a USB stick.")
    print(f"{solutions}: the solutions, for later. When the class may see them (for Windows, see its README.md):")
    print(f'  cp -R "{solutions / "solutions"}" "{handout / "notebooks"}/"')
    print("Copy the folder, not the notebooks in it: they have the same names as the lessons and would replace them.")
    return 0


def _shown(path: Path) -> Path:
    """Return a path as one would type it."""
    return path.relative_to(Path.cwd()) if path.is_relative_to(Path.cwd()) else path
