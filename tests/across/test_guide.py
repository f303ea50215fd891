"""The instructor's guide: its minutes are those of the notebooks, its sums are right, and its commands work."""

import argparse
import csv
import json
import re
import shlex
import subprocess
import sys
import zipfile
from itertools import pairwise
from pathlib import Path

import nbformat
import pytest

from course_utils.cli import COMMANDS

ROOT = Path(__file__).resolve().parents[2]
GUIDE = (ROOT / "notebooks" / "README.md").read_text("utf-8")
LESSONS = {int(path.name[:2]): path for path in sorted((ROOT / "notebooks").glob("[0-9]*.ipynb"))}
KINDS = ("lecture", "prediction", "exercise", "short")
NAMED = sorted(set(re.findall(r"python -m (course_utils [^`\n]+)", GUIDE)))


def read(number):
    return json.loads(LESSONS[number].read_text("utf-8"))


def texts(number):
    """Return the text of each section of a lesson, by its heading."""
    text = "\n".join("".join(cell["source"]) for cell in read(number)["cells"] if cell["cell_type"] == "markdown")
    _, *parts = re.split(r"^## (.+)$", text, flags=re.M)
    return dict(zip(parts[::2], parts[1::2], strict=True))


def minutes(number):
    """Return the minutes in a notebook's metadata, by section."""
    return {
        each["section"]: tuple(each[kind] for kind in KINDS) for each in read(number)["metadata"]["course"]["minutes"]
    }


def counted(number):
    """Return the minutes of a lesson, in full and in short; an appendix is not counted."""
    rows = [row for section, row in minutes(number).items() if not section.startswith("Appendix")]
    return sum(sum(row[:3]) for row in rows), sum(row[3] for row in rows)


def part(heading):
    """Return the guide's text below a heading, to the next one of its level or above."""
    level = heading.split()[0]
    (found,) = re.findall(rf"^{re.escape(heading)}$(.*?)(?=^#{{1,{len(level)}}} |\Z)", GUIDE, re.M | re.S)
    return found


def rows(text):
    """Return the rows of the tables in a text, without the headings; bold figures count as others do."""
    lines = re.findall(r"^\|(.+)\|$", text, re.M)
    cells = [[cell.strip(" *") for cell in line.split("|")] for line in lines]
    rules = [place for place, row in enumerate(cells) if set("".join(row)) <= set("-:")]
    return [row for place, row in enumerate(cells) if not {place, place + 1} & set(rules)]


def number_of(cell):
    """Return the minutes in a cell: 8 for "8 (ex. 1)", 0 for "–"."""
    return 0 if cell == "–" else int(cell.split(" (ex. ")[0])


def exercises_in(text):
    """Return the numbers of the exercises whose headings are in a text; a lesson's only one has no number."""
    return [int(number or 1) for number in re.findall(r"^#+ Exercise(?: (\d+))?\b", text, re.M)]


def lessons_named(text):
    """Return the numbers in a list such as "0, 4 to 6", in which a link is as good as its text."""
    ranges = re.findall(r"\b(\d+)(?: to (\d+))?", re.sub(r"\[(?:lesson )?(\d+)\]\([^)]*\)", r"\1", text, flags=re.I))
    return {number for first, last in ranges for number in range(int(first), int(last or first) + 1)}


def lesson(number):
    (heading,) = re.findall(rf"^### Lesson {number}: .+$", GUIDE, re.M)
    return part(heading)


def test_every_lesson_has_its_section():
    assert [int(number) for number in re.findall(r"^### Lesson (\d+):", GUIDE, re.M)] == list(LESSONS) == [*range(13)]


@pytest.mark.parametrize("number", LESSONS)
def test_a_lesson_in_the_guide(number):
    text, name = lesson(number), LESSONS[number].name
    assert f"[Lesson]({name}) · [solutions and remarks](solutions/{name})" in text
    assert "· {} minutes, short {}\n".format(*counted(number)) in text
    listen, ask = (text.split(f"**{title}**")[1].split("\n**")[0] for title in ("Listen for", "Ask"))
    assert listen.count("\n- ") >= 3 <= ask.count("\n- ")
    assert re.search(r"^\*\*Goals\.\*\* \w+", text, re.M)
    assert re.search(r"^\*\*When time is short\.\*\* \w+", text, re.M)


