"""What became of each client in the first year after asking: one by one, to be compared in pairs.

Told are those who are followed, and seen for a whole year after they first asked.
"""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from simcare.analysis.outcomes import GAVE_UP_IN_A_YEAR, STARTED_IN_A_YEAR, YEAR
from simcare.analysis.records import NOT_YET, Mask, Records
from simcare.analysis.wellbeing import FirstYears
from simcare.kernels.tables import DIED, RELAPSED, TICKS_PER_DAY

STARTED, GAVE_UP = STARTED_IN_A_YEAR, GAVE_UP_IN_A_YEAR
RELAPSED_AFTER = "relapsed after treatment within a year"
DIED_IN_A_YEAR = "died within a year"
EVENTS = (STARTED, GAVE_UP, RELAPSED_AFTER, DIED_IN_A_YEAR)
A_YEAR = int(YEAR * TICKS_PER_DAY)


@dataclass(frozen=True)
class Grouping:
    """An attribute by which clients are grouped, and the names of its groups in their order."""

    by: str
    groups: tuple[str, ...]


@dataclass(frozen=True, eq=False)
class Clients:
    """What became of the clients of one replication, each in the same place of every array.

    ``ids`` say who they are under whatever policy, uint64; ``asked`` are the ticks at which they
    first asked, int64. ``events`` say which of ``EVENTS`` befell them, bool (events, clients).
    ``wellbeing`` is their mean over the year in points of 100, float32, None where it is not told.
    ``groups`` are the numbers of their groups, uint16 (groupings, clients).
    """

    ids: NDArray[np.uint64]
    asked: NDArray[np.int64]
    events: NDArray[np.bool_]
    wellbeing: NDArray[np.float32] | None
    groupings: tuple[Grouping, ...]
    groups: NDArray[np.uint16]


def clients_of(records: Records, years: FirstYears | None) -> Clients | None:
    """Return what became of each client; None where no policies are compared."""
    reading, people = records.reading, records.people
    if not reading.is_compared or people is None:
        return None
    seen = records.followed & (records.asked + A_YEAR <= reading.horizon)
    who = records.columns["client"][records.first][seen]
    groups = np.empty((len(reading.traits), len(who)), np.uint16)
    for row, trait in zip(groups, reading.traits, strict=True):
        row[:] = trait.group_of(people.attributes[who, trait.column])
    return Clients(
        ids=people.ids[who],
        asked=records.asked[seen],
        events=np.stack([*_events(records, seen)]),
        wellbeing=None if years is None else years.of_each(seen).astype(np.float32),
        groupings=tuple(Grouping(t.name, t.groups) for t in reading.traits),
        groups=groups,
    )


def _events(records: Records, seen: Mask) -> Iterator[Mask]:
    """Yield for each of ``EVENTS`` which of those seen it befell within a year of asking."""
    days, cause = records.course_of(seen)
    yield (cause == 1) & (days <= YEAR)
    yield (cause == 2) & (days <= YEAR)
    visits = records.columns
    ended = visits["ended"].astype(np.int64)
    treatment = records.at(records.reading.treatment) & records.served
    treated = records.earliest(visits["started"], treatment)
    relapses = records.with_fate(RELAPSED) & (ended >= treated[records.client_of])
    for which in (relapses, records.with_fate(DIED)):
        first = records.earliest(ended, which)[seen]
        yield (first != NOT_YET) & (first - records.asked[seen] <= A_YEAR)
