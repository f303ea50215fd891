"""The objective of a picture too large for memory, exactly: the Gram matrices are the whole picture's (lesson 9).

A Gram matrix is a sum over positions, so tiles can add it up. A first pass over the tiles does so; the loss and its
derivative with respect to each sum follow. In a second pass each tile is differentiated with those derivatives held
fixed. That is the chain rule, not an approximation. Comparing each tile's own Gram matrix with the painting's, as is
often done, is a different objective: it asks every corner of the picture for the whole painting's statistics.
"""

import functools
from collections.abc import Iterator, Mapping, Sequence
from typing import NamedTuple

import numpy as np

from ..device import tf
from ..features import FeatureExtractor, layer_name
from ..gram import correlate
from ..objective import Losses, Target, as_styles, divided_by_their_sum, make_target, mask_at, require_answer
from ..scene import Style
from .footprint import map_sizes
from .tiles import Span, reach, spans

Masks = dict[str, list[tf.Tensor | None]]  # by layer, its targets' masks, at the size of the layer's map


class _Sums(NamedTuple):
    """What is added up over the positions of a tile's core, and then over the tiles."""

    S: dict[str, list[tf.Tensor]]  # Fᵀ diag(m) F, by layer and target
    m: dict[str, list[tf.Tensor]]
    squares: dict[str, tf.Tensor]  # ‖F − P‖²
    tv: tuple[tf.Tensor, tf.Tensor]  # squared differences of vertical and of horizontal neighbours


