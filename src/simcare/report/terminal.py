"""What a run prints: the first case's table, the answer, and the difference in the other cases."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from textwrap import fill

from simcare.analysis.answers import answer_of, at_answer, search_of
from simcare.analysis.comparison import ComparisonRow, SummaryRow
from simcare.analysis.costs import COST_PER_CLIENT
from simcare.analysis.deadlines import BREACHED
from simcare.analysis.estimates import round_to_range
from simcare.analysis.findings import Findings
from simcare.analysis.outcomes import Outcome
from simcare.analysis.proof import Proof
from simcare.analysis.records import is_part
from simcare.analysis.wellbeing import QALYS, WELLBEING
from simcare.report import marginal_words, search_words, today
from simcare.report.answer import (
    GAVE_UP,
    RELAPSE,
    STARTED,
    WITHIN_A_YEAR,
    Titles,
    answer,
    half_width,
    longer,
    over_cases,
    ranged,
    rough,
    titles_of,
    verdict_word,
)
from simcare.report.drawing import tenth, whole
from simcare.report.many_scenarios import best_of, compared
from simcare.report.outcome_words import full_name
from simcare.report.precision import asked, came_to
from simcare.report.proof import proof_said
from simcare.report.steadiness import too_short, unsteady
from simcare.report.warm_up import warnings
from simcare.report.words import paragraph, say

SHOWN = (
    STARTED,
    WITHIN_A_YEAR,
    GAVE_UP,
    "days waited of the first 180",
    "from asking to first help: mean wait",
    "from referral received to first help: mean wait",
    "from asking to the bed: mean wait",
    "motivation at start of treatment",
    "completed treatment",
    "turned down within a year",
    RELAPSE,
    "utilisation",
    "people waiting",
    "relapsed within 365 days of discharge",
    "came back within a year of discharge",
    WELLBEING,
    QALYS,
    COST_PER_CLIENT,
)
MOST_BESIDE = 3  # policies, the base included, whose outcomes are all printed
NARROW = 10  # letters: a line of a heading over numbers


@dataclass(frozen=True)
class Sheet:
    """A table to be printed: a title, the names of its columns, and rows of text."""

    title: str
    header: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]


def report(findings: Findings, proof: Proof | None) -> Iterator[Sheet | str]:
    """Yield what a run prints, in its order: texts and tables, and last its own proof."""
    titles = titles_of(findings.about)
    if findings.about.search is not None:
        yield from _search(findings, titles)
    elif findings.about.marginal is not None:
        yield from _marginal(findings, titles)
    else:
        yield from _findings(findings, titles)
        yield from _today(findings, titles)
    if said := paragraph(*asked(findings.about), *came_to(findings, titles)):
        yield said
    steady = findings if findings.about.search is None else at_answer(findings)
    for warning in (too_short(findings), unsteady(steady), *warnings(findings, titles)):
        if warning:
            yield warning
    yield paragraph(*proof_said(proof, titles))


def _search(findings: Findings, titles: Titles) -> Iterator[str]:
    """Yield the answer of a search, and what it rests on."""
    search, found = search_of(findings), answer_of(findings)
    yield titles.question
    yield titles.period
    about = findings.about
    yield paragraph(search_words.answer_said(search, found, about), about.note)
    yield paragraph(*search_words.detail(search, found, about))


def _marginal(findings: Findings, titles: Titles) -> Iterator[Sheet | str]:
    """Yield what a little more of each capacity buys."""
    yield titles.question
    yield titles.period
    found = marginal_words.table(findings)
    header = (found.header[0], *map(_narrow, found.header[1:]))
    yield Sheet(say("marginal.caption"), header, found.rows)
    yield paragraph(*marginal_words.sentences(findings))


def _findings(findings: Findings, titles: Titles) -> Iterator[Sheet | str]:
    summary, comparison = findings.summary, findings.comparison
    if titles.question:
        yield titles.question
    yield titles.period
    if not comparison:
        yield from _alone(titles, summary)
        return
    first = comparison[0].case
    if len(titles.policies) > MOST_BESIDE:
        yield from _many(findings, titles, first)
        return
    for policy in dict.fromkeys(row.policy for row in comparison):
        rows = [row for row in comparison if row.policy == policy]
        here = [row for row in rows if row.case == first]
        yield _beside(titles, here)
        base, *others = findings.of(first)
        other = next(scenario for scenario in others if scenario.policy == policy)
        if said := paragraph(*answer(here, titles), longer(base, other, here, titles)):
            yield said
        if len({row.case for row in rows}) > 1:
            yield over_cases(rows, titles)
            yield _cases(titles, rows)
            yield from _faring(titles, rows)
    if titles.note:
        yield titles.note


def _today(findings: Findings, titles: Titles) -> Iterator[Sheet]:
    """Yield what becomes of those who wait on day 0 in the first case, if there is a list.

    Of many policies it stands in the report alone.
    """
    scenarios = findings.of(next(iter(findings.about.cases)))
    few = len(scenarios) <= MOST_BESIDE
    found = today.table(scenarios, titles, findings.about.horizon_days) if few else None
    if found is not None:
        header = tuple(_narrow(heading) for heading in found.header)
        yield Sheet(say("page.today"), header, found.rows)


def _many(findings: Findings, titles: Titles, case: str) -> Iterator[Sheet | str]:
    """Yield one table of many scenarios, and which of them does best."""
    table = compared(findings, case, titles)
    header = (table.header[0], *map(_narrow, table.header[1:]))
    yield Sheet(say("page.scenarios.caption"), header, table.rows)
    if said := paragraph(*best_of(findings, case, titles)):
        yield said


def _alone(titles: Titles, summary: Sequence[SummaryRow]) -> Iterator[Sheet]:
    """Yield the table of one policy without a comparison."""
    places = ("utilisation", "people waiting", "mean wait", "left the list")
    chosen = [row for row in summary if _is_shown(row.outcome, *places)]
    rows = []
    for row in chosen:
        e = row.estimate
        if not e.n:
            continue
        mean, span = rough(e.mean), ""
        if e.n > 1:
            half = (e.upper - e.lower) / 2.0
            mean, low, high = (round_to_range(x, half) for x in (e.mean, e.lower, e.upper))
            span = say("fmt.range", low=low, high=high)
        rows.append((full_name(row.outcome, _days(titles)), mean, span))
    title = titles.of(chosen[0].policy) if chosen else ""
    header = (say("table.outcome"), say("mean"), say("table.interval"))
    yield Sheet(title, header, tuple(rows))


def _is_shown(outcome: Outcome, *more: str) -> bool:
    """Return whether an outcome is printed: the main ones, and each deadline's share breached."""
    named = outcome.name in (*SHOWN, *more) or outcome.name.startswith(BREACHED)
    return named and not is_part(outcome.where)


