"""What a network is trained for: the objective of lesson 4, for a crop and what the network makes of it.

Johnson et al. 2016 call such losses perceptual: their feature reconstruction loss (eq. 2) is the content term, their
style reconstruction loss (eq. 4) the style term.
"""

import functools
from collections.abc import Sequence

import numpy as np

from ..device import tf
from ..features import FeatureExtractor
from ..gram import gram_matrix
from ..objective import NEAREST, Losses, total_variation
from ..options import TrainingOptions
from .network import Weights, transform

CONTENT = "conv4_2"
# By trials on great_wave. They add up to 1.
STYLE = {"conv1_1": 0.2, "conv2_1": 0.15, "conv3_1": 0.2, "conv4_1": 0.2, "conv5_1": 0.25}
OUTSIDE = 10.0  # weight of the mean square by which values leave [0, 1]
SAMPLE = 100  # crops whose mean is the unit of content and style
KEPT = 500_000_000  # bytes of content targets that are kept; any others are computed again


class PerceptualLoss:
    """L(W) = α·L_content + β·L_style + γ·L_tv for one crop x and y = f_W(x), and its gradient with respect to W.

    Content and style are relative, as in lesson 4, but to the mean over many crops, not to the crop itself: a plain
    sky has next to no content, and a term divided by that would outweigh all others.
    """

    def __init__(self, paintings: Sequence[np.ndarray], crops: np.ndarray, options: TrainingOptions) -> None:
        """Compute the targets of the style, and the units.

        Args:
            paintings: images `(1, H, W, 3)`, RGB in [0, 1].
            crops: uint8 `(n, size, size, 3)`.
            options: α, β and γ are taken from them.
        """
        self._extract = _judge()
        self._crops, self._P = crops, {}
        targets = [self._grams(tf.constant(painting)) for painting in paintings]
        self.A = {layer: tf.stack([each[layer] for each in targets]) for layer in STYLE}
        self._weights = tuple(tf.constant(each) for each in (options.alpha, options.beta, options.tv))
        self._units = self._measured_units()

    def losses_and_gradients(self, W: Weights, index: int, painting: int) -> tuple[Losses, dict[str, tf.Tensor]]:
        """Compute the terms for one crop and one painting, and ∂L/∂W by the names of the weights.

        The gradient includes a term that is not among the losses: it keeps y within [0, 1].

        Args:
            W: by the names of `network.shapes`.
            index, painting: which crop, and which painting, as given.
        """
        A = {layer: A[painting] for layer, A in self.A.items()}
        units = {layer: unit if layer == CONTENT else unit[painting] for layer, unit in self._units.items()}
        v = tf.one_hot(painting, len(next(iter(self.A.values()))))
        return _losses_and_gradients(
            self._extract, dict(W), v, self.crop(index), self._target(index), A, units, self._weights
        )

    def crop(self, index: int) -> tf.Tensor:
        """Return a crop as an image `(1, size, size, 3)`, RGB in [0, 1]."""
        return tf.constant(self._crops[index : index + 1] / np.float32(255))

    def _target(self, index: int) -> tf.Tensor:
        """Return the content features of a crop, which its picture is to have, too."""
        P = self._P.get(index)
        if P is None:
            P = self._keep(index, _features(self._extract, self.crop(index))[CONTENT])
        return tf.cast(P, tf.float32)

    def _keep(self, index: int, P: tf.Tensor) -> tf.Tensor:
        """Keep a crop's target in half precision, if there is room; return it."""
        P = tf.cast(P, tf.float16)
        if (len(self._P) + 1) * P.dtype.size * P.shape.num_elements() <= KEPT:
            self._P[index] = P
        return P

    def _grams(self, image: tf.Tensor) -> dict[str, tf.Tensor]:
        features = self._extract(image)
        return {layer: gram_matrix(features[layer]) for layer in STYLE}

    def _measured_units(self) -> dict[str, tf.Tensor]:
        """Measure what content and style count in: the mean ‖P‖², and of each layer the mean ‖G − A‖²."""
        energy, distances = [], {layer: [] for layer in STYLE}
        for index in range(min(SAMPLE, len(self._crops))):
            features = _features(self._extract, self.crop(index))
            self._keep(index, features[CONTENT])
            energy.append(tf.reduce_mean(tf.square(features[CONTENT])))
            for layer, A in self.A.items():
                distances[layer].append(tf.reduce_sum(tf.square(gram_matrix(features[layer]) - A), (1, 2)))
        return {
            CONTENT: tf.reduce_mean(energy),
            **{
                layer: tf.maximum(tf.reduce_mean(each, 0), NEAREST * tf.reduce_sum(tf.square(self.A[layer]), (1, 2)))
                for layer, each in distances.items()
            },
        }


@functools.cache
def _judge() -> FeatureExtractor:
    """Return the network that judges pictures: the same one each time, so that graphs are traced only once."""
    return FeatureExtractor("vgg19", [*STYLE, CONTENT], padding="mirror")


@tf.function
def _features(extract: FeatureExtractor, image: tf.Tensor) -> dict[str, tf.Tensor]:
    return extract(image)


@tf.function
def _losses_and_gradients(
    extract: FeatureExtractor,
    W: dict[str, tf.Tensor],
    v: tf.Tensor,
    x: tf.Tensor,
    P: tf.Tensor,
    A: dict[str, tf.Tensor],
    units: dict[str, tf.Tensor],
    weights: tuple[tf.Tensor, ...],
) -> tuple[Losses, dict[str, tf.Tensor]]:
    """Compute them by hand from y on: sums of more than two gradients, left to TensorFlow, vary in the last digits."""
    alpha, beta, gamma = weights
    with tf.GradientTape(watch_accessed_variables=False) as tape:
        tape.watch(W)
        y = transform(x, W, v)
    with tf.GradientTape(watch_accessed_variables=False, persistent=True) as of_y:
        of_y.watch(y)
        features = extract(y)
        content = tf.reduce_mean(tf.square(features[CONTENT] - P)) / units[CONTENT]
        r = {
            layer: tf.reduce_sum(tf.square(gram_matrix(features[layer]) - A[layer])) / units[layer] for layer in STYLE
        }
        style = tf.add_n([w * r[layer] for layer, w in STYLE.items()])
        tv = total_variation(y)
        outside = tf.reduce_mean(tf.square(tf.nn.relu(tf.abs(y - 0.5) - 0.5)))
        judged, tv_and_outside = alpha * content + beta * style, gamma * tv + OUTSIDE * outside
    dy = of_y.gradient(judged, y) + of_y.gradient(tv_and_outside, y)
    return Losses(judged + gamma * tv, content, style, tv, r), tape.gradient(y, W, dy)
