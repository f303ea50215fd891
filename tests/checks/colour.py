"""Wrong answers to the exercises that `checks.colour` checks."""

import math

import numpy as np

WEIGHTS = np.array([0.2126, 0.7152, 0.0722])


def own(photo):
    return (photo @ WEIGHTS)[..., None]


def matched(
    A=lambda c, s: c @ np.linalg.inv(s), transpose=True, plus=lambda c, s: c, minus=True, root=np.linalg.cholesky
):
    """Make an attempt of lesson 9: p ← A(p − μ_s) + μ_c, with a slip in it."""

    def attempt(style, photo):
        (m_s, c_s), (m_c, c_c) = (
            (x.reshape(-1, 3).mean(0), np.cov(x.reshape(-1, 3).T, bias=True)) for x in (style, photo)
        )
        B = A(root(c_c), root(c_s))
        return (style - (m_s if minus else 0)) @ (B.T if transpose else B) + plus(m_c, m_s)

    return attempt


def guided(product=lambda f, w: (w * f).T @ f, divide=lambda f, w: w.sum()):
    def attempt(F, m):
        f, w = F.reshape(-1, F.shape[-1]), m.reshape(-1, 1)
        return product(f, w) / divide(f, w)

    return attempt


def paler(t):
    """Make an attempt that adds t(chroma, Y, room) times the colour."""

    def attempt(Y, photo):
        chroma = photo - own(photo)
        return Y + t(chroma, Y, np.where(chroma > 0, 1 - Y, Y) / np.maximum(np.abs(chroma), 1e-9)) * chroma

    return attempt


def unguarded(Y, photo):
    chroma = photo - own(photo)
    room = np.where(chroma > 0, 1 - Y, Y) / np.abs(chroma)
    return Y + np.minimum(1, room.min(-1, keepdims=True)) * chroma


def one_sided(chroma, room, sign):
    return np.minimum(1, np.where(sign * chroma > 0, room, np.inf).min(-1, keepdims=True))


def palette(
    mean=lambda p, w: (w * p).sum(0) / w.sum(), cov=lambda p, w, mean: (w * (p - mean)).T @ (p - mean) / w.sum()
):
    """Make an attempt that stacks a mean and a covariance, with a slip in them."""

    def attempt(photo, m):
        p, w = photo.reshape(-1, 3), m.reshape(-1, 1)
        return np.vstack([mean(p, w), cov(p, w, (w * p).sum(0) / w.sum())])

    return attempt


def black(p, w, mean):
    return np.cov((w * p).T, bias=True)


def tiles(
    width=lambda widest, halo: widest - 2 * halo, count=lambda side, tile: math.ceil(side / tile) ** 2, pixel=256
):
    """Make an attempt that cuts a picture into tiles, with a slip in it."""
    return lambda side, halo, memory: count(side, width(math.sqrt(memory / pixel), halo))


