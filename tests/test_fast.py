"""Fast networks: training, files, pictures of any size."""

import numpy as np
import pytest

from course_utils import load_image
from course_utils.device import tf
from course_utils.errors import CheckpointError, CourseError, DivergenceError, NetworkError, OptionError
from course_utils.fast import WARM_UP, FastStyle, Training, fast_networks, share_of_rate
from course_utils.feedforward import PerceptualLoss, initial_weights, transform
from course_utils.options import TrainingOptions
from course_utils.samples import samples
from course_utils.storage import read_tree, write_tree

SMALL = {"crop": 64, "crops": 6, "batch": 2, "steps": 6}


def new(paintings="great_wave", photos=("cat", "pagoda"), **changes):
    return Training(paintings, photos, **SMALL | changes)


def untrained(*paintings):
    return FastStyle(initial_weights(len(paintings), 0), paintings, {})


def weights(training):
    return {name: each.numpy() for name, each in training.network.weights.items()}


def test_training_lowers_the_loss():
    steps = list(new(steps=20))
    assert [step.index for step in steps] == list(range(1, 21))
    assert steps[-1].progress == 1
    first, last = (np.mean([step.losses.total for step in part]) for part in (steps[:4], steps[-4:]))
    assert last < 0.8 * first  # 0.5 where it was tried


def test_the_same_seed_trains_the_same_network_and_another_seed_another():
    runs = [new(steps=2, seed=seed) for seed in (0, 0, 1)]
    histories = [list(run) for run in runs]
    assert histories[0] == histories[1] != histories[2]
    for name, each in weights(runs[0]).items():
        np.testing.assert_array_equal(each, weights(runs[1])[name])


@pytest.mark.parametrize("paintings", ["great_wave", ["great_wave", "summertime"]])
@pytest.mark.parametrize("after", [0, 1, 4])
def test_interrupted_and_resumed_it_ends_bit_for_bit_as_undisturbed(paintings, after, tmp_path):
    whole, begun = new(paintings), new(paintings)
    list(whole)
    done = [next(begun) for _ in range(after)]
    loaded = Training.load(begun.save(tmp_path / "network.npz"))
    assert loaded.history == done and loaded.options == whole.options
    list(loaded)
    assert loaded.history == whole.history
    for name, each in weights(whole).items():
        np.testing.assert_array_equal(weights(loaded)[name], each)


def test_pictures_given_as_arrays_are_kept_in_the_file(tmp_path):
    run = new(load_image("great_wave", 100), [load_image("cat", 100)])
    next(run)
    loaded = Training.load(run.save(tmp_path / "network.npz"))
    assert loaded.paintings == ["array 1"]
    assert next(loaded) == next(run)


def test_a_budget_of_minutes_ends_it():
    steps = list(new(minutes=0.02))
    assert steps[-1].progress == 1 and all(step.progress < 1 for step in steps[:-1])


@pytest.mark.parametrize("budget", [{"steps": 4}, {"minutes": 0.05}])
def test_the_learning_rate_follows_either_budget(budget, monkeypatch):
    asked = []
    monkeypatch.setattr("course_utils.fast.share_of_rate", lambda progress: asked.append(progress) or 0.5)
    steps = list(new(**budget))
    assert len(asked) == len(steps) and asked[0] < 0.9  # loading the pictures has taken some of the minutes
    assert asked[1:] == [step.progress for step in steps[:-1]]


def test_the_learning_rate_rises_and_then_falls_to_nothing():
    rates = [share_of_rate(progress) for progress in (0, WARM_UP / 2, WARM_UP, 0.5, 1)]
    np.testing.assert_allclose(rates, [0.01, 0.51, 1, 0.5, 0], atol=0.01)


