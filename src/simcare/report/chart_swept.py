"""How many: an outcome over a swept number, such as beds, under each policy."""

import math
from collections.abc import Sequence
from dataclasses import dataclass

from simcare.analysis.estimates import PairedDifference, Verdict, verdict
from simcare.report.chart_digits import decimals, title, told_apart, written
from simcare.report.chart_lines import BANDS
from simcare.report.drawing import Chart, Table, tick
from simcare.report.svg import styled
from simcare.report.swept_lines import SINGLE, Marks, Swept, limits, swept_lines
from simcare.report.words import capital, listed, say


@dataclass(frozen=True)
class _Asked:
    """What is swept and measured, and how the last line's ends differ."""

    swept: str
    outcome: str
    unit: str
    better: int
    change: PairedDifference | None
    delta: float
    places: int

    @property
    def seen(self) -> Verdict:
        """Return what the change shows."""
        return Verdict.UNKNOWN if self.change is None else verdict(self.change, self.delta)

    @property
    def way(self) -> str:
        """Return whether the change is to the better or the worse, or just moves."""
        if not self.better or self.change is None:
            return "moves"
        return "better" if self.change.mean * self.better > 0 else "worse"


@styled
def over_values(
    series: Sequence[Swept],
    swept_label: str,
    outcome_label: str,
    unit: str,
    better: int,
    base_value: float | None = None,
    target: float | None = None,
    change: PairedDifference | None = None,
    delta: float = 0.0,
) -> Chart:
    """Draw the outcome over the swept number, a line for each policy, the one asked about last.

    ``better`` is 1 where more is better, -1 where less is, 0 where neither. ``base_value`` is
    the swept number today. ``change`` is the last line's paired difference, its last value less
    its first, and ``delta`` the smallest that matters: they decide the title.
    """
    tried = [s.in_order() for s in series]
    lines = [s.known() for s in tried]
    marks = Marks(
        capital(swept_label),
        say("chart.swept.axis", outcome=capital(outcome_label), unit=unit),
        math.nan if base_value is None else base_value,
        math.nan if target is None else target,
    )
    places = _places(lines, change)
    asked = _Asked(swept_label, outcome_label, unit, better, change, delta, places)
    return Chart(
        capital(_title(lines, asked)),
        _subtitle(lines, asked, marks),
        _alt(lines, asked, marks),
        swept_lines(tried, marks),
        _table(tried, asked, marks),
    )


def _places(lines: Sequence[Swept], change: PairedDifference | None) -> int:
    """Return the decimals of the outcome: as ranges support, and as a clear change needs."""
    halves = [h for s in lines for h in (s.upper - s.lower) / 2]
    places = decimals(halves, [v for s in lines for v in s.mean])
    clear = change is not None and (change.lower > 0 or change.upper < 0)
    if clear and lines and len(lines[-1].x) > 1:
        return told_apart([float(lines[-1].mean[k]) for k in (0, -1)], places)
    return places


def _title(lines: Sequence[Swept], asked: _Asked) -> str:
    """Say how the outcome of the last line differs between its first and its last value."""
    if not lines or not len(lines[-1].x):
        return say("chart.swept.title.nothing")
    last, outcome = lines[-1], capital(asked.outcome)
    x0, x1 = (tick(float(last.x[k])) for k in (0, -1))
    y0, y1 = (written(float(last.mean[k]), asked.places) for k in (0, -1))
    if len(last.x) == 1:
        one = say("chart.swept.title.single", outcome=outcome, y0=y0, x0=x0, swept=asked.swept)
        return title(one, say("chart.swept.title.short_one", x0=x0, y0=y0))
    ends = {"x0": x0, "x1": x1, "y0": y0, "y1": y1}
    seen, way = asked.seen, asked.way
    if seen == Verdict.UNKNOWN:
        levels = say("chart.swept.title.levels", outcome=outcome, swept=asked.swept, **ends)
        return title(levels, say("chart.swept.title.short_levels", **ends))
    if seen in (Verdict.UNSEEN, Verdict.TOO_SMALL):
        word = "unseen" if seen == Verdict.UNSEEN else "too_small"
        same = say(f"chart.swept.title.{word}", x0=x0, x1=x1, swept=asked.swept)
        return title(same, say(f"chart.swept.title.short_{word}", x0=x0, x1=x1))
    short = say(f"chart.swept.title.short_{way}", **ends)
    if seen == Verdict.PERHAPS:
        perhaps = say(f"chart.swept.title.perhaps_{way}", swept=asked.swept, **ends)
        return title(perhaps, say(f"chart.swept.title.short_perhaps_{way}", **ends))
    if seen == Verdict.SMALL:
        return title(say(f"chart.swept.title.small_{way}", swept=asked.swept, **ends), short)
    if way == "moves":
        moves = say("chart.swept.title.moves", outcome=outcome, swept=asked.swept, **ends)
        return title(moves, short)
    alone = say(f"chart.swept.title.{way}", swept=asked.swept, **ends)
    named = say(f"chart.swept.title.{way}_with", name=last.name, swept=asked.swept, **ends)
    return title(alone if len(lines) == 1 else named, alone, short)


