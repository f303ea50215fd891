"""What the pictures must not show: a pale frame, or more grain than photo and painting have."""

import numpy as np
import pytest

from course_utils import load_image, stylize
from course_utils.colour import luminance
from tests.measuring import OCTAVES, octaves


def frame(image):
    """Return how much lighter the outermost two pixels are than those six to twenty pixels further in, on average."""
    y = luminance(image)[0, ..., 0]
    rows, columns = (np.minimum(np.arange(side), np.arange(side)[::-1]) for side in y.shape)
    away = np.minimum(rows[:, np.newaxis], columns)
    return float(y[away < 2].mean() - y[(away >= 6) & (away < 20)].mean())


@pytest.fixture(scope="module")
def mirrored():
    return stylize("pagoda", "great_wave", size=192, steps=40)


def test_mirrored_borders_cure_the_pale_frame(mirrored):
    zeros = stylize("pagoda", "great_wave", size=192, steps=40, padding="zero")
    print(frame(zeros), frame(mirrored), frame(load_image("pagoda", 192)))


def test_no_more_grain_than_the_painting_has(mirrored):
    print(octaves(mirrored), octaves(load_image("great_wave", shortest=128)), octaves(load_image("pagoda", 192)))
