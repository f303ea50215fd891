"""Gram matrices: style as the correlations of feature maps (lesson 3)."""

from collections.abc import Callable

from .device import tf


def gram_matrix(F: tf.Tensor, mask: tf.Tensor | None = None) -> tf.Tensor:
    """Compute G = FᵀF / (h·w), which features fire together, wherever they do (Gatys et al. 2016, eq. 3).

    Divided by the number of positions, so that the Gram matrix of a texture is the same at any picture size.
    With a mask, G = Fᵀ diag(m) F / Σm: the guided Gram matrix of Gatys et al. 2017, eq. 5 to 7, whose guidance
    channel T is the root of m / Σm. If masks add up to 1, the mean of their Gram matrices, weighted by area, is
    the plain one.

    Args:
        F: feature maps `(1, h, w, C)`, or already flattened `(h·w, C)`; any float dtype.
        mask: the weight of each position, h·w numbers of the result's dtype, not all zero; None: all equal.

    Returns:
        `(C, C)`, symmetric and positive semi-definite, F's dtype; float32 for features in half precision.
    """
    F = tf.reshape(F, (-1, F.shape[-1]))
    if mask is None:
        return correlate(F) / tf.cast(tf.shape(F)[0], _precise(F.dtype))
    m = tf.reshape(mask, (-1, 1))
    return correlate(F, m) / tf.reduce_sum(m)


def correlate(F: tf.Tensor, m: tf.Tensor | None = None) -> tf.Tensor:
    """Compute Fᵀ diag(m) F `(C, C)`, for flattened features F `(h·w, C)` and m `(h·w, 1)`, all 1 if None.

    Its gradient is diag(m) F (∂G + ∂Gᵀ): one product, where automatic differentiation would take two. Where F is in
    half precision, so is that product, as it is passed back to a layer in half precision.
    """

    @tf.custom_gradient
    def product(F: tf.Tensor) -> tuple[tf.Tensor, Callable[[tf.Tensor], tf.Tensor]]:
        precise = tf.cast(F, _precise(F.dtype))

        def gradient(dG: tf.Tensor) -> tf.Tensor:
            dF = tf.matmul(F, tf.cast(dG + tf.transpose(dG), F.dtype))
            return dF if m is None else tf.cast(m, F.dtype) * dF

        return tf.matmul(precise if m is None else m * precise, precise, transpose_a=True), gradient

    return product(F)


def _precise(dtype: tf.DType) -> tf.DType:
    return tf.float32 if dtype.size < tf.float32.size else dtype


def style_distance(G: tf.Tensor, A: tf.Tensor) -> tf.Tensor:
    """Compute d = ‖G − A‖² / ‖A‖², how far the Gram matrix G is from the style's A.

    It is 0 for the same style and 1 for a picture without any features (G = 0), whatever the layer, the
    network or the size.

    Args:
        G, A: `(C, C)`; A is not zero.

    Returns:
        A scalar, dimensionless.
    """
    return tf.reduce_sum(tf.square(G - A)) / tf.reduce_sum(tf.square(A))


# What others call a layer's style loss E, in terms of our distance d: E = factor · d, with the layer's
# channels N = C and positions M = h·w (the same for both pictures), and ‖A‖² for A = FᵀF / M.
CONVENTIONS: dict[str, Callable[[float, float, float], float]] = {
    # E = Σ(FᵀF − …)² / (4 N² M²), Gatys et al. 2016, eq. 4
    "gatys": lambda N, M, A2: A2 / (4 * N**2),
    # G = FᵀF / (N M), E = Σ(G − …)², Johnson et al. 2016, eq. 3 and 4
    "johnson": lambda N, M, A2: A2 / N**2,
    # G = FᵀF / M, E = mean of (G − …)²; TensorFlow's tutorial. The same number as Johnson's.
    "tensorflow": lambda N, M, A2: A2 / N**2,
    # G = FᵀF / (N M), E = mean of (G − …)²; PyTorch's tutorial
    "pytorch": lambda N, M, A2: A2 / N**4,
    # G = FᵀF, E = Σ(G − …)²: no normalisation at all
    "none": lambda N, M, A2: A2 * M**2,
}


def convert_weight(weight: float, convention: str, A: tf.Tensor, positions: int) -> float:
    """Translate one layer's weight β·w from a convention of `CONVENTIONS` into ours.

    A term `weight · E` of theirs equals `convert_weight(weight, …) · style_distance(G, A)` of ours.

    Args:
        weight: β·w as the other source gives it.
        convention: "gatys", "johnson", "tensorflow", "pytorch" or "none".
        A: the style's Gram matrix in our normalisation, `(C, C)`; for features of the same scale as theirs.
        positions: h·w of the layer.
    """
    return weight * CONVENTIONS[convention](A.shape[0], positions, float(tf.reduce_sum(tf.square(A))))
