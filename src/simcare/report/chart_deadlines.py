"""Breaches of a deadline by calendar month, with the 95 % range of the mean."""

from collections.abc import Sequence

import numpy as np
from matplotlib.axes import Axes

from simcare.report import chart_lines, palette
from simcare.report.chart_lines import EndLabel, Line
from simcare.report.drawing import (
    WIDE,
    Chart,
    Table,
    shown,
    span,
    spread,
    tidy,
    whole,
)
from simcare.report.svg import styled
from simcare.report.words import capital, count, headings, paragraph, say

HEADER = ("chart.breaches.month", "policy", "chart.breaches.y", "chart.breaches.range")
MONTHS = 12  # in a year
MOST_ROWS = 24  # months of which the table holds every one; of more it holds each quarter's first
MOST_TICKS = 6
ALIKE = 0.05  # of the base, or of a breach


def month_of(number: float) -> str:
    """Return a month by its number, twelve times the year and the month from 0: "2021-03"."""
    year, month = divmod(int(number), MONTHS)
    return f"{year:04d}-{month + 1:02d}"


@styled
def breaches(lines: Sequence[Line], what: str) -> Chart:
    """Draw the breaches of a deadline by calendar month, the numbers of months as ``month_of``."""
    drawn = [line for line in lines if chart_lines.has_line(line.band)]
    first = min((float(line.band.x[0]) for line in drawn), default=0.0)
    last = max((float(line.band.x[-1]) for line in drawn), default=first + MONTHS)
    labels = [
        EndLabel(
            capital(line.policy), chart_lines.end_value(line.band, last),
            palette.role(k).text, palette.role(k).bold,
        )
        for k, line in enumerate(lines)
    ]  # fmt: skip
    room = chart_lines.label_room([label.text for label in labels], 1.35)
    figure, axes = chart_lines.frame(WIDE, 2.9, 0.42, room, 0.3, 0.46)
    axes.set_xlim(first, max(last, first + 1))
    axes.set_ylim(0, _top(drawn))
    tidy(axes, "y", say("chart.breaches.x"), say("chart.breaches.y"))
    _ticks(axes, first, last)
    for k, line in enumerate(lines):
        chart_lines.draw(axes, k, line.band)
    if not drawn:
        axes.text(0.5, 0.5, say("chart.breaches.nothing"), transform=axes.transAxes, ha="center")
    chart_lines.label_ends(axes, labels, last, room)
    subtitle = say("chart.breaches.subtitle", what=what)
    averages = shown(*(_mean(line) for line in drawn))
    told = list(zip(drawn, averages, strict=True))
    said = [_spoken(line, mean) for line, mean in told] or [say("chart.breaches.nothing")]
    alt = say("chart.breaches.alt", chart=say("alt.line_chart"), what=what)
    alt = paragraph(alt, *said, say("alt.in_table"))
    table = Table(headings(*HEADER), tuple(r for line, mean in told for r in _rows(line, mean)))
    subtitle = paragraph(subtitle, chart_lines.range_said(lines))
    return Chart(_title(drawn, averages, what), subtitle, alt, figure, table)


def _ticks(axes: Axes, first: float, last: float) -> None:
    """Put ticks at Januaries or, where these are too few, at months evenly apart."""
    step = next(
        s for s in (1, 2, 3, 6, MONTHS, *range(24, 10_000, MONTHS)) if _fits(first, last, s)
    )
    at = np.arange(np.ceil(first / step) * step, last + 1e-9, step)
    years = step % MONTHS == 0
    axes.set_xticks(at, [month_of(x)[:4] if years else month_of(x) for x in at])


def _fits(first: float, last: float, step: int) -> bool:
    return (last - first) / step < MOST_TICKS


def _top(lines: Sequence[Line]) -> float:
    ends = [np.nanmax(np.append(line.band.upper, line.band.mean)) for line in lines]
    return max(float(max(ends, default=1.0)) * 1.08, 1.0)


def _mean(line: Line) -> float:
    return float(np.nanmean(line.band.mean))


def _title(lines: Sequence[Line], numbers: Sequence[str], what: str) -> str:
    """Say under which policy there are more breaches."""
    if not lines:
        return say("chart.breaches.nothing")
    means = [_mean(line) for line in lines]
    policy, after, before = lines[-1].policy, numbers[-1], numbers[0]
    if len(lines) != 2:
        return count("chart.breaches.alone", spread(numbers, means), what=what)
    if abs(means[-1] - means[0]) < max(ALIKE * means[0], ALIKE):
        return say("chart.breaches.same", what=what, after=after)
    key = "chart.breaches.more" if means[-1] > means[0] else "chart.breaches.fewer"
    return say(key, what=what, policy=policy, after=after, before=before)


def _write(value: float) -> str:
    return shown(value, value + 0.1)[0] if abs(value) < 9 else whole(value)


def _spoken(line: Line, mean: str) -> str:
    band = line.band
    return say(
        "chart.breaches.alt_policy",
        policy=capital(line.policy),
        first=_write(float(band.mean[0])),
        start=month_of(band.x[0]),
        last=_write(float(band.mean[-1])),
        end=month_of(band.x[-1]),
        mean=mean,
    )


def _rows(line: Line, mean: str) -> list[tuple[str, ...]]:
    band = line.band
    result: list[tuple[str, ...]] = []
    ends = (0, len(band.x) - 1)
    for k, month in enumerate(band.x):
        if len(band.x) <= MOST_ROWS or k in ends or int(month) % 3 == 0:
            low, high = float(band.lower[k]), float(band.upper[k])
            ranged = span(low, high, decimals=int(high < 10))
            result.append((month_of(month), line.policy, _write(float(band.mean[k])), ranged))
    average = say("chart.breaches.average")
    result.append((average, line.policy, mean, say("ui.not_relevant")))
    return result
