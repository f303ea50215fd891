"""Behind lesson 2's feature extractor: the same network carried out in the way that suits the machine."""

from .precision import choose_precision, convolution_rate
from .recast import recast

__all__ = ["choose_precision", "convolution_rate", "recast"]
