"""Deadlines as rows: when something is due and for whom; bounds as the records round them."""

from datetime import date

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

from simcare.engines.lowered_deadlines import (
    as_written,
    due_table,
    due_ticks,
    least_written_as,
)
from simcare.kernels.tables import (
    EPISODE,
    MOTIVATION,
    NEVER,
    OWN_COLUMNS,
    SEVERITY,
    TICKS_PER_DAY,
)
from simcare.model.calendar import Calendar
from simcare.model.deadlines import Within

OFFICE = {"days": "monday-friday", "holidays": "norway"}


def week(days: int) -> NDArray[np.bool_]:
    """Return which days are open from a Sunday on, Mondays to Fridays being so."""
    return np.isin(np.arange(days) % 7, (1, 2, 3, 4, 5))


def end_of(day: int) -> int:
    """Return the last tick of a day."""
    return (day + 1) * TICKS_PER_DAY - 1


@pytest.mark.parametrize(
    ("working_days", "expected"),
    [
        (1, [1, 2, 3, 4, 5, 8, 8, 8]),
        (3, [3, 4, 5, 8, 9, 10, 10, 10]),
        (5, [5, 8, 9, 10, 11, 12, 12, 12]),
    ],
)
def test_open_days_are_counted_from_the_day_after(working_days: int, expected: list[int]) -> None:
    """Expected: by hand: day 0 is a Sunday; what begins on Friday, day 5, is due from Monday on."""
    found = due_ticks(week(30), working_days, 8)
    assert found.tolist() == [end_of(day) for day in expected]
    assert found.dtype == np.int64


def test_what_no_day_is_open_for_is_never_due() -> None:
    """Expected: by hand: of a week the days after Friday have no open day left."""
    assert due_ticks(week(7), 1, 7).tolist()[4:] == [end_of(5), NEVER, NEVER]
    assert due_ticks(np.zeros(40, bool), 2, 3).tolist() == [NEVER] * 3


@given(
    opened=st.lists(st.booleans(), min_size=1, max_size=60),
    working_days=st.integers(1, 12),
    days=st.integers(1, 60),
)
def test_due_is_so_many_open_days_on(opened: list[bool], working_days: int, days: int) -> None:
    """Hold that day by day counting, as people do it, comes to the same."""
    for begun, due in enumerate(due_ticks(np.array(opened), working_days, days).tolist()):
        left, day = working_days, begun
        while left and day + 1 < len(opened):
            day += 1
            left -= opened[day]
        assert due == (NEVER if left else end_of(day))


def test_holidays_are_no_open_days() -> None:
    """Expected: of 2017 in Norway, asked on Wednesday, 12 April: then Easter until the Tuesday."""
    rule = Within(working_days=10, calendar="office")
    found = due_table(rule, Calendar.model_validate(OFFICE), date(2017, 4, 12), 5)
    due = date(2017, 5, 2)  # 18-21 and 24-28 April are nine; 1 May is a holiday
    assert found.tolist() == [end_of((due - date(2017, 4, 12)).days)] * 5


def test_what_begins_at_the_end_of_a_run_is_due_after_it() -> None:
    """Expected: by hand: the run's one day is a Friday; the third day after it is a Wednesday."""
    rule = Within(working_days=3, calendar="office")
    office = Calendar.model_validate({"days": "monday-friday"})
    assert due_table(rule, office, date(2017, 1, 6), 1).tolist() == [end_of(5)]


def test_the_last_years_of_the_calendar_are_no_error() -> None:
    """Expected: by hand: the calendar's last day is a Friday; from Wednesday on it is Thursday."""
    rule = Within(working_days=1, calendar="office")
    office = Calendar.model_validate({"days": "monday-friday"})
    found = due_table(rule, office, date(9999, 12, 29), 1).tolist()
    assert found == [end_of(1)]


@given(bound=st.floats(0, 1), value=st.floats(0, 1))
def test_a_test_of_the_number_is_one_of_what_is_written(bound: float, value: float) -> None:
    """Hold that the double passes where the single one does that stands in the records."""
    single, least = np.float32(value), least_written_as(bound)
    assert (value >= least) == (single >= np.float32(bound)) == (float(single) >= least)


@given(bound=st.floats(0, 1))
def test_a_bound_passes_itself(bound: float) -> None:
    """Hold that a number that is just the bound passes, and one clearly below does not."""
    assert least_written_as(bound) <= bound
    assert bound - 1e-6 < least_written_as(bound)


def test_no_bound_stays_none() -> None:
    """Expected: infinities, which stand for a bound that is not there."""
    assert least_written_as(float("inf")) == float("inf")
    assert least_written_as(float("-inf")) == float("-inf")


def test_only_the_state_is_written_down() -> None:
    """Expected: bounds of motivation and severity are moved, those of other attributes are not."""
    assert as_written(OWN_COLUMNS, (0.7, 0.9)) == as_written(EPISODE, (0.7, 0.9)) == (0.7, 0.9)
    for column in (MOTIVATION, SEVERITY):
        low, high = as_written(column, (0.7, 0.9))
        assert low == least_written_as(0.7) < 0.7
        assert high == least_written_as(0.9) < 0.9