@pytest.mark.parametrize("number", LESSONS)
def test_guide_and_metadata_have_the_same_minutes(number):
    *sections, total = rows(lesson(number))
    assert {row[0]: tuple(map(number_of, row[1:])) for row in sections} == minutes(number)
    main = [row for section, row in minutes(number).items() if not section.startswith("Appendix")]
    assert [int(cell) for cell in total[1:]] == [sum(column) for column in zip(*main, strict=True)]
    assert f": {counted(number)[0]} minutes" in total[0]


@pytest.mark.parametrize("number", LESSONS)
def test_a_section_names_its_exercises(number):
    *sections, _ = rows(lesson(number))
    stated = {row[0]: [int(each) for each in re.findall(r"\d+", row[3].partition(" (ex. ")[2])] for row in sections}
    assert stated == {section: exercises_in(f"## {section}\n{text}") for section, text in texts(number).items()}
    named = [each for row in stated.values() for each in row]
    assert named == [*range(1, len(named) + 1)] != []


@pytest.mark.parametrize("number", LESSONS)
def test_a_plan_for_one_lesson_of_90_minutes_is_that_of_the_semester(number):
    (plan,) = re.findall(r"^\*\*In 90 minutes:\*\* (.+)$", lesson(number), re.M)
    *weeks, _ = rows(part("### One semester"))
    sittings = [row for row in weeks if re.match(rf"{number}\b", row[1])]
    homework = sittings[-1][4]
    told = re.search(r"exercises? ([\d, and]+)", plan)
    assert lessons_named(told[1] if told else "") == lessons_named(homework.partition(";")[0])
    for other in homework.split("; ")[1:]:
        assert other in plan
    assert [row[2] for row in sittings] == re.findall(r"\b\d\d\b", plan)
    pauses = re.findall(r'[Pp]ause before \\?"(.+?)\\?"', plan + str(read(number)["cells"][0]))
    assert len(sittings) == 1 or (len(pauses) == 2 and pauses[0] == pauses[1])


@pytest.mark.parametrize("number", LESSONS)
def test_the_overview_names_the_lessons_that_a_lesson_builds_on(number):
    overview = GUIDE.split("\n## The lessons")[1].split("\n### ")[0]
    (named,) = [row[4] for row in rows(overview) if row[0].startswith(f"[{number} ")]
    (stated,) = re.findall(r"\*\*Prerequisites\*\*: (.+)", "".join(read(number)["cells"][0]["source"]))
    assert lessons_named(named) == lessons_named(stated)


@pytest.mark.parametrize("number", LESSONS)
def test_a_lesson_states_its_minutes(number):
    stated = re.search(r"\*\*Time\*\*: (\d+) minutes(?:, and (\d+) for the appendix)?(.*?)\. \*\*P", str(read(number)))
    assert int(stated[1]) == counted(number)[0]
    assert int(stated[2] or 0) == sum(sum(row[:3]) for name, row in minutes(number).items() if "Appendix" in name)
    for pause in re.findall(r'pause before \\?"(.+?)\\?"', stated[3]):
        assert pause in minutes(number)


@pytest.mark.parametrize("number", LESSONS)
def test_minutes_are_given_for_each_section_and_for_what_is_in_it(number):
    assert list(minutes(number)) == list(texts(number))
    for section, text in texts(number).items():
        lecture, prediction, exercise, short = minutes(number)[section]
        assert lecture > 0
        assert prediction > 0 or not re.search(r"\*\*Predict\b", text), section
        assert exercise > 0 or "### Exercise" not in text, section
        assert short <= lecture + prediction + exercise


def test_the_readme_states_the_shortest_and_the_longest_lesson():
    stated = re.search(r"A lesson takes (\d+) to (\d+) minutes", (ROOT / "README.md").read_text("utf-8"))
    times = [counted(number)[0] for number in LESSONS]
    assert (int(stated[1]), int(stated[2])) == (min(times), max(times))


def test_the_overview():
    overview = GUIDE.split("\n## The lessons")[1].split("\n### ")[0]
    *each, total = rows(overview)
    assert [tuple(map(int, row[1:3])) for row in each] == [counted(number) for number in LESSONS]
    full, short = (sum(column) for column in zip(*map(counted, LESSONS), strict=True))
    assert total[1:3] == [str(full), str(short)]
    assert f"takes {full} minutes, or {round(full / 60)} hours; in the short version, {short / 60:g}" in overview


def test_the_talk_takes_as_long_as_it_says():
    *each, total = rows(part("### A talk of 90 minutes"))
    assert sum(int(row[0]) for row in each) == int(total[0]) == 90


