"""How long the reference engine takes on pathway-6, beside the same model in plain SimPy.

    python benchmarks/pathway6.py

Runs are interleaved in rounds, and a ratio is one of two runs of the same round, so that a machine
that slows down slows all of them. CPU time is taken, of this process. Counted in: for simcare the
people of the replication, the run, and its full records sorted by client; for the peers drawing,
running and their totals. Not counted: imports, compiling, and lowering the config (once a study).
Before each run the garbage is collected; in a run the collector works as each program has it, which
means off in simcare; for `fifo` both ways are shown.

Then outputs are compared: means over replications of simcare and of `fifo`, stage by stage.
"""

import argparse
import gc
import math
import sys
import time
from collections.abc import Callable, Sequence
from datetime import date
from pathlib import Path
from typing import Any

import numpy as np
import peers
import yaml

from simcare.engines.lowering import Program, lower
from simcare.engines.reference import simulate
from simcare.kernels.tables import LEFT, TICKS_PER_DAY
from simcare.model.scenario import Scenario

MODEL = Path(__file__).with_name("pathway-6.yaml")
CLIENTS = 5_000
OUTPUTS = ("served", "left", "mean_wait", "mean_queue", "utilisation")
Play = Callable[[int], Any]


def program(scale: float) -> Program:
    """Return pathway-6 at a scale: arrivals and every capacity times it, capacities rounded."""
    raw = yaml.safe_load(MODEL.read_text(encoding="utf-8"))
    service = raw["service"]
    service["arrivals"]["people"]["per_day"] *= scale
    for capacity in service["capacities"].values():
        for name in capacity:
            capacity[name] = max(1, round(capacity[name] * scale))
    return lower(Scenario.model_validate(raw), date(2017, 1, 2), peers.HORIZON)


def reference(scale: float) -> Callable[[int], np.ndarray]:
    """Return the reference engine on pathway-6, a function of the seed that returns the visits."""
    lowered = program(scale)
    return lambda seed: simulate(lowered, seed, 0)


def paused(play: Play) -> Play:
    """Return a run without Python's collector of cyclic garbage."""

    def run(seed: int) -> Any:
        gc.disable()
        try:
            return play(seed)
        finally:
            gc.enable()

    return run


def competitors(scale: float) -> dict[str, Play]:
    """Return what is timed at a scale, by name."""
    return {
        "simcare": reference(scale),
        "fifo": lambda seed: peers.fifo(scale, seed),
        "fifo, no collector": paused(lambda seed: peers.fifo(scale, seed)),
        "plain": lambda seed: peers.plain(scale, seed),
    }


def timed(play: Play, seed: int) -> float:
    """Return the CPU seconds that a run takes."""
    gc.collect()
    began = time.process_time()
    result = play(seed)
    seconds = time.process_time() - began
    del result
    return seconds


def rounds(scale: float, count: int) -> dict[str, np.ndarray]:
    """Return the CPU seconds of each competitor in each round; who begins moves on by one."""
    plays = competitors(scale)
    names = list(plays)
    taken: dict[str, list[float]] = {name: [] for name in names}
    for number in range(count):
        turn = number % len(names)
        for name in names[turn:] + names[:turn]:
            taken[name].append(timed(plays[name], number + 1))
        print(".", end="", file=sys.stderr, flush=True)
    return {name: np.array(seconds) for name, seconds in taken.items()}


def _quartiles(values: np.ndarray, digits: int) -> str:
    low, middle, high = np.quantile(values, [0.25, 0.5, 0.75])
    return f"{middle:.{digits}f} ({low:.{digits}f}-{high:.{digits}f})"


def time_table(sizes: Sequence[int], counts: Sequence[int]) -> list[str]:
    """Return the table of times and ratios, in Markdown."""
    rows = [
        "| clients | rounds | program | CPU s | µs a client | simcare / program | growth |",
        "|---|---|---|---|---|---|---|",
    ]
    first: dict[str, float] = {}
    for size, count in zip(sizes, counts, strict=True):
        taken = rounds(size / CLIENTS, count)
        for name, seconds in taken.items():
            each = float(np.median(seconds)) / size * 1e6
            growth = each / first.setdefault(name, each)
            ratio = "" if name == "simcare" else _quartiles(taken["simcare"] / seconds, 2)
            rows.append(
                f"| {size:,} | {count} | {name} | {_quartiles(seconds, 3)} | {each:.0f} "
                f"| {ratio} | {growth:.2f} |"
            )
    print(file=sys.stderr)
    return rows


def outputs(visits: np.ndarray) -> list[peers.Totals]:
    """Return the totals of each stage, from the visits of a run at scale 1."""
    found = []
    horizon = peers.HORIZON * TICKS_PER_DAY
    for stage, number in enumerate(peers.places(1.0)):
        here = visits[visits["stage"] == stage]
        served = here["started"] >= 0
        ended = np.where(here["ended"] >= 0, here["ended"], horizon)
        waits = np.where(served, here["started"], ended) - here["queued"]
        busy = (ended - here["started"])[served].sum()
        found.append(
            peers.Totals(
                int(served.sum()),
                int((here["fate"] == LEFT).sum()),
                float(waits[served].mean()) / TICKS_PER_DAY,
                float(waits.sum()) / horizon,
                float(busy) / (horizon * number),
            )
        )
    return found


def _array(runs: Sequence[Sequence[peers.Totals]]) -> np.ndarray:
    return np.array([[[getattr(t, o) for o in OUTPUTS] for t in run] for run in runs])


def agreement_table(replications: int) -> list[str]:
    """Return the outputs of simcare and `fifo` with the z of their difference, in Markdown."""
    play = reference(1.0)
    ours = _array([outputs(play(seed)) for seed in range(replications)])
    theirs = _array([peers.fifo(1.0, seed) for seed in range(replications)])
    rows = ["| stage | output | simcare | fifo | z |", "|---|---|---|---|---|"]
    largest = 0.0
    for s, stage in enumerate(peers.STAGES):
        for o, output in enumerate(OUTPUTS):
            a, b = ours[:, s, o], theirs[:, s, o]
            error = math.sqrt((a.var(ddof=1) + b.var(ddof=1)) / replications)
            z = (a.mean() - b.mean()) / error if error > 0 else 0.0
            largest = max(largest, abs(z))
            named = output.replace("_", " ")
            rows.append(f"| {stage} | {named} | {a.mean():.5g} | {b.mean():.5g} | {z:+.2f} |")
    rows += [
        "",
        f"Largest |z|: {largest:.2f} of {len(rows) - 2} outputs, {replications} runs each.",
    ]
    return rows


def main() -> None:
    """Time, compare, and print both tables."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--clients", type=int, nargs="+", default=[5_000, 20_000, 80_000])
    parser.add_argument("--rounds", type=int, nargs="+", default=[15, 9, 5], help="for each size")
    parser.add_argument("--replications", type=int, default=40, help="for the agreement; 0: none")
    given = parser.parse_args()
    if len(given.clients) != len(given.rounds):
        parser.error("--rounds needs a number for each size of --clients")
    reference(0.01)(0), peers.fifo(0.01, 0), peers.plain(0.01, 0)
    print("\n".join(time_table(given.clients, given.rounds)))
    if given.replications:
        print()
        print("\n".join(agreement_table(given.replications)))


if __name__ == "__main__":
    main()
