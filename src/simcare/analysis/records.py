"""The records of one replication with what is needed to read them: names, milestones, window."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from simcare.analysis.terms import Fares, Price, Terms, Trait, Way
from simcare.kernels.tables import (
    COMPLETED,
    DIED,
    DROPPED_OUT,
    FATES,
    HOLDING,
    LEFT,
    MISSED,
    NONE,
    TICKS_PER_DAY,
    UNIT_BITS,
    UNIT_MASK,
    VISIT,
)

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

    ``capacities_of`` gives for each stage the numbers of what it asks for in ``capacities``;
    ``places`` how many there are of each capacity as (tick, number) rows from tick 0 on, over all
    its units; ``parts`` the same by category, for those that are split. The milestones are stage
    numbers; ``on_the_way`` are the stages from which treatment may still start in the same episode,
    treatment included; ``phases`` gives each stage's number in ``flows.PHASES``; ``holding`` are
    the stages whose place is kept until the next stage has one. Clients are followed who ask from
    ``warm_up`` on; averages over time are over [warm_up, horizon). ``day_ends`` and ``month_edges``
    are the ticks at which the whole days of that time end, and its whole calendar months begin and
    end. ``prices`` are none where nothing costs anything, ``fares`` where wellbeing is not told. At
    the stages ``may_miss`` offers may be missed, from the lists of those of ``may_move`` people may
    be moved. The people of the streams ``uncounted`` are not followed. Outcomes are also told by
    groups of people, made by their ``traits``, and where policies are compared (``is_compared``)
    people are told one by one.
    The first clients are those of day 0: ``there`` are somewhere then, and ``waiting`` after them
    wait, for stages ``begun`` (None where a run begins with nobody). They had asked before, so they
    are not followed with the others.
    """

    stages: tuple[str, ...]
    capacities: tuple[str, ...]
    capacities_of: tuple[tuple[int, ...], ...]
    places: tuple[Steps, ...]
    referral_received: tuple[int, ...]
    first_help: tuple[int, ...]
    treatment: tuple[int, ...]
    bed: tuple[int, ...]
    discharge: tuple[int, ...]
    on_the_way: tuple[int, ...]
    phases: tuple[int, ...]
    warm_up: int
    horizon: int
    deadline_days: float
    parts: tuple[Part, ...] = ()
    holding: tuple[int, ...] = ()
    deadlines: tuple[Terms, ...] = ()
    day_ends: tuple[int, ...] = ()
    month_edges: tuple[int, ...] = ()
    prices: tuple[Price, ...] = ()
    currency: str = ""
    may_miss: tuple[int, ...] = ()
    may_move: tuple[int, ...] = ()
    ways: tuple[Way, ...] = ()
    uncounted: tuple[int, ...] = ()
    fares: Fares | None = None
    traits: tuple[Trait, ...] = ()
    is_compared: bool = False
    begun: tuple[int, ...] | None = None
    there: int = 0
    waiting: int = 0


def among(codes: NDArray[Any], wanted: Sequence[int], many: int) -> Mask:
    """Return which of some codes, numbered from 0 and fewer than ``many``, are wanted."""
    listed = np.zeros(many, np.bool_)
    listed[list(wanted)] = True
    found: Mask = listed[codes]
    return found


@dataclass(frozen=True)
class People:
    """Who the clients of a replication are, by their numbers in the visits.

    ``streams`` are the numbers of their arrival streams: int64 (clients,); ``attributes`` what they
    were at their arrival, float64 (clients, columns); ``ids`` who they are in whatever scenario.
    """

    streams: NDArray[np.int64]
    attributes: NDArray[np.float64]
    ids: NDArray[np.uint64] = field(default_factory=lambda: np.zeros(0, np.uint64))


