"""Better or worse, on everything: paired differences in one unit, better always to the right."""

import math
from collections.abc import Sequence
from dataclasses import dataclass

from matplotlib.axes import Axes

from simcare.analysis.comparison import ComparisonRow, row_of
from simcare.analysis.estimates import Estimate, Verdict, round_to_range, verdict
from simcare.report import palette
from simcare.report.chart_digits import clear_of_zero
from simcare.report.drawing import (
    NORMAL,
    SMALL,
    WIDE,
    Chart,
    Table,
    new_axes,
    new_figure,
    size_of,
    tenth,
    text_width,
    tidy,
    whole,
    wrap,
)
from simcare.report.outcome_words import BESIDE, FARING, with_days
from simcare.report.svg import styled
from simcare.report.words import capital, count, headings, paragraph, say

HEADER = (
    "chart.gains.outcome",
    "chart.gains.of_whom",
    "chart.gains.difference",
    "chart.gains.seen",
)

HIGHEST = 3.3  # inches that all rows take in the wide picture


@dataclass(frozen=True)
class Gain:
    """A paired difference of people of 100, positive where the policy is better.

    ``over`` says of whom, as readers are told: "of 100 who asked". One that is not of people but in
    points of 100 is not counted among the better and the worse.
    """

    label: str
    over: str
    mean: float
    lower: float
    upper: float
    of_people: bool = True

    def matters(self, delta: float) -> int:
        """Return the side, 0 unless all of the range lies beyond delta."""
        if not math.isfinite(self.lower + self.upper):
            return 0
        found = verdict(Estimate(self.mean, self.lower, self.upper, 2), delta)
        return self.side if found == Verdict.DIFFERENT else 0

    @property
    def side(self) -> int:
        """Return 1 if clear of zero on the better side, -1 on the worse, 0 if not clear."""
        if not math.isfinite(self.lower + self.upper):
            return 0
        return int(self.lower > 0) - int(self.upper < 0)


def gains(rows: Sequence[ComparisonRow], deadline: float) -> list[Gain]:
    """Return the outcomes that readers are shown, of a policy against the base in one case."""
    result = []
    for of in BESIDE:
        row = row_of(rows, of.name)
        if row is None or not row.outcome.better or not row.difference.n:
            continue
        d, sign = row.difference, row.outcome.better
        ends = sorted((sign * d.lower, sign * d.upper)) if d.n > 1 else (math.nan, math.nan)
        lower, upper = ends
        label = with_days(of.label, whole(deadline))
        gain = Gain(label, say(of.of_whom), sign * d.mean, lower, upper, of is not FARING)
        result.append(gain)
    return result


@styled
def better_or_worse(
    rows: Sequence[Gain], base: str, policy: str, delta: float, width: float = WIDE
) -> Chart:
    """Draw each outcome's difference with its range, the zone that does not matter behind."""
    rows = [row for row in rows if math.isfinite(row.mean)]
    wide = width > 5
    texts = [spoken(row) for row in rows]
    left = 2.25 if wide else 0.12
    right = max([text_width(text) for text in texts], default=1.0) + 0.2 if wide else 0.12
    step = min(0.4, HIGHEST / max(len(rows), 1)) if wide else 0.62
    bottom, top = 0.46, 0.34
    figure = new_figure(width, max(len(rows), 1) * step + bottom + top)
    high = max(len(rows), 1) * step
    axes = new_axes(figure, left, bottom, width - left - right, high)
    _scale(axes, rows, delta, high)
    for k, (row, text) in enumerate(zip(rows, texts, strict=True)):
        y = high - (k + 0.5) * step
        if wide:
            _words_beside(axes, row, text, y, left)
        else:
            _words_above(axes, row, text, y)
        _dot(axes, row, y if wide else y - 0.15)
    people = [row for row in rows if row.of_people]
    sides = [row.matters(delta) for row in people]
    better, worse, spans = (str(sides.count(side)) for side in (1, -1, 0))
    ranged = any(math.isfinite(row.lower + row.upper) for row in rows)
    counted = {"n": str(len(people)), "better": better, "worse": worse, "spans": spans}
    alt = paragraph(
        say("chart.gains.alt", policy=policy, base=base),
        say("chart.gains.alt_counts", **counted) if ranged else say("chart.range.none"),
    )
    subtitle = paragraph(
        say(
            "chart.gains.subtitle",
            policy=capital(policy), base=base, delta=tenth(delta) if delta % 1 else whole(delta),
        ),
        say("chart.gains.lines") if ranged else say("chart.range.none"),
    )  # fmt: skip
    return Chart(
        _title(people, sides, base, policy),
        subtitle,
        paragraph(alt, *_extremes(rows, texts), say("alt.in_table")),
        figure,
        _table(rows, texts, (better, worse, spans)),
    )


