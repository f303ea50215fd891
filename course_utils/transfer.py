"""The whole optimisation, as an iterator of steps (lesson 6).

    for step in Transfer("pagoda", "great_wave"):
        print(step.index, step.losses.total)

Nothing here draws or prints: whoever iterates decides what to show. To pause, stop calling `next`.
"""

import os
import time
from collections.abc import Iterator, Sequence
from dataclasses import fields
from pathlib import Path
from typing import Any

import numpy as np

from .device import OUT_OF_MEMORY, keras, tf
from .errors import CheckpointError, CourseError, DeviceError, DivergenceError
from .networks import kept_choices, restore_choices
from .objective import Losses
from .options import Options
from .run import Plan, Schedule, Stage, Step, seconds_of
from .scene import Scene, Source, compose
from .storage import read_tree, write_tree

WINDOW = 20  # steps that `options.until` looks back
FORMAT = 3  # of the files that `save` writes


class Transfer:
    """One style transfer, iterated step by step; it ends when its budget of steps or seconds is used up.

    The picture is optimised from coarse to fine (Gatys et al. 2017, section 6): `levels` sizes, each half the
    next, and each result, enlarged, is where the next size starts. Beyond the paper: the enlarged picture regains
    the fine detail of the photo (or whatever `init` names), which no coarse size holds; from noise it does not.

    Attributes:
        levels: the sizes, from coarse to fine; one too large for the memory allowed is processed in tiles.
        stage: the size being worked on, with its objective and picture; None before the first step.
        device: TensorFlow's name for the device it computes on.
        precision: the network's number format, "float32" or "bfloat16".
        convolution: the form of its convolutions, as in the options, or "direct" where the run is short.
        history: the steps done.
        note: plain values by name, saved and loaded with the run.
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
            CourseError: its subclasses, for pictures, options, networks and devices that cannot be used.
        """
        began = time.perf_counter()
        options = (options or Options()).changed(changes)
        self._follow(Plan(options, compose(content, style, options)))
        self.charge(time.perf_counter() - began)

    def _follow(self, plan: Plan) -> None:
        self._plan, self._scene = plan, plan.scene
        self.device, self.precision, self.convolution, self.levels = (
            plan.device,
            plan.precision,
            plan.convolution,
            plan.levels,
        )
        self._schedule = Schedule(plan.levels, plan.options.seconds)
        self.stage: Stage | None = None
        self.history: list[Step] = []
        self.note: dict[str, Any] = {}
        self._totals: list[float] = []  # of the steps at this size, by the current weights
        self._untried = False  # whether a loaded run has yet to do a step

    def save(self, path: str | os.PathLike) -> Path:
        """Write what it takes to resume: pictures, options, the rule's memory, the history. Return the path.

        The file holds no code. It is written whole or not at all. A run interrupted in the middle of a step can be
        saved, too: the step is repeated, with the same result unless its update rule was interrupted.

        Raises:
            CheckpointError: a path that cannot be written; a network without a name.
        """
        tree = {
            "format": FORMAT,
            "options": {field.name: getattr(self.options, field.name) for field in fields(Options)},
            "precision": self.precision,
            "choices": kept_choices(),
            "scene": self._scene.state(),
            "schedule": self._schedule.state(),
            "history": [step.state() for step in self.history],
            "stage": self.stage and self.stage.state(),
            "totals": self._totals,
            "note": self.note,
        }
        return write_tree(path, tree)

    @classmethod
    def load(cls, path: str | os.PathLike) -> "Transfer":
        """Read a run that `save` wrote. It continues to the same picture, bit for bit, as if it had never stopped.

        That holds on the same machine, for a budget of steps. The pictures are those in the file, whatever has become
        of the originals.

        Raises:
            CheckpointError: no such file; a damaged one; one from another version of the course.
            CourseError: its subclasses, for a network or a device that cannot be used here.
        """
        tree, run = read_tree(path), cls.__new__(cls)
        try:
            if not isinstance(tree, dict) or tree.get("format") != FORMAT:
                raise CheckpointError(f"{path} is not a run saved by this version of the course")
            restore_choices(tree["choices"])
            run._follow(Plan(Options(**tree["options"]), Scene.restored(tree["scene"]), tree["precision"]))
            run._restore(tree)
        except CourseError:
            raise
        except OUT_OF_MEMORY as error:
            raise DeviceError(f"out of memory: cannot resume {path} while other programs use this device") from error
        except Exception as error:  # whatever a value that `save` did not write may cause
            raise CheckpointError(f"{path} is damaged, or from another version of the course: {error!r}") from error
        return run

    def _restore(self, tree: dict) -> None:
        self.history = [Step.restored(state) for state in tree["history"]]
        self.note, self._totals, self._untried = dict(tree["note"]), list(map(float, tree["totals"])), True
        self._schedule.restore(tree["schedule"])
        if (tree["stage"] is None) != (self._schedule.level < 0):
            raise ValueError("a size without its stage")
        if tree["stage"] is not None:
            with tf.device(self.device):
                self.stage = Stage.restored(tree["stage"], *self._stage_parts(self._schedule.level))

    @property
    def options(self) -> Options:
        """The options, with the weights as last set by `reweight`."""
        return self._plan.options

    @property
    def network(self) -> keras.Model:
        """The network, cut at the deepest layer used."""
        return self._plan.network

    @property
    def photo(self) -> np.ndarray:
        """The content, `(1, H, W, 3)`, at the final size."""
        return self._scene.photo

    @property
    def losses(self) -> Losses | None:
        """Those of `image`; None before the first step."""
        return self.stage and self.stage.losses

    @property
    def best_index(self) -> int:
        """The number of the step that `image` comes from; 0 for the start of a size."""
        return self.stage.best_index if self.stage else 0

    @property
    def image(self) -> np.ndarray:
        """The best image so far, float32 `(1, H, W, 3)` in [0, 1], at the final size; `losses` are its losses.

        It is the one with the smallest total at the size that is being worked on, after step `best_index`; 0 means
        that no step at this size has improved on its start. A best image of a coarser size is enlarged.
        """
        return self._scene.finish(self._enlarged_best(self.levels[-1].size))

    def __iter__(self) -> Iterator[Step]:
        """Return self: a run continues where it left off."""
        return self

    def __next__(self) -> Step:
        """Do one step.

        Raises:
            DivergenceError: the loss is not finite; `image` is still the best so far.
            DeviceError: out of memory; likewise.
            CheckpointError: in the first step of a loaded run, for values that no valid run has.
        """
        number = self._schedule.next_level()
        if number is None:
            raise StopIteration
        level = self.levels[number]
        try:
            with tf.device(self.device):
                if number != self._schedule.level:
                    self._schedule.entered(seconds_of(lambda: self._enter_level(number)))
                self._schedule.stepped(seconds_of(lambda: self.stage.advance(len(self.history) + 1)))
        except DivergenceError as error:
            raise DivergenceError(f"step {len(self.history) + 1}: {error}") from error
        except OUT_OF_MEMORY as error:
            raise DeviceError(f"out of memory: {self._plan.advice(level)}") from error
        except Exception as error:
            if self._untried:
                raise CheckpointError(f"the saved run is damaged, or from another version: {error!r}") from error
            raise
        self._untried = False
        self._totals.append(self.stage.now.total)
        if level is self.levels[-1] and self._has_converged():
            self._schedule.end()
        self.history.append(Step(len(self.history) + 1, self.stage.now, level.size, self._schedule.progress))
        return self.history[-1]

    def _has_converged(self) -> bool:
        """Tell whether the last steps have lowered the total by less than `options.until` asks for."""
        if self.options.until is None or len(self._totals) <= WINDOW:
            return False
        return min(self._totals) > (1 - self.options.until / 100) * min(self._totals[:-WINDOW])

    def charge(self, seconds: float) -> None:
        """Count time spent before the run, such as starting TensorFlow, towards `options.seconds`."""
        self._schedule.spent += seconds

    def pulls(self) -> dict[str, float]:
        """Measure how hard each weighted term pulls on the picture now: the norm of its gradient, by name.

        Costs about as much as a step, and more memory. Empty before the first step.

        Raises:
            DeviceError: out of memory.
        """
        if self.stage is None:
            return {}
        try:
            with tf.device(self.device):
                return self.stage.pulls()
        except OUT_OF_MEMORY as error:
            raise DeviceError("out of memory") from error

    def reweight(self, alpha: float | None = None, beta: float | None = None, tv: float | None = None) -> None:
        """Change α, β or γ from the next step on; what was best under the old weights no longer counts.

        Raises:
            OptionError: a weight that `Options` refuses.
        """
        given = {name: new for name, new in {"alpha": alpha, "beta": beta, "tv": tv}.items() if new is not None}
        options = self.options.changed(given)
        if self.stage is not None:
            with tf.device(self.device):
                self.stage.reweight(options.alpha, options.beta, options.tv)
        self._totals = []
        self._plan.options = options

    def _enlarged_best(self, size: tuple[int, int]) -> np.ndarray:
        if self.stage is None:
            return self._scene.start(size, self.options)
        return self._scene.enlarged(np.asarray(self.stage.best), size, self.options)

    def _enter_level(self, number: int) -> None:
        """Compute the targets and the first losses at the next size; an interruption leaves the run as it was."""
        x = self._enlarged_best(self.levels[number].size)
        self.stage = Stage(*self._stage_parts(number), tf.constant(x))
        self._totals = []

    def _stage_parts(self, number: int) -> tuple:
        """Return a size's objective, what makes its rule, and its bounds."""
        level = self.levels[number]
        return self._plan.objective(level), lambda: self._plan.rule(level), self._plan.bounds(level)


def stylize(
    content: Source, style: Source | Sequence[Source], options: Options | None = None, **changes: object
) -> np.ndarray:
    """Repaint `content` in the style of `style`, with the arguments of `Transfer`.

    Returns:
        The best image, float32 `(1, H, W, 3)` in [0, 1].

    Raises:
        CourseError: as `Transfer`; and DivergenceError.
    """
    run = Transfer(content, style, options, **changes)
    for _ in run:
        pass
    return run.image
