"""The studio's choice of a picture: thumbnails of the samples, or a file of one's own."""

from typing import Any

import ipywidgets as widgets
import numpy as np

from . import views
from .errors import CourseError, ImageError
from .images import image_from_bytes, load_image, resize
from .plots import data_url
from .samples import samples

THUMBNAIL = 96  # px


class Picker(widgets.VBox):
    """Thumbnails with a button each, and an upload; `name` is the choice."""

    def __init__(self, kind: str, title: str, name: str) -> None:
        """Choose a picture at first.

        Args:
            kind: "content" or "style", as `samples` takes it.
            title: what stands above.
            name: a sample's name, or a path.

        Raises:
            ImageError: no such picture.
        """
        self._uploads: dict[str, bytes] = {}
        self._boxes: dict[str, widgets.VBox] = {}
        self.buttons: dict[str, widgets.Button] = {}
        self._thumbnails = widgets.HBox(layout={"flex_flow": "row wrap"})
        self.upload = widgets.FileUpload(
            accept=".jpg,.jpeg,.png,.webp",
            description="your own …",
            tooltip="A jpg, png or webp file from your computer.",
        )
        self.upload.observe(self._uploaded, "value")
        self.message = widgets.HTML()
        for sample in samples(kind):
            self._offer(sample, load_image(sample))
        self.name = ""
        super().__init__([widgets.HTML(views.heading(title)), self._thumbnails, self.upload, self.message])
        self.choose(name)

    def choose(self, name: str) -> None:
        """Choose a sample, an upload, or a path.

        Raises:
            ImageError: no such picture.
        """
        if name not in self.buttons:
            self._offer(name, load_image(name))
        self.name = name
        for each, button in self.buttons.items():
            button.button_style = "primary" if each == name else ""
            button.icon = "check" if each == name else ""
        self.message.value = ""

    def image(self, size: int | None) -> np.ndarray:
        """Load the chosen picture, `(1, H, W, 3)`.

        Args:
            size: the longest side in pixels; None keeps the picture's own.

        Raises:
            ImageError: as `load_image`.
        """
        if self.name in self._uploads:
            return image_from_bytes(self._uploads[self.name], self.name, size)
        return load_image(self.name, size)

    def _offer(self, name: str, image: np.ndarray) -> None:
        """Add a thumbnail of an image with its button."""
        url = data_url(_shrunk(image, THUMBNAIL / max(image.shape[1:3])))
        button = widgets.Button(
            description=name.replace("_", " ")[:24],
            tooltip=f"Take {name}.",
            layout={"width": "144px"},
            style={"font_size": "10px"},
        )
        button.on_click(lambda _: self.choose(name))
        self.buttons[name] = button
        self._boxes[name] = widgets.VBox(
            [widgets.HTML(views.thumbnail(url, name, THUMBNAIL)), button], layout={"align_items": "center"}
        )
        self._thumbnails.children = tuple(self._boxes.values())

    def _uploaded(self, change: Any) -> None:
        if not change["new"]:
            return
        file = change["new"][0]
        name, data = file["name"], bytes(file["content"])
        try:
            image = image_from_bytes(data, name)
            if name in self.buttons and name not in self._uploads:
                raise ImageError(f"{name} is the name of another picture here: rename the file")
            self._uploads[name] = data
            self._offer(name, image)
            self.choose(name)
        except CourseError as error:
            self.message.value = views.message(str(error), failed=True)
        self.upload.value = ()


def _shrunk(image: np.ndarray, scale: float) -> np.ndarray:
    height, width = (max(1, round(side * scale)) for side in image.shape[1:3])
    return resize(image, height, width)
