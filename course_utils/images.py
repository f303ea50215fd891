"""Pictures in and out: files, arrays and sizes (lesson 1).

Everywhere in the course an image is a float32 array `(1, H, W, 3)`: one picture, H rows, W columns,
RGB in sRGB, values in [0, 1].
"""

import io
import os
from collections.abc import Iterable, Mapping
from pathlib import Path

import numpy as np
import PIL.Image
from PIL import PngImagePlugin

from .errors import ImageError
from .samples import find_image
from .storage import MIN_SIDE, decode, require_writable, written_whole

SAVE_OPTIONS = {
    ".png": ("PNG", {}),
    ".jpg": ("JPEG", {"quality": 95, "subsampling": 0}),
    ".jpeg": ("JPEG", {"quality": 95, "subsampling": 0}),
    ".webp": ("WEBP", {"quality": 95}),
    ".tif": ("TIFF", {}),
    ".tiff": ("TIFF", {}),
    ".bmp": ("BMP", {}),
}


LARGEST = 8192  # px, the longest side that a picture may be enlarged to


class Upload(str):
    """A picture file that is not on disk: its name, with its bytes in `data`."""

    data: bytes

    def __new__(cls, name: str, data: bytes = b"") -> "Upload":
        """Combine the two."""
        upload = super().__new__(cls, name)
        upload.data = data
        return upload


def load_image(path: str | os.PathLike, size: int | None = None, shortest: int | None = None) -> np.ndarray:
    """Read a picture file as sRGB, right way up, on white where it is transparent; of an animation, the first frame.

    Args:
        path: a file in one of `decoding.FORMATS`; a sample's name; or an `Upload`, for which no file is opened.
        size: the longest side in pixels, aspect ratio kept, antialiased; None keeps the file's own size.
        shortest: the shortest side instead.

    Returns:
        float32 `(1, H, W, 3)`, values in [0, 1].

    Raises:
        ImageError: missing, empty, a directory, not an image, or damaged; a side (before or after resizing) under
            32 px; more than 80 million pixels (read from the header, before anything is decoded); enlarged to
            more than 8192 px.
    """
    if isinstance(path, Upload):
        if not path.data:
            raise ImageError(f"{path} is empty (0 bytes)")
        picture = decode(io.BytesIO(path.data), path)
    else:
        path = find_image(path)
        picture = decode(path, path)
    fitted = _fit(picture.size, size, shortest, path)
    if fitted != picture.size:
        picture = picture.resize(fitted, PIL.Image.Resampling.LANCZOS, reducing_gap=3)
    return np.asarray(picture, np.float32)[np.newaxis] / 255


def as_image(
    source: str | os.PathLike | np.ndarray, size: int | None = None, shortest: int | None = None
) -> np.ndarray:
    """Accept a path, a sample's name or an array, and return an image whose longest side is `size` pixels.

    Args:
        source: what `load_image` reads, or an array `(H, W, 3)` or `(1, H, W, 3)`: uint8, or floats in [0, 1].
        size: the longest side in pixels; None keeps the size.
        shortest: the shortest side instead.

    Raises:
        ImageError: as `load_image`; or an array of another shape, or with values outside [0, 1] or NaN.
    """
    if isinstance(source, (str, os.PathLike)):
        return load_image(source, size, shortest)
    image = _checked_array(source)
    width, height = _fit(image.shape[2:0:-1], size, shortest, "the array")
    return resize(image, height, width)


def resize(image: np.ndarray, height: int, width: int) -> np.ndarray:
    """Resample an image `(1, H, W, C)` to `(1, height, width, C)`, antialiased (Lanczos), clipped to [0, 1]."""
    if image.shape[1:3] == (height, width):
        return image
    channels = [
        PIL.Image.fromarray(np.ascontiguousarray(image[0, :, :, c], np.float32)).resize(
            (width, height), PIL.Image.Resampling.LANCZOS
        )
        for c in range(image.shape[-1])
    ]
    return np.clip(np.stack(channels, axis=-1), 0, 1)[np.newaxis].astype(np.float32)


def as_bytes(image: np.ndarray) -> np.ndarray:
    """Round an image to 8 bits: floats in [0, 1] of any shape to uint8 of that shape."""
    return np.round(image * 255).astype(np.uint8)


