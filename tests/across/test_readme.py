"""What README.md and the readmes beside it say: every code block executed, every link followed."""

import importlib.util
import os
import re
import signal
import subprocess
import sys
import time
import urllib.error
import urllib.request
from pathlib import Path

import nbformat
import pytest

from course_utils import load_image, save_image
from tests.benchmarks.contact_sheet import LIMITS, judged

ROOT = Path(__file__).resolve().parents[2]
READMES = [ROOT / name for name in ("README.md", "notebooks/README.md", "tests/README.md", "data/results/README.md")]
READMES += [ROOT / "data" / "README.md", ROOT / ".github" / "SECURITY.md"]
BLOCKS = [
    block
    for path in READMES
    for block in re.findall(r"^```(\w+)( \w+)?\n(.*?)^```$", path.read_text("utf-8"), re.M | re.S)
]
SET_UP = ["python3 -m venv .venv", ". .venv/bin/activate", "python -m pip install -r requirements.txt"]
# .ci/run pastes the command for the tests into a bare clone, so the steps of setting up run for real there.
COMMANDS = [
    command.strip()
    for language, _, block in BLOCKS
    for line in block.splitlines()
    for command in line.split("&&")
    if language == "bash"
]


def shell(command, cwd):
    """Run one command of README with this environment's Python, as if the environment were activated."""
    path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
    environment = os.environ | {"PATH": path, "PYTHONPATH": str(ROOT)}
    return subprocess.run(command, shell=True, cwd=cwd, env=environment, capture_output=True, text=True, timeout=300)


def test_both_commands_set_up_and_do_their_job():
    by_label = {label.strip(): block.strip().split(" && ") for _, label, block in BLOCKS if label}
    assert by_label["run"][:3] == by_label["test"][:3] == SET_UP
    assert by_label["run"][3] == "python -m course_utils stylize"
    assert by_label["run"][4].endswith("jupyter lab --allow-root --notebook-dir=. notebooks/00_start_here.ipynb")
    assert by_label["test"][3:] == ["python -m pytest"]


def test_the_race_is_told_as_it_was_run():
    results = ROOT / "data" / "results"
    for name in ("race", "race_avx2"):
        medians = [line for line in (results / f"{name}.md").read_text("utf-8").splitlines() if "**median**" in line]
        assert medians
        assert all(median in (results / "README.md").read_text("utf-8") for median in medians)


def test_windows_lines_say_the_same():
    (windows,) = [block for language, _, block in BLOCKS if language == "bat"]
    unix = [block.strip() for _, label, block in BLOCKS if label]
    changes = {"python3 -m": "py -m", ". .venv/bin/activate": ".venv\\Scripts\\activate", " --allow-root": ""}
    for ours, theirs in changes.items():
        unix = [line.replace(ours, theirs) for line in unix]
    assert windows.splitlines() == unix


def test_the_default_job_makes_a_picture_close_to_the_painting(tmp_path):
    done = shell("python -m course_utils stylize", tmp_path)
    assert done.returncode == 0, done.stderr
    left = judged(load_image(tmp_path / "stylized.png"), "pagoda", "great_wave")
    assert all(left[name] <= at_worst for name, (_, at_worst) in LIMITS.items()), left


@pytest.mark.skipif(os.name == "nt", reason="README's lines for Windows are the same commands")
@pytest.mark.parametrize(
    "command", [c for c in COMMANDS if "course_utils" in c and "holidays" not in c and not c.endswith("stylize")]
)
def test_commands_of_the_package(tmp_path, command):
    done = shell(command, tmp_path)
    assert done.returncode == 0, done.stderr
    if "-o" in command:
        assert (tmp_path / command.split("-o ")[1].split()[0]).is_file()


@pytest.mark.skipif(os.name == "nt", reason="README's lines for Windows are the same commands")
def test_a_network_is_trained_on_a_folder_of_photos_and_applied_to_it(tmp_path):
    (tmp_path / "holidays").mkdir()
    save_image(load_image("cat", 96), tmp_path / "holidays" / "cat.png")
    training, applying = [c for c in COMMANDS if "holidays" in c]
    for command in (training.replace("--minutes 15 --batch 1 --crop 192", "--steps 2 --crop 64 --crops 2"), applying):
        done = shell(command, tmp_path)
        assert done.returncode == 0, done.stderr
    assert load_image(tmp_path / "repainted" / "cat.png").shape == load_image(tmp_path / "holidays" / "cat.png").shape


def fetched(url):
    """Return the status of a request; the server prints its address a moment before it listens."""
    for _ in range(100):
        try:
            with urllib.request.urlopen(url, timeout=60) as answer:
                return answer.status
        except urllib.error.HTTPError as error:
            return error.code
        except urllib.error.URLError:
            time.sleep(0.2)
    raise AssertionError(f"no server at {url}")


