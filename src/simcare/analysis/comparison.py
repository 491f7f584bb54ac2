"""Policies compared with the base, pairing replications: the same clients with the same luck."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from simcare.analysis.estimates import (
    Estimate,
    PairedDifference,
    Verdict,
    mean_interval,
    paired_difference,
    verdict,
)
from simcare.analysis.outcomes import DAYS, OF_100, Outcome

Values = Mapping[Outcome, NDArray[np.float64]]


@dataclass(frozen=True)
class SummaryRow:
    """One outcome of one scenario: its mean over replications and how sure that mean is."""

    case: str
    policy: str
    outcome: Outcome
    estimate: Estimate
    low: float
    high: float


@dataclass(frozen=True)
class ComparisonRow:
    """One outcome of a policy beside the base: both means, and the difference by pairs."""

    case: str
    base: str
    policy: str
    outcome: Outcome
    base_mean: float
    policy_mean: float
    difference: PairedDifference
    verdict: Verdict

    @property
    def gain(self) -> float:
        """The difference in the direction that is better; nan where neither direction is."""
        return self.difference.mean * self.outcome.better if self.outcome.better else float("nan")


def summary(case: str, policy: str, values: Values) -> Iterator[SummaryRow]:
    """Yield a row for each outcome; ``low`` and ``high`` hold 9 of 10 replications."""
    for outcome, series in values.items():
        known = series[~np.isnan(series)]
        low, high = np.quantile(known, [0.05, 0.95]) if len(known) else (np.nan, np.nan)
        yield SummaryRow(case, policy, outcome, mean_interval(series), float(low), float(high))


def matters(outcome: Outcome, smallest: Mapping[str, float]) -> float:
    """Return the smallest difference that matters in an outcome's unit; 0 where none was said."""
    return smallest.get(outcome.unit, 0.0)


def compare(
    case: str, base: tuple[str, Values], policy: tuple[str, Values], smallest: Mapping[str, float]
) -> Iterator[ComparisonRow]:
    """Yield a row for each outcome that both scenarios have."""
    (base_name, base_values), (name, values) = base, policy
    for outcome, series in values.items():
        if outcome not in base_values:
            continue
        before = base_values[outcome]
        difference = paired_difference(before, series)
        yield ComparisonRow(
            case,
            base_name,
            name,
            outcome,
            mean_interval(before).mean,
            mean_interval(series).mean,
            difference,
            verdict(difference, matters(outcome, smallest)),
        )


def smallest_that_matter(people_of_100: float, days: float) -> dict[str, float]:
    """Return the smallest differences that matter, by unit."""
    return {OF_100: people_of_100, DAYS: days}


def row_of(rows: Sequence[ComparisonRow], name: str, over: str = "") -> ComparisonRow | None:
    """Return the row of an outcome by its name (and whom it is over), or None."""
    for row in rows:
        if row.outcome.name == name and (not over or row.outcome.over == over):
            return row
    return None
