"""The event loop of the compiled engine.

What happens to a client (how long, whether, where next) is asked of :mod:`simcare.kernels.lives`;
who goes first stands in :mod:`simcare.engines.order`. What is here is what a service adds: places
that are given and given back, and lists. ``docs/engines.md`` tells it in words.
"""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

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
from simcare.engines.order import ARRIVE, CHANGE, END, LEAVE, RETURN, REVIEW
from simcare.kernels import lives
from simcare.kernels.compile import inlined_kernel, kernel
from simcare.kernels.tables import (
    COMPLETED,
    MISSED,
    MOVED,
    NEVER,
    NONE,
    OUT,
    STAGE,
    UNIT_BITS,
    UNIT_MASK,
    People,
    Row,
    Rows,
    Tables,
    Ticks,
)

# Who is ahead and behind of a client on the list of each place that is waited for.
LINK = np.dtype([("ahead", "i4"), ("behind", "i4")], align=True)
# By what a client is ordered on a list that has an order.
TURN = np.dtype([("of_class", "i8"), ("key", "f8")], align=True)
# When a clock ends a wait that is reviewed, and when it is reviewed next.
WAIT = np.dtype([("leave", "i8"), ("review", "i8")], align=True)
# How many clients have come, changes were made, visits were written, visits are kept open, and
# places have been freed by the event.
COUNTS = np.dtype(
    [("come", "i8"), ("changed", "i8"), ("written", "i8"), ("kept", "i8"), ("freed", "i8")],
    align=True,
)


class World(NamedTuple):
    """All that a replication reads and changes.

    ``visits`` and ``kept`` have a row for each client: the visit under way, and the one before it
    whose places are kept. ``first_place`` is by stage and by what it asks for, ``orders`` by place;
    NONE for nothing. ``links`` and ``turns`` are by client and by what is asked for; ``turns`` and
    ``waits`` have a single row where no list has an order, or none is reviewed. ``freed`` are the
    places that the event has freed.
    """

    tables: Tables
    people: People
    events: FutureEvents
    visits: Rows
    kept: Rows
    links: Rows
    turns: Rows
    waits: Rows
    places: Rows
    freed: Ticks
    first_place: NDArray[np.int64]
    orders: Ticks
    changes: Rows
    counts: Rows


# ---- places ----


@inlined_kernel
def is_ruled(world: World) -> bool:
    """Return whether the service has rules; known when this is compiled."""
    return len(world.tables.ruled) > 0


@inlined_kernel
def asks_of(world: World, visit: Row) -> int:
    """Return for how many places a visit asks."""
    stage = world.tables.stages[visit.stage]
    return int(stage.asks) if is_ruled(world) else int(stage.capacity != NONE)


@inlined_kernel
def place_of(world: World, visit: Row, slot: int) -> int:
    """Return one of the places that a visit asks for."""
    unit = visit.unit
    if is_ruled(world):
        unit = unit >> (UNIT_BITS * slot) & UNIT_MASK
    return int(world.first_place[visit.stage, slot] + unit)


@kernel
def slot_among(first_place: NDArray[np.int64], visit: Row, number: int) -> int:
    """Return as which of the places that a visit asks for this one is, or NONE."""
    for slot in range(first_place.shape[1]):
        first = first_place[visit.stage, slot]
        if first != NONE and first + (visit.unit >> (UNIT_BITS * slot) & UNIT_MASK) == number:
            return slot
    return NONE


@inlined_kernel
def has_place(world: World, visit: Row, number: int) -> bool:
    """Return whether a place is among those that a visit asks for."""
    return bool(slot_among(world.first_place, visit, number) != NONE)


@inlined_kernel
def is_kept(world: World, who: int, number: int) -> bool:
    """Return whether a client keeps a place from the visit before, and so need not wait for it."""
    if not is_ruled(world) or not world.events.standings[who].keeps:
        return False
    return has_place(world, world.kept[who], number)


