"""Checkers for the exercises: each prints one line that says what an attempt got right or wrong.

A checker calls the attempt with small random arrays and compares the answer with the right one, computed here
in NumPy from the lesson's formula. If it differs, it is compared with the answers that common mistakes give, so
that the line can name the mistake. Nothing is raised: an unwritten exercise must not stop a notebook.
"""

from .colour import my_guided_gram, my_match_color, my_recolor
from .descent import adam, gradient_descent, momentum
from .features import content_loss, convolve, receptive_field
from .gram import my_gram_matrix, my_style_distance
from .images import deprocess, luminance, preprocess
from .networks import gram_entropy, softmax_features
from .objective import balance, my_objective, my_total_variation
from .reading import mended_descent, mended_gram, mended_step, mended_style_loss, steps_needed
from .transfer import projected_step, pyramid
from .verdict import judge

__all__ = [
    "adam",
    "balance",
    "content_loss",
    "convolve",
    "deprocess",
    "gradient_descent",
    "gram_entropy",
    "judge",
    "luminance",
    "mended_descent",
    "mended_gram",
    "mended_step",
    "mended_style_loss",
    "momentum",
    "my_gram_matrix",
    "my_guided_gram",
    "my_match_color",
    "my_objective",
    "my_recolor",
    "my_style_distance",
    "my_total_variation",
    "preprocess",
    "projected_step",
    "pyramid",
    "receptive_field",
    "softmax_features",
    "steps_needed",
]
