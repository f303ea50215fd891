"""L-BFGS against SciPy's and the textbook's: minima, boxes, pairs, restarts."""

import numpy as np
import pytest
import scipy.optimize

from course_utils.descent import LBFGS
from course_utils.device import tf
from course_utils.errors import DivergenceError
from course_utils.optimizers import lbfgs
from course_utils.optimizers.lbfgs import Pairs
from course_utils.optimizers.preconditioner import Preconditioner
from tests.minimising import minimise, quadratic

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


def best(trace):
    return min(trace, key=lambda point: point[1])


def rosenbrock(x):
    return scipy.optimize.rosen(x), scipy.optimize.rosen_der(x)


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


def test_lbfgs_finds_the_minimum_of_a_quadratic_like_scipy():
    function, a = quadratic()
    start = np.zeros(40)
    scipys = scipy.optimize.minimize(function, start, jac=True, method="L-BFGS-B", options={"maxcor": 20, "ftol": 0})
    x, loss = best(minimise(LBFGS(0.05, bounds=None), function, tf.constant(start), 2 * scipys.nfev))
    np.testing.assert_allclose(x, a, atol=1e-5)
    np.testing.assert_allclose(x, scipys.x, atol=1e-5)
    assert loss <= max(scipys.fun, 1e-9)


def test_lbfgs_finds_the_minimum_of_rosenbrock_like_scipy():
    start = np.array([-1.2, 1.0, -0.5, 0.8])
    scipys = scipy.optimize.minimize(rosenbrock, start, jac=True, method="L-BFGS-B", options={"ftol": 0, "gtol": 1e-9})
    x, loss = best(minimise(LBFGS(0.05, bounds=None), rosenbrock, tf.constant(start), 2 * scipys.nfev))
    np.testing.assert_allclose(x, np.ones(4), atol=1e-5)  # the minimum of Rosenbrock's function
    assert loss < 1e-10


def test_lbfgs_in_a_box_agrees_with_scipys_bounded_minimum():
    function, a = quadratic(condition=100)
    box = (0.4, 0.6)  # cuts off part of a, which lies in [0.2, 0.8]
    assert ((a < 0.4) | (a > 0.6)).sum() > 10
    start = np.full(40, 0.5)
    scipys = scipy.optimize.minimize(
        function, start, jac=True, method="L-BFGS-B", bounds=[box] * 40, options={"ftol": 0, "gtol": 1e-10}
    )
    trace = minimise(LBFGS(0.05, bounds=box), function, tf.constant(start), 150)
    assert all(point.min() >= 0.4 and point.max() <= 0.6 for point, _ in trace)
    x, loss = best(trace)
    assert loss == pytest.approx(scipys.fun, rel=1e-6)
    np.testing.assert_allclose(x, scipys.x, atol=1e-3)


def test_lbfgs_skips_pairs_without_curvature():
    def concave(x):  # sᵀy < 0 everywhere
        return -0.5 * x @ x, -x

    rule = LBFGS(0.1)
    trace = minimise(rule, concave, tf.constant(np.full(5, 0.4)), 30)
    assert not rule.pairs
    np.testing.assert_array_equal(trace[-1][0], np.ones(5))  # the far corner of the box


def test_lbfgs_remembers_no_more_than_its_memory():
    function, _ = quadratic()
    rule = LBFGS(0.05, memory=3, bounds=None)
    minimise(rule, function, tf.constant(np.zeros(40)), 12)
    assert len(rule.pairs) == 3


@pytest.mark.parametrize("bad", [np.nan, np.inf, 1e6], ids=["nan", "inf", "jump"])
def test_lbfgs_restarts_after_nan_or_a_jump_and_still_converges(bad):
    function, a = quadratic(condition=10)
    calls = iter(range(1000))

    def faulty(x):
        loss, gradient = function(x)
        return (bad, gradient * np.nan) if next(calls) == 6 else (loss, gradient)

    rule = LBFGS(0.05)
    x, _ = best(minimise(rule, faulty, tf.constant(np.zeros(40)), 80)[7:])
    np.testing.assert_allclose(x, a, atol=1e-5)


def test_lbfgs_gives_up_on_a_loss_that_stays_nan():
    function, _ = quadratic()
    rule = LBFGS(0.05)
    x = rule.update(tf.constant(np.zeros(40)), *function(np.zeros(40)))
    with pytest.raises(DivergenceError, match="lower the learning rate"):
        for _ in range(LBFGS.RESTARTS + 1):
            x = rule.update(x, np.nan, x)


def test_lbfgs_stays_at_a_minimum():
    function, a = quadratic()
    np.testing.assert_array_equal(minimise(LBFGS(0.05), function, tf.constant(a), 5)[-1][0], a)