def clock(text):
    hours, minute = text.split(":")
    return 60 * int(hours) + int(minute)


def test_the_two_days_add_up():
    text = part("### Two days")
    claimed = re.search(r": (\d+) minutes on the first day, (\d+) on the second", text)
    for day, claim in zip(text.split("day:\n")[1:], claimed.groups(), strict=True):
        timetable = [(*map(clock, row[0].split("–")), int(row[1]), row[2]) for row in rows(day)]
        assert all(end - start == long for start, end, long, _ in timetable)
        assert all(one[1] == other[0] for one, other in pairwise(timetable))
        taught = {
            int(found[1]): long for *_, long, what in timetable if (found := re.match(r"\[lesson (\d+)\]", what))
        }
        assert taught == {number: counted(number)[1] for number in taught}
        assert sum(taught.values()) == int(claim)
    for number, short in re.findall(r"(?:Lesson|lesson|or) (\d+) \((\d+)(?: minutes)?\)", text):
        assert counted(int(number))[1] == int(short)


def test_the_semester_adds_up():
    *weeks, total = rows(part("### One semester"))
    assert [int(row[0]) for row in weeks] == list(range(1, 16))
    taught = {}
    for _, name, in_class, at_home, _ in weeks[:-1]:
        assert int(in_class) <= 90
        taught.setdefault(int(name.split(",")[0]), []).append(int(in_class) + number_of(at_home))
    assert {number: sum(parts) for number, parts in taught.items()} == {n: counted(n)[0] for n in LESSONS}
    assert int(total[2]) == sum(int(row[2]) for row in weeks[:-1])
    assert int(total[3]) == sum(number_of(row[3]) for row in weeks[:-1])


@pytest.mark.parametrize("command", NAMED)
def test_what_the_guide_names_exists(command):
    """The options, too; an angle bracket or an ellipsis would be a pattern, and there is none."""
    _, name, *arguments = shlex.split(command)
    parser = argparse.ArgumentParser(allow_abbrev=False)
    COMMANDS[name].add_arguments(parser)
    parser.parse_args(arguments)


def course(*arguments, folder):
    command = [sys.executable, "-m", "course_utils", *arguments]
    done = subprocess.run(command, cwd=folder, capture_output=True, encoding="utf-8", timeout=600)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def test_the_checklist_works_from_the_slides_to_the_marks(tmp_path):
    """One student has solved the first exercise of lesson 3 in what was handed out, and hands it in through Moodle.

    `doctor --class` is left out: whether this machine has the memory for a class is not the guide's affair.
    """
    commands = {
        command.split()[1]: shlex.split(command)[1:]
        for command in re.findall(r"^\d\. (?:.*?)`python -m (course_utils .+?)`", GUIDE, re.M)
    }
    assert set(commands) == {"doctor", "slides", "release", "grade"}
    course(*commands["slides"], folder=tmp_path)
    assert "reveal" in (tmp_path / "slides" / "03_gram_matrices.slides.html").read_text("utf-8")
    course(*commands["release"], folder=tmp_path)
    assert (tmp_path / "handout-solutions" / "solutions" / "03_gram_matrices.ipynb").is_file()
    with zipfile.ZipFile(tmp_path / "handout.zip") as archive:
        archive.extractall(tmp_path / "student")
    handed_out = tmp_path / "student" / "handout" / "notebooks" / "03_gram_matrices.ipynb"
    notebook = nbformat.read(handed_out, 4)
    (stub,) = [cell for cell in notebook.cells if cell.source.startswith("def my_gram_matrix")]
    stub.source = stub.source.replace("    ...\n", "    F = F.reshape(-1, F.shape[-1])\n    return F.T @ F / len(F)\n")
    with zipfile.ZipFile(tmp_path / "submissions.zip", "w") as archive:
        archive.writestr("Ana María_12345_assignsubmission_file_03_gram_matrices.ipynb", nbformat.writes(notebook))
    course(*commands["grade"], folder=tmp_path)
    grades = tmp_path / "grades-lesson-3"
    with (grades / "grades.csv").open(encoding="utf-8-sig", newline="") as file:
        text = file.read()
    assert "Ana María" in text
    assert len(list(csv.reader(text.splitlines()))) >= 2
    assert (grades / "grades.html").is_file()
    assert (grades / "feedback_for_moodle.zip").is_file()
