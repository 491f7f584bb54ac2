"""Kaplan-Meier and Aalen-Johansen against hand-worked samples, scipy and their identities."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.testing import assert_allclose, assert_array_equal
from numpy.typing import NDArray
from scipy import stats

from simcare.analysis.survival import Curve, cumulative_incidence, kaplan_meier

# Six subjects: ends at 1, 2, 2, 4; censored at 2 and 5.
TIME = [4.0, 2.0, 1.0, 5.0, 2.0, 2.0]
CAUSE = [1, 0, 1, 0, 2, 1]

# Records on a coarse grid of times, so that ties of every kind occur.
RECORDS = st.lists(st.tuples(st.integers(0, 6), st.integers(0, 3)), min_size=1, max_size=40)


def _sample(n: int, seed: int) -> tuple[NDArray[np.float64], NDArray[np.int64]]:
    """Draw n records with ties, three causes and censoring."""
    rng = np.random.default_rng(seed)
    return np.ceil(rng.exponential(30.0, n)), rng.integers(0, 4, n)


def test_kaplan_meier_by_hand() -> None:
    """Six subjects: 5/6 after 1, times 3/5 after 2 (two of five), times 1/2 after 4."""
    curve = kaplan_meier(TIME, np.asarray(CAUSE) > 0)
    assert_array_equal(curve.times, [1.0, 2.0, 4.0])
    assert_array_equal(curve.at_risk, [6, 5, 2])
    assert_allclose(curve.values, [5 / 6, 1 / 2, 1 / 4], rtol=1e-15)
    assert (curve.start, curve.followed_until) == (1.0, 5.0)


def test_event_comes_before_censoring_at_the_same_time() -> None:
    """Of two subjects at time 3, one censored, both are at risk when the event happens."""
    curve = kaplan_meier([3.0, 3.0], [False, True])
    assert_array_equal(curve.at_risk, [2])
    assert_array_equal(curve.values, [0.5])


def test_cumulative_incidence_by_hand() -> None:
    """Cause 1 rises by 1/6, (5/6)(1/5) and (1/2)(1/2); cause 2 by (5/6)(1/5) at time 2."""
    curves = cumulative_incidence(TIME, CAUSE, (1, 2))
    assert list(curves) == [1, 2]
    assert_array_equal(curves[1].times, [1.0, 2.0, 4.0])
    assert_allclose(curves[1].values, [1 / 6, 1 / 3, 7 / 12], rtol=1e-14)
    assert_allclose(curves[2].values, [0.0, 1 / 6, 1 / 6], rtol=1e-14)
    assert curves[2].start == 0.0


def test_at_is_right_continuous_and_keeps_the_shape() -> None:
    """The value at a step includes it; before the first step it is 1, after the last it stays."""
    curve = kaplan_meier(TIME, np.asarray(CAUSE) > 0)
    asked = [[-math.inf, 0.0, np.nextafter(1.0, 0.0)], [1.0, 3.9, math.inf]]
    assert_allclose(curve.at(asked), [[1.0, 1.0, 1.0], [5 / 6, 1 / 2, 1 / 4]], rtol=1e-15)
    assert curve.at(4.0).shape == ()


def test_event_at_time_zero_counts_at_zero() -> None:
    """One of two events happens at once: the curve is 1/2 at 0 and 1 before."""
    curve = kaplan_meier([0.0, 1.0], [1, 1])
    assert_array_equal(curve.at([-0.1, 0.0, 1.0]), [1.0, 0.5, 0.0])


@pytest.mark.parametrize(
    ("horizon", "area"),
    [(0.0, 0.0), (0.5, 0.5), (1.0, 1.0), (3.0, 1 + 5 / 6 + 1 / 2), (6.0, 1 + 5 / 6 + 1 + 1 / 2)],
)
def test_restricted_mean_by_hand(horizon: float, area: float) -> None:
    """Areas of the rectangles 1, 5/6, 1/2, 1/2, 1/4, 1/4; past follow-up the curve carries on."""
    curve = kaplan_meier(TIME, np.asarray(CAUSE) > 0)
    assert curve.restricted_mean(horizon) == pytest.approx(area, rel=1e-14)


def test_restricted_mean_without_censoring_is_the_mean_of_the_shortened_times() -> None:
    """With every event seen, the area is the plain mean of min(time, horizon)."""
    time, _ = _sample(500, seed=1)
    curve = kaplan_meier(time, np.ones(500, dtype=bool))
    expected = np.minimum(time, 40.0).mean()
    assert curve.restricted_mean(40.0) == pytest.approx(expected, rel=1e-12)


def test_percentile_by_hand() -> None:
    """Cause 1 stands at 1/6, 1/3, 7/12 from times 1, 2, 4, and never reaches 0.6."""
    curve = cumulative_incidence(TIME, CAUSE, (1, 2))[1]
    asked = [1 / 6, 0.17, 1 / 3, 0.5, 7 / 12, 0.6]
    assert [curve.percentile(p) for p in asked] == [1.0, 2.0, 2.0, 4.0, 4.0, math.inf]


@pytest.mark.parametrize("n", [3, 7, 10, 49, 1000])
def test_percentile_is_not_fooled_by_rounding(n: int) -> None:
    """With times 1..n all seen, the share k/n is reached at time k, for every k."""
    time = np.arange(1.0, n + 1)
    for curve in (
        cumulative_incidence(time, np.ones(n, dtype=int), (1,))[1],
        kaplan_meier(time, np.ones(n, dtype=bool)).complement(),
    ):
        assert_array_equal([curve.percentile(k / n) for k in range(1, n + 1)], time)


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_kaplan_meier_agrees_with_scipy(seed: int) -> None:
    """scipy.stats.ecdf of right-censored data gives the same survival at every time."""
    time, cause = _sample(400, seed)
    seen = cause > 0
    data = stats.CensoredData(uncensored=time[seen], right=time[~seen])
    oracle = stats.ecdf(data).sf
    curve = kaplan_meier(time, seen)
    assert_allclose(curve.at(oracle.quantiles), oracle.probabilities, rtol=1e-12, atol=1e-14)


@given(RECORDS)
@settings(max_examples=200, deadline=None, derandomize=True)
def test_causes_and_survival_sum_to_one(records: list[tuple[int, int]]) -> None:
    """At every time the incidences of all causes and the survival from any end sum to 1."""
    time = np.array([record[0] for record in records], dtype=float)
    cause = np.array([record[1] for record in records])
    curves = cumulative_incidence(time, cause, (1, 2, 3))
    everywhere = np.linspace(-1.0, 8.0, 37)
    total = kaplan_meier(time, cause > 0).at(everywhere)
    for curve in curves.values():
        assert (np.diff(curve.values) >= 0).all()
        total = total + curve.at(everywhere)
    assert_allclose(total, 1.0, rtol=0, atol=1e-12)


@given(RECORDS)
@settings(max_examples=100, deadline=None, derandomize=True)
def test_kaplan_meier_agrees_with_its_definition(records: list[tuple[int, int]]) -> None:
    """A plain loop over the event times, counting those at risk, gives the same values."""
    curve = kaplan_meier([r[0] for r in records], [r[1] > 0 for r in records])
    value = 1.0
    for step, when in enumerate(sorted({r[0] for r in records if r[1] > 0})):
        at_risk = sum(r[0] >= when for r in records)
        value *= 1 - sum(r[0] == when and r[1] > 0 for r in records) / at_risk
        assert (curve.times[step], curve.at_risk[step]) == (when, at_risk)
        assert curve.values[step] == pytest.approx(value, abs=1e-14)


def test_incidence_without_censoring_is_the_plain_proportion() -> None:
    """With no one censored, F_j(t) is the share of subjects who ended by cause j up to t."""
    time, cause = _sample(1000, seed=5)
    cause = cause + 1
    curves = cumulative_incidence(time, cause, (1, 2, 3, 4))
    for end, curve in curves.items():
        for t in (0.0, 1.0, 10.0, 45.0, 1000.0):
            share = np.mean((time <= t) & (cause == end))
            assert curve.at(t) == pytest.approx(share, abs=1e-12)


def test_a_million_records_keep_their_precision() -> None:
    """At n = 1e6 the causes and the survival still sum to 1 within 1e-12."""
    rng = np.random.default_rng(7)
    time = rng.exponential(30.0, 1_000_000)
    cause = rng.integers(0, 3, time.size)
    curves = cumulative_incidence(time, cause, (1, 2))
    survival = kaplan_meier(time, cause > 0)
    total = survival.values + curves[1].values + curves[2].values
    assert_allclose(total, 1.0, rtol=0, atol=1e-12)


def test_incidence_of_two_exponential_causes() -> None:
    """F_1(t) = (a / (a + b)) (1 - exp(-(a + b) t)) within 5 standard errors.

    False-alarm rate below 1e-5 (four normal deviates beyond 5); the seed is fixed. Censoring is
    Exp(0.02), so the standard error is below sqrt(0.25 / at risk at the last time).
    """
    rng, n, a, b = np.random.default_rng(11), 40_000, 0.03, 0.01
    ends = np.stack([rng.exponential(1 / rate, n) for rate in (0.02, a, b)])
    curves = cumulative_incidence(ends.min(axis=0), ends.argmin(axis=0), (1, 2))
    for t in (10.0, 30.0):
        bound = 5 * math.sqrt(0.25 / float((ends.min(axis=0) >= t).sum()))
        whole = 1 - math.exp(-(a + b) * t)
        assert abs(curves[1].at(t) - 0.75 * whole) < bound
        assert abs(curves[2].at(t) - 0.25 * whole) < bound


def test_nobody_gives_no_steps_and_nan() -> None:
    """Without subjects every question is answered with nan."""
    survival = kaplan_meier([], [])
    rising = cumulative_incidence([], [], (1, 2))
    for curve in (survival, *rising.values()):
        assert curve.times.size == curve.values.size == curve.at_risk.size == 0
        assert np.isnan(curve.at([0.0, 10.0])).all()
        assert math.isnan(curve.followed_until)
    assert math.isnan(survival.restricted_mean(10.0))
    assert math.isnan(rising[1].percentile(0.5))


def test_nobody_ended_stays_at_the_start() -> None:
    """With everyone censored survival stays at 1 and an incidence at 0."""
    survival = kaplan_meier([2.0, 3.0], [False, False])
    rising = cumulative_incidence([2.0, 3.0], [0, 0], [4])[4]
    assert_array_equal(survival.at([0.0, 5.0]), [1.0, 1.0])
    assert_array_equal(rising.at([0.0, 5.0]), [0.0, 0.0])
    assert survival.restricted_mean(2.5) == 2.5
    assert rising.percentile(0.01) == math.inf
    assert survival.followed_until == 3.0


def test_cause_that_never_occurs_stays_at_zero() -> None:
    """A listed cause without an end has the common steps, all at 0."""
    curve = cumulative_incidence(TIME, CAUSE, (1, 2, 3))[3]
    assert_array_equal(curve.values, [0.0, 0.0, 0.0])


def test_complement_turns_a_curve_round_and_back() -> None:
    """1 minus a survival curve rises from 0; 1 minus that is the survival curve."""
    curve = kaplan_meier(TIME, np.asarray(CAUSE) > 0)
    assert_allclose(curve.complement().at([0.0, 2.0]), [0.0, 0.5], rtol=1e-15)
    assert_allclose(curve.complement().complement().values, curve.values, rtol=1e-15)


def test_a_curve_cannot_be_changed() -> None:
    """The arrays are read-only copies: the caller's own arrays stay free."""
    values = np.array([0.5])
    curve = Curve(np.array([1.0]), values, np.array([2]), 1.0, 1.0)
    values[0] = 0.1
    assert curve.values[0] == 0.5
    with pytest.raises(ValueError, match="read-only"):
        curve.values[0] = 0.0


