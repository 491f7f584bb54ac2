"""Named distributions with numbers: the vocabulary for every length, size and time to an event.

A distribution is written as one name with its parameters, ``{log_normal: {mean: 40, sd: 25}}``.
The unit is that of the key it stands under (``stay_days``: days). There is no function inside, so a
distribution can be saved, compared and lowered to numbers.
"""

from itertools import pairwise
from typing import Annotated, Self

from pydantic import Field, model_validator

from simcare.model.values import (
    AsTuple,
    NotNegative,
    Number,
    Positive,
    Share,
    Value,
    problem,
    sums_to_one,
)


class Exponential(Value):
    """Memoryless, with mean ``mean``."""

    mean: Positive


class Weibull(Value):
    """Survival exp(-(x / scale) ** shape); a shape below 1 means a falling hazard."""

    scale: Positive
    shape: Annotated[Positive, Field(ge=0.05, le=50)]


class LogNormal(Value):
    """The logarithm is normal; given by the mean and standard deviation of the value itself."""

    mean: Positive
    sd: Positive


class Gamma(Value):
    """Mean ``mean``, coefficient of variation 1 / sqrt(shape)."""

    mean: Positive
    shape: Annotated[Positive, Field(ge=0.05, le=10_000)]


class LogLogistic(Value):
    """Survival 1 / (1 + (x / median) ** shape)."""

    median: Positive
    shape: Annotated[Positive, Field(ge=0.05, le=50)]


class Uniform(Value):
    """Evenly spread from ``low`` to ``high``."""

    low: Number
    high: Number

    @model_validator(mode="after")
    def _ordered(self) -> Self:
        if not self.low < self.high:
            raise problem("low must be below high")
        return self


class Triangular(Value):
    """Rising from ``low`` to ``mode``, falling to ``high``."""

    low: Number
    mode: Number
    high: Number

    @model_validator(mode="after")
    def _ordered(self) -> Self:
        if not (self.low <= self.mode <= self.high and self.low < self.high):
            raise problem("low <= mode <= high is required, with low below high")
        return self


class Empirical(Value):
    """Quantiles: ``values`` reached with ``probabilities``; straight lines between them."""

    probabilities: Annotated[tuple[Share, ...], AsTuple, Field(min_length=2)]
    values: Annotated[tuple[Number, ...], AsTuple, Field(min_length=2)]

    @model_validator(mode="after")
    def _rising(self) -> Self:
        p, v = self.probabilities, self.values
        if len(p) != len(v):
            raise problem(f"as many probabilities ({len(p)}) as values ({len(v)}) are required")
        if p[0] != 0 or p[-1] != 1:
            raise problem("the probabilities must begin with 0 and end with 1")
        if any(a >= b for a, b in pairwise(p)):
            raise problem("the probabilities must rise")
        if any(a > b for a, b in pairwise(v)):
            raise problem("the values must not fall")
        return self


class Simple(Value):
    """One distribution by name: exactly one of the keys is given."""

    exponential: Exponential | None = None
    weibull: Weibull | None = None
    log_normal: LogNormal | None = None
    gamma: Gamma | None = None
    log_logistic: LogLogistic | None = None
    uniform: Uniform | None = None
    triangular: Triangular | None = None
    fixed: Number | None = None
    empirical: Empirical | None = None

    @model_validator(mode="after")
    def _exactly_one(self) -> Self:
        given = [name for name, value in self if value is not None]
        if len(given) != 1:
            allowed = ", ".join(type(self).model_fields)
            raise problem(f"exactly one distribution is required, not {len(given)}: {allowed}")
        return self

    @property
    def kind(self) -> str:
        """The name of the distribution."""
        return next(name for name, value in self if value is not None)

    def bounds(self) -> tuple[float, float]:
        """Return the smallest and largest value that can come out."""
        match self.kind, getattr(self, self.kind):
            case "fixed", float() | int() as value:
                return value, value
            case _, Uniform(low=low, high=high) | Triangular(low=low, high=high):
                return low, high
            case _, Empirical(values=values):
                return values[0], values[-1]
        return 0.0, float("inf")


class Component(Value):
    """One part of a mixture: its share and its distribution."""

    share: Share
    of: Simple


class Distribution(Simple):
    """A distribution by name, or a mixture of such."""

    mixture: Annotated[tuple[Component, ...], AsTuple, Field(min_length=2)] | None = None

    @model_validator(mode="after")
    def _shares(self) -> Self:
        if self.mixture and not sums_to_one([part.share for part in self.mixture]):
            total = sum(part.share for part in self.mixture)
            raise problem(f"the shares of a mixture must sum to 1, not {total:g}")
        return self

    def bounds(self) -> tuple[float, float]:
        """Return the smallest and largest value that can come out."""
        if self.mixture is None:
            return super().bounds()
        parts = [part.of.bounds() for part in self.mixture]
        return min(low for low, _ in parts), max(high for _, high in parts)


class Duration(Distribution):
    """A length of time, never negative. A drawn one is one tick or more; only ``fixed: 0`` is 0."""

    @model_validator(mode="after")
    def _not_negative(self) -> Self:
        if self.bounds()[0] < 0:
            raise problem("a length of time cannot be negative")
        return self


class MotivationDriven(Value):
    """Hazard (1 - link * motivation) / mean: the less motivation is left, the sooner.

    With ``link`` 0 motivation does not matter and the time is exponential with this mean; with
    ``link`` 1 nobody fully motivated leaves.
    """

    mean: Positive
    link: Share


class Hazard(Value):
    """How an event's hazard runs over time: exactly one of the keys is given (times in days)."""

    exponential: Exponential | None = None
    weibull: Weibull | None = None
    log_logistic: LogLogistic | None = None
    motivation: MotivationDriven | None = None
    fixed: NotNegative | None = None

    @model_validator(mode="after")
    def _exactly_one(self) -> Self:
        given = [name for name, value in self if value is not None]
        if len(given) != 1:
            allowed = ", ".join(type(self).model_fields)
            raise problem(f"exactly one hazard is required, not {len(given)}: {allowed}")
        return self

    @property
    def kind(self) -> str:
        """The name of the hazard."""
        return next(name for name, value in self if value is not None)
