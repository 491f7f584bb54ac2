"""A study: scenarios times replications, the same clients and luck in each, played to outcomes.

A study is handed a store, which keeps what is finished: a block of replications that the store
holds is read, not played again. Results depend neither on the number of worker processes nor on the
order in which they finish.
"""

import multiprocessing
import signal
from collections.abc import Callable, Generator, Iterator, Mapping, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ProcessPoolExecutor, wait
from contextlib import closing, contextmanager
from dataclasses import dataclass
from functools import lru_cache
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from simcare.analysis.comparison import (
    ComparisonRow,
    SummaryRow,
    compare,
    smallest_that_matter,
    summary,
)
from simcare.analysis.outcomes import Measured, Outcome, measure
from simcare.analysis.records import Part, Reading, Records, Steps
from simcare.analysis.steadiness import Drift, drift
from simcare.analysis.timeline import waiting_by_month
from simcare.engines.cohort import client_ids
from simcare.engines.lowering import Program, lower
from simcare.engines.reference import simulate
from simcare.model.pathway import destination
from simcare.model.scenario import Plan, Scenario, split
from simcare.model.service import Capacity, Service
from simcare.model.ticks import ticks

BLOCK = 5


@dataclass(frozen=True)
class CaseNote:
    """What a case is for: a title for readers, and the assumption that it varies, if it does."""

    title: str = ""
    assumption: str = ""
    level: str = ""


@dataclass(frozen=True)
class Scene:
    """One scenario of a study: a case under a policy, and how often it is replicated."""

    case: str
    policy: str
    scenario: Scenario
    replications: int


@dataclass(frozen=True)
class Study:
    """A question put to scenarios; of each case's policies the first is the base."""

    name: str
    question: str
    note: str
    plan: Plan
    scenes: tuple[Scene, ...]
    cases: Mapping[str, CaseNote]
    policies: Mapping[str, str]


@dataclass(frozen=True)
class Block:
    """Some replications of one scene, in order: the unit that is played, kept and found again."""

    scene: int
    number: int
    replications: range


@dataclass(frozen=True)
class Played:
    """The records of a block: visits and clients' ids, one of each for each replication."""

    visits: tuple[NDArray[np.void], ...]
    ids: tuple[NDArray[np.uint64], ...]


@dataclass(frozen=True)
class Told:
    """What a block's replications say: outcomes, and people waiting by month."""

    measured: tuple[Measured, ...]
    waiting: tuple[NDArray[np.float64], ...]


@dataclass(frozen=True)
class Result:
    """A scene's outcomes over replications, float64, and people waiting by month.

    ``waiting`` has the shape (replications, capacities, months).
    """

    scene: Scene
    capacities: tuple[str, ...]
    outcomes: Mapping[Outcome, NDArray[np.float64]]
    waiting: NDArray[np.float64]


class Store(Protocol):
    """Keeps the records of finished blocks."""

    def find(self, scene: Scene, block: Block) -> tuple[NDArray[np.void], ...] | None:
        """Return the visits of a block kept before, one array for each replication, or None."""

    def keep(self, scene: Scene, block: Block, played: Played) -> None:
        """Keep the records of a block, whole or not at all."""


def reading_of(scenario: Scenario, plan: Plan) -> Reading:
    """Return how the records of a scenario are read."""
    service = scenario.service
    stages, capacities = tuple(service.stages), tuple(sorted(service.capacities))
    numbers = {name: k for k, name in enumerate(stages)}
    marks = {name: tuple(numbers[stage] for stage in named) for name, named in service.milestones}
    return Reading(
        stages=stages,
        capacities=capacities,
        capacity_of=tuple(
            -1 if stage.asks_for is None else capacities.index(stage.asks_for)
            for stage in service.stages.values()
        ),
        places=tuple(_steps(service.capacities[name]) for name in capacities),
        on_the_way=_on_the_way(service),
        warm_up=ticks(plan.warm_up_days),
        horizon=ticks(plan.horizon_days),
        deadline_days=plan.deadline_days,
        parts=_parts(scenario),
        **marks,
    )


def _steps(capacity: Capacity) -> Steps:
    """Return how many there are of a capacity from which tick on."""
    return ((0, capacity.number), *((ticks(c.day), c.total) for c in capacity.changes))


def _parts(scenario: Scenario) -> tuple[Part, ...]:
    """Return what each category has of the capacities that are split, in the order of the units."""
    found = []
    for k, name in enumerate(sorted(scenario.service.capacities)):
        capacity, first = scenario.service.capacities[name], 0
        for category, part in split(capacity, scenario.population).items():
            units = range(first, first + part.number_of_units)
            first = units.stop
            if category:
                found.append(Part(k, category, units, _steps(part)))
    return tuple(found)


def _on_the_way(service: Service) -> tuple[int, ...]:
    """Return the stages from which treatment may still start in the same episode, in their order.

    Where no stage is named as treatment, nobody can be off the way to it: all stages.
    """
    if not service.milestones.treatment:
        return tuple(range(len(service.stages)))
    leads: dict[str, set[str]] = {
        name: {
            to
            for cases in stage.next.values()
            for case in cases
            for to, returns in map(destination, case.to)
            if to is not None and not returns
        }
        for name, stage in service.stages.items()
    }
    found = set(service.milestones.treatment)
    while more := {name for name, to in leads.items() if to & found} - found:
        found |= more
    return tuple(number for number, name in enumerate(service.stages) if name in found)


def blocks(study: Study) -> list[Block]:
    """Return every block of a study, scene by scene."""
    return [
        Block(s, number, range(first, min(first + BLOCK, scene.replications)))
        for s, scene in enumerate(study.scenes)
        for number, first in enumerate(range(0, scene.replications, BLOCK))
    ]


