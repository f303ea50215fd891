import io
import struct
import subprocess
import sys
import zlib
from pathlib import Path

import numpy as np
import PIL.Image
import pytest
from PIL import ImageCms

from course_utils import images
from course_utils.errors import ImageError
from course_utils.images import Upload, as_image, load_image, resize, save_image
from course_utils.samples import DATA, find_image

RED = (200, 40, 10)


def picture(mode="RGB", size=(48, 40), color=RED):
    return PIL.Image.new("RGB", size, color).convert(mode)


def stored(tmp_path, image, name="picture.png", **options):
    path = tmp_path / name
    image.save(path, **options)
    return path


def test_load_gives_the_pixels_as_floats(tmp_path):
    pixels = np.random.default_rng(0).integers(0, 256, (40, 48, 3), dtype=np.uint8)
    image = load_image(stored(tmp_path, PIL.Image.fromarray(pixels)))
    assert image.shape == (1, 40, 48, 3)
    assert image.dtype == np.float32
    np.testing.assert_array_equal(image[0] * 255, pixels.astype(np.float32))


@pytest.mark.parametrize(
    ("size", "shape"), [(96, (80, 96)), (48, (40, 48)), (40, (33, 40)), (None, (40, 48))]
)  # 40 · 40/48 = 33.3
def test_size_is_the_longest_side_and_the_aspect_is_kept(tmp_path, size, shape):
    assert load_image(stored(tmp_path, picture()), size).shape[1:3] == shape


def test_making_smaller_is_antialiased(tmp_path):
    board = np.indices((256, 256)).sum(0) % 2 * 255
    path = stored(tmp_path, PIL.Image.fromarray(board.astype(np.uint8)))
    for image in (load_image(path, 64), resize(load_image(path), 64, 64)):
        np.testing.assert_allclose(image, 0.5, atol=0.03)  # grey; without antialiasing black or white


def in_mode(mode):
    """Convert RED to a mode; Lab needs a profile, and a palette made for the colour keeps it exact."""
    if mode == "LAB":
        srgb, lab = ImageCms.createProfile("sRGB"), ImageCms.createProfile("LAB")
        return ImageCms.profileToProfile(picture(), srgb, lab, outputMode="LAB")
    return picture().quantize(8) if mode == "P" else picture(mode)


@pytest.mark.parametrize("mode", ["RGB", "RGBA", "P", "CMYK", "YCbCr", "LAB"])
def test_colour_modes_load_as_the_same_colour(tmp_path, mode):
    image = load_image(stored(tmp_path, in_mode(mode), "x.tif"))
    np.testing.assert_allclose(image[0, 20, 20] * 255, RED, atol=4)  # 8-bit Lab and YCbCr round


@pytest.mark.parametrize("mode", ["L", "1", "LA", "I;16", "I", "F"])
def test_grey_modes_load_as_grey(tmp_path, mode):
    grey = PIL.Image.new("L", (48, 40), 255)
    if mode in ("I;16", "I"):
        grey = PIL.Image.fromarray(np.full((40, 48), 65535, np.uint16 if mode == "I;16" else np.int32))
    elif mode == "F":
        grey = PIL.Image.fromarray(np.full((40, 48), 1.0, np.float32))
    else:
        grey = grey.convert(mode)
    image = load_image(stored(tmp_path, grey, "x.tif"))
    assert image.shape == (1, 40, 48, 3)
    np.testing.assert_array_equal(image, 1)


def test_16_bit_values_are_scaled_not_clipped(tmp_path):
    ramp = np.tile(np.linspace(0, 65535, 48).astype(np.uint16), (40, 1))
    image = load_image(stored(tmp_path, PIL.Image.fromarray(ramp)))
    np.testing.assert_allclose(image[0, 0, :, 0], ramp[0] / 65535, atol=0.5 / 255 + 1e-6)  # half of an 8-bit step


def test_floating_point_pixels_outside_0_1_are_refused(tmp_path):
    path = stored(tmp_path, PIL.Image.fromarray(np.full((40, 48), np.nan, np.float32)), "x.tif")
    with pytest.raises(ImageError, match=r"must lie in \[0, 1\]"):
        load_image(path)


@pytest.mark.parametrize("mode", ["RGBA", "LA", "P"])
def test_transparency_is_composited_on_white(tmp_path, mode):
    if mode == "P":
        path = stored(tmp_path, PIL.Image.new("P", (48, 40), 0), transparency=0)
    else:
        path = stored(tmp_path, PIL.Image.new(mode, (48, 40), 0))
    np.testing.assert_array_equal(load_image(path), 1)


