"""Calendars, by hand: which days are open, and when something opens and closes, in ticks."""

from datetime import date, timedelta
from typing import Any

import numpy as np
import pytest
from pydantic import ValidationError
from pydantic_core import PydanticCustomError

from simcare.model.calendar import Calendar, Period, apart, open_days, opening_ticks
from simcare.model.ticks import TICKS_PER_DAY

HOUR = TICKS_PER_DAY // 24
WORK = {"days": "monday-friday", "hours": "08:00-16:00"}
# Public holidays of 2024 that are no Sundays. Easter was on the 31st of March, so Maundy Thursday
# was on the 28th, Ascension Day 39 days after Easter on the 9th of May, Pentecost Monday 50 days
# after on the 20th. Denmark has no Great Prayer Day from 2024 on (Act 214 of 2023); Sweden's
# Midsummer is the Saturday from the 20th of June on, All Saints' the one from the 31st of October.
OF_2024 = {
    "norway": "01-01 03-28 03-29 04-01 05-01 05-09 05-17 05-20 12-25 12-26",
    "sweden": "01-01 01-06 03-29 04-01 05-01 05-09 06-06 06-21 06-22 11-02 12-24 12-25 12-26 12-31",
    "denmark": "01-01 03-28 03-29 04-01 05-09 05-20 12-25 12-26",
}


def calendar(**written: Any) -> Calendar:
    """Return a calendar as it is written in a service."""
    return Calendar.model_validate(written)


def period(first: str, last: str) -> Period:
    """Return a period as it is written in a service."""
    return Period.model_validate({"from": first, "to": last})


def days_of(found: Any, start: date) -> list[str]:
    """Return the days that are marked, without their year."""
    return [(start + timedelta(days=int(k))).isoformat()[5:] for k in np.flatnonzero(found)]


@pytest.mark.parametrize("country", OF_2024)
def test_public_holidays_are_closed_days(country: str) -> None:
    """Hold that on six days of the week exactly the public holidays of a year are closed."""
    start = date(2024, 1, 1)
    week = calendar(days="monday-saturday", holidays=country)
    shut = ~open_days(week, start, 366) & open_days(calendar(days="monday-saturday"), start, 366)
    # A holiday on a Saturday counts, one on a Sunday changes nothing.
    assert days_of(shut, start) == OF_2024[country].split()


def test_ordinary_sundays_are_no_holidays() -> None:
    """Hold that who is open on Sundays is so on every Sunday that is no feast, in Sweden too."""
    start = date(2024, 1, 1)
    found = open_days(calendar(days="sunday", holidays="sweden"), start, 366)
    shut = ~found & open_days(calendar(days="sunday"), start, 366)
    assert days_of(shut, start) == ["03-31", "05-19"]  # Easter and Pentecost


def test_the_danish_prayer_day_until_2023() -> None:
    """Hold that a holiday that was abolished is one in the years before alone."""
    prayer_day = [date(2023, 5, 5), date(2024, 4, 26)]  # the fourth Friday after Easter
    found = [open_days(calendar(holidays="denmark"), day, 1)[0] for day in prayer_day]
    assert found == [False, True]


@pytest.mark.parametrize(
    ("days", "expected"),
    [
        ("every_day", [0, 1, 2, 3, 4, 5, 6]),
        ("monday-friday", [0, 1, 2, 3, 4]),
        ("friday-monday", [0, 4, 5, 6]),
        ("wednesday", [2]),
        (["sunday", "tuesday"], [1, 6]),
    ],
)
def test_days_of_the_week(days: Any, expected: list[int]) -> None:
    """Hold that days are told in three ways, a range also over the end of the week."""
    monday = date(2026, 1, 5)
    assert np.flatnonzero(open_days(calendar(days=days), monday, 7)).tolist() == expected
    later = open_days(calendar(days=days), date(2026, 1, 8), 7)  # a Thursday
    assert np.flatnonzero(later).tolist() == sorted((day - 3) % 7 for day in expected)


def test_periods_of_each_year_and_once() -> None:
    """Hold that both ends are closed, over the New Year too, and a full date in its year alone."""
    closed = [{"from": "12-30", "to": "01-02"}, {"from": "2025-07-01", "to": "2025-07-03"}]
    found = ~open_days(calendar(closed=closed), date(2024, 1, 1), 366 + 365)
    told = days_of(found, date(2024, 1, 1))
    assert told == [
        "01-01", "01-02", "12-30", "12-31", "01-01", "01-02", "07-01", "07-02", "07-03",
        "12-30", "12-31",
    ]  # fmt: skip


def test_a_leap_day() -> None:
    """Hold that the 29th of February is in a period in leap years, and missed in others."""
    closed = [{"from": "02-29", "to": "03-01"}]
    for year, expected in ((2024, ["02-29", "03-01"]), (2025, ["03-01"])):
        found = ~open_days(calendar(closed=closed), date(year, 1, 1), 90)
        assert days_of(found, date(year, 1, 1)) == expected


