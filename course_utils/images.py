"""Pictures in and out: files, arrays and sizes (lesson 1).

Everywhere in the course an image is a float32 array `(1, H, W, 3)`: one picture, H rows, W columns,
RGB in sRGB, values in [0, 1].
"""

import io
import os
import secrets
import warnings
from pathlib import Path

import numpy as np
import PIL.Image
from PIL import ImageCms, ImageOps

from .errors import ImageError
from .samples import find_image

MIN_SIDE = 32  # px: four poolings of VGG16 leave 2 px of it
MAX_PIXELS = 80_000_000  # 240 MB decoded; below the size at which Pillow itself warns
SAVE_OPTIONS = {
    ".png": ("PNG", {}),
    ".jpg": ("JPEG", {"quality": 95, "subsampling": 0}),
    ".jpeg": ("JPEG", {"quality": 95, "subsampling": 0}),
    ".webp": ("WEBP", {"quality": 95}),
    ".tif": ("TIFF", {}),
    ".tiff": ("TIFF", {}),
    ".bmp": ("BMP", {}),
}


def load_image(path: str | os.PathLike, size: int | None = None) -> np.ndarray:
    """Read a picture file as sRGB, upright, on white where it is transparent; an animation's first frame.

    Args:
        path: a file in any format that Pillow reads, or a sample's name.
        size: the longest side in pixels, the aspect kept, antialiased; None keeps the file's own size.

    Returns:
        float32 `(1, H, W, 3)`, values in [0, 1].

    Raises:
        ImageError: missing, empty, a directory, no image, damaged, a side (before or after resizing) under
            32 px, or more than 80 million pixels (told from the header, before anything is decoded).
    """
    path = find_image(path)
    picture = _decode(path)
    if size is not None:
        picture = picture.resize(_fit(picture.size, size, path), PIL.Image.Resampling.LANCZOS, reducing_gap=3)
    return np.asarray(picture, np.float32)[np.newaxis] / 255


def as_image(source: str | os.PathLike | np.ndarray, size: int | None = None) -> np.ndarray:
    """Accept a path, a sample's name or an array, and return an image of the longest side `size` (pixels).

    Args:
        source: what `load_image` reads, or an array `(H, W, 3)` or `(1, H, W, 3)`: uint8, or floats in [0, 1].
        size: the longest side in pixels; None keeps the size.

    Raises:
        ImageError: as `load_image`; or an array of another shape, or with values outside [0, 1] or NaN.
    """
    if isinstance(source, (str, os.PathLike)):
        return load_image(source, size)
    image = _checked_array(source)
    if size is None:
        _fit(image.shape[2:0:-1], max(image.shape[1:3]), "the array")
        return image
    width, height = _fit(image.shape[2:0:-1], size, "the array")
    return resize(image, height, width)


def resize(image: np.ndarray, height: int, width: int) -> np.ndarray:
    """Resample an image to `(1, height, width, 3)`, antialiased (Lanczos), clipped to [0, 1]."""
    if image.shape[1:3] == (height, width):
        return image
    channels = [
        PIL.Image.fromarray(np.ascontiguousarray(image[0, :, :, c], np.float32)).resize(
            (width, height), PIL.Image.Resampling.LANCZOS
        )
        for c in range(3)
    ]
    return np.clip(np.stack(channels, axis=-1), 0, 1)[np.newaxis].astype(np.float32)


def save_image(image: np.ndarray, path: str | os.PathLike) -> Path:
    """Write an image in the format that the file's name asks for; whole or not at all.

    The picture goes to a temporary file beside `path` that is then renamed, so that an interruption or a full
    disk never leaves half a picture, nor destroys the one that was there.

    Args:
        image: floats `(1, H, W, 3)` or `(H, W, 3)` in [0, 1], rounded to 8 bits a channel.
        path: its ending is one of .png .jpg .jpeg .webp .tif .tiff .bmp.

    Returns:
        The path written.

    Raises:
        ImageError: not an image, an unknown ending, or a place that cannot be written.
    """
    path = check_output(path)
    format_name, options = SAVE_OPTIONS[path.suffix.lower()]
    pixels = np.round(_checked_array(image)[0] * 255).astype(np.uint8)
    temporary = _temporary_name(path)
    try:
        with temporary.open("xb") as file:
            PIL.Image.fromarray(pixels).save(file, format_name, **options)
            file.flush()
            os.fsync(file.fileno())
        temporary.replace(path)
    except (OSError, ValueError) as error:
        raise ImageError(f"cannot write {path}: {error}") from error
    finally:
        temporary.unlink(missing_ok=True)
    return path


def check_output(path: str | os.PathLike) -> Path:
    """Return `path` as one that `save_image` can write, before any work is done for it.

    Raises:
        ImageError: an unknown ending, a directory, or a folder that is missing or cannot be written.
    """
    try:
        path = Path(path).expanduser()
        if path.is_dir():
            raise ImageError(f"{path} is a directory: give the name of a picture file in it")
        if path.suffix.lower() not in SAVE_OPTIONS:
            raise ImageError(f"cannot tell the format of {path}: the name must end in {', '.join(SAVE_OPTIONS)}")
        if not path.parent.is_dir():
            raise ImageError(f"there is no folder {path.parent}: make it first, or save elsewhere")
        with _temporary_name(path).open("xb") as probe:
            probe.close()
            Path(probe.name).unlink()
    except (OSError, RuntimeError, ValueError) as error:
        raise ImageError(f"cannot write {path}: {error}") from error
    return path