def _subtitle(lines: Sequence[Swept], asked: _Asked, marks: Marks) -> str:
    """Say what is measured, which way is better, which range is drawn, and if zero is cut."""
    outcome = capital(asked.outcome)
    parts = [say("chart.swept.subtitle", outcome=outcome, unit=asked.unit, swept=asked.swept)]
    if asked.better:
        parts.append(say("chart.swept.higher" if asked.better > 0 else "chart.swept.lower"))
    known = [s for s in lines if len(s.x)]
    if known:
        bands = len(lines) <= BANDS or len(lines) > SINGLE
        drawn = "bands" if bands and any(len(s.x) > 1 for s in known) else "lines"
        ranged = any(s.has_range for s in known)
        parts.append(say(f"chart.swept.{drawn if ranged else 'no_range'}"))
    if len(lines) > SINGLE:
        parts.append(say("chart.swept.panels"))
    if len(known) > 1 and len(lines[-1].x):
        parts.append(say("chart.swept.about", name=lines[-1].name))
    if limits(lines, marks)[1]:
        parts.append(say("chart.swept.cut"))
    return " ".join(parts)


def _alt(lines: Sequence[Swept], asked: _Asked, marks: Marks) -> str:
    """Say form and measure, both ends of the first and last line, and where the target is met."""
    parts = [say("chart.swept.alt", swept=asked.swept, outcome=asked.outcome, unit=asked.unit)]
    known = [s for s in lines if len(s.x)]
    for s in (*known[:-1][:1], *known[-1:]):
        x0, x1 = (tick(float(s.x[k])) for k in (0, -1))
        y0, y1 = (written(float(s.mean[k]), asked.places) for k in (0, -1))
        name = capital(s.name)
        if len(s.x) == 1:
            parts.append(say("chart.swept.alt.single", name=name, x0=x0, y0=y0))
        else:
            parts.append(say("chart.swept.alt.ends", name=name, x0=x0, x1=x1, y0=y0, y1=y1))
    if known and asked.better and math.isfinite(marks.target):
        name, y = known[-1].name, tick(marks.target)
        xs = [tick(x) for x in _met(known[-1], asked.better, marks.target)]
        parts.append(
            say("chart.swept.alt.met", name=name, y=y, xs=listed(xs))
            if xs
            else say("chart.swept.alt.not_met", name=capital(name), y=y)
        )
    return " ".join([*parts, say("alt.in_table")])


def _met(series: Swept, better: int, target: float) -> list[float]:
    """Return the values at which the whole range, or the mean if it has none, meets the target."""
    edge = series.lower if better > 0 else series.upper
    worst = [
        float(m) if math.isnan(e) else float(e) for m, e in zip(series.mean, edge, strict=True)
    ]
    return [float(x) for x, w in zip(series.x, worst, strict=True) if better * (w - target) >= 0]


def _table(lines: Sequence[Swept], asked: _Asked, marks: Marks) -> Table:
    """Return each line's values with their means and ranges, then the marks and the change."""
    none, places = say("ui.not_relevant"), asked.places
    header = (
        say("chart.swept.header.name"),
        marks.swept,
        say("chart.swept.header.mean", outcome=capital(asked.outcome), unit=asked.unit),
        say("chart.swept.header.range"),
    )
    rows = [
        (s.name, tick(float(x)), written(float(mean), places), _range(low, high, places))
        for s in lines
        for x, mean, low, high in zip(s.x, s.mean, s.lower, s.upper, strict=True)
    ]
    if math.isfinite(marks.today):
        rows.append((say("chart.swept.row.today"), tick(marks.today), none, none))
    if math.isfinite(marks.target):
        rows.append((say("chart.swept.row.target"), none, tick(marks.target), none))
    last = lines[-1].known() if lines else None
    if asked.change is not None and last is not None and len(last.x) > 1:
        change = asked.change
        x0, x1 = (tick(float(last.x[k])) for k in (0, -1))
        name = say("chart.swept.row.change", x0=x0, x1=x1, name=last.name)
        between = _range(change.lower, change.upper, places)
        rows.append((name, none, written(change.mean, places), between))
        rows.append((say("chart.swept.row.delta"), none, tick(asked.delta), none))
    return Table(header, tuple(rows))


def _range(low: float, high: float, places: int) -> str:
    """Return a range in words, or "no data"."""
    if not math.isfinite(low + high):
        return say("ui.no_data")
    return say("chart.swept.range", low=written(low, places), high=written(high, places))
