"""The laws that every run obeys, checked on what was written down and on nothing else.

An engine can be wrong in ways that no mean shows: somebody lost, somebody in two beds, a bed given
out twice, a bed free while people wait. So the visits of a run are read again without the engine,
and every broken law is told in plain words. Nothing is estimated here: all is counted in whole
ticks, and a law holds exactly or is broken.

What cannot be read off the visits is not judged: within one tick the order of events is not written
down, so a law about places or lists speaks of how a tick ends.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from simcare.kernels.tables import (
    COMPLETED,
    DIED,
    HOLDING,
    NONE,
    STAYING,
    WAITING,
    Rows,
    Ticks,
)

Flags = NDArray[np.bool_]
Findings = Iterator[str]


@dataclass(frozen=True)
class Run:
    """A run as it was written down, and what its service allows.

    ``places`` are the numbers of each place at the start, ``changes`` rows of (tick, place, number)
    in order, ``first_place`` is the first place of what each stage asks for (-1: nothing).
    ``groups`` has for each place the number of the attribute that its capacity is split by and that
    of the category whose place it is (-1, -1: not split); None where no capacity is.
    ``first`` marks the first visit of each client, ``place`` is the place that a visit asks for
    (-1: none), ``until`` the tick at which it is given back (the horizon if it never is).
    """

    visits: Rows
    places: Ticks
    changes: Rows
    first_place: Ticks
    horizon: int
    clients: int
    groups: Ticks | None = None

    @cached_property
    def first(self) -> Flags:
        """Which visits are the first ones of their clients."""
        client = self.visits["client"]
        return np.concatenate([[True], client[1:] != client[:-1]]) if len(client) else _no(0)

    @cached_property
    def last(self) -> Flags:
        """Which visits are the last ones of their clients."""
        return np.concatenate([self.first[1:], [True]]) if len(self.visits) else _no(0)

    @cached_property
    def place(self) -> Ticks:
        """The place that each visit asks for, -1 for none."""
        first = self.first_place[self.visits["stage"]]
        return np.where(first == NONE, NONE, first + self.visits["unit"].astype(np.int64))

    @cached_property
    def until(self) -> Ticks:
        """The tick at which each visit ends, the horizon if it does not."""
        ended = self.visits["ended"]
        return np.where(ended == NONE, self.horizon, ended)

    @cached_property
    def listed_until(self) -> Ticks:
        """The tick until which each visit waits: its start, its end without one, or the horizon."""
        started = self.visits["started"]
        return np.where(started == NONE, self.until, started)


def audit(
    visits: Rows,
    places: Ticks,
    changes: Rows,
    first_place: Ticks,
    horizon: int,
    clients: int,
    groups: Ticks | None = None,
) -> tuple[str, ...]:
    """Return what a run breaks of the laws that every run obeys; nothing if it obeys them all.

    ``visits``: VISIT rows ordered by client, then in their order. ``places``: how many each place
    has at the start. ``changes``: CHANGE rows by tick. ``first_place``: for each stage the first
    place of what it asks for, -1 for nothing. ``clients``: how many came. ``groups``: for each
    place (attribute, category), -1 where it is for everybody, as :meth:`Program.groups` tells them;
    None if all are. Laws of places and lists are looked at only when every single row makes sense.
    """
    run = Run(
        visits,
        np.asarray(places, np.int64),
        changes,
        np.asarray(first_place, np.int64),
        horizon,
        clients,
        groups,
    )
    found = [fault for law in ROW_LAWS for fault in law(run)]
    if not found:
        found = [fault for law in RUN_LAWS for fault in law(run)]
    return tuple(found)


def _no(many: int) -> Flags:
    return np.zeros(many, np.bool_)


def _told(run: Run, law: str, broken: Flags) -> Findings:
    """Say how many rows break a law, and which is the first; nothing if none does."""
    rows = np.flatnonzero(broken)
    if len(rows):
        row = rows[0]
        visit = run.visits[row]
        yield (
            f"{law}: {len(rows)} of {len(broken)} visits, first row {row} "
            f"(client {visit['client']}, stage {visit['stage']}, queued {visit['queued']}, "
            f"started {visit['started']}, ended {visit['ended']})"
        )


# --- single rows -------------------------------------------------------------------------------


def known_numbers(run: Run) -> Findings:
    """Clients, stages and units are those of the service."""
    visits = run.visits
    yield from _told(run, "a client who never came", visits["client"] >= run.clients)
    stages = visits["stage"] >= len(run.first_place)
    yield from _told(run, "a stage that is not in the service", stages)
    if stages.any():
        return
    first = run.first_place[visits["stage"]]
    starts = np.unique(np.append(run.first_place[run.first_place >= 0], len(run.places)))
    end = starts[np.minimum(np.searchsorted(starts, first, side="right"), len(starts) - 1)]
    wrong = np.where(first == NONE, visits["unit"] > 0, run.place >= end)
    yield from _told(run, "a unit that is not there", wrong)


def ticks_in_order(run: Run) -> Findings:
    """0 <= queued <= started <= ended < horizon, as far as they happened."""
    queued, started, ended = (run.visits[name] for name in ("queued", "started", "ended"))
    yield from _told(run, "asked for outside the run", (queued < 0) | (queued >= run.horizon))
    yield from _told(
        run,
        "started outside the run",
        (started != NONE) & ((started < 0) | (started >= run.horizon)),
    )
    yield from _told(
        run, "ended outside the run", (ended != NONE) & ((ended < 0) | (ended >= run.horizon))
    )
    yield from _told(run, "started before it was asked for", (started >= 0) & (started < queued))
    since = np.maximum(queued, started)
    yield from _told(run, "ended before it began", (ended >= 0) & (ended < since))


def fates_fit(run: Run) -> Findings:
    """A fate says which of the ticks there are."""
    fate = run.visits["fate"]
    started, ended = run.visits["started"] >= 0, run.visits["ended"] >= 0
    yield from _told(run, "a fate that is none", fate > HOLDING)
    yield from _told(run, "completed without a start", (fate == COMPLETED) & ~started)
    closed = fate <= DIED
    yield from _told(run, "over, but without an end", closed & ~ended)
    yield from _told(run, "still open, but with an end", ~closed & (fate <= HOLDING) & ended)
    yield from _told(run, "waiting, but started", (fate == WAITING) & started)
    there = (fate == STAYING) | (fate == HOLDING)
    yield from _told(run, "staying or holding, but never started", there & ~started)


def in_order_of_clients(run: Run) -> Findings:
    """Rows are ordered by client, and clients by when they came."""
    visits = run.visits
    client = visits["client"].astype(np.int64)
    wrong = np.append(np.diff(client) < 0, False)[: len(visits)]
    yield from _told(run, "not ordered by client", wrong)
    arrival = np.where(run.first, visits["queued"], 0)
    before = np.maximum.accumulate(arrival) if len(arrival) else arrival
    yield from _told(
        run, "came before a client of a lower number", run.first & (visits["queued"] < before)
    )


# --- clients -----------------------------------------------------------------------------------


def everyone_counted(run: Run) -> Findings:
    """Every client who came has rows, and is out or in one open row (or two, holding a place)."""
    missing = run.clients - len(np.unique(run.visits["client"]))
    if missing:
        yield f"everyone is counted: {missing} of {run.clients} clients have no row"
    fate = run.visits["fate"]
    following = np.append(fate[1:], 0)[: len(fate)]
    held = (fate == HOLDING) & ~run.last & (following == WAITING)
    wrong = (fate > DIED) & ~held & (~run.last | (fate == HOLDING))
    yield from _told(run, "an open visit with no business to be open", wrong)
    yield from _told(run, "a visit after death", (fate == DIED) & ~run.last)


def one_place_at_a_time(run: Run) -> Findings:
    """A client's next visit begins in the tick in which the one before ends, or keeps its place.

    A kept place is given back when the next is given, or its list is left.
    """
    visits = run.visits
    if len(visits) == 0:
        return
    later = ~run.first[1:]
    one, two = visits[:-1], visits[1:]
    follows = one["ended"] == two["queued"]
    kept = (run.place[:-1] != NONE) & (run.place[1:] != NONE)
    kept &= np.isin(one["fate"], (COMPLETED, HOLDING)) & (one["episode"] == two["episode"])
    next_known = np.where(two["started"] >= 0, two["started"], two["ended"])
    kept &= (one["ended"] == next_known) & (one["started"] <= two["queued"])
    in_two = later & ~follows & ~kept & (run.until[:-1] > two["queued"])
    nowhere = later & ~follows & ~kept & ~in_two
    yield from _told(run, "in two places at a time", np.append(in_two, False))
    yield from _told(run, "nowhere between two visits", np.append(nowhere, False))


def counters(run: Run) -> Findings:
    """Episodes count from 1 by 1; n counts a client's visits to a stage in an episode from 0."""
    visits = run.visits
    many = len(visits)
    if many == 0:
        return
    episode = visits["episode"].astype(np.int64)
    step = np.diff(episode, prepend=0)
    wrong = np.where(run.first, episode != 1, (step < 0) | (step > 1))
    yield from _told(run, "a wrong number of the episode", wrong)
    order = np.lexsort((np.arange(many), visits["stage"], episode, visits["client"]))
    sorted_ = visits[order]
    new = np.ones(many, np.bool_)
    new[1:] = (
        (sorted_["client"][1:] != sorted_["client"][:-1])
        | (sorted_["episode"][1:] != sorted_["episode"][:-1])
        | (sorted_["stage"][1:] != sorted_["stage"][:-1])
    )
    at = np.arange(many)
    expected = np.empty(many, np.int64)
    expected[order] = at - np.maximum.accumulate(np.where(new, at, 0))
    yield from _told(run, "a wrong count of earlier visits (n)", visits["n"] != expected)


