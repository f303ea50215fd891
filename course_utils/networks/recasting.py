"""Copy a network so that it computes differently: average pooling, mirrored borders, bfloat16, faster convolutions.

A network is copied layer by layer, with its weights; the original is not changed.
"""

from collections.abc import Callable

from ..device import ONEDNN, gpus, keras, tf
from ..errors import NetworkError

WIDE = 64  # channels from which oneDNN's transposed convolution is the faster one: tests/benchmarks/step.py


def recast(model: keras.Model, pooling: str = "max", precision: str = "float32", padding: str = "zero") -> keras.Model:
    """Copy a model with other pooling, padding or precision; return the model itself if nothing changes.

    Args:
        model: float32; with precision "float32" any dtype will do, and is kept.
        pooling: "max" as trained, or "avg": max pooling replaced by average pooling.
        padding: "zero", as trained and as in Gatys et al. 2016; or "mirror": beyond the border a 3×3 convolution sees
            its input mirrored, where zeros would pull on the outermost pixels; "auto": "mirror" if `can_recast`.
        precision: "float32" or "bfloat16". In bfloat16 the first convolution still computes in float32: it costs
            little, and its input, the picture, has finer steps than bfloat16 can hold.

    Raises:
        NetworkError: bfloat16 or "mirror" for a model that `can_recast` refuses; layers that cannot be copied.
    """
    if precision == "bfloat16" and not can_recast(model):
        raise NetworkError(f"the model {model.name!r} cannot be copied into bfloat16: use precision='float32'")
    if padding == "mirror" and not can_recast(model):
        raise NetworkError(f"the model {model.name!r} cannot be copied with mirrored borders: use padding='zero'")
    mirrors = padding != "zero" and can_recast(model) and any(_sees_beyond(layer) for layer in model.layers)
    swaps = [_mirrored] if mirrors else []
    if pooling == "avg":
        swaps.append(_average_pooling)
    if precision == "bfloat16":
        swaps.append(_half_precision(model))
    elif transposes() and can_recast(model) and any(_is_wide(layer) for layer in model.layers):
        swaps.append(_transposed)
    return _copied(model, swaps, mirrors) if swaps else model


def can_recast(model: keras.Model) -> bool:
    """Tell whether a model is float32 and built only from Keras' own layers, which we know how to copy."""
    parts = getattr(model, "operations", model.layers)  # a Functional model's, which need not all be layers
    other = (keras.Model, keras.layers.Lambda)  # with layers, or a function, of their own
    plain = (isinstance(part, keras.Layer) and not isinstance(part, other) for part in parts)
    own = (part.__class__.__module__.startswith("keras.") for part in (model, *parts))
    return model.dtype == "float32" and all(plain) and all(own)


def transposes() -> bool:
    """Tell whether wide convolutions in float32 are computed transposed here: by oneDNN, and not by a GPU."""
    return ONEDNN and not gpus()


def convolve_transposed(x: tf.Tensor, kernel: tf.Tensor, turned: tf.Tensor, padding: str = "SAME") -> tf.Tensor:
    """Convolve x `(1, h, w, C)` by transposed convolutions forward and back.

    A convolution equals the transposed convolution with the kernel rotated by 180°. oneDNN reorders the kernel for the
    transposed one, but not for a plain one with a variable kernel, which in float32 on AVX2 is slower.

    Args:
        x: float32.
        kernel: `(k, k, C, D)`, k odd.
        turned: what `turn_round` makes of it.
        padding: "SAME", with zeros around x; or "VALID", without.

    Returns:
        `(1, h, w, D)`; for "VALID", without the outermost k // 2 positions on each side.
    """

    @tf.custom_gradient
    def convolve(x: tf.Tensor) -> tuple[tf.Tensor, Callable[[tf.Tensor], tf.Tensor]]:
        def gradient(dy: tf.Tensor) -> tf.Tensor:
            return tf.nn.conv2d_transpose(dy, kernel, tf.shape(x), 1, padding)

        shape = tf.concat([tf.shape(x)[:3], [kernel.shape[-1]]], 0)
        y = tf.nn.conv2d_transpose(x, turned, shape, 1, "SAME")  # with the padding that "VALID" asks for, it crawls
        edge = 0 if padding == "SAME" else kernel.shape[0] // 2
        return y[:, edge : tf.shape(y)[1] - edge, edge : tf.shape(y)[2] - edge] if edge else y, gradient

    return convolve(x)


def turn_round(kernel: tf.Tensor) -> tf.Tensor:
    """Rotate a kernel `(k, k, C, D)` by 180° and swap its input and output channels: `(k, k, D, C)`."""
    return tf.transpose(kernel[::-1, ::-1], (0, 1, 3, 2))


