"""The root of a config: the plan of a run, the comparison, and where the results go."""

from typing import Annotated, Any, Literal

from pydantic import AfterValidator, Field
from pydantic_core import PydanticCustomError

from simcare.analysis.proof import Asked
from simcare.config.patch import Comparison, each_once
from simcare.config.precision import Wanted
from simcare.config.today import Start
from simcare.model.scenario import Plan
from simcare.model.values import PositiveCount


def _names(value: Any) -> Any:
    """Refuse what is neither a policy's name nor a list of names."""
    listed = value if isinstance(value, list) else [value]
    if not listed or not all(isinstance(name, str) for name in listed):
        # Of no kind that says nothing of what is given where that is keys with values.
        raise PydanticCustomError("names", "a policy's name is required, or a list of names")
    each_once(listed)
    return value


class Settings(Plan):
    """Everything at the top of a config besides the service and the population.

    ``start`` is where a run starts: empty, or from a list of people. ``precision`` is how precise
    results are to be, in place of a fixed number of replications. ``audit`` is how many
    replications are played again by the other engine, and compared.
    """

    policy: Annotated[Any, AfterValidator(_names)] = "as_it_is"
    study: Comparison | None = None
    start: Start | None = None
    precision: Wanted | None = None
    output: Annotated[str, Field(min_length=1)] | None = None
    workers: Annotated[PositiveCount, Field(le=256)] | None = None
    keep: Literal["visits", "outcomes"] = "visits"
    audit: Asked = "sample"
    service: dict[str, Any]
    population: dict[str, Any]
