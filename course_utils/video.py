"""A video, frame by frame, without flicker (lesson 12).

    for frame in VideoTransfer(frames, "great_wave"):
        print(frame.index, frame.losses.style)

The first frame is repainted like any picture. Each later one starts from the result of the frame before, warped along
the optical flow, and a temporal term holds it there wherever the flow can be trusted (Ruder et al. 2016). Frames are
read one at a time, and only the last few are remembered: memory does not depend on the video's length.
"""

from collections import deque
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from .colour import as_grey
from .device import OUT_OF_MEMORY, tf
from .errors import DeviceError, DivergenceError, ImageError, OptionError
from .images import as_image
from .motion import recall
from .objective import Losses
from .options import VideoOptions
from .run import Objective, Plan, Stage
from .scene import Source, compose
from .transfer import Transfer


@dataclass(frozen=True)
class Frame:
    """A frame that is done.

    Attributes:
        index: 1 for the first frame of the video.
        image: float32 `(1, H, W, 3)` in [0, 1].
        losses: of that picture.
    """

    index: int
    image: np.ndarray
    losses: Losses


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
        return losses._replace(total=losses.total + self._delta * temporal, temporal=temporal), gradient + self._pull(
            x
        )

    def pulls(self, x: tf.Tensor, gradient: tf.Tensor) -> dict[str, tf.Tensor]:
        """Compute the norm of each weighted term's gradient at x, as `Objective.pulls`, and the "temporal" one's."""
        pull = self._pull(x)
        return {**self.inner.pulls(x, gradient - pull), "temporal": tf.norm(pull)}

    def _pull(self, x: tf.Tensor) -> tf.Tensor:
        return 2 * self._delta * self._seen * (x - self._target) / tf.size(x, x.dtype)


class VideoTransfer:
    """One video's style transfer, iterated frame by frame.

    Of each result the next frames see the 8-bit picture that is written to a file. So a video that goes on from its
    own lossless frames, or from `state`, is the same, bit for bit, as one that never stopped.
    """

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
        self.options = (options or VideoOptions()).changed(changes)
        reach = max(self.options.back)
        if not min(done, 1) <= len(results) <= done:
            raise OptionError(f"done={done!r} with {len(results)} results: give the last {reach}, or all if fewer")
        self.done, self._style, self._frames = done, style, iter(frames)
        self._results = deque((_bytes(as_image(result)) for result in results), reach)
        self._before: deque[np.ndarray] = deque(maxlen=reach)  # the frames that the results were made from
        self._unread, self._waiting = done, None

    def state(self) -> dict:
        """Return `done` and `results`: with the same video, style and options, a new VideoTransfer goes on from there.

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
        self._results.append(_bytes(result))
        self._waiting = None
        self.done += 1
        return Frame(self.done, result, losses)

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
            frame = _bytes(as_image(frame, self.options.size))
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

    def _first(self, frame: np.ndarray) -> tuple[np.ndarray, Losses]:
        run = Transfer(frame, self._style, self.options)
        for _ in run:
            pass
        return run.image, run.losses

    def _later(self, frame: np.ndarray) -> tuple[np.ndarray, Losses]:
        options = self.options
        plan = Plan(options, compose(frame, self._style, options))
        level = plan.levels[-1]
        target, seen = recall(frame[0], self._earlier())
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


def _bytes(image: np.ndarray) -> np.ndarray:
    return np.round(image * 255).astype(np.uint8)
