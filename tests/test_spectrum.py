import numpy as np
import pytest

from course_utils.descent import LBFGS
from course_utils.device import tf
from course_utils.spectrum import FLAT, POWER, favour_low_frequencies


def picture(seed=0, shape=(1, 9, 12, 3)):
    return np.random.default_rng(seed).normal(size=shape)


def test_a_wave_is_multiplied_by_what_the_formula_says():
    """cos(π k (i + ½) / W) is a wave of the cosine transform, with k / 2W cycles per pixel."""
    wave = np.cos(np.pi * 5 * (np.arange(12) + 0.5) / 12) * np.ones((1, 9, 1))
    factor = (1 + (5 / 24) ** 2 / FLAT**2) ** (-POWER / 2)
    np.testing.assert_allclose(
        favour_low_frequencies(tf.constant(wave[..., np.newaxis]))[..., 0], factor * wave, rtol=1e-6
    )


def test_a_plain_picture_stays_as_it_is():
    plain = np.full((1, 7, 5, 3), 0.3, np.float32)
    np.testing.assert_allclose(favour_low_frequencies(tf.constant(plain)), plain, rtol=1e-6)


def test_it_is_symmetric_and_positive_definite():
    a, b = picture(0), picture(1)
    of_a, of_b = (favour_low_frequencies(tf.constant(each)).numpy() for each in (a, b))
    assert np.sum(a * of_b) == pytest.approx(np.sum(of_a * b), rel=1e-6)
    assert np.sum(a * of_a) > 0


def test_with_it_lbfgs_still_finds_the_minimum_in_fewer_steps_where_it_fits():
    """A quadratic whose curvature grows with the frequency, as the start assumes."""
    a = tf.constant(picture(2))

    def evaluations(start):
        rule, x = LBFGS(0.05, bounds=None, start=start), tf.zeros_like(a)
        for count in range(200):
            away = x - a
            gradient = 20 * away - 19 * favour_low_frequencies(
                away
            )  # curvature 1 for a plain change, up to 20 for a fine one
            loss = float(tf.reduce_sum((x - a) * gradient)) / 2
            if loss < 1e-12:
                return count
            x = rule.update(x, loss, gradient)
        return None

    plain, smooth = evaluations(lambda x: x), evaluations(favour_low_frequencies)
    assert smooth < plain
