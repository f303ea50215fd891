"""Copy a network so that it computes differently: average pooling, mirrored borders, bfloat16, faster convolutions.

A network is copied layer by layer, with its weights; the original is not changed.
"""

from collections.abc import Callable

from ..device import keras, tf
from ..errors import NetworkError
from .convolution import Convolution, extended
from .forms import NARROW, choose_form


def recast(
    model: keras.Model,
    pooling: str = "max",
    precision: str = "float32",
    padding: str = "zero",
    convolution: str = "auto",
) -> keras.Model:
    """Copy a model with different pooling, padding, precision or form; return the model itself if nothing changes.

    Args:
        model: float32; with precision "float32" any dtype will do, and is kept.
        pooling: "max" as trained, or "avg": max pooling replaced by average pooling.
        padding: "zero", as trained and as in Gatys et al. 2016; or "mirror": beyond the border a 3×3 convolution sees
            its input mirrored, where zeros would pull on the outermost pixels; "auto": "mirror" if `can_recast`.
        precision: "float32" or "bfloat16". In bfloat16 the first convolution still computes in float32: it costs
            little, and its input, the picture, has finer steps than bfloat16 can hold.
        convolution: "plain", as Keras computes it; "auto" or "direct", the fastest form here, if `can_recast`; or
            another of `convolution.FORMS` (`choose_form`). All are the same up to rounding.

    Raises:
        NetworkError: bfloat16 or "mirror" for a model that `can_recast` refuses; layers that cannot be copied.
    """
    if precision == "bfloat16" and not can_recast(model):
        raise NetworkError(f"the model {model.name!r} cannot be copied into bfloat16: use precision='float32'")
    if padding == "mirror" and not can_recast(model):
        raise NetworkError(f"the model {model.name!r} cannot be copied with mirrored borders: use padding='zero'")
    mirrors = padding != "zero" and can_recast(model) and any(_sees_beyond(layer) for layer in model.layers)
    swaps = []
    if mirrors or (convolution != "plain" and can_recast(model) and any(_has_forms(layer) for layer in model.layers)):
        swaps.append(_our_own)
    if pooling == "avg":
        swaps.append(_average_pooling)
    if precision == "bfloat16":
        swaps.append(_half_precision(model))
    return _copied(model, swaps, mirrors, convolution) if swaps else model


def can_recast(model: keras.Model) -> bool:
    """Tell whether a model is float32 and built only from Keras' own layers, which we know how to copy."""
    parts = getattr(model, "operations", model.layers)  # a Functional model's, which need not all be layers
    other = (keras.Model, keras.layers.Lambda)  # with layers, or a function, of their own
    plain = (isinstance(part, keras.Layer) and not isinstance(part, other) for part in parts)
    own = (part.__class__.__module__.startswith("keras.") for part in (model, *parts))
    precise = all(part.compute_dtype == "float32" for part in parts if isinstance(part, keras.Layer))
    return precise and all(plain) and all(own)


def _copied(
    model: keras.Model, swaps: list[Callable[[keras.Layer, dict], type | None]], mirrors: bool, convolution: str
) -> keras.Model:
    """Copy a model; each swap may change a layer's settings, and may name another class, overriding earlier ones."""

    def swapped(layer: keras.Layer) -> keras.Layer:
        kind, settings = layer.__class__, layer.get_config()
        for swap in swaps:
            kind = swap(layer, settings) or kind
        return kind.from_config(settings)

    try:
        copy = keras.models.clone_model(model, clone_function=swapped)
    except (TypeError, ValueError, NotImplementedError) as error:
        raise NetworkError(f"the model {model.name!r} cannot be copied layer by layer: {error}") from error
    copy.set_weights(model.get_weights())
    copy.trainable = False
    for layer, original in zip(copy.layers, model.layers, strict=True):
        if isinstance(layer, _Conv2D):
            layer.prepare(mirrors and _sees_beyond(original), convolution)
    return copy


def _average_pooling(layer: keras.Layer, settings: dict) -> type | None:
    return keras.layers.AveragePooling2D if isinstance(layer, keras.layers.MaxPooling2D) else None


