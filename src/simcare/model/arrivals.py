"""Who comes: streams of arrivals with their seasons and hours, and the ways in."""

from collections.abc import Iterator, Mapping
from typing import Annotated, Any, Self

from pydantic import Field, field_validator
from pydantic import model_validator as validator

from simcare.model.cases import Setting
from simcare.model.pathway import Problem, as_map, fault
from simcare.model.ticks import LONGEST_HORIZON_DAYS
from simcare.model.values import (
    AsTuple,
    Count,
    Name,
    NotNegative,
    Number,
    Positive,
    Share,
    Value,
    Whole,
    choice_text,
    problem,
    sums_to_one,
)


class WayIn(Value):
    """Where a client enters, and the share of clients who come this way."""

    stage: Name
    share: Share


def shares_of_ways(ways_in: dict[str, WayIn]) -> dict[str, WayIn]:
    """Return ways in whose shares sum to 1; raise a problem if they do not."""
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
HOURS_PER_DAY = 24
EachHour = Annotated[
    tuple[NotNegative, ...], AsTuple, Field(min_length=HOURS_PER_DAY, max_length=HOURS_PER_DAY)
]
Day = Annotated[Count, Field(le=LONGEST_HORIZON_DAYS)]


class Stream(Value):
    """Arrivals: a rate, its seasons, and whether and when it is open. Its people are its own.

    It is open from the beginning of ``from_day`` to that of ``until_day``. ``ways_in`` are the
    shares of the service's ways in by which its people come; without them the service's own hold.
    What ``set`` says of an attribute is so for all of its people. With ``counted`` false they are
    no clients who ask for help themselves, such as callers of an advice line: they use what they
    use, but are not among all who asked.
    """

    per_day: NotNegative | None = None
    per_year: NotNegative | None = None
    months: Twelve | None = None
    weekdays: Seven | None = None
    hours: EachHour | None = None
    wave: Wave | None = None
    open: bool = True
    from_day: Day = 0
    until_day: Annotated[Whole, Field(strict=True, ge=1, le=LONGEST_HORIZON_DAYS)] | None = None
    ways_in: Annotated[dict[Name, Share], Field(min_length=1)] | None = None
    set: dict[Name, Setting] = {}
    counted: bool = True

    @validator(mode="after")
    def _one_rate(self) -> Self:
        if (self.per_day is None) == (self.per_year is None):
            raise problem("give one rate: per_day or per_year")
        for name in ("months", "weekdays", "hours"):
            factors = getattr(self, name)
            if factors is not None and sum(factors) == 0:
                raise problem(f"some of the {name} must be above 0")
        if self.until_day is not None and self.until_day <= self.from_day:
            raise problem(f"until_day must be after from_day, {self.from_day}")
        return self

    @field_validator("ways_in")
    @classmethod
    def _all_come_in(cls, value: dict[str, float] | None) -> dict[str, float] | None:
        if value is not None and not sums_to_one(list(value.values())):
            raise problem(f"the shares must sum to 1, not {sum(value.values()):g}")
        return value

    @property
    def rate_per_day(self) -> float:
        """Mean arrivals a day while the stream is open (a year counts 365.25 days), else 0."""
        if not self.open:
            return 0.0
        return self.per_day if self.per_day is not None else (self.per_year or 0.0) / 365.25

    def people_expected(self, horizon_days: float) -> float:
        """Return how many people are expected to come in so many days."""
        until = horizon_days if self.until_day is None else min(self.until_day, horizon_days)
        return self.rate_per_day * max(0.0, until - self.from_day)


def problems(service: Any) -> Iterator[Problem]:
    """Yield which ways in the streams of a service as written name that it does not have."""
    raw = as_map(service)
    known = [str(way) for way in as_map(raw.get("ways_in"))]
    for name, stream in as_map(raw.get("arrivals")).items():
        ways = as_map(stream).get("ways_in")
        for way, share in ways.items() if isinstance(ways, Mapping) else ():
            if way not in known:
                path = ("arrivals", str(name), "ways_in", str(way))
                yield fault(path, share, f"unknown way in; {choice_text(way, known)}")
