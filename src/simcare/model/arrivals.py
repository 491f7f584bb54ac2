"""Who comes: streams of arrivals with their seasons, and the ways in."""

from typing import Annotated, Self

from pydantic import Field
from pydantic import model_validator as validator

from simcare.model.values import (
    AsTuple,
    Name,
    NotNegative,
    Number,
    Positive,
    Share,
    Value,
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
