"""The studio's choice of pictures: thumbnails of the samples, or files of your own."""

import itertools
import os
from collections.abc import Callable, Sequence
from typing import Any

import ipywidgets as widgets
import numpy as np

from ..errors import CourseError, ImageError
from ..images import Upload, load_image, resize
from ..plots import data_url
from ..samples import samples
from . import views

THUMBNAIL = 96  # px
_NUMBERS = itertools.count()  # for the CSS classes, which the whole page shares


class Uploader:
    """A button to upload a file, and a message that says why if it cannot be read."""

    def __init__(self, text: str, tooltip: str, take: Callable[[Upload, np.ndarray], None]) -> None:
        """Show the button.

        Args:
            text: on the button.
            tooltip: in a learner's words.
            take: is called with each file that is a picture, and the image; a CourseError from it is shown.
        """
        self.button = widgets.FileUpload(
            accept=".jpg,.jpeg,.png,.webp", description=text, tooltip=tooltip, layout={"width": "auto"}
        )
        self.message = widgets.HTML()
        self._take = take
        self.button.observe(self._uploaded, "value")

    def _uploaded(self, change: Any) -> None:
        if not change["new"]:
            return
        file = change["new"][0]
        self.message.value = ""
        try:
            upload = Upload(file["name"], bytes(file["content"]))
            self._take(upload, load_image(upload))
        except CourseError as error:
            self.message.value = views.message(str(error), failed=True)
        self.button.value = ()


class Picker(widgets.VBox):
    """Thumbnails to click on, and an upload; `names` is the choice, in the order of the clicks."""

    def __init__(
        self,
        kind: str,
        title: str,
        names: Sequence[str],
        many: bool = False,
        changed: Callable[[], None] = lambda: None,
    ) -> None:
        """Start with some pictures chosen.

        Args:
            kind: "content" or "style", as `samples` takes it.
            title: the heading.
            names: samples' names, or paths.
            many: whether several can be chosen.
            changed: is called after each choice but the first.

        Raises:
            ImageError: no such picture.
        """
        self.names: list[str] = []
        self._changed = lambda: None
        self.buttons: dict[str, widgets.Button] = {}
        self._styles, self._thumbnails = widgets.HTML(), widgets.HBox(layout={"flex_flow": "row wrap"})
        self.several = widgets.ToggleButton(
            description="several",
            tooltip="Mix several: each click adds a picture, or removes it again.",
            layout={"width": "auto"},
        )
        self.uploader = Uploader("your own …", "A jpg, png or webp file from your computer.", self._take)
        heading = widgets.HTML(views.heading(title))
        for sample in samples(kind):
            self._offer(sample, load_image(sample))
        super().__init__(
            [
                self._styles,
                widgets.HBox([heading, self.uploader.button, *([self.several] if many else [])]),
                self._thumbnails,
                self.uploader.message,
            ]
        )
        self.show(names)
        self._changed = changed

    @property
    def source(self) -> str | list[str]:
        """The choice as `Transfer` takes it: one name, or a list of several."""
        return self.names[0] if len(self.names) == 1 else list(self.names)

    def show(self, names: str | os.PathLike | Sequence[str | os.PathLike]) -> None:
        """Choose these, in place of all others; if one of them cannot be loaded, the choice stays as it was.

        Raises:
            ImageError: no such picture.
        """
        names = [names] if isinstance(names, (str, os.PathLike)) else names
        for name in names:
            if not isinstance(name, (str, os.PathLike)):
                raise ImageError(f"the studio takes pictures by name or as uploads, not as {type(name).__name__}")
            self._have(os.fspath(name))
        self.names, self.several.value = [], len(names) > 1
        for name in names:
            self.choose(os.fspath(name))

    def choose(self, name: str) -> None:
        """Choose a sample, an upload, or a path; if several can be chosen, one more, or one less.

        Raises:
            ImageError: no such picture.
        """
        self._have(name)
        if not self.several.value:
            self.names = [name]
        elif name not in self.names:
            self.names.append(name)
        elif len(self.names) > 1:
            self.names.remove(name)
        for each, button in self.buttons.items():
            chosen = each in self.names
            (button.add_class if chosen else button.remove_class)(views.CHOSEN)
            number = f"{self.names.index(each) + 1} · " if chosen and len(self.names) > 1 else ""
            button.description = number + each.replace("_", " ")[:24]
            button.icon = "check" if chosen else ""
        self._changed()

    def _have(self, name: str) -> None:
        if name not in self.buttons:
            self._offer(name, load_image(name))

    def _offer(self, name: str, image: np.ndarray) -> None:
        """Add a thumbnail of an image, which is a button."""
        scale = THUMBNAIL / max(image.shape[1:3])
        small = resize(image, *(max(1, round(side * scale)) for side in image.shape[1:3]))
        button = widgets.Button(tooltip=f"Choose {name}.", layout={"width": f"{THUMBNAIL}px", "height": "60px"})
        thumbnail = f"course-picture-{next(_NUMBERS)}"
        button.add_class(thumbnail)
        button.on_click(lambda _: self.choose(name))
        self.buttons[name] = button
        self._styles.value += views.thumbnail_style(thumbnail, data_url(small))
        self._thumbnails.children = tuple(self.buttons.values())

    def _take(self, upload: Upload, image: np.ndarray) -> None:
        if upload in self.buttons:
            raise ImageError(f"{upload} is the name of another picture here: rename the file")
        self._offer(upload, image)
        self.choose(upload)
