"""The studio's controls: a widget for every option of a run, and the dial between content and style."""

import html
import math
from dataclasses import fields
from typing import Any

import ipywidgets as widgets
import numpy as np

from ..errors import ImageError, OptionError
from ..images import Upload
from ..options import Options
from ..transfer import Transfer

# What each control is called, and what it does, in a learner's words.
WORDS = {
    "alpha": (
        "α content",
        "How much the photo counts; 0 at the left end. Takes effect at once, even during a run.",
    ),
    "beta": (
        "β style",
        "How much the painting counts; 0 at the left end. Takes effect at once, even during a run.",
    ),
    "tv": ("γ smoothness", "How much specks are smoothed away (total variation); 0 at the left end."),
    "size": ("longest side, px", "A larger picture has finer strokes; time and memory grow with its square."),
    "steps": ("steps", "How many times the picture is updated. 20 give an impression, 65 a finished picture."),
    "seconds": ("or seconds", "Stop after this time instead of counting steps."),
    "until": ("or until, %", "Stop once the last 20 steps have lowered the total loss by less than this percentage."),
    "color": ("colours", "style: the painting's. luminance and match: the photo's, in two ways (lesson 9)."),
    "brightness": ("brightness", "Whose brightness and contrast; auto: the photo's if its colours are kept."),
    "style_mix": ("mix", "How much each of several paintings counts, comma-separated, such as 2, 1."),
    "style_scale": (
        "size of forms",
        "1 is the painting at the photo's size; 2 shows it twice as large, with larger forms.",
    ),
    "masks": (
        "masks",
        "Where each painting goes, comma-separated: left, right, top, bottom, middle, or a file's name.",
    ),
    "protect": ("keep the photo", "Where the photo stays as it is: middle, for example, or a file's name."),
    "optimizer": (
        "optimizer",
        "The update rule (lesson 5): lbfgs needs the fewest steps, gd is plain gradient descent.",
    ),
    "learning_rate": ("learning rate", "How far a step goes; lower it if the losses jump."),
    "init": ("start from", "From the photo, the content need only be kept; from noise, it must be found (lesson 6)."),
    "levels": ("sizes", "From coarse to fine: how many sizes, each half the next. More give larger strokes."),
    "network": ("network", "Whose features are compared: vgg19 is the paper's; vgg16 and resnet50 need a download."),
    "pooling": ("pooling", "How the network shrinks its maps: the largest of four numbers, or their mean."),
    "padding": ("borders", "What the network sees beyond the picture: zeros leave a pale frame; auto: a mirror."),
    "content_layers": ("content layers", "Names, comma-separated, such as conv4_2."),
    "style_layers": ("style layers", "Names, comma-separated, such as conv1_1, conv3_1."),
    "style_weights": ("their weights", "Numbers, comma-separated, one for each style layer."),
    "memory": ("memory, GB", "What a run may use; a picture too large for it is processed in tiles."),
    "seed": ("seed", "The same seed gives the same noise, and so the same picture."),
    "device": ("device", "auto uses a graphics card if there is one."),
    "precision": ("precision", "bfloat16 numbers take half the memory; auto uses them where that is much faster."),
    "convolution": ("convolutions", "In which form they are computed; auto uses what is fastest here."),
}
# What an empty field means.
EMPTY = {
    "size": "its own size",
    "seconds": "counts steps",
    "until": "does all steps",
    "style_mix": "all equal",
    "masks": "everywhere",
    "protect": "nowhere",
    "style_weights": "all equal",
}
LIVE = {"alpha": (-2, 2), "beta": (-2, 4), "tv": (-1, 4)}  # powers of ten at the ends of the sliders
NOTCH = 0.02  # powers of ten between two notches of a slider: 5 %

# The dial is logarithmic in β/α. Its middle is the median, over the 15 pairs of data/, of the β/α at which the
# share of the content that is lost equals the share of the style loss that is left (tests/benchmarks/dial.py).
MIDDLE, DECADES = 1.5, 4.0


