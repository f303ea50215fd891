"""The whole optimisation, as an iterator of steps (lesson 6).

    for step in Transfer("pagoda", "great_wave"):
        print(step.index, step.losses.total)

Nothing here draws or prints: whoever iterates decides what to show. Pause is to stop calling `next`.
"""

import os
import time
from collections.abc import Iterator
from dataclasses import dataclass, replace

import numpy as np

from .descent import make_rule
from .device import select_device, tf
from .errors import DivergenceError, OptionError
from .features import FeatureExtractor, as_network
from .images import MIN_SIDE, as_image, resize
from .objective import Losses, Objective
from .options import Options

Source = str | os.PathLike | np.ndarray


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
    """

    def __init__(self, content: Source, style: Source, options: Options | None = None, **changes: object) -> None:
        """Load pictures and network; the first `next` computes the targets.

        Args:
            content, style: a path, a sample's name, or an array as `images.as_image` takes it.
            options: the options; the defaults if None.
            changes: single options by name, on top of `options`.

        Raises:
            CourseError: its children, for pictures, options, networks and devices that cannot be had.
        """
        self.options = _changed(options or Options(), changes)
        self._device = select_device(self.options.device)
        self._content = as_image(content, self.options.size)
        self._style = as_image(style, self.options.size)
        self._sizes = _pyramid(self._content, self._style, self.options)
        self._shares = [len(part) for part in np.array_split(range(self.options.steps), len(self._sizes))]
        with tf.device(self._device):
            self._load_network()
        self._weights = {"alpha": self.options.alpha, "beta": self.options.beta, "gamma": self.options.tv}
        self._rule = make_rule(self.options.optimizer, self.options.learning_rate)
        self._level, self._objective = -1, None
        self._steps_at_level, self._seconds, self._work = 0, 0.0, 0
        self._best, self.losses = self._start(self._sizes[-1]), None
        self.history: list[Step] = []

    @property
    def image(self) -> np.ndarray:
        """The best image so far, float32 `(1, H, W, 3)` in [0, 1], at the final size; `losses` are its losses.

        The best is the one with the smallest total at the size that is being worked on; one of a coarser size is
        enlarged.
        """
        return self._enlarged_best(self._sizes[-1])

    def __iter__(self) -> Iterator[Step]:
        """Return self: a run goes on where it stood."""
        return self

    def __next__(self) -> Step:
        """Do one step.

        Raises:
            DivergenceError: the loss is not finite; `image` is still the best so far.
        """
        began = time.perf_counter()
        if self._level_is_done() and self._level + 1 == len(self._sizes):
            raise StopIteration
        with tf.device(self._device):
            if self._objective is None or self._level_is_done():
                self._enter_level(self._level + 1)
            self._advance()
        self._steps_at_level += 1
        self._seconds += time.perf_counter() - began
        self._work += _area(self._sizes[self._level])
        self.history.append(Step(len(self.history) + 1, self._now, self._sizes[self._level], self._progress()))
        return self.history[-1]

    def reweight(self, alpha: float | None = None, beta: float | None = None, tv: float | None = None) -> None:
        """Change α, β or γ from the next step on; what was best by the old weights is no longer called best.

        Raises:
            OptionError: a weight that `Options` refuses.
        """
        new = {"alpha": alpha, "beta": beta, "tv": tv}
        self.options = _changed(self.options, {name: value for name, value in new.items() if value is not None})
        self._weights = {"alpha": self.options.alpha, "beta": self.options.beta, "gamma": self.options.tv}
        if self._objective is not None:
            with tf.device(self._device):
                for name, weight in self._weights.items():
                    getattr(self._objective, name).assign(weight)
                self._begin_at(self._x)

    def _load_network(self) -> None:
        options, network = self.options, as_network(self.options.network)
        self._content_layers = options.content_layers or network.content_layers
        self._style_layers = network.style_layers
        if options.style_layers:
            weights = options.style_weights or (1.0,) * len(options.style_layers)
            self._style_layers = dict(zip(options.style_layers, weights, strict=True))
        if not (self._content_layers and self._style_layers):
            raise OptionError("content_layers and style_layers: name them, this network has no layers of its own")
        layers = dict.fromkeys([*self._content_layers, *self._style_layers])
        self._extract = FeatureExtractor(network, list(layers), options.pooling)

    def _start(self, size: tuple[int, int]) -> np.ndarray:
        if self.options.init == "noise":
            generator = np.random.default_rng(self.options.seed)
            return generator.uniform(size=(1, *size, 3)).astype(np.float32)
        return resize({"content": self._content, "style": self._style}[self.options.init], *size)

    def _enlarged_best(self, size: tuple[int, int]) -> np.ndarray:
        """Enlarge the best image, and give back the fine detail of the start that its coarse size could not hold."""
        best = np.asarray(self._best)
        coarse = best.shape[1:3]
        if coarse == size or self.options.init == "noise":
            return resize(best, *size)
        detail = self._start(size) - resize(self._start(coarse), *size)
        return np.clip(resize(best, *size) + detail, 0, 1)

    def _enter_level(self, level: int) -> None:
        size, scale = self._sizes[level], _area(self._sizes[level]) ** 0.5 / _area(self._sizes[-1]) ** 0.5
        style_size = [max(MIN_SIDE, round(side * scale)) for side in self._style.shape[1:3]]
        self._objective = Objective(
            self._extract,
            resize(self._content, *size),
            resize(self._style, *style_size),
            self._content_layers,
            self._style_layers,
            **self._weights,
        )
        start = self._start(size) if level == 0 else self._enlarged_best(size)
        self._level, self._steps_at_level = level, 0
        self._begin_at(tf.constant(start))

    def _begin_at(self, x: tf.Tensor) -> None:
        """Evaluate x and make it the best so far; the rule starts anew from it."""
        self._rule.reset()
        self.losses = None
        self._look_at(x)

    def _advance(self) -> None:
        """Move by one update, clip to [0, 1] (projected descent), and evaluate where that led."""
        try:
            x = self._rule.update(self._x, self._now.total, self._gradient)
        except DivergenceError as error:
            raise DivergenceError(f"step {len(self.history) + 1}: {error}") from error
        self._look_at(tf.clip_by_value(x, 0.0, 1.0))

    def _look_at(self, x: tf.Tensor) -> None:
        losses, self._gradient = self._objective.losses_and_gradient(x)
        self._x, self._now = x, losses.numpy()
        if self.losses is None or self._now.total < self.losses.total:
            self._best, self.losses = x, self._now

    def _level_is_done(self) -> bool:
        """Tell whether this size's share is used up: equal steps, or time in proportion to its pixels."""
        if self._level < 0:
            return False
        if self.options.seconds is None:
            return self._steps_at_level == self._shares[self._level]
        until = sum(map(_area, self._sizes[: self._level + 1])) / sum(map(_area, self._sizes))
        return self._steps_at_level > 0 and self._seconds >= until * self.options.seconds

    def _progress(self) -> float:
        if self.options.seconds is not None:
            return min(1.0, self._seconds / self.options.seconds)
        return self._work / sum(_area(size) * share for size, share in zip(self._sizes, self._shares, strict=True))


def stylize(content: Source, style: Source, options: Options | None = None, **changes: object) -> np.ndarray:
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


def _pyramid(content: np.ndarray, style: np.ndarray, options: Options) -> list[tuple[int, int]]:
    """List the sizes (height, width) from coarse to fine: `levels` of them, fewer where one would be too small."""
    final = content.shape[1:3]
    shortest = min(*final, *style.shape[1:3])
    levels = [level for level in range(options.levels) if level == 0 or shortest / 2**level >= MIN_SIDE]
    sizes = [(round(final[0] / 2**level), round(final[1] / 2**level)) for level in reversed(levels)]
    return sizes[-options.steps :] if options.seconds is None else sizes


def _area(size: tuple[int, int]) -> int:
    return size[0] * size[1]