def test_input_is_left_alone() -> None:
    """The estimators do not sort or change the arrays they are given."""
    time, cause = np.array(TIME), np.array(CAUSE)
    kaplan_meier(time, cause > 0)
    cumulative_incidence(time, cause, (1, 2))
    assert_array_equal(time, TIME)
    assert_array_equal(cause, CAUSE)


@pytest.mark.parametrize(
    ("time", "observed", "message"),
    [
        ([1.0, -1.0], [1, 1], r"time holds -1\.0"),
        ([math.nan], [1], "time holds nan"),
        ([math.inf], [1], "time holds inf"),
        ([[1.0]], [[1]], r"time has shape \(1, 1\)"),
        (["soon"], [1], "time is not an array of numbers"),
        ([1.0, 2.0], [1], r"observed has shape \(1,\)"),
        ([1.0], [2], "observed holds other values"),
        ([1.0], [math.nan], "observed holds other values"),
        ([1.0], ["yes"], "observed holds other values"),
    ],
)
def test_kaplan_meier_refuses(time: list[float], observed: list[int], message: str) -> None:
    """Records that make no sense are refused with the argument's name."""
    with pytest.raises(ValueError, match=message):
        kaplan_meier(time, observed)


@pytest.mark.parametrize(
    ("cause", "causes", "message"),
    [
        ([1, 3], (1, 2), r"cause holds \[3\]"),
        ([1, -1], (1, 2), r"cause holds \[-1\]"),
        ([1.0, 2.0], (1, 2), "cause has dtype float64"),
        ([1], (1, 2), r"cause has shape \(1,\)"),
        ([0, 0], (), "causes is"),
        ([0, 0], (0, 1), "causes is"),
        ([0, 0], (1, 1), "causes is"),
    ],
)
def test_cumulative_incidence_refuses(
    cause: list[int], causes: tuple[int, ...], message: str
) -> None:
    """A cause that is not listed, or a list that is no list of causes, is refused."""
    with pytest.raises(ValueError, match=message):
        cumulative_incidence([1.0, 2.0], cause, causes)


