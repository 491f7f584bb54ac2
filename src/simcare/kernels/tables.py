"""The shapes of what kernels read and write: a service as arrays, its clients, and their visits.

Names have become numbers here; times are ticks where they are whole, days where they are parameters
of a law. Every engine reads the same tables and writes the same visits.
"""

from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

# Kinds of array, for annotations: a row of a structured array has fields by name.
Rows = NDArray[np.void]
Row = Any
Floats = NDArray[np.float64]
Ticks = NDArray[np.int64]
Words = NDArray[np.uint64]

# How a visit stands, and how it can end. The ends are in the order in which simultaneous ones go.
COMPLETED, LEFT, DROPPED_OUT, RELAPSED, DIED, WAITING, STAYING, HOLDING = range(8)
FATES = (
    "completed",
    "left",
    "dropped_out",
    "relapsed",
    "died",
    "waiting",
    "staying",
    "holding",
)
CLOCKS = 4  # leave, drop out, relapse, die: clock k ends a visit with fate k + 1

# Columns of the attributes that the laws themselves know; those of the population follow.
MOTIVATION, SEVERITY, EPISODE = range(3)
OWN_COLUMNS = 3

# Kinds of law. CATEGORY and MIXTURE choose among rows of points; MOTIVATED is a hazard only.
(
    FIXED,
    EXPONENTIAL,
    WEIBULL,
    LOG_NORMAL,
    GAMMA,
    LOG_LOGISTIC,
    UNIFORM,
    TRIANGULAR,
    EMPIRICAL,
    MIXTURE,
    CATEGORY,
    MOTIVATED,
) = range(12)

# Where a route leads.
STAGE, OUT, RETURN, RETURN_BY_WAY_IN = range(4)

NONE = -1
NEVER = 1 << 60
TICKS_PER_DAY = 86_400

LAW = np.dtype(
    [("kind", "i8"), ("a", "f8"), ("b", "f8"), ("c", "f8"), ("first", "i8"), ("many", "i8")],
    align=True,
)
EFFECT = np.dtype([("factor", "f8"), ("column", "i8"), ("first", "i8"), ("many", "i8")], align=True)
TEST = np.dtype([("column", "i8"), ("at_least", "f8"), ("below", "f8")], align=True)
CLOCK = np.dtype(
    [
        ("law", "i8"),
        ("early_share", "f8"),
        ("early_mean", "f8"),
        ("effects_first", "i8"),
        ("effects_many", "i8"),
    ],
    align=True,
)
DRIFT = np.dtype([("half_life_days", "f8"), ("towards", "f8")], align=True)
STAGE_ROW = np.dtype(
    [
        ("word", "i8"),
        ("capacity", "i8"),
        ("stay", "i8"),
        ("effects_first", "i8"),
        ("effects_many", "i8"),
        ("while_waiting", "i8"),
        ("while_there", "i8"),
        ("hold", "i8"),
    ],
    align=True,
)
# A capacity that is split by an attribute (a column) has a row for each category from row ``parts``
# on: that category's own number, units and places. Where nothing is split the column is NONE.
CAPACITY = np.dtype(
    [
        ("word", "i8"),
        ("number", "i8"),
        ("units", "i8"),
        ("first_place", "i8"),
        ("column", "i8"),
        ("parts", "i8"),
    ],
    align=True,
)
CASES = np.dtype([("first", "i8"), ("many", "i8")], align=True)
CASE = np.dtype(
    [
        ("tests_first", "i8"),
        ("tests_many", "i8"),
        ("routes_first", "i8"),
        ("routes_many", "i8"),
        ("sets_first", "i8"),
        ("sets_many", "i8"),
    ],
    align=True,
)
ROUTE = np.dtype([("upto", "f8"), ("kind", "i8"), ("stage", "i8")], align=True)
SETTING = np.dtype([("column", "i8"), ("value", "f8")], align=True)
STREAM = np.dtype([("word", "u8")], align=True)
ATTRIBUTE = np.dtype(
    [("word", "i8"), ("column", "i8"), ("given", "i8"), ("first_law", "i8")], align=True
)
WAY_IN = np.dtype([("upto", "f8"), ("stage", "i8")], align=True)
CHANGE = np.dtype([("tick", "i8"), ("place", "i8"), ("number", "i8")], align=True)

CLIENT = np.dtype([("id", "u8"), ("arrival", "i8"), ("entry", "i8"), ("episode", "i8")], align=True)
UNDRAWN = -1.0  # what is left of a threshold that has not been drawn yet
CLOCK_STATE = np.dtype([("left", "f8"), ("age", "i8"), ("fired", "i8")], align=True)
# One line of a processor's cache, every byte of it in a field: equal visits have equal bytes.
VISIT = np.dtype(
    [
        ("queued", "i8"),
        ("started", "i8"),
        ("ended", "i8"),
        ("motivation_queued", "f4"),
        ("motivation_started", "f4"),
        ("motivation_ended", "f4"),
        ("severity_queued", "f4"),
        ("severity_started", "f4"),
        ("severity_ended", "f4"),
        ("client", "u4"),
        ("unit", "u4"),
        ("episode", "u2"),
        ("n", "u2"),
        ("stage", "u2"),
        ("fate", "u2"),
    ],
    align=True,
)


class Tables(NamedTuple):
    """A service and its population as arrays: what a replication reads and never changes."""

    laws: Rows
    points: Floats
    effects: Rows
    tests: Rows
    clocks: Rows
    drifts: Rows
    stages: Rows
    capacities: Rows
    ends: Rows
    cases: Rows
    routes: Rows
    settings: Rows


class Arrivals(NamedTuple):
    """Who comes, when and with what attributes, as arrays: what a cohort is made from."""

    streams: Rows
    expected: Floats
    attributes: Rows
    ways_in: Rows


class People(NamedTuple):
    """The clients of one replication and where they stand: what a replication changes."""

    key: Words
    clients: Rows
    traits: Floats
    clocks: Rows
    visits_before: NDArray[np.uint16]
