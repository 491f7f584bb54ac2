"""Whether lists still grow or shrink while measured: averages then depend on the period."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from simcare.analysis.estimates import paired_difference
from simcare.analysis.timeline import MONTH_DAYS

LEAST_PEOPLE = 5.0
LEAST_SHARE = 0.25


@dataclass(frozen=True)
class Drift:
    """How a list moved: people waiting in the first and in the last third of the period."""

    capacity: str
    first: float
    last: float

    @property
    def people(self) -> float:
        """By how many people the list has grown; negative if it shrank."""
        return self.last - self.first


def drift(capacity: str, waiting: NDArray[np.float64], warm_up_days: float) -> Drift | None:
    """Return how a list drifts through the period measured, or None if it clearly does not.

    ``waiting``: people waiting, (replications, months). A drift is clear when the difference
    between the thirds, paired by replication, has a 95 % interval clear of zero, is at least five
    people, and at least a quarter of the mean.
    """
    months = waiting[:, int(np.ceil(warm_up_days / MONTH_DAYS)) :]
    third = months.shape[1] // 3
    if third == 0:
        return None
    first, last = months[:, :third].mean(axis=1), months[:, -third:].mean(axis=1)
    change = paired_difference(first, last)
    clear = change.lower > 0 or change.upper < 0
    least = max(LEAST_PEOPLE, LEAST_SHARE * float(months.mean()))
    if not clear or abs(change.mean) < least:
        return None
    return Drift(capacity, float(first.mean()), float(last.mean()))
