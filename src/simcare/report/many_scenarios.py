"""Many scenarios in words and in one table: which does best, and how each differs from the base."""

from collections.abc import Iterator

from simcare.analysis.comparison import ComparisonRow, row_of
from simcare.analysis.findings import Findings
from simcare.analysis.wellbeing import WELLBEING
from simcare.report.answer import GAVE_UP, STARTED, Titles, ranged, spoken
from simcare.report.drawing import Table, tenth, whole
from simcare.report.words import say

STARTS_BEST, STARTS_NONE = "answer.many.starts", "answer.many.starts_none"
LEAVES_BEST, LEAVES_NONE = "answer.many.gives_up", "answer.many.gives_up_none"
MAIN = ((STARTED, STARTS_BEST, STARTS_NONE), (GAVE_UP, LEAVES_BEST, LEAVES_NONE))


def best_of(findings: Findings, case: str, titles: Titles) -> Iterator[str]:
    """Yield, for who starts in time and who gives up, which scenario does best against the base."""
    every = [r for r in findings.comparison if r.case == case]
    for name, best, none in MAIN:
        rows = [r for r in every if r.outcome.name == name and r.difference.n]
        if not rows:
            continue
        first = max(rows, key=lambda r: r.gain)
        words = {
            "n": str(len(rows) + 1), "days": whole(titles.deadline_days),
            "base": titles.of(first.base), "before": whole(first.base_mean),
        }  # fmt: skip
        if name == GAVE_UP:
            del words["days"]
        if round(first.gain, 1) <= 0:  # what would be shown as no gain is none
            yield say(none, **words)
        else:
            chance = spoken(first.difference) if first.difference.n > 1 else say("ui.no_data")
            after = whole(first.policy_mean)
            yield say(best, policy=titles.of(first.policy), after=after, range=chance, **words)


def compared(findings: Findings, case: str, titles: Titles) -> Table:
    """Return every scenario of a case with its main outcomes beside the base's."""
    base, *others = findings.of(case)
    first = [r for r in findings.comparison if r.case == case]
    told = [name for name, _, _ in MAIN]
    told += [WELLBEING] if row_of(first, WELLBEING) is not None else []
    rows = []
    for scenario in others:
        mine = [r for r in first if r.policy == scenario.policy]
        cells = [cell for name in told for cell in _cells(row_of(mine, name))]
        rows.append((titles.of(scenario.policy), *cells))
    same = say("page.scenarios.base")
    of_base = [cell for name in told for cell in (_mean(row_of(first, name)), same)]
    header = (
        say("page.scenarios.scenario"), say("table.starts", days=whole(titles.deadline_days)),
        say("table.difference"), say("table.gives_up"), say("table.difference"),
        *((say("table.wellbeing"), say("table.difference")) if WELLBEING in told else ()),
    )  # fmt: skip
    return Table(header, ((titles.of(base.policy), *of_base), *rows))


def _write(row: ComparisonRow, mean: float) -> str:
    return tenth(mean) if row.outcome.name == WELLBEING else whole(mean)


def _mean(row: ComparisonRow | None) -> str:
    return say("ui.no_data") if row is None or not row.difference.n else _write(row, row.base_mean)


def _cells(row: ComparisonRow | None) -> tuple[str, str]:
    if row is None or not row.difference.n:
        return say("ui.no_data"), say("ui.no_data")
    return _write(row, row.policy_mean), ranged(row.difference)
