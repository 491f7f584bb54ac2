"""How much for what money: extra cost against the main outcome, efficient policies joined."""

from collections.abc import Sequence
from dataclasses import dataclass

from matplotlib.axes import Axes
from matplotlib.ticker import FuncFormatter

from simcare.analysis.estimates import Estimate
from simcare.report import chart_lines, palette
from simcare.report.chart_digits import title
from simcare.report.drawing import (
    NORMAL,
    WIDE,
    Chart,
    Table,
    apart,
    height_of,
    size_of,
    tenth,
    text_width,
    tidy,
    wrap,
)
from simcare.report.money import ranged, signed
from simcare.report.svg import styled
from simcare.report.words import MINUS, capital, headings, listed, paragraph, say

MOST_NAME = 1.6  # inches


@dataclass(frozen=True)
class Priced:
    """A policy beside the base: extra cost a client, and how much better the outcome is.

    ``better`` is positive where it is better. ``efficient`` says that no other policy costs no more
    and is no worse. The base is 0 in both, without ranges.
    """

    policy: str
    cost: Estimate
    better: Estimate
    efficient: bool
    is_base: bool = False

    @property
    def colour(self) -> str:
        """The colour of its words."""
        return palette.DARK_BLUE if self.efficient else palette.QUIET


@styled
def how_much(points: Sequence[Priced], outcome: str, currency: str) -> Chart:
    """Draw policies by cost and outcome, the efficient ones joined by steps, each one named."""
    names = [capital(one.policy) for one in points]
    room = min(max(text_width(name, bold=True) for name in names), MOST_NAME) + 0.35
    height = max(3.0, 0.9 + 1.3 * sum(height_of(wrap(n, room - 0.3, bold=True)) for n in names))
    figure, axes = chart_lines.frame(WIDE, height, 0.6, room, 0.46, 0.5)
    _scale(axes, points)
    tidy(
        axes,
        "y",
        say("chart.front.x", currency=currency),
        say("chart.front.y", outcome=capital(outcome)),
    )
    axes.xaxis.set_major_formatter(FuncFormatter(lambda v, _: f"{v:,.0f}".replace("-", MINUS)))
    _steps(axes, points)
    for one in points:
        _point(axes, one)
    _names(axes, points, names, room)
    front = [one.policy for one in _front(points)]
    alt = paragraph(
        say("chart.front.alt", outcome=outcome, currency=currency),
        say("chart.front.alt_front", policies=listed(front)),
        say("alt.in_table"),
    )
    has_ranges = any(one.cost.n > 1 for one in points)
    subtitle = paragraph(
        say("chart.front.subtitle", outcome=outcome, currency=currency),
        say("chart.front.ranges" if has_ranges else "chart.range.none"),
    )
    return Chart(_title(points, front), subtitle, alt, figure, _table(points, currency))


def _title(points: Sequence[Priced], front: Sequence[str]) -> str:
    if len(front) == 1:
        one = say("chart.front.title_one", policy=capital(front[0]))
        return title(one, say("chart.front.title_single"))
    every = len(front) == len(points)
    return say("chart.front.title_all" if every else "chart.front.title_some")


def _front(points: Sequence[Priced]) -> list[Priced]:
    """Return the efficient policies, the cheapest first."""
    return sorted((one for one in points if one.efficient), key=lambda one: one.cost.mean)


def _ends(points: Sequence[Priced], name: str) -> tuple[float, float]:
    """Return the least and the most of a difference with its range, zero included, and room."""
    found = [getattr(one, name) for one in points]
    ends = [v for e in found for v in (e.mean, e.lower, e.upper) if v == v]
    low, high = min([0.0, *ends]), max([0.0, *ends])
    room = 0.06 * (high - low) or 1.0
    return low - room, high + room


def _scale(axes: Axes, points: Sequence[Priced]) -> None:
    axes.set_xlim(*_ends(points, "cost"))
    axes.set_ylim(*_ends(points, "better"))
    for line in (axes.axhline, axes.axvline):
        line(0, color=palette.INK, linewidth=0.8, zorder=2)


def _steps(axes: Axes, points: Sequence[Priced]) -> None:
    front = _front(points)
    axes.plot(
        [one.cost.mean for one in front], [one.better.mean for one in front],
        drawstyle="steps-post", color=palette.DARK_BLUE, linewidth=1.4, zorder=3,
    )  # fmt: skip


def _point(axes: Axes, one: Priced) -> None:
    """Draw a policy with the ranges of both differences as thin cross-hairs."""
    x, y = one.cost, one.better
    colour = palette.DARK_BLUE if one.efficient else palette.EDGE
    axes.plot([x.lower, x.upper], [y.mean, y.mean], color=colour, linewidth=0.8, zorder=3.2)
    axes.plot([x.mean, x.mean], [y.lower, y.upper], color=colour, linewidth=0.8, zorder=3.2)
    filled = one.efficient and not one.is_base
    axes.plot(
        [x.mean], [y.mean], marker="o" if one.efficient else "s", markersize=6, color=colour,
        markerfacecolor=colour if filled else palette.WHITE, zorder=4, clip_on=False,
    )  # fmt: skip


def _names(axes: Axes, points: Sequence[Priced], names: Sequence[str], room: float) -> None:
    """Write the names right of the axes, pushed apart, each with a thin line from its point."""
    width, inches = size_of(axes)
    low, high = axes.get_ylim()
    left, right = axes.get_xlim()
    texts = [
        wrap(name, room - 0.3, bold=one.efficient) for name, one in zip(names, points, strict=True)
    ]
    wanted = [(one.better.mean - low) / (high - low) * inches for one in points]
    places = apart(wanted, [height_of(text, NORMAL) + 0.03 for text in texts], -0.1, inches + 0.1)
    for one, text, want, at in zip(points, texts, wanted, places, strict=True):
        x = (one.cost.mean - left) / (right - left)
        axes.plot(
            [x, 1.0 + 0.2 / width], [want / inches, at / inches], transform=axes.transAxes,
            color=palette.EDGE, linewidth=0.5, clip_on=False, zorder=2.5,
        )  # fmt: skip
        axes.text(
            1.0 + 0.23 / width, at / inches, text, transform=axes.transAxes, color=one.colour,
            weight="bold" if one.efficient else "normal", va="center", linespacing=1.15,
        )  # fmt: skip


def _table(points: Sequence[Priced], currency: str) -> Table:
    nothing = say("ui.not_relevant")
    header = (
        *headings("policy"), say("chart.front.header.cost", currency=currency),
        *headings("chart.front.header.better", "chart.front.header.efficient"),
    )  # fmt: skip
    rows = [
        (
            one.policy,
            nothing if one.is_base else ranged(one.cost, signed),
            nothing if one.is_base else ranged(one.better, tenth),
            say("chart.front.yes" if one.efficient else "chart.front.no"),
        )
        for one in sorted(points, key=lambda one: one.cost.mean)
    ]
    return Table(header, tuple(rows))
