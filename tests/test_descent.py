import numpy as np
import pytest
import scipy.optimize

from course_utils.descent import LBFGS, RULES, make_rule
from course_utils.device import tf
from course_utils.errors import DivergenceError
from course_utils.options import Options


def minimise(rule, function, x, evaluations):
    """Drive a rule by itself; return the evaluated points with their losses."""
    trace = []
    for _ in range(evaluations):
        loss, gradient = function(x.numpy())
        trace.append((x.numpy(), loss))
        x = rule.update(x, loss, tf.cast(gradient, x.dtype))
    return trace


def best(trace):
    return min(trace, key=lambda point: point[1])


def quadratic(size=40, condition=1e3, seed=0):
    """f(x) = ½ (x − a)ᵀ H (x − a): the minimum is a, by construction."""
    generator = np.random.default_rng(seed)
    basis = np.linalg.qr(generator.normal(size=(size, size)))[0]
    H = basis @ np.diag(np.geomspace(1, condition, size)) @ basis.T
    a = generator.uniform(0.2, 0.8, size)

    def function(x):
        return 0.5 * (x - a) @ H @ (x - a), H @ (x - a)

    return function, a


def rosenbrock(x):
    return scipy.optimize.rosen(x), scipy.optimize.rosen_der(x)


def test_plain_rule_is_exactly_the_equation():
    function, _ = quadratic()
    x = np.random.default_rng(1).uniform(size=40)
    trace = minimise(make_rule("gd", 1e-4), function, tf.constant(x), 6)
    for point, _ in trace:
        np.testing.assert_array_equal(point, x)
        x = x - 1e-4 * function(x)[1]


def test_momentum_and_adam_follow_their_equations():
    function, _ = quadratic()
    start = np.random.default_rng(1).uniform(size=40).astype(np.float32)
    moved = minimise(make_rule("momentum", 1e-4), function, tf.constant(start), 5)
    x, v = start.astype(float), 0
    for point, _ in moved:  # v ← 0.9 v − η g; x ← x + v (Sutskever et al. 2013, eq. 1 and 2)
        np.testing.assert_allclose(point, x, rtol=1e-5)
        v = 0.9 * v - 1e-4 * function(x)[1]
        x = x + v
    moved = minimise(make_rule("adam", 0.01), function, tf.constant(start), 5)
    x, m, u = start.astype(float), 0, 0
    for t, (point, _) in enumerate(moved, 1):  # Kingma and Ba 2015, algorithm 1
        np.testing.assert_allclose(point, x, rtol=1e-4)
        g = function(x)[1]
        m, u = 0.9 * m + 0.1 * g, 0.99 * u + 0.01 * g * g
        x = x - 0.01 * (m / (1 - 0.9**t)) / (np.sqrt(u / (1 - 0.99**t)) + 1e-8)


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


@pytest.mark.parametrize("name", RULES)
@pytest.mark.parametrize("bad", [np.nan, np.inf])
def test_every_rule_refuses_to_start_from_a_loss_that_is_not_finite(name, bad):
    with pytest.raises(DivergenceError, match="lower the learning rate"):
        make_rule(name).update(tf.zeros(3), bad, tf.zeros(3))


@pytest.mark.parametrize("name", RULES)
def test_a_reset_rule_repeats_itself(name):
    function, _ = quadratic(condition=10)
    rule, start = make_rule(name, 1e-3), tf.constant(np.full(40, 0.3, np.float32))
    first = minimise(rule, function, start, 5)
    rule.reset()
    second = minimise(rule, function, start, 5)
    np.testing.assert_array_equal(first[-1][0], second[-1][0])


def test_options_offer_exactly_these_rules():
    assert set(Options.__dataclass_fields__["optimizer"].metadata["choices"]) == set(RULES)
