"""Curves by day: who has started since asking, who still waits on a list, who has relapsed.

All are shares "of 100" of everybody who entered, on fixed grids of days, so that replications can
be put beside each other. Ends compete (Aalen and Johansen); who is not seen to the end is censored
at the horizon. A curve stops where it would rest on fewer than one in ten of its people.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from simcare.analysis.ends import next_time
from simcare.analysis.estimates import mean_intervals
from simcare.analysis.follow_up import FEWEST, in_sight, room
from simcare.analysis.records import Records, first_of
from simcare.analysis.survival import cumulative_incidence
from simcare.kernels.tables import (
    COMPLETED,
    DIED,
    DROPPED_OUT,
    LEFT,
    MISSED,
    RELAPSED,
    TICKS_PER_DAY,
)

Days = NDArray[np.float64]
ASKING_DAYS, LIST_DAYS, DISCHARGE_DAYS = 365, 365, 730
STEP = 5
# The days that stand for 3, 6, 9, … months since discharge; the outcomes are read at 91 and 365.
MONTHS_AFTER_DISCHARGE = tuple(float(365 * month // 12) for month in range(3, 25, 3))
ASKING, JOINING, DISCHARGE = "first asking", "joining the list", "discharge"
STARTED, IN_A_BED, GAVE_UP, DEAD = "started treatment", "in a bed", "gave up", "died"
NOT_OFFERED, STOPPED, STILL_WAITING = "not offered treatment", "stopped otherwise", "still waiting"
SERVED, LEFT_LIST = "started", "left"
RELAPSE, DEAD_FIRST, NEITHER = "relapsed", "died before a relapse", "neither"


@dataclass(frozen=True, order=True)
class Key:
    """What a curve is of: the state, the moment that days count from, whom it is over, where."""

    state: str
    since: str
    over: str
    where: str = ""


@dataclass(frozen=True)
class States:
    """Shares of one group in its states by day, of 100, in one replication.

    ``values`` maps each state to float64 (days,). ``at_risk`` is the number that is still followed
    and in no end state just after each day; ``seen`` is the share of the group that a curve rests
    on that day, by which it stops.
    """

    since: str
    over: str
    where: str
    days: Days
    values: Mapping[str, Days]
    at_risk: Days
    seen: Days


@dataclass(frozen=True)
class Band:
    """A curve over replications: mean, 95 % interval of the mean, 9-in-10 range.

    All arrays are float64 of one length; nan where nothing can be said. ``x`` is in days (months
    for people waiting). ``n`` is the number of replications.
    """

    key: Key
    x: Days
    mean: Days
    lower: Days
    upper: Days
    low: Days
    high: Days
    at_risk: Days
    n: int

    def at(self, x: float) -> int:
        """Return the place of the last grid point that is not past ``x``."""
        return max(int(np.searchsorted(self.x, x, side="right")) - 1, 0)


def unknown(key: Key) -> Band:
    """Return the curve of something that is not there: one point of which nothing can be said."""
    nan = np.full(1, np.nan)
    return Band(key, np.zeros(1), nan, nan, nan, nan, nan, nan, 0)


def grid(days: int, step: int = STEP, said: Iterable[float] = ()) -> Days:
    """Return the days 0, step, … up to and including ``days``, and those in ``said``.

    What is told of a day is read off a curve at that day: it has to be among them.
    """
    return np.unique([*np.arange(0.0, days, step), float(days), *said])


def after_asking(records: Records, days: ArrayLike) -> States:
    """Return what becomes of all who asked, by days since they first asked.

    The first episode of those followed. Started, gave up, died, not offered treatment (or stopped
    for another reason) and still waiting make 100, as the outcomes of these names have them; being
    in a bed is a curve of its own.
    """
    grid_days = np.asarray(days, np.float64)
    stops = (records.gave_up, records.died, records.turned_down, records.over)
    time, cause = records.course
    values = _shares(time, cause, (STARTED, GAVE_UP, DEAD, NOT_OFFERED, STOPPED), grid_days)
    values[NOT_OFFERED] = values[NOT_OFFERED] + values.pop(STOPPED)
    values[STILL_WAITING] = _rest(values)
    bed = first_of(records, records.followed, records.first_start(records.reading.bed), *stops)
    ends = (IN_A_BED, GAVE_UP, DEAD, NOT_OFFERED, STOPPED)
    values[IN_A_BED] = _shares(*bed, ends, grid_days)[IN_A_BED]
    asked = records.asked[records.followed]
    return States(
        ASKING,
        "all who asked",
        "",
        grid_days,
        values,
        _at_risk(time, cause, grid_days),
        in_sight(room(asked, records.reading.horizon), grid_days),
    )


def on_the_list(records: Records, capacity: str, days: ArrayLike) -> States:
    """Return who still waits, has started or has left, by days since joining a capacity's list.

    All who joined after the warm-up, those served at once included. Who died or relapsed on the
    list, missed an offer or was moved to another list stopped otherwise. The four states make 100.
    """
    visits, reading = records.columns, records.reading
    grid_days = np.asarray(days, np.float64)
    mine = records.joining(reading.capacities.index(capacity))
    rows = np.flatnonzero(mine & records.joined)
    time = records.waits[rows]
    fate = visits["fate"][rows]
    stopped = (visits["ended"][rows] >= 0) | (fate == MISSED)
    served = records.served[rows]
    cause = np.select([served, stopped & (fate == LEFT), stopped], [1, 2, 3], 0)
    values = _shares(time, cause, (SERVED, LEFT_LIST, STOPPED), grid_days)
    values[STILL_WAITING] = _rest(values)
    joined = visits["queued"][rows].astype(np.int64)
    return States(
        JOINING,
        "all who joined",
        capacity,
        grid_days,
        values,
        _at_risk(time, cause, grid_days),
        in_sight(room(joined, reading.horizon), grid_days),
    )


def after_discharge(records: Records, days: ArrayLike) -> States:
    """Return who has relapsed, by days since discharge; dying competes.

    Discharged are those who completed or dropped out after the warm-up. Relapse rests on those
    still at risk, so these decide where its curve stops.
    """
    visits, reading = records.columns, records.reading
    grid_days = np.asarray(days, np.float64)
    ends = records.with_fate(COMPLETED, DROPPED_OUT)
    out = records.at(reading.discharge) & ends & (visits["ended"] >= reading.warm_up)
    rows = np.flatnonzero(out)
    left = visits["ended"][rows].astype(np.int64)
    fate, ended = records.columns["fate"], records.columns["ended"].astype(np.int64)
    relapse, death = (next_time(records, rows, fate == end, ended) for end in (RELAPSED, DIED))
    until = np.minimum(np.minimum(relapse, death), reading.horizon)
    cause = np.select([relapse <= until, death <= until], [1, 2], 0)
    time = np.asarray((until - left) / TICKS_PER_DAY, np.float64)
    values = _shares(time, cause, (RELAPSE, DEAD_FIRST), grid_days)
    values[NEITHER] = _rest(values)
    at_risk = _at_risk(time, cause, grid_days)
    seen = at_risk / len(rows) if len(rows) else np.zeros_like(grid_days)
    return States(DISCHARGE, "all discharged", "", grid_days, values, at_risk, seen)


def curves(records: Records, step: int = STEP) -> list[States]:
    """Return every group of curves of one replication, in a fixed order.

    The deadline is among the days of those since asking and since joining a list.
    """
    reading = records.reading
    deadline = (reading.deadline_days,)
    on_list = grid(LIST_DAYS, step, deadline)
    lists = [on_the_list(records, capacity, on_list) for capacity in reading.capacities]
    asked = after_asking(records, grid(ASKING_DAYS, step, deadline))
    discharged = grid(DISCHARGE_DAYS, step, MONTHS_AFTER_DISCHARGE)
    return [asked, *lists, after_discharge(records, discharged)]


def waiting_key(capacity: str) -> Key:
    """Return what the curve of people waiting for a capacity is of; its ``x`` is in months."""
    return Key("people waiting", "the start of the run", "mean of the month", capacity)


def gather(replications: Sequence[Sequence[States]]) -> dict[Key, Band]:
    """Return each curve over replications; all must have the same groups on the same days."""
    result: dict[Key, Band] = {}
    for group in zip(*replications, strict=True):
        first = group[0]
        seen = np.mean([states.seen for states in group], axis=0) >= FEWEST
        at_risk = np.mean([states.at_risk for states in group], axis=0)
        for state in first.values:
            key = Key(state, first.since, first.over, first.where)
            values = np.stack([states.values[state] for states in group])
            result[key] = band(key, first.days, np.where(seen, values, np.nan), at_risk)
    return result


def band(key: Key, x: ArrayLike, values: NDArray[np.float64], at_risk: Days | None = None) -> Band:
    """Return the mean, its interval and the 9-in-10 range of values (replications, points)."""
    mean, lower, upper = mean_intervals(values)
    ranges = np.full((2, values.shape[1]), np.nan)
    missing = np.isnan(values)
    for known, quantile in (
        (~missing.any(axis=0), np.quantile),
        (missing.any(axis=0) & ~missing.all(axis=0), np.nanquantile),
    ):
        if known.any():
            ranges[:, known] = quantile(values[:, known], [0.05, 0.95], axis=0)
    points = np.asarray(x, np.float64)
    return Band(
        key,
        points,
        mean,
        lower,
        upper,
        ranges[0],
        ranges[1],
        np.full_like(points, np.nan) if at_risk is None else at_risk,
        len(values),
    )


COLUMNS = (
    "state", "since", "over", "where", "x", "mean", "lower_95", "upper_95",
    "low_of_9_in_10_replications", "high_of_9_in_10_replications", "at_risk", "replications",
)  # fmt: skip
Cell = str | float | int


def rows_of(bands: Iterable[Band]) -> Iterator[tuple[Cell, ...]]:
    """Yield the rows of a table (``COLUMNS``) that holds these curves."""
    for b in bands:
        k = b.key
        series = (b.x, b.mean, b.lower, b.upper, b.low, b.high, b.at_risk)
        for numbers in zip(*series, strict=True):
            yield (k.state, k.since, k.over, k.where, *map(float, numbers), b.n)


def bands_from(rows: Iterable[Sequence[Cell]]) -> dict[Key, Band]:
    """Return the curves that a table's rows (``COLUMNS``) hold; an empty cell is nan."""
    groups: dict[Key, list[Sequence[Cell]]] = {}
    for row in rows:
        groups.setdefault(Key(*(str(cell) for cell in row[:4])), []).append(row)
    result = {}
    for key, lines in groups.items():
        numbers = [[float("nan") if c == "" else float(c) for c in line[4:11]] for line in lines]
        x, mean, lower, upper, low, high, at_risk = np.array(numbers, np.float64).T
        n = int(lines[0][11])
        result[key] = Band(key, x, mean, lower, upper, low, high, at_risk, n)
    return result


def _shares(
    time: Days, cause: NDArray[np.int64], names: Sequence[str], days: Days
) -> dict[str, Days]:
    """Return the cumulative incidence of each end (1, 2, …) by day, of 100."""
    found = cumulative_incidence(time, cause, tuple(range(1, len(names) + 1)))
    return {name: 100.0 * found[k].at(days) for k, name in enumerate(names, 1)}


def _rest(values: Mapping[str, Days]) -> Days:
    """Return what is left of 100, without the trace of rounding that could make it negative."""
    return np.asarray(np.maximum(100.0 - np.sum(list(values.values()), axis=0), 0.0), np.float64)


def _at_risk(time: Days, cause: NDArray[np.int64], days: Days) -> Days:
    """Return how many are followed past each day; those whose follow-up ends there are too."""
    ended = np.searchsorted(np.sort(time[cause > 0]), days, side="right")
    lost = np.searchsorted(np.sort(time[cause == 0]), days, side="left")
    return (len(time) - ended - lost).astype(np.float64)
