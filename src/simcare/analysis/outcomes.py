"""From records to outcomes: what one replication says, each number with whom it is over.

Where ends compete (starting treatment, giving up, dying) shares are cumulative incidences by
Aalen and Johansen, so that those still waiting at the horizon count as such; where time is only
censored they are Kaplan-Meier. Means of waits of those served are named so.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from simcare.analysis.estimates import percentile_of
from simcare.analysis.records import NOT_YET, Mask, Reading, Records, Steps, Ticks, part_name
from simcare.analysis.survival import Curve, cumulative_incidence, kaplan_meier
from simcare.kernels.tables import (
    COMPLETED,
    DIED,
    DROPPED_OUT,
    LEFT,
    RELAPSED,
    TICKS_PER_DAY,
)

Days = NDArray[np.float64]
YEAR = 365.0
FIRST_DAYS = 180.0
RELAPSE_DAYS = (91.0, 182.0, 365.0)
OF_100, DAYS, POINTS, PEOPLE, VISITS = "of 100", "days", "points of 100", "people", "visits a year"
MORE, FEWER, NEITHER = 1, -1, 0
QUANTILES = (
    (0.25, "a quarter wait at most"),
    (0.5, "half wait at most"),
    (0.75, "three quarters wait at most"),
    (0.9, "9 of 10 wait at most"),
)


@dataclass(frozen=True, order=True)
class Outcome:
    """What a number is: its name, whom it is over, where (a stage or capacity), its unit.

    ``better`` is 1 where more is better, -1 where less is, 0 where neither.
    """

    name: str
    over: str
    where: str = ""
    unit: str = OF_100
    better: int = NEITHER


Measured = dict[Outcome, float]


def _percent(value: float) -> float:
    return 100.0 * value


def _days(ticks: Ticks) -> Days:
    return np.asarray(ticks / TICKS_PER_DAY, np.float64)


def _mean(values: Days) -> float:
    return float(values.mean()) if len(values) else float("nan")


def first_of(records: Records, *ends: Ticks) -> tuple[Days, NDArray[np.int64]]:
    """Return days from asking to the first of some ends, and which it was (1, 2, …; 0 censored).

    For the clients followed. Of ends at the same tick the first named counts; what has not happened
    is censored at the horizon.
    """
    table = np.stack([*ends, np.full_like(records.asked, records.reading.horizon)])
    cause = np.argmin(table, axis=0)
    until = np.minimum(table.min(axis=0), records.reading.horizon)
    which = records.followed
    days = _days(until - records.asked)[which]
    return days, np.where(cause == len(ends), 0, cause + 1)[which]


def _start_or_stop(records: Records) -> Iterator[tuple[Outcome, float]]:
    """What becomes of those who ask: treated, given up, died or turned down before, or waiting."""
    ends = (records.gave_up, records.died, records.turned_down, records.over)
    days, cause = first_of(records, records.treated, *ends)
    curves = cumulative_incidence(days, cause, (1, 2, 3, 4, 5))
    asked = "all who asked"
    deadline = records.reading.deadline_days

    def at(cause: int, day: float) -> float:
        return _percent(float(curves[cause].at(day)))

    yield Outcome("started treatment by the deadline", asked, better=MORE), at(1, deadline)
    yield Outcome("started treatment within a year", asked, better=MORE), at(1, YEAR)
    yield Outcome("gave up before treatment within a year", asked, better=FEWER), at(2, YEAR)
    yield Outcome("died before treatment within a year", asked, better=FEWER), at(3, YEAR)
    yield Outcome("turned down within a year", asked), at(4, YEAR) + at(5, YEAR)
    still = 100.0 - sum(at(c, YEAR) for c in (1, 2, 3, 4, 5))
    yield Outcome("still waiting after a year", asked, better=FEWER), still
    waiting = kaplan_meier(days, cause > 0)
    name = f"days waited of the first {FIRST_DAYS:g}"
    mean = float(waiting.restricted_mean(FIRST_DAYS)) if len(days) else float("nan")
    yield Outcome(name, "all who asked", unit=DAYS, better=FEWER), mean


def _waits(name: str, over: str, days: Days, deadline: float) -> Iterator[tuple[Outcome, float]]:
    """Mean, quartiles, 90th percentile and share within the deadline of some waits."""
    yield Outcome(f"{name}: mean wait", over, unit=DAYS, better=FEWER), _mean(days)
    for q, word in QUANTILES:
        value = percentile_of(days, q) if len(days) else float("nan")
        yield Outcome(f"{name}: {word}", over, unit=DAYS, better=FEWER), value
    within = _percent(_mean((days <= deadline).astype(float)))
    yield Outcome(f"{name}: wait at most the deadline", over, better=MORE), within


def _clocks(records: Records) -> Iterator[tuple[Outcome, float]]:
    """The clocks of waiting: from asking, from the referral's receipt, and for the bed."""
    reading = records.reading
    asked = records.asked
    received = records.first_start(reading.referral_received)
    helped = records.first_start(reading.first_help)
    bed = records.first_start(reading.bed)
    for name, over, start, end in (
        ("from asking to the list", "those who got on it", asked, received),
        ("from asking to first help", "those who got it", asked, helped),
        ("from referral received to first help", "those who got it", received, helped),
        ("from asking to treatment", "those who started", asked, records.treated),
        ("from asking to the bed", "those who got one", asked, bed),
    ):
        which = records.followed & (start != NOT_YET) & (end != NOT_YET) & (end >= start)
        yield from _waits(name, over, _days((end - start)[which]), reading.deadline_days)


