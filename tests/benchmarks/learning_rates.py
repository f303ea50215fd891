"""Scan the learning rates of all optimisers on three pairs, to choose the defaults of `descent.RULES`.

    python -m tests.benchmarks.learning_rates [OPTIMIZER …]

Prints, for each rate, the final loss over the best final loss of that optimiser (1.00 is best), for 60 steps
at 128 px.
"""

import sys

from course_utils.descent import RULES
from course_utils.transfer import Transfer

PAIRS = [("pagoda", "great_wave"), ("cat", "composition_viii"), ("astronaut", "church_at_auvers")]
FACTORS = (0.1, 0.2, 0.5, 1, 2, 5)


def final_loss(pair: tuple[str, str], optimizer: str, rate: float) -> float:
    """Run one pair; return the total of its best picture."""
    run = Transfer(*pair, size=128, steps=60, optimizer=optimizer, learning_rate=rate)
    for _ in run:
        pass
    return run.losses.total


def main() -> None:
    """Print a table."""
    for optimizer in sys.argv[1:] or RULES:
        default = RULES[optimizer][1]
        print(f"{optimizer}, best final losses, then by learning rate (default {default})")
        losses = {
            factor * default: [final_loss(pair, optimizer, factor * default) for pair in PAIRS] for factor in FACTORS
        }
        best = [min(column) for column in zip(*losses.values(), strict=True)]
        print("   best ", " ".join(f"{loss:8.3f}" for loss in best), flush=True)
        for rate, row in losses.items():
            figures = " ".join(f"{loss / least:8.2f}" for loss, least in zip(row, best, strict=True))
            print(f"{rate:8.3g}", figures, flush=True)


if __name__ == "__main__":
    main()
