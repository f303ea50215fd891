"""Two tutorials' recipes against ours: the same objective, pictures, network and machine; score against time.

    pip install torch==2.13.0   # for the PyTorch tutorial's recipe only
    python -m tests.benchmarks.race

The runners take turns, a few seconds each, so that whatever else the machine does hits all alike. A score is the
objective, computed in float32 from the 8-bit picture as it would be saved, at the final size. Results are added to
data/results/race.json after each race, and what stands there is not run again; race.md and race.png are made from it.
A pair of 256 pixels takes about 8 minutes on two cores, one of 512 about 40.
"""

import argparse
import itertools
import json
import multiprocessing
import platform
import statistics
from pathlib import Path

import numpy as np

from .racers import ALPHA, BETA, GAMMA, RUNNERS, work

RESULTS = Path(__file__).resolve().parents[2] / "data" / "results"
PAIRS = ["pagoda great_wave", "cat composition_viii", "astronaut church_at_auvers", "pagoda summertime"]
PEERS = ["TensorFlow tutorial", "PyTorch tutorial"]
OURS = ["ours", "ours in float32"]
VARIANTS = [runner for runner in RUNNERS if runner not in PEERS]
SLICE = 8.0  # seconds


def race(pair: str, size: int, runners: list[str], steps: int | None) -> dict[str, dict]:
    """Run all runners side by side on one pair; return what each hands out."""
    context, racing = multiprocessing.get_context("spawn"), {}
    for runner in runners:
        ours, theirs = context.Pipe()
        process = context.Process(target=work, args=(theirs, runner, *pair.split(), size, steps), daemon=True)
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


def table(races: list[dict]) -> str:
    """Compare: for each size and peer, how long it takes, and in what part of it ours reaches its last score.

    What is compared is the first round, where all took turns; the spread is that of all rounds.
    """
    lines = [
        "| size | pair | recipe | steps | time | its score | ours there after | × sooner | in float32 | × sooner |",
        "|---|---|---|---:|---:|---:|---:|---:|---:|---:|",
    ]
    for size, those in itertools.groupby(races, lambda each: each["size"]):
        ratios: dict[tuple[str, str], list[float]] = {}
        for each in those:
            for peer in PEERS:
                if peer not in each["runs"][0]:
                    continue
                theirs = each["runs"][0][peer]
                goal, total = min(theirs["scores"]), theirs["seconds"][-1]
                cells = []
                for runner in OURS:
                    times = [seconds_to(run[runner], goal) for run in each["runs"] if runner in run]
                    ratios.setdefault((peer, runner), []).append(total / times[0])
                    spread = f" ({min(times):.1f} to {max(times):.1f})" if len(times) > 1 else ""
                    cells.append(f"{times[0]:.1f} s{spread} | {total / times[0]:.1f}")
                lines.append(
                    f"| {size} px | {each['pair']} | {peer} | {theirs['steps'][-1]} | {total:.0f} s | {goal:.3f} "
                    f"| {' | '.join(cells)} |"
                )
        for peer in PEERS:
            if (peer, OURS[0]) in ratios:
                medians = [f"{statistics.median(ratios[peer, runner]):.1f}" for runner in OURS]
                lines.append(
                    f"| **{size} px** | **median** | **{peer}** | | | | | **{medians[0]}** | | **{medians[1]}** |"
                )
    return "\n".join(lines)


def variants(races: list[dict]) -> str:
    """Compare ours with one thing changed at a time: how much sooner each reaches the first peer's last score.

    Each is taken from the round in which most of them took turns.
    """
    lines = [f"| size | pair | {' | '.join(VARIANTS)} |", f"|---|---|{'---:|' * len(VARIANTS)}"]
    for size, those in itertools.groupby(races, lambda each: each["size"]):
        rows = []
        for each in those:
            theirs, fullest = each["runs"][0][PEERS[0]], sorted(each["runs"], key=_variants_in, reverse=True)
            found = [next((run[runner] for run in fullest if runner in run), None) for runner in VARIANTS]
            goal, total = min(theirs["scores"]), theirs["seconds"][-1]
            rows.append([run and total / seconds_to(run, goal) for run in found])
            lines.append(f"| {size} px | {each['pair']} | {' | '.join(map(_times_sooner, rows[-1]))} |")
        medians = [None if None in column else statistics.median(column) for column in zip(*rows, strict=True)]
        cells = " | ".join(f"**{_times_sooner(median)}**" for median in medians)
        lines.append(f"| **{size} px** | **median** | {cells} |")
    return "\n".join(lines)


