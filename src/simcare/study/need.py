"""What a study needs before it is played: about how long, how much memory, how large its records.

Time is measured, not guessed: the first scenario is played with a share of its people, and what
that took is scaled up.
"""

import time
from collections.abc import Sequence
from dataclasses import dataclass

from simcare.engines.choice import simulator
from simcare.engines.lowering import lower
from simcare.kernels.tables import VISIT
from simcare.model.scenario import Plan, Scenario
from simcare.study.people import people_of
from simcare.study.playing import tell
from simcare.study.reading import reading_of
from simcare.study.values import Block, Scene, Study, people_expected
from simcare.study.workers import uses_threads

PILOT_PEOPLE = 3_000.0
# Per client, playing takes longer in a large run than in the pilot, which fits in the processor's
# caches: 1.2 to 2 times as long, at 7,400 to 141,000 clients of the services region and norway.
SLOWER_AT_SIZE = 1.5
# Writing visits takes about so much of the time that measuring them takes.
WRITING_BY_TELLING = 0.7
# Of what threads do, so much is Python, of which one line runs at a time.
ONE_AT_A_TIME = 0.3
# A process of simcare without clients that has drawn a report (337 MB were measured); what a
# client adds while a replication is played, visits apart; and how many times the visits of a
# replication are in memory while they are put in order, and those of a block while they are
# written. Fitted to peak resident sizes of 300 to 780 MB, at 7,400 to 141,000 clients with one and
# two workers.
PROCESS_BYTES = 340e6
CLIENT_BYTES = 400.0
TIMES_PLAYED, TIMES_WRITTEN = 1, 3
DISK_BYTES_PER_VISIT = 33.0  # of compressed records of the services region and norway
TOLD_BYTES, DISK_BYTES_TOLD = 90e3, 25e3  # what a replication says, in memory and on the disk


@dataclass(frozen=True)
class Need:
    """What is left to play of a study takes about so much."""

    replications: int
    people: float
    """In the largest replication."""
    seconds: float
    memory_bytes: float
    disk_bytes: float
    told_bytes: float = 0.0
    """Of these, what replications say: all that a run takes that keeps outcomes alone."""


@dataclass(frozen=True)
class _Pace:
    """What one client costs, measured on a few: seconds of playing and of measuring, and visits."""

    playing: float
    telling: float
    visits: float


def need(study: Study, todo: Sequence[Block], workers: int, keeps_visits: bool = True) -> Need:
    """Return about what the blocks still to be played need, with so many workers.

    The first call compiles what is not compiled yet.
    """
    if not todo:
        return Need(0, 0.0, 0.0, PROCESS_BYTES, 0.0)
    workers = min(workers, len(todo))
    first = study.scenes[0]
    pace = _pace(first.scenario, study.plan, study.compares(first))
    people = [people_expected(scene.scenario, study.plan) for scene in study.scenes]
    clients = clients_expected(study, todo)
    replications = sum(len(block.replications) for block in todo)
    written = WRITING_BY_TELLING if keeps_visits else 0.0
    seconds = clients * (pace.playing * SLOWER_AT_SIZE + pace.telling * (1 + written))
    visits = clients * pace.visits if keeps_visits else 0.0
    return Need(
        replications=replications,
        people=max(people[block.scene] for block in todo),
        seconds=seconds * _share_of_time(study.plan, workers),
        memory_bytes=_memory(study.plan, todo, workers, people, pace, keeps_visits)
        + replications * TOLD_BYTES,
        disk_bytes=visits * DISK_BYTES_PER_VISIT + replications * DISK_BYTES_TOLD,
        told_bytes=replications * DISK_BYTES_TOLD,
    )


def clients_expected(study: Study, todo: Sequence[Block]) -> float:
    """Return how many people are expected in some blocks, those before day 0 among them."""
    scenes = study.scenes
    played = [people_expected(one.scenario, study.plan) + _before(one) for one in scenes]
    return sum(played[block.scene] * len(block.replications) for block in todo)


def _before(scene: Scene) -> float:
    """Return how many people are expected to come before day 0 in one replication."""
    if scene.earlier is None:
        return 0.0
    streams = scene.earlier.scenario.service.arrivals.values()
    return sum(stream.people_expected(scene.earlier.days) for stream in streams)


def _share_of_time(plan: Plan, workers: int) -> float:
    """Return which share of the time of one worker so many take."""
    return max(1 / workers, ONE_AT_A_TIME if uses_threads(plan.engine) else 0.0)


def _memory(
    plan: Plan,
    todo: Sequence[Block],
    workers: int,
    people: Sequence[float],
    pace: _Pace,
    keeps_visits: bool,
) -> float:
    """Return the bytes that workers hold while each plays and writes the largest of the blocks."""
    visit_bytes = pace.visits * VISIT.itemsize
    largest = max(people[block.scene] for block in todo)
    block = max(people[block.scene] * len(block.replications) for block in todo)
    kept = block * visit_bytes * TIMES_WRITTEN if keeps_visits else largest * visit_bytes
    worker = largest * (CLIENT_BYTES + visit_bytes * TIMES_PLAYED) + kept
    if workers == 1 or uses_threads(plan.engine):
        return PROCESS_BYTES + worker * workers
    return PROCESS_BYTES + (PROCESS_BYTES + worker) * workers


def _pace(scenario: Scenario, plan: Plan, is_compared: bool) -> _Pace:
    """Return what a client costs, played with a few of them; the first play warms up."""
    share = min(PILOT_PEOPLE / people_expected(scenario, plan), 1.0)
    arrivals = {
        name: stream.model_copy(
            update={
                "per_day": stream.per_day and stream.per_day * share,
                "per_year": stream.per_year and stream.per_year * share,
            }
        )
        for name, stream in scenario.service.arrivals.items()
    }
    service = scenario.service.model_copy(update={"arrivals": arrivals})
    few = scenario.model_copy(update={"service": service, "beginning": None})
    program = lower(few, plan.start_date, plan.horizon_days)
    reading = reading_of(few, plan, is_compared)
    simulate = simulator(plan.engine)
    tell(reading, simulate(program, plan.seed, 0), people_of(program, reading, plan.seed, 0))
    began = time.process_time()
    visits = simulate(program, plan.seed, 1)
    played = time.process_time()
    tell(reading, visits, people_of(program, reading, plan.seed, 1))
    told = time.process_time()
    clients = max(int(visits["client"].max()) + 1 if len(visits) else 0, 1)
    return _Pace((played - began) / clients, (told - played) / clients, len(visits) / clients)
