"""Findings made by hand: two cases, two policies, every table small enough to work out."""

from collections.abc import Iterator, Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from simcare.analysis import curves, equity
from simcare.analysis.clients import GAVE_UP as LEAVES_IN_A_YEAR
from simcare.analysis.clients import STARTED as STARTS_IN_A_YEAR
from simcare.analysis.costs import COST_A_YEAR, COST_PER_CLIENT
from simcare.analysis.curves import Band, Key
from simcare.analysis.deadlines import (
    BREACHED,
    BREACHES,
    DAYS_LATE,
    DECIDED,
    breached_key,
    late_key,
)
from simcare.analysis.equity import ASKED as ASKED_IN_ALL
from simcare.analysis.equity import Equity, EquityRow, Split
from simcare.analysis.estimates import Estimate
from simcare.analysis.findings import About, CaseNote, Findings, Found
from simcare.analysis.flows import ENTRY, GAVE_UP, PHASES, STILL_THERE, FlowRow
from simcare.analysis.groups import ALL, BY_STAGE, BY_WAY_IN, Entry, GroupRow
from simcare.analysis.load import Load, Supply
from simcare.analysis.outcomes import DAYS, FEWER, MORE, OF_100, PEOPLE, Outcome
from simcare.analysis.pairs import WELLBEING, Of, PairRow
from simcare.analysis.steadiness import Drift
from simcare.analysis.terms import Trait
from simcare.analysis.warm_up import Settled, WarmUp
from simcare.analysis.ways_in import ASKED as ASKED_BY
from simcare.analysis.ways_in import CAME, MEDIAN, SHARE, TO_HELP, TO_TREATMENT
from simcare.analysis.ways_in import GAVE_UP as GAVE_UP_BY
from simcare.analysis.ways_in import STARTED as STARTED_BY
from simcare.report.answer import GAVE_UP as GIVES_UP
from simcare.report.answer import STARTED, TO_THE_LIST

STARTS = Outcome(STARTED, "all who asked", better=MORE)
LEAVES = Outcome(GIVES_UP, "all who asked", better=FEWER)
LIST = Outcome(TO_THE_LIST, "those who got on it", unit=DAYS, better=FEWER)
COMPLETES = Outcome("completed treatment", "all admitted", better=MORE)
RELAPSES = Outcome("relapsed within 91 days of discharge", "all discharged", better=FEWER)
USED = Outcome("utilisation", "all places", "beds")
QUEUE = Outcome("people waiting", "mean over time", "beds", PEOPLE, FEWER)
HALF = Outcome("half wait at most", "those served", "ward", DAYS, FEWER)
NINE = Outcome("9 of 10 wait at most", "those served", "ward", DAYS, FEWER)
# Of 12 beds 37 / 3 are asked for: of 6 in the north 23 / 3, of 6 in the south 14 / 3.
LOAD = Load(
    "beds", "", 12.0, 12.0, 37 / 3, 11.4, 13.2, 500 / 37, 100 / 11.4, 700 / 39.6, Supply.SHORT
)
PARTS = (
    Load("beds", "north", 6.0, 6.0, 23 / 3, 7.0, 25 / 3, 500 / 23, 100 / 7, 28.0, Supply.SHORT),
    Load("beds", "south", 6.0, 6.0, 14 / 3, 4.4, 4.9, 0.0, 0.0, 0.0, Supply.ENOUGH),
)
BREACHED_OF_100 = Outcome(f"{BREACHED}bed", DECIDED, better=FEWER)
BREACHES_A_YEAR = Outcome(f"{BREACHES}bed", "all for whom it began", unit="a year", better=FEWER)
LATE = Outcome(f"{DAYS_LATE}bed", "those who started late", unit=DAYS, better=FEWER)
EACH = Outcome(COST_PER_CLIENT, "all who asked", unit="NOK", better=FEWER)
NOISE = np.array([-0.2, 0.1, 0.0, 0.1])
ASKED, JOINED, OUT = "all who asked", "all who joined", "all discharged"


def about(policies: Mapping[str, str], cases: Mapping[str, CaseNote]) -> About:
    """Return what a made study is about."""
    return About(
        name="made",
        question="What does direct access do?",
        note="A note.",
        policies=policies,
        cases=cases,
        start_date="2017-01-02",
        horizon_days=720.0,
        warm_up_days=360.0,
        deadline_days=90.0,
        seed=1,
        smallest_people=2.0,
        smallest_days=3.0,
        capacities={"beds": ("beds", 12)},
        stages={"ward": "beds", "home": ""},
        marks={"treatment": ("ward",), "bed": ("ward",), "discharge": ("ward",)},
        sources={"service.beds": "a source", "service.ward": "assumed: a guess"},
    )


