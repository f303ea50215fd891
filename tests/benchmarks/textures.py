"""What statistics of features know of a picture: lesson 3's textures, each grown from noise in the same 400 steps.

    python -m tests.benchmarks.textures

Writes into data/results/ the sheets textures.jpg (style layers added one by one), statistics.jpg (four statistics of
the same five layers) and bricks.jpg (a wall, and what its Gram matrices keep of it), each with its recipe as its
comment, and the table textures.md. Takes about ten minutes on two quiet cores.
"""

from collections.abc import Callable, Sequence

import numpy as np

from course_utils import load_image
from course_utils.descent import make_rule
from course_utils.device import tf
from course_utils.features import VGG_STYLE, FeatureExtractor
from course_utils.gram import gram_matrix, style_distance
from course_utils.plots import show_images
from course_utils.samples import DATA

SIZE, STEPS, SEED = 256, 400, 0
LAYERS = list(VGG_STYLE)
Statistic = Callable[[tf.Tensor], tf.Tensor]


def flat(F: tf.Tensor) -> tf.Tensor:
    """Flatten the positions."""
    return tf.reshape(F, (-1, F.shape[-1]))


def covariance(F: tf.Tensor) -> tf.Tensor:
    """Compute the Gram matrix of the features less their means, `(C, C)`."""
    return gram_matrix(flat(F) - tf.reduce_mean(flat(F), axis=0))


def diagonal(F: tf.Tensor) -> tf.Tensor:
    """Compute the diagonal of the Gram matrix, each channel's mean square, `(C,)`."""
    return tf.reduce_mean(tf.square(flat(F)), axis=0)


def mean_and_deviation(F: tf.Tensor) -> tf.Tensor:
    """Compute each channel's mean and standard deviation, `(2, C)`."""
    mean, variance = tf.nn.moments(flat(F), axes=[0])
    return tf.stack([mean, tf.sqrt(variance + 1e-8)])


STATISTICS: dict[str, Statistic] = {
    "Gram matrix": gram_matrix,
    "covariance": covariance,
    "diagonal of the Gram matrix": diagonal,
    "mean and standard deviation": mean_and_deviation,
}


def extractor(layers: Sequence[str]) -> FeatureExtractor:
    """Cut VGG19 at some layers; mirrored borders leave no frame."""
    return FeatureExtractor("vgg19", layers, padding="mirror")


def texture(target: np.ndarray, layers: Sequence[str], statistic: Statistic) -> tuple[np.ndarray, list[float]]:
    """Grow a texture of the target's size; return it, and the smallest loss so far after each step.

    The loss is the mean over the layers of ‖s − s_target‖² / ‖s_target‖².
    """
    extract = extractor(layers)
    targets = {layer: statistic(F) for layer, F in extract(target).items()}

    @tf.function
    def downhill(x: tf.Tensor) -> tuple[tf.Tensor, tf.Tensor]:
        with tf.GradientTape() as tape:
            tape.watch(x)
            features = extract(x)
            distances = [style_distance(statistic(features[layer]), targets[layer]) for layer in layers]
            loss = tf.add_n(distances) / len(distances)
        return loss, tape.gradient(loss, x)

    x = tf.constant(noise(target.shape))
    rule, losses = make_rule("lbfgs"), []
    for _ in range(STEPS):
        loss, gradient = downhill(x)
        losses.append(float(loss))
        x = rule.update(x, losses[-1], gradient)
    return np.asarray(rule.accepted[0]), list(np.minimum.accumulate(losses))


def noise(shape: tuple[int, ...]) -> np.ndarray:
    """Draw weak noise around grey: of strong noise some grain would be left to which the layers are nearly blind."""
    return np.random.default_rng(SEED).uniform(0.45, 0.55, shape).astype(np.float32)


