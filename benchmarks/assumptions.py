"""Which assumptions move the answer of the `access` question: one at a time, low and high.

    python benchmarks/assumptions.py --output benchmarks/assumptions.md

Each assumption of configs/service/region.yaml is set low and high, all else as it is, under both
explanations of the wait (the cases ``separate_lists`` and ``given_a_date`` of the experiment). Both
policies meet the same clients with the same luck. What is ranked is the swing of the difference,
direct access less GP referral, from low to high. The experiment varies the few that move it most.
"""

import argparse
import os
import sys
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from simcare.analysis.estimates import mean_interval
from simcare.analysis.outcomes import Outcome
from simcare.config.build import job
from simcare.config.files import config_folders, read_named
from simcare.study import Block, Played, Result, Scene, Told, run

EXPLANATIONS = ("separate_lists", "given_a_date")
OUTCOMES = ("started treatment by the deadline", "gave up before treatment within a year")
STARTED, GAVE_UP = OUTCOMES

WAITING = ("waiting", "waiting_for_the_gp")
ASK_AGAIN = "service.stages.using.stay_days.log_normal.mean"
LISTS = (
    "gp_appointment",
    "referral_sent",
    "referral_assessed",
    "waiting_list",
    "assessment",
    "detox",
    "residential",
)
Values = Mapping[str, Any]


@dataclass(frozen=True)
class Assumption:
    """One assumption: in words, its two levels in words, and what each level sets."""

    name: str
    title: str
    levels: tuple[str, str]
    sets: tuple[Values, Values]


def _waiting(path: str, value: Any) -> dict[str, Any]:
    """Return a setting of both conditions of waiting."""
    return {f"service.conditions.{condition}.{path}": value for condition in WAITING}


def _gp_wait(mean: float) -> dict[str, Any]:
    """Return a wait for the GP with this mean and the variation that it has (sd 8 at mean 9)."""
    length = {"log_normal": {"mean": mean, "sd": round(mean * 8 / 9, 3)}}
    return {"service.stages.gp_appointment.stay_days": length}


def _not_referred(share: float) -> dict[str, Any]:
    onward = {"referral_sent": 1 - share, "using": 0.3 * share, "out": 0.7 * share}
    return {"service.stages.gp_appointment.next.completed": onward}


def _comes_back(share: float) -> dict[str, Any]:
    onward = {"using": share, "out": round(1 - share, 9)}
    return {f"service.stages.{stage}.next.left": onward for stage in LISTS}


def _worsens(days: float) -> dict[str, Any]:
    path = "severity.half_life_days"
    return {**_waiting(path, days), f"service.conditions.using.{path}": days}


ASSUMPTIONS = (
    Assumption(
        "motivation",
        "half-life of motivation while waiting (180 days)",
        ("60 days", "540 days"),
        (
            _waiting("motivation.half_life_days", 60),
            _waiting("motivation.half_life_days", 540),
        ),
    ),
    Assumption(
        "link",
        "how far motivation keeps people from leaving (0.8)",
        ("0.4", "1.0"),
        (
            _waiting("leave.after_days.motivation.link", 0.4),
            _waiting("leave.after_days.motivation.link", 1.0),
        ),
    ),
    Assumption(
        "patience",
        "mean patience of those without motivation (130 days)",
        ("80 days", "220 days"),
        (
            _waiting("leave.after_days.motivation.mean", 80),
            _waiting("leave.after_days.motivation.mean", 220),
        ),
    ),
    Assumption(
        "gp_wait",
        "mean wait for the GP (9 days)",
        ("4 days", "18 days"),
        (_gp_wait(4), _gp_wait(18)),
    ),
    Assumption(
        "not_referred",
        "share the GP does not refer (0.05)",
        ("0", "0.15"),
        (_not_referred(0.0), _not_referred(0.15)),
    ),
    Assumption(
        "early_loss",
        "lost in the first days at the GP (0.08)",
        ("0", "0.25"),
        (
            {"service.conditions.waiting_for_the_gp.leave.early_loss.share": 0.0},
            {"service.conditions.waiting_for_the_gp.leave.early_loss.share": 0.25},
        ),
    ),
    Assumption(
        "extra_demand",
        "more who ask because it is easier (50 a year)",
        ("0", "160 a year"),
        (
            {"service.arrivals.drawn_by_easier_access.per_year": 0},
            {"service.arrivals.drawn_by_easier_access.per_year": 160},
        ),
    ),
    Assumption(
        "ask_again",
        "time until people ask again (240 days)",
        ("120 days", "480 days"),
        ({ASK_AGAIN: 120}, {ASK_AGAIN: 480}),
    ),
    Assumption(
        "comes_back",
        "share of those who give up who ask again soon (0.3)",
        ("0.1", "0.6"),
        (_comes_back(0.1), _comes_back(0.6)),
    ),
    Assumption(
        "severity",
        "half-life of being less severe, untreated (1,500 days)",
        ("500 days", "5,000 days"),
        (_worsens(500), _worsens(5000)),
    ),
    Assumption(
        "stay",
        "mean stay in residential treatment (75 days)",
        ("68 days", "82 days"),
        (
            {"service.stages.residential.stay_days.log_normal.mean": 68},
            {"service.stages.residential.stay_days.log_normal.mean": 82},
        ),
    ),
)


