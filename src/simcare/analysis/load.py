"""Offered load: how many places would be busy if nobody ever had to wait, and are there as many.

With places without limit clients do not get in each other's way. So what they ask for follows from
who comes and what happens to them alone, and what there is too little of is missing whatever the
rules: who is let in first changes who waits, not how much can be given.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum
from itertools import pairwise
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from simcare.analysis.records import Steps
from simcare.kernels.tables import NONE, TICKS_PER_DAY, Rows

Floats = NDArray[np.float64]

NORMAL_95 = 1.959963984540054  # the 97.5 % point of the standard normal distribution
MOST_STAYS = 2000  # lengths of stay that stand for all of a capacity's


class Supply(StrEnum):
    """Whether there are places enough for all who ask, on average over the window."""

    ENOUGH = "enough"
    UNSURE = "unsure"
    SHORT = "short"
    UNUSED = "unused"


@dataclass(frozen=True)
class Load:
    """What is asked of a capacity beside what there is, averages over the window.

    ``category`` is whose part of the capacity this is, or "" for all of it. ``places`` is how many
    are open; ``usable`` how many can be busy: more than those that are open where places close,
    since whoever is there then stays to the end. ``offered`` is how many would be busy if nobody
    had to wait, with a 95 % interval from ``lower`` to ``upper``. ``least`` is how many of 100 days
    in a place that are asked for cannot be given, whatever the rules, with its own interval: of
    100 people too, unless those whose stays are short are let in before others.
    """

    capacity: str
    category: str
    places: float
    usable: float
    offered: float
    lower: float
    upper: float
    least: float
    least_lower: float
    least_upper: float

    @property
    def per_place(self) -> float:
        """Places asked for, for each that can be busy; nan where none can."""
        return self.offered / self.usable if self.usable > 0 else float("nan")

    @property
    def supply(self) -> Supply:
        """Whether there are enough: unsure where the interval allows of both."""
        if self.offered == 0:
            return Supply.UNUSED
        if self.least_lower > 0:
            return Supply.SHORT
        return Supply.UNSURE if self.least_upper > 0 else Supply.ENOUGH


class Loaded(NamedTuple):
    """The loads of one scenario: its case, its policy, and each capacity's, the whole first."""

    case: str
    policy: str
    loads: tuple[Load, ...]

    @property
    def apart(self) -> tuple[Load, ...]:
        """The loads of what helps nothing else out: parts of capacities that are split, or all."""
        split = {load.capacity for load in self.loads if load.category}
        return tuple(x for x in self.loads if x.category or x.capacity not in split)


@dataclass(frozen=True)
class Window:
    """The ticks over which averages are taken, from ``first`` to before ``last``."""

    first: int
    last: int

    @property
    def days(self) -> float:
        """How long it is."""
        return (self.last - self.first) / TICKS_PER_DAY


@dataclass
class Presence:
    """Days that clients spend in each place within a window, summed over clients.

    ``days`` and ``squares`` are float64 (places,): the sums of each client's days, and of their
    squares. Clients come by chance, each for itself (a Poisson process), so that the variance of
    the first is expected to be the second.
    """

    days: Floats
    squares: Floats
    clients: int = 0
    replications: int = 0

    @classmethod
    def none(cls, places: int) -> "Presence":
        """Return that of nobody."""
        return cls(np.zeros(places), np.zeros(places))

    def add(self, visits: Rows, places: NDArray[np.int64], window: Window) -> None:
        """Add one replication: its VISIT rows, and their places: (several, visits), or NONE."""
        many = len(self.days)
        end = np.where(visits["ended"] >= 0, visits["ended"], window.last)
        inside = np.minimum(end, window.last) - np.maximum(visits["started"], window.first)
        there = (places != NONE) & ((visits["started"] >= 0) & (inside > 0))
        which, row = np.nonzero(there)
        key = visits["client"][row].astype(np.int64) * many + places[which, row]
        keys, of_key = np.unique(key, return_inverse=True)
        days = np.bincount(of_key, inside[row] / TICKS_PER_DAY, len(keys))
        self.days += np.bincount(keys % many, days, many)
        self.squares += np.bincount(keys % many, days * days, many)
        self.clients += int(visits["client"].max()) + 1 if len(visits) else 0
        self.replications += 1

    def offered(self, places: Sequence[int], window: Window) -> tuple[float, float, float]:
        """Return the mean number busy over some places, and its 95 % interval."""
        which = list(places)
        time = window.days * self.replications
        mean = float(self.days[which].sum()) / time
        half = NORMAL_95 * float(np.sqrt(self.squares[which].sum())) / time
        return mean, max(mean - half, 0.0), mean + half


