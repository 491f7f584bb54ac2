"""Who gets what: outcomes by group of people, how far groups are apart, and who has more of it.

Groups are made by what people were at their arrival: by category, or by bands of a number from 0
to 1. Every outcome is worked out as it is for everybody, of the people of one group alone. Where
people can be ranked by a number it is also said how far an outcome is concentrated at its upper
end.
"""

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import chain
from math import comb

import numpy as np
from numpy.typing import NDArray
from scipy.special import stdtrit

from simcare.analysis.ends import (
    DIED_BEFORE,
    GAVE_UP,
    TREATED,
    Ends,
    between,
    discharges,
    from_asking,
    of_stays,
)
from simcare.analysis.estimates import Estimate, mean_interval, percentile_of
from simcare.analysis.outcomes import (
    DAYS,
    FEWER,
    MORE,
    NEITHER,
    PEOPLE,
    POINTS,
    STARTED_IN_TIME,
    YEAR,
    Outcome,
    of_admitted,
    of_relapse,
    of_those_who_ask,
    relapsed_within,
)
from simcare.analysis.records import Mask, Records
from simcare.analysis.terms import Trait
from simcare.analysis.ways_in import GAVE_UP as LEFT
from simcare.analysis.ways_in import MEDIAN, STARTED, TO_HELP, TO_TREATMENT
from simcare.analysis.wellbeing import OVER, QALYS, WELLBEING, FirstYears, wellbeing_of
from simcare.kernels.tables import TICKS_PER_DAY

Floats = NDArray[np.float64]
Codes = NDArray[np.intp]
ALPHA = 0.05  # how often all intervals of one attribute may miss, those of gaps
FEWEST = 20.0  # people who ask in a replication: smaller groups are told, and compared with none

ASKED = Outcome("people who asked", "all who asked", unit=PEOPLE)
DIED = "died before treatment within a year"
# Of what is worked out for a group these are told: the main ones.
MAIN = frozenset(
    {
        STARTED_IN_TIME,
        STARTED,
        LEFT,
        DIED,
        "completed treatment",
        relapsed_within(YEAR),
        WELLBEING,
        QALYS,
    }
)

Split = tuple[str, Outcome]  # the name of an attribute, and what is told by it


@dataclass(frozen=True, eq=False)
class Equity:
    """What one replication says of groups.

    ``by_group`` are numbers of the groups of an attribute, in the order of ``Trait.groups``, nan of
    nobody: float64 (groups,). ``concentration`` are indices of concentration over those who can be
    ranked by a number, from -1 to 1, nan where too few are seen for long enough.
    """

    by_group: Mapping[Split, Floats]
    concentration: Mapping[Split, float]


def measure_equity(records: Records, years: FirstYears | None) -> Equity:
    """Return what one replication says of groups; nothing where all people are alike.

    An attribute by which all who are followed are in one group is left out.
    """
    people = records.people
    if people is None or not records.followed.any():
        return Equity({}, {})
    clients = records.columns["client"][records.first]
    sources = _Sources.of(records, years)
    by_group: dict[Split, Floats] = {}
    concentration: dict[Split, float] = {}
    for trait in records.reading.traits:
        values = people.attributes[clients, trait.column]
        codes = trait.group_of(values)
        counts = np.bincount(codes[records.followed], minlength=len(trait.groups))
        if (counts > 0).sum() > 1:
            found = [dict(sources.told(codes == k)) for k in range(len(counts))]
            by_group |= {
                (trait.name, outcome): np.array([one[outcome] for one in found])
                for outcome in found[0]
            }
        if not trait.categories:
            concentration |= dict(sources.concentrated(trait, values))
    return Equity(by_group, concentration)


