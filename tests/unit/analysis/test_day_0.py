"""Outcomes of a run that begins with a list, worked out by hand: of whom which of them are."""

from dataclasses import replace

import numpy as np
import pytest

from simcare.analysis.costs import measure_costs
from simcare.analysis.curves import on_the_list
from simcare.analysis.deadlines import measure_deadlines
from simcare.analysis.flows import AFTER, HELPED, TREATED, phase_flows
from simcare.analysis.groups import BY_STAGE
from simcare.analysis.outcomes import DAY_0, Measured, measure
from simcare.analysis.records import Reading, Records
from simcare.analysis.terms import Price, Rule, Terms, Way
from simcare.analysis.timeline import by_month, waiting_by_span
from simcare.kernels.tables import (
    COMPLETED,
    LEFT,
    RELAPSED,
    STAYING,
    TICKS_PER_DAY,
    VISIT,
    WAITING,
    Rows,
)

ASSESS, BED, HOME = range(3)
OPEN = -1
READING = Reading(
    stages=("assess", "bed", "home"),
    capacities=("beds",),
    capacities_of=((), (0,), ()),
    places=(((0, 2),),),
    referral_received=(ASSESS,),
    first_help=(ASSESS,),
    treatment=(BED,),
    bed=(BED,),
    discharge=(BED,),
    on_the_way=(ASSESS, BED),
    phases=(HELPED, TREATED, AFTER),
    warm_up=0,
    horizon=400 * TICKS_PER_DAY,
    deadline_days=30.0,
    begun=(BED,),
    there=2,
    waiting=2,
)

# On day 0 Anna is in a bed, Bo is assessed, Cai and Dag wait for a bed since 12 and 5 days; Cai is
# admitted and Dag gives up. Eva and Fay ask later. Days of (client, stage, queued, started, ended,
# fate).
STORY = (
    (0, BED, 0, 0, 20, COMPLETED),
    (0, HOME, 20, 20, 50, RELAPSED),
    (1, ASSESS, 0, 0, 10, COMPLETED),
    (1, BED, 10, 40, 60, COMPLETED),
    (1, HOME, 60, 60, OPEN, STAYING),
    (2, BED, -12, 20, 35, COMPLETED),
    (2, HOME, 35, 35, OPEN, STAYING),
    (3, BED, -5, OPEN, 25, LEFT),
    (4, BED, 5, 60, OPEN, STAYING),
    (5, BED, 50, OPEN, OPEN, WAITING),
)


def visits() -> Rows:
    """Return the story as records."""
    rows = np.zeros(len(STORY), VISIT)
    for row, (client, stage, *days, fate) in zip(rows, STORY, strict=True):
        row["client"], row["stage"], row["fate"], row["episode"] = client, stage, fate, 1
        for name, day in zip(("queued", "started", "ended"), days, strict=True):
            row[name] = OPEN if day == OPEN else day * TICKS_PER_DAY
    return rows


def measured(reading: Reading = READING, rows: Rows | None = None) -> Measured:
    """Return every outcome of the story."""
    return measure(Records(visits() if rows is None else rows, reading))


def found(outcomes: Measured, name: str, over: str, where: str = "") -> float:
    """Return one outcome."""
    (value,) = [
        value
        for outcome, value in outcomes.items()
        if (outcome.name, outcome.where) == (name, where) and outcome.over.startswith(over)
    ]
    return value


BY_30, IN_A_YEAR = DAY_0["the deadline"], DAY_0["a year"]


@pytest.mark.parametrize(
    ("names", "where", "expected"),
    [
        # Bo starts on day 40, Cai on day 20, Dag gives up on day 25. Anna has her treatment.
        (BY_30, "", (100 / 3, 100 / 3, 100 / 3)),
        (IN_A_YEAR, "", (200 / 3, 100 / 3, 0)),
        # Cai and Dag alone were on the list.
        (BY_30, "bed", (50, 50, 0)),
        (IN_A_YEAR, "bed", (50, 50, 0)),
    ],
)
def test_what_becomes_of_those_who_wait(
    names: tuple[str, ...], where: str, expected: tuple[float, ...]
) -> None:
    """Who has started, has given up and still waits, counted from day 0, whatever the warm-up."""
    for reading in (READING, replace(READING, warm_up=100 * TICKS_PER_DAY)):
        outcomes = measured(reading)
        values = [found(outcomes, name, "those who waited on day 0", where) for name in names]
        assert values == pytest.approx(expected, abs=1e-9)


def test_past_the_end_of_the_run_nothing_is_said_of_those_who_wait() -> None:
    """In 30 days the deadline is seen, on the last of them, and a year is not; in 29 neither is."""
    for horizon, by_deadline in ((30, (100 / 3, 100 / 3, 100 / 3)), (29, (np.nan,) * 3)):
        rows = visits()[:8]
        for name in ("queued", "started", "ended"):
            rows[name][rows[name] > horizon * TICKS_PER_DAY] = OPEN
        rows["fate"][rows["ended"] == OPEN] = STAYING
        rows = rows[rows["queued"] != OPEN]
        outcomes = measured(replace(READING, horizon=horizon * TICKS_PER_DAY), rows)
        for names, expected in ((BY_30, by_deadline), (IN_A_YEAR, (np.nan,) * 3)):
            values = [found(outcomes, name, "those who waited on day 0") for name in names]
            assert values == pytest.approx(expected, nan_ok=True)


