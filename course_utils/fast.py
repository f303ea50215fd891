"""Fast style transfer: a network trained once for a painting repaints any photo in one pass (lesson 11).

    for step in Training("great_wave", ["cat", "pagoda"], minutes=15):
        print(step.index, step.losses.total)

    picture = FastStyle.load("great_wave")("astronaut", size=384)

After Johnson et al. 2016. As in `transfer`, nothing here draws or prints.
"""

import functools
import hashlib
import math
import os
import time
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import fields
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

from .device import OUT_OF_MEMORY, keras, processor, require_own_process, select_device, tf
from .errors import CheckpointError, CourseError, DeviceError, DivergenceError, NetworkError, OptionError
from .feedforward import (
    QUARTER,
    PerceptualLoss,
    draw_crops,
    initial_weights,
    shapes,
    transform,
    transform_in_strips,
)
from .images import as_image
from .networks import kept_choices, restore_choices
from .objective import Losses
from .options import TrainingOptions
from .samples import DATA, find
from .scene import Source
from .storage import read_tree, write_tree

FORMAT = 1  # of the files that `FastStyle.save` and `Training.save` write
LARGE = 3_000_000  # pixels; a larger picture is computed in strips
WARM_UP = 1 / 16  # of the training, during which the learning rate rises


def fast_networks() -> dict[str, Path]:
    """Return the trained networks that come with the course, `{name: path}`."""
    return {path.stem: path for path in sorted((DATA / "networks" / "fast").glob("*.npz"))}


class FastStyle:
    """A trained network: `FastStyle.load("great_wave")(photo)` is the repainted photo.

    Attributes:
        paintings: the names of the paintings that it was trained for.
        weights: float32 tensors, by the names and of the shapes of `feedforward.shapes`.
        recipe: how it was trained: options, steps, losses, seconds, processor; plain values by name.
    """

    def __init__(self, weights: Mapping[str, np.ndarray], paintings: Sequence[str], recipe: Mapping[str, Any]) -> None:
        """Take over arrays of weights, as above; any float dtype."""
        self.paintings, self.recipe = tuple(paintings), dict(recipe)
        self.weights = {name: tf.constant(weights[name], tf.float32) for name in shapes(len(self.paintings))}

    def __call__(
        self, photo: Source, painting: str | Sequence[float] | None = None, size: int | None = None
    ) -> np.ndarray:
        """Repaint a photo.

        Args:
            photo: a path, a sample's name, or an array as `images.as_image` takes it; each side at least 32 px.
            painting: one of `paintings`, or a weight for each, to mix them; may be left out if there is only one.
            size: the longest side in pixels; None keeps the photo's size.

        Returns:
            float32 `(1, H, W, 3)` in [0, 1]. Strokes are as large as in training, in pixels, whatever the size.

        Raises:
            ImageError: as `as_image`.
            OptionError: as `mixture`.
            DeviceError: out of memory.
        """
        require_own_process()
        v, x = self.mixture(painting), as_image(photo, size)
        _, height, width, _ = x.shape
        if height % QUARTER or width % QUARTER:
            x = np.pad(x, [(0, 0), (0, -height % QUARTER), (0, -width % QUARTER), (0, 0)], "symmetric")
        try:
            y = (_transformed if height * width < LARGE else transform_in_strips)(x, self.weights, v)
        except OUT_OF_MEMORY as error:
            raise DeviceError(f"out of memory at {width}×{height} px: choose a smaller size") from error
        return np.clip(y[:, :height, :width], 0, 1)

    def save(self, path: str | os.PathLike) -> Path:
        """Write the network in half precision, whole or not at all. Return the path.

        Raises:
            CheckpointError: a path that cannot be written.
        """
        return write_tree(path, self._tree(np.float16))

    @classmethod
    def load(cls, path: str | os.PathLike) -> "FastStyle":
        """Read a network: a file that `save` or `Training.save` wrote, or one of `fast_networks` by name.

        A file of that name takes precedence.

        Raises:
            NetworkError: no such file or name, or a file that is damaged or not a network.
        """
        path = find(path, fast_networks(), "network", NetworkError)
        tree = _read(path, NetworkError)
        try:
            names, weights = tree["paintings"], tree["weights"]
            if not (isinstance(names, list) and names and all(isinstance(name, str) for name in names)):
                raise ValueError("it names no painting")
            for name, shape in shapes(len(names)).items():
                _require_numbers(name, weights[name], shape)
            return cls(weights, names, dict(tree["recipe"]))
        except Exception as error:  # whatever a value that `save` did not write may cause
            raise NetworkError(f"{path} is damaged, or from another version of the course: {error!r}") from error

    def _tree(self, dtype: type) -> dict[str, Any]:
        return {
            "format": FORMAT,
            "paintings": list(self.paintings),
            "weights": {name: each.numpy().astype(dtype) for name, each in self.weights.items()},
            "recipe": self.recipe,
        }

    def mixture(self, painting: str | Sequence[float] | None = None) -> tf.Tensor:
        """Turn a painting's name, or a weight for each painting, into weights that add up to 1: `(paintings,)`.

        Raises:
            OptionError: not one of `paintings`, or weights that cannot be mixed; None where there are several.
        """
        if painting is None and len(self.paintings) == 1:
            painting = self.paintings[0]
        if painting is None or (isinstance(painting, str) and painting not in self.paintings):
            raise OptionError(f"painting={painting!r}: choose one of {', '.join(self.paintings)}")
        if isinstance(painting, str):
            return tf.one_hot(self.paintings.index(painting), len(self.paintings))
        try:
            v = np.asarray(painting, np.float32)
        except (TypeError, ValueError) as error:
            raise OptionError(f"painting={painting!r}: give a name, or a weight for each painting") from error
        if v.shape != (len(self.paintings),) or not (v >= 0).all() or not 0 < v.sum() < np.inf:
            raise OptionError(
                f"painting={painting!r}: give one weight, 0 or more, for each of {', '.join(self.paintings)}; at "
                f"least one must be above 0"
            )
        return tf.constant(v / v.sum())


