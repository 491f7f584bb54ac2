"""The reference engine: the service as a SimPy model, one process per client, to be read aloud.

What happens to a client (how long, whether, where next) is asked of :mod:`simcare.kernels.desk`.
What is here is what a service adds: places that are given and given back, lists, and who goes first
(:mod:`simcare.engines.order`).
"""

import gc
from bisect import bisect_left, insort
from collections.abc import Collection, Generator, Iterator
from contextlib import contextmanager
from functools import cache
from itertools import groupby
from operator import itemgetter
from typing import Any, NamedTuple

import numpy as np
import simpy

from simcare.engines.cohort import Left, Passed, Visits, by_client, make_people, unheard
from simcare.engines.order import ARRIVE, CHANGE, RETURN, REVIEW, rank_of
from simcare.engines.program import Program
from simcare.engines.staffing import changes_of
from simcare.kernels import desk as clerk
from simcare.kernels.tables import (
    COMPLETED,
    MOVED,
    NEVER,
    NONE,
    OUT,
    PAST,
    STAGE,
    UNIT_BITS,
    UNIT_MASK,
    VISIT,
    WAITED,
    WAS_THERE,
    People,
    Row,
)

Journey = Generator[simpy.Event, Any, None]
TELL_EVERY = 1000  # clients who come


class Ticking(simpy.Environment):
    """SimPy's environment, in whole ticks from 0."""

    _now: int

    @property
    def now(self) -> int:
        """The present tick."""
        return self._now


class Due(simpy.Event):
    """Something that happens at a tick; at one tick by rank, then by whom it happens to.

    SimPy's own wake-ups have priority 0 and 1, below every rank: what an event sets in motion is
    over before the next one begins.
    """

    def __init__(self, env: Ticking, tick: int, rank: int, who: int) -> None:
        self.env, self.callbacks = env, []  # as simpy.Timeout does, for speed
        self._ok, self._value = True, None
        priority: Any = rank << 32 | who  # SimPy takes any int here, and names its own two
        env.schedule(self, priority, delay=tick - env.now)


class Kept(NamedTuple):
    """Places kept while waiting for the next, and the row of the visit that had them."""

    places: list["Place"]
    row: int


class Turn(simpy.Event):
    """The turn of who waits: all places wanted are given (None), or a fate ends the wait.

    ``places`` is all that the visit asks for; ``wanted`` is what of it the client does not have
    from the visit before, and waits for on the lists.
    """

    env: Ticking

    def __init__(
        self,
        env: Ticking,
        who: int,
        since: int,
        places: list["Place"],
        wanted: list["Place"],
        kept: Kept | None,
    ) -> None:
        super().__init__(env)
        self.who, self.since = who, since
        self.places, self.wanted, self.kept = places, wanted, kept
        self.entries: list[Entry] = []

    def quit(self) -> None:
        """Leave the lists."""
        for k, place in enumerate(self.wanted):
            place.remove(self.entries[k])
        self.entries.clear()

    def ends_at(self, tick: int, fate: int) -> None:
        """Let a clock end the wait at a tick, unless it has ended before."""

        def give_up(_: simpy.Event) -> None:
            if not self.triggered:
                self.succeed(fate)

        Due(self.env, tick, rank_of(fate), self.who).callbacks.append(give_up)


class Entry(NamedTuple):
    """A turn on one list: the smallest goes first. No two have the same first four."""

    of_class: int
    key: float
    since: int
    who: int
    turn: Turn


