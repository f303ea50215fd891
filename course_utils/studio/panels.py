"""Pictures behind widgets: the timeline of a run, the gallery of what was kept, a slider through any others."""

from collections.abc import Mapping
from typing import Any

import ipywidgets as widgets
import numpy as np

from ..plots import data_url
from . import views

FRAMES = 60  # kept at most; then every second one is dropped


class Timeline(widgets.VBox):
    """The run's pictures: the latest while it runs, any of them by the slider, and the photo by the wipe."""

    def __init__(self) -> None:
        """Start empty."""
        self.picture, self.strip = widgets.HTML(), widgets.HTML()
        wide = {"layout": {"width": f"{views.WIDTH}px"}, "style": {"description_width": "110px"}}
        self.slider = widgets.IntSlider(
            max=FRAMES,  # whatever the number of pictures: the End key does not hear of a changed range
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
            tooltip="Lays the photo over it.",
            **wide,
        )
        self._photo, self._start = "", ""
        self._frames: dict[int, str] = {}  # by step
        self.slider.observe(self._moved, "value")
        self.wipe.observe(self._moved, "value")
        super().__init__([self.picture, self.slider, self.wipe, self.strip])

    def begin(self, photo: np.ndarray, start: np.ndarray, step: int = 0) -> None:
        """Forget the last run.

        Args:
            photo: the content, `(1, H, W, 3)`, for the wipe.
            start: the picture that there is, `(1, H, W, 3)`.
            step: the last one done: 0, but for a run that was loaded.
        """
        self._photo = data_url(photo)
        self._start = "the photo" if np.array_equal(photo, start) else "the start"
        self._frames = {step: data_url(start)}
        self.strip.value = ""
        self._show(step)

    def add(self, index: int, url: str) -> None:
        """Add the picture after a step, and show it, unless the slider was moved to an earlier one."""
        following = self.slider.value == FRAMES
        shown = index if following else self.step
        self._frames[index] = url
        if len(self._frames) > FRAMES:
            self._frames = dict(list(self._frames.items())[::2]) | {index: url}
        self._show(shown)

    def settle(self, url: str) -> None:
        """Make the run's best picture the last one, and show a few of all as thumbnails."""
        self._frames[max(self._frames)] = url
        self._show(max(self._frames))
        places = np.linspace(0, len(self._frames) - 1, min(6, len(self._frames))).round().astype(int)
        indices = [list(self._frames)[place] for place in places]
        self.strip.value = views.thumbnails({self._words(index): self._frames[index] for index in indices}, 60)

    @property
    def step(self) -> int:
        """The step whose picture is shown; 0 is the start."""
        return list(self._frames)[round(self.slider.value / FRAMES * (len(self._frames) - 1))] if self._frames else 0

    @property
    def shown(self) -> tuple[str, int, int]:
        """The address of the picture shown, its step, and the last step of all."""
        return self._frames[self.step], self.step, max(self._frames)

    def _words(self, step: int) -> str:
        return f"step {step}" if step else self._start

    def _show(self, step: int) -> None:
        """Show the picture after a step, or the one kept that is nearest to it."""
        steps = list(self._frames)
        nearest = min(range(len(steps)), key=lambda place: abs(steps[place] - step))
        self.slider.value = FRAMES if nearest == len(steps) - 1 else round(nearest / (len(steps) - 1) * FRAMES)
        self._moved()

    def _moved(self, _: Any = None) -> None:
        if self._frames:
            alt = f"the best picture up to step {self.step}" if self.step else self._start
            self.picture.value = views.wiped(self._photo, self._frames[self.step], self.wipe.value, alt)


class Gallery(widgets.HBox):
    """Results side by side, each with the code that makes it."""

    def __init__(self) -> None:
        """Start empty."""
        super().__init__(layout={"flex_flow": "row wrap"})

    def keep(self, timeline: Timeline, code: str) -> None:
        """Add the picture that is shown, with the code that makes the run's last one."""
        url, step, last = timeline.shown
        code += f"\n# the picture after step {step} of {last}" if step < last else ""
        remove = widgets.Button(description="Remove", tooltip="Take this picture out of the gallery.")
        box = widgets.VBox(
            [widgets.HTML(views.picture(url, f"kept: {code}", 260)), widgets.HTML(views.code(code, 260)), remove],
            layout={"margin": "6px", "width": "270px"},
        )
        remove.on_click(lambda _: setattr(self, "children", tuple(each for each in self.children if each is not box)))
        self.children = (*self.children, box)


class Browser(widgets.VBox):
    """A slider through pictures that were computed beforehand; the arrow keys move it."""

    def __init__(self, images: Mapping[str, np.ndarray], label: str, alt: str, width: int = 480) -> None:
        """Show the first picture.

        Args:
            images: `{what the slider says: image}`, each `(1, H, W, 3)` in [0, 1].
            label: what the slider chooses.
            alt: the text alternative of every picture; the slider's words are added to it.
            width: of the picture on the screen, in pixels.
        """
        self._pictures = {choice: data_url(image) for choice, image in images.items()}
        self._label, self._alt, self._width = label, alt, width
        self.slider = widgets.SelectionSlider(
            options=list(images), description=label, style={"description_width": "initial"}, layout={"width": "480px"}
        )
        self.picture = widgets.HTML()
        self.slider.observe(self._show, "value")
        self._show()
        super().__init__([self.slider, self.picture])

    def _show(self, _: Any = None) -> None:
        alt = f"{self._alt}, {self._label} = {self.slider.value}"
        self.picture.value = views.picture(self._pictures[self.slider.value], alt, self._width)

    def __repr__(self) -> str:
        """Return what stands in the widget's place where there is no kernel; it is the same in every run."""
        return f"a slider {self._label} of {len(self._pictures)} pictures: {self._alt}"
