"""Two of the studio's panels: the timeline of a run, and the gallery of what was kept."""

from typing import Any

import ipywidgets as widgets
import numpy as np

from . import views
from .plots import data_url

FRAMES = 60  # kept at most; then every second one is dropped


class Timeline(widgets.VBox):
    """The run's pictures: the latest while it runs, any of them by the slider, and the photo by the wipe."""

    def __init__(self) -> None:
        """Start empty."""
        self.picture, self.strip = widgets.HTML(), widgets.HTML()
        wide = {"layout": {"width": "420px"}, "style": {"description_width": "130px"}}
        self.slider = widgets.IntSlider(
            max=0,
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
            description="wipe to the photo",
            tooltip="Lays the photo over it.",
            **wide,
        )
        self._photo = ""
        self._frames: dict[int, str] = {}  # by step
        self.slider.observe(self._moved, "value")
        self.wipe.observe(self._moved, "value")
        super().__init__([self.picture, self.slider, self.wipe, self.strip])

    def begin(self, content: np.ndarray) -> None:
        """Forget the last run; the photo `(1, H, W, 3)` is the first picture of the new one."""
        self._photo = data_url(content)
        self._frames = {0: self._photo}
        self.strip.value = ""
        self._show(0)

    def add(self, index: int, url: str) -> None:
        """Add the picture after a step, and show it, unless the slider was moved to an earlier one."""
        following = self.slider.value == self.slider.max
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
        self.strip.value = views.thumbnails({f"step {index}": self._frames[index] for index in indices})

    @property
    def step(self) -> int:
        """The step whose picture is shown; 0 is the photo."""
        return list(self._frames)[self.slider.value] if self._frames else 0

    def _show(self, step: int) -> None:
        """Show the picture after a step, or the one kept that is nearest to it."""
        steps = list(self._frames)
        self.slider.max = len(steps) - 1
        self.slider.value = min(range(len(steps)), key=lambda place: abs(steps[place] - step))
        self._moved()

    def _moved(self, _: Any = None) -> None:
        if self._frames:
            alt = f"the picture after step {self.step}" if self.step else "the photo"
            shown = views.wiped(self._photo, self._frames[self.step], self.wipe.value, alt)
            self.picture.value = f"{shown}<div>{alt}</div>"


class Gallery(widgets.HBox):
    """Results side by side, each with the code that makes it."""

    def __init__(self) -> None:
        """Start empty."""
        super().__init__(layout={"flex_flow": "row wrap"})

    def keep(self, url: str, code: str) -> None:
        """Add a result."""
        remove = widgets.Button(description="Remove", tooltip="Take this picture out of the gallery.")
        box = widgets.VBox(
            [widgets.HTML(views.picture(url, f"kept: {code}", 260)), widgets.HTML(views.code(code, 260)), remove],
            layout={"margin": "6px", "width": "270px"},
        )
        remove.on_click(lambda _: setattr(self, "children", tuple(each for each in self.children if each is not box)))
        self.children = (*self.children, box)
