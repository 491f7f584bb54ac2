"""When something is open: days of the week, hours, public holidays, and periods when it is shut.

A calendar is lowered to days and to ticks by functions of the start date; there is no daylight
saving, as everywhere in the model.
"""

import re
from collections.abc import Sequence
from datetime import date
from functools import lru_cache
from itertools import combinations
from typing import Annotated, Any, Literal, Self

import holidays as public
import numpy as np
from numpy.typing import NDArray
from pydantic import BeforeValidator, Field
from pydantic import model_validator as validator

from simcare.model.ticks import TICKS_PER_DAY
from simcare.model.values import AsTuple, Value, choice_text, problem

WEEKDAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
EVERY_DAY = "every_day"
TICKS_PER_MINUTE = 60
MINUTES_PER_DAY = 24 * 60
Country = Literal["norway", "sweden", "denmark"]
# The law on annual leave in Sweden puts the eves of Midsummer, Christmas and the New Year on a
# level with Sundays. Nowhere else are half-days holidays, and ordinary Sundays are so nowhere.
HOLIDAYS: dict[Country, tuple[str, tuple[str, ...]]] = {
    "norway": ("NO", ("public",)),
    "sweden": ("SE", ("public", "de_facto")),
    "denmark": ("DK", ("public",)),
}

Days = NDArray[np.bool_]
Dates = NDArray[np.datetime64]


def as_date(value: Any) -> Any:
    """Return a date, also from a text such as 2017-01-01; raise a problem if it is none."""
    if isinstance(value, date):
        return value
    try:
        return date.fromisoformat(value)
    except (TypeError, ValueError):
        raise problem("a date such as 2017-01-01 is required") from None


AnyDate = Annotated[date, BeforeValidator(as_date)]


# --- periods -----------------------------------------------------------------------------------


def _edge(value: Any) -> Any:
    """Return a day of every year ("07-01") or of one ("2018-07-01"); refuse what is no day."""
    message = 'a day such as "07-01" (each year) or "2018-07-01" (once) is required'
    if not isinstance(value, str) or not re.fullmatch(r"([0-9]{4}-)?[0-9]{2}-[0-9]{2}", value):
        raise problem(message)
    try:
        date.fromisoformat(value if len(value) > len("07-01") else f"2000-{value}")
    except ValueError:
        raise problem(message) from None
    return value


Edge = Annotated[str, BeforeValidator(_edge)]


class Period(Value):
    """Days from one to another, both included: each year ("07-01"), or once ("2018-07-01").

    A period of each year may go over the New Year, as from "12-20" to "01-05". The 29th of February
    is a day of leap years alone.
    """

    from_: Annotated[Edge, Field(alias="from")]
    to: Edge

    @validator(mode="after")
    def _one_kind(self) -> Self:
        if len(self.from_) != len(self.to):
            raise problem("from and to are both days of each year, or both full dates")
        if self.is_once and self.to < self.from_:
            raise problem("to must not be before from")
        return self

    @property
    def is_once(self) -> bool:
        """Whether it comes once, and not each year."""
        return len(self.from_) > len("07-01")

    def holds(self, dates: Dates) -> Days:
        """Return which of some dates lie in the period: bool, one for each."""
        if self.is_once:
            return (dates >= np.datetime64(self.from_)) & (dates <= np.datetime64(self.to))
        months = dates.astype("M8[M]")
        day = 100 * (months.astype(np.int64) % 12 + 1)
        day += (dates - months.astype("M8[D]")).astype(np.int64) + 1
        first, last = (int(edge.replace("-", "")) for edge in (self.from_, self.to))
        after, before = day >= first, day <= last
        return np.asarray(after & before if first <= last else after | before)

    def dates(self) -> Dates:
        """Return its dates, if it comes once; else those of a leap year."""
        if not self.is_once:
            year = dates_from(date(2000, 1, 1), 366)
            return np.asarray(year[self.holds(year)])
        last = np.datetime64(self.to) + np.timedelta64(1, "D")
        return np.arange(np.datetime64(self.from_), last)


def apart(periods: Sequence[Period]) -> None:
    """Raise a problem if two periods share a day, naming both."""
    for one, other in combinations(periods, 2):
        first, second = (one, other) if one.is_once else (other, one)
        if second.holds(first.dates()).any():
            both = f"{one.from_} to {one.to} and {other.from_} to {other.to}"
            raise problem(f"{both} share days: let one begin after the other has ended")


def dates_from(start: date, days: int) -> Dates:
    """Return so many dates from ``start`` on: datetime64[D]."""
    first = np.datetime64(start, "D")
    return np.arange(first, first + np.timedelta64(days, "D"))


# --- calendars ---------------------------------------------------------------------------------


def _weekday(name: Any) -> int:
    if name not in WEEKDAYS:
        raise problem(f"not a day of the week; {choice_text(name, WEEKDAYS)}")
    return WEEKDAYS.index(name)


def _weekdays(value: Any) -> Any:
    """Read every_day, a range such as monday-friday, a day, or a list of days."""
    if value == EVERY_DAY:
        return WEEKDAYS
    if isinstance(value, list | tuple):
        numbers = {_weekday(name) for name in value}
        if len(numbers) < max(1, len(value)):
            raise problem("at least one day of the week is required, each once")
        return tuple(WEEKDAYS[number] for number in sorted(numbers))
    if not isinstance(value, str):
        raise problem("every_day, a range such as monday-friday, or a list of days is required")
    first, dash, last = value.partition("-")
    if not dash and first not in WEEKDAYS:
        allowed = choice_text(value, (*WEEKDAYS, EVERY_DAY))
        raise problem(f"not a day of the week, nor a range such as monday-friday; {allowed}")
    begin, end = _weekday(first), _weekday(last or first)
    return tuple(WEEKDAYS[k] for k in range(7) if (k - begin) % 7 <= (end - begin) % 7)


