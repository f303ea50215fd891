import itertools
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from course_utils.device import tf
from course_utils.errors import DivergenceError, ImageError, OptionError
from course_utils.features import FeatureExtractor
from course_utils.images import load_image, save_image
from course_utils.motion import mean_warping_error
from course_utils.objective import Objective
from course_utils.options import HOLD, VideoOptions
from course_utils.run import Stage
from course_utils.storage import read_tree, write_tree
from course_utils.transfer import stylize
from course_utils.video import FastVideo, TemporalObjective, VideoTransfer

ROOT = Path(__file__).resolve().parents[1]
SMALL = {"size": 64, "steps": 3, "frame_steps": 2, "network": "vgg19-random", "levels": 1}
DELTA = 30.0


@pytest.fixture(scope="module")
def pan():
    """Seven crops that move over a photo, a pixel to the right from each to the next."""
    photo = np.round(load_image("pagoda", 128)[0] * 255).astype(np.uint8)
    return [photo[20:68, 10 + k : 74 + k] for k in range(7)]


def video(frames, **options):
    return VideoTransfer(frames, "great_wave", **SMALL | options)


def images(frames, **options):
    return [frame.image for frame in video(frames, **options)]


@pytest.fixture
def terms(small_network, random_image):
    """An objective in float64, a target and a mask for it, and a picture."""
    inner = Objective(
        FeatureExtractor(small_network, ["first", "second"]),
        random_image(6, 8, 1),
        random_image(10, 4, 2),
        ["second"],
        {"first": 3.0, "second": 1.0},
        0.7,
        1.3,
        0.9,
    )
    seen = np.random.default_rng(4).uniform(size=(6, 8)) < 0.6
    return inner, random_image(6, 8, 3), seen, random_image(6, 8, 5)


def test_the_temporal_term_is_the_mean_over_all_pixels_of_the_masked_square(terms):
    inner, target, seen, x = terms
    losses = TemporalObjective(inner, target, seen, DELTA).losses_and_gradient(tf.constant(x))[0].numpy()
    expected = np.square(x - target)[0, seen].sum() / x.size
    assert losses.temporal == pytest.approx(expected, rel=1e-12)
    assert losses.total == pytest.approx(float(inner.losses(tf.constant(x)).total) + DELTA * expected, rel=1e-12)


def test_its_gradient_equals_finite_differences(terms):
    inner, target, seen, x = terms
    objective, step = TemporalObjective(inner, target, seen, DELTA), 1e-6
    expected = np.zeros_like(x)
    for index in np.ndindex(x.shape):
        around = []
        for sign in (1, -1):
            moved = x.copy()
            moved[index] += sign * step
            around.append(float(objective.losses_and_gradient(tf.constant(moved))[0].total))
        expected[index] = (around[0] - around[1]) / (2 * step)
    gradient = objective.losses_and_gradient(tf.constant(x))[1].numpy()
    # central differences err by step² and by rounding/step, both about 1e-10 here
    np.testing.assert_allclose(gradient, expected, atol=1e-7 * np.abs(expected).max() + 1e-9)
    own = gradient - inner.losses_and_gradient(tf.constant(x))[1].numpy()
    assert np.abs(own[0, seen]).max() > 1e-2 and not own[0, ~seen].any()


def test_without_weight_it_is_the_wrapped_objective_bit_for_bit(terms):
    inner, target, seen, x = terms
    x = tf.constant(x)
    (wrapped, gradient), (own, expected) = (
        each.losses_and_gradient(x) for each in (TemporalObjective(inner, target, seen, 0), inner)
    )
    np.testing.assert_array_equal(gradient, expected)
    assert wrapped.numpy()._replace(temporal=0.0) == own.numpy()


def test_its_pulls_are_the_norms_of_the_weighted_gradients(terms):
    inner, target, seen, x = terms
    x = tf.constant(x)
    objective = TemporalObjective(inner, target, seen, DELTA)
    gradient, plain = objective.losses_and_gradient(x)[1], inner.losses_and_gradient(x)[1]
    pulls = {name: float(pull) for name, pull in objective.pulls(x, gradient).items()}
    assert pulls.pop("temporal") == pytest.approx(float(tf.norm(gradient - plain)), rel=1e-9)
    assert pulls == pytest.approx({name: float(pull) for name, pull in inner.pulls(x, plain).items()}, rel=1e-9)


def test_its_weights_are_those_of_the_wrapped_objective(terms):
    inner, target, seen, _ = terms
    objective = TemporalObjective(inner, target, seen, DELTA)
    objective.reweight(1.0, 2.0, 3.0)
    assert [float(weight) for weight in objective.weights] == [1, 2, 3] == [float(each) for each in inner.weights]
    before = inner.weights
    objective.reweight(0.0, 0.0, 0.0)
    objective.weights = before
    assert inner.weights is before


