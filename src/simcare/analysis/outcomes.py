"""From records to outcomes: what one replication says, each number with whom it is over.

Where ends compete (starting treatment, giving up, dying) shares are cumulative incidences by
Aalen and Johansen, so that those still waiting at the horizon count as such; where time is only
censored they are Kaplan-Meier. Means of waits of those served are named so.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from simcare.analysis.ends import (
    BROKEN_OFF,
    CAME_ABOUT,
    DIED_BEFORE,
    DIED_FIRST,
    FINISHED,
    GAVE_UP,
    OVER_OTHERWISE,
    STAY_ENDS,
    TREATED,
    TURNED_DOWN,
    WAYS_OUT,
    Ends,
    between,
    discharges,
    from_asking,
    of_stays,
)
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
from simcare.analysis.survival import incidence_by, kaplan_meier
from simcare.kernels.tables import LEFT, MISSED, MOVED, TICKS_PER_DAY

Days = NDArray[np.float64]
YEAR = 365.0
FIRST_DAYS = 180.0
RELAPSE_DAYS = (91.0, 182.0, 365.0)
HARDLY_ANYBODY = 0.01  # of those admitted: with fewer still there it is known how stays end
OF_100, DAYS, POINTS, PEOPLE, VISITS = "of 100", "days", "points of 100", "people", "visits a year"
PLACES = "places"
MORE, FEWER, NEITHER = 1, -1, 0
STARTED_IN_TIME = "started treatment by the deadline"
STARTED_IN_A_YEAR = "started treatment within a year"
GAVE_UP_IN_A_YEAR = "gave up before treatment within a year"
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


def _of_100(share: float, followed: bool) -> float:
    """Return of 100 how many have ended by a day; nan where too few are followed for so long."""
    return _percent(float(share)) if followed else float("nan")


def of_those_who_ask(asking: Ends, deadline_days: float) -> Iterator[tuple[Outcome, float]]:
    """Yield what becomes of some who ask: treated, gave up, died or turned down, or waiting.

    ``asking`` is as :func:`from_asking` has it.
    """
    ended = incidence_by(asking.days, asking.cause, WAYS_OUT, (deadline_days, YEAR))
    in_time, for_a_year = asking.is_followed(deadline_days), asking.is_followed(YEAR)
    by_a_year = dict(zip(WAYS_OUT, (_of_100(x, for_a_year) for x in ended[:, 1]), strict=True))
    started, asked = _of_100(ended[WAYS_OUT.index(TREATED), 0], in_time), "all who asked"
    yield Outcome(STARTED_IN_TIME, asked, better=MORE), started
    yield Outcome(STARTED_IN_A_YEAR, asked, better=MORE), by_a_year[TREATED]
    gave_up = by_a_year[GAVE_UP]
    yield Outcome(GAVE_UP_IN_A_YEAR, asked, better=FEWER), gave_up
    died = by_a_year[DIED_BEFORE]
    yield Outcome("died before treatment within a year", asked, better=FEWER), died
    turned_down = by_a_year[TURNED_DOWN] + by_a_year[OVER_OTHERWISE]
    yield Outcome("turned down within a year", asked), turned_down
    still = 100.0 - sum(by_a_year.values())
    yield Outcome("still waiting after a year", asked, better=FEWER), still


def _start_or_stop(records: Records) -> Iterator[tuple[Outcome, float]]:
    """What becomes of those who ask, and for how many of the first days they wait."""
    asking = from_asking(records)
    yield from of_those_who_ask(asking, records.reading.deadline_days)
    waiting = kaplan_meier(asking.days, asking.cause > 0)
    known = asking.is_followed(FIRST_DAYS)
    mean = float(waiting.restricted_mean(FIRST_DAYS)) if known else float("nan")
    name = f"days waited of the first {FIRST_DAYS:g}"
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
        which = between(records, start, end)
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


def of_admitted(stays: Ends) -> Iterator[tuple[Outcome, float]]:
    """Yield how stays end: completed or dropped out of; as :func:`of_stays` has them.

    Told where people are followed for a year, or until hardly anybody is still in treatment.
    """
    until = min(longest(stays.room_days), YEAR)
    ended = incidence_by(stays.days, stays.cause, STAY_ENDS, (until, YEAR))
    still = 1.0 - sum(ended[:, 0].tolist())
    known = until == YEAR or still < HARDLY_ANYBODY
    over = "all admitted"
    for name, cause, better in (
        ("completed", FINISHED, MORE),
        ("dropped out of", BROKEN_OFF, FEWER),
    ):
        share = _of_100(ended[STAY_ENDS.index(cause), 1], known)
        yield Outcome(f"{name} treatment", over, better=better), share


def _stay(records: Records) -> Iterator[tuple[Outcome, float]]:
    return of_admitted(of_stays(records))


def of_relapse(since: Ends) -> Iterator[tuple[Outcome, float]]:
    """Yield how many of those discharged have relapsed by some days, dying competing."""
    for day, share in zip(RELAPSE_DAYS, _came_about(since, RELAPSE_DAYS), strict=True):
        yield Outcome(relapsed_within(day), "all discharged", better=FEWER), share


def relapsed_within(days: float) -> str:
    """Return the name of the outcome of relapse within so many days of discharge."""
    return f"relapsed within {days:g} days of discharge"


def _after_discharge(records: Records) -> Iterator[tuple[Outcome, float]]:
    """Relapse after discharge, and coming back; dying competes."""
    found = discharges(records)
    relapse = found.until_relapse()
    yield from of_relapse(relapse)
    kept = relapse.some(found.completed)
    (share,) = _came_about(kept, (YEAR,))
    name = f"relapsed within {YEAR:g} days of completing"
    yield Outcome(name, "those who completed", better=FEWER), share
    new = np.zeros(len(records.visits), bool)
    new[1:] = np.diff(records.columns["episode"].astype(int)) != 0
    new[records.first] = False
    back = found.until(new, records.columns["queued"].astype(np.int64))
    (share,) = _came_about(back, (YEAR,))
    yield Outcome("came back within a year of discharge", "all discharged"), share


def _came_about(since: Ends, days: Sequence[float]) -> list[float]:
    """Return of 100 how many have come to what they are followed for by days; dying competes."""
    came, _ = incidence_by(since.days, since.cause, (CAME_ABOUT, DIED_FIRST), days)
    return [_of_100(share, since.is_followed(day)) for day, share in zip(days, came, strict=True)]


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
    ended = incidence_by(days, cause, WAYS_OUT, (reading.deadline_days, YEAR))
    over, followed = (
        "those who waited on day 0",
        room(np.zeros(len(days), np.int64), reading.horizon),
    )
    days_told = (reading.deadline_days, YEAR)
    for day, ends, by in zip(days_told, DAY_0.values(), ended.T, strict=True):
        started, gave_up, waiting = ends
        at = [_of_100(share, is_followed(followed, day)) for share in by]
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
