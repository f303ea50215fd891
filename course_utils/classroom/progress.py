"""How far a student has come: the verdicts that were saved in the notebooks; nothing runs."""

import json
import re
from dataclasses import dataclass
from pathlib import Path

from ..errors import CourseError
from ..exercises import CORRECT, EXERCISES, NOT_RUN
from .lessons import lessons_folder


@dataclass(frozen=True)
class Progress:
    """How the exercises of one notebook stand.

    Attributes:
        path: the notebook.
        verdicts: the last verdict on each exercise of the lesson, in order; empty if there is a trouble.
        trouble: why the notebook cannot be read; goes on after its name.
    """

    path: Path
    verdicts: dict[str, str]
    trouble: str | None = None

    @property
    def right(self) -> int:
        """How many exercises are correct."""
        return list(self.verdicts.values()).count(CORRECT)


def read_progress(folder: Path | None) -> list[Progress]:
    """Read what the checks had said when each lesson in a folder was saved.

    Args:
        folder: of the notebooks, or the one above. None: `notebooks/` in the current folder, or the course's own.

    Returns:
        One for each notebook whose name begins with a lesson's number: "03_gram_matrices-Copy1.ipynb", too.

    Raises:
        CourseError: there is none.
    """
    paths = _lessons(Path("notebooks") if folder is None else folder)
    if not paths:
        if folder is not None:
            raise CourseError(f"no lessons in {folder}: a lesson has a name like 03_gram_matrices.ipynb")
        paths = _lessons(lessons_folder())
    return [_read(path) for path in paths]


def _lessons(folder: Path) -> list[Path]:
    folder = folder / "notebooks" if (folder / "notebooks").is_dir() else folder
    return [path for path in sorted(folder.glob("[0-9][0-9]_*.ipynb")) if int(path.name[:2]) in EXERCISES]


def _read(path: Path) -> Progress:
    try:
        said = _said(json.loads(path.read_text("utf-8"))["cells"])
    except OSError as error:
        return Progress(path, {}, f"cannot be read: {error.strerror}")
    except ValueError as error:  # not JSON, or not UTF-8
        return Progress(path, {}, f"is damaged; restore a copy of it: {error}")
    except (LookupError, TypeError, AttributeError, RecursionError):
        return Progress(path, {}, "is damaged; restore a copy of it: its cells are not those of a notebook")
    return Progress(path, {name: said.get(name, NOT_RUN) for name in EXERCISES[int(path.name[:2])]})


def _said(cells: list[dict]) -> dict[str, str]:
    """Return {exercise: verdict} from the outputs of the cells that call a checker; of two, the lower one's."""
    said = {}
    for cell in cells:
        if cell["cell_type"] != "code":
            continue
        printed = "".join("".join(output["text"]) for output in cell["outputs"] if output["output_type"] == "stream")
        for name in re.findall(r"\bchecks\.(\w+)\(", "".join(cell["source"])):
            for verdict in re.findall(rf"^{name}: (.+)$", printed, re.M):
                said[name] = verdict
    return said