def test_a_video_is_an_iterator_of_its_frames(pan):
    run = video(pan[:3])
    frames = list(run)
    assert [frame.index for frame in frames] == [1, 2, 3] and run.done == 3
    for frame in frames:
        assert frame.image.shape == (1, 48, 64, 3) and frame.image.dtype == np.float32
        assert 0 <= frame.image.min() <= frame.image.max() <= 1
    assert frames[0].losses.temporal == 0 < frames[1].losses.temporal
    assert list(run) == []


def test_the_first_frame_is_a_picture_like_any_other(pan):
    options = {name: value for name, value in SMALL.items() if name != "frame_steps"}
    np.testing.assert_array_equal(images(pan[:1])[0], stylize(pan[0], "great_wave", **options))


def test_frames_are_read_one_at_a_time(pan):
    read = []

    def frames():
        for number, frame in enumerate(pan, 1):
            read.append(number)
            yield frame

    run = video(frames())
    assert read == []
    for expected in (1, 2, 3):
        next(run)
        assert read == list(range(1, expected + 1))


def test_a_later_frame_starts_from_the_warped_result_of_the_one_before(pan):
    """Held fast by the temporal term, it stays there: a pan's result is the first one's, moved by a pixel."""
    first, second = images(pan[:2], delta=1e9)
    inner = slice(None), slice(16, -16), slice(16, -16)  # px: away from the border, where DIS is exact
    assert np.abs(second[:, :, :-1] - first[:, :, 1:])[inner].mean() < 0.004  # of [0, 1]; 8-bit rounding is 0.001
    assert np.abs(second - first)[inner].mean() > 0.02  # it does move


def test_a_still_video_stays_still_by_the_temporal_term(pan):
    change = {}
    for delta in (0, 1e4):
        results = images([pan[0]] * 4, delta=delta, network="vgg19")
        change[delta] = max(np.abs(b - a).mean() for a, b in itertools.pairwise(results))
    assert change[0] > 0.005  # of [0, 1]: the descent goes on
    assert change[1e4] < 0.002  # 8-bit rounding is 0.001


def test_going_on_from_what_was_kept_gives_the_same_video(pan, tmp_path):
    """From a saved state, and from the 8-bit frames in a folder, bit for bit."""
    whole = images(pan)
    stopped = video(pan)
    list(itertools.islice(stopped, 5))
    state = read_tree(write_tree(tmp_path / "state", stopped.state()))
    assert state["done"] == 5 and len(state["results"]) == 4  # the furthest of `back`
    files = [load_image(save_image(image, tmp_path / f"{number}.png")) for number, image in enumerate(whole[:5])]
    for kept in (state, {"done": 5, "results": files}, {"done": 5, "results": files[1:]}):
        resumed = list(video(pan, **kept))
        assert [frame.index for frame in resumed] == [6, 7]
        np.testing.assert_array_equal([frame.image for frame in resumed], whole[5:])
    np.testing.assert_array_equal(images(pan[:2], done=1, results=files[:1]), whole[1:2])


def test_an_interrupted_frame_is_begun_again(pan, monkeypatch):
    whole, advance, calls = images(pan[:3]), Stage.advance, []

    def interrupted(stage, index):
        calls.append(index)
        if len(calls) == SMALL["steps"] + SMALL["frame_steps"]:  # the last step of the second frame
            raise KeyboardInterrupt
        return advance(stage, index)

    monkeypatch.setattr(Stage, "advance", interrupted)
    run = video(pan[:3])
    done = [next(run).image]
    with pytest.raises(KeyboardInterrupt):
        next(run)
    np.testing.assert_array_equal(done + [frame.image for frame in run], whole)


def test_only_the_luminance_is_repainted(pan):
    for frame, image in zip(pan[:2], images(pan[:2], color="luminance"), strict=True):
        chroma = [each - each.mean(-1, keepdims=True) for each in (image[0], frame / 255)]
        assert np.corrcoef(*(each.ravel() for each in chroma))[0, 1] > 0.9  # paler in places, never another colour
        assert np.abs(image[0] - frame / 255).mean() > 0.01


def test_what_is_protected_stays_as_it_is(pan):
    results = images(pan[:2], protect="left", size=64)
    for frame, image in zip(pan[:2], results, strict=True):
        np.testing.assert_allclose(image[0, :, :20], frame[:, :20] / 255, atol=1e-6)
        assert np.abs(image[0, :, 44:] - frame[:, 44:] / 255).mean() > 0.01


