"""What must come out even in every run: people, waiting, bed-days and money, each counted twice.

A balance has two sides that are counted in different ways, from what was written down and from
nothing else. Those of people, places and lists are whole ticks and must agree exactly; money is
added up in another order and must agree but for the last digits.
"""

import math
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace

import numpy as np

from simcare.analysis.audit_places import area, place_days
from simcare.analysis.audit_run import Run
from simcare.analysis.costs import COST_A_YEAR
from simcare.analysis.groups import ALL, BY_PAYER, BY_PLACES, BY_STAGE, BY_YEAR, Entry
from simcare.kernels.tables import NONE, TICKS_PER_DAY

PEOPLE, LITTLE, STAYS, BED_DAYS = "people", "waiting", "stays", "bed-days"
MONEY, PAYERS = "money", "payers"
LAWS = (PEOPLE, LITTLE, STAYS, BED_DAYS, MONEY, PAYERS)
SAME = 1e-9


@dataclass(frozen=True)
class Balance:
    """A law, where it holds, and its two sides.

    ``people``: who came, and who has gone or is inside. ``waiting`` and ``stays`` (Little's law, of
    a stage): days counted person by person, and as the area under how many there are.
    ``bed-days`` (of a capacity): days that places are given, and days that they are there or are
    given beyond their number; the first is at most the second. That shows how much was used and
    sees little by itself: that no place is given beyond the number is a law of the audit. ``money``
    and ``payers`` (a year): what is spent in all, and the sum of its parts, or of what each payer
    pays. ``runs`` is how many replications are added up.
    """

    law: str
    where: str
    left: float
    right: float
    runs: int = 1

    @property
    def holds(self) -> bool:
        """Whether the two sides are as the law has it."""
        if self.law == BED_DAYS:
            return self.left <= self.right
        if self.law in (MONEY, PAYERS):
            return math.isclose(self.left, self.right, rel_tol=SAME, abs_tol=SAME)
        return self.left == self.right

    def __str__(self) -> str:
        """Return the balance in words, for a message."""
        where = f" at {self.where}" if self.where else ""
        return f"{self.law}{where}: {self.left:.10g} on one side, {self.right:.10g} on the other"


def balances(
    run: Run, stages: Iterable[str], places: Iterable[str], numbers: Mapping[Entry, float]
) -> Iterator[Balance]:
    """Yield the balances of a run.

    ``stages`` and ``places`` are their names in their order (places of one capacity have one name),
    ``numbers`` what the run says of its costs. Stages that nobody came to have none.
    """
    yield _people(run)
    yield from _of_stages(run, stages)
    yield from _of_places(run, places)
    yield from _money(numbers)


def _people(run: Run) -> Balance:
    open_ = run.visits["ended"] == NONE
    inside = len(np.unique(run.visits["client"][open_]))
    return Balance(PEOPLE, "", run.clients, int((run.last & ~open_).sum()) + inside)


def _of_stages(run: Run, names: Iterable[str]) -> Iterator[Balance]:
    started = run.visits["started"] != NONE
    begun = np.maximum(run.visits["started"], 0)
    for stage, name in enumerate(names):
        here = run.visits["stage"] == stage
        if not here.any():
            continue
        there = here & started
        waits = (run.since[here], run.listed_until[here])
        stays = (begun[there], run.until[there])
        for law, (starts, ends) in ((LITTLE, waits), (STAYS, stays)):
            each = int((ends - starts).sum()) / TICKS_PER_DAY
            yield Balance(law, name, each, area(starts, ends, run.horizon) / TICKS_PER_DAY)


def _of_places(run: Run, names: Iterable[str]) -> Iterator[Balance]:
    given: dict[str, int] = defaultdict(int)
    offered: dict[str, int] = defaultdict(int)
    asked = set(np.unique(run.asked[run.asked != NONE]).tolist())
    for place, name in enumerate(names):
        if place in asked:
            days = place_days(run, place)
            given[name] += days.stayed
            offered[name] += days.there + days.over
    for name in given:
        yield Balance(BED_DAYS, name, given[name] / TICKS_PER_DAY, offered[name] / TICKS_PER_DAY)


def _money(numbers: Mapping[Entry, float]) -> Iterator[Balance]:
    sums: dict[str, float] = defaultdict(float)
    for entry, value in numbers.items():
        if entry.measure == COST_A_YEAR:
            sums[entry.by] += value
    if ALL in sums:
        parts = math.fsum(sums[by] for by in (BY_STAGE, BY_PLACES, BY_YEAR))
        yield Balance(MONEY, "", sums[ALL], parts)
        if BY_PAYER in sums:
            yield Balance(PAYERS, "", sums[ALL], sums[BY_PAYER])


def added(every: Iterable[Balance]) -> tuple[Balance, ...]:
    """Return balances of many replications added up: one for each law and place, law by law."""
    found: dict[tuple[str, str], Balance] = {}
    for one in every:
        before = found.get((one.law, one.where))
        found[one.law, one.where] = (
            one
            if before is None
            else replace(
                before,
                left=before.left + one.left,
                right=before.right + one.right,
                runs=before.runs + one.runs,
            )
        )
    return tuple(sorted(found.values(), key=lambda one: LAWS.index(one.law)))
