"""`python -m course_utils stylize` and the one line that bad input gets."""

import contextlib
import os
import re
import signal
import subprocess
import sys

import PIL.Image
import pytest

from course_utils import __main__ as cli
from course_utils.cli import stylize
from course_utils.errors import DivergenceError
from course_utils.images import load_image
from course_utils.options import Options

QUICK = ["--size", "64", "--steps", "2", "--network", "vgg19-random"]


def run(*arguments, cwd=None, **options):
    command = [sys.executable, "-m", "course_utils", *map(str, arguments)]
    return subprocess.run(command, cwd=cwd, capture_output=True, text=True, timeout=300, encoding="utf-8", **options)


def test_stylize_writes_the_picture_and_one_line(tmp_path):
    done = run("stylize", "cat", "summertime", "-o", "out.jpg", *QUICK, cwd=tmp_path)
    assert done.returncode == 0
    assert re.fullmatch(
        r"out\.jpg  loss [\d.]+ \(content [\d.e-]+, style [\d.]+, tv [\d.]+\)  [\d.]+ s\n", done.stdout
    )
    assert load_image(tmp_path / "out.jpg").shape == (1, 43, 64, 3)  # 300/451 · 64 = 42.6
    assert [path.name for path in tmp_path.iterdir()] == ["out.jpg"]
    assert "starting TensorFlow" in done.stderr
    assert "64×43 px, step 2, loss" in done.stderr
    assert "oneDNN" not in done.stderr


