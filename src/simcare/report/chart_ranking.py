"""Which policy: one outcome under each, against the base, sorted from best to worst."""

import math
from collections.abc import Sequence
from dataclasses import dataclass

from simcare.analysis.estimates import Estimate, Verdict, verdict
from simcare.analysis.ranking import Ranked
from simcare.report.chart_digits import clear_of_zero, decimals, title, written
from simcare.report.drawing import Chart, Table, tick
from simcare.report.forest import ForestRow, forest
from simcare.report.svg import styled
from simcare.report.words import capital, listed, paragraph, say

NAMED = 3  # more names than these are too many for a sentence


@dataclass(frozen=True)
class _Labels:
    """What is ranked, against what, in which unit, and the difference that matters."""

    outcome: str
    base: str
    unit: str
    delta: float
    at_once: bool


@dataclass(frozen=True)
class _Place:
    """A policy with what its range shows and how it is written."""

    ranked: Ranked
    seen: Verdict
    row: ForestRow
    share: str

    @property
    def side(self) -> int:
        """Return 1 if it is better than the base by enough to matter, -1 if worse, else 0."""
        if self.seen != Verdict.DIFFERENT:
            return 0
        return 1 if self.ranked.mean > 0 else -1


@styled
def which_policy(
    rows: Sequence[Ranked],
    outcome_label: str,
    base: str,
    delta: float,
    unit: str = "people of 100",
    simultaneous: bool = True,
) -> Chart:
    """Draw each policy's paired difference from the base, the best on top.

    A row named as the base stands for the base itself. ``delta`` is the smallest difference that
    matters, in the outcome's unit; ``simultaneous`` says that the rows' ranges hold for all
    comparisons at once, else each holds for itself.
    """
    ranked = sorted(rows, key=lambda r: -r.mean if math.isfinite(r.mean) else math.inf)
    compared = [r for r in ranked if r.policy != base]
    labels = _Labels(outcome_label, base, unit, delta, simultaneous and len(compared) > 1)
    places = _places(compared)
    found = [_place(r, labels, places) for r in ranked]
    close = _close(ranked, delta)
    figure = forest(
        [place.row for place in found],
        delta,
        [
            say("chart.ranking.axis", base=base, unit=unit),
            say("chart.ranking.axis_short", unit=unit),
        ],
        say("chart.ranking.best_in"),
    )
    return Chart(
        capital(_title(found, close, labels)),
        _subtitle(found, labels),
        _alt(found, close, labels),
        figure,
        _table(found, close, labels, places),
    )


def _places(compared: Sequence[Ranked]) -> int:
    """Return the decimals of all numbers: enough to see which ranges are clear of zero."""
    places = decimals([(r.upper - r.lower) / 2 for r in compared], [r.mean for r in compared])
    steps = [clear_of_zero(r.lower, r.upper, 10.0**-places) for r in compared]
    return max([places, *(round(-math.log10(step)) for step in steps)])


def _place(ranked: Ranked, labels: _Labels, places: int) -> _Place:
    """Return a policy with what is written of it, all with as many decimals."""
    best = ranked.best_of_100
    share = say("chart.ranking.under_one") if 0 < best < 0.5 else written(best, 0)
    is_base = ranked.policy == labels.base
    ends = (math.nan, math.nan) if is_base else (ranked.lower, ranked.upper)
    seen = verdict(Estimate(ranked.mean, *ends, 2), labels.delta)
    if is_base:
        difference = shown = say("chart.ranking.compared_with")
    else:
        difference, shown = _difference(ranked, places), _shown(ranked, seen, places)
    between = "" if seen == Verdict.UNKNOWN else _between(ranked, seen, places)
    drawn = share if math.isfinite(best) else ""
    row = ForestRow(
        ranked.policy, ranked.mean, *ends, shown, difference, between, drawn, is_base
    )  # fmt: skip
    return _Place(ranked, seen, row, share)


def _difference(ranked: Ranked, places: int) -> str:
    """Return a difference without a sign, by its side: "8 better"."""
    x = written(abs(ranked.mean), places)
    if not math.isfinite(ranked.mean):
        return x
    if float(x) == 0:
        return say("chart.ranking.difference.equal", x=x)
    return say(f"chart.ranking.difference.{'better' if ranked.mean > 0 else 'worse'}", x=x)


