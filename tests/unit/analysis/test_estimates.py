"""Intervals, paired differences, percentiles, verdicts and rounding."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from simcare.analysis.estimates import (
    Estimate,
    PairedDifference,
    Verdict,
    mean_interval,
    mean_intervals,
    paired_difference,
    percentile_of,
    round_to_range,
    verdict,
)


def test_mean_interval_by_hand() -> None:
    """1..5: mean 3, s = sqrt(2.5), t(4, .975) = 2.776445 from the tables."""
    estimate = mean_interval([1.0, 2.0, 3.0, 4.0, 5.0])
    half = 2.776445 * math.sqrt(2.5 / 5)
    assert (estimate.mean, estimate.n) == (3.0, 5)
    assert estimate.lower == pytest.approx(3 - half, rel=1e-6)
    assert estimate.upper == pytest.approx(3 + half, rel=1e-6)


@pytest.mark.parametrize("confidence", [0.5, 0.8, 0.95, 0.999])
@pytest.mark.parametrize("n", [2, 3, 30])
def test_mean_interval_agrees_with_scipy(n: int, confidence: float) -> None:
    """scipy.stats.ttest_1samp gives the same interval."""
    values = np.random.default_rng(n).gamma(2.0, 3.0, n)
    expected = stats.ttest_1samp(values, 0.0).confidence_interval(confidence)
    estimate = mean_interval(values, confidence)
    assert estimate.mean == pytest.approx(values.mean(), rel=1e-14)
    assert estimate.lower == pytest.approx(expected.low, rel=1e-9)
    assert estimate.upper == pytest.approx(expected.high, rel=1e-9)


@pytest.mark.parametrize("replications", [0, 1, 2, 3, 20, 301])
def test_intervals_of_columns_are_those_of_each_column(replications: int) -> None:
    """Expected: bit for bit what each column gives alone, whatever is missing in it."""
    values = np.random.default_rng(7).lognormal(size=(replications, 9))
    values[replications // 2 :, 2] = np.nan
    values[:-1, 3] = np.nan
    values[:, 4] = np.nan
    values[:, 5] = 0.1
    found = mean_intervals(values, 0.9)
    alone = [mean_interval(column, 0.9) for column in values.T]
    expected = np.array([(one.mean, one.lower, one.upper) for one in alone]).T
    assert np.array(found).tobytes() == expected.tobytes()


def test_intervals_of_columns_refuse_what_an_interval_refuses() -> None:
    """An infinity is refused wherever it stands, and so is a confidence that is none."""
    values = np.ones((3, 2))
    values[1, 1] = np.inf
    with pytest.raises(ValueError, match="infinite"):
        mean_intervals(values)
    with pytest.raises(ValueError, match="confidence is 1"):
        mean_intervals(np.ones((3, 2)), 1.0)


def test_mean_interval_covers_at_its_rate() -> None:
    """The 95% interval of 8 normal values holds the true mean in 95% of 20,000 samples.

    The bound is 4.5 binomial standard errors: false-alarm rate 7e-6; the seed is fixed.
    """
    runs = 20_000
    samples = np.random.default_rng(21).normal(3.0, 2.0, (runs, 8))
    estimates = [mean_interval(sample) for sample in samples]
    covered = sum(estimate.lower <= 3.0 <= estimate.upper for estimate in estimates)
    assert abs(covered / runs - 0.95) < 4.5 * math.sqrt(0.95 * 0.05 / runs)


def test_mean_interval_drops_nan() -> None:
    """A replication without a value is left out and not counted."""
    assert mean_interval([1.0, math.nan, 3.0, 5.0]) == mean_interval([1.0, 3.0, 5.0])
    assert mean_interval([1.0, math.nan, 3.0, 5.0]).n == 3


@pytest.mark.parametrize("values", [[4.0], [math.nan, 4.0]])
def test_one_value_gives_no_interval(values: list[float]) -> None:
    """With a single value the mean stands and both ends are nan."""
    estimate = mean_interval(values)
    assert (estimate.mean, estimate.n) == (4.0, 1)
    assert math.isnan(estimate.lower)
    assert math.isnan(estimate.upper)


@pytest.mark.parametrize("values", [[], [math.nan, math.nan]])
def test_no_value_gives_nan(values: list[float]) -> None:
    """With no value everything is nan and n is 0, without a warning."""
    estimate = mean_interval(values)
    assert estimate.n == 0
    assert all(math.isnan(x) for x in (estimate.mean, estimate.lower, estimate.upper))


def test_values_that_do_not_vary_give_an_interval_of_no_width() -> None:
    """Equal values leave nothing uncertain."""
    assert mean_interval([2.0, 2.0, 2.0]) == Estimate(2.0, 2.0, 2.0, 3)


@pytest.mark.parametrize(
    ("values", "confidence", "message"),
    [
        ([1.0, math.inf], 0.95, "values holds an infinite value"),
        ([[1.0]], 0.95, r"values has shape \(1, 1\)"),
        (["many"], 0.95, "values is not an array of numbers"),
        ([1.0], 0.0, r"confidence is 0\.0"),
        ([1.0], 1.0, r"confidence is 1\.0"),
        ([1.0], math.nan, "confidence is nan"),
    ],
)
def test_mean_interval_refuses(values: list[float], confidence: float, message: str) -> None:
    """What has no mean or no interval is refused by name."""
    with pytest.raises(ValueError, match=message):
        mean_interval(values, confidence)


def test_paired_difference_by_hand() -> None:
    """Differences 1, 1, 4: mean 2, s^2 = 3; the variances of the sides are 1 and 7."""
    result = paired_difference([1.0, 2.0, 3.0], [2.0, 3.0, 7.0])
    half = 4.302653 * math.sqrt(3 / 3)
    assert (result.mean, result.n) == (2.0, 3)
    assert result.lower == pytest.approx(2 - half, rel=1e-6)
    assert result.upper == pytest.approx(2 + half, rel=1e-6)
    assert result.variance_ratio == pytest.approx(3 / 8, rel=1e-14)


def test_paired_difference_agrees_with_the_paired_t_test() -> None:
    """scipy.stats.ttest_rel gives the same interval."""
    rng = np.random.default_rng(3)
    base = rng.normal(10.0, 3.0, 25)
    policy = base + rng.normal(-1.0, 1.0, 25)
    expected = stats.ttest_rel(policy, base).confidence_interval(0.9)
    result = paired_difference(base, policy, 0.9)
    assert result.lower == pytest.approx(expected.low, rel=1e-12)
    assert result.upper == pytest.approx(expected.high, rel=1e-12)


@pytest.mark.parametrize(("slope", "ratio"), [(1.0, 0.0), (0.0, 1.0), (-1.0, 2.0)])
def test_variance_ratio_at_its_landmarks(slope: float, ratio: float) -> None:
    """0 when one side follows the other, 1 when uncorrelated, 2 when it mirrors it."""
    base = np.array([1.0, -1.0, 1.0, -1.0])
    other = np.array([1.0, 1.0, -1.0, -1.0])
    policy = slope * base + (1 - abs(slope)) * other
    assert paired_difference(base, policy).variance_ratio == pytest.approx(ratio, abs=1e-14)


def test_variance_ratio_of_simulated_pairs() -> None:
    """Normal pairs with correlation 0.8 and equal variances have ratio 1 - 0.8 = 0.2.

    The ratio is (1 - r') of the sample; the bound 0.03 is over 5 standard errors (delta method:
    (1 - 0.8^2) / sqrt(5000) = 0.005): false-alarm rate below 1e-6; the seed is fixed.
    """
    rng = np.random.default_rng(8)
    base = rng.normal(size=5000)
    policy = 0.8 * base + 0.6 * rng.normal(size=5000)
    assert abs(paired_difference(base, policy).variance_ratio - 0.2) < 0.03


def test_paired_difference_drops_pairs_with_nan() -> None:
    """A nan on either side removes the pair from both."""
    nan = math.nan
    result = paired_difference([1.0, nan, 3.0, 4.0, 6.0], [2.0, 9.0, nan, 7.0, 6.0])
    assert result == paired_difference([1.0, 4.0, 6.0], [2.0, 7.0, 6.0])
    assert result.n == 3


@pytest.mark.parametrize(("n", "mean"), [(0, math.nan), (1, 2.0)])
def test_paired_difference_of_too_few(n: int, mean: float) -> None:
    """One pair has a difference but no interval and no ratio; none has nothing."""
    result = paired_difference([1.0] * n, [3.0] * n)
    assert result.n == n
    assert result.mean == pytest.approx(mean, nan_ok=True)
    assert all(math.isnan(x) for x in (result.lower, result.upper, result.variance_ratio))


def test_variance_ratio_is_undefined_when_nothing_varies() -> None:
    """Two constant sides have a difference with an interval, and no ratio."""
    result = paired_difference([1.0, 1.0], [3.0, 3.0])
    assert (result.mean, result.lower, result.upper) == (2.0, 2.0, 2.0)
    assert math.isnan(result.variance_ratio)


def test_paired_difference_refuses_sides_of_different_length() -> None:
    """Replications that cannot be paired are refused with both lengths."""
    with pytest.raises(ValueError, match="policy has 1 values and base has 2"):
        paired_difference([1.0, 2.0], [1.0])
    with pytest.raises(ValueError, match="policy holds an infinite value"):
        paired_difference([1.0], [-math.inf])


@pytest.mark.parametrize(
    ("q", "expected"), [(0.01, 1.0), (0.2, 1.0), (0.21, 3.0), (0.8, 7.0), (0.81, 9.0), (1.0, 9.0)]
)
def test_percentile_by_hand(q: float, expected: float) -> None:
    """Of 1, 3, 5, 7, 9 each value carries the share from (k-1)/5 exclusive to k/5."""
    assert percentile_of([9.0, 1.0, 5.0, 3.0, 7.0], q) == expected


@given(
    st.lists(st.floats(-10, 10), min_size=1, max_size=30),
    st.integers(1, 1000).map(lambda k: k / 1000),
)
@settings(max_examples=200, deadline=None, derandomize=True)
def test_percentile_holds_its_definition(values: list[float], q: float) -> None:
    """At least q of the values lie at or below the answer, fewer at or below any smaller one."""
    answer = percentile_of(values, q)
    assert answer in values
    wanted = round(q * 1000) * len(values)
    assert 1000 * sum(value <= answer for value in values) >= wanted
    assert 1000 * sum(value < answer for value in values) < wanted


@pytest.mark.parametrize("q", [0.07, 0.14, 0.28, 0.29, 0.55, 0.56, 0.57, 0.58])
def test_percentile_is_not_fooled_by_rounding(q: float) -> None:
    """Of 1..100 the share q is reached at exactly 100 q, though 100 * 0.07 is above 7."""
    assert percentile_of(np.arange(1.0, 101.0), q) == round(100 * q)


def test_percentile_of_missing_and_endless_values() -> None:
    """nan is dropped, infinity is kept, and without values the answer is nan."""
    assert percentile_of([math.nan, 2.0, math.inf], 0.5) == 2.0
    assert percentile_of([math.nan, 2.0, math.inf], 0.51) == math.inf
    assert math.isnan(percentile_of([], 0.5))
    assert math.isnan(percentile_of([math.nan], 0.5))


@pytest.mark.parametrize("q", [0.0, -0.1, 1.01, math.nan])
def test_percentile_refuses(q: float) -> None:
    """A share outside (0, 1] is refused."""
    with pytest.raises(ValueError, match="q is"):
        percentile_of([1.0], q)


@pytest.mark.parametrize(
    ("lower", "upper", "delta", "expected"),
    [
        (-1.0, 1.5, 2.0, Verdict.TOO_SMALL),
        (-2.0, 2.0, 2.0, Verdict.TOO_SMALL),
        (0.0, 0.0, 0.0, Verdict.TOO_SMALL),
        (-1.0, 2.5, 2.0, Verdict.UNSEEN),
        (-2.5, 1.0, 2.0, Verdict.UNSEEN),
        (0.0, 3.0, 2.0, Verdict.UNSEEN),
        (0.5, 1.5, 2.0, Verdict.SMALL),
        (-2.0, -0.5, 2.0, Verdict.SMALL),
        (0.5, 2.5, 2.0, Verdict.PERHAPS),
        (2.0, 4.0, 2.0, Verdict.PERHAPS),
        (3.0, 4.0, 2.0, Verdict.DIFFERENT),
        (-4.0, -1.0, 2.0, Verdict.PERHAPS),
        (-4.0, -2.1, 2.0, Verdict.DIFFERENT),
        (0.5, 0.6, 0.0, Verdict.DIFFERENT),
        (math.nan, math.nan, 2.0, Verdict.UNKNOWN),
    ],
)
def test_verdict(lower: float, upper: float, delta: float, expected: Verdict) -> None:
    """The five-way rule, its edges, and an interval that could not be given."""
    middle = (lower + upper) / 2
    assert verdict(PairedDifference(middle, lower, upper, 9, 0.5), delta) is expected
    assert verdict(Estimate(middle, lower, upper, 9), delta) is expected


@pytest.mark.parametrize(
    ("middle", "expected"),
    [
        (1.5, [Verdict.SMALL, Verdict.PERHAPS, Verdict.UNSEEN]),
        (3.0, [Verdict.DIFFERENT, Verdict.PERHAPS, Verdict.UNSEEN]),
        (-3.0, [Verdict.DIFFERENT, Verdict.PERHAPS, Verdict.UNSEEN]),
        (0.0, [Verdict.TOO_SMALL, Verdict.UNSEEN]),
    ],
)
def test_less_precision_never_says_more(middle: float, expected: list[Verdict]) -> None:
    """As an interval widens around its middle, claims go and none comes."""
    found = [verdict(Estimate(middle, middle - h, middle + h, 9), 2.0) for h in np.arange(0.1, 5.0)]
    assert list(dict.fromkeys(found)) == expected


def test_verdicts_have_their_names() -> None:
    """The words written to files are fixed."""
    assert [str(word) for word in Verdict] == [
        "too_small_to_matter",
        "cannot_see_a_difference",
        "small",
        "different_perhaps_too_small_to_matter",
        "different",
        "unknown",
    ]


@pytest.mark.parametrize("delta", [-0.1, math.inf, math.nan])
def test_verdict_refuses(delta: float) -> None:
    """Delta must be finite and not negative, also when there is no interval."""
    with pytest.raises(ValueError, match="smallest_difference_that_matters is"):
        verdict(Estimate(math.nan, math.nan, math.nan, 0), delta)


@pytest.mark.parametrize(
    ("value", "half_width", "expected"),
    [
        (12.34, 3.2, "12"),
        (12.34, 0.4, "12.3"),
        (12.34, 0.05, "12.34"),
        (12.3, 0.05, "12.30"),
        (12.34, 32.0, "12"),
        (12.34, 1.0, "12"),
        (12.34, 0.1, "12.3"),
        (12.3456, 0.001, "12.346"),
        (2.5, 1.0, "3"),
        (-2.5, 1.0, "\u22123"),
        (0.15, 0.1, "0.2"),
        (1.005, 0.01, "1.01"),
        (-0.4, 3.0, "0"),
        (-0.5, 3.0, "\u22121"),
        (-0.0, 3.0, "0"),
        (-0.04, 0.4, "0.0"),
        (1234567.8, 5.0, "1234568"),
        (1e22, 5.0, "10000000000000000000000"),
        (0.0, 0.0, "0"),
        (-0.0, 0.0, "0"),
        (12.0, 0.0, "12"),
        (-2.5, 0.0, "\u22122.5"),
        (1e-7, 0.0, "0.0000001"),
        (12.0, 1e-15, "12"),
    ],
)
def test_round_to_range(value: float, half_width: float, expected: str) -> None:
    """As many decimals as the range supports, half away from zero on the printed digits."""
    assert round_to_range(value, half_width) == expected


@pytest.mark.parametrize(
    ("value", "half_width", "message"),
    [
        (math.nan, 1.0, "value is nan"),
        (math.inf, 1.0, "value is inf"),
        (1.0, math.nan, "half_width is nan"),
        (1.0, math.inf, "half_width is inf"),
        (1.0, -1.0, r"half_width is -1\.0"),
    ],
)
def test_round_to_range_refuses(value: float, half_width: float, message: str) -> None:
    """There is no rounding without a value or without a range."""
    with pytest.raises(ValueError, match=message):
        round_to_range(value, half_width)


def test_rounding_noise_is_not_written() -> None:
    """Expected: a sum that should be 100 is written 100, and a true decimal stays."""
    assert round_to_range(99.9999999999997, 1e-12) == "100"
    assert round_to_range(12.5, 0.0) == "12.5"
    assert round_to_range(1 / 3, 0.0) == "0.3333333333"