def wall(size: int = SIZE, brick: tuple[int, int] = (32, 64), mortar: int = 4) -> np.ndarray:
    """Lay bricks of some (height, width) in pixels, each course shifted by half a brick, `(1, size, size, 3)`."""
    generator = np.random.default_rng(SEED)
    row, column = np.indices((size, size))
    course = row // brick[0]
    column = column + course % 2 * brick[1] // 2
    tone = generator.uniform(0.85, 1.1, (size, size))[course, column // brick[1]]
    joint = (row % brick[0] < mortar) | (column % brick[1] < mortar)
    colours = np.where(joint[..., None], [0.82, 0.80, 0.76], tone[..., None] * [0.66, 0.29, 0.20])
    return np.clip(colours + generator.normal(0, 0.02, (size, size, 1)), 0, 1)[np.newaxis].astype(np.float32)


def left(x: np.ndarray, target: np.ndarray) -> list[float]:
    """Compute ‖G − A‖² / ‖A‖² in each of the five layers."""
    extract = extractor(LAYERS)
    F, S = extract(x), extract(target)
    return [float(style_distance(gram_matrix(F[layer]), gram_matrix(S[layer]))) for layer in LAYERS]


def skewness(F: tf.Tensor) -> np.ndarray:
    """Compute the third standardised moment of each channel, `(C,)`, as good as 0 where a channel hardly fires."""
    f = flat(F).numpy().astype(float)
    return np.mean(((f - f.mean(0)) / (f.std(0) + 0.01 * f.std())) ** 3, axis=0)


def lopsided(x: np.ndarray, target: np.ndarray) -> float:
    """Compute by how much the skewness of a channel differs, the mean over channels and then layers."""
    F, S = map(extractor(LAYERS), (x, target))
    return float(np.mean([np.abs(skewness(F[layer]) - skewness(S[layer])).mean() for layer in LAYERS]))


def nearest(x: np.ndarray, target: np.ndarray, side: int = 12) -> float:
    """Compute which share of the contrast in patches of x the most similar patches of the target do not explain.

    Contrast is the squared distance from the target's mean colour, summed over many patches: without it a picture that
    is nearly plain would look like a good one.
    """
    P, Q = (
        (_patches(each, side)[::step, ::step].reshape(-1, side * side * 3))
        for each, step in ((x - target.mean((0, 1, 2)), 5), (target - target.mean((0, 1, 2)), 1))
    )
    squares = np.sum(P**2, axis=1)[:, np.newaxis] + np.sum(Q**2, axis=1) - 2 * P @ Q.T
    return float(squares.min(axis=1).sum() / np.sum(P**2))


def _patches(x: np.ndarray, side: int) -> np.ndarray:
    """Return all patches, `(rows, columns, side, side, 3)`."""
    return np.lib.stride_tricks.sliding_window_view(x[0], (side, side), axis=(0, 1)).transpose(0, 1, 3, 4, 2)


def repetition(x: np.ndarray, pixels: int) -> list[float]:
    """Correlate the picture's brightness with itself, moved by some pixels: to the right, and down."""
    grey = x[0].mean(-1)
    pairs = (grey[:, pixels:], grey[:, :-pixels]), (grey[pixels:], grey[:-pixels])
    return [float(np.corrcoef(one.ravel(), other.ravel())[0, 1]) for one, other in pairs]


def draw(name: str, pictures: dict[str, np.ndarray], columns: int, recipe: str) -> None:
    """Write a sheet, with titles, and its recipe as its comment."""
    figure = show_images(pictures, name, columns, width=2.75).figure
    figure.savefig(DATA / "results" / name, dpi=100, pil_kwargs={"quality": 92, "comment": recipe})


def layers_table(wave: np.ndarray) -> tuple[dict[str, np.ndarray], list[str]]:
    """Add the layers one by one; return the textures, and the lines of the table."""
    pictures = {"the print": wave}
    lines = [
        "What is left of the squared distance between the Gram matrices, ‖G − A‖² / ‖A‖², in % and layer by layer;",
        f"in brackets where the layer was not asked for. Hokusai's print, {wave.shape[2]} px wide:",
        "",
        f"| texture from | {' | '.join(LAYERS)} | mean, asked for | after {STEPS // 2} steps |",
        "|---|" + "---:|" * (len(LAYERS) + 2),
    ]
    for count in range(1, len(LAYERS) + 1):
        title = "conv1_1 alone" if count == 1 else f"… up to {LAYERS[count - 1]}"
        pictures[title], losses = texture(wave, LAYERS[:count], gram_matrix)
        d = [f"{100 * value:.2f}" for value in left(pictures[title], wave)]
        cells = d[:count] + [f"({value})" for value in d[count:]]
        mean, half = 100 * losses[-1], 100 * losses[STEPS // 2 - 1]
        lines.append(f"| {title} | {' | '.join(cells)} | {mean:.3f} | {half:.3f} |")
        print(lines[-1], flush=True)
    return pictures, lines


def statistics_table(wave: np.ndarray, gram: np.ndarray) -> tuple[dict[str, np.ndarray], list[str]]:
    """Match four statistics of the five layers (the first of them has been); return the textures and the lines."""
    pictures = {"Gram matrix": gram}
    pictures |= {name: texture(wave, LAYERS, each)[0] for name, each in list(STATISTICS.items())[1:]}
    lines = [
        "",
        f"The same print, start, layers and {STEPS} steps, with other statistics. Judged by two numbers that none of",
        "them minimises: the share of the contrast in patches of 12 × 12 px that the most similar patch of the print",
        "leaves unexplained, and how much the skewness of a channel differs from the print's (mean over channels and",
        "layers):",
        "",
        "| matched | nearest patch | skewness |",
        "|---|---:|---:|",
    ]
    church = load_image("church_at_auvers", shortest=wave.shape[2])[:, -wave.shape[1] :]
    others = {"nothing: the print, mirrored": wave[:, :, ::-1], "nothing: van Gogh's church": church}
    for name, x in (pictures | others | {"nothing: the noise at the start": noise(wave.shape)}).items():
        lines.append(f"| {name} | {nearest(x, wave):.3f} | {lopsided(x, wave):.2f} |")
        print(lines[-1], flush=True)
    return pictures, lines


def bricks_table() -> tuple[dict[str, np.ndarray], list[str]]:
    """Grow a texture from a brick wall; return both, and the lines of the table."""
    bricks = wall()
    pictures = {"a brick wall": bricks, "its Gram matrices, all five": texture(bricks, LAYERS, gram_matrix)[0]}
    lines = [
        "",
        "A brick wall with a period of 64 px, and the texture that its Gram matrices give: how brightness correlates",
        "with itself, moved by one period.",
        "",
        "| picture | 64 px to the right | 64 px down | squared distance left, mean of the layers, in % |",
        "|---|---:|---:|---:|",
    ]
    for title, x in pictures.items():
        across, down = repetition(x, 64)
        lines.append(f"| {title} | {across:.2f} | {down:.2f} | {100 * np.mean(left(x, bricks)):.2f} |")
        print(lines[-1], flush=True)
    return pictures, lines


def main() -> None:
    """Grow the textures, draw the sheets, and write the tables."""
    wave = load_image("great_wave", SIZE)
    recipe = (
        f"python -m tests.benchmarks.textures: {STEPS} steps of L-BFGS from noise in [0.45, 0.55], seed {SEED}, on"
    )
    textures, lines = layers_table(wave)
    draw("textures.jpg", textures, 3, f"{recipe} the Gram matrices of the layers named")
    statistics, more = statistics_table(wave, textures[list(textures)[-1]])
    draw("statistics.jpg", statistics, 2, f"{recipe} the statistic named, of {', '.join(LAYERS)}")
    bricks, last = bricks_table()
    draw("bricks.jpg", bricks, 2, f"{recipe} the Gram matrices of {', '.join(LAYERS)}")
    (DATA / "results" / "textures.md").write_text("\n".join(lines + more + last) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
