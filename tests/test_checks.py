"""Every exercise: its stub is unwritten, its solution correct, and each usual mistake named in its own words."""

import json
import re
from pathlib import Path

import numpy as np
import pytest

from course_utils import checks

ROOT = Path(__file__).resolve().parent.parent
MEAN = np.array([103.939, 116.779, 123.68])
WEIGHTS = np.array([0.2126, 0.7152, 0.0722])
EXERCISES = {name: getattr(checks, name) for name in dir(checks) if hasattr(getattr(checks, name), "checker")}


def slide(x, k, reduce=np.sum, places=1):
    rows, columns = x.shape[0] - k.shape[0] + places, x.shape[1] - k.shape[1] + places
    return [[reduce(k * x[i : i + k.shape[0], j : j + k.shape[1]]) for j in range(columns)] for i in range(rows)]


def field(layers, r=1, j=1, late=False, add=-1, strides=True):
    for k, s in layers:
        r += (k + add) * (j * s if late else j)
        j *= s if strides else 1
    return r


def flat(F):
    return F.reshape(-1, F.shape[-1])


def gram(F):
    return flat(F).T @ flat(F) / len(flat(F))


def square(x):
    return (x**2).sum()


# {exercise: [(wrong answer, part of its message)]}
WRONG = {
    "preprocess": [
        (lambda x: x * 255 - MEAN, "VGG wants BGR"),
        (lambda x: x[..., ::-1] - MEAN, "multiply by 255 first"),
        (lambda x: x[..., ::-1] * 255, "the mean is not subtracted"),
        (lambda x: x[..., ::-1] * 255 + MEAN, "subtract it"),
        (lambda x: x[..., ::-1] * 255 - MEAN[::-1], "belongs to blue"),
        (lambda x: x[:, :, ::-1] * 255 - MEAN, "the last axis"),
        (lambda x: x[..., ::-1], "nothing but the channels' order"),
        (lambda x: (x[..., ::-1] - MEAN) * 255, "before multiplying by 255"),
    ],
    "deprocess": [
        (lambda y: ((y + MEAN) / 255)[..., ::-1], "not clipped"),
        (lambda y: np.clip((y + MEAN) / 255, 0, 1), "still in BGR's order"),
        (lambda y: np.clip((y + MEAN)[..., ::-1], 0, 255), "divide by 255"),
        (lambda y: np.clip(y[..., ::-1] / 255, 0, 1), "the mean is not added"),
        (lambda y: np.clip((y[..., ::-1] + MEAN) / 255, 0, 1), "before the channels are turned"),
        (lambda y: np.clip((y / 255 + MEAN)[..., ::-1], 0, 1), "undo the last thing first"),
    ],
    "luminance": [
        (lambda x: x.mean(-1, keepdims=True), "all channels count alike"),
        (lambda x: (x * WEIGHTS[::-1]).sum(-1, keepdims=True), "in BGR's order"),
        (lambda x: x @ WEIGHTS, "the channel axis is lost"),
        (lambda x: x * WEIGHTS, "weighted but not added"),
        (lambda x: (x * WEIGHTS).sum(1, keepdims=True), "wrong axis"),
        (lambda x: (x * WEIGHTS).mean(-1, keepdims=True), "divided by 3"),
    ],
    "convolve": [
        (lambda x, k: slide(x, k[::-1, ::-1]), "flipped"),
        (lambda x, k: slide(x, k, places=0), "the last row and column"),
        (lambda x, k: slide(x, k, np.mean), "averaged"),
        (lambda x, k: slide(x, k, np.max), "the largest product"),
        (lambda x, k: slide(x, np.ones_like(k)), "without the filter's weights"),
        (lambda x, k: slide(np.pad(x, ((1, 1), (1, 0))), k), "padded"),
    ],
    "receptive_field": [
        (lambda layers: field(layers, late=True), "before the field is widened"),
        (lambda layers: field(layers, strides=False), "the strides are ignored"),
        (lambda layers: field(layers, r=0), "starts from 0"),
        (lambda layers: field(layers, add=0), "it adds k − 1"),
        (lambda layers: np.prod([s for _, s in layers]), "returns the jump"),
    ],
    "content_loss": [
        (lambda F, P: ((F - P) ** 2).sum() / (F**2).sum(), "divided by the size of F"),
        (lambda F, P: ((F - P) ** 2).sum(), "not divided by"),
        (lambda F, P: 0.5 * ((F - P) ** 2).sum(), "eq. 1"),
        (lambda F, P: ((F - P) ** 2).mean(), "the mean of the squares"),
        (lambda F, P: np.abs(F - P).sum() / np.abs(P).sum(), "absolute"),
        (lambda F, P: np.linalg.norm(F - P) / np.linalg.norm(P), "a square root too many"),
        (lambda F, P: (F - P) ** 2 / (P**2).sum(), "one number for each feature"),
    ],
    "my_gram_matrix": [
        (lambda F: flat(F) @ flat(F).T / len(flat(F)), "the factors are the wrong way round"),
        (lambda F: flat(F) @ flat(F).T, "and not divided by h·w"),
        (lambda F: flat(F).T @ flat(F), "a larger picture"),
        (lambda F: flat(F).T @ flat(F) / F.shape[-1], "divided by the number of channels"),
        (lambda F: flat(F).T @ flat(F) / F.size, "another convention"),
        (lambda F: np.cov(flat(F).T, bias=True), "a covariance matrix"),
        (lambda F: np.diag((flat(F) ** 2).mean(0)), "only the diagonal"),
        (lambda F: F.reshape(5, -1) @ F.reshape(5, -1).T / 12, "the channels are mixed up"),
    ],
    "my_style_distance": [
        (lambda F, S: square(gram(F) - gram(S)) / square(gram(F)), "the painting's A is the measure"),
        (lambda F, S: square(gram(F) - gram(S)), "not divided by ‖A‖²"),
        (lambda F, S: ((gram(F) - gram(S)) ** 2).mean(), "the mean of the squares"),
        (
            lambda F, S: square(flat(F).T @ flat(F) - flat(S).T @ flat(S)) / square(flat(S).T @ flat(S)),
            "not divided by their numbers of places",
        ),
        (lambda F, S: np.sqrt(square(gram(F) - gram(S)) / square(gram(S))), "a square root too many"),
        (lambda F, S: square(gram(F) - gram(F).mean()) / square(gram(S)), "the painting is not used"),
        (lambda F, S: square(np.diag(gram(F) - gram(S))) / square(np.diag(gram(S))), "only the diagonals"),
    ],
}


