"""What care costs: money for days and visits, in one currency."""

from typing import Annotated

from pydantic import Field

from simcare.model.pathway import Problem, as_map, fault
from simcare.model.values import NotNegative, Value

Currency = Annotated[str, Field(strict=True, min_length=1, max_length=10)]


class Costs(Value):
    """What a stage costs: for each day of a stay, and for each visit that begins."""

    per_day: NotNegative = 0.0
    per_visit: NotNegative = 0.0


def problems(service: object) -> list[Problem]:
    """Return what is wrong with the costs of a service as written, taken together."""
    raw = as_map(service)
    if raw.get("currency") is not None:
        return []
    for key, cost in (("stages", "costs"), ("capacities", "bought")):
        for name, part in as_map(raw.get(key)).items():
            if as_map(part).get(cost) is not None:
                message = "money needs a currency: give the service one, such as currency: NOK"
                return [fault((key, str(name), cost), part, message)]
    return []
