"""From records to outcomes: what one replication says, each number with whom it is over.

Where ends compete (starting treatment, giving up, dying) shares are cumulative incidences by
Aalen and Johansen, so that those still waiting at the horizon count as such; where time is only
censored they are Kaplan-Meier. Means of waits of those served are named so.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from simcare.analysis.estimates import percentile_of
from simcare.analysis.follow_up import is_followed, longest, room
from simcare.analysis.place_days import overlap, usable_days
from simcare.analysis.records import (
    NOT_YET,
    Mask,
    Reading,
    Records,
    Steps,
    Ticks,
    first_since,
    part_name,
)
from simcare.analysis.survival import Curve, cumulative_incidence, kaplan_meier
from simcare.kernels.tables import (
    COMPLETED,
    DIED,
    DROPPED_OUT,
    LEFT,
    MISSED,
    MOVED,
    RELAPSED,
    TICKS_PER_DAY,
)

Days = NDArray[np.float64]
YEAR = 365.0
FIRST_DAYS = 180.0
RELAPSE_DAYS = (91.0, 182.0, 365.0)
HARDLY_ANYBODY = 0.01  # of those admitted: with fewer still there it is known how stays end
OF_100, DAYS, POINTS, PEOPLE, VISITS = "of 100", "days", "points of 100", "people", "visits a year"
PLACES = "places"
MORE, FEWER, NEITHER = 1, -1, 0
# What becomes of those who wait on day 0: the outcomes by the deadline, and a year on.
DAY_0 = {
    "the deadline": (
        "of day 0, started by the deadline",
        "of day 0, gave up by the deadline",
        "of day 0, still waiting at the deadline",
    ),
    "a year": (
        "of day 0, started within a year",
        "of day 0, gave up within a year",
        "of day 0, still waiting after a year",
    ),
}
ALL_WHO_JOINED = "all who joined, those who left and those still waiting included"
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


def _by(curve: Curve, day: float, room_days: Days) -> float:
    """Return of 100 how many have ended by a day; nan where too few are followed for so long."""
    return _percent(float(curve.at(day))) if is_followed(room_days, day) else float("nan")


def _start_or_stop(records: Records) -> Iterator[tuple[Outcome, float]]:
    """What becomes of those who ask: treated, given up, died or turned down before, or waiting."""
    days, cause = records.course
    curves = cumulative_incidence(days, cause, (1, 2, 3, 4, 5))
    asked = "all who asked"
    deadline = records.reading.deadline_days
    followed = room(records.asked[records.followed], records.reading.horizon)

    def at(cause: int, day: float) -> float:
        return _by(curves[cause], day, followed)

    yield Outcome("started treatment by the deadline", asked, better=MORE), at(1, deadline)
    yield Outcome("started treatment within a year", asked, better=MORE), at(1, YEAR)
    yield Outcome("gave up before treatment within a year", asked, better=FEWER), at(2, YEAR)
    yield Outcome("died before treatment within a year", asked, better=FEWER), at(3, YEAR)
    yield Outcome("turned down within a year", asked), at(4, YEAR) + at(5, YEAR)
    still = 100.0 - sum(at(c, YEAR) for c in (1, 2, 3, 4, 5))
    yield Outcome("still waiting after a year", asked, better=FEWER), still
    waiting = kaplan_meier(days, cause > 0)
    name = f"days waited of the first {FIRST_DAYS:g}"
    known = is_followed(followed, FIRST_DAYS)
    mean = float(waiting.restricted_mean(FIRST_DAYS)) if known else float("nan")
    yield Outcome(name, "all who asked", unit=DAYS, better=FEWER), mean


def _waits(
    name: str, over: str, days: Days, room_days: Days, deadline: float
) -> Iterator[tuple[Outcome, float]]:
    """Mean, quartiles, 90th percentile and share within the deadline of some waits.

    The share is nan where too few are followed for longer than the deadline (``room_days``).
    """
    yield Outcome(f"{name}: mean wait", over, unit=DAYS, better=FEWER), _mean(days)
    for q, word in QUANTILES:
        value = percentile_of(days, q) if len(days) else float("nan")
        yield Outcome(f"{name}: {word}", over, unit=DAYS, better=FEWER), value
    known = is_followed(room_days, deadline)
    within = _percent(_mean((days <= deadline).astype(float))) if known else float("nan")
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
        followed = room(start[which], reading.horizon)
        yield from _waits(name, over, _days((end - start)[which]), followed, reading.deadline_days)


def _first_row(records: Records, stages: tuple[int, ...]) -> NDArray[np.intp]:
    """Return the row of each followed client's first started visit to these stages."""
    which = np.flatnonzero(records.at(stages) & records.served & (records.columns["episode"] == 1))
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
    """How treatment that leads to discharge ends: completed or dropped out.

    Told where people are followed for a year, or until hardly anybody is still in treatment.
    """
    visits, reading = records.columns, records.reading
    which = records.at(reading.discharge) & records.began
    ended = np.where(visits["ended"] >= 0, visits["ended"], reading.horizon)[which]
    fate = visits["fate"][which]
    cause = np.select([fate == COMPLETED, fate == DROPPED_OUT, fate == DIED], [1, 2, 3], 0)
    begun = visits["started"][which]
    curves = cumulative_incidence(_days(ended - begun), cause, (1, 2, 3))
    followed = room(begun, reading.horizon)
    until = min(longest(followed), YEAR)
    stays = 1.0 - sum(float(curves[code].at(until)) for code in (1, 2, 3))
    known = until == YEAR or stays < HARDLY_ANYBODY
    over = "all admitted"
    for name, code, better in (("completed", 1, MORE), ("dropped out of", 2, FEWER)):
        share = _percent(float(curves[code].at(YEAR))) if known else float("nan")
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
    followed = room(left, reading.horizon)
    curve = _incidence(left, reading.horizon, relapse, death)
    for day in RELAPSE_DAYS:
        share = _by(curve, day, followed)
        name = f"relapsed within {day:g} days of discharge"
        yield Outcome(name, "all discharged", better=FEWER), share
    finished = visits["fate"][rows] == COMPLETED
    kept = _incidence(left[finished], reading.horizon, relapse[finished], death[finished])
    share = _by(kept, YEAR, followed[finished])
    name = f"relapsed within {YEAR:g} days of completing"
    yield Outcome(name, "those who completed", better=FEWER), share
    new = np.zeros(len(records.visits), bool)
    new[1:] = np.diff(visits["episode"].astype(int)) != 0
    new[records.first] = False
    back = next_time(records, rows, new, visits["queued"].astype(np.int64))
    share = _by(_incidence(left, reading.horizon, back, death), YEAR, followed)
    yield Outcome("came back within a year of discharge", "all discharged"), share