def save_image(image: np.ndarray, path: str | os.PathLike, text: Mapping[str, str] | None = None) -> Path:
    """Write an image in the format of the file's extension; whole or not at all.

    Args:
        image: floats `(1, H, W, 3)` or `(H, W, 3)` in [0, 1], rounded to 8 bits a channel.
        path: its extension is one of .png .jpg .jpeg .webp .tif .tiff .bmp.
        text: stored in the file as text chunks, by name; .png only.

    Returns:
        The path written.

    Raises:
        ImageError: not an image, an unknown extension, or a path that cannot be written.
    """
    path = check_output(path)
    format_name, options = SAVE_OPTIONS[path.suffix.lower()]
    if text is not None:
        if format_name != "PNG":
            raise ImageError(f"{path.name}: text can be stored in a .png file only")
        options = {"pnginfo": _png_text(text)}
    pixels = as_bytes(_checked_array(image)[0])
    try:
        with written_whole(path) as file:
            PIL.Image.fromarray(pixels).save(file, format_name, **options)
    except (OSError, ValueError) as error:
        raise ImageError(f"cannot write {path}: {error}") from error
    return path


def check_output(path: str | os.PathLike, read: Iterable[str | os.PathLike] = ()) -> Path:
    """Check that `save_image` can write `path`, before any work is done for it, and return it.

    Args:
        path: the picture to write.
        read: picture files that must not be overwritten.

    Raises:
        ImageError: an unknown extension, a directory, or a folder that is missing or cannot be written; one of `read`.
    """
    try:
        path = Path(path).expanduser()
        if path.is_dir():
            raise ImageError(f"{path} is a directory: give the name of a picture file in it")
        if path.suffix.lower() not in SAVE_OPTIONS:
            raise ImageError(f"cannot tell the format of {path}: the name must end in {', '.join(SAVE_OPTIONS)}")
        if not path.parent.is_dir():
            raise ImageError(f"there is no folder {path.parent}: create it first, or save elsewhere")
        require_writable(path)
        if path.exists() and any(path.samefile(each) for each in read if Path(each).exists()):
            raise ImageError(f"the output {path} is one of the input pictures: save under another name")
    except (OSError, RuntimeError, ValueError) as error:
        raise ImageError(f"cannot write {path}: {error}") from error
    return path


def _png_text(text: Mapping[str, str]) -> PngImagePlugin.PngInfo:
    info = PngImagePlugin.PngInfo()
    for key, value in text.items():
        info.add_itxt(key, value)
    return info


def _checked_array(source: np.ndarray) -> np.ndarray:
    try:
        image = np.asarray(source)
    except ValueError as error:  # lists of different lengths
        raise ImageError(f"an image is an array of numbers: {error}") from error
    if image.ndim == 3:
        image = image[np.newaxis]
    if image.ndim != 4 or image.shape[0] != 1 or image.shape[3] != 3:
        raise ImageError(f"an image has the shape (1, H, W, 3) or (H, W, 3), not {image.shape}")
    if image.dtype == np.uint8:
        image = image / np.float32(255)
    if not np.issubdtype(image.dtype, np.floating):
        raise ImageError(f"an image holds uint8, or floats in [0, 1], not {image.dtype}")
    if not (image.size and image.min() >= 0 and image.max() <= 1):  # false for NaN, too
        raise ImageError("an image's values lie in [0, 1]: divide by 255, or clip, and look for NaN")
    return image.astype(np.float32)  # a copy: the caller may go on using the original


def _fit(size: tuple[int, int], longest: int | None, shortest: int | None, what: object) -> tuple[int, int]:
    """Scale (width, height) to a longest or a shortest side, in pixels; to neither if both are None."""
    scale = longest / max(size) if longest else shortest / min(size) if shortest else 1
    width, height = (max(1, round(side * scale)) for side in size)
    if min(width, height) < MIN_SIDE:
        at = f" at size {longest}" if longest else f" with a shorter side of {shortest} px" if shortest else ""
        raise ImageError(
            f"{what}{at} is {width}×{height} px; each side needs {MIN_SIDE} px or more: use a larger size or "
            f"style_scale, or a less elongated picture"
        )
    if scale > 1 and max(width, height) > LARGEST:
        raise ImageError(
            f"{what} would be enlarged to {width}×{height} px; the limit is {LARGEST}: use a smaller size or "
            f"style_scale"
        )
    return width, height
