"""What is shipped: the compiled engine writes what the reference engine writes."""

import pytest
from tests.equality.both import difference
from tests.unit.config.test_shipped import TOGETHER, population_of

from simcare.config.build import job
from simcare.config.files import config_folders, names
from simcare.engines.lowering import lower

FOLDERS = config_folders()
DAYS = {"norway": 150.0}
TWO_YEARS = 730.5  # and half a day: a horizon need not be a midnight
SHIPPED = [
    *(
        [f"service={service}", f"population={population_of(service)}"]
        for service in names(FOLDERS, "service")
    ),
    *([f"policy={policy}"] for policy in names(FOLDERS, "policy")),
    *([f"policy=[{policies}]"] for policies in TOGETHER),
    *([f"experiment={experiment}"] for experiment in names(FOLDERS, "experiment")),
]


@pytest.mark.parametrize("asked", SHIPPED, ids=" ".join)
def test_both_engines_write_the_same(asked: list[str]) -> None:
    """Hold that no byte differs, in each scenario of each service, policy and experiment."""
    study = job(asked).study
    days = DAYS.get(asked[0].removeprefix("service="), TWO_YEARS)
    for scene in study.scenes:
        program = lower(scene.scenario, study.plan.start_date, days)
        assert difference(program, study.plan.seed, 1) is None, f"{scene.case}, {scene.policy}"
