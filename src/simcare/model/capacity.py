"""What is asked for and given back: beds, slots or appointments, in units with lists."""

from collections.abc import Iterator, Mapping
from itertools import pairwise
from typing import Annotated, Any, Self

from pydantic import Discriminator, Field, ModelWrapValidatorHandler, Tag
from pydantic import model_validator as validator

from simcare.model.pathway import Problem, Raw, as_map, fault
from simcare.model.ticks import LONGEST_HORIZON_DAYS, ticks
from simcare.model.values import (
    AsTuple,
    Count,
    Name,
    NotNegative,
    PositiveCount,
    Value,
    built_with,
    problem,
)


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
