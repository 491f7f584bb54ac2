"""A service as a value: capacities, stages, ways in, conditions, arrivals, and their sources.

A planner writes it as YAML. Nothing in it is a function, and an object that makes no sense cannot
be built: the checks of :mod:`simcare.model.pathway` run when it is made.
"""

from typing import Annotated, Any, Literal, Self

from pydantic import AfterValidator, Field, ModelWrapValidatorHandler
from pydantic import model_validator as validator

from simcare.model.arrivals import Stream, WayIn, shares_of_ways
from simcare.model.capacity import Capacity
from simcare.model.cases import Effect, Onward
from simcare.model.conditions import Condition
from simcare.model.distributions import Duration
from simcare.model.pathway import problems
from simcare.model.values import AsTuple, Name, Value, built_with

Cause = Literal["completed", "left", "dropped_out", "relapsed"]


class Stage(Value):
    """A part of the pathway: what it asks for, how long it lasts, what time does, where next."""

    asks_for: Name | None = None
    stay_days: Duration | None = None
    stay_times: Annotated[tuple[Effect, ...], AsTuple] = ()
    while_waiting: Name | None = None
    while_there: Name | None = None
    hold: bool = False
    next: dict[Cause, Onward]


class Milestones(Value):
    """Which stages mark what outcomes are about; each may name several stages, or none."""

    referral_received: Annotated[tuple[Name, ...], AsTuple] = ()
    first_help: Annotated[tuple[Name, ...], AsTuple] = ()
    treatment: Annotated[tuple[Name, ...], AsTuple] = ()
    bed: Annotated[tuple[Name, ...], AsTuple] = ()
    discharge: Annotated[tuple[Name, ...], AsTuple] = ()


class Service(Value):
    """A service for addiction care (or any other with stages, capacities and people who wait)."""

    description: str = ""
    arrivals: Annotated[dict[Name, Stream], Field(min_length=1, max_length=250)]
    ways_in: Annotated[dict[Name, WayIn], Field(min_length=1), AfterValidator(shares_of_ways)]
    capacities: dict[Name, Capacity] = {}
    conditions: dict[Name, Condition] = {}
    stages: Annotated[dict[Name, Stage], Field(min_length=1, max_length=250)]
    milestones: Milestones = Milestones()
    sources: dict[str, str] = {}

    @validator(mode="wrap")
    @classmethod
    def _as_a_whole(cls, data: Any, build: ModelWrapValidatorHandler[Self]) -> Self:
        """Report what is wrong with single values and with the pathway as a whole together."""
        return data if isinstance(data, cls) else built_with(cls, data, build, problems(data))
