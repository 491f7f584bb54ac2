"""Of 100 people: two grids of 100 dots, filled in blocks from the bottom."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from numpy.typing import NDArray

from simcare.analysis import curves
from simcare.analysis.curves import Band, Key
from simcare.analysis.estimates import Estimate, PairedDifference, Verdict, verdict
from simcare.report import palette
from simcare.report.chart_digits import written
from simcare.report.drawing import (
    NORMAL,
    WIDE,
    Chart,
    Table,
    apart,
    bare,
    height_of,
    new_figure,
    spread,
    tenth,
    whole,
    wrap,
)
from simcare.report.svg import styled
from simcare.report.words import MINUS, capital, count, headings, paragraph, say

Numbers = NDArray[np.float64]
FATES = ("chart.people.started", "chart.people.waiting", "reneged", "chart.people.neither")

ALIKE = 1e-6  # numbers as they are written; less is rounding
CELL = 0.148  # inches
DIAMETER = 7.6  # points
GRID = 10 * CELL


@dataclass(frozen=True)
class Fates:
    """What has become of 100 people under a policy: four shares that make 100, or nan."""

    policy: str
    started: float
    waiting: float
    gave_up: float
    other: float

    @property
    def counts(self) -> tuple[float, ...]:
        """Return the shares from the bottom of the grid to its top."""
        return (self.started, self.waiting, self.gave_up, self.other)


def fates_at(policy: str, bands: Mapping[Key, Band], day: float) -> Fates:
    """Read from the curves since asking what has become of people by a day."""

    def share(state: str) -> float:
        found = bands[Key(state, curves.ASKING, "all who asked")]
        return float(found.mean[found.at(day)])

    other = share(curves.NOT_OFFERED) + share(curves.DEAD)
    parts = (curves.STARTED, curves.STILL_WAITING, curves.GAVE_UP)
    started, waiting, gave_up = (share(state) for state in parts)
    return Fates(policy, started, waiting, gave_up, other)


def dots(shares: Sequence[float]) -> list[int]:
    """Return whole numbers that make 100; none where nothing is known.

    The first is rounded as it is wherever else it is told; the others share what is left by their
    largest remainders.
    """
    if not all(math.isfinite(s) for s in shares) or sum(shares) <= 0:
        return [0] * len(shares)
    exact = np.array(shares) * 100.0 / sum(shares)
    first = int(whole(float(exact[0])))
    others = exact[1:].sum()
    if others == 0:
        return [100, *[0] * (len(shares) - 1)]
    rest = exact[1:] * (100 - first) / others
    result = np.floor(rest + 1e-9).astype(int)
    order = np.argsort(-(rest - result), kind="stable")
    result[order[: 100 - first - int(result.sum())]] += 1
    return [first, *map(int, result)]


@styled
def of_100(
    fates: Sequence[Fates],
    day: float,
    difference: Estimate | PairedDifference | None = None,
    delta: float = 0.0,
    width: float = WIDE,
) -> Chart:
    """Draw what becomes of 100 people under each policy, the first being the base.

    ``difference`` is the paired difference of those who have started, the last policy less the
    base, ``delta`` the smallest that matters: they decide the title.
    """
    counts = [dots(f.counts) for f in fates]
    beside = width > 5
    across = 2 if beside and len(fates) > 1 else 1
    down = -(-len(fates) // across)
    room, high = width / across, GRID + 0.36
    figure = new_figure(width, max(down, 1) * high + 0.02)
    for k, (fate, numbers) in enumerate(zip(fates, counts, strict=True)):
        row, column = divmod(k, across)
        axes = bare(figure, column * room, (down - 1 - row) * high, room, high)
        _panel(axes, fate.policy, numbers, k, room)
    days = whole(day)
    rows = _rows(fates, counts, difference)
    header = (say("chart.people.header", days=days), *headings(*FATES))
    told = [row[1:] for row in rows[: len(fates)]]
    parts = [
        _spoken(f.policy, cells) if sum(n) else say("chart.of_nobody", policy=capital(f.policy))
        for f, n, cells in zip(fates, counts, told, strict=True)
    ]
    alt = paragraph(say("chart.people.alt", days=days), *parts, say("alt.in_table"))
    title = _title(fates, counts, [cells[0] for cells in told], difference, delta, days)
    subtitle = say("chart.people.subtitle", days=days)
    return Chart(title, subtitle, alt, figure, Table(header, rows))


def _rows(
    fates: Sequence[Fates],
    counts: Sequence[Sequence[int]],
    difference: Estimate | PairedDifference | None,
) -> tuple[tuple[str, ...], ...]:
    """Return the table: each policy's people; of two policies also what differs.

    Of those who have started that is ``difference``, as the title says it. Of more policies each
    differs from the base, as the table of all scenarios says with ranges.
    """
    names = [f.policy for f in fates]
    if len(fates) != 2:
        return tuple((name, *map(str, n)) for name, n in zip(names, counts, strict=True))
    shares = np.array([f.counts for f in fates], np.float64)
    apart_by = shares[1] - shares[0]
    if difference is not None and math.isfinite(difference.mean):
        apart_by[0] = difference.mean
    dotted = np.array(counts, np.float64)
    columns = [_column(*each) for each in zip(dotted.T, shares.T, apart_by, strict=True)]
    return tuple(zip((*names, capital(say("difference"))), *columns, strict=True))


def _column(dotted: Numbers, shares: Numbers, difference: float) -> list[str]:
    """Return a column's people under the base and the policy, and how they differ.

    It is the dots drawn, and a whole difference, if these agree; else it has the decimals, at most
    two, with which they do.
    """
    for people, places in ((dotted, 0), (shares, 1), (shares, 2)):
        cells = [written(v, places) for v in (*people, difference)]
        if not math.isfinite(people.sum() + difference):
            break
        before, after, both = (float(cell.replace(MINUS, "-")) for cell in cells)
        if abs(after - before - both) < ALIKE:
            break
    return cells


def _spoken(policy: str, cells: Sequence[str]) -> str:
    """Return what has become of people, in the numbers of the table."""
    started, waiting, reneged, other = cells
    return say(
        "chart.people.alt_policy",
        policy=capital(policy), started=started, waiting=waiting, reneged=reneged, other=other,
    )  # fmt: skip


def _title(
    fates: Sequence[Fates],
    counts: Sequence[Sequence[int]],
    started: Sequence[str],
    difference: Estimate | PairedDifference | None,
    delta: float,
    days: str,
) -> str:
    """Return the sentence that the difference supports, in the numbers of the table."""
    if not any(sum(n) for n in counts):
        return say("chart.nobody")
    policy, base = fates[-1].policy, fates[0].policy
    after, before = started[-1], started[0]
    each = zip(started, fates, counts, strict=True)
    seen = [(text, fate.started) for text, fate, n in each if sum(n)]
    if len(fates) != 2 or len(seen) < 2:
        numbers, values = zip(*seen, strict=True)
        return count("chart.people.alone", spread(numbers, values), days=days)
    found = Verdict.UNKNOWN if difference is None else verdict(difference, delta)
    if difference is None or found == Verdict.UNKNOWN:
        return count("chart.people.unknown", after, days=days, before=before, base=base)
    if found in (Verdict.TOO_SMALL, Verdict.UNSEEN):
        return say("chart.people.unseen", days=days)
    more = difference.mean > 0
    plain = whole(abs(difference.mean))
    agrees = abs(counts[-1][0] - counts[0][0]) == int(plain)
    n = plain if agrees else tenth(abs(difference.mean))
    if found == Verdict.SMALL:
        key = "chart.people.small_more" if more else "chart.people.small_fewer"
        return count(key, n, days=days)
    key = "chart.people.more" if more else "chart.people.fewer"
    return count(key, n, days=days, policy=policy)


def _panel(axes: Axes, policy: str, numbers: Sequence[int], place: int, room: float) -> None:
    """Draw one policy's grid with its labels at the right."""
    role = palette.role(place)
    weight = "bold" if role.bold else "normal"
    axes.text(0.02, GRID + 0.1, capital(policy), color=role.text, weight=weight, va="bottom")
    if not sum(numbers):
        axes.text(0, GRID - 0.1, wrap(say("chart.nobody"), room), va="top")
        return
    kinds = np.repeat(np.arange(len(numbers)), numbers)
    place_x = (np.arange(100) % 10 + 0.5) * CELL
    place_y = (np.arange(100) // 10 + 0.5) * CELL
    for kind, look in enumerate(_looks()):
        here = kinds == kind
        axes.plot(place_x[here], place_y[here], linestyle="", markersize=DIAMETER, **look)
    ends = np.cumsum(numbers)
    wanted, texts = [], []
    for k, number in enumerate(numbers):
        if number:
            wanted.append((ends[k] - number / 2) / 10 * CELL)
            label = say("fmt.counted", n=str(number), what=say(FATES[k]))
            texts.append(wrap(label, room - GRID - 0.3))
    heights = [height_of(text, NORMAL) + 0.04 for text in texts]
    places = apart(wanted, heights, 0.0, GRID + 0.06)
    for text, want, at in zip(texts, wanted, places, strict=True):
        axes.plot([GRID + 0.04, GRID + 0.14], [want, at], color=palette.EDGE, linewidth=0.6)
        axes.text(GRID + 0.18, at, text, va="center", linespacing=1.15)


def _looks() -> tuple[dict[str, Any], ...]:
    """Return how a person is drawn: solid, ring, half or cross, so that grey tells them apart."""
    ring = {"markeredgewidth": 0.9, "marker": "o"}
    gave_up = palette.SECOND.text
    return (
        {"marker": "o", "markeredgewidth": 0, "color": palette.STARTED.colour},
        {**ring, "color": palette.WAITING.colour, "markeredgecolor": palette.WAITING.edge},
        {
            **ring,
            "fillstyle": "left",
            "color": gave_up,
            "markerfacecoloralt": palette.WHITE,
        },
        {"marker": "x", "markeredgewidth": 1.2, "color": palette.EDGE},
    )
