"""What several test files share: small pictures and a small network in float64."""

from typing import TYPE_CHECKING

import numpy as np
import pytest

if TYPE_CHECKING:
    from course_utils.device import keras


@pytest.fixture
def random_image():
    """Return a function that draws a float64 image `(1, h, w, 3)`; neighbours are independent."""

    def draw(height: int, width: int, seed: int = 0) -> np.ndarray:
        return np.random.default_rng(seed).uniform(0.05, 0.95, (1, height, width, 3))

    return draw


@pytest.fixture(scope="session")
def small_network() -> "keras.Model":
    """Build two convolutions with a pooling between, in float64, so that finite differences are exact enough."""
    from course_utils.device import keras, tf  # only in the processes that test: it takes seconds

    keras.utils.set_random_seed(3)
    image = keras.Input((None, None, 3), dtype="float64")
    x = keras.layers.Conv2D(5, 3, padding="same", activation="relu", dtype="float64", name="first")(image)
    x = keras.layers.MaxPooling2D(dtype="float64", name="pool")(x)
    x = keras.layers.Conv2D(6, 3, padding="same", activation="relu", dtype="float64", name="second")(x)
    model = keras.Model(image, keras.layers.Flatten(dtype="float64", name="flat")(x))
    for weight in model.trainable_variables:  # biases too, so that their part is tested
        weight.assign(tf.random.stateless_normal(weight.shape, (1, 2), stddev=0.4, dtype="float64"))
    return model
