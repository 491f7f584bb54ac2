"""Lines over a swept number: one picture of up to four, small panels of more."""

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from numpy.typing import NDArray

from simcare.report import palette
from simcare.report.chart_lines import BANDS, EndLabel, label_ends, label_room
from simcare.report.drawing import (
    NORMAL,
    POINT,
    SMALL,
    WIDE,
    height_of,
    new_axes,
    new_figure,
    shorten,
    size_of,
    text_width,
    tick,
    tidy,
    wrap,
)
from simcare.report.palette import Role
from simcare.report.words import capital, say

LEFT, BOTTOM, NAME, HIGH = 0.5, 0.5, 0.24, 2.3  # inches
ACROSS, PANEL, BETWEEN, NAME_LINES = 3, 1.35, 0.2, 3
SINGLE = 4  # lines in one picture, at most
LABELS = 1.6  # inches, at most
ASIDE = 0.06  # inches
STRIP, UNDER = 0.22, 0.3  # inches: for a bracket below the axis, and how far below that is
PAD = 0.06  # of the axes' width or height, free at each side
FROM_ZERO = 0.4  # of the highest: if the lowest is below, the axis starts at zero


@dataclass(frozen=True)
class Swept:
    """An outcome's mean under a policy for each value of a swept number, in any order.

    ``x``, ``mean``, ``lower`` and ``upper`` have shape (values,); a mean is nan where nobody
    qualified, the ends of its 95 % range are nan where there is no range.
    """

    name: str
    x: NDArray[np.float64]
    mean: NDArray[np.float64]
    lower: NDArray[np.float64]
    upper: NDArray[np.float64]

    def in_order(self) -> "Swept":
        """Return the same with its values rising."""
        return self._at(np.argsort(self.x, kind="stable"))

    def known(self) -> "Swept":
        """Return the same without the values of which no mean is known."""
        return self._at(np.flatnonzero(np.isfinite(self.mean)))

    def _at(self, places: NDArray[np.intp]) -> "Swept":
        parts = (part[places] for part in (self.x, self.mean, self.lower, self.upper))
        return Swept(self.name, *parts)

    @property
    def has_range(self) -> bool:
        """Whether any value has a range."""
        return bool(np.isfinite(self.lower + self.upper).any())


@dataclass(frozen=True)
class Bracket:
    """An answer among the swept numbers, its range and its text; an end is nan where it is open."""

    number: float
    low: float
    high: float
    text: str


@dataclass(frozen=True)
class Marks:
    """What the axes are named, and where the lines of today and of a target are; nan if none.

    ``bracket`` is marked below the axis of a single picture. What lies above ``top`` is cut off,
    nothing where it is nan.
    """

    swept: str
    outcome: str
    today: float = math.nan
    target: float = math.nan
    bracket: Bracket | None = None
    top: float = math.nan


def limits(series: Sequence[Swept], marks: Marks) -> tuple[tuple[float, float], bool]:
    """Return the ends of the upright axis, and whether zero is cut off it."""
    values = [v for s in series for part in (s.mean, s.lower, s.upper) for v in part]
    known = [float(v) for v in (*values, marks.target) if math.isfinite(v)]
    if math.isfinite(marks.top):
        known = [min(v, marks.top) for v in known]
    if not known:
        return (0.0, 1.0), False
    low, high = min(known), max(known)
    if 0 <= low <= FROM_ZERO * high:
        low = 0.0
    pad = PAD * ((high - low) or abs(high) or 1.0)
    ends = (low if low == 0 else low - pad, high + pad)
    return ends, not ends[0] <= 0 <= ends[1]


def swept_lines(series: Sequence[Swept], marks: Marks) -> Figure:
    """Return a picture of the lines, in one pair of axes or in a panel for each."""
    return _panels(series, marks) if len(series) > SINGLE else _together(series, marks)


def _together(series: Sequence[Swept], marks: Marks) -> Figure:
    """Draw up to four lines, each in its role, with its name at its end."""
    roles = [palette.POLICY] if len(series) == 1 else [palette.role(k) for k in range(len(series))]
    labels = [
        EndLabel(capital(s.name), float(s.known().mean[-1]), role.text, role.bold)
        for s, role in zip(series, roles, strict=True)
        if s.name and len(s.known().x)
    ]
    if math.isfinite(marks.target):
        target = say("chart.swept.target", y=tick(marks.target))
        labels.append(EndLabel(target, marks.target, palette.INK))
    room = label_room([label.text for label in labels], LABELS) if labels else 0.2
    name = wrap(marks.outcome, WIDE - LEFT)
    top = NAME + height_of(name) + 0.06
    bottom = BOTTOM + (0.0 if marks.bracket is None else STRIP)
    figure = new_figure(WIDE, HIGH + bottom + top)
    axes = new_axes(figure, LEFT, bottom, WIDE - LEFT - room, HIGH)
    _scale(axes, series, marks)
    axes.set_xlabel(marks.swept, loc="left")
    if marks.bracket is not None:
        axes.xaxis.labelpad += STRIP / POINT
        _bracket(axes, marks.bracket, marks.target)
    _title(axes, name, NAME)
    _today(axes, marks, named=True)
    band = len(series) <= BANDS
    for k, (s, role) in enumerate(zip(series, roles, strict=True)):
        aside = 0.0 if band else ASIDE * (k - (len(series) - 1) / 2)
        _line(axes, _moved(axes, s, aside), role, 3.5 - 0.1 * k, band=band)
    label_ends(axes, labels, axes.get_xlim()[1], room)
    return figure


