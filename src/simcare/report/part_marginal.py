"""The page of what a little more of each capacity buys: the most, the chart, the table."""

from collections.abc import Iterator
from dataclasses import replace

from simcare.analysis.answers import gains_of, marginal_of
from simcare.analysis.comparison import matters, smallest_that_matter
from simcare.analysis.table_names import MARGINAL
from simcare.report.charts import which_policy
from simcare.report.draft import Draft
from simcare.report.marginal_words import sentences, table
from simcare.report.outcome_words import unit_name
from simcare.report.page import Block, Points, Words
from simcare.report.pictures import Picture
from simcare.report.search_words import outcome_said
from simcare.report.steadiness import too_short, unsteady
from simcare.report.words import say


def blocks(draft: Draft) -> Iterator[Block]:
    """Yield what buys most, the chart, the table of all, and how it was worked out."""
    findings, about = draft.findings, draft.findings.about
    outcome = marginal_of(findings).outcome
    first, *more = sentences(findings)
    yield Words(first, role="lead")
    for sentence in more:
        yield Words(sentence)
    rows = [replace(gain.ranked, policy=gain.title) for gain in gains_of(findings)]
    delta = matters(outcome, smallest_that_matter(about.smallest_people, about.smallest_days))
    base = draft.titles.of(findings.scenarios[0].policy)
    label = outcome_said(outcome, f"{about.deadline_days:g}")
    chart = which_policy(rows, label, base, delta, unit_name(outcome))
    yield from draft.draw([Picture("what-more-buys", (MARGINAL,), chart)])
    found = table(findings)
    yield draft.grid(say("marginal.caption"), found.header, found.rows, MARGINAL)
    for warning in (too_short(findings), unsteady(findings)):
        if warning:
            yield Words(warning, role="warning")
    yield Points((say("marginal.method"), say("marginal.method.money")))
