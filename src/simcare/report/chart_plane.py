"""The plane of extra cost and extra life years: a dot for each repetition, a panel a policy."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from matplotlib.axes import Axes
from matplotlib.ticker import FuncFormatter

from simcare.analysis.economics import Floats, ellipse
from simcare.report import palette
from simcare.report.drawing import NORMAL, SMALL, WIDE, Chart, Table, new_axes, new_figure, tidy
from simcare.report.drawing import whole as written
from simcare.report.svg import styled
from simcare.report.words import MINUS, capital, headings, paragraph, say

LEFT, RIGHT, TOP, BOTTOM, PANEL, BETWEEN = 0.75, 0.15, 0.5, 0.5, 1.75, 0.45  # inches
BESIDE, BELOW = 0.52, 0.2  # how far the axes reach on the shorter side of zero, of the longer
QUADRANTS = (
    "chart.plane.dearer_more", "chart.plane.dearer_fewer", "chart.plane.cheaper_more",
    "chart.plane.cheaper_fewer",
)  # fmt: skip
CORNERS = ((0.99, 0.97), (0.01, 0.97), (0.99, 0.03), (0.01, 0.03))  # of the axes, as QUADRANTS


@dataclass(frozen=True, eq=False)
class Cloud:
    """What a policy costs and brings more in each repetition: float64 (repetitions,).

    ``costs`` are for each person who asks, ``qalys`` for a thousand of them.
    """

    policy: str
    costs: Floats
    qalys: Floats

    @property
    def of_100(self) -> tuple[float, ...]:
        """Of 100 repetitions, how many lie in each of QUADRANTS; those on a line lie above it."""
        dearer, more = self.costs >= 0, self.qalys >= 0
        parts = (dearer & more, dearer & ~more, ~dearer & more, ~dearer & ~more)
        return tuple(100.0 * float(part.mean()) for part in parts)


@styled
def plane(clouds: Sequence[Cloud], base: str, currency: str) -> Chart:
    """Draw the plane of each policy beside the base, all to one scale."""
    height = TOP + len(clouds) * PANEL + (len(clouds) - 1) * BETWEEN + BOTTOM
    figure = new_figure(WIDE, height)
    rings = [ellipse(cloud.qalys, cloud.costs) for cloud in clouds]
    x = _limits([*(c.qalys for c in clouds), *(ring[:, 0] for ring in rings)], BESIDE)
    y = _limits([*(c.costs for c in clouds), *(ring[:, 1] for ring in rings)], BELOW)
    for k, (cloud, ring) in enumerate(zip(clouds, rings, strict=True)):
        bottom = height - TOP - (k + 1) * PANEL - k * BETWEEN
        axes = new_axes(figure, LEFT, bottom, WIDE - LEFT - RIGHT, PANEL)
        axes.set_xlim(*x)
        axes.set_ylim(*y)
        last = k == len(clouds) - 1
        tidy(axes, "y", say("chart.plane.x") if last else "")
        axes.yaxis.set_major_formatter(FuncFormatter(lambda v, _: _money(v)))
        _draw(axes, cloud, ring, k + 1)
        name = say("chart.plane.panel", policy=capital(cloud.policy), currency=currency)
        axes.set_title(
            name, loc="left", size=NORMAL, color=palette.role(k + 1).text, pad=5,
            weight="bold" if palette.role(k + 1).bold else "normal",
        )  # fmt: skip
    alt = paragraph(say("chart.plane.alt", base=base), *map(_spoken, clouds), say("alt.in_table"))
    return Chart(
        _title(clouds), say("chart.plane.subtitle", base=base, currency=currency), alt, figure,
        _table(clouds),
    )  # fmt: skip


def _limits(values: Sequence[Floats], shorter: float) -> tuple[float, float]:
    """Return ends that hold all values and zero, with room to the corners for words.

    The shorter side of zero is at least so much of the longer one: its words stay on their side.
    """
    every = np.concatenate([*values, np.zeros(1)])
    low, high = float(every.min()), float(every.max())
    room = 0.18 * (high - low) or 1.0
    low, high = low - room, high + room
    return min(low, -shorter * high), max(high, -shorter * low)


def _draw(axes: Axes, cloud: Cloud, ring: Floats, place: int) -> None:
    role = palette.role(place)
    for line in (axes.axhline, axes.axvline):
        line(0, color=palette.INK, linewidth=1.0, zorder=2)
    axes.plot(
        cloud.qalys, cloud.costs, linestyle="none", marker=role.marker, markersize=3,
        color=role.colour, alpha=0.6, markeredgewidth=0, zorder=3,
    )  # fmt: skip
    axes.plot(ring[:, 0], ring[:, 1], color=role.colour, linewidth=1.2, zorder=3.5)
    for key, (x, y) in zip(QUADRANTS, CORNERS, strict=True):
        axes.text(
            x, y, say(key), transform=axes.transAxes, size=SMALL, color=palette.QUIET,
            ha="right" if x > 0.5 else "left", va="top" if y > 0.5 else "bottom",
        )  # fmt: skip


def _title(clouds: Sequence[Cloud]) -> str:
    """Say where most repetitions lie, if it is the same quadrant for all policies."""
    most = {int(np.argmax(cloud.of_100)) for cloud in clouds}
    if len(most) > 1:
        return say("chart.plane.title")
    return say("chart.plane.title_one", quadrant=say(QUADRANTS[most.pop()]))


def _spoken(cloud: Cloud) -> str:
    most = int(np.argmax(cloud.of_100))
    return say(
        "chart.plane.alt_policy", policy=capital(cloud.policy), n=written(cloud.of_100[most]),
        quadrant=say(QUADRANTS[most]),
    )  # fmt: skip


def _table(clouds: Sequence[Cloud]) -> Table:
    rows = [(cloud.policy, *map(written, cloud.of_100)) for cloud in clouds]
    return Table(headings("policy", *QUADRANTS), tuple(rows))


def _money(value: float) -> str:
    return f"{value:,.0f}".replace("-", MINUS)
