"""One scenario: a service, its population and the plan of a run, fitting together."""

from collections.abc import Iterator
from datetime import date
from typing import Annotated, Any, Self

from pydantic import BeforeValidator, Field, ModelWrapValidatorHandler, ValidationError
from pydantic import model_validator as validator
from pydantic_core import InitErrorDetails

from simcare.model.pathway import fault
from simcare.model.population import Population
from simcare.model.service import Case, Effect, Range, Service
from simcare.model.ticks import LONGEST_HORIZON_DAYS
from simcare.model.values import (
    NotNegative,
    Positive,
    PositiveCount,
    Value,
    choice_text,
    problem,
)

EPISODE = "episode"
LARGEST_SEED = 2**64 - 1


def _as_date(value: Any) -> Any:
    if isinstance(value, str):
        try:
            return date.fromisoformat(value)
        except ValueError:
            raise problem("a date such as 2017-01-01 is required") from None
    return value


class Plan(Value):
    """How a scenario is run and read: chance, length, warm-up and what difference matters."""

    seed: Annotated[int, Field(strict=True, ge=0, le=LARGEST_SEED)]
    replications: PositiveCount
    start_date: Annotated[date, BeforeValidator(_as_date)]
    horizon_days: Annotated[Positive, Field(le=LONGEST_HORIZON_DAYS)]
    warm_up_days: NotNegative
    deadline_days: Positive
    smallest_difference_that_matters: NotNegative
    smallest_days_that_matter: NotNegative = 3.0

    @validator(mode="after")
    def _warm_up(self) -> Self:
        if self.warm_up_days >= self.horizon_days:
            raise problem(
                f"horizon_days ({self.horizon_days:g}) must be longer than "
                f"warm_up_days ({self.warm_up_days:g})"
            )
        return self


class Scenario(Value):
    """A service with the people who come to it. Every attribute that it speaks of is theirs."""

    service: Service
    population: Population

    @validator(mode="wrap")
    @classmethod
    def _together(cls, data: Any, build: ModelWrapValidatorHandler[Self]) -> Self:
        scenario = build(data)
        found = list(_attribute_problems(scenario.service, scenario.population))
        if found:
            raise ValidationError.from_exception_data(cls.__name__, found)
        return scenario


def _attribute_problems(service: Service, population: Population) -> Iterator[InitErrorDetails]:
    if EPISODE in population.attributes:
        message = (
            f"{EPISODE} is the number of the client's episode: give the attribute another name"
        )
        yield fault(("population", "attributes", EPISODE), EPISODE, message)
    for name, condition in service.conditions.items():
        for clock in ("leave", "drop_out", "relapse", "die"):
            value = getattr(condition, clock)
            for effect in value.times if value else ():
                of_clock = ("service", "conditions", name, clock, "times")
                yield from _effect_problems(of_clock, effect, population)
    for name, stage in service.stages.items():
        for effect in stage.stay_times:
            of_stay = ("service", "stages", name, "stay_times")
            yield from _effect_problems(of_stay, effect, population)
        for cause, cases in stage.next.items():
            for case in cases:
                yield from _case_problems(
                    ("service", "stages", name, "next", cause), case, population
                )


def _effect_problems(
    path: tuple[str, ...], effect: Effect, population: Population
) -> Iterator[InitErrorDetails]:
    yield from _test_problems(path, effect.when, population)
    name = effect.per_unit_of
    if name is not None and (name not in population.attributes or categories(population, name)):
        numbers = [a for a in population.attributes if not categories(population, a)]
        message = f"not an attribute that is a number; {choice_text(name, numbers)}"
        yield fault((*path, "per_unit_of"), name, message)


def _case_problems(
    path: tuple[str, ...], case: Case, population: Population
) -> Iterator[InitErrorDetails]:
    yield from _test_problems(path, case.when, population)
    for name, value in case.set.items():
        yield from _value_problems((*path, "set"), name, value, population)


def _test_problems(
    path: tuple[str, ...], when: dict[str, Any], population: Population
) -> Iterator[InitErrorDetails]:
    for name, test in when.items():
        if name == EPISODE and isinstance(test, Range):
            continue
        yield from _value_problems((*path, "when"), name, test, population)


def _value_problems(
    path: tuple[str, ...], name: str, value: Any, population: Population
) -> Iterator[InitErrorDetails]:
    if name not in population.attributes:
        known = [*population.attributes, EPISODE]
        yield fault((*path, name), name, f"unknown attribute; {choice_text(name, known)}")
        return
    allowed = categories(population, name)
    if isinstance(value, str) and value not in allowed:
        text = choice_text(value, allowed) if allowed else "it is a number, not a category"
        yield fault((*path, name), value, text)
    if not isinstance(value, str) and allowed:
        yield fault((*path, name), value, f"a category is required; {choice_text('', allowed)}")


def categories(population: Population, name: str) -> tuple[str, ...]:
    """Return the categories of an attribute, none if it is a number."""
    return population.attributes[name].categories
