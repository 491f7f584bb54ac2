"""The people of day 0: what is known of them, what time has done to them, and where they belong.

Their attributes are those that are known, the others drawn as anybody's. What is drawn of
motivation and severity is how they were when they joined the list, or got there, and drifts to
today; what is known is as it is today. That a clock has not ended the wait, or the stay, by now
says nothing about what is left of its threshold: an exponential one is as if drawn today. Only
whether they are among those who would be lost early is less likely the longer they are there.
"""

import math

from simcare.kernels.cohort import describe, drawn_attribute
from simcare.kernels.compile import inlined_kernel, kernel
from simcare.kernels.draws import EARLY, STAY
from simcare.kernels.elementary import exp
from simcare.kernels.laws import draw_above, factor_of, hazard_used, whole_ticks
from simcare.kernels.lives import chance, drift_for, drift_one
from simcare.kernels.tables import (
    EPISODE,
    MOTIVATION,
    NEVER,
    NONE,
    STAYING,
    TICKS_PER_DAY,
    WAITED,
    Arrivals,
    Floats,
    People,
    Rows,
    Tables,
    Ticks,
)

MOST_THRESHOLDS = 1000  # looked at for one that is early, or is not


@inlined_kernel
def recall(tables: Tables, arrivals: Arrivals, people: People, known: Floats, who: int) -> None:
    """Fill in who somebody of day 0 is, and where they are and will enter in later episodes."""
    client, present, traits = people.clients[who], people.present[who], people.traits[who]
    present.entry = describe(tables, arrivals, people.key, client.id, NONE, traits)
    client.entry = present.stage
    traits[EPISODE] = 1 + present.episodes
    for k in range(len(arrivals.attributes)):
        attribute = arrivals.attributes[k]
        value = known[who, attribute.column]
        if math.isnan(value):  # drawn again: it may depend on one before it that is known
            value = drawn_attribute(tables, attribute, people.key, client.id, traits)
        traits[attribute.column] = value


@inlined_kernel
def early_share_left(
    tables: Tables, people: People, known: Floats, who: int, condition: int, k: int
) -> float:
    """Return how likely it is that somebody who is still there is one whom clock ``k`` loses early.

    By Bayes: the share of these, and of the others, each times the probability to be still there.
    Where motivation is known, the clock is taken to have run at that of today.
    """
    clock, days = tables.clocks[condition, k], people.present[who].lasted / TICKS_PER_DAY
    drift, half_life = tables.drifts[condition, MOTIVATION], 0.0
    if math.isnan(known[who, MOTIVATION]):
        half_life = drift.half_life_days
    traits = people.traits[who]
    factor = factor_of(
        tables.effects, tables.tests, clock.effects_first, clock.effects_many, traits
    )
    law = tables.laws[clock.law]
    used = hazard_used(law, 0.0, days, traits[MOTIVATION], half_life, drift.towards)
    early = clock.early_share * exp(-factor * days / clock.early_mean)
    later = (1.0 - clock.early_share) * exp(-factor * used)
    return float(early / (early + later)) if early > 0.0 else 0.0


@inlined_kernel
def threshold_of(people: People, who: int, k: int, share: float, left: float) -> int:
    """Return which threshold of clock ``k`` somebody carries: whether it is early fits.

    ``share`` of all thresholds are early, and with the probability ``left`` this one is. It is the
    first that is as it should be, of a thousand at most.
    """
    early = chance(people, who, 1, k, 0, EARLY) < left
    n = 0
    while n < MOST_THRESHOLDS and (chance(people, who, 1, k, n, EARLY) < share) != early:
        n += 1
    return n


@inlined_kernel
def bring_to_today(tables: Tables, people: People, known: Floats, who: int) -> None:
    """Let the time that somebody has been there, or has waited, pass: clocks and states."""
    present = people.present[who]
    stage = tables.stages[present.stage]
    condition = stage.while_waiting if present.state == WAITED else stage.while_there
    if condition == NONE:
        return
    for k in range(people.clocks.shape[1]):
        clock = tables.clocks[condition, k]
        if clock.law == NONE:
            continue
        people.clocks[who, k].age = present.lasted
        if clock.early_share > 0.0:
            left = early_share_left(tables, people, known, who, condition, k)
            people.clocks[who, k].fired = threshold_of(people, who, k, clock.early_share, left)
    days = present.lasted / TICKS_PER_DAY
    for k in range(len(tables.drifting)):
        column = tables.drifting[k]
        if math.isnan(known[who, column]):
            drift_one(tables, people, who, condition, k, column, days)


@inlined_kernel
def ticks_left(tables: Tables, people: People, who: int) -> int:
    """Return what is left of the stay of somebody who is there, at least one tick; maybe NEVER.

    The stay is drawn by its own address, given that it is longer than it has been. Where none can
    be, one tick is left. A stay that is still to begin is drawn as any: 0. In a place that is
    bought nobody is for longer than it was bought for.
    """
    present = people.present[who]
    stage = tables.stages[present.stage]
    if present.state == WAITED or present.lasted == 0:
        return 0
    longest = max(1, stage.longest - present.lasted)
    if stage.stay == NONE:
        return int(min(NEVER, longest))
    factor = factor_of(
        tables.effects, tables.tests, stage.effects_first, stage.effects_many, people.traits[who]
    )
    if factor == 0.0:
        return 1
    u = chance(people, who, 1, stage.word, 0, STAY)
    past = present.lasted / TICKS_PER_DAY / factor
    days = draw_above(tables.laws, tables.points, stage.stay, past, u)
    return int(min(longest, max(1, whole_ticks(days * factor, 1) - int(present.lasted))))


@inlined_kernel
def deal(tables: Tables, people: People, dealt: Ticks, who: int) -> None:
    """Give somebody the next unit in turn of each capacity that their stage asks for.

    ``dealt`` counts, for each row of the capacities, those who have one. In turn, no unit gets more
    of those who are there than it has places, and those who wait go on where these end.
    """
    stage = people.present[who].stage
    for k in range(tables.stages[stage].asks):
        capacity = tables.asked[stage, k]
        whole, row, first = tables.capacities[capacity], int(capacity), 0
        if whole.column != NONE:
            row = whole.parts + int(people.traits[who, whole.column])
            first = tables.capacities[row].first_place - whole.first_place
        people.units[who, capacity] = first + dealt[row] % tables.capacities[row].units
        dealt[row] += 1


@kernel
def bring_to_the_end(tables: Tables, people: People, visits: Rows, now: int) -> None:
    """Let motivation and severity of those in open visits be what they are when the time is over.

    Until then they are kept as they were when the wait, or the stay, began.
    """
    for row in range(len(visits)):
        visit = visits[row]
        stage = tables.stages[visit.stage]
        condition, since = stage.while_waiting, visit.queued
        if visit.fate == STAYING:
            condition, since = stage.while_there, visit.started
        if condition != NONE:
            drift_for(tables, people, visit.client, condition, (now - since) / TICKS_PER_DAY)


@kernel
def begin(tables: Tables, arrivals: Arrivals, people: People, known: Floats, dealt: Ticks) -> None:
    """Make the first clients those of ``people.present``, as they are on day 0.

    ``known`` has a row for each of them and a column for each attribute, nan where it is not known;
    ``dealt`` a zero for each row of the capacities.
    """
    for who in range(len(people.present)):
        recall(tables, arrivals, people, known, who)
        bring_to_today(tables, people, known, who)
        people.present[who].left = ticks_left(tables, people, who)
        deal(tables, people, dealt, who)
