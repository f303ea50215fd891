"""What a run is made of: several paintings, masks, the protected subject; and the run that they lead to."""

import numpy as np
import PIL.Image
import pytest

from course_utils import Options, Transfer, load_image, stylize
from course_utils.colour import luminance
from course_utils.device import tf
from course_utils.errors import ImageError, OptionError
from course_utils.features import VGG_STYLE, FeatureExtractor
from course_utils.gram import gram_matrix, style_distance
from course_utils.masks import load_mask
from course_utils.objective import Objective
from course_utils.scene import Style, compose, mixed

QUICK = {"size": 64, "steps": 4, "network": "vgg19-random"}


def test_an_empty_region_is_named():
    nothing = np.zeros((43, 64))
    with pytest.raises(OptionError, match="mask 2 is empty"):
        compose("cat", ["great_wave", "summertime"], Options(**QUICK, masks=("left", nothing)))
    with pytest.raises(OptionError, match="the rest, which the masks leave for the last painting, is empty"):
        compose("cat", ["great_wave", "summertime"], Options(**QUICK, masks=(nothing + 1,)))
    with pytest.raises(OptionError, match=r"mask 1 \(left\) without the protected part is empty"):
        compose("cat", "great_wave", Options(**QUICK, masks=("left",), protect=load_mask("left", 43, 64) > 0))


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"masks": ("left", "right", "top")}, "3 given, paintings: 2"),
        ({"style_mix": (1.0, 1.0, 1.0)}, "one for each painting"),
        ({"style_scale": (1.0, 1.0, 1.0)}, "one for each painting"),
        ({"style_scale": (8.0,), "size": 2048}, "the limit is 8192: use a smaller size or style_scale"),
    ],
)
def test_numbers_that_do_not_fit_the_paintings_are_refused(changes, message):
    with pytest.raises((OptionError, ImageError), match=message):
        compose("cat", ["great_wave", "summertime"], Options(**QUICK | changes))
    with pytest.raises(OptionError, match="at least one painting"):
        compose("cat", [], Options(**QUICK))


def test_weights_without_masks_are_divided_by_their_sum():
    assert mixed([1, 3], [None, None]) == [0.25, 0.75]
    assert mixed([5], [None]) == [1]


def test_weights_of_regions_are_their_areas():
    left, right = load_mask("left", 40, 60), load_mask("right", 40, 60)
    assert mixed([1, 1], [left, right]) == pytest.approx([0.5, 0.5])
    assert mixed([1], [left]) == pytest.approx([0.5])
    assert mixed([2, 1], [left, right]) == pytest.approx([0.5, 0.25])


@pytest.mark.parametrize("place", [0, 1])
def test_a_painting_with_all_the_weight_is_the_only_one_exactly(place):
    styles = ["great_wave", "summertime"]
    mix = tuple(float(k == place) for k in range(2))
    both = stylize("cat", styles, **QUICK, style_mix=mix)
    np.testing.assert_array_equal(both, stylize("cat", styles[place], **QUICK))


def test_a_guided_gram_matrix_is_that_of_the_region(random_image):
    F = random_image(6, 8)
    mask = np.zeros((1, 6, 8, 1))
    mask[:, :, :3] = 1
    np.testing.assert_allclose(gram_matrix(F, mask), gram_matrix(F[:, :, :3]), atol=1e-12)


def test_masks_that_add_up_to_one_share_the_gram_matrix_out(random_image):
    F, mask = random_image(6, 8), np.random.default_rng(1).uniform(size=(1, 6, 8, 1))
    shares = mask.mean() * gram_matrix(F, mask) + (1 - mask).mean() * gram_matrix(F, 1 - mask)
    np.testing.assert_allclose(shares, gram_matrix(F), atol=1e-12)
    np.testing.assert_allclose(gram_matrix(F, 0 * mask + 0.3), gram_matrix(F), atol=1e-12)


def test_the_gradient_with_masks_is_that_of_finite_differences(small_network, random_image):
    mask = np.random.default_rng(5).uniform(size=(1, 8, 8, 1))
    styles = [Style(random_image(8, 6, 2), 0.4, mask), Style(random_image(10, 8, 3), 0.6, 1 - mask)]
    layers = {"first": 1.0, "second": 2.0}
    extract = FeatureExtractor(small_network, list(layers))
    objective = Objective(extract, random_image(8, 8, 1), styles, ["second"], layers, 1.0, 2.0, 0.5)
    x, h = random_image(8, 8, 4), 1e-6
    gradient = objective.losses_and_gradient(tf.constant(x))[1].numpy()
    for place in np.random.default_rng(6).integers((1, 8, 8, 3), size=(12, 4)):
        shift = np.zeros_like(x)
        shift[tuple(place)] = h
        up, down = (objective.losses(tf.constant(x + sign * shift)).total for sign in (1, -1))
        assert gradient[tuple(place)] == pytest.approx(float(up - down) / (2 * h), rel=1e-4, abs=1e-8)


