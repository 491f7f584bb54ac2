"""Blocks played one after the other, or by several workers at once: threads or processes.

Machine code lets go of Python's lock, so replications of the compiled engine run side by side in
threads: nothing has to be started, and no record is copied from process to process. The reference
engine is Python, of which a process runs one line at a time: its workers are processes.
"""

import multiprocessing
import os
import queue
import signal
import threading
from collections.abc import Generator, Iterator, Sequence
from concurrent.futures import (
    FIRST_COMPLETED,
    Executor,
    Future,
    ProcessPoolExecutor,
    ThreadPoolExecutor,
    wait,
)
from contextlib import contextmanager
from multiprocessing.process import BaseProcess
from multiprocessing.queues import SimpleQueue
from multiprocessing.synchronize import Event
from typing import Protocol

from simcare.study.playing import Ended, Hear, Heard, Player
from simcare.study.values import Block, Store, Study, Told

LISTEN_SECONDS = 0.5
Playing = Generator[tuple[Block, tuple[Told, ...]], None, None]


def uses_threads(engine: str) -> bool:
    """Return whether an engine's workers are threads of one process."""
    return engine == "compiled"


def play(study: Study, store: Store, todo: Sequence[Block], workers: int, hear: Hear) -> Playing:
    """Play blocks and keep them in the store, yielding each with what it says when it is kept.

    ``hear`` is told how far each is. Closing the generator stops the playing; what was not finished
    by then is not kept.
    """
    workers = min(workers, len(todo))
    if workers <= 1:
        return _played_here(study, store, todo, hear)
    crew = _Threads if uses_threads(study.plan.engine) else _Processes
    return _played_by(crew(study, store, workers), todo, workers, hear)


def _played_here(study: Study, store: Store, todo: Sequence[Block], hear: Hear) -> Playing:
    player = Player(study, store.keeps_visits)
    for block in todo:
        yield block, _played_and_kept(player, store, block, hear)


def _played_and_kept(player: Player, store: Store, block: Block, hear: Hear) -> tuple[Told, ...]:
    """Play a block and keep it; return what it says. Its records are let go of."""
    told, played = player.play(block, hear)
    store.keep(player.study.scenes[block.scene], block, told, played)
    return told


class _Crew(Protocol):
    """Workers: they begin a block, say how far they are, and keep what they have finished."""

    def begin(self, block: Block) -> Future[Ended]:
        """Let the next free worker play a block."""

    def end(self, block: Block, played: Future[Ended]) -> tuple[Told, ...]:
        """Return what a block says, which is kept by then; raise what its worker raised."""

    def heard(self) -> Iterator[Heard]:
        """Yield what the workers have said and nobody has heard yet."""

    def close(self) -> None:
        """Stop the workers, and return when they have."""


def _played_by(crew: _Crew, todo: Sequence[Block], workers: int, hear: Hear) -> Playing:
    """Let workers play blocks; a few are queued ahead, so that nobody waits for the next."""
    waiting = iter(todo)
    running: dict[Future[Ended], Block] = {}
    try:
        while True:
            while len(running) < 2 * workers and (block := next(waiting, None)) is not None:
                running[crew.begin(block)] = block
            if not running:
                return
            found = wait(running, LISTEN_SECONDS, return_when=FIRST_COMPLETED).done
            for heard in crew.heard():
                hear(heard)
            for done in found:
                block = running.pop(done)
                yield block, crew.end(block, done)
    finally:
        crew.close()


# --- threads -----------------------------------------------------------------------------------


class _StoppedError(Exception):
    """Nobody waits for what this worker plays."""


class _Threads:
    """Threads of this process. Each keeps what it has played, and so holds one block at most."""

    def __init__(self, study: Study, store: Store, workers: int) -> None:
        self.player, self.store = Player(study, store.keeps_visits), store
        self.pool: Executor = ThreadPoolExecutor(workers)
        self.said: queue.SimpleQueue[Heard] = queue.SimpleQueue()
        self.stopped = threading.Event()

    def begin(self, block: Block) -> Future[Ended]:
        return self.pool.submit(self._play, block)

    def _play(self, block: Block) -> Ended:
        return _played_and_kept(self.player, self.store, block, self._say), None

    def _say(self, heard: Heard) -> None:
        if self.stopped.is_set():
            raise _StoppedError
        self.said.put(heard)

    def end(self, _: Block, played: Future[Ended]) -> tuple[Told, ...]:
        return played.result()[0]

    def heard(self) -> Iterator[Heard]:
        while not self.said.empty():
            yield self.said.get()

    def close(self) -> None:
        self.stopped.set()
        self.pool.shutdown(wait=True, cancel_futures=True)


# --- processes ---------------------------------------------------------------------------------

# A worker process holds one player, where to say how far it is, and what tells it to stop.
_PLAYER: list[Player] = []
_SAID: list["SimpleQueue[Heard]"] = []
_STOPPED: list[Event] = []


def _end_with(parent: BaseProcess) -> None:
    """End this process when its parent has ended, however it did: a worker outlives nobody."""
    parent.join()
    os._exit(1)


def _enter(study: Study, keeps_visits: bool, said: "SimpleQueue[Heard]", stopped: Event) -> None:
    """Make a process a worker of a study. Only the main process listens to Ctrl-C."""
    parent = multiprocessing.parent_process()
    if parent is not None:
        signal.signal(signal.SIGINT, signal.SIG_IGN)
        threading.Thread(target=_end_with, args=(parent,), daemon=True).start()
    _PLAYER[:], _SAID[:], _STOPPED[:] = [Player(study, keeps_visits)], [said], [stopped]


def _play(block: Block) -> Ended:
    return _PLAYER[0].play(block, _say)


def _say(heard: Heard) -> None:
    if _STOPPED[0].is_set():
        raise _StoppedError
    _SAID[0].put(heard)


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


class _Processes:
    """Processes of their own. They hand over what they have played, and it is kept here."""

    def __init__(self, study: Study, store: Store, workers: int) -> None:
        self.study, self.store = study, store
        context = multiprocessing.get_context("spawn")
        self.said: SimpleQueue[Heard] = context.SimpleQueue()
        self.stopped = context.Event()
        given = (study, store.keeps_visits, self.said, self.stopped)
        self.pool = ProcessPoolExecutor(workers, context, initializer=_enter, initargs=given)

    def begin(self, block: Block) -> Future[Ended]:
        with _deaf():
            return self.pool.submit(_play, block)

    def end(self, block: Block, played: Future[Ended]) -> tuple[Told, ...]:
        told, records = played.result()
        self.store.keep(self.study.scenes[block.scene], block, told, records)
        return told

    def heard(self) -> Iterator[Heard]:
        while not self.said.empty():
            yield self.said.get()

    def close(self) -> None:
        self.stopped.set()
        self.pool.shutdown(wait=True, cancel_futures=True)
        self.said.close()
