"""A class of fifty hands in lesson 3, as Moodle packs it, and the command line makes the table of grades from it.

Among them are all usual wrong answers, and all that can be wrong with a notebook and its program.
"""

import contextlib
import csv
import io
import zipfile
from dataclasses import dataclass
from pathlib import Path

import pytest

from course_utils import __main__ as program
from course_utils.exercises import CORRECT, EXERCISES, NOT_WRITTEN
from tests.handed_in import answered, checked, lesson, packed, solutions, wrong_answers, zipped

ALL, NONE, NOT_GRADED = [CORRECT] * 5, [NOT_WRITTEN] * 5, ["not graded"] * 5
NUMPY = """\
def repaired_statistics(F):
    F = F.reshape(-1, F.shape[-1])
    return np.array([F.mean(0), F.std(0)])


checks.repaired_statistics(repaired_statistics)"""
WITH_TENSORFLOW = solutions()
RIGHT = WITH_TENSORFLOW | {"repaired_statistics": NUMPY}
WRONG = wrong_answers()
GRAM = "    F = F.reshape(-1, F.shape[-1])\n    return F.T @ F / len(F)"


@dataclass
class Student:
    """What one hands in, and what is to stand in the table.

    Attributes:
        files: by name; a notebook, or anything else as bytes.
        verdicts: of the five exercises; of wrong answers a part.
        remark: a part of it; None: there is none.
    """

    files: dict[str, dict | bytes]
    verdicts: list[str]
    remark: str | None = None
    name: str = ""
    number: int = 0


def one(notebook, verdicts, remark=None):
    return Student({"03_gram_matrices.ipynb": notebook}, verdicts, remark)


def first(body, verdict, before="", remark=None):
    """Return a student who did all but the first exercise right, and has something else in it."""
    source = f"{before}def my_gram_matrix(F):\n{body}\n\n\nchecks.my_gram_matrix(my_gram_matrix)"
    return one(answered(RIGHT | {"my_gram_matrix": source}), [verdict, *ALL[1:]], remark)


def stopped(body, verdict):
    """Return one whose first answer is stopped, which is worth a remark, too."""
    return first(body, verdict, remark=verdict)


def changed(change, verdicts, remark=None):
    """Return a student with all answers right, and something done to the notebook."""
    notebook = answered(RIGHT)
    change(notebook, next(cell for cell in notebook["cells"] if checked(cell["source"]) == "my_gram_matrix"))
    return one(notebook, verdicts, remark)


def refused(content, remark):
    return one(content, NOT_GRADED, f"03_gram_matrices.ipynb {remark}")


def code(source):
    return {"id": "new", "cell_type": "code", "metadata": {}, "outputs": [], "execution_count": None, "source": source}


def move_to_the_end(notebook, cell):
    notebook["cells"].remove(cell)
    notebook["cells"].append(cell)


def in_format_3(notebook):
    cells = [
        {"cell_type": "code", "language": "python", "input": cell["source"], "outputs": [], "metadata": {}}
        if cell["cell_type"] == "code"
        else {"cell_type": "markdown", "source": cell["source"], "metadata": {}}
        for cell in notebook["cells"]
    ]
    return {"nbformat": 3, "nbformat_minor": 0, "metadata": {"name": "3"}, "worksheets": [{"cells": cells}]}


