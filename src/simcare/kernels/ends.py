"""How a visit ends, and where its client goes next: cases, how places stand, and routes."""

import numpy as np

from simcare.kernels.compile import inlined_kernel, kernel
from simcare.kernels.deadlines import mark
from simcare.kernels.draws import ROUTE, SETTING
from simcare.kernels.laws import draw, passes
from simcare.kernels.lives import chance, pass_time, unit_of
from simcare.kernels.tables import (
    BEGINS_AFTER,
    COMPLETED,
    FREE,
    HOLDING,
    LISTED,
    MISSED,
    MOTIVATION,
    NEVER,
    NONE,
    PUTS_OFF,
    RETURN_BY_WAY_IN,
    SEVERITY,
    TICKS_PER_DAY,
    UNDRAWN,
    People,
    Row,
    Rows,
    Tables,
)


@inlined_kernel
def end_visit(
    tables: Tables, people: People, places: Rows, visits: Rows, row: int, now: int, fate: int
) -> tuple[int, int]:
    """End a visit with a fate: write it down, and return (kind, stage) of where the client goes.

    The clock that fired has a new threshold from now on. Who has missed an offer was waiting all
    the time. ``places`` are read where a case asks how a capacity stands, and nowhere else.
    """
    visit = visits[row]
    who, stage = visit.client, tables.stages[visit.stage]
    since = visit.started if visit.started >= 0 else max(visit.queued, 0)
    there = visit.started >= 0 and fate != MISSED
    condition = stage.while_there if there else stage.while_waiting
    pass_time(tables, people, who, condition, now - since)
    visit.ended, visit.fate = now, fate
    visit.motivation_ended = people.traits[who, MOTIVATION]
    visit.severity_ended = people.traits[who, SEVERITY]
    if fate != COMPLETED and fate < MISSED:
        clock = people.clocks[who, fate - 1]
        clock.left, clock.age, clock.fired = UNDRAWN, 0, clock.fired + 1
    if len(tables.ruled) and stage.marks_many > 0:
        mark(tables, people, who, visit.stage, PUTS_OFF, now - visit.queued)
        if fate == COMPLETED:
            mark(tables, people, who, visit.stage, BEGINS_AFTER, now)
    return next_of(tables, people, places, visits, row, now, fate)


@inlined_kernel
def keep_open(visits: Rows, row: int) -> None:
    """Take back the end of a visit whose client keeps the place until the next one is found."""
    visit = visits[row]
    visit.ended, visit.fate = -1, HOLDING
    visit.motivation_ended = visit.severity_ended = np.nan


@inlined_kernel
def close_visit(people: People, visits: Rows, row: int, now: int) -> None:
    """End a visit whose place was kept: the client has the next place, or has left its list."""
    visit = visits[row]
    visit.ended, visit.fate = now, COMPLETED
    visit.motivation_ended = people.traits[visit.client, MOTIVATION]
    visit.severity_ended = people.traits[visit.client, SEVERITY]


@inlined_kernel
def next_of(
    tables: Tables, people: People, places: Rows, visits: Rows, row: int, now: int, fate: int
) -> tuple[int, int]:
    """Choose where a client goes after a visit: the first case that applies, then by its shares."""
    visit = visits[row]
    who = visit.client
    traits = people.traits[who]
    ends = tables.ends[visit.stage, fate]
    k = ends.first
    while not applies(tables, people, places, who, tables.cases[k], now):
        k += 1
    case = tables.cases[k]
    for s in range(case.sets_first, case.sets_first + case.sets_many):
        setting = tables.settings[s]
        traits[setting.column] = setting.value
        if len(tables.ruled) and setting.law != NONE:
            traits[setting.column] = drawn_setting(tables, people, visit, setting)
    r, last = case.routes_first, case.routes_first + case.routes_many - 1
    if case.routes_many > 1:
        u = chance(people, who, visit.episode, tables.stages[visit.stage].word, visit.n, ROUTE)
        while r < last and u >= tables.routes[r].upto:
            r += 1
    kind, to = tables.routes[r].kind, tables.routes[r].stage
    if kind == RETURN_BY_WAY_IN:
        to = people.clients[who].entry
    return kind, to


@kernel
def drawn_setting(tables: Tables, people: People, visit: Row, setting: Row) -> float:
    """Return the number of the category that is drawn for what a case sets."""
    word = tables.stages[visit.stage].word ^ setting.word
    u = chance(people, visit.client, visit.episode, word, visit.n, SETTING)
    return draw(tables.laws, tables.points, setting.law, u)


@inlined_kernel
def applies(tables: Tables, people: People, places: Rows, who: int, case: Row, now: int) -> bool:
    """Return whether a case is for a client now: all its tests apply."""
    if not passes(tables.tests, case.tests_first, case.tests_many, people.traits[who]):
        return False
    if not len(tables.ruled) or (case.looks_many == 0 and case.dues_many == 0):
        return True
    return stands_so(tables, people, places, who, case, now)


@kernel
def stands_so(tables: Tables, people: People, places: Rows, who: int, case: Row, now: int) -> bool:
    """Return whether capacities and a client's deadlines stand now as a case asks."""
    for k in range(case.looks_first, case.looks_first + case.looks_many):
        if not looks_so(tables, people, places, who, tables.looks[k]):
            return False
    for k in range(case.dues_first, case.dues_first + case.dues_many):
        due = people.due[who, tables.dues[k].deadline]
        days = (due - now) / TICKS_PER_DAY
        if due == NEVER or not tables.dues[k].at_least <= days < tables.dues[k].below:
            return False
    return True


@inlined_kernel
def looks_so(tables: Tables, people: People, places: Rows, who: int, look: Row) -> bool:
    """Return whether a client's own unit of a capacity stands as asked."""
    first = tables.capacities[look.capacity].first_place
    place = places[first + unit_of(tables, people, who, look.capacity)]
    if look.kind == LISTED:
        return bool(look.at_least <= place.waiting < look.below)
    free = place.busy < place.number and place.budget >= place.set_aside
    return bool(free == (look.kind == FREE))