@inlined_kernel
def is_free(world: World, place: Row) -> bool:
    """Return whether a place can be given: one is free, and what it costs can be set aside."""
    free = place.busy < place.number
    return bool(free and place.budget >= place.set_aside) if is_ruled(world) else bool(free)


@inlined_kernel
def can_sit(world: World, who: int) -> bool:
    """Return whether all that a client asks for is free, or the client's already."""
    visit = world.visits[who]
    for slot in range(asks_of(world, visit)):
        number = place_of(world, visit, slot)
        if not is_free(world, world.places[number]) and not is_kept(world, who, number):
            return False
    return True


@inlined_kernel
def take(world: World, who: int) -> None:
    """Give a client all places that the visit asks for."""
    visit = world.visits[who]
    for slot in range(asks_of(world, visit)):
        number = place_of(world, visit, slot)
        if not is_kept(world, who, number):
            place = world.places[number]
            place.busy += 1
            if is_ruled(world):
                place.budget -= place.set_aside


@inlined_kernel
def set_free(world: World, number: int) -> None:
    """Note that there may be something to give at a place."""
    counts = world.counts[0]
    for k in range(counts.freed):
        if world.freed[k] == number:
            return
    world.freed[counts.freed] = number
    counts.freed += 1


@inlined_kernel
def give_back(world: World, visit: Row, now: int, goes_on: int) -> None:
    """Give back the places of a visit, but for those that its client goes on with (or NONE)."""
    for slot in range(asks_of(world, visit)):
        number = place_of(world, visit, slot)
        if is_ruled(world) and goes_on != NONE and has_place(world, world.visits[goes_on], number):
            continue
        place = world.places[number]
        place.busy -= 1
        if is_ruled(world) and visit.started >= place.since:
            place.budget += max(0, place.set_aside - (now - visit.started))
        set_free(world, number)


@inlined_kernel
def let_go(world: World, out: Rows, who: int, now: int, goes_on: int) -> None:
    """Give back the places that a client keeps, if any; see :func:`give_back`."""
    standing, counts = world.events.standings[who], world.counts[0]
    if not standing.keeps:
        return
    standing.keeps = 0
    out[counts.written] = world.kept[who]
    lives.close_visit(world.people, out, counts.written, now)
    give_back(world, out[counts.written], now, goes_on)
    counts.written += 1
    counts.kept -= 1


# ---- lists ----


@inlined_kernel
def slot_of(world: World, who: int, number: int) -> int:
    """Return as which of the places asked for a client waits for this one."""
    if not is_ruled(world) or world.links.shape[1] == 1:
        return 0
    return slot_among(world.first_place, world.visits[who], number)


@inlined_kernel
def goes_before(world: World, who: int, slot: int, other: int, others: int) -> bool:
    """Return whether a client goes before another on a list with an order."""
    one, two = world.turns[who, slot], world.turns[other, others]
    if one.of_class != two.of_class:
        return bool(one.of_class < two.of_class)
    if one.key != two.key:
        return bool(one.key < two.key)
    since, before = world.visits[who].queued, world.visits[other].queued
    return bool(since < before) if since != before else who < other


@kernel
def ahead_of(world: World, who: int, slot: int, number: int, now: int) -> int:
    """Return behind whom a client belongs on a list with an order, NONE at its front."""
    order = world.tables.orders[world.orders[number]]
    turn = world.turns[who, slot]
    turn.of_class, turn.key = lives.turn_of(
        world.tables, world.people, world.visits, who, order, now
    )
    ahead = int(world.places[number].last)
    while ahead != NONE:
        others = slot_of(world, ahead, number)
        if not goes_before(world, who, slot, ahead, others):
            break
        ahead = int(world.links[ahead, others].ahead)
    return ahead


