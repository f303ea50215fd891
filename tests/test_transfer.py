import itertools
import time

import numpy as np
import pytest

from course_utils.device import tf
from course_utils.errors import DeviceError, DivergenceError, ImageError, NetworkError, OptionError
from course_utils.images import load_image, resize
from course_utils.objective import traced_losses_and_gradient
from course_utils.run import plan
from course_utils.transfer import Transfer, stylize

SMALL = {"size": 64, "steps": 4, "network": "vgg19-random"}


def finished(*args, **options):
    run = Transfer(*(args or ("pagoda", "great_wave")), **SMALL | options)
    for _ in run:
        pass
    return run


def test_a_run_is_an_iterator_of_its_steps():
    run = Transfer("pagoda", "great_wave", **SMALL)
    steps = list(run)
    assert [step.index for step in steps] == [1, 2, 3, 4]
    assert [step.progress for step in steps] == [0.25, 0.5, 0.75, 1.0]
    assert steps == run.history
    assert list(run) == []
    assert run.image.shape == (1, 43, 64, 3)
    assert run.image.dtype == np.float32
    assert 0 <= run.image.min() <= run.image.max() <= 1


def test_stopping_and_going_on_is_the_same_as_going_through():
    stopped = Transfer("pagoda", "great_wave", **SMALL)
    next(stopped)
    for _ in stopped:
        break
    list(stopped)
    np.testing.assert_array_equal(stopped.image, finished().image)


@pytest.mark.parametrize("optimizer", ["lbfgs", "adam", "momentum", "gd"])
def test_every_optimizer_lowers_the_loss(optimizer):
    run = finished(optimizer=optimizer, steps=12, network="vgg19")
    start = run.stage.objective.losses(tf.constant(load_image("pagoda", 64))).numpy()
    assert run.losses.total < start.total * 0.6


def test_plain_descent_is_x_minus_eta_times_the_gradient_clipped():
    run = Transfer("pagoda", "great_wave", **SMALL | {"optimizer": "gd", "learning_rate": 3.0})
    x = load_image("pagoda", 64)
    for _ in range(3):
        next(run)
        gradient = run.stage.objective.losses_and_gradient(tf.constant(x))[1].numpy()
        x = np.clip(x - np.float32(3.0) * gradient, 0, 1)
        np.testing.assert_allclose(run.stage.x, x, atol=1e-6)


def test_same_seed_same_picture_and_another_seed_another():
    first, second = (finished(init="noise", seed=5).image for _ in range(2))
    np.testing.assert_array_equal(first, second)
    assert np.abs(first - finished(init="noise", seed=6).image).mean() > 0.05


@pytest.mark.parametrize("init", ["content", "style", "noise"])
def test_where_a_run_starts(init):
    run = Transfer("pagoda", "great_wave", **SMALL | {"init": init, "seed": 7})
    expected = {
        "content": load_image("pagoda", 64),
        "style": resize(load_image("great_wave", 64), 43, 64),
        "noise": np.random.default_rng(7).uniform(size=(1, 43, 64, 3)).astype(np.float32),
    }
    np.testing.assert_array_equal(run.image, expected[init])


@pytest.mark.parametrize("size", [64, 128], ids=["one size", "two sizes"])
def test_content_stays_when_only_content_counts(size):
    """Through the pyramid too: a coarse size must not cost the photo its fine detail."""
    run = finished(beta=0, tv=0, size=size)
    np.testing.assert_allclose(run.image, load_image("pagoda", size), atol=1e-6)
    assert run.losses.total < 1e-9


def test_from_noise_the_fine_noise_does_not_come_back():
    run = Transfer("pagoda", "great_wave", **SMALL | {"size": 128, "init": "noise"})
    next(run)
    run.stage.best = np.full((1, 43, 64, 3), 0.5, np.float32)
    np.testing.assert_array_equal(run.image, np.full((1, 85, 128, 3), 0.5))


def test_the_pyramid_goes_from_coarse_to_fine_and_shares_the_steps():
    options = SMALL | {"size": 128, "levels": 3, "steps": 8, "style_scale": (0.5,)}
    run = Transfer("astronaut", "church_at_auvers", **options)
    steps = list(run)
    # the church is 64 px wide where the photo is 128, so 32 at 64, and too small at 32: two sizes
    assert [step.size for step in steps] == [(64, 64)] * 4 + [(128, 128)] * 4
    assert steps[3].progress == pytest.approx(0.2)  # 4 steps of a quarter of the pixels: 1 of 5 parts
    assert run.image.shape == (1, 128, 128, 3)


