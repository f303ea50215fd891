"""Choose the number format of the network: bfloat16 where this machine is much faster with it, else float32.

A processor without bfloat16 instructions emulates it, many times slower, or fails. So "auto" times both formats, once
for each machine and device. Pictures, Gram matrices, losses and the optimiser's state are always float32.
"""

from ..device import keras
from ..errors import DeviceError
from .choices import kept_or
from .rates import direct_rates
from .recasting import can_recast

WORTH = 1.4  # how many times faster bfloat16 must be: hardware for it gives about 2, and noise must not decide


def choose_precision(asked: str, model: keras.Model, device: str) -> str:
    """Resolve "auto": "bfloat16" where convolutions are `WORTH` times as fast in it and the model can be copied.

    Args:
        asked: "auto", "float32" or "bfloat16"; the last two are returned as they are.
        model: the network.
        device: TensorFlow's name for the device, as `select_device` returns it.

    Raises:
        DeviceError: "bfloat16" on a device that cannot compute in it.
    """
    if asked == "bfloat16" and not convolution_rate(asked, device):
        raise DeviceError("this machine cannot compute in bfloat16: use precision='float32'")
    if asked != "auto":
        return asked
    return kept_or(f"precision on {device}", lambda: _faster(device)) if can_recast(model) else "float32"


def convolution_rate(precision: str, device: str) -> float:
    """Return the floating-point operations per second of a 3×3 convolution, forward and backward; 0 if it fails.

    Measured once per process, in the direct form that is fastest here.
    """
    return max(direct_rates(device, (precision,))[precision].values())


def _faster(device: str) -> str:
    """Measure both in turn, so that a machine that is busy for a moment slows both alike."""
    rates = direct_rates(device, ("float32", "bfloat16"))
    return "bfloat16" if max(rates["bfloat16"].values()) >= WORTH * max(rates["float32"].values()) else "float32"