def test_a_step_that_diverges_leaves_the_network_as_it_was(monkeypatch):
    run, original = new(), PerceptualLoss.losses_and_gradients

    def one_is_no_number(*arguments):
        losses, gradients = original(*arguments)
        return losses, gradients | {"out/bias": tf.constant([0.0, np.nan, 0.0])}

    next(run)
    before = weights(run)
    monkeypatch.setattr(PerceptualLoss, "losses_and_gradients", one_is_no_number)
    with pytest.raises(DivergenceError, match="step 2: the loss is not finite; lower the learning rate"):
        next(run)
    assert len(run.history) == 1
    for name, each in weights(run).items():
        np.testing.assert_array_equal(each, before[name])


def test_a_training_that_is_over_leaves_only_the_network(tmp_path):
    run = new(steps=1)
    list(run)
    path = run.save(tmp_path / "network.npz")
    assert path.stat().st_size < 1.5e6
    assert FastStyle.load(path).recipe["steps"] == 1
    with pytest.raises(CheckpointError, match="is over"):
        Training.load(path)


def test_one_that_is_not_over_can_be_used_already(tmp_path):
    run = new()
    next(run)
    network, now = FastStyle.load(run.save(tmp_path / "network.npz")), run.network
    np.testing.assert_array_equal(network("cat", size=64), now("cat", size=64))
    assert network.recipe == now.recipe


def test_it_resumes_without_the_files_it_has_read(tmp_path):
    photo = tmp_path / "photo.jpg"
    photo.write_bytes(samples("content")["cat"].read_bytes())
    run = new(photos=[photo])
    next(run)
    path = run.save(tmp_path / "network.npz")
    photo.unlink()
    loaded = Training.load(path)
    assert next(loaded) == next(run) and loaded.network.recipe["photos"] == ["photo"]


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"paintings": []}, "at least one painting"),
        ({"photos": []}, "at least one painting and one photo"),
        ({"paintings": ["great_wave", "great_wave"]}, "same name"),
        ({"paintings": "monet"}, "no file 'monet'"),
        ({"photos": ["dog"]}, "no file 'dog'"),
        ({"photos": "dog"}, "no file 'dog'"),
        ({"paintings": 3}, "an image"),
        ({"batch": 0}, "batch=0"),
        ({"crop": 20}, "crop=20"),
        ({"stepps": 3}, "no option stepps"),
        ({"device": "gpu:9"}, "gpu:9"),
    ],
)
def test_bad_input_is_refused(changes, message):
    with pytest.raises(CourseError, match=message):
        new(**changes)


@pytest.mark.parametrize("size", [(32, 32), (33, 47), (50, 401), (258, 61)])
def test_pictures_of_any_size(size, random_image):
    photo = random_image(*size).astype(np.float32)
    picture = untrained("a")(photo)
    assert picture.shape == photo.shape and picture.dtype == np.float32
    assert picture.min() >= 0 and picture.max() <= 1


def test_a_size_that_is_no_multiple_of_four_is_mirrored_and_cut(random_image):
    photo, network = random_image(34, 41).astype(np.float32), untrained("a")
    W = {name: tf.constant(each) for name, each in initial_weights(1, 0).items()}
    whole = transform(tf.constant(np.pad(photo, [(0, 0), (0, 2), (0, 3), (0, 0)], "symmetric")), W, tf.ones(1))
    np.testing.assert_allclose(network(photo), np.clip(whole[:, :34, :41], 0, 1), atol=1e-5)


def test_a_large_one_has_no_seams(monkeypatch, random_image):
    photo, network = random_image(70, 50).astype(np.float32), untrained("a")
    whole = network(photo)
    monkeypatch.setattr("course_utils.fast.LARGE", 100)
    np.testing.assert_allclose(network(photo), whole, atol=1e-4)


def test_paintings_are_chosen_by_name_or_mixed():
    network, photo = untrained("a", "b"), load_image("cat", 64)
    network.weights["in/scale"] = tf.constant([[1.0] * 16, [-1.0] * 16])
    pictures = [network(photo, each) for each in ("a", [1, 0], [3.0, 0.0], "b", [1, 1])]
    np.testing.assert_array_equal(pictures[0], pictures[1])
    np.testing.assert_array_equal(pictures[0], pictures[2])
    assert np.abs(pictures[0] - pictures[3]).max() > 0.01
    assert np.abs(pictures[0] - pictures[4]).max() > 0.001


