"""A service as a value: capacities, stages, ways in, conditions, arrivals, and their sources.

A planner writes it as YAML. Nothing in it is a function, and an object that makes no sense cannot
be built: the checks of :mod:`simcare.model.pathway` run when it is made.
"""

from collections.abc import Iterator, Mapping
from itertools import pairwise
from typing import Annotated, Any, Literal, Self

from pydantic import (
    AfterValidator,
    BeforeValidator,
    Discriminator,
    Field,
    ModelWrapValidatorHandler,
    Tag,
)
from pydantic import model_validator as validator

from simcare.model.distributions import Duration, Hazard
from simcare.model.pathway import Problem, Raw, as_map, fault, problems
from simcare.model.ticks import LONGEST_HORIZON_DAYS, ticks
from simcare.model.values import (
    AsTuple,
    Count,
    Name,
    NotNegative,
    Number,
    Positive,
    PositiveCount,
    Share,
    Value,
    built_with,
    problem,
    sums_to_one,
)

Cause = Literal["completed", "left", "dropped_out", "relapsed"]


def _one_or_each(value: Any) -> str:
    """Return which form of a number was written, so that what is wrong is said of that alone."""
    return "(each)" if isinstance(value, Mapping) else "(one)"


MOST_UNITS = 1000
COUNTED_IN = ("beds", "slots", "appointments")
OneUnits = Annotated[PositiveCount, Field(le=MOST_UNITS)]
# One number, or one for each category of the attribute that a capacity is split by.
Places = Annotated[
    Annotated[Count, Tag("(one)")] | Annotated[dict[Name, Count], Tag("(each)")],
    Discriminator(_one_or_each),
]
Units = Annotated[
    Annotated[OneUnits, Tag("(one)")] | Annotated[dict[Name, OneUnits], Tag("(each)")],
    Discriminator(_one_or_each),
]


def _total(number: int | dict[str, int]) -> int:
    return sum(number.values()) if isinstance(number, dict) else number


def _of(number: int | dict[str, int], category: str) -> int:
    return number[category] if isinstance(number, dict) else number


class Change(Value):
    """From a day of the run on, a capacity has another number; nobody is evicted."""

    day: Annotated[NotNegative, Field(le=LONGEST_HORIZON_DAYS)]
    number: Places

    @property
    def total(self) -> int:
        """How many can be served at a time from that day on, over all units."""
        return _total(self.number)


class Capacity(Value):
    """Something that is asked for and given back, and over how many units with lists of their own.

    The number is said as ``beds``, ``slots`` or ``appointments``: how many people can be served at
    a time. Over ``units`` it is dealt out as evenly as it goes; a client belongs to one unit for
    good. With ``by``, each category of that attribute has a number and units of its own, for its
    own clients.
    """

    by: Name | None = None
    beds: Places | None = None
    slots: Places | None = None
    appointments: Places | None = None
    units: Units = 1
    changes: Annotated[tuple[Change, ...], AsTuple] = ()

    @validator(mode="wrap")
    @classmethod
    def _as_a_whole(cls, data: Any, build: ModelWrapValidatorHandler[Self]) -> Self:
        """Report what is wrong with single values and with their form together."""
        return data if isinstance(data, cls) else built_with(cls, data, build, _forms(as_map(data)))

    @validator(mode="after")
    def _one_number(self) -> Self:
        numbers = [n for n in (self.beds, self.slots, self.appointments) if n is not None]
        if len(numbers) != 1:
            raise problem("give one number: beds, slots or appointments")
        moments = [ticks(change.day) for change in self.changes]
        if any(a >= b for a, b in pairwise(moments)):
            raise problem("the days of the changes must rise")
        self._enough_for_the_units(numbers[0])
        return self

    def _enough_for_the_units(self, first: int | dict[str, int]) -> None:
        """Refuse units that have nothing while others have something, and too many units."""
        every = 0
        for category in first if isinstance(first, dict) else ("",):
            numbers = [n for n in (first, *(c.number for c in self.changes)) if _has(n, category)]
            units = _of(self.units, category) if _has(self.units, category) else 1
            every += units
            if any(0 < _of(n, category) < units for n in numbers):
                who = f" of {category}" if category else ""
                message = f"at least one for each of the {units} units{who}, or 0, is required"
                raise problem(message)
        if every > MOST_UNITS:
            raise problem(f"at most {MOST_UNITS} units in all are allowed, not {every}")

    @property
    def _number(self) -> int | dict[str, int]:
        return next(n for n in (self.beds, self.slots, self.appointments) if n is not None)

    @property
    def number(self) -> int:
        """How many can be served at a time, over all units."""
        return _total(self._number)

    @property
    def counted_in(self) -> str:
        """What the number is said as: beds, slots or appointments."""
        return next(n for n in COUNTED_IN if getattr(self, n) is not None)

    @property
    def number_of_units(self) -> int:
        """Over how many units it is dealt out, those of all categories together."""
        if isinstance(self._number, dict):
            return sum(_of(self.units, category) for category in self._number)
        return _total(self.units)

    def part(self, category: str) -> "Capacity":
        """Return what a capacity that is split has for one category, as one that is not split."""
        changes = [{"day": c.day, "number": _of(c.number, category)} for c in self.changes]
        number, units = _of(self._number, category), _of(self.units, category)
        return Capacity.model_validate({"beds": number, "units": units, "changes": changes})