def class_of(marker):
    """Return the students; one tries to delete a file, `marker`."""
    students = {
        "right": one(answered(WITH_TENSORFLOW), ALL),
        "untouched": one(lesson(), NONE),
        "cells in reverse order": changed(lambda notebook, _: notebook["cells"].reverse(), ALL),
        "renamed": changed(
            lambda _, cell: cell.update(source=cell["source"].replace("my_gram_matrix", "gram")),
            [
                "my_gram_matrix is not in this notebook: is it the function called gram? Give it its name back",
                *ALL[1:],
            ],
        ),
        "deleted": changed(
            lambda notebook, cell: notebook["cells"].remove(cell),
            ["my_gram_matrix is not in this notebook", *ALL[1:]],
        ),
        "moved": changed(move_to_the_end, ALL),
        "stub left below": changed(
            lambda notebook, _: notebook["cells"].append(code("def my_gram_matrix(F):\n    ...")), ALL
        ),
        "another cell's variable": changed(
            lambda notebook, cell: [
                notebook["cells"].insert(2, code("flat = (-1,)")),
                cell.update(source=cell["source"].replace("(-1, F.shape[-1])", "(*flat, F.shape[-1])")),
            ],
            ALL,
        ),
        "a variable of no cell": first(
            "    return flat(F).T @ flat(F)", "stops with NameError: name 'flat' is not defined"
        ),
        "checkers replaced": first(
            "    return F",
            "the matrix should have the shape (5, 5) here, not (1, 3, 4, 5)",
            remark="numpy.allclose",
            before="import numpy as np\nnp.allclose = lambda *_, **__: True\nnp.shape\n",
        ),
        "claims to be correct": first(
            '    print("my_gram_matrix: correct")', "returns nothing: is the `return` missing?"
        ),
        "exit": first("    exit()", "exit()"),
        "ends the process": stopped("    import os\n    os._exit(0)", "ends the whole program"),
        "input": stopped("    return F * float(input('How much? '))", "nobody answers"),
        "endless loop": stopped("    import time\n    while True:\n        time.sleep(1)", "takes longer than 30 s"),
        "prints for ever": stopped("    while True:\n        print('F' * 1000)", "prints more than 1 MB"),
        "memory bomb": stopped(
            "    bomb = []\n    while True:\n        bomb.append(bytearray(10**8))",
            "more than 1.5 GiB of memory",
        ),
        "another program": stopped(
            f"    import subprocess, sys\n    subprocess.run([sys.executable, '-V'])\n{GRAM}", "start another program"
        ),
        "deletes a file": stopped(f"    import os\n    os.remove({str(marker)!r})\n{GRAM}", "outside its own folder"),
        "syntax error": first("    return F.T @ (F", "the cell of my_gram_matrix can't be run: "),
        "an error before": first(f"    F = F[used]\n{GRAM}", "KeyError", before="used = {}['slice']\n"),
        "another kernel's name": changed(
            lambda notebook, _: notebook["metadata"].update(kernelspec={"name": "julia-1.9", "display_name": "Julia"}),
            ALL,
            "the same file as",
        ),
        "an old format": one(in_format_3(answered(RIGHT)), ALL, "in the old notebook format 3: converted to format 4"),
        "200 MB of outputs": one(answered(RIGHT), ALL, "200 MB large: its outputs were dropped"),
        "a PDF": refused(b"%PDF-1.7", "is not a notebook: it is a PDF, named .ipynb"),
        "a program": refused(b"import numpy as np", "is not a notebook: it begins with “import numpy as np”"),
        "other JSON": refused(b'{"a": 1}', "is JSON, but not a notebook"),
        "truncated": refused(
            packed(answered(RIGHT))[:-2000],
            "is cut off: its JSON ends in the middle; download it from Jupyter and hand it in again",
        ),
        "a merge conflict": refused(
            b'{"cells": [\n<<<<<<< HEAD\n{}\n=======\n>>>>>>> b\n]}',
            "has merge-conflict markers (<<<<<<<) of Git in it: resolve the conflict and hand it in again",
        ),
        "a new format": refused(
            lesson() | {"nbformat": 5}, "is in the notebook format 5, which this course's Jupyter does not know"
        ),
        "empty": refused(b"", "is empty: 0 bytes"),
        "no code": refused(lesson() | {"cells": lesson()["cells"][:2]}, "has no code in it"),
        "a document": Student(
            {"homework.docx": b"PK"}, NOT_GRADED, "homework.docx is not a notebook: hand in the .ipynb file"
        ),
        "own zip": Student(
            {"hw.zip": zipped({"hw/Notebook 3.ipynb": packed(answered(RIGHT))})}, ALL, "the same file as"
        ),
        "hostile zip": Student(
            {"hw.zip": zipped({"../../../x.ipynb": packed(answered(RIGHT))})},
            NOT_GRADED,
            "hw.zip has a file in it whose path leads out of the zip, “../../../x.ipynb”: nothing was unpacked",
        ),
        "twice": Student(
            {"a.ipynb": answered(RIGHT), "b.ipynb": lesson()},
            NONE,
            "b.ipynb is the newest of lesson 3; not graded: a.ipynb",
        ),
        "another lesson": Student(
            {"04.ipynb": lesson("04_objective")}, NOT_GRADED, "04.ipynb belongs to lesson 4, not 3"
        ),
    }
    for number in range(max(map(len, WRONG.values()))):
        answers = {name: WRONG[name][number % len(WRONG[name])] for name in EXERCISES[3]}
        notebook = answered({name: source for name, (source, _) in answers.items()})
        students[f"wrong {number}"] = one(notebook, [verdict for _, verdict in answers.values()])
    names = ["Wei Wang", "李 小龙", "Ana María O'Brien", "=1+1", "Jean-Luc (2)", "Wei Wang", "<b>Bob"]
    for number, student in enumerate(students.values()):
        student.number = 101 + number
        student.name = names[number] if number < len(names) else f"Student {number}"
    return students


def pack(students, path):
    """Write a zip, as Moodle does."""
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as archive:
        for case, student in students.items():
            folder = f"{student.name}_{student.number}_assignsubmission_file_"
            for day, (name, content) in enumerate(student.files.items(), 1):
                content = content if isinstance(content, bytes) else packed(content)
                entry = zipfile.ZipInfo(f"{folder}/{name}", (2025, 11, day, 12, 0, 0))
                entry.compress_type = zipfile.ZIP_DEFLATED
                with archive.open(entry, "w", force_zip64=True) as file:
                    if case == "200 MB of outputs":
                        before, content = content.split(b'"outputs": []', 1)
                        file.write(before + b'"outputs": [{"output_type": "stream", "text": ["')
                        for _ in range(200):
                            file.write(b"a million bytes " * 62_500)
                        file.write(b'"]}]')
                    file.write(content)
        archive.writestr("Tom_99_assignsubmission_onlinetext_/onlinetext.html", "<p>I have no notebook.</p>")
        archive.writestr("__MACOSX/x.ipynb", "junk")


