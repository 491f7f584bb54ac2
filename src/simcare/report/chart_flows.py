"""Where people go: of 100 who asked, who passes from phase to phase and who is lost where."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from matplotlib.axes import Axes
from matplotlib.patches import PathPatch, Rectangle
from matplotlib.path import Path

from simcare.analysis import flows
from simcare.analysis.flows import FlowRow
from simcare.report import palette
from simcare.report.drawing import (
    SMALL,
    WIDE,
    Chart,
    Table,
    apart,
    bare,
    height_of,
    new_figure,
    put,
    span,
    spread,
    whole,
    wrap,
)
from simcare.report.palette import Fill
from simcare.report.svg import styled
from simcare.report.words import capital, count, headings, listed, paragraph, say

HEADER = (
    "chart.flows.from",
    "chart.flows.to",
    "policy",
    "chart.people_of_100",
    "chart.interval",
)
OTHER_ENDS = "other ends"
MOST = {
    flows.PHASES[0]: "chart.flows.most.before_help",
    flows.PHASES[1]: "chart.flows.most.helped",
    flows.PHASES[2]: "chart.flows.most.treated",
    flows.PHASES[3]: "chart.flows.most.after",
}
MOST_ALONE = {
    flows.PHASES[0]: "chart.flows.most_alone.before_help",
    flows.PHASES[1]: "chart.flows.most_alone.helped",
    flows.PHASES[2]: "chart.flows.most_alone.treated",
    flows.PHASES[3]: "chart.flows.most_alone.after",
}
NODES = {
    flows.PHASES[0]: "chart.flows.node.before_help",
    flows.PHASES[1]: "chart.flows.node.helped",
    flows.PHASES[2]: "chart.flows.node.treated",
    flows.PHASES[3]: "chart.flows.node.after",
}
WHERE = {
    flows.PHASES[0]: "chart.flows.where.before_help",
    flows.PHASES[1]: "chart.flows.where.helped",
    flows.PHASES[2]: "chart.flows.where.treated",
    flows.PHASES[3]: "chart.flows.where.after",
}
ENDS = {
    flows.GAVE_UP: "reneged",
    flows.LEFT_TREATMENT: "chart.flows.end.dropout",
    flows.RELAPSE: "chart.flows.end.relapse",
    flows.DEAD: "chart.flows.end.died",
    flows.OUT: "chart.flows.end.out",
    flows.NOT_OFFERED: "chart.flows.end.not_offered",
    flows.STILL_THERE: "chart.flows.end.still_there",
    flows.ENTRY: "chart.flows.entry",
    flows.COMES_BACK: "chart.flows.comes_back",
    OTHER_ENDS: "chart.flows.other_ends",
}
ENDS_AT = {
    (flows.PHASES[0], flows.STILL_THERE): "chart.flows.end.waiting",
    (flows.PHASES[1], flows.STILL_THERE): "chart.flows.end.waiting",
    (flows.PHASES[2], flows.STILL_THERE): "chart.flows.end.in_treatment",
    (flows.PHASES[3], flows.STILL_THERE): "chart.flows.end.no_relapse",
}
FILLS: dict[str, Fill] = {
    flows.GAVE_UP: palette.GAVE_UP,
    flows.LEFT_TREATMENT: palette.LEFT,
    flows.RELAPSE: Fill(palette.INK, hatch="///"),
    flows.NOT_OFFERED: Fill(palette.EDGE, hatch="\\\\\\"),
    flows.DEAD: palette.RELAPSED,
    flows.STILL_THERE: palette.WAITING,
}
FLOW = "#C9CDD2"
SEEN = 1.0  # people of 100: an end with fewer is put with the others
MOST_NODES, MOST_FLOWS = 8, 15
THIN = 0.03  # inches
NODE, SCALE, BEND = 0.09, 1.15, 0.32  # inches: of a node, of 100 people, of an end's bend


@dataclass(frozen=True)
class PolicyFlows:
    """The flows between phases under a policy."""

    policy: str
    rows: tuple[FlowRow, ...]


@dataclass(frozen=True)
class Stub:
    """An end that people come to from a phase."""

    end: str
    people: float


@styled
def where_people_go(policies: Sequence[PolicyFlows], nodes: dict[str, str] | None = None) -> Chart:
    """Draw each policy's flows under each other, at the same scale.

    ``nodes`` names the steps, in their order from left to right; at most eight are drawn.
    """
    steps = nodes or {step: say(key) for step, key in NODES.items()}
    names = dict(list(steps.items())[:MOST_NODES])
    told, policies = (
        policies,
        [PolicyFlows(p.policy, flows.from_one_step(p.rows, next(iter(names)))) for p in policies],
    )
    wanted = [_height(p, names) for p in policies]
    figure = new_figure(WIDE, max(sum(wanted), 0.6))
    bottom = sum(wanted)
    for k, (policy, height) in enumerate(zip(policies, wanted, strict=True)):
        bottom -= height
        _picture(bare(figure, 0, bottom, WIDE, height), policy, k, names, height)
    rows = tuple(
        (_name(r.source, names), _name(r.target, names), p.policy, _write(r.mean), _range(r))
        for p in told
        for r in p.rows
    )
    totals = [*(row for p in policies for row in _lost(p, names)), *map(_again, policies)]
    seen = [_spoken(p, names) for p in policies] or [say("chart.nobody")]
    return Chart(
        _title(policies, names),
        say("chart.flows.subtitle"),
        paragraph(say("chart.flows.alt"), *seen, say("alt.in_table")),
        figure,
        Table(headings(*HEADER), rows + tuple(totals)),
    )


def _lost(policy: PolicyFlows, names: dict[str, str]) -> list[tuple[str, ...]]:
    """Return the table's rows of all who are lost from each step."""
    losses, irrelevant = say("chart.flows.all_losses"), say("ui.not_relevant")
    return [
        (losses, _where(node, names), policy.policy, _write(people), irrelevant)
        for node, people in _losses(policy, names).items()
    ]


