"""Who the clients are: attributes with their shares or distributions, some depending on others."""

from collections.abc import Iterator, Mapping
from typing import Annotated, Any, Self

from pydantic import Field, ModelWrapValidatorHandler, TypeAdapter, ValidationError, model_validator
from pydantic_core import InitErrorDetails

from simcare.model.distributions import Distribution
from simcare.model.pathway import Raw, as_map, fault
from simcare.model.values import (
    Name,
    Share,
    Value,
    built_with,
    choice_text,
    problem,
    sums_to_one,
)

STATES = ("motivation", "severity")


class Attribute(Value):
    """A number or one of several categories, the same for all or by an earlier attribute.

    Exactly one of: ``number`` (a distribution), ``shares`` (of categories), ``number_by`` or
    ``shares_by`` (one of these for each category of the attribute ``given``).
    """

    number: Distribution | None = None
    shares: dict[Name, Share] | None = None
    given: Name | None = None
    number_by: dict[Name, Distribution] | None = None
    shares_by: dict[Name, dict[Name, Share]] | None = None

    @model_validator(mode="after")
    def _one_form(self) -> Self:
        forms = (self.number, self.shares, self.number_by, self.shares_by)
        if sum(form is not None for form in forms) != 1:
            raise problem("exactly one of number, shares, number_by, shares_by is required")
        if (self.given is not None) != (self.number_by is not None or self.shares_by is not None):
            raise problem("given goes with number_by or shares_by")
        return self

    @model_validator(mode="after")
    def _shares_sum(self) -> Self:
        tables = [self.shares] if self.shares is not None else list((self.shares_by or {}).values())
        for shares in tables:
            if not sums_to_one(list(shares.values())):
                raise problem(f"the shares must sum to 1, not {sum(shares.values()):g}")
        if len({tuple(shares) for shares in tables}) > 1:
            raise problem("the same categories in the same order are required in every row")
        return self

    @property
    def categories(self) -> tuple[str, ...]:
        """The categories in their order, or none for a number."""
        if self.shares is not None:
            return tuple(self.shares)
        return tuple(next(iter(self.shares_by.values()))) if self.shares_by else ()

    def forms(self, of_given: tuple[str, ...]) -> tuple[Distribution | Mapping[str, float], ...]:
        """Return one distribution or table of shares for each category given (or just one)."""
        if self.number is not None:
            return (self.number,)
        if self.shares is not None:
            return (self.shares,)
        table: Mapping[str, Distribution | Mapping[str, float]]
        table = self.number_by if self.number_by is not None else (self.shares_by or {})
        return tuple(table[category] for category in of_given)


class Population(Value):
    """The attributes of the clients, in order: an attribute may depend on one before it."""

    description: str = ""
    attributes: Annotated[dict[Name, Attribute], Field(min_length=1)]
    sources: dict[str, str] = {}

    @model_validator(mode="wrap")
    @classmethod
    def _as_a_whole(cls, data: Any, build: ModelWrapValidatorHandler[Self]) -> Self:
        """Report what is wrong with single attributes and between them together."""
        return data if isinstance(data, cls) else built_with(cls, data, build, problems(data))


def categories_of(attribute: Any) -> list[str]:
    """Return the categories of an attribute as written, none if it is a number."""
    raw = as_map(attribute)
    rows = [as_map(row) for row in as_map(raw.get("shares_by")).values()]
    return [str(name) for name in as_map(raw.get("shares")) or (rows[0] if rows else ())]


def problems(population: Any) -> list[InitErrorDetails]:
    """Return what is wrong with the attributes of a population as written, taken together."""
    attributes = as_map(as_map(population).get("attributes"))
    found = list(_given_problems(attributes))
    for name in STATES if attributes else ():
        if name not in attributes:
            message = "is required: a number from 0 to 1"
            found.append(fault(("attributes", name), attributes, message))
        elif not stays_from_0_to_1(attributes[name]):
            message = "must be a number that stays from 0 to 1"
            found.append(fault(("attributes", name), attributes, message))
    return found


def stays_from_0_to_1(attribute: Any) -> bool:
    """Return whether an attribute does, or cannot be read: then that is reported instead."""
    raw = as_map(attribute)
    forms = list(as_map(raw.get("number_by")).values())
    forms += [raw["number"]] if raw.get("number") is not None else []
    for form in forms:
        try:
            low, high = _DISTRIBUTION.validate_python(form).bounds()
        except ValidationError:
            continue
        if low < 0 or high > 1:
            return False
    return not categories_of(attribute)


_DISTRIBUTION = TypeAdapter(Distribution)


def _given_problems(attributes: Raw) -> Iterator[InitErrorDetails]:
    earlier: dict[str, list[str]] = {}
    for name, attribute in ((str(n), as_map(a)) for n, a in attributes.items()):
        given = attribute.get("given")
        rows = as_map(attribute.get("number_by")) or as_map(attribute.get("shares_by"))
        if isinstance(given, str) and given not in earlier:
            message = f"not an earlier attribute of categories; {choice_text(given, list(earlier))}"
            yield fault(("attributes", name, "given"), given, message)
        elif isinstance(given, str) and rows and set(rows) != set(earlier[given]):
            message = f"one row for each of {', '.join(earlier[given])} is required"
            yield fault(("attributes", name), attribute, message)
        if categories := categories_of(attribute):
            earlier[name] = categories