@dataclass(frozen=True)
class Records:
    """The visits of one replication, ordered by client and then in their order, with a reading.

    ``people`` may be left out where nothing is asked of them.
    """

    visits: NDArray[np.void]
    reading: Reading
    people: People | None = None

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
    def here(self) -> Mask:
        """Which clients are those of day 0."""
        first = self.columns["client"][self.first]
        return np.asarray(first < self.reading.there + self.reading.waiting)

    @cached_property
    def came(self) -> Mask:
        """Which clients came after the warm-up, and not before day 0."""
        return (self.asked >= self.reading.warm_up) & ~self.here

    @cached_property
    def followed(self) -> Mask:
        """Which clients are followed: those who came to ask for help themselves."""
        if not self.reading.uncounted:
            return self.came
        return self.came & ~np.isin(self.streams, self.reading.uncounted)

    @cached_property
    def was_there(self) -> Mask:
        """Which visits had begun before the run: the first ones of those there on day 0."""
        found = np.zeros(len(self.visits), np.bool_)
        found[self.first] = self.columns["client"][self.first] < self.reading.there
        return found

    @cached_property
    def has_waited(self) -> Mask:
        """Which visits are on the lists of day 0: the first ones of those who wait then."""
        found = np.zeros(len(self.visits), np.bool_)
        found[self.first] = self.here
        return found & ~self.was_there

    @cached_property
    def joined(self) -> Mask:
        """Which visits were asked for after the warm-up, and in the run."""
        return (self.columns["queued"] >= self.reading.warm_up) & ~self.was_there & ~self.has_waited

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
        which = self.at(stages) & self.served & (visits["episode"] == 1)
        return self.earliest(visits["started"], which)

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
        """When each client first gave up in the first episode.

        That is to leave a list or drop out, or to miss an offer and not go on towards treatment.
        """
        given_up = self.first_end((LEFT, DROPPED_OUT))
        if not self.reading.may_miss:
            return given_up
        visits = self.columns
        onward = np.append(self.at(self.reading.on_the_way)[1:], False)[: len(self.visits)]
        onward &= self.episode_end != np.arange(1, len(self.visits) + 1)
        away = (visits["fate"] == MISSED) & (visits["episode"] == 1) & ~onward
        refused = self.earliest(visits["ended"], away)
        return np.minimum(given_up, refused)

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

    def asking(self, capacity: int) -> Mask:
        """Return which visits ask for a capacity, perhaps together with others."""
        asked = self.reading.capacities_of
        return self.at(tuple(stage for stage, mine in enumerate(asked) if capacity in mine))

    def joining(self, capacity: int) -> Mask:
        """Return which visits join the list of a capacity: all but those that bring a place of it.

        A place is brought along that is kept from the visit before, if that asked for it too.
        """
        asking = self.asking(capacity)
        asked = self.reading.capacities_of
        if all(len(mine) <= 1 for mine in asked):
            return asking  # who waits for what is kept would wait for ever
        kept = asking & self.at(self.reading.holding) & self.with_fate(COMPLETED, HOLDING)
        kept &= self.episode_end != np.arange(1, len(asking) + 1)
        return np.asarray(asking & ~np.append(False, kept[:-1])[: len(asking)])

    def unit_of(self, capacity: int) -> NDArray[Any]:
        """Return the number of the unit of a capacity that each visit asks for, if it does.

        A visit that asks for several capacities has the unit of each, in ``UNIT_BITS`` bits. Visits
        that do not ask for it are not to be looked at.
        """
        asked, unit = self.reading.capacities_of, self.columns["unit"]
        if all(len(mine) <= 1 for mine in asked):
            return unit
        slots = np.array([mine.index(capacity) if capacity in mine else 0 for mine in asked])
        shift = UNIT_BITS * slots[self.columns["stage"]]
        return np.asarray(unit.astype(np.int64) >> shift & UNIT_MASK)

    @cached_property
    def served(self) -> Mask:
        """Which visits began: an offer that was missed did not."""
        visits = self.columns
        served: Mask = (visits["started"] >= 0) & (visits["fate"] != MISSED)
        return served

    @cached_property
    def began(self) -> Mask:
        """Which visits began in the time measured, whenever they were asked for."""
        started = self.columns["started"]
        return np.asarray(self.served & (started >= self.reading.warm_up) & ~self.was_there)

    @cached_property
    def gone_on(self) -> Ticks:
        """When the client of each visit went on or away, NOT_YET if not.

        That is the end of the visit, or earlier where a place is kept until the next one is had.
        """
        visits = self.columns
        ended = np.where(visits["ended"] >= 0, visits["ended"], NOT_YET)
        same = np.append(np.diff(self.client_of) == 0, False)[: len(ended)]
        return np.where(same, np.append(visits["queued"][1:], NOT_YET)[: len(ended)], ended)

    @cached_property
    def episode_end(self) -> NDArray[np.intp]:
        """The row after the last one of each visit's episode."""
        visits = self.columns
        new = (np.diff(self.client_of) != 0) | (np.diff(visits["episode"].astype(np.int64)) != 0)
        last = np.append(np.flatnonzero(new), len(self.visits) - 1)
        return np.repeat(last, np.diff(last, prepend=-1)) + 1

    @cached_property
    def streams(self) -> NDArray[np.int64]:
        """The number of each client's arrival stream; 0 where nothing is known of the clients.

        NONE for those of day 0.
        """
        if self.people is None:
            return np.where(self.here, NONE, 0)
        return np.asarray(self.people.streams[self.columns["client"][self.first]])

    def attribute(self, column: int) -> NDArray[np.float64]:
        """Return what an attribute of each client was at the arrival: by the client's number.

        Raises ValueError where nothing is known of the clients.
        """
        if self.people is None:
            raise ValueError("the attributes of the clients are needed")
        return np.asarray(self.people.attributes[:, column])

    @cached_property
    def until(self) -> Ticks:
        """When each visit's place was given back, the horizon if it was not."""
        ended = self.columns["ended"].astype(np.int64)
        return np.where(ended >= 0, ended, self.reading.horizon)

    @cached_property
    def held_from(self) -> Ticks:
        """From when on each visit's place was only kept, for who waits for the next; at most until.

        Who has a later visit was there until that was asked for.
        """
        found = self.until.copy()
        goes_on = np.flatnonzero(np.diff(self.client_of) == 0)
        found[goes_on] = np.minimum(found[goes_on], self.columns["queued"][goes_on + 1])
        return found

    @cached_property
    def course(self) -> tuple[NDArray[np.float64], NDArray[np.int64]]:
        """What became first of the first episode of those followed; see :meth:`course_of`."""
        return self.course_of(self.followed)

    def course_of(self, which: Mask) -> tuple[NDArray[np.float64], NDArray[np.int64]]:
        """Return what became first of the first episode of some: days from asking, and which.

        Treated (1), gave up (2), died (3), turned down (4), over otherwise (5), or none yet (0).
        """
        ends = (self.treated, self.gave_up, self.died, self.turned_down, self.over)
        return first_of(self, which, *ends)

    @cached_property
    def waits(self) -> NDArray[np.float64]:
        """Days from joining to being served, leaving or the horizon, for each visit."""
        visits = self.columns
        until = np.where(visits["started"] >= 0, visits["started"], self.until)
        return np.asarray((until - visits["queued"]) / TICKS_PER_DAY, np.float64)


def first_of(
    records: Records, which: Mask, *ends: Ticks
) -> tuple[NDArray[np.float64], NDArray[np.int64]]:
    """Return days from asking to the first of some ends, and which it was (1, 2, …; 0 censored).

    For some of the clients. Of ends at the same tick the first named counts; what has not happened
    is censored at the horizon.
    """
    return first_since(records.asked[which], records.reading.horizon, *(e[which] for e in ends))


def first_since(
    start: Ticks, horizon: int, *ends: Ticks
) -> tuple[NDArray[np.float64], NDArray[np.int64]]:
    """Return days from a start to the first of some ends, and which it was (1, 2, …; 0 censored).

    Of ends at the same tick the first named counts; what has not happened is censored at the
    horizon.
    """
    table = np.stack([*ends, np.full_like(start, horizon)])
    cause = np.argmin(table, axis=0)
    until = np.minimum(table.min(axis=0), horizon)
    days = np.asarray((until - start) / TICKS_PER_DAY, np.float64)
    return days, np.where(cause == len(ends), 0, cause + 1)
