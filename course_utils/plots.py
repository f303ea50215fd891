"""Figures of the lessons, each with a text alternative."""

import base64
import io
import itertools
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import matplotlib
import numpy as np
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator
from PIL import Image

from .errors import CourseError

STYLE = {
    "font.size": 11,
    "axes.titlesize": 11,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "figure.constrained_layout.use": True,
    "lines.linewidth": 2,
}
# Okabe and Ito 2008: the colour-blind can tell them apart, too; each with its own dashes
LINES = [("#0072B2", "-", 2), ("#D55E00", "--", 2), ("#009E73", ":", 2.5), ("#000000", "-", 1), ("#CC79A7", "-.", 2)]


class Shown:
    """A figure that a notebook displays, with a text alternative for those who cannot see it."""

    def __init__(self, figure: Figure, alt: str, photographic: bool = False) -> None:
        """Take the figure, and the text that says what it shows; photographic ones are stored as small JPEGs."""
        self.figure, self.alt, self.format = figure, alt, "jpeg" if photographic else "png"

    def _repr_mimebundle_(self, **_: Any) -> tuple[dict, dict]:
        buffer, mime = io.BytesIO(), f"image/{self.format}"
        options = {"pil_kwargs": {"quality": 90}} if self.format == "jpeg" else {}
        self.figure.savefig(buffer, format=self.format, dpi=100, **options)
        picture = base64.b64encode(buffer.getvalue()).decode()
        return {mime: picture, "text/plain": self.alt}, {mime: {"alt": self.alt}}


