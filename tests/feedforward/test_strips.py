import numpy as np
import pytest

from course_utils.device import tf
from course_utils.feedforward import transform, transform_in_strips
from tests.feedforward.test_network import as_tensors, random_weights
from tests.measuring import peak_memory


@pytest.mark.parametrize("size", [(16, 24), (64, 20), (52, 40), (100, 8)])
def test_strips_give_the_picture_of_the_whole(size, random_image):
    x, W, v = random_image(*size).astype(np.float32), as_tensors(random_weights(2)), tf.constant([0.25, 0.75])
    whole = transform(tf.constant(x), W, v)
    strips = transform_in_strips(x, W, v, pixels=16 * size[1])  # the least there are
    assert strips.dtype == np.float32
    np.testing.assert_allclose(strips, whole, atol=1e-4)


@pytest.mark.long
def test_a_large_picture_takes_less_than_two_gigabytes():
    x = np.random.default_rng(0).uniform(size=(1, 3072, 4096, 3)).astype(np.float32)
    with peak_memory() as memory:
        transform_in_strips(x, as_tensors(random_weights()), tf.ones(1))
    assert memory.bytes < 2e9