def _has(number: int | dict[str, int], category: str) -> bool:
    return not isinstance(number, dict) or category in number


def numbers_of(capacity: Raw) -> Iterator[tuple[tuple[str | int, ...], Any]]:
    """Yield the path and value of each number of places in a capacity as written."""
    for key in COUNTED_IN:
        if capacity.get(key) is not None:
            yield (key,), capacity[key]
    changes = capacity.get("changes")
    for k, change in enumerate(changes if isinstance(changes, list | tuple) else ()):
        if "number" in as_map(change):
            yield ("changes", k, "number"), change["number"]


def _forms(capacity: Raw) -> list[Problem]:
    """Return where one number is written in place of one for each category, or the reverse."""
    found = []
    by = capacity.get("by")
    written = list(numbers_of(capacity))
    if by is None:
        message = "one number is required; one for each category goes with by: <attribute>"
        every = [*written, (("units",), capacity.get("units"))]
        found += [fault(path, n, message) for path, n in every if isinstance(n, Mapping)]
    elif isinstance(by, str):
        message = f"one number for each category of {by} is required, such as {{<category>: 12}}"
        one = [(path, n) for path, n in written if isinstance(n, int) and not isinstance(n, bool)]
        found += [fault(path, n, message) for path, n in one]
    return found


class Range(Value):
    """A range of a number: at least ``at_least`` and below ``below``."""

    at_least: Number | None = None
    below: Number | None = None

    @validator(mode="after")
    def _something(self) -> Self:
        if self.at_least is None and self.below is None:
            raise problem("at_least or below is required")
        return self


def _kind(value: Any) -> str:
    """Return which kind of value was written, so that what is wrong is said of that kind alone."""
    if isinstance(value, str):
        return "(category)"
    return "(range)" if isinstance(value, dict | Range) else "(number)"


def _category_or_range(value: Any) -> Any:
    if _kind(value) == "(number)":
        raise problem("a category is required, or a range such as {at_least: 0.2, below: 0.5}")
    return value


Category = Annotated[str, Tag("(category)")]
Test = Annotated[
    Annotated[Category | Annotated[Range, Tag("(range)")], Discriminator(_kind)],
    BeforeValidator(_category_or_range),
]


def _category_or_share(value: Any) -> Any:
    if _kind(value) == "(range)":
        raise problem("a category is required, or a number from 0 to 1")
    return value


Setting = Annotated[
    Annotated[Category | Annotated[Share, Tag("(number)")], Discriminator(_kind)],
    BeforeValidator(_category_or_share),
]


class Effect(Value):
    """A factor on a hazard or a length: for whom (``when``), or once per unit of an attribute."""

    factor: NotNegative
    when: dict[Name, Test] = {}
    per_unit_of: Name | None = None

    @validator(mode="after")
    def _one_kind(self) -> Self:
        if bool(self.when) == (self.per_unit_of is not None):
            raise problem("either when or per_unit_of is required, and not both")
        if self.per_unit_of is not None and self.factor == 0:
            raise problem("a factor per unit must be above 0")
        return self


class EarlyLoss(Value):
    """A share who are lost in the first days, each after an exponential time with this mean."""

    share: Share
    mean_days: Positive


