"""What a study needs before it is played: about how long, how much memory, how large its records.

Time is measured, not guessed: the first scenario is played with a small share of its people, and
what that took is scaled up.
"""

import time
from collections.abc import Sequence
from dataclasses import dataclass

from simcare.engines.lowering import lower
from simcare.engines.reference import simulate
from simcare.kernels.tables import VISIT
from simcare.model.scenario import Plan, Scenario
from simcare.study.values import BLOCK, Block, Study

PILOT_PEOPLE = 300.0
# Per client, a large run takes longer than the pilot, which fits in the processor's caches:
# 1.5 to 1.9 times as long, at 7,400 to 104,000 clients of the region service.
SLOWER_AT_SIZE = 1.7
# A process of simcare without clients, and what a client adds while a replication is played, visits
# apart: measured at 7,400, 37,000 and 104,000 clients of the region service (peak resident sizes).
PROCESS_BYTES = 190e6
CLIENT_BYTES = 1_000.0
DISK_BYTES_PER_VISIT = 29.0  # of compressed records of the region service


@dataclass(frozen=True)
class Need:
    """What is left to play of a study takes about so much."""

    replications: int
    people: float
    """In the largest replication."""
    seconds: float
    memory_bytes: float
    disk_bytes: float


@dataclass(frozen=True)
class _Pace:
    """What one client costs, measured on a few: seconds and visits."""

    seconds: float
    visits: float


def people_expected(scenario: Scenario, plan: Plan) -> float:
    """Return how many people are expected to ask for help in one replication."""
    a_day = sum(stream.rate_per_day for stream in scenario.service.arrivals.values())
    return a_day * plan.horizon_days


def need(study: Study, todo: Sequence[Block], workers: int) -> Need:
    """Return about what the blocks still to be played need, on so many processes."""
    if not todo:
        return Need(0, 0.0, 0.0, PROCESS_BYTES, 0.0)
    workers = min(workers, len(todo))
    pace = _pace(study.scenes[0].scenario, study.plan)
    people = [people_expected(scene.scenario, study.plan) for scene in study.scenes]
    clients = sum(people[block.scene] * len(block.replications) for block in todo)
    largest = max(people[block.scene] for block in todo)
    records = largest * pace.visits * VISIT.itemsize
    kept = BLOCK if any(len(block.replications) > 1 for block in todo) else 1
    a_worker = PROCESS_BYTES + largest * CLIENT_BYTES + records * (2 + kept)
    apart = PROCESS_BYTES + records * kept if workers > 1 else 0.0
    return Need(
        replications=sum(len(block.replications) for block in todo),
        people=largest,
        seconds=clients * pace.seconds * SLOWER_AT_SIZE / workers,
        memory_bytes=a_worker * workers + apart,
        disk_bytes=clients * pace.visits * DISK_BYTES_PER_VISIT,
    )


def _pace(scenario: Scenario, plan: Plan) -> _Pace:
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
    few = scenario.model_copy(update={"service": service})
    program = lower(few, plan.start_date, plan.horizon_days)
    simulate(program, plan.seed, 0)
    began = time.process_time()
    visits = simulate(program, plan.seed, 1)
    took = time.process_time() - began
    clients = max(int(visits["client"].max()) + 1 if len(visits) else 0, 1)
    return _Pace(took / clients, len(visits) / clients)
