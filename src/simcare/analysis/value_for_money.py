"""What the policies of a study cost and bring beside its base, from what it found.

Cost is that of a client who asked, effect the quality-adjusted life years of a person: both are
told of each replication, and paired by it. Nothing is told of one policy alone, nor where one of
the two is not told of each policy.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from math import floor, isfinite, log10, nan

import numpy as np

from simcare.analysis.clients import RELAPSED_AFTER, STARTED
from simcare.analysis.costs import COST_A_YEAR, COST_PER_CLIENT
from simcare.analysis.deadlines import BREACHES
from simcare.analysis.economics import (
    Floats,
    Standing,
    acceptability,
    cost_of_one,
    net_benefit,
    perfect_information,
    standings,
    steps_between,
)
from simcare.analysis.estimates import Estimate, mean_interval, paired_difference
from simcare.analysis.findings import Findings, Found
from simcare.analysis.groups import ALL
from simcare.analysis.outcomes import Outcome
from simcare.analysis.wellbeing import QALYS

# What a good life year is worth where nobody has said so, by currency. Assumed: for Norway the ends
# of the range by severity, as in the debate around Meld. St. 34 (2015-2016) Verdier i pasientens
# helsetjeneste, whose text was not read for it.
WORTHS = {"NOK": (275_000.0, 825_000.0)}
STEPS, BEYOND = 20, 1.2  # about so many on the axis of prices, and so far past the last of them


@dataclass(frozen=True, eq=False)
class Worth:
    """Costs and life years of a case's policies, the base first, over replications that have both.

    ``costs`` and ``qalys`` are float64 (policies, replications), in ``currency`` a client who asked
    and in years a person; ``worths`` is what a life year may be worth, in rising order.
    """

    case: str
    scenarios: tuple[Found, ...]
    costs: Floats
    qalys: Floats
    currency: str
    worths: tuple[float, ...]

    @property
    def has_ranges(self) -> bool:
        """Whether there are replications enough to say anything of chance."""
        return bool(self.costs.shape[1] > 1)

    @property
    def grid(self) -> tuple[float, ...]:
        """Prices from 0 to past the largest that was asked about, some twenty round ones."""
        if not self.worths:
            return ()
        rough = self.worths[-1] / STEPS
        power = 10.0 ** floor(log10(rough))
        step = power * min((m for m in (1, 2, 2.5, 5, 10) if m * power >= rough), default=10)
        return tuple(step * k for k in range(int(-(-self.worths[-1] * BEYOND // step)) + 1))

    @property
    def best_of_100(self) -> Floats:
        """In how many of 100 replications each is the best buy: float64 (policies, grid)."""
        return acceptability(self.costs, self.qalys, self.grid)

    @property
    def best_by_mean(self) -> tuple[int, ...]:
        """The place of the policy whose mean net benefit is largest, at each price of the grid."""
        means = (net_benefit(self.costs, self.qalys, k).mean(axis=1) for k in self.grid)
        return tuple(int(np.argmax(mean)) for mean in means)

    @property
    def perfect_information(self) -> Floats:
        """What it is worth to know how chance falls, at each of ``worths``: float64."""
        return perfect_information(self.costs, self.qalys, self.worths)

    def buys(self) -> Iterator["Buy"]:
        """Yield each policy beside the base, the base itself first."""
        means = self.costs.mean(axis=1).tolist(), self.qalys.mean(axis=1).tolist()
        every = zip(self.scenarios, standings(*means), steps_between(*means), strict=True)
        shares = acceptability(self.costs, self.qalys, self.worths)
        for k, (scenario, standing, step) in enumerate(every):
            cost, gained = (mean_interval(x[k] - x[0]) for x in (self.costs, self.qalys))
            nets = (net_benefit(self.costs, self.qalys, worth)[k] for worth in self.worths)
            yield Buy(
                scenario.policy, cost, gained, _ratio(cost, gained), step, standing,
                tuple(mean_interval(net) for net in nets), tuple(shares[k].tolist()),
            )  # fmt: skip


@dataclass(frozen=True)
class Buy:
    """A policy beside the base, for each client who asked.

    Attributes:
        policy: its name.
        cost: extra cost, paired.
        qalys: extra quality-adjusted life years, paired.
        ratio: what a life year gained costs; nan unless both differences are above 0, and their
            ranges are too where there are any.
        step: what it costs beside the next cheaper efficient policy; nan if there is none.
        standing: how it stands among all, by the means.
        net: net benefit beside the base at each of the prices asked about, paired.
        best_of_100: in how many of 100 replications it is the best buy, at each of these prices.
    """

    policy: str
    cost: Estimate
    qalys: Estimate
    ratio: float
    step: float
    standing: Standing
    net: tuple[Estimate, ...]
    best_of_100: tuple[float, ...]


def _ratio(cost: Estimate, gained: Estimate) -> float:
    """Return what a life year gained costs, where chance does not decide the sign of either."""
    clear = cost.n < 2 or (cost.lower > 0 and gained.lower > 0)
    return cost_of_one(cost.mean, gained.mean) if clear else nan


def worth_of(findings: Findings, case: str) -> Worth | None:
    """Return what the policies of a case cost and bring; None where that is not told of them."""
    scenarios = findings.of(case)
    told = [(_of(s, COST_PER_CLIENT), _of(s, QALYS)) for s in scenarios]
    known = [(money, years) for money, years in told if money and years]
    if len(known) < max(len(scenarios), 2):
        return None
    n = min(len(money[1]) for money, _ in known)
    costs, qalys = (np.stack([one[k][1][:n] for one in known]) for k in (0, 1))
    whole = np.isfinite(costs).all(axis=0) & np.isfinite(qalys).all(axis=0)
    if not whole.any():
        return None
    currency = known[0][0][0].unit
    worths = findings.about.willingness_to_pay or WORTHS.get(currency, ())
    return Worth(
        case, scenarios, costs[:, whole], qalys[:, whole], currency, tuple(sorted(worths))
    )  # fmt: skip


def _of(scenario: Found, name: str) -> tuple[Outcome, Floats] | None:
    for outcome, values in scenario.outcomes.items():
        if outcome.name == name and not outcome.where:
            return outcome, values
    return None


@dataclass(frozen=True)
class Averted:
    """What a policy costs for each relapse or breach that it averts.

    ``each`` is nan where it is not told: unless the policy costs more and averts some, and the 95 %
    ranges of both differences are clear of zero.
    """

    policy: str
    what: str
    each: float


def averted(worth: Worth) -> Iterator[Averted]:
    """Yield what a relapse and what a breach of each deadline averted costs, policy by policy.

    Relapses are those after treatment within a year of asking, of 100 who ask under both policies,
    person by person. Whoever is never treated has none: so they are not told where fewer start.
    Breaches and what is then spent are both by the year.
    """
    base, *others = worth.scenarios
    for scenario, buy in zip(others, [*worth.buys()][1:], strict=True):
        if (fewer := _relapses_averted(scenario)) is not None:
            clear = buy.cost.lower > 0 and fewer[1]
            each = cost_of_one(100.0 * buy.cost.mean, fewer[0]) if clear else nan
            yield Averted(scenario.policy, RELAPSED_AFTER, each)
        more = _cost_a_year(scenario) - _cost_a_year(base)
        for outcome, before in base.outcomes.items():
            if outcome.name.startswith(BREACHES) and outcome in scenario.outcomes:
                after = scenario.outcomes[outcome]
                n = min(len(before), len(after))
                gone = paired_difference(after[:n], before[:n])
                clear = buy.cost.lower > 0 and gone.lower > 0 and isfinite(more)
                each = cost_of_one(more, gone.mean) if clear else nan
                yield Averted(scenario.policy, outcome.name, each)


def _relapses_averted(scenario: Found) -> tuple[float, bool] | None:
    """Return how many relapses of 100 are averted, and whether that is clear and can be told.

    The half-width of a difference is at most the sum of both half-widths: ranges of those helped
    and those harmed that do not meet are enough for it, whatever their correlation.
    """
    of_all = {row.of.measure: row for row in scenario.pairs if row.of.by == ALL}
    relapsed, started = of_all.get(RELAPSED_AFTER), of_all.get(STARTED)
    if relapsed is None or started is None:
        return None
    as_many_start = started.helped.mean >= started.harmed.mean
    clear = as_many_start and relapsed.helped.lower > relapsed.harmed.upper
    return relapsed.helped.mean - relapsed.harmed.mean, clear


def _cost_a_year(scenario: Found) -> float:
    for row in scenario.numbers:
        if (row.entry.by, row.entry.measure) == (ALL, COST_A_YEAR):
            return row.mean
    return nan


def efficient(costs: Sequence[float], effects: Sequence[float]) -> tuple[bool, ...]:
    """Return of each policy whether no other costs no more, brings no less, and is better in one.

    These are the front of Pareto of cost against effect, by means.
    """
    return tuple(kind is not Standing.DOMINATED for kind in standings(costs, effects))