def test_hours_in_ticks() -> None:
    """Hold that a day opens and closes at its hours, and closed days do not: from a Friday on."""
    found = opening_ticks(calendar(**WORK), date(2026, 1, 2), 5)
    friday, monday = [8 * HOUR, 16 * HOUR], [(72 + 8) * HOUR, (72 + 16) * HOUR]
    assert found.tolist() == [friday, monday, [(96 + 8) * HOUR, (96 + 16) * HOUR]]


def test_what_is_always_open_opens_once() -> None:
    """Hold that midnight between two open days is no closing."""
    assert opening_ticks(calendar(), date(2026, 1, 2), 3).tolist() == [[0, 72 * HOUR]]
    shut = calendar(closed=[{"from": "01-03", "to": "01-03"}])
    found = opening_ticks(shut, date(2026, 1, 2), 3)
    assert found.tolist() == [[0, 24 * HOUR], [48 * HOUR, 72 * HOUR]]
    assert opening_ticks(shut, date(2026, 1, 3), 1).tolist() == []


def test_hours_over_midnight_belong_to_the_day_they_begin() -> None:
    """Hold that Friday's night goes on into Saturday, and into a run that begins on Saturday."""
    night = calendar(days="friday", hours="22:00-06:00")
    assert opening_ticks(night, date(2026, 1, 2), 2).tolist() == [[22 * HOUR, 30 * HOUR]]
    assert opening_ticks(night, date(2026, 1, 3), 2).tolist() == [[0, 6 * HOUR]]
    assert opening_ticks(night, date(2026, 1, 4), 2).tolist() == []


def test_holidays_that_nobody_knows_are_an_error() -> None:
    """Hold that a run beyond the years of the known laws is told so, with the years."""
    words = r"of norway are known from \d+ to 2100, and the run goes from 2099 to 2101"
    with pytest.raises(ValueError, match=words):
        open_days(calendar(holidays="norway"), date(2099, 12, 31), 367)
    assert open_days(calendar(holidays="norway"), date(2100, 12, 30), 2).tolist() == [True, True]
    assert open_days(calendar(), date(2099, 12, 31), 367).all()


@pytest.mark.parametrize(
    ("one", "other", "share_a_day"),
    [
        (("07-01", "07-31"), ("07-31", "08-02"), True),
        (("07-01", "07-31"), ("08-01", "08-02"), False),
        (("12-20", "01-05"), ("01-05", "01-06"), True),
        (("12-20", "01-05"), ("01-06", "12-19"), False),
        (("2018-01-05", "2018-02-01"), ("12-20", "01-05"), True),
        (("2018-01-06", "2018-12-19"), ("12-20", "01-05"), False),
        (("2018-01-06", "2018-12-20"), ("12-20", "01-05"), True),
        (("2018-07-01", "2018-07-31"), ("2019-07-01", "2019-07-31"), False),
        (("2018-07-01", "2019-07-31"), ("2019-07-31", "2019-08-01"), True),
        (("2023-02-01", "2023-03-31"), ("02-29", "02-29"), False),
        (("2024-02-01", "2024-03-31"), ("02-29", "02-29"), True),
    ],
)
def test_periods_that_share_a_day(
    one: tuple[str, str], other: tuple[str, str], share_a_day: bool
) -> None:
    """Hold that shared days are found, whichever of the two is told first."""
    for pair in ((one, other), (other, one)):
        told = ""
        try:
            apart([period(*pair[0]), period(*pair[1])])
        except PydanticCustomError as error:
            told = str(error)
        assert ("share days" in told) == share_a_day


@pytest.mark.parametrize(
    ("written", "words"),
    [
        ({"days": "monday-fryday"}, "did you mean friday?"),
        ({"days": ["monnday"]}, "did you mean monday?"),
        ({"days": "everyday"}, "did you mean every_day?"),
        ({"days": []}, "at least one day of the week"),
        ({"days": ["monday", "monday"]}, "each once"),
        ({"days": 5}, "every_day, a range such as"),
        ({"hours": "8-16"}, 'hours such as "08:00-21:00"'),
        ({"hours": "08:00-25:00"}, 'hours such as "08:00-21:00"'),
        ({"hours": "24:00-08:00"}, 'hours such as "08:00-21:00"'),
        ({"hours": "08:00-08:00"}, "another time than it opens"),
        ({"hours": 8}, 'hours such as "08:00-21:00"'),
        ({"closed": [{"from": "02-30", "to": "03-01"}]}, 'a day such as "07-01"'),
        ({"closed": [{"from": "2018-02-20", "to": "03-01"}]}, "both full dates"),
        ({"closed": [{"from": "2018-02-20", "to": "2018-02-19"}]}, "not be before from"),
    ],
)
def test_a_bad_calendar_is_refused(written: dict[str, Any], words: str) -> None:
    """Hold that what cannot be a calendar is told in words that say what is allowed."""
    with pytest.raises(ValidationError) as raised:
        calendar(**written)
    assert words in str(raised.value)
