import numpy as np
import pytest

from course_utils.descent import RULES, make_rule
from course_utils.device import tf
from course_utils.errors import DivergenceError
from course_utils.options import Options
from tests.minimising import minimise, quadratic


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


@pytest.mark.parametrize("name", RULES)
def test_a_whole_number_will_do_for_a_learning_rate(name):
    x = tf.zeros((1, 4, 4, 3))
    whole, fraction = (make_rule(name, rate).update(x, 1.0, tf.ones_like(x)) for rate in (1, 1.0))
    np.testing.assert_array_equal(whole, fraction)


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
