import json
import re
import shutil
import tomllib
import zipfile
from pathlib import Path

import nbformat
import pytest
from nbformat.v4 import new_code_cell, new_markdown_cell, new_output

from course_utils.classroom import make_release
from course_utils.classroom.predictions import answers
from course_utils.classroom.release import STAMP, without_answers
from course_utils.errors import CourseError
from course_utils.samples import DATA, damaged_samples
from tests.notebooks.lint import complaints

ROOT = Path(__file__).resolve().parents[2]
LINK = re.compile(r"!?\[[^\]]*\]\(([^)\s]+)[^)]*\)|<(?:img|a|video|source)\b[^>]*?(?:src|href)=\"([^\"]+)\"")
LESSONS = sorted((ROOT / "notebooks").glob("*.ipynb"))


@pytest.fixture(scope="module")
def released(tmp_path_factory):
    """Make a release; its name has a space in it, as folders' names do."""
    return make_release(tmp_path_factory.mktemp("class") / "hand out")


def notebooks(folder):
    return {path: nbformat.read(path, 4) for path in sorted(folder.glob("*.ipynb"))}


def links(text):
    """List the targets of a text's links that lead to files."""
    targets = [first or second for first, second in LINK.findall(re.sub(r"```.*?```", "", text, flags=re.S))]
    return [target.partition("#")[0] for target in targets if not re.match(r"\w+:|#", target)]


def broken_links(folder):
    """List (page, target) of each relative link in a folder's pages and notebooks that leads nowhere."""
    pages = {path: path.read_text("utf-8") for path in folder.rglob("*.md") if "template" not in path.parts}
    for path in folder.rglob("*.ipynb"):
        cells = nbformat.read(path, 4).cells
        pages[path] = "\n\n".join(cell.source for cell in cells if cell.cell_type == "markdown")
    found = [(path, target) for path, text in pages.items() for target in links(text)]
    assert len(found) > 10
    return [(path.name, target) for path, target in found if not (path.parent / target).exists()]


def test_the_students_folder_has_what_they_need_and_no_more(released):
    handout, _ = released
    assert {path.name for path in handout.iterdir()} == {
        *("README.md", "LICENSE", "requirements.txt", "pyproject.toml", "course_utils", "data", "notebooks", STAMP)
    }
    assert [path.name for path in sorted((handout / "notebooks").iterdir())] == [path.name for path in LESSONS]
    for name in ("data", "course_utils"):
        own = {path.relative_to(handout).as_posix() for path in (handout / name).rglob("*") if path.is_file()}
        ours = {path.relative_to(ROOT).as_posix() for path in (ROOT / name).rglob("*") if path.is_file()}
        assert own == {path for path in ours if "__pycache__" not in path}
    size = sum(path.stat().st_size for path in handout.rglob("*"))
    assert 30e6 < size < 60e6


def test_every_link_leads_somewhere(released):
    assert broken_links(released[0]) == []


def test_links_to_what_is_left_out_are_plain_words(released):
    text = (released[0] / "notebooks" / "03_gram_matrices.ipynb").read_text("utf-8")
    assert "`solutions/03_gram_matrices.ipynb` (handed out later)" in text
    assert "made beforehand by a benchmark, with the loop above" in text
    assert "[lesson 4](04_objective.ipynb)" in text and "[`gram.py`](../course_utils/gram.py)" in text


@pytest.mark.parametrize("index", range(len(LESSONS)), ids=[path.stem for path in LESSONS])
def test_no_answer_is_shown_and_all_else_is_kept(released, index):
    path = released[0] / "notebooks" / LESSONS[index].name
    ours, theirs = (nbformat.read(each, 4) for each in (LESSONS[index], path))
    nbformat.validate(theirs)
    hidden = {cell for answering in answers(ours.cells).values() for cell in answering}
    assert len(hidden) > 2
    for number, (cell, handed) in enumerate(zip(ours.cells, theirs.cells, strict=True)):
        assert cell.id == handed.id
        if number not in hidden and cell.cell_type == "code":
            assert (handed.source, handed.metadata) == (cell.source, cell.metadata)
            assert [output.output_type for output in handed.outputs] == [each.output_type for each in cell.outputs]
        elif cell.cell_type == "code":
            assert handed.source == cell.source and handed.outputs == []
        else:
            folded = handed.source.startswith(
                ("<details><summary>After you have run it", "<details><summary>After your")
            )
            assert folded == (number in hidden)
    version = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]["version"]
    stamp = json.loads((released[0] / STAMP).read_text("utf-8"))
    about = {"lesson": int(path.name[:2]), "version": version, "released": stamp["released"]}
    assert theirs.metadata["course"] == ours.metadata.get("course", {}) | about
    form = [complaint for complaint in complaints(theirs, path) if "not executed in order" not in complaint]
    assert form == []


