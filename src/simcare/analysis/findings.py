"""What a study found: about what it was, and for each scenario what its replications say.

These are the values that are kept as tables and that a report is made from: whoever has them needs
no records and simulates nothing.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TypeVar

import numpy as np
from numpy.typing import NDArray

from simcare.analysis.capacity_search import Search
from simcare.analysis.comparison import (
    ComparisonRow,
    SummaryRow,
    compare,
    smallest_that_matter,
    summary,
)
from simcare.analysis.curves import Band, Key
from simcare.analysis.equity import EquityRow
from simcare.analysis.flows import FlowRow
from simcare.analysis.groups import GroupRow
from simcare.analysis.load import Load, Loaded
from simcare.analysis.marginal import Marginal
from simcare.analysis.outcomes import Outcome
from simcare.analysis.pairs import PairRow
from simcare.analysis.precision import Precision
from simcare.analysis.steadiness import Drift
from simcare.analysis.warm_up import WarmUp


@dataclass(frozen=True)
class CaseNote:
    """What a case is for: a title for readers, and the assumption that it varies, if it does."""

    title: str = ""
    assumption: str = ""
    level: str = ""


@dataclass(frozen=True)
class Swept:
    """A setting that a sweep varied: its path in the config, and its value in each scenario.

    ``said`` is how each scenario's value is said to readers.
    """

    path: str
    values: Mapping[str, float | str]
    said: Mapping[str, str]


@dataclass(frozen=True)
class About:
    """What was asked and how: what a reader needs besides the numbers.

    ``policies`` maps each to its title, in the order in which they are compared, the base first;
    ``capacities`` each to what it is counted in (beds, slots, appointments) and to how many there
    are under the first policy that has it; ``places`` each policy to how many it has of each;
    ``stages`` each to the capacity it asks for, or ""; ``marks`` each milestone to its stages, both
    under any policy; ``sources`` each part of the config, and what policies and cases make of it,
    to where its numbers are from, an empty text where nobody has said. All but the sources are
    those of the first case. In a sweep a policy is one combination of the swept values.
    ``precision`` is how precise the results were to be, if that was asked for, and ``looks`` the
    numbers of replications of each case after which it was looked, or would have been. ``search``
    is what was searched, where the sweep's numbers were chosen by a target; ``marginal`` what was
    asked of each capacity, where each was given a little more. ``willingness_to_pay`` is what a
    quality-adjusted life year may be worth, in the currency of the service, if that was said.
    """

    name: str
    question: str
    note: str
    policies: Mapping[str, str]
    cases: Mapping[str, CaseNote]
    start_date: str
    horizon_days: float
    warm_up_days: float
    deadline_days: float
    seed: int
    smallest_people: float
    smallest_days: float
    capacities: Mapping[str, tuple[str, int]]
    stages: Mapping[str, str]
    marks: Mapping[str, tuple[str, ...]]
    sources: Mapping[str, str]
    swept: tuple[Swept, ...] = ()
    places: Mapping[str, Mapping[str, int]] = field(default_factory=dict)
    precision: Precision | None = None
    looks: Mapping[str, tuple[int, ...]] = field(default_factory=dict)
    search: Search | None = None
    marginal: Marginal | None = None
    willingness_to_pay: tuple[float, ...] = ()

    def number(self, policy: str, capacity: str) -> int | None:
        """Return how many there are of a capacity under a policy, None if it has none.

        Findings that were kept without numbers for each policy know those of the first alone.
        """
        if policy not in self.places:
            return self.capacities[capacity][1]
        return self.places[policy].get(capacity)


@dataclass(frozen=True)
class Found:
    """What the replications of one scenario say.

    ``outcomes`` are float64 (replications,), nan where nobody qualified; ``curves`` are shares of
    100 by day, ``waiting`` is people waiting by month for each capacity, both over replications.
    ``loads`` are those of the scenario without limits; none where they were not worked out.
    ``late`` are people past each deadline by day of the run, ``breached`` deadlines breached by
    calendar month (twelve times the year, and the month from 0). ``numbers`` are those of groups:
    ways in, and what care costs; ``equity`` is who gets what. ``pairs`` say whom the policy helps
    and harms beside the base of its run, person by person; the base has none. ``warm_ups`` are what
    its lists say of the warm-up; none where a run begins with people, who are what it is about.
    """

    case: str
    policy: str
    outcomes: Mapping[Outcome, NDArray[np.float64]]
    curves: Mapping[Key, Band]
    flows: Sequence[FlowRow]
    waiting: Mapping[str, Band]
    drifts: Sequence[Drift]
    loads: tuple[Load, ...] = ()

    @property
    def loaded(self) -> Loaded:
        """The loads, with whose they are."""
        return Loaded(self.case, self.policy, self.loads)

    late: Mapping[str, Band] = field(default_factory=dict)
    breached: Mapping[str, Band] = field(default_factory=dict)
    numbers: Sequence[GroupRow] = ()
    pairs: Sequence[PairRow] = ()
    equity: Sequence[EquityRow] = ()
    warm_ups: Sequence[WarmUp] = ()

    @property
    def replications(self) -> int:
        """How many replications there are."""
        return max((len(values) for values in self.outcomes.values()), default=0)

    def mean_of(self, name: str, where: str = "") -> float:
        """Return an outcome's mean over replications; nan if it has none, or is not there."""
        for outcome, values in self.outcomes.items():
            if (outcome.name, outcome.where) == (name, where) and np.isfinite(values).any():
                return float(np.nanmean(values))
        return float("nan")


