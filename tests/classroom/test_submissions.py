"""Whose notebook is whose, in the layouts of learning platforms and of instructors."""

import pytest

from course_utils.classroom.submissions import collect
from tests.handed_in import zipped

LESSONS = ["03_gram_matrices", "04_objective"]


@pytest.fixture
def collected(tmp_path):
    """Return a function that lists (student, number, source, trouble) of a zip with files of some names."""

    def run(*names, zip_name="class.zip", contents=None):
        path = tmp_path / zip_name
        path.write_bytes(zipped(dict.fromkeys(names, b"x") | (contents or {})))
        (tmp_path / "unpacked").mkdir()
        return [
            (each.student, each.number, each.source, each.trouble)
            for each in collect(path, tmp_path / "unpacked", LESSONS)
        ]

    return run


NOT_ONE = "is not a notebook: hand in the .ipynb file"


@pytest.mark.parametrize(
    "folders", ["{}_assignsubmission_file_/", "{}_assignsubmission_file/", "{}_assignsubmission_file_"]
)
def test_moodle(collected, folders):
    wei, li, ana = (folders.format(each) for each in ("Wei Wang_101", "李 小龙_102", "Ana María O'Brien_7"))
    found = collected(
        f"{wei}03_gram_matrices.ipynb",
        f"{li}my notebook (1).ipynb",
        f"{li}picture.png",
        f"{ana}report.pdf",
        "Ana María O'Brien_7_assignsubmission_onlinetext_/onlinetext.html",
        "Tom_8_assignsubmission_onlinetext_onlinetext.html",
        "Participant_9_assignsubmission_file_x.ipynb",
    )
    assert found == [
        ("Ana María O'Brien", "7", "report.pdf, online text", "are not notebooks: hand in the .ipynb file"),
        ("Participant", "9", "x.ipynb", None),
        ("Tom", "8", "", "handed in online text only, no notebook"),
        ("Wei Wang", "101", "03_gram_matrices.ipynb", None),
        ("李 小龙", "102", "my notebook (1).ipynb", None),
    ]


def test_moodles_folder_names_are_remembered_for_the_feedback(tmp_path):
    path = tmp_path / "class.zip"
    path.write_bytes(zipped({"Wei Wang_101_assignsubmission_file_x.ipynb": b"x", "Li.ipynb": b"x"}))
    li, wei = collect(path, tmp_path)
    assert (li.moodle, wei.moodle) == (None, "Wei Wang_101_assignsubmission_file_")


def test_canvas(collected):
    found = collected(
        "wangwei_12345_67890_03_gram_matrices.ipynb",
        "obrienana_LATE_23456_78901_03_gram_matrices-1.ipynb",
        "obrienana_LATE_23456_78902_04_objective.ipynb",
        "李小龙_late_34567_89012_homework.docx",
    )
    assert found == [
        ("obrienana", "23456", "03_gram_matrices-1.ipynb", None),
        ("obrienana", "23456", "04_objective.ipynb", None),
        ("wangwei", "12345", "03_gram_matrices.ipynb", None),
        ("李小龙", "34567", "homework.docx", NOT_ONE),
    ]


def test_a_folder_for_each_student(collected):
    found = collected("Wei Wang/03.ipynb", "Wei Wang (2)/a/b/x.ipynb", "Dr. Ana/notes.txt", zip_name="class.zip")
    assert found == [
        ("Dr. Ana", None, "notes.txt", NOT_ONE),
        ("Wei Wang", None, "03.ipynb", None),
        ("Wei Wang (2)", None, "a/b/x.ipynb", None),
    ]


def test_nbgraders_folders(collected):
    found = collected("wei/lesson3/03.ipynb", "wei/lesson4/04.ipynb", "ana/lesson3/03.ipynb")
    assert [each[:3] for each in found] == [
        ("ana", None, "lesson3/03.ipynb"),
        ("wei", None, "lesson3/03.ipynb"),
        ("wei", None, "lesson4/04.ipynb"),
    ]


def test_notebooks_of_a_flat_folder_are_named_after_the_students(collected):
    found = collected("Wei Wang.ipynb", "Wei Wang (2).ipynb", "03_gram_matrices_Ana.ipynb", "Ana - 04_objective.ipynb")
    assert [each[:3] for each in found] == [
        ("Ana", None, "03_gram_matrices_Ana.ipynb"),
        ("Ana", None, "Ana - 04_objective.ipynb"),
        ("Wei Wang", None, "Wei Wang.ipynb"),
        ("Wei Wang (2)", None, "Wei Wang (2).ipynb"),
    ]


def test_a_students_own_zip(collected):
    found = collected(
        contents={
            "Ana.zip": zipped({"work/03.ipynb": b"x"}),
            "Ben/hw.zip": zipped({"03.ipynb": b"x"}),
            "Eve_5_assignsubmission_file_hw.zip": zipped({"03.ipynb": b"x"}),
            "Kim.zip": b"damaged",
        }
    )
    assert found == [
        ("Ana", None, "work/03.ipynb", None),
        ("Ben", None, "hw.zip/03.ipynb", None),
        ("Eve", "5", "hw.zip/03.ipynb", None),
        ("Kim", None, "Kim.zip", "is a damaged zip: File is not a zip file"),
    ]


def test_two_students_of_one_name_are_told_apart_by_their_numbers(collected):
    found = collected("Wei Wang_7_assignsubmission_file_/x.ipynb", "Wei Wang_8_assignsubmission_file_/x.ipynb")
    assert [each[:2] for each in found] == [("Wei Wang (7)", "7"), ("Wei Wang (8)", "8")]


@pytest.mark.parametrize(
    ("names", "zip_name", "students"),
    [
        (["hw/Ana/x.ipynb", "hw/Ben/x.ipynb"], "class.zip", ["Ana", "Ben"]),
        (["class/Ana.ipynb", "class/Ben.ipynb"], "class.zip", ["Ana", "Ben"]),
        (["hw/Ana_5_assignsubmission_file_x.ipynb"], "class.zip", ["Ana"]),
        (["Ana/03.ipynb", "Ana/04.ipynb"], "class.zip", ["Ana"]),
        (["Ana_5_assignsubmission_file_/a/03.ipynb", "Ana_5_assignsubmission_file_/b/04.ipynb"], "x.zip", ["Ana"]),
    ],
    ids=["around folders", "named as the zip", "around Moodle's names", "a student's", "Moodle's"],
)
def test_a_folder_around_everything_is_no_student(collected, names, zip_name, students):
    assert sorted({each[0] for each in collected(*names, zip_name=zip_name)}) == students


def test_the_courses_solutions_are_no_attempt(collected):
    found = collected("Ana/solutions/03.ipynb", "Ana/notes.txt", "Ben/solutions/03.ipynb", "Ben/03.ipynb")
    assert found == [
        (
            "Ana",
            None,
            "solutions/03.ipynb",
            "lies in a folder of the course's solutions: hand in your own notebook",
        ),
        ("Ben", None, "03.ipynb", None),
    ]


def test_a_real_folder_with_an_empty_one_in_it(tmp_path):
    (tmp_path / "class" / "J. Smith").mkdir(parents=True)
    (tmp_path / "class" / "Ana.ipynb").write_bytes(b"x")
    ana, smith = collect(tmp_path / "class", tmp_path)
    assert ana.file == tmp_path / "class" / "Ana.ipynb"
    assert (smith.student, smith.source, smith.trouble) == (
        "J. Smith",
        "",
        "nothing was handed in: the folder is empty",
    )
