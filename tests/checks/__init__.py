"""Wrong answers, a module for each module of `checks`: {exercise: [(wrong answer, part of its message)]}."""


def flat(F):
    return F.reshape(-1, F.shape[-1])


def square(x):
    return (x**2).sum()
