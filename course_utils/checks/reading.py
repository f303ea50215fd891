"""Checkers for the exercises of lesson 10: an article's program, its parts and the whole of it.

Each checker knows the program as the lesson shows it, and says so with a hint that does not name the defect.
"""

import functools
from collections.abc import Callable, Iterator

import numpy as np

from ..device import keras, tf
from ..gram import gram_matrix, style_distance
from ..objective import total_variation
from .verdict import Verdict, call, compare, draw, exercise

FILTERS, UNITS = 512, 4096  # of the article's last convolution and of its first Dense layer


@exercise
def dense_weights(attempt: Callable) -> None:
    """Check `dense_weights(height, width)`: h·w·512·4096, h and w after four convolutions and poolings."""
    for height, width in ((47, 66), (256, 171)):
        _check_dense_weights(attempt, height, width)


def _check_dense_weights(attempt: Callable, height: int, width: int) -> None:
    def positions(step: Callable) -> float:
        h, w = height, width
        for _ in range(4):
            h, w = step(h), step(w)
        return h * w

    inputs = positions(lambda side: (side - 2) // 2) * FILTERS
    mistakes = {
        "with padding: here each convolution loses a row and a column on every side": positions(lambda side: side // 2)
        * FILTERS
        * UNITS,
        "each convolution loses one pixel in all: 3 × 3 without padding loses one on each side": positions(
            lambda side: (side - 1) // 2
        )
        * FILTERS
        * UNITS,
        "not rounded down: a pooling window that sticks out is dropped": positions(lambda side: (side - 2) / 2)
        * FILTERS
        * UNITS,
        "pooled before the convolution: the convolution comes first": positions(lambda side: side // 2 - 2)
        * FILTERS
        * UNITS,
        "no pooling: it halves the sides": positions(lambda side: side - 2) * FILTERS * UNITS,
        "only the inputs of the layer: each has a weight for each of the 4096 outputs": inputs,
        "the 512 channels are missing: Flatten keeps them all": inputs // FILTERS * UNITS,
        "with the 4096 biases: only weights are asked for": inputs * UNITS + UNITS,
        "the 1000 classes belong to the layer after this one": inputs * 1000,
        "the picture goes in as it is: it passes four convolutions and poolings first": height * width * 3 * UNITS,
    }
    compare(call(attempt, height, width), np.array(inputs * UNITS), mistakes, "the number of weights")


@exercise
def repaired_gram(attempt: Callable) -> None:
    """Check `repaired_gram(F)`: FᵀF / (h·w), with the positions and the channels kept apart."""
    F = draw(1, 3, 4, 5) - 0.3
    M, mixed = F.reshape(-1, 5), F.reshape(5, -1)
    mistakes = {
        "the program above: shuffle the positions of F, and a Gram matrix stays as it is; this one does not": mixed
        @ mixed.T
        / 12,
        "the rows are as in the program above, and other things were changed: look at what a row holds": mixed
        @ mixed.T,
        "the right matrix, divided by the number of channels: what is rows.shape[1] now?": M.T @ M / 5,
        "the right matrix, but not divided by the number of positions": M.T @ M,
        "divided by h·w·C: divide by the positions, h·w": M.T @ M / M.size,
        "shape (h·w, h·w): the factors are the wrong way round": M @ M.T / 12,
        "shape (h·w, h·w): the factors are the wrong way round, and it is not divided by the positions": M @ M.T / 5,
    }
    compare(call(attempt, F), M.T @ M / 12, mistakes, "the matrix")


@exercise
def repaired_step(attempt: Callable) -> None:
    """Check `repaired_step(picture, kernel, slopes, eta)`: the picture moves, the kernel stays."""
    picture, kernel, eta = draw(4), 1 + draw(4, seed=1), 0.3

    def slopes(picture: np.ndarray, kernel: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        picture, kernel = np.asarray(picture), np.asarray(kernel)
        off = kernel * picture - 1
        return 2 * kernel * off, 2 * picture * off

    along_picture, along_kernel = slopes(picture, kernel)
    moved, trained = picture - eta * along_picture, kernel - eta * along_kernel
    mistakes = {
        "the program above: compare each of the two things it returns with what it was given": [picture, trained],
        "both move: the network is the judge, and has to stay as it is": [moved, trained],
        "the right one moves, but along the other's slope: slopes gives the picture's first": [
            picture - eta * along_kernel,
            kernel,
        ],
        "uphill: subtract the slope": [picture + eta * along_picture, kernel],
        "the learning rate is missing": [picture - along_picture, kernel],
        "nothing moves": [picture, kernel],
        "clipped: the pixels of this toy have no bounds": [np.clip(moved, 0, 1), kernel],
        "(kernel, picture): return the picture first": [kernel, moved],
        "returns one of the two: the caller expects (picture, kernel)": moved,
    }
    compare(call(attempt, picture, kernel, slopes, eta), np.array([moved, kernel]), mistakes, "(picture, kernel)")


@exercise
def repaired_style_loss(attempt: Callable) -> None:
    """Check `repaired_style_loss(y_true, y_pred)`: the mean squared difference of the two Gram matrices."""
    # 5 positions across and 5 channels, so that a Gram matrix can be compared with maps, by mistake
    y_true, y_pred = draw(1, 3, 5, 5), 1.4 * draw(1, 4, 5, 5, seed=1) - 0.2
    A, G = (F.reshape(-1, 5).T @ F.reshape(-1, 5) for F in (y_true, y_pred))  # not yet divided by the positions
    sums, A, G = A - G, A / 15, G / 20
    difference = G - A
    mistakes = {
        "compares the picture's Gram matrix with its own mean, as the article does: y_true is not used": np.mean(
            (G - G.mean()) ** 2
        ),
        "compares the painting's Gram matrix with its own mean: y_pred is not used": np.mean((A - A.mean()) ** 2),
        "compares the picture's Gram matrix with the mean of the painting's: compare them pair by pair": np.mean(
            (G - A.mean()) ** 2
        ),
        "the mean is taken before the square: differences of both signs cancel": difference.mean() ** 2,
        "the sum of the squares: take their mean": np.sum(difference**2),
        "the differences are not squared: they cancel": difference.mean(),
        "the differences are not squared, and those of both signs cancel": -difference.mean(),
        "absolute differences: square them": np.abs(difference).mean(),
        "only the diagonal is compared: which features fire together stands beside it": np.mean(
            np.diag(difference) ** 2
        ),
        "a square root too many": np.sqrt(np.mean(difference**2)),
        "the Gram matrices are not divided by their positions: the two pictures have different numbers of them": (
            np.mean(sums**2)
        ),
        "divided by ‖A‖²: that is lesson 3's distance, here the mean is asked for": np.sum(difference**2)
        / np.sum(A**2),
        "one number for each pair of features: take the mean of all": difference**2,
        "compares the picture's Gram matrix with the painting's feature maps: y_true needs one, too": np.mean(
            (G - y_true) ** 2
        ),
        "compares the painting's Gram matrix with the picture's feature maps: y_pred needs one, too": np.mean(
            (y_pred - A) ** 2
        ),
    }
    compare(call(attempt, y_true, y_pred), np.array(np.mean(difference**2)), mistakes, "the loss")
    if not _passes_gradient(attempt, y_true, y_pred):
        raise Verdict(
            "the right number, but no gradient comes through: use TensorFlow's functions, not NumPy's, and no `float`"
        )


def _passes_gradient(loss: Callable, y_true: np.ndarray, y_pred: np.ndarray) -> bool:
    target, x = (tf.constant(y, tf.float32) for y in (y_true, y_pred))
    try:
        with tf.GradientTape() as tape:
            tape.watch(x)
            value = loss(target, x)
        return tape.gradient(value, x) is not None
    except Exception:  # a method that only arrays have, or a number, of which there is no gradient
        return False


@exercise
def steps_needed(attempt: Callable) -> None:
    """Check `steps_needed(levels, eta)`: levels / 255 / η, rounded up."""
    _check_steps(attempt, 120, 0.02, {"rounded down: then it is a step too few": np.floor})
    _check_steps(attempt, 101, 0.03, {"rounded to the nearest: here that is a step too few": np.round})
    _check_steps(
        attempt,
        255,
        0.5,
        {"one step too many where the division comes out even: round up, don't add 1": lambda n: np.floor(n) + 1},
    )
    _check_steps(attempt, 255, 0.333, {"divided by 256: white is level 255": lambda n: np.ceil(n * 255 / 256)})


def _check_steps(attempt: Callable, levels: int, eta: float, rounded: dict[str, Callable]) -> None:
    exact = levels / 255 / eta
    mistakes = {words: rule(exact) for words, rule in rounded.items()} | {
        "the program above: from black to white, levels = 255, with η = 1 takes one step; what does it say?": round(
            levels / eta
        ),
        "not a whole number: there is no part of a step": exact,
        "multiplied by 255: a level is 1/255": np.ceil(levels * 255 / eta),
        "multiplied by η: smaller steps mean more of them": np.ceil(levels / 255 * eta),
        "upside down: divide the distance by what one step covers of it": 1 / exact,
        "η is not used: a step is about η long": np.ceil(levels / 255),
        "one step too many: round up, and add nothing": np.ceil(exact) + 1,
        "the levels that are left, 255 − levels: the distance is levels": np.ceil((255 - levels) / 255 / eta),
    }
    compare(call(attempt, levels, eta), np.array(np.ceil(exact)), mistakes, "the number of steps")


@exercise
def repaired_program(attempt: Callable) -> None:
    """Check `repaired_program`: its picture after some epochs, from model, pictures, weights and learning rate.

    It runs on a network of two small layers and two small pictures, and is compared with the same program written
    right, and then with the same program with one slip in it.
    """
    trial = _Trial()
    weights_before = trial.model.get_weights()
    answer = call(lambda *images: trial.run(attempt, images), trial.photo, trial.painting)
    moved = answer.shape == trial.photo.shape and not np.array_equal(answer, trial.photo)
    if not all(map(np.array_equal, weights_before, trial.model.get_weights())):
        raise Verdict(
            "the picture and the network's weights both move: the network is the judge, and has to stay as it is"
            if moved
            else "the network's weights move, and the picture does not: what is the optimiser given?"
        )
    if np.array_equal(answer, trial.photo):
        raise Verdict("the picture is the photo as it was: what does the optimiser move?")
    if _same(answer, trial.picture()):
        return
    for what, wrong in _slips():
        if _same(answer, wrong):
            raise Verdict(what)
    reach = 1.5 * trial.epochs * trial.learning_rate
    if answer.shape == trial.photo.shape and np.abs(answer - trial.photo).max() > reach:
        raise Verdict("further from the photo than so few steps of Adam can take it: does it start from the photo?")
    compare(answer, trial.picture(), {}, "the picture")


def _same(picture: np.ndarray, other: np.ndarray) -> bool:
    """Allow for rounding, which Adam magnifies where a pixel's gradient is small, and for other places of its ε."""
    return picture.shape == other.shape and bool(np.abs(picture - other).max() < 3e-3)


@functools.cache  # a second or two, which only the first wrong answer has to wait for
def _slips() -> list[tuple[str, np.ndarray]]:
    return list(_Trial().slips())


class _Trial:
    """A small run of the whole program: as it should be, or with a slip in it."""

    content_weights, style_weights = {"deep": 40.0}, {"flat": 0.4, "deep": 0.2}
    loss_weights, epochs, learning_rate = (2.0, 3.0, 5.0), 4, 0.05

    def __init__(self) -> None:
        self.photo, self.painting = (draw(1, 9, 11, 3, seed=seed).astype(np.float32) for seed in (1, 2))
        edge = self.photo[:, :4]  # nearly black and white, so that clipping matters
        self.photo[:, :4] = 0.97 * np.round(edge) + 0.03 * edge
        flat = keras.layers.Conv2D(4, 3, activation="softplus", name="flat")
        deep = keras.layers.Conv2D(5, 3, activation="softplus", name="deep")
        image = keras.Input((None, None, 3))
        maps = flat(image)
        self.model = keras.Model(image, {"flat": maps, "deep": deep(keras.layers.AveragePooling2D(2)(maps))})
        shapes = [weight.shape for weight in self.model.weights]
        self.model.set_weights([draw(*shape, seed=k) - 0.45 for k, shape in enumerate(shapes)])

    def run(self, attempt: Callable, images: tuple) -> object:
        """Call the attempt with pictures and the trial's settings."""
        weights = self.content_weights, self.style_weights, self.loss_weights
        return attempt(self.model, images, *weights, self.epochs, self.learning_rate)

    def slips(self) -> Iterator[tuple[str, np.ndarray]]:
        """Yield what is wrong, and the picture that comes of it."""
        alpha, beta, gamma = self.loss_weights
        yield (
            "photo and painting have changed places: the content comes from the photo, the style from the painting",
            self.picture(content_from="painting", style_from="photo", start="painting"),
        )
        yield (
            "photo and painting have changed places as targets, though the start is the photo",
            self.picture(content_from="painting", style_from="photo"),
        )
        yield (
            "the content's target moves: it comes from the picture itself in each step, so that it never pulls",
            self.picture(loss_weights=(0.0, beta, gamma)),
        )
        yield "the style's target is the photo's: take the painting's", self.picture(style_from="photo")
        yield "the style never pulls: where does its target come from?", self.picture(loss_weights=(alpha, 0.0, gamma))
        yield (
            "compares the picture's Gram matrix with its own mean, as the article does: the painting is not used",
            self.picture(style=lambda A, G: tf.reduce_mean((G - tf.reduce_mean(G)) ** 2)),
        )
        yield (
            "the mean of the Gram matrices' differences is squared: square first, or both signs cancel",
            self.picture(style=lambda A, G: tf.reduce_mean(G - A) ** 2),
        )
        yield "compares feature maps with those of the painting: compare Gram matrices", self.picture(gram=tf.identity)
        yield (
            "the Gram matrices are not divided by their positions",
            self.picture(gram=lambda F: gram_matrix(F) * float(np.prod(F.shape[1:3]))),
        )
        yield (
            "the sum of squares in a loss: take the mean",
            self.picture(content=_sum_of_squares, style=_sum_of_squares),
        )
        yield "the sum of squares in the content: take the mean", self.picture(content=_sum_of_squares)
        yield "the sum of squares in the style: take the mean", self.picture(style=_sum_of_squares)
        yield (
            "the style is divided by ‖A‖²: that is lesson 3's distance, here the mean is asked for",
            self.picture(style=lambda A, G: style_distance(G, A)),
        )
        yield "total variation is missing", self.picture(loss_weights=(alpha, beta, 0.0))
        yield (
            "TensorFlow's total variation, a sum of absolute differences: take the course's, a mean of squares",
            self.picture(variation=lambda x: tf.reduce_sum(tf.image.total_variation(x))),
        )
        yield (
            "loss_weights are not used: they multiply content, style and total variation",
            self.picture(loss_weights=(1.0, 1.0, 1.0)),
        )
        yield "α and β have changed places: α goes with the content", self.picture(loss_weights=(beta, alpha, gamma))
        ones = dict.fromkeys(self.style_weights, 1.0)
        yield "style_weights are not used", self.picture(style_weights=ones)
        yield "content_weights are not used", self.picture(content_weights={"deep": 1.0})
        yield (
            "neither content_weights nor style_weights are used",
            self.picture(style_weights=ones, content_weights={"deep": 1.0}),
        )
        yield "the picture leaves [0, 1]: clip it after each step", self.picture(clip=lambda x: x)
        yield (
            "clipped once, at the end: clip after each step",
            np.clip(self.picture(clip=lambda x: x), 0, 1),
        )
        yield (
            "the optimiser is made anew in each step, and forgets its averages: make it before the loop",
            self.picture(forgets=True),
        )
        yield "the article's learning rate, 0.0002: use learning_rate", self.picture(learning_rate=0.0002)
        yield "plain gradient descent, not Adam", self.picture(plain=True)
        yield "uphill: the optimiser subtracts the gradient by itself", self.picture(learning_rate=-self.learning_rate)
        yield "one step only: epochs is how many", self.picture(epochs=1)
        yield "one step too few", self.picture(epochs=self.epochs - 1)
        yield "one step too many", self.picture(epochs=self.epochs + 1)
        yield "starts from grey: start from the photo", self.picture(start="grey")

    def picture(
        self,
        content_from: str = "photo",
        style_from: str = "painting",
        start: str = "photo",
        gram: Callable = gram_matrix,
        content: Callable | None = None,
        style: Callable | None = None,
        variation: Callable = total_variation,
        clip: Callable = lambda x: tf.clip_by_value(x, 0.0, 1.0),
        forgets: bool = False,
        plain: bool = False,
        **changed: object,
    ) -> np.ndarray:
        """Descend as the solution does, but for the slips asked for; 0.9, 0.999 and 1e-7 are Keras' Adam's numbers."""
        content, style = content or _mean_of_squares, style or _mean_of_squares
        setting = {
            name: changed.get(name, getattr(self, name)) for name in ("epochs", "learning_rate", "loss_weights")
        }
        weights = [changed.get(name, getattr(self, name)) for name in ("content_weights", "style_weights")]
        images = {"photo": self.photo, "painting": self.painting, "grey": np.full_like(self.photo, 0.5)}
        P, S = self.model(images[content_from]), self.model(images[style_from])
        x = tf.constant(images[start])
        m, v, t = tf.zeros_like(x), tf.zeros_like(x), 0
        for _ in range(setting["epochs"]):
            with tf.GradientTape() as tape:
                tape.watch(x)
                F = self.model(x)
                terms = (
                    sum(w * content(P[layer], F[layer]) for layer, w in weights[0].items()),
                    sum(w * style(gram(S[layer]), gram(F[layer])) for layer, w in weights[1].items()),
                    variation(x),
                )
                loss = sum(weight * term for weight, term in zip(setting["loss_weights"], terms, strict=True))
            g, eta = tape.gradient(loss, x), setting["learning_rate"]
            m, v, t = (0 * m, 0 * v, 1) if forgets else (m, v, t + 1)
            m, v = 0.9 * m + 0.1 * g, 0.999 * v + 0.001 * g**2
            step = (1 - 0.999**t) ** 0.5 / (1 - 0.9**t) * m / (tf.sqrt(v) + 1e-7)
            x = clip(x - eta * (g if plain else step))
        return x.numpy()


def _mean_of_squares(y_true: tf.Tensor, y_pred: tf.Tensor) -> tf.Tensor:
    return tf.reduce_mean((y_true - y_pred) ** 2)


def _sum_of_squares(y_true: tf.Tensor, y_pred: tf.Tensor) -> tf.Tensor:
    return tf.reduce_sum((y_true - y_pred) ** 2)
