"""Whose colours and whose brightness a picture gets: the painting's, or the photo's (lesson 9)."""

import numpy as np

LUMINANCE = np.array([0.2126, 0.7152, 0.0722], np.float32)  # of R, G and B: Rec. 709, as in lesson 1
LEVEL = (1 / 255) ** 2  # variance added before a covariance is inverted: a grey painting has none in two directions


def luminance(image: np.ndarray) -> np.ndarray:
    """Compute Y = 0.2126 R + 0.7152 G + 0.0722 B, on sRGB values as they are: `(1, H, W, 3)` to `(1, H, W, 1)`."""
    return (image @ LUMINANCE)[..., np.newaxis]


def is_grey(image: np.ndarray) -> bool:
    """Tell whether all channels of an image `(1, H, W, C)` are the same, bit for bit."""
    return bool((image == image[..., :1]).all())


def as_grey(image: np.ndarray) -> np.ndarray:
    """Return the luminance of an image, `(1, H, W, C)` to `(1, H, W, 1)`; for a grey one, exactly its own channel."""
    return image[..., :1] if is_grey(image) else luminance(image)


def recolor(Y: np.ndarray, image: np.ndarray) -> np.ndarray:
    """Give a grey picture the colours of another, and keep its luminance exactly.

    Gatys et al. 2017, section 5.1, combine the luminance with the photo's I and Q; that is Y + (image − its own
    luminance), which can leave [0, 1]. Beyond the paper: there the colour is made paler, as far as needed.

    Args:
        Y: luminance, `(1, H, W, 1)` in [0, 1].
        image: `(1, H, W, 3)` in [0, 1].

    Returns:
        `(1, H, W, 3)` in [0, 1], with the luminance Y.
    """
    chroma = image - luminance(image)
    room = np.where(chroma > 0, 1 - Y, Y) / np.maximum(np.abs(chroma), 1e-6)
    return np.clip(Y + np.minimum(1, room.min(-1, keepdims=True)) * chroma, 0, 1).astype(np.float32)


def color_statistics(image: np.ndarray, mask: np.ndarray | None = None) -> tuple[np.ndarray, np.ndarray]:
    """Compute the mean, `(C,)`, and the covariance, `(C, C)`, of an image's colours, in float64.

    Args:
        image: `(1, H, W, C)`.
        mask: `(1, H, W, 1)`, the weight of each pixel; None: all equal.
    """
    pixels = np.reshape(image, (-1, image.shape[-1])).astype(np.float64)
    weights = np.ones(len(pixels)) if mask is None else mask.reshape(-1).astype(np.float64)
    weights = weights / weights.sum()
    mean = weights @ pixels
    return mean, (pixels - mean).T @ ((pixels - mean) * weights[:, np.newaxis])


def match_color(
    style: np.ndarray, content: np.ndarray, root: str = "symmetric", mask: np.ndarray | None = None
) -> np.ndarray:
    """Move a painting's colours so that their mean and covariance are the photo's.

    Each pixel p becomes A(p − μ_s) + μ_c with A Σ_s Aᵀ = Σ_c, which leaves a choice of A. Gatys et al. 2016
    (Preserving Color, section 2) compare both: the Cholesky factors, A = L_c L_s⁻¹, which depend on the order of
    R, G and B, and the symmetric square roots, A = Σ_c^½ Σ_s^−½ (Hertzmann et al. 2001), which do not.

    Args:
        style: `(1, H', W', C)`.
        content: `(1, H, W, C)`.
        root: "symmetric" or "cholesky".
        mask: `(1, H, W, 1)`, which part of the photo counts; None: all of it.

    Returns:
        `(1, H', W', C)` float32; some values may lie outside [0, 1].
    """
    (mean_s, cov_s), (mean_c, cov_c) = color_statistics(style), color_statistics(content, mask)
    factor = {"symmetric": _symmetric_root, "cholesky": np.linalg.cholesky}[root]
    noise = LEVEL * np.eye(len(mean_s))
    A = factor(cov_c + noise) @ np.linalg.inv(factor(cov_s + noise))
    return ((style - mean_s) @ A.T + mean_c).astype(np.float32)


def match_luminance(image: np.ndarray, target: np.ndarray, mask: np.ndarray | None = None) -> np.ndarray:
    """Move an image's luminance so that its mean (brightness) and standard deviation (contrast) are another's.

    Gatys et al. 2017, eq. 10; the chroma is unchanged. Shapes and result as in `match_color`.
    """
    grey = luminance if image.shape[-1] == 3 else np.asarray
    Y, (mean_t, cov_t) = grey(image), color_statistics(grey(target), mask)
    mean, cov = color_statistics(Y)
    scale = np.sqrt((cov_t[0, 0] + LEVEL) / (cov[0, 0] + LEVEL))
    return (image + (scale * (Y - mean) + mean_t - Y)).astype(np.float32)


def prepared(
    style: np.ndarray, content: np.ndarray, color: str, brightness: str, mask: np.ndarray | None = None
) -> np.ndarray:
    """Give a painting, before the run, the colours and the brightness that are wanted.

    Args:
        style, content: `(1, H', W', 3)` and `(1, H, W, 3)` in [0, 1].
        color: "style", "luminance" or "match", as in `Options`.
        brightness: "content", "style", or "auto": the photo's, if its colours are kept, else the painting's.
        mask: `(1, H, W, 1)`, the part of the photo that this painting is for; None: all of it.

    Returns:
        `(1, H', W', 3)` in [0, 1]; for "luminance" its grey version, `(1, H', W', 1)`.
    """
    keeps_brightness = brightness == "content" or (brightness == "auto" and color != "style")
    if color == "luminance":
        style, content = luminance(style), luminance(content)
    result = match_color(style, content, mask=mask) if color == "match" else style
    if keeps_brightness and color != "match":
        result = match_luminance(result, content, mask)
    if color == "match" and not keeps_brightness:
        result = match_luminance(result, style)
    if color == "match" and is_grey(content):  # up to rounding, and LEVEL, it is grey by now
        result = np.repeat(luminance(result), 3, axis=-1)
    return np.clip(result, 0, 1)


def _symmetric_root(matrix: np.ndarray) -> np.ndarray:
    values, vectors = np.linalg.eigh(matrix)
    return (vectors * np.sqrt(np.maximum(values, 0))) @ vectors.T
