"""What the answer hinges on: each assumption's low and high value, by how far it moves it."""

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace

from matplotlib.axes import Axes

from simcare.analysis.comparison import ComparisonRow
from simcare.analysis.outcomes import OF_100, POINTS
from simcare.report import palette
from simcare.report.chart_digits import about
from simcare.report.drawing import (
    NORMAL,
    SMALL,
    WIDE,
    Chart,
    Table,
    height_of,
    new_axes,
    new_figure,
    size_of,
    tenth,
    text_width,
    tick,
    tidy,
    whole,
    wrap,
)
from simcare.report.svg import styled
from simcare.report.words import capital, headings, paragraph, say


@dataclass(frozen=True)
class _In:
    """What differences are in: the keys of the axis, of the words and of two headings."""

    axis: str
    subtitle: str
    alt: str
    low: str
    high: str


PEOPLE = _In(
    "chart.difference_of_100",
    "chart.tornado.subtitle",
    "chart.tornado.alt",
    "chart.tornado.low",
    "chart.tornado.high",
)
IN_POINTS = _In(
    "chart.difference_in_points",
    "chart.tornado.subtitle_points",
    "chart.tornado.alt_points",
    "chart.tornado.low_points",
    "chart.tornado.high_points",
)
LEFT, GAP = 2.75, 0.16  # inches: for the words, and between two assumptions


@dataclass(frozen=True)
class Swing:
    """A difference under an assumption's low and high value; nan where one was not tried."""

    assumption: str
    low_label: str
    low: float
    high_label: str
    high: float

    @property
    def width(self) -> float:
        """How far the assumption moves the difference; nothing if it has one value only."""
        return abs(self.high - self.low) if math.isfinite(self.high - self.low) else 0.0


def swings(
    rows: Sequence[ComparisonRow],
    outcome: str,
    policy: str,
    cases: Mapping[str, tuple[str, str, str]],
) -> list[Swing]:
    """Return the swings of an outcome's difference, widest first.

    ``cases`` gives each case's title, the assumption that it varies and its level, low or high.
    """
    found: dict[str, Swing] = {}
    for row in rows:
        title, assumption, level = cases.get(row.case, ("", "", ""))
        if row.outcome.name != outcome or row.policy != policy or not assumption:
            continue
        swing = found.get(assumption, Swing(assumption, "", math.nan, "", math.nan))
        value = row.difference.mean
        found[assumption] = (
            replace(swing, low=value, low_label=title)
            if level == "low"
            else replace(swing, high=value, high_label=title)
        )
    return sorted(found.values(), key=lambda s: (-s.width, s.assumption))


@styled
def what_it_hinges_on(
    rows: Sequence[Swing],
    centre: float,
    outcome: str,
    policy: str,
    delta: float,
    better: int = 1,
    names: Sequence[str] = (),
    unit: str = OF_100,
) -> Chart:
    """Draw the swings, widest on top; ``centre`` is the difference as assumed.

    ``better`` is 1 where more is better, -1 where less is: better lies always to the right.
    ``names`` say what the chart is about: the title begins with the first that has room. ``unit``
    is people of 100, or points, of which nobody has said how many matter.
    """
    told = IN_POINTS if unit == POINTS else PEOPLE
    rows = sorted(rows, key=lambda s: (-s.width, s.assumption))
    words, write = [_words(row) for row in rows], _writer(rows, centre)
    steps = [sum(height_of(text, size) for text, size in three) + GAP for three in words]
    high = max(sum(steps), 0.6)
    right = 0.25
    figure = new_figure(WIDE, high + 0.8)
    axes = new_axes(figure, LEFT, 0.46, WIDE - LEFT - right, high)
    _scale(axes, rows, centre, delta, high, better)
    tidy(axes, "x", say(told.axis))
    axes.set_yticks([])
    top = high
    for row, three, step in zip(rows, words, steps, strict=True):
        _name(axes, three, top - GAP / 2)
        _row(axes, row, top - step / 2, write)
        top -= step
    said = [
        say(
            "chart.tornado.alt_row",
            assumption=capital(r.assumption),
            low=write(r.low),
            high=write(r.high),
        )
        for r in rows[:3]
    ]
    unknown, irrelevant = say("ui.no_data"), say("ui.not_relevant")
    lines = [
        (r.assumption, r.low_label or unknown, write(r.low), r.high_label or unknown, write(r.high))
        for r in rows
    ]
    lines.append(
        (say("chart.tornado.as_assumed"), irrelevant, write(centre), irrelevant, irrelevant)
    )
    matters = {} if unit == POINTS else {"delta": tick(delta)}
    header = headings(
        "assumption", "chart.tornado.low_value", told.low, "chart.tornado.high_value", told.high
    )
    return Chart(
        about(_title(rows, centre, delta), names),
        say(told.subtitle, outcome=outcome, policy=policy, **matters),
        paragraph(say(told.alt, outcome=outcome), *said, say("alt.in_table")),
        figure,
        Table(header, tuple(lines)),
    )


