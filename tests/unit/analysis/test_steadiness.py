"""A list that grows while it is measured is named; one that only wobbles is not."""

import numpy as np

from simcare.analysis.steadiness import drift

MONTHS = np.arange(40.0)
WOBBLE = np.random.default_rng(5).normal(0, 1, (8, 40))


def test_growth_is_told_with_its_first_and_last_third() -> None:
    """Ten months of warm-up, then 10 to 39: the thirds are 10-19 and 30-39, by two people each."""
    found = drift("beds", 2 * MONTHS + np.zeros((3, 1)) + np.zeros((3, 40)), 300)
    assert found is not None
    assert (found.first, found.last, found.people) == (29.0, 69.0, 40.0)


def test_a_steady_list_is_not_named() -> None:
    """Noise about 50 people is no drift, nor is a clear change by less than a quarter."""
    assert drift("beds", 50 + WOBBLE, 300) is None
    assert drift("beds", 50 + 0.3 * MONTHS + WOBBLE, 300) is None


def test_a_shrinking_list_and_short_runs() -> None:
    """Shrinking is a drift too; fewer than three months or one replication tell nothing."""
    shrinking = drift("beds", 90 - 2 * MONTHS + WOBBLE, 300)
    assert shrinking is not None
    assert shrinking.people < 0
    assert drift("beds", 2 * MONTHS[None, :], 300) is None
    assert drift("beds", WOBBLE[:, :12], 300) is None
