"""Behind lesson 2's feature extractor: networks by name, copied into the form that runs fastest here."""

from .choices import kept_choices, restore_choices
from .forms import is_large, transforms
from .precision import choose_precision, convolution_rate
from .recasting import recast
from .weights import (
    NETWORKS,
    RESNET_STYLE,
    VGG_STYLE,
    Network,
    as_network,
    caffe_preprocessing,
    keras_cache,
    load_network,
)

__all__ = [
    "NETWORKS",
    "RESNET_STYLE",
    "VGG_STYLE",
    "Network",
    "as_network",
    "caffe_preprocessing",
    "choose_precision",
    "convolution_rate",
    "is_large",
    "kept_choices",
    "keras_cache",
    "load_network",
    "recast",
    "restore_choices",
    "transforms",
]
