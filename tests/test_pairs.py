import numpy as np
import pytest

from course_utils.descent import LBFGS
from course_utils.device import tf
from course_utils.optimizers import lbfgs
from course_utils.optimizers.lbfgs import Pairs
from course_utils.optimizers.preconditioner import Preconditioner

SHAPE = (1, 6, 7, 3)


def steps(number, seed=0):
    """Steps and changes of the gradient of a quadratic with a positive definite Hessian: sᵀy > 0."""
    generator = np.random.default_rng(seed)
    root = generator.normal(size=(np.prod(SHAPE), np.prod(SHAPE)))
    ss = generator.normal(size=(number, np.prod(SHAPE)))
    return [(s.reshape(SHAPE), (root.T @ (root @ s)).reshape(SHAPE)) for s in ss]


def two_loops(q, pairs, start):
    """Nocedal and Wright 2006, algorithm 7.4, as it is printed, with eq. 7.20's γ for H⁰ = γ · start."""
    q, factors = q.copy(), []
    for s, y in reversed(pairs):
        factors.append(np.sum(s * q) / np.sum(s * y))
        q -= factors[-1] * y
    s, y = pairs[-1]
    r = np.sum(s * y) / np.sum(y * start(y)) * start(q)
    for (s, y), factor in zip(pairs, reversed(factors), strict=True):
        r += s * (factor - np.sum(y * r) / np.sum(s * y))
    return r


@pytest.mark.parametrize("count", [1, 3, 4, 9])
@pytest.mark.parametrize("kind", [np.array, tf.constant], ids=["arrays", "tensors"])
def test_the_product_is_that_of_the_textbooks_two_loops(count, kind):
    """A memory of 4, so that the oldest are forgotten."""
    q, those = np.random.default_rng(9).normal(size=SHAPE), steps(count)
    for start, same in ((None, None), (Preconditioner(), Preconditioner())):
        kept = Pairs(4, start)
        for s, y in those:
            kept.add(kind(s), kind(y))
            if same:
                same.learn(s, y)
        expected = two_loops(q, those[-4:], same.multiply if same else np.array)
        assert len(kept) == min(count, 4)
        np.testing.assert_allclose(kept.multiply(kind(q)), expected, rtol=1e-7, atol=1e-9)


def test_a_pair_without_curvature_is_not_remembered():
    kept = Pairs(4, None)
    kept.add(np.ones(SHAPE), -np.ones(SHAPE))
    kept.add(np.ones(SHAPE), np.zeros(SHAPE))
    assert not kept


def test_of_a_very_large_picture_fewer_pairs_are_kept(monkeypatch):
    (s, y), *others = steps(5)
    monkeypatch.setattr(lbfgs, "BYTES", 5 * s.nbytes)  # two pairs of two pictures
    kept = Pairs(4, None)
    for each in ((s, y), *others):
        kept.add(*each)
    assert len(kept) == 2


def test_lbfgs_goes_the_same_way_with_tensors_as_with_arrays(monkeypatch):
    """On a processor the rule works with NumPy, on a GPU with TensorFlow."""
    a = tf.constant(np.random.default_rng(1).uniform(0.2, 1.2, SHAPE))  # partly outside the box

    def way():
        rule, x, points = LBFGS(0.05, start=Preconditioner()), tf.zeros_like(a), []
        for _ in range(25):
            away = x - a
            gradient = away + 5 * away**3
            x = rule.update(x, float(tf.reduce_sum(away**2 / 2 + 5 * away**4 / 4)), gradient)
            points.append(x)
        return tf.concat(points, 0), rule

    arrays, rule = way()
    assert isinstance(rule.accepted[0], np.ndarray)
    monkeypatch.setattr("course_utils.optimizers.lbfgs.native", lambda x: x)
    tensors, rule = way()
    assert tf.is_tensor(rule.accepted[0])
    np.testing.assert_allclose(arrays, tensors, rtol=0, atol=1e-9)