def ratio_of(dial: float) -> float:
    """Turn the dial, 0 (content) to 1 (style), into β/α."""
    return MIDDLE * 10 ** (DECADES * (dial - 0.5))


def dial_of(ratio: float) -> float:
    """Turn β/α into the dial's position; beyond its ends, the nearer end."""
    if ratio <= 0:
        return 0.0
    return min(1.0, max(0.0, 0.5 + math.log10(ratio / MIDDLE) / DECADES))


class Controls:
    """All options as widgets.

    Attributes:
        by_name: the widget of each option.
        knobs: the dial and the weights, which take effect at once.
        more, settings: a button, and the other widgets, which it unfolds.
    """

    def __init__(self, options: Options) -> None:
        """Show the options given."""
        self.by_name = {option.name: _widget(option) for option in fields(Options)}
        self.dial = widgets.FloatSlider(
            description="content ↔ style",
            tooltip="0 keeps the photo, 1 is all painting. It moves β, relative to α.",
            **{"min": 0, "max": 1, "step": 0.01, "layout": _WIDE, "style": _LABELS},
        )
        self._linking = False
        self._exact: dict[str, float] = {}
        self._uploads: dict[str, Upload] = {}
        self.show(options)
        self.dial.observe(self._dial_moved, "value")
        for name in ("alpha", "beta"):
            self.by_name[name].observe(self._weight_moved, "value")
        self.more = widgets.ToggleButton(
            description="More settings", icon="caret-right", tooltip="They take effect from the next run."
        )
        folded = [widget for name, widget in self.by_name.items() if name not in LIVE]
        grid = widgets.Box(folded)
        grid.add_class("course-settings")
        self.settings = widgets.VBox([widgets.HTML("These take effect from the next run."), grid])
        self.more.observe(self._fold, "value")
        self._fold()
        self.knobs = widgets.VBox([self.dial, *(self.by_name[name] for name in LIVE)])

    def _fold(self, _: Any = None) -> None:
        self.settings.layout.display = "" if self.more.value else "none"
        self.more.icon = "caret-down" if self.more.value else "caret-right"

    def add_mask(self, upload: Upload, _: np.ndarray) -> None:
        """Make an uploaded picture known to the fields for masks, and name it in the first, unfolded.

        Raises:
            ImageError: a name that is taken, or that cannot be part of a list.
        """
        if upload in self._uploads or "," in upload or upload != upload.strip():
            raise ImageError(f"{upload} is the name of another mask, or has a comma, or a blank at an end: rename it")
        self._uploads[upload] = upload
        field = self.by_name["masks"]
        field.value = ", ".join([*filter(None, [field.value.strip()]), upload])
        self.more.value = True

    def options(self) -> Options:
        """Return what the widgets show.

        Raises:
            OptionError: text that is not a number, or values that `Options` refuses.
        """
        values = {option.name: self._value(option) for option in fields(Options)}
        return Options(**values | self.weights())

    def weights(self) -> dict[str, float]:
        """Return α, β and γ, as keywords of `Options` and of `Transfer.reweight`."""
        return {name: self._weight(name) for name in LIVE}

    def steer(self, run: Transfer) -> bool:
        """Give a run the weights that the widgets show, add them to its note, and return whether they are new to it.

        Raises:
            OptionError: as `Transfer.reweight`.
        """
        weights = self.weights()
        moved = any(getattr(run.options, name) != weight for name, weight in weights.items())
        if moved:
            run.reweight(**weights)
            run.note["weights"].append((len(run.history), weights))
        return moved

    def show(self, options: Options) -> None:
        """Set the widgets to some options."""
        for option in fields(Options):
            _set(option, self.by_name[option.name], getattr(options, option.name))
        self._exact = {name: getattr(options, name) for name in LIVE}
        self._weight_moved()

    def _weight(self, name: str) -> float:
        """Return the weight shown last, exactly, if the slider is still at its notch."""
        shown, exact = self.by_name[name].value, self._exact[name]
        if abs(math.log10(shown / _notch(name, exact))) < 0.5 * NOTCH:
            return exact
        return 0.0 if shown < 1.01 * 10 ** LIVE[name][0] else float(f"{shown:.2g}")  # a logarithmic scale has no 0

    def _value(self, option: Any) -> Any:
        widget, about = self.by_name[option.name], option.metadata
        if not isinstance(widget, widgets.Text):
            return widget.value
        parts = [part.strip() for part in widget.value.split(",")] if about.get("many") else [widget.value.strip()]
        try:
            values = tuple(_read(about["kind"], self._uploads.get(part, part)) for part in parts if part)
        except ValueError as error:
            kind = "whole number" if about["kind"] is int else "number"
            raise OptionError(f"{option.name}={widget.value!r}: a {kind} is needed") from error
        if not values:
            return None if about["optional"] else option.default
        return values if about.get("many") else values[0]

    def _dial_moved(self, _: Any) -> None:
        if not self._linking:
            self._linking = True
            self.by_name["beta"].value = _notch("beta", ratio_of(self.dial.value) * self.by_name["alpha"].value)
            self._linking = False

    def _weight_moved(self, _: Any = None) -> None:
        if not self._linking:
            self._linking = True
            self.dial.value = round(dial_of(self.by_name["beta"].value / self.by_name["alpha"].value), 2)
            self._linking = False


