"""Numbers by groups, such as ways in or stages: what one replication says, and many together."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from simcare.analysis.estimates import mean_interval

# What groups are made by.
ALL, BY_STAGE, BY_WAY_IN = "all", "stage", "way in"
BY_PLACES, BY_YEAR, BY_PAYER = "places", "each year", "payer"


@dataclass(frozen=True, order=True)
class Entry:
    """What a number is: of which group (``by`` what, and its name), of what, over whom, in what."""

    by: str
    name: str
    measure: str
    over: str
    unit: str


@dataclass(frozen=True)
class GroupRow:
    """A number of a group over replications: mean and 95 % interval, nan where it has none.

    ``n`` is how many replications have the number.
    """

    entry: Entry
    mean: float
    lower: float
    upper: float
    n: int


Numbers = Mapping[Entry, float]


def gather(replications: Sequence[Numbers]) -> tuple[GroupRow, ...]:
    """Return each number over replications, in the order in which they come first."""
    entries = dict.fromkeys(entry for numbers in replications for entry in numbers)
    rows = []
    for entry in entries:
        e = mean_interval([numbers.get(entry, np.nan) for numbers in replications])
        rows.append(GroupRow(entry, e.mean, e.lower, e.upper, e.n))
    return tuple(rows)