class TrainingStep(NamedTuple):
    """What one step of a training has done.

    Attributes:
        index: counted from 1.
        losses: before the step, as a mean over its crops.
        progress: the share of the budget that is used up, from 0 to 1.
    """

    index: int
    losses: Losses
    progress: float


class Training:
    """The training of a network for one painting, or for several, iterated step by step.

    Attributes:
        paintings: their names.
        options: as given.
        history: the steps done.
    """

    def __init__(
        self,
        paintings: Source | Iterable[Source],
        photos: Source | Iterable[Source],
        options: TrainingOptions | None = None,
        **changes: object,
    ) -> None:
        """Load the pictures; the first `next` computes the targets.

        Args:
            paintings: a path, a sample's name, or an array as `images.as_image` takes it; or a list of several, for
                one network that has learned them all and can mix them.
            photos: what it learns to repaint, given likewise; the more and the more varied, the better.
            options: the options; the defaults if None.
            changes: single options by name, on top of `options`.

        Raises:
            CourseError: its subclasses, for pictures, options and devices that cannot be used.
        """
        began = time.perf_counter()
        options = (options or TrainingOptions()).changed(changes)
        paintings, photos = _as_list(paintings), _as_list(photos)
        if not (paintings and photos):
            raise OptionError("at least one painting and one photo are needed")
        names = [_name(each, index) for index, each in enumerate(paintings)]
        if len(set(names)) < len(names):
            raise OptionError(f"two paintings have the same name: {', '.join(names)}")
        self._begin(
            options,
            {name: as_image(each, shortest=options.crop) for name, each in zip(names, paintings, strict=True)},
            [_name(each, index) for index, each in enumerate(photos)],
            draw_crops(map(as_image, photos), options.crops, options.crop, options.seed),
        )
        self._seconds = time.perf_counter() - began

    def _begin(
        self, options: TrainingOptions, pictures: Mapping[str, np.ndarray], photos: list[str], crops: np.ndarray
    ) -> None:
        require_own_process()
        self.options, self.paintings, self.history = options, list(pictures), []
        self._device = select_device(options.device)
        self._pictures, self._photos, self._crops = list(pictures.values()), photos, crops
        first = initial_weights(len(pictures), options.seed)
        with tf.device(self._device):
            self._variables = {name: keras.Variable(value) for name, value in first.items()}
            self._optimizer = keras.optimizers.Adam(options.learning_rate, beta_1=0.9, beta_2=0.99, epsilon=1e-8)
            self._optimizer.build(list(self._variables.values()))

    def __iter__(self) -> Iterator[TrainingStep]:
        """Return itself."""
        return self

    def __next__(self) -> TrainingStep:
        """Do one step.

        Raises:
            DivergenceError: the loss or its gradient is not finite; the network is still that of the step before.
            DeviceError: out of memory.
        """
        if self.progress >= 1:
            raise StopIteration
        began = time.perf_counter()
        try:
            with tf.device(self._device):
                losses = self._step()
        except OUT_OF_MEMORY as error:
            raise DeviceError(f"out of memory: choose a crop smaller than {self.options.crop} px") from error
        self._seconds += time.perf_counter() - began
        self.history.append(TrainingStep(len(self.history) + 1, losses, 0.0))
        self.history[-1] = self.history[-1]._replace(progress=self.progress)
        return self.history[-1]

    @property
    def progress(self) -> float:
        """The share of the budget that is used up, from 0 to 1."""
        if self.options.minutes is not None:
            return min(1.0, self._seconds / (60 * self.options.minutes))
        return min(1.0, len(self.history) / self.options.steps)

    @property
    def network(self) -> FastStyle:
        """The network as it is now."""
        last = self.history[-1].losses._asdict() if self.history else {}
        recipe = {
            "options": {field.name: getattr(self.options, field.name) for field in fields(self.options)},
            "photos": self._photos,
            "pictures": self._digest,
            "steps": len(self.history),
            "losses": last,
            "seconds": round(self._seconds, 1),
            "processor": processor(),
        }
        return FastStyle({name: each.numpy() for name, each in self._variables.items()}, self.paintings, recipe)

    def save(self, path: str | os.PathLike) -> Path:
        """Write what it takes to resume, which `FastStyle.load` reads, too. Return the path.

        Once the training is over, only the network is written, as by `FastStyle.save`. A training interrupted in the
        middle of a step can be saved, too: the step is repeated.

        Raises:
            CheckpointError: a path that cannot be written.
        """
        if self.progress >= 1:
            return self.network.save(path)
        tree = self.network._tree(np.float32)
        tree["training"] = {
            "pictures": self._pictures,
            "crops": self._crops,
            "choices": kept_choices(),
            "adam": [each.numpy() for each in self._optimizer.variables],
            "history": [[step.losses._asdict(), step.progress] for step in self.history],
            "seconds": self._seconds,
        }
        return write_tree(path, tree)

    @classmethod
    def load(cls, path: str | os.PathLike) -> "Training":
        """Read a training that `save` wrote. It ends with the same network, bit for bit, as if it had never stopped.

        That holds on the same machine, for a budget of steps. The pictures are those in the file, whatever has become
        of the originals.

        Raises:
            CheckpointError: no such file; a damaged one; a training that is over.
            DeviceError: a device that cannot be used here.
        """
        tree, training = _read(path, CheckpointError), cls.__new__(cls)
        try:
            state, recipe = tree.get("training"), tree["recipe"]
            if state is None:
                raise CheckpointError(f"the training of {path} is over: start a new one")
            restore_choices(state["choices"])
            options = TrainingOptions(**recipe["options"])
            pictures = zip(tree["paintings"], map(as_image, state["pictures"]), strict=True)
            training._begin(options, dict(pictures), list(map(str, recipe["photos"])), state["crops"])
            training._restore(tree["weights"], state)
        except (CheckpointError, DeviceError):
            raise
        except OUT_OF_MEMORY as error:
            raise DeviceError(f"out of memory: cannot resume {path} while other programs use this device") from error
        except Exception as error:  # whatever a value that `save` did not write may cause
            raise CheckpointError(f"{path} is damaged, or from another version of the course: {error!r}") from error
        return training

    def _restore(self, weights: Mapping[str, np.ndarray], state: Mapping[str, Any]) -> None:
        side = self.options.crop
        if self._crops.dtype != np.uint8 or not len(self._crops) or self._crops.shape[1:] != (side, side, 3):
            raise ValueError(f"its crops are not bytes, {side}×{side} px")
        for name, variable in self._variables.items():
            _require_numbers(name, weights[name], variable.shape)
            variable.assign(weights[name])
        for variable, value in zip(self._optimizer.variables, state["adam"], strict=True):
            _require_numbers("Adam's memory", value, variable.shape)
            variable.assign(value)
        self._seconds = float(state["seconds"])
        if not 0 <= self._seconds < math.inf:
            raise ValueError(f"{self._seconds} seconds")
        self.history = [
            TrainingStep(index, Losses(**losses).numpy(), float(progress))
            for index, (losses, progress) in enumerate(state["history"], 1)
        ]

    @functools.cached_property
    def _objective(self) -> PerceptualLoss:
        return PerceptualLoss(self._pictures, self._crops, self.options)

    def _step(self) -> Losses:
        """Take a step down the mean gradient of some crops; return the mean losses."""
        index, batch = len(self.history), self.options.batch
        drawn = np.random.default_rng([self.options.seed, 2, index]).integers(len(self._crops), size=batch)
        W = {name: tf.convert_to_tensor(each) for name, each in self._variables.items()}
        parts = [
            self._objective.losses_and_gradients(W, int(crop), (index * batch + place) % len(self.paintings))
            for place, crop in enumerate(drawn)
        ]
        gradients = [tf.add_n([gradient[name] for _, gradient in parts]) / batch for name in W]
        losses = tf.nest.map_structure(lambda *each: float(sum(each)) / batch, *[losses for losses, _ in parts])
        if not math.isfinite(losses.total + float(tf.linalg.global_norm(gradients))):
            raise DivergenceError(f"step {index + 1}: the loss is not finite; lower the learning rate")
        self._optimizer.learning_rate = self.options.learning_rate * share_of_rate(self.progress)
        self._optimizer.apply(gradients, list(self._variables.values()))
        return losses

    @functools.cached_property
    def _digest(self) -> str:
        """Return the SHA-256 of the paintings and crops."""
        digest = hashlib.sha256(self._crops.tobytes())
        for picture in self._pictures:
            digest.update(picture.tobytes())
        return digest.hexdigest()


