"""A lesson as slides: one HTML file with everything inside, for a room without a network.

nbconvert does the conversion. What it lacks is here: pictures from outside the lesson's folder, answers that wait for
a key press, a line in the place of each widget, and the short version. `notes` has the speaker's notes, and
`template/slides/` the page, which fits each slide into its frame when it is opened.
"""

import ast
import base64
import copy
import re
from dataclasses import replace
from pathlib import Path
from typing import Any

import nbformat
from bs4 import BeautifulSoup, Tag
from jinja2 import pass_context
from nbconvert.exporters import SlidesExporter
from nbformat import NotebookNode
from nbformat.v4 import new_output

from ..errors import CourseError
from ..samples import DATA
from ..storage import written_whole
from .lessons import Lesson, find_exercises, find_lesson
from .notes import section_heading, section_minutes, slide_type, with_notes
from .predictions import answers

_TEMPLATES = Path(__file__).parent / "template"
_LIBRARIES = DATA / "slides"
_SCRIPTS = ("settings.js", "tex-svg-full.js", "reveal.js", "notes.js", "fitting.js")
_LICENCES = ("reveal.LICENSE", "mathjax.LICENSE")
_PICTURES = {".jpg": "image/jpeg", ".jpeg": "image/jpeg", ".png": "image/png", ".webp": "image/webp"}
_PICTURES |= {".gif": "image/gif", ".svg": "image/svg+xml"}
_WIDGET = "application/vnd.jupyter.widget-view+json"
_LIVE = "*A widget: to use it, run this cell in the notebook.*"


def find_talk(word: str) -> Lesson:
    """Return the lesson that `find_lesson` means by a word; where it is the path of your own copy, what stands there.

    Raises:
        CourseError: as `find_lesson`; or the copy is not there, or no notebook.
    """
    path = Path(word).expanduser()
    if path.suffix != ".ipynb":
        if path.suffix and path.is_file():
            raise CourseError(f"{word} is not a notebook")
        return find_lesson(word)
    if not path.is_file():
        raise CourseError(f"no such file: {word}")
    lesson = find_lesson(word)
    if path.samefile(lesson.path):
        return lesson
    try:
        notebook = nbformat.read(path, as_version=4)
    except Exception as error:  # whatever JSON and the notebook's schema complain of
        raise CourseError(f"cannot read {path} as a notebook: {error}") from error
    return replace(lesson, path=path, exercises=find_exercises(notebook.cells), notebook=notebook)


def write_slides(lesson: Lesson, folder: Path, short: bool = False) -> Path:
    """Write a lesson's slides and return their path, `folder/03_gram_matrices.slides.html`.

    Args:
        lesson: from `find_talk` or `find_lessons`.
        folder: where; it is made if it is missing.
        short: only the sections of the short version, in `03_gram_matrices.short.slides.html`.

    Raises:
        CourseError: the lesson has not been run, or doesn't say what its short version leaves out; a picture is
            missing; the file cannot be written.
    """
    path = folder / f"{lesson.name}{'.short' if short else ''}.slides.html"
    page = make_slides(lesson, short)
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with written_whole(path) as file:
            file.write(page.encode())
    except OSError as error:
        raise CourseError(f"cannot write {path}: {error}") from error
    return path


def make_slides(lesson: Lesson, short: bool = False) -> str:
    """Return a lesson's slides, or those of its short version, as one HTML page that asks for nothing outside itself.

    Raises:
        CourseError: the lesson has not been run, or doesn't say what its short version leaves out; a picture is
            missing.
    """
    _require_outputs(lesson)
    notebook = copy.deepcopy(lesson.notebook)
    notebook.metadata.pop("widgets", None)
    _hide_answers(notebook.cells)
    _replace_widgets(notebook.cells)
    _cut_alternatives(notebook.cells)
    notebook.cells = list(with_notes(notebook.cells, lesson))
    if short:
        notebook.cells = _shortened(notebook.cells, lesson)
    resources = {
        "metadata": {"name": lesson.name, "path": str(lesson.path.parent)},
        "lesson": f"Lesson {lesson.number}. {lesson.title}",
        "scripts": {name: _script(name) for name in _SCRIPTS},
        "licences": "\n\n".join((_LIBRARIES / name).read_text(encoding="utf-8") for name in _LICENCES),
    }
    page, _ = _Exporter().from_notebook_node(notebook, resources)
    return page


def without_alternatives(source: str) -> str:
    """Return code without the argument `alt=…` of its calls: a figure's alternative tells what it shows."""
    try:
        tree = ast.parse(source)
    except SyntaxError:  # IPython's own, as %matplotlib
        return source
    calls = [node for node in ast.walk(tree) if isinstance(node, ast.Call)]
    found = [keyword for call in calls for keyword in call.keywords if keyword.arg == "alt"]
    if not found:
        return source
    last = max(found, key=lambda keyword: (keyword.lineno, keyword.col_offset))
    code = source.encode()  # ast counts bytes
    lines = code.splitlines(keepends=True)
    start = sum(map(len, lines[: last.lineno - 1])) + last.col_offset
    end = sum(map(len, lines[: last.end_lineno - 1])) + last.end_col_offset
    before, after = code[:start].rstrip(), code[end:]
    comma = re.match(rb"\s*,", after)
    shown = before + after[comma.end() :] if comma else before.removesuffix(b",") + after
    return without_alternatives(shown.decode())


