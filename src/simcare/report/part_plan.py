"""Part 3, for planners: what is full, who waits for how long, where people go."""

from collections.abc import Callable, Iterator

import numpy as np

from simcare.analysis.load import Supply
from simcare.analysis.table_names import ABOUT, LOAD, SUMMARY
from simcare.report import (
    pictures,
    plan_deadlines,
    plan_economics,
    plan_equity,
    plan_groups,
    plan_pairs,
    plan_wellbeing,
    today,
)
from simcare.report.draft import Draft
from simcare.report.drawing import people, tenth, whole
from simcare.report.load import beside, verdict
from simcare.report.page import Block, Grid, Heading, Words
from simcare.report.words import say, spoken

USED, WAITING = "utilisation", "people waiting"


def blocks(draft: Draft) -> Iterator[Block]:
    """Yield the part that says where the time goes and what is scarce."""
    yield from _today(draft)
    yield Heading(say("page.capacities"))
    yield from _fullest(draft)
    yield from _capacities(draft)
    yield from _enough(draft)
    view = draft.view
    lists = [*draft.draw(pictures.waiting(view)), *draft.draw(pictures.waits(view))]
    left = [*draft.draw(pictures.leaving(view))]
    lists += [*left, *plan_wellbeing.beside(draft)] if left else []
    if len(draft.findings.about.policies) > 2:  # of two the answer says it
        lists += [Words(said) for s in view.scenarios[1:] if (said := draft.longer(s.policy))]
    if lists:
        yield Heading(say("page.lists"))
        yield from lists
    yield from plan_deadlines.blocks(draft)
    ways = [*draft.draw(pictures.flows(view)), *draft.draw(pictures.relapse(view))]
    ways += plan_groups.ways_in(draft)
    if ways:
        yield Heading(say("page.ways"))
        yield from ways
    yield from plan_wellbeing.blocks(draft)
    yield from plan_pairs.blocks(draft)
    yield from plan_equity.blocks(draft)
    yield from plan_groups.costs(draft)
    yield from plan_economics.blocks(draft)


def _today(draft: Draft) -> Iterator[Block]:
    """Yield what becomes of those who wait on day 0, where the run starts from a list."""
    horizon_days = draft.findings.about.horizon_days
    table = today.table(draft.view.scenarios, draft.titles, horizon_days)
    if table is not None:
        yield Heading(say("page.today"))
        yield Words(say("page.today.of_100"))
        yield draft.grid(say("page.today"), table.header, table.rows, SUMMARY)
        yield from plan_wellbeing.beside(draft)


def _fullest(draft: Draft) -> Iterator[Words]:
    """Yield, for each policy, which capacity is used most."""
    write = _writer(draft)
    for scenario in draft.view.scenarios:
        used = {c: scenario.mean_of(USED, c) for c in draft.findings.about.capacities}
        known = {c: share for c, share in used.items() if np.isfinite(share)}
        if known:
            fullest = max(known, key=lambda c: known[c])
            yield Words(
                say(
                    "page.capacities.fullest",
                    policy=draft.titles.of(scenario.policy),
                    capacity=spoken(fullest),
                    used=whole(known[fullest]),
                    waiting=write(scenario.mean_of(WAITING, fullest)),
                )
            )


def _writer(draft: Draft) -> Callable[[float], str]:
    """Return how people waiting are written, in the words and in the whole column."""
    means = [
        s.mean_of(WAITING, c) for s in draft.view.scenarios for c in draft.findings.about.capacities
    ]
    return tenth if people(means) else whole


def _capacities(draft: Draft) -> Iterator[Grid]:
    """Yield the table of capacities: how many, how far used, how many wait, policy by policy.

    A policy has no row for a capacity that it has not.
    """
    about, scenarios, write = draft.findings.about, draft.view.scenarios, _writer(draft)
    several = len(scenarios) > 1
    rows = []
    for name, (unit, _) in about.capacities.items():
        for scenario in scenarios:
            number = about.number(scenario.policy, name)
            if number is None:
                continue
            policy = (draft.titles.of(scenario.policy),) if several else ()
            rows.append(
                (
                    spoken(name),
                    *policy,
                    say("page.capacities.number_of", n=f"{number:,}", unit=unit),
                    whole(scenario.mean_of(USED, name)),
                    write(scenario.mean_of(WAITING, name)),
                )
            )
    keys = ("name", *(("policy",) if several else ()), "number", "used", "waiting")
    if rows:
        header = tuple(say(f"page.capacities.{key}") for key in keys)
        yield draft.grid(say("page.capacities.caption"), header, rows, SUMMARY, ABOUT)


def _enough(draft: Draft) -> Iterator[Block]:
    """Yield whether there are places enough for all who would come, in words and as a table."""
    scenarios = [scenario.loaded for scenario in draft.findings.scenarios]
    if not (said := verdict(scenarios, draft.titles)):
        return
    yield Heading(say("page.enough"))
    for supply, sentence in said:
        yield Words(sentence, "warning" if supply == Supply.SHORT else "plain")
    yield draft.grid(say("load.caption"), *beside(scenarios, draft.titles), LOAD)
