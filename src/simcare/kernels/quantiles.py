"""Quantiles (inverse distribution functions) that give the same bits on every platform.

Every quantile takes u, the probability of being below the value it returns, 0 < u < 1. At u = 0 and
u = 1 the ends of the distribution come back. All arguments and results are float64 scalars; a
result has the unit of the distribution's scale (mean, median, low, high).

Accuracies are relative errors of the result for the exact value of the double u, measured against
mpmath. Parameters are not checked except where a docstring says so.
"""

from __future__ import annotations

import math
from typing import Final

from simcare.kernels.compile import kernel
from simcare.kernels.elementary import exp, expm1, log, log1p, power

_INFINITY: Final = float("inf")
_NAN: Final = float("nan")

_HALF_LOG_2PI: Final = 9.18938533204672741780e-01
_TWO_PI: Final = 6.28318530717958647693

# Rational approximations of the normal quantile, each a numerator and a denominator: the middle,
# the near tails and the far tails. M. Wichura, Algorithm AS 241 (PPND16), Applied Statistics 37
# (1988) 477-484.
_MIDDLE_TOP: Final = (
    3.3871328727963666080e0,
    1.3314166789178437745e2,
    1.9715909503065514427e3,
    1.3731693765509461125e4,
    4.5921953931549871457e4,
    6.7265770927008700853e4,
    3.3430575583588128105e4,
    2.5090809287301226727e3,
)
_MIDDLE_BOTTOM: Final = (
    1.0,
    4.2313330701600911252e1,
    6.8718700749205790830e2,
    5.3941960214247511077e3,
    2.1213794301586595867e4,
    3.9307895800092710610e4,
    2.8729085735721942674e4,
    5.2264952788528545610e3,
)
_NEAR_TOP: Final = (
    1.42343711074968357734e0,
    4.63033784615654529590e0,
    5.76949722146069140550e0,
    3.64784832476320460504e0,
    1.27045825245236838258e0,
    2.41780725177450611770e-1,
    2.27238449892691845833e-2,
    7.74545014278341407640e-4,
)
_NEAR_BOTTOM: Final = (
    1.0,
    2.05319162663775882187e0,
    1.67638483018380384940e0,
    6.89767334985100004550e-1,
    1.48103976427480074590e-1,
    1.51986665636164571966e-2,
    5.47593808499534494600e-4,
    1.05075007164441684324e-9,
)
_FAR_TOP: Final = (
    6.65790464350110377720e0,
    5.46378491116411436990e0,
    1.78482653991729133580e0,
    2.96560571828504891230e-1,
    2.65321895265761230930e-2,
    1.24266094738807843860e-3,
    2.71155556874348757815e-5,
    2.01033439929228813265e-7,
)
_FAR_BOTTOM: Final = (
    1.0,
    5.99832206555887937690e-1,
    1.36929880922735805310e-1,
    1.48753612908506148525e-2,
    7.86869131145613259100e-4,
    1.84631831751005468180e-5,
    1.42151175831644588870e-7,
    2.04426310338993978564e-15,
)

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
def _ratio(
    r: float,
    top: tuple[float, float, float, float, float, float, float, float],
    bottom: tuple[float, float, float, float, float, float, float, float],
) -> float:
    """Return the quotient of two polynomials of degree 7 in r."""
    upper = top[4] + r * (top[5] + r * (top[6] + r * top[7]))
    upper = top[0] + r * (top[1] + r * (top[2] + r * (top[3] + r * upper)))
    lower = bottom[4] + r * (bottom[5] + r * (bottom[6] + r * bottom[7]))
    lower = bottom[0] + r * (bottom[1] + r * (bottom[2] + r * (bottom[3] + r * lower)))
    return upper / lower


@kernel
def normal_quantile(u: float) -> float:
    """Return z such that a standard normal variable is below z with probability u.

    Accuracy: relative error below 2e-15 for u from 1e-300 to 1 - 1e-16. Outside [0, 1] nan.
    Source: M. Wichura, Algorithm AS 241 (PPND16), Applied Statistics 37 (1988).
    """
    if not 0.0 < u < 1.0:
        if u == 0.0:
            return -_INFINITY
        return _INFINITY if u == 1.0 else _NAN
    q = u - 0.5
    if abs(q) <= 0.425:
        return q * _ratio(0.180625 - q * q, _MIDDLE_TOP, _MIDDLE_BOTTOM)
    r = math.sqrt(-log(u if q < 0.0 else 1.0 - u))
    if r <= 5.0:
        value = _ratio(r - 1.6, _NEAR_TOP, _NEAR_BOTTOM)
    else:
        value = _ratio(r - 5.0, _FAR_TOP, _FAR_BOTTOM)
    return -value if q < 0.0 else value


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
def _gamma_start(u: float, a: float, log_norm: float) -> float:
    """Return a first approximation of the gamma quantile, possibly 0 by underflow.

    Source: E. Wilson and M. Hilferty (1931) in the middle; else the first terms of P at 0, or of
    Q at infinity (A. DiDonato and A. Morris, ACM TOMS 12 (1986) 377-393).
    """
    if a >= 1.0:
        cube_root = 1.0 - 1.0 / (9.0 * a) + normal_quantile(u) / (3.0 * math.sqrt(a))
        if cube_root > 0.35:
            return a * cube_root * cube_root * cube_root
    elif u > 0.5:
        # Q(x) is about x^(a-1) e^-x / Gamma(a).
        far = -log((1.0 - u) / a) - log_norm
        if far > 1.5:
            return far - (1.0 - a) * log(far)
    small = power(u * exp(log_norm), 1.0 / a)
    return small * (1.0 + small / (a + 1.0))


