"""How many beds: the outcome over the numbers tried, the target, today, and the answer."""

import math

import numpy as np

from simcare.analysis.capacity_search import Answer, Kind, Search, Standing, Tried
from simcare.analysis.findings import About
from simcare.report.chart_digits import decimals, title, written
from simcare.report.drawing import Chart, Table, tick
from simcare.report.outcome_words import group_name, unit_name
from simcare.report.search_words import outcome_said, range_said, target_said
from simcare.report.settings import name_of
from simcare.report.svg import styled
from simcare.report.swept_lines import Bracket, Marks, Swept, limits, swept_lines
from simcare.report.words import capital, headings, say

TIMES_THE_TARGET = 3.0
TITLES = {
    Kind.FOUND: ("chart.capacity.title.found", "chart.capacity.title.found_short"),
    Kind.AT_ONCE: ("chart.capacity.title.at_once", "chart.capacity.title.at_once_short"),
    Kind.NOWHERE: ("chart.capacity.title.nowhere", "chart.capacity.title.nowhere_short"),
    Kind.BACKWARDS: ("chart.capacity.title.backwards", "chart.capacity.title.backwards_short"),
}
STANDINGS = {
    Standing.MEETS: "chart.capacity.meets",
    Standing.OPEN: "chart.capacity.open",
    Standing.FAILS: "chart.capacity.fails",
}


@styled
def how_many(search: Search, answer: Answer, about: About) -> Chart:
    """Draw an outcome over the numbers of places tried, and mark which of them meet the target."""
    days, target = f"{about.deadline_days:g}", search.target
    outcome, unit = capital(outcome_said(target.outcome, days)), unit_name(target.outcome)
    line = _line(answer.tried)
    marks = Marks(
        capital(name_of(search.path)),
        say("chart.swept.axis", outcome=outcome, unit=unit),
        float(search.today),
        target.bound,
        _bracket(search, answer),
        _top(search, answer),
    )
    places = _places(answer.tried)
    return Chart(
        capital(_title(search, answer)),
        _subtitle(search, days, line, marks),
        _alt(search, answer, days, places),
        swept_lines([line], marks),
        _table(search, answer, marks, places),
    )


def _line(tried: tuple[Tried, ...]) -> Swept:
    """Return the numbers tried as one line, which needs no name beside it."""
    estimates = [one.estimate for one in tried]
    return Swept(
        "",
        np.array([float(one.number) for one in tried]),
        np.array([e.mean for e in estimates]),
        np.array([e.lower for e in estimates]),
        np.array([e.upper for e in estimates]),
    )


def _bracket(search: Search, answer: Answer) -> Bracket | None:
    """Return the answer as it is marked below the axis; open where it may lie further out."""
    if answer.number is None:
        return None
    text = str(answer.number)
    if not answer.lower == answer.upper == answer.number:
        text = say("chart.capacity.bracket", n=text, range=range_said(answer))
    if answer.lower is None and answer.upper is None:
        text = say("chart.capacity.bracket_unknown", n=str(answer.number))
    low = math.nan if answer.lower is None else float(answer.lower)
    high = math.nan if answer.upper is None else float(answer.upper)
    return Bracket(float(answer.number), low, high, text)


def _top(search: Search, answer: Answer) -> float:
    """Return where the upright axis ends if the crossing would else be lost at its foot, or nan.

    Far too few places have no wait that could be told: it grows for as long as the run lasts.
    """
    target = search.target
    if answer.number is None or target.way > 0 or target.bound <= 0:
        return math.nan
    ends = (answer.lower or answer.number, answer.upper or answer.number)
    near = [one for one in answer.tried if ends[0] - 1 <= one.number <= ends[1]]
    seen = [v for one in near for v in (one.estimate.mean, one.estimate.upper) if math.isfinite(v)]
    top = max(TIMES_THE_TARGET * target.bound, *seen)
    return top if max(one.estimate.mean for one in answer.tried) > 2 * top else math.nan


