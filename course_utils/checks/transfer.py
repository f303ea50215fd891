"""Checkers for the exercises of lesson 6: the whole program, and what goes wrong with it."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from ..device import tf
from ..gram import gram_matrix
from ..images import load_image
from .verdict import Verdict, call, compare, draw, exercise

STYLE = {"first": 0.3, "second": 0.7}
STEPS = 5
NUMBERS = {"beta": 0.6, "eta": 0.2, "mu": 0.8, "steps": STEPS}


@dataclass
class _Scene:
    """A tiny network of three layers, a photo and a painting; `asked` holds the widths of the pictures it saw."""

    painting: tf.Tensor
    photo: tf.Tensor
    features: Callable
    asked: list[int]

    def answer(self, attempt: Callable) -> np.ndarray:
        try:
            return call(attempt, self.features, self.photo, self.painting, "third", STYLE, *NUMBERS.values())
        except Verdict as verdict:
            if "NoneType" in str(verdict):
                raise Verdict(
                    "the gradient is None: the tape has to watch x, and the loss has to be computed from x inside it"
                ) from None
            if "of type 'ndarray'" in str(verdict):
                raise Verdict(
                    "x has become a NumPy array: clip with tf.clip_by_value, or the tape cannot watch it"
                ) from None
            if "non-persistent" in str(verdict):
                raise Verdict("one tape for all steps: open a new one in each step") from None
            raise


def _scene(width: int) -> _Scene:
    """Make a scene with a painting of that width; the photo's is 10."""
    asked = []

    def features(x: tf.Tensor) -> dict[str, tf.Tensor]:
        x, maps = tf.convert_to_tensor(x), {}
        asked.append(x.shape[2])
        for name, channels, stride in (("first", 4, 1), ("second", 5, 2), ("third", 6, 1)):
            kernel = tf.constant(draw(3, 3, x.shape[-1], channels, seed=channels) - 0.5, x.dtype)
            maps[name] = x = tf.tanh(tf.nn.conv2d(x, kernel, stride, "SAME"))
        return maps

    photo, painting = draw(1, 8, 10, 3), draw(1, 8, width, 3, seed=1) ** 2
    return _Scene(tf.constant(painting, tf.float32), tf.constant(photo, tf.float32), features, asked)


def _relative(now: tf.Tensor, target: tf.Tensor, start: tf.Tensor) -> tf.Tensor:
    """‖now − target‖² / ‖start − target‖²: the content's loss with start 0, the style's with the photo's Gram."""
    return tf.reduce_sum((now - target) ** 2) / tf.reduce_sum((start - target) ** 2)


def _plain(now: tf.Tensor, target: tf.Tensor, start: tf.Tensor) -> tf.Tensor:
    return tf.reduce_sum((now - target) ** 2)


def _of_painting(now: tf.Tensor, target: tf.Tensor, start: tf.Tensor) -> tf.Tensor:
    return _relative(now, target, tf.zeros_like(target))


def _moving(now: tf.Tensor, target: tf.Tensor, start: tf.Tensor) -> tf.Tensor:
    return _relative(now, target, tf.stop_gradient(now))


def _nothing(now: tf.Tensor, target: tf.Tensor, start: tf.Tensor) -> tf.Tensor:
    return tf.zeros(())


def _clip(x: tf.Tensor) -> tf.Tensor:
    return tf.clip_by_value(x, 0.0, 1.0)


def _same(x: tf.Tensor) -> tf.Tensor:
    return x


def _descent(
    scene: _Scene,
    content: Callable = _relative,
    style: Callable = _relative,
    weights: Mapping[str, float] = STYLE,
    gram: Callable = gram_matrix,
    exchanged: bool = False,
    from_painting: bool = False,
    each: Callable = _clip,
    end: Callable = _same,
    pull: Callable = _same,
    anew: bool = True,
    late: bool = False,
    **changed: float,
) -> tf.Tensor:
    """Compute the right answer, or, with arguments, what a mistake gives."""
    beta, eta, mu, steps = (NUMBERS | changed).values()
    at_photo, at_painting = scene.features(scene.photo), scene.features(scene.painting)
    x = scene.painting if from_painting else scene.photo
    if exchanged:
        at_photo, at_painting = at_painting, at_photo

    def loss(x: tf.Tensor) -> tf.Tensor:
        F, P = scene.features(x), at_photo["third"]
        styles = [
            w * style(gram(F[name]), gram(at_painting[name]), gram(at_photo[name])) for name, w in weights.items()
        ]
        return content(F["third"], P, tf.zeros_like(P)) + beta * tf.add_n(styles)

    def gradient(x: tf.Tensor) -> tf.Tensor:
        with tf.GradientTape() as tape:
            tape.watch(x)
            total = loss(x)
        return tape.gradient(total, x)

    v, start = tf.zeros_like(x), x
    for _ in range(steps):
        before = v
        v = mu * v - eta * pull(gradient(x if anew else start))
        x = each(x + (before if late else v))
    return end(x)


