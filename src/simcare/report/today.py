"""Those who wait on day 0: what becomes of them, and what is said of them before a run."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import numpy as np

from simcare.analysis.findings import Found
from simcare.analysis.outcomes import DAY_0, YEAR
from simcare.report.answer import Titles
from simcare.report.drawing import Table, whole
from simcare.report.words import count, listed, say, spoken


def table(scenarios: Sequence[Found], titles: Titles, horizon_days: float) -> Table | None:
    """Return what becomes of those who wait on day 0 under each policy, None if there is no list.

    A row for each policy, for treatment and for each list, at the deadline and after a year:
    without numbers where the run ends before (``horizon_days``), and none where nobody waits. With
    one policy it is not named.
    """
    places = dict.fromkeys(
        outcome.where
        for found in scenarios
        for outcome in found.outcomes
        if outcome.name == DAY_0["the deadline"][0]
    )
    if not places:
        return None
    several = len(scenarios) > 1
    rows = []
    for where in places:
        what = spoken(where) if where else say("page.today.treatment")
        ends = {
            (days, found.policy): [found.mean_of(name, where) for name in DAY_0[word]]
            for word, days in (("the deadline", titles.deadline_days), ("a year", YEAR))
            for found in scenarios
        }
        somebody = any(np.isfinite(values).any() for values in ends.values())
        if somebody or min(titles.deadline_days, YEAR) > horizon_days:
            for (days, policy), values in ends.items():
                named = (titles.of(policy),) if several else ()
                rows.append((what, f"{days:g}", *named, *map(whole, values)))
    header = (
        say("page.today.for"), say("page.today.after"), *((say("policy"),) if several else ()),
        say("page.today.started"), say("page.today.gave_up"), say("page.today.still"),
    )  # fmt: skip
    return Table(header, tuple(rows)) if rows else None


def before(
    at_once: Mapping[str, int],
    overdue: Mapping[str, int],
    taken: Mapping[str, tuple[int, int]],
    after_days: int,
    uncounted_days: float,
) -> Iterator[str]:
    """Yield what is to be known of the people of day 0 before a run, in sentences.

    ``at_once`` are how many who wait for a capacity find a free place, ``overdue`` how many at a
    stage have been there for as long as they can, ``taken`` how many places of a capacity are
    taken, of how many, where that is less than half; ``after_days`` is how long the base has been
    played before, ``uncounted_days`` is the warm-up.
    """
    if after_days:
        yield say("start.after", days=f"{after_days:,}")
    if taken:
        each = [
            say("start.taken", capacity=spoken(name), n=f"{many:,}", places=f"{places:,}")
            for name, (many, places) in taken.items()
        ]
        yield say("start.empty", capacities=listed(each))
    for name, many in at_once.items():
        yield count("start.at_once", f"{many:,}", capacity=spoken(name))
    for name, many in overdue.items():
        yield count("start.overdue", f"{many:,}", stage=spoken(name))
    if uncounted_days:
        yield say("start.not_counted", days=f"{uncounted_days:g}")


def people(origin: Mapping[str, Any]) -> dict[str, int]:
    """Return how many are there and how many wait on day 0 by a provenance, none if nobody is.

    Where they are what the base has left, it is after how many days.
    """
    start = origin.get("start")
    if not isinstance(start, Mapping):
        return {}
    if "after_days" in start:
        return {"page.run.after": start["after_days"]}
    stages = start.get("people")
    found = {"page.run.there": 0, "page.run.waiting": 0}
    for states in stages.values() if isinstance(stages, Mapping) else ():
        found["page.run.there"] += states.get("there", 0)
        found["page.run.waiting"] += states.get("waiting", 0)
    return found
