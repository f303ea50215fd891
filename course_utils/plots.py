"""Figures of the lessons, each with a text alternative."""

import base64
import io
import itertools
from collections.abc import Mapping, Sequence
from typing import Any

import matplotlib
import numpy as np
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator

STYLE = {
    "font.size": 11,
    "axes.titlesize": 11,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "figure.constrained_layout.use": True,
    "lines.linewidth": 2,
}
# Okabe and Ito 2008: told apart by the colour-blind, too; each also has a line style of its own
LINES = {"content": ("#0072B2", "-"), "style": ("#D55E00", "--"), "tv": ("#009E73", ":"), "total": ("#000000", "-")}


class Shown:
    """A figure that a notebook displays, with a text in its place for who cannot see it."""

    def __init__(self, figure: Figure, alt: str, photographic: bool = False) -> None:
        """Take the figure, and the text that says what it shows; photographic ones are kept small, as JPEG."""
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
            axes.imshow(np.clip(np.reshape(image, np.shape(image)[-3:]), 0, 1), interpolation="nearest")
            axes.set_title(title)
    return Shown(figure, alt, photographic=True)


def plot_losses(history: Sequence, alpha: float, beta: float, gamma: float, alt: str) -> Shown:
    """Plot the terms α·L_content, β·L_style and γ·L_tv and their sum against the steps, on a logarithmic axis.

    Args:
        history: the steps of a run, as `Transfer.history` holds them.
        alpha, beta, gamma: the run's weights.
        alt: the text alternative.
    """
    steps = [step.index for step in history]
    names = {"content": "α·content", "style": "β·style", "tv": "γ·total variation", "total": "total"}
    weights = {"content": alpha, "style": beta, "tv": gamma, "total": 1.0}
    with matplotlib.rc_context(STYLE):
        figure = Figure(figsize=(7.5, 3.8))
        axes = figure.subplots()
        for name, label in names.items():
            color, dashes = LINES[name]
            values = [weights[name] * getattr(step.losses, name) for step in history]
            axes.plot(steps, values, dashes, color=color, label=label, linewidth=1 if name == "total" else 2)
        for before, after in itertools.pairwise(history):
            if before.size != after.size:
                axes.axvline(after.index, color="0.6", linewidth=1)
                text = f" {after.size[1]} px wide"
                axes.text(after.index, 0.98, text, transform=axes.get_xaxis_transform(), va="top", color="0.35")
        axes.set(yscale="log", xlabel="step", ylabel="part of the loss", title="What is left of each term")
        axes.xaxis.set_major_locator(MaxNLocator(integer=True))
        axes.legend(loc="center left", bbox_to_anchor=(1.0, 0.5), frameon=False)
    return Shown(figure, alt)
