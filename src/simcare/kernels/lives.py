"""The life of a client between events: what a visit writes down, and what time does meanwhile.

A visit has two phases, waiting and being there. Each runs under a condition (or none): motivation
and severity drift, and competing clocks use up their thresholds. When a phase begins, the next
event is the earliest of the stay's end and the clocks; when it ends, what was used is charged.
How it ends is in :mod:`simcare.kernels.ends`. Queues, places and the order of events belong to the
engines.
"""

import numpy as np

from simcare.kernels.compile import inlined_kernel, kernel
from simcare.kernels.deadlines import mark
from simcare.kernels.draws import CLOCK, EARLY, OFFER, STAY, UNIT, uniform
from simcare.kernels.laws import (
    draw,
    drifted,
    factor_of,
    hazard_time,
    hazard_used,
    is_certain,
    unit_threshold,
    whole_ticks,
)
from simcare.kernels.tables import (
    BEGINS,
    COMPLETED,
    EPISODE,
    MISSED,
    MOTIVATION,
    NEVER,
    NONE,
    PAST,
    SEVERITY,
    STAYING,
    TICKS_PER_DAY,
    UNDRAWN,
    UNIT_BITS,
    WAITED,
    WAITING,
    WAS_THERE,
    People,
    Row,
    Rows,
    Tables,
)


@inlined_kernel
def chance(people: People, who: int, episode: int, stage: int, n: int, purpose: int) -> float:
    """Return the uniform of one address; the scenario is no part of it."""
    return uniform(people.key[0], people.key[1], people.clients[who].id, episode, stage, n, purpose)


@inlined_kernel
def begin_episode(people: People, who: int) -> None:
    """Start a client's next episode: new thresholds; motivation and severity are carried over."""
    client = people.clients[who]
    client.episode += 1
    people.traits[who, EPISODE] = client.episode + episodes_before(people, who)
    if client.episode == 1:
        return  # a client is made with everything before its beginning
    for k in range(people.clocks.shape[1]):
        clock = people.clocks[who, k]
        clock.left, clock.age, clock.fired = UNDRAWN, 0, 0
    for s in range(people.visits_before.shape[1]):
        people.visits_before[who, s] = 0
    if who < people.due.shape[0]:  # else nothing looks at deadlines
        for d in range(people.due.shape[1]):
            people.due[who, d] = NEVER


@inlined_kernel
def episodes_before(people: People, who: int) -> int:
    """Return how many episodes a client had before the run."""
    return int(people.present[who].episodes) if who < len(people.present) else 0


@inlined_kernel
def begin_visit(
    tables: Tables, people: People, visits: Rows, row: int, who: int, stage: int, now: int
) -> int:
    """Write the row of a visit that begins with asking, and return its unit (0 if only one).

    The unit is the client's own for this capacity, the same in every episode and visit: one of
    those of the client's category where the capacity is split. With several capacities the unit of
    each is there, the first lowest, in UNIT_BITS bits each.
    """
    visit = visits[row]
    visit.client, visit.stage = who, stage
    visit.episode = people.clients[who].episode
    visit.n = people.visits_before[who, stage]
    people.visits_before[who, stage] += 1
    visit.queued, visit.started, visit.ended = now, -1, -1
    visit.motivation_queued = people.traits[who, MOTIVATION]
    visit.severity_queued = people.traits[who, SEVERITY]
    visit.motivation_started = visit.motivation_ended = np.nan
    visit.severity_started = visit.severity_ended = np.nan
    visit.fate = WAITING
    if len(tables.ruled) and who < len(people.present):
        join_again(people, visit, who)
    visit.unit = 0
    capacity = tables.stages[stage].capacity
    if capacity != NONE:
        visit.unit = unit_of(tables, people, who, capacity)
        if len(tables.ruled):
            for k in range(1, tables.stages[stage].asks):
                unit = unit_of(tables, people, who, tables.asked[stage, k])
                visit.unit += unit << (UNIT_BITS * k)
    if len(tables.ruled) and tables.stages[stage].marks_many > 0:
        mark(tables, people, who, stage, BEGINS, visit.queued)
    return int(visit.unit)


@inlined_kernel
def join_again(people: People, visit: Row, who: int) -> None:
    """Let the first visit of somebody of day 0 be asked for when they joined the list.

    In later episodes they enter as anybody does. Who is there has no wait that is known.
    """
    present = people.present[who]
    if present.state != PAST:
        people.clients[who].entry = present.entry
    if present.state == WAITED:
        visit.queued = -present.lasted
        present.state = PAST