def _between(ranked: Ranked, seen: Verdict, places: int) -> str:
    """Return a range in words, without signs: "3 to 9 better", "1 worse to 5 better"."""
    low, high = (written(abs(v), places) for v in (ranked.lower, ranked.upper))
    if seen in (Verdict.TOO_SMALL, Verdict.UNSEEN):
        return say("chart.ranking.between.across", low=low, high=high)
    if ranked.mean > 0:
        return say("chart.ranking.between.better", low=low, high=high)
    return say("chart.ranking.between.worse", low=high, high=low)


def _shown(ranked: Ranked, seen: Verdict, places: int) -> str:
    """Return a difference with its range as it stands beside its line: "8 better (3 to 13)"."""
    difference = _difference(ranked, places)
    if seen == Verdict.UNKNOWN:
        return difference
    if seen in (Verdict.TOO_SMALL, Verdict.UNSEEN):
        between = _between(ranked, seen, places)
        return say("chart.ranking.shown.across", difference=difference, range=between)
    x, low, high = (written(abs(v), places) for v in (ranked.mean, ranked.lower, ranked.upper))
    if ranked.mean > 0:
        return say("chart.ranking.shown.better", x=x, low=low, high=high)
    return say("chart.ranking.shown.worse", x=x, low=high, high=low)


def _close(ranked: Sequence[Ranked], delta: float) -> list[Ranked] | None:
    """Return whom the first is not ahead of by enough to matter; None where it is not known."""
    rest = [r for r in ranked[1:] if math.isfinite(r.mean)]
    if not rest or any(verdict(r.behind, delta) == Verdict.UNKNOWN for r in rest):
        return None
    return [r for r in rest if verdict(r.behind, delta) != Verdict.DIFFERENT or r.behind.lower <= 0]


def _title(found: Sequence[_Place], close: Sequence[Ranked] | None, labels: _Labels) -> str:
    """Say who is best, who cannot be told from the best, or that none differs from the base."""
    others = [place for place in found if not place.row.is_base]
    if not any(math.isfinite(place.ranked.mean) for place in others):
        return say("chart.ranking.title.nothing")
    verdicts = {place.seen for place in others}
    if _unknown(found):
        return say("chart.ranking.title.unknown")
    n, base, first = str(len(others)), labels.base, capital(found[0].ranked.policy)
    better, worse = (str(sum(place.side == side for place in others)) for side in (1, -1))
    long = say("chart.ranking.title.long", n=n, better=better, worse=worse)
    if better == worse == "0" and Verdict.PERHAPS in verdicts:
        return title(say("chart.ranking.title.perhaps", base=base), long)
    if better == worse == "0":
        unseen = Verdict.UNSEEN in verdicts and Verdict.SMALL not in verdicts
        word = "unseen" if unseen else "same"
        return title(say(f"chart.ranking.title.{word}", base=base), long)
    if better == "0":
        return title(say("chart.ranking.title.none_better", base=base, n=n, worse=worse), long)
    if close is None or found[0].side != 1:
        counts = say("chart.ranking.title.better", base=base, better=better, n=n, first=first)
        return title(counts, long)
    if not close:
        best = say("chart.ranking.title.best", outcome=labels.outcome, first=first)
        return title(best, say("chart.ranking.title.best_short", first=first), long)
    if len(close) == 1:
        behind = verdict(close[0].behind, labels.delta)
        one = say("chart.ranking.title.one_more", first=first)
        if behind == Verdict.PERHAPS:
            return title(say("chart.ranking.title.two_perhaps", first=first), one, long)
        word = "two_close" if behind == Verdict.SMALL else "two"
        two = say(f"chart.ranking.title.{word}", first=first, second=close[0].policy)
        return title(two, one, long)
    return title(say("chart.ranking.title.several", first=first, n=str(len(close))), long)


def _unknown(found: Sequence[_Place]) -> bool:
    """Return whether no row has a range."""
    return all(place.seen == Verdict.UNKNOWN for place in found)


def _subtitle(found: Sequence[_Place], labels: _Labels) -> str:
    """Say what is measured, against what, and which range is drawn."""
    outcome, base, unit = capital(labels.outcome), labels.base, labels.unit
    measured = say("chart.ranking.subtitle", outcome=outcome, base=base, unit=unit)
    if not any(math.isfinite(place.ranked.mean) for place in found):
        return measured
    if _unknown(found):
        return f"{measured} {say('chart.ranking.range.none')}"
    n = str(sum(not place.row.is_base for place in found))
    each = say("chart.ranking.range.each")
    drawn = say("chart.ranking.range.all", n=n) if labels.at_once else each
    zone = say("chart.ranking.zone", delta=tick(labels.delta)) if labels.delta else ""
    return paragraph(measured, drawn, zone or say("chart.ranking.open"))


