"""Visits as the events of an event log: who did what when, in the words of process mining.

The transitions are those of the standard lifecycle of XES (IEEE 1849): a visit is scheduled when
its place is asked for, started, and completed; aborted when something else ends the stay; withdrawn
when the wait ends without one.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from heapq import heappop, heappush

import numpy as np
from numpy.typing import NDArray

from simcare.kernels.tables import COMPLETED, MISSED, NONE

SCHEDULE, START, COMPLETE, ABORT, WITHDRAW = range(5)
TRANSITIONS = ("schedule", "start", "complete", "ate_abort", "withdraw")

# What is animated, besides a wait and a stay: coming, steps that need no place, and leaving.
ARRIVAL, WAIT, STEP, USE, USE_END, DEPART = range(6)

Ints = NDArray[np.int64]
Mask = NDArray[np.bool_]


@dataclass(frozen=True)
class VisitRows:
    """Visits of whole clients of one replication, ordered by client and then as they happened.

    ``clients`` are numbered from 0; ``streams`` are numbers of arrival streams and ``numbers`` the
    clients' in them; ``stages``, ``fates`` (of FATES) and ``units`` are numbers too; ``queued``,
    ``started`` and ``ended`` are ticks, NONE where nothing happened. ``first`` is how many visits
    of the replication come before these. All are int64 of one length.
    """

    first: int
    clients: Ints
    streams: Ints
    numbers: Ints
    episodes: Ints
    stages: Ints
    units: Ints
    queued: Ints
    started: Ints
    ended: Ints
    fates: Ints

    def __len__(self) -> int:
        return len(self.clients)

    @property
    def served(self) -> Mask:
        """Which visits began: an offer that was missed did not."""
        began: Mask = (self.started != NONE) & (self.fates != MISSED)
        return began


@dataclass(frozen=True)
class Events:
    """Events of some visits: which visit each is of (by its place), the tick, and what happened."""

    visits: Ints
    ticks: Ints
    kinds: Ints


def transitions(rows: VisitRows, asks: Sequence[bool]) -> Events:
    """Return the transitions of visits, each client's in the order of time, the clients in theirs.

    ``asks`` says of each stage whether a place is asked for: elsewhere nothing is scheduled. The
    offer that somebody misses ends that wait. What is open at the horizon has no end.
    """
    waits, served = np.asarray(asks, np.bool_)[rows.stages], rows.served
    over = rows.ended != NONE
    completed = rows.fates == COMPLETED
    missed = rows.fates == MISSED
    found = _gathered(
        (waits, rows.queued, SCHEDULE),
        (served, rows.started, START),
        (served & over & completed, rows.ended, COMPLETE),
        (served & over & ~completed, rows.ended, ABORT),
        (~served & over & ~missed, rows.ended, WITHDRAW),
        (missed, rows.started, WITHDRAW),
    )
    return _ordered(found, rows.clients[found.visits])


def movements(rows: VisitRows, asks: Sequence[bool], since: int, until: int) -> Events:
    """Return what an animation shows of visits in the ticks from ``since`` to before ``until``.

    They are in the order of time, and within a tick by client. Who is still there at the horizon
    does not depart.
    """
    waits, served, over = np.asarray(asks, np.bool_)[rows.stages], rows.served, rows.ended != NONE
    comes = np.diff(rows.clients, prepend=-1) != 0
    goes = np.diff(rows.clients, append=-1) != 0
    parts = (
        (comes, rows.queued, ARRIVAL),
        (waits, rows.queued, WAIT),
        (~waits, rows.queued, STEP),
        (waits & served, rows.started, USE),
        (waits & served & over, rows.ended, USE_END),
        (goes & over, rows.ended, DEPART),
    )
    found = _gathered(*((m & (t >= since) & (t < until), t, kind) for m, t, kind in parts))
    return _ordered(found, np.zeros(len(found.visits), np.int64))


def _gathered(*parts: tuple[Mask, Ints, int]) -> Events:
    """Return the events of a kind that some visits have at some tick, kind after kind."""
    visits = [np.flatnonzero(mask) for mask, _, _ in parts]
    ticks = [at[here] for (_, at, _), here in zip(parts, visits, strict=True)]
    kinds = [np.full(len(v), kind) for (_, _, kind), v in zip(parts, visits, strict=True)]
    return Events(np.concatenate(visits), np.concatenate(ticks), np.concatenate(kinds))


def _ordered(events: Events, first: Ints) -> Events:
    """Return events ordered by a number of each, the tick, the visit and the kind."""
    order = np.lexsort((events.kinds, events.visits, events.ticks, first))
    return Events(events.visits[order], events.ticks[order], events.kinds[order])


def place_numbers(rows: VisitRows, pools: Sequence[int | None]) -> Ints:
    """Return the place that each visit has, from 1, 0 where it has none: the lowest that is free.

    ``pools`` says of each stage from which pool its places are, None where it asks for none; stages
    of one pool share its places. A place that is given back in a tick is free in it.
    """
    found = np.zeros(len(rows), np.int64)
    of_stage = np.array([-1 if pool is None else pool for pool in pools], np.int64)
    pool_of, served = of_stage[rows.stages], rows.served
    for pool in range(of_stage.max(initial=-1) + 1):
        here = np.flatnonzero((pool_of == pool) & served)
        here = here[np.argsort(rows.started[here], kind="stable")]
        ends = np.where(rows.ended[here] == NONE, np.iinfo(np.int64).max, rows.ended[here])
        found[here] = _dealt(rows.started[here].tolist(), ends.tolist())
    return found


def _dealt(starts: Sequence[int], ends: Sequence[int]) -> list[int]:
    """Return which place each stay has; they are in the order in which they start."""
    free: list[int] = []
    busy: list[tuple[int, int]] = []
    found = []
    for start, end in zip(starts, ends, strict=True):
        while busy and busy[0][0] <= start:
            heappush(free, heappop(busy)[1])
        place = heappop(free) if free else len(busy) + 1
        heappush(busy, (end, place))
        found.append(place)
    return found
