"""How stretches of a life and its end are drawn, told apart without colour, and what they mean."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from matplotlib.axes import Axes
from matplotlib.patches import Rectangle

from simcare.analysis.spans import Kind, Life
from simcare.kernels.tables import DIED, FATES
from simcare.report import palette
from simcare.report.drawing import SMALL, WIDE, text_width
from simcare.report.words import say

EDGE, BAR, THIN, ROW = 0.06, 0.36, 0.2, 0.2  # inches: margin, a bar, one without care, a legend row


@dataclass(frozen=True)
class Look:
    """How a kind of time is drawn: its fill, edge and hatch, height in inches, colour of words."""

    fill: str
    edge: str
    hatch: str = ""
    height: float = BAR
    ink: str = palette.INK


LOOKS = {
    Kind.LIST: Look(palette.WHITE, palette.DARK_BLUE, "////"),
    Kind.STEP: Look(palette.WHITE, palette.EDGE, "..."),
    Kind.HELP: Look(palette.LIGHT_BLUE, palette.DARK_BLUE),
    Kind.TREATMENT: Look(palette.DARK_BLUE, palette.WHITE, ink=palette.WHITE),
    Kind.WITHOUT: Look(palette.WHITE, palette.EDGE, height=THIN),
}


_INK = {"linestyle": "none", "color": palette.INK, "zorder": 5}
MARKERS: dict[str, dict[str, Any]] = {
    "cut": _INK | {
        "marker": "d", "color": palette.ORANGE, "markeredgecolor": palette.INK, "markersize": 6,
        "markeredgewidth": 0.7,
    },
    "dies": _INK | {"marker": "s", "markersize": 6},
    "gone": _INK | {"marker": "x", "markersize": 5, "markeredgewidth": 1.4},
    "open": _INK | {"marker": ">", "markersize": 6, "markeredgecolor": palette.WHITE},
}  # fmt: skip


def how(life: Life) -> str:
    """Return how a life ends, as it is marked."""
    if life.open:
        return "open"
    return "dies" if life.fate == FATES[DIED] else "gone"


Entry = tuple[float, Kind | str, str]  # where it begins, what is drawn, its words


def looks_of(found: Sequence[Life]) -> list[tuple[Kind | str, str]]:
    """Return what the legend explains of some lives: kinds of time and marks, with their words."""
    spans = [span for life in found for span in life.spans]
    marked = {how(life) for life in found}
    if any(span.cut and span.cut != FATES[DIED] for span in spans):
        marked.add("cut")
    kinds = [kind for kind in Kind if any(span.kind == kind for span in spans)]
    said: list[tuple[Kind | str, str]] = [(k, say(f"chart.life.kind.{k}")) for k in kinds]
    return said + [(m, say(f"chart.life.ends.{m}")) for m in MARKERS if m in marked]


def legend_rows(looks: Sequence[tuple[Kind | str, str]]) -> list[list[Entry]]:
    """Return the entries of the legend in rows that fit, each with where it begins."""
    rows: list[list[Entry]] = [[]]
    x = EDGE
    for look, text in looks:
        wide = _swatch(look) + 0.08 + text_width(text, SMALL) + 0.2
        if x + wide > WIDE and rows[-1]:
            rows.append([])
            x = EDGE
        rows[-1].append((x, look, text))
        x += wide
    return rows


def _swatch(look: Kind | str) -> float:
    """Return how wide the picture of an entry is, in inches."""
    return 0.34 if isinstance(look, Kind) else 0.14


def draw_legend(axes: Axes, rows: Sequence[Sequence[Entry]], top: float) -> None:
    """Draw what each pattern and each mark stands for."""
    for k, row in enumerate(rows):
        y = top - ROW / 2 - k * ROW
        for x, look, text in row:
            wide = _swatch(look)
            if isinstance(look, Kind):
                fill(axes, Rectangle((x, y - 0.06), wide, 0.12), LOOKS[look])
            else:
                axes.plot([x + wide / 2], [y], **MARKERS[look])
            axes.text(x + wide + 0.08, y, text, size=SMALL, va="center")


def fill(axes: Axes, box: Rectangle, look: Look) -> None:
    """Add a box that looks as a kind of time does."""
    box.set(facecolor=look.fill, edgecolor=look.edge, linewidth=0.7)
    if look.hatch:
        box.set_hatch(look.hatch)
    axes.add_patch(box)
