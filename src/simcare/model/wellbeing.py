"""How people fare: areas of life as numbers from 0 to 1 that move with where somebody is."""

from collections.abc import Iterator
from typing import Annotated

from pydantic import Field

from simcare.model.conditions import Drift
from simcare.model.pathway import Problem, as_map, fault
from simcare.model.values import Name, NotNegative, Share, Value, choice_text

OUTSIDE = "out"  # in the place of a condition: after the way out of the service


class Area(Value):
    """One area of life: how it is when somebody first asks, and its weight in wellbeing."""

    at_first: Share
    weight: NotNegative = 1.0


class Wellbeing(Value):
    """Areas of life, and how they drift while somebody is in each condition, or out of the service.

    Where nothing is said of an area it stays as it is. Wellbeing is the mean of the areas by their
    weights; ``qalys_from`` is the area that is a utility, by which years are adjusted for quality.
    """

    areas: Annotated[dict[Name, Area], Field(min_length=1)]
    while_in: dict[Name, dict[Name, Drift]]
    qalys_from: Name | None = None


def problems(service: object) -> Iterator[Problem]:
    """Yield which conditions and areas the wellbeing of a service as written names wrongly."""
    raw = as_map(service)
    written = as_map(raw.get("wellbeing"))
    areas = [str(name) for name in as_map(written.get("areas"))]
    conditions = [*map(str, as_map(raw.get("conditions"))), OUTSIDE]
    for condition, drifts in as_map(written.get("while_in")).items():
        path = ("wellbeing", "while_in", str(condition))
        if condition not in conditions:
            message = f"not a condition; {choice_text(condition, conditions)}"
            yield fault(path, drifts, message)
        for area in as_map(drifts):
            if area not in areas:
                message = f"not among the areas; {choice_text(area, areas)}"
                yield fault((*path, str(area)), drifts, message)
    utility = written.get("qalys_from")
    if isinstance(utility, str) and utility not in areas:
        message = f"not among the areas; {choice_text(utility, areas)}"
        yield fault(("wellbeing", "qalys_from"), utility, message)
    weights = [as_map(area).get("weight", 1.0) for area in as_map(written.get("areas")).values()]
    if weights and all(weight == 0 for weight in weights):
        yield fault(("wellbeing", "areas"), written, "some of the weights must be above 0")