class Nothing:
    """A store that keeps nothing: only what the records say is wanted."""

    keeps_visits = False

    def find(self, scene: Scene, block: Block) -> None:
        """Return None: nothing is kept."""

    def keep(self, scene: Scene, block: Block, told: Sequence[Told], played: Played | None) -> None:
        """Keep nothing."""


def written(value: Any) -> str:
    """Return a value in the grammar of the command line."""
    if isinstance(value, Mapping):
        return "{" + ", ".join(f"{key}: {written(v)}" for key, v in value.items()) + "}"
    return str(value)


def cases() -> dict[str, dict[str, Any]]:
    """Return every case: an explanation of the wait, alone and with each assumption's levels."""
    known = read_named(config_folders(), "experiment", "access")["study"]["cases"]
    made: dict[str, dict[str, Any]] = {}
    for explanation in EXPLANATIONS:
        base = dict(known[explanation].get("set", {}))
        made[explanation] = {"set": base}
        for assumption in ASSUMPTIONS:
            for level, values in zip(("low", "high"), assumption.sets, strict=True):
                made[f"{explanation}_{assumption.name}_{level}"] = {"set": {**base, **values}}
    return made


@dataclass(frozen=True)
class Swing:
    """How far an assumption moves the difference between the policies, under one explanation.

    ``low`` and ``high``: the mean difference at each level; ``swing`` high less low, with the half
    of its 95 % interval over paired replications.
    """

    low: float
    high: float
    swing: float
    half: float


def differences(results: Sequence[Result]) -> dict[str, dict[str, NDArray[np.float64]]]:
    """Return, by case and outcome, direct access less GP referral in each replication."""
    by_scene = {(r.scene.case, r.scene.policy): r.outcomes for r in results}
    found: dict[str, dict[str, NDArray[np.float64]]] = {}
    for case in dict.fromkeys(r.scene.case for r in results):
        before, after = by_scene[case, "gp_referral"], by_scene[case, "direct_access"]
        found[case] = {o.name: after[o] - before[o] for o in before if _wanted(o)}
    return found


def _wanted(outcome: Outcome) -> bool:
    return outcome.name in OUTCOMES and not outcome.where


def swings(
    found: Mapping[str, Mapping[str, NDArray[np.float64]]], outcome: str
) -> dict[str, dict[str, Swing]]:
    """Return the swing of an outcome by assumption and explanation."""
    table: dict[str, dict[str, Swing]] = {}
    for a in ASSUMPTIONS:
        table[a.name] = {}
        for explanation in EXPLANATIONS:
            low = found[f"{explanation}_{a.name}_low"][outcome]
            high = found[f"{explanation}_{a.name}_high"][outcome]
            moved = mean_interval(high - low)
            half = (moved.upper - moved.lower) / 2
            table[a.name][explanation] = Swing(low.mean(), high.mean(), moved.mean, half)
    return table


def largest(row: Mapping[str, Swing]) -> float:
    """Return the larger size of an assumption's swings under the two explanations."""
    return max(abs(swing.swing) for swing in row.values())


