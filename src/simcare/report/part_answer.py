"""Part 1, for everybody: the answer, of 100 people, when treatment starts, how sure this is."""

import math
from collections.abc import Iterator
from itertools import islice

from simcare.analysis.comparison import row_of
from simcare.analysis.outcomes import POINTS
from simcare.analysis.proof import proof_from
from simcare.analysis.table_names import COMPARISON
from simcare.report import pictures
from simcare.report.answer import (
    GAVE_UP,
    RELAPSE,
    STARTED,
    answer,
    between,
    change,
    over_cases,
    points,
    spoken,
)
from simcare.report.draft import Draft
from simcare.report.drawing import tenth, whole
from simcare.report.many_pictures import many
from simcare.report.many_scenarios import best_of, compared
from simcare.report.outcome_words import BESIDE, FARING, with_days
from simcare.report.page import Block, Grid, Heading, Points, Words
from simcare.report.proof import difference_said
from simcare.report.steadiness import too_short, unsteady
from simcare.report.words import capital, count, paragraph, say

COMPLETED = "completed treatment"
FIRST = (STARTED, GAVE_UP, FARING.name, COMPLETED, RELAPSE)


def blocks(draft: Draft) -> Iterator[Block]:
    """Yield the part that must suffice for whoever reads no more than the first page."""
    about, view = draft.findings.about, draft.view
    proof = proof_from(draft.origin)
    if proof is not None and proof.is_against:
        yield Words(difference_said(proof), "warning")
    if short := too_short(draft.findings):
        yield Words(short, "warning")
    if len(about.policies) > 2:
        yield from _of_many(draft)
    elif len(view.scenarios) == 1:
        yield from _alone(draft)
    else:
        for scenario in view.scenarios[1:]:
            yield from _sentences(draft, scenario.policy)
    if len(about.cases) > 1:
        yield Words(say("page.case", case=draft.titles.of_case(view.case)), "quiet")
    if len(about.policies) <= 2:
        yield from draft.draw(pictures.of_100(view))
        for scenario in view.scenarios[1:]:
            yield from _of_100(draft, scenario.policy)
        yield from draft.draw(pictures.starts(view, say("page.deadline")))
    yield Heading(say("page.sure"))
    yield Points(tuple(_sure(draft)))
    if moved := unsteady(draft.findings):
        yield Words(moved, "warning")


def _alone(draft: Draft) -> Iterator[Words]:
    """Yield what becomes of people under one policy that is compared with none."""
    said = []
    for name, key in ((STARTED, "say.start"), (GAVE_UP, "say.renege")):
        mean = draft.view.scenarios[0].mean_of(name)
        if math.isfinite(mean):
            days = {"d": whole(draft.titles.deadline_days)} if name == STARTED else {}
            said.append(count(key, whole(mean), **days))
    if said and draft.findings.about.marks.get("treatment"):
        yield Words(paragraph(*said), "lead")


def _of_many(draft: Draft) -> Iterator[Block]:
    """Yield which of many scenarios does best, the most telling chart of them, and all of them."""
    about = (draft.findings, draft.view.case, draft.titles)
    if said := paragraph(*best_of(*about)):
        yield Words(said, "lead")
    yield from draft.draw(islice(many(draft.view), 1))
    yield draft.page.grid(say("page.scenarios.caption"), compared(*about), (COMPARISON,))


def _sentences(draft: Draft, policy: str) -> Iterator[Words]:
    said = answer(draft.view.rows(policy), draft.titles)
    if said and len(draft.findings.about.cases) > 1:
        every = [r for r in draft.findings.comparison if r.policy == policy]
        yield Words(over_cases(every, draft.titles), "lead")
        yield Words(paragraph(said[0], draft.longer(policy)))
    elif said:
        yield Words(said[0], "lead")
        if told := draft.longer(policy):
            yield Words(told)


def _of_100(draft: Draft, policy: str) -> Iterator[Grid]:
    """Yield the table of page 1: the first outcomes under the base and a policy."""
    rows = []
    for label in BESIDE:
        row = row_of(draft.view.rows(policy), label.name)
        if label.name in FIRST and row is not None and row.difference.n:
            name = with_days(label.label, whole(draft.titles.deadline_days))
            write = tenth if label is FARING else whole
            means = (write(row.base_mean), write(row.policy_mean))
            said = points if row.outcome.unit == POINTS else spoken
            chance = said(row.difference) if row.difference.n > 1 else say("ui.no_data")
            rows.append((capital(name), say(label.of_whom), *means, change(row), chance))
    base = draft.view.scenarios[0].policy
    header = (
        say("page.of_100.outcome"), say("page.of_100.over"), capital(draft.titles.of(base)),
        capital(draft.titles.of(policy)), say("page.of_100.difference"), say("page.of_100.range"),
    )  # fmt: skip
    if rows:
        yield draft.grid(say("page.of_100.caption"), header, rows, COMPARISON)


def _sure(draft: Draft) -> Iterator[str]:
    """Yield what each of the three kinds of range says about who starts in time."""
    findings, view = draft.findings, draft.view
    base, last = view.scenarios[0], pictures.best(view)
    if last.replications < 2:
        yield say("page.sure.one_replication")
        return
    ranges = {
        r.policy: (whole(r.low), whole(r.high))
        for r in findings.summary
        if r.case == view.case and r.outcome.name == STARTED and r.estimate.n > 1
    }
    if len(findings.about.policies) > 2:
        yield say("page.sure.ranges")
    elif said := answer(view.rows(last.policy), draft.titles)[1:2]:
        yield said[0]
    if last.policy in ranges and base.policy in ranges:
        (low, high), (low_0, high_0) = ranges[last.policy], ranges[base.policy]
        words = {"policy": draft.titles.of(last.policy), "low": low, "high": high}
        if last is base:
            yield say("page.sure.years.alone", **words)
        else:
            base_words = {"base": draft.titles.of(base.policy), "low_0": low_0, "high_0": high_0}
            yield say("page.sure.years.both", **words, **base_words)
    found = [
        r.difference.mean
        for r in findings.comparison
        if r.policy == last.policy and r.outcome.name == STARTED and r.difference.n
    ]
    if len(found) > 1:
        yield say("page.sure.cases", n=str(len(found)), range=between(min(found), max(found)))
    else:
        yield say("page.sure.one_case")
