"""Every form of a convolution is the same sum; the fastest is chosen by measuring, once for a machine."""

import json
import stat

import numpy as np
import pytest

from course_utils import Transfer
from course_utils.device import tf
from course_utils.errors import CheckpointError
from course_utils.networks import choices, forms, kept_choices, rates, restore_choices
from course_utils.networks.convolution import DIRECT, FORMS, Convolution
from course_utils.networks.forms import LARGE, choose_form
from course_utils.storage import read_tree, write_tree


@pytest.fixture
def afresh(tmp_path, monkeypatch):
    """Let nothing be known of this machine, and keep what is chosen in a folder of this test's own."""
    monkeypatch.setenv("COURSE_UTILS_CACHE", str(tmp_path))
    choices.answers.cache_clear()
    rates.direct_rates.cache_clear()
    yield tmp_path
    choices.answers.cache_clear()
    rates.direct_rates.cache_clear()


@pytest.fixture
def measured(afresh, monkeypatch):
    """Return a dictionary of rates, by form, that count as what was measured, and a list of what was asked for."""
    found, asked = dict.fromkeys(FORMS, 1.0), []

    def measure(device, channels, side, pairs):
        asked.append(pairs)
        return {pair: found[pair[1]] for pair in pairs}

    monkeypatch.setattr(rates, "measured_rates", measure)
    monkeypatch.setattr(forms, "gpus", lambda: [])
    return found, asked


def convolution(C, D, k=3, mirrors=False):
    generator = np.random.default_rng(0)
    return Convolution(tf.constant(generator.normal(size=(k, k, C, D)), tf.float32), mirrors)


def chosen_in_a_graph(convolution, side):
    """Return the form for a map of so many pixels on each side, chosen as a graph is traced."""
    found = []

    @tf.function
    def trace(x):
        found.append(choose_form(convolution, tuple(x.shape)))
        return x

    trace.get_concrete_function(tf.TensorSpec((1, side, side, convolution.kernel.shape[2])))
    return found[-1]


@pytest.mark.parametrize("mirrors", [False, True])
@pytest.mark.parametrize("form", FORMS)
def test_every_form_is_the_same_sum_with_the_same_gradient(form, mirrors):
    x = tf.constant(np.random.default_rng(1).normal(size=(1, 9, 6, 8)), tf.float32)
    results = []
    for each in ("plain", form):
        with tf.GradientTape() as tape:
            tape.watch(x)
            y = convolution(8, 7, mirrors=mirrors)(x, each)
        results.append((y, tape.gradient(y, x, tf.sin(y))))
    for expected, ours in zip(*results, strict=True):
        np.testing.assert_allclose(ours, expected, rtol=0, atol=2e-5 * np.abs(expected).max())


@pytest.mark.parametrize("form", DIRECT)
def test_a_kernel_of_another_size_too(form):
    x = tf.constant(np.random.default_rng(1).normal(size=(1, 9, 6, 8)), tf.float32)
    np.testing.assert_allclose(
        convolution(8, 7, 5)(x, form), tf.nn.conv2d(x, convolution(8, 7, 5).kernel, 1, "SAME"), rtol=1e-4, atol=1e-4
    )


def test_the_fastest_wins_by_a_clear_margin_only(measured):
    found, _ = measured
    found["transposed"] = 1.05
    assert choose_form(convolution(64, 64), (1, 8, 8, 64)) == "plain"
    choices.answers.cache_clear()
    for file in choices.choices_file().parent.iterdir():
        file.unlink()
    rates.direct_rates.cache_clear()
    found["transposed"] = 1.2
    assert choose_form(convolution(64, 64), (1, 8, 8, 64)) == "transposed"


def test_a_later_process_does_not_measure_again(measured):
    found, asked = measured
    found["turned"] = 2.0
    assert choose_form(convolution(64, 64), (1, 8, 8, 64)) == "turned"
    found["turned"] = 0.5  # a busy machine
    choices.answers.cache_clear()  # as in a new process
    rates.direct_rates.cache_clear()
    assert choose_form(convolution(64, 64), (1, 8, 8, 64)) == "turned"
    assert len(asked) == 1