def test_no_cell_looks_as_if_it_had_been_run(released):
    cells = [cell for notebook in notebooks(released[0] / "notebooks").values() for cell in notebook.cells]
    assert any(cell.get("outputs") for cell in cells)
    for cell in cells:
        assert {each.get("execution_count") for each in (cell, *cell.get("outputs", ()))} == {None}


def test_an_explanation_is_folded_with_blank_lines_around():
    show = new_code_cell("print(1)", outputs=[new_output("stream", text="1\n")], execution_count=1)
    other = new_code_cell("print(2)", outputs=[new_output("stream", text="2\n")], execution_count=2)
    cells = [new_markdown_cell("**Predict.** What?"), new_markdown_cell("- $1$"), show, new_markdown_cell("$$1$$")]
    cells += [new_markdown_cell("## Next"), other]
    without_answers(cells)
    assert cells[1].source == "<details><summary>After your prediction</summary>\n\n- $1$\n\n</details>"
    assert cells[2].outputs == [] and cells[2].execution_count is None
    assert cells[3].source == "<details><summary>After you have run it</summary>\n\n$$1$$\n\n</details>"
    assert cells[5].outputs and cells[5].execution_count == 2


def test_the_readme_says_how(released):
    text = (released[0] / "README.md").read_text("utf-8")
    version = json.loads((released[0] / STAMP).read_text("utf-8"))["version"]
    for words in (f"version {version}", "pip install -r requirements.txt", "jupyter lab", "course_utils progress"):
        assert words in text
    assert "$" not in text.replace("$$", "")
    assert text.count("](notebooks/") == len(LESSONS)


def test_the_samples_are_intact(released, monkeypatch):
    assert DATA == ROOT / "data"
    monkeypatch.setattr("course_utils.samples.DATA", released[0] / "data")
    assert damaged_samples() == []


def test_the_solutions_are_apart_and_find_the_lessons_once_they_are_copied(released, tmp_path):
    handout, solutions = released
    assert solutions.name == "hand out-solutions" and not list(handout.rglob("solutions"))
    copied = tmp_path / "handout"
    shutil.copytree(handout, copied, ignore=shutil.ignore_patterns("course_utils"))
    lessons = {path: path.read_bytes() for path in (copied / "notebooks").glob("*.ipynb")}
    shutil.copytree(solutions / "solutions", copied / "notebooks" / "solutions")  # cp -R solutions notebooks/
    assert len(list((copied / "notebooks" / "solutions").glob("*.ipynb"))) == len(LESSONS)
    assert all(path.read_bytes() == content for path, content in lessons.items())
    shutil.copytree(ROOT / "course_utils", copied / "course_utils")
    assert broken_links(copied) == []


def test_not_even_a_careless_copy_of_the_solutions_replaces_a_lesson(released):
    """`cp -R hand\\ out-solutions/* notebooks/` makes notebooks/solutions, too."""
    assert not list(released[1].glob("*.ipynb"))
    readme = (released[1] / "README.md").read_text("utf-8")
    assert 'cp -R "hand out-solutions/solutions" "hand out/notebooks/"' in readme


def test_an_earlier_release_is_replaced_as_a_whole(released, tmp_path):
    """With what programs left in it, and the solutions, copied as its README says."""
    handout = tmp_path / "handout"
    shutil.copytree(released[0], handout)
    shutil.copytree(released[1] / "solutions", handout / "notebooks" / "solutions")
    for name in (".venv/bin/python", "course_utils/__pycache__/a.pyc", "notebooks/.ipynb_checkpoints/a.ipynb"):
        (handout / name).parent.mkdir(parents=True)
        (handout / name).touch()
    (handout / "course_utils.egg-info").mkdir()
    (handout / "course_utils.egg-info" / "PKG-INFO").touch()
    make_release(handout)
    assert not (handout / ".venv").exists() and not (handout / "notebooks" / "solutions").exists()
    assert (handout / "notebooks" / "03_gram_matrices.ipynb").exists()
    assert {path.name for path in tmp_path.iterdir()} == {"handout", "handout-solutions"}


@pytest.mark.parametrize(
    ("name", "happened"),
    [
        ("notebooks/03_gram_matrices.ipynb", "has changed"),
        ("README.md", "has changed"),
        ("course_utils/gram.py", "has changed"),
        ("groups.txt", "was added"),
        ("notebooks/mine.ipynb", "was added"),
    ],
)
def test_where_somebody_has_worked_nothing_is_replaced(released, tmp_path, name, happened):
    handout = tmp_path / "handout"
    shutil.copytree(released[0], handout)
    (handout / name).write_text("mine", "utf-8")
    told = re.escape(f"somebody has worked in {handout.resolve()} ({name} {happened}")
    with pytest.raises(CourseError, match=told):
        make_release(handout)
    assert (handout / name).read_text("utf-8") == "mine" and [path.name for path in tmp_path.iterdir()] == ["handout"]