def one_unit_for_good(run: Run) -> Findings:
    """A client asks always the same unit of a capacity."""
    visits = run.visits
    capacity = run.first_place[visits["stage"]]
    order = np.lexsort((capacity, visits["client"]))
    client, capacity, unit = visits["client"][order], capacity[order], visits["unit"][order]
    wrong = _no(len(visits))
    same = (client[1:] == client[:-1]) & (capacity[1:] == capacity[:-1])
    wrong[order[1:]] = same & (unit[1:] != unit[:-1])
    yield from _told(run, "another unit than before", wrong)


def one_category_for_good(run: Run) -> Findings:
    """A client asks always units of one category, in all capacities split by the same attribute."""
    if run.groups is None:
        return
    asks = np.flatnonzero(run.place != NONE)
    asks = asks[run.groups[run.place[asks], 0] != NONE]
    by, category = run.groups[run.place[asks]].T
    order = np.lexsort((by, run.visits["client"][asks]))
    rows, by, category = asks[order], by[order], category[order]
    client = run.visits["client"][rows]
    same = (client[1:] == client[:-1]) & (by[1:] == by[:-1])
    wrong = _no(len(run.visits))
    wrong[rows[1:]] = same & (category[1:] != category[:-1])
    yield from _told(run, "a unit of another category than before", wrong)


