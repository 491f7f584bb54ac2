"""Person by person: of 100 of the same people, whom a policy helps and whom it harms."""

import math
from collections.abc import Sequence
from dataclasses import dataclass

from matplotlib.axes import Axes
from matplotlib.patches import Rectangle
from matplotlib.ticker import FuncFormatter

from simcare.analysis.estimates import Estimate
from simcare.report import palette
from simcare.report.chart_digits import decimals, written
from simcare.report.drawing import (
    NORMAL,
    SMALL,
    WIDE,
    Chart,
    Table,
    new_axes,
    new_figure,
    put,
    size_of,
    text_width,
    tick,
    tidy,
    wrap,
)
from simcare.report.palette import Fill
from simcare.report.svg import styled
from simcare.report.words import capital, headings, paragraph, say

HEADER = (
    "chart.pairs.outcome",
    "chart.pairs.helped",
    "chart.pairs.harmed",
    "chart.pairs.unchanged",
)
HELPED, HARMED = palette.STARTED, palette.GAVE_UP
STEP, BAR, BOTTOM, TOP = 0.4, 0.2, 0.46, 0.4  # inches
NARROW_STEP, NARROW_DOWN = 0.56, 0.12  # inches: names stand over the bars
LEAST = 0.5  # people of 100: so far the axis reaches at least


@dataclass(frozen=True)
class Lot:
    """Of 100 people, how many a policy makes better and worse off in one thing."""

    label: str
    helped: Estimate
    harmed: Estimate
    unchanged: float

    @property
    def sides(self) -> tuple[tuple[int, Estimate, Fill], ...]:
        """Return both sides: 1 to the right and -1 to the left, how many, and how it is filled."""
        return ((1, self.helped, HELPED), (-1, self.harmed, HARMED))


@styled
def person_by_person(lots: Sequence[Lot], base: str, policy: str, width: float = WIDE) -> Chart:
    """Draw who is better off to the right and who is worse off to the left, with their ranges.

    The title speaks of the first.
    """
    lots = [lot for lot in lots if math.isfinite(lot.helped.mean)]
    wide = width > 5
    places = places_of(lots)
    left = max([text_width(capital(lot.label)) for lot in lots], default=1.0) + 0.2 if wide else 0.1
    last = wrap(say("chart.pairs.unchanged"), 0.8)
    right = text_width(last) + 0.15 if wide else 0.1
    high = max(len(lots), 1) * (STEP if wide else NARROW_STEP)
    figure = new_figure(width, high + BOTTOM + TOP)
    axes = new_axes(figure, left, BOTTOM, width - left - right, high)
    _scale(axes, lots, high, places)
    for k, lot in enumerate(lots):
        y = high - (k + 0.5) * high / len(lots)
        if wide:
            _at(axes, 0.1 - left, y, capital(lot.label))
            _at(axes, width - left - 0.05, y, written(lot.unchanged, places), ha="right")
        else:
            y -= NARROW_DOWN
            axes.axhspan(y + 0.14, y + 0.4, color=palette.WHITE, linewidth=0, zorder=2.3)
            unchanged = say("chart.pairs.and_unchanged", n=written(lot.unchanged, places))
            _at(axes, 0.0, y + 0.27, capital(lot.label))
            _at(axes, width - left - right, y + 0.27, unchanged, ha="right", color=palette.QUIET)
        for side, estimate, fill in lot.sides:
            _bar(axes, side, estimate, fill, y, places)
    if wide:
        _at(axes, width - left - 0.05, high + 0.09, last, ha="right", va="baseline")
    ranged = any(lot.helped.n > 1 for lot in lots)
    lines = say("chart.pairs.lines") if ranged else say("chart.range.none")
    return Chart(
        _title(lots, policy, places),
        paragraph(say("chart.pairs.subtitle", policy=capital(policy), base=base), lines),
        paragraph(
            say("chart.pairs.alt", policy=policy, base=base),
            *(_said(lot, places) for lot in lots),
            say("alt.in_table"),
        ),
        figure,
        _table(lots, places),
    )


def places_of(lots: Sequence[Lot]) -> int:
    """Return with how many decimals all numbers of the chart are written, two at most.

    One at least where somebody is helped or harmed, but fewer than one of 100.
    """
    both = [estimate for lot in lots for _, estimate, _ in lot.sides]
    halves = [(e.upper - e.lower) / 2 for e in both]
    least = int(any(0 < e.mean < 1 for e in both))
    return max(min(decimals(halves, [e.mean for e in both]), 2), least)