def test_half_transparent_red_on_white_is_pink(tmp_path):
    path = stored(tmp_path, PIL.Image.new("RGBA", (48, 40), (255, 0, 0, 128)))
    np.testing.assert_allclose(load_image(path)[0, 0, 0] * 255, [255, 127, 127], atol=1)


def test_first_frame_of_an_animation(tmp_path):
    frames = [PIL.Image.new("RGB", (48, 40), color) for color in ("red", "lime")]
    path = stored(tmp_path, frames[0], "x.gif", save_all=True, append_images=frames[1:])
    np.testing.assert_allclose(load_image(path)[0, 0, 0], [1, 0, 0], atol=0.01)


@pytest.mark.parametrize("orientation", range(1, 9))
@pytest.mark.parametrize("name", ["x.jpg", "x.png", "x.tif", "x.webp"])
def test_exif_orientation_is_honoured(tmp_path, orientation, name):
    upright = np.zeros((40, 64, 3), np.uint8)
    upright[:20, :32] = RED  # a mark in the top left corner of a wide picture
    # EXIF 2.3, table 6: how the stored rows and columns lie; each line undoes what the viewer will do
    stored_pixels = {
        1: upright,
        2: upright[:, ::-1],
        3: upright[::-1, ::-1],
        4: upright[::-1],
        5: upright.transpose(1, 0, 2),
        6: upright.transpose(1, 0, 2)[::-1],
        7: upright.transpose(1, 0, 2)[::-1, ::-1],
        8: upright.transpose(1, 0, 2)[:, ::-1],
    }[orientation]
    exif = PIL.Image.Exif()
    exif[0x0112] = orientation
    path = stored(tmp_path, PIL.Image.fromarray(np.ascontiguousarray(stored_pixels)), name, exif=exif)
    image = load_image(path)
    assert image.shape == (1, 40, 64, 3)
    np.testing.assert_allclose(image[0, 8, 8] * 255, RED, atol=8)
    np.testing.assert_allclose(image[0, 32, 56] * 255, 0, atol=8)


def linear_profile():
    """Build an ICC profile with sRGB's primaries and no gamma (ICC.1:2010: header, tag table, six tags)."""

    def s15f16(value):
        return struct.pack(">i", round(value * 65536))

    def xyz(*values):
        return b"XYZ " + bytes(4) + b"".join(map(s15f16, values))

    curve = b"curv" + bytes(4) + struct.pack(">I", 0) + bytes(4)  # zero entries: the identity
    tags = {  # sRGB's primaries adapted to D50, as in the profiles that the ICC publishes
        b"wtpt": xyz(0.9642, 1.0, 0.8249),
        b"rXYZ": xyz(0.4361, 0.2225, 0.0139),
        b"gXYZ": xyz(0.3851, 0.7169, 0.0971),
        b"bXYZ": xyz(0.1431, 0.0606, 0.7141),
        b"rTRC": curve,
        b"gTRC": curve,
        b"bTRC": curve,
    }
    table, body, offset = b"", b"", 128 + 4 + 12 * len(tags)
    for name, content in tags.items():
        table += name + struct.pack(">II", offset + len(body), len(content))
        body += content
    header = bytearray(128)
    header[0:4] = struct.pack(">I", offset + len(body))
    header[8:12] = bytes([2, 0x10, 0, 0])
    header[12:24] = b"mntrRGB XYZ "
    header[36:40] = b"acsp"
    header[68:80] = b"".join(map(s15f16, (0.9642, 1.0, 0.8249)))
    return bytes(header) + struct.pack(">I", len(tags)) + table + body


def test_a_colour_profile_is_converted_to_srgb(tmp_path):
    path = stored(tmp_path, PIL.Image.new("RGB", (48, 40), (128, 64, 0)), icc_profile=linear_profile())
    linear = np.array([128, 64, 0]) / 255
    # IEC 61966-2-1: the transfer function of sRGB
    expected = np.where(linear <= 0.0031308, 12.92 * linear, 1.055 * linear ** (1 / 2.4) - 0.055)
    np.testing.assert_allclose(load_image(path)[0, 0, 0], expected, atol=1.5 / 255)


def test_a_profile_and_transparency_together(tmp_path):
    path = stored(tmp_path, PIL.Image.new("RGBA", (48, 40), (128, 64, 0, 0)), icc_profile=linear_profile())
    np.testing.assert_array_equal(load_image(path), 1)