@dataclass
class Run:
    """The one run that the tests look at."""

    students: dict[str, Student]
    arguments: list[str]
    folder: Path
    marker: Path
    told: list[str]

    @property
    def rows(self) -> list[dict[str, str]]:
        """The spreadsheet."""
        with (self.folder / "grades.csv").open(encoding="utf-8-sig", newline="") as file:
            return list(csv.DictReader(file))

    @property
    def files(self) -> dict[str, bytes]:
        """The report, less what it remembers."""
        paths = [path for path in self.folder.rglob("*") if path.is_file() and path.name != "kept.json"]
        return {path.relative_to(self.folder).as_posix(): path.read_bytes() for path in paths}


def command_line(arguments):
    """Run it, and return what it prints."""
    out, errors = io.StringIO(), io.StringIO()
    with contextlib.redirect_stdout(out), contextlib.redirect_stderr(errors):
        assert program.main(arguments) == 0
    return out.getvalue().splitlines(), errors.getvalue()


@pytest.fixture(scope="module")
def run(tmp_path_factory):
    folder = tmp_path_factory.mktemp("class")
    (folder / "precious.txt").write_text("precious")
    students = class_of(folder / "precious.txt")
    pack(students, folder / "class.zip")
    arguments = ["grade", f"{folder / 'class.zip'}", "-l", "3", "-o", f"{folder / 'grades'}", "--memory", "1.5"]
    told, _ = command_line(arguments)
    return Run(students, arguments, folder / "grades", folder / "precious.txt", told)


def test_the_table_is_exactly_the_expected_one(run):
    students = {str(student.number): case for case, student in run.students.items()}
    rows = {row["number"]: row for row in run.rows}
    assert rows.keys() == {*students, "99"}
    wrong = []
    for number, case in students.items():
        expected, row = run.students[case], rows[number]
        verdicts = [value for name, value in row.items() if name.startswith("lesson 3: ")]
        right = sum(verdict == CORRECT for verdict in expected.verdicts)
        for words, got in zip(expected.verdicts, verdicts, strict=True):
            if words not in got or (words != got and words in (CORRECT, NOT_WRITTEN, "not graded")):
                wrong.append((case, words, got))
        if (row["points"], row["of"]) != (str(right), "5"):
            wrong.append((case, right, row["points"]))
        if (expected.remark or "") not in row["remarks"] or bool(row["remarks"]) != bool(expected.remark):
            wrong.append((case, expected.remark, row["remarks"]))
    assert wrong == []


def test_every_usual_wrong_answer_is_among_them(run):
    told = "\n".join("\n".join(row.values()) for row in run.rows)
    assert [words for answers in WRONG.values() for _, words in answers if words not in told] == []


def test_students_are_told_apart_and_their_names_are_harmless(run):
    shown = {row["number"]: row["student"] for row in run.rows}
    assert [shown[str(number)] for number in range(101, 109)] == [
        "Wei Wang (101)",
        "李 小龙",
        "Ana María O'Brien",
        "'=1+1",
        "Jean-Luc (2)",
        "Wei Wang (106)",
        "<b>Bob",
        "Student 7",
    ]
    page = run.files["grades.html"].decode()
    assert "&lt;b&gt;Bob" in page
    assert "<b>Bob" not in page


def test_online_text_is_no_notebook(run):
    (tom,) = [row for row in run.rows if row["student"] == "Tom"]
    assert (tom["file"], tom["points"]) == ("", "0")
    assert tom["remarks"] == "handed in online text only, no notebook"


def test_each_student_has_a_page_and_moodle_takes_them(run):
    files = run.files
    with zipfile.ZipFile(io.BytesIO(files["feedback_for_moodle.zip"])) as archive:
        pages = {name: archive.read(name) for name in archive.namelist()}
    folders = [f"{student.name}_{student.number}" for student in run.students.values()]
    assert pages.keys() == {f"{each}_assignsubmission_file_/feedback.html" for each in [*folders, "Tom_99"]}
    assert sorted(pages.values()) == sorted(files[name] for name in files if name.startswith("feedback/"))
    last = list(run.students.values())[-1]
    page = pages[f"{folders[-1]}_assignsubmission_file_/feedback.html"].decode()
    for words in ("the style distance of a layer", last.verdicts[1], "✗ wrong"):
        assert words in page


def test_nothing_else_was_touched(run):
    assert run.marker.read_text() == "precious"
    assert sorted(path.name for path in run.folder.parent.iterdir()) == ["class.zip", "grades", "precious.txt"]


def test_each_trouble_is_one_line(run):
    *troubles, last = run.told
    assert (
        len({line.partition(":")[0] for line in troubles})
        == sum(student.remark is not None for student in run.students.values()) + 1
    )  # Tom's
    assert last.startswith("students: 50, notebooks graded: 38 of 38, report: ")


def test_a_second_run_grades_nothing_and_writes_the_same(run):
    before = run.files
    told, bar = command_line(run.arguments)
    assert bar == ""
    assert told == run.told
    assert run.files == before
