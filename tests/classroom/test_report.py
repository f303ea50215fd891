"""The table of grades, its spreadsheet, its page, the students' pages and Moodle's zip."""

import csv
import html.parser
import io
import zipfile
from pathlib import Path

import pytest

from course_utils.classroom.grading import Graded, Mark
from course_utils.classroom.lessons import find_lessons
from course_utils.classroom.matching import Paper
from course_utils.classroom.report import feedback_page, grades_csv, grades_page, make_report, names, tabulate
from course_utils.classroom.submissions import Submission
from course_utils.exercises import CORRECT, NOT_WRITTEN

LESSONS = find_lessons()
HOSTILE = "<script>alert(1)</script> & \"quotes\" 'too' <img src=x onerror=y>"
NOTEBOOK = object()  # a report never looks into it


def submission(student, number=None, source="x.ipynb", moodle=None):
    return Submission(student, number, Path("x"), source, moodle=moodle)


def paper(student, lesson=3, **about):
    remarks = about.pop("remarks", ())
    return Paper(submission(student, **about), LESSONS[lesson], NOTEBOOK, remarks=remarks)


def marks(lesson, *verdicts, trouble=None):
    exercises = LESSONS[lesson].exercises
    return Graded(
        tuple(Mark(each.name, verdict) for each, verdict in zip(exercises, verdicts, strict=True)), trouble, 1
    )


ALL = [CORRECT] * 5
SOME = [CORRECT, "not divided by ‖A‖²", CORRECT, NOT_WRITTEN, "only the means"]


@pytest.fixture
def table():
    graded = {
        paper("Ana", number="7", moodle="Ana_7_assignsubmission_file_"): marks(3, *ALL),
        paper("ben", number="8", moodle="ben_8_assignsubmission_file_"): marks(3, *SOME, trouble="replaces checks"),
        paper("Cy", number="9", moodle="Cy_9_assignsubmission_file_", remarks=("x.ipynb: 21 MB large",)): None,
        Paper(submission("李 小龙"), trouble="report.pdf is not a notebook"): None,
        paper("Eve"): marks(3, "no", "not divided by ‖A‖²", "no", "no", NOT_WRITTEN),
    }
    return tabulate(graded, [LESSONS[3]])


def rows(text):
    return list(csv.DictReader(io.StringIO(text)))


def test_the_spreadsheet_has_a_row_for_each_student_and_a_column_for_each_exercise(table):
    found = rows(grades_csv(table))
    assert list(found[0]) == [
        "student",
        "number",
        "file",
        "lesson 3: 1 my_gram_matrix",
        "lesson 3: 2 my_style_distance",
        "lesson 3: 3 covariance_gradient (harder)",
        "lesson 3: 4 fool_the_statistics",
        "lesson 3: 5 repaired_statistics",
        "points",
        "of",
        "harder points",
        "harder of",
        "remarks",
    ]
    assert [list(row.values()) for row in found] == [
        ["Ana", "7", "x.ipynb", *ALL, "5", "5", "1", "1", ""],
        ["ben", "8", "x.ipynb", *SOME, "2", "5", "1", "1", "x.ipynb: replaces checks"],
        ["Cy", "9", "x.ipynb", *["not graded yet"] * 5, "", "5", "", "1", "x.ipynb: 21 MB large; not graded yet"],
        ["Eve", "", "x.ipynb", "no", "not divided by ‖A‖²", "no", "no", NOT_WRITTEN, "0", "5", "0", "1", ""],
        ["李 小龙", "", "x.ipynb", *["not graded"] * 5, "0", "5", "0", "1", "report.pdf is not a notebook"],
    ]


def test_excel_sees_that_the_spreadsheet_is_utf_8(table):
    content = make_report(table)["grades.csv"]
    assert content.startswith(b"\xef\xbb\xbf")
    assert "李 小龙" in content.decode("utf-8-sig")


@pytest.mark.parametrize("start", ["=", "+", "-", "@", "\t", "\r"])
def test_no_text_becomes_a_formula(start):
    hostile = f"{start}cmd|'/c calc'!A1"
    graded = {paper(hostile, source=hostile, remarks=(hostile,)): marks(3, hostile, *ALL[1:])}
    (row,) = rows(grades_csv(tabulate(graded, [LESSONS[3]])))
    assert [name for name, value in row.items() if value == f"'{hostile}"] == [
        "student",
        "file",
        "lesson 3: 1 my_gram_matrix",
        "remarks",
    ]
    assert not any(value.startswith(start) for value in row.values())


