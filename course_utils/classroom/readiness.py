"""Is this machine ready for a class? What `doctor --class` looks at, the day before.

Each function looks at one thing and returns a `Check`. What it looks at are its arguments, so that a test can hand it
a machine with too little memory.
"""

import contextlib
import http.client
import math
import multiprocessing
import os
import secrets
import shutil
import socket
import sys
import tempfile
import time
import webbrowser
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import psutil

from ..errors import CourseError
from ..samples import damaged_samples

KERNEL = 3.0e9  # bytes: the largest lesson's kernel at its peak, lesson 10's; notebooks/README.md has the others
SERVER = 0.4e9  # bytes: JupyterLab, and a little for the system
FOLDER = 0.3e9  # bytes: a student's copy of the course, and what the student makes
CORES = 2  # the lessons' stated times were measured on so many
PATIENCE = 120  # seconds that a class waits for lesson 6's picture
LESSON_6 = 19 + 19 * 4  # its steps, counted in steps at 128 px: half of the 38 at that width, half at twice the width
STARTING = 120  # seconds that a kernel or JupyterLab may take to start


@dataclass(frozen=True)
class Check:
    """One thing that was looked at.

    Attributes:
        name: what it was.
        ready: whether it is as it should be; None: the class can do without it.
        text: what was found; where something is to be done, what.
    """

    name: str
    ready: bool | None
    text: str

    def __str__(self) -> str:
        """Format as a line."""
        return f"{ {True: '✓', False: '✗', None: '–'}[self.ready] } {self.name:10} {self.text}"


def check_class(students: int = 1) -> Iterator[Check]:
    """Look at everything that a class needs, one thing after the other.

    Args:
        students: how many work on this machine at once.
    """
    cores = available_cores()
    yield memory(available_memory(), students)
    yield processor(cores)
    yield disk(shutil.disk_usage(Path.cwd()).free, students)
    yield samples(damaged_samples())
    yield weights()
    yield speed(time_a_step, cores, students)
    yield kernel()
    yield server()
    yield browser(has_screen())
    yield pdf()
    yield Check("network", None, "not needed: no lesson fetches anything")


def memory(available: float, students: int = 1) -> Check:
    """Check that a kernel for each student fits into so many bytes."""
    needed = SERVER + students * KERNEL
    text = f"{_gigabytes(available)} free; {_people(students)} may need {_gigabytes(needed)}"
    if available >= needed:
        return Check("memory", True, text)
    fitting = max(0, int((available - SERVER) / KERNEL))
    if students == 1:
        return Check("memory", False, f"{text}: close other programs, or use a machine with more")
    here = f"let {fitting} work here and the others on their laptops" if fitting else "let all work on their laptops"
    return Check("memory", False, f"{text}: {here}, or use a machine with {_sold(needed)} GB")


def processor(cores: float) -> Check:
    """Check that there are as many cores as the lessons' stated times were measured on."""
    if cores >= CORES:
        return Check("cores", True, f"{cores:g}")
    return Check("cores", False, f"{cores:g}: use a machine with {CORES} or more, or allow twice the computing time")


def disk(free: float, students: int = 1) -> Check:
    """Check that each student's folder fits into so many bytes."""
    needed = students * FOLDER
    text = f"{_gigabytes(free)} free; {_people(students)} may fill {_gigabytes(needed)}"
    return Check("disk", free >= needed, text if free >= needed else f"{text}: free some space, or use another disk")


def samples(damaged: Sequence[str]) -> Check:
    """Check the sample pictures and clips, given the names of those that are missing or changed."""
    if not damaged:
        return Check("pictures", True, "the samples are intact")
    return Check("pictures", False, f"missing or changed: {', '.join(damaged)}. Run `git checkout data`")


def weights(load: Callable[[], object] | None = None) -> Check:
    """Check that the networks that come with the course are intact; `load` is for tests."""
    try:
        (load or _load_networks)()
    except CourseError as error:
        return Check("weights", False, str(error))
    return Check("weights", True, "the networks are intact")


def _load_networks() -> None:
    from ..fast import FastStyle, fast_networks
    from ..networks import NETWORKS

    for entry in NETWORKS.values():
        if entry.shipped is not None:
            entry.shipped()
    for path in fast_networks().values():
        FastStyle.load(path)


def speed(step: Callable[[], float], cores: float = CORES, students: int = 1) -> Check:
    """Check how long a class waits for lesson 6's picture.

    Args:
        step: measures a step at 128 px on all of the cores, in seconds.
        cores: how many there are.
        students: how many run the cell at the same moment.
    """
    try:
        seconds = step()
    except CourseError as error:
        return Check("ten steps", False, str(error))
    alone, together = LESSON_6 * seconds, LESSON_6 * seconds * students
    text = f"{seconds:.2f} s each at 128 px; lesson 6's picture takes about {alone:.0f} s"
    if students > 1:
        text += f", {together:.0f} s if {students} start it at once"
    if together <= PATIENCE:
        return Check("ten steps", True, text)
    needed = math.ceil(cores * together / PATIENCE)
    return Check("ten steps", False, f"{text}: let the class take turns, or use a machine with {needed} such cores")


def time_a_step(count: int = 10) -> float:
    """Return the mean seconds of a step at 128 px, over ten; the start is not counted.

    Raises:
        CourseError: as `Transfer`.
    """
    from ..transfer import Transfer

    run = Transfer("pagoda", "great_wave", size=128, levels=1, steps=count + 1)
    next(run)  # loads, computes the targets, compiles
    began = time.perf_counter()
    done = sum(1 for _ in run)
    return (time.perf_counter() - began) / done


