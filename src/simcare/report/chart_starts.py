"""When treatment starts: rising curves since first asking, with the deadline."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from matplotlib.axes import Axes

from simcare.analysis.curves import Band
from simcare.report import chart_lines, palette
from simcare.report.chart_lines import EndLabel, Line
from simcare.report.drawing import (
    POINT,
    WIDE,
    Chart,
    Table,
    apart,
    day_ticks,
    shown,
    size_of,
    span,
    spread,
    text_width,
    tidy,
    whole,
)
from simcare.report.svg import styled
from simcare.report.words import capital, count, headings, listed, paragraph, say

HEADER = (
    "chart.starts.days",
    "policy",
    "chart.starts.started",
    "chart.interval",
    "chart.starts.bed",
)
TABLE_DAYS = (30.0, 60.0, 90.0, 120.0, 180.0, 365.0)
ALIKE = 0.5  # people of 100 that no reader can see


@dataclass(frozen=True)
class Starts:
    """Two curves of a policy since asking: treatment started, and in a bed if that is known."""

    policy: str
    started: Band
    in_bed: Band | None = None


@styled
def treatment_starts(
    policies: Sequence[Starts],
    deadline: float,
    deadline_name: str = "",
    width: float = WIDE,
) -> Chart:
    """Draw how many of 100 have started treatment, by days; the first policy is the base.

    ``deadline_name`` is the legal name of the deadline, if it has one.
    """
    days = whole(deadline)
    lines = [Line(p.policy, p.started) for p in policies if chart_lines.has_line(p.started)]
    until = _last_day(lines, deadline)
    labels = _labels(policies, until)
    room = chart_lines.label_room([label.text for label in labels], 1.35 if width > 5 else 0.85)
    height = 3.0 if width > 5 else 2.9
    figure, axes = chart_lines.frame(width, height, 0.36, room, 0.46, 0.46)
    axes.set_xlim(0, until)
    axes.set_ylim(0, _top(lines))
    tidy(axes, "y", say("chart.starts.x"), say("chart.people_of_100"))
    day_ticks(axes, until)
    for k, policy in enumerate(policies):
        if policy.in_bed is not None:
            chart_lines.draw(axes, k, policy.in_bed, thin=True)
        chart_lines.draw(axes, k, policy.started)
    if lines:
        _mark_deadline(axes, policies, deadline, deadline_name or say("chart.starts.the_deadline"))
    else:
        axes.text(0.5, 0.5, say("chart.nobody"), transform=axes.transAxes, ha="center")
    chart_lines.label_ends(axes, labels, until, room)
    every = [Line(p.policy, p.started) for p in policies]
    thin = say("chart.starts.thin") if any(p.in_bed is not None for p in policies) else ""
    subtitle = paragraph(say("chart.starts.subtitle"), thin, chart_lines.range_said(every))
    at = [_at(line.band, deadline) for line in lines]
    title, seen = _words(lines, at, days)
    alt = say("chart.starts.alt", chart=say("alt.line_chart"))
    alt = paragraph(alt, seen, say("alt.in_table"))
    table = Table(headings(*HEADER), tuple(_rows(policies, deadline)))
    return Chart(title, subtitle, alt, figure, table)


def _at(band: Band, day: float) -> float:
    return float(band.mean[band.at(day)])


def _top(lines: Sequence[Line]) -> float:
    """Return the end of the y-axis: 100, or less where the upper half would stay empty."""
    most = max((float(np.nanmax(line.band.mean)) for line in lines), default=100.0)
    return 100.0 if most > 45 or most <= 0 else min(100.0, 20.0 * np.ceil(most * 1.15 / 20.0))


def _last_day(lines: Sequence[Line], deadline: float) -> float:
    """Return where the axis ends: when 95 of 100 of those who ever start have, or a bit past
    the deadline, but never past what the curves rest on.
    """
    ends, known = [deadline * 1.33], []
    for line in lines:
        band = line.band
        last = np.flatnonzero(np.isfinite(band.mean))[-1]
        reached = np.flatnonzero(band.mean[: last + 1] >= 0.95 * band.mean[last])
        ends.append(float(band.x[reached[0]]) * 1.1)
        known.append(float(band.x[last]))
    step = 30.0 if max(ends) > 60 else 5.0
    return float(min(step * np.ceil(max(ends) / step), max(known, default=365.0) or deadline))


def _labels(policies: Sequence[Starts], until: float) -> list[EndLabel]:
    result = []
    for k, p in enumerate(policies):
        role = palette.role(k)
        y = chart_lines.end_value(p.started, until)
        result.append(EndLabel(capital(p.policy), y, role.text, role.bold))
        if p.in_bed is not None:
            y = chart_lines.end_value(p.in_bed, until)
            result.append(EndLabel(say("chart.starts.in_a_bed", policy=p.policy), y, role.text))
    return result


def _mark_deadline(
    axes: Axes, policies: Sequence[Starts], deadline: float, deadline_name: str
) -> None:
    """Draw the deadline, with how many have started by then."""
    axes.axvline(deadline, color=palette.INK, linewidth=1.0, zorder=2)
    name = say("chart.starts.deadline", days=whole(deadline), name=deadline_name)
    width = size_of(axes)[0]
    left = deadline / axes.get_xlim()[1] * width - text_width(name) / 2
    crowded = (
        left < text_width(say("chart.people_of_100")) + 0.1
    )  # then one line higher than the name of the axis
    axes.annotate(
        name, (deadline, 1.0), xycoords=("data", "axes fraction"), xytext=(0, 17 if crowded else 3),
        textcoords="offset points", ha="center", va="bottom", annotation_clip=False,
    )  # fmt: skip
    found = [(_at(p.started, deadline), k) for k, p in enumerate(policies)]
    found = sorted((y, k) for y, k in found if np.isfinite(y))
    numbers = shown(*(y for y, _ in found))
    inch = size_of(axes)[1] / axes.get_ylim()[1]  # of one of 100
    below = apart([y * inch - 0.1 for y, _ in found[:-1]], [0.15] * (len(found) - 1), 0.0, 9.0)
    for rank, ((y, k), number) in enumerate(zip(found, numbers, strict=True)):
        role = palette.role(k)
        face = role.colour if role.filled else palette.WHITE
        axes.plot(
            [deadline], [y], role.marker, color=role.colour, markerfacecolor=face, markersize=6,
            zorder=4,
        )  # fmt: skip
        above = rank == len(found) - 1
        at = (-5.0, 5.0) if above else (6.0, (below[rank] - y * inch) / POINT)
        axes.annotate(
            number, (deadline, y), xytext=at, textcoords="offset points",
            ha="right" if above else "left", va="bottom" if above else "center",
            color=role.text, weight="bold", zorder=5,
        )  # fmt: skip


def _words(lines: Sequence[Line], at: Sequence[float], days: str) -> tuple[str, str]:
    """Return the title and what is seen, said as the numbers are."""
    if not lines:
        return say("chart.nobody"), say("chart.nobody")
    if not np.isfinite(at).any():
        return say("chart.too_short", days=days), say("chart.too_short", days=days)
    numbers = shown(*at)
    after, before = numbers[-1], numbers[0]
    policy, base = lines[-1].policy, lines[0].policy
    if len(lines) != 2:
        title = count("chart.starts.alone", spread(numbers, at), d=days)
        each = zip(numbers, lines, strict=True)
        every = [say("chart.starts.alt_policy", d=days, after=n, policy=p.policy) for n, p in each]
        return title, paragraph(*every)
    if abs(at[-1] - at[0]) < ALIKE:
        both = listed(list(dict.fromkeys(numbers)))
        title = say("chart.starts.same", d=days, n=after)
        return title, say("chart.starts.alt_same", d=days, numbers=both)
    seen = say(
        "chart.starts.alt_policies",
        d=days, after=after, policy=policy, before=before, base=base,
    )  # fmt: skip
    return say("title.start", d=days, a=after, b=before), seen


def _rows(policies: Sequence[Starts], deadline: float) -> list[tuple[str, ...]]:
    """Return the table: the days that people ask about, the deadline among them."""
    result: list[tuple[str, ...]] = []
    for day in sorted({*TABLE_DAYS, deadline}):
        at = [p.started.at(day) for p in policies]
        numbers = shown(*(float(p.started.mean[k]) for p, k in zip(policies, at, strict=True)))
        for p, k, number in zip(policies, at, numbers, strict=True):
            bed = float("nan") if p.in_bed is None else float(p.in_bed.mean[k])
            chance = span(float(p.started.lower[k]), float(p.started.upper[k]), decimals=1)
            result.append((whole(day), p.policy, number, chance, whole(bed)))
    return result
