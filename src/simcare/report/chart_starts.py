"""When treatment starts: rising curves since first asking, with the deadline."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from matplotlib.axes import Axes

from simcare.analysis.curves import Band
from simcare.report import chart_lines, palette
from simcare.report.chart_lines import EndLabel, Line
from simcare.report.chart_words import IN_THE_TABLE, NO_RANGE, NOTHING, RANGE_CHANCE
from simcare.report.drawing import (
    WIDE,
    Chart,
    Table,
    capital,
    day_ticks,
    shown,
    size_of,
    span,
    text_width,
    tidy,
    whole,
)
from simcare.report.svg import styled

MORE = "After {days} days, {after} of 100 have started, against {before}"
SAME = "After {days} days, about {after} of 100 have started either way"
ALONE = "After {days} days, {after} of 100 have started treatment"
SUBTITLE = (
    "People of 100 who asked for help who have started treatment, by days since they first asked; "
    "thin lines: in a bed. {range}"
)
ALT = "Rising curves of people who have started treatment, by days since they first asked. {parts}"
ALT_SAME = "After {days} days the curves are as good as equal: {numbers} of 100."
ALT_HIGHER = "After {days} days {first} of 100 have started with {policy}, {numbers} with {base}."
ALT_ALONE = "After {days} days {first} of 100 have started with {policy}."
X_NAME, Y_NAME = "Days since first asking", "People of 100"
DEADLINE = "{days} days: {name}"
IN_A_BED = "in a bed, {policy}"
HEADER = ("Days", "Policy", "Started (of 100)", "95 % range", "In a bed (of 100)")
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
    deadline_name: str = "the deadline",
    width: float = WIDE,
) -> Chart:
    """Draw how many of 100 have started treatment, by days; the first policy is the base."""
    days = whole(deadline)
    lines = [Line(p.policy, p.started) for p in policies if chart_lines.has_line(p.started)]
    until = _last_day(lines, deadline)
    labels = _labels(policies, until)
    room = chart_lines.label_room([label.text for label in labels], 1.35 if width > 5 else 0.85)
    height = 3.0 if width > 5 else 2.9
    figure, axes = chart_lines.frame(width, height, 0.36, room, 0.46, 0.46)
    axes.set_xlim(0, until)
    axes.set_ylim(0, _top(lines))
    tidy(axes, "y", X_NAME, Y_NAME)
    day_ticks(axes, until)
    for k, policy in enumerate(policies):
        if policy.in_bed is not None:
            chart_lines.draw(axes, k, policy.in_bed, thin=True)
        chart_lines.draw(axes, k, policy.started)
    if lines:
        _mark_deadline(axes, policies, deadline, deadline_name)
    else:
        axes.text(0.5, 0.5, NOTHING, transform=axes.transAxes, ha="center")
    chart_lines.label_ends(axes, labels, until, room)
    ranged = any(chart_lines.has_range(line.band) for line in lines)
    subtitle = SUBTITLE.format(range=RANGE_CHANCE if ranged else NO_RANGE)
    at = [_at(line.band, deadline) for line in lines]
    title, alt = _words(lines, at, days)
    table = Table(HEADER, tuple(_rows(policies, deadline)))
    return Chart(title, subtitle, ALT.format(parts=f"{alt} {IN_THE_TABLE}"), figure, table)


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
    return float(min(step * np.ceil(max(ends) / step), max(known, default=365.0)))


def _labels(policies: Sequence[Starts], until: float) -> list[EndLabel]:
    result = []
    for k, p in enumerate(policies):
        role = palette.role(k)
        y = chart_lines.end_value(p.started, until)
        result.append(EndLabel(capital(p.policy), y, role.text, role.bold))
        if p.in_bed is not None:
            y = chart_lines.end_value(p.in_bed, until)
            result.append(EndLabel(IN_A_BED.format(policy=p.policy), y, role.text))
    return result


def _mark_deadline(
    axes: Axes, policies: Sequence[Starts], deadline: float, deadline_name: str
) -> None:
    """Draw the deadline, with how many have started by then."""
    axes.axvline(deadline, color=palette.INK, linewidth=1.0, zorder=2)
    name = DEADLINE.format(days=whole(deadline), name=deadline_name)
    width = size_of(axes)[0]
    left = deadline / axes.get_xlim()[1] * width - text_width(name) / 2
    crowded = left < text_width(Y_NAME) + 0.1  # then one line higher than the name of the axis
    axes.annotate(
        name, (deadline, 1.0), xycoords=("data", "axes fraction"), xytext=(0, 17 if crowded else 3),
        textcoords="offset points", ha="center", va="bottom", annotation_clip=False,
    )  # fmt: skip
    found = [(_at(p.started, deadline), k) for k, p in enumerate(policies)]
    found = sorted((y, k) for y, k in found if np.isfinite(y))
    numbers = shown(*(y for y, _ in found))
    for rank, ((y, k), number) in enumerate(zip(found, numbers, strict=True)):
        role = palette.role(k)
        face = role.colour if role.filled else palette.WHITE
        axes.plot(
            [deadline], [y], role.marker, color=role.colour, markerfacecolor=face, markersize=6,
            zorder=4,
        )  # fmt: skip
        above = rank == len(found) - 1
        axes.annotate(
            number, (deadline, y), xytext=(-5, 5) if above else (6, -4),
            textcoords="offset points", ha="right" if above else "left",
            va="bottom" if above else "top", color=role.text, weight="bold", zorder=5,
        )  # fmt: skip


def _words(lines: Sequence[Line], at: Sequence[float], days: str) -> tuple[str, str]:
    """Return the title and what is seen, said as the numbers are."""
    if not lines:
        return NOTHING, NOTHING
    numbers = shown(*at)
    first = {"days": days, "first": numbers[-1], "policy": lines[-1].policy}
    if len(lines) == 1:
        return ALONE.format(days=days, after=numbers[0]), ALT_ALONE.format(**first)
    if abs(at[-1] - at[0]) < ALIKE:
        listed = ", ".join(dict.fromkeys(numbers))
        title = SAME.format(days=days, after=numbers[-1])
        return title, ALT_SAME.format(days=days, numbers=listed)
    title = MORE.format(days=days, after=numbers[-1], before=numbers[0])
    return title, ALT_HIGHER.format(numbers=numbers[0], base=lines[0].policy, **first)


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
