"""The objective L = α·L_content + β·L_style + γ·L_tv, and its gradient with respect to the picture (lesson 4)."""

from collections.abc import Callable, Mapping, Sequence
from typing import NamedTuple

from .device import tf
from .errors import OptionError
from .features import FeatureExtractor
from .gram import gram_matrix, style_distance
from .scene import Style

NEAREST = 1e-3  # least d_l(content): for a photo already in the painting's style, r_l would divide by zero


class Losses(NamedTuple):
    """The objective, its terms before α, β and γ multiply them, and the style term of each layer.

    Dimensionless scalars: tensors inside the objective, Python floats in what `Transfer` returns.
    """

    total: tf.Tensor | float
    content: tf.Tensor | float
    style: tf.Tensor | float
    tv: tf.Tensor | float
    style_layers: dict[str, tf.Tensor | float]
    temporal: tf.Tensor | float = 0.0  # of a video's frame: `video.TemporalObjective`

    def numpy(self) -> "Losses":
        """Return the same losses as Python floats."""
        return tf.nest.map_structure(float, self)


def content_loss(F: tf.Tensor, P: tf.Tensor) -> tf.Tensor:
    """Compute L_content = ‖F − P‖² / ‖P‖² for one layer, 0 for the content's own features and 1 for F = 0.

    Gatys et al. 2016, eq. 1, is ½‖F − P‖²; dividing by ‖P‖² makes it independent of size and network.

    Args:
        F, P: the picture's and the content's feature maps `(1, h, w, C)`; P is not zero. The result has P's dtype.
    """
    return tf.reduce_sum(tf.square(tf.cast(F, P.dtype) - P)) / tf.reduce_sum(tf.square(P))


def require_answer(layer: str, features: tf.Tensor) -> None:
    """Refuse a layer whose activations are all zero: it has no relative error.

    Raises:
        OptionError: the message names the layer.
    """
    if not tf.reduce_any(features != 0):
        raise OptionError(f"layer {layer} outputs only zeros for this picture: choose another layer")


@tf.custom_gradient
def total_variation(x: tf.Tensor) -> tuple[tf.Tensor, Callable[[tf.Tensor], tf.Tensor]]:
    """Compute the mean squared difference of vertical neighbours plus that of horizontal neighbours.

    Mahendran and Vedaldi 2015, section 3.2, with exponent β = 2, as a mean over pixels and channels: 0 for a
    plain picture, 2 for a checkerboard of black and white.

    The gradient is written out: TensorFlow's own would be four tensors to add to the network's gradient, and it adds
    more than two in whatever order they become ready, so the last digits would vary from run to run.

    Args:
        x: `(1, H, W, 3)`, H and W at least 2.
    """
    neighbours = {axis: tf.split(x, [1, -1], axis)[1] - tf.split(x, [-1, 1], axis)[0] for axis in (1, 2)}

    def gradient(dy: tf.Tensor) -> tf.Tensor:
        vertical, horizontal = (_difference_again(d, axis) / tf.size(d, d.dtype) for axis, d in neighbours.items())
        return 2 * dy * (vertical + horizontal)

    return tf.add_n([tf.reduce_mean(tf.square(d)) for d in neighbours.values()]), gradient


def _difference_again(d: tf.Tensor, axis: int) -> tf.Tensor:
    """Add each difference to the second of its two neighbours, and subtract it from the first."""
    second, first = [[0, 0]] * 4, [[0, 0]] * 4
    second[axis], first[axis] = [1, 0], [0, 1]
    return tf.pad(d, second) - tf.pad(d, first)


class Target(NamedTuple):
    """What one layer of the picture is to become in the style of one painting: all tensors."""

    v: tf.Tensor  # the painting's weight
    A: tf.Tensor
    way: tf.Tensor  # d(content)
    m: tf.Tensor | None  # the mask at the layer's size

    def r(self, G: tf.Tensor) -> tf.Tensor:
        """Compute v · d(x) / d(content), the share of the squared distance that remains, from the Gram matrix of x."""
        return self.v * style_distance(G, self.A) / self.way


def make_target(painting: Style, A: tf.Tensor, G: tf.Tensor, m: tf.Tensor | None) -> Target:
    """Make a target from the painting's Gram matrix A and the content's, G, guided by the mask m."""
    way = tf.maximum(style_distance(G, A), NEAREST)
    return Target(tf.constant(painting.weight, A.dtype), A, way, m)


def mask_at(painting: Style, size: tuple[int, int], dtype: tf.DType) -> tf.Tensor | None:
    """Return a painting's mask at the size of a feature map, `(1, h, w, 1)`; None if it has none."""
    if painting.mask is None:
        return None
    return tf.cast(tf.image.resize(painting.mask, size, method="area"), dtype)


