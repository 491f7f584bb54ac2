"""How many places meet a target: which number to try next, and the answer with its range.

Every number is tried on the same people with the same luck. The outcome is taken to move towards
the target as the number rises; where it surely does not, the answer says so.

The answer is a whole number: the least from which on all that were tried meet the target on
average. Its 95 % range is what the replications cannot rule out. A number is ruled out from below
if its 95 % interval (Student's t over replications) lies wholly short of the target, and all that
were tried below it are too; from above, if the intervals of the number below it and of all above
that lie wholly within the target. Each end is wrong only if one interval, that of the true answer
or of the number below it, misses on one side: in 2.5 of 100 studies. No correction for the many
numbers that are tried is needed, as they are asked in a fixed order (fixed-sequence tests: Maurer,
Hothorn and Lehmacher 1995, in Biometrie in der chemisch-pharmazeutischen Industrie 6:3-18).
"""

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from simcare.analysis.estimates import Estimate, mean_interval, paired_difference
from simcare.analysis.outcomes import Outcome

BELOW, AT_MOST, ABOVE, AT_LEAST = "<", "<=", ">", ">="
SIDES = (BELOW, AT_MOST, ABOVE, AT_LEAST)
CONFIDENCE = 0.95
SPREAD = 5  # numbers tried for the curve where no crossing is to be narrowed down

Values = Mapping[int, NDArray[np.float64]]


@dataclass(frozen=True)
class Target:
    """What is to be reached: an outcome, and on which side of which value, in its unit."""

    outcome: Outcome
    side: str
    bound: float

    @property
    def way(self) -> int:
        """1 where the outcome has to be high, -1 where it has to be low."""
        return 1 if self.side in (ABOVE, AT_LEAST) else -1

    def is_met(self, value: float) -> bool:
        """Return whether a value is on the right side; nan is not."""
        if value == self.bound:
            return self.side in (AT_MOST, AT_LEAST)
        return self.way * (value - self.bound) > 0


@dataclass(frozen=True)
class Search:
    """What is searched: the path of a capacity's number, between which numbers, for which target.

    ``today`` is the number as configured.
    """

    path: str
    lowest: int
    highest: int
    today: int
    target: Target


class Standing(StrEnum):
    """What the interval of one number says of the target."""

    MEETS = "meets"
    OPEN = "open"
    FAILS = "fails"


class Kind(StrEnum):
    """How a search ends."""

    FOUND = "found"
    AT_ONCE = "met_by_the_lowest"
    NOWHERE = "not_met"
    BACKWARDS = "met_by_fewer_only"
    UNTOLD = "not_told"


@dataclass(frozen=True)
class Tried:
    """A number that was tried: the outcome's mean with its 95 % interval over replications.

    ``met`` goes by the mean, ``standing`` by the whole interval.
    """

    number: int
    estimate: Estimate
    met: bool
    standing: Standing


@dataclass(frozen=True)
class Answer:
    """What a search has found.

    ``number`` is the least that meets the target, None where none does, or all from the lowest
    on do. ``lower`` and ``upper`` are the ends of its 95 % range: None where it may lie beyond the
    numbers searched. ``best`` is the number tried whose mean is best by the target. ``reversals``
    are neighbours among the numbers tried between which the outcome surely moves away from the
    target (paired intervals that hold together 95 times of 100, by Bonferroni).
    """

    kind: Kind
    number: int | None
    lower: int | None
    upper: int | None
    best: int
    reversals: tuple[tuple[int, int], ...]
    tried: tuple[Tried, ...]

    def at(self, number: int) -> Tried | None:
        """Return what is known of a number, None if it was not tried."""
        return next((one for one in self.tried if one.number == number), None)


def next_number(search: Search, values: Values) -> int | None:
    """Return which number to try next, None if enough is known.

    ``values`` are the outcome's values over replications, nan where there is none, for each
    number tried. First come both ends; then the crossing of the mean is halved down to
    neighbours, then both ends of its range. Where there is no crossing, a few numbers between
    show the curve.
    """
    tried = _tried(search, values)
    for end in (search.highest, search.lowest):
        if end not in values:
            return end
    if not tried[-1].met or all(one.met for one in tried):
        spread = np.linspace(search.lowest, search.highest, SPREAD).round().astype(int).tolist()
        if left := [number for number in spread if number not in values]:
            return int(left[0])
    for gap in (_gap_above(tried, _met), _gap_below(tried), _gap_above(tried, _surely_met)):
        if gap is not None and gap[1] - gap[0] > 1:
            return sum(gap) // 2
    return None


