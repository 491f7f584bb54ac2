"""Relapse after discharge: rising steps with bands, and how many are still followed below."""

from collections.abc import Sequence

import numpy as np
from matplotlib.axes import Axes
from numpy.typing import NDArray

from simcare.report import chart_lines, palette
from simcare.report.chart_lines import EndLabel, Line
from simcare.report.drawing import (
    NORMAL,
    WIDE,
    Chart,
    Table,
    shorten,
    shown,
    size_of,
    span,
    spread,
    tidy,
    whole,
)
from simcare.report.svg import styled
from simcare.report.words import capital, count, headings, listed, paragraph, say

MONTHS = ((91.0, "3"), (182.0, "6"), (365.0, "12"), (730.0, "24"))
HEADER = (
    "chart.relapse.within",
    "policy",
    "chart.relapse.relapsed",
    "chart.interval",
    "at_risk",
)
MONTH = 365.0 / 12
ALIKE = 1.0  # people of 100; below it the curves count as the same


@styled
def relapse_after_discharge(lines: Sequence[Line]) -> Chart:
    """Draw who has relapsed by time since discharge; the first policy is the base."""
    known = [line for line in lines if chart_lines.has_line(line.band)]
    drawn = [line for line in known if _end(line) > 0]  # one point is no line
    until = max((_end(line) for line in drawn), default=365.0)
    labels = [
        EndLabel(
            capital(line.policy), chart_lines.end_value(line.band, until),
            palette.role(k).text, palette.role(k).bold,
        )
        for k, line in enumerate(lines)
    ]  # fmt: skip
    room = chart_lines.label_room([label.text for label in labels], 1.35)
    below = 0.75 + 0.17 * len(drawn)
    figure, axes = chart_lines.frame(WIDE, 2.5 + below, 0.42, room, 0.4, below)
    axes.set_xlim(0, until)
    axes.set_ylim(0, 100)
    tidy(axes, "y", say("chart.relapse.x"), say("chart.people_of_100"))
    ticks = np.arange(0, until / MONTH + 1e-9, 3 if until <= 500 else 6)
    axes.set_xticks(ticks * MONTH, [whole(float(t)) for t in ticks])
    for k, line in enumerate(lines):
        chart_lines.draw(axes, k, line.band, steps=True)
    if drawn:
        _followed(axes, lines, ticks, room)
    else:
        axes.text(0.5, 0.5, say("chart.nobody"), transform=axes.transAxes, ha="center")
    chart_lines.label_ends(axes, labels, until, room)
    subtitle = paragraph(say("chart.relapse.subtitle"), chart_lines.range_said(lines))
    rows = tuple(row for line in drawn for row in _rows(line))
    said = [_spoken(line) for line in drawn] or [say("chart.nobody")]
    alt = paragraph(say("chart.relapse.alt"), *said, say("alt.in_table"))
    return Chart(_title(drawn), subtitle, alt, figure, Table(headings(*HEADER), rows))


def _end(line: Line) -> float:
    """Return the last day on which the curve rests on enough people."""
    return float(line.band.x[np.flatnonzero(np.isfinite(line.band.mean))[-1]])


def _followed(axes: Axes, lines: Sequence[Line], ticks: NDArray[np.float64], room: float) -> None:
    """Write under the axis how many are still followed, mean over replications."""
    width, height = size_of(axes)
    top = -0.55
    axes.text(
        0, top / height, capital(say("at_risk")), transform=axes.transAxes, color=palette.QUIET,
        va="center",
    )  # fmt: skip
    shown_lines = [(k, line) for k, line in enumerate(lines) if chart_lines.has_line(line.band)]
    for rank, (k, line) in enumerate(shown_lines, 1):
        role, y = palette.role(k), (top - 0.17 * rank) / height
        weight = "bold" if role.bold else "normal"
        for t in ticks:
            day = float(t) * MONTH
            number = float(line.band.at_risk[line.band.at(day)])
            axes.text(
                day, y, whole(number) if np.isfinite(number) else "",
                transform=axes.get_xaxis_transform(),
                ha="left" if t == 0 else "center", va="center", color=role.text, weight=weight,
            )  # fmt: skip
        name = shorten(capital(line.policy), room - 0.2, NORMAL, role.bold)
        axes.text(
            1.0 + 0.15 / width, y, name, transform=axes.transAxes, va="center",
            color=role.text, weight=weight,
        )  # fmt: skip


def _known(line: Line) -> list[tuple[float, str, float]]:
    """Return the months at which the curve can be read: day, words, people of 100."""
    found = [
        (day, count("unit.month", months), float(line.band.mean[line.band.at(day)]))
        for day, months in MONTHS
    ]
    return [(d, w, v) for d, w, v in found if np.isfinite(v) and d <= line.band.x[-1] + 1]


def _title(lines: Sequence[Line]) -> str:
    """Say what has happened by the last of 3, 6 and 12 months that all curves reach."""
    if not lines:
        return say("chart.nobody")
    common = [w for d, w, _ in _known(lines[0]) if d <= 365 and all(w in _words(o) for o in lines)]
    month = common[-1] if common else say("chart.relapse.first_days")
    values = [
        next((v for _, w, v in _known(line) if w == month), chart_lines.end_value(line.band, 0.0))
        for line in lines
    ]
    numbers = shown(*values)
    after, before = numbers[-1], numbers[0]
    if len(lines) != 2:
        return count("chart.relapse.alone", spread(numbers, values), month=month)
    if abs(values[-1] - values[0]) < ALIKE:
        return say("chart.relapse.same", n=after, month=month)
    policy = lines[-1].policy
    return count("chart.relapse.more", after, month=month, policy=policy, before=before)


def _words(line: Line) -> list[str]:
    return [word for _, word, _ in _known(line)]


def _spoken(line: Line) -> str:
    points = [
        say("chart.relapse.alt_point", n=whole(value), month=month)
        for _, month, value in _known(line)
    ]
    if not points:
        return say("chart.of_nobody", policy=capital(line.policy))
    return say("chart.relapse.alt_policy", policy=capital(line.policy), numbers=listed(points))


def _rows(line: Line) -> list[tuple[str, ...]]:
    result: list[tuple[str, ...]] = []
    for day, word, value in _known(line):
        b = line.band
        k = b.at(day)
        chance = span(float(b.lower[k]), float(b.upper[k]), decimals=1)
        result.append((word, line.policy, whole(value), chance, whole(float(b.at_risk[k]))))
    return result
