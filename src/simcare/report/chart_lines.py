"""Curves of several policies on shared axes, with bands, and labels at their ends."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from simcare.analysis.curves import Band
from simcare.report import palette
from simcare.report.drawing import (
    NORMAL,
    apart,
    height_of,
    new_axes,
    new_figure,
    size_of,
    text_width,
    wrap,
)
from simcare.report.words import say

BANDS = 2  # more of them cannot be told apart


@dataclass(frozen=True)
class Line:
    """A policy's curve, named as readers know the policy.

    ``grows`` says of a list that it clearly does while it is measured, ``mean`` is its mean then.
    """

    policy: str
    band: Band
    grows: bool = False
    mean: float = math.nan


@dataclass(frozen=True)
class EndLabel:
    """A label at the right end of a line."""

    text: str
    y: float
    colour: str
    bold: bool = False


def frame(
    width: float, height: float, left: float, right: float, top: float, bottom: float
) -> tuple[Figure, Axes]:
    """Return a figure with axes that leave so many inches free at each side."""
    figure = new_figure(width, height)
    axes = new_axes(figure, left, bottom, width - left - right, height - top - bottom)
    return figure, axes


def has_line(band: Band) -> bool:
    """Return whether there is anything to draw."""
    return bool(np.isfinite(band.mean).any())


def has_range(band: Band, years: bool = False) -> bool:
    """Return whether the curve has its range: more than one replication."""
    return band.n > 1 and bool(np.isfinite(band.low if years else band.lower).any())


def range_said(lines: Sequence[Line], years: bool = False) -> str:
    """Return what the bands of a chart are, or that one replication has none."""
    if any(has_range(line.band, years) for line in lines):
        return say("chart.range.years" if years else "chart.range.chance")
    return say("chart.range.none") if any(line.band.n == 1 for line in lines) else ""


def draw(
    axes: Axes,
    place: int,
    band: Band,
    *,
    thin: bool = False,
    years: bool = False,
    steps: bool = False,
) -> None:
    """Draw a policy's curve in its role; its band in the same ink, weaker, edges drawn."""
    role = palette.role(place)
    if place < BANDS and not thin and has_range(band, years):
        low, high = (band.low, band.high) if years else (band.lower, band.upper)
        step: Literal["post"] | None = "post" if steps else None
        axes.fill_between(
            band.x, low, high, step=step, color=role.colour, alpha=0.15, linewidth=0, zorder=2
        )
        for edge in (low, high):
            style = "steps-post" if steps else "default"
            axes.plot(
                band.x, edge, color=role.colour, linewidth=0.6, alpha=0.8, zorder=2.5,
                drawstyle=style,
            )  # fmt: skip
    (line,) = axes.plot(
        band.x,
        band.mean,
        color=role.colour,
        linewidth=1.0 if thin else role.width,
        zorder=3.5 - 0.1 * place,  # the thin dashes of the base stay seen on a policy's line
        drawstyle="steps-post" if steps else "default",
    )
    if role.dash:
        scale = 1.6 if thin else 1.0
        line.set_dashes([d * scale for d in role.dash])


def end_value(band: Band, x: float) -> float:
    """Return the curve's value at x, or at its last known point before it; nan if none."""
    known = np.flatnonzero(np.isfinite(band.mean) & (band.x <= x))
    return float(band.mean[known[-1]]) if len(known) else float("nan")


def label_room(texts: Sequence[str], most: float) -> float:
    """Return the inches that labels at line ends need, at most so many."""
    widest = max((text_width(text, bold=True) for text in texts), default=0.0)
    return min(widest, most) + 0.22


def label_ends(axes: Axes, labels: Sequence[EndLabel], x: float, room: float) -> None:
    """Write labels right of the axes at their lines' ends, pushed apart, with thin leaders."""
    labels = [label for label in labels if np.isfinite(label.y)]
    width, inches = size_of(axes)
    low, high = axes.get_ylim()
    texts = [wrap(label.text, room - 0.2, bold=label.bold) for label in labels]
    wanted = [(label.y - low) / (high - low) * inches for label in labels]
    heights = [height_of(text, NORMAL) + 0.02 for text in texts]
    places = apart(wanted, heights, -0.1, inches + 0.12)
    for label, text, want, at in zip(labels, texts, wanted, places, strict=True):
        ends = ([1.0 + 0.02 / width, 1.0 + 0.12 / width], [want / inches, at / inches])
        axes.plot(*ends, transform=axes.transAxes, color=label.colour, linewidth=0.6, clip_on=False)
        axes.text(
            1.0 + 0.15 / width,
            at / inches,
            text,
            transform=axes.transAxes,
            color=label.colour,
            weight="bold" if label.bold else "normal",
            va="center",
            linespacing=1.15,
        )
