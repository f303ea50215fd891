"""The whole optimisation, as an iterator of steps (lesson 6).

    for step in Transfer("pagoda", "great_wave"):
        print(step.index, step.losses.total)

Nothing here draws or prints: whoever iterates decides what to show. Pause is to stop calling `next`.
"""

import functools
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace

import numpy as np

from .descent import make_rule
from .device import keras, select_device, tf
from .errors import DeviceError, DivergenceError, OptionError
from .features import FeatureExtractor, Network, as_network
from .footprint import tile_side
from .images import resize
from .objective import Losses, Objective
from .options import Options
from .precision import choose_precision
from .pyramid import Level, pyramid
from .scene import Source, compose
from .schedule import Schedule
from .tiled import TiledObjective


@dataclass(frozen=True)
class Step:
    """What one step of a run did.

    Attributes:
        index: 1 for the first step of the run, counted through all sizes.
        losses: of the picture after this step, at its size.
        size: (height, width) in pixels of the picture worked on.
        progress: the part of the whole run's work or time that is done, up to 1.
    """

    index: int
    losses: Losses
    size: tuple[int, int]
    progress: float


class Transfer:
    """One style transfer, iterated step by step; it ends when its budget of steps or seconds is used up.

    The picture is optimised from coarse to fine (Gatys et al. 2017, section 6): `levels` sizes, each half the
    next, and each result, enlarged, is where the next size starts. Beyond the paper: the enlarged picture gets the
    fine detail of the photo (or whatever `init` names) back, which no coarse size holds; from noise it does not.

    Attributes:
        options: the options, with weights as `reweight` has changed them.
        levels: the sizes, from coarse to fine; one too large for the memory allowed is worked on in tiles.
        device: the name that TensorFlow has for where it computes.
        precision: the numbers in which the network computes, "float32" or "bfloat16".
        history: the steps done.
        losses, best_index: those of `image`, and the step that it is from.
    """

    def __init__(
        self, content: Source, style: Source | Sequence[Source], options: Options | None = None, **changes: object
    ) -> None:
        """Load pictures and network; the first `next` computes the targets.

        Args:
            content: a path, a sample's name, or an array as `images.as_image` takes it.
            style: the same, or a list of several paintings.
            options: the options; the defaults if None.
            changes: single options by name, on top of `options`.

        Raises:
            CourseError: its children, for pictures, options, networks and devices that cannot be had.
        """
        began = time.perf_counter()
        self.options = _changed(options or Options(), changes)
        self.device = select_device(self.options.device)
        self._scene = compose(content, style, self.options)
        levels = pyramid(self._scene.content, [each.image for each in self._scene.styles], self.options)
        with tf.device(self.device):
            self._load_network()
        self.levels = [replace(level, tile=self._tile(level)) for level in levels]
        self._schedule = Schedule(self.levels, self.options.seconds)
        self._weights = {"alpha": self.options.alpha, "beta": self.options.beta, "gamma": self.options.tv}
        self._best, self.losses, self.best_index = self._scene.start(self.levels[-1].size, self.options), None, 0
        self.history: list[Step] = []
        self.charge(time.perf_counter() - began)

    @property
    def network(self) -> keras.Model:
        """The network, cut at the deepest layer used."""
        return self._extract.model

    @property
    def image(self) -> np.ndarray:
        """The best image so far, float32 `(1, H, W, 3)` in [0, 1], at the final size; `losses` are its losses.

        It is the one with the smallest total at the size that is being worked on, after step `best_index`; 0 says
        that no step at this size has improved on its start. A best image of a coarser size is enlarged.
        """
        return self._scene.finish(self._enlarged_best(self.levels[-1].size))

    def __iter__(self) -> Iterator[Step]:
        """Return self: a run goes on where it stood."""
        return self

    def __next__(self) -> Step:
        """Do one step.

        Raises:
            DivergenceError: the loss is not finite; `image` is still the best so far.
            DeviceError: out of memory; likewise.
        """
        number = self._schedule.next_level()
        if number is None:
            raise StopIteration
        try:
            with tf.device(self.device):
                if number != self._schedule.level:
                    self._schedule.entered(_seconds_of(lambda: self._enter_level(number)))
                self._schedule.stepped(_seconds_of(self._advance))
        except tf.errors.ResourceExhaustedError as error:
            raise DeviceError("out of memory: choose a smaller size, fewer layers, or a lower `memory`") from error
        size = self.levels[number].size
        self.history.append(Step(len(self.history) + 1, self._now, size, self._schedule.progress))
        return self.history[-1]

    def charge(self, seconds: float) -> None:
        """Count time that was spent before the run, as on starting TensorFlow, as part of `options.seconds`."""
        self._schedule.spent += seconds

    def pulls(self) -> dict[str, float]:
        """Measure how hard each weighted term pulls at the picture now: the norm of its gradient, by name.

        Costs about a step. Empty before the first one.
        """
        if self._schedule.level < 0:
            return {}
        with tf.device(self.device):
            return {name: float(norm) for name, norm in self._objective.pulls(self._x, self._gradient).items()}

    def reweight(self, alpha: float | None = None, beta: float | None = None, tv: float | None = None) -> None:
        """Change α, β or γ from the next step on; what was best by the old weights is no longer called best.

        Raises:
            OptionError: a weight that `Options` refuses.
        """
        new = {"alpha": alpha, "beta": beta, "tv": tv}
        self.options = _changed(self.options, {name: value for name, value in new.items() if value is not None})
        self._weights = {"alpha": self.options.alpha, "beta": self.options.beta, "gamma": self.options.tv}
        if self._schedule.level >= 0:
            with tf.device(self.device):
                self._objective.reweight(**self._weights)
                self._begin_at(self._x, self._objective.losses_and_gradient(self._x))

    def _load_network(self) -> None:
        options, network = self.options, as_network(self.options.network)
        self._content_layers = options.content_layers or network.content_layers
        self._style_layers = network.style_layers
        if options.style_layers:
            weights = options.style_weights or (1.0,) * len(options.style_layers)
            self._style_layers = dict(zip(options.style_layers, weights, strict=True))
        if not (self._content_layers and self._style_layers):
            raise OptionError("content_layers and style_layers: name them, this network has no layers of its own")
        layers = tuple(dict.fromkeys([*self._content_layers, *self._style_layers]))
        self.precision = choose_precision(options.precision, network.model, self.device)
        self._extract = _extractor(network, layers, options.pooling, self.precision)

    def _tile(self, level: Level) -> int | None:
        """Return the side of the tiles needed to keep the memory allowed."""
        return tile_side(self.network, [level.size, *level.style_sizes], self.options.memory)

    def _enlarged_best(self, size: tuple[int, int]) -> np.ndarray:
        """Enlarge the best image, and give back the fine detail of the start that its coarse size could not hold."""
        best = np.asarray(self._best)
        coarse, enlarged = best.shape[1:3], resize(best, *size)
        if coarse != size and self.options.init != "noise":
            detail = self._scene.start(size, self.options) - resize(self._scene.start(coarse, self.options), *size)
            enlarged = enlarged + detail
        return np.clip(enlarged, *self._scene.bounds(size))

    def _enter_level(self, number: int) -> None:
        """Compute the targets and the first losses at the next size; an interruption leaves the run as it was."""
        level = self.levels[number]
        make = Objective if level.tile is None else functools.partial(TiledObjective, side=level.tile)
        objective = make(
            self._extract,
            resize(self._scene.content, *level.size),
            self._scene.styles_at(level.style_sizes),
            self._content_layers,
            self._style_layers,
            **self._weights,
        )
        start = tf.constant(
            self._scene.start(level.size, self.options) if number == 0 else self._enlarged_best(level.size)
        )
        evaluated = objective.losses_and_gradient(start)
        self._objective = objective
        self._bounds = tuple(map(tf.constant, self._scene.bounds(level.size)))
        self._begin_at(start, evaluated)

    def _begin_at(self, x: tf.Tensor, evaluated: tuple[Losses, tf.Tensor]) -> None:
        """Make x the best so far, whatever was before; the rule starts anew from it."""
        self._rule = make_rule(self.options.optimizer, self.options.learning_rate, self._bounds)
        self._x, self._gradient = x, evaluated[1]
        self._now = self.losses = evaluated[0].numpy()
        self._best, self.best_index = x, 0

    def _advance(self) -> None:
        """Move by one update, clip to the bounds (projected descent), and evaluate where that led."""
        try:
            x = self._rule.update(self._x, self._now.total, self._gradient)
        except DivergenceError as error:
            raise DivergenceError(f"step {len(self.history) + 1}: {error}") from error
        x = tf.clip_by_value(x, *self._bounds)
        losses, self._gradient = self._objective.losses_and_gradient(x)
        self._x, self._now = x, losses.numpy()
        if self._now.total < self.losses.total:
            self._best, self.losses, self.best_index = x, self._now, len(self.history) + 1


def stylize(
    content: Source, style: Source | Sequence[Source], options: Options | None = None, **changes: object
) -> np.ndarray:
    """Repaint `content` in the manner of `style`, with the arguments of `Transfer`.

    Returns:
        The best image, float32 `(1, H, W, 3)` in [0, 1].

    Raises:
        CourseError: as `Transfer`; and DivergenceError.
    """
    run = Transfer(content, style, options, **changes)
    for _ in run:
        pass
    return run.image


def _changed(options: Options, changes: dict[str, object]) -> Options:
    try:
        return replace(options, **changes)
    except TypeError as error:
        unknown = ", ".join(changes.keys() - Options.__dataclass_fields__.keys())
        raise OptionError(f"no option {unknown}; there are {', '.join(Options.__dataclass_fields__)}") from error


def _seconds_of(action: Callable[[], None]) -> float:
    began = time.perf_counter()
    action()
    return time.perf_counter() - began


@functools.lru_cache(maxsize=4)
def _extractor(network: Network, layers: tuple[str, ...], pooling: str, precision: str) -> FeatureExtractor:
    """Cut a network, or take it as it was cut for an earlier run: with it comes the graph that was traced then."""
    return FeatureExtractor(network, layers, pooling, precision)
