"""Who the clients are: attributes with their shares or distributions, some depending on others."""

from collections.abc import Mapping
from typing import Annotated, Self

from pydantic import Field, model_validator

from simcare.model.distributions import Distribution
from simcare.model.values import Name, Share, Value, choice_text, problem, sums_to_one

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

    @model_validator(mode="after")
    def _states(self) -> Self:
        for name in STATES:
            attribute = self.attributes.get(name)
            if attribute is None:
                raise problem(f"the attribute {name} is required: a number from 0 to 1")
            numbers = [form for form in self._forms(name) if isinstance(form, Distribution)]
            if not numbers or any(f.bounds()[0] < 0 or f.bounds()[1] > 1 for f in numbers):
                raise problem(f"{name} must be a number that stays from 0 to 1")
        return self

    @model_validator(mode="after")
    def _dependences(self) -> Self:
        earlier: list[str] = []
        for name, attribute in self.attributes.items():
            table = attribute.number_by or attribute.shares_by
            if table is not None and attribute.given is not None:
                self._check_given(name, attribute.given, list(table), earlier)
            if attribute.categories:
                earlier.append(name)
        return self

    def _check_given(self, name: str, given: str, rows: list[str], earlier: list[str]) -> None:
        if given not in earlier:
            allowed = choice_text(given, earlier)
            raise problem(f"{name}: given must be an earlier attribute of categories; {allowed}")
        categories = self.attributes[given].categories
        if set(rows) != set(categories):
            raise problem(f"{name}: one row for each of {', '.join(categories)} is required")

    def _forms(self, name: str) -> tuple[Distribution | Mapping[str, float], ...]:
        attribute = self.attributes[name]
        table = attribute.number_by or attribute.shares_by
        return attribute.forms(tuple(table) if table is not None else ())
