"""Curves by day of six people's records, worked out by hand."""

from dataclasses import replace

import numpy as np
import pytest

from simcare.analysis import curves
from simcare.analysis.curves import Key, after_asking, after_discharge, bands_from, gather, rows_of
from simcare.analysis.outcomes import measure
from simcare.analysis.records import Reading, Records
from simcare.kernels.tables import (
    COMPLETED,
    LEFT,
    RELAPSED,
    STAYING,
    TICKS_PER_DAY,
    VISIT,
    WAITING,
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
    phases=(1, 2, 3),
    warm_up=100 * TICKS_PER_DAY,
    horizon=400 * TICKS_PER_DAY,
    deadline_days=30.0,
)

# Anna asked before the warm-up; Bo was treated and relapsed; Cai gave up; Dag still waits; Eva is
# in treatment; Fay was assessed and sent home. Days of (client, stage, queued, started, ended).
STORY = (
    (0, BED, 60, 60, 130, COMPLETED),
    (0, HOME, 130, 130, OPEN, STAYING),
    (1, ASSESS, 100, 100, 110, COMPLETED),
    (1, BED, 110, 120, 160, COMPLETED),
    (1, HOME, 160, 160, 200, RELAPSED),
    (2, ASSESS, 150, 150, 155, COMPLETED),
    (2, BED, 155, OPEN, 185, LEFT),
    (3, ASSESS, 200, 200, 210, COMPLETED),
    (3, BED, 210, OPEN, OPEN, WAITING),
    (4, ASSESS, 300, 300, 305, COMPLETED),
    (4, BED, 305, 305, OPEN, STAYING),
    (5, ASSESS, 110, 110, 130, COMPLETED),
    (5, HOME, 130, 130, OPEN, STAYING),
)


def records(reading: Reading = READING) -> Records:
    """Return the story as records."""
    rows = np.zeros(len(STORY), VISIT)
    for row, (client, stage, *days, fate) in zip(rows, STORY, strict=True):
        row["client"], row["stage"], row["fate"], row["episode"] = client, stage, fate, 1
        for name, day in zip(("queued", "started", "ended"), days, strict=True):
            row[name] = OPEN if day == OPEN else day * TICKS_PER_DAY
    return Records(rows, reading)


# Bo starts 20 days after asking and Eva 5, Cai gives up after 35, Fay is sent home after 20; Dag
# waits all the 200 days that he is seen.
@pytest.mark.parametrize(
    ("state", "expected"),
    [
        (curves.STARTED, [0, 20, 40, 40, 40]),
        (curves.IN_A_BED, [0, 20, 40, 40, 40]),
        (curves.GAVE_UP, [0, 0, 0, 0, 20]),
        (curves.DEAD, [0, 0, 0, 0, 0]),
        (curves.NOT_OFFERED, [0, 0, 20, 20, 20]),
        (curves.STILL_WAITING, [100, 80, 40, 40, 20]),
    ],
)
def test_after_asking_by_hand(state: str, expected: list[float]) -> None:
    """Each state has the people that the days say, and who is sent home does not wait."""
    found = after_asking(records(), [0, 5, 20, 30, 35])
    np.testing.assert_allclose(found.values[state], expected, atol=1e-9)
    np.testing.assert_array_equal(found.at_risk, [5, 4, 2, 2, 1])


def test_the_states_after_asking_make_100() -> None:
    """All states but being in a bed, which is no end, add up."""
    found = after_asking(records(), curves.grid(365)).values
    total = sum(v for state, v in found.items() if state != curves.IN_A_BED)
    np.testing.assert_allclose(total, 100.0, atol=1e-9)


def test_curves_agree_with_the_outcomes() -> None:
    """The curves are those that the outcomes are read off."""
    long = records(replace(READING, horizon=700 * TICKS_PER_DAY))
    measured = {o.name: v for o, v in measure(long).items()}
    asked = after_asking(long, [30.0, 365.0]).values
    by_deadline = measured["started treatment by the deadline"]
    assert asked[curves.STARTED][0] == pytest.approx(by_deadline)
    in_a_year = measured["gave up before treatment within a year"]
    assert asked[curves.GAVE_UP][1] == pytest.approx(in_a_year)
    relapsed = after_discharge(long, [91.0]).values[curves.RELAPSE][0]
    assert relapsed == pytest.approx(measured["relapsed within 91 days of discharge"])


@pytest.mark.parametrize(
    ("deadline", "started", "served"),
    [(14.0, 20, 50), (20.0, 40, 50), (4.5, 0, 25)],
)
def test_the_deadline_is_a_day_of_the_curves(
    deadline: float, started: float, served: float
) -> None:
    """Whatever the step, what is said of the deadline is not read off a day before it.

    Eva starts on day 5 after asking and Bo on day 20; on the list Eva is served at once and Bo
    after 10 days.
    """
    mine = records(replace(READING, deadline_days=deadline))
    found = gather([curves.curves(mine)])
    asked = found[Key(curves.STARTED, curves.ASKING, "all who asked")]
    joined = found[Key(curves.SERVED, curves.JOINING, "all who joined", "beds")]
    for band in (asked, joined):
        assert band.x[band.at(deadline)] == deadline
    asked_now, joined_now = curves.curves(mine)[:2]
    assert asked_now.values[curves.STARTED][asked.at(deadline)] == pytest.approx(started)
    assert joined_now.values[curves.SERVED][joined.at(deadline)] == pytest.approx(served)
    measured = {o.name: v for o, v in measure(mine).items()}
    assert asked_now.values[curves.STARTED][asked.at(deadline)] == pytest.approx(
        measured["started treatment by the deadline"]
    )


