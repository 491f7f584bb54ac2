"""What care costs, and who pays: money for days, visits, places and years, in one currency."""

from collections.abc import Iterator
from typing import Annotated, Any, Self

from pydantic import BeforeValidator, Field
from pydantic import model_validator as validator

from simcare.model.pathway import Problem, Raw, as_map, fault
from simcare.model.values import AsTuple, Name, NotNegative, Value, problem

Currency = Annotated[str, Field(strict=True, min_length=1, max_length=10)]


class VisitCosts(Value):
    """What visits to a stage cost one payer: each that begins, each day there and of waiting."""

    per_day: NotNegative = 0.0
    per_visit: NotNegative = 0.0
    per_day_waiting: NotNegative = 0.0
    payer: Name | None = None

    @validator(mode="after")
    def _says_how_much(self) -> Self:
        if not self.model_fields_set - {"payer"}:
            raise problem("per_day, per_visit or per_day_waiting is required")
        return self


class PlaceCosts(Value):
    """What the places of a capacity cost one payer: each day that one is there, used or not."""

    per_day: NotNegative
    payer: Name | None = None


class YearlyCosts(Value):
    """What is paid for every year, whoever comes: training, administration, a grant."""

    per_year: NotNegative
    payer: Name | None = None


def _as_several(value: Any) -> Any:
    return (value,) if isinstance(value, dict | Value) else value


OfVisits = Annotated[
    tuple[VisitCosts, ...], BeforeValidator(_as_several), AsTuple, Field(min_length=1)
]
OfPlaces = Annotated[
    tuple[PlaceCosts, ...], BeforeValidator(_as_several), AsTuple, Field(min_length=1)
]


def problems(service: object) -> list[Problem]:
    """Return what is wrong with the costs of a service as written, taken together."""
    raw = as_map(service)
    found = list(_waiting_problems(as_map(raw.get("stages"))))
    if raw.get("currency") is None:
        found += _without_currency(raw)
    return found


def _without_currency(raw: Raw) -> list[Problem]:
    message = "money needs a currency: give the service one, such as currency: NOK"
    for key, cost in (("stages", "costs"), ("capacities", "costs"), ("capacities", "bought")):
        for name, part in as_map(raw.get(key)).items():
            if as_map(part).get(cost) is not None:
                return [fault((key, str(name), cost), part, message)]
    return [fault(("costs",), raw["costs"], message)] if raw.get("costs") else []


def _waiting_problems(stages: Raw) -> Iterator[Problem]:
    """Yield where waiting is to cost something, and nobody waits."""
    for name, stage in stages.items():
        given = as_map(stage).get("costs")
        several = given if isinstance(given, list | tuple) else (given,)
        waits = any(as_map(one).get("per_day_waiting") for one in several)
        if waits and as_map(stage).get("asks_for") is None:
            message = "nobody waits where no capacity is asked for: give asks_for, or per_day"
            yield fault(("stages", str(name), "costs"), given, message)
