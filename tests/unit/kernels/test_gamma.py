"""The gamma distribution against mpmath with 50 digits, and against SciPy."""

from __future__ import annotations

import itertools
import math
from collections.abc import Callable, Iterator

import mpmath
import numpy as np
import pytest
from scipy import special, stats

from simcare.kernels.gamma import (
    gamma_cdf,
    gamma_quantile,
    gamma_survival,
    gamma_tail_quantile,
    log_gamma,
)
from simcare.kernels.gamma_table import gamma_table, tabled_gamma_quantile

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


def gamma_error(u: float, a: float, x: float) -> float:
    """Return the relative error of x as the gamma quantile of exactly u (first order)."""
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
        assert gamma_error(u, shape, gamma_quantile(u, shape)) <= TOLERANCE, u


def test_gamma_quantile_at_random_shapes() -> None:
    """Gamma quantile: relative error 1e-12 at random u and shapes from 0.05 to 1e4."""
    for u, a in cases(1200, 14):
        assert gamma_error(u, a, gamma_quantile(u, a)) <= TOLERANCE, (u, a)


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


def test_gamma_quantile_of_either_tail() -> None:
    """Gamma quantile by its upper tail: known by hand for shape 1, also where 1 - tail is 1."""
    for tail in (1e-300, 1e-20, 1e-3, 0.5):
        above = gamma_tail_quantile(tail, True, 1.0)
        assert above == pytest.approx(-math.log(tail), rel=1e-14)
        below = gamma_tail_quantile(tail, False, 1.0)
        assert below == pytest.approx(-math.log1p(-tail), rel=1e-14)


# --- the table ---------------------------------------------------------------------------------

# On both sides of where small shapes begin, besides.
TABLED = (*SHAPES, 0.2499, 0.25, 0.5)
# All ends of the table's cells in the lower tail.
ENDS = tuple(2.0**-k * half for k in range(11, 1, -1) for half in (1.0, 1.5))


def tabled(shape: float) -> Callable[[float], float]:
    """Return the quantile of a shape by its table, which lies between rows of other laws."""
    strangers = [(math.nan, math.nan)] * 3
    points = np.array([*strangers, *gamma_table(shape), *strangers])
    return lambda u: tabled_gamma_quantile(u, shape, points, len(strangers))


@pytest.mark.parametrize("shape", TABLED)
def test_a_gamma_table_is_as_accurate_as_the_search(shape: float) -> None:
    """Gamma by table: relative error 1e-12 in every cell and beyond the cells, on both sides."""
    quantile = tabled(shape)
    random = np.random.default_rng(16)
    inside = [end * (1.0 + random.uniform(0.0, 1.0 / 3.0)) for end in ENDS for _ in range(3)]
    near = [end * (1.0 + side) for end in ENDS for side in (-(2.0**-40), 2.0**-40)]
    lower = [*inside, *near, *ENDS]
    for u in (*GRID, *lower, *(1.0 - u for u in lower)):
        assert gamma_error(u, shape, quantile(u)) <= TOLERANCE, u


def test_a_gamma_table_at_random_shapes() -> None:
    """Gamma by table: relative error 1e-12 at random u and shapes from 0.05 to 1e4."""
    pairs = list(cases(600, 17))
    for u, a in pairs:
        assert gamma_error(u, a, tabled(a)(u)) <= TOLERANCE, (u, a)


def test_a_gamma_table_gives_sums_of_exponentials() -> None:
    """Gamma by table: shape 1 is the exponential, and 1/2 half the square of a normal variable."""
    one, half = tabled(1.0), tabled(0.5)
    for u in (0.001, 0.1, 0.3, 0.51, 0.9, 0.999):
        assert one(u) == pytest.approx(-math.log1p(-u), rel=1e-13)
        z = float(stats.norm.isf((1.0 - u) / 2.0))
        assert half(u) == pytest.approx(z * z / 2.0, rel=1e-12)


@pytest.mark.parametrize("shape", TABLED)
def test_a_gamma_table_rises_with_u(shape: float) -> None:
    """Gamma by table: never falls by more than rounding, over the ends of cells included."""
    quantile = tabled(shape)
    random = np.random.default_rng(18)
    steps = [end * (1.0 + k * 2.0**-52) for end in ENDS for k in range(-4, 5)]
    points = np.concatenate([random.uniform(0.0, 1.0, 2000), GRID, steps, 1.0 - np.array(steps)])
    values = [quantile(float(u)) for u in np.unique(points)]
    assert all(x < y * (1.0 + 2e-13) for x, y in itertools.pairwise(values))
    assert values[0] < values[-1]


@pytest.mark.parametrize("shape", [0.05, 0.7, 2.0, 1e4])
def test_a_gamma_table_asks_the_search_beyond_its_cells(shape: float) -> None:
    """Gamma by table: the exact quantile itself in the tails, at 1/2, at the ends and outside."""
    quantile = tabled(shape)
    tails = (
        2.0**-54,
        1e-17,
        1e-9,
        math.nextafter(2.0**-11, 0.0),
        math.nextafter(1.0 - 2.0**-11, 1.0),
    )
    for u in (*tails, 0.5, 1.0 - 1.2e-16, LAST_BELOW_ONE, 0.0, 1.0):
        assert quantile(u) == gamma_quantile(u, shape)
    assert quantile(0.0) == 0.0
    assert quantile(1.0) == math.inf
    assert all(math.isnan(quantile(u)) for u in (-0.1, -1e-3, 1.1, math.nan))


def test_a_gamma_table_holds_no_more_than_it_says() -> None:
    """Gamma by table: 7 rows for each of 40 cells, all finite, and another shape another table."""
    table = np.array(gamma_table(2.0))
    assert table.shape == (280, 2)
    assert np.isfinite(table).all()
    assert not np.array_equal(table, np.array(gamma_table(2.0 + 1e-9)))
