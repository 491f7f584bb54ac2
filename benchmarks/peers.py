"""pathway-6 written twice in plain SimPy, to be timed beside simcare: `plain` and `fifo`.

`plain` is what SimPy's documentation teaches: a process per client, a ``simpy.Resource`` per stage,
``request | timeout`` for leaving the list, every number drawn when it is needed.

`fifo` is about as fast as a SimPy model of this kind gets: every number drawn beforehand, no event
when a place is free, and a list of its own in place of ``simpy.Resource``, which gives a place back
by searching all that are in use.

Both count totals as they go and write no records. Times are days. The numbers are those of
pathway-6.yaml.
"""

import math
import random
from collections import deque
from collections.abc import Callable, Generator
from dataclasses import dataclass
from typing import Any

import numpy as np
import simpy

HORIZON = 1825.0
PER_DAY = 2.74
STAGES = ("gp", "assessment", "detox", "residential", "aftercare")
PLACES = (1, 5, 22, 270, 500)
GP, ASSESSMENT, DETOX, RESIDENTIAL, AFTERCARE = range(5)
PATIENCE = (None, 30.0, 40.0, 60.0, None)
DETOX_SHARE, BACK_SHARE, EPISODES = 0.6, 0.5, 3
LOG_SD = math.sqrt(math.log(1 + (4 / 8) ** 2))
LOG_MEAN = math.log(8) - LOG_SD**2 / 2
BACK_SCALE, BACK_SHAPE = 200.0, 0.7

Journey = Generator[simpy.Event, Any, Any]


@dataclass(frozen=True)
class Totals:
    """What is compared of a stage: numbers, days, a mean number, and a share."""

    served: float
    left: float
    mean_wait: float
    mean_queue: float
    utilisation: float


def places(scale: float) -> tuple[int, ...]:
    """Return how many places each stage has at a scale."""
    return tuple(max(1, round(number * scale)) for number in PLACES)


# --- plain ---------------------------------------------------------------------------------------


class PlainStage:
    """A stage with SimPy's own resource, and its totals integrated step by step."""

    def __init__(self, env: simpy.Environment, number: int) -> None:
        self.env, self.number = env, number
        self.resource = simpy.Resource(env, capacity=number)
        self.served = self.left = self.queue = self.inside = 0
        self.waited = self.queue_area = self.busy_area = 0.0
        self.queue_since = self.busy_since = 0.0

    def queue_by(self, step: int) -> None:
        """Change the number waiting."""
        now = self.env.now
        self.queue_area += self.queue * (now - self.queue_since)
        self.queue_since = now
        self.queue += step

    def inside_by(self, step: int) -> None:
        """Change the number inside."""
        now = self.env.now
        self.busy_area += self.inside * (now - self.busy_since)
        self.busy_since = now
        self.inside += step

    def totals(self) -> Totals:
        """Return the totals up to now."""
        self.queue_by(0)
        self.inside_by(0)
        return Totals(
            self.served,
            self.left,
            self.waited / max(1, self.served),
            self.queue_area / HORIZON,
            self.busy_area / (HORIZON * self.number),
        )


class PlainDraws:
    """One number at a time from the standard library."""

    def __init__(self, seed: int) -> None:
        self.random = random.Random(seed)
        exponential = self.random.expovariate
        self.stay: tuple[Callable[[], float], ...] = (
            lambda: exponential(1 / 0.31),
            lambda: exponential(1.0),
            lambda: self.random.lognormvariate(LOG_MEAN, LOG_SD),
            lambda: self.random.gammavariate(2.0, 37.5),
            lambda: exponential(1 / 120),
        )

    def exponential(self, mean: float) -> float:
        """Return an exponential time with this mean."""
        return self.random.expovariate(1 / mean)

    def away(self) -> float:
        """Return the days until the next episode."""
        return self.random.weibullvariate(BACK_SCALE, BACK_SHAPE)


def plain_visit(env: simpy.Environment, stage: PlainStage, draws: PlainDraws, k: int) -> Journey:
    """Visit a stage; return whether the client was served."""
    asked = env.now
    with stage.resource.request() as request:
        stage.queue_by(+1)
        patience = PATIENCE[k]
        if patience is None:
            yield request
        else:
            happened = yield request | env.timeout(draws.exponential(patience))
            if request not in happened:
                stage.queue_by(-1)
                stage.left += 1
                return False
        stage.queue_by(-1)
        stage.served += 1
        stage.waited += env.now - asked
        stage.inside_by(+1)
        yield env.timeout(draws.stay[k]())
        stage.inside_by(-1)
    return True


def plain_client(env: simpy.Environment, stages: list[PlainStage], draws: PlainDraws) -> Journey:
    """Follow one client through up to three episodes."""
    yield from plain_visit(env, stages[GP], draws, GP)
    for episode in range(1, EPISODES + 1):
        here = yield from plain_visit(env, stages[ASSESSMENT], draws, ASSESSMENT)
        if here and draws.random.random() < DETOX_SHARE:
            here = yield from plain_visit(env, stages[DETOX], draws, DETOX)
        if here:
            here = yield from plain_visit(env, stages[RESIDENTIAL], draws, RESIDENTIAL)
        if here:
            yield from plain_visit(env, stages[AFTERCARE], draws, AFTERCARE)
        if episode == EPISODES or draws.random.random() >= BACK_SHARE:
            return
        yield env.timeout(draws.away())