def test_each_half_gets_its_own_paintings_gram_matrix():
    """Closer to its own than to the other's: at most half the distance, where a layer does not see both halves."""
    styles, layers = ["great_wave", "cafe_terrace_at_night"], [layer for layer in VGG_STYLE if layer != "conv5_1"]
    image = stylize("cat", styles, size=160, steps=60, beta=50.0, masks=("left", "right"))
    extract = FeatureExtractor("vgg19", layers)
    middle = image.shape[2] // 2
    halves = [extract(image[:, :, : middle - 8]), extract(image[:, :, middle + 8 :])]
    own = [
        {layer: gram_matrix(F) for layer, F in extract(load_image(style, shortest=image.shape[1])).items()}
        for style in styles
    ]
    for layer in layers:
        for place in range(2):
            G = gram_matrix(halves[place][layer])
            near, far = (float(style_distance(G, own[k][layer])) for k in (place, 1 - place))
            assert near < 0.5 * far, (layer, place, near, far)


def test_what_is_protected_stays_and_the_rest_does_not():
    photo = load_image("cat", 64)
    keep = load_mask("middle", *photo.shape[1:3])
    image = stylize("cat", "great_wave", **QUICK | {"levels": 1}, protect="middle")
    whole = keep[0, ..., 0] == 1
    np.testing.assert_allclose(image[0][whole], photo[0][whole], atol=1e-6)
    assert np.abs(image - photo)[0][keep[0, ..., 0] == 0].mean() > 0.01
    assert (np.abs(image - photo) <= 1 - keep + 1e-6).all()


@pytest.mark.parametrize("init", ["noise", "style"])
@pytest.mark.parametrize("color", ["style", "luminance"])
def test_the_protected_part_is_the_photo_whatever_the_start_and_the_sizes(init, color):
    photo = load_image("cat", 64)
    keep = load_mask("middle", *photo.shape[1:3])[0, ..., 0] == 1
    image = stylize("cat", "great_wave", **QUICK, protect="middle", init=init, color=color)
    np.testing.assert_allclose(image[0][keep], photo[0][keep], atol=1e-5)


def test_the_protected_part_is_the_photo_in_the_middle_of_a_run_too():
    """From noise, at a coarse size: what is handed out is enlarged, and no coarse size holds the photo's detail."""
    photo = load_image("cat", 96)
    keep = load_mask("middle", *photo.shape[1:3])[0, ..., 0] == 1
    run = Transfer("cat", "great_wave", **QUICK | {"size": 96}, protect="middle", init="noise")
    assert next(run).size != photo.shape[1:3]
    np.testing.assert_allclose(run.image[0][keep], photo[0][keep], atol=1e-6)


def test_luminance_mode_optimises_one_channel_and_keeps_the_photos_colours():
    run = Transfer("cat", "great_wave", **QUICK, color="luminance")
    for step in run:
        assert step.size[0] * step.size[1] > 0
    photo, image = load_image("cat", 64), run.image
    assert run.stage.x.shape[-1] == 1
    np.testing.assert_allclose(luminance(image), run.stage.best, atol=1e-5)  # the luminance is what the run has made
    assert np.abs(luminance(image) - luminance(photo)).mean() > 0.005
    chroma, own = image - luminance(image), photo - luminance(photo)
    assert (np.linalg.norm(chroma, axis=-1) <= np.linalg.norm(own, axis=-1) + 1e-5).all()  # paler, never another hue


def test_a_grey_picture_counts_as_three_equal_channels(small_network, random_image):
    extract = FeatureExtractor(small_network, ["first"])
    grey = random_image(6, 8)[..., :1]
    np.testing.assert_array_equal(extract(grey)["first"], extract(np.repeat(grey, 3, -1))["first"])


def test_style_scale_is_the_paintings_shorter_side_in_the_photos():
    scene = compose("cat", ["great_wave", "summertime"], Options(**QUICK, style_scale=(2.0, 0.75)))
    assert scene.photo.shape[1:3] == (43, 64)
    assert [min(style.image.shape[1:3]) for style in scene.styles] == [86, 32]
    own = compose("cat", "great_wave", Options(size=None, style_scale=(0.5,)))
    assert min(own.styles[0].image.shape[1:3]) == round(min(load_image("great_wave").shape[1:3]) / 2)