def _temporary_name(path: Path) -> Path:
    """Name a file beside `path`, where renaming it to `path` is atomic."""
    return path.with_name(f".{path.stem[:20]}.{secrets.token_hex(4)}.tmp")


def _decode(path: Path) -> PIL.Image.Image:
    """Return the file's picture in mode RGB, upright; every failure becomes an ImageError."""
    try:
        if path.is_dir():
            raise ImageError(f"{path} is a directory: give the name of a picture file")
        if path.stat().st_size == 0:
            raise ImageError(f"{path} is empty (0 bytes)")
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", PIL.Image.DecompressionBombWarning)  # our own limit is lower
            picture = PIL.Image.open(path)
        with picture:
            _check_dimensions(picture.size, path)
            picture.load()
            return _to_srgb(ImageOps.exif_transpose(picture), path)
    except PIL.Image.DecompressionBombError as error:
        raise ImageError(f"{path} is far too large; the limit is {MAX_PIXELS:,} pixels") from error
    except PIL.UnidentifiedImageError as error:
        raise ImageError(f"{path} is not a picture in a known format (use jpg, png or webp)") from error
    except ImageError:
        raise
    except PermissionError as error:
        raise ImageError(f"{path} may not be read by you: {error.strerror}") from error
    except Exception as error:  # decoders fail with OSError, SyntaxError, ValueError, struct.error, zlib.error …
        raise ImageError(f"{path} cannot be read, it may be damaged or cut off: {error}") from error


def _check_dimensions(size: tuple[int, int], what: object) -> None:
    width, height = size
    if width * height > MAX_PIXELS:
        raise ImageError(f"{what} is too large: {width}×{height} px; the limit is {MAX_PIXELS:,} pixels")
    if min(width, height) < MIN_SIDE:
        raise ImageError(f"{what} is too small: {width}×{height} px; each side needs {MIN_SIDE} px or more")


def _to_srgb(picture: PIL.Image.Image, path: Path) -> PIL.Image.Image:
    """Convert any mode to RGB in sRGB, composited on white."""
    if picture.mode.startswith(("I", "F")):
        picture = _high_depth_to_grey(picture)
    alpha = picture.convert("RGBA").getchannel("A") if picture.has_transparency_data else None
    rgb = _apply_profile(picture, path)
    if alpha is not None:
        white = PIL.Image.new("RGB", rgb.size, "white")
        rgb = PIL.Image.composite(rgb, white, alpha)
    return rgb


def _high_depth_to_grey(picture: PIL.Image.Image) -> PIL.Image.Image:
    """Scale 16-bit integers, or floats in [0, 1], to 8 bits."""
    values = np.asarray(picture, np.float64)
    if picture.mode == "F" and not (np.isfinite(values).all() and values.min() >= 0 and values.max() <= 1):
        raise ImageError("floating-point pixels must lie in [0, 1]: save the picture with 8 or 16 bits")
    scale = 255 if picture.mode == "F" else 255 / 65535
    return PIL.Image.fromarray(np.clip(np.round(values * scale), 0, 255).astype(np.uint8))


def _apply_profile(picture: PIL.Image.Image, path: Path) -> PIL.Image.Image:
    profile = picture.info.get("icc_profile")
    if picture.mode not in ("L", "RGB", "CMYK", "LAB"):
        picture = picture.convert("RGB")
    try:
        if profile:
            source = ImageCms.ImageCmsProfile(io.BytesIO(profile))
        elif picture.mode == "LAB":
            source = ImageCms.createProfile("LAB")
        else:
            return picture.convert("RGB")
        return ImageCms.profileToProfile(picture, source, ImageCms.createProfile("sRGB"), outputMode="RGB")
    except (ImageCms.PyCMSError, OSError) as error:
        warnings.warn(f"{path}: its colour profile is ignored ({error})", stacklevel=5)
        return picture.convert("RGB")


def _checked_array(source: np.ndarray) -> np.ndarray:
    image = np.asarray(source)
    if image.ndim == 3:
        image = image[np.newaxis]
    if image.ndim != 4 or image.shape[0] != 1 or image.shape[3] != 3:
        raise ImageError(f"an image has the shape (1, H, W, 3) or (H, W, 3), not {np.shape(source)}")
    if image.dtype == np.uint8:
        image = image / np.float32(255)
    if not np.issubdtype(image.dtype, np.floating):
        raise ImageError(f"an image holds uint8, or floats in [0, 1], not {image.dtype}")
    if not (image.size and image.min() >= 0 and image.max() <= 1):  # false for NaN, too
        raise ImageError("an image's values lie in [0, 1]: divide by 255, or clip, and look for NaN")
    return image.astype(np.float32, copy=False)


def _fit(size: tuple[int, int], longest: int, what: object) -> tuple[int, int]:
    """Scale (width, height) to the longest side given, in pixels."""
    scale = longest / max(size)
    width, height = (max(1, round(side * scale)) for side in size)
    if min(width, height) < MIN_SIDE:
        raise ImageError(
            f"{what} at size {longest} is {width}×{height} px; each side needs {MIN_SIDE} px or more: "
            f"use a larger size, or a picture less elongated"
        )
    return width, height
