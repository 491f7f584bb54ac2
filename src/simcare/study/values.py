"""What a study is made of: scenarios with their replications, blocks of them, and their results."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from itertools import pairwise
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from simcare.analysis.clients import Clients
from simcare.analysis.curves import States
from simcare.analysis.deadlines import Lateness
from simcare.analysis.equity import Equity
from simcare.analysis.findings import CaseNote
from simcare.analysis.flows import Flows
from simcare.analysis.groups import Numbers
from simcare.analysis.outcomes import Measured, Outcome
from simcare.analysis.precision import Precision
from simcare.analysis.terms import Trait
from simcare.kernels.draws import name_id
from simcare.model.beginning import HERE_AT_THE_START, NOBODY
from simcare.model.scenario import Plan, Scenario

BLOCK = 5
# Clients in a block, unless one replication has more: what is lost at most when a run is stopped,
# and what a worker holds in memory at once.
BLOCK_PEOPLE = 60_000.0


@dataclass(frozen=True)
class Earlier:
    """A service as it was before day 0, and for how many days, from empty.

    What the scenario says of days of the run (from which day on, until which) is of these days.
    """

    scenario: Scenario
    days: int


@dataclass(frozen=True)
class Scene:
    """One scenario of a study: a case under a policy, and how often it is replicated.

    ``earlier`` is what was there before it, if its people of day 0 are what that has left. Where a
    precision is asked for, ``replications`` are at most so many, and ``looks`` the numbers of them
    after which it may be precise enough, rising.
    """

    case: str
    policy: str
    scenario: Scenario
    replications: int
    earlier: Earlier | None = None
    looks: tuple[int, ...] = ()

    @property
    def ends(self) -> tuple[int, ...]:
        """The numbers of replications at which its rounds end: one round if it never looks."""
        before = (n for n in self.looks if n < self.replications)
        return (*before, self.replications)


@dataclass(frozen=True)
class Study:
    """A question put to scenarios; of each case's policies the first is the base.

    Where a ``precision`` is asked for, replications go on in rounds until it is there. ``sources``
    say where the numbers of policies and cases are from, by path and whose they are; a part of the
    config whose numbers nobody has said a source of is there with an empty text.
    """

    name: str
    question: str
    note: str
    plan: Plan
    scenes: tuple[Scene, ...]
    cases: Mapping[str, CaseNote]
    policies: Mapping[str, str]
    sources: Mapping[str, str] = field(default_factory=dict)
    precision: Precision | None = None

    @property
    def at_start(self) -> "Study":
        """The study with no more replications than are played before anything is looked at."""
        scenes = tuple(replace(scene, replications=scene.ends[0]) for scene in self.scenes)
        return replace(self, scenes=scenes)

    def with_replications(self, replications: Sequence[int]) -> "Study":
        """Return the study as it was played in the end: so many replications of each scene.

        It asks for no precision any more: whoever plays it again plays as many.
        """
        both = zip(self.scenes, replications, strict=True)
        scenes = tuple(replace(scene, replications=n) for scene, n in both)
        return replace(self, scenes=scenes, precision=None)

    def compares(self, scene: Scene) -> bool:
        """Return whether the case of a scene has another policy."""
        return any(s.case == scene.case and s.policy != scene.policy for s in self.scenes)


@dataclass(frozen=True)
class Block:
    """Some replications of one scene, in order: the unit that is played, kept and found again.

    ``round`` is the round of the scene in which it is played, from 0.
    """

    scene: int
    number: int
    replications: range
    round: int = 0


@dataclass(frozen=True)
class Played:
    """The records of a block: visits and clients' ids, one of each for each replication."""

    visits: tuple[NDArray[np.void], ...]
    ids: tuple[NDArray[np.uint64], ...]

    @property
    def here(self) -> tuple[int, ...]:
        """How many of each replication's clients, the first, are people of day 0.

        A store keeps nothing of their visits, which would tell who is on a list.
        """
        word = np.uint64(name_id(HERE_AT_THE_START))
        return tuple(int((ids >> np.uint64(32) == word).sum()) for ids in self.ids)


@dataclass(frozen=True)
class Told:
    """What one replication says: outcomes, people waiting over time, curves by day, flows.

    ``waiting`` is by capacity and span of five days. ``lateness`` is who is past a deadline when,
    ``numbers`` those of groups: ways in, costs; ``equity`` is who gets what. ``clients`` are told
    one by one where policies are compared; a store keeps them apart, so they are None in what it
    finds.
    """

    outcomes: Measured
    waiting: NDArray[np.float64]
    curves: list[States]
    flows: Flows
    lateness: Lateness
    numbers: Numbers
    equity: Equity
    clients: Clients | None = None


@dataclass(frozen=True)
class Result:
    """A scene's outcomes over replications, float64, and what its replications say besides.

    ``waiting`` has the shape (replications, capacities, spans of five days). ``deadlines`` are the
    names of those of ``lateness``, ``traits`` the attributes of ``equity``.
    """

    scene: Scene
    capacities: tuple[str, ...]
    outcomes: Mapping[Outcome, NDArray[np.float64]]
    waiting: NDArray[np.float64]
    curves: tuple[list[States], ...]
    flows: tuple[Flows, ...]
    deadlines: tuple[str, ...]
    lateness: tuple[Lateness, ...]
    numbers: tuple[Numbers, ...]
    traits: tuple[Trait, ...]
    equity: tuple[Equity, ...]


class Store(Protocol):
    """Keeps finished blocks: what their replications say, and perhaps their records.

    Several threads may keep blocks at once. ``keeps_visits`` says whether records are wanted.
    """

    @property
    def keeps_visits(self) -> bool:
        """Whether a block is kept with its records."""

    def find(self, scene: Scene, block: Block) -> tuple[Told, ...] | None:
        """Return what each replication of a block kept before says, or None."""

    def keep(self, scene: Scene, block: Block, told: Sequence[Told], played: Played | None) -> None:
        """Keep what a block says, and its records if there are any, whole or not at all."""


def people_expected(scenario: Scenario, plan: Plan) -> float:
    """Return how many people are expected in one replication, those of a list among them."""
    streams = scenario.service.arrivals.values()
    new = sum(stream.people_expected(plan.horizon_days) for stream in streams)
    return new + len((scenario.beginning or NOBODY).people)


def _size(scene: Scene, plan: Plan) -> int:
    """Return how many replications make a block.

    Few replications are blocks by themselves, and so are large ones. However many there are in the
    end, blocks are the same.
    """
    most = scene.looks[-1] if scene.looks else scene.replications
    if most <= 2 * BLOCK:
        return 1
    return int(min(max(BLOCK_PEOPLE / people_expected(scene.scenario, plan), 1), BLOCK))


def blocks(study: Study) -> list[Block]:
    """Return every block of a study, scene by scene: the same for any number of workers.

    No block is of two rounds.
    """
    found = []
    for s, scene in enumerate(study.scenes):
        size, number = _size(scene, study.plan), 0
        for k, (begin, end) in enumerate(pairwise((0, *scene.ends))):
            for first in range(begin, end, size):
                found.append(Block(s, number, range(first, min(first + size, end)), k))
                number += 1
    return found