def test_an_image_is_of_the_final_size_from_the_first_step_on():
    run = Transfer("astronaut", "summertime", **SMALL | {"size": 128})
    assert run.image.shape == (1, 128, 128, 3)
    assert next(run).size == (64, 64)
    assert run.image.shape == (1, 128, 128, 3)


def test_without_a_pyramid_all_steps_are_of_one_size():
    run = finished(size=96, levels=1)
    assert {step.size for step in run.history} == {(64, 96)}


def test_fewer_steps_than_sizes_leave_out_the_coarse_ones():
    assert [step.size for step in finished(size=96, steps=1).history] == [(64, 96)]


def test_the_image_is_the_best_of_all_not_the_last():
    run = finished(optimizer="gd", learning_rate=1e4, steps=6)
    totals = [step.losses.total for step in run.history]
    assert run.losses.total <= min(totals) < totals[-1]
    assert float(run.stage.objective.losses(tf.constant(run.image)).total) == pytest.approx(run.losses.total, rel=1e-5)


def test_the_best_step_is_told_and_0_when_no_step_improved():
    assert finished().best_index == 4
    assert finished(optimizer="gd", learning_rate=1e9).best_index == 0


def test_a_time_budget_ends_the_run():
    """In multiples of what this machine takes: once to trace both sizes, then thrice as long for twenty steps each."""
    options = {"size": 96, "steps": 40}
    finished(**options)
    began = time.perf_counter()
    finished(**options)
    budget = 3 * (time.perf_counter() - began)
    began = time.perf_counter()
    run = finished(**options | {"seconds": budget})
    assert time.perf_counter() - began == pytest.approx(budget, rel=0.1)
    assert {step.size for step in run.history} == {(32, 48), (64, 96)}
    assert run.history[-1].progress == pytest.approx(1.0, abs=0.1)
    assert all(a.progress <= b.progress for a, b in itertools.pairwise(run.history))


def test_a_pause_costs_no_time_budget(monkeypatch):
    clock = itertools.count()
    monkeypatch.setattr(time, "perf_counter", lambda: next(clock))  # each look takes a second
    run = Transfer("pagoda", "great_wave", **SMALL | {"seconds": 9})
    steps = 0
    for _ in run:
        steps += 1
        for _ in range(100):
            next(clock)
    assert steps == 7  # setting up, entering the size, and each step are one second of that clock


def test_with_a_time_budget_a_large_picture_begins_small():
    run = Transfer("pagoda", "great_wave", **SMALL | {"size": 1000, "seconds": 5})
    assert [max(level.size) for level in run.levels] == [250, 500, 1000]


def test_time_spent_before_the_run_counts():
    run = Transfer("pagoda", "great_wave", **SMALL | {"seconds": 60})
    run.charge(59.9)
    assert len(list(run)) == 1


def test_a_loss_that_is_not_finite_stops_with_the_step_and_keeps_the_best(monkeypatch):
    run = Transfer("pagoda", "great_wave", **SMALL | {"optimizer": "adam"})
    next(run)
    next(run)
    best = run.image
    monkeypatch.setattr(run.stage, "now", run.stage.now._replace(total=float("nan")))
    with pytest.raises(DivergenceError, match=r"step 3: the loss is nan: lower the learning rate"):
        next(run)
    np.testing.assert_array_equal(run.image, best)


def test_out_of_memory_is_said_in_words(monkeypatch):
    run = Transfer("pagoda", "great_wave", **SMALL)
    next(run)
    best = run.image

    def exhausted(x):
        raise tf.errors.ResourceExhaustedError(None, None, "OOM when allocating tensor")

    monkeypatch.setattr(run.stage.objective, "losses_and_gradient", exhausted)
    with pytest.raises(DeviceError, match=rf"out of memory: size={int(64 / 2**0.5)} should fit"):  # half the pixels
        next(run)
    np.testing.assert_array_equal(run.image, best)


@pytest.mark.parametrize("at", ["first", "second"])
def test_an_interruption_while_a_size_is_entered_can_be_gone_on_from(monkeypatch, at):
    options = SMALL | {"size": 128}
    run = Transfer("pagoda", "great_wave", **options)
    for _ in range(2 if at == "second" else 0):
        next(run)
    image, losses = run.image, run.losses

    def interrupted(self, x):
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(plan.Objective, "losses_and_gradient", interrupted)
        with pytest.raises(KeyboardInterrupt):
            next(run)
    np.testing.assert_array_equal(run.image, image)
    assert run.losses == losses
    list(run)
    np.testing.assert_array_equal(run.image, finished(**options).image)


