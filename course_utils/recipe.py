"""How a picture was made: kept inside its PNG file, read back, and written as code (lesson 7)."""

import importlib.metadata
import json
import os
from dataclasses import asdict, dataclass, fields
from pathlib import Path

import numpy as np
import PIL.Image

from .errors import ImageError, OptionError
from .images import Upload, save_image
from .options import Options
from .transfer import Transfer

KEY, FORMAT = "course_utils", 1
PACKAGES = ("course-utils", "tensorflow", "keras", "numpy")


@dataclass(frozen=True)
class Recipe:
    """What a picture was made from.

    Attributes:
        content: a sample's name, a path, or the name of an uploaded file.
        style: the same, or a list of several.
        options: the run's options; network and masks are given by name.
        remarks: why the call alone does not make the same picture, if it does not.
    """

    content: str
    style: str | list[str]
    options: Options
    remarks: tuple[str, ...] = ()

    def changes(self) -> dict[str, object]:
        """Return the options that differ from the defaults."""
        default = Options()
        named = {field.name: getattr(self.options, field.name) for field in fields(Options)}
        return {name: value for name, value in named.items() if value != getattr(default, name)}

    def code(self) -> str:
        """Write the call that makes the same picture, one line of Python; a comment says if it does not."""
        words = [repr(self.content), repr(self.style)]
        words += [f"{name}={value!r}" for name, value in self.changes().items()]
        remark = f"  # not the same picture: {', and '.join(self.remarks)}" if self.remarks else ""
        return f"stylize({', '.join(words)}){remark}"


def recipe_of(run: Transfer, content: str, style: str | list[str], steered: bool) -> Recipe:
    """Return the recipe of a run's picture as it is now.

    Args:
        run: the run.
        content, style: what it was made from, by name.
        steered: whether weights were changed while it ran.
    """
    used = [content, *([style] if isinstance(style, str) else style), *(run.options.masks or ()), run.options.protect]
    remarks = [f"it needs the file {name} beside the notebook" for name in used if isinstance(name, Upload)]
    done = steps_in_words(len(run.history))
    if steered:
        remarks.append("the weights were moved while it ran")
    if run.history and run.history[-1].progress < 1:
        remarks.append(f"it was stopped after {done}")
    elif run.options.seconds is not None:
        remarks.append(f"{run.options.seconds:g} s were enough for {done} on this machine")
    return Recipe(content, style, run.options, tuple(remarks))


def steps_in_words(count: int) -> str:
    """Write "1 step", "2 steps"."""
    return "1 step" if count == 1 else f"{count} steps"


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
        OptionError: a network or a mask that has no name.
    """
    if Path(path).suffix.lower() != ".png":
        raise ImageError(f"{path}: settings can be kept in a .png file only")
    options = recipe.options
    if not all(isinstance(each, str) for each in (options.network, *(options.masks or ()), options.protect or "")):
        raise OptionError("only networks and masks by name can be written into a file")
    facts = {
        "format": FORMAT,
        "content": recipe.content,
        "style": recipe.style,
        "options": asdict(recipe.options),
        "remarks": recipe.remarks,
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
        content, style, remarks = facts["content"], facts["style"], tuple(facts.get("remarks", ()))
    except (ValueError, KeyError, TypeError) as error:
        raise ImageError(f"the settings in {path} are damaged: {error!r}") from error
    words = [content, *(style if isinstance(style, list) else [style]), *remarks]
    if version != FORMAT or not all(isinstance(each, str) for each in words) or not isinstance(known, dict):
        raise ImageError(f"the settings in {path} are not of a format known here ({FORMAT})")
    if unknown := known.keys() - Options.__dataclass_fields__.keys():
        raise OptionError(f"the settings in {path} name an unknown option: {', '.join(sorted(unknown))}")
    options = {name: tuple(value) if isinstance(value, list) else value for name, value in known.items()}
    return Recipe(content, style, Options(**options), remarks)
