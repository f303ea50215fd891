"""How a picture was made: kept inside its PNG file, read back, and written as code (lesson 7)."""

import importlib.metadata
import json
import os
from dataclasses import asdict, dataclass, fields
from pathlib import Path
from typing import Any

from .errors import ImageError, OptionError
from .images import Upload, check_output, save_image
from .options import Options
from .storage import opened
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
        """Write the call that makes the same picture, one line of Python; a comment says so if it does not."""
        words = [repr(self.content), repr(self.style)]
        words += [f"{name}={value!r}" for name, value in self.changes().items()]
        one_line = ", and ".join(self.remarks).split()  # a line break, which a file may hold, would end the comment
        remark = f"  # not the same picture: {' '.join(one_line)}" if one_line else ""
        return f"stylize({', '.join(words)}){remark}"


def origin(content: str, style: str | list[str], options: Options) -> dict[str, Any]:
    """Return what `recipe_of` must know about a run besides its options, for `Transfer.note`.

    Args:
        content, style: the pictures by name.
        options: for the masks' names, and for the weights until they are moved.

    Returns:
        A dictionary; under "weights", `[(the last step before they counted, weights by name)]`.
    """
    named = [content, *([style] if isinstance(style, str) else style), *(options.masks or ()), options.protect]
    uploads = [str(name) for name in named if isinstance(name, Upload)]
    weights = [(0, {name: getattr(options, name) for name in ("alpha", "beta", "tv")})]
    return {"content": content, "style": style, "uploads": uploads, "weights": weights}


def recipe_of(run: Transfer) -> Recipe:
    """Return the recipe of a run's picture as it is now; its note says where the pictures come from (`origin`)."""
    remarks = [f"it needs the file {name} beside the notebook" for name in run.note["uploads"]]
    done = steps_in_words(len(run.history))
    if len(run.note["weights"]) > 1:
        remarks.append("the weights were moved while it ran")
    if run.history and run.history[-1].progress < 1:
        remarks.append(f"it was stopped after {done}")
    elif run.options.seconds is not None:
        remarks.append(f"{run.options.seconds:g} s were enough for {done} on this machine")
    return Recipe(run.note["content"], run.note["style"], run.options, tuple(remarks))


def steps_in_words(count: int) -> str:
    """Write "1 step", "2 steps"."""
    return "1 step" if count == 1 else f"{count} steps"


def save_with_recipe(run: Transfer, path: str | os.PathLike) -> Path:
    """Write a run's picture as a PNG that holds its own recipe, with losses and the versions of the libraries.

    Args:
        run: one whose note is its `origin`.
        path: ends in .png.

    Raises:
        ImageError: as `save_image`.
        OptionError: a network or a mask that has no name.
    """
    if Path(path).suffix.lower() != ".png":
        raise ImageError(f"{path}: settings can be stored in a .png file only")
    recipe, options = recipe_of(run), run.options
    if not all(isinstance(each, str) for each in (options.network, *(options.masks or ()), options.protect or "")):
        raise OptionError("only networks and masks by name can be written into a file")
    facts = {
        "format": FORMAT,
        "content": recipe.content,
        "style": recipe.style,
        "options": asdict(options),
        "remarks": recipe.remarks,
        "losses": {name: getattr(run.losses, name) for name in ("total", "content", "style", "tv")},
        "steps": len(run.history),
        "versions": {package: importlib.metadata.version(package) for package in PACKAGES},
    }
    return save_image(run.image, path, {KEY: json.dumps(facts)})


def save_and_tell(run: Transfer, name: str) -> str:
    """Save as `save_with_recipe` does, and return what to tell the user."""
    path = check_output(name.strip() or "studio.png")
    over = ", replacing the file of that name" if path.exists() else ""
    save_with_recipe(run, path)
    return f"Saved as {path}{over}. Studio.from_file({str(path)!r}) opens a studio with its settings."


def read_recipe(path: str | os.PathLike) -> Recipe:
    """Read the recipe in a PNG that `save_with_recipe` wrote.

    Raises:
        ImageError: no such file, not a PNG, or one without a recipe, or with one that cannot be understood.
        OptionError: a recipe with an option that this version refuses.
    """
    try:
        if (file := Path(path).expanduser()).exists() and not file.is_file():  # a pipe would block
            raise ImageError(f"{path} is not a regular file: give the name of a picture saved by the studio")
        with opened(file, path, ["PNG"]) as picture:
            text = getattr(picture, "text", {}).get(KEY)
    except ImageError:
        raise
    except Exception as error:  # as in `decode`
        raise ImageError(f"{path} cannot be read as a PNG: {error}") from error
    if text is None:
        raise ImageError(f"{path} holds no settings: only pictures saved by the studio do")
    try:
        facts = json.loads(text)
        known, version = facts["options"], facts["format"]
        content, style, remarks = facts["content"], facts["style"], tuple(facts.get("remarks", ()))
    except (ValueError, KeyError, TypeError, RecursionError) as error:
        raise ImageError(f"the settings in {path} are damaged: {error!r}") from error
    words = [content, *(style if isinstance(style, list) else [style]), *remarks]
    named = bool(style) and all(isinstance(each, str) for each in words)
    if version != FORMAT or not named or not isinstance(known, dict):
        raise ImageError(f"the settings in {path} are in an unknown format; this version reads format {FORMAT}")
    if unknown := known.keys() - Options.__dataclass_fields__.keys():
        raise OptionError(f"the settings in {path} name an unknown option: {', '.join(sorted(unknown))}")
    options = {name: tuple(value) if isinstance(value, list) else value for name, value in known.items()}
    return Recipe(content, style, Options(**options), remarks)
