"""The report of a study: the answer, the balance, the plan, the method and the numbers, in order.

What is said is chosen by the findings; every number in it stands in their tables.
"""

from simcare.analysis.findings import Findings
from simcare.report import part_answer, part_balance, part_method, part_plan, pictures
from simcare.report.draft import Draft, Origin
from simcare.report.words import say

REPORT = "report.html"


def report_of(findings: Findings, origin: Origin) -> dict[str, bytes]:
    """Return the report's files by name: the page, and its charts as SVG and PNG.

    ``origin`` is the provenance of the run. The same findings and origin give the same bytes.
    """
    draft = Draft(findings, origin)
    page = draft.page
    for name, title, part in (
        ("answer", "page.answer", part_answer),
        ("balance", "page.balance", part_balance),
        ("plan", "page.plan", part_plan),
        ("method", "page.method", part_method),
    ):
        page.part(name, say(title), list(part.blocks(draft)))
    page.part("numbers", say("page.numbers"), page.numbers())
    notes = [say("say.simulated"), draft.titles.period]
    html = page.html(_title(draft), notes, [_foot(draft)])
    return {REPORT: html, **pictures.drawn(draft.drawn)}


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