def cells(path):
    return ["".join(c["source"]) for c in json.loads(path.read_text("utf-8"))["cells"] if c["cell_type"] == "code"]


def exercise_cells(folder):
    """Collect {exercise: code of its cell} from the notebooks of a folder; a lesson's set-up goes before each."""
    found = {}
    for path in sorted(folder.glob("*.ipynb")):
        code = cells(path)
        for cell in code:
            if match := re.search(r"^checks\.(\w+)\(", cell, re.M):
                found[match[1]] = f"{code[0]}\n{cell}"
    return found


LESSONS, SOLUTIONS = exercise_cells(ROOT / "notebooks"), exercise_cells(ROOT / "notebooks" / "solutions")


def test_every_exercise_has_a_lesson_a_solution_and_wrong_answers():
    assert EXERCISES.keys() == LESSONS.keys() == SOLUTIONS.keys() == WRONG.keys()


@pytest.mark.parametrize("name", EXERCISES)
def test_the_stub_is_not_written_yet(name, capsys):
    exec(LESSONS[name], {})
    assert capsys.readouterr().out == f"{name}: not written yet\n"


@pytest.mark.parametrize("name", EXERCISES)
def test_the_solution_is_correct(name, capsys):
    exec(SOLUTIONS[name], {})
    assert capsys.readouterr().out == f"{name}: correct\n"


@pytest.mark.parametrize("name", EXERCISES)
def test_wrong_answers_are_each_refused_in_words_of_their_own(name):
    assert len(WRONG[name]) >= 4
    verdicts = [checks.judge(EXERCISES[name].checker, attempt) for attempt, _ in WRONG[name]]
    for verdict, (_, message) in zip(verdicts, WRONG[name], strict=True):
        assert message in verdict
    assert len(set(verdicts)) == len(verdicts)


@pytest.mark.parametrize("name", EXERCISES)
@pytest.mark.parametrize(
    ("attempt", "message"),
    [
        (lambda *_: 1 / 0, "stops with ZeroDivisionError: division by zero"),
        (lambda *_: "text", "returns str, not numbers"),
        (lambda *_: np.zeros((1, 2, 3, 4, 5, 6, 7)), "not (1, 2, 3, 4, 5, 6, 7)"),
    ],
    ids=["raises", "text", "shape"],
)
def test_nonsense_is_refused_in_words_and_raises_nothing(name, attempt, message):
    assert message in checks.judge(EXERCISES[name].checker, attempt)


def test_nan_and_plain_wrong_values_are_told():
    assert "NaN" in checks.judge(EXERCISES["luminance"].checker, lambda x: x[..., :1] * np.nan)
    assert "should be" in checks.judge(EXERCISES["luminance"].checker, lambda x: x[..., :1] * 0.3)


def test_changing_the_argument_in_place_is_refused():
    def attempt(x):
        x -= x
        return x

    assert "in place" in checks.judge(EXERCISES["preprocess"].checker, attempt)
