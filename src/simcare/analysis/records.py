"""The records of one replication with what is needed to read them: names, milestones, window."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from simcare.kernels.tables import DIED, DROPPED_OUT, FATES, LEFT, TICKS_PER_DAY, VISIT

Ticks = NDArray[np.int64]
Mask = NDArray[np.bool_]
NOT_YET = np.iinfo(np.int64).max


Steps = tuple[tuple[int, int], ...]


@dataclass(frozen=True)
class Part:
    """What the clients of one category have of a capacity: some of its units, and their places.

    ``units`` are numbers of units within the capacity; ``places`` as in :class:`Reading`.
    """

    capacity: int
    category: str
    units: range
    places: Steps


def part_name(whole: str, category: str) -> str:
    """Return how what a category has of a capacity, or its part of a stage, is named."""
    return f"{whole}, {category}" if category else whole


def is_part(name: str) -> bool:
    """Return whether a name is that of a part: names of stages and capacities have no comma."""
    return ", " in name


def whole_of(name: str) -> str:
    """Return the name of the stage or capacity that a part is of; the name itself if it is none."""
    return name.partition(", ")[0]


@dataclass(frozen=True)
class Reading:
    """How records are to be read: the same for every replication of a scenario.

    ``capacity_of`` gives for each stage the number of its capacity in ``capacities``, or -1;
    ``places`` how many there are of each capacity as (tick, number) rows from tick 0 on, over all
    its units; ``parts`` the same by category, for those that are split. The milestones are stage
    numbers; ``on_the_way`` are the stages from which treatment may still start in the same episode,
    treatment included. Clients are followed who ask from ``warm_up`` on; averages over time are
    over [warm_up, horizon).
    """

    stages: tuple[str, ...]
    capacities: tuple[str, ...]
    capacity_of: tuple[int, ...]
    places: tuple[Steps, ...]
    referral_received: tuple[int, ...]
    first_help: tuple[int, ...]
    treatment: tuple[int, ...]
    bed: tuple[int, ...]
    discharge: tuple[int, ...]
    on_the_way: tuple[int, ...]
    warm_up: int
    horizon: int
    deadline_days: float
    parts: tuple[Part, ...] = ()


def among(codes: NDArray[Any], wanted: Sequence[int], many: int) -> Mask:
    """Return which of some codes, numbered from 0 and fewer than ``many``, are wanted."""
    listed = np.zeros(many, np.bool_)
    listed[list(wanted)] = True
    found: Mask = listed[codes]
    return found


@dataclass(frozen=True)
class Records:
    """The visits of one replication, ordered by client and then in their order, with a reading."""

    visits: NDArray[np.void]
    reading: Reading

    @cached_property
    def columns(self) -> Mapping[str, NDArray[Any]]:
        """The columns of the visits, each by itself: much is asked of them, one at a time."""
        return {name: np.ascontiguousarray(self.visits[name]) for name in VISIT.names or ()}

    @cached_property
    def first(self) -> NDArray[np.intp]:
        """The row of each client's first visit."""
        client = self.columns["client"]
        return np.flatnonzero(np.diff(client, prepend=-1) != 0)

    @cached_property
    def client_of(self) -> NDArray[np.intp]:
        """The number, from 0, of each visit's client among those in the records."""
        starts = np.zeros(len(self.visits), np.intp)
        starts[self.first] = 1
        return np.cumsum(starts) - 1

    @cached_property
    def asked(self) -> Ticks:
        """When each client first asked for help."""
        return self.columns["queued"][self.first].astype(np.int64)

    @cached_property
    def followed(self) -> Mask:
        """Which clients are followed: those who asked after the warm-up."""
        return self.asked >= self.reading.warm_up

    def at(self, stages: tuple[int, ...]) -> Mask:
        """Return which visits are to one of these stages."""
        return among(self.columns["stage"], stages, len(self.reading.stages))

    def with_fate(self, *fates: int) -> Mask:
        """Return which visits have one of these fates."""
        return among(self.columns["fate"], fates, len(FATES))

    def earliest(self, ticks: Ticks, which: Mask) -> Ticks:
        """Return for each client the earliest of some visits' ticks, NOT_YET if there is none."""
        found = np.full(len(self.first), NOT_YET)
        which = which & (ticks >= 0)
        np.minimum.at(found, self.client_of[which], ticks[which])
        return found

    def first_start(self, stages: tuple[int, ...]) -> Ticks:
        """Return when each client's first episode first reached one of these stages' start."""
        visits = self.columns
        return self.earliest(visits["started"], self.at(stages) & (visits["episode"] == 1))

    @cached_property
    def treated(self) -> Ticks:
        """When each client started treatment in the first episode, NOT_YET if never."""
        return self.first_start(self.reading.treatment)

    def first_end(self, fates: tuple[int, ...]) -> Ticks:
        """Return when a visit of each client's first episode first ended with such a fate."""
        visits = self.columns
        which = self.with_fate(*fates) & (visits["episode"] == 1)
        return self.earliest(visits["ended"], which)

    @cached_property
    def gave_up(self) -> Ticks:
        """When each client first left a list or dropped out in the first episode."""
        return self.first_end((LEFT, DROPPED_OUT))

    @cached_property
    def died(self) -> Ticks:
        """When each client died in the first episode, NOT_YET if not."""
        return self.first_end((DIED,))

    @cached_property
    def turned_down(self) -> Ticks:
        """When each client's first episode left the way to treatment, whatever the reason.

        Who gives up or is treated leaves it too: look at those ends first.
        """
        visits = self.columns
        off = ~self.at(self.reading.on_the_way) & (visits["episode"] == 1)
        return self.earliest(visits["queued"], off)

    @cached_property
    def over(self) -> Ticks:
        """When each client's first episode was over with nothing more to come of it."""
        visits = self.columns
        last = np.append(self.first, len(self.visits))[1:] - 1
        ended = visits["ended"][last].astype(np.int64)
        over = np.where(ended >= 0, ended, NOT_YET)
        again = self.earliest(visits["queued"], visits["episode"] == 2)
        return np.minimum(over, again)

    @cached_property
    def waits(self) -> NDArray[np.float64]:
        """Days from joining to being served, leaving or the horizon, for each visit."""
        visits = self.columns
        left = np.where(visits["ended"] >= 0, visits["ended"], self.reading.horizon)
        until = np.where(visits["started"] >= 0, visits["started"], left)
        return np.asarray((until - visits["queued"]) / TICKS_PER_DAY, np.float64)
