"""A run as it was written down, read without the engine: what the laws of an audit look at."""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from simcare.kernels.tables import (
    COMPLETED,
    HOLDING,
    NEVER,
    NONE,
    UNIT_BITS,
    UNIT_MASK,
    Rows,
    Ticks,
)

Flags = NDArray[np.bool_]
Findings = Iterator[str]


@dataclass(frozen=True)
class Budgets:
    """What may be spent on bought places, as ticks of a place.

    ``at_first`` by place, NEVER where nothing limits it; ``set_aside`` by place, what a stay takes
    until it ends, 0 where nothing is; ``renewed`` are rows (tick, place, budget) in order, int64.
    """

    at_first: Ticks
    set_aside: Ticks
    renewed: Ticks

    @classmethod
    def none(cls, places: int) -> "Budgets":
        """Return what limits none of so many places."""
        return cls(np.full(places, NEVER), np.zeros(places, np.int64), np.zeros((0, 3), np.int64))


@dataclass(frozen=True)
class Occupied:
    """Places that were given: for each the visit, the place, from which tick to which.

    Until is the horizon where it is never given back. A place that is carried over to the next
    visit is given once.
    """

    visit: Ticks
    place: Ticks
    start: Ticks
    until: Ticks


@dataclass(frozen=True)
class Run:
    """A run as it was written down, and what its service allows.

    ``places`` are the numbers of each place at the start, ``changes`` rows of (tick, place, number)
    in order, ``first_place`` the first place of each thing that a stage asks for: int64 (stages,
    slots), -1 for nothing. ``groups`` has for each place the number of the attribute that its
    capacity is split by and that of the category whose place it is (-1, -1: not split); None where
    no capacity is. ``together`` is to how many at a time each place is given. ``holds`` are the
    stages whose places are kept until the next are had (None: not known, and none is carried over),
    ``ordered`` the places whose lists have an order of their own. ``there`` and ``waiting`` are how
    many are somewhere, and wait, on day 0: the first clients are these, those who are there before
    those who wait.
    """

    visits: Rows
    places: Ticks
    changes: Rows
    first_place: Ticks
    horizon: int
    clients: int
    groups: Ticks | None
    holds: Flags | None
    ordered: Flags
    budgets: Budgets
    together: Ticks
    there: int = 0
    waiting: int = 0

    @cached_property
    def first(self) -> Flags:
        """Which visits are the first ones of their clients."""
        client = self.visits["client"]
        return np.concatenate([[True], client[1:] != client[:-1]]) if len(client) else no(0)

    @cached_property
    def last(self) -> Flags:
        """Which visits are the last ones of their clients."""
        return np.concatenate([self.first[1:], [True]]) if len(self.visits) else no(0)

    @cached_property
    def asked(self) -> Ticks:
        """The places that each visit asks for: int64 (visits, slots), -1 for none."""
        first = self.first_place[self.visits["stage"]]
        slots = np.arange(first.shape[1]) * UNIT_BITS
        units = self.visits["unit"].astype(np.int64)[:, None] >> slots & UNIT_MASK
        return np.where(first == NONE, NONE, first + units)

    @cached_property
    def until(self) -> Ticks:
        """The tick at which each visit ends, the horizon if it does not."""
        ended = self.visits["ended"]
        return np.where(ended == NONE, self.horizon, ended)

    @cached_property
    def was_there(self) -> Flags:
        """Which visits had begun before the run: the first ones of those who are there on day 0."""
        return self.first & (self.visits["client"] < self.there)

    @cached_property
    def has_waited(self) -> Flags:
        """Which visits are those of the lists of day 0: the first ones of those who wait."""
        return self.first & ~self.was_there & (self.visits["client"] < self.there + self.waiting)

    @cached_property
    def since(self) -> Ticks:
        """From which tick of the run on each visit waits: day 0 for the lists of that day."""
        since: Ticks = np.maximum(self.visits["queued"], 0)
        return since

    @cached_property
    def listed_until(self) -> Ticks:
        """The tick until which each visit waits: its start, its end without one, or the horizon."""
        started = self.visits["started"]
        return np.where(started == NONE, self.until, started)

    @cached_property
    def brought(self) -> Flags:
        """Which of the places that a visit asks for are kept from the visit before.

        bool (visits, slots): a client brings them along, and does not wait for them.
        """
        found = np.zeros(self.asked.shape, np.bool_)
        if self.holds is None:
            return found
        one, two = self.visits[:-1], self.visits[1:]
        keeps = np.isin(one["fate"], (COMPLETED, HOLDING)) & self.holds[one["stage"]]
        keeps &= ~self.first[1:] & (one["episode"] == two["episode"])
        for slot in range(self.asked.shape[1]):
            wanted = self.asked[1:, slot, None]
            had = ((self.asked[:-1] == wanted) & (wanted != NONE)).any(axis=1)
            found[1:, slot] = keeps & had
        return found

    @cached_property
    def needs(self) -> Ticks:
        """The places that each visit waits for, rising: int64 (visits, slots), -1 first for none.

        Those that it asks for and does not bring along.
        """
        return np.sort(np.where(self.brought, NONE, self.asked), axis=1)

    @cached_property
    def occupied(self) -> Occupied:
        """All places that were given, in the order of the visits."""
        given = (self.asked != NONE) & (self.visits["started"] != NONE)[:, None]
        until = np.where(given, self.until[:, None], NONE)
        for visit in np.flatnonzero((self.brought & given).any(axis=1))[::-1]:
            for slot in np.flatnonzero(self.brought[visit] & given[visit]):
                before = self.asked[visit - 1] == self.asked[visit, slot]
                until[visit - 1, before] = until[visit, slot]
        given &= ~self.brought
        rows, slots = np.nonzero(given)
        start = self.visits["started"][rows]
        return Occupied(rows, self.asked[rows, slots], start, until[rows, slots])


def no(many: int) -> Flags:
    """Return that nothing of so many is so."""
    return np.zeros(many, np.bool_)


def told(run: Run, law: str, broken: Flags) -> Findings:
    """Say how many rows break a law, and which is the first; nothing if none does."""
    rows = np.flatnonzero(broken)
    if len(rows):
        row = rows[0]
        visit = run.visits[row]
        yield (
            f"{law}: {len(rows)} of {len(broken)} visits, first row {row} "
            f"(client {visit['client']}, stage {visit['stage']}, queued {visit['queued']}, "
            f"started {visit['started']}, ended {visit['ended']})"
        )
