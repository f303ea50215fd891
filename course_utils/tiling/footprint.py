"""What one evaluation of the objective computes and holds, counted from the network's layers (lesson 9)."""

import math
from collections.abc import Sequence

from ..device import keras
from ..errors import OptionError
from ..optimizers import MEMORY, pairs_kept
from .tiles import reach, smallest_side

# Fitted by tests/benchmarks/estimate.py, which shows how accurate they are.
BASE = 0.9e9  # bytes of a process that has loaded TensorFlow and a network
KEPT = 2.1  # times the feature maps' own size: the maps, their gradients, and a convolution's workspace
PICTURES = 14  # pictures' worth of floats: points, gradients, and intermediate results; not the pairs of L-BFGS


def tile_side(network: keras.Model, sizes: Sequence[tuple[int, int]], memory: float) -> int | None:
    """Find the largest tiles with which a run stays within the memory allowed.

    Args:
        network: cut at the deepest layer used.
        sizes: (height, width) in pixels of the picture, then of the paintings.
        memory: gigabytes for the whole process.

    Returns:
        The largest side of a tile, in pixels; None: no tiles are needed.

    Raises:
        OptionError: not even the smallest tiles would fit; a network that cannot be processed in tiles.
    """
    if run_bytes(network, sizes) <= memory * 1e9:
        return None
    room = memory * 1e9 - BASE - picture_bytes(sizes[0])
    least = smallest_side(reach(network))
    side = int(math.sqrt(max(0.0, room) / step_bytes(network, (1024, 1024))) * 1024)
    if side < least:
        needed = run_bytes(network, sizes, least) / 1e9
        height, width = sizes[0]
        raise OptionError(f"memory={memory:g}: a picture of {width}×{height} px takes at least {needed:.1f} GB")
    return side


def run_bytes(network: keras.Model, sizes: Sequence[tuple[int, int]], tile: int | None = None) -> float:
    """Estimate the memory of a process that works on picture and paintings of these sizes, in tiles or as a whole."""
    if tile is not None:
        step = step_bytes(network, (tile, tile))
    else:
        step = max(step_bytes(network, sizes[0]), *(map_bytes(network, size) for size in sizes[1:]))
    return BASE + picture_bytes(sizes[0]) + step


def fitting_side(network: keras.Model, size: tuple[int, int], had: float | None) -> int:
    """Return the longest side, px, of a picture that should fit where one of `size` did not.

    Memory grows with the area. The result takes at most half as much, and no more than there was.

    Args:
        network: cut at the deepest layer used.
        size: (height, width) in pixels, of what did not fit.
        had: bytes that were available; None: unknown.
    """
    needed = step_bytes(network, size) + picture_bytes(size)
    available = min(needed / 2, had or needed / 2)
    return int(max(size) * math.sqrt(available / needed))


def step_bytes(network: keras.Model, size: tuple[int, int]) -> float:
    """Estimate the memory for the network's part of one step."""
    return KEPT * map_bytes(network, size)


def picture_bytes(size: tuple[int, int]) -> float:
    """Estimate the memory for the pictures, gradients and pairs that a run keeps at a size."""
    picture = 3 * 4 * size[0] * size[1]
    return PICTURES * picture + 2 * pairs_kept(MEMORY, 2 * picture) * picture


def flops(network: keras.Model, size: tuple[int, int]) -> float:
    """Count the floating-point operations of the convolutions, forward, for a picture of (height, width) pixels.

    A convolution takes 2 · k_h · k_w · C_in · C_out for each of its output's h · w positions.
    """
    return sum(operations(*each) for each in convolutions(network, size))


def operations(kernel: tuple[int, ...], size: tuple[int, int]) -> float:
    """Count those of one convolution, forward: kernel `(k_h, k_w, C_in, C_out)`, and its map's (height, width)."""
    return 2.0 * math.prod(kernel) * math.prod(size)


def convolutions(network: keras.Model, size: tuple[int, int]) -> list[tuple[tuple[int, ...], tuple[int, int]]]:
    """List the kernels `(k_h, k_w, C_in, C_out)`, and the height and width of the maps that they produce."""
    return [
        ((*layer.kernel_size, layer.input.shape[-1], channels), (h, w))
        for layer, (h, w, channels) in _maps(network, size)
        if isinstance(layer, keras.layers.Conv2D)
    ]


def map_bytes(network: keras.Model, size: tuple[int, int]) -> float:
    """Count the bytes of all feature maps, each in its layer's own precision."""
    return float(
        sum(
            h * w * channels * (2 if layer.compute_dtype == "bfloat16" else 4)
            for layer, (h, w, channels) in _maps(network, size)
        )
    )


def map_sizes(network: keras.Model, size: tuple[int, int]) -> dict[str, tuple[int, int]]:
    """Return the height and width of each layer's feature map, by the layer's name."""
    return {layer.name: (h, w) for layer, (h, w, _) in _maps(network, size)}


def _maps(network: keras.Model, size: tuple[int, int]) -> list[tuple[keras.Layer, tuple[int, int, int]]]:
    """Pair each layer that makes a feature map with the map's height, width and channels."""
    shapes: dict[str, tuple[int, ...]] = {}
    found = []
    for layer in network.layers:
        if isinstance(layer, keras.layers.InputLayer):
            shapes[layer.output.name] = (1, *size, layer.output.shape[-1])
            continue
        inputs = layer.input if isinstance(layer.input, list) else [layer.input]
        known = [shapes[each.name] for each in inputs]
        shape = tuple(layer.compute_output_shape(known if isinstance(layer.input, list) else known[0]))
        shapes[layer.output.name] = shape
        if len(shape) == 4:
            found.append((layer, shape[1:]))
    return found
