"""A run that was saved, ended and loaded goes on to exactly the same picture."""

import json
import zipfile

import numpy as np
import pytest

from course_utils import Transfer
from course_utils.descent import RULES
from course_utils.errors import CheckpointError, OptionError
from course_utils.features import load_network
from course_utils.storage.archive import read_tree, write_tree
from course_utils.transfer import FORMAT

SMALL = {"size": 64, "steps": 8, "network": "vgg19-random"}
KINDS = {
    **{rule: {"optimizer": rule, "levels": 1} for rule in RULES},
    "pyramid": {"size": 128, "levels": 2, "steps": 9},
    "bfloat16 or float32": {"network": "vgg19", "size": 96, "steps": 6},
    "winograd": {"network": "vgg19", "convolution": "winograd", "size": 64, "levels": 1, "steps": 6},
    "until": {"until": 10, "levels": 1, "steps": 100},
    "luminance": {"color": "luminance"},
    "protect": {"protect": "middle"},
    "masks and paintings": {"masks": ("left", "right"), "style": ["great_wave", "summertime"]},
    "noise": {"init": "noise", "seed": 3},
    "tiles": {"size": 400, "steps": 3, "levels": 1, "memory": 1.0, "style_layers": ("conv1_1", "conv2_1"),
              "content_layers": ("conv2_2",)},
}  # fmt: skip


def new(style="great_wave", **changes):
    return Transfer("pagoda", style, **SMALL | changes)


@pytest.mark.parametrize(("kind", "after"), [("pyramid", 0), *((kind, 5) for kind in KINDS)])
def test_it_goes_on_bit_for_bit(kind, after, tmp_path):
    whole, begun = new(**KINDS[kind]), new(**KINDS[kind])
    steps = list(whole)
    assert (kind == "tiles") == (whole.levels[0].tile is not None)
    done = [next(begun) for _ in range(min(after, len(steps) - 1))]
    path = begun.save(tmp_path / "run.npz")
    begun = None
    loaded = Transfer.load(path)
    assert loaded.history == done
    np.testing.assert_array_equal([step.losses.total for step in loaded], [s.losses.total for s in steps[len(done) :]])
    np.testing.assert_array_equal(loaded.image, whole.image)
    assert (loaded.losses, loaded.best_index, loaded.history) == (whole.losses, whole.best_index, whole.history)
    assert loaded.options == whole.options


def test_a_steered_run_keeps_its_weights(tmp_path):
    runs = [new(), new()]
    for run in runs:
        next(run)
        run.reweight(beta=2.0)
        next(run)
    loaded = Transfer.load(runs[0].save(tmp_path / "run.npz"))
    assert loaded.options.beta == 2.0
    for run in (runs[1], loaded):
        list(run)
    np.testing.assert_array_equal(loaded.image, runs[1].image)


@pytest.mark.parametrize("optimizer", RULES)
def test_interrupted_in_the_middle_of_a_step_it_still_goes_on_bit_for_bit(optimizer, tmp_path, monkeypatch):
    whole, begun = new(optimizer=optimizer), new(optimizer=optimizer)
    list(whole)
    for _ in range(3):
        next(begun)

    def interrupted(x):
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(begun.stage.objective, "losses_and_gradient", interrupted)
        with pytest.raises(KeyboardInterrupt):
            next(begun)
    loaded = Transfer.load(begun.save(tmp_path / "run.npz"))
    for run in (begun, loaded):
        list(run)
        np.testing.assert_array_equal(run.image, whole.image)


def test_a_finished_run_is_still_finished(tmp_path):
    run = new()
    list(run)
    loaded = Transfer.load(run.save(tmp_path / "run.npz"))
    assert list(loaded) == []
    np.testing.assert_array_equal(loaded.image, run.image)


def test_a_network_without_a_name_is_refused_in_words(tmp_path):
    run = new(network=load_network("vgg19-random").model, content_layers=("conv2_1",), style_layers=("conv1_1",))
    with pytest.raises(CheckpointError, match="only networks, pictures and masks by name"):
        run.save(tmp_path / "run.npz")
    assert list(tmp_path.iterdir()) == []


def test_a_place_that_cannot_be_written_is_refused_in_words(tmp_path):
    (tmp_path / "folder").mkdir()
    for place in (tmp_path / "nowhere" / "run.npz", tmp_path / "folder"):
        with pytest.raises(CheckpointError, match="cannot write"):
            new().save(place)
    assert [each.name for each in tmp_path.iterdir()] == ["folder"]