def lines(
    found: Mapping[str, Mapping[str, NDArray[np.float64]]], replications: int, seed: int
) -> Iterator[str]:
    """Yield the report, in Markdown."""
    yield "# Which assumptions move the answer of `access`"
    yield ""
    yield "Made by"
    yield ""
    yield (
        f"    python benchmarks/assumptions.py --replications {replications} --seed {seed} "
        "--output benchmarks/assumptions.md"
    )
    yield ""
    yield (
        "Each row sets one assumption low and high, all else as in `configs/service/region.yaml` "
        "(its value there in brackets)."
    )
    yield (
        "Differences are direct access less GP referral, in people of 100 who ask, means over "
        f"{replications} paired replications;"
    )
    yield (
        "the swing is the difference at high less that at low, ± the half of its 95 % interval. "
        "Ranked by the larger swing of the"
    )
    yield (
        "two explanations of the wait. The levels are judgements of what is plausible: a wider "
        "range swings further. A difference"
    )
    yield (
        "need not move one way only: with everything as it is it may lie outside low and high "
        "(early loss takes people, and load, away)."
    )
    tables = {outcome: swings(found, outcome) for outcome in OUTCOMES}
    yield from _together(tables)
    for outcome, table in tables.items():
        yield from _section(found, outcome, table)


def _heading(text: str) -> Iterator[str]:
    yield from ("", f"## {text}", "")


def _together(tables: Mapping[str, Mapping[str, Mapping[str, Swing]]]) -> Iterator[str]:
    """Yield the table of both outcomes: the larger swing of each, ranked by their sum."""
    yield from _heading("Both outcomes: the larger swing of each, ranked by their sum")
    sizes = {a.name: [largest(table[a.name]) for table in tables.values()] for a in ASSUMPTIONS}
    yield f"| | assumption | low, high | {' | '.join(tables)} | sum |"
    yield "|---|---|---|---|---|---|"
    for place, a in enumerate(sorted(ASSUMPTIONS, key=lambda a: -sum(sizes[a.name])), 1):
        numbers = " | ".join(f"{size:.1f}" for size in (*sizes[a.name], sum(sizes[a.name])))
        yield f"| {place} | {a.title} | {', '.join(a.levels)} | {numbers} |"


def _section(
    found: Mapping[str, Mapping[str, NDArray[np.float64]]],
    outcome: str,
    table: Mapping[str, Mapping[str, Swing]],
) -> Iterator[str]:
    """Yield the table of one outcome, ranked by the larger swing of the two explanations."""
    yield from _heading(outcome[0].upper() + outcome[1:])
    base = {e: mean_interval(found[e][outcome]) for e in EXPLANATIONS}
    said = "; ".join(
        f"`{e}` {b.mean:+.1f} ({b.lower:+.1f} to {b.upper:+.1f})" for e, b in base.items()
    )
    yield f"With every assumption as it is: {said}."
    yield ""
    heads = [f"`{e}`: low, high | swing" for e in EXPLANATIONS]
    yield f"| | assumption | low, high | {' | '.join(heads)} |"
    yield "|---|---|---|---|---|---|---|"
    for place, a in enumerate(sorted(ASSUMPTIONS, key=lambda a: -largest(table[a.name])), 1):
        cells = [
            f"{s.low:+.1f}, {s.high:+.1f} | {s.swing:+.1f} ± {s.half:.1f}"
            for s in table[a.name].values()
        ]
        yield f"| {place} | {a.title} | {', '.join(a.levels)} | {' | '.join(cells)} |"


def main() -> None:
    """Play every case under both policies, and print (and write) the ranking."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--replications", type=int, default=30)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--workers", type=int, default=os.cpu_count() or 1)
    parser.add_argument("--output", type=Path, help="also write the table to this file")
    given = parser.parse_args()
    made = job(
        [
            "experiment=access",
            f"replications={given.replications}",
            f"seed={given.seed}",
            "study.policies=[gp_referral, direct_access]",
            f"study.cases={written(cases())}",
        ]
    )

    def progress(done: float, total: int) -> None:
        print(f"\r{done:.0f} of {total} replications", end="", file=sys.stderr, flush=True)

    found = differences(run(made.study, Nothing(), given.workers, progress))
    text = "\n".join(lines(found, given.replications, given.seed)) + "\n"
    print(file=sys.stderr)
    print(text, end="")
    if given.output is not None:
        given.output.write_text(text, encoding="utf-8")


if __name__ == "__main__":
    main()
