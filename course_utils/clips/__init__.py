"""Clips in and out: video files, animated pictures and folders of pictures, one frame at a time (lesson 12)."""

from .clip import Clip
from .reading import read_clip
from .writing import FOLDER_BYTES, ClipWriter

__all__ = ["FOLDER_BYTES", "Clip", "ClipWriter", "read_clip"]
