"""Which form of a convolution is the fastest on this machine: measured once, as cuDNN does on GPUs, and kept."""

from ..device import gpus, tf
from .choices import kept_or
from .convolution import FORMS, Convolution
from .rates import direct_rates, is_winograd_faster

MARGIN = 1.1  # times as fast as TensorFlow's own: what is less is not worth another form
NARROW = 64  # input channels below which all forms are about as fast
# Where Winograd's form comes in question: at how many operations of the direct convolution the 0.7 s that it takes to
# compile are repaid within 30 steps, if two layers share them; a layer with more channels out than in has a shape of
# its own in VGG. And from which C · D on it is faster: tests/benchmarks/step.py.
LARGE = {"float32": 3e9, "bfloat16": 8e9}
WIDE = {"float32": 64 * 128, "bfloat16": 256 * 256}


def choose_form(convolution: Convolution, shape: tuple[int | None, ...], asked: str = "auto") -> str:
    """Settle the form of a convolution for an input of some shape.

    Args:
        convolution: the shape of its kernel counts, not its weights.
        shape: `(1, h, w, C)`; None where it is not known.
        asked: one of `FORMS`; where "winograd" cannot be, for a kernel that is not 3 × 3 or a shape that is not known,
            it stands for "auto". Or "auto": the fastest. Then Winograd's form is for graphs only: what is computed
            but once is not worth compiling.

    Returns:
        One of `FORMS`.
    """
    k, _, C, D = convolution.kernel.shape
    can_transform = k == 3 and None not in shape
    if asked in FORMS and (asked != "winograd" or can_transform):
        return asked
    if gpus() or C < NARROW or k == 1:  # on a GPU, cuDNN chooses by itself
        return "plain"
    dtype = convolution.kernel.dtype.name
    direct = kept_or(f"{dtype} convolution", lambda: _fastest_direct(dtype))
    operations = 2 * k**2 * C * D * (shape[1] or 0) * (shape[2] or 0)
    large = operations * (1 if C == D else 0.5) >= LARGE[dtype] and WIDE[dtype] <= C * D
    if not (can_transform and large and tf.inside_function()):
        return direct
    return kept_or(f"{dtype} convolution of a large map", lambda: _winograd_or(direct, dtype))


def _fastest_direct(dtype: str) -> str:
    rates = direct_rates("/CPU:0")[dtype]
    best = max(rates, key=rates.get)
    return best if rates[best] > MARGIN * rates["plain"] else "plain"


def _winograd_or(direct: str, dtype: str) -> str:
    return "winograd" if is_winograd_faster(dtype, direct, MARGIN) else direct
