"""The options of a run and of a training: dataclasses, from which flags, --help and the studio's widgets are made."""

import math
import numbers
import sys
from dataclasses import dataclass, field, fields, replace
from fractions import Fraction
from typing import Any, Self

from .errors import OptionError

HOLD = 0.5  # λ of `video.FastVideo`: how much of the frame before stays


def _option(default: Any, kind: type | None, help: str, **limits: Any) -> Any:
    """Declare an option: its kind (None: anything), its meaning, and the limits that `_check` enforces.

    Limits are `above`, `least`, `most` and `choices`; `optional` allows None; `many` requires a tuple; `picture` a
    picture's name, or an array.
    """
    limits.setdefault("optional", default is None)
    return field(default=default, metadata={"kind": kind, "help": help, **limits})


class Checked:
    """A dataclass of options that checks itself."""

    def __post_init__(self) -> None:
        """Check each option on its own."""
        for option in fields(self):
            _check(option.name, getattr(self, option.name), option.metadata)

    def changed(self, changes: dict[str, Any]) -> Self:
        """Return a copy with some options changed.

        Raises:
            OptionError: an unknown name, or an invalid value.
        """
        if unknown := changes.keys() - self.__dataclass_fields__.keys():
            raise OptionError(
                f"no option {', '.join(sorted(unknown))}; there are {', '.join(self.__dataclass_fields__)}"
            )
        return replace(self, **changes)


@dataclass(frozen=True, kw_only=True)
class Options(Checked):
    """The options of a style transfer. A wrong value raises an OptionError that names the option.

    None means the default behaviour, except that `size=None` keeps the pictures at their own sizes.

    `size` does not set the size of the paintings. Each is scaled so that its shorter side is `style_scale` times the
    photo's shorter side (with `size=None`, times its own). Scaled by its longer side, a long, narrow painting would
    end up with much finer strokes than the others.
    """

    size: int | None = _option(
        384, int, "longest side of the photo and the result, in pixels", least=32, most=4096, optional=True
    )
    steps: int = _option(
        65, int, "total number of optimisation steps, shared among the sizes of the pyramid", least=1, most=1_000_000
    )
    seconds: float | None = _option(None, float, "time budget in seconds, start-up included; replaces steps", above=0)
    until: float | None = _option(
        None,
        float,
        "stop early, once 20 steps at the final size have lowered the total loss by less than this many per cent",
        above=0,
        most=100,
    )
    alpha: float = _option(1.0, float, "α, weight of the content", least=0)
    beta: float = _option(5.5, float, "β, weight of the style", least=0)
    tv: float = _option(10.0, float, "γ, weight of total variation", least=0)
    optimizer: str = _option("lbfgs", str, "update rule", choices=("lbfgs", "adam", "momentum", "gd"))
    learning_rate: float | None = _option(
        None,
        float,
        "η, the step size; for lbfgs, the most a pixel may change in the first step; the default depends on optimizer",
        above=0,
    )
    network: Any = _option(
        "vgg19",
        None,
        "a network by name: vgg19 is the paper's; vgg16 and resnet50 need a download",
        choices=("vgg19", "vgg19-random", "vgg16-hed", "vgg16", "resnet50"),
    )
    pooling: str = _option("max", str, "pooling in the network", choices=("max", "avg"))
    padding: str = _option(
        "auto",
        str,
        "what the network sees beyond the border: zeros, as it was trained, which leave a pale frame; or its input "
        "mirrored; auto: mirrored, if the network allows it",
        choices=("auto", "mirror", "zero"),
    )
    content_layers: tuple[str, ...] | None = _option(
        None, str, "content layers; by default the network's own", many=True
    )
    style_layers: tuple[str, ...] | None = _option(None, str, "style layers; by default the network's own", many=True)
    style_weights: tuple[float, ...] | None = _option(
        None,
        float,
        "one weight for each of style_layers, which must be given; scaled to add up to 1; by default all equal",
        least=0,
        many=True,
    )
    color: str = _option(
        "style",
        str,
        "whose colours: style, the painting's; luminance, the photo's, as only the luminance is repainted; match, the "
        "painting's, transformed beforehand to the photo's mean and covariance",
        choices=("style", "luminance", "match"),
    )
    brightness: str = _option(
        "auto",
        str,
        "whose brightness and contrast; auto: the photo's if its colours are kept, else the painting's",
        choices=("auto", "content", "style"),
    )
    style_mix: tuple[float, ...] | None = _option(
        None,
        float,
        "relative weights of several paintings; by default all equal",
        least=0,
        many=True,
    )
    style_scale: tuple[float, ...] = _option(
        (1.0,),
        float,
        "size of the strokes: a painting's shorter side as a multiple of the photo's, or of its own if size is None; "
        "one number, or one for each painting",
        above=0,
        most=8,
        many=True,
    )
    masks: tuple[Any, ...] | None = _option(
        None,
        None,
        "where each painting applies: grey pictures, or left, right, top, bottom, middle; with one fewer than "
        "paintings, the last gets the rest",
        many=True,
        picture=True,
    )
    protect: Any = _option(
        None, None, "where the photo stays as it is: a grey picture, or a name as for masks", picture=True
    )
    init: str = _option("content", str, "what to start from", choices=("content", "style", "noise"))
    levels: int = _option(
        2, int, "number of pyramid sizes, each half the next; more give larger strokes, 1 is off", least=1, most=8
    )
    memory: float = _option(
        4.0,
        float,
        "gigabytes the run may use; larger pictures are processed in tiles",
        above=0,
    )
    seed: int = _option(0, int, "seed of the noise", least=0, most=2**63 - 1)
    device: str = _option("auto", str, "auto, cpu or gpu:0")
    precision: str = _option(
        "auto",
        str,
        "number format in the network; auto: bfloat16 where this machine is much faster with it",
        choices=("auto", "float32", "bfloat16"),
    )
    convolution: str = _option(
        "auto",
        str,
        "how convolutions are computed: the results differ only by rounding; auto: the fastest form here; direct: the "
        "fastest except Winograd's, which takes seconds to compile",
        choices=("auto", "direct", "plain", "transposed", "turned", "winograd"),
    )

    def __post_init__(self) -> None:
        """Check each option on its own, then those that depend on each other."""
        super().__post_init__()
        if self.style_weights is not None:
            if self.style_layers is None or len(self.style_weights) != len(self.style_layers):
                raise OptionError(f"style_weights={self.style_weights!r}: give style_layers, one weight for each")
            if sum(self.style_weights) == 0:
                raise OptionError(f"style_weights={self.style_weights!r}: at least one must be above 0")
        if self.style_mix is not None and sum(self.style_mix) == 0:
            raise OptionError(f"style_mix={self.style_mix!r}: at least one must be above 0")
        _require_an_aim(self.alpha, self.beta)


