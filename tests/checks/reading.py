"""Wrong answers to the exercises that `checks.reading` checks."""

import numpy as np

from course_utils.device import keras, tf
from course_utils.gram import gram_matrix, style_distance
from course_utils.objective import total_variation
from tests.checks import flat, square


def weights(step=lambda side: (side - 2) // 2, factor=512 * 4096, more=0):
    """Make an attempt at counting the weights of the article's Dense layer, with a slip in it."""

    def attempt(height, width):
        for _ in range(4):
            height, width = step(height), step(width)
        return height * width * factor + more

    return attempt


def gram(F):
    return flat(F).T @ flat(F) / len(flat(F))


def off(y_true, y_pred):
    return gram(y_pred) - gram(y_true)


def repaint(
    model,
    train_images,
    content_weights,
    style_weights,
    loss_weights,
    epochs,
    learning_rate,
    moved=("picture",),
    targets=lambda model, photo, painting, picture: (model(photo), model(painting)),
    again=False,
    compared=lambda A, G: tf.reduce_mean((A - G) ** 2),
    compare_content=tf.reduce_mean,
    gram=gram_matrix,
    variation=total_variation,
    clip=lambda x: tf.clip_by_value(x, 0.0, 1.0),
    made_anew=False,
    optimizer=lambda rate: keras.optimizers.Adam(rate),
    sign=1,
    start=lambda photo, painting: photo,
):
    """Write the whole program right, but for the slips asked for."""
    (photo, painting), (alpha, beta, gamma) = train_images, loss_weights
    picture, rule = tf.Variable(start(photo, painting)), optimizer(learning_rate)
    content_true, style_true = targets(model, photo, painting, picture)
    for _ in range(epochs):
        if again:
            content_true, style_true = targets(model, photo, painting, picture)
        rule = optimizer(learning_rate) if made_anew else rule
        with tf.GradientTape() as tape:
            y_pred = model(picture)
            content = sum(w * compare_content((content_true[n] - y_pred[n]) ** 2) for n, w in content_weights.items())
            style = sum(w * compared(gram(style_true[n]), gram(y_pred[n])) for n, w in style_weights.items())
            loss = alpha * content + beta * style + gamma * variation(picture)
        variables = {"picture": [picture], "weights": model.trainable_variables}
        variables = [each for what in moved for each in variables[what]]
        gradients = tape.gradient(loss, variables)
        rule.apply_gradients([(sign * g, each) for g, each in zip(gradients, variables, strict=True)])
        picture.assign(clip(picture))
    return picture


def slip(**slips):
    return lambda *given: repaint(*given, **slips)


def given(**changed):
    """Hand the right program other settings than it was given."""
    names = "content_weights", "style_weights", "loss_weights", "epochs", "learning_rate"
    return lambda model, images, *values: repaint(
        model, images, *(changed.get(name, value) for name, value in zip(names, values, strict=True))
    )


WRONG = {
    "dense_weights": [
        (weights(lambda side: side // 2), "with padding"),
        (weights(lambda side: (side - 1) // 2), "one pixel in all"),
        (weights(lambda side: (side - 2) / 2), "not rounded down"),
        (weights(lambda side: side // 2 - 2), "pooled before"),
        (weights(lambda side: side - 2), "no pooling"),
        (weights(factor=512), "only the inputs"),
        (weights(factor=4096), "the 512 channels are missing"),
        (weights(more=4096), "biases"),
        (weights(factor=512 * 1000), "the 1000 classes"),
        (lambda height, width: height * width * 3 * 4096, "goes in as it is"),
    ],
    "repaired_gram": [
        (lambda F: F.reshape(5, -1) @ F.reshape(5, -1).T / 12, "the program above: shuffle"),
        (lambda F: F.reshape(5, -1) @ F.reshape(5, -1).T, "look at what a row holds"),
        (lambda F: flat(F).T @ flat(F) / flat(F).shape[1], "divided by the number of channels"),
        (lambda F: flat(F).T @ flat(F), "not divided by the number of positions"),
        (lambda F: flat(F).T @ flat(F) / F.size, "divided by h·w·C"),
        (lambda F: flat(F) @ flat(F).T / len(flat(F)), "the wrong way round"),
        (lambda F: flat(F) @ flat(F).T / flat(F).shape[1], "and it is not divided"),
    ],
    "repaired_step": [
        (lambda p, k, slopes, eta: (p, k - eta * slopes(p, k)[1]), "the program above"),
        (lambda p, k, slopes, eta: (p - eta * slopes(p, k)[0], k - eta * slopes(p, k)[1]), "both move"),
        (lambda p, k, slopes, eta: (p - eta * slopes(p, k)[1], k), "along the other's slope"),
        (lambda p, k, slopes, eta: (p + eta * slopes(p, k)[0], k), "uphill"),
        (lambda p, k, slopes, eta: (p - slopes(p, k)[0], k), "the learning rate is missing"),
        (lambda p, k, slopes, eta: (p, k), "nothing moves"),
        (lambda p, k, slopes, eta: (np.clip(p - eta * slopes(p, k)[0], 0, 1), k), "clipped"),
        (lambda p, k, slopes, eta: (k, p - eta * slopes(p, k)[0]), "return the picture first"),
        (lambda p, k, slopes, eta: p - eta * slopes(p, k)[0], "returns one of the two"),
    ],
    "repaired_style_loss": [
        (lambda y_true, y_pred: ((gram(y_pred) - gram(y_pred).mean()) ** 2).mean(), "as the article does"),
        (lambda y_true, y_pred: ((gram(y_true) - gram(y_true).mean()) ** 2).mean(), "y_pred is not used"),
        (lambda y_true, y_pred: ((gram(y_pred) - gram(y_true).mean()) ** 2).mean(), "pair by pair"),
        (lambda *y: off(*y).mean() ** 2, "before the square"),
        (lambda *y: square(off(*y)), "the sum of the squares"),
        (lambda *y: off(*y).mean(), "not squared: they cancel"),
        (lambda *y: -off(*y).mean(), "both signs cancel"),
        (lambda *y: np.abs(off(*y)).mean(), "absolute"),
        (lambda *y: (np.diag(off(*y)) ** 2).mean(), "only the diagonal"),
        (lambda *y: (off(*y) ** 2).mean() ** 0.5, "a square root too many"),
        (
            lambda y_true, y_pred: ((flat(y_pred).T @ flat(y_pred) - flat(y_true).T @ flat(y_true)) ** 2).mean(),
            "not divided by their positions",
        ),
        (lambda y_true, y_pred: square(off(y_true, y_pred)) / square(gram(y_true)), "lesson 3's distance"),
        (lambda *y: off(*y) ** 2, "one number for each pair"),
        (lambda y_true, y_pred: ((gram(y_pred) - y_true) ** 2).mean(), "y_true needs"),
        (lambda y_true, y_pred: ((y_pred - gram(y_true)) ** 2).mean(), "y_pred needs"),
        (
            lambda y_true, y_pred: float(((gram_matrix(y_pred) - gram_matrix(y_true)) ** 2).numpy().mean()),
            "no gradient",
        ),
    ],
    "steps_needed": [
        (lambda levels, eta: int(levels / eta), "the program above: from black"),
        (lambda levels, eta: int(levels / 255 / eta), "rounded down"),
        (lambda levels, eta: round(levels / 255 / eta), "rounded to the nearest"),
        (lambda levels, eta: levels / 255 / eta, "not a whole number"),
        (lambda levels, eta: np.ceil(levels * 255 / eta), "multiplied by 255"),
        (lambda levels, eta: np.ceil(levels / 255 * eta), "multiplied by η"),
        (lambda levels, eta: 255 * eta / levels, "upside down"),
        (lambda levels, eta: int(levels / 255 / eta) + 2, "one step too many"),
        (lambda levels, eta: int(levels / 255 / eta) + 1, "comes out even"),
        (lambda levels, eta: np.ceil(levels / 256 / eta), "divided by 256"),
        (lambda levels, eta: np.ceil((255 - levels) / 255 / eta), "the levels that are left"),
    ],
    "repaired_program": [
        (slip(moved=("weights",)), "weights move, and the picture does not"),
        (slip(moved=("picture", "weights")), "both move"),
        (lambda model, images, *_: images[0], "the picture is the photo as it was"),
        (
            lambda model, images, *rest: repaint(model, images[::-1], *rest),
            "have changed places: the content comes from the photo",
        ),
        (slip(targets=lambda model, photo, painting, x: (model(painting), model(photo))), "though the start"),
        (
            slip(targets=lambda model, photo, painting, x: (model(x), model(painting)), again=True),
            "the content's target moves",
        ),
        (slip(targets=lambda model, photo, painting, x: (model(photo), model(photo))), "the style's target"),
        (
            slip(targets=lambda model, photo, painting, x: (model(photo), model(x)), again=True),
            "the style never pulls",
        ),
        (slip(compared=lambda A, G: tf.reduce_mean((G - tf.reduce_mean(G)) ** 2)), "as the article does"),
        (slip(compared=lambda A, G: tf.reduce_mean(A - G) ** 2), "square first"),
        (slip(gram=lambda F: F), "compare Gram matrices"),
        (slip(gram=lambda F: gram_matrix(F) * F.shape[1] * F.shape[2]), "not divided by their positions"),
        (slip(compared=lambda A, G: tf.reduce_sum((A - G) ** 2)), "the sum of squares in the style"),
        (slip(compared=lambda A, G: style_distance(G, A)), "lesson 3's distance"),
        (slip(compare_content=tf.reduce_sum), "the sum of squares in the content"),
        (slip(variation=lambda x: 0.0), "total variation is missing"),
        (slip(variation=lambda x: tf.reduce_sum(tf.image.total_variation(x))), "TensorFlow's total variation"),
        (given(loss_weights=(1.0, 1.0, 1.0)), "loss_weights are not used"),
        (given(content_weights={"deep": 1.0}), "content_weights are not used"),
        (given(style_weights={"flat": 1.0, "deep": 1.0}), "style_weights are not used"),
        (slip(clip=lambda x: x), "leaves [0, 1]"),
        (slip(made_anew=True), "made anew in each step"),
        (given(learning_rate=0.0002), "the article's learning rate"),
        (slip(optimizer=keras.optimizers.SGD), "plain gradient descent"),
        (slip(sign=-1), "uphill"),
        (given(epochs=1), "one step only"),
        (slip(start=lambda photo, painting: 0 * photo + 0.5), "starts from grey"),
        (slip(start=lambda photo, painting: painting), "does it start from the photo"),
        (given(content_weights={"deep": 20.0}), "the picture should be"),
        (lambda model, images, c, s, w, *rest: repaint(model, images, c, s, (w[1], w[0], w[2]), *rest), "α and β"),
    ],
}
