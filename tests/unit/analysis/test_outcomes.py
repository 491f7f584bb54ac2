"""Outcomes of five people's records, worked out by hand."""

from dataclasses import replace

import numpy as np
import pytest

from simcare.analysis.outcomes import measure
from simcare.analysis.records import Part, Reading, Records
from simcare.analysis.timeline import by_month, waiting_by_span
from simcare.kernels.tables import (
    COMPLETED,
    HOLDING,
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
    phases=(1, 2, 3),
    warm_up=100 * TICKS_PER_DAY,
    horizon=400 * TICKS_PER_DAY,
    deadline_days=30.0,
)

LONGER = replace(READING, horizon=700 * TICKS_PER_DAY)  # all who ask are followed for a year

# Anna asked before the warm-up; Bo was treated and relapsed; Cai gave up; Dag still waits; Eva is
# in treatment. Days of (client, stage, queued, started, ended, fate).
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
)


def visits() -> Rows:
    """Return the story as records; motivation is 0.9 at first, 0.6 when Bo starts, 0.8 for Eva."""
    rows = np.zeros(len(STORY), VISIT)
    for row, (client, stage, *days, fate) in zip(rows, STORY, strict=True):
        row["client"], row["stage"], row["fate"], row["episode"] = client, stage, fate, 1
        for name, day in zip(("queued", "started", "ended"), days, strict=True):
            row[name] = OPEN if day == OPEN else day * TICKS_PER_DAY
        row["motivation_queued"] = 0.9
        row["motivation_started"] = {1: 0.6, 4: 0.8}.get(client, 0.9)
    return rows


def found(name: str, over: str = "", where: str = "", reading: Reading = READING) -> float:
    """Return one outcome of the story."""
    measured = measure(Records(visits(), reading))
    values = [
        value
        for outcome, value in measured.items()
        if (outcome.name, outcome.where) == (name, where) and outcome.over.startswith(over)
    ]
    assert len(values) == 1, name
    return values[0]


# Bo starts 20 days after asking and Eva 5; Cai gives up after 35; Dag is out of sight after 200.
# Restricted mean: 5 + 15 x 3/4 + 15 x 2/4 + 145 x 1/4 = 60.
@pytest.mark.parametrize(
    ("name", "over", "where", "expected"),
    [
        ("started treatment by the deadline", "all who asked", "", 50.0),
        ("days waited of the first 180", "all who asked", "", 60.0),
        ("from asking to first help: mean wait", "those who got it", "", 0.0),
        ("from asking to the bed: mean wait", "those who got one", "", 12.5),
        ("from asking to the bed: a quarter wait at most", "those who got one", "", 5.0),
        ("from asking to the bed: half wait at most", "those who got one", "", 5.0),
        ("from asking to the bed: three quarters wait at most", "those who got one", "", 20.0),
        ("from asking to the bed: 9 of 10 wait at most", "those who got one", "", 20.0),
        ("motivation at start of treatment", "those who started", "", 70.0),
        ("change of motivation while waiting", "those who started", "", -20.0),
        ("relapsed within 91 days of discharge", "all discharged", "", 50.0),
        # Anna 30 days in the window, Bo 40, Eva 95, of two beds for 300 days.
        ("utilisation", "all places", "beds", 27.5),
        # Bo 10 days, Cai 30, Dag 190, over 300 days.
        ("people waiting", "mean over time", "beds", 230 / 300),
        ("mean wait", "all who joined", "bed", 230 / 4),
        ("mean wait", "those served", "bed", 5.0),
        ("had to wait", "all who joined", "bed", 75.0),
        ("left the list", "all who joined", "bed", 25.0),
        # Bo's and Eva's; Anna's was before the window, Cai's and Dag's never began.
        ("visits begun", "all visits", "bed", 2 / (300 / 365)),
    ],
)
def test_outcomes_by_hand(name: str, over: str, where: str, expected: float) -> None:
    """Each outcome is what five people's days give, everyone counted."""
    assert found(name, over, where) == pytest.approx(expected, abs=1e-4)