def show_images(images: Mapping[str, np.ndarray], alt: str, columns: int = 3, width: float = 3.3) -> Shown:
    """Show images side by side under their titles.

    Args:
        images: `{title: image}`, each `(1, H, W, 3)` or `(H, W, 3)` in [0, 1].
        alt: the text alternative.
        columns: pictures in a row, at most.
        width: of one picture, in inches.
    """
    columns = min(columns, len(images))
    rows = -(-len(images) // columns)
    tallest = max(image.shape[-3] / image.shape[-2] for image in images.values())
    with matplotlib.rc_context(STYLE):
        figure = Figure(figsize=(width * columns, (width * tallest + 0.35) * rows))
        for axes in figure.subplots(rows, columns, squeeze=False).flat:
            axes.axis("off")
        for axes, (title, image) in zip(figure.axes, images.items(), strict=False):
            axes.imshow(np.clip(np.reshape(image, np.shape(image)[-3:]), 0, 1), interpolation="antialiased")
            axes.set_title(title)
    return Shown(figure, alt, photographic=True)


def plot_lines(
    lines: Mapping[str, tuple[Sequence, Sequence]],
    title: str,
    xlabel: str,
    ylabel: str,
    alt: str,
    log: bool = False,
    marks: Mapping[float, str] | None = None,
) -> Shown:
    """Plot up to five lines.

    Args:
        lines: `{label: (x values, y values)}`; values that are not finite leave a gap.
        title, xlabel, ylabel: of the figure and its axes.
        alt: the text alternative.
        log: whether the y axis is logarithmic.
        marks: `{x: text}`, each a vertical line.

    Raises:
        CourseError: more lines than there are colours.
    """
    if len(lines) > len(LINES):
        raise CourseError(f"{len(lines)} lines in a plot: more than {len(LINES)} cannot be told apart")
    with matplotlib.rc_context(STYLE):
        figure = Figure(figsize=(7.5, 3.8))
        axes = figure.subplots()
        for (label, (x, y)), (color, dashes, width) in zip(lines.items(), LINES, strict=False):
            axes.plot(x, y, linestyle=dashes, color=color, label=label, linewidth=width)
        for x, text in (marks or {}).items():
            axes.axvline(x, color="0.6", linewidth=1)
            axes.text(x, 0.98, f" {text}", transform=axes.get_xaxis_transform(), va="top", color="0.35")
        axes.set(xlabel=xlabel, ylabel=ylabel, title=title, yscale="log" if log else "linear")
        if all(isinstance(each, int) for x, _ in lines.values() for each in x):
            axes.xaxis.set_major_locator(MaxNLocator(integer=True, steps=[1, 2, 5, 10]))
        axes.legend(loc="center left", bbox_to_anchor=(1.0, 0.5), frameon=False)
    return Shown(figure, alt)


def plot_losses(history: Sequence, alpha: float, beta: float, gamma: float, alt: str) -> Shown:
    """Plot the terms α·L_content, β·L_style and γ·L_tv and their sum against the steps, on a logarithmic axis.

    Args:
        history: the steps of a run, as `Transfer.history` holds them.
        alpha, beta, gamma: the run's weights.
        alt: the text alternative.
    """
    steps = [step.index for step in history]
    terms = {
        "α·content": [alpha * step.losses.content for step in history],
        "β·style": [beta * step.losses.style for step in history],
        "γ·total variation": [gamma * step.losses.tv for step in history],
        "total": [step.losses.total for step in history],
    }
    enlarged = {b.index: f"{b.size[1]} px wide" for a, b in itertools.pairwise(history) if a.size != b.size}
    lines = {label: (steps, values) for label, values in terms.items()}
    return plot_lines(
        lines, "The weighted terms of the objective", "step", "part of the loss", alt, log=True, marks=enlarged
    )


def plot_paths(
    loss: Callable, paths: Mapping[str, Sequence], alt: str, bounds: tuple[float, float, float, float]
) -> Shown:
    """Draw paths over the contour lines of a loss of two numbers, side by side.

    Args:
        loss: takes arrays x and y, and returns an array.
        paths: `{title: points}`, the points of shape `(n, 2)`.
        alt: the text alternative.
        bounds: least and largest x, least and largest y.
    """
    left, right, bottom, top = bounds
    x, y = np.meshgrid(np.linspace(left, right, 121), np.linspace(bottom, top, 121))
    with matplotlib.rc_context(STYLE):
        figure = Figure(figsize=(3.6 * len(paths), 3.1))
        panels = figure.subplots(1, len(paths), squeeze=False)[0]
        for axes, (title, points) in zip(panels, paths.items(), strict=True):
            axes.contour(x, y, np.sqrt(loss(x, y)), levels=12, colors="0.75", linewidths=0.8)
            axes.plot(*np.transpose(points), "o-", color=LINES[0][0], markersize=3.5, linewidth=1.2)
            axes.plot(*points[0], "s", color=LINES[1][0], markersize=7)
            axes.plot(0, 0, "*", color=LINES[3][0], markersize=11)
            axes.set(xlim=(left, right), ylim=(bottom, top), xlabel="$x_1$", ylabel="$x_2$", title=title)
    return Shown(figure, alt)


def show_matrices(
    matrices: Mapping[str, np.ndarray], label: str, alt: str, names: Sequence | None = None, width: float = 4.2
) -> Shown:
    """Show matrices side by side, on one colour scale, with one colour bar.

    Args:
        matrices: `{title: matrix}`, two-dimensional.
        label: what the colours measure.
        alt: the text alternative.
        names: labels of the rows and the columns; None: their numbers.
        width: of one matrix, in inches.
    """
    values = np.concatenate([np.ravel(matrix) for matrix in matrices.values()])
    with matplotlib.rc_context(STYLE):
        figure = Figure(figsize=(width * len(matrices) + 0.9, width))
        panels = figure.subplots(1, len(matrices), squeeze=False)[0]
        for axes, (title, matrix) in zip(panels, matrices.items(), strict=True):
            drawn = axes.imshow(matrix, cmap="viridis", vmin=values.min(), vmax=values.max())
            axes.set_title(title)
            if names is not None:
                axes.set_xticks(range(len(names)), names, fontsize=8, rotation=90)
                axes.set_yticks(range(len(names)), names, fontsize=8)
        figure.colorbar(drawn, ax=list(panels), label=label)
    return Shown(figure, alt)


def signed_image(values: np.ndarray, largest: float) -> np.ndarray:
    """Turn values of either sign into a picture: 0 is grey, ±`largest` and beyond are white and black."""
    return np.clip(0.5 + 0.5 * values / max(largest, 1e-12), 0, 1)


def data_url(image: np.ndarray) -> str:
    """Encode an image `(1, H, W, 3)` in [0, 1] as a JPEG data URL, for `<img src=…>`."""
    buffer = io.BytesIO()
    pixels = np.round(np.clip(np.reshape(image, np.shape(image)[-3:]), 0, 1) * 255).astype(np.uint8)
    Image.fromarray(pixels).save(buffer, "jpeg", quality=90)
    return f"data:image/jpeg;base64,{base64.b64encode(buffer.getvalue()).decode()}"