@pytest.mark.parametrize("name", ["delta", "frame_steps"])
@pytest.mark.parametrize("value", [np.nan, np.inf, -1, "much", None])
def test_bad_numbers_are_refused(name, value):
    with pytest.raises(OptionError, match=f"{name}="):
        VideoOptions(**{name: value})


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"back": ()}, r"back=\(\): a tuple with at least one"),
        ({"back": (0,)}, r"back=\(0,\): it must be at least 1"),
        ({"back": (1, 2.5)}, "back=.*whole number"),
        ({"seconds": 20.0}, r"seconds=20.0: .* use steps and frame_steps"),
        ({"speed": 2}, "no option speed; there are .*frame_steps"),
        ({"done": 3}, "done=3 with 0 results"),
        ({"done": -1}, "done=-1"),
    ],
)
def test_options_that_make_no_sense_are_refused_before_the_first_frame(options, message):
    with pytest.raises(OptionError, match=message):
        VideoTransfer([], "great_wave", **options)


def test_frames_of_different_sizes_are_refused(pan):
    run = video([pan[0], pan[1][:-1]], size=None)
    next(run)
    with pytest.raises(ImageError, match=r"frames of 64×48 and 64×47 px: all frames"):
        next(run)
    with pytest.raises(ImageError, match="64×47 and 64×48"):
        next(video(pan, done=1, results=[pan[0][:-1]]))


def test_a_video_without_frames_and_one_that_is_too_short_are_refused(pan):
    with pytest.raises(ImageError, match="without a single frame"):
        next(video([]))
    with pytest.raises(ImageError, match="ends 1 frames before"):
        next(video(pan[:2], done=3, results=pan[:3]))


def test_a_frame_that_is_no_picture_is_refused(pan):
    run = video([pan[0], np.zeros((48, 64))])
    next(run)
    with pytest.raises(ImageError, match="shape"):
        next(run)


def test_a_loss_that_is_not_finite_names_the_frame(pan, monkeypatch):
    run = video(pan[:2])
    next(run)
    inner = TemporalObjective.losses_and_gradient

    def broken(objective, x):
        losses, gradient = inner(objective, x)
        return losses._replace(total=losses.total * np.nan), gradient

    monkeypatch.setattr(TemporalObjective, "losses_and_gradient", broken)
    with pytest.raises(DivergenceError, match=r"frame 2: the loss is nan"):
        next(run)


@pytest.fixture(scope="module")
def cut(pan):
    """Two frames of the pan, and two of another photo."""
    other = np.round(load_image("astronaut", 200)[0] * 255).astype(np.uint8)
    return [*pan[:2], other[20:68, 60:124], other[20:68, 61:125]]


def test_after_a_cut_a_frame_is_a_first_one(cut):
    frames = list(video(cut))
    options = {name: value for name, value in SMALL.items() if name != "frame_steps"}
    np.testing.assert_array_equal(frames[2].image, stylize(cut[2], "great_wave", **options))
    assert [frame.losses.temporal > 0 for frame in frames] == [False, True, False, True]
    np.testing.assert_array_equal(frames[3].image, images(cut[2:])[1])  # of what was before the cut, nothing is left
    resumed = list(video(cut, done=3, results=[frame.image for frame in frames[:3]]))
    np.testing.assert_array_equal(resumed[0].image, frames[3].image)


class Network:
    """Stands for a trained one: repaints in grey what it is told to, one picture for each call."""

    def __init__(self, *pictures):
        self.pictures, self.asked = iter(pictures), []

    def __call__(self, photo, painting=None):
        self.asked.append((photo, painting))
        return np.full((*photo.shape[:3], 3), next(self.pictures), np.float32)


def flickering():
    """Make a network that adds grain, each time another, whose deviation is 0.1."""
    generator = np.random.default_rng(0)

    def repainted(photo, painting=None):
        return np.clip(0.25 + photo / 510 + generator.normal(0, 0.1, photo.shape), 0, 1).astype(np.float32)

    return repainted


@pytest.mark.parametrize("hold", [0, 0.5, HOLD])
def test_a_still_video_through_a_network_is_a_moving_average(pan, hold):
    """y_t = (1 − λ) f_t + λ y_{t−1}, as every pixel looks as it did."""
    greys, expected = [0.2, 0.8, 0.4, 0.4], [0.2]
    for grey in greys[1:]:
        expected.append((1 - hold) * grey + hold * expected[-1])
    frames = list(FastVideo([pan[0]] * 4, Network(*greys), hold=hold))
    assert [(frame.index, frame.losses) for frame in frames] == [(number, None) for number in (1, 2, 3, 4)]
    for frame, grey in zip(frames, expected, strict=True):
        assert frame.image.shape == (1, 48, 64, 3) and frame.image.dtype == np.float32
        np.testing.assert_allclose(frame.image, grey, atol=2.5 / 255)  # each result is remembered in 8 bits


