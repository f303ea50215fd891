"""Where the studio's dial has its middle: the β/α at which a run stands half-way between photo and painting.

Half-way: the part of the content that is lost equals the part of the style that is left. The style term is that
part already (1 at the photo, 0 at the painting); the content term is divided by what it is at β/α = 1000. For
each of the 15 pairs of data/ the crossing is interpolated between runs; `MIDDLE` in controls.py is the median.

    python -m tests.benchmarks.dial
"""

import itertools

import numpy as np
from tqdm import tqdm

from course_utils import Transfer
from course_utils.samples import samples
from course_utils.studio.controls import MIDDLE, dial_of

RATIOS, ALL_STYLE = (0.3, 1.0, 3.0, 10.0), 1000.0
RUN = {"size": 128, "steps": 60}


def losses(content: str, style: str, ratio: float) -> tuple[float, float]:
    """Run a pair with α = 1 and β = ratio; return its content and its style term."""
    run = Transfer(content, style, beta=ratio, **RUN)
    for _ in run:
        pass
    return run.losses.content, run.losses.style


def middle(content: str, style: str) -> float:
    """Return the β/α at which a pair is half-way."""
    most = losses(content, style, ALL_STYLE)[0]
    terms = [losses(content, style, ratio) for ratio in RATIOS]
    balance = [np.log(lost / most / left) for lost, left in terms]  # rises with β through 0
    return float(10 ** np.interp(0, balance, np.log10(RATIOS)))


def main() -> None:
    """Print each pair's middle, and the median."""
    found = []
    pairs = list(itertools.product(samples("content"), samples("style")))
    for content, style in tqdm(pairs):
        found.append(middle(content, style))
        tqdm.write(f"{content:10} {style:22} β/α = {found[-1]:5.2f}, at {dial_of(found[-1]):.2f} of the dial")
    places = [dial_of(ratio) for ratio in found]
    print(
        f"median {np.median(found):.2f} (MIDDLE is {MIDDLE}); on the dial from {min(places):.2f} to {max(places):.2f}"
    )


if __name__ == "__main__":
    main()