def kernel(name: str = "python3") -> Check:
    """Check that a notebook's kernel starts, computes, and finds the course, wherever the notebook lies."""
    from jupyter_client.manager import start_new_kernel

    printed: list[str] = []
    code = "import importlib.util\nprint(1 + 1, bool(importlib.util.find_spec('course_utils')))"
    began = time.perf_counter()
    try:
        with tempfile.TemporaryDirectory() as elsewhere, Path(os.devnull).open("w", encoding="utf-8") as nowhere:
            manager, client = start_new_kernel(STARTING, name, cwd=elsewhere, stdout=nowhere, stderr=nowhere)
            try:
                client.execute_interactive(
                    code, timeout=STARTING, output_hook=lambda told: printed.append(told["content"].get("text", ""))
                )
            finally:
                client.stop_channels()
                manager.shutdown_kernel(now=True)
    except Exception as error:  # jupyter_client raises its own, OSError, RuntimeError and TimeoutError
        return Check("kernel", False, f"{name} does not start ({error}): run `pip install -r requirements.txt`")
    if "".join(printed) != "2 True\n":
        remedy = "run `python -m ipykernel install --sys-prefix` in the course's environment"
        return Check("kernel", False, f"{name} starts a Python that cannot find the course: {remedy}")
    return Check("kernel", True, f"{name} starts in {time.perf_counter() - began:.0f} s, and finds the course")


def server(serve: Callable[[int, str, str], None] | None = None, patience: float = STARTING) -> Check:
    """Check that JupyterLab starts and answers; `serve(port, token, folder)` is for tests."""
    began, token = time.perf_counter(), secrets.token_hex()
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as folder:
        arguments = port, token, folder
        process = multiprocessing.get_context("spawn").Process(target=serve or _serve, args=arguments, daemon=True)
        process.start()
        try:
            while not (answered := _answers(port, token)) and process.is_alive():
                if time.perf_counter() - began > patience:
                    break
                time.sleep(0.2)
        finally:
            process.kill()
            process.join()
    if not answered:
        return Check("JupyterLab", False, "does not start: run `jupyter lab`, and see what it says")
    return Check("JupyterLab", True, f"starts in {time.perf_counter() - began:.0f} s")


def _serve(port: int, token: str, folder: str) -> None:
    """Run JupyterLab, in a process of its own, whose output nobody reads."""
    from jupyterlab.labapp import LabApp

    sys.stdout = sys.stderr = Path(os.devnull).open("w", encoding="utf-8")  # noqa: SIM115
    options = [f"--port={port}", f"--IdentityProvider.token={token}", f"--ServerApp.root_dir={folder}"]
    LabApp.launch_instance(["--no-browser", "--allow-root", "--ip=127.0.0.1", *options])


def _answers(port: int, token: str) -> bool:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=10)
    with contextlib.closing(connection), contextlib.suppress(OSError, http.client.HTTPException):
        connection.request("GET", f"/lab?token={token}")
        return connection.getresponse().status in (200, 302)
    return False


def browser(screen: bool, find: Callable[[], object] = webbrowser.get) -> Check:
    """Check that JupyterLab finds a browser to open in, if there is a screen at all."""
    if not screen:
        return Check(
            "browser", None, "no screen here, as on a server: students use the browsers of their own machines"
        )
    try:
        find()
    except webbrowser.Error:
        return Check("browser", False, "none found: install Firefox, Chrome or Edge")
    return Check("browser", True, "found")


def has_screen() -> bool:
    """Tell whether windows can open here."""
    return sys.platform in ("win32", "darwin") or any(os.environ.get(name) for name in ("DISPLAY", "WAYLAND_DISPLAY"))


def pdf(start: Callable[[], contextlib.AbstractContextManager] | None = None) -> Check:
    """Check that a browser starts that `slides --pdf` can print with; `start` is for tests."""
    from .printing import printer

    try:
        with (start or printer)():
            return Check("PDF", True, "`slides --pdf` works: there is a browser that can print")
    except (CourseError, OSError) as error:
        return Check("PDF", None, str(error))


def available_memory(group: Path = Path("/sys/fs/cgroup")) -> float:
    """Return the bytes that may still be used: those of the machine, or of the container that this runs in."""
    free = float(psutil.virtual_memory().available)
    with contextlib.suppress(OSError, ValueError):  # no container, or one without a limit ("max")
        limit = int((group / "memory.max").read_text())
        used = int((group / "memory.current").read_text())
        counts = dict(line.split() for line in (group / "memory.stat").read_text().splitlines())
        free = min(free, limit - used + int(counts.get("inactive_file", 0)))  # files read earlier make room
    return free


def available_cores(group: Path = Path("/sys/fs/cgroup")) -> float:
    """Return how many cores may be used: those of the machine, or of the container that this runs in."""
    cores = float(len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1)
    with contextlib.suppress(OSError, ValueError):
        quota, period = (group / "cpu.max").read_text().split()
        cores = min(cores, int(quota) / int(period))
    return cores


def _sold(count: float) -> int:
    """Return the gigabytes of the smallest usual machine that has so many bytes."""
    return 16 * math.ceil(count / 16e9)


def _gigabytes(count: float) -> str:
    return f"{count / 1e9:.1f} GB"


def _people(students: int) -> str:
    return "one student" if students == 1 else f"{students} students"
