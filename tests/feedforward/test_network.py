import numpy as np
import pytest
from numpy.lib.stride_tricks import sliding_window_view

from course_utils.device import tf
from course_utils.feedforward import initial_weights, shapes, transform
from course_utils.feedforward.network import BLOCKS, EPSILON, convolve, convolve_enlarged, instance_norm


def random_weights(paintings=1, seed=0):
    generator = np.random.default_rng(seed)
    drawn = initial_weights(paintings, seed)
    return {
        name: each + generator.normal(0, 0.3, each.shape).astype(np.float32) * ("kernel" not in name)
        for name, each in drawn.items()
    }


def as_tensors(weights):
    return {name: tf.constant(each, tf.float32) for name, each in weights.items()}


def only(weights, paintings):
    """Take some paintings' scales and shifts."""
    return {name: each[paintings] if name.endswith(("scale", "shift")) else each for name, each in weights.items()}


def convolved(x, kernel, stride=1):
    """Convolve in NumPy, in float64: the oracle."""
    padded = np.pad(x, [(1, 1), (1, 1), (0, 0)], "reflect")
    windows = sliding_window_view(padded, (3, 3), (0, 1))[::stride, ::stride]
    return np.einsum("hwcij,ijcd->hwd", windows, kernel)


def normalised(x, W, name):
    mean, variance = x.mean((0, 1)), x.var((0, 1))
    return W[f"{name}/scale"][0] * (x - mean) / np.sqrt(variance + EPSILON) + W[f"{name}/shift"][0]


def oracle(x, W):
    """Compute f_W as its papers describe it, pixels repeated before they are convolved."""
    W = {name: each.astype(np.float64) for name, each in W.items()}

    def layer(name, maps, stride=1, repeat=1):
        maps = maps.repeat(repeat, 0).repeat(repeat, 1)
        return normalised(convolved(maps, W[f"{name}/kernel"], stride), W, name)

    half = np.maximum(layer("down1", np.maximum(layer("in", 4 * (x[0] - 0.5)), 0), 2), 0)
    quarter = np.maximum(layer("down2", half, 2), 0)
    for n in range(1, BLOCKS + 1):
        quarter = quarter + layer(f"block{n}b", np.maximum(layer(f"block{n}a", quarter), 0))
    half = half + np.maximum(layer("up1", quarter, repeat=2), 0)
    full = np.maximum(layer("up2", half, repeat=2), 0)
    return 0.5 + 0.25 * (convolved(full, W["out/kernel"]) + W["out/bias"])[np.newaxis]


@pytest.mark.parametrize("size", [(8, 8), (12, 20), (36, 16)])
def test_it_is_what_an_oracle_in_numpy_computes(size, random_image):
    x, W = random_image(*size), random_weights()
    y = transform(tf.constant(x, tf.float32), as_tensors(W), tf.ones(1))
    np.testing.assert_allclose(y, oracle(x, W), atol=1e-4)  # float32, through fourteen normalisations


def test_enlarging_is_repeating_and_convolving(random_image):
    x = random_image(5, 7)
    kernel = np.random.default_rng(1).normal(size=(3, 3, 3, 4))
    y = convolve_enlarged(tf.constant(x), tf.constant(kernel))
    np.testing.assert_allclose(y[0], convolved(x[0].repeat(2, 0).repeat(2, 1), kernel), atol=1e-12)


def test_a_stride_leaves_out_every_other_position(random_image):
    x, kernel = tf.constant(random_image(8, 10)), np.random.default_rng(1).normal(size=(3, 3, 3, 4))
    np.testing.assert_allclose(convolve(x, kernel, 2), convolve(x, kernel)[:, ::2, ::2], atol=1e-12)


def test_normalisation_gives_each_map_its_mean_and_deviation(random_image):
    maps = tf.constant(random_image(9, 11), tf.float32)
    scale, shift = tf.constant([0.5, 2.0, 3.0]), tf.constant([-1.0, 0.0, 1.0])
    y = instance_norm(maps, scale, shift).numpy()
    np.testing.assert_allclose(y.mean((0, 1, 2)), shift, atol=1e-5)
    np.testing.assert_allclose(y.std((0, 1, 2)), scale, rtol=1e-3)  # but for what is added to the variance


def test_contrast_and_brightness_of_the_photo_do_not_matter(random_image):
    """What Ulyanov et al. 2016 wanted of instance normalisation."""
    x, W = random_image(16, 16), as_tensors(random_weights())
    y = transform(tf.constant(x, tf.float32), W, tf.ones(1))
    paler = transform(tf.constant(0.3 + 0.5 * x, tf.float32), W, tf.ones(1))
    np.testing.assert_allclose(paler, y, atol=2e-3)  # but for what is added to the variance


def test_several_paintings_share_the_kernels_and_mix(random_image):
    x, both = tf.constant(random_image(8, 12), tf.float32), random_weights(2)
    alone = [transform(x, as_tensors(only(both, [k])), tf.ones(1)) for k in (0, 1)]
    for k in (0, 1):
        np.testing.assert_allclose(transform(x, as_tensors(both), tf.one_hot(k, 2)), alone[k], atol=1e-5)
    np.testing.assert_allclose(
        transform(x, as_tensors(only(both, [0, 0])), tf.constant([0.3, 0.7])), alone[0], atol=1e-4
    )


def test_the_shapes_are_those_of_the_weights_and_few():
    for paintings in (1, 5):
        weights = initial_weights(paintings, 0)
        assert {name: each.shape for name, each in weights.items()} == shapes(paintings)
    assert sum(each.size for each in initial_weights(1, 0).values()) == 417_187  # 2 bytes each: 0.83 MB
