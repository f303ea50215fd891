"""Behind lesson 6's iterator: what a run works with, its sizes, when it goes on to the next, and where it stands."""

from .plan import Plan
from .pyramid import TILED
from .schedule import ENTER_STEPS, Schedule, seconds_of
from .stage import Stage, Step

__all__ = ["ENTER_STEPS", "TILED", "Plan", "Schedule", "Stage", "Step", "seconds_of"]
