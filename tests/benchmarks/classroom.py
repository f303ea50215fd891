"""How long a class takes to grade: `python -m tests.benchmarks.classroom [LESSON] [STUDENTS] [WORKERS]`."""

import contextlib
import io
import sys
import tempfile
import time
from pathlib import Path

from nbformat import read

from course_utils import __main__ as program
from course_utils.classroom import find_lesson
from tests.handed_in import answered, packed, solutions, zipped


def made_class(lesson: str, students: int) -> bytes:
    """Return a zip of notebooks, all different: each exercise is right, wrong or unwritten, by turns."""
    files = {}
    path = find_lesson(lesson).path
    set_up = next(c.source for c in read(path.parent / "solutions" / path.name, 4).cells if c.cell_type == "code")
    for student in range(students):
        answers = {}
        for place, (exercise, solution) in enumerate(solutions(lesson).items()):
            right = f"{set_up}\n\n\n{solution}"
            wrong = f"def {exercise}(*arguments):\n    return {student}"
            kinds = [{exercise: right}, {exercise: wrong}, {}]
            answers |= kinds[(student + place) % len(kinds)]
        notebook = answered(answers, lesson)
        notebook["cells"][0]["source"] += f"\n\nBy student {student}."
        files[f"Student {student}_{student}_assignsubmission_file_/{lesson}.ipynb"] = packed(notebook)
    return zipped(files)


def main(lesson: str = "3", students: int = 30, workers: int = 2) -> None:
    """Print the seconds that it takes to grade a made class, and to do it again."""
    name = find_lesson(lesson).name
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, "class.zip")
        path.write_bytes(made_class(name, students))
        print(f"{name}: {students} students, {workers} workers")
        for what in ("first run", "second run"):
            started = time.perf_counter()
            with contextlib.redirect_stdout(io.StringIO()):
                program.main(["grade", str(path), "-o", str(Path(folder, "grades")), "--workers", str(workers)])
            print(f"{what:10} {time.perf_counter() - started:7.1f} s")


if __name__ == "__main__":
    main(*sys.argv[1:2], *map(int, sys.argv[2:4]))
