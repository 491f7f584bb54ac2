"""What charts share: the chart itself, numbers as words, measured text, axes, labels kept apart."""

import math
from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.font_manager import FontProperties
from matplotlib.patches import Patch
from matplotlib.textpath import TextToPath
from matplotlib.ticker import FuncFormatter, MaxNLocator

from simcare.analysis.estimates import round_to_range
from simcare.report import palette
from simcare.report.palette import Fill
from simcare.report.words import MINUS, say

WIDE, NARROW = 6.3, 3.4
SMALL, NORMAL = 8.0, 9.0
POINT = 1 / 72  # inches
MANY = 10.0  # people: from here on a decimal says nothing
LINE = 1.25  # of the size of the text


@dataclass(frozen=True)
class Table:
    """The numbers behind a chart as they are shown: one header, rows of as many cells."""

    header: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]


@dataclass(frozen=True)
class Chart:
    """A picture with its words: what is seen, what is measured, and both for who cannot see it."""

    title: str
    subtitle: str
    alt: str
    figure: Figure = field(compare=False)
    table: Table


def whole(value: float) -> str:
    """Return a number without decimals, half away from zero, or "no data"."""
    return round_to_range(value, 1.0) if math.isfinite(value) else say("ui.no_data")


def tenth(value: float) -> str:
    """Return a number with one decimal, half away from zero, or "no data"."""
    return round_to_range(value, 0.1) if math.isfinite(value) else say("ui.no_data")


def people(values: Sequence[float]) -> int:
    """Return with how many decimals people waiting are written, all of a column or chart alike.

    One where any number is below 10: a list of 1.5 people is not one of 1, nor of 2.
    """
    return int(any(0 < abs(v) < MANY for v in values if math.isfinite(v)))


def shown(*values: float) -> list[str]:
    """Return numbers alike: whole, or with a decimal if whole ones would look equal but are not."""
    known = [v for v in values if math.isfinite(v)]
    alike = len({whole(v) for v in known}) < len({tenth(v) for v in known})
    small = bool(known) and max(abs(v) for v in known) < 10
    return [tenth(v) if alike and small else whole(v) for v in values]


def spread(numbers: Sequence[str], values: Sequence[float]) -> str:
    """Return the least and the most of some numbers as written, "40 to 67"; one if they are alike.

    What a title says of one policy it says so of three or more, since none of them is "the other".
    """
    known = [k for k, value in enumerate(values) if math.isfinite(value)]
    if not known:
        return say("ui.no_data")
    low, high = (numbers[pick(known, key=lambda k: values[k])] for pick in (min, max))
    return low if low == high else say("fmt.range", low=low, high=high)


def span(low: float, high: float, decimals: int = 0) -> str:
    """Return a range in words, "9 to 15", or "no data"."""
    write = tenth if decimals else whole
    if not math.isfinite(low + high):
        return say("ui.no_data")
    return say("fmt.range", low=write(low), high=write(high))


def text_width(text: str, size: float = NORMAL, bold: bool = False) -> float:
    """Return how wide the widest line of a text is, in inches."""
    font = FontProperties(family="DejaVu Sans", size=size, weight="bold" if bold else "normal")
    widths = [
        TextToPath().get_text_width_height_descent(line, font, ismath=False)[0]
        for line in text.split("\n")
    ]
    return float(max(widths)) * POINT


def wrap(text: str, inches: float, size: float = NORMAL, bold: bool = False) -> str:
    """Return a text broken into lines that fit; a word too long for a line stays whole."""
    lines: list[str] = []
    for word in text.split():
        longer = f"{lines[-1]} {word}" if lines else word
        if lines and text_width(longer, size, bold) <= inches:
            lines[-1] = longer
        else:
            lines.append(word)
    return "\n".join(lines)


def shorten(text: str, inches: float, size: float = SMALL, bold: bool = False) -> str:
    """Return a text cut at a word, with an ellipsis, so that it fits on one line."""
    if text_width(text, size, bold) <= inches:
        return text
    words = text.split()
    while len(words) > 1 and text_width(" ".join(words) + " …", size, bold) > inches:
        words.pop()
    return " ".join(words) + " …"


def height_of(text: str, size: float = NORMAL) -> float:
    """Return how high a text is, in inches."""
    return (text.count("\n") + 1) * size * LINE * POINT


