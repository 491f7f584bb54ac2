"""What care costs and what each way in does, on records worked out by hand."""

from dataclasses import replace

import numpy as np
import pytest

from simcare.analysis.costs import COST_A_YEAR, COST_PER_CLIENT, NOBODY_NAMED, measure_costs
from simcare.analysis.groups import (
    ALL,
    BY_PAYER,
    BY_PLACES,
    BY_STAGE,
    BY_WAY_IN,
    BY_YEAR,
    Entry,
    gather,
)
from simcare.analysis.outcomes import FEWER, Outcome
from simcare.analysis.records import People, Reading, Records
from simcare.analysis.terms import Price, Way
from simcare.analysis.ways_in import (
    ASKED,
    GAVE_UP,
    MEAN,
    MEDIAN,
    SHARE,
    STARTED,
    TO_HELP,
    TO_TREATMENT,
    measure_ways_in,
)
from simcare.kernels.tables import (
    COMPLETED,
    LEFT,
    MISSED,
    STAYING,
    TICKS_PER_DAY,
    VISIT,
    WAITING,
)

GP, DESK, WARD = range(3)
OPEN, WARM_UP, HORIZON = -1, 100, 465
LETTER, DOOR = range(2)

READING = Reading(
    stages=("gp", "desk", "ward"),
    capacities=(),
    capacities_of=((), (), ()),
    places=(),
    referral_received=(),
    first_help=(DESK,),
    treatment=(WARD,),
    bed=(),
    discharge=(),
    on_the_way=(GP, DESK, WARD),
    phases=(0, 1, 2),
    warm_up=WARM_UP * TICKS_PER_DAY,
    horizon=HORIZON * TICKS_PER_DAY,
    deadline_days=90,
    prices=(
        Price(BY_STAGE, "desk", DESK, per_visit=500),
        Price(BY_STAGE, "ward", WARD, per_visit=100, per_day=10),
        Price(BY_STAGE, "ward", WARD, bought_per_day=4),
    ),
    currency="NOK",
    ways=(Way("letter", 0, GP), Way("door", 0, DESK)),
)

LONGER = replace(READING, horizon=900 * TICKS_PER_DAY)  # everybody is followed for a year

# Days of (client, stage, queued, started, ended, fate). Anna asked before the warm-up; Bo by
# letter; Cai, Dag and Eva by the door. Cai missed an offer of the ward and gave up.
STORY = (
    (0, GP, 60, 60, 70, COMPLETED),
    (0, WARD, 70, 80, 130, COMPLETED),
    (1, GP, 110, 110, 120, COMPLETED),
    (1, DESK, 120, 130, 131, COMPLETED),
    (1, WARD, 131, 150, 170, COMPLETED),
    (2, DESK, 200, 204, 205, COMPLETED),
    (2, WARD, 205, 215, 217, MISSED),
    (2, WARD, 217, OPEN, 230, LEFT),
    (3, DESK, 300, 302, 303, COMPLETED),
    (3, WARD, 303, 312, OPEN, STAYING),
    (4, DESK, 460, OPEN, OPEN, WAITING),
)


def records(reading: Reading = READING, people: People | None = None) -> Records:
    """Return the story as records."""
    rows = np.zeros(len(STORY), VISIT)
    for row, (client, stage, *days, fate) in zip(rows, STORY, strict=True):
        row["client"], row["stage"], row["fate"], row["episode"] = client, stage, fate, 1
        for name, day in zip(("queued", "started", "ended"), days, strict=True):
            row[name] = OPEN if day == OPEN else day * TICKS_PER_DAY
    return Records(rows, reading, people)


# --- costs ---------------------------------------------------------------------------------------

# Of the ward: Anna's 30 days after the warm-up; Bo's 20, and his visit; Cai's 2 lost days, of the
# bought place alone; Dag's 153 to the horizon, and his visit. Of the desk: three visits.
WARD_COST = 30 * 14 + 20 * 14 + 100 + 2 * 4 + 153 * 14 + 100
DESK_COST = 3 * 500


