"""When a run moves on to the next size of its pyramid, and when it ends: by steps, or by time."""

import time
from collections.abc import Callable, Sequence

from .pyramid import MOST_COARSE, Level

ENTER_STEPS = 2.25  # what the targets and first losses of a size cost, in steps: tests/benchmarks/estimate.py
LEAST_STEPS = 3  # at a finer size, or it is not worth entering


class Schedule:
    """The sizes of a run, and its progress through them.

    With a time budget, the time left is shared among the sizes still to come in proportion to their pixels. The speed
    measured at one size predicts the next: if the time is too short to enter it, the rest is spent here. The last
    step is the one that ends closest to the budget.

    Attributes:
        level: the index of the current size, -1 before the first.
        levels: the sizes.
        spent: seconds.
    """

    def __init__(self, levels: Sequence[Level], seconds: float | None) -> None:
        """Take the sizes, and the budget in seconds; None: by the steps of each size."""
        self.levels, self._seconds = levels, seconds
        self.level, self.spent = -1, 0.0
        self._steps, self._work, self._step, self._until, self._entering = 0, 0.0, 0.0, 0.0, 0.0
        self._ended = False

    def state(self) -> dict[str, float]:
        """Return all that changes, for `restore`."""
        return {name: value for name, value in vars(self).items() if name not in ("levels", "_seconds")}

    def restore(self, state: dict[str, float]) -> None:
        """Resume from the state of another schedule with the same sizes and budget."""
        if state.keys() != self.state().keys() or not -1 <= state["level"] < len(self.levels):
            raise ValueError("not the state of such a schedule")
        vars(self).update({name: type(value)(state[name]) for name, value in self.state().items()})

    @property
    def progress(self) -> float:
        """The fraction of the whole run's work or time that is done, up to 1."""
        if self._ended:
            return 1.0
        if self._seconds is not None:
            return min(1.0, self.spent / self._seconds)
        return self._work / sum(level.work * level.steps for level in self.levels)

    def next_level(self) -> int | None:
        """Return the number of the size that the next step belongs to; None at the end."""
        if self._ended:
            return None
        if self.level >= 0 and self._stays():
            return self.level
        return self.level + 1 if self._goes_on() else None

    def end(self) -> None:
        """Skip the steps, or the time, that are left."""
        self._ended = True

    def entered(self, seconds: float) -> None:
        """Note that the next size has been entered, which took `seconds`."""
        self.level += 1
        self.spent += seconds
        self._entering, self._steps = seconds, 0
        if self._seconds is not None:
            to_come = sum(level.work for level in self.levels[self.level :])
            self._until = self.spent + (self._seconds - self.spent) * self.levels[self.level].work / to_come

    def stepped(self, seconds: float) -> None:
        """Note that a step has been done, which took `seconds`."""
        self.spent += seconds
        self._steps += 1
        self._work += self.levels[self.level].work
        self._step = seconds if self._steps == 1 else 0.7 * self._step + 0.3 * seconds

    def _stays(self) -> bool:
        if self._seconds is None:
            return self._steps < self.levels[self.level].steps
        if self._goes_on() and self._steps >= MOST_COARSE:
            return False
        until = self._until if self._goes_on() else self._seconds
        return self._steps == 0 or self.spent + self._step / 2 < until

    def _goes_on(self) -> bool:
        """Tell whether there is a next size, and time for it."""
        following = self.level + 1
        if following == len(self.levels):
            return False
        if self._seconds is None or self.level < 0:
            return True
        tracing = max(0.0, self._entering - ENTER_STEPS * self._step)
        step = self._step * self.levels[following].work / self.levels[self.level].work
        return self.spent + tracing + (ENTER_STEPS + LEAST_STEPS) * step <= self._seconds


def seconds_of(action: Callable[[], None]) -> float:
    """Do something, and return how long it took."""
    began = time.perf_counter()
    action()
    return time.perf_counter() - began
