"""The page of a search: the answer, the curve of all numbers tried, and how it was searched."""

from collections.abc import Iterator

from simcare.analysis.answers import answer_of, at_answer, search_of
from simcare.analysis.table_names import CAPACITY
from simcare.report.charts import how_many
from simcare.report.draft import Draft
from simcare.report.page import Block, Points, Words
from simcare.report.pictures import Picture
from simcare.report.search_words import answer_said, detail
from simcare.report.steadiness import too_short, unsteady
from simcare.report.words import say

METHOD = ("find.method.luck", "find.method.search", "find.method.range", "find.method.one_way")


def blocks(draft: Draft) -> Iterator[Block]:
    """Yield the answer, its chart, warnings, and how the number was searched."""
    findings = draft.findings
    search, answer = search_of(findings), answer_of(findings)
    yield Words(answer_said(search, answer, findings.about), role="lead")
    yield Words(findings.about.note)
    for sentence in detail(search, answer, findings.about):
        yield Words(sentence)
    yield from draft.draw(
        [Picture("how-many", (CAPACITY,), how_many(search, answer, findings.about))]
    )
    for warning in (too_short(findings), unsteady(at_answer(findings))):
        if warning:
            yield Words(warning, role="warning")
    yield Points(tuple(say(key) for key in METHOD))
