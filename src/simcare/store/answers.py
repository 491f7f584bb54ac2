"""The answers of a search, and of a little more of each capacity, as tables and as JSON."""

import json
from dataclasses import asdict

from simcare.analysis.answers import answer_of, gains_of, marginal_of, search_of
from simcare.analysis.findings import Findings
from simcare.analysis.table_names import ANSWER, CAPACITY, MARGINAL
from simcare.store.tables import table

_CAPACITY = (
    "path", "number", "outcome", "over", "where", "unit", "mean", "lower_95", "upper_95",
    "replications", "mean_meets_target", "interval",
)  # fmt: skip
_MARGINAL = (
    "path", "number", "outcome", "over", "where", "unit", "better_by", "lower_95_of_all",
    "upper_95_of_all", "best_in_of_100", "cost_more_a_year", "better_by_per_million_a_year",
)  # fmt: skip


def answers_of(findings: Findings) -> dict[str, bytes]:
    """Return the files that answer what was asked, by name; none of findings of another kind."""
    if findings.about.search is not None:
        return {CAPACITY: _capacity(findings), ANSWER: _answer(findings)}
    if findings.about.marginal is not None:
        return {MARGINAL: _marginal(findings)}
    return {}


def _capacity(findings: Findings) -> bytes:
    search = search_of(findings)
    o = search.target.outcome
    rows = (
        (
            search.path, one.number, o.name, o.over, o.where, o.unit, one.estimate.mean,
            one.estimate.lower, one.estimate.upper, one.estimate.n,
            "yes" if one.met else "no", str(one.standing),
        )
        for one in answer_of(findings).tried
    )  # fmt: skip
    return table(_CAPACITY, rows)


def _answer(findings: Findings) -> bytes:
    """Return what was asked and found; null where the range may lie beyond what was searched."""
    search, found = search_of(findings), answer_of(findings)
    said = {
        **asdict(search),
        "ends": str(found.kind),
        "number": found.number,
        "lower_95": found.lower,
        "upper_95": found.upper,
        "best_tried": found.best,
        "tried": [one.number for one in found.tried],
        "moves_away_between": [list(pair) for pair in found.reversals],
    }
    return (json.dumps(said, indent=2, ensure_ascii=False) + "\n").encode()


def _marginal(findings: Findings) -> bytes:
    o = marginal_of(findings).outcome
    rows = (
        (
            one.path, one.number, o.name, o.over, o.where, o.unit, one.ranked.mean,
            one.ranked.lower, one.ranked.upper, one.ranked.best_of_100, one.cost_a_year,
            one.per_million,
        )
        for one in gains_of(findings)
    )  # fmt: skip
    return table(_MARGINAL, rows)
