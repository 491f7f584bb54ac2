"""pathway-6 in SimPy as its documentation teaches it.

A process per client, a ``simpy.Resource`` per stage, ``request | timeout`` for leaving the list,
every number drawn when it is needed. Totals are counted on the way; there are no records.
"""

import random
from collections.abc import Callable, Generator
from typing import Any

import simpy

from specification import (
    AFTERCARE,
    AFTERCARE_MEAN,
    ASSESSMENT,
    ASSESSMENT_MEAN,
    BACK_SCALE,
    BACK_SHAPE,
    BACK_SHARE,
    DETOX,
    DETOX_SHARE,
    EPISODES,
    GP,
    GP_MEAN,
    HORIZON,
    LOG_MEAN,
    LOG_SD,
    PATIENCE,
    PER_DAY,
    RESIDENTIAL,
    RESIDENTIAL_SCALE,
    RESIDENTIAL_SHAPE,
    Play,
    Totals,
    places,
)

Journey = Generator[simpy.Event, Any, Any]


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
            lambda: exponential(1 / GP_MEAN),
            lambda: exponential(1 / ASSESSMENT_MEAN),
            lambda: self.random.lognormvariate(LOG_MEAN, LOG_SD),
            lambda: self.random.gammavariate(RESIDENTIAL_SHAPE, RESIDENTIAL_SCALE),
            lambda: exponential(1 / AFTERCARE_MEAN),
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


def plain(scale: float) -> Play:
    """Return pathway-6 as SimPy's documentation teaches it: totals by stage, from a seed."""

    def play(seed: int) -> list[Totals]:
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

    return play