class Clock(Value):
    """A competing event: how its hazard runs, and what multiplies it.

    The clock's own time starts when a client enters a condition that runs it, and runs on through
    further conditions that do, until one does not.
    """

    after_days: Hazard
    early_loss: EarlyLoss | None = None
    times: Annotated[tuple[Effect, ...], AsTuple] = ()


class Drift(Value):
    """How a number from 0 to 1 moves with time: half of the way to ``towards`` per half-life."""

    half_life_days: Positive
    towards: Share


class Condition(Value):
    """What time does to a person: motivation and severity drift, and the clocks that run."""

    motivation: Drift | None = None
    severity: Drift | None = None
    leave: Clock | None = None
    drop_out: Clock | None = None
    relapse: Clock | None = None
    die: Clock | None = None


class Case(Value):
    """Where next for those to whom every test applies: shares of targets, and attributes set."""

    when: dict[Name, Test] = {}
    to: dict[str, Share]
    set: dict[Name, Setting] = {}

    @validator(mode="before")
    @classmethod
    def _one_target(cls, data: Any) -> Any:
        if isinstance(data, dict) and isinstance(data.get("to"), str):
            return {**data, "to": {data["to"]: 1.0}}
        return data

    @validator(mode="after")
    def _shares(self) -> Self:
        if not sums_to_one(list(self.to.values())):
            total = sum(self.to.values())
            raise problem(f"the shares must sum to 1, not {total:g}")
        return self


def _as_cases(value: Any) -> Any:
    """Read the short notations: a target, or shares of targets, apply to everybody."""
    if isinstance(value, str | dict):
        return ({"to": value},)
    if not isinstance(value, list | tuple):
        raise problem("a stage, shares of stages, or a list of cases is required")
    return tuple(value)


def _for_everybody(cases: tuple[Case, ...]) -> tuple[Case, ...]:
    if not cases or cases[-1].when:
        raise problem("the last case must be for everybody: without when")
    if any(not case.when for case in cases[:-1]):
        raise problem("a case without when hides those after it: put it last")
    return cases


Onward = Annotated[tuple[Case, ...], BeforeValidator(_as_cases), AfterValidator(_for_everybody)]


class Stage(Value):
    """A part of the pathway: what it asks for, how long it lasts, what time does, where next."""

    asks_for: Name | None = None
    stay_days: Duration | None = None
    stay_times: Annotated[tuple[Effect, ...], AsTuple] = ()
    while_waiting: Name | None = None
    while_there: Name | None = None
    hold: bool = False
    next: dict[Cause, Onward]


class WayIn(Value):
    """Where a client enters, and the share of clients who come this way."""

    stage: Name
    share: Share


def _shares_of_ways(ways_in: dict[str, WayIn]) -> dict[str, WayIn]:
    shares = [way.share for way in ways_in.values()]
    if not sums_to_one(shares):
        raise problem(f"the shares must sum to 1, not {sum(shares):g}")
    return ways_in


class Wave(Value):
    """A wave in the rate, yearly or other: 1 + amplitude * sin(2 pi (day - start_day) / period)."""

    amplitude: Share
    period_days: Positive = 365.0
    start_day: Number = 0.0


Twelve = Annotated[tuple[NotNegative, ...], AsTuple, Field(min_length=12, max_length=12)]
Seven = Annotated[tuple[NotNegative, ...], AsTuple, Field(min_length=7, max_length=7)]


class Stream(Value):
    """Arrivals: a rate, its seasons, and whether it is open. A stream's people are its own."""

    per_day: NotNegative | None = None
    per_year: NotNegative | None = None
    months: Twelve | None = None
    weekdays: Seven | None = None
    wave: Wave | None = None
    open: bool = True

    @validator(mode="after")
    def _one_rate(self) -> Self:
        if (self.per_day is None) == (self.per_year is None):
            raise problem("give one rate: per_day or per_year")
        for name, factors in (("months", self.months), ("weekdays", self.weekdays)):
            if factors is not None and sum(factors) == 0:
                raise problem(f"some of the {name} must be above 0")
        return self

    @property
    def rate_per_day(self) -> float:
        """Mean arrivals a day while the stream is open (a year counts 365.25 days), else 0."""
        if not self.open:
            return 0.0
        return self.per_day if self.per_day is not None else (self.per_year or 0.0) / 365.25


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
    ways_in: Annotated[dict[Name, WayIn], Field(min_length=1), AfterValidator(_shares_of_ways)]
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
