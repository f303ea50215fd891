"""A slider through any pictures, for lessons that compare several."""

from collections.abc import Mapping
from typing import Any

import ipywidgets as widgets
import numpy as np

from ..plots import data_url
from . import views


class Browser(widgets.VBox):
    """A slider through pictures that were computed beforehand; the arrow keys move it."""

    def __init__(self, images: Mapping[str, np.ndarray], label: str, alt: str, width: int = 480) -> None:
        """Show the first picture.

        Args:
            images: `{what the slider says: image}`, each `(1, H, W, 3)` in [0, 1].
            label: what the slider chooses.
            alt: the text alternative of every picture; the slider's value is added to it.
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
        """Return the text shown in place of the widget where there is no kernel; it is the same in every run."""
        return f"a slider {self._label} of {len(self._pictures)} pictures: {self._alt}"
