"""One person's life under policies: a lane for each over the same dates, told apart without colour.

Every stretch of time has a number, in its bar or above it, and the numbers are told below.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from matplotlib.axes import Axes
from matplotlib.patches import Rectangle

from simcare.analysis.spans import Kind, Life, Span
from simcare.kernels.tables import DIED, FATES, TICKS_PER_DAY
from simcare.report import palette
from simcare.report.drawing import (
    SMALL,
    WIDE,
    Chart,
    Table,
    bare,
    height_of,
    new_figure,
    text_width,
    wrap,
)
from simcare.report.drawing import apart as kept_apart
from simcare.report.life_looks import (
    BAR,
    EDGE,
    LOOKS,
    MARKERS,
    ROW,
    draw_legend,
    fill,
    how,
    legend_rows,
    looks_of,
)
from simcare.report.svg import styled
from simcare.report.trace import Trace, Way, apart, day_of, summary, written
from simcare.report.words import capital, count, headings, paragraph, say

HEADER = ("policy", "chart.life.number", "chart.life.what", "chart.life.from", "chart.life.days")
TITLE, SMALLEST = 11.0, 7.0  # points
NUMBERS, NAME, BETWEEN, AXIS = 0.2, 0.22, 0.42, 0.36  # inches of rows
ROOM = WIDE - 2 * EDGE
LINE_ROOM = 0.96 * ROOM  # of lines of words: in other fonts and sizes they are a little wider
TAIL = 0.07  # of the time that is shown: what comes after the last change
LEAST_TAIL_DAYS = 14
TICKS = (7, 14, 28)  # days between dates where months are too long
MONTHS = (1, 2, 3, 4, 6, 12, 24, 60, 120, 240, 600, 1200, 3600)
MOST_TICKS = 5


@dataclass(frozen=True)
class _Scale:
    """From ticks to inches: the ticks that are shown, over the width of the figure."""

    first: int
    last: int

    def x(self, tick: int) -> float:
        """Return where a tick lies; those after the last shown lie at the right end."""
        share = (min(tick, self.last) - self.first) / (self.last - self.first)
        return EDGE + share * ROOM


@dataclass(frozen=True)
class _Lane:
    """Where a lane lies: the middle of its bars, and on which side its numbers and name are."""

    middle: float
    above: bool

    def beside(self, inches: float) -> float:
        """Return the height so far from the bars on the side of the numbers."""
        away = BAR / 2 + inches
        return self.middle + away if self.above else self.middle - away


@styled
def lives(trace: Trace) -> Chart:
    """Draw a client's lives under the policies of a trace, with all words, as one picture."""
    ways = [way for way in trace.ways if way.life.spans]
    scale = _scale([way.life for way in ways])
    title, subtitle = _title(ways), _subtitle(trace)
    head = wrap(title, LINE_ROOM, TITLE, bold=True)
    under = wrap(subtitle, LINE_ROOM)
    below = [_below(way, trace.start) for way in ways]
    legend = legend_rows(looks_of([way.life for way in ways]))
    heights = [EDGE, height_of(head, TITLE) + 0.05, height_of(under) + 0.12]
    lanes_high = len(ways) * (BAR + NUMBERS + NAME) + (len(ways) - 1) * BETWEEN
    legend_high = len(legend) * ROW + 0.12
    texts_high = sum(height_of(text, SMALL) + 0.08 for texts in below for text in texts)
    figure = new_figure(WIDE, sum(heights) + lanes_high + AXIS + legend_high + texts_high)
    high = float(figure.get_size_inches()[1])
    axes = bare(figure, 0, 0, WIDE, high)
    axes.text(EDGE, high - EDGE, head, size=TITLE, weight="bold", va="top", linespacing=1.2)
    axes.text(EDGE, high - sum(heights[:2]), under, color=palette.QUIET, va="top")
    top = high - sum(heights)
    lanes = _lanes(len(ways), top)
    _dates(axes, scale, trace.start, (top - lanes_high, top))
    for way, lane in zip(ways, lanes, strict=True):
        _lane(axes, scale, lane, way)
    if len(ways) == 2:
        _difference(axes, scale, (lanes[0].middle, lanes[1].middle), ways)
    floor = top - lanes_high - AXIS
    draw_legend(axes, legend, floor)
    _texts(axes, below, floor - legend_high)
    alt = paragraph(say("chart.life.alt"), *(_all(way, trace.start) for way in ways))
    return Chart(title, subtitle, alt, figure, _table(ways, trace.start))


# --- time ----------------------------------------------------------------------------------------


def _scale(found: Sequence[Life]) -> _Scale:
    """Return what is shown: from the first asking to a little after the last change in any life."""
    first = min(life.spans[0].begin for life in found) // TICKS_PER_DAY * TICKS_PER_DAY
    changes = [s.begin if life.open else s.end for life in found for s in life.spans[-1:]]
    tail = max(int(TAIL * (max(changes) - first)), LEAST_TAIL_DAYS * TICKS_PER_DAY)
    return _Scale(first, max(changes) + tail)


