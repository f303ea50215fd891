"""The pictures of a run, prepared from files and options before it starts (lesson 9).

Colour options, masks and protected areas are turned here into pictures, weights, masks and pixel bounds. The optimiser
needs nothing else.
"""

import contextlib
import os
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from .colour import as_grey, is_grey, prepared, recolor
from .errors import ImageError, OptionError
from .images import Upload, as_image, resize
from .masks import SHAPES, check_not_empty, load_mask
from .options import Options
from .samples import find_image

Source = str | os.PathLike | np.ndarray


@dataclass(frozen=True)
class Style:
    """A painting, how much it counts, and where.

    Attributes:
        image: `(1, H', W', 3)`, RGB in [0, 1]; or grey, `(1, H', W', 1)`.
        weight: of its style term, above 0.
        mask: `(1, H, W, 1)` in [0, 1], with the photo's aspect ratio; not all zero. None: everywhere.
    """

    image: np.ndarray
    weight: float = 1.0
    mask: np.ndarray | None = None


@dataclass(frozen=True)
class Scene:
    """The pictures of a run at their final sizes.

    Attributes:
        content: `(1, H, W, C)` in [0, 1]; C is 3, or 1 where the picture is optimised in grey: its luminance only,
            or because photo and paintings are grey.
        styles: the paintings, each with weight and mask; their images have C channels too.
        keep: `(1, H, W, 1)` in [0, 1], where the content stays as it is.
        photo: the content in colour, `(1, H, W, 3)`.
    """

    content: np.ndarray
    styles: tuple[Style, ...]
    keep: np.ndarray
    photo: np.ndarray

    def finish(self, image: np.ndarray) -> np.ndarray:
        """Turn the optimised picture, `(1, H, W, C)`, into the final one, `(1, H, W, 3)`."""
        if image.shape[-1] == 3:
            return image
        return np.repeat(image, 3, axis=-1) if is_grey(self.photo) else recolor(image, self.photo)

    def state(self) -> dict:
        """Return the pictures, as a tree of arrays and plain values."""
        styles = [(each.image, each.weight, each.mask) for each in self.styles]
        return {"photo": self.photo, "styles": styles, "keep": self.keep, "grey": self.content.shape[-1] == 1}

    @classmethod
    def restored(cls, state: dict) -> "Scene":
        """Rebuild a scene from what `state` returned."""
        photo = state["photo"]
        styles = tuple(Style(*each) for each in state["styles"])
        return cls(as_grey(photo) if state["grey"] else photo, styles, state["keep"], photo)

    def bounds(self, size: tuple[int, int]) -> tuple[np.ndarray, np.ndarray]:
        """Return each pixel's least and largest value at a size: within 1 − keep of the content, and in [0, 1].

        If nothing is protected, one number serves for all pixels, which saves memory.
        """
        if not self.keep.any():
            return np.float32(0), np.float32(1)
        content, away = resize(self.content, *size), 1 - resize(self.keep, *size)
        return np.maximum(0, content - away), np.minimum(1, content + away)

    def start(self, size: tuple[int, int], options: Options) -> np.ndarray:
        """Make the picture that a run starts from, at a size and inside the bounds, according to `init` and `seed`."""
        if options.init == "noise":
            generator = np.random.default_rng(options.seed)
            start = generator.uniform(size=(1, *size, self.content.shape[-1])).astype(np.float32)
        else:
            start = resize({"content": self.content, "style": self.styles[0].image}[options.init], *size)
        return np.clip(start, *self.bounds(size))

    def enlarged(self, image: np.ndarray, size: tuple[int, int], options: Options) -> np.ndarray:
        """Enlarge a picture, and add back the fine detail of the start that was lost at the coarse size."""
        coarse, enlarged = image.shape[1:3], resize(image, *size)
        if coarse != size and options.init != "noise":
            enlarged = enlarged + (self.start(size, options) - resize(self.start(coarse, options), *size))
        return np.clip(enlarged, *self.bounds(size))

    def styles_at(self, sizes: Sequence[tuple[int, int]]) -> list[Style]:
        """Return the paintings at other sizes, one for each."""
        pairs = zip(self.styles, sizes, strict=True)
        return [replace(style, image=resize(style.image, *size)) for style, size in pairs]


def files_read(content: Source, style: Source | Sequence[Source], options: Options) -> list[Path]:
    """Return the picture files that a run reads, leaving out any that do not exist."""
    styles = style if isinstance(style, (list, tuple)) else [style]
    files = []
    for each in (content, *styles, *(options.masks or ()), options.protect):
        if isinstance(each, (str, os.PathLike)) and not isinstance(each, Upload) and each not in SHAPES:
            with contextlib.suppress(ImageError):
                files.append(find_image(each).resolve())
    return files


