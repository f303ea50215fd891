"""The whole optimisation behind widgets (lesson 7), and the slider through pictures that other lessons use."""

from .browser import Browser
from .controls import ratio_of
from .studio import Studio

__all__ = ["Browser", "Studio", "ratio_of"]
