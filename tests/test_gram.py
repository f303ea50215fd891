import numpy as np
import pytest

from course_utils.device import tf
from course_utils.gram import CONVENTIONS, convert_weight, gram_matrix, style_distance


def features(h=6, w=5, C=4, seed=0):
    return np.random.default_rng(seed).normal(size=(1, h, w, C))


def test_gram_of_ones_is_ones():
    np.testing.assert_array_equal(gram_matrix(tf.ones((1, 7, 3, 4))), np.ones((4, 4)))


def test_gram_by_hand():
    F = tf.constant([[1.0, 2.0], [3.0, 4.0]])  # FᵀF = [[1+9, 2+12], [2+12, 4+16]], two positions
    np.testing.assert_array_equal(gram_matrix(F), [[5, 7], [7, 10]])


def test_gram_equals_a_sum_over_positions():
    F = features()
    expected = sum(np.outer(f, f) for f in F.reshape(-1, 4)) / 30
    np.testing.assert_allclose(gram_matrix(F), expected, rtol=1e-12)


def test_gram_is_symmetric_and_positive_semidefinite():
    G = gram_matrix(features(h=1, w=3, C=5)).numpy()  # fewer positions than channels: singular
    np.testing.assert_array_equal(G, G.T)
    assert np.linalg.eigvalsh(G).min() > -1e-12


def test_gram_is_blind_to_position():
    F = features()
    shuffled = np.random.default_rng(1).permutation(F.reshape(-1, 4))
    np.testing.assert_allclose(gram_matrix(F), gram_matrix(shuffled), rtol=1e-12)


def test_gram_grows_with_the_square_and_not_with_the_size():
    F = features()
    np.testing.assert_allclose(gram_matrix(3 * F), 9 * gram_matrix(F), rtol=1e-12)
    np.testing.assert_allclose(gram_matrix(np.tile(F, (1, 2, 2, 1))), gram_matrix(F), rtol=1e-12)


def test_style_distance_is_zero_at_the_style_and_one_without_features():
    A = gram_matrix(features())
    assert style_distance(A, A) == 0
    assert style_distance(tf.zeros_like(A), A) == 1
    assert float(style_distance(3 * A, A)) == pytest.approx(4)  # (3 − 1)²


@pytest.mark.parametrize(
    ("convention", "their_loss"),
    [
        ("gatys", lambda F, S, N, M: np.sum((F.T @ F - S.T @ S) ** 2) / (4 * N**2 * M**2)),
        ("johnson", lambda F, S, N, M: np.sum((F.T @ F / (N * M) - S.T @ S / (N * M)) ** 2)),
        ("tensorflow", lambda F, S, N, M: np.mean((F.T @ F / M - S.T @ S / M) ** 2)),
        ("pytorch", lambda F, S, N, M: np.mean((F.T @ F / (N * M) - S.T @ S / (N * M)) ** 2)),
        ("none", lambda F, S, N, M: np.sum((F.T @ F - S.T @ S) ** 2)),
    ],
)
def test_weights_convert_from_each_convention(convention, their_loss):
    F, S = features(seed=1).reshape(-1, 4), features(seed=2).reshape(-1, 4)
    G, A = gram_matrix(F), gram_matrix(S)
    ours = convert_weight(7.0, convention, A, 30) * float(style_distance(G, A))
    assert ours == pytest.approx(7.0 * their_loss(F, S, N=4, M=30), rel=1e-12)


def test_every_convention_is_tested():
    assert set(CONVENTIONS) == {"gatys", "johnson", "tensorflow", "pytorch", "none"}