def _table(rows: Sequence[Gain], texts: Sequence[str], sides: tuple[str, str, str]) -> Table:
    """Return a row for each outcome, and one that counts them by their side."""
    seen = {True: say("chart.gains.clear"), False: say("chart.gains.not_clear")}
    cells = [(r.label, r.over, t, seen[r.side != 0]) for r, t in zip(rows, texts, strict=True)]
    better, worse, spans = sides
    if not any(math.isfinite(row.lower + row.upper) for row in rows):
        unknown = say("ui.no_data")
        return Table(headings(*HEADER), tuple((*cell[:3], unknown) for cell in cells))
    n = str(sum(row.of_people for row in rows))
    counts = say("chart.gains.counts", better=better, worse=worse, spans=spans, n=n)
    irrelevant = say("ui.not_relevant")
    total = (say("chart.gains.total"), irrelevant, counts, irrelevant)
    return Table(headings(*HEADER), (*cells, total))


def spoken(row: Gain) -> str:
    """Return a gain in words, with as many decimals as its range supports: none or one.

    More where a range that is clear of zero would be written as if it were not.
    """
    narrow = not row.upper - row.lower >= 2.0
    step = clear_of_zero(row.lower, row.upper, 0.1 if narrow else 1.0)
    x, low, high = (_write(abs(v), step) for v in (row.mean, row.lower, row.upper))
    if not math.isfinite(row.lower + row.upper):
        return say("chart.gains.better_alone" if row.mean >= 0 else "chart.gains.worse_alone", x=x)
    most = max(abs(row.lower), abs(row.upper))
    if most < 0.15:
        return say("chart.gains.slight", x=tenth(max(most, 0.1)))
    if row.lower >= 0:
        return say("chart.gains.better", x=x, low=low, high=high)
    if row.upper <= 0:
        return say("chart.gains.worse", x=x, low=high, high=low)
    if float(x) == 0:
        return say("chart.gains.across", x=x, low=low, high=high)
    key = "chart.gains.across_better" if row.mean > 0 else "chart.gains.across_worse"
    return say(key, x=x, low=low, high=high)


def _write(value: float, step: float) -> str:
    return round_to_range(value, step) if math.isfinite(value) else say("ui.no_data")


def _title(rows: Sequence[Gain], sides: Sequence[int], base: str, policy: str) -> str:
    """Return the sentence that fits how many outcomes are better and worse."""
    if not rows:
        return say("chart.gains.empty")
    better, worse = (sides.count(side) for side in (1, -1))
    n = str(len(rows))
    if all(math.isnan(row.lower) for row in rows):
        return say("chart.gains.unknown", policy=policy, base=base)
    if max(better, worse) == len(rows):
        key = "chart.gains.all_better" if better else "chart.gains.all_worse"
        return count(key, n, policy=policy)
    if better and worse:
        return say("chart.gains.mixed", policy=policy, n=n, better=str(better), worse=str(worse))
    if better:
        return say("chart.gains.some_better", policy=policy, n=n, better=str(better))
    if worse:
        return say("chart.gains.some_worse", policy=policy, n=n, worse=str(worse))
    return say("chart.gains.none", policy=policy)


