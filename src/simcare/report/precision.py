"""How precise results were to be, and came to be, in words."""

from collections.abc import Iterator, Sequence

from simcare.analysis.findings import About, Findings
from simcare.analysis.half_widths import HalfWidths, half_widths
from simcare.analysis.precision import Stop
from simcare.report.answer import Titles, rough
from simcare.report.drawing import Table, spread
from simcare.report.outcome_words import called
from simcare.report.words import headings, say

WHY = {
    Stop.FIXED: "precision.why.fixed",
    Stop.ENOUGH: "precision.why.enough",
    Stop.CEILING: "precision.why.ceiling",
    Stop.NOBODY: "precision.why.nobody",
}
# What is said where there is one case, and where there are several.
SAID = {
    Stop.ENOUGH: ("precision.enough", "precision.enough_in"),
    Stop.CEILING: ("precision.ceiling", "precision.ceiling_in"),
    Stop.NOBODY: ("precision.nobody", "precision.nobody_in"),
}
HEADER = (
    "policy", "table.case", "precision.repetitions", "precision.half_width", "precision.wanted",
    "precision.why",
)  # fmt: skip


def asked(about: About) -> Iterator[str]:
    """Yield what precision was asked for and how it is looked for, if it was."""
    precision = about.precision
    if precision is None:
        return
    outcome = called(precision.outcome, precision.where, f"{about.deadline_days:g}")
    if precision.half_width is not None:
        yield say("precision.asked", half=rough(precision.half_width), outcome=outcome)
    else:
        share = rough(100.0 * (precision.relative or 0.0))
        yield say("precision.asked_share", share=share, outcome=outcome)
    firsts, lasts = zip(*((ends[0], ends[-1]) for ends in about.looks.values()), strict=True)
    yield say("precision.rounds", least=_spread(firsts), most=_spread(lasts))


def came_to(findings: Findings, titles: Titles) -> Iterator[str]:
    """Yield after how many repetitions of which cases there were no more, and why, if asked."""
    if findings.about.precision is None:
        return
    found = [*half_widths(findings)]
    for why, (alone, several) in SAID.items():
        mine = {one.case: one.looks[-1].replications for one in found if one.stop == why}
        if not mine:
            continue
        n = _spread([*mine.values()])
        if len(findings.about.cases) == 1:
            yield say(alone, n=n)
        else:
            cases = "; ".join(titles.of_case(case) for case in mine)
            yield say(several, n=n, cases=cases)


def _spread(numbers: Sequence[int]) -> str:
    return spread([f"{n:,}" for n in numbers], numbers)


def table(findings: Findings, titles: Titles) -> Table | None:
    """Return for each policy in each case how narrow its range came to be; None of nothing."""
    rows = [_row(one, titles) for one in half_widths(findings)]
    return Table(headings(*HEADER), tuple(rows)) if rows else None


def _row(found: HalfWidths, titles: Titles) -> tuple[str, ...]:
    last = found.looks[-1]
    wanted = say("ui.not_relevant") if found.stop is Stop.FIXED else rough(last.wanted)
    names = (titles.of(found.policy), titles.of_case(found.case), f"{last.replications:,}")
    return (*names, rough(last.half_width), wanted, say(WHY[found.stop]))