@inlined_kernel
def join(world: World, who: int, slot: int, number: int, now: int) -> None:
    """Put a client on a place's list: at its end, or where its order says."""
    links, place = world.links, world.places[number]
    ahead = int(place.last)
    if is_ruled(world) and world.orders[number] != NONE:
        ahead = ahead_of(world, who, slot, number, now)
    if ahead == NONE:
        behind = int(place.first)
        place.first = who
    else:
        others = slot_of(world, ahead, number)
        behind = int(links[ahead, others].behind)
        links[ahead, others].behind = who
    if behind == NONE:
        place.last = who
    else:
        links[behind, slot_of(world, behind, number)].ahead = who
    links[who, slot].ahead, links[who, slot].behind = ahead, behind
    if is_ruled(world):
        place.waiting += 1


@inlined_kernel
def quit_list(world: World, who: int, slot: int, number: int) -> None:
    """Take a client off a place's list, from wherever on it."""
    links, place = world.links, world.places[number]
    ahead, behind = int(links[who, slot].ahead), int(links[who, slot].behind)
    if ahead == NONE:
        place.first = behind
    else:
        links[ahead, slot_of(world, ahead, number)].behind = behind
    if behind == NONE:
        place.last = ahead
    else:
        links[behind, slot_of(world, behind, number)].ahead = ahead
    if is_ruled(world):
        place.waiting -= 1


@inlined_kernel
def quit_lists(world: World, who: int) -> None:
    """Take a client off all lists."""
    visit = world.visits[who]
    for slot in range(asks_of(world, visit)):
        number = place_of(world, visit, slot)
        if not is_kept(world, who, number):
            quit_list(world, who, slot, number)


@inlined_kernel
def serve(world: World, number: int) -> int:
    """Take the first who can be seated off a place's list, and return who it is, or NONE."""
    who = int(world.places[number].first)
    if who == NONE or not is_free(world, world.places[number]):
        return NONE
    while is_ruled(world) and not can_sit(world, who):
        who = int(world.links[who, slot_of(world, who, number)].behind)
        if who == NONE:
            return NONE
    take(world, who)
    quit_lists(world, who)
    return who


@inlined_kernel
def serve_freed(world: World) -> int:
    """Serve the lists of what is freed, the first place first; return who is seated, or NONE.

    Places with nobody to seat are no longer among the freed.
    """
    counts, freed = world.counts[0], world.freed
    while counts.freed > 0:
        k = 0
        for other in range(1, counts.freed):
            if freed[other] < freed[k]:
                k = other
        who = serve(world, freed[k])
        if who != NONE:
            return who
        counts.freed -= 1
        freed[k] = freed[counts.freed]
    return NONE


# ---- events ----


@inlined_kernel
def end(world: World, out: Rows, who: int, now: int) -> int:
    """End the visit of a client, free what it had, and return the stage asked for next, or NONE.

    The visit is ended where it is written: to end it first and copy it then would wait for every
    field to have reached the memory. A visit whose places were kept is written before it.
    """
    standing, counts = world.events.standings[who], world.counts[0]
    row = counts.written + standing.keeps
    out[row] = world.visits[who]
    visit = out[row]
    fate, served = int(standing.fate), visit.started >= 0
    kind, to = lives.end_visit(world.tables, world.people, world.places, out, row, now, fate)
    if not served:
        quit_lists(world, who)
        let_go(world, out, who, now, NONE)
    elif world.tables.stages[visit.stage].hold and fate == COMPLETED and kind == STAGE:
        lives.keep_open(out, row)
        world.kept[who] = visit
        standing.keeps = 1
        counts.kept += 1
        return to
    else:
        give_back(world, visit, now, NONE)
    counts.written += 1
    if kind == STAGE:
        return to
    standing.due = GONE
    if kind != OUT:
        standing.to = to
        schedule(world.events, who, now, RETURN)
    return NONE


@inlined_kernel
def change(world: World, now: int) -> None:
    """Make all changes of a tick: of numbers of places, and of budgets."""
    counts, changes = world.counts[0], world.changes
    while counts.changed < len(changes) and changes[counts.changed].tick == now:
        change = changes[counts.changed]
        place = world.places[change.place]
        if change.number != NONE:
            place.number = change.number
        if change.budget != NONE:
            place.budget, place.since = change.budget, now
        set_free(world, change.place)
        counts.changed += 1


