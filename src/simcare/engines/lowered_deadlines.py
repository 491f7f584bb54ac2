"""When deadlines are due, by the day they begin on; and how bounds on a client's state are read.

The engines and the measuring take both from here, and so agree on every due tick.
"""

from datetime import date, timedelta

import numpy as np
from numpy.typing import NDArray

from simcare.kernels.tables import MOTIVATION, NEVER, SEVERITY
from simcare.model.calendar import Calendar, open_days, unknown_holidays
from simcare.model.deadlines import MOST_WORKING_DAYS, Within
from simcare.model.ticks import TICKS_PER_DAY

# Beyond the run so many days more are looked at, so that what begins on its last days is due too.
DAYS_BEYOND = 2 * MOST_WORKING_DAYS


def due_table(
    rule: Within, calendar: Calendar, start: date, days: int, before: int = 0
) -> NDArray[np.int64]:
    """Return when what begins on each of so many days from ``start`` is due: int64 ticks.

    (days + before,): the days before the run, on which those who wait on day 0 asked, come after
    the others, so that the day -1 is the last. Due is the last tick of the day that is the rule's
    number of open days after the day it begins on; NEVER where no such day is seen, which can be on
    the last days of a run alone. Raises ValueError when the public holidays of some of the days are
    not known.
    """
    first, every = start - timedelta(days=before), before + days
    beyond = min(every + DAYS_BEYOND, (date.max - first).days)
    if unknown_holidays(calendar, first, beyond):
        beyond = every
    found = due_ticks(open_days(calendar, first, beyond), rule.working_days or 0, every)
    of_the_run = np.where(found == NEVER, NEVER, found - before * TICKS_PER_DAY)
    return np.asarray(np.roll(of_the_run, -before))


def due_ticks(opens: NDArray[np.bool_], working_days: int, days: int) -> NDArray[np.int64]:
    """Return when what begins on each of so many days is due, from which days are open."""
    opened = np.flatnonzero(opens)
    before = np.searchsorted(opened, np.arange(days), side="right")
    ends = np.append((opened + 1) * TICKS_PER_DAY - 1, NEVER)
    return np.asarray(ends[np.minimum(before + working_days - 1, len(opened))], np.int64)


def as_written(column: int, bounds: tuple[float, float]) -> tuple[float, float]:
    """Return the bounds of a test of a client's attribute so that its record passes as well.

    Motivation and severity are written down in single precision. A test of what is written down is
    this test of the number itself; other attributes are not written down.
    """
    if column not in (MOTIVATION, SEVERITY):
        return bounds
    low, high = bounds
    return least_written_as(low), least_written_as(high)


def least_written_as(bound: float) -> float:
    """Return the least number that is written down, in single precision, as ``bound`` or more."""
    if not np.isfinite(bound):
        return bound
    written = np.float32(bound)
    below = np.nextafter(written, np.float32(-np.inf))
    between = (float(written) + float(below)) / 2
    return between if np.float32(between) >= written else float(np.nextafter(between, np.inf))
