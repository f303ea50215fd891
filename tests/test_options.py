import math

import pytest

from course_utils.errors import OptionError
from course_utils.options import Options


@pytest.mark.parametrize(
    ("name", "value", "message"),
    [
        ("size", 31, "at least 32"),
        ("size", 5000, "at most 4096"),
        ("size", 256.0, "a whole number"),
        ("size", True, "a whole number"),
        ("steps", 0, "at least 1"),
        ("steps", -5, "at least 1"),
        ("steps", 10**12, "at most"),
        ("seed", 10**400, "at most"),
        ("steps", None, "a value"),
        ("steps", "100", "a whole number"),
        ("seconds", 0, "above 0"),
        ("seconds", math.nan, "finite"),
        ("seconds", math.inf, "finite"),
        ("until", 0, "above 0"),
        ("until", 101, "at most 100"),
        ("alpha", -1, "at least 0"),
        ("alpha", math.nan, "finite"),
        ("beta", -1e-9, "at least 0"),
        ("beta", math.inf, "finite"),
        ("tv", math.nan, "finite"),
        ("tv", -1, "at least 0"),
        ("tv", None, "a value"),
        ("optimizer", "sgd", "choose one of lbfgs, adam, momentum, gd"),
        ("optimizer", None, "a value"),
        ("learning_rate", 0, "above 0"),
        ("learning_rate", -0.1, "above 0"),
        ("learning_rate", math.nan, "finite"),
        ("network", None, "a value"),
        ("network", "vgg61", "choose one of vgg19"),
        ("padding", "same", "choose one of auto, mirror, zero"),
        ("pooling", "min", "choose one of max, avg"),
        ("content_layers", "conv4_2", "a tuple"),
        ("content_layers", (), "at least one"),
        ("content_layers", (4,), "a name"),
        ("style_layers", ("conv1_1", "conv1_1"), "twice"),
        ("style_weights", (1.0,), "give style_layers"),
        ("style_weights", (math.nan,), "finite"),
        ("style_weights", (-1.0,), "at least 0"),
        ("color", "photo", "choose one of style, luminance, match"),
        ("brightness", "both", "choose one of auto, content, style"),
        ("style_mix", (1.0, -1.0), "at least 0"),
        ("style_mix", (0.0, 0.0), "at least one must be above 0"),
        ("style_scale", (0.0,), "above 0"),
        ("style_scale", (1.0, 9.0), "at most 8"),
        ("style_scale", None, "a tuple"),
        ("masks", "left", "a tuple"),
        ("masks", (None,), "a value"),
        ("protect", 3, "a picture's name"),
        ("masks", ("left", 3), "a picture's name"),
        ("init", "black", "choose one of content, style, noise"),
        ("levels", 0, "at least 1"),
        ("levels", 9, "at most 8"),
        ("seed", -1, "at least 0"),
        ("seed", 1.5, "a whole number"),
        ("device", 0, "a name"),
        ("memory", 0, "above 0"),
        ("memory", math.inf, "finite"),
        ("convolution", "fft", "choose one of auto, direct, plain, transposed, turned, winograd"),
        ("precision", "float16", "choose one of auto, float32, bfloat16"),
    ],
)
def test_bad_values_are_refused_by_the_options_name(name, value, message):
    with pytest.raises(OptionError, match=f"{name}=.*{message}"):
        Options(**{name: value})


def test_every_option_has_a_refused_value():
    tested = {arguments[0] for arguments in test_bad_values_are_refused_by_the_options_name.pytestmark[0].args[1]}
    assert tested == set(Options.__dataclass_fields__)


def test_options_that_do_not_go_together_are_refused():
    with pytest.raises(OptionError, match="one weight for each"):
        Options(style_layers=("conv1_1", "conv2_1"), style_weights=(1.0,))
    with pytest.raises(OptionError, match="at least one must be above 0"):
        Options(style_layers=("conv1_1",), style_weights=(0.0,))
    with pytest.raises(OptionError, match="nothing to aim at"):
        Options(alpha=0, beta=0)


def test_options_are_frozen():
    with pytest.raises(AttributeError):
        Options().alpha = 2
