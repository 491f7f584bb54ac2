"""How many replications a wanted precision takes: looks at growing numbers, and when to stop.

An interval that is looked at again and again until it is narrow is too narrow when that ends: one
stops sooner where the spread happens to come out small. So looks are few and far apart (a quarter
more replications each), the first is late enough to know the spread, and one narrow interval is not
enough: two in a row must be (the look ahead of Hoad, Robinson and Davies 2010, J Oper Res Soc
61:1632-1644, at looks a quarter apart). What coverage is left stands in docs/design.md.
"""

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from math import ceil

import numpy as np
from numpy.typing import NDArray

from simcare.analysis.estimates import mean_interval, paired_difference
from simcare.analysis.outcomes import Outcome

GROWTH = 0.25  # of the replications so far: how many more there are at the next look
STEP = 5  # looks are so many replications apart, or a multiple of it
IN_A_ROW = 2
FEWEST_REPLICATIONS = 10  # with fewer the spread itself is hardly known
FIRST_LOOK = 5  # where no precision is asked for

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Precision:
    """How narrow the interval of an outcome is to be: its half-width, or a share of the base.

    ``outcome`` and ``where`` name the outcome. ``half_width`` is in its unit; ``relative`` is a
    share of the size of the base's mean. One of the two is None.
    """

    outcome: str
    where: str = ""
    half_width: float | None = None
    relative: float | None = None

    def wanted(self, base_mean: float) -> float:
        """Return the half-width that is asked for, in the unit of the outcome."""
        if self.half_width is not None:
            return self.half_width
        return (self.relative or 0.0) * abs(base_mean)


class Stop(StrEnum):
    """Why the replications of a scenario are as many as they are."""

    FIXED = "as many as asked for"
    ENOUGH = "precise enough"
    CEILING = "at most so many"
    NOBODY = "nobody has it"


@dataclass(frozen=True)
class Look:
    """The interval of an outcome after so many replications, and how narrow it is to be.

    Attributes:
        replications: how many there are.
        half_width: of the 95 % interval, in the outcome's unit; nan below two values.
        wanted: the half-width asked for; nan if none is.
        values: how many of the replications have a value (a pair of them).
    """

    replications: int
    half_width: float
    wanted: float
    values: int

    @property
    def is_enough(self) -> bool:
        """Whether the interval is as narrow as it is to be."""
        return self.half_width <= self.wanted


def looks(at_least: int, at_most: int) -> tuple[int, ...]:
    """Return the numbers of replications after which it is looked: rising, the last ``at_most``.

    Each is a quarter more than the one before, rounded up to a whole number of steps of five.
    """
    found = [min(at_least, at_most)]
    while found[-1] < at_most:
        more = STEP * ceil(found[-1] * GROWTH / STEP)
        found.append(min(found[-1] + more, at_most))
    return tuple(found)


def look(base: Floats, policy: Floats | None, n: int, precision: Precision | None) -> Look:
    """Return what the first ``n`` replications say of a policy's difference from its base.

    Of the mean of the base itself if there is no policy beside it. Both are float64, a value for
    each replication, nan where there is none.
    """
    before = base[:n]
    known = before[~np.isnan(before)]
    wanted = math.nan
    if precision is not None:
        wanted = precision.wanted(float(known.mean()) if len(known) else math.nan)
    alone = policy is None
    found = mean_interval(before) if alone else paired_difference(before, _first(policy, n))
    return Look(n, (found.upper - found.lower) / 2.0, wanted, found.n)


def _first(values: Floats | None, n: int) -> Floats:
    return np.zeros(0) if values is None else values[:n]


def looked(
    base: Floats, policies: Sequence[Floats], ends: Sequence[int], precision: Precision | None
) -> list[list[Look]]:
    """Return the looks of one case: for each end what is seen of each policy beside the base.

    Of the base alone if there is no other policy.
    """
    others: Sequence[Floats | None] = policies or [None]
    return [[look(base, policy, n, precision) for policy in others] for n in ends]


def stop(seen: Sequence[Sequence[Look]], is_last: bool) -> Stop | None:
    """Return why a case stops after the last of its looks, None if it goes on.

    ``seen`` are the looks so far, as :func:`looked` has them; ``is_last`` says that there may be no
    more replications. It stops when every policy was precise enough in the last two, and where no
    replication has a value for one of them, since none will come of more.
    """
    if len(seen) >= IN_A_ROW and all(one.is_enough for at in seen[-IN_A_ROW:] for one in at):
        return Stop.ENOUGH
    if any(one.values == 0 for one in seen[-1]):
        return Stop.NOBODY
    return Stop.CEILING if is_last else None


def series(replications: Sequence[Mapping[Outcome, float]], precision: Precision) -> Floats:
    """Return the outcome asked for of each replication, float64; nan where there is none."""
    return np.array([_one(said, precision) for said in replications], np.float64)


def _one(said: Mapping[Outcome, float], precision: Precision) -> float:
    wanted = named(said, precision)
    return math.nan if wanted is None else said[wanted]


def named(outcomes: Iterable[Outcome], precision: Precision) -> Outcome | None:
    """Return the one of some outcomes that is asked for, None if it is not among them."""
    asked = (precision.outcome, precision.where)
    return next((o for o in outcomes if (o.name, o.where) == asked), None)
