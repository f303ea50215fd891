"""What a network is trained on: many square crops of a few photos, varied in scale, place, light and colour."""

from collections.abc import Iterable, Sequence

import numpy as np
import PIL.Image

from ..images import as_bytes

WHOLE = 0.3  # share of crops that show as much of the photo as a square can
CLOSEST = 0.5  # the smallest share of the shorter side that a crop shows


def draw_crops(photos: Iterable[np.ndarray], count: int, size: int, seed: int) -> np.ndarray:
    """Cut crops out of photos at random.

    Args:
        photos: images `(1, H, W, 3)`, RGB in [0, 1], of any sizes; taken one by one, as many large ones need memory.
        count: how many crops.
        size: their side, in pixels.
        seed: the same seed and photos give the same crops.

    Returns:
        uint8 `(count, size, size, 3)`.
    """
    generator = np.random.default_rng([seed, 1])
    pictures = [_reduced(PIL.Image.fromarray(as_bytes(photo[0])), size) for photo in photos]
    return np.stack([_draw(pictures, size, generator) for _ in range(count)])


def _reduced(picture: PIL.Image.Image, size: int) -> PIL.Image.Image:
    """Shrink a large photo, yet not so far that the closest crop would have to be enlarged: many fit into memory."""
    return picture.reduce(max(1, int(CLOSEST * min(picture.size) / size)))


def _draw(pictures: Sequence[PIL.Image.Image], size: int, generator: np.random.Generator) -> np.ndarray:
    picture = pictures[generator.integers(len(pictures))]
    shorter = min(picture.size)
    share = 1.0 if generator.random() < WHOLE else generator.uniform(CLOSEST, 1)
    side = min(shorter, max(size, share * shorter))
    left, top = (generator.uniform(0, longer - side) if longer > side else 0.0 for longer in picture.size)
    box = (left, top, left + side, top + side)
    crop = np.asarray(picture.resize((size, size), PIL.Image.Resampling.BICUBIC, box), np.float32) / 255
    if generator.random() < 0.5:
        crop = crop[:, ::-1]
    return as_bytes(_recoloured(crop, generator))


def _recoloured(crop: np.ndarray, generator: np.random.Generator) -> np.ndarray:
    """Vary contrast, brightness, the order of the channels and the saturation."""
    mean = crop.mean()
    crop = (crop - mean) * generator.uniform(0.8, 1.2) + mean + generator.uniform(-0.1, 0.1)
    if generator.random() < 0.3:
        crop = crop[..., generator.permutation(3)]
    grey = crop.mean(-1, keepdims=True)
    return np.clip(grey + (crop - grey) * generator.uniform(0.4, 1.1), 0, 1)