def _panels(series: Sequence[Swept], marks: Marks) -> Figure:
    """Draw a panel for each line, dark, with the others in grey behind it."""
    down = -(-len(series) // ACROSS)
    title = wrap(marks.outcome, WIDE)
    wide = (WIDE - LEFT - 0.1 - (ACROSS - 1) * BETWEEN) / ACROSS
    names = [_panel_name(s, wide) for s in series]
    high = max(height_of(name) for name in names)
    today = NAME if math.isfinite(marks.today) else 0.02  # named over the first row alone
    step, top = PANEL + high + 0.16, height_of(title) + today + 0.06
    figure = new_figure(WIDE, down * step + BOTTOM + top)
    for k, (s, name) in enumerate(zip(series, names, strict=True)):
        row, column = divmod(k, ACROSS)
        left, bottom = LEFT + column * (wide + BETWEEN), BOTTOM + (down - 1 - row) * step
        axes = new_axes(figure, left, bottom, wide, PANEL)
        _scale(axes, series, marks)
        last = k + ACROSS >= len(series)
        axes.tick_params(labelleft=column == 0, labelbottom=last)
        if last and column == 0:
            axes.set_xlabel(marks.swept, loc="left")
        if k == 0:
            _title(axes, title, today + high + 0.06)
        _today(axes, marks, named=k == 0)
        if k == 0 and math.isfinite(marks.target):
            _target_word(axes, marks)
        above = 1 + (0.02 if row else today) / PANEL
        axes.text(
            0.0, above, name, transform=axes.transAxes, va="bottom", weight="bold",
            color=palette.POLICY.text, linespacing=1.1,
        )  # fmt: skip
        for other in series:
            if other is not s:
                _line(axes, other, palette.PLAIN, 1.6, dots=False)
        _line(axes, s, palette.POLICY, 3.0, band=True)
    return figure


def _scale(axes: Axes, series: Sequence[Swept], marks: Marks) -> None:
    """Set axes that all lines fit in, with a tick at each value tried if they are few."""
    tried = sorted({float(x) for s in series for x in s.x})
    known = [*tried, *([marks.today] if math.isfinite(marks.today) else [])] or [0.0]
    low, high = min(known), max(known)
    pad = PAD * ((high - low) or abs(high) or 1.0)
    axes.set_xlim(low - pad, high + pad)
    axes.set_ylim(*limits(series, marks)[0])
    tidy(axes, "y")
    inch = size_of(axes)[0] / (high - low + 2 * pad)
    widths = [text_width(tick(x)) for x in tried]
    near = (
        (b - a) * inch < (v + w) / 2 + 0.08
        for a, b, v, w in zip(tried, tried[1:], widths, widths[1:], strict=False)
    )
    if len(tried) <= 6 and not any(near):
        axes.set_xticks(tried)
    if math.isfinite(marks.target):
        axes.axhline(marks.target, color=palette.INK, linewidth=1.0, zorder=1.5)


def _title(axes: Axes, name: str, above: float) -> None:
    """Write the name of the upright axis over it, from the picture's left."""
    width, height = size_of(axes)
    axes.text(
        -LEFT / width + 0.02, 1 + above / height, name, transform=axes.transAxes, va="bottom",
        color=palette.QUIET,
    )  # fmt: skip


def _today(axes: Axes, marks: Marks, named: bool) -> None:
    """Mark the value of today, with its name over the line."""
    if not math.isfinite(marks.today):
        return
    axes.axvline(marks.today, color=palette.EDGE, linewidth=1.0, dashes=(2, 2), zorder=1.5)
    if not named:
        return
    text = say("chart.swept.today", x=tick(marks.today))
    low, high = axes.get_xlim()
    width, height = size_of(axes)
    half = text_width(text) / 2
    at = (marks.today - low) / (high - low) * width
    inside = min(max(at, half - LEFT), width - half)
    axes.text(
        inside / width, 1 + 0.04 / height, text, transform=axes.transAxes, ha="center",
        va="bottom", color=palette.QUIET,
    )  # fmt: skip


def _bracket(axes: Axes, bracket: Bracket, target: float) -> None:
    """Mark an answer below the numbers of the axis, its range as a bracket, open where it is.

    A line leads up from it to the target.
    """
    low, high = axes.get_xlim()
    width, height = size_of(axes)
    known = not math.isnan(bracket.low) or not math.isnan(bracket.high)
    far = (low, high) if known else (bracket.number, bracket.number)
    ends = [far[0] if math.isnan(bracket.low) else bracket.low]
    ends.append(far[1] if math.isnan(bracket.high) else bracket.high)
    at, up = -UNDER / height, -(UNDER - 0.06) / height
    where, ink = axes.get_xaxis_transform(), palette.POLICY.colour
    how: dict[str, Any] = {"transform": where, "color": ink, "clip_on": False, "linewidth": 1.4}
    axes.plot(ends, [at, at], **how)
    for end, told in zip(ends, (bracket.low, bracket.high), strict=True):
        if not math.isnan(told):
            axes.plot([end, end], [at, up], **how)
    axes.plot([bracket.number], [at], "o", markersize=5, **how)
    axes.axvspan(*ends, color=palette.ZONE, zorder=0.5, linewidth=0)
    bottom = axes.get_ylim()[0]
    axes.plot([bracket.number] * 2, [bottom, target], color=ink, linewidth=0.8, zorder=1.4)
    wide = text_width(bracket.text, bold=True)
    right = (ends[1] - low) / (high - low) * width + 0.08
    left = (ends[0] - low) / (high - low) * width - 0.08 - wide
    beside = right if right + wide <= width else left if left >= 0 else (width - wide) / 2
    box = {"facecolor": palette.WHITE, "edgecolor": "none", "pad": 1.0}
    axes.text(
        beside / width, at, bracket.text, transform=axes.transAxes, va="center", bbox=box,
        color=palette.POLICY.text, weight="bold", zorder=6,
    )  # fmt: skip


def _target_word(axes: Axes, marks: Marks) -> None:
    """Name the line of the target, on the side of it that has more room."""
    low, high = axes.get_ylim()
    below = marks.target > (low + high) / 2
    width, height = size_of(axes)
    at = (marks.target - low) / (high - low) + (-0.03 if below else 0.03) / height
    axes.text(
        1 - 0.02 / width, at, say("chart.swept.target", y=tick(marks.target)), ha="right",
        va="top" if below else "bottom", transform=axes.transAxes, zorder=4, size=SMALL,
        bbox={"facecolor": palette.WHITE, "edgecolor": "none", "pad": 0.5, "alpha": 0.8},
    )  # fmt: skip


def _panel_name(series: Swept, width: float) -> str:
    """Return a panel's name in lines, the last cut where there would be too many."""
    lines = wrap(capital(series.name), width, bold=True).split("\n")
    kept, rest = lines[: NAME_LINES - 1], " ".join(lines[NAME_LINES - 1 :])
    return "\n".join([*kept, *([shorten(rest, width, NORMAL, bold=True)] if rest else [])])


def _moved(axes: Axes, series: Swept, inches: float) -> Swept:
    """Return a line moved to the side, so that ranges at one value do not hide each other."""
    low, high = axes.get_xlim()
    return replace(series, x=series.x + inches * (high - low) / size_of(axes)[0])


def _line(
    axes: Axes, series: Swept, role: Role, order: float, *, band: bool = False, dots: bool = True
) -> None:
    """Draw a line in its role, its ranges as a band or as thin lines through its dots."""
    (line,) = axes.plot(
        series.x, series.mean, color=role.colour, linewidth=role.width, zorder=order
    )
    if role.dash:
        line.set_dashes(role.dash)
    if not dots:
        return
    axes.plot(
        series.x, series.mean, linestyle="", marker=role.marker, color=role.colour, markersize=6,
        markerfacecolor=role.colour if role.filled else palette.WHITE, zorder=order + 0.02,
        markeredgewidth=1.2,
    )  # fmt: skip
    if band and len(series.x) > 1:
        axes.fill_between(
            series.x, series.lower, series.upper, color=role.colour, alpha=0.15, linewidth=0,
            zorder=2,
        )  # fmt: skip
        for edge in (series.lower, series.upper):
            axes.plot(series.x, edge, color=role.colour, linewidth=0.6, alpha=0.8, zorder=2.5)
    else:
        axes.vlines(
            series.x, series.lower, series.upper, color=role.colour, linewidth=1.0,
            zorder=order + 0.01,
        )  # fmt: skip