@dataclass(frozen=True, eq=False)
class _Sources:
    """What outcomes of groups are worked out from: the times of everybody, and their first years.

    ``waits`` are the days from asking to a start by the outcome that is their median, with whose
    they are.
    """

    records: Records
    asking: Ends
    stays: Ends
    relapse: Ends
    waits: Mapping[Outcome, tuple[Codes, Floats]]
    years: FirstYears | None

    @classmethod
    def of(cls, records: Records, years: FirstYears | None) -> "_Sources":
        return cls(
            records,
            from_asking(records).in_order(),
            of_stays(records).in_order(),
            discharges(records).until_relapse().in_order(),
            dict(_waits(records)),
            years,
        )

    def told(self, group: Mask) -> Iterator[tuple[Outcome, float]]:
        """Yield the main outcomes of some clients: those of a mask by their numbers."""
        asking = self.asking.of(group)
        yield ASKED, float(len(asking.whom))
        found = (
            of_those_who_ask(asking, self.records.reading.deadline_days),
            of_admitted(self.stays.of(group)),
            of_relapse(self.relapse.of(group)),
        )
        yield from ((o, value) for o, value in chain(*found) if o.name in MAIN)
        for outcome, (whom, days) in self.waits.items():
            mine = days[group[whom]]
            yield outcome, percentile_of(mine, 0.5) if len(mine) else float("nan")
        if self.years is not None:
            fares = wellbeing_of(self.years, group & self.records.followed)
            yield from ((o, value) for o, value in fares.items() if o.name in MAIN)

    def concentrated(self, trait: Trait, values: Floats) -> Iterator[tuple[Split, float]]:
        """Yield how far outcomes of those seen for a year are concentrated where values are high.

        Nothing where all of them have one value.
        """
        seen = self.asking.room_days >= max(YEAR, self.records.reading.deadline_days)
        whom = self.asking.whom[seen]
        if not len(whom) or np.ptp(values[whom]) == 0:
            return
        known = self.asking.is_followed(max(YEAR, self.records.reading.deadline_days))
        ranks = ranked(values[whom])
        for outcome, each, most in self._of_each(seen):
            found = concentration_index(each, ranks, most) if known else float("nan")
            yield (trait.name, outcome), found

    def _of_each(self, seen: Mask) -> Iterator[tuple[Outcome, Floats, float]]:
        """Yield what became of each of those seen, from 0 to a most."""
        days, cause = self.asking.days[seen], self.asking.cause[seen]
        deadline = self.records.reading.deadline_days
        for name, end, day, better in (
            (STARTED_IN_TIME, TREATED, deadline, MORE),
            (STARTED, TREATED, YEAR, MORE),
            (LEFT, GAVE_UP, YEAR, FEWER),
            (DIED, DIED_BEFORE, YEAR, FEWER),
        ):
            came = ((cause == end) & (days <= day)).astype(np.float64)
            yield Outcome(name, "all who asked", better=better), came, 1.0
        if self.years is not None:
            whole = self.years.of_each(self.asking.whom[seen])
            yield Outcome(WELLBEING, OVER, unit=POINTS, better=MORE), whole, 100.0


def _waits(records: Records) -> Iterator[tuple[Outcome, tuple[Codes, Floats]]]:
    """Yield the days from asking to first help and to treatment, of those who got so far."""
    helped = records.first_start(records.reading.first_help)
    for name, over, until in (
        (TO_HELP, "those who got it", helped),
        (TO_TREATMENT, "those who started", records.treated),
    ):
        whom = between(records, records.asked, until)
        days = (until - records.asked)[whom] / TICKS_PER_DAY
        yield Outcome(f"{name}: {MEDIAN}", over, unit=DAYS, better=FEWER), (whom, days)


# --- measures over people -----------------------------------------------------------------------


def ranked(values: Floats) -> Floats:
    """Return the fractional ranks of some values, those that are equal sharing theirs.

    They are (rank - 1/2) / n, from the lowest value to the highest: float64, as ``values``; their
    mean is 1/2.
    """
    _, which, many = np.unique(values, return_inverse=True, return_counts=True)
    return np.asarray(((np.cumsum(many) - many / 2.0) / len(values))[which], np.float64)


def concentration_index(outcome: Floats, ranks: Floats, most: float = 1.0) -> float:
    """Return how far an outcome from 0 to ``most`` is concentrated at the upper end of a ranking.

    The index of Erreygers (2009, Journal of Health Economics 28:504-515), 8 cov(h, r) / most with
    the fractional ranks r: the concentration index of Wagstaff, Paci and van Doorslaer (1991,
    Social Science & Medicine 33:545-557), 2 cov(h, r) / mean(h), made fit for what is bounded by
    4 mean(h) / most. It is 0 if rank makes no difference, 1 if the upper half has all and the lower
    half nothing, -1 the other way round; and that of its complement (who does not) is its negative.

    Args:
        outcome: float64 (n,), what each person has, from 0 to ``most``.
        ranks: float64 (n,), as :func:`ranked` gives them.
        most: the most that anybody can have, above 0.
    """
    apart = np.mean((outcome - outcome.mean()) * (ranks - ranks.mean()))
    return float(8.0 * apart / most)


# --- measures over groups -----------------------------------------------------------------------

VALUE, GAP, RATIO = "value", "gap", "ratio"
DISPARITY, CONCENTRATION = "index of disparity", "concentration index"
MEASURES = (VALUE, GAP, RATIO, DISPARITY, CONCENTRATION)


@dataclass(frozen=True)
class EquityRow:
    """A number of groups over replications, with its 95 % interval; nan where it has none.

    The interval of a gap or a ratio holds for all pairs of groups at once.

    ``measure`` is one of MEASURES. A value is that of one ``group``. A gap is how far the group
    with the highest and that with the lowest value (``group``, ``other``) are apart, in the
    outcome's unit, a ratio how many times as much the one has as the other; an index of disparity
    is how far groups are from the mean on average, of 100 of it.
    """

    attribute: str
    outcome: Outcome
    measure: str
    group: str
    other: str
    estimate: Estimate


def gather(traits: Sequence[Trait], replications: Sequence[Equity]) -> tuple[EquityRow, ...]:
    """Return what replications say of groups, together: attribute by attribute."""
    return tuple(row for trait in traits for row in _of_trait(trait, replications))