def _first_row(records: Records, stages: tuple[int, ...]) -> NDArray[np.intp]:
    """Return the row of each followed client's first started visit to these stages."""
    which = np.flatnonzero(
        records.at(stages) & (records.columns["started"] >= 0) & (records.columns["episode"] == 1)
    )
    clients, first = np.unique(records.client_of[which], return_index=True)
    return which[first][records.followed[clients]]


def _state_at_start(records: Records) -> Iterator[tuple[Outcome, float]]:
    """Motivation and severity, as points of 100, when treatment starts, and their change."""
    rows = _first_row(records, records.reading.treatment)
    over = "those who started"
    begun = records.first[records.client_of[rows]]
    for name, better in (("motivation", MORE), ("severity", FEWER)):
        now = records.columns[f"{name}_started"][rows].astype(float)
        before = records.columns[f"{name}_queued"][begun].astype(float)
        here = f"{name} at start of treatment"
        yield Outcome(here, over, unit=POINTS, better=better), _percent(_mean(now))
        change = _percent(_mean(now - before))
        yield Outcome(f"change of {name} while waiting", over, unit=POINTS, better=better), change


def _stay(records: Records) -> Iterator[tuple[Outcome, float]]:
    """How treatment that leads to discharge ends: completed or dropped out."""
    visits, reading = records.columns, records.reading
    which = records.at(reading.discharge) & (visits["started"] >= reading.warm_up)
    ended = np.where(visits["ended"] >= 0, visits["ended"], reading.horizon)[which]
    fate = visits["fate"][which]
    cause = np.select([fate == COMPLETED, fate == DROPPED_OUT, fate == DIED], [1, 2, 3], 0)
    curves = cumulative_incidence(_days(ended - visits["started"][which]), cause, (1, 2, 3))
    over = "all admitted"
    for name, code, better in (("completed", 1, MORE), ("dropped out of", 2, FEWER)):
        share = _percent(float(curves[code].at(YEAR)))
        yield Outcome(f"{name} treatment", over, better=better), share


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


def _after_discharge(records: Records) -> Iterator[tuple[Outcome, float]]:
    """Relapse after discharge, dying competing; and coming back."""
    visits, reading = records.columns, records.reading
    ends = records.with_fate(COMPLETED, DROPPED_OUT)
    rows = np.flatnonzero(
        records.at(reading.discharge) & ends & (visits["ended"] >= reading.warm_up)
    )
    left = visits["ended"][rows].astype(np.int64)
    ended = visits["ended"].astype(np.int64)
    relapse = next_time(records, rows, visits["fate"] == RELAPSED, ended)
    death = next_time(records, rows, visits["fate"] == DIED, ended)
    curves = _incidence(left, reading.horizon, relapse, death)
    for day in RELAPSE_DAYS:
        share = _percent(float(curves[1].at(day)))
        name = f"relapsed within {day:g} days of discharge"
        yield Outcome(name, "all discharged", better=FEWER), share
    finished = visits["fate"][rows] == COMPLETED
    kept = _incidence(left[finished], reading.horizon, relapse[finished], death[finished])
    share = _percent(float(kept[1].at(YEAR)))
    name = f"relapsed within {YEAR:g} days of completing"
    yield Outcome(name, "those who completed", better=FEWER), share
    new = np.zeros(len(records.visits), bool)
    new[1:] = np.diff(visits["episode"].astype(int)) != 0
    new[records.first] = False
    back = next_time(records, rows, new, visits["queued"].astype(np.int64))
    share = _percent(float(_incidence(left, reading.horizon, back, death)[1].at(YEAR)))
    yield Outcome("came back within a year of discharge", "all discharged"), share