def _writer(rows: Sequence[Swing], centre: float) -> Callable[[float], str]:
    """Return how all differences are written: with a decimal where one of them is below 1."""
    values = [centre, *(v for row in rows for v in (row.low, row.high))]
    return tenth if any(0 < abs(v) < 1 for v in values) else whole


def _title(rows: Sequence[Swing], centre: float, delta: float) -> tuple[str, ...]:
    """Say which assumptions carry the answer to the other side by more than what matters.

    In full, and in a few words.
    """
    if not rows:
        return (say("chart.tornado.nothing"),)
    side = -1.0 if centre < 0 else 1.0
    turned = [r for r in rows if min(r.low * side, r.high * side) < -delta]
    first = (turned or rows)[0].assumption
    if not turned:
        found, words = "holds", {"first": capital(first)}
    elif len(turned) == 1:
        found, words = "turns_one", {"first": first}
    else:
        counts = {"k": str(len(turned)), "n": str(len(rows))}
        short = say("chart.tornado.short.turns", **counts)
        return say("chart.tornado.turns", **counts, first=first), short
    return say(f"chart.tornado.{found}", **words), say(f"chart.tornado.short.{found}", **words)


def _scale(
    axes: Axes, rows: Sequence[Swing], centre: float, delta: float, high: float, better: int
) -> None:
    """Set the axis, with zero, the zone that does not matter, and the line as assumed."""
    ends = [v for r in rows for v in (r.low, r.high) if math.isfinite(v)]
    ends += [0.0, delta, -delta, *([centre] if math.isfinite(centre) else [])]
    room = max(max(ends) - min(ends), 1.0) * 0.14  # for the numbers at the ends
    least, most = min(ends) - room, max(ends) + room
    axes.set_xlim(*((least, most) if better > 0 else (most, least)))
    axes.set_ylim(0, high)
    axes.axvspan(-delta, delta, color=palette.ZONE, zorder=0, linewidth=0)
    axes.axvline(0, color=palette.INK, linewidth=1.0, zorder=1.5)
    if math.isfinite(centre):
        axes.axvline(centre, color=palette.POLICY.colour, linewidth=0.8, dashes=(2, 2), zorder=1.5)
    low, top = axes.get_xlim()
    inch = (top - low) / size_of(axes)[0]
    left, right = f"← {say('worse')}", f"{say('better')} →"
    assumed = say("chart.tornado.as_assumed")
    half = text_width(assumed) / 2 + 0.1
    at = (centre - low) / inch
    if text_width(left) + half < at < size_of(axes)[0] - text_width(right) - half:
        axes.text(centre, high + 0.08, assumed, ha="center", va="bottom", color=palette.POLICY.text)
    axes.text(low, high + 0.08, left, ha="left", va="bottom")
    axes.text(top, high + 0.08, right, ha="right", va="bottom")


def _words(row: Swing) -> tuple[tuple[str, float], ...]:
    """Return an assumption's name and what its ends mean, broken into lines, with their sizes."""
    name = wrap(capital(row.assumption), LEFT - 0.15, bold=True)
    ends = (f"○ {row.low_label}", f"● {row.high_label}")
    return ((name, NORMAL), *((wrap(end, LEFT - 0.15, SMALL), SMALL) for end in ends))


def _name(axes: Axes, words: Sequence[tuple[str, float]], top: float) -> None:
    """Write an assumption's name and what its ends mean, at the left, from the top down."""
    low, high = axes.get_xlim()
    x = low - (LEFT - 0.02) * (high - low) / size_of(axes)[0]
    for k, (text, size) in enumerate(words):
        axes.text(
            x, top, text, va="top", size=size, linespacing=1.1,
            weight="normal" if k else "bold", color=palette.QUIET if k else palette.INK,
        )  # fmt: skip
        top -= height_of(text, size)


def _row(axes: Axes, row: Swing, y: float, write: Callable[[float], str]) -> None:
    """Draw an assumption's two ends with their values, clear of the lines behind them."""
    low, high = axes.get_xlim()
    inch = (high - low) / size_of(axes)[0]
    colour = palette.POLICY.colour
    known = [v for v in (row.low, row.high) if math.isfinite(v)]
    axes.plot(known, [y] * len(known), color=colour, linewidth=3, zorder=2)
    ends = ((row.low, palette.WHITE), (row.high, colour))
    for value, face in ends:
        if not math.isfinite(value):
            continue
        axes.plot(
            [value], [y], "o", color=colour, markerfacecolor=face, markersize=7, zorder=3,
            markeredgewidth=1.4,
        )  # fmt: skip
        others = [v for v in known if v != value]
        first = (others[0] - value) / inch > 0 if others else len(known) > 1 and face != colour
        axes.text(
            value + (-0.09 if first else 0.09) * inch, y, write(value),
            ha="right" if first else "left", va="center", zorder=4,
            bbox={"facecolor": palette.WHITE, "edgecolor": "none", "pad": 0.6, "alpha": 0.9},
        )  # fmt: skip