class Draining:
    """How a number of busy places that is not refilled falls, as those who are there leave.

    Those there have been there for some time already, and who stays long is more likely to be found
    there: after x days as many are left of one as E max(stay - x, 0) / E stay.
    """

    def __init__(self, stays: Floats) -> None:
        """Take lengths of stay in ticks, at least one of them above 0."""
        ordered = np.sort(stays)
        if len(ordered) > MOST_STAYS:
            at = (np.arange(MOST_STAYS) + 0.5) / MOST_STAYS * len(ordered)
            ordered = ordered[at.astype(np.int64)]
        self._stays = np.concatenate([[0.0], ordered.astype(np.float64)])
        self._sums, self._squares = np.cumsum(self._stays), np.cumsum(self._stays**2)
        after = np.arange(len(self._stays) - 1, -1, -1)
        left = self._sums[-1] - self._sums - self._stays * after
        self._left = left / self._sums[-1]

    def left(self, ticks: float) -> float:
        """Return what is left of one busy place after so many ticks."""
        return float(np.interp(ticks, self._stays, self._left))

    def until(self, share: float) -> float:
        """Return after how many ticks a share is left."""
        return float(np.interp(-share, -self._left, self._stays))

    def area(self, ticks: float) -> float:
        """Return how many ticks one place is busy of the first ``ticks``."""
        k = int(np.searchsorted(self._stays, ticks, "right")) - 1
        longer = len(self._stays) - 1 - k
        sum_ = self._sums[-1] - self._sums[k]
        return float((self._squares[k] / 2 + ticks * sum_ - longer * ticks**2 / 2) / self._sums[-1])


def places_open(steps: Steps, window: Window) -> float:
    """Return how many places are open, on average over the window.

    ``steps`` are (tick, number) from tick 0 on, the ticks rising.
    """
    total = 0.0
    for (begin, number), (end, _) in pairwise([*steps, (window.last, 0)]):
        total += number * max(min(end, window.last) - max(begin, window.first), 0)
    return total / (window.last - window.first)


def places_usable(steps: Steps, draining: Draining, window: Window) -> float:
    """Return how many places can be busy, on average over the window: nobody is sent away.

    Where places close while all are busy, whoever is there stays to the end of the stay, and nobody
    is let in until no more are busy than are open.
    """
    total, busy = 0.0, 0.0
    for (begin, number), (end, _) in pairwise([*steps, (window.last, 0)]):
        a, b = (min(max(edge - begin, 0), end - begin) for edge in (window.first, window.last))
        if number >= busy:
            total += number * (b - a)
            busy = number
            continue
        falls = min(draining.until(number / busy), end - begin)
        total += busy * (draining.area(min(b, falls)) - draining.area(min(a, falls)))
        total += number * (max(b, falls) - max(a, falls))
        busy = max(number, busy * draining.left(end - begin))
    return total / (window.last - window.first)


def closes(steps: Steps) -> bool:
    """Return whether places close at some time."""
    return any(after < before for (_, before), (_, after) in pairwise(steps))


@dataclass(frozen=True)
class Part:
    """A part of a capacity: whose it is, its places by number, how many are open and can be busy.

    ``category`` is "" where a capacity is not split.
    """

    category: str
    numbers: tuple[int, ...]
    places: float
    usable: float


def loads_of(
    capacity: str, parts: Sequence[Part], presence: Presence, window: Window
) -> Iterator[Load]:
    """Yield the load of a capacity, and that of each of its parts where it is split.

    Parts do not help each other out: what all lack is the sum of what each lacks.
    """
    asked = [presence.offered(part.numbers, window) for part in parts]
    every = [number for part in parts for number in part.numbers]
    usable = [part.usable for part in parts]
    yield Load(
        capacity,
        "",
        sum(part.places for part in parts),
        sum(usable),
        *presence.offered(every, window),
        *(_lacking(list(numbers), usable) for numbers in zip(*asked, strict=True)),
    )
    if len(parts) > 1 or parts[0].category:
        for part, numbers in zip(parts, asked, strict=True):
            lacks = (_lacking([n], [part.usable]) for n in numbers)
            yield Load(capacity, part.category, part.places, part.usable, *numbers, *lacks)


def _lacking(asked: Sequence[float], usable: Sequence[float]) -> float:
    """Return how many of 100 places asked for are not there, each part by itself."""
    total = sum(asked)
    missing = sum(max(a - u, 0.0) for a, u in zip(asked, usable, strict=True))
    return 100.0 * missing / total if total else 0.0
