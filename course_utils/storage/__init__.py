"""Files: written whole or not at all; pictures decoded or refused with a clear message; runs saved without pickle."""

from .archive import check_place, read_tree, write_tree
from .decoding import MAX_PIXELS, MIN_SIDE, check_dimensions, decode, opened, to_srgb
from .files import folder_written_whole, require_writable, written_whole

__all__ = [
    "MAX_PIXELS",
    "MIN_SIDE",
    "check_dimensions",
    "check_place",
    "decode",
    "folder_written_whole",
    "opened",
    "read_tree",
    "require_writable",
    "to_srgb",
    "write_tree",
    "written_whole",
]
