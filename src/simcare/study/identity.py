"""What replications follow from: those of equal identities are equal, to the last bit."""

from collections.abc import Mapping
from typing import Any

from simcare.model.beginning import NOBODY
from simcare.model.population import Population
from simcare.model.scenario import Scenario
from simcare.model.service import Service
from simcare.study.values import Scene, Study

# What readers are told of a service or a population, and what no replication goes by.
LABELS = {"description", "sources"}
# How many replications there are, which difference matters and what a life year is worth say
# nothing of one of them.
OF_THE_STUDY = {
    "replications", "smallest_difference_that_matters", "smallest_days_that_matter",
    "willingness_to_pay",
}  # fmt: skip


def identity_of(study: Study, scene: Scene) -> dict[str, Any]:
    """Return all that a replication of a scene follows from, besides its number and the code.

    It is plain data whose order counts, as it does in a config: categories are drawn in theirs.
    Names of cases and policies, titles, notes and sources are not in it. Of a list of people it
    holds the checksum.
    """
    earlier = scene.earlier
    return {
        "plan": study.plan.model_dump(mode="json", exclude=OF_THE_STUDY),
        "scenario": _plain(scene.scenario),
        "earlier": earlier and {"days": earlier.days, "scenario": _plain(earlier.scenario)},
        "compares": study.compares(scene),
    }


def _plain(scenario: Scenario) -> Mapping[str, Any]:
    """Return a scenario as plain data, without what is for readers alone."""
    beginning = scenario.beginning or NOBODY
    return {
        "service": _written(scenario.service),
        "population": _written(scenario.population),
        "beginning": {
            "sha256": beginning.sha256,
            "bytes": beginning.size_bytes,
            "people": len(beginning.people),
            "after_days": beginning.after_days,
        },
    }


def _written(part: Service | Population) -> dict[str, Any]:
    return part.model_dump(mode="json", by_alias=True, exclude=LABELS)
