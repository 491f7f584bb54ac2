"""Estimates over independent replications: means, paired differences, verdicts, rounding.

One value per replication goes in. A nan stands for a replication in which nobody qualified; it
is dropped, and the number of values used is reported. Infinite values are refused where a mean
is taken, because no mean or interval can be given for them.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal, localcontext
from enum import StrEnum

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.special import stdtrit

FloatArray = NDArray[np.float64]

_MINUS = "\u2212"
_SURE = 10  # significant digits that sums of many numbers leave certain
_NOISE = Decimal("1e-12")  # a half-width below this share of the value is rounding noise


@dataclass(frozen=True)
class Estimate:
    """A mean over replications with its confidence interval.

    Attributes:
        mean: mean of the values used, in their unit; nan when `n` is 0.
        lower: lower end of the interval; nan when `n` is below 2.
        upper: upper end of the interval; nan when `n` is below 2.
        n: number of values used (those that were not nan).
    """

    mean: float
    lower: float
    upper: float
    n: int


@dataclass(frozen=True)
class PairedDifference:
    """The mean of policy minus base over paired replications, with its interval.

    Attributes:
        mean: mean difference, in the unit of the values; nan when `n` is 0.
        lower: lower end of the interval; nan when `n` is below 2.
        upper: upper end of the interval; nan when `n` is below 2.
        n: number of pairs used (those without a nan on either side).
        variance_ratio: Var(policy - base) / (Var(base) + Var(policy)): 1 when pairing gained
            nothing, 0 when it removed all the noise, above 1 when it did harm (negative
            correlation); nan when `n` is below 2 or neither side varies.
    """

    mean: float
    lower: float
    upper: float
    n: int
    variance_ratio: float


class Verdict(StrEnum):
    """What an interval for a difference says, given the smallest difference that matters."""

    TOO_SMALL = "too_small_to_matter"
    UNSEEN = "cannot_see_a_difference"
    SMALL = "small"
    PERHAPS = "different_perhaps_too_small_to_matter"
    DIFFERENT = "different"
    UNKNOWN = "unknown"


def mean_interval(values: ArrayLike, confidence: float = 0.95) -> Estimate:
    """Return the mean over replications and its Student t interval.

    The interval is mean +- t * s / sqrt(n), with s the sample standard deviation (n - 1) and t
    the (1 + confidence) / 2 quantile of Student's t with n - 1 degrees of freedom (Student
    1908, Biometrika 6:1-25; for replications: Law, Simulation Modeling and Analysis, chapter
    on output analysis). It assumes independent, roughly normal values.

    Args:
        values: shape (r,), one value per replication; nan marks a replication without one.
        confidence: coverage of the interval, between 0 and 1, exclusive.

    Returns:
        An `Estimate`; one value gives a mean without interval, none gives nan throughout.

    Raises:
        ValueError: `values` is not one-dimensional and numeric or holds an infinity, or
            `confidence` is outside (0, 1).
    """
    _check_confidence(confidence)
    return _interval(_present(_replications("values", values)), confidence)


def mean_intervals(
    values: FloatArray, confidence: float = 0.95
) -> tuple[FloatArray, FloatArray, FloatArray]:
    """Return the means, lower and upper ends that `mean_interval` gives for each column.

    Args:
        values: shape (r, k), a row for each replication; nan marks a value that is missing.
        confidence: coverage of each interval, between 0 and 1, exclusive.

    Returns:
        Three arrays of shape (k,), equal in every bit to what the columns give one by one.

    Raises:
        ValueError: `values` holds an infinity, or `confidence` is outside (0, 1).
    """
    _check_confidence(confidence)
    columns = np.ascontiguousarray(values.T)
    found = np.full((3, len(columns)), math.nan)
    missing = np.isnan(columns)
    whole = np.isfinite(columns).all(axis=1)
    n = columns.shape[1]
    if n:
        means = found[0, whole] = columns[whole].mean(axis=1)
    if n > 1:
        errors = columns[whole].std(axis=1, ddof=1) / math.sqrt(n)
        half = float(stdtrit(n - 1, (1 + confidence) / 2)) * errors
        found[1:, whole] = means - half, means + half
    for k in np.flatnonzero(~whole & ~missing.all(axis=1)):
        one = mean_interval(columns[k], confidence)
        found[:, k] = one.mean, one.lower, one.upper
    return found[0], found[1], found[2]


def paired_difference(
    base: ArrayLike, policy: ArrayLike, confidence: float = 0.95
) -> PairedDifference:
    """Return the mean of policy minus base over paired replications, and what pairing gained.

    The paired-t interval for two systems run with common random numbers (Law, Simulation
    Modeling and Analysis, chapters on comparing systems and on variance reduction). Pairs with
    a nan on either side are dropped.

    Args:
        base: shape (r,), one value per replication of the base run.
        policy: shape (r,), the values of the policy run, in the same order of replications.
        confidence: coverage of the interval, between 0 and 1, exclusive.

    Returns:
        A `PairedDifference` in the unit of the values; all variances use n - 1.

    Raises:
        ValueError: the arrays are not one-dimensional, numeric and of one length, or hold an
            infinity, or `confidence` is outside (0, 1).
    """
    _check_confidence(confidence)
    one, two = _replications("base", base), _replications("policy", policy)
    if one.shape != two.shape:
        raise ValueError(f"policy has {two.size} values and base has {one.size}; they must pair up")
    both = ~(np.isnan(one) | np.isnan(two))
    one, two = one[both], two[both]
    estimate = _interval(two - one, confidence)
    ratio = math.nan
    if estimate.n >= 2:
        apart = float(np.var(one, ddof=1) + np.var(two, ddof=1))
        if apart > 0:
            ratio = float(np.var(two - one, ddof=1)) / apart
    return PairedDifference(estimate.mean, estimate.lower, estimate.upper, estimate.n, ratio)


def percentile_of(values: ArrayLike, q: float) -> float:
    """Return the smallest value with at least a share `q` of the values at or below it.

    This is the inverse of the empirical distribution function (definition 1 of Hyndman and Fan
    1996, The American Statistician 50:361-365), so the answer is always one of the values.
    `q` is read as the decimal number it prints as: 0.07 of 100 values is the 7th.

    Args:
        values: one-dimensional; nan marks a missing value and is dropped, infinities are kept.
        q: a share, above 0 and at most 1.

    Returns:
        A value in the unit of the values; nan when there are none.

    Raises:
        ValueError: `values` is not one-dimensional and numeric, or `q` is outside (0, 1].
    """
    if not 0 < q <= 1:
        raise ValueError(f"q is {q}; it must be above 0 and at most 1")
    present = _present(_floats("values", values))
    if present.size == 0:
        return math.nan
    rank = math.ceil(Decimal(repr(float(q))) * present.size)
    return float(np.partition(present, rank - 1)[rank - 1])


def verdict(
    difference: Estimate | PairedDifference, smallest_difference_that_matters: float
) -> Verdict:
    """Say in one word what the interval of a difference shows.

    With delta the smallest difference that matters, and an interval that touches 0 or +-delta
    counted as holding 0 or lying inside:

    - holds 0, lies inside +-delta: `TOO_SMALL`;
    - holds 0, reaches beyond delta: `UNSEEN`;
    - clear of 0, lies inside +-delta: `SMALL`;
    - clear of 0, partly inside +-delta and partly beyond: `PERHAPS`;
    - clear of 0, wholly beyond +-delta: `DIFFERENT`;
    - no interval (nan): `UNKNOWN`.

    A wider interval around the same middle never says more: the two that claim to know whether the
    difference matters, `SMALL` and `DIFFERENT`, need all of it on one side of delta.

    Args:
        difference: anything with the ends `lower` and `upper` of an interval.
        smallest_difference_that_matters: delta, finite and 0 or more, in the unit of the
            difference.

    Returns:
        The `Verdict`.

    Raises:
        ValueError: delta is negative, infinite or nan.
    """
    delta = smallest_difference_that_matters
    if not (math.isfinite(delta) and delta >= 0):
        raise ValueError(
            f"smallest_difference_that_matters is {delta}; it must be finite and 0 or more"
        )
    lower, upper = difference.lower, difference.upper
    if math.isnan(lower) or math.isnan(upper):
        return Verdict.UNKNOWN
    inside = -delta <= lower and upper <= delta
    if lower <= 0 <= upper:
        return Verdict.TOO_SMALL if inside else Verdict.UNSEEN
    if inside:
        return Verdict.SMALL
    beyond = lower > delta or upper < -delta
    return Verdict.DIFFERENT if beyond else Verdict.PERHAPS


def round_to_range(value: float, half_width: float) -> str:
    """Write a value with as many decimals as the half-width of its interval supports.

    The number of decimals is max(0, -floor(log10(half_width))): none for 3.2, one for 0.4, two
    for 0.05. Rounding is half away from zero on the decimal digits the value prints with. A
    half-width of 0 (or below 1e-12 of the value, which is rounding noise) limits nothing: the
    value is written with the digits it prints with, at most ten, since the rest is noise too.

    Args:
        value: a finite number.
        half_width: half the width of its interval, finite and 0 or more, in the same unit.

    Returns:
        The number in plain decimal notation, without thousands separators. A negative number
        starts with the minus sign U+2212; one that rounds to zero has no sign.

    Raises:
        ValueError: `value` is not finite, or `half_width` is negative or not finite.
    """
    if not math.isfinite(value):
        raise ValueError(f"value is {value}; it must be finite")
    if not (math.isfinite(half_width) and half_width >= 0):
        raise ValueError(f"half_width is {half_width}; it must be finite and 0 or more")
    exact, width = Decimal(repr(float(value))), Decimal(repr(float(half_width)))
    with localcontext(prec=1000):
        if width <= abs(exact) * _NOISE:
            exact = Decimal(f"{float(value):.{_SURE}g}")
            shown = Decimal(int(exact)) if exact == int(exact) else exact
        else:
            decimals = max(0, -width.adjusted())
            shown = exact.quantize(Decimal(1).scaleb(-decimals), rounding=ROUND_HALF_UP)
    return (_MINUS if shown < 0 else "") + f"{shown.copy_abs():f}"


def _interval(values: FloatArray, confidence: float) -> Estimate:
    """Return the Student t interval of values that hold no nan."""
    n = int(values.size)
    if n == 0:
        return Estimate(math.nan, math.nan, math.nan, 0)
    mean = float(np.mean(values))
    if n == 1:
        return Estimate(mean, math.nan, math.nan, 1)
    error = float(np.std(values, ddof=1)) / math.sqrt(n)
    half = float(stdtrit(n - 1, (1 + confidence) / 2)) * error
    return Estimate(mean, mean - half, mean + half, n)


def _check_confidence(confidence: float) -> None:
    """Refuse a confidence outside (0, 1)."""
    if not 0 < confidence < 1:
        raise ValueError(f"confidence is {confidence}; it must be between 0 and 1, exclusive")


def _replications(name: str, values: ArrayLike) -> FloatArray:
    """Return one-dimensional values that are finite or nan."""
    array = _floats(name, values)
    if np.isinf(array).any():
        raise ValueError(f"{name} holds an infinite value; allowed are finite values and nan")
    return array


def _present(values: FloatArray) -> FloatArray:
    """Return the values that are not nan."""
    return values[~np.isnan(values)]


def _floats(name: str, values: ArrayLike) -> FloatArray:
    """Return `values` as a one-dimensional float64 array, or say what is wrong with them."""
    try:
        array = np.asarray(values, dtype=np.float64)
    except (TypeError, ValueError) as error:
        raise ValueError(f"{name} is not an array of numbers: {error}") from error
    if array.ndim != 1:
        raise ValueError(f"{name} has shape {array.shape}; it must be one-dimensional")
    return array
