"""What every notebook of the course keeps to (see the functions' names), as a list of complaints."""

import itertools
import re
from pathlib import Path

MAX_CODE_LINES, MAX_SETUP_LINES = 25, 8
SLIDE_TYPES = {"slide", "subslide", "fragment", "skip", "notes", "-"}


def complaints(notebook: dict, path: Path) -> list[str]:
    """Return what is wrong with a notebook, each with the number of its cell; empty if nothing is."""
    cells = list(enumerate(notebook["cells"], 1))
    code = [(number, cell) for number, cell in cells if cell["cell_type"] == "code"]
    markdown = [(number, cell) for number, cell in cells if cell["cell_type"] == "markdown"]
    found = [f"{path.name}: {complaint}" for complaint in _headings(markdown)]
    if "widgets" in notebook["metadata"]:
        found.append(f"{path.name}: holds the state of widgets, which changes with each run")
    for number, cell in cells:
        found += [f"{path.name}, cell {number}: {complaint}" for complaint in _any_cell(cell)]
    for position, (number, cell) in enumerate(code, 1):
        limit = MAX_SETUP_LINES if position == 1 else MAX_CODE_LINES
        found += [f"{path.name}, cell {number}: {complaint}" for complaint in _code_cell(cell, position, limit)]
    for number, cell in markdown:
        found += [f"{path.name}, cell {number}: {complaint}" for complaint in _markdown_cell(cell, path)]
    return found


def ignored_cells(notebook: dict) -> tuple[int, int]:
    """Count the code cells whose output nbval does not compare, and all code cells."""
    code = [cell for cell in notebook["cells"] if cell["cell_type"] == "code"]
    ignored = [cell for cell in code if {"nbval-ignore-output", "nbval-skip"} & set(cell["metadata"].get("tags", ()))]
    return len(ignored), len(code)


def _source(cell: dict) -> str:
    return "".join(cell["source"])


def _headings(markdown: list) -> list[str]:
    text = re.sub(r"```.*?```", "", "\n".join(_source(cell) for _, cell in markdown), flags=re.S)
    levels = [len(marks) for marks in re.findall(r"^(#+) ", text, re.M)]
    found = [] if levels.count(1) == 1 and levels[0] == 1 else ["needs one H1, at the top"]
    jumps = [b for a, b in itertools.pairwise(levels) if b > a + 1]
    return found + [f"a heading of level {level} follows one that is more than a level above" for level in jumps]


def _any_cell(cell: dict) -> list[str]:
    found = []
    if cell["metadata"].get("slideshow", {}).get("slide_type") not in SLIDE_TYPES:
        found.append("no slide type")
    if re.search(r"(?<![\w.])/(home|root|tmp|usr|work|Users)/|[A-Z]:\\", _source(cell)):
        found.append("an absolute path")
    return found


def _code_cell(cell: dict, position: int, limit: int) -> list[str]:
    found = []
    if cell["execution_count"] != position:
        found.append(f"not executed in order (its count is {cell['execution_count']}, not {position})")
    if any(output["output_type"] == "error" for output in cell["outputs"]):
        found.append("holds an error")
    if len(_source(cell).splitlines()) > limit:
        found.append(f"more than {limit} lines")
    if re.search(r"\bmatplotlib\b|\bplt\b|\.figure\b", _source(cell)):
        found.append("draws by itself: the functions of course_utils.plots give every figure its titles and labels")
    if any(line.rstrip().endswith(";") for line in _source(cell).splitlines()):
        found.append("a trailing semicolon breaks nbval's comparison")
    for output in cell["outputs"]:
        if output.get("data", {}).keys() & {"image/png", "image/jpeg"}:
            text = "".join(output["data"].get("text/plain", ""))
            if len(text) < 15 or text.startswith("<"):
                found.append("a figure without a text alternative")
    return found


def _markdown_cell(cell: dict, path: Path) -> list[str]:
    found = []
    for mark, text, target in re.findall(r"(!?)\[([^\]]*)\]\(([^)\s]+)\)", _source(cell)):
        if mark and len(text) < 15:
            found.append(f"image {target} without a text alternative")
        if not re.match(r"https?://|#|attachment:", target) and not (path.parent / target.split("#")[0]).exists():
            found.append(f"link to {target}, which does not exist")
    return found
