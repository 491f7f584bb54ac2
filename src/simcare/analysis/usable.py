"""How many places can be busy at most: those of lists that are never empty.

Places open and close, staff fall ill, budgets are spent. Nobody who is there is sent away, so that
more can be busy than are open, and how many depends on how long people stay. Places that are given
to groups stay empty until there is room for the next one.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from heapq import heappop, heappush
from itertools import pairwise
from typing import NamedTuple

import numpy as np

from simcare.analysis.records import Steps
from simcare.kernels.tables import TICKS_PER_DAY

# Places that close are played so often, unless so many were seated: what chance does is then small.
PLAYED, MOST_SEATED = 20, 100_000
PLAYED_95 = 2.093024054408263  # the 97.5 % point of Student's distribution, 19 degrees of freedom


@dataclass(frozen=True)
class Window:
    """The ticks over which averages are taken, from ``first`` to before ``last``."""

    first: int
    last: int

    @property
    def days(self) -> float:
        """How long it is."""
        return (self.last - self.first) / TICKS_PER_DAY


class Usable(NamedTuple):
    """How many places can be busy, on average over the window, with a 95 % interval."""

    mean: float
    lower: float
    upper: float

    @classmethod
    def exactly(cls, places: float) -> "Usable":
        """Return that it is known how many."""
        return cls(places, places, places)


@dataclass(frozen=True)
class Budgets:
    """What may be spent on the places of a list, and what those set aside who start at a time.

    Both are in ticks of a place.

    ``steps`` are (tick, budget) from tick 0 on; the ``last`` budget ends at that tick, which may be
    after the run.
    """

    steps: Steps
    last: int
    set_aside: int


def places_open(steps: Steps, window: Window) -> float:
    """Return how many places are open, on average over the window.

    ``steps`` are (tick, number) from tick 0 on, the ticks rising.
    """
    total = 0.0
    for (begin, number), (end, _) in pairwise([*steps, (window.last, 0)]):
        total += number * max(min(end, window.last) - max(begin, window.first), 0)
    return total / (window.last - window.first)


def places_usable(
    timetables: Sequence[Sequence[Steps]],
    stays: Sequence[int],
    window: Window,
    together: int = 1,
) -> Usable:
    """Return how many places can be busy, on average over the window, if somebody always waits.

    ``timetables`` say how many places there are of each list, once for each way in which that may
    turn out; ``stays`` are lengths of stay in ticks, in the order in which they are to be had.
    Where places close, or are given to so many ``together``, they are played: nobody is sent away,
    and nobody is let in until there is room, for all of a group.
    """
    if together == 1 and not any(closes(steps) for lists in timetables for steps in lists):
        return Usable.exactly(_mean([_all_open(lists, window) for lists in timetables]))
    endless = Stays(stays)
    found: list[float] = []
    while len(found) < len(timetables) or (len(found) < PLAYED and endless.given < MOST_SEATED):
        lists = timetables[len(found) % len(timetables)]
        found.append(sum(always_wanted(steps, endless, window, together) for steps in lists))
    half = PLAYED_95 * float(np.std(found)) / max(len(found) - 1, 1) ** 0.5
    return Usable(_mean(found), _mean(found) - half, _mean(found) + half)


def _all_open(lists: Sequence[Steps], window: Window) -> float:
    return sum(places_open(steps, window) for steps in lists)


class Stays:
    """Lengths of stay, one after the other and over again; those that take no time are left out."""

    def __init__(self, ticks: Sequence[int]) -> None:
        """Take lengths in ticks."""
        self._ticks, self.given = [length for length in ticks if length > 0], 0

    def __bool__(self) -> bool:
        """Return whether there are any."""
        return bool(self._ticks)

    def next(self) -> int:
        """Return the next one."""
        self.given += 1
        return self._ticks[(self.given - 1) % len(self._ticks)]


def always_wanted(steps: Steps, stays: Stays, window: Window, together: int = 1) -> float:
    """Return how many places of a list are busy, on average over the window, if it is never empty.

    What closes in a tick closes before anybody ends a stay in it, as in the engines. No order of
    starts is better than this one, in which each group starts as soon as there is room.
    """
    if not stays:
        return places_open(steps, window)
    ends: list[int] = []
    busy = 0

    def seat(now: int) -> None:
        nonlocal busy
        end = now + stays.next()
        busy += max(min(end, window.last) - max(now, window.first), 0)
        heappush(ends, end)

    for (begin, number), (until, _) in pairwise([*steps, (window.last, 0)]):
        now = begin
        while True:
            while len(ends) + together <= number:
                for _ in range(together):
                    seat(now)
            if not ends or ends[0] >= until:
                break
            now = heappop(ends)
    return busy / (window.last - window.first)


def paid_for(budgets: Budgets, places: Usable, window: Window) -> Usable:
    """Return how many places of a list can be busy, on average over the window, and are paid for.

    The mean spreads each budget evenly over its time. At most all of it is spent within the window,
    and at least all but what is set aside for those who start at a time: less buys nothing.
    """
    sums = np.zeros(3)
    for (begin, budget), (end, _) in pairwise([*budgets.steps, (budgets.last, 0)]):
        overlap = min(end, window.last) - max(begin, window.first)
        if overlap <= 0 or budget < budgets.set_aside:
            continue
        share = overlap / (end - begin)
        most = min(budget, places.upper * overlap)
        sums += budget * share, (budget - budgets.set_aside) * share, most
    mean, least, most = (sums / (window.last - window.first)).tolist()
    return Usable(min(mean, places.mean), min(least, places.lower), min(most, places.upper))


def closes(steps: Steps) -> bool:
    """Return whether places close at some time."""
    return any(after < before for (_, before), (_, after) in pairwise(steps))


def _mean(values: Sequence[float]) -> float:
    return sum(values) / len(values)
