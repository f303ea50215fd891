"""Behind lesson 5's update rules: L-BFGS on a box, what it remembers, and what it begins with."""

from .lbfgs import LBFGS, MEMORY, Bounds, pairs_kept, require_finite
from .preconditioner import Preconditioner

__all__ = ["LBFGS", "MEMORY", "Bounds", "Preconditioner", "pairs_kept", "require_finite"]
