"""Reviews of a list by hand: who gets which place when, from when people ask and fixed stays.

Nothing of an engine is used here. Times are ticks.
"""

import heapq
from collections.abc import Sequence

NEVER = -1


def moved_by_review(
    asked: Sequence[int], stays: tuple[int, int], reviews: tuple[int, int], horizon: int
) -> list[tuple[str, int]]:
    """Return where each of some people starts, and when: one public place and one private one.

    ``stays`` are those in the two places, ``reviews`` the time to the first review on the list of
    the public place, and between two. A review moves whoever it is about if the private place is
    free. No two things happen in one tick.
    """
    come, ends_public, ends_private, review = range(4)
    coming = [(tick, come, who) for who, tick in enumerate(asked)]
    heapq.heapify(coming)
    found = [("waiting", NEVER)] * len(asked)
    waiting: list[int] = []
    public_free = private_free = True
    while coming and coming[0][0] < horizon:
        tick, what, who = heapq.heappop(coming)
        if what == come:
            waiting.append(who)
            heapq.heappush(coming, (tick + reviews[0], review, who))
        elif what == ends_public:
            public_free = True
        elif what == ends_private:
            private_free = True
        elif who in waiting and private_free:
            waiting.remove(who)
            private_free, found[who] = False, ("private", tick)
            heapq.heappush(coming, (tick + stays[1], ends_private, who))
        elif who in waiting:
            heapq.heappush(coming, (tick + reviews[1], review, who))
        if public_free and waiting:
            first = waiting.pop(0)
            public_free, found[first] = False, ("public", tick)
            heapq.heappush(coming, (tick + stays[0], ends_public, first))
    return found
