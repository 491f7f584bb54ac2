"""Policies compared person by person, from what a store keeps of each client."""

from collections.abc import Iterator, Mapping, Sequence
from itertools import zip_longest
from typing import Protocol

from simcare.analysis.clients import Clients
from simcare.analysis.pairs import Of, PairRow, Tally, gather, tally
from simcare.study.values import Block, Scene, Study, blocks


class KeptClients(Protocol):
    """What a run has kept of its clients."""

    def clients(self, scene: Scene, block: Block) -> tuple[Clients, ...] | None:
        """Return those of each replication of a block, None if they were not kept."""


def pairs(study: Study, kept: KeptClients) -> list[tuple[PairRow, ...]]:
    """Return for each scene whom its policy helps and harms beside the base of its case.

    The base has no rows. The scenes of a case are read side by side, a block of each at a time.
    """
    found: list[tuple[PairRow, ...]] = [()] * len(study.scenes)
    every = blocks(study)
    for case in dict.fromkeys(scene.case for scene in study.scenes):
        base, *others = (s for s, scene in enumerate(study.scenes) if scene.case == case)
        tallies: dict[int, list[Mapping[Of, Tally]]] = {s: [] for s in others}
        mine = (base, *others) if others else ()
        of_scenes = (_clients(study, kept, [b for b in every if b.scene == s]) for s in mine)
        for before, *after in zip_longest(*of_scenes):
            for s, clients in zip(others, after, strict=True):
                if before is not None and clients is not None:
                    tallies[s].append(tally(before, clients))
        for s, counted in tallies.items():
            found[s] = gather(study.scenes[base].policy, counted)
    return found


def _clients(study: Study, kept: KeptClients, todo: Sequence[Block]) -> Iterator[Clients | None]:
    """Yield the clients of each replication of some blocks, None where they were not kept."""
    for block in todo:
        found = kept.clients(study.scenes[block.scene], block)
        yield from found or [None] * len(block.replications)
