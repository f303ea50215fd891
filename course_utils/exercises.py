"""Which exercises each lesson has, and the verdicts that every checker may give.

The one list that the summaries, the progress page, the students' folder and the grades share.
"""

# The checkers' names, in the order of the lesson's headings: "Exercise 2" is the second.
EXERCISES = {
    0: ("advise",),
    1: ("to_bytes", "largest_width", "preprocess", "deprocess", "halve", "luminance"),
    2: ("convolve", "repaired_layer", "receptive_field", "eye_stack", "content_loss", "reconstruct"),
    3: ("my_gram_matrix", "my_style_distance", "covariance_gradient", "fool_the_statistics", "repaired_statistics"),
    4: ("my_total_variation", "tv_gradient", "my_objective", "pull_picture", "balance", "choose_beta"),
    5: ("gradient_descent", "fastest_rate", "momentum", "adam", "kept_best", "armijo"),
    6: ("my_transfer", "coarse_to_fine", "rate_for", "diagnose", "repaired_tv"),
    7: ("my_dial", "my_frames", "even_terms", "smooth_print", "same_picture"),
    8: ("jury", "gram_entropy", "paired", "peak_factor", "softmax_features"),
    9: ("my_recolor", "paler_recolor", "my_match_color", "repaired_palette", "my_guided_gram", "fewest_tiles"),
    10: ("dense_weights", "repaired_gram", "repaired_step", "repaired_style_loss", "steps_needed", "repaired_program"),
    11: ("break_even", "my_instance_norm", "folded", "repaired_training", "first_win", "my_mixture"),
    12: ("my_warp", "repaired_start", "temporal_gradient", "choose_delta", "fooling_video"),
}
CORRECT, NOT_WRITTEN, NOT_RUN = "correct", "not written yet", "not run yet"
