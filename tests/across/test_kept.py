"""What somebody has is kept: pictures that were read, runs of others, links, arrays, rights."""

import os
import signal
from concurrent.futures import BrokenExecutor, Future
from fractions import Fraction

import numpy as np
import pytest

from course_utils import Job, Options, Transfer, stylize_many
from course_utils import __main__ as cli
from course_utils.cli.terminal import Saving
from course_utils.errors import CheckpointError, CourseError, ImageError, OptionError
from course_utils.images import Upload, load_image, save_image
from course_utils.objective import Objective
from course_utils.recipe import origin, read_recipe, save_with_recipe
from course_utils.run.stage import Stage
from course_utils.storage.archive import read_tree, write_tree
from course_utils.storage.files import require_writable
from course_utils.studio.controls import Controls

SMALL = {"size": 48, "levels": 1, "network": "vgg19-random"}
FLAGS = ["--size", "48", "--levels", "1", "--network", "vgg19-random", "--quiet"]
posix = pytest.mark.skipif(os.name == "nt", reason="Windows has no such files")


def stylize(*arguments):
    return cli.main(["stylize", *arguments])


@pytest.fixture(autouse=True)
def folder(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.fixture
def photo(folder):
    return save_image(load_image("cat", 64), folder / "mine.png")


def test_a_resumed_run_does_not_write_over_the_picture_it_was_made_from(photo, capsys):
    before = photo.read_bytes()
    assert stylize("mine.png", "summertime", *FLAGS, "--steps", "2", "--checkpoint", "run.npz", "-o", "new.png") == 0
    assert stylize("--resume", "run.npz", "-o", "mine.png", "--quiet") == cli.EXIT_BAD_INPUT
    assert "one of the input pictures" in capsys.readouterr().err
    assert photo.read_bytes() == before


def test_a_resumed_run_is_not_written_over_by_its_picture(capsys):
    assert stylize(*FLAGS, "--steps", "1", "--checkpoint", "run.png", "-o", "new.png") == 0
    arguments = ["--resume", "run.png", "--checkpoint", "other.npz", "-o", "run.png", "--quiet"]
    assert stylize(*arguments) == cli.EXIT_BAD_INPUT
    assert "the output run.png is also the saved run" in capsys.readouterr().err
    assert Transfer.load("run.png").history


@pytest.mark.parametrize("role", ["own", "another's", "mask"])
def test_no_job_writes_over_a_picture_that_is_read(role, photo):
    masked = Options(**SMALL, steps=1, protect="mine.png" if role == "mask" else None)
    reader = Job("cat" if role == "mask" else "mine.png", "summertime", masked, "mine.png" if role == "own" else None)
    writer = Job("pagoda", "no such file", masked, "sub.png" if role == "own" else "mine.png")
    with pytest.raises(ImageError, match="one of the input pictures"):
        stylize_many([reader, writer])


def test_another_programs_run_is_not_written_over(folder):
    run = Transfer("cat", "great_wave", steps=2, **SMALL)
    next(run)
    saving = Saving(folder / "run.npz", 30)
    saving.save(run)
    saving.save(run)  # its own
    other = run.save(folder / "other.npz").replace(folder / "run.npz")
    with pytest.raises(CheckpointError, match="written by another program"):
        saving.save(run)
    other.unlink()
    saving.save(run)


def test_a_run_is_saved_after_its_first_step(folder, monkeypatch):
    saved = []
    monkeypatch.setattr(Saving, "save", lambda self, run: saved.append(len(run.history)))
    assert stylize(*FLAGS, "--steps", "3", "--checkpoint", "run.npz", "--checkpoint-every", "1000") == 0
    assert saved == [1, 3]


def test_a_picture_whose_folder_has_gone_is_kept_elsewhere(folder, monkeypatch, capsys):
    (folder / "sub").mkdir()
    monkeypatch.setattr("tempfile.tempdir", str(folder))
    advance = Stage.advance

    def removing(stage, index):
        (folder / "sub").rmdir() if index == 2 else None
        return advance(stage, index)

    monkeypatch.setattr(Stage, "advance", removing)
    assert stylize(*FLAGS, "--steps", "2", "-o", "sub/new.png") == cli.EXIT_BAD_INPUT
    (rescued,) = folder.glob("*/new.png")
    assert f"the picture is in {rescued}" in capsys.readouterr().err
    assert load_image(rescued).shape[2] == 48


@posix
def test_a_link_stays_one_and_what_it_names_is_written(folder):
    (folder / "store").mkdir()
    (folder / "store" / "old.png").write_bytes(b"")
    (folder / "latest.png").symlink_to(folder / "store" / "old.png")
    save_image(load_image("cat", 64), "latest.png")
    assert (folder / "latest.png").is_symlink()
    assert load_image(folder / "store" / "old.png").shape[2] == 64


@posix
def test_links_in_a_circle_are_no_traceback(folder, capsys):
    (folder / "loop.npz").symlink_to("loop.npz")
    (folder / "loop.png").symlink_to("loop.png")
    stylize(*FLAGS, "--steps", "1", "--checkpoint", "loop.npz")
    list(stylize_many([Job("cat", "summertime", Options(**SMALL, steps=1), "loop.png")]))
    assert "Traceback" not in capsys.readouterr().err


@posix
def test_who_may_read_a_file_stays(folder):
    path = save_image(load_image("cat", 64), "mine.png")
    path.chmod(0o600)
    assert save_image(load_image("cat", 64), path).stat().st_mode & 0o777 == 0o600


@posix
def test_another_users_file_in_a_folder_like_tmp_is_refused_before_the_work(photo, folder, monkeypatch):
    folder.chmod(0o1777)
    require_writable(photo)
    monkeypatch.setattr("os.geteuid", lambda: os.getuid() + 1)
    with pytest.raises(PermissionError, match="another user's file"):
        require_writable(photo)
    require_writable(folder / "new.png")


@posix
@pytest.mark.parametrize("read", [Transfer.load, read_recipe], ids=["run", "recipe"])
def test_a_pipe_is_refused_rather_than_waited_for(read, folder):
    os.mkfifo(folder / "pipe")
    signal.alarm(20)
    try:
        with pytest.raises(CourseError, match="pipe is not a regular file"):
            read(folder / "pipe")
    finally:
        signal.alarm(0)


def test_a_run_has_its_own_copy_of_an_array():
    array = load_image("cat", 48)
    run, same = (Transfer(each, "great_wave", steps=3, **SMALL) for each in (array, array.copy()))
    array[:] = 0.5
    list(run), list(same)
    np.testing.assert_array_equal(run.image, same.image)


@pytest.mark.parametrize("value", [np.array([None], object), {1: 2}, {(1, 2): 3}, Fraction(1, 2), object], ids=repr)
def test_what_could_not_be_read_again_is_not_saved_and_the_old_file_is_kept(value, folder):
    run = Transfer("cat", "great_wave", **SMALL)
    path = run.save("run.npz")
    run.note["value"] = value
    with pytest.raises(CheckpointError):
        run.save(path)
    assert Transfer.load(path).note == {}


@pytest.mark.parametrize(
    "changes",
    [
        {"schedule": {"spent": "abc"}},
        {"schedule": {"level": -1}},
        {"stage": None},
        {"stage": {name: np.zeros((1, 40, 40, 3), np.float32) for name in ("x", "gradient", "best")}},
        {"stage": {name: np.zeros((1, 32, 48, 3), np.float64) for name in ("x", "gradient", "best")}},
        {"stage": {"next": np.zeros((1, 3, 3, 3), np.float32)}},
        {"format": np.zeros(3)},
        {"stage": {"rule": {"pairs": {}, "restarts": 0, "accepted": (-1, 0.0, -1), "line": (0.0, 0.0, 0)}}},
        {
            "stage": {
                "rule": {"pairs": {"slots": ["a"], "dots": np.eye(2), "rows": np.eye(2), "scale": 1.0, "start": {}}}
            }
        },
        {"stage": {"now": ("a", "b", "c", "d", {})}},
    ],
    ids=repr,
)
def test_values_that_no_run_has_are_refused_in_words_and_the_file_is_kept(changes, folder, capsys):
    run = Transfer("cat", "great_wave", steps=4, **SMALL)
    next(run), next(run)
    tree = read_tree(run.save("run.npz"))
    for name, change in changes.items():
        tree[name] = tree[name] | change if isinstance(change, dict) else change
    before = write_tree("run.npz", tree).read_bytes()
    assert stylize("--resume", "run.npz", "--quiet") == cli.EXIT_BAD_INPUT
    assert "damaged, or from another version" in capsys.readouterr().err
    assert (folder / "run.npz").read_bytes() == before
    assert not (folder / "stylized.png").exists()


@pytest.mark.parametrize("read", [5, "mine.png", [5, None]])
def test_a_note_that_names_no_pictures_does_no_harm(read):
    run = Transfer("cat", "great_wave", steps=1, **SMALL)
    run.note["read"] = read
    run.save("run.npz")
    assert stylize("--resume", "run.npz", "--quiet", "-o", "5.png") == 0


def test_a_fault_of_ours_in_a_loaded_run_is_blamed_on_the_file_in_its_first_step_only(monkeypatch):
    run = Transfer.load(Transfer("cat", "great_wave", steps=3, **SMALL).save("run.npz"))
    next(run)
    monkeypatch.setattr(Stage, "advance", lambda *_: 1 / 0)
    with pytest.raises(ZeroDivisionError):
        next(run)


def test_an_interrupted_reweight_leaves_the_run_as_it_was(monkeypatch):
    def interrupted(*_):
        raise KeyboardInterrupt

    run, same = (Transfer("cat", "great_wave", steps=4, **SMALL) for _ in range(2))
    next(run), next(same)
    with monkeypatch.context() as patched:
        patched.setattr(Objective, "losses_and_gradient", interrupted)
        with pytest.raises(KeyboardInterrupt):
            run.reweight(beta=3000.0)
    assert run.options.beta == same.options.beta
    list(run), list(same)
    np.testing.assert_array_equal(run.image, same.image)


def test_lists_of_different_lengths_and_fractions_are_refused_in_words():
    for wrong in ({"content": [[1, 2], [3]]}, {"masks": ([[1.0, 0.0], [1.0]],)}):
        with pytest.raises(ImageError, match="is an array of numbers"):
            Transfer(**{"content": "cat", "style": "great_wave"} | wrong)
    with pytest.raises(OptionError, match="a number is needed"):
        Options(alpha=Fraction(1, 2))


def test_a_name_in_no_encoding_is_kept_in_a_recipe():
    name = "ph\udcffoto.jpg"  # so Python calls a file whose name is no UTF-8
    run = Transfer("cat", "great_wave", steps=1, **SMALL)
    run.note = origin(name, "great_wave", run.options)
    next(run)
    assert read_recipe(save_with_recipe(run, "recipe.png")).content == name


@pytest.mark.parametrize("name", ["mask.png", "a, b.png", " lead.png"])
def test_masks_that_could_be_mixed_up_are_refused(name):
    controls = Controls(Options())
    controls.add_mask(Upload("mask.png", b"first"), None)
    with pytest.raises(ImageError, match="rename it"):
        controls.add_mask(Upload(name, b"second"), None)


def test_a_killed_worker_is_told_with_what_to_do():
    class Killed:
        def submit(self, *_):
            future = Future()
            future.set_exception(BrokenExecutor("gone"))
            return future

    (outcome,) = stylize_many([Job("cat", "great_wave")], Killed())
    assert "not done: try it again" in str(outcome.error)
