"""Deadlines, measured: where they were met, where breached, and how many people are late.

A deadline runs once in an episode. It is met when what it is for starts in time, and breached when
it is over first. It lapses when, before either, the client goes where that can no longer come, or
goes altogether; at the horizon it may be open. The clock stands still in visits that do not count.
"""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from simcare.analysis.curves import Key
from simcare.analysis.follow_up import FEWEST
from simcare.analysis.outcomes import (
    DAYS,
    FEWER,
    NEITHER,
    OF_100,
    YEAR,
    Measured,
    Outcome,
)
from simcare.analysis.records import NOT_YET, Mask, Records, Ticks
from simcare.analysis.terms import Rule, Terms, Test
from simcare.kernels.tables import (
    COMPLETED,
    EPISODE,
    HOLDING,
    MOTIVATION,
    NONE,
    SEVERITY,
    TICKS_PER_DAY,
)

A_YEAR = "a year"
# How the names of outcomes begin that end with the name of a deadline.
BREACHED, BREACHES, DAYS_LATE = "deadline breached: ", "breaches: ", "days late: "
DECIDED = "those for whom it was met or breached"
Rows = NDArray[np.intp]
Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Running:
    """The deadlines of one kind that began: an entry for each, in the order of the records.

    ``begun``, ``due``, ``start`` (of what it is for) and ``gone`` (where that can no longer come)
    are ticks, NOT_YET where that did not come. Time that does not count is in ``due``. ``rows`` are
    the visits with which they begin.
    """

    rows: Rows
    begun: Ticks
    due: Ticks
    start: Ticks
    gone: Ticks
    horizon: int

    @property
    def is_met(self) -> Mask:
        """Which were met: the start was in time."""
        return np.asarray((self.start <= self.due) & (self.start != NOT_YET))

    @property
    def is_lapsed(self) -> Mask:
        """Which lapsed before they were due."""
        return np.asarray(~self.is_met & (self.gone <= self.due) & (self.gone != NOT_YET))

    @property
    def is_breached(self) -> Mask:
        """Which were breached: they were due first."""
        return ~self.is_met & ~self.is_lapsed & (self.due < self.horizon)


def running(records: Records, terms: Terms) -> Running:
    """Return the deadlines of one kind that began in a replication."""
    begun = _beginnings(records, terms)
    first = begun.rows + 1 if terms.after else begun.rows
    after = records.episode_end[begun.rows]
    due = begun.ticks + _allowed(records, terms, begun)
    return Running(
        rows=begun.rows,
        begun=begun.ticks,
        due=_put_off(records, terms, first, after, due),
        start=_first_tick(
            records.columns["started"], records.at(terms.keeps) & records.served, first, after
        ),
        gone=_gone(records, terms, first, after),
        horizon=records.reading.horizon,
    )


@dataclass(frozen=True)
class Lateness:
    """How many people are past due on each day, and deadlines breached in each month: float64.

    ``late`` (deadlines, days): who is past due, and neither served nor gone, at the end of a day;
    ``breached`` (deadlines, months): what was due in a calendar month and breached. Both count all,
    whenever it began, on the days and months of the reading.
    """

    late: Floats
    breached: Floats


def measure_deadlines(records: Records) -> tuple[Measured, Lateness]:
    """Return the outcomes of the deadlines of one replication, and who is late when.

    The outcomes are over those that began after the warm-up, each in its episode, and not with a
    visit of day 0; nan where there are none. Of breaches nothing is told where too few come
    due before the run ends. There is nothing where a service has no deadlines.
    """
    reading = records.reading
    measured: Measured = {}
    days, months = np.array(reading.day_ends, np.int64), np.array(reading.month_edges, np.int64)
    late, breached = [], []
    for terms in reading.deadlines:
        found = running(records, terms)
        before = np.zeros(len(found.rows), np.bool_)
        if not terms.after:
            before = (records.was_there | records.has_waited)[found.rows]
        counted = (found.begun >= reading.warm_up) & ~before
        measured |= dict(_outcomes(terms.name, found, counted, reading.warm_up))
        late.append(_late(found, days))
        due = np.sort(found.due[found.is_breached])
        breached.append(np.diff(np.searchsorted(due, months)).astype(np.float64))
    return measured, Lateness(_stacked(late, days), _stacked(breached, months[1:]))


def late_key(deadline: str) -> Key:
    """Return what the curve of people past a deadline is of; its ``x`` are days of the run."""
    return Key("people past due", "the start of the run", "at the end of the day", deadline)


def breached_key(deadline: str) -> Key:
    """Return what the curve of deadlines breached is of; its ``x`` are numbers of months."""
    return Key("deadlines breached", "the year 0", "in the month", deadline)


def _stacked(rows: list[Floats], columns: Ticks) -> Floats:
    return np.stack(rows) if rows else np.zeros((0, len(columns)))


