"""Lesson 8's pictures: what a network was trained for, and whether it has to be trained at all.

    python -m tests.benchmarks.networks

Writes into data/results/ the sheets networks.jpg (three pairs at 384 px, by the edge detector and by VGG19, each with
the weights found for it), networks_random.jpg and networks_textures.jpg (VGG19 trained, and with random weights, at
256 px), each with its recipe as its comment, and the table networks.md. Takes about six minutes on two quiet cores.
"""

from collections.abc import Callable

import numpy as np
import PIL.Image

from course_utils import load_image
from course_utils.device import keras, tf
from course_utils.features import VGG_STYLE, FeatureExtractor, Network, caffe_preprocessing, load_network
from course_utils.gram import gram_matrix, style_distance
from course_utils.objective import content_loss
from course_utils.plots import show_images
from course_utils.samples import DATA

from .contact_sheet import LIMITS, draw, figures, finished, judged

RESULTS = DATA / "results"
PAIRS = [("astronaut", "great_wave"), ("cat", "composition_viii"), ("pagoda", "church_at_auvers")]
SETTINGS = {
    "vgg16-hed": {"network": "vgg16-hed", "beta": 36.0, "padding": "zero"},  # the course's default until VGG19 came
    "vgg19": {},
}
SIZE, SEEDS = 256, (0, 1, 2)
LAYERS = list(VGG_STYLE)
PAIR = ("pagoda", "great_wave")
PLANS = {  # of what is made with random weights, and its options
    "texture": {"alpha": 0.0, "init": "noise"},
    "picture": {},
    "picture, 4 β": {"beta": 22.0},
}


def trained_pairs() -> list[str]:
    """Run the three pairs by both trained networks, draw the sheet; return the table's lines."""
    rows = {name: [] for name in SETTINGS}
    lines = [
        "What VGG19 finds left of the squared Gram distance, in %, and the content loss at conv4_2:",
        "",
        f"| photo | painting | network | {' | '.join(LIMITS)} |",
        "|---|---|---|" + "---:|" * len(LIMITS),
    ]
    for pair in PAIRS:
        for name, options in SETTINGS.items():
            image = finished(*pair, **options)
            rows[name].append(PIL.Image.fromarray(np.uint8(image[0] * 255 + 0.5)))
            lines.append(f"| {' | '.join(pair)} | {name} | {figures(judged(image, *pair))} |")
            print(lines[-1], flush=True)
    recipe = f"above and below, for the pairs {PAIRS}: stylize(*pair, **options) with {SETTINGS}"
    draw(list(rows.values()), 384).save(RESULTS / "networks.jpg", quality=92, comment=recipe)
    return lines


def random_vgg19(seed: int) -> Network:
    """Draw weights for VGG19 as Keras does, uniform (Glorot and Bengio 2010): no bias, so their scale cancels in d."""
    keras.utils.set_random_seed(seed)
    model = keras.applications.VGG19(include_top=False, weights=None)
    return Network(model, caffe_preprocessing, ("conv4_2",), VGG_STYLE)


def pictures_of(content: str, style: str) -> tuple[np.ndarray, np.ndarray]:
    """Load both as a run does."""
    photo = load_image(content, SIZE)
    return photo, load_image(style, shortest=min(photo.shape[1:3]))


def even_weights(network: Network, content: str, style: str) -> dict[str, float]:
    """Weigh the style layers so that each pulls at the photo as hard as any other: w_l ∝ 1 / ‖∇r_l(photo)‖."""
    extract = FeatureExtractor(network, LAYERS, padding="mirror")
    photo, painting = map(tf.constant, pictures_of(content, style))
    A = {layer: gram_matrix(F) for layer, F in extract(painting).items()}
    with tf.GradientTape(persistent=True) as tape:
        tape.watch(photo)
        r = {layer: tf.math.log(style_distance(gram_matrix(F), A[layer])) for layer, F in extract(photo).items()}
    w = {layer: 1 / float(tf.norm(tape.gradient(r[layer], photo))) for layer in LAYERS}
    return {layer: value / sum(w.values()) for layer, value in w.items()}


def referee(name: str) -> Callable[[np.ndarray, str, str], list[float]]:
    """Make a judge: the share of the squared Gram distance left in each layer, and the content loss at conv4_2."""
    extract = FeatureExtractor(load_network(name), [*LAYERS, "conv4_2"], padding="mirror")

    def judge(image: np.ndarray, content: str, style: str) -> list[float]:
        photo, painting = pictures_of(content, style)
        x, c, s = map(extract, (image, photo, painting))
        G, G0, A = ([gram_matrix(each[layer]) for layer in LAYERS] for each in (x, c, s))
        left = [float(style_distance(g, a) / style_distance(g0, a)) for g, g0, a in zip(G, G0, A, strict=True)]
        return [*left, float(content_loss(x["conv4_2"], c["conv4_2"]))]

    return judge


def random_pairs() -> list[str]:
    """Run VGG19 trained and random, each with even weights; draw both sheets; return the table's lines."""
    networks = {"trained": load_network("vgg19")} | {f"random, seed {seed}": random_vgg19(seed) for seed in SEEDS}
    judges = {name: referee(name) for name in ("vgg19", "vgg16-hed")}
    lines = [
        "",
        f"VGG19 with even style weights at {SIZE} px, 65 steps, judged by VGG19 and by the edge detector (HED).",
        "Style: what is left of the squared Gram distance, in %, the mean of the five layers. Content: at conv4_2.",
        "",
        "| what | network | style, VGG19 | of it conv1_1 | conv5_1 | content, VGG19 | style, HED | content, HED |",
        "|---|---|" + "---:|" * 6,
    ]
    even = {name: even_weights(network, *PAIR) for name, network in networks.items()}
    sheets = {}
    for what, options in PLANS.items():
        for name, network in networks.items():
            layers = {"style_layers": tuple(even[name]), "style_weights": tuple(even[name].values())}
            image = finished(*PAIR, network=network, size=SIZE, **layers, **options)
            sheets[what, name] = image
            v, h = (judge(image, *PAIR) for judge in judges.values())
            shares = " | ".join(f"{100 * share:.1f}" for share in (np.mean(v[:5]), v[0], v[4]))
            hed = f"{100 * np.mean(h[:5]):.1f} | {h[5]:.2f}"
            lines.append(f"| {what} | {name} | {shares} | {v[5]:.2f} | {hed} |")
            print(lines[-1], flush=True)
    for sheet, wanted in (("random", ("picture", "picture, 4 β")), ("textures", ("texture",))):
        shown = {
            f"{name}{what[7:]}": image
            for (what, name), image in sheets.items()
            if what in wanted and name != "random, seed 0"
        }
        figure = show_images(shown, sheet, columns=3, width=2.75).figure
        recipe = f"python -m tests.benchmarks.networks: {PAIR}, size={SIZE}, {PLANS}, even style weights {even}"
        options = {"quality": 92, "comment": recipe}
        figure.savefig(RESULTS / f"networks_{sheet}.jpg", dpi=100, pil_kwargs=options)
    lines += ["", "Even weights of the style layers, w_l ∝ 1 / ‖∇r_l(photo)‖:", ""]
    lines += [f"| network | {' | '.join(LAYERS)} |", "|---|" + "---:|" * len(LAYERS)]
    for name in networks:
        lines.append(f"| {name} | {' | '.join(f'{w:.2f}' for w in even[name].values())} |")
    return lines


def main() -> None:
    """Draw the sheets, and write the table."""
    lines = trained_pairs() + random_pairs()
    (RESULTS / "networks.md").write_text("\n".join(lines) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
