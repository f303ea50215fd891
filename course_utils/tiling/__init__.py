"""Pictures too large for memory: how much a run needs, where to cut, and the objective added up over tiles."""

from .footprint import BASE, convolutions, fitting_side, flops, map_bytes, operations, run_bytes, tile_side
from .tiled_objective import TiledObjective
from .tiles import reach

__all__ = [
    "BASE",
    "TiledObjective",
    "convolutions",
    "fitting_side",
    "flops",
    "map_bytes",
    "operations",
    "reach",
    "run_bytes",
    "tile_side",
]
