"""Checkers for the exercises: each prints one line that says what an attempt got right or wrong.

A checker calls the attempt with small random arrays and compares the answer with the right one, computed here
in NumPy from the lesson's formula. If it differs, it is compared with the answers that common mistakes give, so
that the line can name the mistake. Nothing is raised: an unwritten exercise must not stop a notebook.
"""

from .colour import fewest_tiles, my_guided_gram, my_match_color, my_recolor, paler_recolor, repaired_palette
from .descent import adam, armijo, fastest_rate, gradient_descent, kept_best, momentum
from .fast import break_even, first_win, folded, my_instance_norm, my_mixture, repaired_training
from .features import content_loss, convolve, eye_stack, receptive_field, reconstruct, repaired_layer
from .gram import covariance_gradient, fool_the_statistics, my_gram_matrix, my_style_distance, repaired_statistics
from .images import deprocess, halve, largest_width, luminance, preprocess, to_bytes
from .networks import gram_entropy, jury, paired, peak_factor, softmax_features
from .objective import balance, choose_beta, my_objective, my_total_variation, pull_picture, tv_gradient
from .reading import dense_weights, repaired_gram, repaired_program, repaired_step, repaired_style_loss, steps_needed
from .start import advise
from .studio import even_terms, my_dial, my_frames, same_picture, smooth_print, wanted_picture
from .transfer import coarse_to_fine, diagnose, my_transfer, rate_for, repaired_tv
from .verdict import judge
from .video import choose_delta, fooling_video, my_warp, repaired_start, temporal_gradient

__all__ = [
    "adam",
    "advise",
    "armijo",
    "balance",
    "break_even",
    "choose_beta",
    "choose_delta",
    "coarse_to_fine",
    "content_loss",
    "convolve",
    "covariance_gradient",
    "dense_weights",
    "deprocess",
    "diagnose",
    "even_terms",
    "eye_stack",
    "fastest_rate",
    "fewest_tiles",
    "first_win",
    "folded",
    "fool_the_statistics",
    "fooling_video",
    "gradient_descent",
    "gram_entropy",
    "halve",
    "judge",
    "jury",
    "kept_best",
    "largest_width",
    "luminance",
    "momentum",
    "my_dial",
    "my_frames",
    "my_gram_matrix",
    "my_guided_gram",
    "my_instance_norm",
    "my_match_color",
    "my_mixture",
    "my_objective",
    "my_recolor",
    "my_style_distance",
    "my_total_variation",
    "my_transfer",
    "my_warp",
    "paired",
    "paler_recolor",
    "peak_factor",
    "preprocess",
    "pull_picture",
    "rate_for",
    "receptive_field",
    "reconstruct",
    "repaired_gram",
    "repaired_layer",
    "repaired_palette",
    "repaired_program",
    "repaired_start",
    "repaired_statistics",
    "repaired_step",
    "repaired_style_loss",
    "repaired_training",
    "repaired_tv",
    "same_picture",
    "smooth_print",
    "softmax_features",
    "steps_needed",
    "temporal_gradient",
    "to_bytes",
    "tv_gradient",
    "wanted_picture",
]
