"""Wrong answers to the exercises that `checks.colour` checks."""

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


WRONG = {
    "my_recolor": [
        (lambda Y, photo: Y + photo, "is still in it"),
        (lambda Y, photo: np.repeat(Y, 3, -1), "this is a grey picture"),
        (lambda Y, photo: photo - own(photo), "add Y"),
        (lambda Y, photo: photo, "Y has no part"),
        (lambda Y, photo: Y - photo + own(photo), "turned round"),
        (lambda Y, photo: photo * Y / own(photo), "multiplied by"),
        (lambda Y, photo: Y + photo - photo.mean(-1, keepdims=True), "is not the luminance"),
        (lambda Y, photo: photo + own(photo) - Y, "the other way round"),
    ],
    "my_match_color": [
        (lambda style, photo: photo, "the photo's shape"),
        (lambda style, photo: style.reshape(-1, 3), "has the shape"),
        (lambda style, photo: style, "unchanged"),
        (lambda style, photo: style - style.mean((0, 1, 2)) + photo.mean((0, 1, 2)), "only the mean is moved"),
        (matched(plus=lambda c, s: 0), "the mean is 0"),
        (matched(plus=lambda c, s: s), "the mean is the painting's"),
        (matched(minus=False), "subtract the painting's mean"),
        (matched(A=lambda c, s: np.linalg.inv(s)), "whitened and no more"),
        (matched(transpose=False), "A is transposed"),
        (matched(A=lambda c, s: np.linalg.inv(s) @ c), "the wrong way round"),
        (matched(A=lambda c, s: c @ s), "L_s is not inverted"),
        (matched(A=lambda c, s: s @ np.linalg.inv(c)), "turn it round"),
        (matched(root=lambda c: np.diag(np.diag(c) ** 0.5)), "use the whole covariance"),
        (matched(A=lambda c, s: c), "the covariance is not the photo's"),
    ],
    "my_guided_gram": [
        (guided(lambda f, w: f.T @ f, lambda f, w: len(f)), "no effect"),
        (guided(divide=lambda f, w: 1), "not divided"),
        (guided(divide=lambda f, w: len(f)), "divided by all places"),
        (guided(lambda f, w: (w * f).T @ (w * f)), "counts a quarter"),
        (guided(lambda f, w: (w * f).T @ (w * f), lambda f, w: (w**2).sum()), "counts squared"),
        (guided(lambda f, w: f @ (w * f).T), "the wrong way round"),
        (guided(lambda f, w: (w**0.5 * f).T @ f), "the root of the mask"),
    ],
}
