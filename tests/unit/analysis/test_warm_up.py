"""Where MSER-5 cuts: series worked by hand, and a queue that starts empty."""

import numpy as np
import pytest
from numpy.typing import NDArray

from simcare.analysis.warm_up import Settled, WarmUp, batch_means, mser, truncation, warm_ups

SPANS = 96  # of five days: 16 months


def settled(at: float = 20.0, spans: int = SPANS) -> NDArray[np.float64]:
    """Return a list that goes up and down by one from span to span, about a level."""
    return at + np.where(np.arange(spans) % 2, 1.0, -1.0)


def after(spans: int, start: float = 0.0) -> NDArray[np.float64]:
    """Return the same list after so many spans at another level."""
    found = settled()
    found[:spans] = start
    return found


def both(mean: NDArray[np.float64], apart: float = 0.5) -> NDArray[np.float64]:
    """Return two replications with a mean, so far from it."""
    return np.stack([mean - apart, mean + apart])


def test_batches_are_means_of_five() -> None:
    """1..12: the means of 1..5 and 6..10; the last two make no batch."""
    assert batch_means(np.arange(1.0, 13.0)).tolist() == [3.0, 8.0]
    assert batch_means(np.arange(1.0, 21.0).reshape(2, 10)).tolist() == [[3.0, 8.0], [13.0, 18.0]]


def test_the_standard_error_by_hand() -> None:
    """Ten twice and ten zeros: (200 - 400 / 12) / 12^2, (100 - 100 / 11) / 11^2, then none."""
    found = mser(np.array([10.0, 10.0, *[0.0] * 10]))
    expected = [(200 - 400 / 12) / 144, (100 - 100 / 11) / 121, *[0.0] * 6]
    np.testing.assert_allclose(found, expected, atol=1e-12)


@pytest.mark.parametrize(
    ("series", "cut"),
    [
        (np.array([10.0, 10.0, *[0.0] * 10]), 2),
        (np.full(12, 7.0), 0),  # nothing to forget
        (np.array([4.0, *[1.0, 2.0] * 10]), 1),
        (np.zeros(9), None),  # too few batches
        (np.arange(40.0), None),  # it rises for ever: the best cut is the last that is tried
        (np.array([*[0.0] * 13, *[9.0] * 7]), None),  # it settles in the second half
    ],
)
def test_where_it_cuts(series: NDArray[np.float64], cut: int | None) -> None:
    """Expected: by hand: the first batch of the level that the series comes to, or nothing."""
    assert truncation(series) == cut


def test_what_lists_say_of_a_warm_up() -> None:
    """Expected: by hand; the first 8 or 20 spans (40 or 100 days) are another level than the rest.

    One grows by 60 people to the end; one settles in the second half; less than a person waits for
    the last.
    """
    lists = {
        "soon": both(after(8)),
        "later": both(after(20)),
        "grows": both(np.linspace(0.0, 60.0, SPANS)),
        "too_late": both(after(55, 16.0)),
        "nobody": both(after(8) / 100, 0.0),
    }
    found = warm_ups(lists, 60.0)
    assert found[:2] == (
        WarmUp("soon", 40.0, Settled.ENOUGH),
        WarmUp("later", 100.0, Settled.TOO_SHORT),
    )
    assert [(one.capacity, one.verdict) for one in found[2:]] == [
        ("grows", Settled.UNSTEADY),
        ("too_late", Settled.RUN_TOO_SHORT),
    ]
    assert all(np.isnan(one.days) for one in found[2:])


def waits_from_empty(rng: np.random.Generator) -> NDArray[np.float64]:
    """Return waits in an M/M/1 with load 0.8 that starts empty: 1,000 customers, 1,500 times."""
    services = rng.exponential(1.0, (1000, 1500))
    between = rng.exponential(1.0 / 0.8, (1000, 1500))
    waits = np.zeros((1000, 1500))
    for k in range(1, len(waits)):
        waits[k] = np.maximum(waits[k - 1] + services[k - 1] - between[k], 0.0)
    return waits


def test_a_queue_that_starts_empty_is_cut_until_its_bias_is_gone() -> None:
    """Waits of an M/M/1 are 0.8 / (1 - 0.8) = 4 services on average, less when it starts empty.

    In twelve experiments, each cut as MSER-5 says of its mean over the replications, the mean of
    all customers is low by more than 4 standard errors, and of that less than half is left (by
    chance more is seen in 1 of 10,000 seeds).
    """
    rng = np.random.default_rng(20170101)
    every, kept = [], []
    for _ in range(12):
        waits = waits_from_empty(rng)
        cut = truncation(batch_means(waits.mean(axis=1)))
        assert cut is not None
        every.append(waits.mean())
        kept.append(waits[5 * cut :].mean())
    low = 4.0 - np.mean(every)
    assert low > 4 * np.std(every, ddof=1) / np.sqrt(12)
    assert abs(4.0 - np.mean(kept)) < low / 2