def test_solutions_that_were_copied_and_changed_are_work(released, tmp_path):
    handout = tmp_path / "handout"
    shutil.copytree(released[0], handout)
    shutil.copytree(released[1] / "solutions", handout / "notebooks" / "solutions")
    (handout / "notebooks" / "solutions" / "03_gram_matrices.ipynb").write_text("my remarks", "utf-8")
    with pytest.raises(CourseError, match=r"\(notebooks/solutions/03_gram_matrices\.ipynb has changed"):
        make_release(handout)


def test_students_folder_and_solutions_do_not_replace_each_other(released, tmp_path):
    for folder, name in zip(released, ("handout-solutions", "class-solutions-solutions"), strict=True):
        shutil.copytree(folder, tmp_path / name)
    with pytest.raises(CourseError, match=r"handout-solutions holds lessons: choose another folder with -o"):
        make_release(tmp_path / "handout")
    with pytest.raises(CourseError, match=r"class-solutions-solutions holds solutions: choose another folder with -o"):
        make_release(tmp_path / "class-solutions-solutions")
    assert len(list(tmp_path.iterdir())) == 2


def test_the_zip_holds_the_folder_and_is_replaced_only_as_it_was_made(tmp_path):
    handout, _, archive = make_release(tmp_path / "handout", zipped=True)
    with zipfile.ZipFile(archive) as packed:
        packed.extractall(tmp_path / "student")
    assert [path.name for path in (tmp_path / "student").iterdir()] == ["handout"]
    files = [path.relative_to(handout) for path in handout.rglob("*") if path.is_file()]
    theirs = tmp_path / "student" / "handout"
    assert sorted(files) == sorted(path.relative_to(theirs) for path in theirs.rglob("*") if path.is_file())
    assert all((theirs / name).read_bytes() == (handout / name).read_bytes() for name in files)
    make_release(handout, zipped=True)
    with zipfile.ZipFile(archive, "a") as packed:
        packed.writestr("handout/groups.txt", "mine")
    with pytest.raises(CourseError, match=r"somebody has worked in .*handout\.zip \(groups\.txt was added"):
        make_release(handout, zipped=True)
    assert {path.name for path in tmp_path.iterdir()} == {"handout", "handout-solutions", "handout.zip", "student"}


@pytest.mark.parametrize("content", [b"mine", b"PK\x05\x06" + 18 * b"\0"])
def test_another_zip_is_left_alone(tmp_path, content):
    (tmp_path / "handout.zip").write_bytes(content)
    with pytest.raises(CourseError, match=r"handout\.zip exists, and was not made by `release`"):
        make_release(tmp_path / "handout", zipped=True)
    assert [path.name for path in tmp_path.iterdir()] == ["handout.zip"]
    assert (tmp_path / "handout.zip").read_bytes() == content


@pytest.mark.parametrize("name", ["handout", "handout-solutions"])
@pytest.mark.parametrize("stamp", [None, "", "[]", "{}", '{"files": 3}'])
def test_another_folder_is_left_alone(tmp_path, name, stamp):
    (tmp_path / name / "notebooks").mkdir(parents=True)
    (tmp_path / name / "notebooks" / "03_gram_matrices.ipynb").write_text("mine", "utf-8")
    if stamp is not None:
        (tmp_path / name / STAMP).write_text(stamp, "utf-8")
    with pytest.raises(CourseError, match=f"{name} exists, and was not made by `release`|somebody has worked in"):
        make_release(tmp_path / "handout")
    assert [path.name for path in tmp_path.iterdir()] == [name]


def test_a_file_is_left_alone(tmp_path):
    (tmp_path / "handout").write_text("mine", "utf-8")
    with pytest.raises(CourseError, match="was not made by `release`"):
        make_release(tmp_path / "handout")


def test_a_folder_that_cannot_be_made_is_an_error(tmp_path):
    (tmp_path / "file").touch()
    with pytest.raises(CourseError, match=r"cannot write|was not made by `release`"):
        make_release(tmp_path / "file" / "handout")


def test_a_handout_has_no_solutions_to_release(released, tmp_path, monkeypatch):
    monkeypatch.setattr("course_utils.classroom.release.lessons_folder", lambda: released[0] / "notebooks")
    with pytest.raises(CourseError, match=r"no solutions in .*: release from a clone"):
        make_release(tmp_path / "handout")
