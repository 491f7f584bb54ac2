"""Worth the money: what each policy costs and brings beside the base, as the planner reads it."""

from collections.abc import Iterator, Sequence
from math import isfinite

from simcare.analysis.clients import RELAPSED_AFTER
from simcare.analysis.comparison import row_of
from simcare.analysis.deadlines import BREACHES
from simcare.analysis.economics import Standing
from simcare.analysis.estimates import Estimate, mean_interval
from simcare.analysis.table_names import COMPARISON, ECONOMICS, OUTCOMES
from simcare.analysis.value_for_money import (
    Averted,
    Buy,
    Worth,
    averted,
    efficient,
    worth_of,
)
from simcare.report import charts
from simcare.report.answer import STARTED
from simcare.report.chart_front import Priced
from simcare.report.chart_plane import Cloud
from simcare.report.chart_worth import Buyer
from simcare.report.draft import Draft
from simcare.report.drawing import tenth, whole
from simcare.report.money import price, ranged, signed
from simcare.report.outcome_words import LABELS, with_days
from simcare.report.page import Block, Grid, Heading, Words
from simcare.report.pictures import Picture, View
from simcare.report.words import headings, listed, say, spoken

STANDING = {
    Standing.EFFICIENT: "page.worth.efficient",
    Standing.DOMINATED: "page.worth.dominated",
    Standing.EXTENDEDLY_DOMINATED: "page.worth.extendedly",
}
PEOPLE = 1000  # for whom life years are told: of one person they are hardly any
FEWEST = 3  # policies: of two there is no front to see


def blocks(draft: Draft) -> Iterator[Block]:
    """Yield whether policies are worth their money; nothing where cost or gain is not told."""
    worth = worth_of(draft.findings, draft.view.case)
    if worth is None:
        return
    base = draft.titles.of(worth.scenarios[0].policy)
    yield Heading(say("page.worth"))
    yield Words(say("page.worth.of", base=base))
    buys = [*worth.buys()]
    yield _beside(draft, worth, buys)
    yield Words(say("page.worth.standing"), "quiet")
    yield from draft.draw(_front(draft.view, worth))
    if worth.worths:
        yield from _at_prices(draft, worth, buys)
    else:
        yield Words(say("page.worth.no_price", currency=worth.currency))
    yield from _averted(draft, worth)


def planes(draft: Draft) -> Iterator[Block]:
    """Yield the plane of extra cost and extra life years, under its heading, where both are told.

    It shows the policies that other charts show. One repetition is no cloud.
    """
    worth = worth_of(draft.findings, draft.view.case)
    if worth is None or not worth.has_ranges:
        return
    shown = [one.policy for one in draft.view.scenarios]
    extra = (x - x[0] for x in (worth.costs, worth.qalys))
    clouds = [
        Cloud(draft.titles.of(scenario.policy), cost, PEOPLE * gained)
        for scenario, cost, gained in list(zip(worth.scenarios, *extra, strict=True))[1:]
        if scenario.policy in shown
    ]
    base = draft.titles.of(worth.scenarios[0].policy)
    yield Heading(say("page.plane"))
    chart = charts.plane(clouds, base, worth.currency)
    yield from draft.draw([Picture("cost-and-life-years", (OUTCOMES,), chart)])


def _beside(draft: Draft, worth: Worth, buys: Sequence[Buy]) -> Grid:
    currency = worth.currency
    header = (
        *headings("policy"),
        say("page.worth.cost", currency=currency),
        *headings("page.worth.years"),
        say("page.worth.ratio", currency=currency),
        say("page.worth.step", currency=currency),
        *headings("page.worth.stands"),
    )
    nothing = say("ui.not_relevant")
    rows = [
        (
            draft.titles.of(buy.policy),
            nothing if k == 0 else ranged(buy.cost, signed),
            nothing if k == 0 else _years(buy.qalys),
            signed(buy.ratio) if isfinite(buy.ratio) else nothing,
            signed(buy.step) if isfinite(buy.step) else nothing,
            say(STANDING[buy.standing]),
        )
        for k, buy in enumerate(buys)
    ]
    caption = "page.worth.caption" if worth.has_ranges else "page.worth.caption_once"
    return draft.grid(say(caption), header, rows, ECONOMICS)


def _years(estimate: Estimate) -> str:
    """Return extra life years for so many people that they can be read."""
    return ranged(estimate, lambda years: tenth(PEOPLE * years))


