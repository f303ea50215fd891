"""Neural style transfer: the code that the lessons build, finished and fast.

Importing this package does not import TensorFlow; the first use of a name that needs it does.
"""

import importlib

from .errors import CourseError
from .images import load_image, save_image
from .many import Job, stylize_many
from .options import Options, VideoOptions

_LAZY = {
    "ClipWriter": "clips",
    "Transfer": "transfer",
    "VideoTransfer": "video",
    "estimate": "cost",
    "read_clip": "clips",
    "stylize": "transfer",
}

__all__ = [
    "ClipWriter",
    "CourseError",
    "Job",
    "Options",
    "Transfer",
    "VideoOptions",
    "VideoTransfer",
    "estimate",
    "load_image",
    "read_clip",
    "save_image",
    "stylize",
    "stylize_many",
]


def __getattr__(name: str) -> object:
    """Import what takes long, such as the engine with TensorFlow, on first use."""
    if name in _LAZY:
        return getattr(importlib.import_module(f".{_LAZY[name]}", __name__), name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
