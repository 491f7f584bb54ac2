"""The elementary functions against mpmath, which computes with 50 digits here."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable
from typing import cast

import mpmath
import numpy as np
import pytest
from numba import njit

from simcare.kernels.compile import kernel
from simcare.kernels.elementary import (
    bits_of,
    exp,
    expm1,
    float_of,
    log,
    log1p,
    power,
    sine_of_turn,
)

mp = mpmath.MPContext()
mp.dps = 50

SMALLEST = 5e-324
LARGEST = 1.7976931348623157e308


def ulps(got: float, true: mpmath.mpf) -> float:
    """Return the distance of `got` from `true` in units in the last place of `true`."""
    rounded = float(true)
    if math.isinf(rounded):
        return 0.0 if got == rounded else math.inf
    return float(abs(mp.mpf(got) - true) / mp.mpf(math.ulp(rounded)))


def worst(
    function: Callable[[float], float],
    oracle: Callable[[mpmath.mpf], mpmath.mpf],
    points: Iterable[float],
) -> tuple[float, float]:
    """Return the largest error in ulp over the points, and where it is."""
    errors = []
    for x in map(float, points):
        error = ulps(function(x), oracle(mp.mpf(x)))
        errors.append((math.inf if math.isnan(error) else error, x))
    return max(errors)


def signs(random: np.random.Generator, count: int) -> np.ndarray:
    """Return random signs."""
    return random.choice([-1.0, 1.0], count)


def all_exponents(random: np.random.Generator, count: int) -> np.ndarray:
    """Return positive finite doubles with every exponent about equally often."""
    return random.integers(1, 0x7FF0000000000000, count).view(np.float64)


def _bits_and_back(x: float) -> tuple[int, float]:
    bits = bits_of(x)
    return bits, float_of(bits)


# Not a cached kernel: its cache would not notice a change of the functions it is to test.
there_and_back = cast(Callable[[float], tuple[int, float]], njit()(_bits_and_back))


def test_bits_are_those_of_ieee_754() -> None:
    """The bits of a double, and the double of the bits, are those NumPy shows."""
    for x in (0.0, -0.0, 1.0, -2.5, math.pi, SMALLEST, LARGEST, math.inf):
        bits, back = there_and_back(x)
        assert bits == int(np.float64(x).view(np.int64))
        assert back == x
        assert math.copysign(1.0, back) == math.copysign(1.0, x)


def test_kernel_divides_as_ieee_754_and_stays_exact() -> None:
    """A kernel gives inf for 1/0 and does not reorder or fuse arithmetic."""

    def quotient(a: float, b: float) -> float:
        return a / b

    def lost_bits(a: float, b: float) -> float:
        return a * b + (-(a * b)) + ((a + 1e16) - 1e16)

    assert kernel(quotient)(1.0, 0.0) == math.inf
    assert kernel(lost_bits)(1.0 + 2.0**-30, 1.0 - 2.0**-29) == 2.0


def test_log_is_within_two_ulp_everywhere() -> None:
    """Logarithm: 2 ulp over all exponents, next to 1, and at the ends of the range."""
    random = np.random.default_rng(1)
    near_one = [1.0 + k * 2.0**-52 for k in range(300)] + [1.0 - k * 2.0**-53 for k in range(300)]
    ends = [SMALLEST, 3 * SMALLEST, 2.0**-1022, 2.0**-1022 - SMALLEST, LARGEST, math.sqrt(0.5)]
    subnormal = random.integers(1, 2**52, 500).view(np.float64)
    points = [all_exponents(random, 10000), random.uniform(0.3, 3.0, 10000), near_one, ends]
    error, where = worst(log, mp.log, np.concatenate([*points, subnormal]))
    assert error <= 2.0, where


def test_log_at_the_edges() -> None:
    """Logarithm of 0, 1, inf, nan and negative numbers."""
    assert log(0.0) == log(-0.0) == -math.inf
    assert log(1.0) == 0.0
    assert log(math.inf) == math.inf
    assert all(math.isnan(log(x)) for x in (-SMALLEST, -1.0, -math.inf, math.nan))


def test_log1p_is_within_four_ulp() -> None:
    """log(1 + x): 4 ulp from 1e-300 to 1e300, next to -1 and where 1 + x rounds."""
    random = np.random.default_rng(2)
    rounding = 2.0**-53 * random.uniform(0.0, 10.0, 2000)
    small = signs(random, 5000) * 10.0 ** random.uniform(-300.0, -0.001, 5000)
    near = signs(random, 5000) * 10.0 ** random.uniform(-18.0, -0.001, 5000)
    large = 10.0 ** random.uniform(-1.0, 300.0, 2000)
    ends = [-1.0 + 2.0**-53, -0.5, SMALLEST, -SMALLEST, LARGEST]
    points = np.concatenate([rounding, -rounding, small, near, large, ends])
    error, where = worst(log1p, mp.log1p, points)
    assert error <= 4.0, where
    assert log1p(-1.0) == -math.inf
    assert log1p(math.inf) == math.inf
    assert math.isnan(log1p(-1.5))
    assert math.isnan(log1p(math.nan))


def test_exp_is_within_two_ulp_everywhere() -> None:
    """Exponential: 2 ulp over its range, down through the subnormal results and up to overflow."""
    random = np.random.default_rng(3)
    tiny = signs(random, 2000) * 10.0 ** random.uniform(-20.0, 0.0, 2000)
    near_halves = (random.integers(-1000, 1000, 2000) + 0.5) * math.log(2.0)
    ends = [709.782712893384, 709.78, -708.3964185322641, -745.13, -745.1332191019411, -744.44]
    points = [random.uniform(-745.2, 709.78, 10000), random.uniform(-745.2, -700.0, 2000), ends]
    error, where = worst(exp, mp.exp, np.concatenate([*points, tiny, near_halves]))
    assert error <= 2.0, where


def test_exp_at_the_edges() -> None:
    """Exponential of 0, inf, nan, and beyond overflow and underflow."""
    assert exp(0.0) == exp(-0.0) == 1.0
    assert exp(math.inf) == exp(1e300) == exp(709.7827128933841) == math.inf
    assert exp(-math.inf) == exp(-1e300) == exp(-745.2) == 0.0
    assert exp(-745.1) == SMALLEST
    assert math.isnan(exp(math.nan))


def test_expm1_keeps_small_results() -> None:
    """exp(x) - 1: relative error 1e-15 from tiny to large x of both signs."""
    random = np.random.default_rng(4)
    small = signs(random, 5000) * 10.0 ** random.uniform(-300.0, 0.0, 5000)
    points = np.concatenate([small, random.uniform(-1.0, 1.0, 5000), random.uniform(-40, 700, 500)])
    for x in map(float, points):
        assert abs(mp.mpf(expm1(x)) / mp.expm1(mp.mpf(x)) - 1) <= 1e-15, x
    assert expm1(0.0) == 0.0
    assert expm1(-math.inf) == -1.0
    assert expm1(math.inf) == math.inf
    assert math.isnan(expm1(math.nan))


def test_power_keeps_twelve_digits_over_the_whole_range() -> None:
    """Power: relative error 1e-12 for results from 1e-300 to 1e300, huge exponents included."""
    random = np.random.default_rng(5)
    far = np.exp(random.uniform(-700.0, 700.0, 5000))
    near_one = np.exp(signs(random, 5000) * 10.0 ** random.uniform(-14.0, 0.0, 5000))
    checked = 0
    for x in map(float, np.concatenate([far, near_one])):
        if x == 1.0:
            continue
        y = float(random.uniform(-690.0, 690.0) / math.log(x))
        true = mp.power(mp.mpf(x), mp.mpf(y))
        if 1e-300 < true < 1e300:
            assert abs(mp.mpf(power(x, y)) / true - 1) <= 1e-12, (x, y)
            checked += 1
    assert checked > 9000


def test_power_of_a_large_exponent_is_far_better_than_exp_of_log() -> None:
    """Power keeps its logarithm in two parts: 3e-14 where exp(y log x) is off by 1e-13."""
    random = np.random.default_rng(6)
    for x in map(float, random.uniform(2.0, 3.0, 2000)):
        y = 600.0 / math.log(x)
        assert abs(mp.mpf(power(x, y)) / mp.power(mp.mpf(x), mp.mpf(y)) - 1) <= 3e-14, x


@pytest.mark.parametrize(
    ("x", "y", "expected"),
    [
        (0.0, 2.0, 0.0),
        (0.0, 0.0, 1.0),
        (0.0, -1.0, math.inf),
        (5.0, 0.0, 1.0),
        (math.nan, 0.0, 1.0),
        (1.0, math.inf, 1.0),
        (3.0, 2.0, 9.0),
        (2.0, 0.5, math.sqrt(2.0)),
        (2.0, -3.0, 0.125),
        (2.0, 1023.0, 2.0**1023),
        (2.0, 1024.0, math.inf),
        (2.0, -1074.0, SMALLEST),
        (0.5, 1e30, 0.0),
        (0.5, -math.inf, math.inf),
        (math.inf, 2.0, math.inf),
        (math.inf, -2.0, 0.0),
        (-1.0, 2.0, math.nan),
        (2.0, math.nan, math.nan),
        (math.nan, 2.0, math.nan),
    ],
)
def test_power_at_the_edges(x: float, y: float, expected: float) -> None:
    """Powers known by hand, with 0, 1, inf and nan."""
    assert power(x, y) == pytest.approx(expected, rel=1e-15, abs=0.0, nan_ok=True)


def test_sine_of_turn_to_fourteen_decimals() -> None:
    """Sine of up to a million turns: absolute error 1e-14."""
    random = np.random.default_rng(7)
    points = np.concatenate([random.uniform(-1e6, 1e6, 5000), random.uniform(-1.0, 1.0, 5000)])
    for x in map(float, points):
        assert abs(mp.mpf(sine_of_turn(x)) - mp.sinpi(2 * mp.mpf(x))) <= 1e-14, x


def test_sine_of_turn_at_quarters_is_exact() -> None:
    """Whole, half and quarter turns give exactly 0, 1 and -1; inf and nan give nan."""
    quarters = (0.0, 1.0, 0.0, -1.0)
    for k in (*range(-9, 10), 4_000_000, -3_999_999):
        assert sine_of_turn(k / 4.0) == quarters[k % 4]
    assert sine_of_turn(1e300) == 0.0
    assert math.isnan(sine_of_turn(math.inf))
    assert math.isnan(sine_of_turn(math.nan))
