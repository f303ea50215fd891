"""Files: written whole or not at all; pictures decoded or refused with a clear message; runs saved without pickle."""

from .archive import check_place, read_tree, write_tree
from .decoding import MIN_SIDE, decode, opened
from .files import require_writable, written_whole

__all__ = [
    "MIN_SIDE",
    "check_place",
    "decode",
    "opened",
    "read_tree",
    "require_writable",
    "write_tree",
    "written_whole",
]
