"""What a replication of the compiled engine reads and changes, and the places in it.

A place is free, is taken with all others that a visit asks for, and is given back.
"""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from simcare.engines.future_events import FutureEvents
from simcare.kernels.compile import inlined_kernel, kernel
from simcare.kernels.tables import NONE, UNIT_BITS, UNIT_MASK, People, Row, Rows, Tables, Ticks

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
def starts_together(world: World, visit: Row) -> bool:
    """Return whether a visit asks for a place of those that are given to a group at a time."""
    if not is_ruled(world) or world.tables.stages[visit.stage].asks != 1:
        return False
    return bool(world.places[place_of(world, visit, 0)].together > 1)


@inlined_kernel
def seats_next(place: Row) -> bool:
    """Return whether one more of a list may be seated, of which a place is free.

    Where places are given to groups that is the next of a group; a new one begins if all of it can
    be seated. That is done within one event, in which nothing else happens at its place.
    """
    many = place.together
    if many == 1:
        return True
    if place.seats == 0:
        room = place.busy + many <= place.number and place.budget >= many * place.set_aside
        if not room or place.waiting < many:
            return False
        place.seats = many
    place.seats -= 1
    return True


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
