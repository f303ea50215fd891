"""Pictures larger than memory: what a run takes, where to cut, and the objective of the whole from its tiles."""

from .footprint import fitting_side, flops, run_bytes, tile_side
from .tiled import TiledObjective

__all__ = ["TiledObjective", "fitting_side", "flops", "run_bytes", "tile_side"]
