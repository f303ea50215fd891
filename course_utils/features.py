"""Feature maps: the activations of a convolutional network's layers for a picture (lesson 2)."""

import re
from collections.abc import Sequence

from .device import keras, tf
from .errors import NetworkError
from .networks import (
    NETWORKS,
    RESNET_STYLE,
    VGG_STYLE,
    Network,
    as_network,
    caffe_preprocessing,
    keras_cache,
    load_network,
    recast,
)

__all__ = [
    "NETWORKS",
    "RESNET_STYLE",
    "VGG_STYLE",
    "FeatureExtractor",
    "Network",
    "caffe_preprocessing",
    "keras_cache",
    "layer_name",
    "load_network",
]


def layer_name(model: keras.Model, name: str) -> str:
    """Turn a layer's name in the papers' spelling (`conv4_2`, `relu4_2`) or Keras' into Keras'.

    Keras' VGG layers include the ReLU, so both spellings of the papers mean the same feature map.

    Raises:
        NetworkError: an index, a name that is not in the model, or a layer without convolutional feature maps.
    """
    layers = [layer for layer in model.layers if not isinstance(layer, keras.layers.InputLayer)]
    maps = [layer.name for layer in layers if len(getattr(layer.output, "shape", ())) == 4]
    papers = re.fullmatch(r"(?:conv|relu)(\d)_(\d)", name) if isinstance(name, str) else None
    for candidate in (name, f"block{papers[1]}_conv{papers[2]}" if papers else None):
        if candidate in maps:
            return candidate
    names = ", ".join(re.sub(r"^block(\d)_conv(\d)$", r"conv\1_\2", each) for each in maps)
    raise NetworkError(f"no layer {name!r} with feature maps; give one by name: {names}")


class FeatureExtractor:
    """A network cut at the deepest layer wanted: `extract(image)` gives `{layer: feature map}`."""

    def __init__(
        self,
        network: str | keras.Model | Network,
        layers: Sequence[str],
        pooling: str = "max",
        precision: str = "float32",
        padding: str = "zero",
        convolution: str = "auto",
    ) -> None:
        """Load and cut the network.

        Args:
            network: a name in `NETWORKS`; a `Network`; or a built `keras.Model` that takes RGB in [0, 1].
            layers: names in either spelling, in any order.
            pooling: "max" as trained, or "avg": max pooling replaced by average pooling (Gatys et al. 2016, §2).
            precision: "float32", meaning the model's own; or "bfloat16" (`recast`).
            padding: what lies beyond the border of each map: "zero" as trained, "mirror" or "auto" (`recast`).
            convolution: how convolutions are computed, the same up to rounding: "auto", the fastest form here,
                "direct", "plain", "transposed", "turned" or "winograd" (`recast`).

        Raises:
            NetworkError: the network or a layer does not exist, or cannot be copied in that form.
        """
        network = as_network(network)
        model = recast(network.model, pooling, precision, padding, convolution)
        self._preprocess = network.preprocess
        outputs = {name: model.get_layer(layer_name(model, name)).output for name in layers}
        self.model = keras.Model(model.inputs, outputs)

    def __call__(self, image: tf.Tensor) -> dict[str, tf.Tensor]:
        """Compute the feature maps.

        Args:
            image: `(1, H, W, 3)`, RGB in [0, 1], float32 (or the model's own dtype); or `(1, H, W, 1)`, grey,
                which counts as three equal channels.

        Returns:
            `{layer as asked for: (1, h, w, C)}`, in bfloat16 where the layer computes in it.
        """
        image = tf.convert_to_tensor(image)
        if image.shape[-1] == 1:
            image = tf.repeat(image, 3, axis=-1)
        return self.model(self._preprocess(image), training=False)