OF_A_YEAR = [
    ("started treatment within a year", 50.0),
    ("gave up before treatment within a year", 25.0),
    ("died before treatment within a year", 0.0),
    ("turned down within a year", 0.0),
    ("still waiting after a year", 25.0),
    ("completed treatment", 50.0),
    ("dropped out of treatment", 0.0),
    ("relapsed within 365 days of discharge", 50.0),
    ("relapsed within 365 days of completing", 50.0),
    ("came back within a year of discharge", 0.0),
]


@pytest.mark.parametrize(("name", "expected"), OF_A_YEAR)
def test_a_year_is_told_of_where_somebody_is_followed_for_one(name: str, expected: float) -> None:
    """Of the story by hand, seen for 600 days; in 300 days nobody is, and nothing is said.

    Eva stays to the horizon, so that it is not known how her treatment ends.
    """
    assert found(name, reading=LONGER) == pytest.approx(expected, abs=1e-9)
    assert np.isnan(found(name))


def test_a_deadline_is_told_of_where_somebody_is_followed_for_so_long() -> None:
    """Bo asks on the first of the 300 days: by day 300 a number rests on him, by day 301 on nobody.

    He and Eva started, Cai gave up, and Dag is out of sight after 200 days.
    """
    names = (
        "started treatment by the deadline",
        "from asking to the bed: wait at most the deadline",
    )
    whole, past = (replace(READING, deadline_days=day) for day in (300.0, 301.0))
    assert [found(name, reading=whole) for name in names] == pytest.approx([50.0, 100.0])
    assert np.isnan([found(name, reading=past) for name in names]).all()


def test_a_number_rests_on_one_in_ten_at_least() -> None:
    """Of ten more who ask 300 days before the horizon Bo is one in eleven to be seen any longer."""
    later = np.zeros(10, VISIT)
    later["client"], later["episode"], later["fate"] = np.arange(10) + 5, 1, STAYING
    later["queued"] = later["started"] = 110 * TICKS_PER_DAY
    later["ended"] = OPEN
    rows = np.concatenate([visits()[2:5], later])
    name = "started treatment by the deadline"
    for day, many, known in ((290.0, 10, True), (291.0, 10, False), (291.0, 9, True)):
        told = measure(Records(rows[: 3 + many], replace(READING, deadline_days=day)))
        (value,) = [value for outcome, value in told.items() if outcome.name == name]
        assert np.isfinite(value) == known


def test_how_stays_end_is_known_when_nobody_is_left() -> None:
    """Of Anna and Bo alone, in 300 days: Bo completed on day 40, and nobody else was admitted."""
    told = {o.name: v for o, v in measure(Records(visits()[:5], READING)).items()}
    assert told["completed treatment"] == pytest.approx(100.0)
    assert np.isnan(told["started treatment within a year"])


def test_who_is_turned_down_does_not_wait() -> None:
    """Fay, sent home by the assessment, is neither waiting nor leaving: 2, 1, 1 and 1 of five."""
    fay = np.zeros(2, VISIT)
    fay["client"], fay["episode"], fay["stage"] = 5, 1, (ASSESS, HOME)
    fay["fate"] = (COMPLETED, STAYING)
    fay["queued"] = fay["started"] = np.array((310, 315)) * TICKS_PER_DAY
    fay["ended"] = (315 * TICKS_PER_DAY, OPEN)
    records = Records(np.concatenate([visits(), fay]), LONGER)
    measured = {o.name: v for o, v in measure(records).items() if o.over == "all who asked"}
    assert measured["started treatment by the deadline"] == pytest.approx(40.0)
    assert measured["turned down within a year"] == pytest.approx(20.0)
    assert measured["gave up before treatment within a year"] == pytest.approx(20.0)
    assert measured["still waiting after a year"] == pytest.approx(20.0)


