"""Rankings against sums by hand, and how often what they claim is false."""

import math

import numpy as np
import pytest

from simcare.analysis.ranking import Ranked, rank

NAN = math.nan


def by_name(rows: list[Ranked]) -> dict[str, Ranked]:
    """Return the rows by policy."""
    return {row.policy: row for row in rows}


def test_one_other_has_the_plain_paired_interval() -> None:
    """Expected: differences 1, 2, 3: mean 2, s = 1, and t(0.975; 2) = 4.302653."""
    rows = rank(np.array([1.0, 2.0, 3.0]), {"new": np.array([2.0, 4.0, 6.0])}, 1)
    half = 4.302653 / math.sqrt(3)
    assert [row.policy for row in rows] == ["new", "base"]
    new, base = rows
    assert (new.mean, new.value, base.value) == (2.0, 4.0, 2.0)
    assert (new.lower, new.upper) == pytest.approx((2 - half, 2 + half), rel=1e-6)
    assert (base.mean, base.lower, base.upper) == (0.0, 0.0, 0.0)


def test_two_others_have_wider_intervals() -> None:
    """Expected: t(1 - 0.025 / 2; 2) = (2p - 1) / sqrt(2p(1 - p)) = 6.205347 at p = 0.9875."""
    values = np.array([1.0, 2.0, 3.0])
    rows = rank(values, {"a": 2 * values, "b": 3 * values}, 1)
    half = 6.205347 / math.sqrt(3)
    a, b = by_name(rows)["a"], by_name(rows)["b"]
    assert (a.lower, a.upper) == pytest.approx((2 - half, 2 + half), rel=1e-6)
    assert (b.lower, b.upper) == pytest.approx((4 - 2 * half, 4 + 2 * half), rel=1e-6)
    assert a.behind.mean == 2.0
    assert (a.behind.lower, a.behind.upper) == pytest.approx((2 - half, 2 + half), rel=1e-6)


def test_less_is_better_turns_the_sign() -> None:
    """Expected: waits 10 and 12 against 11 give gains 1 and -1; the shorter wait is first."""
    one = np.ones(3)
    rows = rank(11 * one, {"longer": 12 * one, "shorter": 10 * one}, -1, "as today")
    assert [(row.policy, row.mean) for row in rows] == [
        ("shorter", 1.0), ("as today", 0.0), ("longer", -1.0),
    ]  # fmt: skip
    assert [row.behind.mean for row in rows[1:]] == [1.0, 2.0]
    assert math.isnan(rows[0].behind.mean)


def test_ties_share_being_best() -> None:
    """Expected: by hand. Best are a; a and b; base, a and b; the last has a nan and is left out."""
    base = np.array([0.0, 1.0, 2.0, 9.0])
    rows = rank(base, {"a": np.array([3.0, 4.0, 2.0, 1.0]), "b": np.array([1.0, 4.0, 2.0, NAN])}, 1)
    found = {row.policy: row.best_of_100 for row in rows}
    thirds = 100 / 3
    assert found["a"] == pytest.approx(thirds * (1 + 1 / 2 + 1 / 3))
    assert found["b"] == pytest.approx(thirds * (1 / 2 + 1 / 3))
    assert found["base"] == pytest.approx(thirds / 3)
    assert sum(found.values()) == pytest.approx(100)


def test_one_replication_has_no_interval() -> None:
    """Expected: the mean stands; both ends are nan."""
    row = by_name(rank(np.array([1.0]), {"new": np.array([3.0])}, 1))["new"]
    assert (row.mean, row.best_of_100) == (2.0, 100.0)
    assert math.isnan(row.lower)
    assert math.isnan(row.upper)


def test_nobody_anywhere_comes_last_without_numbers() -> None:
    """Expected: a policy without values is last; who is best is then known of nobody."""
    rows = rank(np.array([1.0, 2.0]), {"nobody": np.array([NAN, NAN]), "worse": np.zeros(2)}, 1)
    assert [row.policy for row in rows] == ["base", "worse", "nobody"]
    assert all(math.isnan(row.best_of_100) for row in rows)
    assert math.isnan(rows[-1].mean)
    assert math.isnan(rows[-1].value)


def test_the_base_alone() -> None:
    """Expected: one row, best in all."""
    (row,) = rank(np.array([1.0, 2.0]), {}, 1)
    assert (row.policy, row.best_of_100, row.value) == ("base", 100.0, 1.5)


@pytest.mark.parametrize(
    ("base", "others", "better", "message"),
    [
        ([1.0], {"a": [1.0]}, 0, r"better is 0; it must be 1"),
        ([1.0], {"base": [1.0]}, 1, r"'base' names both"),
        ([1.0], {"a": [1.0, 2.0]}, 1, r"must pair up"),
        ([1.0], {"a": [math.inf]}, 1, r"infinite"),
    ],
)
def test_what_cannot_be_ranked_is_refused(
    base: list[float], others: dict[str, list[float]], better: int, message: str
) -> None:
    """Expected: what is wrong, by name."""
    with pytest.raises(ValueError, match=message):
        rank(np.array(base), {name: np.array(v) for name, v in others.items()}, better)


def test_intervals_hold_at_once_and_the_best_is_not_called_behind() -> None:
    """Expected: at least 95 % of 1,500 studies of four policies with ten paired replications.

    Bonferroni is conservative, so both shares are at or above 0.95 and a share below 0.93 has a
    chance under 4 in 10,000 (binomial, normal approximation: 0.02 / sqrt(0.95 * 0.05 / 1,500) is
    3.6 standard deviations). The seed is fixed.
    """
    chance = np.random.default_rng(20261122)
    truth = {"a": 0.0, "b": 0.3, "best": 0.5}
    held = kept = 0
    studies = 1500
    for _ in range(studies):
        common = chance.normal(size=10)
        base = common + chance.normal(size=10)
        others = {name: at + common + chance.normal(size=10) for name, at in truth.items()}
        rows = by_name(rank(base, others, 1))
        held += all(rows[name].lower <= at <= rows[name].upper for name, at in truth.items())
        kept += not rows["best"].behind.lower > 0
    assert held / studies > 0.93
    assert kept / studies > 0.93