_LABELS, _WIDE, _FOLDED = {"description_width": "104px"}, {"width": "auto"}, {"width": "370px"}


def in_labels(text: str) -> str:
    """Turn a message that begins with an option's name into one that begins with its label on the screen."""
    name, equals, rest = text.partition("=")
    return f"{WORDS[name][0]}: {rest}" if equals and name in WORDS else text


def _read(kind: type | None, text: str) -> Any:
    return kind(text) if kind in (int, float) else text


def _widget(option: Any) -> widgets.Widget:
    """Make the widget for a field of Options, without its value."""
    label, tooltip = WORDS[option.name]
    layout = _WIDE if option.name in LIVE else _FOLDED
    label = f'<span title="{html.escape(tooltip)}">{label}</span>'  # shown for every kind of widget, unlike tooltip
    common = {"description": label, "description_allow_html": True, "tooltip": tooltip}
    common |= {"style": _LABELS, "layout": layout}
    if option.name in LIVE:
        low, high = LIVE[option.name]
        return widgets.FloatLogSlider(min=low, max=high, step=NOTCH, readout_format=".2g", **common)
    about = option.metadata
    if "choices" in about:
        return widgets.Dropdown(options=about["choices"], **common)
    if about["kind"] is int and not about["optional"]:
        return widgets.BoundedIntText(min=about["least"], max=about["most"], **common)
    hint = f"empty: {EMPTY.get(option.name, 'chosen for you')}" if about["optional"] else ""
    return widgets.Text(placeholder=hint, continuous_update=False, **common)


def _set(option: Any, widget: widgets.Widget, value: Any) -> None:
    if option.name in LIVE:
        widget.value = _notch(option.name, value)
    elif option.metadata.get("picture") and not all(isinstance(each, str) for each in value or ()):
        raise OptionError(f"{option.name}: the studio takes pictures by name only")
    elif isinstance(widget, widgets.Text):
        widget.value = (
            "" if value is None else ", ".join(map(str, value)) if option.metadata.get("many") else str(value)
        )
    elif isinstance(widget, widgets.Dropdown) and value not in widget.options:
        raise OptionError(f"{option.name}={value!r}: the studio can show {', '.join(widget.options)} only")
    else:
        widget.value = value


def _notch(name: str, value: float) -> float:
    """Return the nearest value that a slider can have: a browser corrects any other, which would count as a change."""
    low, high = LIVE[name]
    exponent = math.log10(value) if value > 0 else low
    return 10 ** (round(min(high, max(low, exponent)) / NOTCH) * NOTCH)
