"""Where a lesson asks for a prediction, and which cells give its answer away."""

import re
from collections.abc import Sequence
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from nbformat import NotebookNode

_PREDICTION = re.compile(r"\*\*Predict(\.\*\*|\*\*)")
_HEADING = re.compile(r"^#+ ", re.M)
_CHECK = re.compile(r"^\s*checks\.\w+\(", re.M)


def answers(cells: Sequence["NotebookNode"]) -> dict[int, list[int]]:
    """Find the predictions and their answers.

    An answer is the cells that follow: the code that shows it, and the markdown that explains it. It ends at the next
    heading, prediction, or exercise. So a prediction inside an exercise has none, for there the student writes it;
    neither has one that its own cell answers in a fold.

    Args:
        cells: all cells of a lesson.

    Returns:
        {index of a cell with a prediction: indices of the cells that give the answer away}.
    """
    found: dict[int, list[int]] = {}
    answering: list[int] = []
    for index, cell in enumerate(cells):
        if cell.cell_type == "code":
            if _CHECK.search(cell.source):
                answering = []
            else:
                answering.append(index)
        elif _PREDICTION.search(_prose(cell.source)):
            answering = found[index] = []
        elif _HEADING.search(_prose(cell.source)):
            answering = []
        else:
            answering.append(index)
    return found


def _prose(markdown: str) -> str:
    """Leave out fenced code: a `#` in it is no heading."""
    return re.sub(r"^```.*?^```", "", markdown, flags=re.S | re.M)
