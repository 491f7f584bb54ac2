"""How many places there are in one replication: sick leave is drawn, all else is known before."""

import numpy as np

from simcare.engines.program import Program
from simcare.engines.timetables import Timetable, in_order, over_time, rows_of
from simcare.kernels.absences import absence_ticks
from simcare.kernels.tables import Rows, Ticks, Words


def absences(table: Timetable, key: Words, horizon: int) -> list[Ticks]:
    """Return for each member of a staff the ticks of going and of coming back, in turn."""
    known = table.absence
    if known is None:
        return []
    members = np.arange(int(table.counted.values.max()), dtype=np.uint64)
    ids = np.uint64(known.capacity) << np.uint64(32) | members
    spells = (known.mean_days, known.mean_days_between)
    return [absence_ticks(key, one, known.category, *spells, horizon) for one in ids]


def changes_of(program: Program, key: Words) -> Rows:
    """Return the changes of places in the replication of a key: CHANGE rows by tick, then place.

    Where nothing is drawn these are the program's own.
    """
    if not program.drawn:
        return program.changes
    horizon = program.horizon
    tables = [(table, over_time(table, absences(table, key, horizon))) for table in program.drawn]
    rows = rows_of(tables, horizon)
    number = np.array([place.number for place in program.places])
    moved = (rows["tick"] > 0) | (rows["number"] != number[rows["place"]])
    return in_order([program.changes, rows[moved]])
