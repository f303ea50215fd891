"""Which statements of a submission an exercise needs, found without running any of them.

Needed are the attempt's definition and, in turn, whatever binds or changes a name that a needed statement uses.
Nothing else is run: no figure, no long run, no cell that only does harm.

Where a name is bound more than once, the notebook is read as if it were run from top to bottom up to the end of the
cell that defines the attempt: the last binding before that counts, and every change since (`W[0] = 1`,
`W.append(1)`, `W += 1`, a binding in an `if`, `for` or `try`). If there is none before, the first one after is taken:
the student's cells have moved. Of several definitions of the attempt, the last one that isn't a stub counts, so that
a stub left below the solution does no harm.

Not seen is what happens at run time only: names that `exec`, `globals()`, `%run` or a function's `global` make, and
what a function does to its arguments.
"""

import ast
import builtins
import difflib
import re
import symtable
import warnings
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from .lessons import Exercise, Lesson

if TYPE_CHECKING:
    from nbformat import NotebookNode

_IMPORTS = (ast.Import, ast.ImportFrom)
_CERTAIN = (ast.Assign, ast.AnnAssign, ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef, *_IMPORTS)
_STAR = "*"  # what `from numpy import *` binds
_RUNS_ITS_BODY = re.compile(r"\A\s*%%(time|capture|prun)\b.*\n")  # the cell magics whose cells are still Python


@dataclass(frozen=True, eq=False)
class Statement:
    """A statement at the top level of a cell.

    Attributes:
        place: (cell, statement), for the order.
        source: its text, decorators included.
        binds: the names that it certainly binds.
        changes: the names whose values it may change, or bind.
        now: the names that it uses when it runs.
        later: the names that the functions in it use when they are called.
        node: the statement, parsed.
    """

    place: tuple[int, int]
    source: str
    binds: frozenset[str]
    changes: frozenset[str]
    now: frozenset[str]
    later: frozenset[str]
    node: ast.stmt


@dataclass(frozen=True)
class Script:
    """What a grader may run of a notebook.

    Attributes:
        statements: all but IPython's magics and `!commands`, cells that aren't Python, and what the student checks.
        damaged: the text of each cell that can't be parsed, and why.
        text: the text of all code cells.
    """

    statements: tuple[Statement, ...]
    damaged: dict[str, str]
    text: str


def read_script(cells: Sequence["NotebookNode"]) -> Script:
    """Take a notebook's cells apart."""
    statements: list[Statement] = []
    damaged = {}
    sources = {index: cell.source for index, cell in enumerate(cells) if cell.cell_type == "code"}
    for index, source in sources.items():
        try:
            statements += [_statement((index, place), *each) for place, each in enumerate(_split(source))]
        except SyntaxError as error:
            damaged[source] = f"{error.msg}, line {error.lineno}"
        except (ValueError, RecursionError, MemoryError) as error:  # at a NUL, and if nested too deep
            damaged[source] = str(error)
    return Script(tuple(statements), damaged, "\n".join(sources.values()))


@dataclass(frozen=True)
class Plan:
    """What to run for an exercise: its attempt's definition, and all the statements needed, in order."""

    attempt: Statement
    statements: tuple[Statement, ...]

    @property
    def modules(self) -> set[str]:
        """The modules that its statements import."""
        found: set[str] = set()
        for each in self.statements:
            if isinstance(each.node, ast.ImportFrom):
                found.add(each.node.module or "")
            elif isinstance(each.node, ast.Import):
                found.update(alias.name for alias in each.node.names)
        return found - {""}


def needed(script: Script, exercise: Exercise, lesson: Lesson) -> Plan | str:
    """Return what an exercise needs; or why its attempt can't be found.

    Args:
        script: the submission.
        exercise: the instructor's.
        lesson: the lesson that it is from, which tells the student's own functions from the lesson's.
    """
    attempt = _definition(exercise.attempt, script.statements)
    if attempt is None:
        return _missing(script, exercise, lesson)
    return Plan(attempt, _Search(script.statements, exercise.attempt, attempt).order())


def _definition(name: str, statements: Sequence[Statement]) -> Statement | None:
    """Return the last definition of an attempt that isn't a stub, else the last stub; what is imported isn't one."""
    bound = [each for each in statements if name in each.binds] or [
        each for each in statements if name in each.changes
    ]
    bound = [each for each in bound if not (_is_result(name, each.node) or isinstance(each.node, _IMPORTS))]
    return next((each for each in reversed(bound) if not is_stub(each)), bound[-1] if bound else None)