def _minute(text: str) -> int | None:
    """Return the minute of the day that a text such as 08:30 says, None if it says none."""
    found = re.fullmatch(r"([0-9]{2}):([0-5][0-9])", text)
    minute = 60 * int(found[1]) + int(found[2]) if found else MINUTES_PER_DAY + 1
    return minute if minute <= MINUTES_PER_DAY else None


def _hours(value: Any) -> Any:
    opens, dash, closes = value.partition("-") if isinstance(value, str) else ("", "", "")
    begin, end = _minute(opens), _minute(closes)
    if not dash or begin is None or end is None or begin == MINUTES_PER_DAY:
        raise problem('hours such as "08:00-21:00" are required')
    if begin == end:
        raise problem('it must close at another time than it opens; all day is "00:00-24:00"')
    return value


class Calendar(Value):
    """When something is open: on which days of the week, at which hours, and when it is shut.

    Hours that end before they begin ("22:00-06:00") go over midnight, and belong to the day on
    which they begin. On public ``holidays`` of a country, and in ``closed`` periods, no day begins.
    """

    days: Annotated[tuple[str, ...], BeforeValidator(_weekdays)] = WEEKDAYS
    hours: Annotated[str, BeforeValidator(_hours)] = "00:00-24:00"
    holidays: Country | None = None
    closed: Annotated[tuple[Period, ...], AsTuple] = ()

    @property
    def minutes(self) -> tuple[int, int]:
        """The minutes of the day at which it opens and closes; past 1,440 on the day after."""
        opens, _, closes = self.hours.partition("-")
        begin, end = (_minute(text) or 0 for text in (opens, closes))
        return begin, end if end > begin else end + MINUTES_PER_DAY


@lru_cache
def _known_years(country: Country) -> tuple[int, int]:
    code, _ = HOLIDAYS[country]
    known = public.country_holidays(code)
    return known.start_year, known.end_year


@lru_cache(maxsize=1024)
def _holidays(country: Country, year: int) -> Dates:
    """Return the public holidays of a year."""
    code, categories = HOLIDAYS[country]
    found = public.country_holidays(code, years=year, categories=categories)
    return np.array(sorted(found), "M8[D]")


def unknown_holidays(calendar: Calendar, start: date, days: int) -> str:
    """Return in words why the public holidays of a run are not known; nothing if they are."""
    if calendar.holidays is None:
        return ""
    first, last = _known_years(calendar.holidays)
    dates = dates_from(start, days)
    begin, end = (str(dates[k].astype("M8[Y]")) for k in (0, -1))
    if first <= int(begin) and int(end) <= last:
        return ""
    years = f"the public holidays of {calendar.holidays} are known from {first} to {last}"
    return f"{years}, and the run goes from {begin} to {end}: leave holidays out, or run a shorter"


def open_days(calendar: Calendar, start_date: date, days: int) -> Days:
    """Return on which of so many days from ``start_date`` on a calendar opens: bool, ``days`` long.

    Raises ValueError when the public holidays of some of them are not known.
    """
    if days and (words := unknown_holidays(calendar, start_date, days)):
        raise ValueError(words)
    return _opens(calendar, dates_from(start_date, days))


def _opens(calendar: Calendar, dates: Dates) -> Days:
    """Return on which of some dates a calendar opens, all of them days whose holidays are known."""
    weekday = (dates.astype(np.int64) + 3) % 7  # the first day of 1970 was a Thursday
    found = np.isin(weekday, [WEEKDAYS.index(name) for name in calendar.days])
    for period in calendar.closed:
        found &= ~period.holds(dates)
    if calendar.holidays is not None and len(dates):
        years = range(*(int(str(dates[k].astype("M8[Y]"))) + (k < 0) for k in (0, -1)))
        listed = [_holidays(calendar.holidays, year) for year in years]
        found &= ~np.isin(dates, np.concatenate(listed))
    return np.asarray(found)


def opening_ticks(calendar: Calendar, start_date: date, days: int) -> NDArray[np.int64]:
    """Return when a calendar opens and closes in so many days: int64 (openings, 2), in ticks.

    Rising, and apart from one another: what closes at midnight and opens there is open on. What is
    open when the run begins opens at tick 0. Raises ValueError as :func:`open_days` does.
    """
    begin, end = calendar.minutes
    first = np.flatnonzero(open_days(calendar, start_date, days))
    if end > MINUTES_PER_DAY and start_date > date.min:  # the night before may reach into the run
        before = dates_from(start_date, 1) - np.timedelta64(1, "D")
        first = np.append(np.flatnonzero(_opens(calendar, before)) - 1, first)
    midnights = first.astype(np.int64)[:, None] * TICKS_PER_DAY
    ticks = midnights + np.array([begin, end], np.int64) * TICKS_PER_MINUTE
    ticks = np.maximum(ticks, 0)[ticks[:, 1] > 0]
    parted = ticks[1:, 0] > ticks[:-1, 1]
    opens = ticks[np.append(True, parted)[: len(ticks)], 0]
    closes = ticks[np.append(parted, True)[: len(ticks)], 1]
    return np.stack([opens, closes], axis=1)