def test_weights_can_be_changed_between_steps_without_a_new_trace():
    run = Transfer("pagoda", "great_wave", **SMALL | {"steps": 6})
    next(run)
    before, traced = run.losses, traced_losses_and_gradient.experimental_get_tracing_count()
    run.reweight(alpha=0.5, beta=2.0, tv=0.0)
    # the same picture, weighed anew by hand
    assert run.losses.total == pytest.approx(0.5 * before.content + 2.0 * before.style, rel=1e-4)
    list(run)
    assert run.options.alpha == 0.5
    list(Transfer("cat", "summertime", **SMALL | {"steps": 2}))  # another run at the same size, 64 × 43
    assert traced_losses_and_gradient.experimental_get_tracing_count() == traced
    with pytest.raises(OptionError, match="beta=-1"):
        run.reweight(beta=-1)


def test_weights_changed_before_the_first_step_count():
    run = Transfer("pagoda", "great_wave", **SMALL)
    run.reweight(beta=1.0)
    list(run)
    np.testing.assert_array_equal(run.image, finished(beta=1.0).image)


def test_layers_and_weights_are_the_ones_asked_for():
    run = finished(style_layers=("relu2_1", "block3_conv1"), style_weights=(3.0, 1.0), content_layers=("conv3_2",))
    d = run.losses.style_layers
    assert set(d) == {"relu2_1", "block3_conv1"}
    assert run.losses.style == pytest.approx(0.75 * d["relu2_1"] + 0.25 * d["block3_conv1"], rel=1e-5)


def test_arrays_and_odd_sizes_work():
    content = np.random.default_rng(0).uniform(size=(37, 61, 3))
    style = np.random.default_rng(1).integers(0, 256, (45, 33, 3), dtype=np.uint8)
    assert finished(content, style, size=None).image.shape == (1, 37, 61, 3)


def test_a_model_of_ones_own_needs_its_layers_named(small_network):
    with pytest.raises(OptionError, match="content_layers and style_layers: name them"):
        finished(network=small_network)


def test_what_cannot_be_had_is_said_at_the_start():
    for error, options in (
        (ImageError, {"size": 32}),  # the photo would be 32×21
        (OptionError, {"network": "vgg61"}),
        (NetworkError, {"style_layers": ("conv9_1",)}),
        (OptionError, {"steps": 0}),
        (OptionError, {"stepps": 5}),
    ):
        with pytest.raises(error):
            Transfer("pagoda", "great_wave", **SMALL | options)


def test_an_unknown_option_is_named():
    with pytest.raises(OptionError, match="no option stepps; there are size, steps"):
        stylize("pagoda", "great_wave", stepps=3)


def test_stylize_is_the_one_call_form():
    np.testing.assert_array_equal(stylize("pagoda", "great_wave", **SMALL), finished().image)


def test_pulls_are_known_from_the_first_step_on():
    run = Transfer("cat", "great_wave", size=48, levels=1, steps=2)
    assert run.pulls() == {}
    next(run)
    assert run.pulls().keys() == {"content", "style", "tv"}
    assert all(norm > 0 for norm in run.pulls().values())


def improvement(steps, last=20):
    """Return by how much of itself the best total of all steps but the last few has been lowered by those."""
    totals = [step.losses.total for step in steps]
    return 1 - min(totals) / min(totals[:-last])


def test_until_ends_a_run_that_hardly_improves_any_more():
    run = Transfer("pagoda", "great_wave", size=48, steps=500, levels=1, network="vgg19-random", until=20)
    steps = list(run)
    assert 21 <= len(steps) < 500
    assert improvement(steps) < 0.2
    assert all(improvement(steps[:count]) >= 0.2 for count in range(21, len(steps)))
    assert [step.progress == 1 for step in steps].index(True) == len(steps) - 1
    assert list(run) == []


def test_until_looks_at_the_final_size_only():
    run = Transfer("pagoda", "great_wave", size=128, steps=44, levels=2, network="vgg19-random", until=100)
    steps = list(run)
    assert [step.size[1] for step in steps].count(64) == 20
    assert [step.size[1] for step in steps].count(128) == 21


def test_until_does_not_compare_totals_by_other_weights():
    run = Transfer("pagoda", "great_wave", size=48, steps=60, levels=1, network="vgg19-random", until=100)
    for _ in range(15):
        next(run)
    run.reweight(beta=50.0)
    assert len(list(run)) == 21
