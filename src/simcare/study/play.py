"""Playing a study: scenarios times replications, in blocks, perhaps by several workers.

A study is handed a store, which keeps what is finished: a block of replications that the store
holds is read, not played again. Results depend neither on the number of workers nor on the order in
which they finish.
"""

from collections.abc import Callable, Sequence
from contextlib import closing
from dataclasses import dataclass, field, replace
from math import fsum

import numpy as np

from simcare.study.playing import Heard
from simcare.study.terms import traits
from simcare.study.values import Block, Result, Store, Study, Told, blocks
from simcare.study.workers import play

Progress = Callable[[float, int], None]


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

    ``progress`` is told (replications done, replications in all) as they are played; ``before`` is
    told once, before anything is played, which blocks will be.
    """
    every = blocks(study)
    count = _Count(progress, sum(len(block.replications) for block in every))
    told: dict[tuple[int, int], Sequence[Told]] = {}
    todo = []
    progress(0, count.total)
    for block in every:
        found = store.find(study.scenes[block.scene], block)
        if found is None:
            todo.append(block)
            continue
        told[block.scene, block.number] = found
        count.finish(block)
    before(todo)
    with closing(play(study, store, todo, workers, count.hear)) as playing:
        for block, says in playing:
            told[block.scene, block.number] = [replace(one, clients=None) for one in says]
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
        deadlines=tuple(scene.scenario.service.deadlines),
        lateness=tuple(t.lateness for t in told),
        numbers=tuple(t.numbers for t in told),
        traits=traits(scene.scenario),
        equity=tuple(t.equity for t in told),
    )