def _again(policy: PolicyFlows) -> tuple[str, ...]:
    """Return the table's row of who asks again, whatever end they came to."""
    ends, again = say("chart.flows.all_ends"), say("chart.flows.asked_again")
    return (ends, again, policy.policy, _write(_back(policy)), say("ui.not_relevant"))


def _name(step: str, names: dict[str, str]) -> str:
    """Return a step in the table, where all who asked are not those before first help."""
    if step == flows.PHASES[0]:
        return capital(say(WHERE[step]))
    return capital(names.get(step) or _end(step))


def _end(end: str) -> str:
    return say(ENDS[end]) if end in ENDS else end


def _where(node: str, names: dict[str, str]) -> str:
    """Return where people are lost; at a step that is no phase, the step's name."""
    return say(WHERE[node]) if node in WHERE else names.get(node, node)


def _write(value: float) -> str:
    """Return people of 100 whole; some, but fewer than one, in words."""
    return say("fmt.fewer_than_one") if 0 < value < SEEN / 2 else whole(value)


def _range(row: FlowRow) -> str:
    if row.n < 2:
        return say("ui.no_data")
    return span(max(row.lower, 0.0), row.upper, decimals=1)


def _through(policy: PolicyFlows, node: str) -> float:
    return sum(r.mean for r in policy.rows if r.target == node)


