"""The image transformation network f_W: a photo in, the repainted picture out, in one pass.

After Johnson et al. 2016 (section 3.1 and supplement), at half the width: two strided convolutions, five residual
blocks at a quarter of the size, two enlargements. Five differences stand out. All kernels are 3 × 3, which is faster.
Maps are enlarged by repeating positions before a convolution, as strided transposed convolutions leave checkerboards
(Odena et al. 2016). Normalisation is by instance (Ulyanov et al. 2016), and conditional on the painting (Dumoulin et
al. 2017). And the map at half the size is added again on the way up, so that detail has a path around the narrow
middle.
"""

from collections.abc import Mapping

import numpy as np

from ..device import tf

QUARTER = 4  # both sides of the network's input are multiples of it
BLOCKS = 5
EPSILON = 1e-5  # added to the variance before dividing by its root

_RESIDUAL = {f"block{n}{half}": (64, 64) for n in range(1, BLOCKS + 1) for half in "ab"}
# Input and output channels of each convolution; all have 3 × 3 kernels.
CONVOLUTIONS: dict[str, tuple[int, int]] = {
    "in": (3, 16),
    "down1": (16, 32),
    "down2": (32, 64),
    **_RESIDUAL,
    "up1": (64, 32),
    "up2": (32, 16),
    "out": (16, 3),
}

Weights = Mapping[str, tf.Tensor]


def shapes(paintings: int) -> dict[str, tuple[int, ...]]:
    """Return the shape of each array of weights, by name, for a network with that many paintings."""
    result: dict[str, tuple[int, ...]] = {}
    for name, (inputs, outputs) in CONVOLUTIONS.items():
        result[f"{name}/kernel"] = (3, 3, inputs, outputs)
        if name == "out":
            result["out/bias"] = (outputs,)
        else:
            result[f"{name}/scale"] = result[f"{name}/shift"] = (paintings, outputs)
    return result


def initial_weights(paintings: int, seed: int) -> dict[str, np.ndarray]:
    """Draw the weights that training starts from: float32, by the names of `shapes`.

    Kernels are uniform within ±1 / √(9 C), for C input channels; scales are 1, shifts and biases 0.
    """
    generator, weights = np.random.default_rng(seed), {}
    for name, shape in shapes(paintings).items():
        if name.endswith("kernel"):
            bound = 1 / np.sqrt(9 * shape[2])
            weights[name] = generator.uniform(-bound, bound, shape).astype(np.float32)
        else:
            weights[name] = np.full(shape, float(name.endswith("scale")), np.float32)
    return weights


def transform(x: tf.Tensor, W: Weights, v: tf.Tensor) -> tf.Tensor:
    """Compute f_W(x).

    Args:
        x: one photo, `(1, H, W, 3)`, RGB in [0, 1]; H and W multiples of 4, at least 8.
        W: float32, by the names of `shapes`.
        v: the weight of each painting, `(paintings,)`, adding up to 1: `mixed`.

    Returns:
        The picture, of x's shape; its values may leave [0, 1] slightly.
    """

    def normalise(name: str, maps: tf.Tensor) -> tf.Tensor:
        return instance_norm(maps, *mixed(name, W, v))

    full = tf.nn.relu(normalise("in", convolve(4 * (x - 0.5), W["in/kernel"])))
    half = tf.nn.relu(normalise("down1", convolve(full, W["down1/kernel"], 2)))
    quarter = tf.nn.relu(normalise("down2", convolve(half, W["down2/kernel"], 2)))
    for n in range(1, BLOCKS + 1):
        inner = tf.nn.relu(normalise(f"block{n}a", convolve(quarter, W[f"block{n}a/kernel"])))
        quarter += normalise(f"block{n}b", convolve(inner, W[f"block{n}b/kernel"]))
    half += tf.nn.relu(normalise("up1", convolve_enlarged(quarter, W["up1/kernel"])))
    full = tf.nn.relu(normalise("up2", convolve_enlarged(half, W["up2/kernel"])))
    return colours(convolve(full, W["out/kernel"]), W["out/bias"])


def colours(y: tf.Tensor, bias: tf.Tensor) -> tf.Tensor:
    """Turn the last convolution's result into RGB."""
    return 0.5 + 0.25 * (y + bias)


def convolve(x: tf.Tensor, kernel: tf.Tensor, stride: int = 1) -> tf.Tensor:
    """Convolve x, mirrored beyond its border: zeros there would show as a frame."""
    return tf.nn.conv2d(tf.pad(x, [[0, 0], [1, 1], [1, 1], [0, 0]], "REFLECT"), kernel, stride, "VALID")


def convolve_enlarged(x: tf.Tensor, kernel: tf.Tensor) -> tf.Tensor:
    """Repeat each position of x, `(1, h, w, C)`, as a square of 2 × 2; convolve to `(1, 2h, 2w, D)`."""
    return enlarge(tf.pad(x, [[0, 0], [1, 1], [1, 1], [0, 0]], "SYMMETRIC"), kernel)


def enlarge(padded: tf.Tensor, kernel: tf.Tensor) -> tf.Tensor:
    """Do what `convolve_enlarged` does, given one position beyond each border: `(1, h + 2, w + 2, C)`.

    The nine weights meet only four different positions, so each of a square's four outputs is a convolution of 2 × 2:
    the same sums from 16 products instead of 36. The four make one convolution, whose channels are then spread over
    the square (sub-pixel convolution, Shi et al. 2016).
    """
    D = kernel.shape[-1]
    windows = tf.nn.conv2d(padded, _folded(kernel), 1, "VALID")[0]
    parts = tf.reshape(windows, (*tf.unstack(tf.shape(windows)[:2]), 2, 2, D))  # row, column, their parities
    rows = tf.stack([parts[:-1, :, 0], parts[1:, :, 1]], 1)
    both = tf.stack([rows[:, :, :-1, 0], rows[:, :, 1:, 1]], 3)
    height, _, width, _, _ = tf.unstack(tf.shape(both))
    return tf.reshape(both, (1, 2 * height, 2 * width, D))


def _folded(kernel: tf.Tensor) -> tf.Tensor:
    """Add up the weights that meet the same position: `(3, 3, C, D)` to `(2, 2, C, 4 D)`, by the output's parities."""
    for axis in (0, 2):  # rows, then columns, once each row has become two parities and two positions
        k = tf.unstack(kernel, axis=axis)
        even, odd = tf.stack([k[0], k[1] + k[2]], axis), tf.stack([k[0] + k[1], k[2]], axis)
        kernel = tf.stack([even, odd], axis)
    _, _, _, _, C, D = kernel.shape
    return tf.reshape(tf.transpose(kernel, (1, 3, 4, 0, 2, 5)), (2, 2, C, 4 * D))


def mixed(name: str, W: Weights, v: tf.Tensor) -> tuple[tf.Tensor, tf.Tensor]:
    """Mix the paintings' scales and shifts of one layer, `(D,)` each (Dumoulin et al. 2017)."""
    return tf.linalg.matvec(W[f"{name}/scale"], v, True), tf.linalg.matvec(W[f"{name}/shift"], v, True)


def instance_norm(maps: tf.Tensor, scale: tf.Tensor, shift: tf.Tensor) -> tf.Tensor:
    """Give each feature map the mean `shift` and the deviation `scale` (Ulyanov et al. 2016).

    For a single picture, batch normalisation in training computes just that, and TensorFlow has one operation for it.
    """
    return tf.compat.v1.nn.fused_batch_norm(maps, scale, shift, epsilon=EPSILON, is_training=True)[0]
