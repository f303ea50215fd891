"""A pytest plugin: nbval compares a lesson's outputs, but accepts numbers within a tolerance.

nbval compares text character by character, and processors differ in the last digits: one prints 0.62, another 0.61.
Here a number with a decimal point or an exponent may differ by `TOLERANCE` plus one unit in its last digit; a cell
whose numbers need more says so in its metadata, `{"tolerance": 0.2}`. Words, whole numbers and the order of lines must
match exactly; "nan" is a word.

nbval passes every text through the cell's `sanitize`. Ours returns a `Text`, which equals any text within the
tolerance.
"""

import re

import pytest
from nbval.plugin import IPyNbCell

TOLERANCE = 0.03  # relative; between bfloat16 and float32 most of the lessons' losses differ by less
KEY = "tolerance"
# 0.5, .5, -1.5e-05 and 1e-05; not 12, conv4_2, nor a version such as 2.21.0
NUMBER = re.compile(r"(?<![\w.])[-−+]?(?:\d+\.\d*|\.\d+|\d+(?=e[-+]?\d))(?:e[-+]?\d+)?(?![_\d]|\.\d)")


class Text(str):
    """A text that is equal to another one within a tolerance."""

    tolerance: float
    __hash__ = None  # texts that are equal need not have one hash

    def __new__(cls, text: str, tolerance: float) -> "Text":
        made = super().__new__(cls, text)
        made.tolerance = tolerance
        return made

    def __eq__(self, other: object) -> bool:
        return isinstance(other, str) and agree(self, other, self.tolerance)

    def __ne__(self, other: object) -> bool:
        return not self == other


def agree(stored: str, computed: str, tolerance: float) -> bool:
    """Tell whether two texts have the same words in the same lines, and numbers that are equal within a tolerance."""
    words, others = (NUMBER.split(_even(text)) for text in (stored, computed))
    numbers = zip(NUMBER.findall(_even(stored)), NUMBER.findall(_even(computed)), strict=False)
    return words == others and all(close(a, b, tolerance) for a, b in numbers)


def close(a: str, b: str, tolerance: float) -> bool:
    """Tell whether two printed numbers differ by no more than a relative tolerance.

    One unit in the last digit of the more precise number is allowed on top: rounding alone may cause that.
    """
    x, y = (float(number.replace("−", "-")) for number in (a, b))
    return abs(x - y) <= tolerance * max(abs(x), abs(y)) + min(_unit(a), _unit(b))


def _unit(number: str) -> float:
    mantissa, _, exponent = number.partition("e")
    return 10.0 ** (int(exponent or 0) - len(mantissa.partition(".")[2]))


def _even(text: str) -> str:
    """Collapse runs of spaces, which only align columns."""
    text = re.sub(r"[ \t]+", " ", text)
    return re.sub(r"(?<=[\[(]) | (?=[\])])|^ | $", "", text, flags=re.M)


def pytest_itemcollected(item: pytest.Item) -> None:
    """Make each notebook cell compare its outputs within its own tolerance."""
    if isinstance(item, IPyNbCell):
        exact, tolerance = item.sanitize, float(item.cell.metadata.get(KEY, TOLERANCE))
        item.sanitize = lambda value: Text(exact(value), tolerance) if isinstance(value, str) else value
