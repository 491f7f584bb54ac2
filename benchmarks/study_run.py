"""pathway-6 as a study whose records are not kept: only what they say is, as with keep=outcomes.

What is played, read from the records and gathered is what a study does for every replication.
"""

from collections.abc import Sequence

import simcare_engines
import specification as spec
from simcare.model.scenario import Plan
from simcare.study import Block, Played, Result, Scene, Study, Told, run
from specification import Totals


class Nothing:
    """A store that keeps nothing, and asks for no records."""

    keeps_visits = False

    def find(self, scene: Scene, block: Block) -> None:
        """Return that nothing has been kept."""

    def keep(self, scene: Scene, block: Block, told: Sequence[Told], played: Played | None) -> None:
        """Keep nothing."""


def outcomes(scale: float) -> spec.Play:
    """Return a study of one replication: what it says of its scenario, from a seed."""
    scenario = simcare_engines.scenario(scale)
    scene = Scene("pathway-6", "as it is", scenario, 1)

    def play(seed: int) -> list[Result]:
        plan = Plan(
            seed=seed,
            replications=1,
            start_date=simcare_engines.START,
            horizon_days=spec.HORIZON,
            warm_up_days=365.0,
            deadline_days=42.0,
            smallest_difference_that_matters=1.0,
        )
        study = Study("pathway-6", "", "", plan, (scene,), {}, {})
        return run(study, Nothing(), 1, lambda done, total: None)

    return play


def read(results: list[Result], scale: float) -> list[Totals]:
    """Return no totals: what a study says is not what programs are compared by."""
    return []