def test_what_is_held_moves_with_the_video(pan):
    """The first result is the frame itself; then the network paints black, so that λ times the moved frame is left."""
    first, second = pan[0], pan[2]  # by 2 px
    held = list(FastVideo([first, second], Network(first / 255, 0.0)))[1].image / HOLD
    here, there = (np.abs(held - frame / 255)[:, 16:-16, 16:-16].mean() for frame in (second, first))
    assert here < there / 2


def test_what_is_held_stays_in_range(pan):
    """In black and white, where a spline of degree 3 overshoots."""
    for frame in FastVideo(pan, lambda photo, painting: np.float32(photo > 127)):
        assert 0 <= frame.image.min() <= frame.image.max() <= 1


def test_the_warping_error_of_a_flickering_network_falls_as_computed(pan):
    """To (1 − λ)² / (1 + λ) in a long video whose pixels are all held; in seven frames that move, to a little more."""
    errors = {}
    for hold in (0, HOLD):
        results = [frame.image for frame in FastVideo(pan, flickering(), hold=hold)]
        errors[hold] = mean_warping_error(results, pan)
    expected = (1 - HOLD) ** 2 / (1 + HOLD)
    assert expected / 2 < errors[HOLD] / errors[0] < 3 * expected


def test_after_a_cut_nothing_is_held(cut):
    frames = list(FastVideo(cut, Network(0.1, 0.1, 0.9, 0.9)))
    np.testing.assert_array_equal(frames[2].image, np.float32(0.9))
    np.testing.assert_allclose(frames[3].image, 0.9, atol=1 / 255)


def test_a_network_is_asked_once_for_each_frame_and_for_the_painting(pan):
    network = Network(*[0.5] * 3)
    list(FastVideo(pan[:3], network, [0.2, 0.8]))
    for (photo, painting), frame in zip(network.asked, pan, strict=False):
        np.testing.assert_array_equal(photo, frame[np.newaxis])
        assert painting == [0.2, 0.8]
    assert len(network.asked) == 3


def test_a_network_s_video_goes_on_from_what_was_kept(pan):
    greys = [0.2, 0.8, 0.4, 0.6, 0.1]
    whole = [frame.image for frame in FastVideo(pan[:5], Network(*greys))]
    begun = FastVideo(pan[:5], Network(*greys))
    list(itertools.islice(begun, 3))
    assert begun.state()["done"] == 3 and len(begun.state()["results"]) == 1
    for kept in (begun.state(), {"done": 3, "results": whole[:3]}):
        resumed = list(FastVideo(pan[:5], Network(*greys[3:]), **kept))
        assert [frame.index for frame in resumed] == [4, 5]
        np.testing.assert_array_equal([frame.image for frame in resumed], whole[3:])


def test_a_trained_network_s_video(pan):
    from course_utils.fast import FastStyle

    network = FastStyle.load("great_wave")
    frames = list(FastVideo(pan[:3], network))
    np.testing.assert_array_equal(frames[0].image, network(pan[0]))
    smaller = next(FastVideo([np.tile(pan[0], (2, 2, 1))], network, size=64))
    assert smaller.image.shape == (1, 48, 64, 3)


@pytest.mark.parametrize("hold", [-0.1, 1, np.nan, np.inf, "much", None])
def test_a_network_s_hold_must_lie_below_1(hold):
    with pytest.raises(OptionError, match=r"hold=.*from 0 to below 1"):
        FastVideo([], Network(), hold=hold)


def test_a_network_s_frames_must_have_one_size(pan):
    run = FastVideo([pan[0], pan[1][:-1]], Network(0.5))
    next(run)
    with pytest.raises(ImageError, match="64×48 and 64×47"):
        next(run)
    with pytest.raises(ImageError, match="without a single frame"):
        next(FastVideo([], Network()))


LONG = """
import sys
import numpy as np
from course_utils.video import FastVideo
moving = np.random.default_rng(0).integers(0, 255, (192, 700, 3), np.uint8)
frames = (moving[:, k % 400 : k % 400 + 256].copy() for k in range(int(sys.argv[1])))
for frame in FastVideo(frames, lambda photo, painting: np.float32(photo / 255)):
    pass
print(next(line for line in open("/proc/self/status") if line.startswith("VmHWM")).split()[1])
"""


@pytest.mark.skipif(not Path("/proc/self/status").exists(), reason="only Linux tells")
def test_memory_does_not_grow_with_the_length():
    """20 and 400 frames of 192 × 256 px; 380 frames kept would be 56 MB more, over a tenth of the whole."""
    peaks = []
    for count in ("20", "400"):
        command = [sys.executable, "-c", LONG, count]
        done = subprocess.run(command, capture_output=True, text=True, cwd=ROOT, check=True)
        peaks.append(int(done.stdout))
    assert peaks[1] < 1.05 * peaks[0], peaks