def _stubs(policy: PolicyFlows, node: str, names: dict[str, str]) -> list[Stub]:
    """Return the ends that a node leads to, largest first, the small ones put together."""
    rows = [r for r in policy.rows if r.source == node and r.target not in names]
    rows = sorted(rows, key=lambda r: (-r.mean, r.target))
    allowed = max((MOST_FLOWS - len(names)) // max(len(names), 1) + 1, 2)
    large = [r for r in rows if r.mean >= SEEN][:allowed]
    rest = sum(r.mean for r in rows if r not in large)
    stubs = [Stub(r.target, r.mean) for r in large]
    return [*stubs, Stub(OTHER_ENDS, rest)] if rest >= SEEN / 2 else stubs


def _losses(policy: PolicyFlows, names: dict[str, str]) -> dict[str, float]:
    """Return how many are lost from each node."""
    return {
        node: sum(r.mean for r in policy.rows if r.source == node and r.target in flows.LOSSES)
        for node in names
    }


def _back(policy: PolicyFlows) -> float:
    return sum(r.mean for r in policy.rows if r.target == flows.COMES_BACK)


def _title(policies: Sequence[PolicyFlows], names: dict[str, str]) -> str:
    """Say where the policy asked about loses most."""
    if not any(p.rows for p in policies):
        return say("chart.nobody")
    lost = [_losses(policy, names) for policy in policies]
    node = max(lost[-1], key=lambda n: lost[-1][n])
    if lost[-1][node] < 0.05:
        return say("chart.flows.no_loss")
    values = [losses[node] for losses in lost]
    written = [_write(value) for value in values]
    two = len(policies) == 2
    numbers = {"after": written[-1]} if two else {"after": spread(written, values)}
    if two:
        numbers["before"] = written[0]
    if node in MOST:
        return say((MOST if two else MOST_ALONE)[node], **numbers)
    key = "chart.flows.most.at" if two else "chart.flows.most_alone.at"
    return say(key, step=names[node], **numbers)


def _spoken(policy: PolicyFlows, names: dict[str, str]) -> str:
    name = capital(policy.policy)
    if not policy.rows:
        return say("chart.of_nobody", policy=name)
    rows = [r for r in policy.rows if r.source in names and r.target in flows.LOSSES]
    rows = sorted(rows, key=lambda r: -r.mean)[:3]
    back = _write(_back(policy))
    if not rows:
        return say("chart.flows.alt_no_loss", policy=name, back=back)
    losses = listed(
        [
            say(
                "chart.flows.alt_loss",
                end=_end(r.target),
                n=_write(r.mean),
                where=_where(r.source, names),
            )
            for r in rows
        ]
    )
    return say("chart.flows.alt_policy", policy=name, losses=losses, back=back)


def _spacing(names: dict[str, str]) -> float:
    """Return how far nodes stand apart; after the last one its ends need room too."""
    return (WIDE - 0.05) / max(len(names), 1)


def _label(node: str, stub: Stub, room: float) -> str:
    key = ENDS_AT.get((node, stub.end))
    name = say(key) if key else _end(stub.end)
    return wrap(say("fmt.counted", n=_write(stub.people), what=name), room, SMALL)


def _columns(
    policy: PolicyFlows, names: dict[str, str]
) -> list[tuple[list[Stub], list[str], list[float]]]:
    """Return each node's ends, their labels and the height that each needs."""
    room = _spacing(names) - NODE - BEND - 0.1
    result = []
    for node in names:
        stubs = _stubs(policy, node, names)
        labels = [_label(node, stub, room) for stub in stubs]
        heights = [
            max(height_of(label, SMALL), stub.people / 100 * SCALE) + 0.05
            for stub, label in zip(stubs, labels, strict=True)
        ]
        result.append((stubs, labels, heights))
    return result


HEAD, FOOT = 0.66, 0.3  # inches: over the nodes for names, under the lowest end


def _height(policy: PolicyFlows, names: dict[str, str]) -> float:
    """Return how high a policy's picture must be for the ends of every node to have room."""
    if not policy.rows:
        return 0.8
    depths = []
    for k, (_, _, heights) in enumerate(_columns(policy, names)):
        depths.append(_passing(policy, names, k) + 0.12 + sum(heights))
    return HEAD + max([SCALE, *depths]) + FOOT


def _passing(policy: PolicyFlows, names: dict[str, str], k: int) -> float:
    """Return the height, from the top, that the flows from node k onwards take."""
    later = list(names)[k + 1 :]
    node = list(names)[k]
    return sum(r.mean for r in policy.rows if r.source == node and r.target in later) / 100 * SCALE


def _picture(
    axes: Axes, policy: PolicyFlows, place: int, names: dict[str, str], height: float
) -> None:
    """Draw one policy: nodes with their tops aligned, the way on above, the ends bending down."""
    role = palette.role(place)
    weight = "bold" if role.bold else "normal"
    axes.text(0.02, height - 0.04, capital(policy.policy), va="top", color=role.text, weight=weight)
    if not policy.rows:
        axes.text(0.02, height - 0.35, say("chart.nobody"), va="top")
        return
    top, apart_by = height - HEAD, _spacing(names)
    entered = dict.fromkeys(names, 0.0)  # how much of a node's left side is taken
    for k, node in enumerate(names):
        x = 0.02 + k * apart_by
        people = _through(policy, node)
        size = people / 100 * SCALE
        box = Rectangle((x, top - size), NODE, size, facecolor=palette.INK, linewidth=0, zorder=4)
        axes.add_patch(box)
        name = wrap(capital(names[node]), apart_by - 0.1, SMALL)
        axes.text(x, top + 0.07, _write(people), va="baseline", weight="bold")
        axes.text(x, top + 0.24, name, va="baseline", linespacing=1.1, size=SMALL)
        used = 0.0
        for j, later in enumerate(list(names)[k + 1 :], k + 1):
            mean = sum(r.mean for r in policy.rows if (r.source, r.target) == (node, later))
            if mean <= 0:
                continue
            width = mean / 100 * SCALE
            x_to = 0.02 + j * apart_by
            at = entered[later]
            _ribbon(axes, (x + NODE, top - used), (x_to, top - at), width, Fill(FLOW))
            used += width
            entered[later] += width
        _ends(axes, _columns(policy, names)[k], x + NODE, top - used, apart_by)
    back = _back(policy)
    if back >= 0.05:
        text = count("chart.flows.back", _write(back))
        axes.text(0.02, 0.1, text, va="bottom", size=SMALL, color=palette.QUIET)


def _ends(
    axes: Axes,
    column: tuple[list[Stub], list[str], list[float]],
    x: float,
    start: float,
    apart_by: float,
) -> None:
    """Draw the ends of a node below the way on, each with its words at its right."""
    stubs, labels, heights = column
    if not stubs:
        return
    wide = [stub.people / 100 * SCALE for stub in stubs]
    first = start - 0.12
    middles = first - np.cumsum(heights) + np.array(heights) / 2
    places = [-y for y in apart([-float(m) for m in middles], heights, -first, 9.0)]
    begin = start
    for stub, label, width, middle in zip(stubs, labels, wide, places, strict=True):
        fill = FILLS.get(stub.end, palette.OTHER)
        _ribbon(axes, (x, begin), (x + BEND, middle + width / 2), width, fill)
        begin -= width
        axes.text(
            x + BEND + 0.05, middle, label, va="center", size=SMALL, linespacing=1.1, zorder=5
        )


def _ribbon(
    axes: Axes, start: tuple[float, float], end: tuple[float, float], width: float, fill: Fill
) -> None:
    """Draw a band from one place to another, level at both; places are those of its upper edge."""
    (x0, y0), (x1, y1) = start, end
    middle = (x0 + x1) / 2
    points = [
        (x0, y0), (middle, y0), (middle, y1), (x1, y1),
        (x1, y1 - width), (middle, y1 - width), (middle, y0 - width), (x0, y0 - width), (x0, y0),
    ]  # fmt: skip
    codes = [Path.MOVETO, *[Path.CURVE4] * 3, Path.LINETO, *[Path.CURVE4] * 3, Path.CLOSEPOLY]
    if width < THIN:  # too thin for a hatch or an edge: the colour and the words carry it
        fill = Fill(fill.edge or fill.colour)
    put(axes, PathPatch(Path(points, codes), zorder=2), fill, gap=0.0 if width < THIN else 0.5)
