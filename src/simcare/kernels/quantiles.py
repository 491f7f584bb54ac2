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

from simcare.kernels.compile import inlined_kernel, kernel
from simcare.kernels.elementary import exp, log, log1p, power

_INFINITY: Final = float("inf")
_NAN: Final = float("nan")

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


@inlined_kernel
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


@inlined_kernel
def exponential_quantile(u: float, mean: float) -> float:
    """Return -mean log(1 - u), in the unit of the mean.

    Accuracy: relative error below 1e-15. Source: the survival function is exp(-x / mean)
    (Johnson, Kotz, Balakrishnan, Continuous Univariate Distributions 1, ch. 19).
    """
    return -mean * log1p(-u)


@inlined_kernel
def weibull_quantile(u: float, scale: float, shape: float) -> float:
    """Return scale (-log(1 - u))^(1 / shape), in the unit of the scale.

    Accuracy: relative error below 1e-12 for any normal result. Source: the survival function is
    exp(-(x / scale)^shape) (Johnson, Kotz, Balakrishnan, 1, ch. 21).
    """
    return scale * power(-log1p(-u), 1.0 / shape)


@inlined_kernel
def log_normal_quantile(u: float, mu: float, sigma: float) -> float:
    """Return exp(mu + sigma z), z the standard normal quantile of u.

    The result has the unit in whose logarithm mu and sigma are given. Accuracy: relative error
    below 1e-12 where |mu + sigma z| < 700. Source: Johnson, Kotz, Balakrishnan, 1, ch. 14.
    """
    return exp(mu + sigma * normal_quantile(u))


@inlined_kernel
def log_logistic_quantile(u: float, median: float, shape: float) -> float:
    """Return median (u / (1 - u))^(1 / shape), in the unit of the median.

    Accuracy: relative error below 1e-12 for any normal result. Source: the survival function is
    1 / (1 + (x / median)^shape) (Johnson, Kotz, Balakrishnan, 2, ch. 23).
    """
    return median * power(u / (1.0 - u), 1.0 / shape)


@inlined_kernel
def uniform_quantile(u: float, low: float, high: float) -> float:
    """Return low + u (high - low), in the unit of low and high; low if the two are equal.

    Accuracy: two roundings. Source: the distribution function is (x - low) / (high - low).
    """
    return low + u * (high - low)


@inlined_kernel
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
