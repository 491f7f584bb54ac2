"""The quantiles against mpmath with 50 digits, and against scipy.stats."""

from __future__ import annotations

import itertools
import math
from collections.abc import Iterator

import mpmath
import numpy as np
import pytest
from scipy import special, stats

from simcare.kernels.quantiles import (
    exponential_quantile,
    gamma_cdf,
    gamma_quantile,
    gamma_survival,
    log_gamma,
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
SHAPES = (0.05, 0.1, 0.37, 0.999, 1.0, 1.5, 2.0, 3.0, 5.0, 9.99, 10.0, 33.3, 500.0, 1e4)
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


def gamma_truth(x: float, a: float) -> tuple[mpmath.mpf, mpmath.mpf]:
    """Return P(a, x) and x times the density, from the series with 50 digits."""
    big_x, n = mp.mpf(x), mp.mpf(a)
    front = mp.exp(n * mp.log(big_x) - big_x - mp.loggamma(n + 1))
    term = total = mp.mpf(1)
    while n < big_x or term > total * mp.eps:
        n += 1
        term *= big_x / n
        total += term
    return front * total, front * mp.mpf(a)


def gamma_error(u: float, a: float) -> float:
    """Return the relative error of the gamma quantile of exactly u (first order)."""
    x = gamma_quantile(u, a)
    below, slope = gamma_truth(x, a)
    return float(abs((below - mp.mpf(u)) / slope))


def cases(count: int, seed: int) -> Iterator[tuple[float, float]]:
    """Yield random (u, shape) over the range promised, half of the u in the tails."""
    random = np.random.default_rng(seed)
    for k in range(count):
        u = (
            random.uniform(),
            10.0 ** random.uniform(-15.0, -1.0),
            random.uniform(),
            1.0 - 10.0 ** random.uniform(-15.0, -1.0),
        )[k % 4]
        yield float(u), float(10.0 ** random.uniform(math.log10(0.05), 4.0))


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


def test_log_gamma_against_mpmath() -> None:
    """log Gamma: 1e-14 relative from 1e-300 to 1e300, next to its zeros at 1 and 2 included."""
    random = np.random.default_rng(12)
    near = 10.0 ** random.uniform(-12.0, -1.0, 200)
    points = np.concatenate(
        [
            10.0 ** random.uniform(-300.0, 0.0, 500),
            random.uniform(0.0, 12.0, 2000),
            10.0 ** random.uniform(1.0, 300.0, 500),
            *(1.0 + near, 1.0 - near, 2.0 + near, 2.0 - near),
            [0.5, 1.5, 2.5, 10.0, 10.0 - 1e-12],
        ]
    )
    for x in map(float, points):
        true = mp.loggamma(mp.mpf(x))
        assert abs(mp.mpf(log_gamma(x)) - true) <= 1e-14 * abs(true), x
    assert log_gamma(1.0) == log_gamma(2.0) == 0.0
    assert log_gamma(math.inf) == math.inf
    assert all(math.isnan(log_gamma(x)) for x in (0.0, -1.5, math.nan))


def test_gamma_cdf_and_survival_against_mpmath() -> None:
    """Gamma probabilities: relative error 1e-12 of the one below and of the one above."""
    for u, a in cases(600, 13):
        x = float(stats.gamma.ppf(u, a))
        if x < 1e-300:
            continue
        below, _ = gamma_truth(x, a)
        assert abs(mp.mpf(gamma_cdf(x, a)) / below - 1) <= TOLERANCE, (x, a)
        if below < 1 - mp.mpf(10) ** -30:
            assert abs(mp.mpf(gamma_survival(x, a)) / (1 - below) - 1) <= TOLERANCE, (x, a)


def test_gamma_probabilities_known_by_hand() -> None:
    """Shape 1 is the exponential, shape 3 a sum of three terms, shape 1/2 an error function."""
    for x in (1e-9, 0.3, 1.0, 1.999, 2.001, 7.0, 30.0):
        assert gamma_survival(x, 1.0) == pytest.approx(math.exp(-x), rel=1e-13)
        three = math.exp(-x) * (1.0 + x + x * x / 2.0)
        assert gamma_survival(x, 3.0) == pytest.approx(three, rel=1e-13)
        assert gamma_cdf(x, 0.5) == pytest.approx(math.erf(math.sqrt(x)), rel=1e-13)


def test_gamma_probabilities_at_the_edges() -> None:
    """Gamma probabilities at 0, below it, at inf, and for shapes that are none."""
    for x in (-1.0, 0.0):
        assert (gamma_cdf(x, 2.0), gamma_survival(x, 2.0)) == (0.0, 1.0)
    assert (gamma_cdf(math.inf, 2.0), gamma_survival(math.inf, 2.0)) == (1.0, 0.0)
    for x, a in ((1.0, 0.0), (1.0, -2.0), (1.0, math.nan), (math.nan, 1.0)):
        assert math.isnan(gamma_cdf(x, a))
        assert math.isnan(gamma_survival(x, a))


@pytest.mark.parametrize("shape", SHAPES)
def test_gamma_quantile_on_a_grid_with_tails(shape: float) -> None:
    """Gamma quantile: relative error 1e-12 for u from 1e-15 to 1 - 1e-15."""
    for u in GRID:
        assert gamma_error(u, shape) <= TOLERANCE, u


def test_gamma_quantile_at_random_shapes() -> None:
    """Gamma quantile: relative error 1e-12 at random u and shapes from 0.05 to 1e4."""
    for u, a in cases(1200, 14):
        assert gamma_error(u, a) <= TOLERANCE, (u, a)


def test_gamma_quantile_agrees_with_scipy() -> None:
    """Gamma quantile: SciPy's inverse of the lower and of the upper tail, to 1e-10."""
    for a in SHAPES:
        for u in (0.01, 0.2, 0.5):
            assert gamma_quantile(u, a) == pytest.approx(float(special.gammaincinv(a, u)), 1e-10)
        for q in (2.0**-2, 2.0**-8, 2.0**-40):
            true = float(special.gammainccinv(a, q))
            assert gamma_quantile(1.0 - q, a) == pytest.approx(true, 1e-10)


def test_gamma_quantile_at_the_edges() -> None:
    """Gamma quantile: the ends of u, quantiles too small for a double, and nan."""
    assert gamma_quantile(0.0, 2.0) == 0.0
    assert gamma_quantile(1.0, 2.0) == math.inf
    assert gamma_quantile(1e-15, 0.01) == 0.0  # the true value is about 1e-1500
    assert 0.0 < gamma_quantile(2.0**-54, 0.06) < 1e-250
    assert math.isfinite(gamma_quantile(LAST_BELOW_ONE, 0.05))
    for u, a in ((0.5, 0.0), (0.5, -1.0), (0.5, math.nan), (-0.1, 1.0), (1.1, 1.0), (math.nan, 1)):
        assert math.isnan(gamma_quantile(u, a))


def test_gamma_quantile_rises_with_u() -> None:
    """Gamma quantile: never falls from one u to the next, over branches of the method."""
    random = np.random.default_rng(15)
    points = np.sort(np.concatenate([random.uniform(0.0, 1.0, 3000), np.array(GRID)]))
    for a in (0.05, 0.7, 1.0, 3.0, 40.0, 1e4):
        values = [gamma_quantile(float(u), a) for u in points]
        assert all(x < y * (1.0 + 1e-13) for x, y in itertools.pairwise(values))
        assert values[0] < values[-1]


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
