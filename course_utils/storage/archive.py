"""A tree of plain values and arrays in one file: NumPy's .npz, without pickle, so that reading it runs no code.

The tree is JSON, in which an array is a number: its place among the file's arrays.
"""

import json
import os
import zipfile
from pathlib import Path
from typing import Any

import numpy as np

from ..errors import CheckpointError
from .files import require_writable, written_whole

TREE = "tree"
Tree = Any  # None, bool, int, float, str, path, array; or a list, a tuple, or a dictionary with names, of trees


def write_tree(path: str | os.PathLike, tree: Tree) -> Path:
    """Write a tree; whole or not at all.

    Raises:
        CheckpointError: a path that cannot be written; a value that is neither plain nor an array.
    """
    arrays: list[np.ndarray] = []
    text = json.dumps(_encoded(tree, arrays))
    try:
        path = Path(path).expanduser()
        with written_whole(path) as file:
            np.savez(
                file,
                allow_pickle=False,
                **{TREE: np.frombuffer(text.encode(), np.uint8)},
                **{str(number): array for number, array in enumerate(arrays)},
            )
    except (OSError, RuntimeError, ValueError) as error:  # among them: "~" without a home directory
        raise CheckpointError(f"cannot write {path}: {error}") from error
    return path


def check_place(path: str | os.PathLike) -> Path:
    """Check that `write_tree` can write `path`, before any work is done for it, and return it.

    Raises:
        CheckpointError: a directory, or a folder that is missing or cannot be written.
    """
    try:
        path = Path(path).expanduser()
        if path.is_dir():
            raise CheckpointError(f"{path} is a directory: give the name of a file in it")
        require_writable(path)
    except (OSError, RuntimeError, ValueError) as error:  # among them: "~" without a home directory
        raise CheckpointError(f"cannot write {path}: {error}") from error
    return path


def read_tree(path: str | os.PathLike) -> Tree:
    """Read a tree that `write_tree` wrote.

    Raises:
        CheckpointError: no such file, or one that is damaged or not a saved run.
    """
    path = str(path)
    try:
        if (file := Path(path).expanduser()).exists() and not file.is_file():  # a pipe would block
            raise CheckpointError(f"{path} is not a regular file: give the name of a saved run")
        with zipfile.ZipFile(Path(path).expanduser()) as file:
            if any(each.compress_type != zipfile.ZIP_STORED for each in file.infolist()):
                raise ValueError("it is compressed, which no saved run is")  # a small file could fill memory
        with np.load(Path(path).expanduser(), allow_pickle=False) as file:
            arrays = {name: file[name] for name in file.files}
        return _decoded(json.loads(arrays[TREE].tobytes()), arrays)
    except CheckpointError:
        raise
    except OSError as error:
        raise CheckpointError(f"cannot read {path}: {error}") from error
    except MemoryError as error:
        raise CheckpointError(f"{path} does not fit into memory") from error
    except Exception as error:  # NumPy, zipfile and json raise a dozen kinds for damaged files
        raise CheckpointError(f"{path} is not a saved run, or is damaged: {error}") from error


def _encoded(tree: Tree, arrays: list[np.ndarray]) -> Any:
    if isinstance(tree, np.ndarray):
        arrays.append(tree)
        return {"array": len(arrays) - 1}
    if isinstance(tree, (list, tuple)):
        return {"tuple" if isinstance(tree, tuple) else "list": [_encoded(each, arrays) for each in tree]}
    if isinstance(tree, dict) and all(isinstance(name, str) for name in tree):
        return {"dict": {name: _encoded(each, arrays) for name, each in tree.items()}}
    if isinstance(tree, np.generic):
        tree = tree.item()
    if isinstance(tree, os.PathLike):
        return os.fspath(tree)
    if tree is None or isinstance(tree, (bool, int, float, str)):
        return tree
    raise CheckpointError(f"{tree!r} cannot be saved: only networks, pictures and masks by name, and arrays, can")


def _decoded(node: Any, arrays: dict[str, np.ndarray]) -> Tree:
    if not isinstance(node, dict):
        return node
    ((kind, value),) = node.items()
    if kind == "array":
        return arrays[str(value)]
    if kind == "dict":
        return {name: _decoded(each, arrays) for name, each in value.items()}
    return {"list": list, "tuple": tuple}[kind](_decoded(each, arrays) for each in value)