def test_without_arguments_it_is_the_sample_pair_to_stylized_png(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    seen = {}

    def instead(content, style, options):
        seen.update(content=content, style=style, options=options)
        raise KeyboardInterrupt

    monkeypatch.setattr(stylize, "compose", instead)
    assert cli.main(["stylize"]) == 130
    assert seen == {"content": "pagoda", "style": ["great_wave"], "options": Options()}
    assert stylize.OUTPUT == "stylized.png"


def test_a_learning_rate_that_never_helps_is_told(tmp_path):
    done = run("stylize", *QUICK, "--optimizer", "gd", "--learning-rate", "1e9", cwd=tmp_path)
    assert done.returncode == 0
    assert "warning: no step improved on the start: lower the learning rate" in done.stderr


@pytest.mark.skipif(os.name == "nt", reason="needs a POSIX shell")
def test_a_reader_that_goes_away_is_no_traceback():
    command = f"{sys.executable} -m course_utils doctor | head -1"
    done = subprocess.run(command, shell=True, capture_output=True, text=True)
    assert done.stdout.startswith("Python 3.")
    assert "Traceback" not in done.stderr


def test_quiet_prints_nothing(tmp_path):
    done = run("stylize", "pagoda", "great_wave", "--quiet", *QUICK, cwd=tmp_path)
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")
    assert (tmp_path / "stylized.png").is_file()


def test_flags_reach_the_options(monkeypatch):
    flags = {
        "size": ("300", 300),
        "steps": ("7", 7),
        "until": ("5", 5.0),
        "alpha": ("0.5", 0.5),
        "beta": ("3", 3.0),
        "tv": ("0", 0.0),
        "optimizer": ("gd", "gd"),
        "learning_rate": ("2.5", 2.5),
        "network": ("vgg19", "vgg19"),
        "pooling": ("avg", "avg"),
        "padding": ("zero", "zero"),
        "content_layers": ("conv3_1,conv4_2", ("conv3_1", "conv4_2")),
        "style_layers": ("conv1_1,conv2_1", ("conv1_1", "conv2_1")),
        "style_weights": ("1,2.5", (1.0, 2.5)),
        "color": ("match", "match"),
        "brightness": ("style", "style"),
        "style_mix": ("1,2", (1.0, 2.0)),
        "style_scale": ("1.5,1", (1.5, 1.0)),
        "masks": ("left,right", ("left", "right")),
        "protect": ("middle", "middle"),
        "init": ("noise", "noise"),
        "levels": ("1", 1),
        "seed": ("11", 11),
        "memory": ("2.5", 2.5),
        "device": ("cpu", "cpu"),
        "precision": ("float32", "float32"),
        "convolution": ("turned", "turned"),
    }
    assert flags.keys() | {"seconds"} == Options.__dataclass_fields__.keys()
    seen = []
    monkeypatch.setattr(stylize, "compose", lambda content, style, options: seen.append(options) or 1 / 0)
    words = [word for name, (text, _) in flags.items() for word in (f"--{name.replace('_', '-')}", text)]
    for arguments, expected in (
        (
            ["pagoda", "great_wave", "summertime", *words, *words],
            Options(**{name: value for name, (_, value) in flags.items()}),
        ),
        (["--seconds", "9"], Options(seconds=9.0)),
    ):
        with pytest.raises(ZeroDivisionError):
            cli.main(["stylize", *arguments])
        assert seen[-1] == expected


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["stylize", "README.md", "pagoda"], "error: README.md is not a picture in a known format"),
        (["stylize", "nowhere.png"], "error: no file 'nowhere.png', and no sample of that name"),
        (["stylize", ".", "pagoda"], "error: . is a directory"),
        (["stylize", "--beta", "nan"], "error: beta=nan: a finite number is needed"),
        (["stylize", "--alpha", "-1"], "error: alpha=-1.0: it must be at least 0"),
        (["stylize", "--steps", "0"], "error: steps=0: it must be at least 1"),
        (["stylize", "--steps", "x"], "error: argument --steps: invalid int value: 'x'"),
        (
            ["stylize", "--steps", "5", "--seconds", "5"],
            "error: argument --seconds: not allowed with argument --steps",
        ),
        (["stylize", "--optimizer", "sgd"], "error: argument --optimizer: invalid choice: 'sgd'"),
        (["stylize", "--style-weights", "1,x"], "error: argument --style-weights: '1,x' is not a list of numbers"),
        (["stylize", "--network", "vgg61"], "error: argument --network: invalid choice: 'vgg61'"),
        (["stylize", "-o", "x.xyz"], "error: cannot tell the format of x.xyz"),
        (["stylize", "-o", "no/such/x.png"], "error: there is no folder"),
        (["stylize", "data/content/cat.jpg", "-o", "data/content/cat.jpg"], "error: the output"),
        (["stylize", "--unknown"], "error: unrecognized arguments: --unknown"),
        (["stylise"], "error: argument COMMAND: invalid choice: 'stylise'"),
        ([], "error: the following arguments are required: COMMAND"),
    ],
)
def test_bad_input_is_one_line_and_status_2(arguments, message, capsys, monkeypatch, request):
    monkeypatch.chdir(request.config.rootpath)
    assert cli.main(arguments) == 2
    printed = capsys.readouterr()
    assert printed.out == ""
    assert printed.err.startswith(message)
    assert printed.err.count("\n") == 1


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["README.md", "pagoda"], "not a picture in a known format"),
        (["--style-layers", "conv9_1"], "no layer 'conv9_1'"),
        (["--device", "gpu:9"], "tensorflow[and-cuda]"),
    ],
)
def test_bad_input_is_one_line_in_a_real_process(arguments, message, tmp_path, request):
    done = run("stylize", *arguments, "-o", tmp_path / "x.png", cwd=request.config.rootpath)
    assert done.returncode == 2
    assert done.stdout == ""
    lines = [line for line in re.split(r"[\r\n]+", done.stderr) if line.strip() and "starting TensorFlow" not in line]
    assert len(lines) == 1
    assert lines[0].startswith("error: ")
    assert message in lines[0]
    assert not list(tmp_path.iterdir())


