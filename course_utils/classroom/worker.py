"""The kernel that a submission is run in: a process of its own, behind the fence, with the checkers sealed.

Two kinds of request reach it. An `execute_request` runs a statement of the student's. A `check_request` runs a
checker, in Python and not in the student's namespace, and its reply carries the verdict: what is printed goes nowhere.
"""

import builtins
import contextlib
import importlib
import io
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any, NoReturn

from ipykernel.ipkernel import IPythonKernel
from ipykernel.kernelapp import IPKernelApp

from .. import checks
from ..exercises import CORRECT
from .fence import Refused, raise_fence
from .seal import Seal

TRUSTED = {"course_utils", "cv2", "keras", "matplotlib", "numpy", "PIL", "scipy", "tensorflow"}
MOST_EVENTS = 5
LONGEST = 1000  # characters of a sentence that a reply carries


class OutputLimit(RuntimeError):
    """Raised in a program that prints too much."""


class _Nowhere(io.TextIOBase):
    """Where a submission's output goes: it is only measured."""

    def __init__(self, most: int, told: Callable[[str], None]) -> None:
        self.most, self.told, self.had = most, told, 0

    def write(self, text: str) -> int:
        self.had += len(text)
        if self.had > self.most:
            sentence = f"prints more than {self.most / 1e6:g} MB: is there a loop that never ends?"
            self.told(sentence)
            raise OutputLimit(sentence)
        return len(text)

    def writable(self) -> bool:
        return True


class Kernel(IPythonKernel):
    """IPython's kernel, which also checks."""

    msg_types = (*IPythonKernel.msg_types, "check_request")
    output: _Nowhere
    seal: Seal
    events: list[str]  # what the student should be told, first things first

    async def do_execute(self, *args: Any, **kwargs: Any) -> dict[str, Any]:
        """Run a statement of the student's; the reply says how it failed, if it did."""
        self.output.had = 0
        reply = await super().do_execute(*args, **kwargs)
        failure = _stop(reply["ename"], reply["evalue"])[:LONGEST] if reply["status"] == "error" else None
        return {"status": "ok", "failure": failure, "execution_count": 0}

    def check_request(self, stream: Any, ident: Any, parent: dict) -> None:
        """Call a checker with an attempt; reply with its verdict, and what was refused or put back since the last."""
        self.output.had = 0
        before = self.seal.restore()
        try:
            verdict = _judged(**parent["content"], namespace=self.shell.user_ns)
        except BaseException as error:  # SystemExit, KeyboardInterrupt, or what else a student's code can raise
            verdict = _stop(type(error).__name__, str(error))
        if meanwhile := self.seal.restore():
            verdict = f"replaces {_listed(meanwhile)} while it is checked, so it cannot be judged"
            self.tell(verdict)
        elif before:
            self.tell(sentence := f"{_listed(before)} had been replaced: put back before the check")
            verdict = verdict if verdict in (None, CORRECT) else f"{verdict} ({sentence})"
        reply = {"verdict": verdict and verdict[:LONGEST], "events": [each[:LONGEST] for each in self.events]}
        self.events.clear()
        self.session.send(stream, "check_reply", reply, parent, ident=ident)

    def tell(self, sentence: str) -> None:
        """Keep a sentence for the grader; the first few are enough."""
        if len(self.events) < MOST_EVENTS:
            self.events.append(sentence)

    def raw_input(self, prompt: object = "") -> NoReturn:
        """Refuse to ask: nobody is there to answer."""
        self.tell(sentence := "a program that is graded may not ask with input(): nobody answers")
        raise Refused(sentence)

    getpass = raw_input


def _judged(checker: str, attempt: str, namespace: dict) -> str | None:
    """Return the verdict on what a name stands for in the student's namespace; None: it stands for nothing."""
    return checks.judge(getattr(checks, checker).checker, namespace[attempt]) if attempt in namespace else None


def _stop(error: str, text: str) -> str:
    if error == "SystemExit":
        return "leaves the program with exit()"
    if error == OutputLimit.__name__:
        return text
    return f"is refused: {text}" if error == Refused.__name__ else f"stops with {error}: {text}".rstrip(": ")


def _listed(names: list[str]) -> str:
    return ", ".join(sorted(set(names))[:3])


def _leave(status: object = None) -> NoReturn:
    """Stand for `exit` and `quit`, which would otherwise tell the kernel to end after the statement."""
    raise SystemExit(status)


def main(connection_file: str, most: int, checkers: list[str], modules: list[str]) -> None:
    """Serve as a kernel until the process is killed.

    Args:
        connection_file: where the grader has written how to reach it.
        most: characters that a statement or a check may print.
        checkers: the names of those that will be asked for: they and all they need are loaded and sealed now.
        modules: those that the submission imports: the course's own, and what it stands on, are loaded now, too, since
            some look round the machine in a way that the fence would refuse.
    """
    app = IPKernelApp.instance(kernel_class=Kernel, quiet=True, capture_fd_output=False)
    app.initialize(["-f", connection_file])
    for name in checkers:
        getattr(checks, name)
    for name in modules:
        if name.split(".")[0] in TRUSTED:
            with contextlib.suppress(ImportError):  # a slip of the student's, who will be told
                importlib.import_module(name)
    shell, kernel = app.shell, app.kernel
    shell.user_ns.update(exit=_leave, quit=_leave)
    shell.history_manager.enabled = False
    builtins.input = kernel.raw_input
    kernel.events, kernel.output = [], _Nowhere(most, kernel.tell)
    sys.stdout = sys.stderr = kernel.output
    raise_fence(Path.cwd(), kernel.tell)
    kernel.seal = Seal()
    app.start()


if __name__ == "__main__":
    connection_file, most, checkers, modules = sys.argv[1:]
    main(connection_file, int(most), checkers.split(), modules.split())
