"""The report of a study: the answer, the balance, the plan, the method and the numbers, in order.

What is said is chosen by the findings; every number in it stands in their tables.
"""

from collections.abc import Callable, Iterable

from simcare.analysis.findings import Findings
from simcare.analysis.table_names import REPORT
from simcare.report import (
    part_answer,
    part_balance,
    part_marginal,
    part_method,
    part_plan,
    part_search,
    pictures,
)
from simcare.report.belonging import CONFIG, RUN, results_of
from simcare.report.draft import Draft, Origin
from simcare.report.page import Block
from simcare.report.words import say

__all__ = ["REPORT", "report_of"]
Blocks = Callable[[Draft], Iterable[Block]]


def report_of(findings: Findings, origin: Origin) -> dict[str, bytes]:
    """Return the report's files by name: the page, and its charts as SVG and PNG.

    ``origin`` is the provenance of the run. The same findings and origin give the same bytes.
    """
    draft = Draft(findings, origin)
    page = draft.page
    for name, title, blocks in _parts(findings):
        page.part(name, say(title), list(blocks(draft)))
    page.part("numbers", say("page.numbers"), page.numbers())
    notes = [say("say.simulated"), draft.titles.period]
    results = results_of(origin)
    metas = {CONFIG: results.config, RUN: results.run}
    html = page.html(_title(draft), notes, [_foot(draft)], metas)
    return {REPORT: html, **pictures.drawn(draft.drawn)}


def _parts(findings: Findings) -> tuple[tuple[str, str, Blocks], ...]:
    """Return the parts of the page before the numbers: name, title and what makes its blocks."""
    method = ("method", "page.method", part_method.blocks)
    if findings.about.search is not None:
        return ("answer", "page.answer", part_search.blocks), method
    if findings.about.marginal is not None:
        return ("answer", "page.answer", part_marginal.blocks), method
    return (
        ("answer", "page.answer", part_answer.blocks),
        ("balance", "page.balance", part_balance.blocks),
        ("plan", "page.plan", part_plan.blocks),
        method,
    )


def _title(draft: Draft) -> str:
    """Return the question, or what the run would have asked."""
    about = draft.findings.about
    if about.question:
        return about.question
    base, *others = about.policies
    if not others:
        return say("page.run_alone", policy=draft.titles.of(base))
    if len(others) > 1:
        return say("page.compared_many", base=draft.titles.of(base))
    return say("page.compared", base=draft.titles.of(base), policy=draft.titles.of(others[0]))


def _foot(draft: Draft) -> str:
    findings, origin = draft.findings, draft.origin
    return say(
        "page.foot",
        name=findings.about.name,
        scenarios=str(len(findings.scenarios)),
        repetitions=str(max((s.replications for s in findings.scenarios), default=0)),
        date=str(origin.get("finished", say("ui.no_data"))),
        version=str(origin.get("simcare", say("ui.no_data"))),
        config=str(origin.get("config_sha256", say("ui.no_data")))[:8],
    )