@inlined_kernel
def ask(world: World, who: int, stage: int, now: int) -> bool:
    """Let a client ask for a stage; return whether it is seated at once. Else it waits.

    Who is there on day 0 has the places in any case; who waits then is on the lists, and is served
    when all the others are as well.
    """
    tables, people, visit = world.tables, world.people, world.visits[who]
    has_waited = lives.has_waited(people, who)
    lives.begin_visit(tables, people, world.visits, who, who, stage, now)
    if lives.was_there(people, who) or (not has_waited and can_sit(world, who)):
        take(world, who)
        return True
    for slot in range(asks_of(world, visit)):
        number = place_of(world, visit, slot)
        if not is_kept(world, who, number):
            join(world, who, slot, number, now)
    if has_waited and who + 1 == len(people.present):
        for number in range(len(world.places)):
            set_free(world, number)
    ticks, fate = lives.begin_wait(tables, people, world.visits, who)
    world.events.standings[who].fate = fate
    if not is_ruled(world) or tables.stages[stage].review_after == NEVER:
        schedule(world.events, who, now + ticks, LEAVE)
    else:
        world.waits[who].leave = now + ticks
        first = visit.queued + tables.stages[stage].review_after
        if first < now:
            first = now + (first - now) % tables.stages[stage].review_every
        look_again(world, who, first)
    return False


@inlined_kernel
def look_again(world: World, who: int, at: int) -> None:
    """Let who waits be reviewed next at a tick, unless a clock ends the wait before."""
    wait = world.waits[who]
    wait.review = at
    if at <= wait.leave:
        schedule(world.events, who, at, REVIEW)
    else:
        schedule(world.events, who, wait.leave, LEAVE)


@kernel
def review(world: World, who: int, now: int) -> bool:
    """Look at who waits; return whether the client is moved. Else the turns are taken anew."""
    visit = world.visits[who]
    if lives.is_moved(world.tables, world.people, world.places, world.visits, who, now):
        world.events.standings[who].fate = MOVED
        return True
    for slot in range(asks_of(world, visit)):
        number = place_of(world, visit, slot)
        if world.orders[number] != NONE and not is_kept(world, who, number):
            quit_list(world, who, slot, number)
            join(world, who, slot, number, now)
    look_again(world, who, now + world.tables.stages[visit.stage].review_every)
    return False


@inlined_kernel
def stay(world: World, who: int, now: int) -> None:
    """Let a client who has a place, or needs none, begin the stay."""
    ticks, fate = lives.begin_stay(world.tables, world.people, world.visits, who, now)
    world.events.standings[who].fate = fate
    schedule(world.events, who, now + ticks, END if fate in (COMPLETED, MISSED) else LEAVE)


@inlined_kernel
def coming(world: World, until: int) -> tuple[int, int]:
    """Return (due, who) of what comes next, ``until`` if nothing comes before.

    An arrival or a change of places is nobody's event: NONE. Those of day 0 come before all else
    but the changes of the first tick.
    """
    counts, clients, changes, events = (
        world.counts[0],
        world.people.clients,
        world.changes,
        world.events,
    )
    if counts.come < len(world.people.present) and (
        counts.changed == len(changes) or changes[counts.changed].tick > 0
    ):
        return ARRIVE, NONE
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
        to = NONE
        if is_ruled(world) and rank == REVIEW and not review(world, who, now):
            continue
        if rank in (END, LEAVE, REVIEW):
            to = end(world, out, who, now)
        elif rank == CHANGE:
            change(world, now)
        else:
            if rank == ARRIVE:
                who = counts.come
                to = people.clients[who].entry
                counts.come += 1
            else:
                to = int(world.events.standings[who].to)
            lives.begin_episode(people, who)
        # ---- what is free is given to those who wait; then the mover asks; until all is settled
        while True:
            seated = serve_freed(world)
            if seated == NONE:
                if to == NONE:
                    break
                if ask(world, who, to, now):
                    seated = who
                to = NONE
            if seated != NONE:
                stay(world, seated, now)
                let_go(world, out, seated, now, seated)
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