def _alt(found: Sequence[_Place], close: Sequence[Ranked] | None, labels: _Labels) -> str:
    """Say form, measure, what is seen, the ends with their numbers, and where the table is."""
    others = [place for place in found if not place.row.is_base]
    better, worse = (str(sum(place.side == side for place in others)) for side in (1, -1))
    parts = [say("chart.ranking.alt", outcome=labels.outcome, base=labels.base)]
    if not _unknown(found):
        n = str(len(others))
        parts.append(say("chart.ranking.alt.counts", n=n, better=better, worse=worse))
    known = [place.row for place in others if math.isfinite(place.ranked.mean)]
    for key, row in zip(("first", "last"), (known[0], known[-1]) if known else (), strict=False):
        if key == "first" or len(known) > 1:
            parts.append(say(f"chart.ranking.alt.{key}", name=capital(row.name), text=row.shown))
    if close:
        first, k = capital(found[0].ranked.policy), str(len(close))
        names = listed([r.policy for r in close])
        few = len(close) <= NAMED
        parts.append(
            say("chart.ranking.alt.close", first=first, names=names)
            if few
            else say("chart.ranking.alt.many_close", first=first, k=k)
        )
    return " ".join([*parts, say("alt.in_table")])


def _table(
    found: Sequence[_Place], close: Sequence[Ranked] | None, labels: _Labels, places: int
) -> Table:
    """Return all numbers, the best first; at the end how many are close to it, better, worse."""
    others = [place for place in found if not place.row.is_base]
    n, not_relevant = str(len(others)), say("ui.not_relevant")
    each = say("chart.ranking.header.range_each")
    header = (
        say("chart.ranking.header.name"),
        say("chart.ranking.header.value", outcome=capital(labels.outcome), unit=labels.unit),
        say("chart.ranking.header.difference", base=labels.base),
        say("chart.ranking.header.range_all", n=n) if labels.at_once else each,
        say("chart.ranking.header.behind"),
        say("chart.ranking.header.best"),
        say("chart.ranking.header.seen", delta=tick(labels.delta))
        if labels.delta
        else say("chart.gains.seen"),
    )
    cells = [_cells(place, place is found[0], places) for place in found]
    if close is not None:
        near = (say("chart.ranking.close"), *[not_relevant] * 6)
        cells.append((*near[:4], str(len(close)), *near[5:]))
    sides = [place.side for place in others]
    counts = ", ".join(str(k) for k in (sides.count(1), sides.count(-1), sides.count(0), n))
    total = (say("chart.ranking.total"), not_relevant, counts, *[not_relevant] * 4)
    return Table(header, (*cells, total))


def _cells(place: _Place, first: bool, places: int) -> tuple[str, ...]:
    """Return a policy's row of the table."""
    ranked, row, not_relevant = place.ranked, place.row, say("ui.not_relevant")
    words = {
        Verdict.DIFFERENT: "better" if ranked.mean > 0 else "worse",
        Verdict.PERHAPS: "perhaps_better" if ranked.mean > 0 else "perhaps_worse",
        Verdict.SMALL: "small_better" if ranked.mean > 0 else "small_worse",
        Verdict.TOO_SMALL: "too_small",
        Verdict.UNSEEN: "unseen",
        Verdict.UNKNOWN: "unknown",
    }
    return (
        ranked.policy,
        written(ranked.value, places),
        row.difference,
        not_relevant if row.is_base else row.between or say("ui.no_data"),
        not_relevant if first else _behind(ranked.behind, places),
        place.share,
        not_relevant if row.is_base else say(f"chart.ranking.seen.{words[place.seen]}"),
    )


def _behind(behind: Estimate, places: int) -> str:
    """Return in words the range of how far a policy is behind the first."""
    if not math.isfinite(behind.lower + behind.upper):
        return say("ui.no_data")
    low, high = (written(abs(v), places) for v in (behind.lower, behind.upper))
    if behind.lower > 0:
        return say("chart.ranking.between.behind", low=low, high=high)
    if behind.upper < 0:
        return say("chart.ranking.between.ahead", low=high, high=low)
    return say("chart.ranking.between.ahead_to_behind", low=low, high=high)
