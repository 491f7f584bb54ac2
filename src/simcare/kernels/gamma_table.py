"""The quantile of one gamma distribution by polynomials, many times faster than by search.

In a run the shape of a law is fixed. Its table is made once, from the exact quantile of
`simcare.kernels.gamma`, and a draw evaluates one polynomial.

The smaller tail v, u or 1 - u, lies in a cell: half of an octave, [1, 1.5) or [1.5, 2) times a
power of 2. There is one polynomial for each cell and side. As a function of v the quantile has no
singularity nearer to the middle of a cell than v = 0, which is at least 5 times half the cell's
width away: from one Chebyshev polynomial to the next the coefficients fall by 5 + sqrt(24), and 14
of them are enough for 1e-14. Cell and place in it are read off the bits of v, without a logarithm.

Near 0 a quantile goes as u^(1 / shape). Where the shape is small, that is too steep for a
polynomial: the polynomials then give the quantile over this power.
"""

from __future__ import annotations

from math import ldexp
from typing import Final

import numpy as np

from simcare.kernels.compile import kernel
from simcare.kernels.elementary import bits_of, exp, float_of, log, sine_of_turn
from simcare.kernels.gamma import gamma_quantile, gamma_tail_quantile
from simcare.kernels.tables import Floats

# Cells begin at 2^-11 on either side; one draw in a thousand lies beyond them and is searched for.
_OCTAVES: Final = 10
_CELLS: Final = 2 * _OCTAVES
# All bits of a float64 but the last 51 number the half-octaves; those tell the place within.
_PLACE_BITS: Final = 51
_PLACE_MASK: Final = (1 << _PLACE_BITS) - 1
_FIRST_CELL: Final = 2 * (1023 - 1 - _OCTAVES)
_BITS_OF_ONE: Final = 0x3FF0000000000000

# A polynomial has 14 coefficients, the constant first, two to a row.
_TERMS: Final = 14
_ROWS: Final = _TERMS // 2

# Shapes from here on have a quantile that grows as u^4 at most.
_SMALL_SHAPE: Final = 0.25


def gamma_table(shape: float) -> list[tuple[float, float]]:
    """Return the table of a shape from 0.05 to 1e4 at scale 1: 280 rows of two coefficients.

    Each cell has 7 rows: first the cells of the lower tail by rising u, then those of the upper
    tail by falling u. They are the 14 coefficients of the cell's polynomial in the place, which
    is from -1/4 to 1/4, beginning with the constant.
    """
    turns = [(k + 0.5) / (2 * _TERMS) for k in range(_TERMS)]
    cosines = np.array([[sine_of_turn(j * x + 0.25) for j in range(_TERMS)] for x in turns])
    nodes = cosines[:, 1].tolist()
    values = np.array(
        [
            [_value(cell, node, upper, shape) for node in nodes]
            for upper in (False, True)
            for cell in range(_CELLS)
        ]
    )
    # Sums go term by term: their last digits are then the same on every platform.
    expansions = np.zeros_like(values)
    for k in range(_TERMS):
        expansions += values[:, k, np.newaxis] * cosines[k]
    expansions *= 2.0 / _TERMS
    expansions[:, 0] *= 0.5
    coefficients = np.zeros_like(values)
    for j, polynomial in enumerate(_chebyshev()):
        coefficients += expansions[:, j, np.newaxis] * polynomial
    return [(even, odd) for even, odd in coefficients.reshape(-1, 2).tolist()]


def _value(cell: int, node: float, upper: bool, shape: float) -> float:
    """Return what the polynomial of a cell must be at a node, -1 to 1 from end to end of it."""
    octave, half = divmod(cell, 2)
    tail = ldexp(1.25 + 0.5 * half + 0.25 * node, octave - _OCTAVES - 1)
    value = gamma_tail_quantile(tail, upper, shape)
    if shape < _SMALL_SHAPE:
        value /= exp(log(1.0 - tail if upper else tail) / shape)
    return value


def _chebyshev() -> Floats:
    """Return the coefficients of the Chebyshev polynomials of 4 places, one polynomial a row.

    Each is 8 places times the last but the one before it (DLMF 18.9.1). All are whole numbers.
    """
    found = np.zeros((_TERMS, _TERMS))
    found[0, 0], found[1, 1] = 1.0, 4.0
    for j in range(2, _TERMS):
        found[j, 1:] = 8.0 * found[j - 1, :-1]
        found[j] -= found[j - 2]
    return found


@kernel
def tabled_gamma_quantile(u: float, shape: float, points: Floats, first: int) -> float:
    """Return `gamma_quantile(u, shape)` by the table of the shape, from row `first` of `points` on.

    Accuracy: relative error below 1e-12 where gamma_quantile promises it. That is asked itself
    where u is below 2^-11, above 1 - 2^-11, exactly 1/2, or no probability.
    """
    tail = min(u, 1.0 - u)
    bits = bits_of(tail)
    cell = (bits >> _PLACE_BITS) - _FIRST_CELL
    if not 0 <= cell < _CELLS:
        return gamma_quantile(u, shape)
    # No branch here: a processor guesses the side of u wrongly every other time.
    k = first + _ROWS * (cell + _CELLS * int(u > 0.5))
    t = float_of((bits & _PLACE_MASK) | _BITS_OF_ONE) - 1.25
    t2 = t * t
    t4 = t2 * t2
    # In an order that leaves most operations independent of one another (G. Estrin, 1960).
    q0 = (points[k, 0] + t * points[k, 1]) + t2 * (points[k + 1, 0] + t * points[k + 1, 1])
    q1 = (points[k + 2, 0] + t * points[k + 2, 1]) + t2 * (points[k + 3, 0] + t * points[k + 3, 1])
    q2 = (points[k + 4, 0] + t * points[k + 4, 1]) + t2 * (points[k + 5, 0] + t * points[k + 5, 1])
    q3 = points[k + 6, 0] + t * points[k + 6, 1]
    value = float((q0 + t4 * q1) + (t4 * t4) * (q2 + t4 * q3))
    if shape < _SMALL_SHAPE:
        value *= exp(log(u) / shape)
    return value
