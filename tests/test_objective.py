import numpy as np
import pytest

from course_utils.device import tf
from course_utils.errors import OptionError
from course_utils.features import VGG_STYLE, FeatureExtractor
from course_utils.images import load_image, resize
from course_utils.objective import Objective, content_loss, total_variation, traced_losses_and_gradient

ALPHA, BETA, GAMMA = 0.7, 1.3, 0.9
STYLE = {"first": 3.0, "second": 1.0}


@pytest.fixture
def make(small_network, random_image):
    def make(content=None, style=None, **weights):
        return Objective(
            FeatureExtractor(small_network, ["first", "second"]),
            random_image(6, 8, 1) if content is None else content,
            random_image(10, 4, 2) if style is None else style,
            ["second"],
            STYLE,
            **{"alpha": ALPHA, "beta": BETA, "gamma": GAMMA} | weights,
        )

    return make


def convolve(x, kernel, bias):
    """3×3, zero padding, ReLU: written with loops, from the definition."""
    padded = np.pad(x, ((1, 1), (1, 1), (0, 0)))
    h, w = x.shape[:2]
    out = np.zeros((h, w, kernel.shape[-1])) + bias
    for i in range(h):
        for j in range(w):
            out[i, j] += np.tensordot(padded[i : i + 3, j : j + 3], kernel, 3)
    return np.maximum(out, 0)


def numpy_features(network, image):
    k1, b1, k2, b2 = network.get_weights()
    first = convolve(image[0], k1, b1)
    h, w = first.shape[0] // 2, first.shape[1] // 2
    pooled = first[: 2 * h, : 2 * w].reshape(h, 2, w, 2, -1).max((1, 3))
    return {"first": first, "second": convolve(pooled, k2, b2)}


def numpy_gram(F):
    F = F.reshape(-1, F.shape[-1])
    return F.T @ F / len(F)


def numpy_objective(network, x, content, style):
    at_x, at_content, at_style = (numpy_features(network, image) for image in (x, content, style))
    P = at_content["second"]
    L_content = np.sum((at_x["second"] - P) ** 2) / np.sum(P**2)
    r = {}
    for layer in STYLE:
        A = numpy_gram(at_style[layer])
        r[layer] = np.sum((numpy_gram(at_x[layer]) - A) ** 2) / np.sum((numpy_gram(at_content[layer]) - A) ** 2)
    L_style = (3 * r["first"] + r["second"]) / 4
    L_tv = np.mean(np.diff(x, axis=1) ** 2) + np.mean(np.diff(x, axis=2) ** 2)
    return ALPHA * L_content + BETA * L_style + GAMMA * L_tv, L_content, L_style, L_tv, r


def test_whole_objective_equals_the_numpy_version(make, small_network, random_image):
    x, content, style = random_image(6, 8, 5), random_image(6, 8, 1), random_image(10, 4, 2)
    losses = make().losses(tf.constant(x)).numpy()
    expected = numpy_objective(small_network, x, content, style)
    np.testing.assert_allclose(losses[:4], expected[:4], rtol=1e-10)
    for layer in STYLE:
        assert losses.style_layers[layer] == pytest.approx(expected[4][layer], rel=1e-10)


def finite_differences(f, x, step=1e-6):
    gradient = np.zeros_like(x)
    for index in np.ndindex(x.shape):
        plus, minus = x.copy(), x.copy()
        plus[index] += step
        minus[index] -= step
        gradient[index] = (float(f(tf.constant(plus))) - float(f(tf.constant(minus)))) / (2 * step)
    return gradient


@pytest.mark.parametrize(
    "weights",
    [
        {"beta": 0.0, "gamma": 0.0},
        {"alpha": 0.0, "gamma": 0.0},
        {"alpha": 0.0, "beta": 0.0},
        {},
    ],
    ids=["content", "style", "tv", "all"],
)
def test_gradient_equals_finite_differences(make, random_image, weights):
    objective, x = make(**weights), random_image(6, 8, 5)
    gradient = objective.losses_and_gradient(tf.constant(x))[1]
    expected = finite_differences(lambda image: objective.losses(image).total, x)
    assert np.abs(expected).max() > 1e-4  # the gradient is there
    # central differences err by step² and by rounding/step, both about 1e-10 here
    np.testing.assert_allclose(gradient, expected, atol=1e-7 * np.abs(expected).max() + 1e-9)


def test_content_loss_is_zero_at_the_target_and_one_without_features(random_image):
    P = random_image(4, 4)
    assert content_loss(tf.constant(P), tf.constant(P)) == 0
    assert content_loss(tf.zeros_like(P), tf.constant(P)) == 1


def test_total_variation_of_a_checkerboard_is_two_and_of_a_plane_zero():
    rows, columns = np.indices((6, 8))
    board = np.repeat(((rows + columns) % 2)[None, ..., None], 3, axis=-1).astype(np.float32)
    assert total_variation(board) == 2  # each of the two means is of ones
    assert total_variation(np.full_like(board, 0.3)) == 0


def test_total_variation_of_a_ramp(random_image):
    ramp = np.tile(np.linspace(0, 1, 11)[None, None, :, None], (1, 4, 1, 3))  # 0.1 a pixel to the right
    assert total_variation(ramp).numpy() == pytest.approx(0.01)


