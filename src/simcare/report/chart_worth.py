"""How often each policy is the best buy, by what a life year may be worth."""

from collections.abc import Sequence
from dataclasses import dataclass

from matplotlib.ticker import FuncFormatter

from simcare.report import chart_lines, palette
from simcare.report.chart_digits import title
from simcare.report.chart_lines import EndLabel
from simcare.report.drawing import WIDE, Chart, Table, tidy, whole
from simcare.report.money import price
from simcare.report.svg import styled
from simcare.report.words import capital, count, paragraph, say

DRAWN = 4  # policies: more lines cannot be told apart


@dataclass(frozen=True)
class Buyer:
    """In how many of 100 repetitions a policy is the best buy, price by price.

    ``place`` is that of its role: the same in every chart, past the last where others leave it out.
    """

    policy: str
    place: int
    best_of_100: tuple[float, ...]


@styled
def best_buy(
    buyers: Sequence[Buyer], prices: Sequence[float], currency: str, best: Sequence[int]
) -> Chart:
    """Draw the acceptability curves of policies, the base first; those drawn that matter most.

    ``best`` is the place of the policy whose mean net benefit is largest at each of ``prices``,
    which rise from 0: by it the title goes.
    """
    shown = _shown(buyers)
    labels = [
        EndLabel(
            capital(one.policy),
            one.best_of_100[-1],
            palette.role(one.place).text,
            palette.role(one.place).bold,
        )
        for one in shown
    ]
    room = chart_lines.label_room([label.text for label in labels], 1.5)
    figure, axes = chart_lines.frame(WIDE, 2.9, 0.5, room, 0.46, 0.46)
    axes.set_xlim(prices[0], prices[-1])
    axes.set_ylim(0, 100)
    tidy(axes, "y", say("chart.worth.x", currency=currency), say("chart.worth.y"))
    axes.xaxis.set_major_formatter(FuncFormatter(lambda x, _: f"{x:,.0f}"))
    for k, one in enumerate(shown):
        role = palette.role(one.place)
        (line,) = axes.plot(
            prices, one.best_of_100, color=role.colour, linewidth=role.width, zorder=3.5 - 0.1 * k,
            marker=role.marker, markersize=3.5, clip_on=False,
            markerfacecolor=role.colour if role.filled else palette.WHITE,
        )  # fmt: skip
        if role.dash:
            line.set_dashes(role.dash)
    chart_lines.label_ends(axes, labels, prices[-1], room)
    said = [say("chart.worth.subtitle", currency=currency)]
    if hidden := len(buyers) - len(shown):
        said.append(count("chart.worth.hidden", str(hidden)))
    alt = paragraph(
        say("chart.worth.alt", chart=say("alt.line_chart"), currency=currency),
        *(_spoken(one, prices, currency) for one in shown),
        say("alt.in_table"),
    )
    return Chart(
        _title(buyers, prices, currency, best), " ".join(said), alt, figure,
        _table(buyers, prices, currency),
    )  # fmt: skip


def _shown(buyers: Sequence[Buyer]) -> list[Buyer]:
    """Return the base and those that are most often the best buy somewhere, in their order."""
    base, *others = buyers
    most = sorted(others, key=lambda one: (-max(one.best_of_100), one.place))[: DRAWN - 1]
    return [base, *(one for one in others if one in most)]


def _title(
    buyers: Sequence[Buyer], prices: Sequence[float], currency: str, best: Sequence[int]
) -> str:
    last = buyers[best[-1]].policy
    same = 0
    for place in reversed(best):
        if place != best[-1]:
            break
        same += 1
    if same == len(best):
        always = say("chart.worth.always", policy=last)
        return title(capital(always), say("chart.worth.always_short"))
    least = price(prices[len(prices) - same])
    above = say("chart.worth.above", policy=last, price=least, currency=currency)
    return title(capital(above), say("chart.worth.depends"))


def _spoken(one: Buyer, prices: Sequence[float], currency: str) -> str:
    first, last = (whole(one.best_of_100[k]) for k in (0, -1))
    return say(
        "chart.worth.alt_policy", policy=capital(one.policy), first=first, last=last,
        start=price(prices[0]), end=price(prices[-1]), currency=currency,
    )  # fmt: skip


def _table(buyers: Sequence[Buyer], prices: Sequence[float], currency: str) -> Table:
    header = (
        say("chart.worth.price", currency=currency), *(capital(one.policy) for one in buyers)
    )  # fmt: skip
    rows = [
        (price(one_price), *(whole(one.best_of_100[k]) for one in buyers))
        for k, one_price in enumerate(prices)
    ]
    return Table(header, tuple(rows))
