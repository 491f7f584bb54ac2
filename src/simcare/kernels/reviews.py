"""What is asked of a client who waits, as it is by now: the turn on a list, and whether it moves.

While a wait lasts, what drifts is kept as it was when it began. Here it is what it would be if the
wait ended now, and is then put back.
"""

from simcare.kernels.compile import inlined_kernel, kernel
from simcare.kernels.deadlines import mark
from simcare.kernels.ends import applies
from simcare.kernels.laws import passes
from simcare.kernels.lives import drift_for
from simcare.kernels.tables import (
    MOVED,
    NONE,
    PUTS_OFF,
    TICKS_PER_DAY,
    People,
    Row,
    Rows,
    Tables,
)


@kernel
def is_moved(
    tables: Tables, people: People, places: Rows, visits: Rows, row: int, now: int
) -> bool:
    """Return whether a case of ``moved`` is for who waits: as if the wait ended now.

    Then one of these cases applies when the wait does end so.
    """
    visit = visits[row]
    who = visit.client
    ends = tables.ends[visit.stage, MOVED]
    grow(tables, people, visit, now)
    mark(tables, people, who, visit.stage, PUTS_OFF, now - visit.queued)
    found = False
    for k in range(ends.first, ends.first + ends.many):
        found = found or applies(tables, people, places, who, tables.cases[k], now)
    mark(tables, people, who, visit.stage, PUTS_OFF, visit.queued - now)
    put_back(tables, people, who)
    return found


@kernel
def turn_of(
    tables: Tables, people: People, visits: Rows, row: int, order: Row, now: int
) -> tuple[int, float]:
    """Return (class, key) of who waits, by which a list is ordered: the smallest first."""
    visit = visits[row]
    who = visit.client
    grow(tables, people, visit, now)
    k, last = order.classes_first, order.classes_first + order.classes_many
    while k < last and not passes(
        tables.tests, tables.cases[k].tests_first, tables.cases[k].tests_many, people.traits[who]
    ):
        k += 1
    key = 0.0
    if order.deadline != NONE:
        key = float(people.due[who, order.deadline])
    elif order.column != NONE:
        key = order.sign * people.traits[who, order.column]
    put_back(tables, people, who)
    return k - order.classes_first, key


@inlined_kernel
def grow(tables: Tables, people: People, visit: Row, now: int) -> None:
    """Let what drifts of a client be what it is by now; what it was is put aside.

    While a wait lasts it is kept as it was at its beginning.
    """
    who, condition = visit.client, tables.stages[visit.stage].while_waiting
    for k in range(len(tables.drifting)):
        people.aside[0, k] = people.traits[who, tables.drifting[k]]
    since = max(visit.queued, 0)
    if condition != NONE and now > since:
        drift_for(tables, people, who, condition, (now - since) / TICKS_PER_DAY)


@inlined_kernel
def put_back(tables: Tables, people: People, who: int) -> None:
    """Let what drifts of a client be again what was put aside."""
    for k in range(len(tables.drifting)):
        people.traits[who, tables.drifting[k]] = people.aside[0, k]
