"""Rows of dots with lines on both sides of zero: names at the left, numbers at the right."""

import math
from collections.abc import Sequence
from dataclasses import dataclass

from matplotlib.axes import Axes
from matplotlib.figure import Figure

from simcare.report import palette
from simcare.report.drawing import (
    NORMAL,
    POINT,
    SMALL,
    WIDE,
    new_axes,
    new_figure,
    size_of,
    text_width,
    tidy,
    wrap,
)
from simcare.report.words import capital, say

BOTTOM, TOP, GAP = 0.46, 0.5, 0.14  # inches
MOST_NAME, LEAST_AXES = 2.05, 1.6  # inches
NAME_LINES, SPACING = 3, 1.1
STEP, BETWEEN = 0.26, 0.07  # of a row, and what it leaves free, in inches
SHORTER_SIDE = 0.3  # of the longer one: so far the axis reaches on the other side of zero
SHARES = 0.72  # inches


@dataclass(frozen=True)
class ForestRow:
    """A difference with its range, positive where better, and what is written beside it.

    ``shown`` is the difference and its range in one line, ``difference`` and ``between`` are the
    same in two; ``share`` is written in a column of its own. Where there is no range its ends
    are nan and ``between`` is empty.
    """

    name: str
    mean: float
    lower: float
    upper: float
    shown: str
    difference: str
    between: str
    share: str = ""
    is_base: bool = False

    @property
    def clear(self) -> bool:
        """Whether the range is clear of zero."""
        return self.lower > 0 or self.upper < 0


@dataclass(frozen=True)
class _Columns:
    """How wide the columns are, in inches, and whether ranges stand under their differences."""

    names: float
    numbers: float
    shares: float
    stacked: bool

    @property
    def axes(self) -> float:
        """What is left for the lines and dots."""
        return WIDE - self.names - self.numbers - self.shares - 2 * GAP


def forest(
    rows: Sequence[ForestRow], delta: float, axis_names: Sequence[str], share_name: str = ""
) -> Figure:
    """Return a picture of the rows, in their order; it grows with them, the text does not shrink.

    ``axis_names`` are names of the axis, the first that fits is taken. ``share_name`` stands
    over the column of shares.
    """
    columns = _columns(rows)
    tall = [_height(row, columns) for row in rows]
    top = max(sum(tall), STEP)
    figure = new_figure(WIDE, top + BOTTOM + TOP)
    axes = new_axes(figure, columns.names + GAP, BOTTOM, columns.axes, top)
    _scale(axes, rows, delta, top)
    tidy(axes, "x", _fitting(axis_names, WIDE - columns.names - GAP))
    axes.set_yticks([])
    if columns.shares:
        name = wrap(share_name, SHARES)
        _write(axes, WIDE - 0.02, top + 0.06, name, columns, va="bottom", ha="right")
    for row, height in zip(rows, tall, strict=True):
        _row(axes, row, top - height / 2, columns)
        top -= height
    return figure


def _columns(rows: Sequence[ForestRow]) -> _Columns:
    """Return columns that leave room for the axes; ranges go below where there is none beside."""
    names = max((text_width(_name(row)) for row in rows), default=1.0)
    shares = SHARES if any(row.share for row in rows) else 0.0
    beside = max((text_width(row.shown) for row in rows), default=1.0)
    wide = _Columns(names, beside, shares, stacked=False)
    if wide.axes >= LEAST_AXES:
        return wide
    parts = [max(text_width(r.difference), text_width(r.between or " ", SMALL)) for r in rows]
    return _Columns(names, max(parts), shares, stacked=True)


def _name(row: ForestRow) -> str:
    """Return a row's name in lines, cut where there would be too many."""
    parts = wrap(capital(row.name), MOST_NAME).split("\n")
    return "\n".join(parts[:NAME_LINES]) + (" …" if len(parts) > NAME_LINES else "")


def _height(row: ForestRow, columns: _Columns) -> float:
    """Return how high a row is, in inches."""
    lines = max(_name(row).count("\n") + 1, 2 if columns.stacked and row.between else 1)
    return max(STEP, lines * NORMAL * SPACING * 1.15 * POINT + BETWEEN)


def _scale(axes: Axes, rows: Sequence[ForestRow], delta: float, top: float) -> None:
    """Set the axis around zero, with the zone that does not matter and the words at its ends."""
    ends = [v for r in rows for v in (r.mean, r.lower, r.upper) if math.isfinite(v)]
    ends += [-1.5 * delta, 1.5 * delta]
    far = max(map(abs, ends)) or 1.0
    least = SHORTER_SIDE * far
    low, high = (1.06 * v for v in (min(*ends, -least), max(*ends, least)))
    axes.set_xlim(low, high)
    axes.set_ylim(0, top)
    axes.axvspan(-delta, delta, color=palette.ZONE, zorder=0, linewidth=0)
    for x in (-delta, delta):
        axes.axvline(x, color=palette.EDGE, linewidth=0.6, zorder=1)
    axes.axvline(0, color=palette.INK, linewidth=1.0, zorder=1.5)
    axes.text(low, top + 0.06, f"← {say('worse')}", ha="left", va="bottom")
    axes.text(high, top + 0.06, f"{say('better')} →", ha="right", va="bottom")
    axes.text(0, top + 0.24, say("chart.ranking.no_difference"), ha="center", va="bottom")


def _fitting(names: Sequence[str], inches: float) -> str:
    """Return the first name that fits, else the last, in lines."""
    return next((n for n in names if text_width(n) <= inches), wrap(names[-1], inches))


def _row(axes: Axes, row: ForestRow, y: float, columns: _Columns) -> None:
    """Draw a row's dot and line, filled where clear of zero, and write what belongs to it."""
    role = palette.BASE if row.is_base else palette.POLICY
    text = palette.QUIET if row.is_base else palette.INK
    if math.isfinite(row.lower + row.upper):
        axes.plot([row.lower, row.upper], [y, y], color=role.colour, linewidth=1.4, zorder=2)
    if math.isfinite(row.mean):
        face = role.colour if row.clear else palette.WHITE
        axes.plot(
            [row.mean], [y], "o", color=role.colour, markerfacecolor=face, markersize=6.5,
            zorder=3, markeredgewidth=1.4,
        )  # fmt: skip
    _write(axes, 0.02, y, _name(row), columns, color=text, linespacing=SPACING)
    numbers = WIDE - columns.numbers - columns.shares
    if columns.stacked and row.between:
        _write(axes, numbers, y + 0.005, row.difference, columns, color=text, va="bottom")
        _write(axes, numbers, y - 0.015, row.between, columns, va="top", size=SMALL)
    else:
        _write(axes, numbers, y, row.difference if columns.stacked else row.shown, columns,
               color=text)  # fmt: skip
    _write(axes, WIDE - 0.02, y, row.share, columns, color=text, ha="right")


def _write(
    axes: Axes,
    x: float,
    y: float,
    text: str,
    columns: _Columns,
    *,
    color: str = palette.QUIET,
    va: str = "center",
    ha: str = "left",
    size: float = NORMAL,
    linespacing: float = SPACING,
) -> None:
    """Write a text at so many inches from the picture's left and the axes' bottom."""
    low, high = axes.get_xlim()
    at = low + (x - columns.names - GAP) * (high - low) / size_of(axes)[0]
    axes.text(at, y, text, color=color, va=va, ha=ha, size=size, linespacing=linespacing)
