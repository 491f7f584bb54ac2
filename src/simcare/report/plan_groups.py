"""What the planner's part says of groups: the ways in compared, and what care costs."""

import math
from collections.abc import Iterator, Sequence

from simcare.analysis.costs import COST_A_YEAR, COST_PER_CLIENT
from simcare.analysis.findings import Found
from simcare.analysis.groups import (
    ALL,
    BY_PAYER,
    BY_PLACES,
    BY_STAGE,
    BY_WAY_IN,
    BY_YEAR,
    GroupRow,
)
from simcare.analysis.outcomes import OF_100
from simcare.analysis.table_names import COSTS
from simcare.analysis.table_names import WAYS_IN as WAYS_FILE
from simcare.analysis.ways_in import (
    ASKED,
    GAVE_UP,
    MEDIAN,
    SHARE,
    STARTED,
    TO_HELP,
    TO_TREATMENT,
)
from simcare.analysis.wellbeing import WELLBEING
from simcare.report.draft import Draft
from simcare.report.drawing import shown, whole
from simcare.report.page import Block, Heading, Words
from simcare.report.words import headings, listed, say, spoken

FEWEST = 5.0  # people in a replication: smaller groups are not shown
WAYS_IN = (
    "page.ways_in.name",
    "policy",
    "page.ways_in.share",
    "page.ways_in.to_help",
    "page.ways_in.to_treatment",
    "page.ways_in.started",
    "page.ways_in.gave_up",
)


def ways_in(draft: Draft) -> Iterator[Block]:
    """Yield the ways in side by side, where there is more than one under some policy."""
    scenarios = draft.view.scenarios
    if all(len(_names(s, BY_WAY_IN, ASKED)) < 2 for s in scenarios):
        return
    fares = bool(_names(scenarios[0], BY_WAY_IN, WELLBEING))
    header = headings(*WAYS_IN, *(("table.wellbeing",) if fares else ()))
    priced = bool(_names(scenarios[0], BY_WAY_IN, COST_PER_CLIENT))
    if priced:
        header = (*header, say("page.ways_in.cost", currency=_currency(scenarios)))
    shown_, hidden = [], False
    for scenario in scenarios:
        for name in _names(scenario, BY_WAY_IN, ASKED):
            if _is_small(scenario, name):
                hidden = True
                continue
            cells = (spoken(name), draft.titles.of(scenario.policy), *_way(scenario, name))
            if fares:
                cells = (*cells, _cell(_row(scenario, BY_WAY_IN, name, WELLBEING)))
            shown_.append((*cells, _money(scenario, name)) if priced else cells)
    if shown_:
        yield draft.grid(say("page.ways_in.caption"), header, shown_, WAYS_FILE)
    if hidden:
        yield Words(say("page.ways_in.small", n=whole(FEWEST)), "quiet")


def _way(found: Found, name: str) -> tuple[str, ...]:
    measures = (SHARE, f"{TO_HELP}: {MEDIAN}", f"{TO_TREATMENT}: {MEDIAN}", STARTED, GAVE_UP)
    return tuple(_cell(_row(found, BY_WAY_IN, name, measure)) for measure in measures)


def _money(found: Found, name: str) -> str:
    row = _row(found, BY_WAY_IN, name, COST_PER_CLIENT)
    return say("ui.no_data") if row is None else money(row.mean)


def _cell(row: GroupRow | None) -> str:
    """Return a number with its range, where it has one."""
    if row is None or not row.n:
        return say("ui.no_data")
    if row.n == 1:
        return shown(row.mean)[0]
    most = 100.0 if row.entry.unit == OF_100 else math.inf
    low, mean, high = shown(*(min(max(x, 0.0), most) for x in (row.lower, row.mean, row.upper)))
    return mean if low == high else say("fmt.mean_and_range", mean=mean, low=low, high=high)


def costs(draft: Draft) -> Iterator[Block]:
    """Yield what care costs in all and by what it is for; nothing where nothing has a price."""
    scenarios = draft.view.scenarios
    if not any(map(has_costs, scenarios)):
        return
    yield Heading(say("page.costs"))
    for scenario in scenarios:
        row = _row(scenario, ALL, "", COST_PER_CLIENT)
        if row is not None and row.n:
            yield Words(_said(draft.titles.of(scenario.policy), row))
    yield from _without_price(draft)
    titles = [draft.titles.of(s.policy) for s in scenarios]
    currency = _currency(scenarios)
    header = (
        say("page.costs.what"),
        *(say("page.costs.a_year", policy=title) for title in titles),
        *(say("page.costs.per_client", policy=title) for title in titles),
    )
    yield draft.grid(
        say("page.costs.caption", currency=currency), header, list(_cost_rows(scenarios)), COSTS
    )


