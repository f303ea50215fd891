"""What a run works with, decided before it starts: device, network, layers, precision and sizes (lesson 6)."""

import functools
from collections.abc import Sequence
from dataclasses import replace

from ..descent import Bounds, Rule, make_rule
from ..device import bytes_had, keras, select_device, tf
from ..errors import OptionError
from ..features import FeatureExtractor
from ..images import resize
from ..networks import Network, as_network, choose_precision
from ..objective import Objective
from ..options import Options
from ..scene import Scene
from ..tiling import TiledObjective, fitting_side, tile_side
from .pyramid import Level, pyramid

# From how many pixels times steps, or seconds, compiled convolutions save a run time: about twice what they take to
# compile on two cores.
REPAID, REPAID_SECONDS = 1.5e6, 30.0


class Plan:
    """Pictures and options, and what follows from them on this machine.

    Attributes:
        options, scene: as given; the weights of the options may be changed.
        device: TensorFlow's name for the device it computes on.
        precision: the network's number format, "float32" or "bfloat16".
        convolution: the form of convolutions, as in the options, or "direct" where the run is short.
        levels: the sizes, from coarse to fine; one too large for the memory allowed is processed in tiles.
    """

    def __init__(self, options: Options, scene: Scene, precision: str | None = None) -> None:
        """Load the network.

        Args:
            options: what was asked for.
            scene: the pictures.
            precision: overrides the options', which may be "auto".

        Raises:
            CourseError: its subclasses, for options, networks and devices that cannot be used.
        """
        self.options, self.scene = options, scene
        self.device = select_device(options.device)
        levels = pyramid(scene.content, [each.image for each in scene.styles], options)
        self.convolution = _form(options, levels)
        with tf.device(self.device):
            self._load_network(precision or options.precision)
        self.levels = [replace(level, tile=self._tile(level)) for level in levels]

    @property
    def network(self) -> keras.Model:
        """The network, cut at the deepest layer used."""
        return self._extract.model

    @property
    def weights(self) -> dict[str, float]:
        """α, β and γ, by an objective's names for them."""
        return {"alpha": self.options.alpha, "beta": self.options.beta, "gamma": self.options.tv}

    def objective(self, level: Level) -> Objective | TiledObjective:
        """Make the objective at a size: compute its targets."""
        make = Objective if level.tile is None else functools.partial(TiledObjective, side=level.tile)
        return make(
            self._extract,
            resize(self.scene.content, *level.size),
            self.scene.styles_at(level.style_sizes),
            self._content_layers,
            self._style_layers,
            **self.weights,
        )

    def rule(self, level: Level) -> Rule:
        """Make the update rule at a size, in its initial state."""
        return make_rule(self.options.optimizer, self.options.learning_rate, self.bounds(level))

    def bounds(self, level: Level) -> Bounds:
        """Return each pixel's least and largest value at a size, or one for all."""
        return tuple(map(tf.constant, self.scene.bounds(level.size)))

    def advice(self, level: Level) -> str:
        """Say what should fit when a size did not."""
        if level.tile is not None:
            return f"memory={self.options.memory / 2:g} makes smaller tiles"
        return f"size={fitting_side(self.network, level.size, bytes_had(self.device))} should fit"

    def _load_network(self, precision: str) -> None:
        options, network = self.options, as_network(self.options.network)
        self._content_layers = options.content_layers or network.content_layers
        self._style_layers = network.style_layers
        if options.style_layers:
            weights = options.style_weights or (1.0,) * len(options.style_layers)
            self._style_layers = dict(zip(options.style_layers, weights, strict=True))
        if not (self._content_layers and self._style_layers):
            raise OptionError("content_layers and style_layers: name them, this network has no default layers")
        layers = tuple(dict.fromkeys([*self._content_layers, *self._style_layers]))
        self.precision = choose_precision(precision, network.model, self.device)
        self._extract = _extractor(network, layers, options.pooling, self.precision, options.padding, self.convolution)

    def _tile(self, level: Level) -> int | None:
        """Return the side of the tiles needed to stay within the memory allowed."""
        return tile_side(self.network, [level.size, *level.style_sizes], self.options.memory)


def _form(options: Options, levels: Sequence[Level]) -> str:
    """Exclude Winograd's form from a run too short to repay its compilation."""
    if options.seconds is None:
        repays = sum(level.size[0] * level.size[1] * level.steps for level in levels) >= REPAID
    else:
        repays = options.seconds >= REPAID_SECONDS
    return "direct" if options.convolution == "auto" and not repays else options.convolution


@functools.lru_cache(maxsize=4)
def _extractor(
    network: Network, layers: tuple[str, ...], pooling: str, precision: str, padding: str, convolution: str
) -> FeatureExtractor:
    """Cut a network, or reuse the one cut for an earlier run, together with the graph traced then."""
    return FeatureExtractor(network, layers, pooling, precision, padding, convolution)
