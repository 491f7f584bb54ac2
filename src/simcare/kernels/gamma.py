"""The gamma distribution: its probabilities and its quantile, the same bits on every platform.

The scale is 1. All arguments and results are float64 scalars. Accuracies are relative errors of the
result for the exact values of the arguments, measured against mpmath.
"""

from __future__ import annotations

import math
from typing import Final

from simcare.kernels.compile import kernel
from simcare.kernels.elementary import exp, expm1, log, log1p, power
from simcare.kernels.quantiles import normal_quantile

_INFINITY: Final = float("inf")
_NAN: Final = float("nan")

_HALF_LOG_2PI: Final = 9.18938533204672741780e-01
_TWO_PI: Final = 6.28318530717958647693

# B(2k) / (2k (2k - 1)), k = 1 to 7: Stirling's series of log Gamma (DLMF 5.11.1).
_STIRLING: Final = (
    1.0 / 12.0,
    -1.0 / 360.0,
    1.0 / 1260.0,
    -1.0 / 1680.0,
    1.0 / 1188.0,
    -691.0 / 360360.0,
    1.0 / 156.0,
)

# Taylor coefficients of log Gamma(2 + b), from b^1: 1 - Euler's gamma, then
# (-1)^k (zeta(k) - 1) / k for k = 2 to 25 (DLMF 5.7.3).
_NEAR_TWO: Final = (
    4.22784335098467134e-01,
    3.22467033424113203e-01,
    -6.73523010531981020e-02,
    2.05808084277845464e-02,
    -7.38555102867398568e-03,
    2.89051033074152336e-03,
    -1.19275391170326102e-03,
    5.09669524743042450e-04,
    -2.23154758453579386e-04,
    9.94575127818085310e-05,
    -4.49262367381331420e-05,
    2.05072127756706911e-05,
    -9.43948827526839672e-06,
    4.37486678990748817e-06,
    -2.03921575380136619e-06,
    9.55141213040741935e-07,
    -4.49246919876456619e-07,
    2.12071848055546646e-07,
    -1.00432248239680991e-07,
    4.76981016936398040e-08,
    -2.27110946089431635e-08,
    1.08386592148969546e-08,
    -5.18347504197004664e-09,
    2.48367454380247848e-09,
    -1.19214014058609115e-09,
)

# From here on Stirling's series with seven terms is exact to a double.
_LARGE: Final = 10.0

# A quantile search that has not settled by then is at the limit of the doubles; none seen needs 12.
_MOST_STEPS: Final = 100


@kernel
def _stirling_rest(x: float) -> float:
    """Return log Gamma(x) - ((x - 1/2) log x - x + log(2 pi) / 2) for x >= 10."""
    w = 1.0 / (x * x)
    tail = _STIRLING[3] + w * (_STIRLING[4] + w * (_STIRLING[5] + w * _STIRLING[6]))
    return (_STIRLING[0] + w * (_STIRLING[1] + w * (_STIRLING[2] + w * tail))) / x


@kernel
def _log_gamma_near_two(b: float) -> float:
    """Return log Gamma(2 + b) for |b| <= 1/2."""
    total = 0.0
    for k in range(len(_NEAR_TWO) - 1, -1, -1):
        total = b * (_NEAR_TWO[k] + total)
    return total


@kernel
def _log_gamma_of_one_plus(a: float) -> float:
    """Return log Gamma(1 + a) for a > 0, without rounding 1 + a where a is small."""
    if a <= 0.5:
        return _log_gamma_near_two(a) - log1p(a)
    if a >= _LARGE:
        return (a + 0.5) * log(a) - a + _HALF_LOG_2PI + _stirling_rest(a)
    # Gamma(1 + a) = a (a - 1) ... down to an argument of Gamma between 1.5 and 2.5.
    product = 1.0
    rest = a
    while rest > 1.5:
        product *= rest
        rest -= 1.0
    return _log_gamma_near_two(rest - 1.0) + log(product)


