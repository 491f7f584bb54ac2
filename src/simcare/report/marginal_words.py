"""What a little more of each capacity buys, in words and in one table."""

import math
from collections.abc import Iterator, Sequence

from simcare.analysis.answers import Gain, gains_of, marginal_of
from simcare.analysis.estimates import round_to_range
from simcare.analysis.findings import About, Findings
from simcare.analysis.marginal import Marginal
from simcare.report.chart_digits import clear_of_zero, decimals, written
from simcare.report.drawing import Table
from simcare.report.money import signed
from simcare.report.outcome_words import unit_name
from simcare.report.search_words import outcome_said
from simcare.report.settings import name_of, setting
from simcare.report.words import capital, count, headings, say

FEWEST_DIGITS = 2  # of what is bought for a million


def question(marginal: Marginal, about: About) -> str:
    """Return what is asked of each capacity."""
    outcome = outcome_said(marginal.outcome, f"{about.deadline_days:g}")
    return count("marginal.question", str(marginal.more), outcome=outcome)


def more_said(path: str, number: int, marginal: Marginal) -> str:
    """Return a number of places and what there is today: "133 residential beds, not 132"."""
    return say("marginal.said", more=setting(path, number), today=str(number - marginal.more))


def sentences(findings: Findings) -> Iterator[str]:
    """Yield which capacity's little more buys most, by itself and for the money."""
    asked, gains = marginal_of(findings), gains_of(findings)
    unit, outcome = unit_name(asked.outcome), _outcome(findings)
    first = gains[0]
    if first.ranked.lower > 0:
        x, low, high = _ranged(first)
        said = {"outcome": outcome, "x": x, "low": low, "high": high, "unit": unit}
        yield say("marginal.first", first=capital(first.title), **said)
    else:
        yield say("marginal.unseen", outcome=outcome)
    if all(math.isnan(gain.cost_a_year) for gain in gains):
        yield say("marginal.no_prices")
        return
    paid = [gain for gain in gains if math.isfinite(gain.per_million) and gain.ranked.lower > 0]
    if paid:
        most = max(paid, key=lambda gain: gain.per_million)
        x = _digits(most.per_million)
        said = {"first": most.title, "x": x, "unit": unit, "currency": asked.currency}
        yield say("marginal.per_million", **said)


def table(findings: Findings) -> Table:
    """Return what each capacity's little more buys and costs, the most on top."""
    asked, gains = marginal_of(findings), gains_of(findings)
    unit = unit_name(asked.outcome)
    places = _places(gains)
    priced = any(math.isfinite(gain.cost_a_year) for gain in gains)
    header = [
        *headings("marginal.header.capacity"),
        say("marginal.header.better", unit=unit),
        count("marginal.header.range", str(len(gains))),
    ]
    if priced:
        header.append(say("marginal.header.cost", currency=asked.currency))
        header.append(say("marginal.header.per_million", unit=unit))
    rows = []
    for gain in gains:
        one = gain.ranked
        between = say("ui.no_data")
        if math.isfinite(one.lower + one.upper):
            low, high = written(one.lower, places), written(one.upper, places)
            between = say("fmt.range", low=low, high=high)
        row = [name_of(gain.path), written(one.mean, places), between]
        row[0] = say("marginal.row", what=row[0], number=str(gain.number))
        if priced:
            row += [signed(gain.cost_a_year), _bought(gain)]
        rows.append(tuple(row))
    return Table(tuple(header), tuple(rows))


def _bought(gain: Gain) -> str:
    """Return what a million buys; nothing where the gain itself is not clear of zero."""
    clear = gain.ranked.lower > 0 or gain.ranked.upper < 0
    return _digits(gain.per_million) if clear else say("ui.not_relevant")


def _outcome(findings: Findings) -> str:
    about = findings.about
    return outcome_said(marginal_of(findings).outcome, f"{about.deadline_days:g}")


def _places(gains: Sequence[Gain]) -> int:
    """Return the decimals of all numbers: enough to see which ranges are clear of zero."""
    ranked = [gain.ranked for gain in gains]
    places = decimals([(r.upper - r.lower) / 2 for r in ranked], [r.mean for r in ranked])
    steps = [clear_of_zero(r.lower, r.upper, 10.0**-places) for r in ranked]
    return max([places, *(round(-math.log10(step)) for step in steps)])


def _ranged(gain: Gain) -> tuple[str, str, str]:
    one = gain.ranked
    places = _places([gain])
    return written(one.mean, places), written(one.lower, places), written(one.upper, places)


def _digits(value: float) -> str:
    """Return a number in two digits, or that it is not relevant."""
    if not math.isfinite(value):
        return say("ui.not_relevant")
    far = math.floor(math.log10(abs(value))) if value else 0
    return round_to_range(value, 10.0 ** min(far - FEWEST_DIGITS + 1, 0))
