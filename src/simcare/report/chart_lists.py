"""Leaving the list: who still waits, has started or has given up, by days since joining it."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from matplotlib.axes import Axes

from simcare.analysis import curves
from simcare.analysis.curves import Band, Key
from simcare.report import palette
from simcare.report.drawing import (
    NORMAL,
    SMALL,
    WIDE,
    Chart,
    Table,
    apart,
    day_ticks,
    height_of,
    new_axes,
    new_figure,
    spread,
    tenth,
    tidy,
    whole,
    wrap,
)
from simcare.report.palette import Fill
from simcare.report.svg import styled
from simcare.report.words import capital, count, headings, listed, paragraph, say

HEADER = (
    "chart.lists.days",
    "policy",
    "chart.lists.started",
    "chart.lists.waiting",
    "chart.lists.left_the_list",
)
TABLE_DAYS = (0.0, 30.0, 60.0, 90.0, 180.0)
ALIKE = 0.5
ACROSS, HIGH, PANEL = 2, 2.75, 1.75  # panels in a row; inches of a row, of a panel
LAYERS: tuple[tuple[str, Fill], ...] = (
    ("chart.lists.started", palette.STARTED),
    ("chart.lists.waiting", palette.WAITING),
    ("chart.lists.left", palette.GAVE_UP),
)


@dataclass(frozen=True)
class ListStates:
    """The states of a list under a policy: three curves that make 100."""

    policy: str
    started: Band
    waiting: Band
    left: Band


def list_states(policy: str, bands: Mapping[Key, Band], capacity: str) -> ListStates:
    """Take the curves of a capacity's list; who died or relapsed there has left it too.

    They are of nobody where there is no such capacity.
    """

    def of(state: str) -> Band:
        key = Key(state, curves.JOINING, "all who joined", capacity)
        return bands.get(key) or curves.unknown(key)

    left, other = of(curves.LEFT_LIST), of(curves.STOPPED)
    together = Band(
        left.key, left.x, left.mean + other.mean, left.lower, left.upper, left.low, left.high,
        left.at_risk, left.n,
    )  # fmt: skip
    return ListStates(policy, of(curves.SERVED), of(curves.STILL_WAITING), together)


@styled
def leaving_the_list(policies: Sequence[ListStates], what: str, day: float) -> Chart:
    """Draw the states of a list, policies side by side; the words give the numbers at ``day``.

    Policies without such a list are named.
    """
    known = [p for p in policies if np.isfinite(p.waiting.mean).any()]
    without = [p.policy for p in policies if known and not p.waiting.n]
    shown = [(k, p) for k, p in enumerate(policies) if p.policy not in without]
    until = _last_day(known, day)
    write = _writer(known, day)
    down = max(-(-len(shown) // ACROSS), 1)
    room = (WIDE - 0.42) / ACROSS
    titles = [wrap(capital(policy.policy), room - 0.1, bold=True) for _, policy in shown]
    high = HIGH + max((height_of(title) - height_of("") for title in titles), default=0.0)
    figure = new_figure(WIDE, down * high)
    for at, (k, policy) in enumerate(shown):
        row, column = divmod(at, ACROSS)
        bottom = (down - 1 - row) * high + 0.46
        axes = new_axes(figure, 0.42 + column * room, bottom, room - 1.4, PANEL)
        _panel(axes, policy, until, _Told(day, write), first=column == 0)
        role = palette.role(k)
        axes.set_title(
            titles[at], loc="left", size=NORMAL, color=role.text, pad=20,
            weight="bold" if role.bold else "normal",
        )  # fmt: skip
    parts = [_spoken(p, day, write) for p in known] or [say("chart.nobody")]
    alt = paragraph(say("chart.lists.alt", what=what), *parts, say("alt.in_table"))
    rows = tuple(row for p in known for row in _rows(p, day, write))
    table = Table(headings(*HEADER), rows)
    absent = say("chart.waiting.absent", policies=listed(without)) if without else ""
    subtitle = paragraph(say("chart.lists.subtitle", what=what), absent)
    return Chart(
        _title(known, day, what, len(policies) == 2),
        subtitle, alt, figure, table,
    )  # fmt: skip


def _last_day(policies: Sequence[ListStates], day: float) -> float:
    """Return when fewer than 1 of 100 still wait, but no less than the day that is spoken of."""
    ends = [day, 14.0]
    known = []
    for p in policies:
        finite = np.isfinite(p.waiting.mean)
        known.append(float(p.waiting.x[finite][-1]))
        few = np.flatnonzero(finite & (p.waiting.mean < 1))
        ends.append(float(p.waiting.x[few[0]]) if len(few) else known[-1])
    return float(min(max(ends), max(known, default=365.0) or day))


@dataclass(frozen=True)
class _Told:
    """The day that numbers are told of, in the title, the labels and the words, and how."""

    day: float
    write: Callable[[float], str]


def _panel(axes: Axes, policy: ListStates, until: float, told: _Told, *, first: bool) -> None:
    """Draw one policy's areas, white between them; a line at the day that numbers are told of.

    Beside each area's right end is what it is, with its number on that day.
    """
    axes.set_xlim(0, until)
    axes.set_ylim(0, 100)
    tidy(axes, "y", say("chart.lists.x"), say("chart.people_of_100") if first else "")
    axes.grid(False)
    day_ticks(axes, until)
    shown = np.isfinite(policy.waiting.mean) & (policy.waiting.x <= until + 1e-9)
    if not shown.any():
        axes.text(0.5, 0.5, say("chart.nobody"), transform=axes.transAxes, ha="center")
        return
    x = policy.started.x[shown]
    floor = np.zeros(len(x))
    middles, texts = [], []
    for (key, fill), band in zip(
        LAYERS, (policy.started, policy.waiting, policy.left), strict=True
    ):
        top = floor + band.mean[shown]
        area = axes.fill_between(x, floor, top, facecolor=fill.colour, linewidth=0)
        if fill.hatch:
            area.set(hatch=fill.hatch, edgecolor=palette.WHITE)
        axes.plot(x, top, color=palette.WHITE, linewidth=1.0)
        if fill.edge:  # the light fill is told from its neighbours, and from paper, by its edge
            for edge in (floor, top):
                axes.plot(x, edge, color=fill.edge, linewidth=0.8)
        number = told.write(_at(band, told.day))
        if float(band.mean[shown].max()) >= 0.5:
            texts.append(say("fmt.counted", n=number, what=say(key)))
            middles.append(float(floor[-1] + top[-1]) / 2)
        floor = top
    _mark(axes, told.day)
    inches = [y / 100 * PANEL for y in middles]
    places = apart(inches, [0.17] * len(inches), -0.05, 1.8)
    width = 6.3 * axes.get_position().width
    for text, want, at in zip(texts, inches, places, strict=True):
        ends = ([1.0 + 0.02 / width, 1.0 + 0.1 / width], [want / PANEL, at / PANEL])
        axes.plot(*ends, transform=axes.transAxes, color=palette.EDGE, linewidth=0.6, clip_on=False)
        axes.text(1.0 + 0.13 / width, at / PANEL, text, transform=axes.transAxes, va="center")


def _mark(axes: Axes, day: float) -> None:
    """Draw the day that numbers are told of, and name it over the labels that bear them."""
    for colour, thick in ((palette.WHITE, 2.6), (palette.INK, 1.0)):  # seen on dark areas too
        axes.axvline(day, color=colour, linewidth=thick, zorder=2)
    width = 6.3 * axes.get_position().width
    axes.text(
        1.0 + 0.13 / width, 1.08, count("chart.lists.on_day", whole(day)), va="bottom",
        transform=axes.transAxes, color=palette.QUIET, size=SMALL,
    )  # fmt: skip


def _writer(policies: Sequence[ListStates], day: float) -> Callable[[float], str]:
    """Return how the words and the table write people of 100: with a decimal if few have left."""
    return tenth if min((_at(p.left, day) for p in policies), default=0.0) < 9.5 else whole


def _at(band: Band, day: float) -> float:
    return float(band.mean[band.at(day)])


def _title(policies: Sequence[ListStates], day: float, what: str, two: bool) -> str:
    """Say how many have left, with the policy asked about first where there are ``two``."""
    if not policies:
        return say("chart.nobody")
    left = [_at(p.left, day) for p in policies]
    if not np.isfinite(left).any():
        return say("chart.too_short", days=whole(day))
    if max(left) < 0.05:
        return say("chart.lists.nobody", what=what)
    write = _writer(policies, day)
    days, after, before = whole(day), write(left[-1]), write(left[0])
    if not two or len(policies) != 2:
        return count("chart.lists.alone", spread([write(x) for x in left], left), days=days)
    if abs(left[-1] - left[0]) < ALIKE:
        return count("chart.lists.same", after, days=days)
    return count("chart.lists.more", after, days=days, before=before)


def _spoken(p: ListStates, day: float, write: Callable[[float], str]) -> str:
    """Return what has become of those who joined by a day, as it stands in the table."""
    started, waiting, left = (write(_at(b, day)) for b in (p.started, p.waiting, p.left))
    return say(
        "chart.lists.alt_policy",
        policy=capital(p.policy), days=whole(day), started=started, waiting=waiting, left=left,
    )  # fmt: skip


def _rows(p: ListStates, day: float, write: Callable[[float], str]) -> list[tuple[str, ...]]:
    days = sorted({*TABLE_DAYS, day})
    bands = (p.started, p.waiting, p.left)
    return [(whole(d), p.policy, *(write(_at(b, d)) for b in bands)) for d in days]
