"""For whom something holds, and where next: tests of attributes, effects, and cases of routes."""

from typing import Annotated, Any, Literal, Self

from pydantic import AfterValidator, BeforeValidator, Discriminator, Field, Tag
from pydantic import model_validator as validator

from simcare.model.values import Name, NotNegative, Number, Share, Value, problem, sums_to_one


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


def _drawn_kind(value: Any) -> str:
    return "(shares)" if isinstance(value, dict) else _kind(value)


def _sum_of_shares(value: dict[str, float]) -> dict[str, float]:
    if not sums_to_one(list(value.values())):
        raise problem(f"the shares must sum to 1, not {sum(value.values()):g}")
    return value


Shares = Annotated[dict[Name, Share], Field(min_length=1), AfterValidator(_sum_of_shares)]
# What a case sets: a category, a number from 0 to 1, or categories with their shares to draw from.
SettingOrShares = Annotated[
    Category | Annotated[Share, Tag("(number)")] | Annotated[Shares, Tag("(shares)")],
    Discriminator(_drawn_kind),
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


class Waiting(Value):
    """How many wait for a place of a capacity: a range."""

    waiting: Range


def _state_kind(value: Any) -> str:
    """Return which form of a state was written, so that what is wrong is said of that alone."""
    return "(waiting)" if isinstance(value, dict | Waiting) else "(word)"


# How the client's own unit of a capacity stands, as the event finds it.
State = Annotated[
    Annotated[Literal["free", "full"], Tag("(word)")] | Annotated[Waiting, Tag("(waiting)")],
    Discriminator(_state_kind),
]


class Case(Value):
    """Where next for those to whom every test applies: shares of targets, and attributes set.

    ``when`` tests attributes, ``where`` how the client's own unit of a capacity stands, ``due`` how
    many days are left until the client's deadline (below 0: it has passed). What is set is a value,
    or is drawn from categories by their shares, each attribute by itself.
    """

    when: dict[Name, Test] = {}
    where: dict[Name, State] = {}
    due: dict[Name, Range] = {}
    to: dict[str, Share]
    set: dict[Name, SettingOrShares] = {}

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


Onward = Annotated[tuple[Case, ...], BeforeValidator(_as_cases), Field(min_length=1)]
