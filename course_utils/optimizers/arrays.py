"""Arithmetic on pictures that NumPy and TensorFlow have in common, for whichever of the two is faster.

L-BFGS and its preconditioner are many small operations on a picture. On a CPU, TensorFlow takes several times as long
for them as NumPy, and NumPy cannot do them on a GPU. So they are written with functions that have the same name and
meaning in both.
"""

from types import ModuleType

import numpy as np

from ..device import tf

Array = np.ndarray | tf.Tensor


def native(x: Array | float) -> Array | float:
    """Return a tensor in CPU memory as a NumPy array, without a copy; anything else as it is."""
    return np.asarray(x) if tf.is_tensor(x) and "CPU" in x.device else x


def placed(x: np.ndarray) -> Array:
    """Put an array of floats where TensorFlow computes, in the form that `native` returns there."""
    if not (isinstance(x, np.ndarray) and np.issubdtype(x.dtype, np.floating)):
        raise ValueError("an array of floats is needed")
    return x if isinstance(native(tf.zeros(())), np.ndarray) else tf.constant(x)


def tools(x: Array) -> ModuleType:
    """Return NumPy for its arrays and TensorFlow for tensors, for the functions that both have.

    Products are written with `einsum`: NumPy's `@` leaves its library's threads busy-waiting, which takes the
    processor away from the network's next step.
    """
    return np if isinstance(x, np.ndarray) else tf


def dot(a: Array, b: Array) -> float:
    """Compute the dot product of two arrays of the same shape."""
    return float(tools(a).einsum("i,i->", flat(a), flat(b)))


def flat(x: Array) -> Array:
    """Return x as a vector."""
    return tools(x).reshape(x, (-1,))
