"""The event loop of the compiled engine.

What happens to a client (how long, whether, where next) is asked of :mod:`simcare.kernels.lives`;
who goes first stands in :mod:`simcare.engines.order`. What is here is what a service adds: places
that are given and given back, and lists. ``docs/engines.md`` tells it in words.
"""

from typing import NamedTuple

import numpy as np

from simcare.engines.future_events import (
    GONE,
    RANK_BITS,
    RANK_MASK,
    WHO_BITS,
    WHO_MASK,
    FutureEvents,
    drop_first,
    open_buckets,
    schedule,
)
from simcare.engines.order import ARRIVE, CHANGE, END, LEAVE, RETURN
from simcare.kernels import lives
from simcare.kernels.compile import inlined_kernel, kernel
from simcare.kernels.tables import (
    COMPLETED,
    NONE,
    OUT,
    STAGE,
    People,
    Row,
    Rows,
    Tables,
    Ticks,
)

# A unit of a capacity: how many places, how many are busy, and who is first and last on its list.
PLACE = np.dtype([("number", "i8"), ("busy", "i8"), ("first", "i4"), ("last", "i4")], align=True)
# How many clients have come, changes were made, visits were written, and places are kept.
COUNTS = np.dtype(
    [("come", "i8"), ("changed", "i8"), ("written", "i8"), ("kept", "i8")], align=True
)


class World(NamedTuple):
    """All that a replication reads and changes.

    ``visits`` and ``kept`` have a row for each client: the visit under way, and the one before it
    whose place is kept. ``first_place`` is by stage, -1 for those that ask for nothing.
    """

    tables: Tables
    people: People
    events: FutureEvents
    visits: Rows
    kept: Rows
    places: Rows
    first_place: Ticks
    changes: Rows
    counts: Rows


@inlined_kernel
def place_of(world: World, visit: Row) -> int:
    """Return the place that a visit asks for, or NONE."""
    first = int(world.first_place[visit.stage])
    return NONE if first == NONE else first + int(visit.unit)


@inlined_kernel
def join(world: World, who: int, number: int) -> None:
    """Put a client at the end of a place's list."""
    standings, place = world.events.standings, world.places[number]
    standings[who].ahead, standings[who].behind = place.last, NONE
    if place.last == NONE:
        place.first = who
    else:
        standings[place.last].behind = who
    place.last = who


@inlined_kernel
def quit_list(world: World, who: int, number: int) -> None:
    """Take a client off a place's list, from wherever on it."""
    standings, place = world.events.standings, world.places[number]
    ahead, behind = standings[who].ahead, standings[who].behind
    if ahead == NONE:
        place.first = behind
    else:
        standings[ahead].behind = behind
    if behind == NONE:
        place.last = ahead
    else:
        standings[behind].ahead = ahead


@inlined_kernel
def let_go(world: World, out: Rows, who: int, now: int) -> int:
    """Give back the place that a client keeps, and return it; NONE if none is kept."""
    standing, counts = world.events.standings[who], world.counts[0]
    if not standing.keeps:
        return NONE
    standing.keeps = 0
    out[counts.written] = world.kept[who]
    lives.close_visit(world.people, out, counts.written, now)
    freed = place_of(world, out[counts.written])
    world.places[freed].busy -= 1
    counts.written += 1
    counts.kept -= 1
    return freed


@inlined_kernel
def serve(world: World, number: int) -> int:
    """Take the first off a place's list if a place is free, and return who it is, or NONE."""
    place = world.places[number]
    if place.first == NONE or place.busy >= place.number:
        return NONE
    who = int(place.first)
    place.busy += 1
    quit_list(world, who, number)
    return who


@inlined_kernel
def end(world: World, out: Rows, who: int, now: int) -> tuple[int, int]:
    """End the visit of a client; return (freed place, stage asked for next), NONE where none.

    The visit is ended where it is written: to end it first and copy it then would wait for every
    field to have reached the memory. A visit whose place was kept meanwhile is written before it.
    """
    standing, counts = world.events.standings[who], world.counts[0]
    row = counts.written + standing.keeps
    out[row] = world.visits[who]
    visit = out[row]
    fate = int(standing.fate)
    place, served = place_of(world, visit), visit.started >= 0
    kind, to = lives.end_visit(world.tables, world.people, out, row, now, fate)
    freed = NONE
    if not served:
        quit_list(world, who, place)
        freed = let_go(world, out, who, now)
    elif place != NONE:
        if world.tables.stages[visit.stage].hold and fate == COMPLETED and kind == STAGE:
            lives.keep_open(out, row)
            world.kept[who] = visit
            standing.keeps = 1
            counts.kept += 1
            return NONE, to
        world.places[place].busy -= 1
        freed = place
    counts.written += 1
    if kind == STAGE:
        return freed, to
    standing.due = GONE
    if kind != OUT:
        standing.to = to
        schedule(world.events, who, now, RETURN)
    return freed, NONE