def test_money_is_that_of_the_time_measured() -> None:
    """Expected: by hand, as above; a year is measured, in which four people asked."""
    measured, numbers = measure_costs(records())
    by = {(e.by, e.name, e.measure): value for e, value in numbers.items()}
    assert by == pytest.approx(
        {
            (ALL, "", COST_A_YEAR): WARD_COST + DESK_COST,
            (ALL, "", COST_PER_CLIENT): (WARD_COST + DESK_COST) / 4,
            (BY_STAGE, "desk", COST_A_YEAR): DESK_COST,
            (BY_STAGE, "desk", COST_PER_CLIENT): DESK_COST / 4,
            (BY_STAGE, "ward", COST_A_YEAR): WARD_COST,
            (BY_STAGE, "ward", COST_PER_CLIENT): WARD_COST / 4,
            (BY_WAY_IN, "letter", COST_A_YEAR): 30 * 14 + 500 + 20 * 14 + 100,
            (BY_WAY_IN, "letter", COST_PER_CLIENT): 30 * 14 + 500 + 20 * 14 + 100,
            (BY_WAY_IN, "door", COST_A_YEAR): 1000 + 2 * 4 + 153 * 14 + 100,
            (BY_WAY_IN, "door", COST_PER_CLIENT): (1000 + 2 * 4 + 153 * 14 + 100) / 3,
        }
    )
    each = Outcome(COST_PER_CLIENT, "all who asked", "", "NOK", FEWER)
    assert measured == {each: pytest.approx((WARD_COST + DESK_COST) / 4)}
    assert {e.unit for e in numbers} == {"NOK", "NOK a year"}


def test_money_by_payer_and_for_what_is_there() -> None:
    """Expected: by hand, of a year from day 100 to day 465.

    The state pays 3 a day for each of 2 beds, 4 from day 265 on: 165 x 2 + 200 x 4 bed-days, used
    or not; and 1,000 a year for training. Clients pay 7 for each day on the ward; waiting for it
    costs the municipality 2 a day: Bo's 19 days, Cai's 10 and 13 more, Dag's 9.
    """
    state, client, municipality = "state", "client", "municipality"
    reading = replace(
        READING,
        capacities=("beds",),
        capacities_of=((), (), (0,)),
        places=(((0, 2), (265 * TICKS_PER_DAY, 4)),),
        prices=(
            Price(BY_STAGE, "ward", WARD, client, per_day=7),
            Price(BY_STAGE, "ward", WARD, municipality, per_day_waiting=2),
            Price(BY_STAGE, "gp", GP, per_visit=1),
            Price(BY_PLACES, "beds", 0, state, per_day=3),
            Price(BY_YEAR, "training", payer=state, per_year=1000),
        ),
    )
    _, numbers = measure_costs(records(reading))
    by = {(e.by, e.name): value for e, value in numbers.items() if e.measure == COST_A_YEAR}
    ward, waiting = 7 * (30 + 20 + 153), 2 * (19 + 10 + 13 + 9)
    beds = 3 * (165 * 2 + 200 * 4)
    assert by == pytest.approx(
        {
            (ALL, ""): ward + waiting + 1 + beds + 1000,
            (BY_STAGE, "ward"): ward + waiting,
            (BY_STAGE, "gp"): 1,
            (BY_PLACES, "beds"): beds,
            (BY_YEAR, "training"): 1000,
            (BY_PAYER, client): ward,
            (BY_PAYER, municipality): waiting,
            (BY_PAYER, NOBODY_NAMED): 1,
            (BY_PAYER, state): beds + 1000,
            (BY_WAY_IN, "letter"): 7 * 50 + 2 * 19 + 1,
            (BY_WAY_IN, "door"): 7 * 153 + 2 * (10 + 13 + 9),
        }
    )


def test_costs_of_half_a_year_are_those_of_a_year() -> None:
    """Expected: by hand: 30 ward days in the 50 days from day 100 on, 7.3 times as many a year."""
    short = replace(READING, horizon=150 * TICKS_PER_DAY, ways=())
    rows = records().visits[:2]
    _, numbers = measure_costs(Records(rows, short))
    ward = Entry(BY_STAGE, "ward", COST_A_YEAR, "all who asked", "NOK a year")
    assert numbers[ward] == pytest.approx(30 * 14 * 7.3)
    nobody = Entry(ALL, "", COST_PER_CLIENT, "all who asked", "NOK")
    assert np.isnan(numbers[nobody])


