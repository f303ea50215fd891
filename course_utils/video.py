"""A video, frame by frame, without flicker (lesson 12).

    for frame in VideoTransfer(frames, "great_wave"):
        print(frame.index, frame.losses.style)

The first frame is repainted like any picture. Each later one starts from the result of the frame before, warped along
the optical flow, and a temporal term holds it there wherever the flow can be trusted (Ruder et al. 2016). `FastVideo`
has a trained network repaint each frame, and mixes it with what the frame before becomes along the flow. To both, a
frame that shows hardly anything of the last ones is a first frame: there has been a cut. Frames are read one at a
time, and only the last few are remembered: memory does not depend on the video's length.

As nothing is remembered across a cut, shots can be made independently, by any executor (see `many`). `--from` and
`--to` name one; `main` is in `course_utils.__main__`:

    with process_pool(2) as pool:
        pool.map(main, [["video", "holiday.mp4", "great_wave", "--to", "4.2", "-o", "1.mp4"],
                        ["video", "holiday.mp4", "great_wave", "--from", "4.2", "-o", "2.mp4"]])
"""

import abc
from collections import deque
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from .colour import as_grey
from .device import OUT_OF_MEMORY, tf
from .errors import DeviceError, DivergenceError, ImageError, OptionError
from .images import as_bytes, as_image
from .motion import flow, likeness, recall, warp
from .objective import Losses
from .options import HOLD, VideoOptions
from .run import Objective, Plan, Stage
from .scene import Source, compose
from .transfer import Transfer

if TYPE_CHECKING:
    from .fast import FastStyle

FINEST = 1  # FastVideo's flow is searched down to half the size: a network is too fast to wait for more
CUT = 0.5  # mean likeness of two frames in a row below which FastVideo sees a cut


@dataclass(frozen=True)
class Frame:
    """A frame that is done.

    Attributes:
        index: 1 for the first frame of the video.
        image: float32 `(1, H, W, 3)` in [0, 1].
        losses: of that picture; None if a network has made it.
    """

    index: int
    image: np.ndarray
    losses: Losses | None = None


class TemporalObjective:
    """L(x) + δ·L_temporal(x) for an objective L, `Objective` or `TiledObjective`.

    L_temporal = 1/D Σ c (x − ω)², D = H·W·C, over all pixels: Ruder et al. 2016, eq. 8 to 10. The masks of several
    earlier frames have no pixel in common (eq. 11), so one picture ω and one mask c hold them all. Its gradient is
    2c (x − ω)/D.
    """

    def __init__(self, inner: Objective, target: np.ndarray, seen: np.ndarray, delta: float) -> None:
        """Take what earlier frames say about this one.

        Args:
            inner: L.
            target: ω, `(1, H, W, C)`.
            seen: c, `(H, W)`, bool or in [0, 1].
            delta: δ, zero or more.
        """
        self.inner, self._target = inner, tf.convert_to_tensor(target)
        self._seen = tf.cast(np.asarray(seen)[np.newaxis, ..., np.newaxis], self._target.dtype)
        self._delta = tf.constant(delta, self._target.dtype)

    @property
    def weights(self) -> tuple:
        """α, β and γ."""
        return self.inner.weights

    @weights.setter
    def weights(self, weights: tuple) -> None:
        self.inner.weights = weights

    def reweight(self, alpha: float, beta: float, gamma: float) -> None:
        """Set α, β and γ."""
        self.inner.reweight(alpha, beta, gamma)

    def losses_and_gradient(self, x: tf.Tensor) -> tuple[Losses, tf.Tensor]:
        """Compute all terms and the gradient, `(1, H, W, C)`, at the picture x."""
        losses, gradient = self.inner.losses_and_gradient(x)
        temporal = tf.reduce_mean(self._seen * tf.square(x - self._target))
        losses = losses._replace(total=losses.total + self._delta * temporal, temporal=temporal)
        return losses, gradient + self._pull(x)

    def pulls(self, x: tf.Tensor, gradient: tf.Tensor) -> dict[str, tf.Tensor]:
        """Compute the norm of each weighted term's gradient at x, as `Objective.pulls`, and the "temporal" one's."""
        pull = self._pull(x)
        return {**self.inner.pulls(x, gradient - pull), "temporal": tf.norm(pull)}

    def _pull(self, x: tf.Tensor) -> tf.Tensor:
        return 2 * self._delta * self._seen * (x - self._target) / tf.size(x, x.dtype)