class TiledObjective:
    """`objective.Objective`, with the same losses and gradients, in memory that depends on the tiles only.

    It passes through the network three times, the untiled one twice, and computes the halos, too. `weights` are
    α, β and γ.
    """

    def __init__(
        self,
        extract: FeatureExtractor,
        content: np.ndarray,
        style: np.ndarray | Sequence[Style],
        content_layers: Sequence[str],
        style_layers: Mapping[str, float],
        alpha: float,
        beta: float,
        gamma: float,
        side: int,
    ) -> None:
        """Compute the targets, tile by tile.

        Args:
            extract, content, style, content_layers, style_layers, alpha, beta, gamma: as for `Objective`.
            side: the largest side of a tile, in pixels, halos included.

        Raises:
            OptionError: a layer whose activations are all zero; a network that cannot be processed in tiles.
        """
        self._side, self._reach = side, reach(extract.model)
        names = {layer: layer_name(extract.model, layer) for layer in (*content_layers, *style_layers)}
        self._jumps = {layer: self._reach.jumps[name] for layer, name in names.items()}
        self._cores = tf.function(functools.partial(_cores, extract), reduce_retracing=True)
        self._sums = tf.function(functools.partial(_sums, extract), reduce_retracing=True)
        self._gradient = tf.function(functools.partial(_gradient, extract), reduce_retracing=True)

        self._P = [self._content_features(tile, content, content_layers) for tile in self.tiles(content)]
        self._P2 = _added({layer: _squared(F, 0) for layer, F in P.items()} for P in self._P)
        sizes = map_sizes(extract.model, content.shape[1:3])
        self._targets: dict[str, list[Target]] = {layer: [] for layer in style_layers}
        for painting in as_styles(style):
            ms = {layer: mask_at(painting, sizes[names[layer]], tf.float32) for layer in style_layers}
            of_painting = self._grams(painting.image, {layer: [None] for layer in style_layers})
            of_content = self._grams(content, {layer: [m] for layer, m in ms.items()})
            for layer, m in ms.items():
                A, G = of_painting[layer][0], of_content[layer][0]
                require_answer(layer, A)
                self._targets[layer].append(make_target(painting, A, G, m))
        for layer, whole in self._P2.items():
            require_answer(layer, whole)
        self._w = divided_by_their_sum(style_layers, tf.float32)
        self.reweight(alpha, beta, gamma)

    def reweight(self, alpha: float, beta: float, gamma: float) -> None:
        """Set the weights of the three terms, zero or more."""
        self.weights = tuple(tf.constant(weight, tf.float32) for weight in (alpha, beta, gamma))

    def losses_and_gradient(self, x: tf.Tensor) -> tuple[Losses, tf.Tensor]:
        """Compute all terms and ∇L, `(1, H, W, 3)`, at the picture x."""
        return self._evaluate(x, self.weights)

    def pulls(self, x: tf.Tensor, gradient: tf.Tensor) -> dict[str, tf.Tensor]:
        """Compute the norm of each weighted term's gradient at x, as `Objective.pulls`."""
        alpha, beta, gamma = self.weights
        style = self._evaluate(x, (0 * alpha, beta, 0 * gamma))[1]
        tv = self._evaluate(x, (0 * alpha, 0 * beta, gamma))[1]
        return {"content": tf.norm(gradient - style - tv), "style": tf.norm(style), "tv": tf.norm(tv)}

    def _evaluate(self, x: tf.Tensor, weights: tuple) -> tuple[Losses, tf.Tensor]:
        masks = {layer: [target.m for target in targets] for layer, targets in self._targets.items()}
        sums = self._added_up(x, masks, self._P)
        with tf.GradientTape() as tape:
            tape.watch(sums)
            losses = self._losses(sums, x.shape, weights)
        slopes = tape.gradient(losses.total, sums)
        gradient = np.zeros(x.shape, np.float32)
        for tile, P in zip(self.tiles(x), self._P, strict=True):
            gradient[tile.crop] += self._gradient(*self._arguments(tile, x, masks, P), slopes).numpy()
        return losses, tf.convert_to_tensor(gradient)

    def _losses(self, sums: _Sums, shape: tuple[int, ...], weights: tuple) -> Losses:
        """Compute the terms as `objective` defines them, from sums over the whole picture."""
        alpha, beta, gamma = weights
        content = tf.add_n([sums.squares[layer] / self._P2[layer] for layer in self._P2]) / len(self._P2)
        r = {
            layer: tf.add_n(
                [target.r(S / m) for target, S, m in zip(targets, sums.S[layer], sums.m[layer], strict=True)]
            )
            for layer, targets in self._targets.items()
        }
        style = tf.add_n([self._w[layer] * r[layer] for layer in r])
        _, h, w, channels = shape
        tv = sums.tv[0] / ((h - 1) * w * channels) + sums.tv[1] / (h * (w - 1) * channels)
        return Losses(alpha * content + beta * style + gamma * tv, content, style, tv, r)

    def _grams(self, image: np.ndarray, masks: Masks) -> dict[str, list[tf.Tensor]]:
        sums = self._added_up(image, masks, [{}] * len(self.tiles(image)))
        return {layer: [S / m for S, m in zip(sums.S[layer], sums.m[layer], strict=True)] for layer in masks}

    def _added_up(self, image: np.ndarray | tf.Tensor, masks: Masks, P: Sequence[dict]) -> _Sums:
        tiles = zip(self.tiles(image), P, strict=True)
        return _added(self._sums(*self._arguments(tile, image, masks, each)) for tile, each in tiles)

    def _content_features(self, tile: "Tile", content: np.ndarray, layers: Sequence[str]) -> dict[str, tf.Tensor]:
        windows = {layer: tile.core(self._jumps[layer]) for layer in layers}
        return self._cores(tf.constant(content[tile.crop]), windows)

    def _arguments(self, tile: "Tile", image: np.ndarray | tf.Tensor, masks: Masks, P: dict) -> tuple:
        """Return what the traced functions need to know about a tile."""
        windows = {layer: tile.core(self._jumps[layer]) for layer in (*masks, *P)}
        parts = {
            layer: [m if m is None else m[tile.part(self._jumps[layer])] for m in those]
            for layer, those in masks.items()
        }
        return tf.convert_to_tensor(image[tile.crop]), tile.core(1), windows, parts, P

    def tiles(self, image: np.ndarray | tf.Tensor) -> list["Tile"]:
        """Cut an image of any size, `(1, H, W, C)`, into tiles."""
        rows, columns = (spans(length, self._side, self._reach) for length in image.shape[1:3])
        return [Tile(row, column) for row in rows for column in columns]