def tell(reading: Reading, visits: Sequence[NDArray[np.void]]) -> Told:
    """Return what the records of some replications say."""
    records = [Records(v, reading) for v in visits]
    return Told(tuple(measure(r) for r in records), tuple(waiting_by_month(r) for r in records))


@lru_cache(maxsize=8)
def _program(study_scene: int) -> Program:
    plan = _STUDY[0].plan
    return lower(_STUDY[0].scenes[study_scene].scenario, plan.start_date, plan.horizon_days)


_STUDY: list[Study] = []


def _enter(study: Study) -> None:
    """Make a process a worker of a study. Only the main process listens to Ctrl-C."""
    if multiprocessing.parent_process() is not None:
        signal.signal(signal.SIGINT, signal.SIG_IGN)
    _STUDY[:] = [study]
    _program.cache_clear()


def _play(block: Block) -> tuple[Played, Told]:
    """Play a block's replications."""
    study = _STUDY[0]
    program, seed = _program(block.scene), study.plan.seed
    visits = tuple(simulate(program, seed, r) for r in block.replications)
    ids = tuple(client_ids(program, seed, r) for r in block.replications)
    reading = reading_of(study.scenes[block.scene].scenario, study.plan)
    return Played(visits, ids), tell(reading, visits)


Playing = Generator[tuple[Block, tuple[Played, Told]], None, None]


def _played_here(todo: Sequence[Block]) -> Playing:
    for block in todo:
        yield block, _play(block)


@contextmanager
def _deaf() -> Iterator[None]:
    """Put Ctrl-C off while in here; processes begun in here never hear it."""
    mask = getattr(signal, "pthread_sigmask", None)
    if mask is None:
        yield
        return
    before = mask(signal.SIG_BLOCK, {signal.SIGINT})
    try:
        yield
    finally:
        mask(signal.SIG_SETMASK, before)


def _played_apart(study: Study, todo: Sequence[Block], workers: int) -> Playing:
    """Play blocks in worker processes, yielding each as it is finished; a few are queued ahead."""
    context = multiprocessing.get_context("spawn")
    pool = ProcessPoolExecutor(workers, context, initializer=_enter, initargs=(study,))
    waiting = iter(todo)
    running: dict[Future[tuple[Played, Told]], Block] = {}
    try:
        for block in waiting:
            with _deaf():
                running[pool.submit(_play, block)] = block
            if len(running) < 2 * workers:
                continue
            for done in wait(running, return_when=FIRST_COMPLETED).done:
                yield running.pop(done), done.result()
        while running:
            for done in wait(running, return_when=FIRST_COMPLETED).done:
                yield running.pop(done), done.result()
    finally:
        pool.shutdown(wait=True, cancel_futures=True)


def run(
    study: Study, store: Store, workers: int, progress: Callable[[int, int], None]
) -> list[Result]:
    """Play what the store does not hold yet, and return every scene's results, in their order.

    ``progress`` is told (replications done, replications in all) as blocks are finished.
    """
    every = blocks(study)
    total = sum(len(block.replications) for block in every)
    told: dict[tuple[int, int], Told] = {}
    todo, done = [], 0
    progress(0, total)
    for block in every:
        scene = study.scenes[block.scene]
        visits = store.find(scene, block)
        if visits is None:
            todo.append(block)
            continue
        told[block.scene, block.number] = tell(reading_of(scene.scenario, study.plan), visits)
        done += len(block.replications)
        progress(done, total)
    _enter(study)
    apart = workers > 1 and len(todo) > 1
    playing = _played_apart(study, todo, min(workers, len(todo))) if apart else _played_here(todo)
    with closing(playing):
        for block, (played, says) in playing:
            store.keep(study.scenes[block.scene], block, played)
            told[block.scene, block.number] = says
            done += len(block.replications)
            progress(done, total)
    return [
        _gathered(study, s, [told[b.scene, b.number] for b in every if b.scene == s])
        for s in range(len(study.scenes))
    ]


def _gathered(study: Study, number: int, told: Sequence[Told]) -> Result:
    """Put a scene's blocks together, in the order of their replications."""
    measured = [m for says in told for m in says.measured]
    outcomes = {o: np.array([m[o] for m in measured]) for o in measured[0]}
    waiting = np.stack([w for says in told for w in says.waiting])
    scene = study.scenes[number]
    return Result(scene, tuple(sorted(scene.scenario.service.capacities)), outcomes, waiting)


def drifts(study: Study, results: Sequence[Result]) -> list[tuple[Scene, Drift]]:
    """Return the lists that clearly grow or shrink while they are measured, by scene."""
    found = []
    for result in results:
        for k, capacity in enumerate(result.capacities):
            moved = drift(capacity, result.waiting[:, k], study.plan.warm_up_days)
            if moved is not None:
                found.append((result.scene, moved))
    return found


def tabulate(
    study: Study, results: Sequence[Result]
) -> tuple[list[SummaryRow], list[ComparisonRow]]:
    """Return the summary of every scene, and the comparison of each case's policies with its base.

    The first policy of a case is its base.
    """
    plan = study.plan
    smallest = smallest_that_matter(
        plan.smallest_difference_that_matters, plan.smallest_days_that_matter
    )
    summaries: list[SummaryRow] = []
    comparisons: list[ComparisonRow] = []
    base: dict[str, Result] = {}
    for result in results:
        scene = result.scene
        summaries += summary(scene.case, scene.policy, result.outcomes)
        first = base.setdefault(scene.case, result)
        if first is not result:
            before = (first.scene.policy, first.outcomes)
            after = (scene.policy, result.outcomes)
            comparisons += compare(scene.case, before, after, smallest)
    return summaries, comparisons