def _unnormalised(F: tf.Tensor) -> tf.Tensor:
    return gram_matrix(F) * tf.cast(tf.size(F) / F.shape[-1], F.dtype)


SLIPS: dict[str, dict[str, Any]] = {
    "not clipped: a picture has no values outside [0, 1]": {"each": _same},
    "clipped at the end only: clip after every step": {"each": _same, "end": _clip},
    "the gradient is clipped: clip the picture": {"each": _same, "pull": _clip},
    "uphill: subtract the gradient": {"eta": -NUMBERS["eta"]},
    "v is forgotten from step to step: start it at 0 before the loop": {"mu": 0.0},
    "v is not damped: multiply it by μ": {"mu": 1.0},
    "x moves by the old v: change v first, then x": {"late": True},
    "the gradient is taken once, at the photo: take it anew at each x": {"anew": False},
    "one step too few": {"steps": STEPS - 1},
    "one step too many": {"steps": STEPS + 1},
    "one step only: return after the loop, not inside it": {"steps": 1},
    "the content does not pull: P comes from the photo, once, and not from the picture that moves": {
        "content": _nothing
    },
    "the picture is still the photo, since nothing pulls: A comes from the painting, G⁰ from the photo, each once, "
    "and G from x, inside the tape": {"steps": 0},
    "the style's distance is divided by that of the moving picture: G⁰ belongs to the photo, compute it once": {
        "style": _moving
    },
    "all targets move along: compute P and G⁰ once, from the photo, before the loop": {
        "content": _nothing,
        "style": _moving,
    },
    "photo and painting have changed places: P belongs to the photo, A to the painting": {"exchanged": True},
    "photo and painting have changed places, the start as well": {"exchanged": True, "from_painting": True},
    "the descent starts at the painting: start at the photo": {"from_painting": True},
    "the content is not divided by ‖P‖²": {"content": _plain},
    "the style is not divided by ‖G⁰ − A‖²": {"style": _plain},
    "the style is divided by ‖A‖²: divide by ‖G⁰ − A‖², the photo's distance": {"style": _of_painting},
    "content and style are both without their divisors, ‖P‖² and ‖G⁰ − A‖²": {"content": _plain, "style": _plain},
    "β is missing": {"beta": 1.0},
    "the layers' weights w are missing": {"weights": dict.fromkeys(STYLE, 1.0)},
    "the mean over the layers: multiply each by its weight w instead": {"weights": dict.fromkeys(STYLE, 0.5)},
    "all layers count as style: take those that `style` names": {"weights": STYLE | {"third": 1.0}},
}


def _close(answer: np.ndarray, other: tf.Tensor) -> bool:
    return answer.shape == other.shape and np.allclose(answer, other, rtol=1e-4, atol=1e-6)


@exercise
def my_transfer(attempt: Callable) -> None:
    """Check `my_transfer(features, photo, painting, content, style, beta, eta, mu, steps)` on a tiny network."""
    scene = _scene(10)
    answer, right = scene.answer(attempt), _descent(scene)
    if np.isnan(answer).any():
        raise Verdict("NaN: is a norm not squared (its slope at F = P doesn't exist), or something divided by 0?")
    if not _close(answer, right):
        for name, slip in SLIPS.items():
            if _close(answer, _descent(scene, **slip)):
                raise Verdict(name)
        compare(answer, right, {}, "the picture")
    wide = _scene(14)
    answer, asked = wide.answer(attempt), wide.asked.count(14)
    unnormalised = "Gram matrices are not divided by h·w: here the painting has more positions than the photo"
    compare(answer, _descent(wide), {unnormalised: _descent(wide, gram=_unnormalised)}, "the picture")
    if asked >= STEPS:
        raise Verdict(
            f"the right picture, but the network has seen the painting {asked} times: A never changes, compute it "
            "once, before the loop"
        )


