"""Arguments of the command line: flags made from a dataclass of options, and pictures given by their folder."""

import argparse
from collections.abc import Callable
from dataclasses import Field, fields
from pathlib import Path
from typing import Any

from ..errors import OptionError
from ..images import SAVE_OPTIONS


def add_options(
    parser: argparse.ArgumentParser, kind: type, budget: tuple[str, ...] = (), without: tuple[str, ...] = ()
) -> None:
    """Add a flag for each field of a dataclass of options, but `without`; those of its budget exclude each other."""
    group = parser.add_mutually_exclusive_group() if budget else parser
    for option in fields(kind):
        if option.name in without:
            continue
        name = f"--{option.name.replace('_', '-')}"
        (group if option.name in budget else parser).add_argument(name, **_flag(option))


def _flag(option: Field) -> dict[str, Any]:
    """Translate an option into the keywords of `add_argument`; flags not given are missing from the parsed result."""
    about, default = option.metadata, option.default
    kind = about["kind"] or str
    if about.get("many"):
        help_text, read = f"{about['help']}; separated by commas", _comma_separated(kind)
        default = None if default is None else ",".join(map(str, default))
    else:
        help_text, read = about["help"], kind
    help_text += "" if default is None else f" ({default})"
    return {
        "help": help_text.replace("%", "%%"),
        "type": read,
        "choices": about.get("choices"),
        "default": argparse.SUPPRESS,
        "metavar": None if about.get("choices") else {int: "N", float: "X", str: "NAME"}[kind],
    }


def _comma_separated(kind: type) -> Callable[[str], tuple]:
    def values(text: str) -> tuple:
        try:
            return tuple(kind(part) for part in text.split(","))
        except ValueError as error:
            raise argparse.ArgumentTypeError(f"{text!r} is not a list of numbers separated by commas") from error

    return values


def given(parsed: argparse.Namespace, kind: type) -> dict[str, Any]:
    """Return the options of a dataclass that were given on the command line, by name."""
    return {option.name: getattr(parsed, option.name) for option in fields(kind) if hasattr(parsed, option.name)}


def pictures_in(source: str) -> list[str]:
    """Return the picture files in a folder, told by their extensions; or, if it is not a folder, `source` itself.

    Raises:
        OptionError: a folder without pictures, or one that cannot be read.
    """
    try:
        folder = Path(source).expanduser()
        if not folder.is_dir():
            return [source]
        found = sorted(str(each) for each in folder.iterdir() if each.suffix.lower() in SAVE_OPTIONS)
    except (OSError, RuntimeError, ValueError) as error:  # no access, no such user, a name too long or with NUL
        raise OptionError(f"cannot read the folder {source}: {error}") from error
    if not found:
        raise OptionError(f"no pictures in the folder {source}: their names end in {', '.join(SAVE_OPTIONS)}")
    return found
