"""Logarithm, exponential, power and sine that give the same bits on every platform.

The functions of a platform's mathematical library differ in the last bit from one another. Those
here use only operations that IEEE 754 rounds correctly (+, -, *, / and the square root) and integer
operations on the bits of a float64, so a run repeats exactly wherever it is made.

All functions take and return float64 scalars. Accuracies are maxima over the stated range, in units
in the last place (ulp) of the true value. They were measured against mpmath.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final, cast

from llvmlite import ir
from numba import types
from numba.extending import intrinsic

from simcare.kernels.compile import inlined_kernel, kernel

_INFINITY: Final = float("inf")
_NAN: Final = float("nan")
_MIN_NORMAL: Final = 2.0**-1022

_EXPONENT_BIAS: Final = 1023
_MANTISSA_BITS: Final = 52
_MANTISSA_MASK: Final = 0x000FFFFFFFFFFFFF
_BITS_OF_ONE: Final = 0x3FF0000000000000
_BITS_OF_ROOT_HALF: Final = 0x3FE6A09E667F3BCD

# ln 2 in two parts. The first has 21 trailing zero bits: its product with an exponent is exact.
_LN2_HI: Final = 6.93147180369123816490e-01
_LN2_LO: Final = 1.90821492927058770002e-10
_INVERSE_LN2: Final = 1.44269504088896338700

# Minimax coefficients of (2 atanh(s) - 2s) / s in z = s*s for |s| <= 0.1716, and of
# r (e^r + 1) / (e^r - 1) - 2 in t = r*r for |r| <= ln(2)/2.
# Source of the numbers: Sun Microsystems, Freely Distributable LIBM, e_log and e_exp (1993).
_LOG: Final = (
    6.666666666666735130e-01,
    3.999999999940941908e-01,
    2.857142874366239149e-01,
    2.222219843214978396e-01,
    1.818357216161805012e-01,
    1.531383769920937332e-01,
    1.479819860511658591e-01,
)
_EXP: Final = (
    1.66666666666666019037e-01,
    -2.77777777770155933842e-03,
    6.61375632143793436117e-05,
    -1.65339022054652515390e-06,
    4.13813679705723846039e-08,
)

# Veltkamp's constant: splits a float64 into two halves of 26 bits.
_SPLITTER: Final = 134217729.0

_HALF_PI: Final = 1.57079632679489661923

# Taylor coefficients (-1)^k / (2k+1)! and (-1)^k / (2k)!, k >= 1. The first one left out is below
# 1e-19 for angles up to a quarter of pi.
_SINE: Final = (
    -1.0 / 6.0,
    1.0 / 120.0,
    -1.0 / 5040.0,
    1.0 / 362880.0,
    -1.0 / 39916800.0,
    1.0 / 6227020800.0,
    -1.0 / 1307674368000.0,
    1.0 / 355687428096000.0,
)
_COSINE: Final = (
    -1.0 / 2.0,
    1.0 / 24.0,
    -1.0 / 720.0,
    1.0 / 40320.0,
    -1.0 / 3628800.0,
    1.0 / 479001600.0,
    -1.0 / 87178291200.0,
    1.0 / 20922789888000.0,
    -1.0 / 6402373705728000.0,
)


def _bits_of(_typing: Any, _x: Any) -> Any:
    """Describe to Numba how a float64 becomes the int64 of the same bits."""

    def generate(_context: Any, builder: Any, _signature: Any, arguments: Any) -> Any:
        return builder.bitcast(arguments[0], ir.IntType(64))

    return types.int64(types.float64), generate


def _float_of(_typing: Any, _bits: Any) -> Any:
    """Describe to Numba how an int64 becomes the float64 of the same bits."""

    def generate(_context: Any, builder: Any, _signature: Any, arguments: Any) -> Any:
        return builder.bitcast(arguments[0], ir.DoubleType())

    return types.float64(types.int64), generate


# For use inside kernels only: the bits of a float64 as an int64, and back.
bits_of: Final = cast(Callable[[float], int], intrinsic(_bits_of))
float_of: Final = cast(Callable[[int], float], intrinsic(_float_of))


@inlined_kernel
def _split(x: float) -> tuple[int, float]:
    """Return k and m, sqrt(1/2) <= m < sqrt(2), with x = 2^k m exactly, for 0 < x < inf."""
    k = 0
    if x < _MIN_NORMAL:
        x = x * 2.0**54
        k = -54
    # Adding the distance from sqrt(1/2) to 1 carries into the exponent just when the mantissa is
    # sqrt(2) or more.
    bits = bits_of(x) + (_BITS_OF_ONE - _BITS_OF_ROOT_HALF)
    k += (bits >> _MANTISSA_BITS) - _EXPONENT_BIAS
    return k, float_of((bits & _MANTISSA_MASK) + _BITS_OF_ROOT_HALF)


@inlined_kernel
def _log_remainder(s: float) -> float:
    """Return (2 atanh(s) - 2s) / s for |s| <= 0.1716."""
    z = s * s
    w = z * z
    # Two halves, which a processor works out at the same time.
    even = w * (_LOG[1] + w * (_LOG[3] + w * _LOG[5]))
    odd = z * (_LOG[0] + w * (_LOG[2] + w * (_LOG[4] + w * _LOG[6])))
    return even + odd


@kernel
def log(x: float) -> float:
    """Return the natural logarithm of x.

    Accuracy: 1 ulp over all positive doubles. log(0) is -inf, log of a negative number or of nan
    is nan, log(inf) is inf. Method: x = 2^k (1 + f), s = f / (2 + f), and
    log(1 + f) = 2 atanh(s) = f - f^2/2 + s (f^2/2 + R(s^2)) with a minimax R
    (coefficients: Sun fdlibm, e_log).
    """
    if not 0.0 < x < _INFINITY:
        if x == 0.0:
            return -_INFINITY
        return x if x > 0.0 else _NAN
    k, m = _split(x)
    f = m - 1.0
    s = f / (2.0 + f)
    half = 0.5 * f * f
    exponent = float(k)
    small = s * (half + _log_remainder(s)) + exponent * _LN2_LO
    return exponent * _LN2_HI - ((half - small) - f)


@kernel
def log1p(x: float) -> float:
    """Return log(1 + x), accurate also where x is small.

    Accuracy: 3 ulp for all x > -1. log1p(-1) is -inf, below that nan.
    Method: with u the rounded 1 + x, log(u) x / (u - 1) (W. Kahan, HP-15C Advanced Functions
    Handbook, 1982): the quotient log(u) / (u - 1) hardly changes with the rounding of u.
    """
    u = 1.0 + x
    if u == 1.0 or u == _INFINITY:
        return x
    return log(u) * (x / (u - 1.0))


@inlined_kernel
def _exp_correction(r: float) -> float:
    """Return r c / (2 - c), which is e^r - 1 - r, for |r| <= ln(2)/2."""
    t = r * r
    c = r - t * (_EXP[0] + t * (_EXP[1] + t * (_EXP[2] + t * (_EXP[3] + t * _EXP[4]))))
    return r * c / (2.0 - c)


@kernel
def exp(x: float) -> float:
    """Return e to the power x.

    Accuracy: 1 ulp. Overflows to inf above 709.7827, underflows gradually through the subnormal
    numbers to 0 below -745.13; nan gives nan. Method: x = k ln(2) + r with |r| <= ln(2)/2, and
    e^r = 1 + r + r c / (2 - c), c = r - r^2 P(r^2) with a minimax P
    (coefficients: Sun fdlibm, e_exp).
    """
    if not -746.0 < x < 710.0:
        if x >= 710.0:
            return _INFINITY
        return 0.0 if x < 0.0 else _NAN
    k = int(x * _INVERSE_LN2 + (0.5 if x >= 0.0 else -0.5))
    # hi - lo is the reduced argument; lo is what its rounding would lose.
    hi = x - k * _LN2_HI
    lo = k * _LN2_LO
    y = 1.0 + (hi + (_exp_correction(hi - lo) - lo))
    # 2^k itself may be out of the range of normal numbers where the product is not.
    if k > 1000:
        return y * float_of((k - 24 + _EXPONENT_BIAS) << _MANTISSA_BITS) * 2.0**24
    if k > -1000:
        return y * float_of((k + _EXPONENT_BIAS) << _MANTISSA_BITS)
    return y * float_of((k + 128 + _EXPONENT_BIAS) << _MANTISSA_BITS) * 2.0**-128


@kernel
def expm1(x: float) -> float:
    """Return e to the power x, less 1, accurate also where x is small.

    Accuracy: relative error below 1e-15. Near 0 the 1 of exp's formula is left out instead of
    being subtracted again.
    """
    if -0.34 < x < 0.34:
        return x + _exp_correction(x)
    return exp(x) - 1.0


@inlined_kernel
def _sum_error(a: float, b: float, total: float) -> float:
    """Return a + b - total exactly, total being the rounded a + b (D. Knuth, TAOCP 4.2.2)."""
    b_part = total - a
    return (a - (total - b_part)) + (b - b_part)


@inlined_kernel
def _product_error(a: float, b: float, product: float) -> float:
    """Return a b - product exactly, product being the rounded a b (T. Dekker, 1971).

    Holds where no part of the product overflows or underflows.
    """
    t = _SPLITTER * a
    a_hi = t - (t - a)
    a_lo = a - a_hi
    t = _SPLITTER * b
    b_hi = t - (t - b)
    b_lo = b - b_hi
    return ((a_hi * b_hi - product) + a_hi * b_lo + a_lo * b_hi) + a_lo * b_lo


@inlined_kernel
def _log_in_two_parts(x: float) -> tuple[float, float]:
    """Return hi and lo with log(x) = hi + lo to about 3e-17 relative, for 0 < x < inf."""
    k, m = _split(x)
    f = m - 1.0
    s = f / (2.0 + f)
    square = f * f
    exponent = float(k)
    # k ln2_hi, f and the square with its error are exact; only the small rest is rounded.
    large = exponent * _LN2_HI
    first = large + f
    second = first - 0.5 * square
    rest = s * (0.5 * square + _log_remainder(s)) + exponent * _LN2_LO
    hi = second + rest
    lo = _sum_error(second, rest, hi)
    lo += _sum_error(first, -0.5 * square, second) + _sum_error(large, f, first)
    return hi, lo - 0.5 * _product_error(f, f, square)


@kernel
def power(x: float, y: float) -> float:
    """Return x to the power y for x >= 0.

    Accuracy: relative error below 1e-13 for results from 1e-300 to 1e300. power(x, 0) is 1 for
    every x, power(0, y) is 0 for y > 0 and inf for y < 0, and a negative x gives nan.
    Method: exp(y log x) with the logarithm and the product each kept in two doubles.
    """
    if y == 0.0 or x == 1.0:
        return 1.0
    if not x >= 0.0 or y != y:
        return _NAN
    if x == 0.0 or x == _INFINITY or abs(y) > 1e20:
        # No |log x| is below 1e-16, so beyond 1e20 the result is 0 or inf.
        return _INFINITY if (x > 1.0) == (y > 0.0) else 0.0
    hi, lo = _log_in_two_parts(x)
    exponent = y * hi
    if not -746.0 < exponent < 710.0:
        return _INFINITY if exponent > 0.0 else 0.0
    result = exp(exponent)
    if result == _INFINITY:
        return result
    return result + result * (_product_error(y, hi, exponent) + y * lo)


@kernel
def _sine(r: float) -> float:
    """Return sin(r) for |r| <= pi/4, r in radians."""
    t = r * r
    tail = _SINE[4] + t * (_SINE[5] + t * (_SINE[6] + t * _SINE[7]))
    tail = _SINE[0] + t * (_SINE[1] + t * (_SINE[2] + t * (_SINE[3] + t * tail)))
    return r + r * (t * tail)


@kernel
def _cosine(r: float) -> float:
    """Return cos(r) for |r| <= pi/4, r in radians."""
    t = r * r
    tail = _COSINE[4] + t * (_COSINE[5] + t * (_COSINE[6] + t * (_COSINE[7] + t * _COSINE[8])))
    tail = _COSINE[1] + t * (_COSINE[2] + t * (_COSINE[3] + t * tail))
    return 1.0 + t * (_COSINE[0] + t * tail)


@kernel
def sine_of_turn(x: float) -> float:
    """Return sin(2 pi x), the sine of an angle of x whole turns.

    Accuracy: absolute error below 1e-15 for every finite x, because the reduction to the nearest
    quarter of a turn is exact; quarters themselves give exactly 0, 1 or -1. inf and nan give nan.
    Method: Taylor polynomials of sine and cosine on an eighth of a turn either side.
    """
    if not abs(x) < 2.0**53:
        return x - x  # so large a number is a whole number of turns
    quarters = 4.0 * x
    nearest = int(quarters + (0.5 if quarters >= 0.0 else -0.5))
    angle = (quarters - float(nearest)) * _HALF_PI
    quadrant = nearest & 3
    if quadrant == 0:
        return _sine(angle)
    if quadrant == 1:
        return _cosine(angle)
    if quadrant == 2:
        return -_sine(angle)
    return -_cosine(angle)
