"""Who goes first: the order of events that fall on the same tick.

A coming event has the key (tick, rank, who); the smallest is next. ``who`` is the client's row in
the cohort, which is ordered by arrival: who came first goes first. For a change of capacity it is
the place. A client has one coming event at a time, so keys are unique. ``docs/engines.md`` argues
the order of the ranks.
"""

from simcare.kernels.tables import COMPLETED

CHANGE = 1  # what is closed at this tick is given to nobody; what opens serves those about to leave
END = 2  # a place that comes free in the very second in which somebody gives up is in time
LEAVE = 3  # a competing clock ends a visit: those who come now do not find the leavers waiting
RETURN = 4  # known clients before new ones
ARRIVE = 5


def rank_of(fate: int) -> int:
    """Return the rank of the event that ends a visit with this fate."""
    return END if fate == COMPLETED else LEAVE
