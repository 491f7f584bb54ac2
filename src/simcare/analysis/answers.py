"""The answers that some findings hold: how many places meet a target, what a little more buys."""

import math
from dataclasses import dataclass

import numpy as np

from simcare.analysis.capacity_search import Answer, Search, Values, answer
from simcare.analysis.costs import COST_A_YEAR
from simcare.analysis.findings import Findings, Found
from simcare.analysis.groups import ALL
from simcare.analysis.marginal import Marginal
from simcare.analysis.ranking import Ranked, rank

MILLION = 1e6


@dataclass(frozen=True)
class Gain:
    """What a little more of one capacity buys, beside the service as it is.

    ``number`` is what there is then, at ``path`` in the config. ``ranked`` holds the paired
    difference of the outcome, positive where better, with an interval that holds together with
    those of all other capacities 95 times of 100. ``cost_a_year`` is what care costs more, nan
    where nothing has a price.
    """

    path: str
    title: str
    number: int
    ranked: Ranked
    cost_a_year: float

    @property
    def per_million(self) -> float:
        """The difference bought by each million more a year; nan where it does not cost more."""
        cost = self.cost_a_year / MILLION
        return self.ranked.mean / cost if cost > 0 else math.nan


def search_of(findings: Findings) -> Search:
    """Return what was searched; raise ValueError if these are no findings of a search."""
    if findings.about.search is None:
        raise ValueError(f"{findings.about.name} has searched for nothing")
    return findings.about.search


def marginal_of(findings: Findings) -> Marginal:
    """Return what was asked of each capacity; raise ValueError if nothing was."""
    if findings.about.marginal is None:
        raise ValueError(f"{findings.about.name} has given nothing more")
    return findings.about.marginal


def answer_of(findings: Findings) -> Answer:
    """Return the answer of a search; raise ValueError if these are no findings of one."""
    search = search_of(findings)
    return answer(search, _values(findings, search))


def at_answer(findings: Findings) -> Findings:
    """Return the findings of a search at its answer alone, or at the best number tried."""
    found, (swept,) = answer_of(findings), findings.about.swept
    number = found.best if found.number is None else found.number
    mine = (one for one in findings.scenarios if int(swept.values[one.policy]) == number)
    return Findings(findings.about, tuple(mine))


def _values(findings: Findings, search: Search) -> Values:
    (swept,) = findings.about.swept
    found = {}
    for scenario in findings.scenarios:
        missing = np.full(scenario.replications, np.nan)
        number = int(swept.values[scenario.policy])
        found[number] = scenario.outcomes.get(search.target.outcome, missing)
    return found


def gains_of(findings: Findings) -> tuple[Gain, ...]:
    """Return what each capacity's little more buys, the most on top.

    Raises ValueError if nothing was given, or if neither side of the outcome is better.
    """
    asked = marginal_of(findings)
    base, *others = findings.scenarios
    values = {one.policy: one.outcomes[asked.outcome] for one in others}
    ranked = rank(base.outcomes[asked.outcome], values, asked.outcome.better, base.policy)
    at = {policy: swept for swept in findings.about.swept for policy in swept.values}
    scenarios = {one.policy: one for one in others}
    return tuple(
        Gain(
            at[one.policy].path,
            findings.about.policies[one.policy],
            int(at[one.policy].values[one.policy]),
            one,
            cost_a_year(scenarios[one.policy]) - cost_a_year(base),
        )
        for one in ranked
        if one.policy != base.policy
    )


def cost_a_year(scenario: Found) -> float:
    """Return what care costs a year, mean over replications; nan where nothing has a price."""
    costs = (r for r in scenario.numbers if (r.entry.by, r.entry.measure) == (ALL, COST_A_YEAR))
    return next((row.mean for row in costs), math.nan)
