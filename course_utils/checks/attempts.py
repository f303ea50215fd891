"""What the checkers have said in this kernel: the last verdict on each exercise, and how many attempts it took."""

from dataclasses import dataclass

from ..exercises import NOT_WRITTEN


@dataclass(frozen=True)
class Standing:
    """How an exercise stands.

    Attributes:
        verdict: the last one.
        attempts: how often something was checked; a stub that is unwritten is no attempt.
    """

    verdict: str
    attempts: int


_standings: dict[str, Standing] = {}


def remember(exercise: str, verdict: str) -> None:
    """Remember a verdict on an exercise."""
    before = _standings[exercise].attempts if exercise in _standings else 0
    _standings[exercise] = Standing(verdict, before + (verdict != NOT_WRITTEN))


def standing(exercise: str) -> Standing | None:
    """Return how an exercise stands; None: its checker has not been called in this kernel."""
    return _standings.get(exercise)


def forget() -> None:
    """Forget all verdicts, as a kernel does that is restarted."""
    _standings.clear()
