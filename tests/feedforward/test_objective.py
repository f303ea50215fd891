import numpy as np
import pytest

from course_utils import load_image
from course_utils.device import tf
from course_utils.features import FeatureExtractor
from course_utils.feedforward import PerceptualLoss, draw_crops, initial_weights, transform
from course_utils.feedforward.objective import CONTENT, STYLE
from course_utils.options import TrainingOptions

OPTIONS = TrainingOptions(crop=64, alpha=0.7, beta=3.0, tv=20.0)


@pytest.fixture(scope="module")
def crops():
    return draw_crops([load_image("cat", 160), load_image("pagoda", 160)], 6, 64, 0)


@pytest.fixture(scope="module")
def loss(crops):
    return PerceptualLoss(
        [load_image("great_wave", shortest=64), load_image("summertime", shortest=64)], crops, OPTIONS
    )


def gram(F):
    F = F.numpy().reshape(-1, F.shape[-1]).astype(np.float64)
    return F.T @ F / len(F)


def test_each_term_is_relative_to_its_mean_over_the_crops(loss, crops):
    extract = FeatureExtractor("vgg19", [*STYLE, CONTENT], padding="mirror")
    photos = [extract(tf.constant(crop[np.newaxis] / np.float32(255))) for crop in crops]
    W = {name: tf.constant(each) for name, each in initial_weights(2, 0).items()}
    A = extract(tf.constant(load_image("summertime", shortest=64)))
    y = transform(tf.constant(crops[3:4] / np.float32(255)), W, tf.one_hot(1, 2))
    features, (losses, _) = extract(y), loss.losses_and_gradients(W, 3, 1)
    energy = np.mean([np.mean(np.square(each[CONTENT])) for each in photos])
    content = np.mean(np.square(features[CONTENT] - photos[3][CONTENT])) / energy
    np.testing.assert_allclose(losses.content, content, rtol=2e-3)  # the target is kept in half precision
    for layer in STYLE:
        unit = np.mean([np.square(gram(each[layer]) - gram(A[layer])).sum() for each in photos])
        r = np.square(gram(features[layer]) - gram(A[layer])).sum() / unit
        np.testing.assert_allclose(losses.style_layers[layer], r, rtol=2e-3)
    np.testing.assert_allclose(
        losses.style, sum(w * losses.style_layers[layer] for layer, w in STYLE.items()), rtol=1e-5
    )
    np.testing.assert_allclose(losses.total, 0.7 * losses.content + 3 * losses.style + 20 * losses.tv, rtol=1e-5)
    assert sum(STYLE.values()) == pytest.approx(1)


@pytest.mark.parametrize("name", ["in/kernel", "down1/scale", "block3b/kernel", "up1/kernel", "up2/shift", "out/bias"])
def test_gradients_are_those_of_finite_differences(loss, name):
    """In float32, as TensorFlow's normalisation has no float64: so along the gradient, in steps far above rounding."""
    W = {each: tf.constant(value) for each, value in initial_weights(2, 0).items()}
    W["out/kernel"] *= 0.3
    y = transform(loss.crop(2), W, tf.one_hot(0, 2)).numpy()
    assert y.min() >= 0 and y.max() <= 1  # nothing is outside, which counts in the gradient only
    now, gradients = loss.losses_and_gradients(W, 2, 0)
    slope = tf.norm(gradients[name])
    step = 3e-4 * now.total / slope  # changes the loss by about 3e-4 of it: float32 would round that by 1e-3
    ahead, behind = (
        loss.losses_and_gradients({**W, name: W[name] + sign * step * gradients[name] / slope}, 2, 0)[0].total
        for sign in (1, -1)
    )
    np.testing.assert_allclose((ahead - behind) / (2 * step), slope, rtol=0.05)  # 0.978 to 1.022 where it was tried


def test_only_the_painting_asked_for_gets_a_gradient(loss):
    W = {name: tf.constant(each) for name, each in initial_weights(2, 0).items()}
    _, gradients = loss.losses_and_gradients(W, 0, 1)
    for name, gradient in gradients.items():
        if name.endswith(("scale", "shift")):
            assert not np.any(gradient[0]) and np.any(gradient[1])


def test_targets_that_are_not_kept_are_computed_again(loss, monkeypatch):
    W = {name: tf.constant(each) for name, each in initial_weights(2, 0).items()}
    kept, _ = loss.losses_and_gradients(W, 1, 0)
    monkeypatch.setattr("course_utils.feedforward.objective.KEPT", 0)
    monkeypatch.setattr(loss, "_P", {})
    again, _ = loss.losses_and_gradients(W, 1, 0)
    assert again.numpy() == kept.numpy() and not loss._P


def test_a_plain_photo_of_a_plain_painting_divides_by_no_zero():
    plain = np.full((1, 64, 64, 3), 128, np.uint8)
    W = {name: tf.constant(each) for name, each in initial_weights(1, 0).items()}
    losses, _ = PerceptualLoss([plain / np.float32(255)], plain, OPTIONS).losses_and_gradients(W, 0, 0)
    assert np.isfinite(losses.numpy().total)