def plain(scale: float, seed: int) -> list[Totals]:
    """Play pathway-6 as SimPy's documentation teaches; return the totals of each stage."""
    env = simpy.Environment()
    stages = [PlainStage(env, number) for number in places(scale)]
    draws = PlainDraws(seed)

    def arrivals() -> Journey:
        while True:
            yield env.timeout(draws.exponential(1 / (PER_DAY * scale)))
            env.process(plain_client(env, stages, draws))

    env.process(arrivals())
    env.run(until=HORIZON)
    return [stage.totals() for stage in stages]


# --- fifo ----------------------------------------------------------------------------------------


class FifoStage:
    """How many places are free, and a list of turns; one who has left is passed over."""

    def __init__(self, number: int) -> None:
        self.number = self.free = number
        self.list: deque[list[Any]] = deque()
        self.served = self.left = 0
        self.waited = self.lost_waits = self.busy = 0.0

    def totals(self) -> Totals:
        """Return the totals at the horizon."""
        waiting = sum(HORIZON - asked for asked, turn in self.list if turn is not None)
        return Totals(
            self.served,
            self.left,
            self.waited / max(1, self.served),
            (self.waited + self.lost_waits + waiting) / HORIZON,
            self.busy / (HORIZON * self.number),
        )


def fifo_visit(
    env: simpy.Environment, stage: FifoStage, stay: float, patience: float | None
) -> Journey:
    """Visit a stage; return whether the client was served. ``_now`` spares a call of ``now``."""
    if stage.free:
        stage.free -= 1
    else:
        asked = env._now
        turn = env.event()
        entry = [asked, turn]
        stage.list.append(entry)
        if patience is None:
            yield turn
        else:
            yield turn | env.timeout(patience)
            if not turn.triggered:
                entry[1] = None
                stage.lost_waits += patience
                stage.left += 1
                return False
        stage.waited += env._now - asked
    stage.served += 1
    now = env._now
    stage.busy += stay if now + stay < HORIZON else HORIZON - now
    yield env.timeout(stay)
    waiting = stage.list
    while waiting:
        turn = waiting.popleft()[1]
        if turn is not None:
            turn.succeed()
            return True
    stage.free += 1
    return True


def fifo_client(env: simpy.Environment, stages: list[FifoStage], row: list[float]) -> Journey:
    """Follow one client through up to three episodes, with the numbers drawn for them."""
    gp, assessment, detox, residential, aftercare = stages
    yield from fifo_visit(env, gp, row[0], None)
    k = 1
    for episode in range(1, EPISODES + 1):
        here = yield from fifo_visit(env, assessment, row[k], row[k + 1])
        if here and row[k + 2] < DETOX_SHARE:
            here = yield from fifo_visit(env, detox, row[k + 3], row[k + 4])
        if here:
            here = yield from fifo_visit(env, residential, row[k + 5], row[k + 6])
        if here:
            yield from fifo_visit(env, aftercare, row[k + 7], None)
        if episode == EPISODES or row[k + 8] >= BACK_SHARE:
            return
        yield env.timeout(row[k + 9])
        k += 10


def fifo_draws(scale: float, seed: int) -> tuple[list[float], np.ndarray]:
    """Return when clients come, and a row of numbers for each: float64, (clients, 31)."""
    chance = np.random.default_rng(seed)
    expected = PER_DAY * scale * HORIZON
    n = int(expected + 8 * math.sqrt(expected) + 20)
    times = np.cumsum(chance.exponential(1 / (PER_DAY * scale), n))
    rows = np.empty((n, 31))
    rows[:, 0] = chance.exponential(0.31, n)
    for k in range(1, 31, 10):
        rows[:, k] = chance.exponential(1.0, n)
        rows[:, k + 1] = chance.exponential(30.0, n)
        rows[:, k + 2] = chance.random(n)
        rows[:, k + 3] = chance.lognormal(LOG_MEAN, LOG_SD, n)
        rows[:, k + 4] = chance.exponential(40.0, n)
        rows[:, k + 5] = chance.gamma(2.0, 37.5, n)
        rows[:, k + 6] = chance.exponential(60.0, n)
        rows[:, k + 7] = chance.exponential(120.0, n)
        rows[:, k + 8] = chance.random(n)
        rows[:, k + 9] = BACK_SCALE * chance.weibull(BACK_SHAPE, n)
    return times.tolist(), rows


def fifo(scale: float, seed: int) -> list[Totals]:
    """Play pathway-6 about as fast as SimPy goes; return the totals of each stage."""
    times, rows = fifo_draws(scale, seed)
    env = simpy.Environment()
    stages = [FifoStage(number) for number in places(scale)]

    def arrivals() -> Journey:
        start = env.process
        for time, row in zip(times, rows, strict=True):
            yield env.timeout(time - env._now)
            start(fifo_client(env, stages, row.tolist()))

    env.process(arrivals())
    env.run(until=HORIZON)
    return [stage.totals() for stage in stages]
