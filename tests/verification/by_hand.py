"""Opening hours by hand: who starts when, from the times at which people ask and fixed stays.

Nothing of an engine is used here. Times are ticks from the first midnight, and days are those from
the start date, Monday the 2nd of January 2017.
"""

import heapq
from collections.abc import Callable, Sequence
from datetime import date, timedelta

from simcare.kernels.tables import TICKS_PER_DAY

START = date(2017, 1, 2)
MINUTE = 60
NEVER = -1

IsOpen = Callable[[int], bool]


def day_of(tick: int) -> date:
    """Return the date of a tick."""
    return START + timedelta(days=tick // TICKS_PER_DAY)


def at_the_line(tick: int) -> bool:
    """Say whether the line is open: every day from 8 to 16."""
    return 8 * 3600 <= tick % TICKS_PER_DAY < 16 * 3600


# Of the working days from January to June 2017, in Norway.
HOLIDAYS = {
    *(date(2017, 4, 13), date(2017, 4, 14), date(2017, 4, 17), date(2017, 5, 1)),
    *(date(2017, 5, 17), date(2017, 5, 25), date(2017, 6, 5)),
}


def at_the_office(tick: int) -> bool:
    """Say whether the office is open: working days from 9 to 15:30, but for a week in February."""
    day, time = day_of(tick), tick % TICKS_PER_DAY
    closed = day.weekday() > 4 or day in HOLIDAYS
    closed = closed or date(2017, 2, 20) <= day <= date(2017, 2, 24)
    return not closed and 9 * 3600 <= time < 15 * 3600 + 1800


def served_at_hours(
    asked: Sequence[int], stay: int, slots: int, is_open: IsOpen, horizon: int
) -> list[int]:
    """Return when each of some people starts, first come first served, NEVER if not in time.

    Who comes or is next while it is closed starts at the next opening that finds a slot free. A
    visit that has begun goes on beyond the closing. ``is_open`` changes at whole minutes only.
    """
    free = [0] * slots
    found = []
    for tick in asked:
        start = max(tick, heapq.heappop(free))
        while start < horizon and not is_open(start):
            start += MINUTE - start % MINUTE
        heapq.heappush(free, start + stay)
        found.append(start if start < horizon else NEVER)
    return found