@kernel
def log_gamma(x: float) -> float:
    """Return log Gamma(x) for x > 0; nan for x <= 0.

    Accuracy: error below 2e-15 times the greater of 1 and the result; relative error of that
    size also next to the zeros at 1 and 2. Source: Taylor series at 2 with the recurrence
    (DLMF 5.7.3, 5.5.1) below 10, Stirling's series (DLMF 5.11.1) above.
    """
    if not x > 0.0:
        return _NAN
    if x < 0.5:
        return _log_gamma_of_one_plus(x) - log(x)
    if x < 1.5:
        return _log_gamma_near_two(x - 1.0) - log1p(x - 1.0)
    if x < _LARGE:
        return _log_gamma_of_one_plus(x - 1.0)
    if x == _INFINITY:
        return x
    return (x - 0.5) * log(x) - x + _HALF_LOG_2PI + _stirling_rest(x)


@kernel
def _excess(m: float) -> float:
    """Return m - log(1 + m) for m > -1, without cancellation near 0."""
    if not -0.25 < m < 0.25:
        return m - log1p(m)
    # log(1 + m) = 2 atanh(s), and m - 2s = m s.
    s = m / (2.0 + m)
    w = s * s
    tail = 1.0 / 13.0 + w * (1.0 / 15.0 + w * (1.0 / 17.0 + w * (1.0 / 19.0 + w / 21.0)))
    tail = 1.0 / 5.0 + w * (1.0 / 7.0 + w * (1.0 / 9.0 + w * (1.0 / 11.0 + w * tail)))
    return m * s - 2.0 * s * w * (1.0 / 3.0 + w * tail)


@kernel
def _gamma_front(x: float, a: float, log_norm: float) -> float:
    """Return x^a e^-x / Gamma(a + 1), log_norm being log Gamma(a + 1)."""
    if a < _LARGE:
        return exp(a * log(x) - x - log_norm)
    # The large terms of the exponent cancel: take them together (C. Loader, 2000).
    return exp(-a * _excess((x - a) / a) - _stirling_rest(a)) / math.sqrt(_TWO_PI * a)


@kernel
def _lower_series(x: float, a: float) -> float:
    """Return P(a, x) Gamma(a + 1) / (x^a e^-x) by its series (DLMF 8.7.1); best for x < a + 1."""
    term = 1.0
    total = 1.0
    n = a
    while term > 1e-17 * total:
        n += 1.0
        term *= x / n
        total += term
    return total


@kernel
def _upper_fraction(x: float, a: float) -> float:
    """Return Q(a, x) Gamma(a) / (x^a e^-x) by its continued fraction, for x >= a + 1.

    Source: DLMF 8.9.2 contracted to its even part, evaluated forwards by the method of Lentz as
    modified by Thompson and Barnett (1986). Here every denominator is positive.
    """
    b = x + 1.0 - a
    c = 1e300
    d = 1.0 / b
    value = d
    for i in range(1, 100000):
        numerator = -i * (i - a)
        b += 2.0
        d = 1.0 / (numerator * d + b)
        c = b + numerator / c
        factor = c * d
        value *= factor
        if abs(factor - 1.0) < 3e-16:
            break
    return value


@kernel
def _gamma_tails(x: float, a: float, log_norm: float) -> tuple[float, float, float]:
    """Return P(a, x), Q(a, x) and x times the density, the smaller tail never by cancellation."""
    front = _gamma_front(x, a, log_norm)
    if x < a + 1.0:
        p = min(front * _lower_series(x, a), 1.0)
        return p, 1.0 - p, front * a
    q = min(front * a * _upper_fraction(x, a), 1.0)
    return 1.0 - q, q, front * a


@kernel
def gamma_cdf(x: float, shape: float) -> float:
    """Return the probability that a gamma variable of scale 1 is below x: P(shape, x).

    Accuracy: relative error below 1e-12 for shapes from 0.05 to 1e4. Below x = 0 it is 0; a shape
    that is not positive gives nan. Source: DLMF 8.7.1 (series) and 8.9.2 (continued fraction).
    """
    if not (shape > 0.0 and x == x):
        return _NAN
    if x <= 0.0:
        return 0.0
    if x == _INFINITY:
        return 1.0
    return _gamma_tails(x, shape, _log_gamma_of_one_plus(shape))[0]


