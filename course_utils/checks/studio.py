"""Checkers for the exercises of lesson 7: the dial, a recorder, and three goals that a run's numbers decide."""

import functools
from collections.abc import Callable

import numpy as np

from ..transfer import Transfer
from .verdict import Verdict, call, compare, draw, exercise

GOAL = {"size": 128, "steps": 40, "precision": "float32"}  # what every goal is reached with
EVEN = 0.10  # by which the two losses may differ
SMOOTH, PAINTED, KEPT = 0.012, 0.12, 0.40  # limits of L_tv, L_style and L_content
WANTED = {"beta": 2.0, "style_scale": (2.5,)}  # the picture to make
MOST = {"β": 1e4, "γ": 1e4, "the size of forms": 8.0}  # what the studio takes
ALIKE, SAME_CONTENT = 0.03, 0.08  # mean difference of a pixel; relative difference of L_content


@functools.lru_cache(maxsize=32)
def _run(beta: float, tv: float = 10.0, forms: float = 1.0) -> Transfer:
    run = Transfer("pagoda", "great_wave", beta=beta, tv=tv, style_scale=(forms,), **GOAL)
    for _ in run:
        pass
    return run


def wanted_picture() -> np.ndarray:
    """Return the picture that exercise 5 asks for, `(1, H, W, 3)` in [0, 1]."""
    return _run(WANTED["beta"], forms=WANTED["style_scale"][0]).image


def _weights(attempt: Callable, names: list[str]) -> list[float]:
    """Return the attempt's positive numbers, or say what they should be."""
    answer = call(attempt)
    if answer.shape != (len(names),) and not (len(names) == 1 and answer.shape == ()):
        raise Verdict(f"should be {' and '.join(names)}: an answer has shape ({len(names)},), not {answer.shape}")
    values = np.atleast_1d(answer).tolist()
    for name, value in zip(names, values, strict=True):
        if not 0 < value <= MOST[name]:
            raise Verdict(f"{name} = {value:g}: should be above 0 and at most {MOST[name]:g}")
    return values


@exercise
def my_dial(attempt: Callable) -> None:
    """Check `my_dial(d, m, D)`: m · 10^(D (d − ½))."""
    for d, m, D in ((0.8, 1.5, 4.0), (0.5, 3.0, 2.0), (0.0, 2.0, 6.0)):
        mistakes = {
            "at d = 0 it is m: m belongs in the middle, at ½": m * 10 ** (D * d),
            "half as many powers of ten as it should cover: the exponent runs from −D/2 to D/2": m
            * 10 ** (D * (d - 0.5) / 2),
            "twice as many powers of ten as it should cover: the exponent runs from −D/2 to D/2": m
            * 10 ** (D * (2 * d - 1)),
            "equal steps instead of equal factors: put the position into an exponent": m + D * (d - 0.5),
            "a power of e: the dial covers D powers of ten": m * np.exp(D * (d - 0.5)),
            "the wrong way round: style is on the right, at d = 1": m * 10 ** (D * (0.5 - d)),
            "m is missing": 10 ** (D * (d - 0.5)),
            "the exponent only: raise 10 to it": D * (d - 0.5),
        }
        compare(call(attempt, d, m, D), np.array(m * 10 ** (D * (d - 0.5))), mistakes, "β/α")


@exercise
def my_frames(attempt: Callable) -> None:
    """Check `my_frames(x, update, steps)`: a copy of x after each update, and x as it was."""
    x, steps = draw(2, 3), 4

    def brighten(picture: np.ndarray) -> None:
        picture += 0.1

    right = np.stack([x + 0.1 * (k + 1) for k in range(steps)])
    mistakes = {
        "every frame is the last picture: the list holds one array several times": np.stack([right[-1]] * steps),
        "every frame is the start: nothing was updated": np.stack([x] * steps),
        "the start is the first frame: record after the update": np.stack([x, *right[:-1]]),
        "every frame is the picture after one step: each update starts from the first picture": np.stack(
            [right[0]] * steps
        ),
        "the start is among the frames: one frame for each step": np.stack([x, *right]),
        "the last step is missing": right[:-1],
        "only the last picture: return all of them": right[-1],
    }
    compare(call(attempt, x, brighten, steps), right, mistakes, "the list")


@exercise
def even_terms(attempt: Callable) -> None:
    """Check `even_terms()`: β for which content and style loss end within 10 % of each other."""
    (beta,) = _weights(attempt, ["β"])
    losses = _run(beta).losses
    told = f"content {losses.content:.2f}, style {losses.style:.2f}"
    if losses.style > (1 + EVEN) * losses.content:
        raise Verdict(f"{told}: too much of the style is left, raise β")
    if losses.content > (1 + EVEN) * losses.style:
        raise Verdict(f"{told}: too much of the content is lost, lower β")


@exercise
def smooth_print(attempt: Callable) -> None:
    """Check `smooth_print()`: β and γ that keep all three losses below their limits."""
    beta, gamma = _weights(attempt, ["β", "γ"])
    losses = _run(beta, tv=gamma).losses
    told = f"total variation {losses.tv:.4f}, style {losses.style:.2f}, content {losses.content:.2f}"
    advice = []
    if losses.tv > SMOOTH:
        advice.append("not smooth enough: raise γ")
    if losses.style > PAINTED:
        advice.append("not painted enough: raise β, or lower γ")
    if losses.content > KEPT:
        advice.append("too much of the photo is lost: lower β")
    if advice:
        raise Verdict(f"{told}: {'; '.join(advice)}")


@exercise
def same_picture(attempt: Callable) -> None:
    """Check `same_picture()`: β and the size of forms that make the wanted picture."""
    beta, forms = _weights(attempt, ["β", "the size of forms"])
    run, wanted = _run(beta, forms=forms), _run(WANTED["beta"], forms=WANTED["style_scale"][0])
    difference = np.abs(run.image - wanted.image).mean()
    if difference < ALIKE:
        return
    told = f"a pixel differs by {difference:.3f} on average, less than {ALIKE} is allowed"
    ratio = run.losses.content / wanted.losses.content
    if abs(ratio - 1) < SAME_CONTENT:
        raise Verdict(f"{told}: as much content is lost as there, so β is right, and the forms are not")
    raise Verdict(
        f"{told}: {'more' if ratio > 1 else 'less'} content is lost than in the picture wanted: "
        f"{'lower' if ratio > 1 else 'raise'} β first"
    )
