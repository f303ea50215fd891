"""Behind lesson 6's iterator: the plan of a run, its sizes, its schedule, and its current state."""

from .plan import Plan
from .pyramid import TILED
from .schedule import ENTER_STEPS, Schedule, seconds_of
from .stage import Stage, Step

__all__ = ["ENTER_STEPS", "TILED", "Plan", "Schedule", "Stage", "Step", "seconds_of"]
