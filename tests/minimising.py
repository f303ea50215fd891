"""A rule at work on a function of a vector, and functions whose minimum is known."""

import numpy as np

from course_utils.device import tf


def minimise(rule, function, x, evaluations):
    """Drive a rule by itself; return the evaluated points with their losses."""
    trace = []
    for _ in range(evaluations):
        loss, gradient = function(x.numpy())
        trace.append((x.numpy(), loss))
        x = rule.update(x, loss, tf.cast(gradient, x.dtype))
    return trace


def quadratic(size=40, condition=1e3, seed=0):
    """f(x) = ½ (x − a)ᵀ H (x − a): the minimum is a, by construction."""
    generator = np.random.default_rng(seed)
    basis = np.linalg.qr(generator.normal(size=(size, size)))[0]
    H = basis @ np.diag(np.geomspace(1, condition, size)) @ basis.T
    a = generator.uniform(0.2, 0.8, size)

    def function(x):
        return 0.5 * (x - a) @ H @ (x - a), H @ (x - a)

    return function, a