@kernel
def gamma_quantile(u: float, shape: float) -> float:
    """Return the value that a gamma variable of scale 1 and this shape is below with chance u.

    Multiply by the scale for any other. Accuracy: relative error below 1e-12 for shapes from 0.05
    to 1e4 and u from 1e-15 to 1 - 1e-15. A shape that is not positive or u outside [0, 1] gives
    nan; a quantile too small for a double gives 0.
    Method: Halley steps for log P (or log Q where u > 1/2) as a function of log x. Both are
    concave, so the search cannot diverge; a bracket guards against rounding.
    """
    if not (shape > 0.0 and 0.0 <= u <= 1.0):
        return _NAN
    if u == 0.0 or u == 1.0:
        return 0.0 if u == 0.0 else _INFINITY
    log_norm = _log_gamma_of_one_plus(shape)
    x = _gamma_start(u, shape, log_norm)
    if x < 1e-17:
        return x  # the next term of the series is beyond the last bit
    upper = u > 0.5
    target = 1.0 - u if upper else u
    # A step of d leaves an error of about (d sqrt(shape))^3 of the distribution's relative width.
    enough = 2e-5 / (1.0 + math.sqrt(shape))
    low, high = 0.0, _INFINITY
    for _ in range(_MOST_STEPS):
        p, q, slope = _gamma_tails(x, shape, log_norm)
        step = _halley_step(q if upper else p, target, slope, shape - x, upper)
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


@kernel
def exponential_quantile(u: float, mean: float) -> float:
    """Return -mean log(1 - u), in the unit of the mean.

    Accuracy: relative error below 1e-15. Source: the survival function is exp(-x / mean)
    (Johnson, Kotz, Balakrishnan, Continuous Univariate Distributions 1, ch. 19).
    """
    return -mean * log1p(-u)


@kernel
def weibull_quantile(u: float, scale: float, shape: float) -> float:
    """Return scale (-log(1 - u))^(1 / shape), in the unit of the scale.

    Accuracy: relative error below 1e-12 for any normal result. Source: the survival function is
    exp(-(x / scale)^shape) (Johnson, Kotz, Balakrishnan, 1, ch. 21).
    """
    return scale * power(-log1p(-u), 1.0 / shape)


@kernel
def log_normal_quantile(u: float, mu: float, sigma: float) -> float:
    """Return exp(mu + sigma z), z the standard normal quantile of u.

    The result has the unit in whose logarithm mu and sigma are given. Accuracy: relative error
    below 1e-12 where |mu + sigma z| < 700. Source: Johnson, Kotz, Balakrishnan, 1, ch. 14.
    """
    return exp(mu + sigma * normal_quantile(u))


@kernel
def log_logistic_quantile(u: float, median: float, shape: float) -> float:
    """Return median (u / (1 - u))^(1 / shape), in the unit of the median.

    Accuracy: relative error below 1e-12 for any normal result. Source: the survival function is
    1 / (1 + (x / median)^shape) (Johnson, Kotz, Balakrishnan, 2, ch. 23).
    """
    return median * power(u / (1.0 - u), 1.0 / shape)


@kernel
def uniform_quantile(u: float, low: float, high: float) -> float:
    """Return low + u (high - low), in the unit of low and high; low if the two are equal.

    Accuracy: two roundings. Source: the distribution function is (x - low) / (high - low).
    """
    return low + u * (high - low)


@kernel
def triangular_quantile(u: float, low: float, mode: float, high: float) -> float:
    """Return the quantile of the triangular distribution on [low, high], in their unit.

    With w = high - low it is low + sqrt(u w (mode - low)) where u w < mode - low, else
    high - sqrt((1 - u) w (high - mode)). The mode may equal low or high or both.
    Accuracy: error below 1e-15 times the greatest of |low|, |high| and w.
    Source: integral of the density (Johnson, Kotz, Balakrishnan, 2, ch. 26.9).
    """
    width = high - low
    if u * width < mode - low:
        return low + math.sqrt(u * width * (mode - low))
    return high - math.sqrt((1.0 - u) * width * (high - mode))