def test_several_lessons_of_a_student_stand_in_one_row():
    graded = {
        paper("Ana", 3, source="3.ipynb"): marks(3, *ALL),
        paper("Ana", 0, source="0.ipynb"): marks(0, "no"),
        paper("Ben", 0): marks(0, CORRECT),
    }
    table = tabulate(graded, [LESSONS[0], LESSONS[3]])
    ana, ben = rows(grades_csv(table))
    assert (ana["file"], ana["lesson 0: 1 advise"], ana["points"], ana["of"]) == ("3.ipynb; 0.ipynb", "no", "5", "6")
    assert (ben["lesson 3: 1 my_gram_matrix"], ben["points"], ben["of"]) == ("not handed in", "1", "6")
    assert "Lesson 3" not in feedback_page(table, table.rows[1])


class Page(html.parser.HTMLParser):
    """A page's tags, with their attributes, and its text."""

    def __init__(self, text):
        super().__init__()
        self.tags, self.words = [], []
        self.feed(text)

    def handle_starttag(self, tag, attributes):
        self.tags.append((tag, dict(attributes)))

    def handle_data(self, data):
        self.words += data.split()

    @property
    def text(self):
        return " ".join(self.words)


def test_the_page_tells_each_verdict_by_a_symbol_a_word_and_the_checkers_words(table):
    page = Page(grades_page(table))
    cells = [given for tag, given in page.tags if tag == "td" and given.get("class", "").startswith("mark")]
    assert [cell["class"].split()[1] for cell in cells] == (
        ["right"] * 5
        + ["right", "wrong", "right", "empty", "wrong"]
        + ["later"] * 5
        + ["wrong"] * 4
        + ["empty"]
        + ["ungraded"] * 5
    )
    assert cells[6]["title"] == "2 my_style_distance: not divided by ‖A‖²"
    assert "Ana 7 5 / 5 1 / 1 ✓ right ✓ right ✓ right ✓ right ✓ right" in page.text
    assert "ben 8 2 / 5 1 / 1 ✓ right ✗ wrong ✓ right ○ empty ✗ wrong" in page.text
    assert "李 小龙 : report.pdf is not a notebook" in page.text
    assert "Cy 9 … later" in page.text
    assert "Cy : x.ipynb: 21 MB large Cy : not graded yet" in page.text
    assert "got it right 2 1 2 1 1" in page.text


def test_the_page_says_what_to_discuss(table):
    text = Page(grades_page(table)).text
    discussed = text[text.index("What to discuss") : text.index("Remarks")]
    assert discussed.index("the style distance of a layer") < discussed.index("the Gram matrix")
    assert "2 of 5 wrong. 2 × not divided by ‖A‖²" in discussed
    assert "1 of 5 wrong, 1 empty. 1 × only the means" in discussed


def test_pages_need_nothing_else_and_feedback_has_no_links(table):
    files = make_report(table)
    for name in ("grades.html", "feedback/ben.html"):
        for tag, given in Page(files[name].decode()).tags:
            assert tag not in ("script", "link", "img", "iframe")
            assert "src" not in given
            assert tag != "a" or name == "grades.html"
    links = [given["href"] for tag, given in Page(files["grades.html"].decode()).tags if tag == "a"]
    assert links == [
        "feedback/Ana.html",
        "feedback/ben.html",
        "feedback/Eve.html",
        f"feedback/{'%E6%9D%8E'}%20%E5%B0%8F%E9%BE%99.html",
    ]


def test_a_student_reads_each_exercise_with_the_checkers_words(table):
    text = Page(feedback_page(table, table.rows[1])).text
    assert "Lesson 3: Gram matrices: which features fire together 2 of 5 right." in text
    assert "2 the style distance of a layer my_style_distance not divided by ‖A‖² ✗ wrong" in text
    assert "3 the gradient for covariances (harder) covariance_gradient correct ✓ right" in text
    assert "Feedback for ben On x.ipynb Lesson 3" in text
    assert "Remarks x.ipynb: replaces checks Correct the functions marked wrong, run their cells, save, and" in text


