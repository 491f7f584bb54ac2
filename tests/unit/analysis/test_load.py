"""Offered load beside places, by hand: who is where, what is missing."""

import numpy as np
import pytest

from simcare.analysis.load import Part, Presence, Supply, loads_of
from simcare.analysis.usable import Usable, Window
from simcare.kernels.tables import NONE, TICKS_PER_DAY, VISIT, Rows

DAY = TICKS_PER_DAY
WINDOW = Window(10 * DAY, 20 * DAY)


def visits(*rows: tuple[int, float, float]) -> Rows:
    """Return visits of (client, day begun, day ended); a negative day stands for none."""
    made = np.zeros(len(rows), VISIT)
    for visit, (client, begun, ended) in zip(made, rows, strict=True):
        visit["client"] = client
        visit["started"] = begun * DAY if begun >= 0 else NONE
        visit["ended"] = ended * DAY if ended >= 0 else NONE
    return made


def test_days_within_the_window_are_summed_for_each_client() -> None:
    """By hand: client 0 is in place 0 for 2 + 1 days of the window, client 1 for 5, and for ever.

    Client 2 never began, client 3 left before the window. So place 0 has 8 days, their squares by
    client 9 + 25; place 1 has the 10 days of client 1.
    """
    rows = visits((0, 8, 12), (0, 19, 23), (1, 11, 16), (1, 5, -1), (2, -1, 15), (3, 1, 9))
    found = Presence.none(2)
    found.add(rows, np.array([[0, 0, 0, 1, 0, 0]]), WINDOW)
    assert found.days.tolist() == [8.0, 10.0]
    assert found.squares.tolist() == [34.0, 100.0]
    assert (found.clients, found.replications) == (4, 1)
    mean, lower, upper = found.offered([0, 1], WINDOW)
    assert mean == pytest.approx(1.8)
    assert upper - mean == pytest.approx(1.959964 * 134**0.5 / 10)
    assert lower == 0.0


def test_visits_in_no_place_do_not_count_and_replications_are_averaged() -> None:
    """By hand: of two days in two replications, 20 days in all, and what has no place is left."""
    rows = visits((0, 10, 12), (0, 12, 18))
    found = Presence.none(1)
    found.add(rows, np.array([[0, NONE]]), WINDOW)
    found.add(rows[:0], np.zeros((1, 0), np.int64), WINDOW)
    assert found.offered([0], WINDOW)[0] == pytest.approx(0.1)
    assert (found.clients, found.replications) == (1, 2)


def presence(*days: float) -> Presence:
    """Return a presence of so many days in each place of the window, each of one client."""
    return Presence(np.array(days), np.array(days) ** 2 / 400, np.ones(len(days), np.int64), 1, 1)


def test_what_is_missing_is_one_less_places_over_load() -> None:
    """By hand: 12.5 places asked for, 10 there: 2.5 of 12.5, 20 of 100, can never be given."""
    (load,) = loads_of(
        "beds", [Part("", (0,), 10.0, Usable.exactly(10.0))], presence(125.0), WINDOW
    )
    assert load.offered == pytest.approx(12.5)
    assert load.per_place == pytest.approx(1.25)
    assert load.least == pytest.approx(20.0)
    assert load.least_lower == pytest.approx(100 * (1 - 10 / load.lower))
    assert load.least_upper == pytest.approx(100 * (1 - 10 / load.upper))
    assert load.supply == Supply.SHORT


def test_parts_do_not_help_each_other_out() -> None:
    """By hand: north lacks 2 of 12, south has 3 too many of 10: 2 of 19 are missing in all."""
    parts = [
        Part("north", (0,), 10.0, Usable.exactly(10.0)),
        Part("south", (1,), 10.0, Usable.exactly(10.0)),
    ]
    whole, north, south = loads_of("beds", parts, presence(120.0, 70.0), WINDOW)
    assert [load.category for load in (whole, north, south)] == ["", "north", "south"]
    assert whole.places == pytest.approx(20.0)
    assert whole.offered == pytest.approx(19.0)
    assert whole.least == pytest.approx(100 * 2 / 19)
    assert [load.supply for load in (whole, north, south)] == ["short", "short", "enough"]


@pytest.mark.parametrize(
    ("usable", "days", "expected"),
    [
        (Usable.exactly(10.0), 80.0, Supply.ENOUGH),
        (Usable.exactly(10.0), 99.0, Supply.UNSURE),
        (Usable.exactly(10.0), 125.0, Supply.SHORT),
        (Usable(10.0, 7.0, 13.0), 80.0, Supply.UNSURE),
        (Usable(10.0, 7.0, 13.5), 120.0, Supply.UNSURE),
        (Usable.exactly(0.0), 10.0, Supply.SHORT),
    ],
)
def test_the_intervals_decide_what_is_said(usable: Usable, days: float, expected: Supply) -> None:
    """Short when all that may be asked for is above all that may be busy, enough when below.

    The interval of a load is its tenth to either side (1.96 / 20).
    """
    (load,) = loads_of("beds", [Part("", (0,), 10.0, usable)], presence(days), WINDOW)
    assert load.upper == pytest.approx(1.098 * load.offered, rel=1e-3)
    assert load.supply == expected
    (load,) = loads_of("beds", [Part("", (0,), 10.0, usable)], presence(days), WINDOW, True)
    assert load.supply == Supply.DEPENDS


def test_stays_that_take_no_time_are_visits() -> None:
    """Hold that where all stay for no time some come: all are served if there is a place at all."""
    found = Presence.none(2)
    found.add(visits((0, 12, 12), (1, 9, 9)), np.array([[0, 1]]), WINDOW)
    assert found.visits.tolist() == [1, 0]
    for places, expected in ((4.0, Supply.ENOUGH), (0.0, Supply.SHORT)):
        part = Part("", (0,), places, Usable.exactly(places))
        (load,) = loads_of("desk", [part], found, WINDOW)
        assert (load.offered, load.supply) == (0.0, expected)
        assert load.least == (100.0 if expected == Supply.SHORT else 0.0)
    (load,) = loads_of("desk", [Part("", (1,), 4.0, Usable.exactly(4.0))], found, WINDOW)
    assert load.supply == Supply.UNUSED


def test_without_places_nobody_can_be_served() -> None:
    """Hold that all of 100 are missing where there is no place, and that there is no quotient."""
    (load,) = loads_of("beds", [Part("", (0,), 0.0, Usable.exactly(0.0))], presence(50.0), WINDOW)
    assert load.least == pytest.approx(100.0)
    assert np.isnan(load.per_place)
