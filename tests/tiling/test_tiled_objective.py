"""Worked on in tiles, the loss and the gradient are the whole picture's."""

import numpy as np
import pytest

from course_utils import Transfer
from course_utils.device import keras, tf
from course_utils.errors import OptionError
from course_utils.features import FeatureExtractor, load_network
from course_utils.images import load_image, resize
from course_utils.objective import Objective
from course_utils.scene import Style
from course_utils.tiling.tiled_objective import TiledObjective
from course_utils.tiling.tiles import reach

LAYERS = {"conv1_1": 0.5, "conv2_1": 0.2, "conv3_1": 0.3}


def network_of(*layers, size=None):
    inputs = keras.Input((size, size, 3))
    x = inputs
    for layer in layers:
        x = layer(x)
    return keras.Model(inputs, x)


def objectives(style, side=100, size=256):
    extract = FeatureExtractor("vgg19-random", LAYERS, padding="mirror")
    content = load_image("pagoda", size)[:, :163, :251]  # odd: not a multiple of any stride
    arguments = extract, content, style, ["conv2_1"], LAYERS, 1.0, 36.0, 10.0
    return content, Objective(*arguments), TiledObjective(*arguments, side=side)


def scenes():
    wave, summer = load_image("great_wave", 256), load_image("summertime", 128)
    mask = np.zeros((1, 163, 251, 1), np.float32)
    mask[:, :, :100] = 1
    return {
        "one painting": wave,
        "two paintings with masks": [Style(wave, 0.6, mask), Style(summer, 0.4, 1 - mask)],
    }


@pytest.mark.parametrize("scene", scenes())
def test_tiled_equals_untiled(scene):
    content, whole, tiled = objectives(scenes()[scene])
    assert len(tiled.tiles(content)) == 12
    noise = np.random.default_rng(0).normal(0, 0.05, content.shape)
    x = tf.constant(np.clip(content + noise, 0, 1).astype(np.float32))
    (expected, gradient), (losses, ours) = whole.losses_and_gradient(x), tiled.losses_and_gradient(x)
    for a, b in zip(tf.nest.flatten(losses), tf.nest.flatten(expected), strict=True):
        assert float(a) == pytest.approx(float(b), rel=1e-5)
    assert float(tf.norm(ours - gradient) / tf.norm(gradient)) < 1e-5  # the issue asks for 1e-4
    expected, ours = whole.pulls(x, gradient), tiled.pulls(x, gradient)
    for term, pull in expected.items():
        assert float(ours[term]) == pytest.approx(float(pull), rel=1e-4)


def test_gram_matrices_of_each_tile_by_itself_are_another_objective():
    """What the lesson warns of: the mean of the tiles' own objectives has another gradient."""
    content, whole, tiled = objectives(load_image("great_wave", 256))
    gradient = whole.losses_and_gradient(tf.constant(content))[1].numpy()
    pieces = np.zeros_like(gradient)
    tiles = tiled.tiles(content)
    for tile in tiles:
        rows, columns = slice(*tile.rows.core), slice(*tile.columns.core)
        part = content[:, rows, columns]
        alone = Objective(whole.extract, part, load_image("great_wave", 256), ["conv2_1"], LAYERS, 1.0, 36.0, 10.0)
        pieces[:, rows, columns] = alone.losses_and_gradient(tf.constant(part))[1].numpy() / len(tiles)
    assert np.linalg.norm(pieces - gradient) / np.linalg.norm(gradient) > 0.2


def test_a_run_in_tiles_is_the_run(monkeypatch):
    options = {"size": 128, "steps": 3, "levels": 1, "network": "vgg19-random", "precision": "float32"}
    options |= {"content_layers": ("conv2_1",), "style_layers": ("conv1_1", "conv3_1"), "optimizer": "adam"}
    whole = Transfer("pagoda", "great_wave", **options)
    list(whole)
    monkeypatch.setattr("course_utils.run.plan.tile_side", lambda *arguments: 96)
    tiled = Transfer("pagoda", "great_wave", **options)
    list(tiled)
    assert tiled.levels[0].tile == 96
    assert tiled.losses.total == pytest.approx(whole.losses.total, rel=1e-3)


def test_a_network_that_sees_other_things_in_a_tile_is_refused():
    strided = network_of(keras.layers.Conv2D(4, 3, strides=2, padding="same", name="strided"))
    with pytest.raises(OptionError, match="layer strided cannot be processed in tiles"):
        reach(strided)


def test_a_grey_picture_works_in_tiles():
    extract = FeatureExtractor("vgg19-random", ["conv1_1", "conv2_1"])
    content, style = (resize(load_image(name, 128), 96, 120)[..., :1] for name in ("pagoda", "great_wave"))
    arguments = extract, content, style, ["conv2_1"], {"conv1_1": 1.0}, 1.0, 36.0, 10.0
    gradients = [
        each.losses_and_gradient(tf.constant(content))[1]
        for each in (Objective(*arguments), TiledObjective(*arguments, side=64))
    ]
    assert float(tf.norm(gradients[0] - gradients[1]) / tf.norm(gradients[0])) < 1e-5


def test_the_trained_trunk_in_tiles():
    """Down to conv5_1, as in a run: with the reach of the whole trunk."""
    network = load_network("vgg19")
    layers = tuple(dict.fromkeys([*network.style_layers, *network.content_layers]))
    extract = FeatureExtractor(network, layers, padding="mirror")
    content, style = load_image("astronaut", 448)[:, :, :180], load_image("great_wave", 200)
    arguments = extract, content, style, network.content_layers, network.style_layers, 1.0, 36.0, 10.0
    whole, tiled = Objective(*arguments), TiledObjective(*arguments, side=384)
    x = tf.constant(np.clip(content + np.random.default_rng(0).normal(0, 0.05, content.shape), 0, 1), tf.float32)
    (expected, gradient), (losses, ours) = whole.losses_and_gradient(x), tiled.losses_and_gradient(x)
    assert float(losses.total) == pytest.approx(float(expected.total), rel=1e-5)
    assert float(tf.norm(ours - gradient) / tf.norm(gradient)) < 1e-5
