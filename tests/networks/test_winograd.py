"""Winograd's form is the same convolution, with the same gradient, as SciPy's in double precision."""

import numpy as np
import pytest
import scipy.signal

from course_utils.device import tf
from course_utils.networks.winograd import PATCH, TILE, A, B, G, convolve_winograd, transform_kernel

SHAPES = [(8, 8), (5, 7), (1, 2), (3, 13), (12, 4)]  # whole tiles, parts of them, less than one


def oracle(x, kernel, mirrors):
    """Correlate each pair of channels by themselves."""
    _, _, C, D = kernel.shape
    continued = {"mode": "symmetric"} if mirrors else {"mode": "constant"}
    wide = np.pad(x[0], ((1, 1), (1, 1), (0, 0)), **continued)
    return np.stack(
        [
            sum(scipy.signal.correlate(wide[..., c], kernel[..., c, d], "valid", method="direct") for c in range(C))
            for d in range(D)
        ],
        axis=-1,
    )[None]


def drawn(h, w, seed=0):
    generator = np.random.default_rng(seed)
    return generator.normal(size=(1, h, w, 5)), generator.normal(size=(3, 3, 5, 4))


def test_the_matrices_convolve_one_tile_exactly():
    """In one dimension, in double precision: F(4, 3) of Lavin and Gray 2016, section 4.3."""
    d, g = np.random.default_rng(0).normal(size=PATCH), np.random.default_rng(1).normal(size=3)
    tile = A.T @ ((G @ g) * (B.T @ d))
    np.testing.assert_allclose(tile, np.correlate(d, g, "valid"), rtol=1e-13)
    assert len(tile) == TILE


@pytest.mark.parametrize("mirrors", [False, True])
@pytest.mark.parametrize("size", SHAPES, ids=str)
def test_it_is_the_convolution_up_to_float32(size, mirrors):
    x, kernel = drawn(*size)
    y = convolve_winograd(tf.constant(x, tf.float32), transform_kernel(tf.constant(kernel, tf.float32)), mirrors)
    expected = oracle(x, kernel, mirrors)
    # 1e-5 of the largest: a hundred roundings of 6e-8, as the matrices' entries reach from 1/24 to 8
    np.testing.assert_allclose(y, expected, rtol=0, atol=1e-5 * np.abs(expected).max())


@pytest.mark.parametrize("mirrors", [False, True])
@pytest.mark.parametrize("size", SHAPES, ids=str)
def test_its_gradient_is_the_adjoint(size, mirrors):
    """⟨y, conv(x)⟩ = ⟨convᵀ(y), x⟩, for the oracle's convolution and our gradient."""
    x, kernel = drawn(*size)
    y = np.random.default_rng(2).normal(size=(*x.shape[:3], 4))
    variable = tf.constant(x, tf.float32)
    with tf.GradientTape() as tape:
        tape.watch(variable)
        answer = convolve_winograd(variable, transform_kernel(tf.constant(kernel, tf.float32)), mirrors)
    slope = tape.gradient(answer, variable, tf.constant(y, tf.float32))
    for seed in range(3):
        other = np.random.default_rng(10 + seed).normal(size=x.shape)
        expected = np.sum(y * oracle(other, kernel, mirrors))
        assert np.sum(slope.numpy() * other) == pytest.approx(expected, abs=1e-4 * np.linalg.norm(other))


def test_bfloat16_goes_in_and_out():
    x, kernel = drawn(8, 8)
    rounded = tf.cast(x, tf.bfloat16)
    y = convolve_winograd(rounded, transform_kernel(tf.constant(kernel, tf.float32)), False)
    assert y.dtype == tf.bfloat16
    expected = oracle(rounded.numpy().astype(float), kernel, False)
    np.testing.assert_allclose(y.numpy().astype(float), expected, rtol=2**-8, atol=1e-5 * np.abs(expected).max())