def _is_result(name: str, node: ast.stmt) -> bool:
    """Tell whether a statement keeps what a function returns under the function's own name: `f = f(3)`."""
    calls = (each.func for each in ast.walk(node) if isinstance(each, ast.Call))
    return isinstance(node, ast.Assign) and any(isinstance(each, ast.Name) and each.id == name for each in calls)


def is_stub(statement: Statement) -> bool:
    """Tell whether a statement is a function with nothing but `...` in its body, after its docstring."""
    if not isinstance(statement.node, ast.FunctionDef):
        return False
    body = statement.node.body[ast.get_docstring(statement.node) is not None :]
    return len(body) == 1 and isinstance(body[0], ast.Expr) and getattr(body[0].value, "value", None) is ...


def count_written(cells: Sequence["NotebookNode"], lesson: Lesson) -> int:
    """Return how many of a lesson's attempts are in a notebook and are no stubs, right or wrong."""
    statements = read_script(cells).statements
    found = [_definition(each.attempt, statements) for each in lesson.exercises]
    return sum(each is not None and not is_stub(each) for each in found)


class _Search:
    """The search for what an attempt needs."""

    def __init__(self, statements: Sequence[Statement], name: str, attempt: Statement) -> None:
        self._statements, self._name, self._attempt = statements, name, attempt
        self._end = (attempt.place[0], float("inf"))  # of the attempt's cell

    def order(self) -> tuple[Statement, ...]:
        """Return what is needed, each after what it uses when it runs."""
        found: set[Statement] = set()
        waiting = self._makers(self._name, self._end)
        while waiting:
            each = waiting.pop()
            if each not in found:
                found.add(each)
                waiting += self._used(each, True)
        order: list[Statement] = []
        seen: set[tuple[Statement, bool]] = set()
        for statement in _sorted(found):
            self._emit(statement, False, seen, order)
        return tuple(order)

    def _emit(self, statement: Statement, called: bool, seen: set, order: list[Statement]) -> None:
        """Put a statement after what it uses; what is called at once comes after what its body uses, too."""
        if (statement, called) in seen:
            return
        seen.add((statement, called))
        for each in _sorted(self._used(statement, called)):
            self._emit(each, True, seen, order)
        if statement not in order:
            order.append(statement)

    def _used(self, statement: Statement, called: bool) -> set[Statement]:
        """Return what a statement uses when it runs and, if what it defines is called at once, what that uses."""
        used = {each for name in statement.now for each in self._makers(name, statement.place)}
        for name in statement.later:
            used |= {each for each in self._makers(name, self._end) if called or each.place > self._end}
        return used - {statement}

    def _makers(self, name: str, before: tuple[int, float]) -> list[Statement]:
        """Return the last statement before a place that binds a name, and those that change it from then on."""
        made = [each for each in self._statements if name in each.binds | each.changes]
        if name == self._name and self._attempt.place < before:  # whatever binds its name after it
            return [each for each in made if each is self._attempt or name not in each.binds]
        if not made and not hasattr(builtins, name):
            made = [each for each in self._statements if _STAR in each.binds]
            return [each for each in made if each.place < before] or made
        earlier = [each for each in made if each.place < before]
        start = max((n for n, each in enumerate(earlier) if name in each.binds), default=0)
        return earlier[start:] or made[:1]


def _sorted(statements: set[Statement]) -> list[Statement]:
    return sorted(statements, key=lambda each: each.place)


def _missing(script: Script, exercise: Exercise, lesson: Lesson) -> str:
    """Say why there is no attempt: its cell is damaged, or it was deleted or renamed."""
    name = exercise.attempt
    for source, why in script.damaged.items():
        if re.search(rf"\b{name}\b", source):
            return f"the cell of {name} can't be run: {why}"
    guess = _guess(script, exercise, lesson)
    renamed = f": is it the function called {guess}? Give it its name back" if guess else ""
    return f"{name} is not in this notebook{renamed}"


def _guess(script: Script, exercise: Exercise, lesson: Lesson) -> str | None:
    """Name the function that was probably meant: what the student checks, a similar name, or the same parameters."""
    name = exercise.attempt
    known = {each for statement in read_script(lesson.notebook.cells).statements for each in statement.binds}
    own = {
        each.node.name: _parameters(each.node)
        for each in script.statements
        if isinstance(each.node, ast.FunctionDef) and each.node.name not in known
    }
    checked = re.findall(rf"\bchecks\.{exercise.name}\((\w+)\)", script.text)
    (stub,) = (
        _parameters(each.node)
        for each in read_script([lesson.notebook.cells[exercise.cell]]).statements
        if name in each.binds
    )
    alike = [each for each, parameters in own.items() if stub and parameters == stub]
    return next((each for each in [*checked, *difflib.get_close_matches(name, own), *alike] if each in own), None)


