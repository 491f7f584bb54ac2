"""pathway-6 in Cimba: processes in Python, compiled by its package, on an engine in C.

A client is a model of its own that is spawned when it comes. Patience is a timer of the client's
process: where it comes first, ``acquire`` returns its signal and no place.

What is compiled sees module-level numbers as constants, so the numbers are the specification's.
"""

import cimba as cb
from cimba import random

from specification import (
    AFTERCARE_MEAN,
    ASSESSMENT_MEAN,
    BACK_SCALE,
    BACK_SHAPE,
    BACK_SHARE,
    DETOX_SHARE,
    EPISODES,
    GP_MEAN,
    HORIZON,
    LOG_MEAN,
    LOG_SD,
    OUTPUTS,
    PATIENCE,
    PER_DAY,
    RESIDENTIAL_SCALE,
    RESIDENTIAL_SHAPE,
    STAGES,
    Play,
    Totals,
    places,
)

ENDLESS = 0.0  # a mean patience that stands for no timer
GRANTED, OUT_OF_PATIENCE = 0, 7  # what `acquire` returns


class Stage(cb.Model):
    """A stage: its places, and what is counted."""

    patience_mean: cb.Param[float]
    places: cb.Resource
    waiting: int = 0
    asked: float = 0.0  # the sum of the times at which those who wait have asked
    granted: int = 0
    gave_up: int = 0
    waited: float = 0.0
    lost_waits: float = 0.0
    served: cb.Output[float]
    left: cb.Output[float]
    mean_wait: cb.Output[float]
    mean_queue: cb.Output[float]
    utilisation: cb.Output[float]

    @cb.on_end
    def measure(self):
        """Write the totals at the horizon."""
        self.served = self.granted
        self.left = self.gave_up
        self.mean_wait = self.waited / max(1, self.granted)
        unfinished = self.waiting * HORIZON - self.asked
        self.mean_queue = (self.waited + self.lost_waits + unfinished) / HORIZON
        self.utilisation = self.places.utilization()


class Service(cb.Model):
    """The five stages, and the clients who come."""

    per_day: cb.Param[float]
    gp: Stage
    assessment: Stage
    detox: Stage
    residential: Stage
    aftercare: Stage

    @cb.process
    def arrivals(self):
        """Let clients come."""
        while True:
            cb.hold(random.exponential(1 / self.per_day))
            cb.spawn(Client, service=self)


class Client(cb.Model):
    """One client, through up to three episodes."""

    service: cb.Ref[Service]

    @cb.function
    def seated(self, stage: Stage) -> bool:
        """Ask for a place, and wait; return whether one was given before patience ended."""
        if stage.places.available() > 0:
            stage.places.acquire()
            stage.granted += 1
            return True
        asked = cb.now()
        stage.waiting += 1
        stage.asked += asked
        if stage.patience_mean == ENDLESS:
            answer = stage.places.acquire()
        else:
            me = cb.this_process()
            me.timer_set(random.exponential(stage.patience_mean), OUT_OF_PATIENCE)
            answer = stage.places.acquire()
            me.timers_clear()
        stage.waiting -= 1
        stage.asked -= asked
        if answer != GRANTED:
            stage.gave_up += 1
            stage.lost_waits += cb.now() - asked
            return False
        stage.granted += 1
        stage.waited += cb.now() - asked
        return True

    @cb.process
    def life(self):
        """Live."""
        service = self.service
        if self.seated(service.gp):
            cb.hold(random.exponential(GP_MEAN))
            service.gp.places.release()
        for episode in range(1, EPISODES + 1):
            here = self.seated(service.assessment)
            if here:
                cb.hold(random.exponential(ASSESSMENT_MEAN))
                service.assessment.places.release()
                if random.uniform() < DETOX_SHARE:
                    here = self.seated(service.detox)
                    if here:
                        cb.hold(random.lognormal(LOG_MEAN, LOG_SD))
                        service.detox.places.release()
            if here:
                here = self.seated(service.residential)
            if here:
                cb.hold(random.gamma(RESIDENTIAL_SHAPE, RESIDENTIAL_SCALE))
                service.residential.places.release()
            if here and self.seated(service.aftercare):
                cb.hold(random.exponential(AFTERCARE_MEAN))
                service.aftercare.places.release()
            if episode == EPISODES or random.uniform() >= BACK_SHARE:
                break
            cb.hold(random.weibull(BACK_SHAPE, BACK_SCALE))


def open_service(scale: float) -> Service:
    """Return the service at a scale."""
    service = Service()
    service.per_day = PER_DAY * scale
    for name, number, patience in zip(STAGES, places(scale), PATIENCE, strict=True):
        stage = Stage()
        stage.places = cb.Resource(capacity=number)
        stage.patience_mean = patience or ENDLESS
        setattr(service, name, stage)
    return service


def play(scale: float) -> Play:
    """Return pathway-6 in Cimba: totals by stage, from a seed.

    What it returns raises RuntimeError when Cimba says that the run failed.
    """
    service = open_service(scale)
    window = cb.Window(duration=HORIZON)

    def run(seed: int) -> list[Totals]:
        results = cb.Experiment(service, seeds=[seed], window=window).run(workers=1)
        if results.failed.any():
            raise RuntimeError(str(results.failure_reasons[0, 0]))
        found = []
        for name in STAGES:
            stage = results[getattr(service, name)]
            found.append(Totals(*(float(getattr(stage, o).values[0, 0]) for o in OUTPUTS)))
        return found

    return run