def _title(lots: Sequence[Lot], policy: str, places: int) -> str:
    """Return the sentence that fits how many are helped and harmed in the first thing."""
    if not lots:
        return say("chart.pairs.empty")
    helped, harmed = (written(e.mean, places) for _, e, _ in lots[0].sides)
    if float(helped) == float(harmed) == 0:
        return say("chart.pairs.nobody", policy=policy)
    return say("chart.pairs.title", policy=policy, helped=helped, harmed=harmed)


def _said(lot: Lot, places: int) -> str:
    helped, harmed = (written(e.mean, places) for _, e, _ in lot.sides)
    unchanged = written(lot.unchanged, places)
    words = {"helped": helped, "harmed": harmed, "unchanged": unchanged}
    return say("chart.pairs.alt_lot", outcome=capital(lot.label), **words)


def ranged(estimate: Estimate, places: int) -> str:
    """Return people of 100 with their range, where there is one; the range is cut at 0 and 100."""
    ends = (min(max(end, 0.0), 100.0) for end in (estimate.lower, estimate.upper))
    low, high = (written(end, places) for end in ends)
    mean = written(estimate.mean, places)
    if estimate.n < 2 or low == high:
        return mean
    return say("fmt.mean_and_range", mean=mean, low=low, high=high)


def _table(lots: Sequence[Lot], places: int) -> Table:
    """Return a row for each thing: better off, worse off, no change."""
    rows = tuple(
        (
            capital(lot.label),
            *(ranged(estimate, places) for _, estimate, _ in lot.sides),
            written(lot.unchanged, places),
        )
        for lot in lots
    )
    return Table(headings(*HEADER), rows)


def _scale(axes: Axes, lots: Sequence[Lot], high: float, places: int) -> None:
    """Centre the axis on zero and leave room for the numbers; both sides count upwards."""
    ends = [v for lot in lots for _, e, _ in lot.sides for v in (e.mean, e.upper)]
    most = max([*(v for v in ends if math.isfinite(v)), LEAST])
    across = size_of(axes)[0]
    room = text_width(written(most, places)) + 0.16
    most *= across / max(across - 2 * room, 0.5 * across)
    axes.set_xlim(-most, most)
    axes.set_ylim(0, high)
    tidy(axes, "x", say("chart.pairs.x"))
    axes.xaxis.set_major_formatter(FuncFormatter(lambda x, _: tick(abs(x))))
    axes.set_yticks([])
    axes.axvline(0, color=palette.INK, linewidth=1.0, zorder=2.2)
    _at(axes, 0.0, high + 0.09, f"← {say('chart.pairs.harmed')}", va="baseline")
    _at(axes, across, high + 0.09, f"{say('chart.pairs.helped')} →", va="baseline", ha="right")


def _bar(axes: Axes, side: int, estimate: Estimate, fill: Fill, y: float, places: int) -> None:
    """Draw one side of a row: a bar from zero, its range as a line, and its number beyond both."""
    mean, low, high = estimate.mean, max(estimate.lower, 0.0), min(estimate.upper, 100.0)
    start = min(0.0, side * mean)
    put(axes, Rectangle((start, y - BAR / 2), mean, BAR, zorder=2), fill, gap=0.4)
    end = mean
    if math.isfinite(estimate.lower + estimate.upper):
        end = high
        for colour, thick in ((palette.WHITE, 3.0), (palette.INK, 1.2)):
            axes.plot([side * low, side * high], [y, y], color=colour, linewidth=thick, zorder=2.5)
    inch = (axes.get_xlim()[1] - axes.get_xlim()[0]) / size_of(axes)[0]
    align = "left" if side > 0 else "right"
    text = written(mean, places)
    axes.text(side * (end + 0.06 * inch), y, text, va="center_baseline", ha=align, size=SMALL)


def _at(
    axes: Axes,
    x: float,
    y: float,
    text: str,
    *,
    ha: str = "left",
    va: str = "center_baseline",
    color: str = palette.INK,
) -> None:
    """Write a text so many inches from the left of the axes, at a height of theirs."""
    low, high = axes.get_xlim()
    at = low + x * (high - low) / size_of(axes)[0]
    axes.text(at, y, text, ha=ha, va=va, size=NORMAL, color=color, linespacing=1.1)