class _Video(abc.ABC):
    """A video that is repainted frame by frame.

    Of each result the next frames see the 8-bit picture that is written to a file. So a video that goes on from its
    own lossless frames, or from `state`, is the same, bit for bit, as one that never stopped.

    Attributes:
        done: how many frames are finished.
    """

    def __init__(
        self, frames: Iterable[np.ndarray], size: int | None, reach: int, done: int, results: Sequence[np.ndarray]
    ) -> None:
        if not min(done, 1) <= len(results) <= done:
            raise OptionError(f"done={done!r} with {len(results)} results: give the last {reach}, or all if fewer")
        self.done, self._size, self._frames = done, size, iter(frames)
        self._results = deque((as_bytes(as_image(result)) for result in results), reach)
        self._before: deque[np.ndarray] = deque(maxlen=reach)  # the frames that the results were made from
        self._unread, self._waiting = done, None

    def state(self) -> dict:
        """Return `done` and `results`: with the same video and options, a new one goes on from there.

        They are a number and a list of uint8 `(1, H, W, 3)`.
        """
        return {"done": self.done, "results": list(self._results)}

    def __iter__(self) -> Iterator[Frame]:
        """Return self: a video continues where it left off."""
        return self

    def __next__(self) -> Frame:
        """Repaint one frame; an interrupted one is begun again by the next call.

        Raises:
            ImageError: no frame at all, one that is not a picture, or one of another size.
            DivergenceError: the loss is not finite.
            DeviceError: out of memory.
            CourseError: its other subclasses, for pictures, options, networks and devices that cannot be used.
        """
        frame = self._next_frame()
        try:
            result, losses = self._later(frame) if self.done else self._first(frame)
        except DivergenceError as error:
            raise DivergenceError(f"frame {self.done + 1}: {error}") from error
        self._before.append(frame)
        self._results.append(as_bytes(result))
        self._waiting = None
        self.done += 1
        return Frame(self.done, result, losses)

    @abc.abstractmethod
    def _first(self, frame: np.ndarray) -> tuple[np.ndarray, Losses | None]:
        """Repaint a frame, `(1, H, W, 3)` uint8, that has none before it; return the picture and its losses."""

    @abc.abstractmethod
    def _later(self, frame: np.ndarray) -> tuple[np.ndarray, Losses | None]:
        """Repaint a frame that has others before it."""

    def _next_frame(self) -> np.ndarray:
        """Return the next frame to repaint at its final size, `(1, H, W, 3)` uint8, having read those already done."""
        while self._unread:
            self._before.append(self._read())
            self._unread -= 1
        if self._waiting is None:
            self._waiting = self._read()
        return self._waiting

    def _read(self) -> np.ndarray:
        for frame in self._frames:
            frame = as_bytes(as_image(frame, self._size))
            for other in (*self._before, *self._results):
                if frame.shape != other.shape:
                    sizes = " and ".join(f"{each.shape[2]}×{each.shape[1]}" for each in (other, frame))
                    raise ImageError(f"frames of {sizes} px: all frames of a video have one size")
            return frame
        if self._unread:
            raise ImageError(f"the video ends {self._unread} frames before those that are done: it is another video")
        if not self.done:
            raise ImageError("a video without a single frame")
        raise StopIteration


