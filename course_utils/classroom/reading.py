"""A notebook as it was handed in: read in bounded memory, or refused in one sentence."""

import json
import mmap
import re
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ..errors import SubmissionError

if TYPE_CHECKING:
    from nbformat import NotebookNode

LARGEST = 300_000_000  # bytes of a notebook, its outputs included
LARGEST_WITHOUT = 10_000_000  # bytes without them; JSON may take thirty times as much in memory
MUCH = 20_000_000  # bytes that are worth a remark

_OPENED, _CLOSED = b"[{", b"]}"
_TOKEN = re.compile(
    rb'"(?P<dropped>outputs|attachments|widgets)"\s*+:\s*+(?=[\[{])|"(?:[^"\\]++|\\.)*+(?:"|\Z)|[\[\]{}]', re.DOTALL
)
_CONFLICT = re.compile(rb"^(?:<{7} |>{7} )", re.MULTILINE)
_CONFLICT_IN_CELL = re.compile(r"^(?:<{7} |>{7} )", re.MULTILINE)
_LOOKS_LIKE = {
    b"%PDF": "a PDF",
    b"PK\x03\x04": "a zip or an Office document",
    b"Rar!": "a RAR archive",
    b"\x89PNG": "a picture",
    b"\xff\xd8\xff": "a picture",
    b"<": "a web page",
    b"version https://git-lfs": "Git LFS's pointer to a file, not the file",
}


def read(file: Path) -> tuple["NotebookNode", list[str]]:
    """Read a notebook without its outputs.

    Args:
        file: what was handed in, with any content.

    Returns:
        The notebook, in format 4, and remarks on what is unusual about it: a sentence each, without a full stop.

    Raises:
        SubmissionError: it is not a notebook, or damaged, or too large; the message goes on after the file's name.
    """
    text, size = _slim(file)
    tree = _parsed(text)
    if not isinstance(tree, dict) or not isinstance(major := tree.get("nbformat"), int):
        raise SubmissionError("is JSON, but not a notebook")
    if not 1 <= major <= 4:
        raise SubmissionError(f"is in the notebook format {major}, which this course's Jupyter does not know")
    remarks = [f"{size / 1e6:.0f} MB large: its outputs were dropped"] if size > MUCH else []
    if major < 4:
        remarks.append(f"in the old notebook format {major}: converted to format 4")
    notebook = _converted(tree, major)
    code = [cell.source for cell in notebook.cells if cell.cell_type == "code"]
    if not any(source.strip() for source in code):
        raise SubmissionError("has no code in it")
    if any(map(_CONFLICT_IN_CELL.search, code)):
        remarks.append("merge-conflict markers (<<<<<<<) are left in a cell")
    return notebook, remarks


def _slim(file: Path) -> tuple[bytes, int]:
    """Return a file's bytes, with its outputs, attachments and widgets emptied, and the file's size."""
    try:
        size = file.stat().st_size
        if not size:
            raise SubmissionError("is empty: 0 bytes")
        if size > LARGEST:
            raise SubmissionError(f"is larger than {LARGEST / 1e6:.0f} MB: clear its outputs and hand it in again")
        with file.open("rb") as opened, mmap.mmap(opened.fileno(), 0, access=mmap.ACCESS_READ) as text:
            return _without_outputs(text), size
    except OSError as error:
        raise SubmissionError(f"cannot be read: {error.strerror or error}") from error


def _without_outputs(text: mmap.mmap) -> bytes:
    """Copy JSON, but write [] or {} for every value whose name is in `_TOKEN`: nothing large is ever parsed."""
    kept, length, start, depth = [], 0, 0, None  # depth: of the brackets within a value that is dropped

    def keep(end: int) -> None:
        nonlocal length
        length += end - start
        if length > LARGEST_WITHOUT:
            raise SubmissionError(f"is larger than {LARGEST_WITHOUT / 1e6:.0f} MB even without its outputs")
        kept.append(text[start:end])

    for token in _TOKEN.finditer(text):
        if depth is None:
            if token["dropped"]:
                keep(token.end())
                start, depth = token.end(), 0
        elif (character := text[token.start()]) in _OPENED:
            depth += 1
        elif character in _CLOSED:
            depth -= 1
            if depth == 0:
                kept.append(b"[]" if character == ord("]") else b"{}")
                start, depth = token.end(), None
    if depth is None:
        keep(len(text))
    return b"".join(kept)


def _parsed(text: bytes) -> Any:
    try:
        return json.loads(text.removeprefix(b"\xef\xbb\xbf"))
    except RecursionError as error:
        raise SubmissionError("is not a notebook: its brackets are nested too deeply") from error
    except ValueError as error:  # among them: bytes that are not UTF-8, a number of 5000 digits
        raise SubmissionError(_why_not_json(text, error)) from error


def _why_not_json(text: bytes, error: ValueError) -> str:
    if _CONFLICT.search(text):
        return "has merge-conflict markers (<<<<<<<) of Git in it: resolve the conflict and hand it in again"
    for beginning, what in _LOOKS_LIKE.items():
        if text.lstrip().startswith(beginning):
            return f"is not a notebook: it is {what}, named .ipynb"
    if not text.lstrip(b"\xef\xbb\xbf \t\r\n").startswith(b"{"):
        return f"is not a notebook: it begins with “{_beginning(text)}”"
    ends = isinstance(error, json.JSONDecodeError) and (
        error.msg.startswith("Unterminated string") or error.pos >= len(error.doc.rstrip())
    )
    if ends:
        return "is cut off: its JSON ends in the middle; download it from Jupyter and hand it in again"
    return f"is damaged: {error}"


def _beginning(text: bytes) -> str:
    line = text.decode("utf-8", "replace").strip().partition("\n")[0][:40]
    return "".join(character if character.isprintable() else "?" for character in line)


def _converted(tree: dict, major: int) -> "NotebookNode":
    """Return a tree in any format as a notebook in format 4; only what a program needs is taken over."""
    import nbformat

    try:
        cells = tree["cells"] if major == 4 else [cell for sheet in tree["worksheets"] for cell in sheet["cells"]]
        cells = [_cell(cell) for cell in cells]
    except (KeyError, TypeError, AttributeError, ValueError) as error:
        raise SubmissionError("is JSON, but its cells are not those of a notebook") from error
    metadata = tree.get("metadata")
    return nbformat.from_dict(
        {
            "nbformat": 4,
            "nbformat_minor": 5,
            "metadata": metadata if isinstance(metadata, dict) else {},
            "cells": [{"id": f"cell-{number}"} | cell for number, cell in enumerate(cells)],
        }
    )


def _cell(cell: dict) -> dict[str, Any]:
    """Return a cell of any format as one of format 4, without outputs.

    Raises:
        KeyError, TypeError, AttributeError, ValueError: it is not a cell.
    """
    kind, metadata = cell["cell_type"], cell.get("metadata")
    source = cell.get("source", cell.get("input", ""))  # before format 4, code stood in "input"
    source = "".join(source) if isinstance(source, list) else source
    source.encode()  # half of a surrogate pair could be given to no kernel
    if kind == "heading":
        kind, source = "markdown", f"{'#' * int(cell.get('level', 1))} {source}"
    kept = {"cell_type": kind if kind in ("code", "raw") else "markdown", "source": source}
    kept["metadata"] = metadata if isinstance(metadata, dict) else {}
    if kind == "code":
        kept |= {"outputs": [], "execution_count": None}
    if isinstance(cell.get("id"), str):
        kept["id"] = cell["id"]
    return kept
