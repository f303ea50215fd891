"""Awkward picture files, made here: what thirty students upload, and worse.

`CORPUS` has an entry for each: what its file is called, its bytes, and what a refusal says, None for a picture.
"""

import io
import struct
import zipfile
import zlib
from collections.abc import Iterator
from typing import NamedTuple

import numpy as np
import PIL.Image
from PIL import ImageCms


class File(NamedTuple):
    name: str
    data: bytes
    refusal: str | None = None


def picture(mode: str = "RGB", width: int = 48, height: int = 40) -> PIL.Image.Image:
    """Draw a smooth picture with some noise in a mode."""
    v, u = np.mgrid[0:height, 0:width]
    noise = np.random.default_rng(0).integers(0, 20, (height, width, 3))
    pixels = np.stack([5 * u, 5 * v, 3 * (u + v)], -1) % 230 + noise
    rgb = PIL.Image.fromarray(pixels.astype(np.uint8))
    if mode == "F":
        return PIL.Image.fromarray(np.float32(pixels[..., 0] / 255))
    if mode.startswith("I"):
        wide = PIL.Image.fromarray((pixels[..., 0] * 257).astype(np.uint16))
        return wide.convert("I") if mode == "I" else wide
    if mode == "LAB":
        srgb, lab = ImageCms.createProfile("sRGB"), ImageCms.createProfile("LAB")
        return ImageCms.profileToProfile(rgb, srgb, lab, outputMode="LAB")
    return rgb.convert("RGBA").convert(mode) if mode in ("LA", "PA") else rgb.convert(mode)


def encoded(image: PIL.Image.Image, kind: str, **options) -> bytes:
    buffer = io.BytesIO()
    image.save(buffer, kind, **options)
    return buffer.getvalue()


def png_chunk(name: bytes, content: bytes) -> bytes:
    return struct.pack(">I", len(content)) + name + content + struct.pack(">I", zlib.crc32(name + content))


def png(width: int, height: int, *chunks: bytes, body: bytes = b"") -> bytes:
    """Write a grey PNG of 8 bits by hand: what it promises need not be there."""
    header = struct.pack(">IIBBBBB", width, height, 8, 0, 0, 0, 0)
    chunks = (png_chunk(b"IHDR", header), *chunks, png_chunk(b"IDAT", body), png_chunk(b"IEND", b""))
    return b"\x89PNG\r\n\x1a\n" + b"".join(chunks)


MODES = {
    "PNG": ("1", "L", "LA", "P", "RGB", "RGBA", "I;16"),
    "TIFF": ("1", "L", "LA", "P", "PA", "RGB", "RGBA", "RGBX", "CMYK", "YCbCr", "LAB", "I", "I;16", "F"),
    "JPEG": ("L", "RGB", "CMYK", "YCbCr"),
    "WEBP": ("RGB", "RGBA"),
    "GIF": ("L", "P"),
    "BMP": ("1", "L", "P", "RGB"),
    "PPM": ("1", "L", "RGB"),
    "JPEG2000": ("L", "LA", "RGB", "RGBA"),
}


def modes() -> Iterator[File]:
    for kind, those in MODES.items():
        for mode in those:
            yield File(f"{kind} {mode.replace(';', ' ')}.{kind.lower()}", encoded(picture(mode), kind))


def turned() -> Iterator[File]:
    for orientation in range(10):  # 0 and 9 are none
        exif = PIL.Image.Exif()
        exif[0x0112] = orientation
        yield File(f"orientation {orientation}.jpg", encoded(picture(), "JPEG", exif=exif))
    yield File("damaged exif.jpg", encoded(picture(), "JPEG", exif=b"Exif\0\0MM\0*\0\0\0\x08\xff\xff"))


def profiles() -> Iterator[File]:
    srgb = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
    lab = ImageCms.ImageCmsProfile(ImageCms.createProfile("LAB")).tobytes()
    for what, profile in {"srgb": srgb, "lab": lab, "cut off": srgb[:100], "nonsense": b"profile" * 9}.items():
        yield File(f"profile {what}.png", encoded(picture(), "PNG", icc_profile=profile))
        yield File(f"profile {what} cmyk.jpg", encoded(picture("CMYK"), "JPEG", icc_profile=profile))


def shapes() -> Iterator[File]:
    small = "too small: {} px; each side needs 32 px"
    for width, height in ((1, 1), (1, 20000), (20000, 1), (31, 400), (32, 31)):
        image = picture("L", width, height)
        yield File(f"{width}x{height}.png", encoded(image, "PNG"), small.format(f"{width}×{height}"))
    yield File("32x32.png", encoded(picture("L", 32, 32), "PNG"))
    yield File("32x20000.png", encoded(picture("L", 32, 20000), "PNG"), "at size 64 is 1×64 px")
    yield File("largest.png", encoded(PIL.Image.new("L", (8900, 8900), 7), "PNG"))  # 79 million pixels


