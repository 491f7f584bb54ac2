"""pathway-6 in salabim: a component per client, a ``Resource`` per stage, ``fail_delay`` to leave.

Processes are generators (salabim's "yield" style, about as fast as its other one). The queue and
the occupancy are read from salabim's own monitors.
"""

import random
from collections.abc import Callable, Generator
from dataclasses import dataclass, field
from typing import Any

import salabim

import specification as spec
from specification import Play, Totals

salabim.yieldless(False)
Process = Generator[Any, Any, Any]


@dataclass
class Service:
    """The stages of a run, its numbers as they are drawn, and what is counted."""

    chance: random.Random
    stages: list[salabim.Resource]
    stays: tuple[Callable[[], float], ...]
    served: list[int] = field(default_factory=lambda: [0] * 5)
    left: list[int] = field(default_factory=lambda: [0] * 5)
    waited: list[float] = field(default_factory=lambda: [0.0] * 5)

    def exponential(self, mean: float) -> float:
        """Return an exponential time with this mean."""
        return self.chance.expovariate(1 / mean)


class Client(salabim.Component):
    """One client, through up to three episodes."""

    def setup(self, service: Service) -> None:
        """Take note of the service."""
        self.service = service

    def visit(self, k: int) -> Process:
        """Visit a stage; return whether the client was served."""
        service, stage, patience = self.service, self.service.stages[k], spec.PATIENCE[k]
        asked = self.env.now()
        if patience is None:
            yield self.request(stage)
        else:
            yield self.request(stage, fail_delay=service.exponential(patience))
            if self.failed():
                service.left[k] += 1
                return False
        service.served[k] += 1
        service.waited[k] += self.env.now() - asked
        yield self.hold(service.stays[k]())
        self.release(stage)
        return True

    def process(self) -> Process:
        """Live."""
        chance = self.service.chance
        yield from self.visit(spec.GP)
        for episode in range(1, spec.EPISODES + 1):
            here = yield from self.visit(spec.ASSESSMENT)
            if here and chance.random() < spec.DETOX_SHARE:
                here = yield from self.visit(spec.DETOX)
            if here:
                here = yield from self.visit(spec.RESIDENTIAL)
            if here:
                yield from self.visit(spec.AFTERCARE)
            if episode == spec.EPISODES or chance.random() >= spec.BACK_SHARE:
                return
            yield self.hold(chance.weibullvariate(spec.BACK_SCALE, spec.BACK_SHAPE))


class Source(salabim.Component):
    """Where clients come from."""

    def setup(self, service: Service, per_day: float) -> None:
        """Take note of the service and of how many come."""
        self.service, self.per_day = service, per_day

    def process(self) -> Process:
        """Let clients come."""
        while True:
            yield self.hold(self.service.exponential(1 / self.per_day))
            Client("", service=self.service)


def open_service(scale: float, seed: int) -> Service:
    """Return the service before the first client."""
    chance = random.Random(seed)
    draw = chance.expovariate
    return Service(
        chance,
        [
            salabim.Resource(name, capacity=number)
            for name, number in zip(spec.STAGES, spec.places(scale), strict=True)
        ],
        (
            lambda: draw(1 / spec.GP_MEAN),
            lambda: draw(1 / spec.ASSESSMENT_MEAN),
            lambda: chance.lognormvariate(spec.LOG_MEAN, spec.LOG_SD),
            lambda: chance.gammavariate(spec.RESIDENTIAL_SHAPE, spec.RESIDENTIAL_SCALE),
            lambda: draw(1 / spec.AFTERCARE_MEAN),
        ),
    )


def play(scale: float) -> Play:
    """Return pathway-6 in salabim: totals by stage, from a seed."""

    def run(seed: int) -> list[Totals]:
        env = salabim.Environment(trace=False)
        service = open_service(scale, seed)
        Source(service=service, per_day=spec.PER_DAY * scale)
        env.run(till=spec.HORIZON)
        return [
            Totals(
                service.served[k],
                service.left[k],
                service.waited[k] / max(1, service.served[k]),
                stage.requesters().length.mean(),
                stage.claimed_quantity.mean() / number,
            )
            for k, (stage, number) in enumerate(
                zip(service.stages, spec.places(scale), strict=True)
            )
        ]

    return run
