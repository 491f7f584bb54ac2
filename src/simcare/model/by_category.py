"""Whole numbers that are one for all, or one for each category of an attribute."""

from collections.abc import Mapping
from typing import Annotated, Any

from pydantic import Discriminator, Field, Tag

from simcare.model.values import Count, Name, PositiveCount

MOST_UNITS = 1000


def _one_or_each(value: Any) -> str:
    """Return which form of a number was written, so that what is wrong is said of that alone."""
    return "(each)" if isinstance(value, Mapping) else "(one)"


OneUnits = Annotated[PositiveCount, Field(le=MOST_UNITS)]
# One number, or one for each category of the attribute that a capacity is split by.
Counts = Annotated[
    Annotated[Count, Tag("(one)")] | Annotated[dict[Name, Count], Tag("(each)")],
    Discriminator(_one_or_each),
]
Units = Annotated[
    Annotated[OneUnits, Tag("(one)")] | Annotated[dict[Name, OneUnits], Tag("(each)")],
    Discriminator(_one_or_each),
]


def total(number: int | dict[str, int]) -> int:
    """Return the number of all categories together."""
    return sum(number.values()) if isinstance(number, dict) else number


def of(number: int | dict[str, int], category: str) -> int:
    """Return the number of one category."""
    return number[category] if isinstance(number, dict) else number


def has(number: int | dict[str, int], category: str) -> bool:
    """Return whether a number is said for a category."""
    return not isinstance(number, dict) or category in number
