"""Behind lesson 12: what moves where between two frames, which pixels have been seen before, and how much flickers."""

from .fields import flow, warp
from .flicker import mean_warping_error, warping_error
from .visibility import disoccluded, likeness, long_term, motion_boundaries, recall, visible

__all__ = [
    "disoccluded",
    "flow",
    "likeness",
    "long_term",
    "mean_warping_error",
    "motion_boundaries",
    "recall",
    "visible",
    "warp",
    "warping_error",
]
