"""The speaker's notes of a lesson's slides: minutes, what to listen for and to ask, hints, answers, remarks."""

import re
from collections import defaultdict
from collections.abc import Iterator

import nbformat
from nbformat import NotebookNode
from nbformat.v4 import new_markdown_cell

from .lessons import Lesson, lessons_folder

_FOLD = re.compile(r"<details>\s*<summary>(.*?)</summary>(.*?)</details>", re.S)


def with_notes(cells: list[NotebookNode], lesson: Lesson) -> Iterator[NotebookNode]:
    """Yield the cells, and after each slide's first one the speaker's notes: hints, answers, remarks.

    There they are outside its fragments, so that reveal.js shows them all the time.
    """
    remarks = _remarks(lesson)
    slides: list[list[int]] = []
    for index, cell in enumerate(cells):
        if slide_type(cell) in ("slide", "subslide") or not slides:
            slides.append([])
        slides[-1].append(index)
    for slide in slides:
        notes = [text for index in slide for text in _folded(cells[index]) + remarks.get(index, [])]
        first = next((index for index in slide if slide_type(cells[index]) not in ("skip", "notes")), None)
        for index in slide:
            yield cells[index]
            if index == first and notes:
                yield new_markdown_cell("\n\n".join(notes), metadata={"slideshow": {"slide_type": "notes"}})


def slide_type(cell: NotebookNode) -> str:
    """Return a cell's slide type, "-" if it has none."""
    return cell.metadata.get("slideshow", {}).get("slide_type", "-")


def section_minutes(lesson: Lesson) -> dict[str, NotebookNode]:
    """Return what the lesson's metadata says about the minutes of its sections, by their headings."""
    return {each.section: each for each in lesson.notebook.metadata.get("course", {}).get("minutes", [])}


def section_heading(cell: NotebookNode) -> str | None:
    """Return the heading of the section that begins with a cell, if one does."""
    heading = re.match(r"## (.+)", cell.source) if cell.cell_type == "markdown" else None
    return heading[1].strip() if heading else None


def guide(number: int) -> list[str]:
    """Return what the instructor's guide tells to listen for, to ask and to leave out; a student's folder has none."""
    path = lessons_folder() / "README.md"
    text = path.read_text(encoding="utf-8") if path.is_file() else ""
    section = re.search(rf"^### Lesson {number}: .*?(?=^#{{1,3}} |\Z)", text, re.S | re.M)
    blocks = re.search(r"^\*\*Listen for\*\*.*", section[0], re.S | re.M) if section else None
    return [blocks[0].strip()] if blocks else []


def _folded(cell: NotebookNode) -> list[str]:
    """Return what a Markdown cell has folded away."""
    if cell.cell_type != "markdown":
        return []
    return [f"**{summary.strip()}**\n\n{text.strip()}" for summary, text in _FOLD.findall(cell.source)]


def _remarks(lesson: Lesson) -> dict[int, list[str]]:
    """Return what helps the speaker, by the index of the lesson's cell that it belongs to.

    It comes from the guide, the sections' minutes, and the solutions, without their code.
    """
    remarks: dict[int, list[str]] = defaultdict(list)
    remarks[0] += guide(lesson.number)
    minutes = section_minutes(lesson)
    for index, cell in enumerate(lesson.notebook.cells):
        if (section := section_heading(cell)) in minutes:
            remarks[index].append(_timing(minutes[section]))
    path = lessons_folder() / "solutions" / f"{lesson.name}.ipynb"
    if not path.is_file():  # a student's folder has none
        return remarks
    place = 0
    for cell in nbformat.read(path, as_version=4).cells[1:]:
        if cell.cell_type == "markdown":
            if cell.source.startswith("## "):
                place = _place(cell.source.splitlines()[0], lesson)
            text = re.sub(r"^#+ (.*)$", r"**\1**", cell.source, flags=re.M)
            remarks[place].append(text)
    return remarks


def _timing(minutes: NotebookNode) -> str:
    parts = {kind: minutes[kind] for kind in ("lecture", "prediction", "exercise") if minutes[kind]}
    total = sum(parts.values())
    listed = ", ".join(f"{kind} {time}" for kind, time in parts.items())
    return f"{total} minute{'s' * (total != 1)} ({listed}); short version: {minutes.short or 'leave it out'}"


def _place(heading: str, lesson: Lesson) -> int:
    """Return the lesson's cell whose heading a heading of the solutions speaks of; 0, the title, if none is clear.

    "Exercise 3 …" belongs to the exercise of that number; "The portfolio, in class" where a heading has that word.
    """
    exercise = re.match(r"## (Exercise)s?( \d+)?", heading)
    words = exercise[1] + (exercise[2] or "") if exercise else heading.split(",")[0].split()[-1]
    wanted = re.compile(rf"^#+ .*\b{re.escape(words)}\b", re.M | re.I)
    cells = enumerate(lesson.notebook.cells)
    return next((index for index, cell in cells if cell.cell_type == "markdown" and wanted.search(cell.source)), 0)
