"""The same network, carried out in another way: what must stay the same, what may differ, and what is chosen."""

import numpy as np
import pytest

from course_utils import Transfer
from course_utils.device import keras, tf
from course_utils.errors import NetworkError
from course_utils.features import FeatureExtractor, load_network
from course_utils.images import load_image
from course_utils.networks import convolution_rate
from course_utils.networks.convolution import FORMS
from course_utils.networks.precision import choose_precision
from course_utils.networks.recasting import can_recast, recast
from course_utils.objective import Objective


@pytest.fixture
def bfloat16():
    if not convolution_rate("bfloat16", "/CPU:0"):
        pytest.skip("this processor cannot compute in bfloat16")


@pytest.fixture(params=["float32", "bfloat16"])
def precision(request):
    if request.param == "bfloat16":
        request.getfixturevalue("bfloat16")
    return request.param


needs_bfloat16 = pytest.mark.usefixtures("bfloat16")


def gradient_of(answer, x):
    """Return answer(x), and the gradient of its squares' sum with respect to x."""
    with tf.GradientTape() as tape:
        tape.watch(x)
        y = tf.cast(answer(x), tf.float32)
        total = tf.reduce_sum(y**2)
    return y, tape.gradient(total, x)


def wide_model(**settings):
    inputs = keras.Input((None, None, 64))
    return keras.Model(inputs, keras.layers.Conv2D(8, 3, padding="same", name="wide", **settings)(inputs))


@pytest.mark.parametrize("form", ["auto", *FORMS[1:]])
@pytest.mark.parametrize("activation", [None, "relu"])
def test_a_layer_in_another_form_has_the_same_answer_and_the_same_gradient(activation, form):
    model = wide_model(activation=activation, bias_initializer="random_normal")
    copy = recast(model, convolution=form)
    assert type(copy.layers[1]) is not keras.layers.Conv2D
    x = tf.constant(np.random.default_rng(0).normal(size=(1, 7, 5, 64)), tf.float32)
    for expected, ours in zip(gradient_of(model, x), gradient_of(copy, x), strict=True):
        np.testing.assert_allclose(ours, expected, rtol=1e-4, atol=1e-4)


@pytest.mark.parametrize("form", FORMS)
def test_a_mirrored_convolution_is_that_of_the_mirrored_picture(form):
    """With the gradient, by NumPy's `pad`, in which "symmetric" repeats the outermost entry, and a plain sum."""
    model = wide_model(activation="relu", bias_initializer="random_normal")
    kernel, bias = model.get_weights()
    x = tf.constant(np.random.default_rng(0).normal(size=(1, 7, 5, 64)), tf.float32)

    def written_out(x):
        around = tf.gather(tf.gather(x, np.pad(np.arange(7), 1, "symmetric"), axis=1), [0, 0, 1, 2, 3, 4, 4], axis=2)
        parts = [
            tf.einsum("bhwc,cd->bhwd", around[:, i : i + 7, j : j + 5], kernel[i, j])
            for i in range(3)
            for j in range(3)
        ]
        return tf.nn.relu(tf.add_n(parts) + bias)

    copy = recast(model, padding="mirror", convolution=form)
    for expected, ours in zip(gradient_of(written_out, x), gradient_of(copy, x), strict=True):
        np.testing.assert_allclose(ours, expected, rtol=1e-4, atol=1e-4)


