"""pathway-6 about as fast as a SimPy model of this kind gets.

Every number is drawn beforehand, nothing is an event where a place is free, and a list of its own
stands in place of ``simpy.Resource``, which gives a place back by searching all that are in use.
Totals are counted on the way; there are no records.
"""

import gc
import math
from collections import deque
from collections.abc import Generator
from typing import Any

import numpy as np
import simpy

from specification import (
    AFTERCARE_MEAN,
    ASSESSMENT,
    ASSESSMENT_MEAN,
    BACK_SCALE,
    BACK_SHAPE,
    BACK_SHARE,
    DETOX,
    DETOX_SHARE,
    EPISODES,
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
    rows[:, 0] = chance.exponential(GP_MEAN, n)
    for k in range(1, 31, 10):
        rows[:, k] = chance.exponential(ASSESSMENT_MEAN, n)
        rows[:, k + 1] = chance.exponential(PATIENCE[ASSESSMENT], n)
        rows[:, k + 2] = chance.random(n)
        rows[:, k + 3] = chance.lognormal(LOG_MEAN, LOG_SD, n)
        rows[:, k + 4] = chance.exponential(PATIENCE[DETOX], n)
        rows[:, k + 5] = chance.gamma(RESIDENTIAL_SHAPE, RESIDENTIAL_SCALE, n)
        rows[:, k + 6] = chance.exponential(PATIENCE[RESIDENTIAL], n)
        rows[:, k + 7] = chance.exponential(AFTERCARE_MEAN, n)
        rows[:, k + 8] = chance.random(n)
        rows[:, k + 9] = BACK_SCALE * chance.weibull(BACK_SHAPE, n)
    return times.tolist(), rows


def fifo(scale: float) -> Play:
    """Return pathway-6 about as fast as SimPy goes: totals by stage, from a seed."""

    def play(seed: int) -> list[Totals]:
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

    return play


def fifo_no_collector(scale: float) -> Play:
    """Return `fifo` without Python's collector of cyclic garbage while it runs, as simcare is."""
    collected = fifo(scale)

    def play(seed: int) -> list[Totals]:
        gc.disable()
        try:
            return collected(seed)
        finally:
            gc.enable()

    return play