def test_capacity_that_changes_counts_as_it_is_on_offer() -> None:
    """Utilisation is over the places there are: two for 200 days of the window, one for 100."""
    steps = (((0, 2), (300 * TICKS_PER_DAY, 1)),)
    reading = replace(READING, places=steps)
    assert found("utilisation", where="beds", reading=reading) == pytest.approx(100 * 165 / 500)


def test_places_that_are_gone_and_still_in_use_count() -> None:
    """Of two beds none is left from day 120 on, when Anna's stay lasts to 130 and Bo's to 160.

    They are two for 20 days of the window, and then what is used: Bo's 40, Anna's 10, Eva's 95.
    Of these 40 + 145 place-days 30 + 40 + 95 were used.
    """
    reading = replace(READING, places=(((0, 2), (120 * TICKS_PER_DAY, 0)),))
    assert found("utilisation", where="beds", reading=reading) == pytest.approx(100 * 165 / 185)


HELD = "held by people who wait for the next place"


def held_story() -> Rows:
    """Return Fay and Gro, whose bed is kept until the ward has a place; Gro still waits for one.

    Days of stay and of waiting in the bed: Fay until 90 and 120, Gro until 350 and the horizon.
    """
    days = (
        (0, BED, 60, 60, 120, COMPLETED),
        (0, HOME, 90, 120, OPEN, STAYING),
        (1, BED, 110, 110, OPEN, HOLDING),
        (1, HOME, 350, OPEN, OPEN, WAITING),
    )
    rows = np.zeros(len(days), VISIT)
    for row, (client, stage, *ticks, fate) in zip(rows, days, strict=True):
        row["client"], row["stage"], row["fate"], row["episode"] = client, stage, fate, 1
        for name, day in zip(("queued", "started", "ended"), ticks, strict=True):
            row[name] = OPEN if day == OPEN else day * TICKS_PER_DAY
    rows["unit"] = rows["client"]
    return rows


def held(reading: Reading) -> dict[str, float]:
    """Return the mean places held in the story, by where."""
    measured = measure(Records(held_story(), reading))
    return {o.where: value for o, value in measured.items() if o.name == HELD}


def test_places_held_by_hand() -> None:
    """Of the window of 300 days Fay keeps her bed for 20 (from 100 on) and Gro hers for 50."""
    assert held(replace(READING, holding=(BED,))) == {"beds": pytest.approx(70 / 300)}


def test_places_held_by_category() -> None:
    """Fay is of the first unit, Gro of the second."""
    parts = (Part(0, "east", range(1), ((0, 1),)), Part(0, "west", range(1, 2), ((0, 1),)))
    assert held(replace(READING, holding=(BED,), parts=parts)) == {
        "beds": pytest.approx(70 / 300),
        "beds, east": pytest.approx(20 / 300),
        "beds, west": pytest.approx(50 / 300),
    }


def test_where_nothing_is_held_nothing_is_said_of_it() -> None:
    """A service without such a stage has no such outcome."""
    assert held(READING) == {}


# Anna and Bo are from the east, Cai, Dag and Eva from the west, whose beds are units 1 and 2 (the
# west's second bed is opened on day 300).
EAST, WEST = range(1), range(1, 3)
WEST_BEDS = ((0, 1), (300 * TICKS_PER_DAY, 2))
SPLIT = replace(
    READING,
    places=(((0, 2), (300 * TICKS_PER_DAY, 3)),),
    parts=(Part(0, "east", EAST, ((0, 1),)), Part(0, "west", WEST, WEST_BEDS)),
)


def by_region() -> dict[tuple[str, str, str], float]:
    """Return the outcomes of the story where the beds are split by region."""
    rows = visits()
    at_the_bed = rows["stage"] == BED
    rows["unit"][at_the_bed] = np.array([0, 0, 1, 2, 1])[rows["client"][at_the_bed]]
    measured = measure(Records(rows, SPLIT))
    return {(o.name, o.over.split(",")[0], o.where): value for o, value in measured.items()}