def test_a_broken_profile_is_ignored_with_a_warning(tmp_path):
    path = stored(tmp_path, picture(), icc_profile=b"not a profile")
    with pytest.warns(UserWarning, match="colour profile is ignored"):
        image = load_image(path)
    np.testing.assert_allclose(image[0, 0, 0] * 255, RED, atol=1e-4)


def png_bomb(width, height):
    """Write a PNG header that promises width × height pixels, with nothing behind it."""

    def chunk(name, content):
        return struct.pack(">I", len(content)) + name + content + struct.pack(">I", zlib.crc32(name + content))

    header = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", zlib.compress(b"")) + chunk(b"IEND", b"")


def truncated(name):
    buffer = io.BytesIO()
    noise = np.random.default_rng(0).integers(0, 256, (64, 64, 3), dtype=np.uint8)
    PIL.Image.fromarray(noise).save(buffer, PIL.Image.registered_extensions()[name])
    return buffer.getvalue()[: len(buffer.getvalue()) // 2]


@pytest.mark.parametrize(
    ("name", "content", "message"),
    [
        ("missing.png", None, "no file"),
        ("empty.png", b"", r"is empty \(0 bytes\)"),
        ("text.jpg", b"this is not a picture", "not a picture in a known format"),
        ("truncated.png", truncated(".png"), "damaged or truncated"),
        ("truncated.jpg", truncated(".jpg"), "damaged or truncated"),
        ("truncated.webp", truncated(".webp"), "damaged or truncated|not a picture"),
        ("small.bmp", truncated(".bmp")[:20], "not a picture|damaged"),
        ("bomb.png", png_bomb(9000, 9000), "too large: 9000×9000 px; the limit is 80,000,000 pixels"),
        ("huge_bomb.png", png_bomb(60000, 60000), "far too large; the limit is 80,000,000 pixels"),
        ("thin.png", png_bomb(5000, 31), "too small: 5000×31 px; each side needs 32 px"),
    ],
)
def test_what_cannot_be_read_is_refused(tmp_path, name, content, message):
    path = tmp_path / name
    if content is not None:
        path.write_bytes(content)
    with pytest.raises(ImageError, match=message):
        load_image(path)


@pytest.mark.parametrize("name", ["~nobody-of-that-name/x.png", "x" * 300 + ".png", "nul\0.png"])
def test_names_that_no_file_can_have_are_refused(name):
    with pytest.raises(ImageError, match=r"cannot access|no file"):
        load_image(name)
    with pytest.raises(ImageError, match=r"cannot write|no folder"):
        save_image(np.zeros((32, 32, 3)), name)


def test_a_large_picture_is_refused_without_pillows_warning(tmp_path, recwarn):
    path = tmp_path / "large.png"
    path.write_bytes(png_bomb(12000, 9000))  # above Pillow's 89 million, at which it warns
    with pytest.raises(ImageError, match="too large"):
        load_image(path)
    assert not recwarn


def test_a_place_that_only_looks_writable_is_refused_before_the_work():
    if not Path("/proc").is_dir():
        pytest.skip("no /proc here")
    with pytest.raises(ImageError, match="cannot write"):
        images.check_output("/proc/x.png")


def test_a_directory_is_refused(tmp_path):
    with pytest.raises(ImageError, match="is a directory"):
        load_image(tmp_path)


def test_a_bomb_is_refused_before_it_is_decoded(tmp_path, monkeypatch):
    path = tmp_path / "bomb.png"
    path.write_bytes(png_bomb(9000, 9000))
    monkeypatch.setattr(PIL.Image.Image, "load", lambda self: pytest.fail("decoded"))
    with pytest.raises(ImageError, match="too large"):
        load_image(path)


def test_a_side_that_resizing_makes_too_short_is_refused(tmp_path):
    path = stored(tmp_path, PIL.Image.new("RGB", (400, 40)))
    with pytest.raises(ImageError, match=r"at size 256 is 256×26 px.*use a larger size"):
        load_image(path, 256)
    with pytest.raises(ImageError, match="at size 256 is 256×26 px"):
        as_image(np.zeros((40, 400, 3), np.float32), 256)


def test_a_sample_is_found_by_name_and_a_file_comes_first(tmp_path, monkeypatch):
    np.testing.assert_array_equal(load_image("pagoda"), load_image(DATA / "content" / "pagoda.jpg"))
    monkeypatch.chdir(tmp_path)
    picture().save(tmp_path / "pagoda", "PNG")
    np.testing.assert_allclose(load_image("pagoda")[0, 0, 0] * 255, RED, atol=1e-4)


def test_an_unknown_name_lists_the_samples():
    with pytest.raises(ImageError, match=r"no file 'pagode'.*pagoda.*great_wave"):
        load_image("pagode")


@pytest.mark.parametrize(
    ("array", "message"),
    [
        (np.zeros((40, 40)), "has the shape"),
        (np.zeros((2, 40, 40, 3)), "has the shape"),
        (np.zeros((40, 40, 4), np.uint8), "has the shape"),
        (np.zeros((40, 40, 3), np.int32), "not int32"),
        (np.full((40, 40, 3), 255.0), r"lie in \[0, 1\]"),
        (np.full((40, 40, 3), np.nan), r"lie in \[0, 1\]"),
        (np.full((40, 40, 3), -0.1), r"lie in \[0, 1\]"),
        (np.zeros((0, 40, 3)), r"lie in \[0, 1\]"),
        (np.zeros((31, 40, 3)), "each side needs 32 px"),
        ("text", "no file 'text'"),
        ([[1]], "has the shape"),
    ],
)
def test_arrays_that_are_no_images_are_refused(array, message):
    with pytest.raises(ImageError, match=message):
        as_image(array)


def test_arrays_of_both_shapes_and_types_are_images():
    pixels = np.random.default_rng(0).integers(0, 256, (40, 48, 3), dtype=np.uint8)
    expected = (pixels / 255).astype(np.float32)[None]
    for array in (pixels, pixels[None], pixels / 255, (pixels / 255).astype(np.float32)):
        image = as_image(array)
        assert image.dtype == np.float32
        np.testing.assert_allclose(image, expected, atol=1e-7)


@pytest.mark.parametrize("ending", images.SAVE_OPTIONS)
def test_saving_keeps_the_format_asked_for_and_the_picture(tmp_path, ending):
    image = load_image("pagoda", 64)
    path = save_image(image, tmp_path / f"out{ending.upper()}")
    with PIL.Image.open(path) as file:
        assert file.format == images.SAVE_OPTIONS[ending][0]
    tolerance = 0 if ending in (".png", ".bmp", ".tif", ".tiff") else 12 / 255
    assert np.abs(load_image(path) - image).mean() <= tolerance
    assert [file.name for file in tmp_path.iterdir()] == [path.name]  # no temporary file stays


def test_saving_rounds_to_the_nearest_of_8_bits(tmp_path):
    image = np.full((1, 32, 32, 3), 0.999, np.float32)  # 254.7
    np.testing.assert_array_equal(load_image(save_image(image, tmp_path / "x.png")), 1)


def test_a_failed_save_leaves_the_old_picture(tmp_path, monkeypatch):
    path = save_image(np.zeros((32, 32, 3)), tmp_path / "x.png")
    before = path.read_bytes()

    def disk_full(self, file, *args, **kwargs):
        file.write(b"half a picture")
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(PIL.Image.Image, "save", disk_full)
    with pytest.raises(ImageError, match="No space left"):
        save_image(np.ones((32, 32, 3)), path)
    assert path.read_bytes() == before
    assert [file.name for file in tmp_path.iterdir()] == ["x.png"]


@pytest.mark.parametrize(
    ("name", "message"),
    [("x.xyz", "the name must end in .png"), ("x", "the name must end in"), ("no/x.png", "there is no folder")],
)
def test_places_that_cannot_be_written_are_refused(tmp_path, name, message):
    with pytest.raises(ImageError, match=message):
        save_image(np.zeros((32, 32, 3)), tmp_path / name)


def test_saving_over_a_directory_is_refused(tmp_path):
    (tmp_path / "x.png").mkdir()
    with pytest.raises(ImageError, match="is a directory"):
        save_image(np.zeros((32, 32, 3)), tmp_path / "x.png")


def test_nan_is_not_saved(tmp_path):
    with pytest.raises(ImageError, match="NaN"):
        save_image(np.full((32, 32, 3), np.nan), tmp_path / "x.png")


def test_pictures_load_without_tensorflow():
    code = "import sys, course_utils; course_utils.load_image('pagoda'); assert 'tensorflow' not in sys.modules"
    subprocess.run([sys.executable, "-c", code], check=True)


def test_bytes_are_read_as_the_file_they_come_from():
    path = find_image("cat")
    assert np.array_equal(load_image(Upload("an upload", path.read_bytes()), 64), load_image(path, 64))


@pytest.mark.parametrize(("data", "message"), [(b"", "is empty"), (b"text", "not a picture"), (b"\xff\xd8\xff", "")])
def test_bytes_that_are_no_picture_are_refused_by_the_name_given(data, message):
    with pytest.raises(ImageError, match=f"^an upload .*{message}"):
        load_image(Upload("an upload", data))