def cut_off() -> Iterator[File]:
    for kind in ("JPEG", "PNG", "WEBP", "GIF", "TIFF"):
        whole = encoded(picture("P" if kind == "GIF" else "RGB", 200, 160), kind)
        for twentieth in range(20):
            data = whole[: len(whole) * twentieth // 20]  # `modes` has them whole
            yield File(
                f"cut off after {twentieth} of 20.{kind.lower()}", data, "cannot be read|not a picture|is empty"
            )


def misnamed() -> Iterator[File]:
    unknown = "not a picture in a known format"
    yield File("a png.jpg", encoded(picture(), "PNG"))
    yield File("a jpeg.PNG", encoded(picture(), "JPEG"))
    yield File("no ending", encoded(picture(), "JPEG"))
    heic = b"\0\0\0\x18ftypheic\0\0\0\0mif1heic" + bytes(200)
    texts = {
        "heic.jpg": heic,
        "text.png": b"this is not a picture",
        "chinese text.txt": "图像".encode(),
        "page.html": b"<html><body><img src=x></body></html>",
        "drawing.svg": b'<svg xmlns="http://www.w3.org/2000/svg"/>',
        "paper.pdf": b"%PDF-1.7\n1 0 obj\n",
        "program.eps": b"%!PS-Adobe-3.0 EPSF-3.0\n%%BoundingBox: 0 0 100 100\nshowpage\n",
        "code.py": b"import os\n",
        "zeros.bin": bytes(10_000),
        "noise.bin": np.random.default_rng(0).bytes(10_000),
    }
    for name, data in texts.items():
        yield File(name, data, unknown)
    archive = io.BytesIO()
    with zipfile.ZipFile(archive, "w") as file:
        file.writestr("picture.png", encoded(picture(), "PNG"))
    yield File("archive.png", archive.getvalue(), unknown)
    yield File("empty.png", b"", r"is empty \(0 bytes\)")


def bombs() -> Iterator[File]:
    much = zlib.compress(bytes(200_000_000), 9)
    yield File("9000x9000.png", png(9000, 9000, body=much), "too large: 9000×9000 px; the limit is 80,000,000")
    yield File("60000x60000.png", png(60000, 60000), "far too large")
    yield File("more than promised.png", png(64, 64, body=much))
    for chunk, name in ((b"zTXt", b"text\0\0"), (b"iCCP", b"profile\0\0"), (b"iTXt", b"text\0\1\0\0\0")):
        bomb = png(64, 64, png_chunk(chunk, name + much), body=zlib.compress(bytes(64 * 65)))
        yield File(f"{chunk.decode()} bomb.png", bomb, "Decompressed data too large")
    frames = [PIL.Image.new("L", (64, 64), shade) for shade in range(0, 250, 2)]
    yield File("many frames.gif", encoded(frames[0], "GIF", save_all=True, append_images=frames[1:]))


def animated() -> Iterator[File]:
    frames = [picture(), PIL.Image.new("RGB", (48, 40), "red")]
    for kind in ("GIF", "WEBP", "PNG", "TIFF"):
        yield File(f"animated.{kind.lower()}", encoded(frames[0], kind, save_all=True, append_images=frames[1:]))


def deep() -> Iterator[File]:
    for what, pixels, refusal in (
        ("nan", np.full((40, 48), np.nan, np.float32), r"floating-point pixels must lie in \[0, 1\]"),
        ("infinite", np.full((40, 48), np.inf, np.float32), r"floating-point pixels must lie in \[0, 1\]"),
        ("to 255", np.full((40, 48), 255, np.float32), r"floating-point pixels must lie in \[0, 1\]"),
        ("16 bits", np.full((40, 48), 65535, np.uint16), None),
    ):
        yield File(f"{what}.tiff", encoded(PIL.Image.fromarray(pixels), "TIFF"), refusal)


def names() -> Iterator[File]:
    data = encoded(picture(), "PNG")
    for name in (
        "with spaces.png",
        "it's.png",
        "-o.png",
        "%s {0} $HOME.png",
        "我的照片.png",
        "e\u0301 combining \N{SNOWMAN}.png",
        "x" * 240 + ".png",
        ".png",
    ):
        yield File(name, data)
    for name in ('say "cheese".png', "two\nlines.png", "<b>bold<script>.png", "back\\slash.png", "a:b?.png"):
        yield File(name, data)  # not on Windows


MAKERS = (modes, turned, profiles, shapes, cut_off, misnamed, bombs, animated, deep, names)
CORPUS = [file for maker in MAKERS for file in maker()]
