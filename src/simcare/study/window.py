"""The time that is measured, from the warm-up to the horizon, as days and calendar months."""

from datetime import date, timedelta
from math import ceil, floor

from simcare.model.scenario import Plan
from simcare.model.ticks import TICKS_PER_DAY

MONTHS = 12  # in a year


def days_measured(plan: Plan) -> range:
    """Return the whole days from the warm-up to the horizon, numbered from the start at 0."""
    return range(ceil(plan.warm_up_days), floor(plan.horizon_days))


def months_measured(plan: Plan) -> range:
    """Return the calendar months that lie wholly between warm-up and horizon.

    Their numbers are those since the year 0: twelve times the year, and the month from 0.
    """
    days = days_measured(plan)
    first, last = (plan.start_date + timedelta(days=day) for day in (days.start, days.stop))
    begun = MONTHS * first.year + first.month - (first.day == 1)
    return range(begun, max(begun, MONTHS * last.year + last.month - 1))


def day_ends(plan: Plan) -> tuple[int, ...]:
    """Return the ticks at which the days measured end."""
    return tuple(TICKS_PER_DAY * (day + 1) for day in days_measured(plan))


def month_edges(plan: Plan) -> tuple[int, ...]:
    """Return the ticks at which the months measured begin, and the last of them ends."""
    months = months_measured(plan)
    if not months:
        return ()
    firsts = (date(month // MONTHS, month % MONTHS + 1, 1) for month in (*months, months.stop))
    return tuple(TICKS_PER_DAY * (first - plan.start_date).days for first in firsts)
