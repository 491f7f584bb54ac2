"""Better or worse, on everything: paired differences in one unit, better always to the right."""

import math
from collections.abc import Sequence
from dataclasses import dataclass

from matplotlib.axes import Axes

from simcare.analysis.comparison import ComparisonRow, row_of
from simcare.analysis.estimates import Estimate, Verdict, verdict
from simcare.report import palette
from simcare.report.chart_words import BETTER, IN_THE_TABLE, NO_DIFFERENCE, OUTCOMES, WORSE
from simcare.report.drawing import (
    NORMAL,
    NOT_RELEVANT,
    SMALL,
    WIDE,
    Chart,
    Table,
    capital,
    new_axes,
    new_figure,
    size_of,
    tenth,
    text_width,
    tidy,
    whole,
    wrap,
)
from simcare.report.svg import styled

ALL_BETTER = "All {n} outcomes are better with {policy}"
ALL_WORSE = "All {n} outcomes are worse with {policy}"
MIXED = "With {policy}, {better} of {n} outcomes better, {worse} worse"
SOME_BETTER = "With {policy}, {better} of {n} outcomes better, none worse"
SOME_WORSE = "With {policy}, {worse} of {n} outcomes worse, none better"
NONE = "No outcome differs, that we can see, by enough to matter"
UNKNOWN = "One repetition cannot tell {policy} from {base}"
EMPTY = "No data: no outcome to compare"
SUBTITLE = (
    "{policy} against {base}, for the same people: difference of 100, better always to the right. "
    "Lines: 95 % range from chance in the simulation. Light zone: less than the {delta} of 100 "
    "that matter. Open dot: the line holds zero."
)
ALT = (
    "Dots with lines: differences in people of 100 between {policy} and {base}, better to the "
    "right. Of {n} outcomes {better} are better by enough to matter, {worse} worse, {spans} show "
    "no difference that matters. {extremes} " + IN_THE_TABLE
)
FURTHEST = "Furthest: {label}, {text}."
GAIN, LOSS, ACROSS, POINT_ONLY = (
    "{x} better ({low} to {high})",
    "{x} worse ({low} to {high})",
    "{x} ({low} worse to {high} better)",
    "{x} {side} (no range)",
)
SLIGHT = "at most {x} either way"
OVER = "of 100 {over}"
HEADER = ("Outcome", "Of 100", "Difference (of 100)", "Seen")
SEEN = {True: "clear of zero", False: "holds zero"}
TOTAL = "Better by enough to matter, worse, neither; all"


@dataclass(frozen=True)
class Gain:
    """A paired difference of people of 100, positive where the policy is better."""

    label: str
    over: str
    mean: float
    lower: float
    upper: float

    def matters(self, delta: float) -> int:
        """Return the side, 0 unless the range is clear of zero and reaches past delta."""
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
    for name, label, over in OUTCOMES:
        row = row_of(rows, name)
        if row is None or not row.outcome.better or not row.difference.n:
            continue
        d, sign = row.difference, row.outcome.better
        ends = sorted((sign * d.lower, sign * d.upper)) if d.n > 1 else (math.nan, math.nan)
        result.append(Gain(label.format(days=whole(deadline)), over, sign * d.mean, *ends))
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
    step = 0.4 if wide else 0.62
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
    n, sides = len(rows), [row.matters(delta) for row in rows]
    words = {
        "n": n, "better": sides.count(1), "worse": sides.count(-1), "spans": sides.count(0),
        "policy": policy, "base": base,
    }  # fmt: skip
    alt = ALT.format(extremes=_extremes(rows, texts), **words)
    subtitle = SUBTITLE.format(delta=tenth(delta) if delta % 1 else whole(delta), **words)
    counts = (str(words[name]) for name in ("better", "worse", "spans", "n"))
    total = (TOTAL, NOT_RELEVANT, ", ".join(counts), NOT_RELEVANT)
    cells = [(r.label, r.over, t, SEEN[r.side != 0]) for r, t in zip(rows, texts, strict=True)]
    table = Table(HEADER, (*cells, total))
    title = _title(rows, sides).format(**words)
    return Chart(title, capital(subtitle), alt, figure, table)


def spoken(row: Gain) -> str:
    """Return a gain in words, with as many decimals as its range supports, at most one."""
    narrow = not row.upper - row.lower >= 2.0
    write = tenth if narrow else whole
    x, low, high = (write(abs(v)) for v in (row.mean, row.lower, row.upper))
    if not math.isfinite(row.lower + row.upper):
        return POINT_ONLY.format(x=x, side=BETTER if row.mean >= 0 else WORSE)
    most = max(abs(row.lower), abs(row.upper))
    if most < 0.15:
        return SLIGHT.format(x=tenth(max(most, 0.1)))
    if row.lower >= 0:
        return GAIN.format(x=x, low=low, high=high)
    if row.upper <= 0:
        return LOSS.format(x=x, low=high, high=low)
    side = "" if float(x) == 0 else f" {BETTER if row.mean > 0 else WORSE}"
    return ACROSS.format(x=f"{x}{side}", low=low, high=high)


def _title(rows: Sequence[Gain], sides: Sequence[int]) -> str:
    """Return the sentence that fits how many outcomes are better and worse."""
    if not rows:
        return EMPTY
    better, worse = (sides.count(side) for side in (1, -1))
    if all(math.isnan(row.lower) for row in rows):
        return UNKNOWN
    if max(better, worse) == len(rows):
        return ALL_BETTER if better else ALL_WORSE
    if better and worse:
        return MIXED
    if better or worse:
        return SOME_BETTER if better else SOME_WORSE
    return NONE


def _extremes(rows: Sequence[Gain], texts: Sequence[str]) -> str:
    """Return the outcomes that lie furthest on either side, with their numbers."""
    if not rows:
        return ""
    order = sorted(range(len(rows)), key=lambda k: rows[k].mean)
    ends = dict.fromkeys((order[-1], order[0]))
    return " ".join(FURTHEST.format(label=rows[k].label, text=texts[k]) for k in ends)


def _scale(axes: Axes, rows: Sequence[Gain], delta: float, high: float) -> None:
    """Centre the axis on zero, with the zone that does not matter and the words at its ends."""
    ends = [abs(v) for r in rows for v in (r.mean, r.lower, r.upper) if math.isfinite(v)]
    most = max([*ends, 1.5 * delta, 1.0]) * 1.08
    axes.set_xlim(-most, most)
    axes.set_ylim(0, high)
    tidy(axes, "x", "Difference, people of 100")
    axes.set_yticks([])
    axes.axvspan(-delta, delta, color=palette.ZONE, zorder=0, linewidth=0)
    for x in (-delta, delta):
        axes.axvline(x, color=palette.EDGE, linewidth=0.6, zorder=1)
    axes.axvline(0, color=palette.INK, linewidth=1.0, zorder=1.5)
    words = (
        (-most, f"← {WORSE}", "left"),
        (0, NO_DIFFERENCE, "center"),
        (most, f"{BETTER} →", "right"),
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
        over = OVER.format(over=row.over)
        axes.text(
            low - (left - 0.02) * inch, y - 0.015, over, va="top", size=SMALL, color=palette.QUIET
        )
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
