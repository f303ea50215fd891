"""What is handed in as a notebook, and is none, or an unusual one: each refused or remarked in one sentence."""

import json
import subprocess
import sys

import pytest

from course_utils.classroom.reading import LARGEST, read
from course_utils.errors import SubmissionError
from tests.handed_in import lesson, packed

CODE = {"cell_type": "code", "metadata": {}, "outputs": [], "execution_count": 3, "source": ["x = 1\n", "y = 2"]}


def notebook(*cells, **changes):
    return {"nbformat": 4, "nbformat_minor": 5, "metadata": {}, "cells": list(cells or (CODE,))} | changes


def read_bytes(tmp_path, content):
    file = tmp_path / "handed in.ipynb"
    file.write_bytes(content)
    return read(file)


def read_tree(tmp_path, tree):
    return read_bytes(tmp_path, json.dumps(tree).encode())


def test_a_lesson_is_read_as_it_is(tmp_path):
    given = lesson()
    found, remarks = read_bytes(tmp_path, packed(given))
    assert remarks == []
    assert [(cell.cell_type, cell.source, cell.id) for cell in found.cells] == [
        (cell["cell_type"], cell["source"], cell["id"]) for cell in given["cells"]
    ]
    assert found.metadata.kernelspec.name == "python3"


CONFLICT = b'{\n "cells": [\n<<<<<<< HEAD\n  {},\n=======\n  {"a": 1},\n>>>>>>> theirs\n ]\n}\n'
REFUSED = {
    "empty": (b"", "is empty: 0 bytes"),
    "blank": (b" \n", "is not a notebook: it begins with “”"),
    "a program": (b"import numpy as np\nx = 1", "is not a notebook: it begins with “import numpy as np”"),
    "a PDF": (b"%PDF-1.7\n%\xe2\xe3\xcf\xd3\n", "is not a notebook: it is a PDF, named .ipynb"),
    "a Word document": (b"PK\x03\x04\x14\x00", "is not a notebook: it is a zip or an Office document, named .ipynb"),
    "a web page": (b"\n<!DOCTYPE html><html>", "is not a notebook: it is a web page, named .ipynb"),
    "a pointer": (b"version https://git-lfs.github.com/spec/v1\n", "is not a notebook: it is Git LFS's pointer"),
    "binary": (b"\x00\x01\x02\x1b[31m\xff", "is not a notebook: it begins with “"),
    "truncated": (packed(lesson())[:30_000], "is cut off: its JSON ends in the middle"),
    "truncated within a string": (b'{"nbformat": 4, "cells": [{"source": "de', "is cut off"),
    "truncated after outputs": (b'{"cells": [{"outputs": [{"data": "xxx', "is cut off"),
    "a merge conflict": (CONFLICT, "has merge-conflict markers (<<<<<<<) of Git in it"),
    "damaged": (b'{"nbformat": 4,, "cells": []}', "is damaged: "),
    "not UTF-8": (b'{"nbformat": 4, "x": "\xff\xfe"}', "is damaged: "),
    "nested deeply": (b'{"a":' + b"[" * 200_000, "its brackets are nested too deeply"),
    "a long number": (b'{"nbformat": ' + b"4" * 5000 + b"}", "is damaged: "),
    "another JSON": (b'{"name": "package"}', "is JSON, but not a notebook"),
    "a list": (b"[1, 2]", "is JSON, but not a notebook"),
    "from the future": (packed(notebook(nbformat=5)), "is in the notebook format 5"),
    "without cells": (b'{"nbformat": 4, "metadata": {}}', "is JSON, but its cells are not those of a notebook"),
    "cells that are none": (packed(notebook("x")), "is JSON, but its cells are not those of a notebook"),
    "half a character": (
        b'{"nbformat": 4, "cells": [{"cell_type": "code", "source": "x = \'\\ud800\'"}]}',
        "is JSON, but its cells are not those of a notebook",
    ),
    "no code": (packed(notebook({"cell_type": "markdown", "source": "# Hello"})), "has no code in it"),
    "empty code": (packed(notebook(CODE | {"source": [" \n"]})), "has no code in it"),
}


@pytest.mark.parametrize("case", REFUSED)
def test_what_is_no_notebook_is_refused_in_one_sentence(tmp_path, case):
    content, sentence = REFUSED[case]
    with pytest.raises(SubmissionError) as refused:
        read_bytes(tmp_path, content)
    assert str(refused.value).startswith(sentence) or sentence in str(refused.value)
    assert len(str(refused.value)) < 160
    assert str(refused.value).isprintable()


def test_a_missing_file_is_refused(tmp_path):
    with pytest.raises(SubmissionError, match="cannot be read: No such file"):
        read(tmp_path / "missing.ipynb")