def test_curve_refuses_the_wrong_question() -> None:
    """Percentiles need a rising curve, areas a falling one, and times must be numbers."""
    survival = kaplan_meier(TIME, np.asarray(CAUSE) > 0)
    rising = survival.complement()
    with pytest.raises(ValueError, match="percentile needs a rising curve"):
        survival.percentile(0.5)
    with pytest.raises(ValueError, match="restricted_mean needs a survival curve"):
        rising.restricted_mean(1.0)
    with pytest.raises(ValueError, match="t holds nan"):
        survival.at([1.0, math.nan])
    for p in (0.0, 1.1, math.nan):
        with pytest.raises(ValueError, match="p is"):
            rising.percentile(p)
    for horizon in (-1.0, math.inf, math.nan):
        with pytest.raises(ValueError, match="horizon is"):
            survival.restricted_mean(horizon)


@pytest.mark.parametrize(
    ("times", "values", "start", "message"),
    [
        ([1.0, 2.0], [0.5], 1.0, r"values has shape \(1,\)"),
        ([2.0, 1.0], [0.5, 0.4], 1.0, "times must be strictly increasing"),
        ([1.0, 2.0], [0.5, 0.4], 0.5, r"start is 0\.5"),
    ],
)
def test_curve_refuses_what_is_no_step_function(
    times: list[float], values: list[float], start: float, message: str
) -> None:
    """Arrays that do not fit together, or do not start at 0 or 1, make no curve."""
    with pytest.raises(ValueError, match=message):
        Curve(np.array(times), np.array(values), np.array([2, 1]), start, 3.0)
