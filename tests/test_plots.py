"""Figures: titled, labelled, with a text in their place."""

import base64
import io

import numpy as np
import PIL.Image
import pytest

from course_utils.errors import CourseError
from course_utils.objective import Losses
from course_utils.plots import plot_lines, plot_losses, plot_paths, show_images, show_matrices, signed_image
from course_utils.transfer import Step

ALT = "a text that says what is shown"


@pytest.fixture
def images(random_image):
    return {f"picture {seed}": random_image(8, 12, seed) for seed in range(5)}


def history():
    losses = Losses(3.0, 1.0, 0.05, 0.02, {})
    return [Step(index, losses, (8 * (1 + index // 4), 12), index / 6) for index in range(1, 7)]


FIGURES = {
    "lines": lambda: plot_lines({"a": ([0, 1], [1, 2])}, "title", "x", "y", ALT),
    "losses": lambda: plot_losses(history(), 1.0, 36.0, 10.0, ALT),
    "paths": lambda: plot_paths(lambda x, y: x**2 + y**2, {"one": np.eye(2), "two": np.eye(2)}, ALT, (-1, 1, -1, 1)),
}


@pytest.mark.parametrize("name", FIGURES)
def test_plots_have_titles_and_labelled_axes(name):
    for axes in FIGURES[name]().figure.axes:
        assert axes.get_title() and axes.get_xlabel() and axes.get_ylabel()


@pytest.mark.parametrize("name", FIGURES)
def test_a_figure_is_a_png_with_its_text_beside_it(name):
    data, metadata = FIGURES[name]()._repr_mimebundle_()
    assert data["text/plain"] == metadata["image/png"]["alt"] == ALT
    assert PIL.Image.open(io.BytesIO(base64.b64decode(data["image/png"]))).width > 300


def test_lines_differ_by_more_than_colour():
    lines = {str(k): ([0, 1], [k, k]) for k in range(5)}
    drawn = plot_lines(lines, "title", "x", "y", ALT).figure.axes[0].lines
    assert len({(line.get_linestyle(), line.get_linewidth()) for line in drawn}) == 5


def test_more_lines_than_colours_are_refused():
    lines = {str(k): ([0, 1], [k, k]) for k in range(6)}
    with pytest.raises(CourseError, match="6 lines"):
        plot_lines(lines, "title", "x", "y", ALT)


def test_a_change_of_size_is_marked():
    texts = [text.get_text().strip() for text in plot_losses(history(), 1.0, 36.0, 10.0, ALT).figure.axes[0].texts]
    assert texts == ["12 px wide"]


def test_images_stand_under_their_titles_and_are_jpeg(images):
    shown = show_images(images, ALT, columns=3)
    assert [axes.get_title() for axes in shown.figure.axes] == [*images, ""]
    assert shown._repr_mimebundle_()[0].keys() == {"image/jpeg", "text/plain"}


def test_matrices_share_one_scale_of_colours_and_their_bar_says_what_it_is():
    figure = show_matrices({"a": np.eye(3), "b": np.full((3, 3), 5.0)}, "how much", ALT, names=[7, 8, 9]).figure
    *panels, bar = figure.axes
    assert [axes.get_title() for axes in panels] == ["a", "b"]
    assert {axes.images[0].get_clim() for axes in panels} == {(0.0, 5.0)}
    assert [text.get_text() for text in panels[0].get_yticklabels()] == ["7", "8", "9"]
    assert bar.get_ylabel() == "how much"


def test_a_signed_image_is_grey_at_zero_and_does_not_leave_its_range():
    assert signed_image(np.array([-4.0, -2.0, 0.0, 1.0, 9.0]), 2.0).tolist() == [0, 0, 0.5, 0.75, 1]
    assert signed_image(np.zeros(2), 0.0).tolist() == [0.5, 0.5]