class Tile(NamedTuple):
    """A tile's spans along both sides of the picture."""

    rows: Span
    columns: Span

    @property
    def crop(self) -> tuple[slice, ...]:
        """Return where the crop lies in the picture."""
        return slice(None), slice(*self.rows.crop), slice(*self.columns.crop)

    def core(self, jump: int) -> tf.Tensor:
        """Return the first and last row and column of the core in the crop's map with that jump."""
        return tf.constant([end for span in self for end in _entries(span, jump, span.crop[0])])

    def part(self, jump: int) -> tuple[slice, ...]:
        """Return where the core lies in the whole picture's map with that jump."""
        return slice(None), *(slice(*_entries(span, jump, 0)) for span in self)


def _entries(span: Span, jump: int, origin: int) -> tuple[int, int]:
    """Turn a core's pixels into a map's entries; at the end of the picture, all that are left."""
    first, last = ((end - origin) // jump for end in span.core)
    return first, 2**30 if span.core[1] == span.crop[1] else last


def _added(parts: Iterator | Sequence) -> object:
    return functools.reduce(lambda a, b: tf.nest.map_structure(tf.add, a, b), parts)


def _cores(extract: FeatureExtractor, crop: tf.Tensor, windows: dict[str, tf.Tensor]) -> dict[str, tf.Tensor]:
    """Compute the feature maps of a crop, and leave out the halo's."""
    maps = extract(crop)
    return {layer: maps[layer][:, w[0] : w[1], w[2] : w[3]] for layer, w in windows.items()}


def _sums(extract: FeatureExtractor, crop: tf.Tensor, core: tf.Tensor, windows: dict, masks: Masks, P: dict) -> _Sums:
    F = _cores(extract, crop, windows)
    S, counts = {}, {}
    for layer, those in masks.items():
        flat = tf.reshape(F[layer], (-1, F[layer].shape[-1]))
        ms = [None if m is None else tf.reshape(m, (-1, 1)) for m in those]
        S[layer] = [correlate(flat, m) for m in ms]
        counts[layer] = [tf.cast(tf.shape(flat)[0], tf.float32) if m is None else tf.reduce_sum(m) for m in ms]
    squares = {layer: _squared(F[layer], target) for layer, target in P.items()}
    top, bottom, left, right = tf.unstack(core)
    x, below, beside = (
        crop[:, top + down : bottom + down, left + along : right + along] for down, along in ((0, 0), (1, 0), (0, 1))
    )
    tv = (
        tf.reduce_sum(tf.square(below - x[:, : tf.shape(below)[1]])),
        tf.reduce_sum(tf.square(beside - x[:, :, : tf.shape(beside)[2]])),
    )
    return _Sums(S, counts, squares, tv)


def _squared(F: tf.Tensor, P: tf.Tensor) -> tf.Tensor:
    return tf.reduce_sum(tf.square(tf.cast(F, tf.float32) - tf.cast(P, tf.float32)))


def _gradient(
    extract: FeatureExtractor,
    crop: tf.Tensor,
    core: tf.Tensor,
    windows: dict,
    masks: Masks,
    P: dict,
    slopes: _Sums,
) -> tf.Tensor:
    """Differentiate the tile's sums, each weighted by the derivative of the whole picture's loss."""
    with tf.GradientTape(watch_accessed_variables=False) as tape:
        tape.watch(crop)
        sums = _sums(extract, crop, core, windows, masks, P)
    return tape.gradient(sums, crop, output_gradients=slopes)
