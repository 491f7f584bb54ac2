"""People waiting over time, by month, with the range of 9 in 10 simulated runs."""

from collections.abc import Callable, Sequence

import numpy as np
from numpy.typing import NDArray

from simcare.report import chart_lines, palette
from simcare.report.chart_digits import title
from simcare.report.chart_lines import EndLabel, Line
from simcare.report.drawing import (
    WIDE,
    Chart,
    Table,
    people,
    size_of,
    span,
    spread,
    tenth,
    text_width,
    tidy,
    whole,
)
from simcare.report.svg import styled
from simcare.report.words import capital, count, headings, listed, paragraph, say

Write = Callable[[float], str]
HEADER = ("chart.waiting.month", "policy", "chart.waiting.y", "chart.waiting.runs")


@styled
def people_waiting(lines: Sequence[Line], what: str, start: float = 0.0) -> Chart:
    """Draw the people waiting by month; outcomes count from month ``start`` on."""
    drawn = [line for line in lines if chart_lines.has_line(line.band)]
    until = max((float(line.band.x[-1]) for line in drawn), default=12.0)
    labels = [
        EndLabel(
            capital(line.policy), chart_lines.end_value(line.band, until),
            palette.role(k).text, palette.role(k).bold,
        )
        for k, line in enumerate(lines)
    ]  # fmt: skip
    room = chart_lines.label_room([label.text for label in labels], 1.35)
    figure, axes = chart_lines.frame(WIDE, 2.9, 0.42, room, 0.46, 0.46)
    axes.set_xlim(0, until)
    axes.set_ylim(0, _top(drawn))
    tidy(axes, "y", say("chart.waiting.x"), say("chart.waiting.y"))
    axes.set_xticks(np.arange(0, until + 1e-9, 12 if until <= 66 else 24))
    if drawn and start > 0:
        axes.axvline(start, color=palette.INK, linewidth=1.0)
        crowded = start / until * size_of(axes)[0] < text_width(say("chart.waiting.y")) + 0.1
        axes.annotate(
            say("chart.waiting.counted"), (start, 1.0), xycoords=("data", "axes fraction"),
            xytext=(0, 17 if crowded else 3), textcoords="offset points", va="bottom", ha="left",
            annotation_clip=False,
        )  # fmt: skip
    for k, line in enumerate(lines):
        chart_lines.draw(axes, k, line.band, years=True)
    if not drawn:
        axes.text(0.5, 0.5, say("chart.nobody"), transform=axes.transAxes, ha="center")
    chart_lines.label_ends(axes, labels, until, room)
    first = int(np.ceil(start)) + 1 if start > 0 else 1
    counted = say("chart.waiting.subtitle", what=what)
    without = [line.policy for line in lines if drawn and not chart_lines.has_line(line.band)]
    absent = say("chart.waiting.absent", policies=listed(without)) if without else ""
    subtitle = paragraph(counted, absent, chart_lines.range_said(lines, years=True))
    write = tenth if people([_mean(line, first) for line in drawn]) else whole
    said = [_spoken(line, first, write) for line in drawn] or [say("chart.nobody")]
    alt = say("chart.waiting.alt", chart=say("alt.line_chart"), what=what)
    alt = paragraph(alt, *said, say("alt.in_table"))
    table = Table(headings(*HEADER), tuple(_rows(drawn, first, write)))
    said_first = _title(drawn, what, first, write, two=len(lines) == 2)
    return Chart(said_first, subtitle, alt, figure, table)


def _top(lines: Sequence[Line]) -> float:
    ends = [np.nanmax(np.append(line.band.high, line.band.mean)) for line in lines]
    return max(float(max(ends, default=1.0)) * 1.08, 1.0)


def _counted(line: Line, first: int) -> NDArray[np.float64]:
    """Return the monthly means from the first month that counts; all if none is left."""
    means = line.band.mean[line.band.x >= first]
    return means if len(means) else line.band.mean


def _mean(line: Line, first: int) -> float:
    return line.mean if np.isfinite(line.mean) else float(np.nanmean(_counted(line, first)))


def _title(lines: Sequence[Line], what: str, first: int, write: Write, *, two: bool) -> str:
    """Say who of ``two`` has more waiting; where a list never settles, say that instead.

    Of several that grow it names the longest, and one that is longer still though it does not
    clearly grow.
    """
    if not lines:
        return say("chart.nobody")
    growing = [line for line in lines if line.grows]
    if len(growing) > 1 and len(growing) == len(lines):
        return say("chart.waiting.all_grow", what=what)
    means = [_mean(line, first) for line in lines]
    longest = lines[means.index(max(means))]
    if growing:
        worst = max(growing, key=lambda line: _mean(line, first))
        alone = say("chart.waiting.grows", what=what, policy=worst.policy)
        if worst is longest:
            return alone
        names = {"what": what, "policy": worst.policy, "other": longest.policy}
        both = capital(say("chart.waiting.grows_but", **names))
        short = {name: text for name, text in names.items() if name != "what"}
        return title(both, say("chart.waiting.grows_but_short", **short))
    numbers = [write(mean) for mean in means]
    policy, after, before = lines[-1].policy, numbers[-1], numbers[0]
    if not two or len(lines) != 2:
        return count("chart.waiting.alone", spread(numbers, means), what=what)
    if abs(means[-1] - means[0]) < max(0.05 * means[0], 0.05):
        return say("chart.waiting.same", what=what, after=after)
    key = "chart.waiting.longer" if means[-1] > means[0] else "chart.waiting.shorter"
    return say(key, what=what, policy=policy, after=after, before=before)


def _month(line: Line, month: float) -> float:
    return float(line.band.mean[line.band.at(month)])


def _spoken(line: Line, first: int, write: Write) -> str:
    end = float(line.band.x[-1])
    begin = min(float(first), end)
    return say(
        "chart.waiting.alt_policy",
        policy=capital(line.policy),
        first=write(_month(line, begin)),
        start=whole(begin),
        last=write(_month(line, end)),
        end=whole(end),
        mean=write(_mean(line, first)),
    )


def _rows(lines: Sequence[Line], first: int, write: Write) -> list[tuple[str, ...]]:
    result: list[tuple[str, ...]] = []
    average = say("chart.waiting.average")
    for line in lines:
        band = line.band
        end = float(band.x[-1])
        for month in sorted({min(float(first), end), end, *np.arange(6.0, end, 6.0)}):
            k = band.at(month)
            low, high = float(band.low[k]), float(band.high[k])
            ranged = span(low, high, decimals=int(write is tenth))
            result.append((whole(month), line.policy, write(_month(line, month)), ranged))
        result.append((average, line.policy, write(_mean(line, first)), say("ui.not_relevant")))
    return result
