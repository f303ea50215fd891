"""A network's convolution in any of four forms: the same sums by different operations, some much faster.

Which is fastest depends on the processor (`forms`):

- "plain": `conv2d`, and for the gradient `conv2d_transpose`, as TensorFlow does by itself;
- "transposed": both by `conv2d_transpose`. A convolution equals the transposed one with the kernel turned round.
  oneDNN reorders the kernel for the transposed one, but not for a plain one in float32 with a variable kernel;
- "turned": both by `conv2d`;
- "winograd": fewer multiplications (`winograd`), for kernels of 3 × 3.
"""

from ..device import tf
from .winograd import convolve_winograd, transform_kernel

DIRECT = ("plain", "transposed", "turned")
FORMS = (*DIRECT, "winograd")


class Convolution:
    """A convolution with a fixed kernel, stride 1, and as many output positions as input positions."""

    def __init__(self, kernel: tf.Tensor, mirrors: bool = False) -> None:
        """Take the kernel.

        Args:
            kernel: `(k, k, C, D)`, k odd.
            mirrors: what lies beyond the border of the input: the input mirrored, for k = 3; or zeros.
        """
        self.kernel, self._mirrors = kernel, mirrors
        self._turned: tf.Tensor | None = None
        self._U: tf.Tensor | None = None

    def __call__(self, x: tf.Tensor, form: str) -> tf.Tensor:
        """Convolve x `(1, h, w, C)`, of the kernel's dtype, in one of `FORMS`: `(1, h, w, D)`."""
        if form == "winograd":
            if self._U is None:
                with tf.init_scope():
                    self._U = transform_kernel(self.kernel)
            return convolve_winograd(x, self._U, self._mirrors)
        if self._turned is None and form != "plain":
            with tf.init_scope():
                self._turned = turn_round(self.kernel)
        return convolve_direct(*extended(x, self._mirrors), self.kernel, self._turned, form)


def convolve_direct(x: tf.Tensor, padding: str, kernel: tf.Tensor, turned: tf.Tensor | None, form: str) -> tf.Tensor:
    """Convolve x `(1, h, w, C)`, and compute its gradient, by the operations of one of the forms in `DIRECT`.

    Args:
        x: of the kernel's dtype.
        padding: "SAME", with zeros around x; or "VALID", without.
        kernel: `(k, k, C, D)`, k odd.
        turned: the kernel after `turn_round`; not needed for "plain".
        form: see the module.

    Returns:
        `(1, h, w, D)`; for "VALID", without the outermost k // 2 positions on each side.
    """
    edge = 0 if padding == "SAME" else kernel.shape[0] // 2

    def forward(x: tf.Tensor) -> tf.Tensor:
        if form != "transposed":
            return tf.nn.conv2d(x, kernel, 1, padding)
        shape = tf.concat([tf.shape(x)[:3], [kernel.shape[-1]]], 0)
        y = tf.nn.conv2d_transpose(x, turned, shape, 1, "SAME")  # with "VALID" padding, it crawls
        return y[:, edge : tf.shape(y)[1] - edge, edge : tf.shape(y)[2] - edge] if edge else y

    def gradient(dy: tf.Tensor) -> tf.Tensor:
        if form != "turned":
            return tf.nn.conv2d_transpose(dy, kernel, tf.shape(x), 1, padding)
        return tf.nn.conv2d(tf.pad(dy, [[0, 0], [edge, edge], [edge, edge], [0, 0]]), turned, 1, "SAME")

    return tf.custom_gradient(lambda x: (forward(x), gradient))(x)


def turn_round(kernel: tf.Tensor) -> tf.Tensor:
    """Rotate a kernel `(k, k, C, D)` by 180° and swap its input and output channels: `(k, k, D, C)`."""
    return tf.transpose(kernel[::-1, ::-1], (0, 1, 3, 2))


def extended(x: tf.Tensor, mirrors: bool) -> tuple[tf.Tensor, str]:
    """Return what to convolve, and with which padding: x with zeros around it, or x `mirrored`."""
    return (mirrored(x), "VALID") if mirrors else (x, "SAME")


def mirrored(x: tf.Tensor) -> tf.Tensor:
    """Add a position on each side of x `(1, h, w, C)`, which repeats its neighbour: x mirrored at the border."""
    return tf.pad(x, [[0, 0], [1, 1], [1, 1], [0, 0]], "SYMMETRIC")