@pytest.mark.parametrize("major", [2, 3])
def test_an_old_notebook_is_converted_with_a_remark(tmp_path, major):
    cells = [
        {"cell_type": "heading", "level": 1, "source": ["Gram matrices"]},
        {"cell_type": "code", "input": ["x = 1\n", "y = 2"], "language": "python", "collapsed": False, "outputs": []},
        {"cell_type": "code", "input": "z = 3"},
        {"cell_type": "markdown", "source": "text"},
    ]
    tree = {"nbformat": major, "nbformat_minor": 0, "metadata": {"name": ""}, "worksheets": [{"cells": cells}]}
    found, remarks = read_tree(tmp_path, tree)
    assert remarks == [f"in the old notebook format {major}: converted to format 4"]
    assert [(cell.cell_type, cell.source) for cell in found.cells] == [
        ("markdown", "# Gram matrices"),
        ("code", "x = 1\ny = 2"),
        ("code", "z = 3"),
        ("markdown", "text"),
    ]


def test_what_is_unusual_and_harmless_is_read(tmp_path):
    strange = (
        '{"nbformat": 4, "metadata": null, "x": NaN, "cells": [{"cell_type": "code", "source": "a = \\"outputs\\""}]}'
    )
    found, remarks = read_bytes(tmp_path, b"\xef\xbb\xbf" + strange.encode())
    assert found.cells[0].source == 'a = "outputs"'
    assert remarks == []


def test_conflict_markers_in_a_cell_are_remarked(tmp_path):
    _, remarks = read_tree(tmp_path, notebook(CODE, CODE | {"source": "<<<<<<< HEAD\nx = 1\n=======\n>>>>>>> mine\n"}))
    assert remarks == ["merge-conflict markers (<<<<<<<) are left in a cell"]


def test_outputs_attachments_and_widgets_are_dropped_wherever_they_stand(tmp_path):
    output = {"output_type": "stream", "text": ['a "quoted" ] bracket\\', "}"], "data": {"x": [[], {}]}}
    cell = CODE | {
        "outputs": [output] * 3,
        "metadata": {"outputs": [1]},
        "source": 's = "\\\\\\" [{"\nt = {"outputs": []}',
    }
    text = {"cell_type": "markdown", "source": "![](attachment:a.png)", "attachments": {"a.png": {"image/png": "iVB"}}}
    widgets = {"widgets": {"application/vnd.jupyter.widget-state+json": {"state": {}}}, "kernelspec": {"name": "r"}}
    found, _ = read_tree(tmp_path, notebook(cell, text, metadata=widgets))
    assert found.cells[0].outputs == []
    assert found.cells[0].source == cell["source"]
    assert found.cells[1] == {"id": "cell-1", "cell_type": "markdown", "source": text["source"], "metadata": {}}
    assert found.metadata == {"widgets": {}, "kernelspec": {"name": "r"}}


def write_large(file, size, text):
    """Write a notebook with `size` bytes of outputs, made of a text in JSON."""
    before, after = json.dumps(notebook()).split('"outputs": []')
    with file.open("w") as opened:
        opened.write(f'{before}"outputs": [{{"text": [')
        for _ in range(size // (1000 * (len(text) + 1))):
            opened.write(f"{text}," * 1000)
        opened.write(f'""]}}]{after}')


MEASURED = """
import resource, sys
from pathlib import Path
from course_utils.classroom.reading import read
import nbformat
resource.setrlimit(resource.RLIMIT_DATA, (400 << 20, 400 << 20))  # the file itself is mapped, not held
notebook, remarks = read(Path(sys.argv[1]))
print(remarks[0], notebook.cells[0].source.splitlines())
"""


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="limits a process's memory, by Linux' way")
def test_200_mb_of_outputs_are_dropped_in_little_memory(tmp_path):
    file = tmp_path / "large.ipynb"
    write_large(file, 200_000_000, json.dumps("x" * 400 + "\n"))
    done = subprocess.run([sys.executable, "-c", MEASURED, file], capture_output=True, text=True)
    assert done.stdout == "200 MB large: its outputs were dropped ['x = 1', 'y = 2']\n", done.stderr


def test_what_is_larger_than_any_notebook_is_refused_unread(tmp_path):
    file = tmp_path / "larger.ipynb"
    with file.open("wb") as opened:
        opened.truncate(LARGEST + 1)
    with pytest.raises(SubmissionError, match="is larger than 300 MB: clear its outputs"):
        read(file)


def test_what_is_large_without_its_outputs_is_refused(tmp_path):
    with pytest.raises(SubmissionError, match="is larger than 10 MB even without its outputs"):
        read_tree(tmp_path, notebook(CODE | {"source": "x" * 10_000_001}))
