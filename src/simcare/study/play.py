"""Playing a study: scenarios times replications, in blocks, perhaps in several processes.

A study is handed a store, which keeps what is finished: a block of replications that the store
holds is read, not played again. Results depend neither on the number of worker processes nor on the
order in which they finish.
"""

import multiprocessing
import os
import signal
import threading
from collections.abc import Callable, Generator, Iterator, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ProcessPoolExecutor, wait
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from functools import lru_cache
from multiprocessing.process import BaseProcess
from multiprocessing.queues import SimpleQueue

import numpy as np
from numpy.typing import NDArray

from simcare.analysis.curves import curves
from simcare.analysis.flows import phase_flows
from simcare.analysis.outcomes import measure
from simcare.analysis.records import Reading, Records
from simcare.analysis.timeline import waiting_by_month
from simcare.engines.cohort import client_ids
from simcare.engines.lowering import Program, lower
from simcare.engines.reference import simulate
from simcare.study.reading import reading_of
from simcare.study.values import Block, Played, Result, Store, Study, Told, blocks

Progress = Callable[[float, int], None]
Heard = tuple[int, int, float]  # scene, number of the block, replications of it played
LISTEN_SECONDS = 0.5


def tell(reading: Reading, visits: NDArray[np.void]) -> Told:
    """Return what the records of one replication say."""
    records = Records(visits, reading)
    return Told(measure(records), waiting_by_month(records), curves(records), phase_flows(records))


# A worker process holds one study, and where to say how far it is.
_STUDY: list[Study] = []
_TELL: list["SimpleQueue[Heard]"] = []


@lru_cache(maxsize=8)
def _program(study_scene: int) -> Program:
    plan = _STUDY[0].plan
    return lower(_STUDY[0].scenes[study_scene].scenario, plan.start_date, plan.horizon_days)


def _end_with(parent: BaseProcess) -> None:
    """End this process when its parent has ended, however it did: a worker outlives nobody."""
    parent.join()
    os._exit(1)


def _enter(study: Study, *queue: "SimpleQueue[Heard]") -> None:
    """Make a process a worker of a study. Only the main process listens to Ctrl-C."""
    parent = multiprocessing.parent_process()
    if parent is not None:
        signal.signal(signal.SIGINT, signal.SIG_IGN)
        threading.Thread(target=_end_with, args=(parent,), daemon=True).start()
    _STUDY[:], _TELL[:] = [study], queue
    _program.cache_clear()


def _play(block: Block, hear: Callable[[Heard], None] | None = None) -> tuple[Played, list[Told]]:
    """Play a block's replications; ``hear`` (or the worker's queue) is told how far they are."""
    study = _STUDY[0]
    program, seed = _program(block.scene), study.plan.seed
    say = hear or (_TELL[0].put if _TELL else None)
    visits = []
    for k, replication in enumerate(block.replications):

        def passed(share: float, before: int = k) -> None:
            if say is not None:
                say((block.scene, block.number, before + share))

        visits.append(simulate(program, seed, replication, passed))
    ids = tuple(client_ids(program, seed, r) for r in block.replications)
    reading = reading_of(study.scenes[block.scene].scenario, study.plan)
    return Played(tuple(visits), ids), [tell(reading, v) for v in visits]


@dataclass
class _Count:
    """How many replications are done, those under way counted by how far they are."""

    progress: Progress
    total: int
    done: int = 0
    under_way: dict[tuple[int, int], float] = field(default_factory=dict)

    def hear(self, heard: Heard) -> None:
        """Take note of how far a block is."""
        scene, number, played = heard
        self.under_way[scene, number] = played
        self.progress(self.done + sum(self.under_way.values()), self.total)

    def finish(self, block: Block) -> None:
        """Count a block as done."""
        self.under_way.pop((block.scene, block.number), None)
        self.done += len(block.replications)
        self.progress(self.done + sum(self.under_way.values()), self.total)


Playing = Generator[tuple[Block, tuple[Played, list[Told]]], None, None]


def _played_here(todo: Sequence[Block], count: _Count) -> Playing:
    for block in todo:
        yield block, _play(block, count.hear)


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


def _played_apart(study: Study, todo: Sequence[Block], workers: int, count: _Count) -> Playing:
    """Play blocks in worker processes, yielding each as it is finished; a few are queued ahead."""
    context = multiprocessing.get_context("spawn")
    queue: SimpleQueue[Heard] = context.SimpleQueue()
    pool = ProcessPoolExecutor(workers, context, initializer=_enter, initargs=(study, queue))
    waiting = iter(todo)
    running: dict[Future[tuple[Played, list[Told]]], Block] = {}
    try:
        while True:
            while len(running) < 2 * workers and (block := next(waiting, None)) is not None:
                with _deaf():
                    running[pool.submit(_play, block)] = block
            if not running:
                return
            found = wait(running, LISTEN_SECONDS, return_when=FIRST_COMPLETED).done
            while not queue.empty():
                count.hear(queue.get())
            for done in found:
                yield running.pop(done), done.result()
    finally:
        pool.shutdown(wait=True, cancel_futures=True)
        queue.close()


def run(
    study: Study,
    store: Store,
    workers: int,
    progress: Progress,
    before: Callable[[Sequence[Block]], None] = lambda _: None,
) -> list[Result]:
    """Play what the store does not hold yet, and return every scene's results, in their order.

    ``progress`` is told (replications done, replications in all) as they are played; ``before`` is
    told once, before anything is played, which blocks will be.
    """
    every = blocks(study)
    count = _Count(progress, sum(len(block.replications) for block in every))
    told: dict[tuple[int, int], list[Told]] = {}
    todo = []
    progress(0, count.total)
    for block in every:
        scene = study.scenes[block.scene]
        visits = store.find(scene, block)
        if visits is None:
            todo.append(block)
            continue
        reading = reading_of(scene.scenario, study.plan)
        told[block.scene, block.number] = [tell(reading, v) for v in visits]
        count.finish(block)
    before(todo)
    _enter(study)
    if workers > 1 and len(todo) > 1:
        playing = _played_apart(study, todo, min(workers, len(todo)), count)
    else:
        playing = _played_here(todo, count)
    with closing(playing):
        for block, (played, says) in playing:
            store.keep(study.scenes[block.scene], block, played)
            told[block.scene, block.number] = says
            count.finish(block)
    return [
        _gathered(study, s, [t for b in every if b.scene == s for t in told[b.scene, b.number]])
        for s in range(len(study.scenes))
    ]


def _gathered(study: Study, number: int, told: Sequence[Told]) -> Result:
    """Put a scene's replications together, in their order."""
    scene = study.scenes[number]
    return Result(
        scene=scene,
        capacities=tuple(sorted(scene.scenario.service.capacities)),
        outcomes={o: np.array([t.outcomes[o] for t in told]) for o in told[0].outcomes},
        waiting=np.stack([t.waiting for t in told]),
        curves=tuple(t.curves for t in told),
        flows=tuple(t.flows for t in told),
    )
