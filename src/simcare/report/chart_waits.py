"""Waits by stage: how long half and nine in ten wait, for each list and each clock."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from matplotlib.axes import Axes

from simcare.analysis.comparison import SummaryRow
from simcare.report import palette
from simcare.report.chart_words import CLOCKS, IN_THE_TABLE
from simcare.report.drawing import (
    WIDE,
    Chart,
    Table,
    capital,
    day_ticks,
    new_axes,
    new_figure,
    size_of,
    tidy,
    whole,
    wrap,
)
from simcare.report.svg import styled

LONGEST = "Longest wait with {policy}: {what}, half at most {median} days"
NO_WAIT = "Nobody waits for anything"
NOTHING = "No data: nobody was served"
SUBTITLE = (
    "Days waited by those who were served: dot, half wait at most; line, 9 of 10 wait at most. "
    "Means over repetitions."
)
WITH_QUARTERS = " Thick line: the middle half."
ALT = "Dots with lines: days waited, by stage and policy. {parts} " + IN_THE_TABLE
ALT_ROW = "{what}, {policy}: half wait at most {median} days, 9 of 10 at most {p90}."
HALF, NINE = "half", "9 of 10"
DEADLINE = "{days} days"
HEADER = ("Wait", "Policy", "Half wait at most (days)", "9 of 10 wait at most (days)")
MEDIAN_OF, P90_OF = "half wait at most", "9 of 10 wait at most"
LEAST = 0.5  # days of the longest 90th percentile, below which a stage has no wait to show


@dataclass(frozen=True)
class Wait:
    """Days waited of one stage (or clock) under one policy; nan where not known."""

    what: str
    policy: str
    median: float
    p90: float
    low_quarter: float = math.nan
    high_quarter: float = math.nan


def waits(
    rows: Sequence[SummaryRow],
    policies: Mapping[str, str],
    stages: Mapping[str, str] | None = None,
) -> list[Wait]:
    """Return the clocks since asking and the waits of each stage, from one case's summary."""
    found = {(r.policy, r.outcome.where, r.outcome.name): r.estimate.mean for r in rows}
    names = dict.fromkeys(r.outcome.where for r in rows if r.outcome.name == MEDIAN_OF)
    wanted = [("", f"{clock}: ", word) for clock, word in CLOCKS]
    wanted += [(s, "", (stages or {}).get(s, s.replace("_", " "))) for s in names]
    return [
        Wait(
            word,
            title,
            found.get((policy, where, prefix + MEDIAN_OF), math.nan),
            found.get((policy, where, prefix + P90_OF), math.nan),
        )
        for where, prefix, word in wanted
        for policy, title in policies.items()
    ]


@styled
def waits_by_stage(rows: Sequence[Wait], deadline: float | None = None) -> Chart:
    """Draw a group of rows for each stage, longest first; the first policy is the base."""
    policies = list(dict.fromkeys(row.policy for row in rows))
    groups = _groups(rows)
    known = [row for group in groups for row in group]
    gap, step = 0.14, 0.2
    high = max(sum(len(g) * step + gap for g in groups), 0.5)
    figure = new_figure(WIDE, high + 0.84)
    axes = new_axes(figure, 2.75, 0.46, WIDE - 2.75 - 1.2, high)
    most = max([row.p90 for row in known], default=1.0)
    if deadline is not None and deadline < 1.4 * most:
        most = max(most, deadline)
    axes.set_xlim(0, max(most * 1.04, 1.0))
    axes.set_ylim(0, high)
    tidy(axes, "x", "Days")
    axes.set_yticks([])
    day_ticks(axes, axes.get_xlim()[1])
    _columns(axes, high, deadline if deadline is not None and deadline <= most else None)
    y = high - gap / 2
    for group in groups:
        middle = y - len(group) * step / 2
        _left(axes, wrap(capital(group[0].what), 1.55), middle, 2.7)
        for row in group:
            y -= step
            _row(axes, row, policies.index(row.policy), y + step / 2)
        y -= gap
    title = _title(groups)
    ends = groups if len(groups) < 2 else [groups[0], groups[-1]]
    said = [_spoken(row) for group in ends for row in group]
    quarters = any(math.isfinite(r.low_quarter + r.high_quarter) for r in known)
    subtitle = SUBTITLE + (WITH_QUARTERS if quarters else "")
    table = tuple((capital(r.what), r.policy, whole(r.median), whole(r.p90)) for r in known)
    alt = ALT.format(parts=" ".join(said) or NOTHING)
    return Chart(title, subtitle, alt, figure, Table(HEADER, table))