@pytest.mark.parametrize(
    ("name", "over", "where", "expected"),
    [
        # Eva alone of Eva and Fay, after 55 days.
        ("started treatment by the deadline", "all who asked", "", 0.0),
        ("started treatment within a year", "all who asked", "", 50.0),
        # Bo joined on day 10 and waited 30 days, Eva 55, Fay 350.
        ("mean wait", "all who joined", "bed", (30 + 55 + 350) / 3),
        # Bo's, Cai's and Eva's: Anna's began before, Dag's and Fay's never.
        ("visits begun", "all visits", "bed", 3 / (400 / 365)),
        # Admitted in the run are Bo, Cai and Eva, who stays; Anna was there.
        ("completed treatment", "all admitted", "", 200 / 3),
        # Discharged are Anna, Bo and Cai; Anna relapsed.
        ("relapsed within 91 days of discharge", "all discharged", "", 100 / 3),
        # Days in the run: Bo 30, Cai 20, Dag 25, Eva 55, Fay 350.
        ("people waiting", "mean over time", "beds", 480 / 400),
        # Anna 20, Bo 20, Cai 15, Eva 340, of two beds for 400 days.
        ("utilisation", "all places", "beds", 100 * 395 / 800),
    ],
)
def test_the_others_are_those_of_the_run(name: str, over: str, where: str, expected: float) -> None:
    """Who asked before day 0 is not among those who ask, and was not admitted in the run."""
    assert found(measured(), name, over, where) == pytest.approx(expected)


def test_who_joined_in_the_first_second_of_day_0_is_of_the_list() -> None:
    """Who is on the list since 00:00 has not asked in the run, although it is the first tick."""
    rows = visits()
    rows["queued"][5] = 0
    outcomes = measured(rows=rows)
    assert found(outcomes, "mean wait", "all who joined", "bed") == pytest.approx(435 / 3)
    assert found(outcomes, "started treatment within a year", "all who asked") == pytest.approx(50)


def test_the_list_counts_among_those_who_wait_over_time() -> None:
    """In the first 30 days Bo waits 20, Cai 20, Dag 25 and Eva 25: three at a time."""
    assert by_month(waiting_by_span(Records(visits(), READING)))[0, 0] == pytest.approx(3.0)


def test_curves_and_flows_are_of_those_who_ask_in_the_run() -> None:
    """Of those who joined the list in the run one of three has a bed after 30 days, two after 55.

    Of Eva and Fay, who ask, one comes to treatment and one waits.
    """
    records = Records(visits(), READING)
    states = on_the_list(records, "beds", [29, 30, 55])
    assert states.values["started"] == pytest.approx([0, 100 / 3, 200 / 3])
    flows = phase_flows(records)
    assert {to: share for (source, to), share in flows.items() if source == "asked"} == {
        "treatment": pytest.approx(50.0),
        "before first help": pytest.approx(50.0),
    }


def test_without_a_list_nothing_is_said_of_it() -> None:
    """A run that starts empty has no outcomes of day 0."""
    empty = measured(replace(READING, begun=None, there=0, waiting=0))
    assert not any(outcome.over == "those who waited on day 0" for outcome in empty)


def test_deadlines_of_day_0_are_late_and_not_counted_with_those_that_begin_in_the_run() -> None:
    """Within 30 days of asking for a bed: Bo's is met on the last day, Eva's and Fay's breached.

    Of those who wait on day 0 Cai is late from day 18 to 20, and Dag leaves on the due day, 25;
    Anna is there. At the ends of days 19, 30 and 40 one is late, nobody, and one: Eva, since 35.
    """
    day = TICKS_PER_DAY
    soon = Terms("soon", False, (BED,), (BED,), (ASSESS, BED), (), (Rule((), 30 * day),))
    reading = replace(READING, deadlines=(soon,), day_ends=(19 * day, 30 * day, 40 * day))
    outcomes, lateness = measure_deadlines(Records(visits(), reading))
    by_name = {outcome.name: value for outcome, value in outcomes.items()}
    assert by_name["deadline began: soon"] == pytest.approx(3 * 365 / 400)
    assert by_name["deadline breached: soon"] == pytest.approx(200 / 3)
    assert by_name["deadline lapsed: soon"] == 0
    assert by_name["days late: soon"] == 25
    assert lateness.late.tolist() == [[1, 0, 1]]


def test_the_costs_of_day_0_are_of_no_way_in() -> None:
    """A visit to a bed costs 10: Bo, Cai and Eva have one each, and Anna's began before day 0.

    Each of the two who asked in the run costs 15 of what is spent in all, and 5 of the way in,
    which is Eva's.
    """
    reading = replace(
        READING,
        prices=(Price(BY_STAGE, "bed", BED, per_visit=10),),
        currency="NOK",
        ways=(Way("by phone", 0, BED),),
    )
    outcomes, numbers = measure_costs(Records(visits(), reading))
    assert list(outcomes.values()) == [15]
    each = [v for e, v in numbers.items() if e.measure == "cost per client who asked"]
    assert each == [15, 15, 5]  # in all, of the beds, of the way in
