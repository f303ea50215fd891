"""A kernel process for one submission, watched from outside: its time, its memory, its children, its end."""

import contextlib
import os
import queue
import sys
import tempfile
import time
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

import psutil
from jupyter_client.kernelspec import KernelSpec
from jupyter_client.manager import KernelManager

from ..errors import CourseError
from .fence import bare_environment

_POLL = 0.05  # seconds between two looks at a kernel's memory
_GRACE = 2.0  # seconds that an interrupted program gets to stop
_START = 180.0  # seconds that a kernel gets to start, with TensorFlow, on a busy machine
_GONE = 60.0  # seconds that a killed process may take to go there; its manager waits only for 5


class Stopped(Exception):
    """A request that had to be stopped; the text is its sentence, without a subject."""


class _Manager(KernelManager):
    """Starts `worker`, with this Python, whatever kernel the notebook names."""

    command: Sequence[str] = ()

    @property
    def kernel_spec(self) -> KernelSpec:
        return KernelSpec(argv=[sys.executable, "-m", "course_utils.classroom.worker", *self.command])


class Kernel:
    """A kernel in a temporary folder, which is its home, too."""

    def __init__(self, checkers: Iterable[str], modules: Iterable[str], memory: int, output: int) -> None:
        """Start it.

        Args:
            checkers: the names of those that it will be asked for.
            modules: what the submission imports.
            memory: bytes that its process may use.
            output: characters that a request may print.

        Raises:
            CourseError: it does not start.
        """
        self.spent = 0.0  # seconds of computing, in all requests
        self._memory, self._fenced = memory, False
        self._folder = tempfile.TemporaryDirectory(prefix="submission-", ignore_cleanup_errors=True)
        folder = Path(self._folder.name)
        self._manager = _Manager(connection_file=str(folder / "kernel.json"))
        self._manager.command = ["{connection_file}", str(output), " ".join(checkers), " ".join(modules)]
        package = Path(__file__).resolve().parents[2]
        environment = bare_environment(os.environ, folder) | {"PYTHONPATH": str(package)}
        with Path(os.devnull).open("w") as nowhere:
            self._manager.start_kernel(env=environment, cwd=str(folder), stdout=nowhere, stderr=nowhere)
        self._process = psutil.Process(self._manager.provisioner.pid)
        self._client = self._manager.client()
        self._client.start_channels(iopub=False, stdin=False, hb=False, control=False)
        try:
            self.ask("kernel_info_request", {}, _START)
        except BaseException as error:
            self.end()
            if not isinstance(error, Stopped):
                raise
            raise CourseError(
                f"no kernel can be started for a submission: it {error}. See what `python -m course_utils doctor` says"
            ) from error
        self._fenced = True

    def ask(self, kind: str, content: dict[str, Any], seconds: float) -> dict[str, Any]:
        """Send a request, and return its reply.

        Args:
            kind: the message's type.
            content: the message's.
            seconds: of computing that it may take. Waiting counts half, so that a busy machine costs no one a mark.

        Raises:
            Stopped: it took too long, or the process used too much memory, started another, or died. `alive` tells
                whether the kernel can be asked again.
        """
        message = self._client.session.msg(kind, content)
        self._client.shell_channel.send(message)
        if reply := self._await(message["header"]["msg_id"], seconds):
            return reply
        self._manager.interrupt_kernel()
        if not self._await(message["header"]["msg_id"], _GRACE):
            self.end()
        raise Stopped(f"takes longer than {seconds:.2g} s: is there a loop that never ends?")

    @property
    def alive(self) -> bool:
        """Whether it can be asked."""
        return self._process.is_running() and self._process.status() != psutil.STATUS_ZOMBIE

    def end(self) -> None:
        """Kill the process and all that it has started, and remove its folder."""
        with contextlib.suppress(psutil.NoSuchProcess):
            for each in [self._process, *self._process.children(recursive=True)]:
                with contextlib.suppress(psutil.NoSuchProcess):
                    each.kill()
        self._client.stop_channels()
        self._manager.shutdown_kernel(now=True)  # with its process group: whoever has lost the parent, too
        with contextlib.suppress(psutil.Error):
            self._process.wait(_GONE)
        self._folder.cleanup()

    def _await(self, request: str, seconds: float) -> dict[str, Any] | None:
        """Wait for the reply to a request, and watch the process; None: there was none in time."""
        began, had, spent, looks = time.monotonic(), self._computed(), 0.0, 0
        while spent < seconds:
            try:
                reply = self._client.get_shell_msg(timeout=_POLL)
                if reply["parent_header"].get("msg_id") == request:
                    return dict(reply["content"])
            except queue.Empty:
                pass
            except (KeyError, TypeError, ValueError) as error:  # the program has got at its kernel's sockets
                self.end()
                raise Stopped("sends messages that make no sense") from error
            looks += 1
            now = max(self._computed() - had, (time.monotonic() - began) / 2)
            self.spent, spent = self.spent + now - spent, now
            if trouble := self._trouble(looks % 4 == 0):
                self.end()
                raise Stopped(trouble)
        return None

    def _computed(self) -> float:
        """Return the seconds that the process has computed."""
        try:
            times = self._process.cpu_times()
        except psutil.NoSuchProcess:
            return 0.0
        return times.user + times.system

    def _trouble(self, thorough: bool) -> str | None:
        """Say what is wrong with the process; only a thorough look, which takes longer, sees its children."""
        try:
            if not self.alive:
                return "ends the whole program, or crashes it"
            if self._process.memory_info().rss > self._memory:
                return f"uses more than {self._memory / 2**30:.1f} GiB of memory"
            if thorough and self._fenced and self._process.children():
                return "starts another program, which is not allowed"
        except psutil.NoSuchProcess:
            return "ends the whole program, or crashes it"
        return None
