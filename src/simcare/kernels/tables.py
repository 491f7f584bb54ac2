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

# How a visit can end, the ends by stay and clocks in the order in which simultaneous ones go; then
# how it stands. MISSED is an offer not taken, at the tick of its start: nobody was served. MOVED is
# a wait that ended on another list. From WAITING on a visit is still open.
COMPLETED, LEFT, DROPPED_OUT, RELAPSED, DIED, MISSED, MOVED, WAITING, STAYING, HOLDING = range(10)
FATES = (
    "completed",
    "left",
    "dropped_out",
    "relapsed",
    "died",
    "missed",
    "moved",
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

# How a unit of a capacity may have to stand for a case to apply.
FREE, FULL, LISTED = range(3)

NONE = -1
NEVER = 1 << 60
MOST_PLACES_ASKED = 3
UNIT_BITS = 10  # the units of the capacities that a visit asks for, the first lowest
UNIT_MASK = (1 << UNIT_BITS) - 1
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
        ("asks", "i8"),  # for how many capacities, in ASKED
        ("capacity", "i8"),  # the first of them
        ("stay", "i8"),
        ("longest", "i8"),  # ticks: a bought place is not had for longer
        ("effects_first", "i8"),
        ("effects_many", "i8"),
        ("while_waiting", "i8"),
        ("while_there", "i8"),
        ("hold", "i8"),
        ("offer", "i8"),
        ("review_after", "i8"),  # ticks, NEVER if who waits is not looked at again
        ("review_every", "i8"),
        ("looks", "i8"),  # whether a case asks how a capacity stands
        ("marks_first", "i8"),
        ("marks_many", "i8"),
    ],
    align=True,
)
# An offer that may be missed: how likely, times what, and for how long the place is lost.
OFFER = np.dtype(
    [("missed", "f8"), ("effects_first", "i8"), ("effects_many", "i8"), ("lost", "i8")], align=True
)
# What a stage does to a deadline: it begins when asked for or completed, or puts it off.
BEGINS, BEGINS_AFTER, PUTS_OFF = range(3)
MARK = np.dtype([("does", "i8"), ("deadline", "i8")], align=True)
# A deadline has cases of how much time there is, each with a row of ``due_ticks`` (by the day on
# which it begins) or, where that is NONE, so many ticks.
DEADLINE = np.dtype([("first", "i8"), ("many", "i8")], align=True)
WITHIN = np.dtype(
    [("tests_first", "i8"), ("tests_many", "i8"), ("ticks", "i8"), ("row", "i8")], align=True
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
        ("order", "i8"),
    ],
    align=True,
)
# The order of a list: classes of clients, and then a key: ``sign`` times an attribute, or a
# deadline.
ORDER = np.dtype(
    [
        ("classes_first", "i8"),
        ("classes_many", "i8"),
        ("column", "i8"),
        ("sign", "f8"),
        ("deadline", "i8"),
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
        ("looks_first", "i8"),
        ("looks_many", "i8"),
        ("dues_first", "i8"),
        ("dues_many", "i8"),
    ],
    align=True,
)
LOOK = np.dtype(
    [("capacity", "i8"), ("kind", "i8"), ("at_least", "f8"), ("below", "f8")], align=True
)
DUE = np.dtype([("deadline", "i8"), ("at_least", "f8"), ("below", "f8")], align=True)
ROUTE = np.dtype([("upto", "f8"), ("kind", "i8"), ("stage", "i8")], align=True)
# What is set: a value, or (``law`` not NONE) a category drawn; ``word`` is that of the attribute.
SETTING = np.dtype([("column", "i8"), ("value", "f8"), ("law", "i8"), ("word", "i8")], align=True)
# A stream of arrivals: where its row of expected arrivals begins and how long it is, in steps of so
# many ticks; its ways in; and what is set for all of its people.
STREAM = np.dtype(
    [
        ("word", "u8"),
        ("first", "i8"),
        ("many", "i8"),
        ("step", "i8"),
        ("ways_first", "i8"),
        ("ways_many", "i8"),
        ("sets_first", "i8"),
        ("sets_many", "i8"),
    ],
    align=True,
)
ATTRIBUTE = np.dtype(
    [("word", "i8"), ("column", "i8"), ("given", "i8"), ("first_law", "i8")], align=True
)
WAY_IN = np.dtype([("upto", "f8"), ("stage", "i8")], align=True)
# From a tick on a place has another number, or another budget; NONE: as before.
CHANGE = np.dtype([("tick", "i8"), ("place", "i8"), ("number", "i8"), ("budget", "i8")], align=True)
# A unit of a capacity: how many places, how many are busy, and how many wait for one. Where places
# are bought: what may still be spent, as ticks of a place, what is set aside for a stay, and since
# when this budget runs. ``first`` and ``last`` are who stands on the list. ``together`` is to how
# many at a time places are given, and ``seats`` how many of a group are still to be seated.
PLACE = np.dtype(
    [
        ("number", "i8"),
        ("busy", "i8"),
        ("waiting", "i8"),
        ("budget", "i8"),
        ("set_aside", "i8"),
        ("since", "i8"),
        ("first", "i4"),
        ("last", "i4"),
        ("together", "i4"),
        ("seats", "i4"),
    ],
    align=True,
)

