"""What the shipped policies do to people after treatment follows from mechanisms, one by one."""

import numpy as np
import pytest
from numpy.typing import NDArray

from simcare.config.build import job
from simcare.engines.compiled import simulate
from simcare.engines.lowering import lower
from simcare.kernels.tables import COMPLETED, RELAPSED

SEED = 1
DAYS = 3 * 365
TICKS_PER_DAY = 86_400
# All that makes one person relapse sooner than another: by condition, how many factors there are.
FACTORS = {"in_aftercare": 10, "first_weeks": 10, "at_home": 10}
ALIKE = [
    f"service.conditions.{condition}.relapse.times.{k}.factor=1.0"
    for condition, many in FACTORS.items()
    for k in range(many)
]
FEWEST = 100  # people compared, or a test says little


def days_to_relapse(policy: str, *settings: str, completed: str = "detox") -> dict[int, float]:
    """Return, by client, the days from coming home first until the first relapse after it.

    Of those who have completed a stage and relapse, in their first episode.
    """
    study = job([f"policy={policy}", "warm_up_days=0", f"horizon_days={DAYS}", *settings]).study
    program = lower(study.scenes[0].scenario, study.plan.start_date, DAYS)
    visits = simulate(program, SEED, 0)
    number = {name: k for k, name in enumerate(program.stages)}
    first = visits[visits["episode"] == 1]
    passed = (first["stage"] == number[completed]) & (first["fate"] == COMPLETED)
    after = np.isin(first["stage"], [number[s] for s in ("aftercare", "home", "settled")])
    home = _first_of(first[after])
    relapse = _first_of(first[after & (first["fate"] == RELAPSED)])
    return {
        who: float(relapse[who]["ended"] - home[who]["queued"]) / TICKS_PER_DAY
        for who in relapse.keys() & set(first["client"][passed].tolist())
    }


def _first_of(visits: NDArray[np.void]) -> dict[int, NDArray[np.void]]:
    """Return the first of each client's visits."""
    clients, rows = np.unique(visits["client"], return_index=True)
    return dict(zip(clients.tolist(), visits[rows], strict=True))


def of_both(one: dict[int, float], other: dict[int, float]) -> NDArray[np.float64]:
    """Return the numbers of all who have both: float64 (people, 2)."""
    both = sorted(one.keys() & other.keys())
    assert len(both) >= FEWEST
    return np.array([(one[who], other[who]) for who in both])


def test_detox_alone_is_no_worse_where_nothing_makes_anybody_relapse_sooner() -> None:
    """With every factor on relapse 1, everybody relapses on the same day at home either way.

    Detox alone changes routes and nothing else, and luck is the same: to a tick, for rounding.
    """
    days = of_both(days_to_relapse("detox_only", *ALIKE), days_to_relapse("as_it_is", *ALIKE))
    assert days[:, 0] == pytest.approx(days[:, 1], abs=2 / TICKS_PER_DAY)


def test_whoever_completes_treatment_relapses_later_than_after_detox_alone() -> None:
    """Hold it of each: more is learnt in treatment, the need beneath it perhaps treated."""
    treated = days_to_relapse("as_it_is", completed="residential")
    days = of_both(days_to_relapse("detox_only"), treated)
    assert (days[:, 0] < days[:, 1]).all()


def test_nobody_relapses_sooner_for_treatment_of_what_lies_beneath() -> None:
    """Hold it of each who completes treatment under both; of many it is later.

    Places are enough, for longer stays make others wait, and lose motivation.
    """
    enough = (
        "service.capacities.assessment_teams.slots=200",
        "service.capacities.detox.beds=100",
        "service.capacities.residential.beds=600",
        "service.capacities.aftercare.slots=600",
    )
    usual, holistic = (
        days_to_relapse(policy, *enough, completed="residential")
        for policy in ("as_it_is", "holistic")
    )
    days = of_both(usual, holistic)
    assert (days[:, 0] <= days[:, 1]).all()
    assert (days[:, 0] < days[:, 1] - 1).mean() > 0.1
