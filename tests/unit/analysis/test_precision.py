"""When a run is precise enough: looks, half-widths and the rule that stops, by hand."""

import math
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from simcare.analysis.outcomes import Outcome
from simcare.analysis.precision import Look, Precision, Stop, look, looked, looks, series, stop

ASKED = Precision("starts", half_width=1.0)
# The t quantiles of the tables: 2.776445 with 4 degrees of freedom.
T_4 = 2.776445


def seen(half_width: float, wanted: float = 1.0, values: int = 20) -> Look:
    """Return a look at an interval of some half-width."""
    return Look(20, half_width, wanted, values)


def test_looks_are_a_quarter_apart() -> None:
    """Expected: by hand, each a quarter more, rounded up to steps of five, the last the ceiling."""
    assert looks(20, 100) == (20, 25, 35, 45, 60, 75, 95, 100)
    assert looks(12, 12) == (12,)


@given(st.integers(10, 300), st.integers(0, 3000))
def test_looks_rise_to_the_ceiling(at_least: int, more: int) -> None:
    """Hold that they rise from the floor to the ceiling, by no more than 1.25 times and a step."""
    found = looks(at_least, at_least + more)
    assert (found[0], found[-1]) == (at_least, at_least + more)
    for before, after in pairwise(found):
        assert before < after <= 1.25 * before + 5


def test_a_look_at_a_difference_by_hand() -> None:
    """Differences 1..5 of the first five pairs: s is sqrt(2.5); the sixth is not looked at."""
    base = np.array([10.0, 20.0, 30.0, 40.0, 50.0, 60.0])
    policy = base + np.array([1.0, 2.0, 3.0, 4.0, 5.0, 99.0])
    found = look(base, policy, 5, ASKED)
    assert found.half_width == pytest.approx(T_4 * math.sqrt(2.5 / 5), rel=1e-6)
    assert (found.replications, found.wanted, found.values) == (5, 1.0, 5)


def test_a_share_is_of_the_size_of_the_bases_mean() -> None:
    """The base's mean is -30: a tenth of it is 3, whatever the policy's."""
    base = np.array([-10.0, -20.0, -30.0, -40.0, -50.0])
    found = look(base, base + 7.0, 5, Precision("starts", relative=0.1))
    assert found.wanted == pytest.approx(3.0)
    assert found.half_width == 0.0


def test_one_policy_alone_is_looked_at_by_its_mean() -> None:
    """1..5: the interval of the mean, not of a difference; a missing value is no value."""
    alone = np.array([1.0, 2.0, 3.0, 4.0, 5.0, np.nan])
    (((found,),)) = looked(alone, [], [6], ASKED)
    assert found.half_width == pytest.approx(T_4 * math.sqrt(2.5 / 5), rel=1e-6)
    assert found.values == 5


@pytest.mark.parametrize(
    ("at", "is_last", "why"),
    [
        ([[0.9]], False, None),  # narrow once
        ([[0.9], [1.0]], False, Stop.ENOUGH),  # twice running, the second just so
        ([[0.9], [1.1], [0.9]], False, None),  # twice, not running
        ([[0.9, 0.9], [0.9, 1.1]], False, None),  # one policy of two
        ([[0.9, 0.9], [0.9, 0.9]], False, Stop.ENOUGH),
        ([[2.0], [0.9]], True, Stop.CEILING),
        ([[0.9], [0.9]], True, Stop.ENOUGH),
        ([[math.nan], [math.nan]], False, None),
    ],
)
def test_when_it_stops(at: list[list[float]], is_last: bool, why: Stop | None) -> None:
    """Expected: by the rule: every policy narrow enough twice running, or no more allowed."""
    assert stop([[seen(half) for half in one] for one in at], is_last) is why


def test_what_nobody_has_needs_no_more_replications() -> None:
    """Hold that a difference without a single pair ends it at the first look."""
    assert stop([[seen(0.5), seen(math.nan, values=0)]], is_last=False) is Stop.NOBODY


def test_a_series_is_of_one_outcome_at_one_place() -> None:
    """Expected: nan where a replication does not tell it, and another place is another outcome."""
    here, there = Outcome("starts", "all", "beds"), Outcome("starts", "all", "slots")
    said = [{here: 1.0, there: 5.0}, {there: 6.0}]
    found = series(said, Precision("starts", "beds", half_width=1.0))
    np.testing.assert_equal(found, [1.0, np.nan])
