"""How many places can be busy, by hand: opening hours, closings, members who are ill, budgets."""

import pytest

from simcare.analysis.records import Steps
from simcare.analysis.usable import (
    Budgets,
    Usable,
    Window,
    closes,
    paid_for,
    places_open,
    places_usable,
)
from simcare.kernels.tables import TICKS_PER_DAY

DAY, HOUR = TICKS_PER_DAY, TICKS_PER_DAY // 24
WINDOW = Window(10 * DAY, 20 * DAY)


def office(places: int, weeks: int) -> Steps:
    """Return places that are open from 8 to 16 from Monday to Friday, tick 0 being a Monday."""
    days = [7 * week + day for week in range(weeks) for day in range(5)]
    edges = [((day * 24 + hour) * HOUR, n) for day in days for hour, n in ((8, places), (16, 0))]
    return ((0, 0), *edges)


@pytest.mark.parametrize(
    ("hours", "busy_a_week"),
    [
        (48.0, 6 * 24),  # begun on Monday, Wednesday and Friday at 8
        (8.0, 5 * 8),  # each ends in the tick in which the place closes
        (7.0, 5 * 14),  # a second one begins at 15
        (1.008, 5 * 8 * 1.008),  # the eighth begins at 15.056
        (72.0, 2 * 72),  # Monday and Thursday
        (1.0, 5 * 8),
    ],
)
def test_who_is_there_when_a_place_closes_stays(hours: float, busy_a_week: float) -> None:
    """By hand: how long a place is busy in a week if somebody always waits, six such places."""
    steps, window = office(6, 20), Window(5 * 7 * DAY, 15 * 7 * DAY)
    assert closes(steps)
    assert places_open(steps, window) == pytest.approx(6 * 40 / 168)
    found = places_usable([[steps]], [round(hours * HOUR)], window)
    assert found.mean == pytest.approx(6 * busy_a_week / 168, rel=1e-3)
    assert found.upper - found.lower < 1e-9


def test_places_that_never_close_can_all_be_busy() -> None:
    """By hand: 4 places for half of the window, then 6: 5 on average, and 5 that can be busy."""
    steps = ((0, 4), (15 * DAY, 6))
    assert not closes(steps)
    assert places_usable([[steps]], [3 * DAY], WINDOW) == Usable.exactly(5.0)


def test_half_closed_places_fall_to_the_half_and_no_further() -> None:
    """By hand: 6 places from day 10, 8 from day 11, 4 from 12, 6 from 14, 8 from 16; stays 3 days.

    The 8 of days 11 and 12 become 4 on day 13, when six leave and two of them are replaced. On day
    14 two come, and two are replaced; on day 16 the same, and there are 8 again.
    """
    numbers = [(0, 0), (10, 6), (11, 8), (12, 4), (14, 6), (16, 8)]
    steps = tuple((day * DAY, number) for day, number in numbers)
    found = places_usable([[steps]], [3 * DAY], Window(10 * DAY, 17 * DAY))
    assert found.mean == pytest.approx((6 + 8 + 8 + 4 + 6 + 6 + 8) / 7)


def test_lists_and_ways_in_which_it_may_turn_out_are_put_together() -> None:
    """By hand: stays of 4 days, begun on day 10; 2 and 3 places, closed on day 12 or never.

    The lists are summed. Closed on day 12 they are busy for 4 of 10 days, otherwise always; each
    way counts the same, and what chance does to their mean is said.
    """
    two: Steps = ((0, 0), (10 * DAY, 2), (12 * DAY, 0))
    three: Steps = ((0, 0), (10 * DAY, 3), (12 * DAY, 0))
    ways = [[two, three], [two[:2], three[:2]]] * 10
    found = places_usable(ways, [4 * DAY], WINDOW)
    assert found.mean == pytest.approx((5 * 0.4 + 5 * 1.0) / 2)
    assert (found.upper - found.lower) / 2 == pytest.approx(2.093 * 1.5 / 19**0.5, rel=1e-3)


def test_without_stays_as_many_can_be_busy_as_are_open() -> None:
    """Hold that stays of no time, or none at all, keep nobody after the closing."""
    steps = ((0, 8), (12 * DAY, 0))
    for stays in ([], [0, 0]):
        assert places_usable([[steps]], stays, WINDOW) == pytest.approx((1.6, 1.6, 1.6))


@pytest.mark.parametrize(
    ("places", "together", "stays", "busy"),
    [
        (5, 3, [3], 3.0),  # two places are never used
        (6, 3, [3], 6.0),
        (2, 3, [3], 0.0),
        (8, 8, [2, 2, 2, 2, 2, 2, 2, 4], 8 * 2.25 / 4),  # until the last of a group has gone
        (3, 2, [2, 4], (2 * 2 + 8 * 3) / 10),  # two until day 12, then three
    ],
)
def test_places_of_groups_stay_empty_until_there_is_room(
    places: int, together: int, stays: list[int], busy: float
) -> None:
    """By hand: groups from day 10 on, of stays in days that come in this order, over 10 days.

    Of the eight, seven stay for two days and one for four: in the last two of ten days it is all
    eight again, so the window of the first eight days is taken there.
    """
    window = Window(10 * DAY, 18 * DAY) if places == 8 else WINDOW
    steps: Steps = ((0, 0), (10 * DAY, places))
    found = places_usable([[steps]], [days * DAY for days in stays], window, together)
    assert found == pytest.approx((busy, busy, busy))


def test_a_budget_pays_for_so_many_places() -> None:
    """By hand: 500 days of a place in each 365, 30 set aside for a stay, over two such years.

    At least 470 of each are spent; a year of which half lies in the window may spend all of it.
    """
    budgets = Budgets(((0, 500 * DAY), (365 * DAY, 500 * DAY)), 730 * DAY, 30 * DAY)
    twenty = Usable.exactly(20.0)
    whole = paid_for(budgets, twenty, Window(0, 730 * DAY))
    assert whole == pytest.approx((500 / 365, 470 / 365, 500 / 365))
    half = paid_for(budgets, twenty, Window(365 * DAY, 545 * DAY))
    assert half == pytest.approx((500 / 365, 470 / 365, 500 / 180))
    assert paid_for(budgets, Usable.exactly(1.0), Window(0, 730 * DAY)) == Usable.exactly(1.0)


def test_a_budget_below_one_stay_buys_nothing() -> None:
    """By hand: 20 days of a place do not pay for the 30 that are set aside for a stay."""
    budgets = Budgets(((0, 20 * DAY),), 365 * DAY, 30 * DAY)
    assert paid_for(budgets, Usable.exactly(4.0), WINDOW) == Usable.exactly(0.0)