def apart(wanted: Sequence[float], gaps: Sequence[float], low: float, high: float) -> list[float]:
    """Return places as near to those wanted as can be, each clear of its neighbours.

    ``gaps`` is the height of each label. Labels that touch are moved as a block to its mean.
    """
    order = sorted(range(len(wanted)), key=lambda k: (wanted[k], k))
    blocks: list[list[int]] = []

    def begin(block: list[int]) -> float:
        heights = [gaps[k] for k in block]
        offsets = np.cumsum([0.0, *heights])[:-1] + np.array(heights) / 2
        start = float(np.mean([wanted[k] - o for k, o in zip(block, offsets, strict=True)]))
        return min(max(start, low), max(high - sum(heights), low))

    for k in order:
        blocks.append([k])
        while len(blocks) > 1:
            end = begin(blocks[-2]) + sum(gaps[j] for j in blocks[-2])
            if end <= begin(blocks[-1]) + 1e-9:
                break
            last = blocks.pop()
            blocks[-1] += last
    result = [0.0] * len(wanted)
    for block in blocks:
        at = begin(block)
        for k in block:
            result[k] = at + gaps[k] / 2
            at += gaps[k]
    return result


def new_figure(width: float, height: float) -> Figure:
    """Return an empty figure of a size in inches."""
    return Figure(figsize=(width, height))


def new_axes(figure: Figure, left: float, bottom: float, width: float, height: float) -> Axes:
    """Return axes at a place of the figure, all in inches."""
    w, h = figure.get_size_inches()
    return figure.add_axes((left / w, bottom / h, width / w, height / h))


def bare(figure: Figure, left: float, bottom: float, width: float, height: float) -> Axes:
    """Return axes without any line, whose units are inches."""
    axes = new_axes(figure, left, bottom, width, height)
    axes.set_axis_off()
    axes.set_xlim(0, width)
    axes.set_ylim(0, height)
    return axes


def tidy(axes: Axes, grid: str, x_name: str = "", y_name: str = "") -> None:
    """Give axes at most six ticks, lines of a grid in one direction, and their names."""
    for axis in (axes.xaxis, axes.yaxis):
        axis.set_major_locator(MaxNLocator(nbins=5, steps=[1, 2, 2.5, 3, 5, 10]))
        axis.set_major_formatter(FuncFormatter(lambda x, _: tick(x)))
    if grid == "y":
        axes.yaxis.grid(True)
    else:
        axes.xaxis.grid(True)
    if x_name:
        axes.set_xlabel(x_name, loc="left")
    if y_name:
        axes.text(
            0.0, 1.0 + 0.08 / size_of(axes)[1], y_name, transform=axes.transAxes, ha="left",
            va="bottom", color=palette.QUIET,
        )  # fmt: skip


def day_ticks(axes: Axes, until: float) -> None:
    """Put at most six ticks on an axis of days, at round numbers of days, weeks or months."""
    steps = (1, 2, 5, 10, 15, 30, 60, 90, 180, 360)
    step = next((s for s in steps if until / s < 6), 360)
    axes.set_xticks(np.arange(0, until + 1e-9, step))


def tick(value: float) -> str:
    """Return a number at a tick, with the minus sign of typesetting."""
    return f"{round(value, 9):g}".replace("-", MINUS)


def size_of(axes: Axes) -> tuple[float, float]:
    """Return how wide and how high axes are, in inches."""
    place, figure = axes.get_position(), axes.get_figure(root=True)
    width, height = (WIDE, WIDE) if figure is None else figure.get_size_inches()
    return float(place.width * width), float(place.height * height)


def put(axes: Axes, patch: Patch, fill: Fill, gap: float = 1.0) -> None:
    """Add a patch filled as its fate: hatch in white, then an edge, white unless it has its own.

    The hatch and the edge are drawn apart, since in older versions of the library they share a
    colour.
    """
    patch.set(facecolor=fill.colour, edgecolor=palette.WHITE, linewidth=gap)
    if fill.hatch:
        patch.set_hatch(fill.hatch)
    elif fill.edge:
        patch.set(edgecolor=fill.edge, linewidth=0.8)
    axes.add_patch(patch)
