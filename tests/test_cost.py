"""What a run will cost: counted by hand for a small network, and plausible for the large one."""

import pytest

from course_utils import Options, Transfer, cost, estimate
from course_utils.tiling.footprint import flops, map_bytes


@pytest.fixture
def cut(small_network):
    from course_utils.features import FeatureExtractor

    return FeatureExtractor(small_network, ["second"]).model


def test_operations_are_counted_as_by_hand(cut):
    """First: 3×3, 3 to 5 channels, on 8×12; pooling to 4×6; second: 3×3, 5 to 6 channels."""
    assert flops(cut, (8, 12)) == 2 * 9 * 3 * 5 * 96 + 2 * 9 * 5 * 6 * 24


def test_maps_are_counted_as_by_hand(cut):
    assert map_bytes(cut, (8, 12)) == 4 * (5 * 96 + 5 * 24 + 6 * 24)


def test_vgg16_has_the_operations_that_are_known():
    """He et al. 2016, section 4.1: VGG-16 takes 15.3 billion multiply-adds at 224 px, nearly all in convolutions."""
    run = Transfer("cat", "great_wave", size=64, network="vgg16-random", style_layers=("conv5_3",))
    assert flops(run.network, (224, 224)) / 2 == pytest.approx(15.35e9, rel=0.01)


def test_twice_the_side_is_about_four_times_the_maps():
    run = Transfer("cat", "great_wave", size=64, network="vgg16-random")
    assert map_bytes(run.network, (256, 256)) == pytest.approx(4 * map_bytes(run.network, (128, 128)))


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
