"""Who gets what, as the planner's part says it: the main outcomes by group, policy by policy."""

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

from simcare.analysis.equity import (
    ASKED,
    CONCENTRATION,
    FEWEST,
    GAP,
    VALUE,
    EquityRow,
)
from simcare.analysis.estimates import Estimate, round_to_range
from simcare.analysis.findings import Found
from simcare.analysis.outcomes import STARTED_IN_TIME
from simcare.analysis.table_names import EQUITY
from simcare.analysis.ways_in import GAVE_UP, MEDIAN, TO_TREATMENT
from simcare.analysis.wellbeing import WELLBEING
from simcare.report.answer import Titles
from simcare.report.draft import Draft
from simcare.report.drawing import tenth, whole
from simcare.report.page import Block, Grid, Heading, Words
from simcare.report.words import say, spoken

# What is told of a group, where it is told at all, by the keys of its headings.
COLUMNS = {
    STARTED_IN_TIME: "page.equity.started",
    GAVE_UP: "page.equity.gave_up",
    f"{TO_TREATMENT}: {MEDIAN}": "page.equity.to_treatment",
    WELLBEING: "page.equity.wellbeing",
}
FINE = frozenset({WELLBEING})  # outcomes that are told to a tenth

Key = tuple[str, str, str, str]  # attribute, outcome, measure, group (of a value)


@dataclass(frozen=True)
class _Told:
    """What one scenario says of groups, found by what it is."""

    found: Found

    @cached_property
    def rows(self) -> Mapping[Key, EquityRow]:
        """The rows by attribute, outcome, measure and, of values, group."""
        return {
            (r.attribute, r.outcome.name, r.measure, r.group if r.measure == VALUE else ""): r
            for r in self.found.equity
        }

    def estimate(self, attribute: str, outcome: str, measure: str, group: str = "") -> Estimate:
        """Return a number of groups; of none nan."""
        row = self.rows.get((attribute, outcome, measure, group))
        return row.estimate if row else Estimate(math.nan, math.nan, math.nan, 0)


def blocks(draft: Draft) -> Iterator[Block]:
    """Yield a table for each attribute, after what stands out.

    Nothing where all people are alike, or there is no treatment.
    """
    if not draft.findings.about.marks.get("treatment"):
        return
    told = [_Told(scenario) for scenario in draft.view.scenarios]
    attributes = [a for a in _attributes(told) if len(_groups(told, a)) > 1]
    if not attributes:
        return
    yield Heading(say("page.equity"))
    titles = [draft.titles.of(one.found.policy) for one in told]
    order = say("page.equity.order", policies=", ".join(titles)) if len(told) > 1 else ""
    yield Words(f"{say('page.equity.of')} {order}".rstrip())
    for one in told:
        yield Words(_farthest(one, attributes, draft.titles))
    for attribute in attributes:
        yield _grid(draft, told, attribute)
    yield Words(say("page.equity.small", n=whole(FEWEST)), "quiet")


def _attributes(told: Sequence[_Told]) -> list[str]:
    return list(dict.fromkeys(row.attribute for one in told for row in one.found.equity))


def _groups(told: Sequence[_Told], attribute: str) -> list[str]:
    """Return the groups of an attribute that are large enough to be shown."""
    return list(
        dict.fromkeys(
            row.group
            for one in told
            for row in one.found.equity
            if row.attribute == attribute and row.outcome == ASKED and row.estimate.mean >= FEWEST
        )
    )


def _farthest(told: _Told, attributes: Sequence[str], titles: Titles) -> str:
    """Say by what it differs most who starts in time under a policy, if by anything."""
    gaps = [
        row
        for row in told.found.equity
        if row.attribute in attributes
        and (row.outcome.name, row.measure) == (STARTED_IN_TIME, GAP)
        and row.estimate.lower > 0
    ]
    policy, days = titles.of(told.found.policy), whole(titles.deadline_days)
    if not gaps:
        return say("page.equity.none", policy=policy, days=days)
    most = max(gaps, key=lambda row: row.estimate.mean)
    high, low = (
        whole(told.estimate(most.attribute, STARTED_IN_TIME, VALUE, group).mean)
        for group in (most.group, most.other)
    )
    return say(
        "page.equity.most", policy=policy, days=days, attribute=spoken(most.attribute),
        high=high, group=spoken(most.group), low=low, other=spoken(most.other),
    )  # fmt: skip


def _grid(draft: Draft, told: Sequence[_Told], attribute: str) -> Grid:
    """Return the table of an attribute: its groups, then how far they are apart."""
    names = [name for name in COLUMNS if any(row.outcome.name == name for row in _all(told))]
    days = whole(draft.titles.deadline_days)
    header = (
        spoken(attribute),
        say("page.equity.asked"),
        *(say(key, days=days) if name == STARTED_IN_TIME else say(key)
          for name, key in COLUMNS.items() if name in names),
    )  # fmt: skip
    rows = [
        (spoken(group), *(_values(told, attribute, name, group) for name in (ASKED.name, *names)))
        for group in _groups(told, attribute)
    ]
    nothing = say("ui.not_relevant")
    for one in told:
        policy = draft.titles.of(one.found.policy)
        apart = [_gap(one.estimate(attribute, name, GAP), name) for name in names]
        rows.append((say("page.equity.apart", policy=policy), nothing, *apart))
    for one in told:
        indices = [one.estimate(attribute, name, CONCENTRATION) for name in names]
        if any(index.n for index in indices):
            policy = draft.titles.of(one.found.policy)
            written = [_ranged(index, 2) if index.n else nothing for index in indices]
            rows.append((say("page.equity.index", policy=policy), nothing, *written))
    return draft.grid(say("page.equity.caption", attribute=spoken(attribute)), header, rows, EQUITY)


def _all(told: Sequence[_Told]) -> Iterator[EquityRow]:
    return (row for one in told for row in one.found.equity)


def _values(told: Sequence[_Told], attribute: str, name: str, group: str) -> str:
    """Return a group's number under each policy, in their order."""
    write = tenth if name in FINE else whole
    means = [one.estimate(attribute, name, VALUE, group).mean for one in told]
    return ", ".join(write(x) if math.isfinite(x) else say("ui.no_data") for x in means)


def _gap(gap: Estimate, name: str) -> str:
    return _ranged(gap, 1 if name in FINE else 0) if gap.n else say("ui.no_data")


def _ranged(estimate: Estimate, decimals: int) -> str:
    """Return a number to so many decimals, with its range where it has one."""
    mean, low, high = (
        round_to_range(x, 10.0**-decimals) if math.isfinite(x) else say("ui.no_data")
        for x in (estimate.mean, estimate.lower, estimate.upper)
    )
    return say("fmt.mean_and_range", mean=mean, low=low, high=high) if estimate.n > 1 else mean