def compose(content: Source, style: Source | Sequence[Source], options: Options) -> Scene:
    """Load the pictures, and apply the options that concern them.

    Args:
        content: a path, a sample's name, or an array as `images.as_image` takes it.
        style: the same, or a list of several.
        options: for `size`, `style_scale`, `style_mix`, `masks`, `protect`, `color` and `brightness`.

    Raises:
        ImageError: a picture or a mask that cannot be loaded.
        OptionError: the number of weights, scales or masks does not match the paintings; or an empty region.
    """
    sources = list(style) if isinstance(style, (list, tuple)) else [style]
    if not sources:
        raise OptionError("style=[]: at least one painting is needed")
    photo = as_image(content, options.size)
    masks, keep = _masks(photo, len(sources), options)
    weights = mixed(_one_each(options.style_mix or (1.0,), len(sources), "style_mix"), masks)
    scales = _one_each(options.style_scale, len(sources), "style_scale")
    styles = [
        Style(
            prepared(_scaled(source, photo, options.size, scale), photo, options.color, options.brightness, mask),
            weight,
            mask,
        )
        for source, scale, weight, mask in zip(sources, scales, weights, masks, strict=True)
        if weight > 0
    ]
    if options.color == "luminance" or (is_grey(photo) and all(is_grey(each.image) for each in styles)):
        styles = [replace(each, image=as_grey(each.image)) for each in styles]
        return Scene(as_grey(photo), tuple(styles), keep, photo)
    return Scene(photo, tuple(styles), keep, photo)


def mixed(mix: Sequence[float], masks: Sequence[np.ndarray | None]) -> list[float]:
    """Turn the weights of several paintings into weights of their style terms.

    A term's weight is mix_k times the share of the picture that its mask covers, so that a small region is not
    pulled harder than a large one. All are divided by one number, the largest Σ_k mix_k · mask_k(pixel): where the
    picture is styled most, the weights add up to 1, as for a single painting. Without masks, mix_k / Σ mix.

    Raises:
        OptionError: no weight is above 0.
    """
    if not sum(mix) > 0:
        raise OptionError(f"style_mix={tuple(mix)!r}: at least one must be above 0")
    largest = np.max(sum(each * (1.0 if mask is None else mask) for each, mask in zip(mix, masks, strict=True)))
    areas = [1.0 if mask is None else float(mask.mean()) for mask in masks]
    return [float(each * area / largest) for each, area in zip(mix, areas, strict=True)]


def _masks(photo: np.ndarray, count: int, options: Options) -> tuple[list[np.ndarray | None], np.ndarray]:
    """Return each painting's mask, None for everywhere, and the protected part."""
    size = photo.shape[1:3]
    regions = [
        (load_mask(source, *size), f"mask {place}" + (f" ({source})" if isinstance(source, str) else ""))
        for place, source in enumerate(options.masks or (), 1)
    ]
    if regions and len(regions) not in (count, count - 1):
        raise OptionError(
            f"masks: {len(regions)} given, paintings: {count}; give one mask for each painting, or one fewer, and the "
            "last gets the rest"
        )
    if regions and len(regions) == count - 1:
        rest = np.clip(1 - sum(mask for mask, _ in regions), 0, 1)
        regions.append((rest, "the rest, which the masks leave for the last painting,"))
    keep = np.zeros((1, *size, 1), np.float32)
    if options.protect is not None:
        keep = load_mask(options.protect, *size)
        everywhere = [(np.ones_like(keep), "the picture")] * count
        regions = [((1 - keep) * mask, f"{name} without the protected part") for mask, name in regions or everywhere]
    for mask, name in regions:
        check_not_empty(mask, name)
    return [mask for mask, _ in regions] or [None] * count, keep


def _one_each(values: Sequence[float], count: int, name: str) -> list[float]:
    if len(values) not in (1, count):
        raise OptionError(f"{name}={tuple(values)!r}: give one number, or {count}, one for each painting")
    return list(values) * (count if len(values) == 1 else 1)


def _scaled(source: Source, photo: np.ndarray, size: int | None, scale: float) -> np.ndarray:
    """Load a painting with its shorter side `scale` times the photo's, or times its own if `size` is None."""
    if size is not None:
        return as_image(source, shortest=round(scale * min(photo.shape[1:3])))
    image = as_image(source)
    return image if scale == 1 else as_image(source, shortest=round(scale * min(image.shape[1:3])))
