"""Feature maps: the right layers of the right network, from any spelling of their names."""

import numpy as np
import pytest

from course_utils.device import keras
from course_utils.errors import NetworkError
from course_utils.features import FeatureExtractor
from course_utils.networks import Network, load_network

IMAGE = np.random.default_rng(0).uniform(size=(1, 32, 48, 3)).astype(np.float32)


@pytest.fixture(scope="module")
def trunk():
    return load_network("vgg19")


def test_shapes_through_the_blocks(trunk):
    layers = ["conv1_2", "conv2_2", "conv3_3", "conv4_3", "conv5_3"]
    maps = FeatureExtractor(trunk, layers)(IMAGE)
    assert [tuple(maps[layer].shape) for layer in layers] == [
        (1, 32, 48, 64),
        (1, 16, 24, 128),
        (1, 8, 12, 256),
        (1, 4, 6, 512),
        (1, 2, 3, 512),
    ]


@pytest.mark.parametrize("name", ["conv4_2", "relu4_2", "block4_conv2"])
def test_both_spellings_name_the_same_map(trunk, name):
    maps = FeatureExtractor(trunk, [name, "conv1_1"])(IMAGE)
    assert list(maps) == [name, "conv1_1"] or set(maps) == {name, "conv1_1"}
    np.testing.assert_array_equal(maps[name], FeatureExtractor(trunk, ["conv4_2"])(IMAGE)["conv4_2"])


@pytest.mark.parametrize("name", [3, "3", -1, "conv6_1", "conv4_9", "block9_conv1", "", None, "input_layer_x"])
def test_indices_and_unknown_layers_are_refused(trunk, name):
    with pytest.raises(NetworkError, match=r"no layer .*conv1_1"):
        FeatureExtractor(trunk, [name])


def test_layers_without_feature_maps_are_refused(small_network):
    with pytest.raises(NetworkError, match="no layer 'flat'"):
        FeatureExtractor(small_network, ["flat"])


def test_the_network_is_cut_at_the_deepest_layer_and_frozen(trunk):
    extract = FeatureExtractor(trunk, ["conv1_1", "conv3_1"])
    assert extract.model.layers[-1].name == "block3_conv1"
    assert not extract.model.trainable_variables


def test_average_pooling_averages(trunk):
    maps = FeatureExtractor(trunk, ["conv1_2"])(IMAGE)["conv1_2"].numpy()
    pooled = FeatureExtractor(trunk, ["block1_pool"], pooling="avg")(IMAGE)["block1_pool"]
    np.testing.assert_allclose(pooled[0], maps[0].reshape(16, 2, 24, 2, 64).mean((1, 3)), rtol=1e-4, atol=1e-3)
    largest = FeatureExtractor(trunk, ["block1_pool"])(IMAGE)["block1_pool"]
    np.testing.assert_array_equal(largest[0], maps[0].reshape(16, 2, 24, 2, 64).max((1, 3)))


def test_average_pooling_leaves_the_original_alone(trunk):
    FeatureExtractor(trunk, ["conv5_1"], pooling="avg")
    assert isinstance(trunk.model.get_layer("block1_pool"), keras.layers.MaxPooling2D)


def test_a_network_of_ones_own(small_network):
    image = IMAGE.astype(float)
    own = FeatureExtractor(small_network, ["first"])(image)["first"]
    halved = FeatureExtractor(Network(small_network, lambda x: x / 2), ["first"])(image * 2)["first"]
    np.testing.assert_array_equal(own, halved)
    assert small_network.trainable  # the caller's model is not touched