class Place:
    """What is asked for: how many there are, how many are busy, and the list of those who wait.

    ``number`` is the place's own; ``order`` is that of its list, NONE where the first come goes
    first. A bought place can be had only while ``set_aside`` is left of its budget. Places are
    given to so many at a time as ``together`` says; ``seats`` of them are still to be seated.
    """

    def __init__(self, number: int, row: Row, order: int) -> None:
        self.number, self.order = number, order
        self.there, self.busy = int(row["number"]), 0
        self.budget, self.set_aside, self.since = int(row["budget"]), int(row["set_aside"]), 0
        self.together, self.seats = int(row["together"]), 0
        self.list: list[Entry] = []
        self.joined = 0

    def __lt__(self, other: "Place") -> bool:
        return self.number < other.number

    def is_free(self) -> bool:
        """Return whether it can be given to somebody."""
        return self.busy < self.there and self.budget >= self.set_aside

    def take(self) -> None:
        """Give it to somebody, and set aside what that may cost."""
        self.busy += 1
        self.budget -= self.set_aside

    def give_back(self, since: int, now: int) -> None:
        """Have it back from who had it since a tick, with what was set aside and not used."""
        self.busy -= 1
        if self.set_aside and since >= self.since:
            self.budget += max(0, self.set_aside - (now - since))

    def add(self, entry: Entry) -> None:
        """Put somebody on the list, where its order says."""
        self.joined += 1
        insort(self.list, entry)

    def remove(self, entry: Entry) -> None:
        """Take somebody off the list, from wherever on it."""
        del self.list[bisect_left(self.list, entry)]

    def next_turn(self) -> Turn | None:
        """Return the first on the list who can have all that is wanted, if anybody."""
        if self.together > 1:
            return self.next_of_a_group()
        if self.is_free():
            for entry in self.list:
                if are_free(entry.turn.wanted):
                    return entry.turn
        return None

    def next_of_a_group(self) -> Turn | None:
        """Return the first on the list while a group is seated, or if one can start; else None."""
        if self.seats == 0 and len(self.list) >= self.together and self.has_room_for_a_group():
            self.seats = self.together
        if self.seats == 0:
            return None
        self.seats -= 1
        return self.list[0].turn

    def has_room_for_a_group(self) -> bool:
        """Return whether so many places are free, and what is left pays for as many stays."""
        free = self.there - self.busy
        return free >= self.together and self.budget >= self.together * self.set_aside


def are_free(places: list[Place]) -> bool:
    """Return whether all of these places can be given to somebody."""
    return all(map(Place.is_free, places))


def take(places: list[Place]) -> None:
    """Give all of these places to somebody."""
    for place in places:
        place.take()