WRONG = {
    "my_recolor": [
        (lambda Y, photo: Y + photo, "is still in it"),
        (lambda Y, photo: np.repeat(Y, 3, -1), "this is a grey picture"),
        (lambda Y, photo: photo - own(photo), "add Y"),
        (lambda Y, photo: photo, "Y has no part"),
        (lambda Y, photo: Y - photo + own(photo), "reversed"),
        (lambda Y, photo: photo * Y / own(photo), "multiplied by"),
        (lambda Y, photo: Y + photo - photo.mean(-1, keepdims=True), "is not the luma"),
        (lambda Y, photo: photo + own(photo) - Y, "the other way round"),
    ],
    "my_match_color": [
        (lambda style, photo: photo, "the photo's shape"),
        (lambda style, photo: style.reshape(-1, 3), "has shape"),
        (lambda style, photo: style, "unchanged"),
        (lambda style, photo: style - style.mean((0, 1, 2)) + photo.mean((0, 1, 2)), "only the mean is moved"),
        (matched(plus=lambda c, s: 0), "the mean is 0"),
        (matched(plus=lambda c, s: s), "the mean is the painting's"),
        (matched(minus=False), "subtract the painting's mean"),
        (matched(A=lambda c, s: np.linalg.inv(s)), "whitened and no more"),
        (matched(transpose=False), "A is transposed"),
        (matched(A=lambda c, s: np.linalg.inv(s) @ c), "the wrong way round"),
        (matched(A=lambda c, s: c @ s), "L_s is not inverted"),
        (matched(A=lambda c, s: s @ np.linalg.inv(c)), "exchange the two"),
        (matched(root=lambda c: np.diag(np.diag(c) ** 0.5)), "use the whole covariance"),
        (matched(A=lambda c, s: c), "the covariance is not the photo's"),
    ],
    "my_guided_gram": [
        (guided(lambda f, w: f.T @ f, lambda f, w: len(f)), "no effect"),
        (guided(divide=lambda f, w: 1), "not divided"),
        (guided(divide=lambda f, w: len(f)), "divided by the number of all positions"),
        (guided(lambda f, w: (w * f).T @ (w * f)), "counts a quarter"),
        (guided(lambda f, w: (w * f).T @ (w * f), lambda f, w: (w**2).sum()), "counts squared"),
        (guided(lambda f, w: f @ (w * f).T), "the wrong way round"),
        (guided(lambda f, w: (w**0.5 * f).T @ f), "the root of the mask"),
    ],
    "paler_recolor": [
        (paler(lambda chroma, Y, room: 1), "not limited"),
        (lambda Y, photo: np.clip(Y + photo - own(photo), 0, 1), "clipped"),
        (paler(lambda chroma, Y, room: min(1, room.min())), "one t for the whole picture"),
        (paler(lambda chroma, Y, room: room.min(-1, keepdims=True)), "t is above 1"),
        (paler(lambda chroma, Y, room: one_sided(chroma, room, 1)), "not above 0"),
        (paler(lambda chroma, Y, room: one_sided(chroma, room, -1)), "not below 1"),
        (paler(lambda chroma, Y, room: 1.0 * (room.min(-1, keepdims=True) >= 1)), "make it paler, not grey"),
        (unguarded, "NaN or infinity"),
    ],
    "repaired_palette": [
        (palette(lambda p, w: (w * p).mean(0), black), "as black ones"),
        (palette(cov=black), "the mean is right"),
        (palette(lambda p, w: p.mean(0), lambda p, w, mean: np.cov(p.T, bias=True)), "the mask has no effect"),
        (palette(cov=lambda p, w, mean: np.cov(p.T, bias=True)), "no effect on the covariance"),
        (
            palette(cov=lambda p, w, mean: (w * (p - p.mean(0))).T @ (p - p.mean(0)) / w.sum()),
            "about the mean of the whole photo",
        ),
        (palette(cov=lambda p, w, mean: (w * (p - mean)).T @ (p - mean) / len(p)), "by the number of all pixels"),
        (palette(cov=lambda p, w, mean: (w * (p - mean)).T @ (w * (p - mean)) / w.sum()), "twice"),
        (palette(cov=lambda p, w, mean: (w * p).T @ p / w.sum()), "subtract the mean first"),
        (
            lambda photo, m: palette()(photo[m[..., 0] > 0.5], np.ones_like(photo[m[..., 0] > 0.5][:, :1])),
            "a soft one",
        ),
        (
            palette(lambda p, w: (w * p).sum(0), lambda p, w, mean: (w * (p - mean)).T @ (p - mean)),
            "nothing is divided",
        ),
        (lambda photo, m: np.roll(palette()(photo, m), -1, axis=0), "in the first row"),
    ],
    "fewest_tiles": [
        (tiles(lambda widest, halo: widest), "without the halos"),
        (tiles(lambda widest, halo: widest - halo), "on both sides"),
        (tiles(count=lambda side, tile: int(side // tile) ** 2), "rounded down"),
        (tiles(count=lambda side, tile: math.ceil(side / tile)), "in one row"),
        (tiles(count=lambda side, tile: math.ceil((side / tile) ** 2)), "divides areas"),
        (tiles(pixel=64), "one byte"),
        (tiles(pixel=4), "one map"),
        (lambda side, halo, memory: math.isqrt(int(memory) // 256) - 2 * halo, "the width of a tile"),
        (lambda side, halo, memory: 100, "should be 9 here, not 100"),
    ],
}
