"""How many places: which number is tried next, the answer, and its range, by hand."""

from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pytest
from numpy.typing import NDArray

from simcare.analysis.capacity_search import (
    AT_LEAST,
    AT_MOST,
    BELOW,
    Answer,
    Kind,
    Search,
    Standing,
    Target,
    answer,
    next_number,
)
from simcare.analysis.outcomes import DAYS, Outcome

WAIT = Outcome("mean wait", "those served", "ward", DAYS, -1)
SEARCH = Search("service.capacities.ward.beds", 100, 180, 120, Target(WAIT, BELOW, 30.0))
Curve = Callable[[int], float]
# Four replications about their mean: their standard error is 1, and Student's t of three degrees of
# freedom at 97.5 % is 3.18, so that the half of the 95 % interval is 3.18.
AROUND = np.array([-1.0, -1.0, 1.0, 1.0]) * np.sqrt(3.0)


def searched(search: Search, curve: Curve, spread: float = 1.0) -> tuple[Answer, list[int]]:
    """Return the answer of a search on a curve, and the numbers that it tried, in their order."""
    values: dict[int, NDArray[np.float64]] = {}
    while (number := next_number(search, values)) is not None:
        assert number not in values
        values[number] = curve(number) + spread * AROUND
    return answer(search, values), list(values)


@pytest.mark.parametrize("crossing", [101, 102, 117, 139, 140, 141, 178, 180])
def test_the_least_number_that_meets_the_target_is_found(crossing: int) -> None:
    """Expected: by hand. The curve falls by one a bed, and is 29.5 at the crossing."""
    found, tried = searched(SEARCH, lambda n: 29.5 + crossing - n)
    assert found.kind == Kind.FOUND
    assert found.number == crossing
    assert tried[:2] == [180, 100]
    assert len(tried) <= 2 + 3 * 7  # ends, and three crossings halved out of 80


def test_the_range_is_of_the_numbers_that_are_not_ruled_out() -> None:
    """Expected: by hand. The means are 29.5 + 140 − n, and each may be off by 3.18.

    136 has 33.5 and more than 30.3: it is too few. 137 has 32.5 less 3.18, which is below 30, so
    that it may do. 142 has 27.5 and may reach 30.7; 143 has 26.5 and stays below 29.7.
    """
    found, tried = searched(SEARCH, lambda n: 29.5 + 140 - n)
    assert (found.lower, found.upper) == (137, 143)
    assert {136, 137, 142, 143} <= set(tried)
    standings = {n: one.standing for n in (136, 137, 142, 143) if (one := found.at(n)) is not None}
    assert standings == {
        136: Standing.FAILS,
        137: Standing.OPEN,
        142: Standing.OPEN,
        143: Standing.MEETS,
    }


def test_without_chance_the_range_is_the_number_alone() -> None:
    """Expected: by hand; every replication is alike."""
    found, _ = searched(SEARCH, lambda n: 170.0 - n, spread=0.0)
    assert (found.number, found.lower, found.upper) == (141, 141, 141)


@pytest.mark.parametrize(("side", "number"), [(BELOW, 141), (AT_MOST, 140)])
def test_the_bound_itself_counts_where_it_is_said(side: str, number: int) -> None:
    """Expected: by hand. 140 beds have a wait of 30 days to the dot."""
    search = replace(SEARCH, target=Target(WAIT, side, 30.0))
    found, _ = searched(search, lambda n: 170.0 - n, spread=0.0)
    assert found.number == number


def test_more_may_be_what_is_wanted() -> None:
    """Expected: by hand. Of 100, n − 100 start in time: 60 at 160 beds."""
    started = Outcome("started treatment by the deadline", "all who asked", better=1)
    search = replace(SEARCH, target=Target(started, AT_LEAST, 60.0))
    found, _ = searched(search, lambda n: n - 100.0)
    assert (found.kind, found.number) == (Kind.FOUND, 160)
    assert (found.lower, found.upper) == (157, 164)
    assert found.best == 180


def test_a_target_that_none_meets_is_said_with_the_best() -> None:
    """Expected: by hand. Even 180 beds leave 40 days, which chance cannot explain."""
    found, tried = searched(SEARCH, lambda n: 220.0 - n)
    assert (found.kind, found.number, found.best) == (Kind.NOWHERE, None, 180)
    assert (found.lower, found.upper) == (181, None)
    assert sorted(tried) == [100, 120, 140, 160, 180]  # for the curve


def test_what_chance_leaves_open_at_an_end_is_open() -> None:
    """Expected: by hand. 180 beds leave 31 days, more or less 3.18; 178 may do, 177 may not."""
    found, _ = searched(SEARCH, lambda n: 211.0 - n)
    assert found.kind == Kind.NOWHERE
    assert (found.lower, found.upper) == (178, None)


def test_a_target_that_all_meet_is_said_with_the_fewest() -> None:
    """Expected: by hand. 100 beds have 29 days, more or less 3.18: it may take 103."""
    found, _ = searched(SEARCH, lambda n: 129.0 - n)
    assert (found.kind, found.number) == (Kind.AT_ONCE, None)
    assert (found.lower, found.upper) == (None, 103)
    sure, _ = searched(SEARCH, lambda _: 10.0)
    assert (sure.kind, sure.lower, sure.upper) == (Kind.AT_ONCE, None, 100)


def test_an_outcome_that_moves_the_other_way_is_said() -> None:
    """Expected: by hand. The wait grows with the beds, which no target below is to be had by."""
    found, _ = searched(SEARCH, lambda n: n - 100.0)
    assert (found.kind, found.number, found.best) == (Kind.BACKWARDS, None, 100)
    assert found.reversals == ((100, 120), (120, 140), (140, 160), (160, 180))


def test_a_step_back_on_the_way_is_said_and_the_answer_lies_past_it() -> None:
    """Expected: by hand. 120 to 129 beds meet the target, 130 do not, and 140 do again."""

    def curve(n: int) -> float:
        return 20.0 if 120 <= n < 130 or n >= 140 else 40.0

    values = {n: curve(n) + AROUND for n in (100, 120, 130, 139, 140, 180)}
    found = answer(SEARCH, values)
    assert (found.kind, found.number, found.reversals) == (Kind.FOUND, 140, ((120, 130),))
    assert next_number(SEARCH, {n: curve(n) + AROUND for n in (100, 120, 130, 180)}) == 155


def test_one_replication_gives_a_number_without_a_range() -> None:
    """Expected: by hand; nothing is ruled out by what has no interval."""
    values = {n: np.array([170.0 - n]) for n in (100, 140, 141, 180)}
    found = answer(SEARCH, values)
    assert (found.number, found.lower, found.upper) == (141, None, None)


def test_where_nobody_is_told_of_nothing_is_found() -> None:
    """Expected: by hand. With 180 beds no replication has a value; few beds without one fail."""
    none = np.full(4, np.nan)
    found = answer(SEARCH, {100: 20.0 + AROUND, 180: none})
    assert (found.kind, found.number) == (Kind.UNTOLD, None)
    found = answer(SEARCH, {100: none, 101: 10.0 + AROUND, 180: 5.0 + AROUND})
    assert (found.kind, found.number, found.lower) == (Kind.FOUND, 101, None)


def test_an_answer_wants_both_ends() -> None:
    """Expected: an error, since what lies past the last number tried is not known."""
    with pytest.raises(ValueError, match="both ends"):
        answer(SEARCH, {100: AROUND})
