"""Behind lesson 6's iterator: the plan of a run, its sizes, its schedule, and its current state."""

from .plan import Plan
from .pyramid import TILED
from .schedule import ENTER_STEPS, Schedule, seconds_of
from .stage import Objective, Stage, Step

__all__ = ["ENTER_STEPS", "TILED", "Objective", "Plan", "Schedule", "Stage", "Step", "seconds_of"]
