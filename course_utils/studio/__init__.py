"""The studio, a style transfer with sliders and buttons (lesson 7), and the picture slider of other lessons."""

from .browser import Browser
from .controls import ratio_of
from .studio import Studio

__all__ = ["Browser", "Studio", "ratio_of"]
