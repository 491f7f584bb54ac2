"""A service as a value: calendars, capacities, stages, ways in, conditions, arrivals, sources.

A planner writes it as YAML. Nothing in it is a function, and an object that makes no sense cannot
be built: the checks of :mod:`simcare.model.pathway` run when it is made.
"""

from typing import Annotated, Any, Literal, Self

from pydantic import AfterValidator, BeforeValidator, Field, ModelWrapValidatorHandler
from pydantic import model_validator as validator

from simcare.model.arrivals import Stream, WayIn, shares_of_ways
from simcare.model.arrivals import problems as stream_problems
from simcare.model.calendar import Calendar
from simcare.model.capacity import Capacity
from simcare.model.capacity import problems as capacity_problems
from simcare.model.cases import Effect, Onward
from simcare.model.conditions import Condition
from simcare.model.costs import Currency, OfVisits, YearlyCosts
from simcare.model.costs import problems as cost_problems
from simcare.model.deadlines import Deadline
from simcare.model.deadlines import problems as deadline_problems
from simcare.model.distributions import Duration
from simcare.model.likeness import built_alike
from simcare.model.lists import Offer, Review
from simcare.model.pathway import Problem, problems
from simcare.model.values import AsTuple, Name, Value
from simcare.model.wellbeing import Wellbeing
from simcare.model.wellbeing import problems as wellbeing_problems

Cause = Literal["completed", "left", "dropped_out", "relapsed", "missed", "moved"]
MOST_ASKED_FOR = 3


def _as_names(value: Any) -> Any:
    """Read one name as a list of one."""
    if value is None:
        return ()
    return (value,) if isinstance(value, str) else value


class Stage(Value):
    """A part of the pathway: what it asks for, how long it lasts, what time does, where next.

    With several capacities under ``asks_for`` a visit begins when all of them have a place free.
    What a stage does not say itself is as in the stage that it is ``like``.
    """

    like: Name | None = None
    asks_for: Annotated[
        tuple[Name, ...], BeforeValidator(_as_names), AsTuple, Field(max_length=MOST_ASKED_FOR)
    ] = ()
    stay_days: Duration | None = None
    stay_times: Annotated[tuple[Effect, ...], AsTuple] = ()
    while_waiting: Name | None = None
    while_there: Name | None = None
    hold: bool = False
    offer: Offer | None = None
    reviewed: Review | None = None
    costs: OfVisits | None = None
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
    calendars: dict[Name, Calendar] = {}
    capacities: dict[Name, Capacity] = {}
    conditions: dict[Name, Condition] = {}
    stages: Annotated[dict[Name, Stage], Field(min_length=1, max_length=250)]
    milestones: Milestones = Milestones()
    deadlines: dict[Name, Deadline] = {}
    wellbeing: Wellbeing | None = None
    costs: dict[Name, YearlyCosts] = {}
    currency: Currency | None = None
    sources: dict[str, str] = {}

    @validator(mode="wrap")
    @classmethod
    def _as_a_whole(cls, data: Any, build: ModelWrapValidatorHandler[Self]) -> Self:
        """Report what is wrong with single values and with the pathway as a whole together."""
        if isinstance(data, cls):
            return data
        return built_alike(cls, data, build, _every_problem)


def _every_problem(whole: Any) -> list[Problem]:
    """Return what is wrong with the parts of a service as written, taken together."""
    found = [*problems(whole), *stream_problems(whole), *capacity_problems(whole)]
    return [*found, *deadline_problems(whole), *cost_problems(whole), *wellbeing_problems(whole)]
