"""Laws of places and lists, and balances that hold exactly, in ticks.

Within one tick the order of events is not written down, so a law speaks of how a tick ends.
"""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from simcare.analysis.audit_budgets import left_of_budget
from simcare.analysis.audit_run import Findings, Flags, Run, no, told
from simcare.kernels.tables import NONE, Rows, Ticks

# --- places and lists --------------------------------------------------------------------------


def no_wait_for_nothing(run: Run) -> Findings:
    """Where nothing is asked for that is not brought along, a visit starts at once."""
    wrong = (run.needs == NONE).all(axis=1) & (run.visits["started"] != run.visits["queued"])
    yield from told(run, "waited where there is nothing to wait for", wrong)


@dataclass(frozen=True)
class Moment:
    """How the ticks stand at which anything happens at a place: arrays with an entry for each.

    ``before``: busy when the tick begins, less those who end in it; ``starts``: who are given a
    place in the tick, ``stay``: who begin a stay in it that goes on beyond; ``busy``, ``number``
    and whether as many are free as are given at a time (``is_free``) as the tick ends. ``waiting``
    are those who wait as it ends, and for nothing else besides.
    """

    ticks: Ticks
    before: Ticks
    starts: Ticks
    stay: Ticks
    busy: Ticks
    waiting: Ticks
    number: Ticks
    is_free: Flags


def _count(ticks: Ticks, of: Ticks) -> Ticks:
    """Return how many entries of ``of`` are at each of the ``ticks`` (rising)."""
    return np.bincount(np.searchsorted(ticks, of), minlength=len(ticks)).astype(np.int64)


def _number_at(run: Run, place: int, ticks: Ticks) -> Ticks:
    """Return how many places there are after the changes up to each tick."""
    changes = _changes(run, place)
    at = np.searchsorted(changes["tick"], ticks, side="right")
    return np.append(run.places[place], changes["number"])[at]


def _changes(run: Run, place: int) -> Rows:
    """Return the rows of changes that give a place another number."""
    mine = (run.changes["place"] == place) & (run.changes["number"] != NONE)
    return np.asarray(run.changes[mine])


def _moments(run: Run, place: int) -> Moment:
    """Return how a place stands whenever anything happens there."""
    given = run.occupied
    mine = given.place == place
    starts, ends = given.start[mine], given.until[mine]
    alone = (run.needs[:, -1] == place) & (run.needs[:, :-1] == NONE).all(axis=1)
    since, listed = run.since[alone], run.listed_until[alone]
    renewed = run.budgets.renewed[run.budgets.renewed[:, 1] == place, 0]
    parts = (since, listed, starts, ends, _changes(run, place)["tick"], renewed)
    ticks = np.unique(np.concatenate(parts))
    ticks = ticks[ticks < run.horizon]
    within, passing = ends < run.horizon, starts == ends
    arrived = _count(ticks, starts)
    stay = arrived - _count(ticks, starts[passing])
    gone = _count(ticks, ends[within & ~passing])
    busy = np.cumsum(stay - gone)
    left = _count(ticks, listed[listed < run.horizon])
    waiting = np.cumsum(_count(ticks, since) - left)
    number = _number_at(run, place, ticks)
    money = left_of_budget(run, place, ticks)
    many = run.together[place]
    free = (busy + many <= number) & (money >= many * run.budgets.set_aside[place])
    granted = arrived - _count(ticks, starts[run.was_there[given.visit[mine]]])
    return Moment(ticks, busy - stay, granted, stay, busy, waiting, number, free)


def _places(run: Run) -> Iterator[int]:
    """Yield each place that is asked for."""
    yield from np.unique(run.asked[run.asked != NONE]).tolist()


def _at(law: str, place: int, moment: Moment, broken: Flags) -> Findings:
    where = np.flatnonzero(broken)
    if len(where):
        k = where[0]
        yield (
            f"{law}: place {place}, {len(where)} ticks, first at tick {moment.ticks[k]} "
            f"(number {moment.number[k]}, busy {moment.busy[k]}, waiting {moment.waiting[k]})"
        )


def places_and_lists(run: Run) -> Findings:
    """No visit starts where nothing is free; nothing is free while somebody waits for it alone.

    Where places are given to groups, there is not room for one while as many wait as it takes.
    """
    for place in _places(run):
        moment, many = _moments(run, place), run.together[place]
        least = moment.before + np.maximum(moment.stay, np.minimum(moment.starts, many))
        yield from _at(
            "more busy than there are",
            place,
            moment,
            (moment.starts > 0) & (least > moment.number),
        )
        idle = moment.is_free & (moment.waiting >= many)
        yield from _at("free while somebody waits", place, moment, idle)


def groups_start_whole(run: Run) -> Findings:
    """Where places are given to groups, those who begin in a tick are one whole group, or several.

    Those who are there on day 0 have begun before.
    """
    for place in _places(run):
        many = run.together[place]
        if many > 1:
            moment = _moments(run, place)
            yield from _at("part of a group starts", place, moment, moment.starts % many != 0)


