"""What a run will cost: it grows with the run, and falls with a faster machine."""

import pytest

from course_utils import Options, VideoOptions, cost, estimate, load_image


def test_an_estimate_grows_with_the_run(monkeypatch):
    monkeypatch.setattr(cost, "convolution_rate", lambda precision, device: 1e11)
    quick, long, large = (estimate(Options(**changes)) for changes in ({"steps": 10}, {}, {"size": 512}))
    assert quick.seconds < long.seconds < large.seconds
    assert quick.memory == long.memory < large.memory
    assert estimate(seconds=7.0).seconds == 7
    assert str(cost.Estimate(12.3, 1.26e9)) == "about 12 s and 1.3 GB"


def test_a_machine_twice_as_fast_needs_less_time_and_as_much_memory(monkeypatch):
    estimates = []
    for rate in (1e11, 2e11):
        monkeypatch.setattr(cost, "convolution_rate", lambda precision, device, rate=rate: rate)
        estimates.append(estimate(size=512))
    assert 0.5 < estimates[1].seconds / estimates[0].seconds < 0.6
    assert estimates[0].memory == estimates[1].memory


def test_a_video_costs_a_run_and_a_short_one_for_each_later_frame(monkeypatch):
    monkeypatch.setattr(cost, "convolution_rate", lambda precision, device: 1e11)
    frame, options = load_image("cat", 128)[0], VideoOptions(size=128, network="vgg19-random")
    one, two, many = (cost.estimate_video(frame, "great_wave", options, count).seconds for count in (1, 2, 11))
    assert one == pytest.approx(estimate(options, frame).seconds)
    assert 0 < two - one < one
    assert many == pytest.approx(one + 10 * (two - one))
