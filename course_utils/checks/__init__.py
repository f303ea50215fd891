"""Checkers for the exercises: each prints one line that says what an attempt got right or wrong.

A checker calls the attempt with small random arrays and compares the answer with the right one, computed here
in NumPy from the lesson's formula. If it differs, it is compared with the answers that common mistakes give, so
that the line can name the mistake. Nothing is raised: an unwritten exercise must not stop a notebook. `summary` lists
what the checkers have said so far.

A module of checkers is imported when one of them is first used: some need TensorFlow, whose start takes seconds.
"""

import importlib

from .summary import summary
from .verdict import judge

_CHECKERS = {
    "colour": ("fewest_tiles", "my_guided_gram", "my_match_color", "my_recolor", "paler_recolor", "repaired_palette"),
    "descent": ("adam", "armijo", "fastest_rate", "gradient_descent", "kept_best", "momentum"),
    "fast": ("break_even", "first_win", "folded", "my_instance_norm", "my_mixture", "repaired_training"),
    "features": ("content_loss", "convolve", "eye_stack", "receptive_field", "reconstruct", "repaired_layer"),
    "gram": (
        "covariance_gradient",
        "fool_the_statistics",
        "my_gram_matrix",
        "my_style_distance",
        "repaired_statistics",
    ),
    "images": ("deprocess", "halve", "largest_width", "luminance", "preprocess", "to_bytes"),
    "networks": ("gram_entropy", "jury", "paired", "peak_factor", "softmax_features"),
    "objective": ("balance", "choose_beta", "my_objective", "my_total_variation", "pull_picture", "tv_gradient"),
    "reading": (
        "dense_weights",
        "repaired_gram",
        "repaired_program",
        "repaired_step",
        "repaired_style_loss",
        "steps_needed",
    ),
    "start": ("advise",),
    "studio": ("even_terms", "my_dial", "my_frames", "same_picture", "smooth_print", "wanted_picture"),
    "transfer": ("coarse_to_fine", "diagnose", "my_transfer", "rate_for", "repaired_tv"),
    "video": ("choose_delta", "fooling_video", "my_warp", "repaired_start", "temporal_gradient"),
}
_MODULE_OF = {name: module for module, names in _CHECKERS.items() for name in names}

__all__ = ["judge", "summary", *_MODULE_OF]


def __getattr__(name: str) -> object:
    """Import a checker's module on first use."""
    if name in _MODULE_OF:
        return getattr(importlib.import_module(f".{_MODULE_OF[name]}", __name__), name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")


def __dir__() -> list[str]:
    """List the checkers, too, for whoever looks for them with the Tab key."""
    return [*globals(), *_MODULE_OF]
