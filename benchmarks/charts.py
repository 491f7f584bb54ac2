"""The two pictures of a comparison; both can be read without colour."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
from matplotlib.figure import Figure
from matplotlib.ticker import FuncFormatter, NullLocator
from scipy.optimize import isotonic_regression

from competitors import ALL, COMPILED, OURS, by_name
from findings import Findings
from simcare.report.palette import DARK_BLUE, GRID, INK, QUIET
from simcare.report.svg import styled

SIZE_MARKERS = ("o", "s", "^", "D", "P", "X")
APART = 0.035  # of the height, between the labels at a line's end


def _plain(value: float, _: Any = None) -> str:
    return f"{value:,.0f}" if value >= 1 else f"{value:g}"


def _look(name: str) -> dict[str, Any]:
    """Return how a program's line is drawn: simcare's are thick and blue."""
    ours = name in OURS
    return {
        "color": DARK_BLUE if ours else QUIET,
        "linewidth": 2.2 if ours else 1.1,
        "linestyle": "-" if name != OURS[1] else (0, (5, 2)),
        "marker": by_name(name).marker,
        "markersize": 6.5 if ours else 5.5,
        "markerfacecolor": DARK_BLUE if name == COMPILED else "white",
        "markeredgecolor": DARK_BLUE if ours else INK,
    }


def _spread(heights: Sequence[float], apart: float) -> np.ndarray:
    """Return heights moved as little as keeps them apart, in their order."""
    order = np.argsort(heights, kind="stable")
    steps = apart * np.arange(len(order))
    placed = np.empty(len(order))
    placed[order] = isotonic_regression(np.asarray(heights)[order] - steps).x + steps
    return placed


def _label_ends(axes: Any, ends: dict[str, tuple[int, float]], sizes: Sequence[int]) -> None:
    """Write each program's name beside the end of its line."""
    low, high = np.log10(axes.get_ylim())
    for size in sizes:
        names = [name for name, (clients, _) in ends.items() if clients == size]
        heights = [(np.log10(ends[name][1]) - low) / (high - low) for name in names]
        for name, height in zip(names, _spread(heights, APART), strict=True):
            axes.annotate(
                by_name(name).title,
                (size, 10 ** (low + height * (high - low))),
                (7, 0),
                textcoords="offset points",
                va="center",
                color=DARK_BLUE if name in OURS else INK,
                fontweight="bold" if name == COMPILED else "normal",
                fontsize=8,
                bbox={"facecolor": "white", "edgecolor": "none", "pad": 0.6},
                zorder=2.5,  # over the lines, which may run through
            )


@styled
def draw_times(found: Findings, path: Path) -> None:
    """Write the picture of CPU time per client against the number of clients."""
    figure = Figure(figsize=(7.2, 5.4), layout="constrained")
    axes = figure.add_subplot()
    axes.set_xscale("log")
    axes.set_yscale("log")
    ends: dict[str, tuple[int, float]] = {}
    for competitor in ALL:
        points = [
            (clients, float(np.median(each)))
            for clients in found.sizes()
            if len(each := found.microseconds(competitor.name, clients))
        ]
        if points:
            axes.plot(*zip(*points, strict=True), **_look(competitor.name))
            ends[competitor.name] = points[-1]
    axes.set_xlim(found.sizes()[0] / 1.3, found.sizes()[-1] * 5)
    axes.set_xticks(found.sizes(), [_plain(size) for size in found.sizes()])
    axes.xaxis.set_minor_locator(NullLocator())
    axes.yaxis.set_minor_locator(NullLocator())
    axes.yaxis.set_major_formatter(FuncFormatter(_plain))
    axes.margins(y=0.08)
    axes.autoscale(axis="y")
    axes.grid(axis="y", color=GRID)
    axes.set_xlabel("clients in a run (log scale)")
    axes.set_ylabel("CPU time per client, µs (log scale)")
    _label_ends(axes, ends, found.sizes())
    figure.savefig(path, metadata={"Date": None})


@styled
def draw_ratios(found: Findings, path: Path) -> None:
    """Write the picture of how many times as long as the compiled engine each program takes."""
    names = [c.name for c in ALL if c.name != COMPILED and any(
        len(found.ratios(c.name, COMPILED, clients)) for clients in found.sizes()
    )]  # fmt: skip
    figure = Figure(figsize=(7.2, 0.9 + 0.5 * len(names)), layout="constrained")
    axes = figure.add_subplot()
    axes.set_xscale("log")
    step = 0.7 / max(1, len(found.sizes()) - 1)
    for number, clients in enumerate(found.sizes()):
        rows, middles, spans = [], [], []
        for row, name in enumerate(names):
            ratios = found.ratios(name, COMPILED, clients)
            if not len(ratios):
                continue
            low, middle, high = np.quantile(ratios, [0.25, 0.5, 0.75])
            rows.append(row - 0.35 + number * step)
            middles.append(middle)
            spans.append((middle - low, high - middle))
        axes.errorbar(
            middles,
            rows,
            xerr=np.array(spans).reshape(-1, 2).T,
            fmt=SIZE_MARKERS[number % len(SIZE_MARKERS)],
            color=INK,
            markerfacecolor="white" if number % 2 else DARK_BLUE,
            markeredgecolor=DARK_BLUE,
            markersize=5.5,
            elinewidth=1.0,
            capsize=2.5,
            label=f"{clients:,} clients",
        )
    for row in range(1, len(names)):
        axes.axhline(row - 0.5, color=GRID, linewidth=0.6)
    axes.axvline(1, color=DARK_BLUE, linewidth=1.4)
    axes.set_yticks(range(len(names)), [by_name(name).title for name in names])
    axes.set_ylim(len(names) - 0.4, -0.6)
    axes.margins(x=0.06)
    axes.xaxis.set_major_formatter(FuncFormatter(_plain))
    axes.xaxis.set_minor_locator(NullLocator())
    axes.grid(axis="x", color=GRID)
    axes.set_xlabel("CPU time as a multiple of simcare, compiled (log scale; bars: quartiles)")
    figure.legend(
        loc="outside upper center", ncols=min(5, len(found.sizes())), frameon=False, fontsize=8
    )
    figure.savefig(path, metadata={"Date": None})