def _band(key: Key, x: Sequence[float], means: Sequence[float], n: int) -> Band:
    points = np.array(means, np.float64)
    half = np.full_like(points, 1.0 if n > 1 else np.nan)
    ends = (points - half, points + half, points - 2 * half, points + 2 * half)
    return Band(key, np.array(x, np.float64), points, *ends, np.full_like(points, 500.0), n)


def bands(started: float, gave_up: float, n: int) -> dict[Key, Band]:
    """Return curves that reach what a scenario's outcomes say, at day 90 and after."""
    days = [0.0, 90.0, 180.0, 365.0]
    rest = 100.0 - started - gave_up

    def to(value: float) -> list[float]:
        return [0.0, value, value, value]

    asking = {
        curves.STARTED: to(started),
        curves.GAVE_UP: to(gave_up),
        curves.DEAD: to(0.0),
        curves.NOT_OFFERED: to(0.0),
        curves.STILL_WAITING: [100.0, rest, rest, rest],
        curves.IN_A_BED: to(started - 10.0),
    }
    listed = {
        curves.SERVED: to(started),
        curves.LEFT_LIST: to(gave_up),
        curves.STOPPED: to(0.0),
        curves.STILL_WAITING: [100.0, rest, rest, rest],
    }
    found = {Key(s, curves.ASKING, ASKED): v for s, v in asking.items()}
    found |= {Key(s, curves.JOINING, JOINED, "beds"): v for s, v in listed.items()}
    found |= {Key(curves.RELAPSE, curves.DISCHARGE, OUT): [0.0, 30.0, 40.0, 50.0]}
    return {key: _band(key, days, values, n) for key, values in found.items()}


def _numbers(started: float, gave_up: float, n: int) -> Iterator[GroupRow]:
    """Yield what two ways in and one stage say."""
    for way, people in (("letter", 300.0), ("door", 4.0)):
        for measure, over, unit, value in (
            (ASKED_BY, CAME, PEOPLE, people),
            (SHARE, ASKED, OF_100, people / 3.04),
            (f"{TO_HELP}: {MEDIAN}", "those who got it", DAYS, 30.0),
            (f"{TO_TREATMENT}: {MEDIAN}", "those who started", DAYS, 60.0),
            (STARTED_BY, CAME, OF_100, started),
            (GAVE_UP_BY, CAME, OF_100, gave_up),
        ):
            yield _row(Entry(BY_WAY_IN, way, measure, over, unit), value, n)
        yield _row(Entry(BY_WAY_IN, way, COST_A_YEAR, CAME, "NOK a year"), 2e7, n)
        yield _row(Entry(BY_WAY_IN, way, COST_PER_CLIENT, CAME, "NOK"), 90_000.0, n)
    for by, name in ((ALL, ""), (BY_STAGE, "ward")):
        yield _row(Entry(by, name, COST_A_YEAR, ASKED, "NOK a year"), 3e7, n)
        yield _row(Entry(by, name, COST_PER_CLIENT, ASKED, "NOK"), 1e5, n)


def _row(entry: Entry, value: float, n: int) -> GroupRow:
    half = 1.0 if n > 1 else np.nan
    return GroupRow(entry, value, value - half, value + half, n)


def pairs(n: int) -> Iterator[PairRow]:
    """Yield whom a policy helps and harms: of 100 six more start, one more of the north.

    Of each 100, 4 ask under it alone. Of the isles too few ask to be shown.
    """
    for measure, helped, harmed in (
        (STARTS_IN_A_YEAR, 8.5, 2.5),
        (LEAVES_IN_A_YEAR, 3.5, 1.5),
        (WELLBEING, 20.5, 5.5),
    ):
        for by, group, people, more in (
            (ALL, "", 500.0, 0.0),
            ("region", "north", 300.0, 1.0),
            ("region", "south", 197.0, -1.5),
            ("region", "isles", 3.0, 0.0),
            ("need", "all_the_same", 500.0, 0.0),
        ):
            parts = (helped + more, harmed, 100.0 - helped - more - harmed, 0.0, 4.0)
            half = 0.5 if n > 1 else np.nan
            estimates = [Estimate(x, x - half, x + half, n) for x in parts]
            yield PairRow("a", Of(measure, by, group), people, *estimates)


