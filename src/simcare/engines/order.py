"""Who goes first: the order of events that fall on the same tick.

A coming event has the key (tick, rank, who); the smallest is next. ``who`` is the client's row in
the cohort, which is ordered by arrival: who came first goes first. All changes of places at a tick
are one event, and a client has one coming event at a time, so keys are unique. ``docs/engines.md``
argues the order of the ranks.
"""

from simcare.kernels.tables import COMPLETED, MISSED

CHANGE = 1  # what is closed at this tick is given to nobody; what opens serves those about to leave
END = 2  # a place that comes free in the very second in which somebody gives up is in time
REVIEW = 3  # and so is a move to another list
LEAVE = 4  # a competing clock ends a visit: those who come now do not find the leavers waiting
RETURN = 5  # known clients before new ones
ARRIVE = 6


def rank_of(fate: int) -> int:
    """Return the rank of the event that ends a wait or a stay with this fate."""
    return END if fate in (COMPLETED, MISSED) else LEAVE
