"""Which form of a convolution is fastest on this machine: measured once, as cuDNN does on GPUs, and kept."""

from collections.abc import Sequence

from ..device import gpus, tf
from .choices import kept_or
from .convolution import FORMS, Convolution
from .rates import direct_rates, is_winograd_faster

MARGIN = 1.1  # how many times as fast as TensorFlow's own another form must be
NARROW = 64  # input channels below which all forms are about as fast
# Where Winograd's form is considered: from how many operations of the direct convolution the 0.7 s of compilation pay
# off within 30 steps, if two layers share them (a layer with more channels out than in has a shape of its own in VGG);
# and from which C · D it is faster: tests/benchmarks/step.py.
LARGE = {"float32": 3e9, "bfloat16": 8e9}
WIDE = {"float32": 64 * 128, "bfloat16": 256 * 256}


def choose_form(convolution: Convolution, shape: tuple[int | None, ...], asked: str = "auto") -> str:
    """Choose the form of a convolution for an input of a given shape.

    Args:
        convolution: only the shape of its kernel matters, not the weights.
        shape: `(1, h, w, C)`; None where it is unknown.
        asked: one of `FORMS`; for a kernel that is not 3 × 3, or an unknown shape, "winograd" means "direct". Or
            "direct": the fastest of `DIRECT`. Or "auto": the fastest of all, but Winograd's only in graphs: what is
            computed only once is not worth compiling.

    Returns:
        One of `FORMS`.
    """
    k, _, C, _ = convolution.kernel.shape
    known = None not in shape
    if asked in FORMS and (asked != "winograd" or (k == 3 and known)):
        return asked
    if gpus() or C < NARROW or k == 1:  # on a GPU, cuDNN chooses by itself
        return "plain"
    dtype = convolution.kernel.dtype.name
    in_question = known and is_large(convolution.kernel.shape, shape[1:3], dtype)
    if asked == "auto" and in_question and tf.inside_function() and transforms(dtype):
        return "winograd"
    return direct_form(dtype)


def is_large(kernel: Sequence[int], size: Sequence[int], dtype: str) -> bool:
    """Tell whether Winograd's form is considered for a kernel `(k, k, C, D)` and a map's height and width."""
    k, _, C, D = kernel
    operations = 2 * k**2 * C * D * size[0] * size[1] * (1 if C == D else 0.5)
    return k == 3 and WIDE[dtype] <= C * D and operations >= LARGE[dtype]


def transforms(dtype: str) -> bool:
    """Tell whether large convolutions are faster in Winograd's form here."""
    direct = direct_form(dtype)
    return kept_or(f"{dtype} convolution of a large map", lambda: _winograd_or(direct, dtype)) == "winograd"


def direct_form(dtype: str) -> str:
    """Return the fastest form of `DIRECT` here."""
    return kept_or(f"{dtype} convolution", lambda: _fastest_direct(dtype))


def _fastest_direct(dtype: str) -> str:
    rates = direct_rates("/CPU:0", (dtype,))[dtype]
    best = max(rates, key=rates.get)
    return best if rates[best] > MARGIN * rates["plain"] else "plain"


def _winograd_or(direct: str, dtype: str) -> str:
    return "winograd" if is_winograd_faster(dtype, direct, MARGIN) else direct
