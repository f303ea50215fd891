"""What a run computes and holds, counted by hand for a small network."""

import pytest

from course_utils import Transfer
from course_utils.errors import OptionError
from course_utils.features import FeatureExtractor
from course_utils.tiling.footprint import flops, map_bytes, tile_side
from course_utils.tiling.tiles import reach, smallest_side


@pytest.fixture
def cut(small_network):
    from course_utils.features import FeatureExtractor

    return FeatureExtractor(small_network, ["second"]).model


def test_tiles_are_used_where_the_memory_is_too_small_and_grow_with_it():
    network = FeatureExtractor("vgg19-random", ["conv5_1"]).model
    large = [(3072, 4096), (2048, 4096)]
    assert tile_side(network, [(256, 256), (256, 256)], 4.0) is None
    sides = [tile_side(network, large, memory) for memory in (4.0, 6.0, 10.0)]
    assert smallest_side(reach(network)) <= sides[0] < sides[1] < sides[2]
    with pytest.raises(OptionError, match="memory=1: a picture of 4096×3072 px takes at least"):
        tile_side(network, large, 1.0)


def test_operations_are_counted_as_by_hand(cut):
    """First: 3×3, 3 to 5 channels, on 8×12; pooling to 4×6; second: 3×3, 5 to 6 channels."""
    assert flops(cut, (8, 12)) == 2 * 9 * 3 * 5 * 96 + 2 * 9 * 5 * 6 * 24


def test_maps_are_counted_as_by_hand(cut):
    assert map_bytes(cut, (8, 12)) == 4 * (5 * 96 + 5 * 24 + 6 * 24)


def test_vgg19_has_the_operations_that_are_known():
    """He et al. 2016, section 3.3: VGG-19 takes 19.6 billion multiply-adds at 224 px, nearly all in convolutions."""
    run = Transfer("cat", "great_wave", size=64, network="vgg19-random", style_layers=("conv5_4",))
    assert flops(run.network, (224, 224)) / 2 == pytest.approx(19.6e9, rel=0.01)


def test_twice_the_side_is_about_four_times_the_maps():
    run = Transfer("cat", "great_wave", size=64, network="vgg19-random")
    assert map_bytes(run.network, (256, 256)) == pytest.approx(4 * map_bytes(run.network, (128, 128)))