class Objective:
    """L(x) = α·L_content(x) + β·L_style(x) + γ·L_tv(x) for one content and one or several style pictures.

    L_content is the mean of `content_loss` over the content layers. L_style = Σ w_l r_l, with Σ w_l = 1 and
    r_l = d_l(x) / d_l(content) from `style_distance`: the share of the squared distance from photo to painting
    that remains, 1 at the photo and 0 at the painting. Both terms are relative to the pictures' own features, so a
    given α:β has a similar effect at any size and however far apart the two pictures are.

    Gatys et al. 2016 sum w_l E_l instead (eq. 4 and 5), and E_l = d_l ‖A_l‖² / 4C² (`gram.CONVENTIONS`): their
    w_l is our w_l · 4C² / (‖A_l‖² d_l(content)). The total is their eq. 7, with total variation added.

    With several paintings r_l is Σ v_k r_kl, v_k the weight of painting k; where it has a mask, that guides the
    Gram matrices of x and of the content in its r_kl (Gatys et al. 2017, section 4).

    The targets, P and A_l, are computed here, once. They and the weights are arguments of the graph, not parts of
    it: another objective with the same extractor and shapes reuses the graph that the first has traced (tracing
    takes as long as several steps), and α, β and γ, its `weights`, can be changed between steps.

    Attributes:
        extract: yields the feature maps.
        targets: P by layer, the `Target`s by layer, and w_l by layer.
        weights: α, β and γ.
    """

    def __init__(
        self,
        extract: FeatureExtractor,
        content: tf.Tensor,
        style: tf.Tensor | Sequence[Style],
        content_layers: Sequence[str],
        style_layers: Mapping[str, float],
        alpha: float,
        beta: float,
        gamma: float,
    ) -> None:
        """Compute the targets.

        Args:
            extract: yields at least the layers named below.
            content: `(1, H, W, 3)`, RGB in [0, 1]; the picture optimised has the same shape.
            style: `(1, H', W', 3)`, RGB in [0, 1]; or a list of several paintings.
            content_layers: one or more layers.
            style_layers: `{layer: weight}`; the weights are divided by their sum.
            alpha, beta, gamma: the weights of the three terms, zero or more.

        Raises:
            OptionError: a layer whose activations are all zero.
        """
        content = tf.convert_to_tensor(content)
        features = extract(content)
        P = {layer: tf.cast(features[layer], content.dtype) for layer in content_layers}
        for layer, target in P.items():
            require_answer(layer, target)
        styles: dict[str, list[Target]] = {layer: [] for layer in style_layers}
        for painting in as_styles(style):
            answers = extract(painting.image)
            for layer in style_layers:
                F, ours = answers[layer], features[layer]
                require_answer(layer, F)
                m = mask_at(painting, ours.shape[1:3], content.dtype)
                styles[layer].append(make_target(painting, gram_matrix(F), gram_matrix(ours, m), m))
        self.extract, self.targets = extract, (P, styles, divided_by_their_sum(style_layers, content.dtype))
        self.reweight(alpha, beta, gamma)

    def reweight(self, alpha: float, beta: float, gamma: float) -> None:
        """Set the weights of the three terms, zero or more."""
        dtype = next(iter(self.targets[0].values())).dtype
        self.weights = tuple(tf.constant(weight, dtype) for weight in (alpha, beta, gamma))

    def losses(self, x: tf.Tensor) -> Losses:
        """Compute all terms at the picture x, `(1, H, W, 3)`."""
        return traced_losses(self.extract, x, self.targets, self.weights)

    def losses_and_gradient(self, x: tf.Tensor) -> tuple[Losses, tf.Tensor]:
        """Compute all terms and ∇L, `(1, H, W, 3)`, at the picture x."""
        return traced_losses_and_gradient(self.extract, x, self.targets, self.weights)

    def pulls(self, x: tf.Tensor, gradient: tf.Tensor) -> dict[str, tf.Tensor]:
        """Compute how hard each weighted term pulls on x: ‖α∇L_content‖, ‖β∇L_style‖ and ‖γ∇L_tv‖.

        It is called rarely, so no graph is traced for it: that would take as long as several steps.

        Args:
            x: the picture, `(1, H, W, 3)`.
            gradient: ∇L at x; minus the other two, it is the content's.

        Returns:
            Norms, by "content", "style" and "tv".
        """
        with tf.GradientTape(watch_accessed_variables=False, persistent=True) as tape:
            tape.watch(x)
            losses = _losses(self.extract, x, self.targets, self.weights)
        _, beta, gamma = self.weights
        style, tv = beta * tape.gradient(losses.style, x), gamma * tape.gradient(losses.tv, x)
        return {"content": tf.norm(gradient - style - tv), "style": tf.norm(style), "tv": tf.norm(tv)}


def as_styles(style: tf.Tensor | Sequence[Style]) -> Sequence[Style]:
    """Treat a single painting as a list of one."""
    return style if isinstance(style, (list, tuple)) else [Style(style)]


def divided_by_their_sum(style_layers: Mapping[str, float], dtype: tf.DType) -> dict[str, tf.Tensor]:
    """Turn the weights of the style layers into w_l with Σ w_l = 1."""
    whole = sum(style_layers.values())
    return {layer: tf.constant(weight / whole, dtype) for layer, weight in style_layers.items()}


def _losses(extract: FeatureExtractor, x: tf.Tensor, targets: tuple, weights: tuple) -> Losses:
    P, styles, w = targets
    alpha, beta, gamma = weights
    features = extract(x)
    content = tf.add_n([content_loss(features[layer], target) for layer, target in P.items()]) / len(P)
    r = {layer: tf.add_n([each.r(gram_matrix(features[layer], each.m)) for each in styles[layer]]) for layer in styles}
    style = tf.add_n([w[layer] * r[layer] for layer in r])
    tv = total_variation(x)
    return Losses(alpha * content + beta * style + gamma * tv, content, style, tv, r)


def _losses_and_gradient(
    extract: FeatureExtractor, x: tf.Tensor, targets: tuple, weights: tuple
) -> tuple[Losses, tf.Tensor]:
    """Watch only x: no gradient with respect to the network's weights is ever computed."""
    with tf.GradientTape(watch_accessed_variables=False) as tape:
        tape.watch(x)
        losses = _losses(extract, x, targets, weights)
    return losses, tape.gradient(losses.total, x)


traced_losses, traced_losses_and_gradient = tf.function(_losses), tf.function(_losses_and_gradient)
