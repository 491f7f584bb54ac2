"""Cost against effect: net benefit, the best buy, perfect information, dominance, the ellipse.

Pure functions of what policies cost and bring in each replication. A row is a policy, the base
first; a column is a replication, the same for all, so that every difference is one of pairs.

With k the willingness to pay for one unit of effect, dE the extra effect and dC the extra cost:

- Net monetary benefit beside the base is k dE - dC (Stinnett and Mullahy 1998, Medical Decision
  Making 18:S68-S80).
- An acceptability curve is the share in which a policy has the most of it, by k (van Hout and
  others 1994, Health Economics 3:309-319; of several policies Fenwick, Claxton and Sculpher 2001,
  Health Economics 10:779-787).
- The expected value of perfect information is E[max] - max E of net benefit (Claxton 1999, Journal
  of Health Economics 18:341-364).
- Dominance and the ratios between those that are left: Johannesson and Weinstein 1993, Journal of
  Health Economics 12:459-467.
"""

from collections.abc import Sequence
from enum import StrEnum
from math import log, nan, pi

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]


class Standing(StrEnum):
    """How a policy stands among the others, by its mean cost and its mean effect."""

    EFFICIENT = "efficient"
    DOMINATED = "dominated"
    EXTENDEDLY_DOMINATED = "extendedly dominated"


def net_benefit(costs: Floats, effects: Floats, worth: float) -> Floats:
    """Return the net monetary benefit beside the base in each replication.

    Args:
        costs: shape (policies, replications), in money, the base first.
        effects: as many, in units of effect, more being better.
        worth: willingness to pay for one unit of effect, in the same money.

    Returns:
        float64 (policies, replications), in money: 0 throughout for the base.

    Raises:
        ValueError: the two are not of one shape with two axes and a replication at the least, or
            hold what is not finite.
    """
    _check(costs, effects)
    return np.asarray(worth * (effects - effects[0]) - (costs - costs[0]))


def acceptability(costs: Floats, effects: Floats, worths: Sequence[float]) -> Floats:
    """Return of 100 replications in how many each policy has the largest net benefit.

    Ties are shared equally. Arguments and errors are those of :func:`net_benefit`, but for several
    ``worths``; what comes back is float64 (policies, worths), each column of which adds up to 100.
    """
    shares = []
    for worth in worths:
        benefit = net_benefit(costs, effects, worth)
        best = benefit == benefit.max(axis=0)
        shares.append(100.0 * (best / best.sum(axis=0)).mean(axis=1))
    return np.array(shares).reshape(len(worths), len(costs)).T


def perfect_information(costs: Floats, effects: Floats, worths: Sequence[float]) -> Floats:
    """Return what it would be worth to know beforehand how each replication turns out.

    That is the mean of the largest net benefit less the largest mean: float64 (worths,), in money,
    0 or more. Arguments and errors are those of :func:`acceptability`.
    """
    benefits = (net_benefit(costs, effects, worth) for worth in worths)
    return np.array([float(b.max(axis=0).mean() - b.mean(axis=1).max()) for b in benefits])


def cost_of_one(extra_cost: float, extra_effect: float) -> float:
    """Return what one more unit of effect costs; nan unless both differences are above 0.

    A ratio of a saving and a loss, or of one difference of each sign, says nothing that could be
    set beside a willingness to pay.
    """
    return extra_cost / extra_effect if extra_cost > 0 and extra_effect > 0 else nan


def standings(costs: Sequence[float], effects: Sequence[float]) -> tuple[Standing, ...]:
    """Return how each policy stands, by mean costs and mean effects in the same order.

    Dominated is whoever costs no less and brings no more than another, and is worse in one of
    them; extendedly dominated who costs more for one unit of effect, from the next cheaper one on,
    than a dearer policy does. Whoever costs and brings the same stands the same.
    """
    points = list(zip(costs, effects, strict=True))
    left = sorted({one for one in points if not any(_beats(other, one) for other in points)})
    hull: list[tuple[float, float]] = []
    for point in left:
        while len(hull) > 1 and _slope(hull[-2], hull[-1]) > _slope(hull[-1], point):
            hull.pop()
        hull.append(point)
    kinds = dict.fromkeys(left, Standing.EXTENDEDLY_DOMINATED)
    kinds |= dict.fromkeys(hull, Standing.EFFICIENT)
    return tuple(kinds.get(point, Standing.DOMINATED) for point in points)


def steps_between(costs: Sequence[float], effects: Sequence[float]) -> tuple[float, ...]:
    """Return what one more unit of effect costs each efficient policy beside the next cheaper one.

    It is nan for the cheapest of these, and for policies that are not efficient.
    """
    kinds = standings(costs, effects)
    points = list(zip(costs, effects, strict=True))
    left = sorted(
        {point for point, kind in zip(points, kinds, strict=True) if kind is Standing.EFFICIENT}
    )
    before = dict(zip(left[1:], left, strict=False))
    return tuple(
        _slope(before[point], point) if kind is Standing.EFFICIENT and point in before else nan
        for point, kind in zip(points, kinds, strict=True)
    )


def ellipse(x: Floats, y: Floats, share: float = 0.95, points: int = 100) -> Floats:
    """Return the ellipse that holds a share of pairs, if they are normal: float64 (points, 2).

    It is the contour at -2 ln(1 - share), the quantile of chi-square with two degrees of freedom,
    around the means, by the covariance with n - 1. Fewer than three pairs have none: shape (0, 2).
    """
    if len(x) < 3:
        return np.zeros((0, 2))
    root = np.linalg.cholesky(np.cov(x, y) + _least(x, y))
    angle = np.linspace(0.0, 2 * pi, points)
    round_ = (-2 * log(1 - share)) ** 0.5 * np.stack([np.cos(angle), np.sin(angle)])
    return np.asarray((root @ round_).T + np.array([x.mean(), y.mean()]))


def _least(x: Floats, y: Floats) -> Floats:
    """Return so little on the diagonal that pairs on one line have an ellipse too."""
    return np.diag([max(float(v.var()) * 1e-12, 1e-300) for v in (x, y)])


def _beats(one: tuple[float, float], other: tuple[float, float]) -> bool:
    return one != other and one[0] <= other[0] and one[1] >= other[1]


def _slope(one: tuple[float, float], other: tuple[float, float]) -> float:
    """Return what one more unit of effect costs from one policy to another."""
    return (other[0] - one[0]) / (other[1] - one[1])


def _check(costs: Floats, effects: Floats) -> None:
    if costs.ndim != 2 or costs.shape != effects.shape or not costs.size:
        raise ValueError(
            f"costs have shape {costs.shape} and effects {effects.shape}; both must be "
            "(policies, replications), with one of each at the least"
        )
    if not np.isfinite([costs, effects]).all():
        raise ValueError("costs or effects hold what is not finite")