def _half_precision(model: keras.Model) -> Callable[[keras.Layer, dict], type | None]:
    """Convolutions hold their weights in bfloat16, so that no step converts them; other layers only compute in it."""
    names = [layer.name for layer in model.layers]
    first = next((layer.name for layer in model.layers if isinstance(layer, keras.layers.Conv2D)), names[0])
    precise = set(names[: names.index(first) + 1])

    def swap(layer: keras.Layer, settings: dict) -> type | None:
        if layer.name not in precise:
            settings["dtype"] = "bfloat16" if isinstance(layer, keras.layers.Conv2D) else "mixed_bfloat16"
        elif (
            layer.name == first and _is_plain(layer) and layer.use_bias and layer.activation is keras.activations.relu
        ):
            settings["dtype"] = "mixed_bfloat16"
            return _FirstConv2D
        return None

    return swap


def _is_plain(layer: keras.Layer) -> bool:
    """Tell whether a layer is a convolution that gives the same result in every form."""
    if type(layer) is not keras.layers.Conv2D or layer.padding != "same" or layer.data_format != "channels_last":
        return False
    square = layer.kernel_size[0] == layer.kernel_size[1] and layer.kernel_size[0] % 2 == 1
    return square and layer.strides == (1, 1) and layer.dilation_rate == (1, 1) and layer.groups == 1


def _has_forms(layer: keras.Layer) -> bool:
    """Tell whether one form of a layer can be faster than another."""
    return _is_plain(layer) and layer.kernel_size != (1, 1) and layer.input.shape[-1] >= NARROW


def _sees_beyond(layer: keras.Layer) -> bool:
    """Tell whether a layer is a convolution that sees one position beyond the border."""
    return _is_plain(layer) and layer.kernel_size == (3, 3)


def _our_own(layer: keras.Layer, settings: dict) -> type | None:
    return _Conv2D if _is_plain(layer) else None


class _Conv2D(keras.layers.Conv2D):
    """A convolution in the form asked for, which may see its input mirrored beyond the border."""

    def prepare(self, mirrors: bool, form: str) -> None:
        """Set what lies beyond the border, and the form, once the weights are set."""
        self._mirrors, self._form = mirrors, form
        self._convolution = Convolution(tf.convert_to_tensor(self.kernel), mirrors)

    def convolution_op(self, inputs: tf.Tensor, kernel: tf.Tensor) -> tf.Tensor:
        """Convolve."""
        if isinstance(inputs, keras.KerasTensor):  # only the shape is asked for
            return super().convolution_op(inputs, kernel)
        return self._convolution(inputs, choose_form(self._convolution, tuple(inputs.shape), self._form))


class _FirstConv2D(_Conv2D):
    """The convolution of the picture, with ReLU: forward in float32, its output and gradient in bfloat16.

    Its maps are the largest of all, and moving them takes longer than computing them.
    """

    def __init__(self, **settings: object) -> None:
        super().__init__(**settings, autocast=False)

    def prepare(self, mirrors: bool, form: str) -> None:
        """Keep copies of the weights, too."""
        super().prepare(mirrors, form)
        self._precise = tf.convert_to_tensor(self.kernel), tf.convert_to_tensor(self.bias)
        self._rounded = tf.cast(self.kernel, self.compute_dtype)

    def call(self, inputs: tf.Tensor) -> tf.Tensor:
        """Return relu(kernel ∗ inputs + bias)."""
        kernel, bias = self._precise
        picture, padding = extended(inputs, self._mirrors)

        @tf.custom_gradient
        def answer(x: tf.Tensor) -> tuple[tf.Tensor, Callable[[tf.Tensor], tf.Tensor]]:
            y = tf.cast(tf.nn.relu(tf.nn.bias_add(tf.nn.conv2d(x, kernel, 1, padding), bias)), self.compute_dtype)

            def gradient(dy: tf.Tensor) -> tf.Tensor:
                dy = tf.where(y > 0, dy, tf.zeros((), dy.dtype))
                return tf.cast(tf.nn.conv2d_transpose(dy, self._rounded, tf.shape(x), 1, padding), x.dtype)

            return y, gradient

        return answer(picture)