def _outcomes(
    name: str, found: Running, counted: Mask, warm_up: int
) -> Iterator[tuple[Outcome, float]]:
    """Yield what became of the deadlines that count, of those that began."""
    years = (found.horizon - warm_up) / TICKS_PER_DAY / YEAR
    met, breached, lapsed = (
        int((which & counted).sum()) for which in (found.is_met, found.is_breached, found.is_lapsed)
    )
    began = int(counted.sum())
    all_ = "all for whom it began"
    in_sight = not began or (found.due < found.horizon)[counted].mean() >= FEWEST
    share = _of_100(breached, met + breached) if in_sight else float("nan")
    yield Outcome(f"{BREACHED}{name}", DECIDED, "", OF_100, FEWER), share
    yield Outcome(f"deadline began: {name}", all_, "", A_YEAR, NEITHER), began / years
    rate = breached / years if in_sight else float("nan")
    yield Outcome(f"{BREACHES}{name}", all_, "", A_YEAR, FEWER), rate
    yield Outcome(f"deadline lapsed: {name}", all_, "", OF_100, NEITHER), _of_100(lapsed, began)
    open_ = began - met - breached - lapsed
    yield Outcome(f"deadline open: {name}", all_, "", OF_100, NEITHER), _of_100(open_, began)
    late = counted & found.is_breached & (found.start != NOT_YET)
    days = (found.start - found.due)[late] / TICKS_PER_DAY
    mean = float(days.mean()) if len(days) else float("nan")
    yield Outcome(f"{DAYS_LATE}{name}", "those who started late", "", DAYS, FEWER), mean


def _of_100(some: int, of: int) -> float:
    return 100.0 * some / of if of else float("nan")


def _late(found: Running, days: Ticks) -> Floats:
    """Return how many are past due and neither served nor gone at the ends of some days."""
    which = found.is_breached
    since = np.sort(found.due[which])
    until = np.sort(np.minimum(found.start, found.gone)[which])
    began = np.searchsorted(since, days, side="left")
    over = np.searchsorted(until, days, side="left")
    return np.asarray(began - over, np.float64)


@dataclass(frozen=True)
class _Beginnings:
    """The visit with which each deadline begins, when, and the state of its client then."""

    rows: Rows
    ticks: Ticks
    states: dict[int, Floats]


def _beginnings(records: Records, terms: Terms) -> _Beginnings:
    """Return where a deadline begins: the first such visit of an episode."""
    visits = records.columns
    which = records.at(terms.begins)
    if terms.after:
        which &= records.with_fate(COMPLETED, HOLDING)
    rows = np.flatnonzero(which)
    episodes = records.episode_end[rows]
    rows = rows[np.diff(episodes, prepend=-1) != 0]
    ticks = records.gone_on[rows] if terms.after else visits["queued"][rows].astype(np.int64)
    states = {}
    for column, name in ((MOTIVATION, "motivation"), (SEVERITY, "severity")):
        state = visits[f"{name}_queued"][rows]
        if terms.after:  # where a place is kept, the end of the visit is written down later
            kept = ticks != visits["ended"][rows]
            behind = np.minimum(rows + 1, max(len(records.visits) - 1, 0))
            next_, ended = visits[f"{name}_queued"][behind], visits[f"{name}_ended"][rows]
            state = np.where(kept, next_, ended)
        states[column] = state.astype(np.float64)
    states[EPISODE] = visits["episode"][rows].astype(np.float64)
    return _Beginnings(rows, ticks, states)


def _allowed(records: Records, terms: Terms, begun: _Beginnings) -> Ticks:
    """Return how many ticks there are for each deadline, by the first rule that applies."""
    open_ = np.ones(len(begun.rows), np.bool_)
    allowed = np.zeros(len(begun.rows), np.int64)
    for rule in terms.rules:
        mine = open_ & _passes(records, rule.tests, begun)
        allowed[mine] = _span(rule, begun.ticks[mine])
        open_ &= ~mine
    return allowed


def _span(rule: Rule, begun: Ticks) -> Ticks:
    if rule.ticks != NONE:
        return np.full(len(begun), rule.ticks)
    return np.asarray(np.array(rule.dues, np.int64)[begun // TICKS_PER_DAY] - begun)


def _passes(records: Records, tests: tuple[Test, ...], begun: _Beginnings) -> Mask:
    found = np.ones(len(begun.rows), np.bool_)
    for column, low, high in tests:
        if column in begun.states:
            value = begun.states[column]
        else:
            value = records.attribute(column)[records.columns["client"][begun.rows]]
        found &= (value >= low) & (value < high)
    return found


def _put_off(records: Records, terms: Terms, first: Rows, after: Rows, due: Ticks) -> Ticks:
    """Return due ticks with the time in visits that do not count, which begin before they pass."""
    if not terms.not_counting:
        return due
    where = np.flatnonzero(records.at(terms.not_counting))
    queued = records.columns["queued"][where].astype(np.int64)
    until = records.gone_on[where]
    at, end = np.searchsorted(where, first), np.searchsorted(where, after)
    due = due.copy()
    k = np.flatnonzero(at < end)
    while len(k):
        visit = at[k]
        k, visit = k[queued[visit] <= due[k]], visit[queued[visit] <= due[k]]
        due[k] = np.where(until[visit] == NOT_YET, NOT_YET, due[k] + until[visit] - queued[visit])
        at[k] += 1
        k = k[at[k] < end[k]]
    return due


def _gone(records: Records, terms: Terms, first: Rows, after: Rows) -> Ticks:
    """Return when what a deadline is for can no longer come in the episode."""
    astray = _first_tick(records.columns["queued"], ~records.at(terms.leads), first, after)
    return np.minimum(astray, records.gone_on[after - 1])


def _first_tick(ticks: Ticks, which: Mask, first: Rows, after: Rows) -> Ticks:
    """Return the tick of the first such visit from each first row on, before each after it."""
    where = np.flatnonzero(which)
    at = np.searchsorted(where, first)
    found = np.full(len(first), NOT_YET)
    inside = at < len(where)
    inside[inside] = where[at[inside]] < after[inside]
    found[inside] = ticks[where[at[inside]]]
    return found
