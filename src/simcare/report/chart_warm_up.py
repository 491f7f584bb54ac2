"""A list over time, from when on outcomes count, and from when on they should."""

import math
from collections.abc import Callable, Sequence

import numpy as np
from matplotlib.axes import Axes

from simcare.analysis.timeline import MONTH_DAYS
from simcare.analysis.warm_up import Settled, WarmUp
from simcare.report import chart_lines, palette
from simcare.report.chart_lines import EndLabel, Line
from simcare.report.drawing import (
    WIDE,
    Chart,
    Table,
    people,
    size_of,
    tenth,
    text_width,
    tidy,
    whole,
)
from simcare.report.svg import styled
from simcare.report.words import capital, headings, paragraph, say

HEADER = ("chart.waiting.month", "policy", "chart.waiting.y")
TITLES = {
    Settled.ENOUGH: "chart.warm_up.enough",
    Settled.TOO_SHORT: "chart.warm_up.too_short",
    Settled.RUN_TOO_SHORT: "chart.warm_up.run_too_short",
    Settled.UNSTEADY: "chart.warm_up.unsteady",
}
EVERY_MONTHS = 6.0


@styled
def warm_up(lines: Sequence[Line], found: WarmUp, had_days: float) -> Chart:
    """Draw the people waiting by month, where the warm-up ends, and where it should.

    ``found`` is what the list says of it, the worst of the policies that ``lines`` are of;
    ``had_days`` is how long it was.
    """
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
    figure, axes = chart_lines.frame(WIDE, 3.0, 0.42, room, 0.72, 0.46)
    highest = (np.nanmax(np.append(line.band.high, line.band.mean)) for line in drawn)
    top = max(map(float, highest), default=1.0)
    axes.set_xlim(0, until)
    axes.set_ylim(0, max(top * 1.08, 1.0))
    tidy(axes, "y", say("chart.waiting.x"), say("chart.waiting.y"))
    axes.set_xticks(np.arange(0, until + 1e-9, 12 if until <= 66 else 24))
    for k, line in enumerate(lines):
        if chart_lines.has_line(line.band):
            chart_lines.draw(axes, k, line.band, years=True)
    if had_days > 0:
        _mark(axes, had_days, say("chart.waiting.counted"), 31)
    if math.isfinite(found.days):
        _mark(axes, found.days, say("chart.warm_up.cut"), 18, dashed=True)
    chart_lines.label_ends(axes, labels, until, room)
    what = found.capacity.replace("_", " ")
    write = tenth if people([chart_lines.end_value(line.band, until) for line in drawn]) else whole
    said = say(TITLES[found.verdict], **_values(found, what, had_days))
    subtitle = paragraph(
        say("chart.warm_up.subtitle", what=what), chart_lines.range_said(lines, years=True)
    )
    alt = say("chart.warm_up.alt", chart=say("alt.line_chart"), what=what)
    spoken = [
        say(
            "chart.warm_up.alt_policy", policy=capital(line.policy),
            last=write(chart_lines.end_value(line.band, until)), end=whole(until),
        )
        for line in drawn
    ]  # fmt: skip
    alt = paragraph(alt, *spoken, f"{said}.", say("alt.in_table"))
    rows = [row for line in drawn for row in _rows(line, write)]
    rows += [(say("chart.warm_up.had"), say("ui.not_relevant"), whole(had_days))]
    rows += [(say("chart.warm_up.recommended"), say("ui.not_relevant"), whole(found.days))]
    return Chart(said, subtitle, alt, figure, Table(headings(*HEADER), tuple(rows)))


def _values(found: WarmUp, what: str, had_days: float) -> dict[str, str]:
    """Return what the title of a verdict has places for."""
    if math.isfinite(found.days):
        return {"had": whole(had_days), "days": whole(found.days)}
    return {"what": what}


def _mark(axes: Axes, days: float, text: str, above: float, *, dashed: bool = False) -> None:
    """Mark a day by a line over the height of the axes; say what it is so many points above them.

    Each mark has a height of its own, above the name of the axis: no two texts touch.
    """
    x, (low, high) = days / MONTH_DAYS, axes.get_xlim()
    axes.axvline(x, color=palette.INK, linewidth=1.0, linestyle=(0, (4, 2)) if dashed else "-")
    left = (x - low) / (high - low) * size_of(axes)[0]
    room = size_of(axes)[0] - left
    ends = room < text_width(text) and left > text_width(text)
    axes.annotate(
        text, (x, 1.0), xycoords=("data", "axes fraction"),
        xytext=(-2 if ends else 2, above), textcoords="offset points",
        va="bottom", ha="right" if ends else "left", annotation_clip=False,
    )  # fmt: skip


def _rows(line: Line, write: Callable[[float], str]) -> list[tuple[str, ...]]:
    """Return a policy's rows: every half year, and the last month."""
    band = line.band
    end = float(band.x[-1])
    months = sorted({end, *np.arange(EVERY_MONTHS, end, EVERY_MONTHS)})
    return [(whole(m), line.policy, write(float(band.mean[band.at(m)]))) for m in months]
