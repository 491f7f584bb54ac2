"""Offered load: how many places would be busy if nobody ever had to wait, and are there as many.

With places without limit clients do not get in each other's way. So what they ask for follows from
who comes and what happens to them alone, and what there is too little of is missing whatever the
rules: who is let in first changes who waits, not how much can be given.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from simcare.analysis.usable import Usable, Window
from simcare.kernels.tables import NONE, TICKS_PER_DAY, Rows

Floats = NDArray[np.float64]

NORMAL_95 = 1.959963984540054  # the 97.5 % point of the standard normal distribution


class Supply(StrEnum):
    """Whether there are places enough for all who ask, on average over the window.

    It depends where people are sent by how full places are, or by how long they have waited: who
    comes when nobody waits does not tell who comes when somebody does.
    """

    ENOUGH = "enough"
    UNSURE = "unsure"
    SHORT = "short"
    UNUSED = "unused"
    DEPENDS = "depends"


@dataclass(frozen=True)
class Load:
    """What is asked of a capacity beside what there is, averages over the window.

    ``category`` is whose part of the capacity this is, or "" for all of it. ``places`` is how many
    are open; ``usable`` how many can be busy: more than those that are open where places close,
    since whoever is there then stays to the end; fewer where a budget pays for fewer. ``offered``
    is how many would be busy if nobody had to wait, with a 95 % interval from ``lower`` to
    ``upper``. ``least`` is how many of 100 days in a place that are asked for cannot be given,
    whatever the rules, with its own interval: of 100 people too, unless those whose stays are short
    are let in before others. It says nothing where the ``supply`` depends on how places stand.
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
    supply: Supply

    @property
    def per_place(self) -> float:
        """Places asked for, for each that can be busy; nan where none can."""
        return self.offered / self.usable if self.usable > 0 else float("nan")


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


@dataclass
class Presence:
    """Days that clients spend in each place within a window, summed over clients.

    ``days`` and ``squares`` are float64 (places,): the sums of each client's days, and of their
    squares; ``visits`` (int64) are those that began, also those that take no time. Clients come by
    chance, each for itself (a Poisson process), so that the variance of the first is expected to be
    the second.
    """

    days: Floats
    squares: Floats
    visits: NDArray[np.int64]
    clients: int = 0
    replications: int = 0

    @classmethod
    def none(cls, places: int) -> "Presence":
        """Return that of nobody."""
        return cls(np.zeros(places), np.zeros(places), np.zeros(places, np.int64))

    def add(self, visits: Rows, places: NDArray[np.int64], window: Window) -> None:
        """Add one replication: its VISIT rows, and their places: (several, visits), or NONE."""
        many = len(self.days)
        end = np.where(visits["ended"] >= 0, visits["ended"], window.last)
        inside = np.minimum(end, window.last) - np.maximum(visits["started"], window.first)
        begun = (visits["started"] >= window.first) & (visits["started"] < window.last)
        self.visits += np.bincount(places[(places != NONE) & begun], minlength=many)
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


@dataclass(frozen=True)
class Part:
    """A part of a capacity: whose it is, its places by number, how many are open and can be busy.

    ``category`` is "" where a capacity is not split.
    """

    category: str
    numbers: tuple[int, ...]
    places: float
    usable: Usable


def loads_of(
    capacity: str, parts: Sequence[Part], presence: Presence, window: Window, depends: bool = False
) -> Iterator[Load]:
    """Yield the load of a capacity, and that of each of its parts where it is split.

    Parts do not help each other out: what all lack is the sum of what each lacks. ``depends`` says
    whether who comes for it depends on how places stand, or how long people have waited.
    """
    yield _load(capacity, "", parts, presence, window, depends)
    if len(parts) > 1 or parts[0].category:
        for part in parts:
            yield _load(capacity, part.category, [part], presence, window, depends)


def _load(
    capacity: str,
    category: str,
    parts: Sequence[Part],
    presence: Presence,
    window: Window,
    depends: bool,
) -> Load:
    every = [number for part in parts for number in part.numbers]
    asked = np.array([presence.offered(part.numbers, window) for part in parts])
    usable = np.array([part.usable for part in parts])
    nobody = not (presence.visits[every].any() or presence.days[every].any())
    # Much is missing at most where much is asked for and little can be given; and so at least.
    least, least_lower, least_upper = (
        float("nan") if depends else 0.0 if nobody else _lacking(asked[:, k], usable[:, other])
        for k, other in enumerate((0, 2, 1))
    )
    return Load(
        capacity,
        category,
        sum(part.places for part in parts),
        float(usable[:, 0].sum()),
        *presence.offered(every, window),
        least=least,
        least_lower=least_lower,
        least_upper=least_upper,
        supply=Supply.DEPENDS if depends else _supply(nobody, least_lower, least_upper),
    )


def _supply(nobody: bool, least_lower: float, least_upper: float) -> Supply:
    """Return whether there are places enough: unsure where the interval allows of both."""
    if nobody:
        return Supply.UNUSED
    if least_lower > 0:
        return Supply.SHORT
    return Supply.UNSURE if least_upper > 0 else Supply.ENOUGH


def _lacking(asked: Floats, usable: Floats) -> float:
    """Return how many of 100 places asked for are not there, each part by itself.

    Where all stays take no time, none are missing as long as there is any place at all.
    """
    total = float(asked.sum())
    if total == 0:
        return 0.0 if usable.any() else 100.0
    return 100.0 * float(np.maximum(asked - usable, 0.0).sum()) / total