def _tick_days(first: date, last: date) -> list[date]:
    """Return at most six dates in a period: days some weeks apart, or beginnings of months."""
    days = (last - first).days
    for step in TICKS:
        if days <= MOST_TICKS * step:
            return [date.fromordinal(first.toordinal() + k) for k in range(0, days + 1, step)]
    months = first.year * 12 + first.month, last.year * 12 + last.month - 1
    step = next((m for m in MONTHS if months[1] - months[0] < MOST_TICKS * m), MONTHS[-1])
    begin = -(-months[0] // step) * step
    return [date(m // 12, m % 12 + 1, 1) for m in range(begin, months[1] + 1, step)]


def _dates(axes: Axes, scale: _Scale, start: date, ends: tuple[float, float]) -> None:
    """Draw the lines of the dates, from the lowest lane to the highest, and what they are."""
    bottom, top = ends[0] - 0.06, ends[1]
    axes.plot([EDGE, WIDE - EDGE], [bottom] * 2, color=palette.EDGE, linewidth=0.6)
    for at in _tick_days(day_of(scale.first, start), day_of(scale.last, start)):
        x = scale.x((at - start).days * TICKS_PER_DAY)
        axes.plot([x, x], [bottom - 0.04, top], color=palette.GRID, linewidth=0.6, zorder=0)
        text = written(at)
        wide = text_width(text, SMALL) / 2
        x = min(max(x, EDGE + wide), WIDE - EDGE - wide)
        axes.text(x, bottom - 0.07, text, size=SMALL, ha="center", va="top")


# --- lanes ---------------------------------------------------------------------------------------


def _lanes(many: int, top: float) -> list[_Lane]:
    """Return where the lanes lie, the first highest; of two the lower one has its words below."""
    found = []
    for k in range(many):
        above = not (many == 2 and k == 1)
        words = NUMBERS + NAME if above else 0.0
        found.append(_Lane(top - words - BAR / 2, above))
        top -= BAR + NUMBERS + NAME + BETWEEN
    return found


def _lane(axes: Axes, scale: _Scale, lane: _Lane, way: Way) -> None:
    """Draw one life: its bars, their numbers, how it ends, and whose policy it is."""
    outside = []
    for number, span in enumerate(way.life.spans, 1):
        if span.begin >= scale.last:
            continue
        left, right = scale.x(span.begin), scale.x(span.end)
        _bar(axes, span, lane, left, right)
        text = _inside(span, number, right - left)
        if text:
            look = LOOKS[span.kind]
            box = {"facecolor": look.fill, "edgecolor": "none", "pad": 0.8} if look.hatch else None
            axes.text(
                (left + right) / 2, lane.middle, text, size=SMALLEST, color=look.ink,
                ha="center", va="center", bbox=box, linespacing=1.05,
            )  # fmt: skip
        else:
            outside.append((number, (left + right) / 2))
    _numbers(axes, lane, outside)
    _end(axes, scale, lane, way.life)
    y = lane.beside(NUMBERS + NAME / 2)
    axes.text(EDGE, y, capital(way.policy), weight="bold", va="center")


def _bar(axes: Axes, span: Span, lane: _Lane, left: float, right: float) -> None:
    """Draw a stretch of time, with a mark at its end if something cut it off."""
    look = LOOKS[span.kind]
    bottom = lane.middle - look.height / 2
    fill(axes, Rectangle((left, bottom), right - left, look.height), look)
    if span.cut and span.cut != FATES[DIED]:
        axes.plot([right], [lane.middle], **MARKERS["cut"])


def _inside(span: Span, number: int, room: float) -> str:
    """Return the words of a bar in one line or two if they fit into it; empty if they do not."""
    text = say("chart.life.numbered", n=str(number), what=_what(span))
    lines = wrap(text, room - 0.08, SMALLEST)
    most = 2 if LOOKS[span.kind].height == BAR else 1
    fits = lines.count("\n") < most and text_width(lines, SMALLEST) <= room - 0.08
    return lines if fits else ""


def _numbers(axes: Axes, lane: _Lane, found: Sequence[tuple[int, float]]) -> None:
    """Write the numbers of bars that are too short for words, each joined to its bar."""
    widths = [text_width(str(n), SMALLEST) + 0.06 for n, _ in found]
    places = kept_apart([x for _, x in found], widths, EDGE, WIDE - EDGE)
    for (number, x), at in zip(found, places, strict=True):
        ys = [lane.beside(0.0), lane.beside(0.08)]
        axes.plot([x, at], ys, color=palette.EDGE, linewidth=0.5)
        axes.text(at, lane.beside(0.14), str(number), size=SMALLEST, ha="center", va="center")


def _end(axes: Axes, scale: _Scale, lane: _Lane, life: Life) -> None:
    """Mark how a life ends: it goes on, the person dies, or has no further contact."""
    end = how(life)
    x = scale.x(life.spans[-1].end)
    at = {"open": WIDE - EDGE - 0.03, "dies": x, "gone": x + 0.09}[end]
    axes.plot([at], [lane.middle], **MARKERS[end])


def _difference(
    axes: Axes, scale: _Scale, middles: tuple[float, float], ways: Sequence[Way]
) -> None:
    """Say between two lanes how far apart treatment begins in them."""
    first, second = ticks = [way.marks.get("treatment") for way in ways]
    if first is None and second is None:
        return
    said = apart(first, second, ways[1].policy)
    middle = sum(middles) / 2
    xs = [scale.x(t) for t in ticks if t is not None]
    edges = (middles[0] - BAR / 2, middles[1] + BAR / 2)
    for tick, edge in zip(ticks, edges, strict=True):
        if tick is not None:
            x = scale.x(tick)
            axes.plot([x, x], [edge, middle], color=palette.INK, linewidth=0.9)
    axes.plot([min(xs), max(xs)], [middle, middle], color=palette.INK, linewidth=0.9)
    text = say("chart.life.between", apart=said)
    wide = text_width(text, SMALL)
    right = max(xs) + 0.07 + wide <= WIDE - EDGE
    x = max(xs) + 0.07 if right else min(xs) - 0.07
    axes.text(x, middle, text, size=SMALL, ha="left" if right else "right", va="center")


# --- words ---------------------------------------------------------------------------------------


def _what(span: Span) -> str:
    stage = span.stage.replace("_", " ")
    return say("chart.life.on_list", stage=stage) if span.kind == Kind.LIST else stage


def _days(span: Span) -> str:
    days = span.end // TICKS_PER_DAY - span.begin // TICKS_PER_DAY
    return count("unit.day", str(days)) if days else say("trace.within_a_day")


def _entry(number: int, span: Span) -> str:
    """Return what a number stands for, how long it lasted, and what cut it off."""
    said = {"n": str(number), "what": _what(span), "days": _days(span)}
    if not span.cut:
        return say("chart.life.entry", **said)
    return say("chart.life.entry_cut", **said, cut=say(f"chart.life.cut.{span.cut}"))


def _entries(way: Way) -> list[str]:
    return [_entry(n, span) for n, span in enumerate(way.life.spans, 1)]


def _below(way: Way, start: date) -> tuple[str, str]:
    """Return what stands below of a lane, in lines: the whole story, and what the numbers are."""
    lines: list[str] = []
    for entry in _entries(way):
        longer = f"{lines[-1]}; {entry}" if lines else entry
        if lines and text_width(longer, SMALL) <= LINE_ROOM:
            lines[-1] = longer
        else:
            lines.append(entry)
    return wrap(capital(summary(way, start)), LINE_ROOM, SMALL, bold=True), "\n".join(lines)


def _all(way: Way, start: date) -> str:
    end, entries = capital(summary(way, start)), "; ".join(_entries(way))
    return say("chart.life.alt_policy", end=end, entries=entries)


def _title(ways: Sequence[Way]) -> str:
    if len(ways) != 2:
        return say("chart.life.alone")
    first, second = ways
    ticks = [way.marks.get("treatment") for way in ways]
    if all(t is None for t in ticks):
        return say("chart.life.neither")
    if ticks[1] is None:
        return say("chart.life.only", policy=first.policy)
    if ticks[0] is None:
        return say("chart.life.only", policy=second.policy)
    days = ticks[1] // TICKS_PER_DAY - ticks[0] // TICKS_PER_DAY
    if days == 0:
        return say("chart.life.same_day")
    said = count("unit.day", str(abs(days)))
    return say("chart.life.later" if days > 0 else "chart.life.sooner", days=said,
               policy=second.policy)  # fmt: skip


def _subtitle(trace: Trace) -> str:
    return say("chart.life.subtitle", client=str(trace.client), n=str(trace.replication),
               case=trace.case)  # fmt: skip


def _texts(axes: Axes, below: Sequence[tuple[str, str]], top: float) -> None:
    """Write of each lane how the story goes, and what its numbers are."""
    for texts in below:
        for text, weight in zip(texts, ("bold", "normal"), strict=True):
            axes.text(EDGE, top, text, size=SMALL, weight=weight, va="top", linespacing=1.2)
            top -= height_of(text, SMALL) + 0.04
        top -= 0.08


def _table(ways: Sequence[Way], start: date) -> Table:
    rows = [
        (way.policy, str(n), _what(span), written(day_of(span.begin, start)), _days(span))
        for way in ways
        for n, span in enumerate(way.life.spans, 1)
    ]
    return Table(headings(*HEADER), tuple(rows))