def test_a_tree_comes_back_as_it_was(tmp_path):
    tree = {"a": [1, 2.5, None, True], "b": (np.arange(3), "ü", np.float64(0.1)), "c": {"array": 1}, "d": {}, "e": ()}
    back = read_tree(write_tree(tmp_path / "tree", tree))
    np.testing.assert_array_equal(back["b"][0], tree["b"][0])
    assert {**back, "b": back["b"][1:]} == {**tree, "b": tree["b"][1:]}
    assert back["b"][0].flags.writeable


def test_no_file_is_refused_in_words(tmp_path):
    with pytest.raises(CheckpointError, match="cannot read"):
        Transfer.load(tmp_path / "none.npz")
    with pytest.raises(CheckpointError, match="is not a regular file"):
        Transfer.load(tmp_path)


@pytest.mark.parametrize("content", [b"", b"PK", b"\x93NUMPY", b"text", b"\x80\x04K\x01."], ids=repr)
def test_another_file_is_refused_in_words(content, tmp_path):
    (tmp_path / "run.npz").write_bytes(content)
    with pytest.raises(CheckpointError, match=r"run\.npz is not a saved run, or is damaged"):
        Transfer.load(tmp_path / "run.npz")


def test_pickled_objects_are_not_read(tmp_path):
    class Trap:
        def __reduce__(self):
            return (tmp_path / "sprung").touch, ()

    np.savez(tmp_path / "run.npz", tree=np.array([Trap()], object))
    with pytest.raises(CheckpointError):
        Transfer.load(tmp_path / "run.npz")
    assert not (tmp_path / "sprung").exists()


def test_a_run_of_another_version_is_refused_in_words(tmp_path):
    write_tree(tmp_path / "run.npz", {"format": 0})
    with pytest.raises(CheckpointError, match="not a run saved by this version"):
        Transfer.load(tmp_path / "run.npz")


@pytest.fixture(scope="module")
def saved(tmp_path_factory):
    run = new(steps=4)
    next(run), next(run)
    return run.save(tmp_path_factory.mktemp("saved") / "run.npz").read_bytes()


@pytest.mark.parametrize("place", np.linspace(0, 0.999, 20).round(3))
def test_a_truncated_file_is_refused_in_words(saved, place, tmp_path):
    (tmp_path / "run.npz").write_bytes(saved[: int(place * len(saved))])
    with pytest.raises(CheckpointError, match=r"run\.npz"):
        Transfer.load(tmp_path / "run.npz")


@pytest.mark.parametrize("seed", range(20))
def test_a_changed_byte_is_noticed_or_without_effect(saved, seed, tmp_path):
    changed, generator = bytearray(saved), np.random.default_rng(seed)
    changed[generator.integers(len(saved))] ^= 1 << generator.integers(8)
    (tmp_path / "run.npz").write_bytes(changed)
    (tmp_path / "intact.npz").write_bytes(saved)
    try:
        loaded = Transfer.load(tmp_path / "run.npz")
    except CheckpointError:
        return
    np.testing.assert_array_equal(loaded.image, Transfer.load(tmp_path / "intact.npz").image)


@pytest.mark.parametrize(
    "change",
    [
        lambda tree: tree.pop("scene"),
        lambda tree: tree.update(history=5),
        lambda tree: tree["schedule"].update(level=9),
        lambda tree: tree["stage"].pop("rule"),
        lambda tree: tree["stage"]["rule"].update(pairs={"slots": [99]}),
        lambda tree: tree["options"].update(nonsense=1),
        lambda tree: tree["options"].update(size="large"),
        lambda tree: tree["scene"].update(photo=np.zeros(3)),
    ],
)
def test_a_tree_with_something_wrong_is_refused_in_words(saved, change, tmp_path):
    (tmp_path / "intact.npz").write_bytes(saved)
    tree = read_tree(tmp_path / "intact.npz")
    change(tree)
    write_tree(tmp_path / "run.npz", tree)
    with pytest.raises((CheckpointError, OptionError), match=r"damaged, or from another version|size='large'"):
        Transfer.load(tmp_path / "run.npz")


def test_the_file_is_npz_that_numpy_reads_by_itself(saved, tmp_path):
    (tmp_path / "run.npz").write_bytes(saved)
    assert zipfile.is_zipfile(tmp_path / "run.npz")
    with np.load(tmp_path / "run.npz") as file:
        tree = json.loads(file["tree"].tobytes())
    assert tree["dict"]["format"] == FORMAT
