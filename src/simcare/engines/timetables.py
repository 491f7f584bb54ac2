"""How many places there are from when on: numbers, calendars, closings and staff, put together."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from simcare.kernels.tables import CHANGE, NONE, Rows, Ticks
from simcare.model.values import half_up

Whole = NDArray[np.int64]


@dataclass(frozen=True)
class Steps:
    """A whole number over time: ``values[k]`` from ``ticks[k]`` on; the first tick is 0."""

    ticks: Ticks
    values: Whole

    def at(self, ticks: Ticks) -> Whole:
        """Return the number at each of some ticks."""
        return self.values[np.searchsorted(self.ticks, ticks, side="right") - 1]


def steps(rows: Iterable[tuple[int, int]]) -> Steps:
    """Return a number over time from (tick, number) rows by tick; the last of a tick holds.

    What comes before tick 0 holds from tick 0 on.
    """
    known = {max(tick, 0): number for tick, number in rows}
    return Steps(np.array(list(known), np.int64), np.array(list(known.values()), np.int64))


@dataclass(frozen=True)
class Absence:
    """How members of a staff are away ill, and the words of their addresses of chance."""

    capacity: int
    category: int
    mean_days: float
    mean_days_between: float


@dataclass(frozen=True)
class Timetable:
    """What a capacity, or one category of it, has over time.

    ``counted`` are places, or members of the staff with a ``caseload`` each, dealt out over
    ``units``; ``closed`` is the share of the places that is closed, in billionths; ``open`` is 1
    or 0. The units have one list each, from the place ``first`` on, or all of them that one if
    ``pooled``. Where there is an ``absence`` the number depends on the replication.
    """

    first: int
    units: int
    pooled: bool
    counted: Steps
    closed: Steps
    open: Steps
    caseload: int = 1
    absence: Absence | None = None


def dealt(number: Whole, units: int) -> Whole:
    """Deal numbers out over units, as evenly as it goes, the first ones getting one more.

    Returns int64 of the shape of ``number`` with one axis more, for the units.
    """
    unit = np.arange(units)
    return np.asarray(number[..., None] // units + (unit < number[..., None] % units))


def _away(table: Timetable, ticks: Ticks, absences: Sequence[Ticks]) -> Whole:
    """Return how many members with a post are away in each unit at each of some ticks.

    ``absences`` are for each member the ticks of going and coming back, in turn. Member m is of
    unit m modulo the number of units, so that a member more moves nobody.
    """
    found = np.zeros((len(ticks), table.units), np.int64)
    for member, turns in enumerate(absences):
        own = np.unique(np.concatenate([table.counted.ticks, turns]))
        ill = np.searchsorted(turns, own, side="right") % 2
        away = np.where(table.counted.at(own) > member, ill, 0)
        found[np.searchsorted(ticks, own), member % table.units] += np.diff(away, prepend=0)
    return np.cumsum(found, axis=0)


def over_time(table: Timetable, absences: Sequence[Ticks] = ()) -> tuple[Ticks, Whole]:
    """Return ticks from 0 on, rising, and the number of places of each list from each on.

    int64 (ticks,) and (ticks, lists). A closed share is rounded half up over the units taken
    together, from the first on, so that each has about its share and all of them have exactly it.
    """
    parts = (table.counted.ticks, table.closed.ticks, table.open.ticks, *absences)
    ticks = np.unique(np.concatenate(parts))
    places = dealt(table.counted.at(ticks), table.units) - _away(table, ticks, absences)
    places *= table.caseload
    upto = np.cumsum(places, axis=1)
    closed = half_up(table.closed.at(ticks)[:, None], upto)
    places -= np.diff(closed, prepend=0, axis=1)
    places *= table.open.at(ticks)[:, None]
    return ticks, places.sum(axis=1, keepdims=True) if table.pooled else places


def _by_place(found: Iterable[tuple[Timetable, tuple[Ticks, Whole]]]) -> dict[int, list[Steps]]:
    """Return what each place has over time, from each of the timetables that share it."""
    places: dict[int, list[Steps]] = {}
    for table, (ticks, numbers) in found:
        for k in range(numbers.shape[1]):
            places.setdefault(table.first + k, []).append(Steps(ticks, numbers[:, k]))
    return places


def rows_of(found: Iterable[tuple[Timetable, tuple[Ticks, Whole]]], horizon: int) -> Rows:
    """Return CHANGE rows by tick and place from what timetables have over time.

    The first of each place is at tick 0; the others are where its number changes.
    """
    rows = []
    for place, several in sorted(_by_place(found).items()):
        ticks = np.unique(np.concatenate([one.ticks for one in several]))
        ticks = ticks[ticks < horizon]
        number = sum((one.at(ticks) for one in several), np.zeros(len(ticks), np.int64))
        moved = np.append(True, number[1:] != number[:-1])
        own = np.zeros(int(moved.sum()), CHANGE)
        own["budget"] = NONE
        own["tick"], own["place"], own["number"] = ticks[moved], place, number[moved]
        rows.append(own)
    return in_order(rows)


def in_order(rows: Sequence[Rows]) -> Rows:
    """Return CHANGE rows put together, by tick and place."""
    every = np.concatenate([np.zeros(0, CHANGE), *rows])
    return np.asarray(every[np.lexsort((every["place"], every["tick"]))])
