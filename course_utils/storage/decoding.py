"""Turn whatever a picture file holds into sRGB, right way up, or refuse it with a clear message."""

import io
import warnings
from pathlib import Path

import numpy as np
import PIL.Image
from PIL import ImageCms, ImageOps

from ..errors import ImageError

MIN_SIDE = 32  # px: four poolings of VGG16 leave 2 px of it
MAX_PIXELS = 80_000_000  # 240 MB decoded; below the size at which Pillow itself warns
# What Pillow may try: the formats of cameras, the web and scanners. It knows 40 more, one of which runs a program.
PIL.Image.init()
KNOWN = ("JPEG", "PNG", "WEBP", "GIF", "TIFF", "BMP", "AVIF", "JPEG2000", "PPM")
FORMATS = [name for name in KNOWN if name in PIL.Image.OPEN]


def decode(source: Path | io.BytesIO, path: object) -> PIL.Image.Image:
    """Return the picture in a file, or in its bytes, in mode RGB, right way up.

    Raises:
        ImageError: for every failure; the message calls the picture `path`.
    """
    try:
        if isinstance(source, Path) and source.is_dir():
            raise ImageError(f"{path} is a directory: give the name of a picture file")
        if isinstance(source, Path) and source.exists() and not source.is_file():  # a pipe would block
            raise ImageError(f"{path} is not a regular file: give the name of a picture file")
        if isinstance(source, Path) and source.stat().st_size == 0:
            raise ImageError(f"{path} is empty (0 bytes)")
        with opened(source, path, FORMATS) as picture:
            picture.load()
            return to_srgb(ImageOps.exif_transpose(picture), path)
    except PIL.Image.DecompressionBombError as error:
        raise ImageError(f"{path} is far too large; the limit is {MAX_PIXELS:,} pixels") from error
    except PIL.UnidentifiedImageError as error:
        raise ImageError(f"{path} is not a picture in a known format (use jpg, png or webp)") from error
    except ImageError:
        raise
    except PermissionError as error:
        raise ImageError(f"you have no permission to read {path}: {error.strerror}") from error
    except Exception as error:  # decoders fail with OSError, SyntaxError, ValueError, struct.error, zlib.error …
        raise ImageError(f"{path} cannot be read; it may be damaged or truncated: {error}") from error


def opened(source: Path | io.BytesIO, path: object, formats: list[str]) -> PIL.Image.Image:
    """Open a picture in one of the formats; only its size and type have been read.

    Raises:
        ImageError: it is too large or too small to work with; the message calls it `path`.
        Exception: whatever Pillow raises.
    """
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", PIL.Image.DecompressionBombWarning)  # our own limit is lower
        picture = PIL.Image.open(source, formats=formats)
    try:
        check_dimensions(picture.size, path)
    except ImageError:
        picture.close()
        raise
    return picture


def check_dimensions(size: tuple[int, int], what: object) -> None:
    """Refuse a (width, height) that is too large or too small to work with.

    Raises:
        ImageError: the message calls the picture `what`.
    """
    width, height = size
    if width * height > MAX_PIXELS:
        raise ImageError(f"{what} is too large: {width}×{height} px; the limit is {MAX_PIXELS:,} pixels")
    if min(width, height) < MIN_SIDE:
        raise ImageError(f"{what} is too small: {width}×{height} px; each side needs {MIN_SIDE} px or more")


def to_srgb(picture: PIL.Image.Image, path: object) -> PIL.Image.Image:
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


def _apply_profile(picture: PIL.Image.Image, path: object) -> PIL.Image.Image:
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
