"""The speaker's notes: what is told, and on which slide."""

import re

import pytest

from course_utils.classroom import notes
from course_utils.classroom.lessons import find_lesson, find_lessons
from tests.talk import page, slide_with


@pytest.fixture(scope="module")
def gram():
    return page(find_lesson("3"))


def test_the_speaker_reads_remarks_hints_and_answers_where_they_belong(gram):
    told = slide_with(gram, "Exercise 1").select_one("aside.notes").text
    for words in ("The usual mistake", "A question to ask", "Hint 2", "the rows of"):
        assert words in told
    assert "Exercise 2" not in told
    assert "a matrix of 1000 × 1000" in slide_with(gram, "Three questions").select_one("aside.notes").text.lower()
    assert not gram.select(".fragment aside.notes")


def test_the_speaker_reads_the_minutes_of_each_section_once_and_the_guide_on_the_title_slide(gram):
    told = slide_with(gram, "Who fires with whom?").select_one("aside.notes").text
    assert "7 minutes (lecture 3, prediction 4); short version: leave it out" in told
    assert len(re.findall(r"minutes? \(\w+ \d", gram.text)) == len(gram.select("h2"))
    told = gram.select_one("section > section aside.notes").text
    assert all(words in told for words in ("Listen for", "Ask", "When time is short."))
    assert "Lesson 4" not in told


def test_the_guide_speaks_of_every_lesson_and_a_folder_without_one_has_slides(monkeypatch, tmp_path):
    for number in find_lessons():
        (text,) = notes.guide(number)
        first, second, *_, last = re.findall(r"^\*\*(.+?)\*\*", text, re.M)
        assert (first, second, last) == ("Listen for", "Ask", "When time is short.") and "\n#" not in text
    monkeypatch.setattr(notes, "lessons_folder", lambda: tmp_path)
    assert not page(find_lesson("3")).select_one("section > section").select("aside.notes")


@pytest.mark.parametrize(
    ("number", "heading", "words"), [("7", "Portfolio", "partner's page"), ("0", "which weight", "Ana")]
)
def test_a_remark_without_a_number_finds_its_section(number, heading, words):
    assert words in slide_with(page(find_lesson(number)), heading).select_one("aside.notes").text