def test_where_nothing_has_a_price_nothing_is_said() -> None:
    """Hold that a service without costs has neither an outcome nor numbers."""
    assert measure_costs(records(replace(READING, prices=()))) == ({}, {})


# --- ways in -------------------------------------------------------------------------------------


def test_each_way_in_has_its_own_numbers() -> None:
    """Expected: by hand. By the door came 3 of 4, with help after 4 and 2 days.

    Of them Dag started after 12 days, Cai gave up after 30, and Eva waits for more than a year.
    """
    numbers = measure_ways_in(records(LONGER))
    by = {(e.name, e.measure): value for e, value in numbers.items()}
    assert by == pytest.approx(
        {
            ("letter", ASKED): 1,
            ("letter", SHARE): 25,
            ("letter", f"{TO_HELP}: {MEDIAN}"): 20,
            ("letter", f"{TO_HELP}: {MEAN}"): 20,
            ("letter", f"{TO_TREATMENT}: {MEDIAN}"): 40,
            ("letter", f"{TO_TREATMENT}: {MEAN}"): 40,
            ("letter", STARTED): 100,
            ("letter", GAVE_UP): 0,
            ("door", ASKED): 3,
            ("door", SHARE): 75,
            ("door", f"{TO_HELP}: {MEDIAN}"): 2,
            ("door", f"{TO_HELP}: {MEAN}"): 3,
            ("door", f"{TO_TREATMENT}: {MEDIAN}"): 12,
            ("door", f"{TO_TREATMENT}: {MEAN}"): 12,
            ("door", STARTED): 100 / 3,
            ("door", GAVE_UP): 100 / 3,
        }
    )


def test_of_a_year_nothing_is_said_where_nobody_is_followed_for_one() -> None:
    """Expected: by hand: Bo, who asked first, on day 110, is followed for 355 days of 465.

    Ten days later he is in sight for a year, and who came by the door is not.
    """
    for horizon, known in ((HORIZON, {}), (HORIZON + 10, {"letter": (100.0, 0.0)})):
        numbers = measure_ways_in(records(replace(READING, horizon=horizon * TICKS_PER_DAY)))
        by = {(e.name, e.measure): value for e, value in numbers.items()}
        for name in ("letter", "door"):
            found = by[name, STARTED], by[name, GAVE_UP]
            assert found == pytest.approx(known.get(name, (np.nan, np.nan)), nan_ok=True)


def test_people_of_another_stream_come_another_way() -> None:
    """Expected: by hand: with Bo of another stream nobody asked by the first one's letter."""
    ways = (*READING.ways, Way("others: letter", 1, GP))
    people = People(np.array([0, 1, 0, 0, 0]), np.zeros((5, 3)))
    numbers = measure_ways_in(records(replace(LONGER, ways=ways), people))
    asked = {e.name: value for e, value in numbers.items() if e.measure == ASKED}
    assert asked == {"letter": 0, "door": 3, "others: letter": 1}
    started = {e.name: value for e, value in numbers.items() if e.measure == STARTED}
    assert np.isnan(started["letter"])
    assert started["others: letter"] == pytest.approx(100)


def test_a_service_without_ways_says_nothing_of_them() -> None:
    """Hold that nothing is measured where the reading names no way in."""
    assert measure_ways_in(records(replace(READING, ways=()))) == {}


# --- many replications ---------------------------------------------------------------------------


def test_numbers_of_replications_have_a_mean_and_an_interval() -> None:
    """Expected: by hand: mean 2 of 1, 2, 3, and t of two degrees of freedom by 1/sqrt(3) about."""
    one, two = (Entry(BY_STAGE, name, COST_A_YEAR, "all", "NOK a year") for name in ("a", "b"))
    rows = gather([{one: 1.0}, {one: 2.0, two: 5.0}, {one: 3.0, two: np.nan}])
    assert [row.entry for row in rows] == [one, two]
    first, second = rows
    assert (first.mean, first.n) == (2.0, 3)
    assert first.upper - first.mean == pytest.approx(4.302653 / np.sqrt(3), rel=1e-6)
    assert first.mean - first.lower == pytest.approx(first.upper - first.mean)
    assert (second.mean, second.n) == (5.0, 1)
    assert np.isnan([second.lower, second.upper]).all()
