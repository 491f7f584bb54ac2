"""Offered load beside places, by hand: who is where, how closed places empty, what is missing."""

import numpy as np
import pytest

from simcare.analysis.load import (
    Draining,
    Load,
    Part,
    Presence,
    Supply,
    Window,
    closes,
    loads_of,
    places_open,
    places_usable,
)
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


def test_places_empty_as_stays_of_one_length_do() -> None:
    """Stays all of 10 days: those found there leave evenly over 10 days, so 1 - x / 10 are left.

    The area under it up to x is x - x ** 2 / 20, 5 in all.
    """
    draining = Draining(np.full(50, 10 * DAY))
    for days in (0.0, 2.5, 9.0, 10.0):
        assert draining.left(days * DAY) == pytest.approx(1 - days / 10)
        assert draining.area(days * DAY) == pytest.approx((days - days**2 / 20) * DAY)
        assert draining.until(1 - days / 10) == pytest.approx(days * DAY)
    assert draining.left(99 * DAY) == 0.0
    assert draining.area(99 * DAY) == pytest.approx(5 * DAY)


def test_places_empty_as_exponential_stays_do() -> None:
    """Exponential stays forget how long they have lasted: exp(-x / mean) are left.

    The stays are the quantiles of the distribution, so that no chance is in it; more of them than
    are kept to stand for all.
    """
    stays = -20.0 * np.log(1 - (np.arange(50_000) + 0.5) / 50_000)
    draining = Draining(stays)
    for x in (1.0, 15.0, 40.0):
        assert draining.left(x) == pytest.approx(np.exp(-x / 20), abs=0.003)
        assert draining.area(x) == pytest.approx(20 * (1 - np.exp(-x / 20)), abs=0.06)


def test_places_that_never_close_can_all_be_busy() -> None:
    """By hand: 4 places for half of the window, then 6: 5 on average, and 5 that can be busy."""
    steps = ((0, 4), (15 * DAY, 6))
    assert not closes(steps)
    assert places_open(steps, WINDOW) == pytest.approx(5.0)
    draining = Draining(np.full(5, 10 * DAY))
    assert places_usable(steps, draining, WINDOW) == pytest.approx(5.0)


def test_closed_places_stay_busy_until_those_there_have_left() -> None:
    """By hand: 8 places of stays of 10 days close on day 12, and open again on day 16.

    Of 8 places, 8 (4 - 16 / 20) = 25.6 place-days are lived to the end; 8 * 6 are open.
    """
    steps = ((0, 8), (12 * DAY, 0), (16 * DAY, 8))
    assert closes(steps)
    assert places_open(steps, WINDOW) == pytest.approx(4.8)
    draining = Draining(np.full(5, 10 * DAY))
    assert places_usable(steps, draining, WINDOW) == pytest.approx((48 + 25.6) / 10)


def test_half_closed_places_fall_to_the_half_and_no_further() -> None:
    """By hand: 8 places become 4 on day 12; they are 4 after 5 days, until the window ends.

    Busy: 8 for 2 days, then 8 (5 - 25 / 20) = 30 place-days in 5 days, then 4 for 3 days. Seen
    through a window that begins on day 14, the 2 days from day 12 on, 8 (2 - 4 / 20), are left out.
    """
    steps = ((0, 8), (12 * DAY, 4))
    draining = Draining(np.full(5, 10 * DAY))
    assert places_usable(steps, draining, WINDOW) == pytest.approx((16 + 30 + 12) / 10)
    late = Window(14 * DAY, 20 * DAY)
    assert places_usable(steps, draining, late) == pytest.approx((30 - 14.4 + 12) / 6)


def test_places_that_close_twice_while_emptying_go_on_from_what_is_left() -> None:
    """By hand: 8 places, none from day 10, 2 from day 15, when 4 are still busy.

    The 4 who are left then are taken as found at any time of their stay: they fall to 2 in 5 days.
    """
    steps = ((0, 8), (10 * DAY, 0), (15 * DAY, 2))
    draining = Draining(np.full(5, 10 * DAY))
    expected = 8 * (5 - 25 / 20) + 4 * (5 - 25 / 20)
    assert places_usable(steps, draining, WINDOW) == pytest.approx(expected / 10)


def presence(*days: float) -> Presence:
    """Return a presence of so many days in each place of the window, each of one client."""
    return Presence(np.array(days), np.array(days) ** 2 / 400, 1, 1)


def test_what_is_missing_is_one_less_places_over_load() -> None:
    """By hand: 12.5 places asked for, 10 there: 2.5 of 12.5, 20 of 100, can never be given."""
    (load,) = loads_of("beds", [Part("", (0,), 10.0, 10.0)], presence(125.0), WINDOW)
    assert load.offered == pytest.approx(12.5)
    assert load.per_place == pytest.approx(1.25)
    assert load.least == pytest.approx(20.0)
    assert load.least_lower == pytest.approx(100 * (1 - 10 / load.lower))
    assert load.least_upper == pytest.approx(100 * (1 - 10 / load.upper))
    assert load.supply == Supply.SHORT


def test_parts_do_not_help_each_other_out() -> None:
    """By hand: north lacks 2 of 12, south has 3 too many of 10: 2 of 19 are missing in all."""
    parts = [Part("north", (0,), 10.0, 10.0), Part("south", (1,), 10.0, 10.0)]
    whole, north, south = loads_of("beds", parts, presence(120.0, 70.0), WINDOW)
    assert [load.category for load in (whole, north, south)] == ["", "north", "south"]
    assert whole.places == pytest.approx(20.0)
    assert whole.offered == pytest.approx(19.0)
    assert whole.least == pytest.approx(100 * 2 / 19)
    assert [load.supply for load in (whole, north, south)] == ["short", "short", "enough"]


@pytest.mark.parametrize(
    ("numbers", "expected"),
    [
        ((10.0, 10.0, 0.0, 0.0, 0.0), Supply.UNUSED),
        ((10.0, 10.0, 9.0, 8.0, 9.9), Supply.ENOUGH),
        ((10.0, 10.0, 9.9, 9.0, 10.8), Supply.UNSURE),
        ((10.0, 10.0, 10.9, 10.1, 11.7), Supply.SHORT),
        ((0.0, 0.0, 1.0, 0.5, 1.5), Supply.SHORT),
    ],
)
def test_the_interval_decides_what_is_said(numbers: tuple[float, ...], expected: Supply) -> None:
    """Short when all of the interval is above the places, enough when all of it is below."""
    places, usable, *asked = numbers
    lacks = [100 * max(1 - usable / a, 0.0) if a else 0.0 for a in asked]
    load = Load("beds", "", places, usable, *asked, *lacks)
    assert load.supply == expected


def test_without_places_nobody_can_be_served() -> None:
    """Hold that all of 100 are missing where there is no place, and that there is no quotient."""
    (load,) = loads_of("beds", [Part("", (0,), 0.0, 0.0)], presence(50.0), WINDOW)
    assert load.least == pytest.approx(100.0)
    assert np.isnan(load.per_place)
