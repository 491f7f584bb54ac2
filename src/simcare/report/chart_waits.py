"""Waits by stage: how long half and nine in ten wait, for each list and each clock."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from matplotlib.axes import Axes

from simcare.analysis.comparison import SummaryRow
from simcare.report import palette
from simcare.report.drawing import (
    SMALL,
    WIDE,
    Chart,
    Table,
    day_ticks,
    new_axes,
    new_figure,
    size_of,
    text_width,
    tidy,
    whole,
    wrap,
)
from simcare.report.outcome_words import CLOCKS
from simcare.report.svg import styled
from simcare.report.words import capital, count, headings, paragraph, say

LOW_OF, MEDIAN_OF = "a quarter wait at most", "half wait at most"
HIGH_OF, P90_OF = "three quarters wait at most", "9 of 10 wait at most"
HEADER = ("chart.waits.wait", "policy", "chart.waits.median", "chart.waits.p90")
QUARTERS_HEADER = (
    "chart.waits.wait",
    "policy",
    "chart.waits.low_quarter",
    "chart.waits.median",
    "chart.waits.high_quarter",
    "chart.waits.p90",
)
LEFT, NAME = 2.75, 1.55  # inches left of the axes, and of these for the name of a stage
BESIDE = LEFT - NAME - 0.15  # inches for a policy's title beside it
STEP, GAP = 0.2, 0.14  # inches of a row, and between stages
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
    wanted = [("", f"{clock}: ", say(key)) for clock, key in CLOCKS.items()]
    wanted += [(s, "", (stages or {}).get(s, s.replace("_", " "))) for s in names]

    def days(policy: str, where: str, name: str) -> float:
        return found.get((policy, where, name), math.nan)

    return [
        Wait(
            word,
            title,
            median=days(policy, where, prefix + MEDIAN_OF),
            p90=days(policy, where, prefix + P90_OF),
            low_quarter=days(policy, where, prefix + LOW_OF),
            high_quarter=days(policy, where, prefix + HIGH_OF),
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
    # Where titles leave no room for the name of the stage beside them, it stands over them.
    over = any(_width(row.policy) > BESIDE for row in known)
    titles = {row.policy: wrap(capital(row.policy), LEFT - 0.15, SMALL) for row in known}
    steps = {policy: STEP + 0.13 * title.count("\n") for policy, title in titles.items()}
    high = sum(sum(steps[row.policy] for row in g) + GAP + (STEP if over else 0) for g in groups)
    high = max(high, 0.5)
    figure = new_figure(WIDE, high + 0.84)
    axes = new_axes(figure, LEFT, 0.46, WIDE - LEFT - 1.2, high)
    most = max([row.p90 for row in known], default=1.0)
    if deadline is not None and deadline < 1.4 * most:
        most = max(most, deadline)
    axes.set_xlim(0, max(most * 1.04, 1.0))
    axes.set_ylim(0, high)
    tidy(axes, "x", say("chart.waits.x"))
    axes.set_yticks([])
    day_ticks(axes, axes.get_xlim()[1])
    _columns(axes, high, deadline if deadline is not None and deadline <= most else None)
    y = high - GAP / 2
    for group in groups:
        what = capital(group[0].what)
        if over:
            _left(axes, what, y - STEP / 2)
            y -= STEP
        else:
            _left(axes, wrap(what, NAME), y - len(group) * STEP / 2)
        for row in group:
            step = steps[row.policy]
            y -= step
            _row(axes, row, titles[row.policy], policies.index(row.policy), y + step / 2)
        y -= GAP
    ends = groups if len(groups) < 2 else [groups[0], groups[-1]]
    said = [_spoken(row) for group in ends for row in group] or [say("chart.waits.nobody")]
    alt = paragraph(say("chart.waits.alt"), *said, say("alt.in_table"))
    quarters = any(_has_quarters(row) for row in known)
    served = any(math.isfinite(row.median) for row in rows)
    thick = say("chart.waits.quarters") if quarters else ""
    subtitle = paragraph(say("chart.waits.subtitle"), thick)
    return Chart(_title(groups, served), subtitle, alt, figure, _table(known, quarters))


def _has_quarters(row: Wait) -> bool:
    return math.isfinite(row.low_quarter + row.high_quarter)


def _table(rows: Sequence[Wait], quarters: bool) -> Table:
    """Return the numbers; the quarters only if some wait has them."""
    header = headings(*(QUARTERS_HEADER if quarters else HEADER))
    lines = []
    for r in rows:
        days = (r.low_quarter, r.median, r.high_quarter, r.p90) if quarters else (r.median, r.p90)
        lines.append((capital(r.what), r.policy, *map(whole, days)))
    return Table(header, tuple(lines))


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
    for at, word in ((0.5, say("chart.waits.half")), (1.1, say("chart.waits.nine"))):
        axes.text(top + at * inch, high + 0.08, word, ha="right", va="bottom", color=palette.QUIET)
    if deadline is not None:
        axes.axvline(deadline, color=palette.INK, linewidth=1.0, zorder=1)
        word = count("unit.day", whole(deadline))
        axes.text(deadline, high + 0.08, word, ha="center", va="bottom")


def _width(policy: str) -> float:
    return text_width(capital(policy), SMALL, bold=True)


def _left(axes: Axes, text: str, y: float) -> None:
    low, top = axes.get_xlim()
    inch = (top - low) / size_of(axes)[0]
    axes.text(low - (LEFT - 0.05) * inch, y, text, va="center", linespacing=1.1)


def _row(axes: Axes, row: Wait, title: str, place: int, y: float) -> None:
    """Draw one policy's wait, with its title before it and its numbers after it."""
    role = palette.role(place)
    low, top = axes.get_xlim()
    inch = (top - low) / size_of(axes)[0]
    weight = "bold" if role.bold else "normal"
    axes.text(
        low - 0.08 * inch, y, title, ha="right", va="center", color=role.text, weight=weight,
        size=SMALL, linespacing=1.1,
    )  # fmt: skip
    (line,) = axes.plot([row.median, row.p90], [y, y], color=role.colour, linewidth=1.6)
    if role.dash:
        line.set_dashes(role.dash)
    axes.plot([row.p90] * 2, [y - 0.045, y + 0.045], color=role.colour, linewidth=1.6)
    if _has_quarters(row):
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


def _title(groups: Sequence[Sequence[Wait]], served: bool) -> str:
    """Name the longest of the waits between two steps, clocks left out if there are lists."""
    if not groups:
        return say("chart.waits.no_wait" if served else "chart.waits.nobody_title")
    clocks = {say(key) for key in CLOCKS.values()}
    lists = [g for g in groups if g[0].what not in clocks] or list(groups)
    longest = max(lists, key=lambda g: max(row.median for row in g))
    row = max(longest, key=lambda r: r.median)
    days = whole(row.median)
    if row.what in clocks:
        policy = capital(row.policy)
        return count("chart.waits.longest_clock", days, policy=policy, clock=row.what)
    return count("chart.waits.longest", days, policy=row.policy, what=row.what)


def _spoken(row: Wait) -> str:
    return say(
        "chart.waits.alt_row",
        what=capital(row.what), policy=row.policy, median=whole(row.median), p90=whole(row.p90),
    )  # fmt: skip