def free_together(run: Run) -> Findings:
    """Who waits for several places never sees a tick end with all of them free."""
    waits = run.listed_until > run.since
    several = np.flatnonzero(((run.needs != NONE).sum(axis=1) > 1) & waits)
    if len(several) == 0:
        return
    kinds, kind = np.unique(run.needs[several], axis=0, return_inverse=True)
    moments = {place: _moments(run, place) for place in _places(run)}
    wrong = no(len(run.visits))
    for k, needs in enumerate(kinds):
        places = needs[needs != NONE].tolist()
        ticks = np.unique(np.concatenate([[-1], *(moments[place].ticks for place in places)]))
        free = np.ones(len(ticks), np.bool_)
        for place in places:
            free &= _is_free_at(run, place, moments[place], ticks)
        rows = several[kind.reshape(-1) == k]
        spells = np.append(0, np.cumsum(free))
        since = np.searchsorted(ticks, run.since[rows], side="right") - 1
        until = np.searchsorted(ticks, run.listed_until[rows])
        wrong[rows] = spells[until] > spells[since]
    yield from told(run, "all free that somebody waits for", wrong)


def _is_free_at(run: Run, place: int, moment: Moment, ticks: Ticks) -> Flags:
    """Return whether a place is free as each of some ticks ends."""
    budgets = run.budgets
    at_first = bool(run.places[place] > 0) and bool(
        budgets.at_first[place] >= budgets.set_aside[place]
    )
    at = np.searchsorted(moment.ticks, ticks, side="right")
    return np.append(at_first, moment.is_free)[at]


def first_come_first_served(run: Run) -> Findings:
    """Who joined a list in an earlier tick has left it when a later one is served.

    That is so among those who wait for the same places, where a list has no order of its own. Those
    who are there on day 0 have been served before.
    """
    visits = run.visits
    waits = (run.needs != NONE).any(axis=1) & ~run.was_there
    ordered = (run.needs != NONE) & run.ordered[np.maximum(run.needs, 0)]
    rows = np.flatnonzero(waits & ~ordered.any(axis=1))
    if len(rows) == 0:
        return
    _, kind = np.unique(run.needs[rows], axis=0, return_inverse=True)
    kind = kind.reshape(-1)
    longest = -int(visits["queued"].min(initial=0))
    span = run.horizon + 1 + longest
    joined = kind * span + visits["queued"][rows] + longest
    order = np.argsort(joined, kind="stable")
    rows, kind, joined = rows[order], kind[order], joined[order]
    base = kind * span + longest
    latest = np.maximum.accumulate(base + run.listed_until[rows])
    before = np.searchsorted(joined, joined, side="left") - 1
    waiting_until = np.where(before >= 0, latest[before], -1)
    started = visits["started"][rows]
    broken = no(len(visits))
    broken[rows] = (started >= 0) & (waiting_until > base + started)
    yield from told(run, "served before somebody who came before", broken)


# --- balances, exact in ticks ------------------------------------------------------------------


def area(starts: Ticks, ends: Ticks, horizon: int) -> int:
    """Return the integral over [0, horizon) of how many intervals hold each tick, step by step.

    The ticks of a place or a list that is counted person by person are as many.
    """
    ticks = np.concatenate([starts, ends, [0, horizon]])
    steps = np.concatenate([np.ones(len(starts)), -np.ones(len(ends)), [0, 0]]).astype(np.int64)
    order = np.argsort(ticks, kind="stable")
    ticks = np.clip(ticks[order], 0, horizon)
    level = np.cumsum(steps[order])
    return int((level[:-1] * np.diff(ticks)).sum())


def little(run: Run) -> Findings:
    """Little's law: the integral of the length of the lists is the sum of the waits in the run."""
    since, until = run.since, run.listed_until
    lengths, waits = area(since, until, run.horizon), int((until - since).sum())
    if lengths != waits:
        yield f"Little's law: the lists' lengths add up to {lengths} ticks, the waits to {waits}"


def flow(run: Run) -> Findings:
    """Everybody who came has gone or is inside."""
    open_ = run.visits["ended"] == NONE
    inside = len(np.unique(run.visits["client"][open_]))
    gone = int((run.last & ~open_).sum())
    if gone + inside != run.clients:
        yield f"flow balance: {run.clients} came, {gone} are gone and {inside} are inside"


@dataclass(frozen=True)
class PlaceDays:
    """How the ticks of a place are spent, all added up.

    ``stayed`` are those that it was given, visit by visit, and ``steps`` the same step by step;
    ``there`` those of as many as there are, ``free`` those of which are not given, and ``over``
    those given beyond the number, when places are closed while somebody is in them.
    """

    there: int
    stayed: int
    steps: int
    free: int
    over: int


def place_days(run: Run, place: int) -> PlaceDays:
    """Return how the ticks of a place are spent."""
    moment = _moments(run, place)
    lengths = np.diff(np.append(0, moment.ticks), append=run.horizon)
    number = np.append(_number_at(run, place, np.zeros(1, np.int64)), moment.number)
    spare = number - np.append(0, moment.busy)
    mine = run.occupied.place == place
    starts, ends = run.occupied.start[mine], run.occupied.until[mine]
    return PlaceDays(
        there=int((number * lengths).sum()),
        stayed=int((ends - starts).sum()),
        steps=area(starts, ends, run.horizon),
        free=int((np.maximum(spare, 0) * lengths).sum()),
        over=int((np.maximum(-spare, 0) * lengths).sum()),
    )


def bed_days(run: Run) -> Findings:
    """What there is of a place is busy, free, or (less than nothing) busy beyond the number."""
    for place in _places(run):
        days = place_days(run, place)
        if days.stayed != days.steps or days.there != days.stayed + days.free - days.over:
            yield (
                f"bed-day balance: place {place}: {days.there} ticks there, {days.stayed} stayed "
                f"({days.steps} step by step), {days.free} free, {days.over} over"
            )