def _of_trait(trait: Trait, replications: Sequence[Equity]) -> Iterator[EquityRow]:
    asked = _stacked(trait, ASKED, replications)
    outcomes = dict.fromkeys(
        o for one in replications for name, o in one.by_group if name == trait.name
    )
    for outcome in outcomes:
        values = _stacked(trait, outcome, replications)
        for k, group in enumerate(trait.groups):
            if asked[:, k].any():
                estimate = mean_interval(values[:, k])
                yield EquityRow(trait.name, outcome, VALUE, group, "", estimate)
        if outcome.better != NEITHER:
            large = np.flatnonzero(asked.mean(axis=0) >= FEWEST)
            yield from _apart(trait, outcome, large, values)
    for outcome in dict.fromkeys(
        o for one in replications for name, o in one.concentration if name == trait.name
    ):
        indices = [one.concentration.get((trait.name, outcome), np.nan) for one in replications]
        estimate = mean_interval(indices)
        yield EquityRow(trait.name, outcome, CONCENTRATION, "", "", estimate)


def _stacked(trait: Trait, outcome: Outcome, replications: Sequence[Equity]) -> Floats:
    """Return an outcome by replication and group, nan where one has it not; asked are then 0."""
    nothing = np.full(len(trait.groups), 0.0 if outcome == ASKED else np.nan)
    rows = [one.by_group.get((trait.name, outcome), nothing) for one in replications]
    return np.stack(rows)


def _apart(trait: Trait, outcome: Outcome, large: Codes, values: Floats) -> Iterator[EquityRow]:
    """Yield how far some groups of an attribute are apart, if two of them have a value.

    The largest of several noisy numbers less the smallest is above 0 also where groups do not
    differ. So the intervals of gap and ratio are made to hold for all pairs of groups at once
    (Bonferroni), of which the two that are farthest apart are one.
    """
    known = [k for k in large if np.isfinite(values[:, k]).any()]
    if len(known) < 2:
        return
    names, mine = [trait.groups[k] for k in known], values[:, known]
    means = np.nanmean(mine, axis=0)
    high, low = int(np.argmax(means)), int(np.argmin(means))
    who, both = (names[high], names[low]), (mine[:, high], mine[:, low])
    confidence = 1.0 - ALPHA / comb(len(known), 2)
    gap = mean_interval(both[0] - both[1], confidence)
    yield EquityRow(trait.name, outcome, GAP, *who, gap)
    yield EquityRow(trait.name, outcome, RATIO, *who, ratio_of_means(*both, confidence))
    disparity = mean_interval(index_of_disparity(mine))
    yield EquityRow(trait.name, outcome, DISPARITY, "", "", disparity)


def index_of_disparity(values: Floats) -> Floats:
    """Return how far groups are from the mean of all groups on average, of 100 of it.

    The index of Pearcy and Keppel (2002, Public Health Reports 117:273-280): 100 times the mean of
    |value - mean| over groups, by the mean. Which groups are above goes by the means over all
    replications, so that noise of single ones adds nothing; where groups do not differ at all the
    index is still somewhat above 0, by chance.

    Args:
        values: float64 (replications, groups), nan where a group has none.

    Returns:
        float64 (replications,), nan where a group has no value, or the mean is 0.
    """
    means = np.nanmean(values, axis=0)
    mean = values.mean(axis=1)
    above = ((values - mean[:, None]) * np.sign(means - means.mean())).mean(axis=1)
    return np.asarray(100.0 * above / np.where(mean == 0, np.nan, mean))


def ratio_of_means(above: Floats, below: Floats, confidence: float = 0.95) -> Estimate:
    """Return the mean of some values by that of others, over paired replications.

    The interval is that of Fieller (1954, Journal of the Royal Statistical Society B 16:175-185):
    all ratios that a paired t test does not refuse. It has ends only where the mean that is divided
    by is clear of 0; they are nan else.

    Args:
        above, below: float64 (replications,); pairs with a nan on either side are dropped.
        confidence: coverage of the interval, between 0 and 1, exclusive.
    """
    both = np.isfinite(above) & np.isfinite(below)
    a, b = above[both], below[both]
    n = len(a)
    mean, of = (float(x.mean()) if n else math.nan for x in (a, b))
    ratio = mean / of if n and of else math.nan
    if n < 2 or not of:
        return Estimate(ratio, math.nan, math.nan, n)
    t2 = float(stdtrit(n - 1, (1 + confidence) / 2)) ** 2
    (va, cov), (_, vb) = np.cov(a, b) * t2 / n
    square, middle, rest = of * of - vb, mean * of - cov, mean * mean - va
    if square <= 0:
        return Estimate(ratio, math.nan, math.nan, n)
    half = math.sqrt(max(middle * middle - square * rest, 0.0))
    return Estimate(ratio, (middle - half) / square, (middle + half) / square, n)