def _parameters(function: ast.stmt) -> list[str]:
    return [each.arg for each in function.args.args] if isinstance(function, ast.FunctionDef) else []


def _split(source: str) -> Iterator[tuple[str, ast.stmt]]:
    """Yield each statement of a cell with its text."""
    from IPython.core.inputtransformer2 import TransformerManager

    source = _RUNS_ITS_BODY.sub("", source, count=1)
    source = re.sub(r"^%time[ \t]+", "", source, flags=re.MULTILINE)
    with warnings.catch_warnings(action="ignore", category=SyntaxWarning):  # "\d" in a student's text
        source = TransformerManager().transform_cell(source)
        body = ast.parse(source).body
    lines = source.splitlines(keepends=True)
    for node in body:
        if not _is_left_out(node):
            first = min([node.lineno, *(each.lineno for each in getattr(node, "decorator_list", []))])
            text = ast.get_source_segment(source, node) or ""
            yield "".join(lines[first - 1 : node.lineno - 1]) + text, node


def _is_left_out(node: ast.stmt) -> bool:
    """Tell whether a statement is a magic, a command, or a check: the instructor's check is the one that counts."""
    match node:
        case ast.Expr(value=ast.Call(func=ast.Attribute(value=ast.Name(id="checks")))):
            return True
        case ast.Expr(value=ast.Call(func=ast.Attribute(value=ast.Call(func=ast.Name(id="get_ipython"))))):
            return True
    return False


def _statement(place: tuple[int, int], source: str, node: ast.stmt) -> Statement:
    table = symtable.symtable(source, "cell", "exec")
    assigned = {each.get_name() for each in table.get_symbols() if each.is_assigned() or each.is_imported()}
    if isinstance(node, ast.ImportFrom) and node.names[0].name == "*":
        assigned = {_STAR}
    certain = isinstance(node, _CERTAIN)
    now = {each.get_name() for each in table.get_symbols() if each.is_referenced()}
    later: set[str] = set()
    for each in table.get_children():
        _sort_names(each, now, later)
    return Statement(
        place=place,
        source=source,
        binds=frozenset(assigned if certain else ()),
        changes=frozenset(_touched(node) | (set() if certain else assigned)),
        now=frozenset(now | _touched(node)),
        later=frozenset(later),
        node=node,
    )


def _sort_names(table: symtable.SymbolTable, now: set[str], later: set[str]) -> None:
    """Add the globals that a block uses to `now` if it runs at once, as a class does, else to `later`."""
    if table.get_type() == "function" and table.get_name() not in ("listcomp", "setcomp", "dictcomp", "genexpr"):
        now = later
    now.update(each.get_name() for each in table.get_symbols() if each.is_global() and each.is_referenced())
    for each in table.get_children():
        _sort_names(each, now, later)


def _touched(node: ast.stmt) -> set[str]:
    """Return the names in `W[0] = 1`, `W.x = 1`, `W += 1`, `del W` and `W.append(1)`, anywhere outside a function."""
    touched = set()
    waiting: list[ast.AST] = [node]
    while waiting:
        each = waiting.pop()
        if isinstance(each, (ast.FunctionDef, ast.AsyncFunctionDef, ast.Lambda, ast.ClassDef)):
            continue
        waiting += ast.iter_child_nodes(each)
        if isinstance(each, (ast.Subscript, ast.Attribute)) and not isinstance(each.ctx, ast.Load):
            touched.add(_base(each))
        elif isinstance(each, ast.AugAssign):
            touched.add(_base(each.target))
        elif isinstance(each, ast.Name) and isinstance(each.ctx, ast.Del):
            touched.add(each.id)
        elif (
            isinstance(each, ast.Expr)
            and isinstance(each.value, ast.Call)
            and isinstance(each.value.func, ast.Attribute)
        ):
            touched.add(_base(each.value.func))
    return touched - {""}


def _base(node: ast.AST) -> str:
    """Return W for `W.x[0].y`; "" where there is no name at the bottom."""
    while isinstance(node, (ast.Subscript, ast.Attribute)):
        node = node.value
    return node.id if isinstance(node, ast.Name) else ""
