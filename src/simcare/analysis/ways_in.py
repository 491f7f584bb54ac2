"""The ways in compared: who comes by which, how long they wait, and what becomes of them.

A way in is an arrival stream and the stage at which its people ask first. Over those who first
asked after the warm-up. The people of streams that are not counted are none of all who asked: their
ways in have no share of these.
"""

from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

from simcare.analysis.estimates import percentile_of
from simcare.analysis.follow_up import is_followed, room
from simcare.analysis.groups import BY_WAY_IN, Entry
from simcare.analysis.outcomes import (
    DAYS,
    GAVE_UP_IN_A_YEAR,
    OF_100,
    PEOPLE,
    POINTS,
    STARTED_IN_A_YEAR,
    YEAR,
)
from simcare.analysis.records import NOT_YET, Mask, Records, Ticks
from simcare.analysis.survival import cumulative_incidence
from simcare.analysis.wellbeing import WELLBEING, FirstYears
from simcare.kernels.tables import NONE, TICKS_PER_DAY

ASKED, SHARE = "people who asked", "share of all who asked"
STARTED, GAVE_UP = STARTED_IN_A_YEAR, GAVE_UP_IN_A_YEAR
MEDIAN, MEAN = "half wait at most", "mean wait"
TO_HELP, TO_TREATMENT = "from asking to first help", "from asking to treatment"
CAME = "those who came this way"


def way_of(records: Records) -> NDArray[np.int64]:
    """Return the number of each client's way in, NONE where it is none of the reading's."""
    reading = records.reading
    stage = records.columns["stage"][records.first].astype(np.int64)
    found = np.full(len(stage), NONE)
    streams = records.streams
    for k, way in enumerate(reading.ways):
        found[(stage == way.stage) & (streams == way.stream)] = k
    return found


def measure_ways_in(records: Records, years: FirstYears | None = None) -> dict[Entry, float]:
    """Return what one replication says of each way in.

    It is nan where nobody came by it, or too few are followed for a year. How people fare is told
    where it is told of all, by ``years``; not of those who are none of all who asked.
    """
    reading = records.reading
    if not reading.ways:
        return {}
    way = way_of(records)
    days, cause = records.course_of(records.came)
    came = way[records.came]
    room_days = room(records.asked[records.came], reading.horizon)
    asked = int(records.followed.sum())
    helped, treated = records.first_start(reading.first_help), records.treated
    numbers: dict[Entry, float] = {}
    for k, one in enumerate(reading.ways):
        here = records.came & (way == k)
        counted = one.stream not in reading.uncounted
        numbers |= dict(_people(one.name, int(here.sum()), asked if counted else 0))
        for what, over, until in (
            (TO_HELP, "those who got it", helped),
            (TO_TREATMENT, "those who started", treated),
        ):
            numbers |= dict(_waits(one.name, what, over, records, until, here))
        mine = came == k
        curves = cumulative_incidence(days[mine], cause[mine], (1, 2, 3, 4, 5))
        known = is_followed(room_days[mine], YEAR)
        for measure, end in ((STARTED, 1), (GAVE_UP, 2)):
            entry = Entry(BY_WAY_IN, one.name, measure, CAME, OF_100)
            numbers[entry] = 100.0 * float(curves[end].at(YEAR)) if known else float("nan")
        if years is not None:
            whole = 100.0 * years.mean_wellbeing(here & records.followed)
            numbers[Entry(BY_WAY_IN, one.name, WELLBEING, CAME, POINTS)] = whole
    return numbers


def _people(name: str, here: int, everybody: int) -> Iterator[tuple[Entry, float]]:
    """Yield how many came by a way in, and their share of all who asked; nan of nobody."""
    yield Entry(BY_WAY_IN, name, ASKED, CAME, PEOPLE), float(here)
    share = 100.0 * here / everybody if everybody else float("nan")
    yield Entry(BY_WAY_IN, name, SHARE, "all who asked", OF_100), share


def _waits(
    name: str, what: str, over: str, records: Records, until: Ticks, here: Mask
) -> Iterator[tuple[Entry, float]]:
    """Yield median and mean of the days from asking, over those of a way in who came so far."""
    got = here & (until != NOT_YET)
    days = (until - records.asked)[got] / TICKS_PER_DAY
    nothing = float("nan")
    median = percentile_of(days, 0.5) if len(days) else nothing
    yield Entry(BY_WAY_IN, name, f"{what}: {MEDIAN}", over, DAYS), median
    mean = float(days.mean()) if len(days) else nothing
    yield Entry(BY_WAY_IN, name, f"{what}: {MEAN}", over, DAYS), mean