def _variants_in(run: dict[str, dict]) -> int:
    return sum(runner in run for runner in VARIANTS)


def _times_sooner(ratio: float | None) -> str:
    if ratio is None:
        return "not run"
    return f"{ratio:.1f}" if ratio else "not reached"


def plot(races: list[dict], path: Path) -> None:
    """Draw score against time, a panel for each pair and size."""
    import matplotlib

    matplotlib.use("agg")
    from matplotlib import pyplot

    columns = max(1, len(PAIRS))
    sizes = sorted({each["size"] for each in races})
    figure, panels = pyplot.subplots(
        len(sizes), columns, figsize=(4 * columns, 3.4 * len(sizes)), squeeze=False, layout="constrained"
    )
    colours = dict(zip([*PEERS, *OURS], ["tab:orange", "tab:red", "tab:blue", "tab:cyan"], strict=True))
    for panel in panels.flat:
        panel.set_visible(False)
    for each in races:
        panel = panels[sizes.index(each["size"])][PAIRS.index(each["pair"])]
        panel.set_visible(True)
        for runner, colour in colours.items():
            for number, run in enumerate(run for run in each["runs"] if runner in run):
                label = runner if number == 0 else None
                panel.plot(run[runner]["seconds"], run[runner]["scores"], color=colour, label=label, linewidth=1.5)
        panel.set(xscale="log", yscale="log", title=f"{each['pair']}, {each['size']} px", xlabel="seconds")
        panel.grid(alpha=0.3, which="both")
    for row in panels:
        row[0].set_ylabel("score: the objective")
    drawn = [panel for panel in panels.flat if panel.get_visible()]
    drawn[0].legend(fontsize="small")
    figure.savefig(path, dpi=110)


def machine() -> str:
    """Describe the machine and the versions in a line."""
    import importlib.metadata

    processor = platform.processor() or platform.machine()
    cpuinfo = Path("/proc/cpuinfo")
    if cpuinfo.exists():
        names = [line.split(":")[1].strip() for line in cpuinfo.read_text().splitlines() if "model name" in line]
        processor = f"{names[0]}, {len(names)} cores"
    versions = [f"{name} {importlib.metadata.version(name)}" for name in ("tensorflow", "torch")]
    return f"{processor}; {', '.join(versions)}"


def main() -> None:
    """Run what is missing; write table and plot."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--pairs", nargs="*", default=PAIRS)
    parser.add_argument("--sizes", nargs="*", type=int, default=[256, 512])
    parser.add_argument("--repeats", type=int, default=3, help="of ours; the tutorials' are long, and run once")
    parser.add_argument("--runners", nargs="*", choices=RUNNERS, default=list(RUNNERS))
    parser.add_argument("--steps", type=int, help="stop each after so many steps: a trial")
    parser.add_argument("--results", type=Path, default=RESULTS / "race.json")
    chosen = parser.parse_args()
    races = json.loads(chosen.results.read_text()) if chosen.results.exists() else []
    for size, pair in itertools.product(chosen.sizes, chosen.pairs):
        found = [each for each in races if (each["pair"], each["size"]) == (pair, size)]
        entry = found[0] if found else {"pair": pair, "size": size, "runs": [], "machine": machine()}
        for number in range(len(entry["runs"]), chosen.repeats):
            runners = [runner for runner in chosen.runners if number == 0 or runner not in PEERS]
            entry["runs"].append(scored(pair, size, race(pair, size, runners, chosen.steps)))
            races = [each for each in races if each is not entry] + [entry]
            races.sort(key=lambda each: (each["size"], PAIRS.index(each["pair"])))
            chosen.results.write_text(json.dumps(races))
            print(table(races), flush=True)
    text = "\n\n".join([table(races), variants(races), *sorted({each["machine"] for each in races})])
    chosen.results.with_suffix(".md").write_text(text + "\n")
    plot(races, chosen.results.with_suffix(".png"))


if __name__ == "__main__":
    main()