@pytest.mark.parametrize(
    "painting", [None, "c", [1], [1, -1], [0, 0], [1, np.nan], [np.inf, 1], "ab", object(), [[1, 0]]]
)
def test_a_painting_that_it_does_not_know_is_refused(painting):
    with pytest.raises(OptionError, match="painting="):
        untrained("a", "b")("cat", painting, 64)


def test_files(tmp_path):
    network = untrained("a", "b")
    loaded = FastStyle.load(network.save(tmp_path / "network.npz"))
    assert (loaded.paintings, loaded.recipe) == (("a", "b"), {})
    np.testing.assert_allclose(loaded("cat", "b", 64), network("cat", "b", 64), atol=0.01)  # half precision
    with pytest.raises(NetworkError, match="no file 'wave', and no network of that name"):
        FastStyle.load("wave")
    (tmp_path / "text.npz").write_text("text")
    with pytest.raises(NetworkError, match="is not a network, or is damaged"):
        FastStyle.load(tmp_path / "text.npz")


@pytest.mark.parametrize(
    "change",
    [
        {"crops": np.zeros((6, 32, 32, 3), np.uint8)},
        {"crops": np.zeros((0, 64, 64, 3), np.uint8)},
        {"crops": np.zeros((6, 64, 64, 3), np.float32)},
        {"pictures": [np.full((1, 64, 64, 3), 2.0)]},
        {"pictures": []},
        {"adam": []},
        {"adam": None},
        {"history": [[{"total": 1.0}, 0.2]]},
        {"history": 3},
        {"seconds": -1e9},
        {"seconds": "long"},
        {"choices": {}},
    ],
)
def test_damaged_trainings_are_refused(change, tmp_path):
    path = new().save(tmp_path / "network.npz")
    tree = read_tree(path)
    write_tree(path, tree | {"training": tree["training"] | change})
    with pytest.raises(CheckpointError, match="is damaged, or from another version"):
        Training.load(path)


@pytest.mark.parametrize(
    "change",
    [
        {"paintings": []},
        {"paintings": ["a"]},
        {"paintings": [1, 2]},
        {"paintings": None},
        {"weights": {}},
        {"weights": None},
        {"recipe": 3},
        {"format": 2},
    ],
)
def test_damaged_files_are_refused(change, tmp_path):
    path = untrained("a", "b").save(tmp_path / "network.npz")
    write_tree(path, read_tree(path) | change)
    with pytest.raises(NetworkError, match=r"damaged|not a network"):
        FastStyle.load(path)


def test_weights_that_are_no_numbers_are_refused(tmp_path):
    network = untrained("a")
    network.weights["out/bias"] = tf.constant([0.0, np.nan, 0.0])
    with pytest.raises(NetworkError, match="out/bias is not an array of"):
        FastStyle.load(network.save(tmp_path / "network.npz"))


def test_the_networks_that_come_with_the_course():
    networks = fast_networks()
    assert list(networks) == sorted([*samples("style"), "five"])
    for name, path in networks.items():
        assert path.stat().st_size < 1.5e6
        network = FastStyle.load(name)
        assert network.paintings == (tuple(samples("style")) if name == "five" else (name,))
        assert network.recipe["steps"] >= 3000 and network.recipe["processor"]


def test_the_options_of_a_training_check_themselves():
    assert TrainingOptions().changed({"beta": 2.0}).beta == 2.0
    with pytest.raises(OptionError, match="learning_rate=0"):
        TrainingOptions(learning_rate=0)
    with pytest.raises(OptionError, match="nothing to aim at"):
        TrainingOptions(alpha=0, beta=0)
