"""Deadlines: by when something is to have started, counted from an asking or a completion.

A deadline runs once in an episode of a client. That it is late changes nothing by itself: it is
measured, lists may be ordered by it, and cases of routes may ask for it.
"""

from collections.abc import Iterator, Mapping
from typing import Annotated, Any, Self

from pydantic import AfterValidator, BeforeValidator, Field
from pydantic import model_validator as validator

from simcare.model.cases import Test
from simcare.model.pathway import Problem, Raw, as_map, fault, leading_to, named, reached_by
from simcare.model.ticks import LONGEST_HORIZON_DAYS
from simcare.model.values import (
    AsTuple,
    Name,
    NotNegative,
    PositiveCount,
    Value,
    choice_text,
    problem,
)

MOST_WORKING_DAYS = 366
STAGE_KEYS = ("from", "after", "to", "not_counting")


class Within(Value):
    """How long there is: days to the second, or open days of a calendar; perhaps not for all.

    With ``working_days`` the deadline is due at the end of that open day after the day it began on.
    """

    when: dict[Name, Test] = {}
    days: Annotated[NotNegative, Field(le=LONGEST_HORIZON_DAYS)] | None = None
    working_days: Annotated[PositiveCount, Field(le=MOST_WORKING_DAYS)] | None = None
    calendar: Name | None = None

    @validator(mode="after")
    def _one_rule(self) -> Self:
        if (self.days is None) == (self.working_days is None):
            raise problem("give one rule: days, or working_days with a calendar")
        if (self.calendar is None) != (self.working_days is None):
            raise problem("working_days and calendar go together")
        return self


def _as_cases(value: Any) -> Any:
    """Read the short notation: one rule applies to everybody."""
    if isinstance(value, Mapping | Within):
        return (value,)
    if not isinstance(value, list | tuple):
        raise problem("a rule such as {days: 14} is required, or a list of cases")
    return tuple(value)


def _for_everybody(cases: tuple[Within, ...]) -> tuple[Within, ...]:
    if not cases or cases[-1].when:
        raise problem("the last case must be for everybody: without when")
    if any(not case.when for case in cases[:-1]):
        raise problem("a case without when hides those after it: put it last")
    return cases


Cases = Annotated[tuple[Within, ...], BeforeValidator(_as_cases), AfterValidator(_for_everybody)]
Stages = Annotated[tuple[Name, ...], AsTuple]
SomeStages = Annotated[Stages, Field(min_length=1)]


class Deadline(Value):
    """By when a stage of ``to`` is to start: ``within`` so long, once in an episode.

    It begins when the first visit to one of ``from`` is asked for, or when the first visit to one
    of ``after`` is completed. Time in visits to the stages ``not_counting`` is added to it.
    """

    from_: Annotated[SomeStages | None, Field(alias="from")] = None
    after: SomeStages | None = None
    to: SomeStages
    within: Cases
    not_counting: Stages = ()

    @validator(mode="after")
    def _one_beginning(self) -> Self:
        if (self.from_ is None) == (self.after is None):
            raise problem("give one beginning: from (asked for) or after (completed)")
        if both := sorted({*(self.after or ())} & {*self.not_counting}):
            raise problem(f"{both[0]} is over when it begins: it cannot be among not_counting")
        return self

    @property
    def begins_at(self) -> tuple[str, ...]:
        """The stages at which it begins: with their asking or, if ``after``, their completion."""
        return self.from_ or self.after or ()


def problems(service: Any) -> list[Problem]:
    """Return what is wrong with the deadlines of a service as written, with its other parts."""
    raw = as_map(service)
    found: list[Problem] = []
    for name, deadline in ((str(n), as_map(d)) for n, d in as_map(raw.get("deadlines")).items()):
        unknown = list(_unknown_stages(name, deadline, as_map(raw.get("stages"))))
        found += unknown or _out_of_reach(name, deadline, as_map(raw.get("stages")))
        found += _unknown_calendars(name, deadline, as_map(raw.get("calendars")))
    return found


def _listed(deadline: Raw, key: str) -> list[str]:
    given = deadline.get(key)
    return [s for s in given if isinstance(s, str)] if isinstance(given, list | tuple) else []


def _unknown_stages(name: str, deadline: Raw, stages: Raw) -> Iterator[Problem]:
    for key in STAGE_KEYS:
        for stage in _listed(deadline, key):
            if stage not in stages:
                message = f"unknown stage; {choice_text(stage, [str(s) for s in stages])}"
                yield fault(("deadlines", name, key), stage, message)


def _out_of_reach(name: str, deadline: Raw, stages: Raw) -> Iterator[Problem]:
    """Yield where a deadline begins from where nothing that would keep it can be reached."""
    ends = _listed(deadline, "to")
    leads = leading_to(stages, ends)
    begins = [("from", stage, {stage}) for stage in _listed(deadline, "from")]
    begins += [
        ("after", stage, reached_by(named(stages, stage), "completed"))
        for stage in _listed(deadline, "after")
    ]
    for key, stage, onward in begins if ends else ():
        if not onward & leads:
            message = f"{' or '.join(ends)} cannot be reached from there in the same episode"
            yield fault(("deadlines", name, key), stage, message)


def _unknown_calendars(name: str, deadline: Raw, calendars: Raw) -> Iterator[Problem]:
    within = deadline.get("within")
    listed = list(within) if isinstance(within, list | tuple) else [within]
    for k, case in enumerate(map(as_map, listed)):
        given = case.get("calendar")
        if isinstance(given, str) and given not in calendars:
            message = f"unknown calendar; {choice_text(given, [str(c) for c in calendars])}"
            place = (k,) if isinstance(within, list | tuple) else ()
            yield fault(("deadlines", name, "within", *place, "calendar"), given, message)
