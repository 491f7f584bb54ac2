"""When a client's deadlines begin, what puts them off, and when they are due.

A client's own stand in ``People.due``. A visit begins them, or puts them off.
"""

from simcare.kernels.compile import inlined_kernel, kernel
from simcare.kernels.laws import passes
from simcare.kernels.tables import NEVER, NONE, PUTS_OFF, TICKS_PER_DAY, People, Tables


@kernel
def mark(tables: Tables, people: People, who: int, stage: int, does: int, ticks: int) -> None:
    """Let a client's deadlines begin at a tick, or put those that run off by so many ticks.

    A deadline runs once in an episode.
    """
    first = tables.stages[stage].marks_first
    for k in range(first, first + tables.stages[stage].marks_many):
        if tables.marks[k].does != does:
            continue
        d = tables.marks[k].deadline
        if does == PUTS_OFF:
            if people.due[who, d] != NEVER:
                people.due[who, d] += ticks
        elif people.due[who, d] == NEVER:
            people.due[who, d] = due_tick(tables, people, who, d, ticks)


@inlined_kernel
def due_tick(tables: Tables, people: People, who: int, deadline: int, now: int) -> int:
    """Return when a client's deadline that begins now is due: the first case that applies."""
    k = tables.deadlines[deadline].first
    while not passes(
        tables.tests, tables.within[k].tests_first, tables.within[k].tests_many, people.traits[who]
    ):
        k += 1
    if tables.within[k].row == NONE:
        return now + int(tables.within[k].ticks)
    return int(tables.due_ticks[tables.within[k].row, now // TICKS_PER_DAY])