class _Exporter(SlidesExporter):
    """nbconvert's slides in the course's template, with pictures inside and without links to files."""

    def __init__(self, **options: Any) -> None:
        super().__init__(
            template_name="slides",
            extra_template_basedirs=[str(_TEMPLATES)],
            extra_template_paths=[str(_LIBRARIES)],
            exclude_input_prompt=True,
            exclude_output_prompt=True,
            exclude_anchor_links=True,
            **options,
        )

    @pass_context
    def markdown2html(self, context: Any, source: str) -> str:
        """Convert Markdown: pictures are embedded, and a link to a file, which a talk has no use for, is its text."""
        page = BeautifulSoup(super().markdown2html(context, source), "html.parser")
        for picture in page.select("img[src]"):
            picture["src"] = _embedded(picture["src"], Path(context["resources"]["metadata"]["path"]))
        for link in page.select("a[href]"):
            if not link["href"].startswith(("https:", "http:")):
                link.unwrap()
        _mark_predictions(page)
        return str(page)


def _mark_predictions(page: BeautifulSoup) -> None:
    for paragraph in page.select("p"):
        first = paragraph.contents[0]
        if isinstance(first, Tag) and first.name == "strong" and first.get_text().startswith("Predict"):
            paragraph["class"] = "prediction"


def _embedded(source: str, folder: Path) -> str:
    """Return a picture as a data URI; nbconvert embeds none from outside the lesson's folder."""
    if source.startswith("data:"):
        return source
    kind = _PICTURES.get(Path(source).suffix.lower())
    try:
        if kind is None or "://" in source:
            raise CourseError(
                f"slides cannot hold {source}: they take only pictures on this disk, {', '.join(_PICTURES)}"
            )
        return f"data:{kind};base64,{base64.b64encode((folder / source).read_bytes()).decode()}"
    except OSError as error:
        raise CourseError(f"cannot read the picture {source} of a lesson in {folder}: {error}") from error


def _script(name: str) -> str:
    """Read a script, in such a form that HTML does not take a string in it for markup."""
    folder = _LIBRARIES if (_LIBRARIES / name).is_file() else _TEMPLATES / "slides"
    return (folder / name).read_text(encoding="utf-8").replace("</script", r"<\/script").replace("<!--", r"<\!--")


def _require_outputs(lesson: Lesson) -> None:
    code = [cell for cell in lesson.notebook.cells if cell.cell_type == "code" and cell.source.strip()]
    waiting = sum(cell.execution_count is None for cell in code)
    if waiting:
        raise CourseError(
            f"{waiting} of {len(code)} cells of {lesson.path} have not been run, and slides show what was stored: "
            "run all cells and save, or `jupyter nbconvert --to notebook --execute --inplace` it"
        )


def _hide_answers(cells: list[NotebookNode]) -> None:
    """Let each prediction's answer wait for a key press, unless it is on a later slide anyway.

    Only its first cell is marked: to nbconvert, what follows belongs to the same fragment.
    """
    for shown in answers(cells).values():
        first = next((cells[index] for index in shown if slide_type(cells[index]) != "skip"), None)
        if first is not None and slide_type(first) == "-":
            first.metadata["slideshow"] = {"slide_type": "fragment"}


def _replace_widgets(cells: list[NotebookNode]) -> None:
    """Put one line in the place of each widget; the lesson has a figure beside it that shows the same."""
    for cell in cells:
        if cell.cell_type == "code":
            cell.outputs = [
                new_output("display_data", {"text/markdown": _LIVE}) if _WIDGET in output.get("data", {}) else output
                for output in cell.outputs
            ]


def _cut_alternatives(cells: list[NotebookNode]) -> None:
    """Cut `alt="…"` from the calls in the code shown: it would give the figure away before it is seen."""
    for cell in cells:
        if cell.cell_type == "code":
            cell.source = without_alternatives(cell.source)


def _shortened(cells: list[NotebookNode], lesson: Lesson) -> list[NotebookNode]:
    """Return the cells of the sections that the short version keeps, with its time on the title slide."""
    minutes = section_minutes(lesson)
    if not minutes:
        raise CourseError(
            f"{lesson.path} has no short version: its metadata lacks course.minutes, which say what to leave out"
        )
    total = sum(each.short for each in minutes.values())
    cells[0].source = re.sub(
        r"\*\*Time\*\*: .*?(?= \*\*|$)",
        f"**Time**: {total} minutes, in the short version.",
        cells[0].source,
        flags=re.M,
    )
    kept = []
    keeps = True
    for cell in cells:
        section = section_heading(cell)
        if section is not None:
            keeps = section not in minutes or minutes[section].short > 0
        if keeps:
            kept.append(cell)
    return kept
