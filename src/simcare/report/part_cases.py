"""How the answer fares under other assumptions: the rest of what it hinges on, and every case."""

from collections.abc import Callable, Iterator

from simcare.analysis.comparison import ComparisonRow, row_of
from simcare.analysis.table_names import COMPARISON
from simcare.analysis.wellbeing import WELLBEING
from simcare.report import pictures
from simcare.report.answer import GAVE_UP, STARTED, ranged, verdict_word
from simcare.report.draft import Draft
from simcare.report.drawing import tenth, whole
from simcare.report.page import Block, Grid, Heading
from simcare.report.words import say


def blocks(draft: Draft) -> Iterator[Block]:
    """Yield what other assumptions do, where there is more than one case."""
    if len(draft.findings.about.cases) > 1:
        yield Heading(say("page.cases"))
        yield from draft.draw(pictures.hinges(draft.view, GAVE_UP))
        yield from draft.draw(pictures.hinges(draft.view, WELLBEING))
        yield from _cases(draft)


def _cases(draft: Draft) -> Iterator[Grid]:
    """Yield, for each policy beside the base, the main differences case by case."""
    about, titles = draft.findings.about, draft.titles
    for scenario in draft.view.scenarios[1:]:
        every = [r for r in draft.findings.comparison if r.policy == scenario.policy]
        fares = any(row.outcome.name == WELLBEING for row in every)
        lines = []
        for case in about.cases:
            rows = [r for r in every if r.case == case]
            cells = [cell for name in (STARTED, GAVE_UP) for cell in _cells(rows, name)]
            cells += _cells(rows, WELLBEING, tenth) if fares else ()
            lines.append((titles.of_case(case), *cells, verdict_word(rows)))
        base, policy = titles.of(draft.view.scenarios[0].policy), titles.of(scenario.policy)
        header = (
            say("table.case"), say("table.starts", days=whole(about.deadline_days)),
            say("table.difference"), say("table.gives_up"), say("table.difference"),
            *((say("table.wellbeing"), say("table.difference")) if fares else ()),
            say("page.cases.verdict", policy=policy),
        )  # fmt: skip
        caption = say("table.cases", base=base, policy=policy)
        yield draft.grid(caption, header, lines, COMPARISON)


def _cells(
    rows: list[ComparisonRow], name: str, write: Callable[[float], str] = whole
) -> tuple[str, str]:
    """Return an outcome under both policies, and the difference with its range."""
    row = row_of(rows, name)
    if row is None or not row.difference.n:
        return say("ui.no_data"), say("ui.no_data")
    both = say("page.cases.both", base=write(row.base_mean), policy=write(row.policy_mean))
    return both, ranged(row.difference)
