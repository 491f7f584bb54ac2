"""The quantiles against mpmath with 50 digits, and against scipy.stats."""

from __future__ import annotations

import math

import mpmath
import numpy as np
import pytest
from scipy import stats

from simcare.kernels.quantiles import (
    exponential_quantile,
    log_logistic_quantile,
    log_normal_quantile,
    normal_quantile,
    triangular_quantile,
    uniform_quantile,
    weibull_quantile,
)

mp = mpmath.MPContext()
mp.dps = 50

TOLERANCE = 1e-12
LAST_BELOW_ONE = 1.0 - 2.0**-53
GRID = (
    *(10.0**-k for k in range(15, 0, -1)),
    *(k / 16.0 for k in range(2, 15)),
    *(1.0 - 10.0**-k for k in range(1, 16)),
)


def normal_error(u: float, z: float) -> float:
    """Return the relative error of z as the normal quantile of exactly u (first order)."""
    tail = min(mp.mpf(u), 1 - mp.mpf(u))
    excess = mp.erfc(abs(mp.mpf(z)) / mp.sqrt(2)) / 2 - tail
    return float(abs(excess / (mp.npdf(z) * mp.mpf(z))))


def test_normal_quantile_keeps_twelve_digits_in_all_tails() -> None:
    """Normal quantile: relative error 1e-12 from 1e-300 to the last double below 1."""
    random = np.random.default_rng(11)
    points = np.concatenate(
        [
            10.0 ** random.uniform(-300.0, -1.0, 1500),
            random.uniform(0.0, 1.0, 1500),
            1.0 - 10.0 ** random.uniform(-15.9, -1.0, 800),
            0.5 + 10.0 ** random.uniform(-15.0, -2.0, 200),
            [1e-300, 0.075, 0.925, math.exp(-25.0), 1.0 - 1e-16, LAST_BELOW_ONE],
        ]
    )
    for u in map(float, points):
        z = normal_quantile(u)
        assert (z < 0.0) == (u < 0.5)
        assert normal_error(u, z) <= TOLERANCE, u


def test_normal_quantile_values_known_from_tables() -> None:
    """Normal quantile: the median, the ends, the familiar 97.5 % point, and nan outside."""
    assert normal_quantile(0.5) == 0.0
    assert normal_quantile(0.975) == pytest.approx(1.959963984540054, rel=1e-15)
    assert normal_quantile(0.25) == -normal_quantile(0.75)
    assert normal_quantile(0.0) == -math.inf
    assert normal_quantile(1.0) == math.inf
    assert all(math.isnan(normal_quantile(u)) for u in (-0.1, 1.1, math.nan))


TAILS = (5e-17, *GRID, LAST_BELOW_ONE)


@pytest.mark.parametrize("u", TAILS)
def test_exponential_and_weibull_quantiles(u: float) -> None:
    """Exponential and Weibull: mpmath's logarithm of the survival, to 1e-12, in both tails."""
    hazard = -mp.log(1 - mp.mpf(u))
    assert float(abs(exponential_quantile(u, 3.5) / (mp.mpf(3.5) * hazard) - 1)) <= 1e-15
    for shape in (0.06, 0.4, 1.0, 1.7, 30.0):
        true = 250 * mp.power(hazard, 1 / mp.mpf(shape))
        assert float(abs(weibull_quantile(u, 250.0, shape) / true - 1)) <= TOLERANCE


@pytest.mark.parametrize("u", TAILS)
def test_log_logistic_and_log_normal_quantiles(u: float) -> None:
    """Log-logistic by its odds and log-normal by its distribution function, to 1e-12."""
    odds = mp.mpf(u) / (1 - mp.mpf(u))
    for shape in (0.06, 0.6, 1.0, 8.0):
        true = 90 * mp.power(odds, 1 / mp.mpf(shape))
        assert float(abs(log_logistic_quantile(u, 90.0, shape) / true - 1)) <= TOLERANCE
    for mu, sigma in ((0.0, 1.0), (3.3, 0.25), (-2.0, 4.0)):
        x = mp.mpf(log_normal_quantile(u, mu, sigma))
        z = (mp.log(x) - mp.mpf(mu)) / mp.mpf(sigma)
        excess = mp.erfc(abs(z) / mp.sqrt(2)) / 2 - min(mp.mpf(u), 1 - mp.mpf(u))
        assert float(abs(excess / mp.npdf(z) * sigma)) <= TOLERANCE


def test_scale_families_agree_with_scipy() -> None:
    """Five quantiles agree with scipy.stats on a grid: the parameters mean what they say."""
    for u in (k / 32.0 for k in range(1, 32)):
        pairs = (
            (exponential_quantile(u, 12.0), stats.expon.ppf(u, scale=12.0)),
            (weibull_quantile(u, 12.0, 1.7), stats.weibull_min.ppf(u, 1.7, scale=12.0)),
            (log_logistic_quantile(u, 12.0, 2.5), stats.fisk.ppf(u, 2.5, scale=12.0)),
            (log_normal_quantile(u, 1.2, 0.8), stats.lognorm.ppf(u, 0.8, scale=math.exp(1.2))),
            (triangular_quantile(u, 2.0, 3.0, 7.0), stats.triang.ppf(u, 0.2, loc=2.0, scale=5.0)),
        )
        for got, true in pairs:
            assert got == pytest.approx(float(true), rel=TOLERANCE)


def test_medians_known_by_hand() -> None:
    """At u = 1/2: log 2 means, the log-logistic median itself, exp(mu), the middle."""
    assert exponential_quantile(0.5, 10.0) == pytest.approx(10.0 * math.log(2.0), rel=1e-15)
    assert weibull_quantile(0.5, 10.0, 2.0) == pytest.approx(10.0 * math.sqrt(math.log(2.0)), 1e-15)
    assert log_logistic_quantile(0.5, 42.0, 3.0) == 42.0
    assert log_normal_quantile(0.5, 2.0, 9.0) == pytest.approx(math.exp(2.0), rel=1e-15)
    assert uniform_quantile(0.5, -1.0, 4.0) == 1.5
    assert triangular_quantile(0.5, 0.0, 1.0, 2.0) == 1.0


def test_uniform_quantile_by_hand() -> None:
    """Uniform: straight from low to high, and low where there is no width."""
    assert [uniform_quantile(u, 2.0, 6.0) for u in (0.0, 0.25, 1.0)] == [2.0, 3.0, 6.0]
    assert uniform_quantile(0.7, 3.0, 3.0) == 3.0


def test_triangular_quantile_with_degenerate_sides() -> None:
    """Triangular: mode at low, at high or at both, against areas worked out by hand."""
    for u in (1e-15, 0.19, 0.75, LAST_BELOW_ONE):
        falling = 1.0 + 4.0 * (1.0 - math.sqrt(1.0 - u))
        assert triangular_quantile(u, 1.0, 1.0, 5.0) == pytest.approx(falling, rel=1e-15)
        rising = 1.0 + 4.0 * math.sqrt(u)
        assert triangular_quantile(u, 1.0, 5.0, 5.0) == pytest.approx(rising, rel=1e-15)
        assert triangular_quantile(u, 5.0, 5.0, 5.0) == 5.0
    # A quarter of the area lies below the mode 1 of a triangle on [0, 4].
    assert triangular_quantile(0.25, 0.0, 1.0, 4.0) == 1.0
    assert triangular_quantile(0.0625, 0.0, 1.0, 4.0) == 0.5
    assert triangular_quantile(0.0, 0.0, 1.0, 4.0) == 0.0
    assert triangular_quantile(1.0, 0.0, 1.0, 4.0) == 4.0
