"""What is asked for and given back: beds, slots or appointments, in units with lists."""

from collections.abc import Iterator, Mapping
from datetime import date
from itertools import pairwise
from typing import Annotated, Any, Literal, Self

from pydantic import AfterValidator, Field, ModelWrapValidatorHandler
from pydantic import model_validator as validator

from simcare.model.by_category import MOST_UNITS, Counts, Units, has, of, total
from simcare.model.calendar import AnyDate, Period, apart
from simcare.model.costs import OfPlaces
from simcare.model.lists import Bought, Order
from simcare.model.pathway import Problem, Raw, as_map, fault
from simcare.model.staff import Staff
from simcare.model.ticks import LONGEST_HORIZON_DAYS, TICKS_PER_DAY, ticks
from simcare.model.values import (
    MOST,
    AsTuple,
    Name,
    NotNegative,
    Share,
    Value,
    Whole,
    built_with,
    choice_text,
    problem,
)

LEAST_TOGETHER = 2
GroupSize = Annotated[Whole, Field(strict=True, ge=LEAST_TOGETHER, le=MOST)]
COUNTED_IN = ("beds", "slots", "appointments")


class Change(Value):
    """From a day of the run or a date on, a capacity has another number; nobody is evicted."""

    day: Annotated[NotNegative, Field(le=LONGEST_HORIZON_DAYS)] | None = None
    date: AnyDate | None = None
    number: Counts

    @validator(mode="after")
    def _one_time(self) -> Self:
        if (self.day is None) == (self.date is None):
            raise problem("give one time: day (of the run) or date")
        return self


def moment(change: Change, start: date) -> int:
    """Return the tick of a change in a run from ``start``, below 0 for a date before it."""
    if change.date is not None:
        return (change.date - start).days * TICKS_PER_DAY
    return ticks(change.day or 0.0)


class Closing(Period):
    """A period in which a share of the places is closed: each year, or once."""

    closed_share: Share


def _apart(closings: tuple[Closing, ...]) -> tuple[Closing, ...]:
    apart(closings)
    return closings


