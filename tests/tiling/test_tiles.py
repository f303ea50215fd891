"""Where a picture is cut: each pixel once, and seen far enough around."""

import numpy as np
import pytest

from course_utils.device import keras, tf
from course_utils.features import FeatureExtractor
from course_utils.images import load_image
from course_utils.tiling.tiles import reach, spans


def test_the_reach_of_vgg19_is_the_one_counted_by_hand():
    """Conv5_1 sees 13 convolutions: 1·2 + 2·2 + 4·4 + 8·4 + 16 = 70 px before, the pools 1 + 2 + 4 + 8 more after."""
    seen = reach(FeatureExtractor("vgg19-random", ["conv5_1"]).model)
    assert (seen.stride, seen.halo) == (16, 96)  # 85 px, up to the next multiple of 16
    assert seen.jumps["block3_conv2"] == 4


@pytest.mark.parametrize("length", [33, 200, 437, 1000])
def test_spans_cover_each_pixel_once_and_see_far_enough(length):
    seen = reach(FeatureExtractor("vgg19-random", ["conv5_1"]).model)
    parts = spans(length, 400, seen)
    covered = [pixel for part in parts for pixel in range(*part.core)]
    assert covered == list(range(length))
    for part in parts:
        assert part.crop[1] - part.crop[0] <= 400
        assert part.crop[0] == max(0, part.core[0] - 96)
        assert part.crop[1] == min(length, part.core[1] + 96)
        assert part.core[0] % 16 == 0


@pytest.mark.parametrize(
    "changes", [{}, {"pooling": "avg"}, {"padding": "mirror"}, None], ids=lambda changes: str(changes or "with skips")
)
def test_a_tile_gets_the_features_of_the_whole(changes):
    if changes is None:
        extract = FeatureExtractor(keras.applications.ResNet50(include_top=False, weights=None), ["conv3_block1_out"])
    else:
        extract = FeatureExtractor("vgg19-random", ["conv3_1"], **changes)
    image = load_image("pagoda", 256)[:, :150]
    (_, whole), seen = extract(image).popitem(), reach(extract.model)
    jump = 8 if changes is None else 4
    for part in spans(150, 2 * seen.halo + 48, seen):
        _, F = extract(image[:, slice(*part.crop)]).popitem()
        first, last = (end // jump for end in part.core)
        inner = F[:, first - part.crop[0] // jump :][:, : last - first]
        np.testing.assert_allclose(inner, whole[:, first:last], atol=1e-4 * float(tf.reduce_max(whole)))