# --- places and lists --------------------------------------------------------------------------


def no_wait_for_nothing(run: Run) -> Findings:
    """Where nothing is asked for, a visit starts at once."""
    wrong = (run.place == NONE) & (run.visits["started"] != run.visits["queued"])
    yield from _told(run, "waited where there is nothing to wait for", wrong)


@dataclass(frozen=True)
class Moment:
    """How the ticks stand at which anything happens at a place: arrays with an entry for each.

    ``before``: busy when the tick begins, less those who end in it; ``starts``: who start in the
    tick, ``stay`` of them beyond it; ``busy``, ``waiting`` and ``number`` as the tick ends.
    """

    ticks: Ticks
    before: Ticks
    starts: Ticks
    stay: Ticks
    busy: Ticks
    waiting: Ticks
    number: Ticks


def _count(ticks: Ticks, of: Ticks) -> Ticks:
    """Return how many entries of ``of`` are at each of the ``ticks`` (rising)."""
    return np.bincount(np.searchsorted(ticks, of), minlength=len(ticks)).astype(np.int64)


def _number_at(run: Run, place: int, ticks: Ticks) -> Ticks:
    """Return how many places there are after the changes up to each tick."""
    changes = run.changes[run.changes["place"] == place]
    at = np.searchsorted(changes["tick"], ticks, side="right")
    return np.append(run.places[place], changes["number"])[at]


def _moments(run: Run, place: int, rows: Ticks) -> Moment:
    """Return how a place stands, from the rows of the visits that ask for it."""
    visits, until, listed = run.visits[rows], run.until[rows], run.listed_until[rows]
    started = visits["started"] >= 0
    starts, ends = visits["started"][started], until[started]
    changes = run.changes["tick"][run.changes["place"] == place]
    parts = (visits["queued"], listed, starts, ends, changes)
    ticks = np.unique(np.concatenate(parts))
    ticks = ticks[ticks < run.horizon]
    within, passing = ends < run.horizon, starts == ends
    arrived = _count(ticks, starts)
    stay = arrived - _count(ticks, starts[passing])
    gone = _count(ticks, ends[within & ~passing])
    busy = np.cumsum(stay - gone)
    left = _count(ticks, listed[listed < run.horizon])
    waiting = np.cumsum(_count(ticks, visits["queued"]) - left)
    number = _number_at(run, place, ticks)
    return Moment(ticks, busy - stay, arrived, stay, busy, waiting, number)


def _by_place(run: Run) -> Iterator[tuple[int, Ticks]]:
    """Yield each place that is asked for, with the rows of the visits that do."""
    order = np.argsort(run.place, kind="stable")
    sorted_ = run.place[order]
    for place in np.unique(sorted_[sorted_ != NONE]).tolist():
        low, high = np.searchsorted(sorted_, [place, place + 1])
        yield place, order[low:high]