def share_of_rate(progress: float) -> float:
    """Return the factor of the learning rate at some progress: it rises along a line, then falls as a cosine."""
    return min(1.0, progress / WARM_UP + 0.01) * (0.5 + 0.5 * math.cos(math.pi * progress))


def _as_list(sources: Source | Iterable[Source]) -> list[Source]:
    single = isinstance(sources, (str, os.PathLike, np.ndarray)) or not isinstance(sources, Iterable)
    return [sources] if single else list(sources)


def _name(source: Source, index: int) -> str:
    return Path(source).stem if isinstance(source, (str, os.PathLike)) else f"array {index + 1}"


def _read(path: str | os.PathLike, kind: type[CourseError]) -> dict[str, Any]:
    try:
        tree = read_tree(path)
    except CheckpointError as error:
        raise kind(str(error).replace("a saved run", "a network")) from error
    if not isinstance(tree, dict) or tree.get("format") != FORMAT or "weights" not in tree:
        raise kind(f"{path} is not a network saved by this version of the course")
    return tree


def _require_numbers(name: str, values: np.ndarray | float, shape: tuple[int, ...]) -> None:
    values = np.asarray(values)
    if values.shape != shape or not (np.abs(values) <= np.finfo(np.float32).max).all():  # false for NaN, too
        raise ValueError(f"{name} is not an array of {shape} finite numbers")


_transformed = tf.function(lambda x, W, v: transform(x, W, v), reduce_retracing=True)
