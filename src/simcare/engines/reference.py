"""The reference engine: the service as a SimPy model, one process per client, to be read aloud.

What happens to a client (how long, whether, where next) is asked of :mod:`simcare.kernels.lives`.
What is here is what a service adds: places that are given and given back, lists, and who goes first
(:mod:`simcare.engines.order`).
"""

import gc
from collections import deque
from collections.abc import Generator, Iterator
from contextlib import contextmanager
from typing import Any

import numpy as np
import simpy

from simcare.engines.cohort import Passed, Visits, by_client, make_people, unheard
from simcare.engines.order import ARRIVE, CHANGE, RETURN, rank_of
from simcare.engines.program import Program
from simcare.kernels import desk as clerk
from simcare.kernels.tables import COMPLETED, OUT, STAGE, VISIT, People

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
        super().__init__(env)
        self._ok, self._value = True, None
        priority: Any = rank << 32 | who  # SimPy takes any int here, and names its own two
        env.schedule(self, priority, delay=tick - env.now)


class Turn(simpy.Event):
    """A client's turn on a list: it comes when a place is given (None), or a clock ends the wait.

    ``held`` is the place that the client keeps elsewhere meanwhile.
    """

    env: Ticking

    def __init__(self, env: Ticking, held: "Place | None") -> None:
        super().__init__(env)
        self.held = held

    def ends_at(self, tick: int, fate: int, who: int) -> None:
        """Let a clock end the wait at a tick, unless a place has been given before."""

        def give_up(_: simpy.Event) -> None:
            if not self.triggered:
                self.succeed(fate)

        Due(self.env, tick, rank_of(fate), who).callbacks.append(give_up)


class Place:
    """What is asked for: how many there are, how many are busy, and the list of those who wait.

    Whoever gives a place back serves the list there and then, to the end: between two events no
    place is free while somebody waits for it.
    """

    def __init__(self, env: Ticking, number: int) -> None:
        self.env, self.number, self.busy = env, number, 0
        self.list: deque[Turn] = deque()

    def take(self) -> bool:
        """Take a place if one is free, and say whether it was."""
        if self.busy >= self.number:
            return False
        self.busy += 1
        return True

    def join(self, held: "Place | None") -> Turn:
        """Join the end of the list, perhaps keeping a place elsewhere."""
        turn = Turn(self.env, held)
        self.list.append(turn)
        return turn

    def give_back(self) -> None:
        """Give a place back, and serve those who wait."""
        self.busy -= 1
        self.settle()

    def settle(self) -> None:
        """Serve the list while places are free. Who has left it is passed over."""
        while self.list and (self.list[0].triggered or self.busy < self.number):
            turn = self.list.popleft()
            if not turn.triggered:
                self.busy += 1
                turn.succeed()
                if turn.held is not None:
                    turn.held.give_back()


class Replication:
    """One replication: places, clients, and the visits that are written down as they happen."""

    def __init__(self, program: Program, people: People, passed: Passed = unheard) -> None:
        self.env = Ticking()
        self.passed = passed
        self.program, self.people = program, people
        self.horizon = program.horizon
        self.visits: Visits = np.zeros(4 * len(people.clients) + 64, VISIT)
        self.desk = clerk.open_desk(program.tables, people, self.visits)
        self.rows = 0
        self.places = [Place(self.env, place.number) for place in program.places]
        self.first_place = program.first_places()
        self.holds = program.tables.stages["hold"].astype(bool).tolist()

    def run(self) -> Visits:
        """Play from the first tick to the horizon; return the visits, in the order they began."""
        self.env.process(self.calendar())
        self.env.process(self.arrivals())
        self.env.run(until=self.horizon)
        return self.visits[: self.rows]

    def calendar(self) -> Journey:
        """Change the number of places at its ticks. Nobody is evicted."""
        for tick, number_of_place, number in self.program.changes.tolist():
            yield Due(self.env, tick, CHANGE, number_of_place)
            place = self.places[number_of_place]
            place.number = number
            place.settle()

    def arrivals(self) -> Journey:
        """Let every client of the cohort come at their tick."""
        ticks = self.people.clients["arrival"].tolist()
        stages = self.people.clients["entry"].tolist()
        for who, (tick, stage) in enumerate(zip(ticks, stages, strict=True)):
            yield Due(self.env, tick, ARRIVE, who)
            self.env.process(self.life(who, stage))
            if who % TELL_EVERY == 0:
                self.passed(tick / self.horizon)

    def life(self, who: int, stage: int) -> Journey:
        """Follow one client from stage to stage, until the way out or the horizon."""
        env, desk, horizon = self.env, self.desk, self.horizon
        kept: tuple[Place, int] | None = None  # a place kept while waiting for the next, its visit
        clerk.begin_episode(desk, who)
        while True:
            row, place = self.ask(who, stage)
            # ---- a place, at once or after waiting, unless a clock ends the wait
            served = place is None or place.take()
            if served:
                if kept:
                    kept[0].give_back()
            elif place is not None:
                turn = place.join(kept[0] if kept else None)
                ticks, fate = clerk.begin_wait(desk, row)
                if env.now + ticks < horizon:
                    turn.ends_at(env.now + ticks, fate, who)
                served = (yield turn) is None
            # ---- the stay, unless the wait has ended otherwise
            if served:
                ticks, fate = clerk.begin_stay(desk, row, env.now)
                if kept:
                    clerk.close_visit(desk, kept[1], env.now)
                if env.now + ticks >= horizon:
                    return
                yield Due(env, env.now + ticks, rank_of(fate), who)
            kind, to = clerk.end_visit(desk, row, env.now, fate)
            # ---- the place is given back, or kept on the way to the next stage
            if not served:
                if kept:
                    clerk.close_visit(desk, kept[1], env.now)
                    kept[0].give_back()
                kept = None
            elif place is not None and self.holds[stage] and fate == COMPLETED and kind == STAGE:
                clerk.keep_open(desk, row)
                kept = place, row
            else:
                kept = None
                if place is not None:
                    place.give_back()
            # ---- where next
            if kind == OUT:
                return
            if kind != STAGE:
                yield Due(env, env.now, RETURN, who)
                clerk.begin_episode(desk, who)
            stage = to

    def ask(self, who: int, stage: int) -> tuple[int, Place | None]:
        """Write down that a client asks for a stage; return the visit's row and place, if any."""
        if self.rows == len(self.visits):
            longer = np.zeros(2 * len(self.visits), VISIT)
            longer[: self.rows] = self.visits
            self.visits = longer
            clerk.move_visits(self.desk, self.visits)
        row = self.rows
        self.rows += 1
        unit = clerk.begin_visit(self.desk, row, who, stage, self.env.now)
        first = self.first_place[stage]
        return row, None if first is None else self.places[first + unit]


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


def simulate(program: Program, seed: int, replication: int, passed: Passed = unheard) -> Visits:
    """Return the visits of one replication: VISIT rows ordered by client, then in their order.

    Every client who came has at least one row, those still waiting or staying at the horizon too.
    ``passed`` is told every now and then what share of the time has passed.
    """
    return play(program, make_people(program, seed, replication), passed)


def play(program: Program, people: People, passed: Passed = unheard) -> Visits:
    """Return the visits of these clients, as :func:`simulate` does. It changes ``people``."""
    with _no_collection():
        visits = Replication(program, people, passed).run()
    return by_client(visits, len(people.clients))