def test_mirrored_a_plain_picture_has_plain_features_up_to_the_border(precision):
    """With zeros around it, it has not: there it borders on grey."""
    plain = np.full((1, 64, 48, 3), [0.9, 0.5, 0.1], np.float32)
    layers = ["conv1_1", "conv2_2", "conv4_2", "conv5_1"]
    mirrored, zeros = (
        FeatureExtractor("vgg19", layers, precision=precision, padding=padding)(plain)
        for padding in ("mirror", "zero")
    )
    for layer in layers:
        F, Z = (tf.cast(maps[layer], tf.float32).numpy() for maps in (mirrored, zeros))
        middle = F[:, F.shape[1] // 2, F.shape[2] // 2][:, None, None]
        np.testing.assert_allclose(F, np.broadcast_to(middle, F.shape), rtol=1e-3, atol=1e-3 * F.max())
        assert np.abs(Z - Z[:, Z.shape[1] // 2, Z.shape[2] // 2][:, None, None]).max() > 0.1 * Z.max()


def test_in_the_plain_form_nothing_is_copied():
    model = wide_model()
    assert recast(model, convolution="plain") is model


@pytest.mark.parametrize(
    "settings",
    [{"strides": 2}, {"padding": "valid"}, {"dilation_rate": 2}, {"kernel_size": (1, 3)}, {"groups": 2}],
    ids=str,
)
def test_other_convolutions_are_left_as_they_are(settings):
    inputs = keras.Input((None, None, 64))
    layer = keras.layers.Conv2D(8, **{"kernel_size": 3, "padding": "same"} | settings)
    model = keras.Model(inputs, layer(inputs))
    assert recast(model) is model


def test_a_model_that_gains_nothing_is_not_copied(small_network):
    assert recast(small_network) is small_network


@needs_bfloat16
def test_bfloat16_leaves_all_features_nearly_as_they_are():
    layers = ["conv1_1", "conv2_1", "conv4_2"]
    image = load_image("pagoda", 128)
    exact = FeatureExtractor("vgg19", layers)(image)
    rounded = FeatureExtractor("vgg19", layers, precision="bfloat16")(image)
    for layer in layers:
        assert rounded[layer].dtype == tf.bfloat16
        off = tf.norm(tf.cast(rounded[layer], tf.float32) - exact[layer]) / tf.norm(exact[layer])
        assert float(off) < 0.02  # a bfloat16 has 8 bits: 2⁻⁹ for each rounding, and some ten layers


def first_convolution(**settings):
    inputs = keras.Input((None, None, 3))
    layer = keras.layers.Conv2D(8, **{"kernel_size": 3, "padding": "same", "activation": "relu"} | settings)
    return keras.Model(inputs, layer(inputs))


@needs_bfloat16
def test_the_first_convolution_sees_finer_steps_than_bfloat16_holds():
    """From 128 on, the numbers of bfloat16 are 1 apart; these inputs are 1/8 apart."""
    model = first_convolution(kernel_size=1, bias_initializer=keras.initializers.Constant(-128.0))
    model.set_weights([np.tile(np.float32([1, 0, 0]).reshape(1, 1, 3, 1), 8), model.get_weights()[1]])
    x = 128 + tf.constant(np.linspace(0, 1, 9, dtype=np.float32).reshape(1, 3, 3, 1) * np.ones(3, np.float32))
    np.testing.assert_array_equal(tf.cast(recast(model, precision="bfloat16")(x), tf.float32), model(x))


@needs_bfloat16
@pytest.mark.parametrize("padding", ["zero", "mirror"])
def test_the_first_convolution_has_the_same_gradient_but_for_rounding(padding):
    model = first_convolution(bias_initializer="random_normal")
    x = tf.constant(np.random.default_rng(0).normal(size=(1, 9, 7, 3)), tf.float32)
    slopes = [
        gradient_of(recast(model, precision=precision, padding=padding), x)[1] for precision in ("float32", "bfloat16")
    ]
    np.testing.assert_allclose(*slopes, rtol=0, atol=0.02 * float(tf.reduce_max(tf.abs(slopes[0]))))


@needs_bfloat16
@pytest.mark.parametrize("settings", [{"strides": 2}, {"activation": "tanh"}, {"use_bias": False}], ids=str)
def test_another_first_convolution_stays_float32(settings):
    layer = recast(first_convolution(**settings), precision="bfloat16").layers[1]
    assert layer.compute_dtype == "float32"


@needs_bfloat16
def test_losses_in_bfloat16_are_float32_and_nearly_the_same():
    network = load_network("vgg19")
    layers = tuple(dict.fromkeys([*network.style_layers, *network.content_layers]))
    pictures = load_image("pagoda", 128), load_image("great_wave", 128)
    x = tf.constant(load_image("cat", 128)[:, : pictures[0].shape[1]])
    both = []
    for each in ("float32", "bfloat16"):
        extract = FeatureExtractor(network, layers, precision=each)
        both.append(Objective(extract, *pictures, network.content_layers, network.style_layers, 1.0, 36.0, 10.0))
    (exact, slope), (rounded, ours) = (each.losses_and_gradient(x) for each in both)
    assert rounded.total.dtype == ours.dtype == tf.float32
    assert float(rounded.total) == pytest.approx(float(exact.total), rel=0.01)
    assert float(tf.reduce_sum(slope * ours) / (tf.norm(slope) * tf.norm(ours))) > 0.98


@needs_bfloat16
def test_a_run_in_bfloat16_ends_about_where_a_run_in_float32_does():
    totals = {}
    for each in ("float32", "bfloat16"):
        run = Transfer("pagoda", "great_wave", size=128, steps=20, levels=1, precision=each)
        list(run)
        assert run.precision == each
        totals[each] = run.losses.total
    assert totals["bfloat16"] == pytest.approx(totals["float32"], rel=0.1)


def test_a_model_with_layers_of_ones_own_stays_as_it_is_and_says_so_when_asked_for_more():
    class Mine(keras.layers.Layer):
        def call(self, x):
            return x * 2

    inputs = keras.Input((None, None, 3))
    model = keras.Model(inputs, keras.layers.Conv2D(4, 3, padding="same")(Mine()(inputs)))
    assert not can_recast(model)
    assert choose_precision("auto", model, "/CPU:0") == "float32"
    with pytest.raises(NetworkError, match="cannot be copied into bfloat16: use precision='float32'"):
        FeatureExtractor(model, [model.layers[-1].name], precision="bfloat16")
    assert recast(model, padding="auto") is model
    with pytest.raises(NetworkError, match="cannot be copied with mirrored borders: use padding='zero'"):
        FeatureExtractor(model, [model.layers[-1].name], padding="mirror")


@pytest.mark.parametrize("change", [lambda maps: 30 * maps, keras.layers.Lambda(lambda maps: 30 * maps)])
def test_a_model_with_an_operation_of_its_own_stays_as_it_is(change):
    inputs = keras.Input((None, None, 64))
    model = keras.Model(inputs, change(keras.layers.Conv2D(8, 3, padding="same")(inputs)))
    assert not can_recast(model)
    assert recast(model) is model


def test_a_copy_cannot_change_the_model_it_was_made_of():
    model = load_network("vgg19-random").model
    before = [weights.copy() for weights in model.get_weights()[:4]]
    copy = recast(model, "avg", "bfloat16")
    for weights in copy.weights[:4]:
        weights.assign(weights * 0)
    for a, b in zip(before, model.get_weights(), strict=False):
        np.testing.assert_array_equal(a, b)
