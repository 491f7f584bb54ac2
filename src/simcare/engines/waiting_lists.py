"""The lists of the compiled engine, linked through the clients' rows: joined, left, and served.

A list is in the order of joining, or has an order of its own; its first who can be seated is next.
"""

from simcare.engines.world import (
    World,
    asks_of,
    can_sit,
    is_free,
    is_kept,
    is_ruled,
    place_of,
    seats_next,
    slot_among,
    take,
)
from simcare.kernels import reviews
from simcare.kernels.compile import inlined_kernel, kernel
from simcare.kernels.tables import NONE


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
    turn.of_class, turn.key = reviews.turn_of(
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
    if is_ruled(world) and not seats_next(world.places[number]):
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