class Capacity(Value):
    """Something that is asked for and given back, and over how many units with lists of their own.

    The number is said as ``beds``, ``slots`` or ``appointments``: how many people can be served at
    a time; or follows from the ``staff``, whose members are then what ``changes`` count. Over
    ``units`` it is dealt out as evenly as it goes; a client belongs to one unit for good. With
    ``by``, each category of that attribute has a number and units of its own, for its own clients.
    ``lists`` says who shares a list: those of one unit (own), all units of a category
    (by_category), or everybody (one). What is not ``open`` (a calendar) has no places. Places are
    given to so many at a time as ``together`` says, to one without it. Places that are there cost
    ``costs``, used or not.
    """

    by: Name | None = None
    beds: Counts | None = None
    slots: Counts | None = None
    appointments: Counts | None = None
    staff: Staff | None = None
    units: Units = 1
    lists: Literal["own", "by_category", "one"] = "own"
    open: Name | None = None
    closings: Annotated[tuple[Closing, ...], AsTuple, AfterValidator(_apart)] = ()
    changes: Annotated[tuple[Change, ...], AsTuple] = ()
    order: Order | None = None
    bought: Bought | None = None
    together: GroupSize | None = None
    costs: OfPlaces | None = None

    @validator(mode="wrap")
    @classmethod
    def _as_a_whole(cls, data: Any, build: ModelWrapValidatorHandler[Self]) -> Self:
        """Report what is wrong with single values and with their form together."""
        return data if isinstance(data, cls) else built_with(cls, data, build, _forms(as_map(data)))

    @validator(mode="after")
    def _one_number(self) -> Self:
        numbers = [n for n in (self.beds, self.slots, self.appointments) if n is not None]
        numbers += [self.staff.members] if self.staff else []
        if len(numbers) != 1:
            raise problem("give one number: beds, slots or appointments; or staff")
        days = [ticks(change.day) for change in self.changes if change.day is not None]
        dates = [change.date for change in self.changes if change.date is not None]
        if any(a >= b for a, b in pairwise(days)) or any(a >= b for a, b in pairwise(dates)):
            raise problem("the days of the changes must rise")
        if self.lists == "by_category" and self.by is None:
            raise problem("lists by_category need an attribute: give by, or lists: one")
        has_budget = self.bought is not None and self.bought.budget_per_year is not None
        if has_budget and self.lists != "one" and self.number_of_units != 1:
            raise problem("a budget is for one list: give lists: one, or one unit")
        self._enough_for_the_units(numbers[0])
        self._groups_can_start(numbers[0])
        return self

    def _enough_for_the_units(self, first: int | dict[str, int]) -> None:
        """Refuse units that have nothing while others have something, and too many units."""
        every = 0
        for category in first if isinstance(first, dict) else ("",):
            numbers = [n for n in (first, *(c.number for c in self.changes)) if has(n, category)]
            units = of(self.units, category) if has(self.units, category) else 1
            every += units
            filled = [of(number, category) for number in numbers]
            if self.staff is not None:
                filled = [self.staff.working(posts) for posts in filled]
            if self.lists == "own" and any(0 < number < units for number in filled):
                who = f" of {category}" if category else ""
                message = f"at least one for each of the {units} units{who}, or 0, is required"
                raise problem(message)
        if every > MOST_UNITS:
            raise problem(f"at most {MOST_UNITS} units in all are allowed, not {every}")

    def _groups_can_start(self, first: int | dict[str, int]) -> None:
        """Refuse groups for which there is never room, or never money, though there is some."""
        if self.together is None:
            return
        said = f"together = {self.together}"
        categories = tuple(first) if isinstance(first, dict) else ("",)
        most = dict.fromkeys(categories, 0)
        for number in (first, *(change.number for change in self.changes)):
            places = {c: self._of_a_unit(number, c) for c in categories if has(number, c)}
            if self.lists == "one":
                places = dict.fromkeys(categories, sum(places.values()))
            most |= {c: max(most[c], many) for c, many in places.items()}
        for category, many in most.items():
            if 0 < many < self.together:
                of_whom = f" of {category}" if category and self.lists != "one" else ""
                message = f"no group can start: a list{of_whom} never has more than {many} places"
                raise problem(f"{said}: {message}")
        bought = self.bought
        if bought is None or not bought.budget_per_year:
            return
        price = self.together * bought.at_most_days * bought.price_per_day
        if bought.budget_per_year < price:
            message = f"no group can start: the budget must pay for a whole one, {price:g}"
            raise problem(f"{said}: {message}")

    def _of_a_unit(self, number: int | dict[str, int], category: str) -> int:
        """Return how many places share a list, at the least, when a category has this number."""
        many = of(number, category)
        caseload = 1
        if self.staff is not None:
            many, caseload = self.staff.working(many), self.staff.caseload
        units = of(self.units, category) if self.lists == "own" and has(self.units, category) else 1
        return many // units * caseload

    @property
    def counted(self) -> int | dict[str, int]:
        """The number at the start as it is written: of places, or of members of the staff."""
        if self.staff is not None:
            return self.staff.members
        return next(n for n in (self.beds, self.slots, self.appointments) if n is not None)

    @property
    def number(self) -> int:
        """How many can be served at a time over all units, when all is open and nobody is ill."""
        if self.staff is None:
            return total(self.counted)
        every = self.counted.values() if isinstance(self.counted, dict) else (self.counted,)
        return self.staff.caseload * sum(self.staff.working(members) for members in every)

    @property
    def counted_in(self) -> str:
        """What the number is said as: beds, slots or appointments; places where it is staff."""
        return next((n for n in COUNTED_IN if getattr(self, n) is not None), "places")

    @property
    def number_of_units(self) -> int:
        """Over how many units it is dealt out, those of all categories together."""
        if isinstance(self.counted, dict):
            return sum(of(self.units, category) for category in self.counted)
        return total(self.units)

    def part(self, category: str) -> "Capacity":
        """Return what a capacity that is split has for one category, as one that is not split."""
        number: dict[str, Any] = {"staff": self.staff}
        if self.staff is not None:
            members = of(self.staff.members, category)
            number = {"staff": self.staff.model_copy(update={"members": members})}
        for name in COUNTED_IN:
            if (written := getattr(self, name)) is not None:
                number[name] = of(written, category)
        changes = tuple(
            change.model_copy(update={"number": of(change.number, category)})
            for change in self.changes
        )
        units = of(self.units, category)
        return self.model_copy(update={"by": None, "units": units, "changes": changes, **number})


def numbers_of(capacity: Raw) -> Iterator[tuple[tuple[str | int, ...], Any]]:
    """Yield the path and value of each number of places or staff in a capacity as written."""
    for key in COUNTED_IN:
        if capacity.get(key) is not None:
            yield (key,), capacity[key]
    if "members" in as_map(capacity.get("staff")):
        yield ("staff", "members"), capacity["staff"]["members"]
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


def problems(service: Any) -> Iterator[Problem]:
    """Yield which calendars the capacities of a service as written name that it does not have."""
    raw = as_map(service)
    known = [str(name) for name in as_map(raw.get("calendars"))]
    for name, capacity in as_map(raw.get("capacities")).items():
        given = as_map(capacity).get("open")
        if isinstance(given, str) and given not in known:
            path = ("capacities", str(name), "open")
            yield fault(path, given, f"not among the calendars; {choice_text(given, known)}")


def clashing(capacity: Capacity, start: date) -> bool:
    """Return whether two changes, one by day and one by date, fall on one tick."""
    moments = [moment(change, start) for change in capacity.changes]
    return len(set(moments)) < len(moments)