@inlined_kernel
def ask(world: World, who: int, stage: int, now: int) -> bool:
    """Let a client ask for a stage; return whether it is seated at once. Else it waits."""
    tables, people = world.tables, world.people
    unit = lives.begin_visit(tables, people, world.visits, who, who, stage, now)
    first = world.first_place[stage]
    if first == NONE:
        return True
    place = world.places[first + unit]
    if place.busy < place.number:
        place.busy += 1
        return True
    join(world, who, first + unit)
    ticks, fate = lives.begin_wait(tables, people, world.visits, who)
    world.events.standings[who].fate = fate
    schedule(world.events, who, now + ticks, LEAVE)
    return False


@inlined_kernel
def stay(world: World, who: int, now: int) -> None:
    """Let a client who has a place, or needs none, begin the stay."""
    ticks, fate = lives.begin_stay(world.tables, world.people, world.visits, who, now)
    world.events.standings[who].fate = fate
    schedule(world.events, who, now + ticks, END if fate == COMPLETED else LEAVE)


@inlined_kernel
def coming(world: World, until: int) -> tuple[int, int]:
    """Return (due, who) of what comes next, ``until`` if nothing comes before.

    An arrival or a change of places is nobody's event: NONE.
    """
    counts, clients, changes, events = (
        world.counts[0],
        world.people.clients,
        world.changes,
        world.events,
    )
    due = until
    if counts.come < len(clients):
        due = min(due, clients[counts.come].arrival << RANK_BITS | ARRIVE)
    if counts.changed < len(changes):
        due = min(due, changes[counts.changed].tick << RANK_BITS | CHANGE)
    at, heap = events.at[0], events.heap
    while True:
        open_buckets(events, due)
        if at.reminders == 0 or heap[0] >> WHO_BITS >= due:
            return due, NONE
        key = heap[0]
        drop_first(heap, at.reminders)
        at.reminders -= 1
        who = key & WHO_MASK
        if events.standings[who].due == key >> WHO_BITS:
            return key >> WHO_BITS, who


@kernel
def advance(world: World, out: Rows, until: int) -> bool:
    """Play up to a tick; return False if ``out`` might have no room for the next event's visits."""
    counts, people = world.counts[0], world.people
    stop = until << RANK_BITS
    # An event writes the visit it ends, and at most all those whose places are kept.
    while counts.written + counts.kept + 2 <= len(out):
        due, who = coming(world, stop)
        if due == stop:
            return True
        now, rank = due >> RANK_BITS, due & RANK_MASK
        # ---- the event: what it frees, and which stage its client, the mover, will ask for
        freed, to = NONE, NONE
        if rank in (END, LEAVE):
            freed, to = end(world, out, who, now)
        elif rank == CHANGE:
            change = world.changes[counts.changed]
            world.places[change.place].number = change.number
            freed = change.place
            counts.changed += 1
        else:
            if rank == ARRIVE:
                who = counts.come
                to = people.clients[who].entry
                counts.come += 1
            else:
                to = int(world.events.standings[who].to)
            lives.begin_episode(people, who)
        # ---- what is free is given to those who wait; then the mover asks; until all is settled
        place = freed
        while True:
            seated = NONE
            if place != NONE:
                seated = serve(world, place)
                if seated == NONE:
                    place = NONE if place == freed else freed
                    continue
            elif to != NONE:
                if ask(world, who, to, now):
                    seated = who
                to = NONE
            if seated == NONE:
                break
            stay(world, seated, now)
            released = let_go(world, out, seated, now)
            if released != NONE:
                place = released
    return False


@kernel
def write_unfinished(world: World, out: Rows) -> None:
    """Write the visits of all who are still waiting or staying, in the order they began."""
    standings, counts = world.events.standings, world.counts[0]
    for who in range(counts.come):
        if standings[who].keeps:
            out[counts.written] = world.kept[who]
            counts.written += 1
        if standings[who].due != GONE:
            out[counts.written] = world.visits[who]
            counts.written += 1