def test_months_since_discharge_are_days_of_the_curve() -> None:
    """Three months are 91 days, six 182 and twelve 365, whatever the step."""
    band = gather([curves.curves(records(), 50)])[
        Key(curves.RELAPSE, curves.DISCHARGE, "all discharged")
    ]
    days = (91.0, 182.0, 273.0, 365.0, 456.0, 547.0, 638.0, 730.0)
    assert [float(band.x[band.at(day)]) for day in days] == list(days)


@pytest.mark.parametrize("deadline", [22.5, 395.0])
def test_there_is_a_point_at_the_deadline(deadline: float) -> None:
    """Hold it between two points of the grid, and past its last one: two of five have started."""
    long = records(replace(READING, horizon=700 * TICKS_PER_DAY, deadline_days=deadline))
    measured = {o.name: v for o, v in measure(long).items()}
    for since in (curves.ASKING, curves.JOINING):
        (band, *_) = (b for key, b in gather([curves.curves(long)]).items() if key.since == since)
        assert band.x[band.at(deadline)] == deadline
    started = gather([curves.curves(long)])[Key(curves.STARTED, curves.ASKING, "all who asked")]
    assert started.mean[started.at(deadline)] == pytest.approx(40.0)
    assert measured["started treatment by the deadline"] == pytest.approx(40.0)


def test_on_the_list_by_hand() -> None:
    """Bo starts on day 10, Eva at once, Cai leaves on day 30, Dag waits 190 days and is lost."""
    found = curves.on_the_list(records(), "beds", [0, 10, 29, 30, 200])
    np.testing.assert_allclose(found.values[curves.SERVED], [25, 50, 50, 50, 50])
    np.testing.assert_allclose(found.values[curves.LEFT_LIST], [0, 0, 0, 25, 25])
    np.testing.assert_allclose(found.values[curves.STILL_WAITING], [75, 50, 50, 25, 25])
    np.testing.assert_array_equal(found.at_risk, [3, 2, 2, 1, 0])


def test_after_discharge_by_hand() -> None:
    """Of Anna and Bo, discharged on days 130 and 160, Bo relapses after 40 days."""
    found = after_discharge(records(), [0, 39, 40, 240, 270, 271])
    np.testing.assert_allclose(found.values[curves.RELAPSE], [0, 0, 50, 50, 50, 50])
    np.testing.assert_array_equal(found.at_risk, [2, 2, 1, 1, 1, 0])
    np.testing.assert_allclose(found.seen, [1, 1, 0.5, 0.5, 0.5, 0])


def test_gathered_curves_stop_where_they_rest_on_too_few() -> None:
    """Past the last day on which one in ten is seen there is nan, not a carried value."""
    found = gather([curves.curves(records(), 5), curves.curves(records(), 5)])
    relapse = found[Key(curves.RELAPSE, curves.DISCHARGE, "all discharged")]
    assert relapse.x[np.isfinite(relapse.mean)][-1] == 270
    asked = found[Key(curves.STARTED, curves.ASKING, "all who asked")]
    assert asked.x[np.isfinite(asked.mean)][-1] == 300  # Bo asked on day 100 of 400
    assert asked.n == 2
    assert asked.lower[asked.at(30)] == asked.upper[asked.at(30)] == pytest.approx(40.0)


def test_one_replication_has_no_interval() -> None:
    """A single replication gives a mean without an interval."""
    found = gather([curves.curves(records(), 5)])
    asked = found[Key(curves.STARTED, curves.ASKING, "all who asked")]
    assert asked.mean[asked.at(30)] == pytest.approx(40.0)
    assert np.isnan(asked.lower).all()


def test_nobody_gives_no_curve() -> None:
    """Where nobody asked, joined or was discharged every value is nan."""
    empty = records(replace(READING, warm_up=399 * TICKS_PER_DAY))
    for band in gather([curves.curves(empty, 50)]).values():
        assert np.isnan(band.mean).all()
        assert np.isnan(band.low).all()


def test_curves_come_back_from_a_table() -> None:
    """What a table holds is what was written into it; an empty cell is nan."""
    found = gather([curves.curves(records(), 50), curves.curves(records(), 50)])
    rows = [
        tuple("" if isinstance(c, float) and np.isnan(c) else c for c in row)
        for row in rows_of(found.values())
    ]
    again = bands_from(rows)
    assert list(again) == list(found)
    for key, band in found.items():
        np.testing.assert_array_equal(again[key].mean, band.mean)
        np.testing.assert_array_equal(again[key].high, band.high)
        assert again[key].n == band.n


def test_nobody_in_no_records() -> None:
    """A replication without a single visit gives nan too."""
    none = Records(np.zeros(0, VISIT), READING)
    for states in curves.curves(none, 50):
        assert all(np.isnan(v).all() for v in states.values.values())
