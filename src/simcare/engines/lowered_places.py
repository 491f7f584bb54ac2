"""Capacities as rows: their units with places, and how many there are from when on."""

from dataclasses import dataclass, field, replace
from datetime import date
from math import ceil
from typing import NamedTuple

import numpy as np

from simcare.engines.addresses import words
from simcare.engines.lowered_lives import Lowering
from simcare.engines.program import Place
from simcare.engines.timetables import Absence, Steps, Timetable, over_time, rows_of, steps
from simcare.kernels import tables as t
from simcare.kernels.draws import name_id
from simcare.kernels.elementary import exp
from simcare.model.by_category import total
from simcare.model.calendar import dates_from, opening_ticks
from simcare.model.capacity import Capacity, moment
from simcare.model.scenario import split
from simcare.model.staff import Staff
from simcare.model.ticks import TICKS_PER_DAY, ticks
from simcare.model.values import billionths

BEFORE = -t.NEVER  # before any date of a change


class Places(NamedTuple):
    """Capacities as an engine reads them.

    ``capacities``: CAPACITY rows, those of the capacities first, in the order of their names; then
    those of the categories. ``places``: the units, with the numbers at tick 0. ``changes``: CHANGE
    rows after tick 0, by tick and place. ``drawn``: what has other numbers in each replication, and
    stands in ``places`` as it were if nobody was ill.
    """

    capacities: list[tuple[int, ...]]
    places: tuple[Place, ...]
    changes: t.Rows
    drawn: tuple[Timetable, ...]


@dataclass
class _Laid:
    """What is gathered while capacities are laid out one behind the other."""

    words: dict[str, int]
    whole: list[tuple[int, ...]] = field(default_factory=list)
    parts: list[tuple[int, ...]] = field(default_factory=list)
    places: list[Place] = field(default_factory=list)
    tables: list[Timetable] = field(default_factory=list)


class _Calendars:
    """The dates of a run: what is open, closed and changed when."""

    def __init__(self, low: Lowering, start: date, horizon_days: float) -> None:
        self.calendars, self.start = low.service.calendars, start
        self.days = ceil(horizon_days)
        self._known: dict[str, Steps] = {}

    def opening(self, name: str | None) -> Steps:
        """Return 1 while a calendar is open, else 0; always 1 without one."""
        if name is None:
            return steps([(0, 1)])
        if name not in self._known:
            found = opening_ticks(self.calendars[name], self.start, self.days)
            rows = np.stack([found.ravel(), np.tile([1, 0], len(found))], axis=1)
            self._known[name] = steps([(0, 0), *rows.tolist()])
        return self._known[name]

    def closed(self, capacity: Capacity) -> Steps:
        """Return which share of a capacity is closed, in billionths."""
        shares = np.zeros(self.days, np.int64)
        dates = dates_from(self.start, self.days)
        for closing in capacity.closings:
            shares[closing.holds(dates)] = billionths(closing.closed_share)
        moved = np.flatnonzero(np.diff(shares, prepend=0))
        rows = np.stack([moved * TICKS_PER_DAY, shares[moved]], axis=1)
        return steps([(0, 0), *rows.tolist()])

    def counted(self, capacity: Capacity) -> Steps:
        """Return the number of places, or of posts that are filled, of what is not split."""
        rows = [(moment(c, self.start), total(c.number)) for c in capacity.changes]
        rows = [(BEFORE, total(capacity.counted)), *sorted(rows)]
        if capacity.staff is not None:
            rows = [(tick, capacity.staff.working(members)) for tick, members in rows]
        return steps(rows)


def absence_of(staff: Staff, capacity: int, category: int) -> Absence | None:
    """Return how the members of a staff are away ill; None if they never are.

    What motivation does is done to how often a member falls ill, not to how long it takes.
    """
    if staff.sick_leave is None or staff.sick_leave.share == 0:
        return None
    share, mean = staff.sick_leave.share, staff.sick_leave.mean_days
    between = mean * (1.0 - share) / (share * exp(staff.motivation.strain))
    return Absence(capacity, category, mean, between)


def lowered_places(low: Lowering, start: date, horizon_days: float) -> Places:
    """Return the capacities of a scenario for a run of so many days from ``start``.

    Raises ValueError when the public holidays of some of them are not known.
    """
    capacities = low.service.capacities
    laid = _Laid(words(capacities, "capacities"))
    dates = _Calendars(low, start, horizon_days)
    for name in sorted(capacities):
        _lay_out(laid, name, low, dates)
    drawn = _places_drawn(laid.tables)
    numbers = [(table, over_time(table)) for table in laid.tables]
    rows = rows_of(numbers, ticks(horizon_days))
    first = rows[rows["tick"] == 0]
    at_first = dict(zip(first["place"].tolist(), first["number"].tolist(), strict=True))
    fixed = (rows["tick"] > 0) & ~np.isin(rows["place"], list(drawn))
    return Places(
        capacities=[*laid.whole, *laid.parts],
        places=tuple(replace(place, number=at_first[k]) for k, place in enumerate(laid.places)),
        changes=rows[fixed],
        drawn=tuple(table for table in laid.tables if table.first in drawn),
    )


def _places_drawn(tables: list[Timetable]) -> set[int]:
    """Return the places whose numbers depend on the replication."""
    return {
        table.first + unit
        for table in tables
        if table.absence is not None
        for unit in range(1 if table.pooled else table.units)
    }


def _lay_out(laid: _Laid, name: str, low: Lowering, dates: _Calendars) -> None:
    """Add the places of one capacity, and what each category has of it over time."""
    whole, word, first = low.service.capacities[name], laid.words[name], len(laid.places)
    own_lists = whole.by is not None and whole.lists != "one"
    row = len(low.service.capacities) + len(laid.parts) if own_lists else t.NONE
    for category, part in split(whole, low.population).items():
        start = first if whole.lists == "one" else len(laid.places)
        pooled = whole.lists != "own"
        lists = 1 if pooled else part.number_of_units
        by = (whole.by or "", category) if own_lists else ("", "")
        if start == len(laid.places):
            laid.places += [
                Place(name, start - first + k, 0, *by, together=whole.together or 1)
                for k in range(lists)
            ]
        laid.tables.append(_timetable(part, category, word, start, pooled, dates))
        if own_lists:
            laid.parts.append((word, part.number, lists, start, t.NONE, t.NONE, t.NONE))
    column = low.columns.index(whole.by) if own_lists and whole.by else t.NONE
    order = low.order(whole.order)
    laid.whole.append((word, whole.number, len(laid.places) - first, first, column, row, order))


def _timetable(
    part: Capacity, category: str, word: int, first: int, pooled: bool, dates: _Calendars
) -> Timetable:
    staff = part.staff
    return Timetable(
        first=first,
        units=part.number_of_units,
        pooled=pooled,
        counted=dates.counted(part),
        closed=dates.closed(part),
        open=dates.opening(part.open),
        caseload=1 if staff is None else staff.caseload,
        absence=absence_of(staff, word, name_id(category) if category else 0) if staff else None,
    )