def _places(tried: tuple[Tried, ...]) -> int:
    halves = [(one.estimate.upper - one.estimate.lower) / 2 for one in tried]
    return decimals(halves, [one.estimate.mean for one in tried])


def _title(search: Search, answer: Answer) -> str:
    """Say how many it takes, or that none of those tried will do."""
    if answer.kind == Kind.UNTOLD:
        return say("chart.swept.title.nothing")
    target = {"y": tick(search.target.bound), "unit": unit_name(search.target.outcome)}
    last = {Kind.FOUND: answer.number, Kind.AT_ONCE: search.lowest}
    values = {"n": str(last.get(answer.kind, search.highest)), **target}
    long, short = TITLES[answer.kind]
    if answer.kind == Kind.BACKWARDS:
        return title(say(long, what=name_of(search.path), **target), say(short, **target))
    return title(say(long, what=name_of(search.path), **values), say(short, **values))


def _subtitle(search: Search, days: str, line: Swept, marks: Marks) -> str:
    """Say what is measured, which range is drawn, and if zero is cut off."""
    target, swept = search.target, name_of(search.path)
    outcome, unit = capital(outcome_said(target.outcome, days)), unit_name(target.outcome)
    counted = say("find.counted", over=group_name(target.outcome))
    parts = [say("chart.swept.subtitle", outcome=outcome, unit=unit, swept=swept)]
    parts.append(counted)
    parts.append(say("chart.swept.bands" if line.has_range else "chart.swept.no_range"))
    if marks.bracket is not None:
        parts.append(say("chart.capacity.below"))
    if math.isfinite(marks.top):
        parts.append(say("chart.capacity.cut"))
    if limits([line.known()], marks)[1]:
        parts.append(say("chart.swept.cut"))
    return " ".join(parts)


def _alt(search: Search, answer: Answer, days: str, places: int) -> str:
    """Say form and measure, the curve's ends, the target, today and the answer."""
    outcome, unit = outcome_said(search.target.outcome, days), unit_name(search.target.outcome)
    swept = name_of(search.path)
    first, last = answer.tried[0], answer.tried[-1]
    parts = [
        say("chart.swept.alt", swept=swept, outcome=outcome, unit=unit),
        say(
            "chart.swept.alt.ends", name=capital(swept), x0=str(first.number), x1=str(last.number),
            y0=written(first.estimate.mean, places), y1=written(last.estimate.mean, places),
        ),
        say("chart.capacity.alt.target", target=target_said(search.target, days)),
        say("chart.capacity.alt.today", n=str(search.today)),
    ]  # fmt: skip
    if answer.number is not None:
        found = {"n": str(answer.number), "range": range_said(answer)}
        parts.append(say("chart.capacity.alt.answer", **found))
    return " ".join([*parts, say("alt.in_table")])


def _table(search: Search, answer: Answer, marks: Marks, places: int) -> Table:
    """Return every number tried with its mean and range, then the marks and the answer."""
    none = say("ui.not_relevant")
    number, target = marks.swept, tick(search.target.bound)
    between, against = headings("chart.swept.header.range", "chart.capacity.header.target")
    rows = [
        (
            str(one.number), written(one.estimate.mean, places),
            _range(one, places), say(STANDINGS[one.standing]),
        )
        for one in answer.tried
    ]  # fmt: skip
    rows.append((say("chart.capacity.row.target"), target, none, none))
    rows.append((say("chart.capacity.row.today", n=str(search.today)), none, none, none))
    if answer.number is not None:
        row = say("chart.capacity.row.answer", n=str(answer.number))
        rows.append((row, none, range_said(answer), none))
    return Table((number, marks.outcome, between, against), tuple(rows))


def _range(one: Tried, places: int) -> str:
    low, high = one.estimate.lower, one.estimate.upper
    if not math.isfinite(low + high):
        return say("ui.no_data")
    return say("chart.swept.range", low=written(low, places), high=written(high, places))