@inlined_kernel
def was_there(tables: Tables, people: People, who: int) -> bool:
    """Return whether a client is there on day 0, and the first visit has not begun yet."""
    return is_in_state(tables, people, who, WAS_THERE)


@inlined_kernel
def has_waited(tables: Tables, people: People, who: int) -> bool:
    """Return whether a client is on a list on day 0, and has not asked for the stage yet."""
    return is_in_state(tables, people, who, WAITED)


@inlined_kernel
def is_in_state(tables: Tables, people: People, who: int, state: int) -> bool:
    """Return whether a client is one of day 0, in this state of PRESENT."""
    if not len(tables.ruled) or who >= len(people.present):
        return False
    return bool(people.present[who].state == state)


@inlined_kernel
def unit_of(tables: Tables, people: People, who: int, capacity: int) -> int:
    """Return the number of a client's own unit of a capacity, from 0."""
    if len(tables.ruled) and who < len(people.units) and people.units[who, capacity] != NONE:
        return int(people.units[who, capacity])
    whole = tables.capacities[capacity]
    first, units = 0, whole.units
    if whole.column != NONE:
        part = tables.capacities[whole.parts + int(people.traits[who, whole.column])]
        first, units = part.first_place - whole.first_place, part.units
    if units > 1:
        first += int(chance(people, who, 0, whole.word, 0, UNIT) * units)
    return first


@inlined_kernel
def is_early(tables: Tables, people: People, who: int, clock: Row, k: int) -> bool:
    """Return whether a client is one of the share that a clock loses in the first days."""
    share: float = clock.early_share
    if share == 0.0:
        return False
    episode = people.clients[who].episode
    return chance(people, who, episode, k, people.clocks[who, k].fired, EARLY) < share


@inlined_kernel
def clock_time(tables: Tables, people: People, who: int, condition: int, k: int) -> int:
    """Return after how many ticks clock ``k`` ends the phase that begins now, maybe NEVER."""
    clock = tables.clocks[condition, k]
    state = people.clocks[who, k]
    if state.left == UNDRAWN:
        episode = people.clients[who].episode
        state.left = unit_threshold(chance(people, who, episode, 0, state.fired, CLOCK + k))
    factor = factor_of(
        tables.effects, tables.tests, clock.effects_first, clock.effects_many, people.traits[who]
    )
    if is_early(tables, people, who, clock, k):
        if factor == 0.0:
            return NEVER
        return whole_ticks(state.left * clock.early_mean / factor, 1)
    law = tables.laws[clock.law]
    drift = tables.drifts[condition, MOTIVATION]
    age = state.age / TICKS_PER_DAY
    motivation = people.traits[who, MOTIVATION]
    if is_certain(law):
        return whole_ticks(max(0.0, law.a - age), 0)
    if factor == 0.0:
        return NEVER
    days = hazard_time(
        law, age, state.left / factor, motivation, drift.half_life_days, drift.towards
    )
    return whole_ticks(days, 1)


@inlined_kernel
def charge(tables: Tables, people: People, who: int, condition: int, k: int, days: float) -> None:
    """Take from clock ``k`` what ``days`` under a condition have used of its threshold."""
    clock = tables.clocks[condition, k]
    state = people.clocks[who, k]
    factor = factor_of(
        tables.effects, tables.tests, clock.effects_first, clock.effects_many, people.traits[who]
    )
    if is_early(tables, people, who, clock, k):
        used = days / clock.early_mean
    else:
        drift = tables.drifts[condition, MOTIVATION]
        used = hazard_used(
            tables.laws[clock.law],
            state.age / TICKS_PER_DAY,
            days,
            people.traits[who, MOTIVATION],
            drift.half_life_days,
            drift.towards,
        )
    state.left = max(0.0, state.left - factor * used)


@inlined_kernel
def pass_time(tables: Tables, people: People, who: int, condition: int, ticks: int) -> None:
    """Let ``ticks`` pass under a condition: clocks are charged, motivation and severity drift.

    A clock that the condition does not run begins anew when it next runs (its threshold stays).
    What takes no time changes nothing: a stage that is passed at once lets every clock go on.
    """
    if ticks == 0:
        return
    if condition == NONE:
        for k in range(people.clocks.shape[1]):
            people.clocks[who, k].age = 0
        return
    days = ticks / TICKS_PER_DAY
    for k in range(people.clocks.shape[1]):
        state = people.clocks[who, k]
        if tables.clocks[condition, k].law == NONE:
            state.age = 0
        else:
            charge(tables, people, who, condition, k, days)
            state.age += ticks
    drift_for(tables, people, who, condition, days)