def _at_prices(draft: Draft, worth: Worth, buys: Sequence[Buy]) -> Iterator[Block]:
    """Yield net benefit by what a life year is worth; of several repetitions the best buy too."""
    if worth.has_ranges:
        yield from draft.draw([_best_buy(draft, worth)])
    if draft.findings.about.willingness_to_pay:
        yield Words(say("page.worth.prices_given"), "quiet")
    else:
        known = listed([price(k) for k in worth.worths])
        yield Words(say("page.worth.prices", prices=known, currency=worth.currency), "quiet")
    yield _net_benefit(draft, worth, buys)
    if worth.has_ranges:
        for k, value in zip(worth.worths, worth.perfect_information.tolist(), strict=True):
            words = {"price": price(k), "value": signed(value), "currency": worth.currency}
            yield Words(say("page.worth.knowing", **words))
        yield Words(say("page.worth.chance_alone"), "quiet")


def _best_buy(draft: Draft, worth: Worth) -> Picture:
    roles = {scenario.policy: k for k, scenario in enumerate(draft.view.scenarios)}
    buyers = [
        Buyer(draft.titles.of(one.policy), roles.get(one.policy, len(roles)), tuple(shares))
        for one, shares in zip(worth.scenarios, worth.best_of_100.tolist(), strict=True)
    ]
    chart = charts.best_buy(buyers, worth.grid, worth.currency, worth.best_by_mean)
    return Picture("worth-the-money", (OUTCOMES,), chart)


def _net_benefit(draft: Draft, worth: Worth, buys: Sequence[Buy]) -> Grid:
    """Return net benefit at each price; of several repetitions also who is the best buy."""
    several, nothing = worth.has_ranges, say("ui.not_relevant")
    header = (
        *headings("policy"),
        say("page.worth.price", currency=worth.currency),
        say("page.worth.net", currency=worth.currency),
        *(headings("page.worth.best") if several else ()),
    )
    rows = [
        (
            draft.titles.of(buy.policy),
            price(k),
            nothing if buy is buys[0] else ranged(net, signed),
            *((whole(share),) if several else ()),
        )
        for buy in buys
        for k, net, share in zip(worth.worths, buy.net, buy.best_of_100, strict=True)
    ]
    return draft.grid(
        say("page.worth.net_caption" if several else "page.worth.net_once"),
        header,
        rows,
        ECONOMICS,
    )


def _front(view: View, worth: Worth) -> Iterator[Picture]:
    """Yield cost against who starts treatment in time, where there are policies enough."""
    base, *others = worth.scenarios
    rows = {s.policy: row_of(view.rows(s.policy), STARTED) for s in others}
    known = [s for s in others if (row := rows[s.policy]) and isfinite(row.difference.mean)]
    if len(known) + 1 < FEWEST:
        return
    cost = {b.policy: b.cost for b in worth.buys()}
    gains = {base.policy: mean_interval([0.0])}
    for one in known:
        if (row := rows[one.policy]) is not None:
            d = row.difference
            gains[one.policy] = Estimate(d.mean, d.lower, d.upper, d.n)
    kept = efficient([cost[p].mean for p in gains], [gain.mean for gain in gains.values()])
    titles = view.findings.about.policies
    points = [
        Priced(titles[p], cost[p] if p != base.policy else gain, gain, good, p == base.policy)
        for (p, gain), good in zip(gains.items(), kept, strict=True)
    ]
    label = next(one.label for one in LABELS if one.name == STARTED)
    outcome = with_days(label, whole(view.findings.about.deadline_days))
    chart = charts.how_much(points, outcome, worth.currency)
    yield Picture("how-much-for-what-money", (ECONOMICS, COMPARISON), chart)


def _averted(draft: Draft, worth: Worth) -> Iterator[Block]:
    """Yield what a relapse or a breach averted costs, where anything of the kind is told."""
    found = [*averted(worth)]
    if not found:
        return
    header = headings("policy", "page.worth.what", "page.worth.each")
    rows = [
        (
            draft.titles.of(one.policy),
            _what(one),
            signed(one.each) if isfinite(one.each) else say("page.worth.not_told"),
        )
        for one in found
    ]
    yield draft.grid(say("page.worth.averted", currency=worth.currency), header, rows, ECONOMICS)


def _what(one: Averted) -> str:
    if one.what == RELAPSED_AFTER:
        return say("page.worth.relapse")
    return say("page.worth.breach", deadline=spoken(one.what.removeprefix(BREACHES)))
