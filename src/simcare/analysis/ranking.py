"""Policies ranked by one outcome: each against the base, and against the one that came first."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from simcare.analysis.estimates import Estimate, mean_interval, paired_difference

CONFIDENCE = 0.95  # of all intervals against the base at once
BASE = "base"

_NOTHING = Estimate(math.nan, math.nan, math.nan, 0)


@dataclass(frozen=True)
class Ranked:
    """A policy's place: paired differences in the direction that is better.

    Attributes:
        policy: its name.
        mean: mean paired difference from the base, positive where the policy is better; nan
            where no replication has both.
        lower: lower end of that difference's interval; nan with fewer than two pairs.
        upper: upper end; nan with fewer than two pairs.
        best_of_100: of 100 replications, in how many it is best; nan where that is not known.
        value: mean of the outcome itself under the policy.
        behind: how far the first-ranked is ahead of it, paired; nan for the first itself.
    """

    policy: str
    mean: float
    lower: float
    upper: float
    best_of_100: float = math.nan
    value: float = math.nan
    behind: Estimate = _NOTHING


def rank(
    base: NDArray[np.float64],
    others: Mapping[str, NDArray[np.float64]],
    better: int,
    base_name: str = BASE,
) -> list[Ranked]:
    """Rank the base and the others by one outcome, the best first.

    Intervals are paired Student t intervals at 1 - 0.05 / k, where k is the number of others:
    by Bonferroni's inequality all k against the base hold at once in at least 95 % of studies.
    At the same level the first-ranked is compared with each of the rest. This needs no more
    comparisons although the first was chosen by the data: unless an interval between the policy
    that is truly best and one of the rest fails, whoever is clear of all the rest is the best,
    and the best is never clear behind the first (multiple comparisons with the best: Hsu 1984,
    Annals of Statistics 12:1136-1144; for common random numbers with Bonferroni: Nelson and
    Matejcik 1995, Management Science 41:1935-1945).

    Who is best is counted over the replications in which all have a value; ties are shared
    equally.

    Args:
        base: shape (r,), one value per replication; nan where nobody qualified.
        others: the policies' values by name, each of shape (r,), in the base's order.
        better: 1 where more is better, -1 where less is.
        base_name: how the base is named in its own row, whose difference is 0.

    Returns:
        A row for the base and each of the others, by mean difference from the base, those
        without one last, and otherwise in the order in which they were given.

    Raises:
        ValueError: `better` is neither 1 nor -1, one of the others has the base's name, or the
            arrays are not one-dimensional, of one length, and finite or nan.
    """
    if better not in (1, -1):
        raise ValueError(f"better is {better}; it must be 1 (more is better) or -1 (less is)")
    if base_name in others:
        raise ValueError(f"{base_name!r} names both the base and one of those compared with it")
    confidence = 1 - (1 - CONFIDENCE) / max(len(others), 1)
    values = {base_name: base, **others}

    def gain(over: str, name: str) -> Estimate:
        pair = (values[over], values[name]) if better == 1 else (values[name], values[over])
        d = paired_difference(*pair, confidence)
        return Estimate(d.mean, d.lower, d.upper, d.n)

    gains = {name: gain(base_name, name) for name in values}
    wins = _best_of_100(values, better)
    order = sorted(values, key=lambda name: -_known_or(gains[name].mean, -math.inf))
    first = order[0]
    return [
        Ranked(
            name,
            gains[name].mean,
            gains[name].lower,
            gains[name].upper,
            wins[name],
            mean_interval(values[name]).mean,
            _NOTHING if name == first else gain(name, first),
        )
        for name in order
    ]


def _best_of_100(values: Mapping[str, NDArray[np.float64]], better: int) -> dict[str, float]:
    """Return of 100 replications in which all have a value, in how many each is best."""
    table = better * np.stack(list(values.values()))
    table = table[:, ~np.isnan(table).any(axis=0)]
    if not table.shape[1]:
        return dict.fromkeys(values, math.nan)
    best = table == table.max(axis=0)
    shares = 100.0 * (best / best.sum(axis=0)).mean(axis=1)
    return dict(zip(values, map(float, shares), strict=True))


def _known_or(value: float, otherwise: float) -> float:
    return otherwise if math.isnan(value) else value