@inlined_kernel
def drift_for(tables: Tables, people: People, who: int, condition: int, days: float) -> None:
    """Let a client's motivation, severity and whatever else drifts do so for so many days."""
    for column in (MOTIVATION, SEVERITY):
        drift_one(tables, people, who, condition, column, column, days)
    if len(tables.ruled):
        for k in range(2, len(tables.drifting)):
            drift_one(tables, people, who, condition, k, tables.drifting[k], days)


@inlined_kernel
def drift_one(
    tables: Tables, people: People, who: int, condition: int, k: int, column: int, days: float
) -> None:
    """Let a client's attribute in a column, the k-th that drifts, do so for so many days."""
    drift = tables.drifts[condition, k]
    people.traits[who, column] = drifted(
        people.traits[who, column], drift.half_life_days, drift.towards, days
    )


@inlined_kernel
def earliest(
    tables: Tables, people: People, who: int, condition: int, ticks: int
) -> tuple[int, int]:
    """Return (ticks, fate) of the first to come: the stay's end after ``ticks``, or a clock.

    At the same tick the stay's end comes first, then the clocks in their order.
    """
    fate = COMPLETED
    if condition != NONE:
        for k in range(people.clocks.shape[1]):
            if tables.clocks[condition, k].law != NONE:
                other = clock_time(tables, people, who, condition, k)
                if other < ticks:
                    ticks, fate = other, k + 1
    return ticks, fate


@inlined_kernel
def begin_wait(tables: Tables, people: People, visits: Rows, row: int) -> tuple[int, int]:
    """Begin to wait: return (ticks, fate) of the clock that would end it, NEVER if none does."""
    visit = visits[row]
    condition = tables.stages[visit.stage].while_waiting
    return earliest(tables, people, visit.client, condition, NEVER)


@inlined_kernel
def begin_stay(tables: Tables, people: People, visits: Rows, row: int, now: int) -> tuple[int, int]:
    """Begin the stay (ending the wait, if there was one): return (ticks, fate) of its end.

    An offer that is missed is a stay too: for as long as the place is lost, and nobody is there.
    Who was there on day 0 has taken it long since.
    """
    visit = visits[row]
    who, stage = visit.client, tables.stages[visit.stage]
    asked = max(visit.queued, 0)  # what has passed before day 0 was charged beforehand
    if stage.capacity != NONE and now > asked:
        pass_time(tables, people, who, stage.while_waiting, now - asked)
    visit.started, visit.fate = now, STAYING
    visit.motivation_started = people.traits[who, MOTIVATION]
    visit.severity_started = people.traits[who, SEVERITY]
    there = was_there(tables, people, who)
    if (
        len(tables.ruled)
        and stage.offer != NONE
        and not there
        and is_missed(tables, people, visit, who)
    ):
        visit.fate = MISSED
        return tables.offers[stage.offer].lost, MISSED
    ticks, left = NEVER, 0
    if there:
        left = people.present[who].left
        people.present[who].state = PAST
    if left > 0:
        ticks = left
    elif stage.stay != NONE:
        law = tables.laws[stage.stay]
        u = chance(people, who, visit.episode, stage.word, visit.n, STAY)
        days = draw(tables.laws, tables.points, stage.stay, u)
        nothing = is_certain(law) and law.a == 0.0
        if not nothing:
            days *= factor_of(
                tables.effects,
                tables.tests,
                stage.effects_first,
                stage.effects_many,
                people.traits[who],
            )
        ticks = whole_ticks(days, 0 if nothing else 1)
    if len(tables.ruled):
        ticks = min(ticks, stage.longest)
    return earliest(tables, people, who, stage.while_there, ticks)


@kernel
def is_missed(tables: Tables, people: People, visit: Row, who: int) -> bool:
    """Return whether a client does not take the place that is offered."""
    stage = tables.stages[visit.stage]
    offer = tables.offers[stage.offer]
    factor = factor_of(
        tables.effects, tables.tests, offer.effects_first, offer.effects_many, people.traits[who]
    )
    return bool(
        chance(people, who, visit.episode, stage.word, visit.n, OFFER) < offer.missed * factor
    )
