"""How the range of a difference narrows with the repetitions, and how narrow it was to be."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from simcare.analysis.precision import Look, Stop
from simcare.report import chart_lines, palette
from simcare.report.answer import rough
from simcare.report.chart_lines import EndLabel
from simcare.report.drawing import WIDE, Chart, Table, spread, tidy
from simcare.report.svg import styled
from simcare.report.words import capital, headings, paragraph, say

HEADER = ("precision.repetitions", "policy", "precision.half_width", "precision.wanted")


@dataclass(frozen=True)
class Narrowing:
    """The looks at a policy's range: by how readers know the policy, and its place among them."""

    policy: str
    place: int
    looks: tuple[Look, ...]

    @property
    def last(self) -> Look:
        """What is known in the end."""
        return self.looks[-1]


@styled
def narrowing(lines: Sequence[Narrowing], outcome: str, base: str, why: Stop) -> Chart:
    """Draw half-widths by repetitions, with what was asked for if anything was.

    ``outcome`` is how readers know the outcome, ``base`` the policy beside which differences are;
    empty if there is one policy alone.
    """
    labels = [
        EndLabel(
            capital(line.policy), line.last.half_width, palette.role(line.place).text,
            palette.role(line.place).bold,
        )
        for line in lines
    ]  # fmt: skip
    room = chart_lines.label_room([label.text for label in labels], 1.35)
    figure, axes = chart_lines.frame(WIDE, 2.7, 0.5, room, 0.46, 0.46)
    until = max(line.last.replications for line in lines)
    seen = [one for line in lines for one in line.looks]
    ends = [v for one in seen for v in (one.half_width, one.wanted) if np.isfinite(v)]
    axes.set_xlim(0, until)
    axes.set_ylim(0, max(ends, default=0.0) * 1.08 or 1.0)
    tidy(axes, "y", say("chart.precision.x"), say("chart.precision.y"))
    for line in lines:
        role = palette.role(line.place)
        x = [one.replications for one in line.looks]
        (drawn,) = axes.plot(
            x, [one.half_width for one in line.looks], color=role.colour, linewidth=role.width,
            marker=role.marker, markersize=4, clip_on=False, zorder=3.5,
            markerfacecolor=role.colour if role.filled else palette.WHITE,
        )  # fmt: skip
        if role.dash:
            drawn.set_dashes(role.dash)
    wanted = [(one.replications, one.wanted) for one in lines[0].looks if np.isfinite(one.wanted)]
    if wanted:
        across = [(0, wanted[0][1]), *wanted, (until, wanted[-1][1])]
        axes.plot(*zip(*across, strict=True), color=palette.INK, linewidth=1.0, zorder=3)
        axes.annotate(
            say("chart.precision.wanted", half=rough(wanted[-1][1])), across[0],
            xytext=(4, 3), textcoords="offset points", va="bottom", ha="left",
        )  # fmt: skip
    chart_lines.label_ends(axes, labels, until, room)
    key = "chart.precision.subtitle" if base else "chart.precision.subtitle_alone"
    words = {"outcome": outcome, **({"base": base} if base else {})}
    alt = say("chart.precision.alt", chart=say("alt.line_chart"), outcome=outcome)
    alt = paragraph(alt, *map(_spoken, lines), *_asked(lines), say("alt.in_table"))
    return Chart(_title(lines, why), say(key, **words), alt, figure, _table(lines))


def _title(lines: Sequence[Narrowing], why: Stop) -> str:
    n = f"{lines[0].last.replications}"
    if why is Stop.ENOUGH:
        return say("chart.precision.enough", n=n)
    if why is Stop.FIXED:
        halves = [line.last.half_width for line in lines]
        return say("chart.precision.known", n=n, half=spread([rough(h) for h in halves], halves))
    return say("chart.precision.not_enough", n=n)


def _spoken(line: Narrowing) -> str:
    first = line.looks[0]
    return say(
        "chart.precision.alt_policy",
        policy=capital(line.policy),
        first=rough(first.half_width),
        start=f"{first.replications}",
        last=rough(line.last.half_width),
        end=f"{line.last.replications}",
    )


def _asked(lines: Sequence[Narrowing]) -> list[str]:
    wanted = lines[0].last.wanted
    return [say("chart.precision.alt_wanted", half=rough(wanted))] if np.isfinite(wanted) else []


def _table(lines: Sequence[Narrowing]) -> Table:
    rows = [
        (f"{one.replications}", line.policy, rough(one.half_width), _wanted(one))
        for line in lines
        for one in line.looks
    ]
    return Table(headings(*HEADER), tuple(rows))


def _wanted(look: Look) -> str:
    return rough(look.wanted) if np.isfinite(look.wanted) else say("ui.not_relevant")