def _groups(rows: Sequence[Wait]) -> list[list[Wait]]:
    """Return the rows of each stage that has a wait, longest 90th percentile first."""
    groups: dict[str, list[Wait]] = {}
    for row in rows:
        if math.isfinite(row.median + row.p90):
            groups.setdefault(row.what, []).append(row)
    kept = [g for g in groups.values() if max(row.p90 for row in g) >= LEAST]
    return sorted(kept, key=lambda g: -max(row.p90 for row in g))


def _columns(axes: Axes, high: float, deadline: float | None) -> None:
    """Head the columns of numbers, and mark the deadline."""
    low, top = axes.get_xlim()
    inch = (top - low) / size_of(axes)[0]
    for at, word in ((0.5, HALF), (1.1, NINE)):
        axes.text(top + at * inch, high + 0.08, word, ha="right", va="bottom", color=palette.QUIET)
    if deadline is not None:
        axes.axvline(deadline, color=palette.INK, linewidth=1.0, zorder=1)
        word = DEADLINE.format(days=whole(deadline))
        axes.text(deadline, high + 0.08, word, ha="center", va="bottom")


def _left(axes: Axes, text: str, y: float, inches: float) -> None:
    low, top = axes.get_xlim()
    inch = (top - low) / size_of(axes)[0]
    axes.text(low - inches * inch, y, text, va="center", linespacing=1.1)


def _row(axes: Axes, row: Wait, place: int, y: float) -> None:
    """Draw one policy's wait, with its name before it and its numbers after it."""
    role = palette.role(place)
    low, top = axes.get_xlim()
    inch = (top - low) / size_of(axes)[0]
    weight = "bold" if role.bold else "normal"
    axes.text(
        low - 0.08 * inch, y, capital(row.policy), ha="right", va="center", color=role.text,
        weight=weight, size=8,
    )  # fmt: skip
    (line,) = axes.plot([row.median, row.p90], [y, y], color=role.colour, linewidth=1.6)
    if role.dash:
        line.set_dashes(role.dash)
    axes.plot([row.p90] * 2, [y - 0.045, y + 0.045], color=role.colour, linewidth=1.6)
    if math.isfinite(row.low_quarter + row.high_quarter):
        axes.plot([row.low_quarter, row.high_quarter], [y, y], color=role.colour, linewidth=4.5)
    face = role.colour if role.filled else palette.WHITE
    axes.plot(
        [row.median], [y], role.marker, color=role.colour, markerfacecolor=face, markersize=6,
        markeredgewidth=1.4, clip_on=False, zorder=3,
    )  # fmt: skip
    for at, value in ((0.5, row.median), (1.1, row.p90)):
        axes.text(
            top + at * inch, y, whole(value), ha="right", va="center", color=role.text,
            weight=weight,
        )  # fmt: skip


def _title(groups: Sequence[Sequence[Wait]]) -> str:
    """Name the longest of the waits between two steps, clocks left out if there are lists."""
    clocks = {word for _, word in CLOCKS}
    lists = [g for g in groups if g[0].what not in clocks] or list(groups)
    if not groups:
        return NO_WAIT
    longest = max(lists, key=lambda g: max(row.median for row in g))
    row = max(longest, key=lambda r: r.median)
    return LONGEST.format(what=row.what, policy=row.policy, median=whole(row.median))


def _spoken(row: Wait) -> str:
    return ALT_ROW.format(
        what=capital(row.what), policy=row.policy, median=whole(row.median), p90=whole(row.p90)
    )
