"""Whether the programs agree: the means of each one's outputs beside those of simcare."""

import math
from argparse import Namespace
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from scipy import stats

import specification as spec
from competitors import COMPILED, FIFO_BARE, REFERENCE, Competitor, by_name
from players import CannotPlayError
from specification import OUTPUTS, STAGES, Totals

MORE = 10  # times as many runs at most of a program that is quick
FALSE_ALARM = 0.01  # the chance that any |z| passes the limit if all programs agree


@dataclass(frozen=True)
class Compared:
    """One output of one program: its mean, and z of the difference to simcare's (nan: none)."""

    name: str
    stage: str
    output: str
    mean: float
    z: float


@dataclass(frozen=True)
class Agreement:
    """What was compared, over how many runs of each; whether simcare's engines gave the same."""

    runs: dict[str, int]
    compared: list[Compared]
    engines_equal: bool | None

    @property
    def z(self) -> np.ndarray:
        """Return every z that there is."""
        z = np.array([row.z for row in self.compared])
        return z[np.isfinite(z)]

    @property
    def limit(self) -> float:
        """Return what no |z| passes, but for a chance of FALSE_ALARM, if all programs agree."""
        return float(stats.norm.isf(FALSE_ALARM / 2 / max(1, len(self.z))))


def _array(runs: Sequence[Sequence[Totals]]) -> np.ndarray:
    return np.array([[[getattr(t, o) for o in OUTPUTS] for t in run] for run in runs], float)


def difference(ours: np.ndarray, theirs: np.ndarray) -> float:
    """Return z of the difference of two means: the normal value with the tail of Welch's t.

    It is nan for an output that is the same in most runs (nobody leaves a list without patience,
    hardly anybody waits for aftercare): its mean is far from normal.
    """
    for sample in (ours, theirs):
        most_often = np.unique(sample, return_counts=True)[1].max()
        if np.isnan(sample).any() or most_often > len(sample) / 2:
            return math.nan
    t, tail = stats.ttest_ind(theirs, ours, equal_var=False)
    return float(math.copysign(stats.norm.isf(tail / 2), t))


def runs_of(competitor: Competitor, replications: int) -> int:
    """Return over how many runs a program is compared."""
    return replications * min(MORE, competitor.runs(spec.CLIENTS))


def samples(
    competitors: Sequence[Competitor], replications: int, given: Namespace
) -> dict[str, np.ndarray]:
    """Return the outputs of each program that plays: (runs, stages, outputs)."""
    found = {}
    for competitor in competitors:
        if competitor.name == FIFO_BARE:
            continue  # the same as `fifo`, number by number
        count = runs_of(competitor, replications)
        try:
            player = competitor.start(spec.CLIENTS, given)
            try:
                found[competitor.name] = _array(player.play(1, count).totals)
            finally:
                player.close()
        except CannotPlayError:
            continue
    return found


def agreement(
    competitors: Sequence[Competitor], replications: int, given: Namespace
) -> Agreement | None:
    """Return how far the programs agree with the compiled engine; None if it was not asked for."""
    if COMPILED not in {c.name for c in competitors}:
        return None
    every = samples(competitors, replications, given)
    ours = every[COMPILED]
    equal = None
    if REFERENCE in every:
        both = min(len(ours), len(every[REFERENCE]))
        equal = bool(np.array_equal(ours[:both], every[REFERENCE][:both]))
    compared = []
    for name, theirs in every.items():
        if name == REFERENCE:
            continue
        for s, stage in enumerate(STAGES):
            for o, output in enumerate(OUTPUTS):
                own = name == COMPILED
                z = math.nan if own else difference(ours[:, s, o], theirs[:, s, o])
                compared.append(Compared(name, stage, output, float(theirs[:, s, o].mean()), z))
    return Agreement({name: len(runs) for name, runs in every.items()}, compared, equal)


def _cell(row: Compared) -> str:
    if math.isnan(row.mean):
        return "–"
    return f"{row.mean:.4g}" + ("" if math.isnan(row.z) else f" ({row.z:+.1f})")


def table(found: Agreement) -> list[str]:
    """Return the agreement in Markdown."""
    names = [name for name in found.runs if name != REFERENCE]
    titles = [f"{by_name(name).title}, {found.runs[name]} runs" for name in names]
    rows = [
        "| stage | output | " + " | ".join(titles) + " |",
        "|---|---" * 1 + "|---" * len(names) + "|",
    ]
    cells: dict[Any, dict[str, str]] = {}
    for row in found.compared:
        cells.setdefault((row.stage, row.output), {})[row.name] = _cell(row)
    for (stage, output), told in cells.items():
        each = " | ".join(told[name] for name in names)
        rows.append(f"| {stage} | {output.replace('_', ' ')} | {each} |")
    return [*rows, "", *_reading(found)]


def _reading(found: Agreement) -> list[str]:
    z = np.abs(found.z)
    lines = []
    if len(z):
        beyond = int((z > stats.norm.isf(0.025)).sum())
        lines = [
            f"In brackets z of the difference to simcare. Of {len(z)} values {beyond} are beyond "
            f"1.96, where {0.05 * len(z):.0f} are to be expected if all programs agree (they "
            f"hang together: all are against the same runs of simcare). The largest is "
            f"{z.max():.2f}; one beyond {found.limit:.2f} would come up in at most "
            f"{FALSE_ALARM:.0%} of such comparisons if all agree. "
            "An output that hardly ever differs from 0 has no z."
        ]
    if found.engines_equal is not None:
        word = "the same" if found.engines_equal else "**not the same**"
        lines.append(
            f"Both of simcare's engines gave {word} totals in all {found.runs[REFERENCE]} runs "
            "that both played."
        )
    return lines