def _resized(x: np.ndarray, height: int, width: int) -> np.ndarray:
    """Resize by whole factors: means of blocks, or blocks of equal pixels."""
    x = np.asarray(x, float)
    _, h, w, channels = x.shape
    if height <= h:
        return x.reshape(1, height, h // height, width, w // width, channels).mean((2, 4))
    return x.repeat(height // h, 1).repeat(width // w, 2)


def _descended(x: np.ndarray) -> np.ndarray:
    """What stands for a descent: it moves every pixel, in another way at each size."""
    x = np.asarray(x, float)
    return x + 0.6 * (np.linspace(0, 1, x.size).reshape(x.shape) ** 2 - x)


def _climb(
    photo: np.ndarray,
    sizes: list,
    detail: Callable = lambda fine, coarse, x: fine - coarse,
    clip: Callable = lambda x: np.clip(x, 0, 1),
    descend: Callable = lambda x, k: _descended(x),
    enlarged: Callable = _resized,
) -> np.ndarray:
    x = descend(_resized(photo, *sizes[0]), 0)
    for k in range(1, len(sizes)):
        fine, up = _resized(photo, *sizes[k]), enlarged(x, *sizes[k])
        coarse = _resized(_resized(photo, *sizes[k - 1]), *sizes[k])
        x = descend(clip(up + detail(fine, coarse, up)), k)
    return x


@exercise
def coarse_to_fine(attempt: Callable) -> None:
    """Check `coarse_to_fine(descend, resize, photo, sizes)`: descend, enlarge, add the photo's detail, descend."""
    photo = (draw(1, 8, 16, 3) > 0.5) * 0.9 + 0.05
    sizes = [(2, 4), (4, 8), (8, 16)]
    last = len(sizes) - 1
    descended = _descended(photo)
    mistakes = {
        "the photo's detail is missing: add what the coarser size could not hold": _climb(
            photo, sizes, lambda fine, coarse, x: 0
        ),
        "each size starts from the photo: start from the coarser result, enlarged": descended,
        "the coarser results are lost: the detail is the photo at this size minus the photo at the coarser size, "
        "enlarged": _climb(photo, sizes, lambda fine, coarse, x: fine - x),
        "the whole photo is added: add only what the coarser size could not hold": _climb(
            photo, sizes, lambda fine, coarse, x: fine
        ),
        "the detail is subtracted: add it": _climb(photo, sizes, lambda fine, coarse, x: coarse - fine),
        "not clipped: with the detail added, pixels leave [0, 1]": _climb(photo, sizes, clip=lambda x: x),
        "no descent at the last size": _climb(photo, sizes, descend=lambda x, k: x if k == last else _descended(x)),
        "no descent at the first size": _climb(photo, sizes, descend=lambda x, k: x if k == 0 else _descended(x)),
        "two descents at the last size": _climb(
            photo, sizes, descend=lambda x, k: _descended(_descended(x)) if k == last else _descended(x)
        ),
        "the last size is left out": _climb(photo, sizes[:-1]),
        "from fine to coarse: the smallest size comes first": _climb(photo, sizes[::-1]),
    }
    compare(call(attempt, _descended, _resized, photo, sizes), _climb(photo, sizes), mistakes, "the picture")


@exercise
def rate_for(attempt: Callable) -> None:
    """Check `rate_for(rule, eta, scale)`: the rate for pixels in [0, scale] that takes the path of η in [0, 1]."""
    for rule, power in (("gd", 2), ("momentum", 2), ("adam", 1)):
        eta, scale = 0.3, 7.0
        wrong = {
            "unchanged: a pixel now has to move `scale` times as far": 0,
            "the wrong way round: the rate has to grow": -power,
            "the wrong way round, and not the right power: the rate has to grow": power - 3,
        }
        if rule == "adam":
            wrong["Adam's first step is η, however large the gradient is: only the way is longer"] = 2
        else:
            wrong[
                "one of two factors: the way is `scale` times as long, and the gradient is `scale` times smaller, too"
            ] = 1
            wrong["one power too many"] = 3
        mistakes = {f"{rule}: {name}": eta * scale**exponent for name, exponent in wrong.items()}
        compare(call(attempt, rule, eta, scale), eta * scale**power, mistakes, f"the rate for {rule!r}")


# Program: its cause. Cause: what it would show, for the message that refuses it.
CAUSES = {"A": 7, "B": 2, "C": 4, "D": 5, "E": 6}
SHOWS = {
    1: "a curve that jumps up and stays up, and pixels thrown to 0 and 1",
    2: "a level curve, and a picture that has not moved",
    3: "a curve that rises steeply, to many times its start, and a garish maze",
    4: "a content term of exactly 0 at every step, in a picture that does move",
    5: "NaN after the first step, in the loss and in the picture",
    6: "pixels outside [0, 1] before they are shown, and grey where the photo has white or black",
    7: "a good curve, and a picture in the wrong colours",
    8: "a curve that falls, and a picture that is the photo",
}


@exercise
def diagnose(attempt: Callable) -> None:
    """Check `diagnose()`: the numbers of the causes of programs A to E, in this order."""
    answer = call(attempt)
    if answer.shape != (len(CAUSES),):
        raise Verdict(
            f"the list should have the shape {(len(CAUSES),)}, one number for each program, not {answer.shape}"
        )
    for program, given in zip(CAUSES, answer, strict=True):
        if given == CAUSES[program]:
            continue
        right = int(np.sum(answer == list(CAUSES.values())))
        if given not in SHOWS:
            raise Verdict(f"{right} of {len(CAUSES)} found; {program} has no answer from 1 to {len(SHOWS)} yet")
        raise Verdict(
            f"{right} of {len(CAUSES)} found; {program} is not cause {int(given)}, which shows {SHOWS[int(given)]}"
        )


CHANGE = 1e-3  # by which the repaired total variation of a photo may differ, as a share


def _rooted(x: tf.Tensor) -> tf.Tensor:
    down, right = x[:, 1:, :-1] - x[:, :-1, :-1], x[:, :-1, 1:] - x[:, :-1, :-1]
    return down**2 + right**2


@exercise
def repaired_tv(attempt: Callable) -> None:
    """Check `repaired_tv(x)`: a photo's mean √(down² + right²) to 1/1000, and a gradient that is finite everywhere."""
    x = tf.constant(load_image("pagoda", 192))  # lesson 6's `photo_192`
    s = _rooted(x)
    mistakes = {
        "the root is gone: its author wants lengths, not squares": tf.reduce_mean(s),
        "the sum: take the mean": tf.reduce_sum(tf.sqrt(s)),
        "the root of the mean: take the mean of the roots": tf.sqrt(tf.reduce_mean(s)),
        "down and right each for itself: the length of the two together": tf.reduce_mean(
            sum(abs(d) for d in (x[:, 1:, :-1] - x[:, :-1, :-1], x[:, :-1, 1:] - x[:, :-1, :-1]))
        ),
    }
    answer, right = call(attempt, x), float(tf.reduce_mean(tf.sqrt(s)))
    if answer.shape:
        compare(answer, right, {}, "the value")
    if not np.isclose(answer, right, rtol=CHANGE, atol=0):
        for name, wrong in mistakes.items():
            if np.isclose(answer, float(wrong), rtol=CHANGE, atol=0):
                raise Verdict(name)
        if right < answer < 10 * right:
            raise Verdict(
                f"{answer:.5f} for the photo, where √ gives {right:.5f}: more than one part in a thousand, so what is "
                "added is too large"
            )
        compare(answer, right, {}, "the value")
    half = tf.constant(np.where(np.arange(7)[:, None] < 3, draw(1, 6, 7, 3), 0.5), tf.float32)  # flat on the right
    with tf.GradientTape() as tape:
        tape.watch(half)
        value = attempt(half)
    gradient = tape.gradient(value, half) if tf.is_tensor(value) else None
    if gradient is None:
        raise Verdict("has no gradient: compute with TensorFlow's functions, not NumPy's")
    if not np.isfinite(gradient).all():
        lost = not attempt(tf.ones((1, 3, 3, 3)))
        raise Verdict(
            "the value is right, but the gradient is still NaN where neighbours are equal: what is added has to be "
            + ("large enough not to vanish in float32" if lost else "added under the root")
        )
    if not np.any(gradient):
        raise Verdict("the gradient is zero everywhere: the term would never pull")
