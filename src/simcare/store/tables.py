"""Results as tables: CSV files that name no engine, date or duration."""

import csv
import io
from collections.abc import Iterable, Iterator, Sequence

import numpy as np

from simcare.analysis.comparison import ComparisonRow, SummaryRow
from simcare.study import Result

_SUMMARY = (
    "case", "policy", "outcome", "over", "where", "unit", "mean", "lower_95", "upper_95",
    "low_of_9_in_10_replications", "high_of_9_in_10_replications", "replications",
)  # fmt: skip
_COMPARISON = (
    "case", "base", "policy", "outcome", "over", "where", "unit", "base_mean", "policy_mean",
    "difference", "lower_95", "upper_95", "variance_ratio_of_pairing", "replications", "verdict",
)  # fmt: skip
_WAITING = ("case", "policy", "capacity", "month", "mean", "low_of_9_in_10", "high_of_9_in_10")


def _number(value: float) -> str:
    """Return a number for a table: ten digits, empty where there is none."""
    return "" if np.isnan(value) else f"{value:.10g}"


def _summary_line(row: SummaryRow) -> list[str]:
    o, e = row.outcome, row.estimate
    numbers = (e.mean, e.lower, e.upper, row.low, row.high)
    return [row.case, row.policy, o.name, o.over, o.where, o.unit, *map(_number, numbers), str(e.n)]


def _comparison_line(row: ComparisonRow) -> list[str]:
    o, d = row.outcome, row.difference
    numbers = (row.base_mean, row.policy_mean, d.mean, d.lower, d.upper, d.variance_ratio)
    names = [row.case, row.base, row.policy, o.name, o.over, o.where, o.unit]
    return [*names, *map(_number, numbers), str(d.n), str(row.verdict)]


def _waiting_lines(results: Sequence[Result]) -> Iterator[list[str]]:
    for result in results:
        scene, waiting = result.scene, result.waiting
        low, high = np.quantile(waiting, [0.05, 0.95], axis=0)
        for k, capacity in enumerate(result.capacities):
            for month, mean in enumerate(waiting.mean(axis=0)[k]):
                numbers = (float(mean), float(low[k, month]), float(high[k, month]))
                names = [scene.case, scene.policy, capacity, str(month + 1)]
                yield [*names, *map(_number, numbers)]


def _csv(header: Sequence[str], lines: Iterable[Sequence[str]]) -> bytes:
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(header)
    writer.writerows(lines)
    return text.getvalue().encode()


def summary_table(rows: Iterable[SummaryRow]) -> bytes:
    """Return ``summary.csv``: each outcome of each scenario, with its intervals."""
    return _csv(_SUMMARY, map(_summary_line, rows))


def comparison_table(rows: Iterable[ComparisonRow]) -> bytes:
    """Return ``comparison.csv``: each outcome of a policy beside the base, paired."""
    return _csv(_COMPARISON, map(_comparison_line, rows))


def waiting_table(results: Sequence[Result]) -> bytes:
    """Return ``waiting.csv``: people waiting for each capacity, by month of 30 days."""
    return _csv(_WAITING, _waiting_lines(results))