def test_the_next_step_depends_on_what_is_not_right():
    def last(*verdicts):
        table = tabulate({paper("Ana"): marks(3, *verdicts)}, [LESSONS[3]])
        return Page(feedback_page(table, table.rows[0])).text.rpartition("✓ right")[2].partition(",")[0].strip()

    assert last("no", NOT_WRITTEN, *ALL[2:]) == "Correct the functions marked wrong"
    assert last(NOT_WRITTEN, *ALL[1:]) == "Write the functions marked empty"
    assert last(*ALL) == ""


def test_what_is_for_the_instructor_only_is_not_in_the_feedback():
    graded = {Paper(submission("Ana"), LESSONS[3], NOTEBOOK, notes=("the same file as Ben's",)): marks(3, *ALL)}
    table = tabulate(graded, [LESSONS[3]])
    assert rows(grades_csv(table))[0]["remarks"] == "the same file as Ben's"
    assert "Ana : the same file as Ben's" in Page(grades_page(table)).text
    assert "Ben" not in feedback_page(table, table.rows[0])


def test_code_in_a_verdict_is_set_as_code():
    verdict = "`W = <1>` stops: is the `return` missing?"
    table = tabulate({paper("Ana"): marks(3, verdict, *ALL[1:], trouble=verdict)}, [LESSONS[3]])
    for text in (grades_page(table), feedback_page(table, table.rows[0])):
        assert "<code>W = &lt;1&gt;</code> stops: is the <code>return</code> missing?" in text
        assert "`" not in text


def test_who_handed_in_no_notebook_reads_why(table):
    text = Page(feedback_page(table, table.rows[-1])).text
    assert text.endswith("Feedback for 李 小龙 On x.ipynb Remarks report.pdf is not a notebook")


def test_who_is_not_graded_yet_has_no_page(table):
    files = make_report(table)
    assert sorted(files) == [
        "feedback/Ana.html",
        "feedback/Eve.html",
        "feedback/ben.html",
        "feedback/李 小龙.html",
        "feedback_for_moodle.zip",
        "grades.csv",
        "grades.html",
    ]
    assert set(names(table)) == {*files, "feedback/Cy.html"}


def test_moodle_gets_its_zip(table):
    files = make_report(table)
    with zipfile.ZipFile(io.BytesIO(files["feedback_for_moodle.zip"])) as archive:
        assert {name: archive.read(name) for name in archive.namelist()} == {
            "Ana_7_assignsubmission_file_/feedback.html": files["feedback/Ana.html"],
            "ben_8_assignsubmission_file_/feedback.html": files["feedback/ben.html"],
        }
    assert make_report(table) == files  # the same bytes again


def test_students_pages_have_names_that_every_system_takes():
    students = ["a/b", "a\\b", "A_b", "CON", "con.x", "..", "x" * 300, "李" * 100, "Dr. ", "a\nb", "nul:"]
    table = tabulate({paper(student): marks(3, *ALL) for student in students}, [LESSONS[3]])
    pages = [row.page.removeprefix("feedback/") for row in table.rows]
    assert len({page.casefold() for page in pages}) == len(students)
    for page in pages:
        assert not set('/\\<>:"|?*\n') & set(page)
        assert len(page.encode()) < 255
        assert page.removesuffix(".html").strip(" .") == page.removesuffix(".html") != ""
        assert page.partition(".")[0].upper() not in ("CON", "NUL")


def test_nothing_graded_is_told_apart_from_something(table):
    assert not table.blank
    assert tabulate({Paper(submission("Ana"), trouble="no"): None, paper("Ben"): None}, [LESSONS[3]]).blank
    assert not tabulate({paper("Ben"): marks(3, *[NOT_WRITTEN] * 5)}, [LESSONS[3]]).blank


@pytest.mark.parametrize(
    "make", [grades_page, lambda table: feedback_page(table, table.rows[0])], ids=["grades", "feedback"]
)
def test_text_stays_text(make):
    """The same tags with the same attributes, whatever students, files and programs are called."""

    def page(text):
        about = {"number": text, "source": text, "remarks": (text,)}
        return Page(make(tabulate({paper(text, **about): marks(3, text, *ALL[1:], trouble=text)}, [LESSONS[3]])))

    plain, hostile = page("plain"), page(HOSTILE)
    assert [(tag, given.keys()) for tag, given in hostile.tags] == [(tag, given.keys()) for tag, given in plain.tags]
    assert " ".join(HOSTILE.split()) in hostile.text