def test_style_is_one_at_the_content_and_zero_at_the_style(make, random_image):
    content, style = random_image(6, 8, 1), random_image(6, 8, 2)
    objective = make(content, style)
    assert float(objective.losses(tf.constant(content)).style) == pytest.approx(1)
    assert float(objective.losses(tf.constant(content)).content) == 0
    assert float(objective.losses(tf.constant(style)).style) == pytest.approx(0, abs=1e-12)


def test_same_picture_as_content_and_style_gives_finite_losses(make, random_image):
    objective = make(random_image(6, 8, 1), random_image(6, 8, 1))
    losses, gradient = objective.losses_and_gradient(tf.constant(random_image(6, 8, 5)))
    assert np.isfinite(losses.numpy().total)
    assert np.isfinite(gradient).all()


def test_a_layer_of_zeros_is_refused(make, random_image, small_network):
    weights = small_network.get_weights()
    try:
        small_network.set_weights([*weights[:3], weights[3] - 1e3])
        with pytest.raises(OptionError, match="layer second outputs only zeros"):
            make()
    finally:
        small_network.set_weights(weights)


def test_targets_are_computed_once_and_the_graph_traced_once(random_image, small_network):
    calls = []

    def extract(image):
        calls.append(image)
        return FeatureExtractor(small_network, ["first", "second"])(image)

    objective = Objective(extract, random_image(6, 8, 1), random_image(10, 4, 2), ["second"], STYLE, 1.0, 1.0, 1.0)
    assert len(calls) == 2
    for seed in range(4):
        objective.losses_and_gradient(tf.constant(random_image(6, 8, seed)))
        objective.reweight(1.0, seed, 1.0)
    assert len(calls) == 3  # the third traced the graph


def test_a_second_objective_of_the_same_shapes_uses_the_graph_of_the_first(random_image, small_network):
    inner, calls = FeatureExtractor(small_network, ["first", "second"]), []

    def extract(image):
        calls.append(image)
        return inner(image)

    for seed in range(3):
        content, style = random_image(6, 8, seed), random_image(10, 4, seed + 1)
        objective = Objective(extract, content, style, ["second"], STYLE, 1.0, float(seed), 1.0)
        losses, _ = objective.losses_and_gradient(tf.constant(random_image(6, 8, 9)))
        expected = numpy_objective(small_network, random_image(6, 8, 9), content, style)
        np.testing.assert_allclose([losses.content, losses.style], expected[1:3], rtol=1e-10)
    assert len(calls) == 3 * 2 + 1


def ancestors(tensors):
    """Collect the operations that the tensors need: TensorFlow runs these and prunes the others."""
    needed, pending = set(), [tensor.op for tensor in tensors]
    while pending:
        operation = pending.pop()
        if operation not in needed:
            needed.add(operation)
            pending += [tensor.op for tensor in operation.inputs] + list(operation.control_inputs)
    return needed


@pytest.mark.parametrize(("form", "plain", "transposed"), [("plain", 9, 9), ("transposed", 0, 18), ("turned", 18, 0)])
def test_one_step_runs_each_layer_once_and_no_gradient_of_weights(form, plain, transposed, random_image):
    """The graph of a step, counted: 9 of VGG19's 16 convolutions lead to conv4_1."""
    layers = ["conv1_1", "conv4_1"]
    image = random_image(32, 32).astype(np.float32)
    extract = FeatureExtractor("vgg19-random", layers, convolution=form)
    objective = Objective(extract, image, image, ["conv4_1"], dict.fromkeys(layers, 1.0), 1.0, 1.0, 1.0)
    arguments = objective.extract, tf.constant(image), objective.targets, objective.weights
    graph = traced_losses_and_gradient.get_concrete_function(*arguments).graph
    operations = [operation.type for operation in ancestors(graph.outputs)]
    assert operations.count("Conv2D") == plain
    assert operations.count("Conv2DBackpropInput") == transposed
    assert "Conv2DBackpropFilter" not in operations


def test_the_terms_are_about_the_same_at_any_size():
    """One α:β for all sizes: the terms of one and the same picture differ by less than 15% from 192 to 384 px."""
    layers = ["conv4_2", *VGG_STYLE]
    terms = []
    for size in (192, 384):
        content, style = load_image("pagoda", size), load_image("great_wave", size)
        extract = FeatureExtractor("vgg19", layers, padding="mirror")
        objective = Objective(extract, content, style, layers[:1], VGG_STYLE, 1, 1, 1)
        cat = resize(load_image("cat", size), *content.shape[1:3])
        losses = objective.losses(tf.constant(cat)).numpy()
        terms.append([losses.content, losses.style])
    np.testing.assert_allclose(terms[0], terms[1], rtol=0.15)


def test_pulls_are_the_norms_of_the_weighted_terms_gradients(make, random_image):
    x = tf.constant(random_image(6, 8, 5))
    whole = make()
    pulls = whole.pulls(x, whole.losses_and_gradient(x)[1])
    for name, weight in {"content": "alpha", "style": "beta", "tv": "gamma"}.items():
        others = {other: 0.0 for other in ("alpha", "beta", "gamma") if other != weight}
        alone = make(**others).losses_and_gradient(x)[1]
        assert float(pulls[name]) == pytest.approx(float(tf.norm(alone)), rel=1e-8)
