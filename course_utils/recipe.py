"""How a picture was made: kept inside its PNG file, read back, and written as code (lesson 7)."""

import importlib.metadata
import json
import os
from dataclasses import asdict, dataclass, fields
from pathlib import Path

import numpy as np
import PIL.Image

from .errors import ImageError, OptionError
from .images import save_image
from .options import Options

KEY, FORMAT = "course_utils", 1
PACKAGES = ("course-utils", "tensorflow", "keras", "numpy")


@dataclass(frozen=True)
class Recipe:
    """What a picture was made from.

    Attributes:
        content, style: a sample's name, a path, or the name of an uploaded file.
        options: the run's options; the network is one by name.
    """

    content: str
    style: str
    options: Options

    def changes(self) -> dict[str, object]:
        """Return the options that differ from the defaults."""
        default = Options()
        named = {field.name: getattr(self.options, field.name) for field in fields(Options)}
        return {name: value for name, value in named.items() if value != getattr(default, name)}

    def code(self) -> str:
        """Write the call that makes the same picture, one line of Python."""
        words = [repr(self.content), repr(self.style)]
        return f"stylize({', '.join(words + [f'{name}={value!r}' for name, value in self.changes().items()])})"


def save_with_recipe(
    image: np.ndarray, path: str | os.PathLike, recipe: Recipe, losses: dict[str, float], steps: int
) -> Path:
    """Write a PNG that holds its own recipe, with losses and the versions of the libraries.

    Args:
        image: `(1, H, W, 3)` in [0, 1].
        path: ends in .png.
        recipe: how it was made.
        losses: by name.
        steps: done so far.

    Raises:
        ImageError: as `save_image`.
        OptionError: a network that has no name.
    """
    if not isinstance(recipe.options.network, str):
        raise OptionError("only a network by name can be written into a file")
    facts = {
        "format": FORMAT,
        "content": recipe.content,
        "style": recipe.style,
        "options": asdict(recipe.options),
        "losses": losses,
        "steps": steps,
        "versions": {package: importlib.metadata.version(package) for package in PACKAGES},
    }
    return save_image(image, path, {KEY: json.dumps(facts, ensure_ascii=False)})


def read_recipe(path: str | os.PathLike) -> Recipe:
    """Read the recipe in a PNG that `save_with_recipe` wrote.

    Raises:
        ImageError: no such file, not a PNG, or one without a recipe, or with one that cannot be understood.
        OptionError: a recipe with an option that this version refuses.
    """
    try:
        with PIL.Image.open(path) as picture:
            text = getattr(picture, "text", {}).get(KEY)
    except (OSError, ValueError, SyntaxError) as error:
        raise ImageError(f"{path} cannot be read: {error}") from error
    if text is None:
        raise ImageError(f"{path} holds no settings: only pictures saved by the studio do")
    try:
        facts = json.loads(text)
        known, version = facts["options"], facts["format"]
        recipe = facts["content"], facts["style"]
    except (ValueError, KeyError, TypeError) as error:
        raise ImageError(f"the settings in {path} are damaged: {error!r}") from error
    if version != FORMAT or not all(isinstance(name, str) for name in recipe) or not isinstance(known, dict):
        raise ImageError(f"the settings in {path} are not of a format known here ({FORMAT})")
    if unknown := known.keys() - Options.__dataclass_fields__.keys():
        raise OptionError(f"the settings in {path} name an unknown option: {', '.join(sorted(unknown))}")
    options = {name: tuple(value) if isinstance(value, list) else value for name, value in known.items()}
    return Recipe(*recipe, Options(**options))
