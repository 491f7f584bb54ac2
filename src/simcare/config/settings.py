"""The root of a config: the plan of a run, the comparison, and where the results go."""

from typing import Annotated, Any

from pydantic import Field

from simcare.config.patch import Comparison
from simcare.model.scenario import Plan
from simcare.model.values import PositiveCount


class Settings(Plan):
    """Everything at the top of a config besides the service and the population."""

    policy: str | list[str] = "gp_referral"
    study: Comparison | None = None
    output: Annotated[str, Field(min_length=1)] | None = None
    workers: PositiveCount | None = None
    service: dict[str, Any]
    population: dict[str, Any]
