"""One submission, graded: its needed statements are run in a kernel of its own, and its attempts are checked there.

otter-grader 7.0.0 and nbgrader 0.9.6 were weighed first: both gave full marks to a submission that replaces `checks`,
otter needs Docker to isolate anything, and nbgrader runs every cell of each notebook. What both lack is here: checkers
that are held fast, only the needed statements, and a sentence for each way in which a program can go wrong.
"""

import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from ..errors import CourseError
from ..exercises import CORRECT, NOT_WRITTEN
from .kernel import Kernel, Stopped
from .lessons import Exercise, Lesson
from .needed import Plan, Statement, is_stub, needed, read_script

if TYPE_CHECKING:
    from nbformat import NotebookNode

_SHARE = 4  # a single statement or check may take this part of a notebook's time
_LONG = 400  # characters of a sentence, about


@dataclass(frozen=True)
class Mark:
    """What an exercise got."""

    exercise: str
    verdict: str

    @property
    def right(self) -> bool:
        """Whether it was solved."""
        return self.verdict == CORRECT


@dataclass(frozen=True)
class Graded:
    """What a notebook got.

    Attributes:
        marks: one for each exercise of the lesson, in order.
        trouble: one sentence about the notebook as a whole, such as what its program tried; None if there is none.
        seconds: that the grading took.
    """

    marks: tuple[Mark, ...]
    trouble: str | None
    seconds: float


@dataclass(frozen=True)
class Limits:
    """What a submission's program may use.

    Attributes:
        seconds: of computing that its statements and checks may take together; a quarter of it for each.
        memory: bytes.
        output: characters that a statement or a check may print.
    """

    seconds: float = 120
    memory: int = 3 * 2**30
    output: int = 1_000_000


def grade_notebook(notebook: "NotebookNode", lesson: Lesson, limits: Limits) -> Graded:
    """Grade a submission of a lesson, in a kernel that is started for it, and ended with all its processes.

    What one bad statement does costs only the exercises that need it: where the kernel has to be killed, another
    takes its place without that statement, as long as there is time.

    Raises:
        CourseError: no kernel can be started here.
    """
    started = time.perf_counter()
    script = read_script(notebook.cells)
    plans = {each: needed(script, each, lesson) for each in lesson.exercises}
    verdicts = {each: plan for each, plan in plans.items() if isinstance(plan, str)}
    found = {each: plan for each, plan in plans.items() if isinstance(plan, Plan)}
    modules = set().union(*(each.modules for each in found.values()))
    grading = _Grading([each.name for each in found], sorted(modules), limits)
    try:
        for exercise in sorted(found, key=lambda each: found[each].attempt.place):  # as the notebook would be run
            verdicts[exercise] = grading.verdict(exercise, found[exercise])
    finally:
        grading.end()
    marks = tuple(Mark(each.name, verdicts[each]) for each in lesson.exercises)
    return Graded(marks, grading.trouble, time.perf_counter() - started)


class _UsedUp(Exception):
    """Raised when there is no time left; the text is a sentence about an exercise."""


class _Grading:
    """The state of a grading: the kernel, what has been run in it, and what must not be run again."""

    def __init__(self, checkers: list[str], modules: list[str], limits: Limits) -> None:
        self.trouble: str | None = None
        self._checkers, self._modules, self._limits, self._left = checkers, modules, limits, limits.seconds
        self._kernel: Kernel | None = None
        self._ran: dict[Statement, str | None] = {}  # in this kernel: how it failed, None if it did not
        self._origins: dict[str, Statement] = {}  # which statement has bound a name last
        self._bad: dict[Statement, str] = {}  # what had to be stopped, and why

    def verdict(self, exercise: Exercise, plan: Plan) -> str:
        """Run what an exercise needs, as far as it has not been run, and check its attempt."""
        if is_stub(plan.attempt):
            return NOT_WRITTEN
        if bad := next((self._bad[each] for each in plan.statements if each in self._bad), None):
            return bad
        if self._kernel is None or not self._kernel.alive:
            self._kernel = self._started()
            self._ran, self._origins = {}, {}
        try:
            self._run(plan)
            reply = self._ask("check_request", {"checker": exercise.name, "attempt": exercise.attempt})
        except _UsedUp as used_up:
            self._tell(str(used_up))
            return str(used_up)
        except Stopped as stopped:
            self._tell(f"{exercise.name}: {stopped}")
            return str(stopped)
        for event in reply.get("events", []):
            self._tell(event)
        failures = [failure for each in plan.statements if (failure := self._ran[each]) and each.binds]
        verdict = reply.get("verdict")
        if failures and verdict != CORRECT:
            return failures[0]
        return _one_line(verdict or f"{exercise.attempt} is not defined after its cell has been run")

    def _started(self) -> Kernel:
        """Start a kernel; on a busy machine another program may take one of its ports before it does: try twice."""
        arguments = self._checkers, self._modules, self._limits.memory, self._limits.output
        try:
            return Kernel(*arguments)
        except CourseError:
            return Kernel(*arguments)

    def end(self) -> None:
        """End the kernel."""
        if self._kernel:
            self._kernel.end()

    def _run(self, plan: Plan) -> None:
        """Run the statements of a plan; once one of them must be run again, those after it must, too."""
        again = False
        for statement in plan.statements:
            stale = any(self._origins.get(name) is not statement for name in statement.binds)
            if statement not in self._ran or stale or again:
                again = again or statement in self._ran
                self._ran[statement] = self._failure(statement)
                self._origins.update(dict.fromkeys(statement.binds, statement))

    def _failure(self, statement: Statement) -> str | None:
        """Run a statement; say how it failed."""
        named = f"`{_one_line(statement.source.splitlines()[0], 60)}`"
        try:
            reply = self._ask("execute_request", {"code": statement.source, "silent": True, "allow_stdin": False})
        except Stopped as stopped:
            self._bad[statement] = f"{named} {stopped}"
            raise Stopped(self._bad[statement]) from stopped
        failure = reply.get("failure")
        return failure and f"{named} {_one_line(failure)}"

    def _ask(self, kind: str, content: dict[str, Any]) -> dict[str, Any]:
        """Ask the kernel, within the time that is left."""
        if self._left <= 0:
            raise _UsedUp(f"was not reached: the notebook's {self._limits.seconds:.0f} s were used up")
        spent = self._kernel.spent
        try:
            return self._kernel.ask(kind, content, min(self._left, self._limits.seconds / _SHARE))
        finally:
            self._left -= self._kernel.spent - spent

    def _tell(self, sentence: str) -> None:
        """Keep the first trouble: what follows from it says less."""
        self.trouble = self.trouble or _one_line(sentence)


def _one_line(text: str, most: int = _LONG) -> str:
    """Put a text on one line, without what can't be printed; drop its middle if it is long."""
    text = "".join(each for each in " ".join(str(text).split()) if each.isprintable())
    return text if len(text) <= most else f"{text[: most // 2]} … {text[-most // 2 :]}"