def _extremes(rows: Sequence[Gain], texts: Sequence[str]) -> list[str]:
    """Return the outcomes that lie furthest on either side, with their numbers."""
    if not rows:
        return []
    order = sorted(range(len(rows)), key=lambda k: rows[k].mean)
    best, worst = order[-1], order[0]
    found = [say("chart.gains.furthest", outcome=rows[best].label, gain=texts[best])]
    if worst != best:
        words = {"outcome": rows[worst].label, "gain": texts[worst]}
        found.append(say("chart.gains.furthest_worse", **words))
    return found


def _scale(axes: Axes, rows: Sequence[Gain], delta: float, high: float) -> None:
    """Centre the axis on zero, with the zone that does not matter and the words at its ends."""
    ends = [abs(v) for r in rows for v in (r.mean, r.lower, r.upper) if math.isfinite(v)]
    most = max([*ends, 1.5 * delta, 1.0]) * 1.08
    axes.set_xlim(-most, most)
    axes.set_ylim(0, high)
    tidy(axes, "x", say("chart.difference_of_100"))
    axes.set_yticks([])
    axes.axvspan(-delta, delta, color=palette.ZONE, zorder=0, linewidth=0)
    for x in (-delta, delta):
        axes.axvline(x, color=palette.EDGE, linewidth=0.6, zorder=1)
    axes.axvline(0, color=palette.INK, linewidth=1.0, zorder=1.5)
    words = (
        (-most, f"← {say('worse')}", "left"),
        (0, say("chart.no_difference"), "center"),
        (most, f"{say('better')} →", "right"),
    )
    across = size_of(axes)[0]
    fits = text_width("".join(text for _, text, _ in words)) + 0.3 < across
    for x, text, side in words:
        if fits or x:
            axes.text(x, high + 0.08, text, ha=side, va="bottom")


def _words_beside(axes: Axes, row: Gain, text: str, y: float, left: float) -> None:
    """Write a row's name at the left and its numbers at the right."""
    across = size_of(axes)[0]
    low, high = axes.get_xlim()
    inch = (high - low) / across
    name = wrap(row.label, left - 0.15)
    one = "\n" not in name
    axes.text(
        low - (left - 0.02) * inch, y, name, va="bottom" if one else "center", linespacing=1.1
    )
    if one:
        axes.text(
            low - (left - 0.02) * inch, y - 0.015, row.over, va="top", size=SMALL,
            color=palette.QUIET,
        )  # fmt: skip
    axes.text(high + 0.12 * inch, y, text, va="center")


def _words_above(axes: Axes, row: Gain, text: str, y: float) -> None:
    """Write a row's name and numbers over its line, for a narrow picture."""
    low = axes.get_xlim()[0]
    axes.axhspan(y - 0.02, y + 0.31, color=palette.WHITE, linewidth=0, zorder=1.8)
    lines = (row.label, text)
    for k, line in enumerate(lines):
        colour = palette.QUIET if k else palette.INK
        axes.text(
            low, y + 0.22 - 0.16 * k, line, va="center", size=NORMAL - 0.5 * k, color=colour,
            zorder=1.9,
        )  # fmt: skip


def _dot(axes: Axes, row: Gain, y: float) -> None:
    """Draw a difference: filled where its range is clear of zero, open where it is not."""
    colour = palette.POLICY.colour
    if math.isfinite(row.lower + row.upper):
        axes.plot([row.lower, row.upper], [y, y], color=colour, linewidth=1.4, zorder=2)
    face = colour if row.side else palette.WHITE
    axes.plot(
        [row.mean], [y], "o", color=colour, markerfacecolor=face, markersize=6.5, zorder=3,
        markeredgewidth=1.4,
    )  # fmt: skip