def answer(search: Search, values: Values) -> Answer:
    """Return what the numbers tried say; ``values`` as in :func:`next_number`, both ends tried.

    Raises ValueError if an end of the search was not tried.
    """
    if not {search.lowest, search.highest} <= values.keys():
        raise ValueError("both ends of a search are tried before it has an answer")
    tried = _tried(search, values)
    kind = _kind(tried)
    gap = _gap_above(tried, _met)
    number = gap[1] if gap is not None and kind == Kind.FOUND else None
    ends = (None, None) if kind in (Kind.BACKWARDS, Kind.UNTOLD) else _range(tried)
    best = max(tried, key=lambda one: _rank(search.target, one.estimate.mean))
    return Answer(kind, number, *ends, best.number, _reversals(search, values), tried)


def _range(tried: tuple[Tried, ...]) -> tuple[int | None, int | None]:
    """Return the least and the most that the number may be; None where that is not known.

    Past a number that was tried the least is the next one, whether that was tried or not.
    """
    below, above = _gap_below(tried), _gap_above(tried, _surely_met)
    lower = None if below is None else below[0] + 1
    upper = None if above is None else above[1]
    if all(one.standing == Standing.FAILS for one in tried):
        lower = tried[-1].number + 1
    if all(map(_surely_met, tried)):
        upper = tried[0].number
    return lower, upper


def _tried(search: Search, values: Values) -> tuple[Tried, ...]:
    """Return what each number tried says, in their order."""
    found = []
    for number in sorted(values):
        e = mean_interval(values[number], CONFIDENCE)
        found.append(Tried(number, e, search.target.is_met(e.mean), _standing(search.target, e)))
    return tuple(found)


def _standing(target: Target, e: Estimate) -> Standing:
    if math.isnan(e.lower):
        return Standing.OPEN
    ends = [target.is_met(end) for end in (e.lower, e.upper)]
    if all(ends):
        return Standing.MEETS
    return Standing.OPEN if any(ends) else Standing.FAILS


def _kind(tried: tuple[Tried, ...]) -> Kind:
    if math.isnan(tried[-1].estimate.mean):
        return Kind.UNTOLD
    if not tried[-1].met:
        return Kind.BACKWARDS if any(one.met for one in tried) else Kind.NOWHERE
    return Kind.AT_ONCE if all(one.met for one in tried) else Kind.FOUND


def _met(one: Tried) -> bool:
    return one.met


def _surely_met(one: Tried) -> bool:
    return one.standing == Standing.MEETS


def _gap_above(tried: tuple[Tried, ...], holds: Callable[[Tried], bool]) -> tuple[int, int] | None:
    """Return the last number of which something does not hold, and the next that was tried."""
    last = max((k for k, one in enumerate(tried) if not holds(one)), default=-1)
    if last in (-1, len(tried) - 1):
        return None
    return tried[last].number, tried[last + 1].number


def _gap_below(tried: tuple[Tried, ...]) -> tuple[int, int] | None:
    """Return the first number that does not surely fail, after the one tried before it."""
    first = next((k for k, one in enumerate(tried) if one.standing != Standing.FAILS), 0)
    return (tried[first - 1].number, tried[first].number) if first else None


def _rank(target: Target, mean: float) -> float:
    return -math.inf if math.isnan(mean) else target.way * mean


def _reversals(search: Search, values: Values) -> tuple[tuple[int, int], ...]:
    pairs = [*pairwise(sorted(values))]
    confidence = 1 - (1 - CONFIDENCE) / max(len(pairs), 1)
    found = []
    for fewer, more in pairs:
        change = paired_difference(values[fewer], values[more], confidence)
        away = change.upper < 0 if search.target.way > 0 else change.lower > 0
        found += [(fewer, more)] if away else []
    return tuple(found)