@kernel
def gamma_survival(x: float, shape: float) -> float:
    """Return the probability that a gamma variable of scale 1 is above x: Q(shape, x).

    Accuracy: relative error below 1e-12 for shapes from 0.05 to 1e4. Below x = 0 it is 1; a shape
    that is not positive gives nan. Source: as gamma_cdf.
    """
    if not (shape > 0.0 and x == x):
        return _NAN
    if x <= 0.0:
        return 1.0
    if x == _INFINITY:
        return 0.0
    return _gamma_tails(x, shape, _log_gamma_of_one_plus(shape))[1]


@kernel
def _gamma_start(tail: float, upper: bool, a: float, log_norm: float) -> float:
    """Return a first approximation of the gamma quantile, possibly 0 by underflow.

    Source: E. Wilson and M. Hilferty (1931) in the middle; else the first terms of P at 0, or of
    Q at infinity (A. DiDonato and A. Morris, ACM TOMS 12 (1986) 377-393).
    """
    if a >= 1.0:
        z = normal_quantile(tail)
        cube_root = 1.0 - 1.0 / (9.0 * a) + (-z if upper else z) / (3.0 * math.sqrt(a))
        if cube_root > 0.35:
            return a * cube_root * cube_root * cube_root
    elif upper:
        # Q(x) is about x^(a-1) e^-x / Gamma(a).
        far = -log(tail / a) - log_norm
        if far > 1.5:
            return far - (1.0 - a) * log(far)
    small = power((1.0 - tail if upper else tail) * exp(log_norm), 1.0 / a)
    return small * (1.0 + small / (a + 1.0))


@kernel
def gamma_tail_quantile(tail: float, upper: bool, shape: float) -> float:
    """Return the value that a gamma variable of scale 1 is below, or above, with chance `tail`.

    It is the upper tail, above the value, where `upper` says so. 0 < tail < 1 and shape > 0 are
    not checked. Accuracy: as gamma_quantile; best where the tail is at most 1/2.
    Method: Halley steps for log P (or log Q for the upper tail) as a function of log x. Both are
    concave, so the search cannot diverge; a bracket guards against rounding.
    """
    log_norm = _log_gamma_of_one_plus(shape)
    x = _gamma_start(tail, upper, shape, log_norm)
    if x < 1e-17:
        return x  # the next term of the series is beyond the last bit
    # A step of d leaves an error of about (d sqrt(shape))^3 of the distribution's relative width.
    enough = 2e-5 / (1.0 + math.sqrt(shape))
    low, high = 0.0, _INFINITY
    for _ in range(_MOST_STEPS):
        p, q, slope = _gamma_tails(x, shape, log_norm)
        step = _halley_step(q if upper else p, tail, slope, shape - x, upper)
        following = x + x * expm1(step)
        if abs(step) <= enough:
            return following
        if step > 0.0:
            low = x
        else:
            high = x
        if not low < following < high:
            following = math.sqrt(low) * math.sqrt(high)
        x = following
    return x


@kernel
def gamma_quantile(u: float, shape: float) -> float:
    """Return the value that a gamma variable of scale 1 and this shape is below with chance u.

    Multiply by the scale for any other. Accuracy: relative error below 1e-12 for shapes from 0.05
    to 1e4 and u from 1e-15 to 1 - 1e-15. A shape that is not positive or u outside [0, 1] gives
    nan; a quantile too small for a double gives 0.
    """
    if not (shape > 0.0 and 0.0 <= u <= 1.0):
        return _NAN
    if u == 0.0 or u == 1.0:
        return 0.0 if u == 0.0 else _INFINITY
    upper = u > 0.5
    return gamma_tail_quantile(1.0 - u if upper else u, upper, shape)


@kernel
def _halley_step(tail: float, target: float, slope: float, turn: float, upper: bool) -> float:
    """Return the change of log x that should bring the tail to its target, at most 2 in size.

    `slope` is x times the density and `turn` its logarithmic derivative by log x.
    """
    if tail <= 0.0 or slope <= 0.0:
        return -2.0 if upper else 2.0
    hazard = slope / tail
    newton = log(tail / target) / hazard
    if upper:
        bend = turn + hazard
    else:
        newton = -newton
        bend = turn - hazard
    step = newton / max(1.0 + 0.5 * newton * bend, 0.5)
    return max(-2.0, min(2.0, step))
