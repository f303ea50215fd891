"""Behind lesson 11's fast networks: the network itself, what it is trained on and for, and pictures of any size."""

from .crops import draw_crops
from .network import QUARTER, Weights, initial_weights, shapes, transform
from .objective import PerceptualLoss
from .strips import transform_in_strips

__all__ = [
    "QUARTER",
    "PerceptualLoss",
    "Weights",
    "draw_crops",
    "initial_weights",
    "shapes",
    "transform",
    "transform_in_strips",
]