def _at(law: str, place: int, moment: Moment, broken: Flags) -> Findings:
    where = np.flatnonzero(broken)
    if len(where):
        k = where[0]
        yield (
            f"{law}: place {place}, {len(where)} ticks, first at tick {moment.ticks[k]} "
            f"(number {moment.number[k]}, busy {moment.busy[k]}, waiting {moment.waiting[k]})"
        )


def places_and_lists(run: Run) -> Findings:
    """No visit starts where nothing is free; nothing is free while somebody waits."""
    for place, rows in _by_place(run):
        moment = _moments(run, place, rows)
        least = moment.before + np.maximum(moment.stay, np.minimum(moment.starts, 1))
        yield from _at(
            "more busy than there are",
            place,
            moment,
            (moment.starts > 0) & (least > moment.number),
        )
        free = moment.busy < moment.number
        yield from _at("free while somebody waits", place, moment, free & (moment.waiting > 0))


def first_come_first_served(run: Run) -> Findings:
    """Who joined a list in an earlier tick has left it when a later one is served."""
    visits = run.visits
    rows = np.flatnonzero(run.place != NONE)
    span = run.horizon + 1
    joined = run.place[rows] * span + visits["queued"][rows]
    rows = rows[np.argsort(joined, kind="stable")]
    joined = np.sort(joined)
    base = run.place[rows] * span
    latest = np.maximum.accumulate(base + run.listed_until[rows]) if len(rows) else base
    before = np.searchsorted(joined, joined, side="left") - 1
    waiting_until = np.where(before >= 0, latest[before], -1)
    started = visits["started"][rows]
    broken = _no(len(visits))
    broken[rows] = (started >= 0) & (waiting_until > base + started)
    yield from _told(run, "served before somebody who came before", broken)


# --- balances, exact in ticks ------------------------------------------------------------------


def _area(starts: Ticks, ends: Ticks, horizon: int) -> int:
    """Return the integral over [0, horizon) of how many intervals hold each tick, step by step."""
    ticks = np.concatenate([starts, ends, [0, horizon]])
    steps = np.concatenate([np.ones(len(starts)), -np.ones(len(ends)), [0, 0]]).astype(np.int64)
    order = np.argsort(ticks, kind="stable")
    ticks = np.clip(ticks[order], 0, horizon)
    level = np.cumsum(steps[order])
    return int((level[:-1] * np.diff(ticks)).sum())


def little(run: Run) -> Findings:
    """Little's law: the integral of the length of the lists is the sum of the waits."""
    queued, until = run.visits["queued"], run.listed_until
    area, waits = _area(queued, until, run.horizon), int((until - queued).sum())
    if area != waits:
        yield f"Little's law: the lists' lengths add up to {area} ticks, the waits to {waits}"


def flow(run: Run) -> Findings:
    """Everybody who came has gone or is inside."""
    open_ = run.visits["fate"] > DIED
    inside = len(np.unique(run.visits["client"][open_]))
    gone = int((run.last & ~open_).sum())
    if gone + inside != run.clients:
        yield f"flow balance: {run.clients} came, {gone} are gone and {inside} are inside"


def bed_days(run: Run) -> Findings:
    """What there is of a place is busy, free, or (less than nothing) busy beyond the number."""
    for place, rows in _by_place(run):
        moment = _moments(run, place, rows)
        lengths = np.diff(moment.ticks, append=run.horizon)
        spare = moment.number - moment.busy
        free = int((np.maximum(spare, 0) * lengths).sum())
        over = int((np.maximum(-spare, 0) * lengths).sum())
        began = moment.ticks[0] if len(moment.ticks) else run.horizon
        there = int((moment.number * lengths).sum())
        rows = rows[run.visits["started"][rows] >= 0]
        starts, ends = run.visits["started"][rows], run.until[rows]
        stays, steps = int((ends - starts).sum()), _area(starts, ends, run.horizon)
        if stays != steps or there != stays + free - over:
            yield (
                f"bed-day balance: place {place} from tick {began}: {there} ticks there, "
                f"{stays} stayed ({steps} step by step), {free} free, {over} over"
            )


ROW_LAWS: tuple[Callable[[Run], Findings], ...] = (
    known_numbers,
    ticks_in_order,
    fates_fit,
    in_order_of_clients,
)
RUN_LAWS: tuple[Callable[[Run], Findings], ...] = (
    everyone_counted,
    one_place_at_a_time,
    counters,
    one_unit_for_good,
    one_category_for_good,
    no_wait_for_nothing,
    places_and_lists,
    first_come_first_served,
    little,
    flow,
    bed_days,
)