@dataclass(frozen=True, kw_only=True)
class TrainingOptions(Checked):
    """The options of a network's training (lesson 11). A wrong value raises an OptionError that names the option."""

    steps: int = _option(3100, int, "number of optimisation steps", least=1, most=1_000_000)
    minutes: float | None = _option(None, float, "time budget in minutes; replaces steps", above=0)
    batch: int = _option(4, int, "crops in each step", least=1, most=64)
    crop: int = _option(256, int, "side of a crop, and shorter side of the painting, in pixels", least=64, most=1024)
    crops: int = _option(200, int, "number of crops cut out of the photos", least=1, most=10_000)
    alpha: float = _option(1.0, float, "α, weight of the content", least=0)
    beta: float = _option(5.0, float, "β, weight of the style", least=0)
    tv: float = _option(10.0, float, "γ, weight of total variation", least=0)
    learning_rate: float = _option(
        2e-3, float, "η, Adam's step size at its largest; it falls to 0 along a cosine", above=0, most=1
    )
    seed: int = _option(0, int, "seed of the initial weights, the crops and their order", least=0, most=2**63 - 1)
    device: str = _option("auto", str, "auto, cpu or gpu:0")

    def __post_init__(self) -> None:
        """Check each option on its own, then those that depend on each other."""
        super().__post_init__()
        _require_an_aim(self.alpha, self.beta)


def _require_an_aim(alpha: float, beta: float) -> None:
    if alpha == beta == 0:
        raise OptionError("alpha=0 and beta=0: nothing to aim at; give one of them a weight")


@dataclass(frozen=True, kw_only=True)
class VideoOptions(Options):
    """The options of a video: those of a picture, for its first frame, and what the other frames need besides."""

    steps: int = _option(
        Options.steps,
        int,
        "optimisation steps of the first frame, shared among the sizes of the pyramid",
        least=1,
        most=1_000_000,
    )
    frame_steps: int = _option(20, int, "optimisation steps of each frame after the first", least=1, most=1_000_000)
    delta: float = _option(
        100.0, float, "δ, weight of the temporal term, which ties each frame to those before it; 0 is off", least=0
    )
    back: tuple[int, ...] = _option(
        (1, 2, 4),
        int,
        "how many frames back those are; further ones for what the nearer ones hide",
        least=1,
        most=64,
        many=True,
    )

    def __post_init__(self) -> None:
        """Check the options of a picture, too; refuse a time budget, which a video of unknown length cannot share."""
        super().__post_init__()
        if self.seconds is not None:
            raise OptionError(f"seconds={self.seconds!r}: a video has no time budget; use steps and frame_steps")


def _check(name: str, value: Any, limits: dict[str, Any]) -> None:
    if value is None and limits["optional"]:
        return
    if limits.get("many") and not (isinstance(value, (tuple, list)) and value):
        raise OptionError(f"{name}={value!r}: a tuple with at least one entry is needed")
    for item in value if limits.get("many") else (value,):
        if problem := _problem(item, limits):
            raise OptionError(f"{name}={value!r}: {problem}")
    if limits.get("many") and limits["kind"] is str and len(set(value)) < len(value):
        raise OptionError(f"{name}={value!r}: a layer is listed twice")


def _problem(value: Any, limits: dict[str, Any]) -> str | None:
    """Return what is wrong with one value; None if nothing is."""
    kind = limits["kind"]
    if value is None:
        return "a value is needed"
    if kind is str and not isinstance(value, str):
        return "a name is needed"
    if isinstance(value, str) and kind in (str, None):
        choices = limits.get("choices", (value,))
        return None if value in choices else f"choose one of {', '.join(choices)}"
    if limits.get("picture") and isinstance(value, numbers.Number):
        return "a picture's name, or an array, is needed"
    if kind is None:
        return None
    number = {int: numbers.Integral, float: numbers.Real}[kind]
    if isinstance(value, (bool, Fraction)) or not isinstance(value, number):
        return "a whole number is needed" if kind is int else "a number is needed"
    if kind is float and not abs(value) <= sys.float_info.max:  # an int may be larger, a float not finite
        return "a finite number is needed"
    if value <= limits.get("above", -math.inf):
        return f"it must be above {limits['above']}"
    if value < limits.get("least", -math.inf):
        return f"it must be at least {limits['least']}"
    return f"it must be at most {limits['most']}" if value > limits.get("most", math.inf) else None