# Bo of the east waits 10 days and is served; of the west Cai leaves after 30, Dag waits 190 days to
# the horizon, Eva is served at once. Days of beds in the window: east 300, west 300 + 100.
@pytest.mark.parametrize(
    ("name", "over", "east", "west"),
    [
        ("utilisation", "all places", 100 * (30 + 40) / 300, 100 * 95 / 400),
        ("people waiting", "mean over time", 10 / 300, 220 / 300),
        ("mean wait", "all who joined", 10.0, 220 / 3),
        ("had to wait", "all who joined", 100.0, 200 / 3),
        ("left the list", "all who joined", 0.0, 100 / 3),
        ("mean wait", "those served", 10.0, 0.0),
        ("three quarters wait at most", "those served", 10.0, 0.0),
        ("wait at most the deadline", "those served", 100.0, 100.0),
    ],
)
def test_a_split_capacity_by_hand(name: str, over: str, east: float, west: float) -> None:
    """Each category's outcomes are over its own people and places, beside those of everybody."""
    told = by_region()
    where = "beds" if over in ("all places", "mean over time") else "bed"
    assert told[name, over, f"{where}, east"] == pytest.approx(east, abs=1e-9)
    assert told[name, over, f"{where}, west"] == pytest.approx(west, abs=1e-9)
    assert (name, over, where) in told


def test_a_split_adds_rows_and_changes_none() -> None:
    """What is told of everybody is the same with a split, in the same order, but for the places."""
    plain = measure(Records(visits(), replace(SPLIT, parts=())))
    rows = visits()
    split = measure(Records(rows, SPLIT))
    whole = {o: value for o, value in split.items() if ", " not in o.where}
    assert list(whole) == list(plain)
    np.testing.assert_array_equal(list(whole.values()), list(plain.values()))


def test_nobody_gives_no_number() -> None:
    """Where nobody qualifies the outcome is nan, not zero."""
    reading = replace(READING, warm_up=399 * TICKS_PER_DAY)
    assert np.isnan(found("started treatment by the deadline", reading=reading))
    assert np.isnan(found("from asking to the bed: mean wait", reading=reading))


def test_a_return_is_a_new_episode_and_not_a_relapse() -> None:
    """Bo's second episode counts as coming back; the first wait stays that of the first episode."""
    again = np.zeros(1, VISIT)
    again["client"], again["stage"], again["episode"], again["fate"] = 1, BED, 2, STAYING
    again["queued"] = again["started"] = 250 * TICKS_PER_DAY
    again["ended"] = OPEN
    rows = np.insert(visits(), 5, again)
    measured = {(o.name, o.where): v for o, v in measure(Records(rows, LONGER)).items()}
    assert measured["came back within a year of discharge", ""] == pytest.approx(50.0)
    assert measured["from asking to the bed: mean wait", ""] == pytest.approx(12.5)


def test_people_waiting_by_month() -> None:
    """People waiting in months of 30 days: Bo 10 days in the 4th, Cai 25 + 5, Dag from day 210."""
    waiting = by_month(waiting_by_span(Records(visits(), READING)))
    assert waiting.shape == (1, 13)
    expected = [0, 0, 0, 10 / 30, 0, 25 / 30, 5 / 30, *[1.0] * 6]
    np.testing.assert_allclose(waiting[0], expected, atol=1e-12)


def test_a_replication_in_which_nobody_comes_gives_no_numbers() -> None:
    """Nobody at all is nan for shares and means, and nobody waiting; never an error."""
    nobody = Records(np.zeros(0, VISIT), READING)
    measured = {(o.name, o.where): v for o, v in measure(nobody).items()}
    assert np.isnan(measured["started treatment by the deadline", ""])
    assert measured["utilisation", "beds"] == 0
    assert not by_month(waiting_by_span(nobody)).any()
