"""Where a large picture is cut, so that a tile's activations are exactly those of the whole (lesson 9).

An entry of a feature map sees only the pixels within its reach. So the features of a tile's core are right if the
network is shown the core and a halo as wide as that reach; the features of the halo are thrown away.
"""

import itertools
from dataclasses import dataclass

from ..device import keras
from ..errors import OptionError

_POINTWISE = (
    keras.layers.Activation,
    keras.layers.ReLU,
    keras.layers.BatchNormalization,
    keras.layers.Dropout,
    keras.layers.Add,
    keras.layers.Concatenate,
)


@dataclass(frozen=True)
class Span:
    """A part of one side of the picture, in pixels: the core, and the crop, which is the core with its halo."""

    crop: tuple[int, int]
    core: tuple[int, int]


@dataclass(frozen=True)
class Reach:
    """How far a network sees.

    Attributes:
        jumps: pixels from one entry of a layer's map to the next, by the layer's name.
        stride: the largest of them.
        halo: pixels needed around a core, a multiple of the stride, and at least one.
    """

    jumps: dict[str, int]
    stride: int
    halo: int


def reach(model: keras.Model) -> Reach:
    """Work out from a network's layers how far its maps see.

    Entry i of a map with jump j sees the pixels from i · j − left to i · j + right.

    Raises:
        OptionError: a layer for which that is not known, or whose padding depends on the size of the picture.
    """
    seen: dict[str, tuple[int, int, int]] = {}
    jumps = {}
    for layer in model.layers:
        if isinstance(layer, keras.layers.InputLayer):
            seen[layer.output.name] = (1, 0, 0)
            continue
        inputs = layer.input if isinstance(layer.input, list) else [layer.input]
        jump = max(seen[each.name][0] for each in inputs)
        left, right = (max(seen[each.name][side] for each in inputs) for side in (1, 2))
        stride, before, after = _window(layer)
        seen[layer.output.name] = (jump * stride, left + before * jump, right + after * jump)
        jumps[layer.name] = jump * stride
    stride = max(jump for jump, _, _ in seen.values())
    farthest = max(1, *(max(left, right) for _, left, right in seen.values()))
    return Reach(jumps, stride, -(-farthest // stride) * stride)


def _window(layer: keras.Layer) -> tuple[int, int, int]:
    """Return a layer's stride, and how many entries of its input it sees before and after its own place."""
    if isinstance(layer, keras.layers.ZeroPadding2D) and len({*layer.padding[0], *layer.padding[1]}) == 1:
        return 1, layer.padding[0][0], -layer.padding[0][0]
    if isinstance(layer, _POINTWISE):
        return 1, 0, 0
    pooling = (keras.layers.MaxPooling2D, keras.layers.AveragePooling2D)
    if isinstance(layer, (keras.layers.Conv2D, *pooling)):
        window = layer.pool_size if isinstance(layer, pooling) else layer.kernel_size
        dilation = getattr(layer, "dilation_rate", (1, 1))
        if len({*zip(window, layer.strides, dilation, strict=True)}) == 1:
            span, stride = (window[0] - 1) * dilation[0], layer.strides[0]
            if layer.padding == "valid":
                return stride, 0, span
            if stride == 1:
                return 1, span // 2, span - span // 2
    raise OptionError(
        f"layer {layer.name} cannot be processed in tiles: allow more memory, or choose a smaller size or other layers"
    )


def spans(length: int, side: int, seen: Reach) -> list[Span]:
    """Cut one side of a picture into as few spans as possible, with cores of about equal length.

    Args:
        length: of the picture's side, px.
        side: the most that a crop may measure, px; at least the halos and one stride.
        seen: the network's reach. Cores and crops begin at multiples of its stride.
    """
    if length <= side:
        return [Span((0, length), (0, length))]
    most = (side - 2 * seen.halo) // seen.stride * seen.stride
    count = -(-length // max(most, seen.stride))
    cuts = [round(length * number / count / seen.stride) * seen.stride for number in range(count)] + [length]
    return [
        Span((max(0, start - seen.halo), min(length, end + seen.halo)), (start, end))
        for start, end in itertools.pairwise(cuts)
        if start < end
    ]


def smallest_side(seen: Reach) -> int:
    """Return the side of the smallest tile worth working on: its core is as wide as both halos."""
    return 4 * max(seen.halo, seen.stride)