@dataclass(frozen=True)
class Findings:
    """A study's findings, scenario by scenario; of each case's policies the first is the base."""

    about: About
    scenarios: tuple[Found, ...]
    summary: tuple[SummaryRow, ...] = field(init=False)
    comparison: tuple[ComparisonRow, ...] = field(init=False)

    def __post_init__(self) -> None:
        """Work out the summary of every scenario, and the differences from each case's base."""
        rows = [row for s in self.scenarios for row in summary(s.case, s.policy, s.outcomes)]
        object.__setattr__(self, "summary", tuple(rows))
        object.__setattr__(self, "comparison", tuple(self._compared()))

    def _compared(self) -> Iterator[ComparisonRow]:
        about = self.about
        smallest = smallest_that_matter(about.smallest_people, about.smallest_days)
        for case in self.about.cases:
            base, *others = self.of(case) or (None,)
            for other in others:
                if base is not None:
                    before, after = _paired(base, other)
                    yield from compare(case, before, after, smallest)

    def of(self, case: str) -> tuple[Found, ...]:
        """Return the scenarios of a case, the base first."""
        return tuple(s for s in self.scenarios if s.case == case)


Named = tuple[str, Mapping[Outcome, NDArray[np.float64]]]


def _paired(base: Found, other: Found) -> tuple[Named, Named]:
    """Return both scenarios' outcomes over the replications that both have."""
    n = min(base.replications, other.replications)
    before, after = ({o: v[:n] for o, v in s.outcomes.items()} for s in (base, other))
    return (base.policy, before), (other.policy, after)


Value = TypeVar("Value")


def first_of_each(several: Iterable[Mapping[str, Value]]) -> dict[str, Value]:
    """Return what is under each name, by the first of some mappings that has it."""
    found: dict[str, Value] = {}
    for one in several:
        for name, value in one.items():
            found.setdefault(name, value)
    return found


def all_of_each(several: Iterable[Mapping[str, tuple[str, ...]]]) -> dict[str, tuple[str, ...]]:
    """Return all that some mappings have under each name, each once."""
    found: dict[str, dict[str, None]] = {}
    for one in several:
        for name, values in one.items():
            found.setdefault(name, {}).update(dict.fromkeys(values))
    return {name: tuple(values) for name, values in found.items()}