@contextlib.contextmanager
def interruptible(*arguments, cwd):
    """Start the program so that it hears SIGINT even where our own parent, a background shell, ignores it."""
    code = (
        "import runpy, signal; signal.signal(signal.SIGINT, signal.default_int_handler); "
        "runpy.run_module('course_utils', run_name='__main__', alter_sys=True)"
    )
    process = subprocess.Popen(
        [sys.executable, "-c", code, "stylize", *arguments],
        cwd=cwd,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    )
    try:
        yield process
    finally:
        process.kill()
        process.communicate()


def wait_for(process, text):
    seen = b""
    while text not in seen:
        chunk = os.read(process.stderr.fileno(), 4096)
        assert chunk, seen
        seen += chunk


@pytest.mark.skipif(os.name == "nt", reason="Windows has no SIGINT for one child")
def test_ctrl_c_saves_the_best_picture_so_far(tmp_path):
    with interruptible("--steps", "100000", "--size", "64", "-o", "x.png", cwd=tmp_path) as process:
        wait_for(process, b" px, step ")
        process.send_signal(signal.SIGINT)
        out, _ = process.communicate(timeout=60)
    assert process.returncode == 130
    assert re.match(r"interrupted: x\.png  loss ", out.decode())
    assert load_image(tmp_path / "x.png").shape == (1, 43, 64, 3)
    assert [path.name for path in tmp_path.iterdir()] == ["x.png"]


@pytest.mark.skipif(os.name == "nt", reason="Windows has no SIGINT for one child")
def test_ctrl_c_before_the_first_step_says_so(tmp_path):
    with interruptible(cwd=tmp_path) as process:
        wait_for(process, b"starting")
        process.send_signal(signal.SIGINT)
        _, err = process.communicate(timeout=60)
    assert process.returncode == 130
    assert err.decode().rstrip().endswith("interrupted before the first step: nothing saved")
    assert not list(tmp_path.iterdir())


def test_a_run_that_fails_half_way_saves_the_best_picture_and_says_so(tmp_path, capsys, monkeypatch):
    def fail_at_the_third(self, x, loss, gradient):
        self.calls = getattr(self, "calls", 0) + 1
        if self.calls == 3:
            raise DivergenceError("the loss is nan: lower the learning rate")
        return x - gradient

    monkeypatch.setattr("course_utils.descent.GradientDescent.update", fail_at_the_third)
    output = tmp_path / "x.png"
    assert cli.main(["stylize", "--optimizer", "gd", "-o", str(output), "--quiet", *QUICK[:2], "--steps", "5"]) == 2
    assert capsys.readouterr().err == (
        f"error: step 3: the loss is nan: lower the learning rate; the best picture so far is in {output}\n"
    )
    assert load_image(output).shape == (1, 43, 64, 3)


def test_a_name_with_spaces_and_chinese_characters(tmp_path):
    photo = tmp_path / "我的 照片.png"
    PIL.Image.effect_noise((64, 64), 50).save(photo)
    done = run("stylize", photo, photo, "-o", tmp_path / "结果 1.png", *QUICK, cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    assert load_image(tmp_path / "结果 1.png").shape == (1, 64, 64, 3)


def test_a_terminal_that_cannot_show_greek_is_survived(tmp_path):
    done = run("stylize", "--help", cwd=tmp_path, env=os.environ | {"PYTHONIOENCODING": "ascii", "PYTHONUTF8": "0"})
    assert done.returncode == 0
    assert "--beta X" in done.stdout


def test_help_names_every_option_with_its_default(capsys):
    with pytest.raises(SystemExit) as ended:
        cli.main(["stylize", "--help"])
    assert ended.value.code == 0
    text = " ".join(capsys.readouterr().out.split())
    for name, option in Options.__dataclass_fields__.items():
        assert f"--{name.replace('_', '-')} " in text
        if option.default is not None:
            default = option.default if not isinstance(option.default, tuple) else ",".join(map(str, option.default))
            assert f"({default})" in text
