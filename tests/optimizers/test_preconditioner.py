import numpy as np
import pytest

from course_utils.descent import LBFGS
from course_utils.device import tf
from course_utils.optimizers.preconditioner import FLAT, POWER, Preconditioner


def picture(seed=0, shape=(1, 9, 12, 3)):
    return np.random.default_rng(seed).normal(size=shape)


def taught(seed=5, shape=(1, 9, 12, 3)):
    matrix = Preconditioner()
    matrix.learn(picture(seed, shape), picture(seed + 1, shape))
    return matrix


@pytest.mark.parametrize(("height", "width"), [(9, 12), (8, 13)])
def test_a_wave_is_multiplied_by_what_the_formula_says(height, width):
    """A wave that goes 5 times through the width and 2 times through the height; nothing is known of the curvature."""
    rows, columns = np.mgrid[:height, :width]
    wave = np.cos(2 * np.pi * (5 * columns / width + 2 * rows / height))[np.newaxis, ..., np.newaxis]
    factor = (1 + ((5 / width) ** 2 + (2 / height) ** 2) / FLAT**2) ** (-POWER / 2)
    np.testing.assert_allclose(Preconditioner().multiply(wave), factor * wave, rtol=0, atol=1e-12)


def test_a_plain_picture_stays_as_it_is():
    plain = np.full((1, 7, 5, 3), 0.3, np.float32)
    np.testing.assert_allclose(Preconditioner().multiply(plain), plain, rtol=1e-6)


@pytest.mark.parametrize("matrix", [Preconditioner(), taught()], ids=["new", "taught"])
def test_it_is_symmetric_and_positive_definite(matrix):
    basis = np.eye(4 * 5 * 3).reshape(-1, 1, 4, 5, 3)
    if not isinstance(matrix._D, float):
        matrix._D = matrix._D[:, :4, :5]
    H = np.array([matrix.multiply(each).ravel() for each in basis])
    np.testing.assert_allclose(H, H.T, atol=1e-12)
    assert np.linalg.eigvalsh(H).min() > 0


def test_it_makes_long_steps_where_the_curvature_is_small():
    """The left half's gradient changes 16 times as fast: D is the root of that, at a distance from the edge."""
    s = np.ones((1, 8, 128, 3))
    y = np.where(np.arange(128)[:, np.newaxis] < 64, 16.0, 1.0) * s
    matrix = Preconditioner()
    for _ in range(60):  # until what it began with is forgotten
        matrix.learn(s, y)
    D = matrix._D[0, 4]
    assert D[96] / D[32] == pytest.approx(np.sqrt(16), rel=0.01)
    assert D[1] < D[127]
    matrix.clear()
    np.testing.assert_array_equal(matrix.multiply(s), Preconditioner().multiply(s))


def test_a_place_that_never_changes_is_no_reason_for_infinite_steps():
    s = np.zeros((1, 8, 128, 3))
    s[:, :, :10] = 1.0
    matrix = Preconditioner()
    matrix.learn(s, s)
    assert np.isfinite(matrix.multiply(s)).all()
    np.testing.assert_allclose(matrix._D, 1)


def test_tensors_are_multiplied_as_arrays_are():
    of_arrays, of_tensors = Preconditioner(), Preconditioner()
    for seed in (1, 2):
        s, y = picture(seed), picture(seed + 10)
        of_arrays.learn(s, y)
        of_tensors.learn(tf.constant(s), tf.constant(y))
    product = of_tensors.multiply(tf.constant(picture()))
    assert tf.is_tensor(product)
    np.testing.assert_allclose(product, of_arrays.multiply(picture()), rtol=1e-9)


def test_with_it_lbfgs_still_finds_the_minimum_in_fewer_steps_where_it_fits():
    """A quadratic whose curvature grows with the frequency, and is nine times as large on the left."""
    a, shape = tf.constant(picture(2, (1, 24, 24, 3))), (24, 1)
    harder = tf.constant(np.where(np.arange(24) < 12, 3.0, 1.0).reshape(shape))
    low = Preconditioner()

    def evaluations(start):
        rule, x = LBFGS(0.05, bounds=None, start=start), tf.zeros_like(a)
        for count in range(300):
            away = harder * (x - a)
            gradient = harder * (20 * away - 19 * low.multiply(away))  # 20 times as curved for a fine change
            loss = float(tf.reduce_sum((x - a) * gradient)) / 2
            if loss < 1e-9:
                return count
            x = rule.update(x, loss, gradient)
        return None

    assert evaluations(Preconditioner()) < 0.9 * evaluations(None)
