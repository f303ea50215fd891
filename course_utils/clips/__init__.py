"""Clips in and out: video files, animated pictures and folders of pictures, one frame at a time (lesson 12)."""

from .clip import Clip
from .reading import read_clip
from .writing import ClipWriter

__all__ = ["Clip", "ClipWriter", "read_clip"]