@pytest.mark.parametrize("shape", [(400, 40), (40, 400)], ids=["upright", "lying"])
def test_a_scroll_is_taken_with_strokes_of_the_photos_scale(shape, random_image):
    scroll = random_image(*shape)
    scene = compose("pagoda", scroll, Options(size=96))  # 96×64
    assert sorted(scene.styles[0].image.shape[1:3]) == [64, 640]
    run = Transfer("pagoda", scroll, **QUICK)
    assert len(list(run)) == 4
    with pytest.raises(ImageError, match="40×31 px; each side needs 32 px"):
        compose("pagoda", random_image(31, 40), Options(size=None))


def test_a_painting_continued_to_the_side_is_the_same_style():
    """Its Gram targets are those of one canvas, but for the borders, which the deepest layers see from everywhere."""
    painting = load_image("great_wave", 512)
    painting = np.concatenate([painting, painting[:, :, ::-1]], axis=2)  # so that there is no seam
    extract = FeatureExtractor("vgg19-random", [*VGG_STYLE])
    once, twice = (
        extract(compose("pagoda", canvas, Options(size=256)).styles[0].image)
        for canvas in (painting, np.concatenate([painting, painting], axis=2))
    )
    off = {layer: float(style_distance(gram_matrix(twice[layer]), gram_matrix(once[layer]))) ** 0.5 for layer in once}
    assert off.pop("conv5_1") < 0.05  # its map is 11×32, and each position sees 132 px or more
    assert max(off.values()) < 0.02


GREY = np.random.default_rng(5).uniform(0.1, 0.9, (1, 48, 64, 1)).repeat(3, -1).astype(np.float32)


@pytest.mark.parametrize(
    ("painting", "changes"),
    [
        (GREY[:, ::-1, :40], {}),
        (GREY[:, ::-1, :40], {"brightness": "content", "levels": 2, "size": 96}),
        (GREY[:, ::-1, :40], {"optimizer": "adam"}),
        (GREY[:, ::-1, :40], {"init": "noise"}),
        ("great_wave", {"color": "match"}),
        ("great_wave", {"color": "match", "brightness": "style"}),
        ("great_wave", {"color": "luminance"}),
        (["great_wave", "summertime"], {"color": "match", "masks": ("left",)}),
    ],
    ids=str,
)
def test_grey_with_grey_gives_grey(painting, changes):
    """In every bit: all three channels are one."""
    image = stylize(GREY, painting, **QUICK | changes)
    np.testing.assert_array_equal(image, image[..., :1].repeat(3, -1))
    assert image.std() > 0.05


def test_a_grey_file_counts_as_grey(tmp_path):
    PIL.Image.fromarray(np.uint8(GREY[0, :, :, 0] * 255)).save(tmp_path / "grey.png")
    image = stylize(tmp_path / "grey.png", tmp_path / "grey.png", **QUICK)
    np.testing.assert_array_equal(image, image[..., :1].repeat(3, -1))


def test_a_grey_photo_gets_the_colours_of_a_painting_that_has_some():
    image = stylize(GREY, "great_wave", **QUICK)
    assert np.ptp(image, axis=-1).mean() > 0.01


def test_without_the_new_options_the_scene_is_the_two_pictures():
    scene = compose("cat", "great_wave", Options(**QUICK))
    np.testing.assert_array_equal(scene.content, load_image("cat", 64))
    np.testing.assert_array_equal(scene.styles[0].image, load_image("great_wave", 64))
    assert scene.styles[0].mask is None and scene.styles[0].weight == 1
    low, high = scene.bounds(scene.content.shape[1:3])
    assert low.max() == 0 and high.min() == 1


@pytest.mark.parametrize("shape", [(33, 257), (257, 33), (61, 47)])
def test_odd_sizes_and_extreme_aspects_work_with_everything_at_once(shape):
    photo = np.random.default_rng(0).uniform(size=(*shape, 3))
    image = stylize(
        photo,
        ["great_wave", "summertime"],
        **QUICK | {"size": max(shape), "levels": 3},
        masks=("left",),
        protect="middle",
        color="luminance",
        style_scale=(1.5, 1.0),
        style_mix=(1.0, 2.0),
    )
    assert image.shape == (1, *shape, 3)
    assert np.isfinite(image).all()