# Somebody who is there on day 0. ``lasted`` is for how long they have been, or have waited, in
# ticks; ``left`` what is left of their stay, 0 where it begins; ``entry`` where they enter in later
# episodes; ``episodes`` how many they have had before this one. The state is PAST from their first
# visit on.
PAST, WAITED, WAS_THERE = range(3)
PRESENT = np.dtype(
    [
        ("stage", "i8"),
        ("lasted", "i8"),
        ("left", "i8"),
        ("entry", "i8"),
        ("state", "i8"),
        ("episodes", "i8"),
    ],
    align=True,
)

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


# Whether a service has rules beyond places, lists and clocks, as a type: where it has none the
# kernels are compiled apart, and without a word about the rules, so that these cost it nothing.
Ruled = tuple[int, ...]
PLAIN: Ruled = ()
RULED: Ruled = (1,)


class Tables(NamedTuple):
    """A service and its population as arrays: what a replication reads and never changes.

    ``drifts`` are (conditions, as many as ``drifting``): of motivation, severity, and then of the
    other columns that drift.

    ``ruled`` is PLAIN or RULED: whether a case looks at places or deadlines, offers may be missed,
    a list has an order or is reviewed, places are bought, held, given to groups or asked for with
    others, attributes drift beside motivation and severity, what is set is drawn, or somebody is
    there on day 0.
    """

    ruled: Ruled

    laws: Rows
    points: Floats
    effects: Rows
    tests: Rows
    clocks: Rows
    drifts: Rows
    stages: Rows
    asked: NDArray[np.int64]
    capacities: Rows
    orders: Rows
    offers: Rows
    marks: Rows
    deadlines: Rows
    within: Rows
    due_ticks: NDArray[np.int64]
    ends: Rows
    cases: Rows
    routes: Rows
    settings: Rows
    looks: Rows
    dues: Rows
    drifting: NDArray[np.int64]


class Arrivals(NamedTuple):
    """Who comes, when and with what attributes, as arrays: what a cohort is made from.

    ``expected`` has the rows of all streams one after the other. The first rows of ``ways_in``,
    ``own_ways`` of them, are the service's own.
    """

    streams: Rows
    expected: Floats
    attributes: Rows
    ways_in: Rows
    own_ways: int
    settings: Rows


class People(NamedTuple):
    """The clients of one replication and where they stand: what a replication changes.

    ``due`` is when each of a client's deadlines ends (int64 ticks, NEVER when it does not run); it
    has a single row where nothing in the service looks at deadlines. The first clients are those
    who are there on day 0: ``present`` and ``units`` have rows for these alone. ``units`` is the
    unit of each capacity that they belong to, NONE where it is not known beforehand. ``aside`` has
    room for what drifts of one client, while it is looked at as it would be by now.
    """

    key: Words
    clients: Rows
    traits: Floats
    clocks: Rows
    visits_before: NDArray[np.uint16]
    due: Ticks
    present: Rows
    units: Ticks
    aside: Floats