def _incidence(start: Ticks, horizon: int, end: Ticks, death: Ticks) -> Curve:
    """Return who has come to an end, by days from a start; dying competes."""
    days, cause = first_since(start, horizon, end, death)
    return cumulative_incidence(days, cause, (1, 2))[1]


def _split(records: Records, capacity: int) -> Iterator[tuple[str, Mask, Steps]]:
    """Yield the categories of a capacity: whose visits, how many places.

    The first is everybody, under no name. Visits to other capacities are not to be looked at.
    """
    yield "", np.ones(len(records.visits), np.bool_), records.reading.places[capacity]
    parts = [part for part in records.reading.parts if part.capacity == capacity]
    if parts:
        unit = records.unit_of(capacity)
        for part in parts:
            mine = (unit >= part.units.start) & (unit < part.units.stop)
            yield part.category, mine, part.places


def _capacities(records: Records) -> Iterator[tuple[Outcome, float]]:
    """Utilisation and mean number waiting of each capacity, over the window; also by category.

    A place that is lost to an offer that was missed is busy meanwhile. Utilisation is of all places
    that there were, and of those that were gone or closed but still in use: it is never above 100.
    Where a stage keeps its place until the next has one, also how many are kept so.
    """
    visits, reading = records.columns, records.reading
    window = (reading.horizon - reading.warm_up) / TICKS_PER_DAY
    ended = records.until
    given = visits["started"] >= 0
    stopped = np.where(given, visits["started"], ended)
    holding = records.at(reading.holding)
    holds = {k for stage in reading.holding for k in reading.capacities_of[stage]}
    for k, name in enumerate(reading.capacities):
        taking, joining = records.asking(k) & given, records.joining(k)
        for category, mine, places in _split(records, k):
            taken, listed, where = mine & taking, mine & joining, part_name(name, category)
            begin, end = visits["started"][taken], ended[taken]
            usable = usable_days(places, begin, end, reading)
            used = overlap(begin, end, reading) / usable if usable else float("nan")
            yield Outcome("utilisation", "all places", where), _percent(used)
            queue = overlap(visits["queued"][listed], stopped[listed], reading) / window
            yield Outcome("people waiting", "mean over time", where, PEOPLE, FEWER), queue
            if k in holds:
                kept = taken & holding
                held = overlap(records.held_from[kept], ended[kept], reading) / window
                held_name = "held by people who wait for the next place"
                yield Outcome(held_name, "mean over time", where, PLACES, FEWER), held


def _stages(records: Records) -> Iterator[tuple[Outcome, float]]:
    """Visits to each stage; its list if it asks for a capacity, also by category if that is split.

    Visits begun are those of the time measured; lists are over those who joined after the warm-up.
    """
    visits, reading = records.columns, records.reading
    window_years = (reading.horizon - reading.warm_up) / TICKS_PER_DAY / YEAR
    for s, name in enumerate(reading.stages):
        at_stage = visits["stage"] == s
        begun = int((records.began & at_stage).sum())
        yield Outcome("visits begun", "all visits", name, VISITS), begun / window_years
        asked = reading.capacities_of[s]
        if not asked:
            continue
        divided = {part.capacity for part in reading.parts}
        capacity = next((c for c in asked if c in divided), asked[0])
        here = records.joined & at_stage
        for category, mine, _ in _split(records, capacity):
            yield from _list(records, here & mine, part_name(name, category))
            yield from _not_served(records, s, here & mine, part_name(name, category))