TRAITS = (Trait("region", 3, ("north", "south", "far_east")), Trait("severity", 1))
# Of the groups of each attribute: people, and how many more start in time and give up than of all.
GROUPS = {
    "region": ((300.0, 5.0, -2.0), (200.0, -5.0, 2.0), (4.0, 9.0, 0.0)),
    "severity": ((100.0, 0.0, 0.0), (200.0, 0.0, 0.0), (204.0, 0.0, 0.0)),
}


def _equity(started: float, gave_up: float, noise: NDArray[np.float64]) -> tuple[EquityRow, ...]:
    """Return who gets what, if groups differ as in GROUPS in every replication."""
    replications = []
    for one in noise.tolist():
        by_group: dict[Split, NDArray[np.float64]] = {}
        for name, groups in GROUPS.items():
            people, starts, leaves = np.array(groups).T
            by_group[name, ASKED_IN_ALL] = people
            by_group[name, STARTS] = started + starts + one * np.sign(starts)
            by_group[name, LEAVES] = gave_up + leaves
        replications.append(Equity(by_group, {("severity", STARTS): 0.05 + one / 10}))
    return equity.gather(TRAITS, replications)


def scenario(
    policy: str,
    started: float,
    gave_up: float,
    first_wait: float,
    case: str = "one",
    noise: NDArray[np.float64] = NOISE,
    drifts: Sequence[Drift] = (),
) -> Found:
    """Return a scenario in which so many of 100 start in time and give up."""
    n = len(noise)
    values = {
        STARTS: started, LEAVES: gave_up, LIST: first_wait, COMPLETES: 70.0, RELAPSES: 37.0,
        USED: 95.0, QUEUE: 20.0, HALF: 30.0, NINE: 60.0,
        BREACHED_OF_100: 40.0 - started / 10, BREACHES_A_YEAR: 62.0, LATE: 7.5, EACH: 1e5,
    }  # fmt: skip
    months = np.arange(1.0, 25.0)
    waiting = _band(curves.waiting_key("beds"), months.tolist(), [20.0] * 24, n)
    flows = [(ENTRY, PHASES[0], 100.0), (PHASES[0], PHASES[2], started)]
    flows += [(PHASES[0], GAVE_UP, gave_up), (PHASES[2], STILL_THERE, started)]
    flows += [(PHASES[0], STILL_THERE, 100.0 - started - gave_up)]
    days, years = [*range(360, 720)], [*range(12 * 2018, 12 * 2018 + 23)]
    late = _band(late_key("bed"), days, [3.0] * 360, n)
    breached = _band(breached_key("bed"), years, [5.0 + started / 10] * 23, n)
    return Found(
        case=case,
        policy=policy,
        outcomes={outcome: value + noise for outcome, value in values.items()},
        late={"bed": late},
        breached={"bed": breached},
        numbers=tuple(_numbers(started, gave_up, n)),
        equity=_equity(started, gave_up, noise),
        curves=bands(started, gave_up, n),
        flows=tuple(FlowRow(a, b, v, v - 1.0, v + 1.0, n) for a, b, v in flows),
        waiting={"beds": waiting},
        drifts=tuple(drifts),
        loads=(LOAD, *PARTS),
        pairs=() if policy == "a" else tuple(pairs(n)),
        warm_ups=(WarmUp("beds", 240.0, Settled.ENOUGH),),
    )


def findings(
    changes: Sequence[tuple[float, float, float]] = ((8.0, -4.0, 0.0),),
    cases: Sequence[str] = ("one",),
    noise: NDArray[np.float64] = NOISE,
    drifts: Sequence[Drift] = (),
) -> Findings:
    """Return findings of a base, ``a``, and a policy for each change, ``b`` and on, in each case.

    A change is what is added to 50 starts, to 20 who give up, and taken from 12 days to the list.
    The replications of a policy lie twice as far apart as those of the base.
    """
    letters = "bcdefgh"[: len(changes)]
    titles = {"a": "GP referral", "b": "direct access"}
    titles |= {letter: f"policy {letter}" for letter in letters[1:]}
    scenarios = []
    for case in cases:
        scenarios.append(scenario("a", 50.0, 20.0, 12.0, case, noise, drifts))
        for letter, (start, leave, sooner) in zip(letters, changes, strict=True):
            made = (50.0 + start, 20.0 + leave, 12.0 - sooner)
            scenarios.append(scenario(letter, *made, case, 2 * noise))
    notes = {case: CaseNote(title=f"{case} case") for case in cases}
    kept = {p: titles[p] for p in ("a", *letters)}
    return Findings(about(kept, notes), tuple(scenarios))
