"""Playing a study: scenarios times replications, in blocks, perhaps by several workers.

A study is handed a store, which keeps what is finished: a block of replications that the store
holds is read, not played again. Results depend neither on the number of workers nor on the order in
which they finish; nor does the number of replications, where it goes by a precision.
"""

from collections.abc import Callable, Sequence
from contextlib import closing
from dataclasses import dataclass, field, replace
from math import fsum

import numpy as np

from simcare.analysis.outcomes import Measured
from simcare.analysis.precision import looked, series, stop
from simcare.study.playing import Heard
from simcare.study.terms import traits
from simcare.study.values import Block, Result, Scene, Store, Study, Told, blocks
from simcare.study.workers import play

Progress = Callable[[float, int], None]


@dataclass
class _Count:
    """How many replications are done, those under way counted by how far they are."""

    progress: Progress
    total: int = 0
    done: int = 0
    under_way: dict[tuple[int, int], float] = field(default_factory=dict)

    def begin(self, round_of_blocks: Sequence[Block]) -> None:
        """Count the replications of one more round to those that there are in all."""
        self.total += sum(len(block.replications) for block in round_of_blocks)
        self.progress(self.done, self.total)

    def hear(self, heard: Heard) -> None:
        """Take note of how far a block is."""
        scene, number, played = heard
        self.under_way[scene, number] = played
        self.progress(fsum((self.done, *self.under_way.values())), self.total)

    def finish(self, block: Block) -> None:
        """Count a block as done."""
        self.under_way.pop((block.scene, block.number), None)
        self.done += len(block.replications)
        self.progress(fsum((self.done, *self.under_way.values())), self.total)


def run(
    study: Study,
    store: Store,
    workers: int,
    progress: Progress,
    before: Callable[[Sequence[Block]], None] = lambda _: None,
) -> list[Result]:
    """Play what the store does not hold yet, and return every scene's results, in their order.

    Where the study asks for a precision, the scenes of a case are played in rounds until they have
    it. That hangs on their outcomes alone, in the order of the replications, so a run that was
    stopped ends as one that was not.

    ``progress`` is told (replications done, replications in all as far as is known) as they are
    played; ``before`` is told once, before anything is played, which blocks of the first round that
    is not finished will be.
    """
    rounds = _Rounds(study, store, workers, _Count(progress), before)
    while todo := rounds.next():
        rounds.play(todo)
    return [_gathered(scene, rounds.of(s)) for s, scene in enumerate(study.scenes)]


class _Rounds:
    """The rounds of a study: what is to be played next, and what the scenes say so far."""

    def __init__(
        self,
        study: Study,
        store: Store,
        workers: int,
        count: _Count,
        before: Callable[[Sequence[Block]], None],
    ) -> None:
        self.study, self.store, self.workers = study, store, workers
        self.count, self.before = count, before
        self.blocks = blocks(study)
        self.told: dict[tuple[int, int], Sequence[Told]] = {}
        self.going, self.number, self.is_announced = (
            {scene.case for scene in study.scenes},
            0,
            False,
        )

    def next(self) -> list[Block]:
        """Return the blocks of the next round, of the cases that go on; none if none does."""
        found = [b for b in self.blocks if b.round == self.number and self._goes_on(b.scene)]
        self.number += 1
        return found

    def _goes_on(self, scene: int) -> bool:
        return self.study.scenes[scene].case in self.going

    def play(self, every: Sequence[Block]) -> None:
        """Find the blocks of a round, or play them; then let the cases stop that are done."""
        self.count.begin(every)
        todo = []
        for block in every:
            found = self.store.find(self.study.scenes[block.scene], block)
            if found is None:
                todo.append(block)
                continue
            self.told[block.scene, block.number] = found
            self.count.finish(block)
        if not self.is_announced and (todo or self.study.precision is None):
            self.before(todo)
            self.is_announced = True
        hear = self.count.hear
        with closing(play(self.study, self.store, todo, self.workers, hear)) as playing:
            for block, says in playing:
                kept = [replace(one, clients=None) for one in says]
                self.told[block.scene, block.number] = kept
                self.count.finish(block)
        if self.study.precision is not None:
            self.going = {case for case in self.going if not self._is_done(case)}

    def of(self, scene: int) -> list[Told]:
        """Return what the replications of a scene have said so far, in their order."""
        mine = (b for b in self.blocks if b.scene == scene)
        return [t for b in mine for t in self.told.get((b.scene, b.number), ())]

    def _is_done(self, case: str) -> bool:
        """Return whether a case is precise enough after this round, or never will be."""
        wanted, mine = self.study.precision, [*enumerate(self.study.scenes)]
        if wanted is None:
            return False
        base, *others = (series(self._outcomes(s), wanted) for s, one in mine if one.case == case)
        ends = next(one.ends for _, one in mine if one.case == case)
        seen = looked(base, others, ends[: self.number], wanted)
        return stop(seen, is_last=self.number == len(ends)) is not None

    def _outcomes(self, scene: int) -> list[Measured]:
        return [one.outcomes for one in self.of(scene)]


def _gathered(scene: Scene, told: Sequence[Told]) -> Result:
    """Put a scene's replications together, in their order: as many as there came to be."""
    return Result(
        scene=replace(scene, replications=len(told)),
        capacities=tuple(sorted(scene.scenario.service.capacities)),
        outcomes={o: np.array([t.outcomes[o] for t in told]) for o in told[0].outcomes},
        waiting=np.stack([t.waiting for t in told]),
        curves=tuple(t.curves for t in told),
        flows=tuple(t.flows for t in told),
        deadlines=tuple(scene.scenario.service.deadlines),
        lateness=tuple(t.lateness for t in told),
        numbers=tuple(t.numbers for t in told),
        traits=traits(scene.scenario),
        equity=tuple(t.equity for t in told),
    )
