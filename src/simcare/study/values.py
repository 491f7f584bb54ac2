"""What a study is made of: scenarios with their replications, blocks of them, and their results."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
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

    ``earlier`` is what was there before it, if its people of day 0 are what that has left.
    """

    case: str
    policy: str
    scenario: Scenario
    replications: int
    earlier: Earlier | None = None


@dataclass(frozen=True)
class Study:
    """A question put to scenarios; of each case's policies the first is the base.

    ``sources`` say where the numbers of policies and cases are from, by path and whose they are;
    a part of the config whose numbers nobody has said a source of is there with an empty text.
    """

    name: str
    question: str
    note: str
    plan: Plan
    scenes: tuple[Scene, ...]
    cases: Mapping[str, CaseNote]
    policies: Mapping[str, str]
    sources: Mapping[str, str] = field(default_factory=dict)

    def compares(self, scene: Scene) -> bool:
        """Return whether the case of a scene has another policy."""
        return any(s.case == scene.case and s.policy != scene.policy for s in self.scenes)


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

    @property
    def here(self) -> tuple[int, ...]:
        """How many of each replication's clients, the first, are people of day 0.

        A store keeps nothing of their visits, which would tell who is on a list.
        """
        word = np.uint64(name_id(HERE_AT_THE_START))
        return tuple(int((ids >> np.uint64(32) == word).sum()) for ids in self.ids)


@dataclass(frozen=True)
class Told:
    """What one replication says: outcomes, people waiting by month, curves by day, flows.

    ``lateness`` is who is past a deadline when, ``numbers`` those of groups: ways in, costs;
    ``equity`` is who gets what. ``clients`` are told one by one where policies are compared; a
    store keeps them apart, so they are None in what it finds.
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

    ``waiting`` has the shape (replications, capacities, months). ``deadlines`` are the names of
    those of ``lateness``, ``traits`` the attributes of ``equity``.
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

    Few replications are blocks by themselves, and so are large ones.
    """
    if scene.replications <= 2 * BLOCK:
        return 1
    return int(min(max(BLOCK_PEOPLE / people_expected(scene.scenario, plan), 1), BLOCK))


def blocks(study: Study) -> list[Block]:
    """Return every block of a study, scene by scene: the same for any number of workers."""
    found = []
    for s, scene in enumerate(study.scenes):
        size = _size(scene, study.plan)
        for number, first in enumerate(range(0, scene.replications, size)):
            upto = min(first + size, scene.replications)
            found.append(Block(s, number, range(first, upto)))
    return found