def test_winograd_is_for_large_maps_of_wide_layers_in_graphs(measured):
    found, _ = measured
    found["winograd"] = 2.0
    large = int((LARGE["float32"] / (18 * 256**2)) ** 0.5) + 1  # pixels on a side
    assert chosen_in_a_graph(convolution(256, 256), large) == "winograd"
    assert chosen_in_a_graph(convolution(256, 256), large // 2) == "plain"
    assert chosen_in_a_graph(convolution(64, 64), 1024) == "plain"
    assert chosen_in_a_graph(convolution(128, 128, 5), 512) == "plain"
    assert chosen_in_a_graph(convolution(256, 256), None) == "plain"
    assert choose_form(convolution(256, 256), (1, large, large, 256)) == "plain"  # not in a graph: computed but once


def test_what_is_asked_for_is_done(measured):
    _, asked = measured
    assert choose_form(convolution(3, 4), (1, 8, 8, 3), "winograd") == "winograd"
    assert choose_form(convolution(3, 4), (1, 8, 8, 3), "turned") == "turned"
    assert choose_form(convolution(3, 4, 5), (1, 8, 8, 3), "winograd") == "plain"  # which it cannot be
    assert not asked


def test_where_winograd_cannot_be_compiled_the_direct_form_stays(afresh, monkeypatch):
    def refuse(self, x, form):
        if form == "winograd":
            raise tf.errors.UnimplementedError(None, None, "no compiler for this processor")
        return tf.nn.conv2d(x, self.kernel, 1, "SAME")

    monkeypatch.setattr(Convolution, "__call__", refuse)
    assert not rates.is_winograd_faster("float32", "plain", 1.1)


@pytest.mark.usefixtures("afresh")
def test_measured_for_real_each_form_convolves():
    assert all(rate > 1e8 for rate in rates.direct_rates("/CPU:0", ("float32",))["float32"].values())
    assert choose_form(convolution(64, 64), (1, 8, 8, 64)) in DIRECT
    assert chosen_in_a_graph(convolution(256, 256), 64) in FORMS


@pytest.mark.parametrize(
    "text", ["", "[]", "{", '{"float32 convolution": 7}', '{"float32 convolution": "fast"}', "\0"]
)
def test_a_damaged_file_counts_as_none(afresh, text):
    choices.choices_file().write_text(text)
    assert choices.kept_or("float32 convolution", lambda: "plain") == "plain"
    assert json.loads(choices.choices_file().read_text()) == {"float32 convolution": "plain"}


def test_a_folder_that_cannot_be_written_costs_a_measurement_only(afresh, monkeypatch):
    blocked = afresh / "file"
    blocked.write_text("not a folder")
    monkeypatch.setenv("COURSE_UTILS_CACHE", str(blocked / "below"))
    assert choices.kept_or("float32 convolution", lambda: "plain") == "plain"
    assert choices.kept_or("float32 convolution", lambda: "turned") == "plain"


def test_a_saved_run_holds_the_choices_of_its_machine(afresh, tmp_path):
    choices.kept_or("float32 convolution", lambda: "turned")
    path = Transfer("pagoda", "great_wave", size=48, steps=2).save(tmp_path / "run.npz")
    tree = read_tree(path)
    assert tree["choices"]["answers"]["float32 convolution"] == "turned"
    for file in afresh.glob("choices-*.json"):
        assert not file.stat().st_mode & stat.S_IXUSR
        file.unlink()
    choices.answers.cache_clear()
    Transfer.load(path)
    assert kept_choices()["answers"]["float32 convolution"] == "turned"


def test_another_machines_choices_are_not_taken_over(afresh):
    state = {"machine": "another", "answers": {"float32 convolution": "turned"}}
    restore_choices(state)
    assert not kept_choices()["answers"]


@pytest.mark.parametrize(
    "answers", [{"float32 convolution": "fast"}, {"float32 convolution": 1}, ["plain"], None], ids=str
)
def test_choices_that_are_none_are_a_damaged_run(tmp_path, answers):
    path = Transfer("pagoda", "great_wave", size=48, steps=2).save(tmp_path / "run.npz")
    tree = read_tree(path)
    tree["choices"]["answers"] = answers
    with pytest.raises(CheckpointError, match="damaged"):
        Transfer.load(write_tree(tmp_path / "other.npz", tree))