def _without_price(draft: Draft) -> Iterator[Words]:
    """Yield of which capacities a policy has more than the base, and none of it has a price.

    They have one where their places cost something, or the stays in them do.
    """
    about, (base, *others) = draft.findings.about, draft.view.scenarios
    for scenario in others:
        priced = set(_names(scenario, BY_PLACES, COST_A_YEAR))
        priced |= {about.stages.get(stage, "") for stage in _names(scenario, BY_STAGE, COST_A_YEAR)}
        more = [
            spoken(capacity)
            for capacity in about.capacities
            if capacity not in priced
            and (about.number(scenario.policy, capacity) or 0)
            > (about.number(base.policy, capacity) or 0)
        ]
        if more:
            policy = draft.titles.of(scenario.policy)
            yield Words(say("page.costs.unpriced", policy=policy, capacities=listed(more)))


def has_costs(found: Found) -> bool:
    """Return whether anything has a price in a scenario."""
    return bool(_names(found, ALL, COST_A_YEAR))


def _said(policy: str, row: GroupRow) -> str:
    currency, mean = row.entry.unit, money(row.mean)
    if row.n == 1:
        return say("page.costs.said_once", policy=policy, mean=mean, currency=currency)
    low, high = money(row.lower), money(row.upper)
    return say("page.costs.said", policy=policy, mean=mean, low=low, high=high, currency=currency)


def _cost_rows(scenarios: Sequence[Found]) -> Iterator[tuple[str, ...]]:
    """Yield the rows of costs, what costs most first: stages, places, years, payers, ways in."""
    for by in (ALL, BY_STAGE, BY_PLACES, BY_YEAR, BY_PAYER, BY_WAY_IN):
        names = dict.fromkeys(n for s in scenarios for n in _names(s, by, COST_A_YEAR))
        for name in sorted(names, key=lambda n: -_most(scenarios, by, n)):
            if by == BY_WAY_IN and (len(names) == 1 or all(_is_small(s, name) for s in scenarios)):
                continue
            cells = [
                _priced(s, by, name, measure)
                for measure in (COST_A_YEAR, COST_PER_CLIENT)
                for s in scenarios
            ]
            yield (_named(by, name), *cells)


def _named(by: str, name: str) -> str:
    if by == ALL:
        return say("page.costs.all")
    words = {
        BY_PLACES: "page.costs.places",
        BY_PAYER: "page.costs.payer",
        BY_WAY_IN: "page.costs.way_in",
    }
    return say(words[by], name=spoken(name)) if by in words else spoken(name)


def _priced(found: Found, by: str, name: str, measure: str) -> str:
    row = _row(found, by, name, measure)
    if row is None or not row.n or (by == BY_WAY_IN and _is_small(found, name)):
        return say("ui.no_data")
    return money(row.mean)


def _most(scenarios: Sequence[Found], by: str, name: str) -> float:
    rows = (_row(s, by, name, COST_A_YEAR) for s in scenarios)
    return max((row.mean for row in rows if row is not None and row.n), default=0.0)


def money(value: float) -> str:
    """Return an amount of money to three digits, its thousands apart."""
    if abs(value) < 1000:
        return whole(value)
    digits = len(str(int(abs(value)))) - 3
    return f"{round(value, -digits):,.0f}"


def _names(found: Found, by: str, measure: str) -> list[str]:
    """Return the groups of a kind that have a number."""
    entries = [row.entry for row in found.numbers if row.n]
    return [e.name for e in entries if e.by == by and e.measure == measure]


def _row(found: Found, by: str, name: str, measure: str) -> GroupRow | None:
    for row in found.numbers:
        if (row.entry.by, row.entry.name, row.entry.measure) == (by, name, measure):
            return row
    return None


def _is_small(found: Found, name: str) -> bool:
    row = _row(found, BY_WAY_IN, name, ASKED)
    return row is None or not row.mean >= FEWEST


def _currency(scenarios: Sequence[Found]) -> str:
    units = (
        r.entry.unit for s in scenarios for r in s.numbers if r.entry.measure == COST_PER_CLIENT
    )
    return next(units, "")
