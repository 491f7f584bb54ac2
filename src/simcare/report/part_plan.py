"""Part 3, for planners: what is full, who waits for how long, where people go."""

from collections.abc import Iterator

import numpy as np

from simcare.report import pictures
from simcare.report.draft import Draft
from simcare.report.drawing import shown, whole
from simcare.report.page import Block, Grid, Heading, Words
from simcare.report.pictures import spoken
from simcare.report.words import say

USED, WAITING = "utilisation", "people waiting"


def blocks(draft: Draft) -> Iterator[Block]:
    """Yield the part that says where the time goes and what is scarce."""
    yield Heading(say("page.capacities"))
    yield from _fullest(draft)
    yield from _capacities(draft)
    view = draft.view
    lists = [*draft.draw(pictures.waiting(view)), *draft.draw(pictures.waits(view))]
    lists += draft.draw(pictures.leaving(view))
    if lists:
        yield Heading(say("page.lists"))
        yield from lists
    ways = [*draft.draw(pictures.flows(view)), *draft.draw(pictures.relapse(view))]
    if ways:
        yield Heading(say("page.ways"))
        yield from ways


def _fullest(draft: Draft) -> Iterator[Words]:
    """Yield, for each policy, which capacity is used most."""
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
                    waiting=_people(scenario.mean_of(WAITING, fullest)),
                )
            )


def _people(mean: float) -> str:
    return shown(mean, mean + 0.1)[0] if 0.05 <= mean < 9 else whole(mean)


def _capacities(draft: Draft) -> Iterator[Grid]:
    """Yield the table of capacities: how many, how far used, how many wait."""
    about, scenarios = draft.findings.about, draft.view.scenarios
    titles = [draft.titles.of(s.policy) for s in scenarios]
    header = (
        say("page.capacities.name"),
        say("page.capacities.number", policy=titles[0]),
        *(say("page.capacities.used", policy=title) for title in titles),
        *(say("page.capacities.waiting", policy=title) for title in titles),
    )
    rows = [
        (
            spoken(name),
            say("page.capacities.number_of", n=f"{number:,}", unit=unit),
            *(whole(s.mean_of(USED, name)) for s in scenarios),
            *(_people(s.mean_of(WAITING, name)) for s in scenarios),
        )
        for name, (unit, number) in about.capacities.items()
    ]
    if rows:
        yield draft.grid(say("page.capacities.caption"), header, rows)