def _incidence(start: Ticks, horizon: int, *ends: Ticks) -> dict[int, Curve]:
    table = np.stack([*ends, np.full_like(start, horizon)])
    cause = np.argmin(table, axis=0)
    days = _days(np.minimum(table.min(axis=0), horizon) - start)
    codes = tuple(range(1, len(ends) + 1))
    return cumulative_incidence(days, np.where(cause == len(ends), 0, cause + 1), codes)


def _overlap(begin: Ticks, end: Ticks, reading: Reading) -> float:
    """Return the days that intervals spend within the window, together."""
    inside = np.minimum(end, reading.horizon) - np.maximum(begin, reading.warm_up)
    return float(np.maximum(inside, 0).sum() / TICKS_PER_DAY)


def _capacity_days(steps: Steps, reading: Reading) -> float:
    """Return place-days on offer within the window."""
    total = 0.0
    moments = [*steps, (reading.horizon, 0)]
    for (begin, number), (end, _) in pairwise(moments):
        inside = min(end, reading.horizon) - max(begin, reading.warm_up)
        total += number * max(inside, 0) / TICKS_PER_DAY
    return total


def _split(records: Records, capacity: int) -> Iterator[tuple[str, Mask, Steps]]:
    """Yield the categories of a capacity: whose visits, how many places.

    The first is everybody, under no name. Visits to other capacities are not to be looked at.
    """
    yield "", np.ones(len(records.visits), np.bool_), records.reading.places[capacity]
    unit = records.columns["unit"]
    for part in records.reading.parts:
        if part.capacity == capacity:
            mine = (unit >= part.units.start) & (unit < part.units.stop)
            yield part.category, mine, part.places


def _capacities(records: Records) -> Iterator[tuple[Outcome, float]]:
    """Utilisation and mean number waiting of each capacity, over the window; also by category."""
    visits, reading = records.columns, records.reading
    window = (reading.horizon - reading.warm_up) / TICKS_PER_DAY
    of_visit = np.array(reading.capacity_of)[visits["stage"]]
    ended = np.where(visits["ended"] >= 0, visits["ended"], reading.horizon)
    served = visits["started"] >= 0
    stopped = np.where(served, visits["started"], ended)
    for k, name in enumerate(reading.capacities):
        for category, mine, places in _split(records, k):
            here, where = mine & (of_visit == k), part_name(name, category)
            offered = _capacity_days(places, reading)
            busy = _overlap(visits["started"][here & served], ended[here & served], reading)
            used = busy / offered if offered else float("nan")
            yield Outcome("utilisation", "all places", where), _percent(used)
            queue = _overlap(visits["queued"][here], stopped[here], reading) / window
            yield Outcome("people waiting", "mean over time", where, PEOPLE, FEWER), queue


def _stages(records: Records) -> Iterator[tuple[Outcome, float]]:
    """Visits to each stage; its list if it asks for a capacity, also by category if that is split.

    Over those who joined after the warm-up.
    """
    visits, reading = records.columns, records.reading
    window_years = (reading.horizon - reading.warm_up) / TICKS_PER_DAY / YEAR
    joined = visits["queued"] >= reading.warm_up
    for s, name in enumerate(reading.stages):
        here = joined & (visits["stage"] == s)
        yield Outcome("visits begun", "all visits", name, VISITS), here.sum() / window_years
        if reading.capacity_of[s] < 0:
            continue
        for category, mine, _ in _split(records, reading.capacity_of[s]):
            yield from _list(records, here & mine, part_name(name, category))


def _list(records: Records, here: Mask, where: str) -> Iterator[tuple[Outcome, float]]:
    """What becomes of those who joined a list, and how long they waited."""
    visits = records.columns
    waits, served = records.waits[here], visits["started"][here] >= 0
    everyone = "all who joined, those who left and those still waiting included"
    yield Outcome("mean wait", everyone, where, DAYS, FEWER), _mean(waits)
    had_to = _percent(_mean((waits > 0).astype(float)))
    yield Outcome("had to wait", everyone, where, better=FEWER), had_to
    left = _percent(_mean((visits["fate"][here] == LEFT).astype(float)))
    yield Outcome("left the list", everyone, where, better=FEWER), left
    deadline = records.reading.deadline_days
    for outcome, value in _waits("", "those served", waits[served], deadline):
        title = outcome.name.removeprefix(": ")
        yield Outcome(title, outcome.over, where, outcome.unit, outcome.better), value


_GROUPS: tuple[Callable[[Records], Iterator[tuple[Outcome, float]]], ...] = (
    _start_or_stop,
    _clocks,
    _state_at_start,
    _stay,
    _after_discharge,
    _capacities,
    _stages,
)


def measure(records: Records) -> Measured:
    """Return every outcome of one replication, in a fixed order; nan where nobody qualifies."""
    return {outcome: value for group in _GROUPS for outcome, value in group(records)}
