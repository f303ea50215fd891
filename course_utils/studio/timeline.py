"""The pictures of a run: a slider through them, and the photo laid over them."""

from typing import Any

import ipywidgets as widgets
import numpy as np

from ..plots import data_url
from . import views

FRAMES = 60  # kept at most; then every second one is dropped


class Timeline(widgets.VBox):
    """The run's pictures: the latest while it runs, any of them by the slider, and the photo by the wipe.

    Attributes:
        frames: the URLs of the pictures kept, by step.
    """

    def __init__(self) -> None:
        """Start empty."""
        self.picture, self.strip = widgets.HTML(), widgets.HTML()
        wide = {"layout": {"width": "auto"}, "style": {"description_width": "110px"}}
        self.slider = widgets.IntSlider(
            max=FRAMES,  # however many pictures there are: the End key does not notice a changed range
            value=FRAMES,
            readout=False,
            description="timeline",
            tooltip="The run's pictures so far; the arrow keys move it.",
            **wide,
        )
        self.wipe = widgets.FloatSlider(
            min=0,
            max=1,
            step=0.01,
            value=0,
            description="wipe to photo",
            tooltip="Lays the photo over the picture.",
            **wide,
        )
        self._photo, self._start, self._ratio = "", "", 1.0
        self.frames: dict[int, str] = {}
        self.slider.observe(self._moved, "value")
        self.wipe.observe(self._moved, "value")
        super().__init__([self.picture, self.slider, self.wipe, self.strip])

    def begin(self, photo: np.ndarray, start: np.ndarray, words: str = "the start", step: int = 0) -> None:
        """Forget the last run.

        Args:
            photo: the content, `(1, H, W, 3)`, for the wipe.
            start: the current picture, `(1, H, W, 3)`.
            words: what that is, if not the photo.
            step: the last one done: 0, unless the run was loaded.
        """
        self._photo, self._ratio = data_url(photo), photo.shape[2] / photo.shape[1]
        self._start = "the photo" if np.array_equal(photo, start) else words
        self.frames = {step: data_url(start)}
        self.strip.value = ""
        self._show(step)

    def add(self, index: int, url: str) -> None:
        """Add the picture after a step, and show it, unless the slider was moved to an earlier one."""
        following = self.slider.value == FRAMES
        shown = index if following else self.step
        self.frames[index] = url
        if len(self.frames) > FRAMES:
            self.frames = dict(list(self.frames.items())[::2]) | {index: url}
        self._show(shown)

    def settle(self, url: str) -> None:
        """Make the run's best picture the last one, and show a selection as thumbnails."""
        self.frames[max(self.frames)] = url
        self._show(max(self.frames))
        places = np.linspace(0, len(self.frames) - 1, min(6, len(self.frames))).round().astype(int)
        indices = [list(self.frames)[place] for place in places]
        self.strip.value = views.thumbnails({self._words(index): self.frames[index] for index in indices}, 60)

    @property
    def step(self) -> int:
        """The step whose picture is shown; 0 is the start."""
        return list(self.frames)[round(self.slider.value / FRAMES * (len(self.frames) - 1))] if self.frames else 0

    @property
    def shown(self) -> tuple[str, int, int]:
        """The URL of the picture shown, its step, and the last step of all."""
        return self.frames[self.step], self.step, max(self.frames)

    def _words(self, step: int) -> str:
        return f"step {step}" if step else self._start

    def _show(self, step: int) -> None:
        """Show the picture after a step, or the one kept that is nearest to it."""
        steps = list(self.frames)
        nearest = min(range(len(steps)), key=lambda place: abs(steps[place] - step))
        self.slider.value = FRAMES if nearest == len(steps) - 1 else round(nearest / (len(steps) - 1) * FRAMES)
        self._moved()

    def _moved(self, _: Any = None) -> None:
        if self.frames:
            alt = f"the best picture up to step {self.step}" if self.step else self._start
            self.picture.value = views.wiped(self._photo, self.frames[self.step], self.wipe.value, alt, self._ratio)
