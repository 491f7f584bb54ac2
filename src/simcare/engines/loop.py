"""The event loop of the compiled engine.

What happens to a client (how long, whether, where next) is asked of the kernels; who goes first
stands in :mod:`simcare.engines.order`, places in :mod:`simcare.engines.world`, and lists in
:mod:`simcare.engines.waiting_lists`. What is here is what an event does. ``docs/engines.md`` tells
it in words.
"""

from simcare.engines.future_events import (
    GONE,
    RANK_BITS,
    RANK_MASK,
    WHO_BITS,
    WHO_MASK,
    drop_first,
    open_buckets,
    schedule,
)
from simcare.engines.order import ARRIVE, CHANGE, END, LEAVE, RETURN, REVIEW
from simcare.engines.waiting_lists import join, quit_list, quit_lists, serve_freed
from simcare.engines.world import (
    World,
    asks_of,
    can_sit,
    give_back,
    is_kept,
    is_ruled,
    place_of,
    set_free,
    starts_together,
    take,
)
from simcare.kernels import ends, lives, reviews
from simcare.kernels.compile import inlined_kernel, kernel
from simcare.kernels.tables import COMPLETED, MISSED, MOVED, NEVER, NONE, OUT, STAGE, Row, Rows


@inlined_kernel
def let_go(world: World, out: Rows, who: int, now: int, goes_on: int) -> None:
    """Give back the places that a client keeps, if any; see :func:`give_back`."""
    standing, counts = world.events.standings[who], world.counts[0]
    if not is_ruled(world) or not standing.keeps:
        return
    standing.keeps = 0
    out[counts.written] = world.kept[who]
    ends.close_visit(world.people, out, counts.written, now)
    give_back(world, out[counts.written], now, goes_on)
    counts.written += 1
    counts.kept -= 1


@inlined_kernel
def holds_on(world: World, visit: Row, fate: int, kind: int) -> bool:
    """Return whether who leaves a stage keeps its places until the next ones are found."""
    if not is_ruled(world) or fate != COMPLETED or kind != STAGE:
        return False
    return bool(world.tables.stages[visit.stage].hold)


@inlined_kernel
def end(world: World, out: Rows, who: int, now: int) -> int:
    """End the visit of a client, free what it had, and return the stage asked for next, or NONE.

    The visit is ended where it is written: to end it first and copy it then would wait for every
    field to have reached the memory. A visit whose places were kept is written before it.
    """
    standing, counts = world.events.standings[who], world.counts[0]
    row = counts.written + (standing.keeps if is_ruled(world) else 0)
    out[row] = world.visits[who]
    visit = out[row]
    fate, served = int(standing.fate), visit.started >= 0
    kind, to = ends.end_visit(world.tables, world.people, world.places, out, row, now, fate)
    if not served:
        quit_lists(world, who)
        let_go(world, out, who, now, NONE)
    elif holds_on(world, visit, fate, kind):
        ends.keep_open(out, row)
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
    when all the others are as well. Places that are given to groups have their list looked at.
    """
    tables, people, visit = world.tables, world.people, world.visits[who]
    has_waited = lives.has_waited(tables, people, who)
    lives.begin_visit(tables, people, world.visits, who, who, stage, now)
    in_a_group = starts_together(world, visit)
    at_once = not has_waited and not in_a_group and can_sit(world, who)
    if lives.was_there(tables, people, who) or at_once:
        take(world, who)
        return True
    for slot in range(asks_of(world, visit)):
        number = place_of(world, visit, slot)
        if not is_kept(world, who, number):
            join(world, who, slot, number, now)
            if in_a_group and not has_waited:
                set_free(world, number)
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
    if reviews.is_moved(world.tables, world.people, world.places, world.visits, who, now):
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
    at_first = is_ruled(world) and counts.come < len(world.people.present)
    if at_first and (counts.changed == len(changes) or changes[counts.changed].tick > 0):
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
