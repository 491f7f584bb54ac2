"""Offers that were missed, moves to another list, and several capacities at a time, by hand."""

from dataclasses import replace

import numpy as np
import pytest

from simcare.analysis import curves, flows
from simcare.analysis.outcomes import ALL_WHO_JOINED, Outcome, measure
from simcare.analysis.records import NOT_YET, Part, Reading, Records
from simcare.analysis.timeline import by_month, waiting_by_span
from simcare.kernels.tables import (
    COMPLETED,
    HOLDING,
    LEFT,
    MISSED,
    MOVED,
    STAYING,
    TICKS_PER_DAY,
    UNIT_BITS,
    VISIT,
    WAITING,
)

DESK, WARD, HOTEL, USING = range(4)
BEDS, ROOMS = range(2)
OPEN, HORIZON = -1, 100

READING = Reading(
    stages=("desk", "ward", "hotel", "using"),
    capacities=("beds", "rooms"),
    capacities_of=((), (BEDS,), (ROOMS,), ()),
    places=(((0, 1),), ((0, 1),)),
    referral_received=(),
    first_help=(WARD, HOTEL),
    treatment=(WARD, HOTEL),
    bed=(WARD, HOTEL),
    discharge=(WARD, HOTEL),
    on_the_way=(DESK, WARD, HOTEL),
    phases=(0, 2, 2, 3),
    warm_up=0,
    horizon=HORIZON * TICKS_PER_DAY,
    deadline_days=90,
    may_miss=(WARD,),
    may_move=(WARD,),
)
Visit = tuple[int, int, int, int, int]  # stage; days: queued, started, ended; and the fate

# Anna misses an offer after ten days, and its place is lost for two; then she is admitted. Bo
# misses his and goes back to using. Cai is moved to the hotel after twenty days. Dag's lost place
# is still lost at the horizon. Eva misses her first offer, and waits for another.
LIVES: tuple[tuple[Visit, ...], ...] = (
    (
        (DESK, 0, 0, 0, COMPLETED),
        (WARD, 0, 10, 12, MISSED),
        (WARD, 12, 20, 30, COMPLETED),
    ),
    ((DESK, 1, 1, 1, COMPLETED), (WARD, 1, 30, 30, MISSED), (USING, 30, 30, OPEN, STAYING)),
    ((WARD, 2, OPEN, 22, MOVED), (HOTEL, 22, 24, 40, COMPLETED)),
    ((WARD, 60, 98, OPEN, MISSED),),
    ((WARD, 70, 75, 75, MISSED), (WARD, 75, OPEN, OPEN, WAITING)),
)


def records(lives: tuple[tuple[Visit, ...], ...] = LIVES, reading: Reading = READING) -> Records:
    """Return the records of some lives."""
    rows = np.zeros(sum(map(len, lives)), VISIT)
    flat = [(client, *visit) for client, life in enumerate(lives) for visit in life]
    for row, (client, stage, *days, fate) in zip(rows, flat, strict=True):
        row["client"], row["stage"], row["fate"], row["episode"] = client, stage, fate, 1
        for name, day in zip(("queued", "started", "ended"), days, strict=True):
            row[name] = OPEN if day == OPEN else day * TICKS_PER_DAY
    return Records(rows, reading)


