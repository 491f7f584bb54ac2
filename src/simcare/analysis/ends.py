"""How times of people end first: their way to treatment, stays, and the time after discharge.

Ends compete: who is treated cannot give up before it any more. Each of these is over all of them,
and can be had of some of them alone.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from simcare.analysis.follow_up import is_followed, room
from simcare.analysis.records import NOT_YET, Mask, Records, Ticks, first_since
from simcare.kernels.tables import COMPLETED, DIED, DROPPED_OUT, RELAPSED, TICKS_PER_DAY

Days = NDArray[np.float64]
Whom = NDArray[np.intp]


@dataclass(frozen=True)
class Ends:
    """Times of people, each with how it ended first.

    ``whom`` are the numbers of the clients in the records, ``days`` how long it took, ``cause``
    which end it was (1, 2, …; 0 none until the horizon), and ``room_days`` for how long each is
    followed at most; all have one entry for each time.
    """

    whom: Whom
    days: Days
    cause: NDArray[np.int64]
    room_days: Days

    def of(self, group: Mask) -> "Ends":
        """Return the times of some clients: of a mask by their numbers in the records."""
        return self.some(group[self.whom])

    def some(self, mine: Mask) -> "Ends":
        """Return some of the times: of a mask by these."""
        return Ends(self.whom[mine], self.days[mine], self.cause[mine], self.room_days[mine])

    def in_order(self) -> "Ends":
        """Return them from the shortest to the longest: those of some are then sorted already."""
        order = np.argsort(self.days, kind="stable")
        return Ends(self.whom[order], self.days[order], self.cause[order], self.room_days[order])

    def is_followed(self, day: float) -> bool:
        """Return whether enough of them are followed for so many days to tell of them."""
        return is_followed(self.room_days, day)


TREATED, GAVE_UP, DIED_BEFORE, TURNED_DOWN, OVER_OTHERWISE = range(1, 6)
WAYS_OUT = (TREATED, GAVE_UP, DIED_BEFORE, TURNED_DOWN, OVER_OTHERWISE)


def from_asking(records: Records) -> Ends:
    """Return the time of those followed from asking on, and which of WAYS_OUT came first."""
    whom = np.flatnonzero(records.followed)
    return Ends(whom, *records.course, room(records.asked[whom], records.reading.horizon))


FINISHED, BROKEN_OFF, DIED_THERE = range(1, 4)
STAY_ENDS = (FINISHED, BROKEN_OFF, DIED_THERE)


def of_stays(records: Records) -> Ends:
    """Return the stays that lead to discharge and began in the time measured, by STAY_ENDS."""
    visits, horizon = records.columns, records.reading.horizon
    rows = np.flatnonzero(records.at(records.reading.discharge) & records.began)
    ended = visits["ended"][rows].astype(np.int64)
    fate, begun = visits["fate"][rows], visits["started"][rows].astype(np.int64)
    cause = np.select([fate == COMPLETED, fate == DROPPED_OUT, fate == DIED], STAY_ENDS, 0)
    days = (np.where(ended >= 0, ended, horizon) - begun) / TICKS_PER_DAY
    return Ends(records.client_of[rows], days, cause, room(begun, horizon))


CAME_ABOUT, DIED_FIRST = range(1, 3)


@dataclass(frozen=True)
class Discharges:
    """Discharges after the warm-up: their rows in the visits, when, and who had completed."""

    records: Records
    rows: NDArray[np.intp]
    left: Ticks
    completed: Mask

    def until(self, events: Mask, ticks: Ticks) -> Ends:
        """Return the time to the client's next such event (CAME_ABOUT), or to dying (DIED_FIRST).

        ``events`` are visits, ``ticks`` when each of them is.
        """
        horizon, fate = self.records.reading.horizon, self.records.columns["fate"]
        event = next_time(self.records, self.rows, events, ticks)
        ended = self.records.columns["ended"].astype(np.int64)
        death = next_time(self.records, self.rows, fate == DIED, ended)
        days, cause = first_since(self.left, horizon, event, death)
        whom = self.records.client_of[self.rows]
        return Ends(whom, days, cause, room(self.left, horizon))

    def until_relapse(self) -> Ends:
        """Return the time to relapse."""
        visits = self.records.columns
        return self.until(visits["fate"] == RELAPSED, visits["ended"].astype(np.int64))


def discharges(records: Records) -> Discharges:
    """Return the discharges after the warm-up: stays that were completed or broken off."""
    visits, reading = records.columns, records.reading
    ended = records.with_fate(COMPLETED, DROPPED_OUT) & (visits["ended"] >= reading.warm_up)
    rows = np.flatnonzero(records.at(reading.discharge) & ended)
    left = visits["ended"][rows].astype(np.int64)
    return Discharges(records, rows, left, visits["fate"][rows] == COMPLETED)


def next_time(records: Records, rows: NDArray[np.intp], events: Mask, ticks: Ticks) -> Ticks:
    """Return, for each of some rows, the tick of its client's first such event at or after it."""
    where = np.flatnonzero(events)
    at = np.searchsorted(where, rows + 1)
    found = np.full(len(rows), NOT_YET)
    inside = at < len(where)
    event = where[np.minimum(at, max(len(where) - 1, 0))] if len(where) else np.zeros_like(rows)
    same = inside & (records.client_of[event] == records.client_of[rows])
    found[same] = ticks[event[same]]
    return found


def between(records: Records, start: Ticks, end: Ticks) -> Whom:
    """Return the numbers of those followed who came to a start, and after it to an end.

    Both are ticks by client, NOT_YET where one did not come.
    """
    came = (start != NOT_YET) & (end != NOT_YET) & (end >= start)
    return np.flatnonzero(records.followed & came)
