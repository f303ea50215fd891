"""The studio's controls: one for every option, and what they give back."""

import html
import re
from dataclasses import fields

import numpy as np
import pytest

from course_utils import Options
from course_utils.errors import OptionError
from course_utils.studio.controls import LIVE, NOTCH, WORDS, Controls, dial_of, in_labels, ratio_of


def test_every_option_has_a_control_with_a_label_and_words_for_a_learner():
    controls = Controls(Options())
    assert controls.by_name.keys() == WORDS.keys() == {option.name for option in fields(Options)}
    for widget in controls.by_name.values():
        label = re.sub("<.*?>", "", widget.description)
        assert 2 < len(label) <= 20
        assert html.escape(widget.tooltip) in widget.description
        assert len(widget.tooltip) > 20


@pytest.mark.parametrize(
    "changes",
    [
        {},
        {"beta": 1.234, "alpha": 0.5, "tv": 300.0},
        {"alpha": 0.0, "tv": 0.0},
        {"size": None, "seconds": 12.5, "learning_rate": 0.1},
        {"style_layers": ("conv1_1", "conv3_1"), "style_weights": (1.0, 0.25), "content_layers": ("conv3_2",)},
        {"optimizer": "adam", "network": "vgg19-random", "pooling": "avg", "init": "noise"},
        {"masks": ("left", "right"), "protect": "middle", "style_scale": (2.0, 1.0), "style_mix": (1.0, 2.0)},
        {"color": "match", "brightness": "style"},
        {"steps": 7, "levels": 3, "seed": 11, "device": "cpu"},
    ],
)
def test_controls_give_back_what_they_were_shown(changes):
    controls = Controls(Options())
    controls.show(Options(**changes))
    assert controls.options() == Options(**changes)


def test_a_slider_that_the_browser_moves_to_its_notch_keeps_the_weight():
    controls = Controls(Options())
    controls.by_name["beta"].value = 10 ** (round(np.log10(5.5) / NOTCH) * NOTCH)
    assert controls.options().beta == 5.5


def test_the_left_end_of_a_slider_is_0():
    controls = Controls(Options())
    for name, (low, _) in LIVE.items():
        controls.show(Options())
        controls.by_name[name].value = 10.0**low
        assert getattr(controls.options(), name) == 0


@pytest.mark.parametrize(("name", "text"), [("learning_rate", "fast"), ("size", "1e9x"), ("style_weights", "1, two")])
def test_a_text_that_is_no_number_is_refused(name, text):
    controls = Controls(Options())
    controls.by_name[name].value = text
    with pytest.raises(OptionError, match=f"{name}='{text}': a .*number is needed") as caught:
        controls.options()
    assert in_labels(str(caught.value)).startswith(f"{WORDS[name][0]}: ")


def test_the_dial_moves_beta_and_follows_it():
    controls = Controls(Options(alpha=2.0))
    places = []
    for dial in (0.0, 0.25, 0.5, 0.75, 1.0):
        controls.dial.value = dial
        assert controls.options().beta == pytest.approx(2 * ratio_of(dial), rel=0.05)
        places.append(controls.options().beta)
        assert dial_of(ratio_of(dial)) == pytest.approx(dial)
    assert places == sorted(places)
    controls.by_name["beta"].value = 2 * ratio_of(0.3)
    assert controls.dial.value == pytest.approx(0.3, abs=0.01)
    controls.by_name["alpha"].value = 20.0
    assert controls.dial.value == pytest.approx(dial_of(ratio_of(0.3) / 10), abs=0.01)
