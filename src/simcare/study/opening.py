"""The scenes of a study as engines read them, and with whom each of their replications begins."""

from datetime import timedelta
from functools import lru_cache

from simcare.engines.beginning import Here
from simcare.engines.choice import Simulate
from simcare.engines.cohort import Passed, Visits, unheard
from simcare.engines.continuing import here_after
from simcare.engines.lowering import lower
from simcare.engines.program import Program
from simcare.kernels.tables import People
from simcare.study.values import Study

# What comes before day 0 has a luck of its own: that of the replication with this bit set.
BEFORE = 1 << 63


def lower_earlier(study: Study, scene: int) -> Program | None:
    """Return lowered what was there before day 0 of a scene, None if nothing was."""
    earlier, start = study.scenes[scene].earlier, study.plan.start_date
    if earlier is None:
        return None
    return lower(earlier.scenario, start - timedelta(days=earlier.days), earlier.days)


def following(
    program: Program,
    earlier: Program,
    seed: int,
    replication: int,
    simulate: Simulate,
    passed: Passed = unheard,
) -> Program:
    """Return a program with the people of day 0 of one replication: those an earlier one leaves.

    ``simulate`` plays that, and ``passed`` is told which share of its time has passed.
    """
    here: list[Here] = []

    def take_over(visits: Visits, people: People) -> None:
        here.append(here_after(earlier, visits, people, program))

    simulate(earlier, seed, replication | BEFORE, passed, take_over)
    return program.with_here(here[0])


class Programs:
    """Lowers each scene of a study once; several threads may ask."""

    def __init__(self, study: Study) -> None:
        self.study = study
        self._lowered = lru_cache(maxsize=8)(self._lower)
        self._earlier = lru_cache(maxsize=8)(self._lower_earlier)

    def _lower(self, scene: int) -> Program:
        plan = self.study.plan
        return lower(self.study.scenes[scene].scenario, plan.start_date, plan.horizon_days)

    def _lower_earlier(self, scene: int) -> Program | None:
        return lower_earlier(self.study, scene)

    def of(self, scene: int) -> Program:
        """Return a scene lowered; nobody is there on day 0 but the people of a list."""
        return self._lowered(scene)

    def begun(
        self, scene: int, replication: int, simulate: Simulate, passed: Passed = unheard
    ) -> Program:
        """Return a scene lowered, with the people of day 0 of one replication.

        Where these are what an earlier service leaves, ``simulate`` plays it, and ``passed`` is
        told which share of its time has passed.
        """
        program, earlier = self._lowered(scene), self._earlier(scene)
        if earlier is None:
            return program
        return following(program, earlier, self.study.plan.seed, replication, simulate, passed)

    def share_before(self, scene: int) -> float:
        """Return which share of the time that is played comes before day 0."""
        earlier = self.study.scenes[scene].earlier
        days = 0.0 if earlier is None else earlier.days
        return days / (days + self.study.plan.horizon_days)


def part_of(passed: Passed, first: float, last: float) -> Passed:
    """Return what tells of a part of the time, from the share ``first`` of it to ``last``."""

    def hear(share: float) -> None:
        passed(first + share * (last - first))

    return hear