class Replication:
    """One replication: places, clients, and the visits that are written down as they happen."""

    def __init__(self, program: Program, people: People, passed: Passed = unheard) -> None:
        self.env = Ticking()
        self.passed = passed
        self.program, self.people = program, people
        self.horizon = program.horizon
        self.visits: Visits = np.zeros(4 * len(people.clients) + 64, VISIT)
        self.rows = 0
        self.seen = program.at_first()
        self.desk = clerk.open_desk(program.tables, people, self.visits, self.seen)
        orders = program.orders().tolist()
        self.places = [Place(k, self.seen[k], order) for k, order in enumerate(orders)]
        self.first_places = [
            [first for first in firsts if first != NONE]
            for firsts in program.first_places().tolist()
        ]
        self.places_of = cache(self._places_of)  # few lists, asked for again and again
        stages = program.tables.stages
        self.holds = stages["hold"].astype(bool).tolist()
        self.looks = stages["looks"].astype(bool).tolist()
        self.reviews = stages[["review_after", "review_every"]].tolist()

    def run(self) -> Visits:
        """Play from the first tick to the horizon; return the visits, in the order they began."""
        self.env.process(self.calendar())
        self.env.process(self.arrivals())
        self.env.run(until=self.horizon)
        return self.visits[: self.rows]

    def calendar(self) -> Journey:
        """Change the numbers of places, and budgets, all of a tick at once. Nobody is evicted."""
        changes = changes_of(self.program, self.people.key).tolist()
        for tick, several in groupby(changes, itemgetter(0)):
            yield Due(self.env, tick, CHANGE, 0)
            changed = []
            for _, number, there, budget in several:
                place = self.places[number]
                if there != NONE:
                    place.there = there
                if budget != NONE:
                    place.budget, place.since = budget, tick
                changed.append(place)
            self.settle(changed)

    def arrivals(self) -> Journey:
        """Let every client of the cohort come at their tick.

        Those of day 0 come before all else but the changes of the first tick.
        """
        here, places = self.people.present["state"].tolist(), len(self.places)
        ticks = self.people.clients["arrival"].tolist()
        stages = self.people.clients["entry"].tolist()
        for who, (tick, stage) in enumerate(zip(ticks, stages, strict=True)):
            if who < len(here):
                yield Due(self.env, tick, CHANGE, places + who)
                self.env.process(self.life(who, stage, here[who]))
            else:
                yield Due(self.env, tick, ARRIVE, who)
                self.env.process(self.life(who, stage))
            if who % TELL_EVERY == 0:
                self.passed(tick / self.horizon)

    def life(self, who: int, stage: int, state: int = PAST) -> Journey:
        """Follow one client from stage to stage, until the way out or the horizon.

        ``state`` is that of the first stage as the run begins. Who is there then has the places in
        any case; who waits is on the lists, and is served when all the others are as well.
        """
        env, desk = self.env, self.desk
        kept: Kept | None = None
        clerk.begin_episode(desk, who)
        while True:
            row, places = self.ask(who, stage)
            wanted = places if kept is None else [p for p in places if p not in kept.places]
            in_a_group = any(place.together > 1 for place in wanted)
            # ---- all places wanted, at once or after waiting, unless the wait ends otherwise
            served = state == WAS_THERE or (state == PAST and not in_a_group and are_free(wanted))
            if served:
                take(wanted)
                if kept:
                    self.settle(self.released(kept, places))
            else:
                since = env.now if state == PAST else int(self.visits[row]["queued"])
                turn = Turn(env, who, since, places, wanted, kept)
                self.wait(turn, row, stage)
                if in_a_group and state == PAST:
                    self.settle(wanted)
                if state == WAITED and who + 1 == len(self.people.present):
                    self.settle(self.places)
                fate = yield turn
                served = fate is None
            state = PAST
            # ---- the stay
            if served:
                began = env.now
                ticks, fate = clerk.begin_stay(desk, row, began)
                if kept:
                    clerk.close_visit(desk, kept.row, began)
                if began + ticks >= self.horizon:
                    return
                yield Due(env, began + ticks, rank_of(fate), who)
            ended = env.now
            if self.looks[stage]:
                self.look()
            kind, to = clerk.end_visit(desk, row, ended, fate)
            # ---- the places are given back, or kept on the way to the next stage
            if not served:
                turn.quit()
                if kept:
                    clerk.close_visit(desk, kept.row, ended)
                    self.settle(self.released(kept, []))
                kept = None
            elif places and self.holds[stage] and fate == COMPLETED and kind == STAGE:
                clerk.keep_open(desk, row)
                kept = Kept(places, row)
            else:
                for place in places:
                    place.give_back(began, ended)
                self.settle(places)
                kept = None
            # ---- where next
            if kind == OUT:
                return
            if kind != STAGE:
                yield Due(env, ended, RETURN, who)
                clerk.begin_episode(desk, who)
            stage = to

    def ask(self, who: int, stage: int) -> tuple[int, list[Place]]:
        """Write down that a client asks for a stage; return the visit's row and its places."""
        if self.rows == len(self.visits):
            longer = np.zeros(2 * len(self.visits), VISIT)
            longer[: self.rows] = self.visits
            self.visits = longer
            clerk.move_visits(self.desk, self.visits)
        row = self.rows
        self.rows += 1
        units = clerk.begin_visit(self.desk, row, who, stage, self.env.now)
        return row, self.places_of(stage, units)

    def _places_of(self, stage: int, units: int) -> list[Place]:
        """Return the places that a visit to a stage asks for, of these units."""
        return [
            self.places[first + (units >> UNIT_BITS * k & UNIT_MASK)]
            for k, first in enumerate(self.first_places[stage])
        ]

    def wait(self, turn: Turn, row: int, stage: int) -> None:
        """Let a client join the lists, until the turn comes, a clock ends the wait, or a review."""
        now = self.env.now
        self.join(turn, row)
        ticks, fate = clerk.begin_wait(self.desk, row)
        if now + ticks < self.horizon:
            turn.ends_at(now + ticks, fate)
        after, every = self.reviews[stage]
        if after != NEVER:
            first = turn.since + after
            if first < now:  # of who has waited before the run: the next that is not past
                first = now + (first - now) % every
            self.review_at(first, every, turn, row)

    def join(self, turn: Turn, row: int) -> None:
        """Put a turn on the list of each place wanted."""
        for place in turn.wanted:
            entry = self.entry(turn, place, row)
            turn.entries.append(entry)
            place.add(entry)

    def entry(self, turn: Turn, place: Place, row: int) -> Entry:
        """Return a turn as it would stand on a place's list now."""
        if place.order == NONE:
            return Entry(0, 0.0, place.joined, turn.who, turn)
        of_class, key = clerk.turn_of(self.desk, row, place.order, self.env.now)
        return Entry(of_class, key, turn.since, turn.who, turn)

    def review_at(self, tick: int, every: int, turn: Turn, row: int) -> None:
        """Look at who waits at a tick: the client is moved, or takes the turns anew."""
        if tick >= self.horizon:
            return

        def review(_: simpy.Event) -> None:
            if turn.triggered:
                return
            self.look()
            if clerk.is_moved(self.desk, row, self.env.now):
                turn.succeed(MOVED)
                return
            for k, place in enumerate(turn.wanted):
                if place.order != NONE:
                    place.remove(turn.entries[k])
                    turn.entries[k] = self.entry(turn, place, row)
                    place.add(turn.entries[k])
            self.review_at(self.env.now + every, every, turn, row)

        Due(self.env, tick, REVIEW, turn.who).callbacks.append(review)

    def settle(self, places: Collection[Place]) -> None:
        """Serve those who wait for what is freed, the first place first, until nobody can be.

        Between two events nothing is free while somebody waits for it and for nothing else, but for
        places that are given to groups: there is not room for a group while one is full.
        """
        freed = {place for place in places if place.list}
        while freed:
            place = min(freed)
            turn = place.next_turn()
            if turn is None:
                freed.remove(place)
                continue
            turn.quit()
            take(turn.wanted)
            turn.succeed()
            if turn.kept:
                freed |= self.released(turn.kept, turn.places)

    def released(self, kept: Kept, but_for: list[Place]) -> set[Place]:
        """Give back what was kept, but for what its client goes on with; return what is freed."""
        freed = {place for place in kept.places if place not in but_for}
        for place in freed:
            place.give_back(self.env.now, self.env.now)
        return freed

    def look(self) -> None:
        """Write down how all places stand, for cases that ask for it."""
        for place, row in zip(self.places, self.seen, strict=False):
            row["number"], row["busy"], row["waiting"] = place.there, place.busy, len(place.list)
            row["budget"] = place.budget


@contextmanager
def _no_collection() -> Iterator[None]:
    """Pause Python's cycle collector: processes are cyclic, and looking at them all takes long."""
    was_on = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_on:
            gc.enable()


def simulate(
    program: Program,
    seed: int,
    replication: int,
    passed: Passed = unheard,
    left: Left | None = None,
) -> Visits:
    """Return the visits of one replication: VISIT rows ordered by client, then in their order.

    Every client who came has at least one row, those still waiting or staying at the horizon too.
    ``passed`` is told every now and then what share of the time has passed; ``left`` is handed the
    visits, and the clients as they are when the time is over.
    """
    return play(program, make_people(program, seed, replication), passed, left)


def play(
    program: Program, people: People, passed: Passed = unheard, left: Left | None = None
) -> Visits:
    """Return the visits of these clients, as :func:`simulate` does. It changes ``people``."""
    with _no_collection():
        visits = by_client(Replication(program, people, passed).run(), len(people.clients))
    if left:
        left(visits, people)
    return visits