def _list(records: Records, here: Mask, where: str) -> Iterator[tuple[Outcome, float]]:
    """What becomes of those who joined a list, and how long they waited."""
    visits = records.columns
    waits, served, everyone = records.waits[here], records.served[here], ALL_WHO_JOINED
    yield Outcome("mean wait", everyone, where, DAYS, FEWER), _mean(waits)
    had_to = _percent(_mean((waits > 0).astype(float)))
    yield Outcome("had to wait", everyone, where, better=FEWER), had_to
    left = _percent(_mean((visits["fate"][here] == LEFT).astype(float)))
    yield Outcome("left the list", everyone, where, better=FEWER), left
    deadline = records.reading.deadline_days
    followed = room(visits["queued"][here][served], records.reading.horizon)
    for outcome, value in _waits("", "those served", waits[served], followed, deadline):
        title = outcome.name.removeprefix(": ")
        yield Outcome(title, outcome.over, where, outcome.unit, outcome.better), value


def _of_day_0(records: Records) -> Iterator[tuple[Outcome, float]]:
    """What becomes of those who wait on day 0: for treatment, and on each list; from that day on.

    For treatment wait those who are on the way to it and have none yet, wherever they are.
    """
    reading, first = records.reading, records.first
    if reading.begun is None:
        return
    treated = records.at(reading.treatment) & records.was_there
    which = records.here & (records.at(reading.on_the_way) & ~treated)[first]
    ends = (records.treated, records.gave_up, records.died, records.turned_down, records.over)
    start = np.zeros(int(which.sum()), np.int64)
    days, cause = first_since(start, reading.horizon, *(end[which] for end in ends))
    yield from _day_0_ends(reading, "", days, cause)
    visits = records.columns
    until = np.where(visits["ended"] >= 0, visits["ended"], NOT_YET)
    served = np.where(visits["started"] >= 0, visits["started"], NOT_YET)
    left = np.where(served < NOT_YET, NOT_YET, until)
    gave_up = np.where(visits["fate"] == LEFT, left, NOT_YET)
    for s in reading.begun:
        rows = np.flatnonzero(records.has_waited & (visits["stage"] == s))
        start = np.zeros(len(rows), np.int64)
        days, cause = first_since(start, reading.horizon, served[rows], gave_up[rows], left[rows])
        yield from _day_0_ends(reading, reading.stages[s], days, cause)


def _day_0_ends(
    reading: Reading, where: str, days: Days, cause: NDArray[np.int64]
) -> Iterator[tuple[Outcome, float]]:
    """How many have started (1), given up (2) and still wait, by the deadline and a year on.

    There may be other ends (3, 4, 5). Of nobody it is nan, and so it is past the end of the run.
    """
    curves = cumulative_incidence(days, cause, (1, 2, 3, 4, 5))
    over, followed = (
        "those who waited on day 0",
        room(np.zeros(len(days), np.int64), reading.horizon),
    )
    for day, ends in zip((reading.deadline_days, YEAR), DAY_0.values(), strict=True):
        started, gave_up, waiting = ends
        at = [_by(curves[c], day, followed) for c in (1, 2, 3, 4, 5)]
        yield Outcome(started, over, where, better=MORE), at[0]
        yield Outcome(gave_up, over, where, better=FEWER), at[1]
        yield Outcome(waiting, over, where, better=FEWER), 100.0 - sum(at)


def _not_served(
    records: Records, stage: int, here: Mask, where: str
) -> Iterator[tuple[Outcome, float]]:
    """How many of those who joined a list missed their offer, or were moved to another one."""
    fate = records.columns["fate"][here]
    for name, code, stages in (
        ("missed the offer", MISSED, records.reading.may_miss),
        ("moved to another list", MOVED, records.reading.may_move),
    ):
        if stage in stages:
            share = _percent(_mean((fate == code).astype(float)))
            better = FEWER if code == MISSED else NEITHER
            yield Outcome(name, ALL_WHO_JOINED, where, better=better), share


_GROUPS: tuple[Callable[[Records], Iterator[tuple[Outcome, float]]], ...] = (
    _start_or_stop,
    _clocks,
    _state_at_start,
    _stay,
    _after_discharge,
    _capacities,
    _stages,
    _of_day_0,
)


def measure(records: Records) -> Measured:
    """Return every outcome of one replication, in a fixed order.

    It is nan where nobody qualifies, or where too few are followed for as long as it tells of.
    """
    return {outcome: value for group in _GROUPS for outcome, value in group(records)}