def mirrored(x: tf.Tensor) -> tf.Tensor:
    """Add a position on each side of x `(1, h, w, C)`, which repeats its neighbour: x mirrored at the border."""
    return tf.pad(x, [[0, 0], [1, 1], [1, 1], [0, 0]], "SYMMETRIC")


def _copied(model: keras.Model, swaps: list[Callable[[keras.Layer, dict], type | None]], mirrors: bool) -> keras.Model:
    """Copy a model; each swap may change a layer's settings, and may name another class, in place of an earlier's."""

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
            layer.prepare(mirrors and _sees_beyond(original))
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


def _is_wide(layer: keras.Layer) -> bool:
    """Tell whether a convolution's transposed form can be faster on a CPU."""
    return _is_plain(layer) and layer.kernel_size != (1, 1) and layer.input.shape[-1] >= WIDE


def _is_plain(layer: keras.Layer) -> bool:
    """Tell whether a layer is a convolution that computes the same as its transposed form, kernel turned round."""
    if type(layer) is not keras.layers.Conv2D or layer.padding != "same" or layer.data_format != "channels_last":
        return False
    odd = all(side % 2 == 1 for side in layer.kernel_size)
    return odd and layer.strides == (1, 1) and layer.dilation_rate == (1, 1) and layer.groups == 1


def _sees_beyond(layer: keras.Layer) -> bool:
    """Tell whether a layer is a convolution that sees one position beyond the border."""
    return _is_plain(layer) and layer.kernel_size == (3, 3)


def _mirrored(layer: keras.Layer, settings: dict) -> type | None:
    return _Conv2D if _sees_beyond(layer) else None


def _transposed(layer: keras.Layer, settings: dict) -> type | None:
    return _TransposedConv2D if _is_wide(layer) else None


class _Conv2D(keras.layers.Conv2D):
    """A convolution that may see its input mirrored beyond the border, where Keras' own sees zeros."""

    def prepare(self, mirrors: bool) -> None:
        """Settle what lies beyond the border, once the weights are set."""
        self._mirrors = mirrors

    def extended(self, x: tf.Tensor) -> tuple[tf.Tensor, str]:
        """Return what is to be convolved, and with which padding."""
        return (mirrored(x), "VALID") if self._mirrors else (x, "SAME")

    def convolution_op(self, inputs: tf.Tensor, kernel: tf.Tensor) -> tf.Tensor:
        """Convolve."""
        if isinstance(inputs, keras.KerasTensor):  # only the shape is asked for
            return super().convolution_op(inputs, kernel)
        x, padding = self.extended(inputs)
        return self.convolve(x, kernel, padding)

    def convolve(self, x: tf.Tensor, kernel: tf.Tensor, padding: str) -> tf.Tensor:
        """Convolve x, with padding "SAME" or "VALID"."""
        return tf.nn.conv2d(x, kernel, 1, padding)


class _TransposedConv2D(_Conv2D):
    """A convolution computed by `convolve_transposed`."""

    def prepare(self, mirrors: bool) -> None:
        """Turn the kernel round, too."""
        super().prepare(mirrors)
        self._plain = tf.convert_to_tensor(self.kernel)
        self._turned = turn_round(self._plain)

    def convolve(self, x: tf.Tensor, kernel: tf.Tensor, padding: str) -> tf.Tensor:
        """Convolve, forward and back by transposed convolutions."""
        return convolve_transposed(x, self._plain, self._turned, padding)


class _FirstConv2D(_Conv2D):
    """The convolution of the picture, with ReLU: forward in float32, its output and gradient in bfloat16.

    Its maps are the largest of all, and moving them about takes longer than computing them.
    """

    def __init__(self, **settings: object) -> None:
        super().__init__(**settings, autocast=False)

    def prepare(self, mirrors: bool) -> None:
        """Keep copies of the weights, too."""
        super().prepare(mirrors)
        self._precise = tf.convert_to_tensor(self.kernel), tf.convert_to_tensor(self.bias)
        self._rounded = tf.cast(self.kernel, self.compute_dtype)

    def call(self, inputs: tf.Tensor) -> tf.Tensor:
        """Return relu(kernel ∗ inputs + bias)."""
        kernel, bias = self._precise
        picture, padding = self.extended(inputs)

        @tf.custom_gradient
        def answer(x: tf.Tensor) -> tuple[tf.Tensor, Callable[[tf.Tensor], tf.Tensor]]:
            y = tf.cast(tf.nn.relu(tf.nn.bias_add(tf.nn.conv2d(x, kernel, 1, padding), bias)), self.compute_dtype)

            def gradient(dy: tf.Tensor) -> tf.Tensor:
                dy = tf.where(y > 0, dy, tf.zeros((), dy.dtype))
                return tf.cast(tf.nn.conv2d_transpose(dy, self._rounded, tf.shape(x), 1, padding), x.dtype)

            return y, gradient

        return answer(picture)
