"""Checker for the exercise of lesson 0: which weight to change."""

from collections.abc import Callable

import numpy as np

from .verdict import Verdict, call, exercise

MOST = 200  # times by which a weight may change: each friend's is 18 to 100 times off its default
# friend: the weights (0 α, 1 β, 2 γ) that may grow and that may shrink, by how many times at least, and what is wrong
# with the picture. Tried: Ana's gets blurred with α smaller, since γ then outweighs both; Cleo keeps specks with γ = 1
FRIENDS = {
    "Ana": ({1}, set(), 10, "too little style: β must grow, compared with α and with γ"),
    "Ben": ({0}, {1}, 10, "too little content: α must grow compared with β"),
    "Cleo": ({2}, set(), 50, "too many specks: γ must grow"),
}


@exercise
def advise(attempt: Callable) -> None:
    """Check `advise()`: factors for α, β, γ, `(3, 3)`: a row against each fault of `FRIENDS`."""
    factors = call(attempt)
    if factors.shape != (3, 3):
        raise Verdict(f"three rows of factors for (α, β, γ) have the shape (3, 3), not {factors.shape}")
    if not (np.isfinite(factors) & (factors > 0)).all():
        raise Verdict("a factor of 0 switches a term off, and one below 0 rewards what it should punish")
    for name, row in zip(FRIENDS, factors, strict=True):
        _judge(name, row)


def _judge(name: str, row: np.ndarray) -> None:
    grows, shrinks, least, fault = FRIENDS[name]
    changed = np.flatnonzero(row != 1)
    if len(changed) == 0:
        raise Verdict(f"{name} changes nothing, and gets the same picture")
    if len(changed) == 3 and np.ptp(row) == 0:
        raise Verdict(f"{name} multiplies all three alike: only their ratios matter, so the picture stays the same")
    if len(changed) > 1:
        raise Verdict(f"{name} changes more than one weight, and would not know which of them helped")
    weight, factor = changed[0], row[changed[0]]
    if weight not in (grows if factor > 1 else shrinks):
        raise Verdict(f"{name}'s picture has {fault}")
    times = max(factor, 1 / factor)
    if times < least:
        raise Verdict(f"{name} is on the right track, but {factor:g} changes too little: compare with the defaults")
    if times > MOST:
        raise Verdict(f"{name} is on the right track, but {factor:g} goes too far: the other terms would hardly count")
