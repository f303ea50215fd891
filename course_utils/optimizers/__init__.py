"""Behind lesson 5's update rules: L-BFGS with bounds, its memory, and its preconditioner."""

from .lbfgs import LBFGS, MEMORY, Bounds, pairs_kept, require_finite
from .preconditioner import Preconditioner

__all__ = ["LBFGS", "MEMORY", "Bounds", "Preconditioner", "pairs_kept", "require_finite"]