class VideoTransfer(_Video):
    """One video's style transfer by optimisation, iterated frame by frame."""

    def __init__(
        self,
        frames: Iterable[np.ndarray],
        style: Source | Sequence[Source],
        options: VideoOptions | None = None,
        *,
        done: int = 0,
        results: Sequence[np.ndarray] = (),
        **changes: object,
    ) -> None:
        """Take the video; nothing is read or computed before the first `next`.

        Args:
            frames: `(H, W, 3)`, uint8 or floats in [0, 1], all of one size; read once, one at a time.
            style: a painting, or a list of several, as for `Transfer`.
            options: the options; the defaults if None.
            done: how many frames were finished earlier: they are read, and not repainted again.
            results: if any were, the results of the last of them, oldest first: as many as `options.back` looks back,
                or all there are.
            changes: single options by name, on top of `options`.

        Raises:
            CourseError: its subclasses, for options and results that cannot be used.
        """
        self.options, self._style = (options or VideoOptions()).changed(changes), style
        super().__init__(frames, self.options.size, max(self.options.back), done, results)

    def _first(self, frame: np.ndarray) -> tuple[np.ndarray, Losses]:
        run = Transfer(frame, self._style, self.options)
        for _ in run:
            pass
        return run.image, run.losses

    def _later(self, frame: np.ndarray) -> tuple[np.ndarray, Losses]:
        target, seen = recall(frame[0], self._earlier())
        if not seen.any():
            return self._first(frame)
        options = self.options
        plan = Plan(options, compose(frame, self._style, options))
        level = plan.levels[-1]
        target = target[np.newaxis] / np.float32(255)
        if plan.scene.content.shape[-1] == 1:
            target = as_grey(target)
        try:
            with tf.device(plan.device):
                objective = TemporalObjective(plan.objective(level), target, seen, options.delta)
                start = tf.clip_by_value(target, *plan.bounds(level))
                stage = Stage(objective, lambda: plan.rule(level), plan.bounds(level), start)
                for step in range(options.frame_steps):
                    stage.advance(step + 1)
        except OUT_OF_MEMORY as error:
            raise DeviceError(f"out of memory: {plan.advice(level)}") from error
        return plan.scene.finish(stage.best.numpy()), stage.losses

    def _earlier(self) -> list[tuple[np.ndarray, np.ndarray]]:
        """Return the frames to look back at, with their results, nearest first."""
        return [
            (self._before[-back][0], self._results[-back][0])
            for back in sorted(set(self.options.back))
            if back <= len(self._results)
        ]


class FastVideo(_Video):
    """One video through a trained network (lesson 11), iterated frame by frame, and held steady.

    y_t = (1 − λm) f(x_t) + λm ŷ_{t−1} for frames x, the network f and results y: ŷ_{t−1} is the last result, warped,
    and m is `motion.likeness`. Where the network's own errors are independent from frame to frame, this leaves
    (1 − λ)² / (1 + λ) of their mean square: 17 % for λ = 0.5. A bilinear ŷ, each made from the one before, would blur.
    """

    def __init__(
        self,
        frames: Iterable[np.ndarray],
        network: "FastStyle",
        painting: str | Sequence[float] | None = None,
        size: int | None = None,
        hold: float = HOLD,
        *,
        done: int = 0,
        results: Sequence[np.ndarray] = (),
    ) -> None:
        """Take the video; nothing is read or computed before the first `next`.

        Args:
            frames: `(H, W, 3)`, uint8 or floats in [0, 1], all of one size; read once, one at a time.
            network: a trained one, such as `FastStyle.load("great_wave")`.
            painting: one of its paintings, or a weight for each, as for `FastStyle`.
            size: the longest side in pixels; None keeps the frames' size.
            hold: λ, 0 to below 1: the more, the steadier, and the slower to follow a change of light; 0 repaints
                frame by frame.
            done, results: as for `VideoTransfer`; one result is enough.

        Raises:
            CourseError: its subclasses, for options and results that cannot be used.
        """
        if not (isinstance(hold, (int, float)) and 0 <= hold < 1):
            raise OptionError(f"hold={hold!r}: a number from 0 to below 1 is needed")
        self._network, self._painting, self._hold = network, painting, hold
        super().__init__(frames, size, 1, done, results)

    def _first(self, frame: np.ndarray) -> tuple[np.ndarray, None]:
        return self._network(frame, self._painting), None

    def _later(self, frame: np.ndarray) -> tuple[np.ndarray, None]:
        painted, _ = self._first(frame)
        if not self._hold:
            return painted, None
        before, result = self._before[-1][0], self._results[-1][0]
        w = flow(frame[0], before, FINEST)
        m = likeness(frame[0], before, w)[..., np.newaxis]
        if m.mean() < CUT:
            return painted, None
        held = warp(result / np.float32(255), w, degree=3)
        return np.clip(painted + self._hold * m * (held - painted), 0, 1), None