def _beside(titles: Titles, rows: Sequence[ComparisonRow]) -> Sheet:
    """Return the table of a policy beside the base, in one case."""
    lines = []
    for row in rows:
        if _is_shown(row.outcome) and row.difference.n:
            known = row.difference.n > 1
            half = half_width(row.difference)
            means = (row.base_mean, row.policy_mean)
            shown = [round_to_range(m, half) if known else rough(m) for m in means]
            name = full_name(row.outcome, _days(titles))
            lines.append((name, *shown, ranged(row.difference)))
    sides = (titles.of(rows[0].base), titles.of(rows[0].policy))
    header = (say("table.outcome"), *sides, say("table.difference"))
    return Sheet(titles.of_case(rows[0].case), header, tuple(lines))


def _cases(titles: Titles, rows: Sequence[ComparisonRow]) -> Sheet:
    """Return the main differences in every case, one under the other."""
    lines = []
    for case in dict.fromkeys(row.case for row in rows):
        here = [row for row in rows if row.case == case]
        cells = []
        for name in (STARTED, GAVE_UP):
            row = next(row for row in here if row.outcome.name == name)
            cells += [
                say("page.cases.both", base=whole(row.base_mean), policy=whole(row.policy_mean)),
                ranged(row.difference),
            ]
        lines.append((titles.of_case(case), *cells, verdict_word(here)))
    base, policy = titles.of(rows[0].base), titles.of(rows[0].policy)
    header = (
        say("table.case"),
        _narrow(say("table.starts", days=_days(titles))),
        _narrow(say("table.difference")),
        _narrow(say("table.gives_up")),
        _narrow(say("table.difference")),
        _narrow(policy),
    )
    return Sheet(say("table.cases", base=base, policy=policy), header, tuple(lines))


def _faring(titles: Titles, rows: Sequence[ComparisonRow]) -> Iterator[Sheet]:
    """Yield how people fare in every case, to stand beside who gives up, where that is told."""
    mine = [row for row in rows if row.outcome.name == WELLBEING and not row.outcome.where]
    if not mine:
        return
    header = (say("table.case"), *map(titles.of, (mine[0].base, mine[0].policy)))
    lines = [
        (
            titles.of_case(row.case),
            tenth(row.base_mean),
            tenth(row.policy_mean),
            ranged(row.difference),
        )
        for row in mine
    ]
    title = say("table.cases_wellbeing")
    yield Sheet(title, (*header, say("table.difference")), tuple(lines))


def _days(titles: Titles) -> str:
    return f"{titles.deadline_days:g}"


def _narrow(heading: str) -> str:
    """Return a heading broken into short lines, between words alone."""
    return fill(heading, NARROW, break_long_words=False, break_on_hyphens=False)