def days(ticks: np.ndarray) -> list[int | None]:
    """Return ticks in days, None where that did not come."""
    return [None if tick == NOT_YET else int(tick) // TICKS_PER_DAY for tick in ticks]


def found(name: str, over: str, where: str = "") -> float:
    """Return one outcome of the lives above."""
    values = [
        value
        for o, value in measure(records()).items()
        if (o.name, o.over, o.where) == (name, over, where)
    ]
    assert len(values) == 1
    return values[0]


def test_an_offer_that_was_missed_is_no_treatment() -> None:
    """Expected: by hand: Anna starts with the second offer, Cai after the move, the rest never."""
    assert days(records().treated) == [20, None, 24, None, None]
    assert days(records().first_start((WARD,))) == [20, None, None, None, None]


def test_who_misses_an_offer_and_goes_elsewhere_has_given_up() -> None:
    """Expected: by hand: Bo on day 30; who stays on the way, is moved or still lost has not."""
    assert days(records().gave_up) == [None, 30, None, None, None]
    leaves = ((DESK, 0, 0, 0, COMPLETED), (WARD, 0, 10, 12, MISSED))
    assert days(records((leaves,)).gave_up) == [12]


def test_waits_end_with_the_offer_or_the_move() -> None:
    """Expected: by hand, of the visits to ward and hotel in their order."""
    waited = records().waits[records().at((WARD, HOTEL))]
    assert waited.tolist() == [10, 8, 29, 20, 2, 38, 5, 25]


def test_lists_say_who_was_not_served() -> None:
    """Expected: by hand: of seven visits to the ward one began, four were missed, one moved."""
    everyone = ALL_WHO_JOINED
    assert found("missed the offer", everyone, "ward") == pytest.approx(100 * 4 / 7)
    assert found("moved to another list", everyone, "ward") == pytest.approx(100 / 7)
    assert found("left the list", everyone, "ward") == 0
    assert found("mean wait", "those served", "ward") == 8
    assert found("mean wait", everyone, "ward") == pytest.approx(
        (10 + 8 + 29 + 20 + 38 + 5 + 25) / 7
    )
    names = {o.name for o in measure(records()) if o.where == "hotel"}
    assert not {"missed the offer", "moved to another list"} & names


def test_a_lost_place_is_busy_and_nobody_is_there() -> None:
    """Expected: by hand: 2 days lost to Anna, 10 of her stay, 2 lost to Dag: 14 of 100 bed-days."""
    assert found("utilisation", "all places", "beds") == pytest.approx(14)
    assert found("completed treatment", "all admitted") == pytest.approx(100)
    assert found("people waiting", "mean over time", "beds") == pytest.approx(
        (10 + 8 + 29 + 20 + 38 + 5 + 25) / 100
    )


def test_curves_of_a_list_count_the_missed_as_stopped() -> None:
    """Expected: by hand: of seven 2 stopped by day 10, 4 by day 29 and 5 by day 38; one started."""
    states = curves.on_the_list(records(), "beds", [0, 8, 10, 20])
    served, stopped = states.values[curves.SERVED], states.values[curves.STOPPED]
    assert served.tolist() == pytest.approx([0, 100 / 7, 100 / 7, 100 / 7])
    assert stopped.tolist() == pytest.approx([0, 100 / 7, 200 / 7, 300 / 7])
    total = sum(states.values[s] for s in (curves.SERVED, curves.LEFT_LIST, curves.STOPPED))
    assert (total + states.values[curves.STILL_WAITING]).tolist() == pytest.approx([100] * 4)


def test_flows_end_where_people_are() -> None:
    """Expected: by hand, of five: two are treated and out, Bo gave up, two are still there."""
    moves = flows.phase_flows(records())
    by_end = dict.fromkeys((flows.OUT, flows.GAVE_UP, flows.STILL_THERE), 0.0)
    for (_, target), share in moves.items():
        if target in flows.ENDS:
            by_end[target] += share
    assert by_end == pytest.approx({flows.OUT: 40, flows.GAVE_UP: 20, flows.STILL_THERE: 40})
    assert moves[flows.PHASES[0], flows.GAVE_UP] == pytest.approx(20)


def test_who_is_moved_out_has_not_given_up() -> None:
    """Expected: by hand: nothing follows the move, so it is the way out."""
    moved = ((DESK, 0, 0, 0, COMPLETED), (WARD, 0, OPEN, 9, MOVED))
    assert flows.phase_flows(records((moved,)))[flows.PHASES[0], flows.OUT] == 100
    assert days(records((moved,)).gave_up) == [None]


# --- several capacities at a time ----------------------------------------------------------------

# The hotel asks for a room and a bed. Anna holds her bed and waits for a room; Bo waits for both.
TOGETHER = replace(
    READING,
    capacities_of=((), (BEDS,), (ROOMS, BEDS), ()),
    places=(((0, 4),), ((0, 2),)),
    may_miss=(),
    may_move=(),
    holding=(WARD,),
    parts=(Part(BEDS, "east", range(1), ((0, 2),)), Part(BEDS, "west", range(1, 3), ((0, 2),))),
)
BOTH = (
    ((WARD, 0, 0, 20, COMPLETED), (HOTEL, 10, 20, 30, COMPLETED)),
    ((HOTEL, 5, 30, 40, COMPLETED),),
    ((WARD, 50, 50, OPEN, HOLDING), (HOTEL, 60, OPEN, OPEN, WAITING)),
)


def together() -> Records:
    """Return the records of those three, who have the bed units 0, 1 and 2, and room unit 1."""
    made = records(BOTH, TOGETHER)
    units = [0, 1, 1, 2, 2]
    for row, unit in zip(made.visits, units, strict=True):
        row["unit"] = unit if row["stage"] == WARD else 1 | unit << UNIT_BITS
    made.visits["unit"][1] = 1 | 0 << UNIT_BITS
    return Records(made.visits, TOGETHER)


def test_units_of_several_capacities_are_told_apart() -> None:
    """Expected: as they were packed, the first capacity lowest."""
    assert together().unit_of(BEDS).tolist() == [0, 0, 1, 2, 2]
    mine = together().asking(ROOMS)
    assert together().unit_of(ROOMS)[mine].tolist() == [1, 1, 1]


def test_a_place_that_is_brought_along_is_not_waited_for() -> None:
    """Expected: by hand: Anna and the third wait for a room alone, Bo for both."""
    assert together().asking(BEDS).tolist() == [True] * 5
    assert together().joining(BEDS).tolist() == [True, False, True, True, False]
    assert together().joining(ROOMS).tolist() == [False, True, True, False, True]
    months = by_month(waiting_by_span(together()))
    assert months[BEDS].tolist() == pytest.approx([25 / 30, 0, 0])
    assert months[ROOMS].tolist() == pytest.approx([(10 + 25) / 30, 0, 1])


def test_each_capacity_is_used_by_itself() -> None:
    """Expected: by hand: bed-days of Anna 30, of Bo 10, of the third 50; room-days 10 and 10."""
    measured = measure(together())
    used = {o.where: value for o, value in measured.items() if o.name == "utilisation"}
    assert used == pytest.approx(
        {
            "beds": 100 * 90 / 400,
            "beds, east": 100 * 30 / 200,
            "beds, west": 100 * 60 / 200,
            "rooms": 100 * 20 / 200,
        }
    )
    lists = {o.where for o in measured if o.name == "had to wait"}
    assert lists == {
        *("ward", "ward, east", "ward, west"),
        *("hotel", "hotel, east", "hotel, west"),
    }


def test_what_leaves_a_list_is_an_outcome_only_where_it_may() -> None:
    """Hold that services without offers and moves have the outcomes that they had before."""
    plain = replace(READING, may_miss=(), may_move=())
    measured = measure(records(((((WARD, 1, OPEN, 9, LEFT),)),), plain))
    assert Outcome("missed the offer", ALL_WHO_JOINED, "ward", better=-1) not in measured
    assert not [o for o in measured if o.name in ("missed the offer", "moved to another list")]