@pytest.mark.skipif(os.name == "nt", reason="POSIX process groups end the server")
def test_jupyter_lab_opens_the_first_lesson_and_serves_its_pictures():
    (command,) = [c for c in COMMANDS if c.startswith("jupyter lab")]
    process = subprocess.Popen(
        [sys.executable, "-m", *command.split(), "--no-browser", "--port=0"],
        cwd=ROOT,
        stderr=subprocess.PIPE,
        start_new_session=True,
    )
    try:
        log = ""
        while not (server := re.search(r"(http://127\.0\.0\.1:\d+/)\S*\?token=(\w+)", log)):
            chunk = os.read(process.stderr.fileno(), 4096).decode()
            assert chunk, log
            log += chunk
        for target in ("api/contents/notebooks/00_start_here.ipynb", "files/data/results/pagoda_great_wave.jpg"):
            assert fetched(f"{server[1]}{target}?token={server[2]}") == 200
    finally:
        os.killpg(process.pid, signal.SIGKILL)
        process.communicate()


@pytest.mark.skipif(os.name == "nt", reason="the shell expands the pattern")
def test_the_command_that_runs_all_lessons_again(tmp_path):
    (command,) = [c for c in COMMANDS if "nbconvert" in c]
    paths = [tmp_path / "notebooks" / "one.ipynb", tmp_path / "notebooks" / "solutions" / "two.ipynb"]
    paths[1].parent.mkdir(parents=True)
    for path in paths:
        nbformat.write(nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell("print(6 * 7)")]), path)
    done = shell(command, tmp_path)
    assert done.returncode == 0, done.stderr
    assert [nbformat.read(path, 4).cells[0].outputs[0].text for path in paths] == ["42\n", "42\n"]


def test_the_benchmarks_named_exist():
    named = re.findall(r"python -m (tests\.benchmarks\.\w+)", (ROOT / "tests" / "README.md").read_text("utf-8"))
    files = (ROOT / "tests" / "benchmarks").glob("*.py")
    there = {f"tests.benchmarks.{path.stem}" for path in files if "__main__" in path.read_text("utf-8")}
    assert set(named) == there
    assert all(importlib.util.find_spec(name) for name in named)


def test_every_benchmark_that_a_readme_names_is_in_the_table():
    texts = [path.read_text("utf-8") for path in READMES]
    named = {name for text in texts for name in re.findall(r"tests\.benchmarks\.(\w+)", text)}
    assert named <= {path.stem for path in (ROOT / "tests" / "benchmarks").glob("*.py")}


@pytest.mark.parametrize("command", [c for c in COMMANDS if "-m pytest" in c and c != "python -m pytest"])
def test_what_contributors_are_told_to_run_is_there(command):
    """The files, variables and markers named; the tests themselves run here already."""
    variables, _, words = command.rpartition("python -m pytest ")
    assert re.fullmatch(r"(TF_ENABLE_ONEDNN_OPTS=0|ONEDNN_MAX_CPU_ISA=AVX\w+)? ?", variables)
    assert all((ROOT / word).exists() for word in re.findall(r"\b(?:tests|notebooks)\b\S*", words))
    assert "-m long" not in words or "long: " in (ROOT / "pyproject.toml").read_text("utf-8")
    assert "-k timeline" not in words or list((ROOT / "tests" / "studio").glob("*timeline*"))


@pytest.mark.parametrize("command", [c for c in COMMANDS if c.startswith(("python -m tests.fuzz", "lint-imports"))])
def test_other_commands_for_contributors(command):
    done = shell(command.replace("20000", "20") + (" --no-cache" if "lint" in command else ""), ROOT)
    assert done.returncode == 0, done.stdout + done.stderr


@pytest.mark.parametrize("block", [block for language, _, block in BLOCKS if language == "python"])
def test_python_blocks(tmp_path, block):
    done = subprocess.run([sys.executable, "-c", block], cwd=tmp_path, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    assert (tmp_path / "cat.png").is_file()
    assert len(done.stdout.splitlines()) == 20  # steps


def test_every_block_is_run_by_a_test():
    languages = {language for language, _, _ in BLOCKS}
    assert languages == {"bash", "bat", "python"}
    known = ("course_utils", "jupyter lab", "nbconvert", "tests.fuzz", "python -m pytest", "lint-imports")
    assert all(command in SET_UP or any(name in command for name in known) for command in COMMANDS)


def anchors(path):
    """The names that GitHub gives to a file's headings."""
    headings = re.findall(r"^#+ (.+)$", path.read_text("utf-8"), re.M)
    return {re.sub(r"[^\w\- ]", "", heading).lower().replace(" ", "-") for heading in headings}


@pytest.mark.parametrize("path", READMES, ids=lambda path: path.relative_to(ROOT).as_posix())
def test_links_resolve(path):
    for target in re.findall(r"\]\(([^)]+)\)|<img src=\"([^\"]+)\"", path.read_text("utf-8")):
        target = target[0] or target[1]
        if target.startswith("https://"):
            continue
        name, _, anchor = target.partition("#")
        assert (path.parent / name).exists(), target
        assert not anchor or anchor in anchors(path.parent / name), target


def test_the_readme_fits_on_two_screens():
    """As a browser shows it, 120 characters to a line, pictures and tables not counted: two times 60 lines."""
    text = re.sub(r"^(\||!\[|<img).*\n", "", (ROOT / "README.md").read_text("utf-8"), flags=re.M)
    assert sum(-(-len(line) // 120) for line in text.splitlines() if line.strip()) <= 2 * 60
