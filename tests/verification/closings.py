"""V22: places closed for a time, arrivals in a wave and people who leave; forward equations.

Twelve beds, of which five are closed for a fortnight in every eight weeks. Nobody is evicted, so
after the closing more are busy than there are. Arrivals have a wave of the same eight weeks, which
the program takes as constant over each day, at the value of its middle; so do the equations. The
runs begin empty, and so do the equations: what is left of that after eight cycles is at most
exp(-448 / 30), 3 in ten million.
"""

import math
from collections.abc import Sequence
from functools import cache

import numpy as np
from tests.verification.answers import (
    EVERYONE,
    Answer,
    Answered,
    mean_wait,
    occupancy,
    people_waiting,
)
from tests.verification.known import Count, Reads

from simcare.analysis.changing import ChangingQueue, Period, changing_queue
from simcare.analysis.records import Records
from simcare.kernels.tables import TICKS_PER_DAY

CYCLE, CLOSES, OPENS = 56, 28, 42
BEDS, LEFT_OPEN = 12, 7
RATE, STAY, PATIENCE, AMPLITUDE = 1.5, 7.0, 30.0, 0.3
FIRST_CYCLE, CYCLES = 8, 136
# Days of the cycle: full, just closed, at the end of the closing, just open, and back to usual.
DAYS = (21, 29, 35, 41, 44, 52)


def periods(days: int) -> list[Period]:
    """Return the days of a run, each by its arrivals and beds."""
    return [
        Period(
            1.0,
            RATE * (1 + AMPLITUDE * math.sin(2 * math.pi * (day + 0.5) / CYCLE)),
            LEFT_OPEN if CLOSES <= day % CYCLE < OPENS else BEDS,
        )
        for day in range(days)
    ]


@cache
def equations() -> ChangingQueue:
    """Return the means of every day up to the end of the first cycle that is measured."""
    return changing_queue(periods((FIRST_CYCLE + 1) * CYCLE), STAY, PATIENCE, 150)


def number_at(day: int, of: str) -> Count:
    """Return what counts the mean number waiting, or served, at a day of the cycle."""

    def count(records: Records) -> float:
        first = records.reading.warm_up // TICKS_PER_DAY // CYCLE
        last = records.reading.horizon // TICKS_PER_DAY // CYCLE
        ticks = (np.arange(first, last) * CYCLE + day) * TICKS_PER_DAY
        started, until = records.columns["started"], records.until
        served = started >= 0
        if of == "served":
            begin, end = started[served], until[served]
        else:
            begin, end = records.columns["queued"], np.where(served, started, until)
        inside = np.searchsorted(np.sort(begin), ticks, "right")
        return float((inside - np.searchsorted(np.sort(end), ticks, "right")).mean())

    return count


def closing() -> Answered:
    """Return twelve beds, seven of them for a fortnight in every eight weeks."""
    exact, first = equations(), FIRST_CYCLE * CYCLE
    queue, busy = exact.mean_queue[first:].mean(), exact.mean_busy[first:].mean()
    beds = exact.mean_usable[first:].mean()
    left = Reads("left the list", EVERYONE, "queue", share=True)
    answers = {
        "people waiting": people_waiting(float(queue), "places"),
        "beds used": occupancy(float(busy / beds), "places"),
        "mean wait": mean_wait(float(queue / RATE), "queue"),
        "left": Answer(float(queue / PATIENCE / RATE), left, share=True),
    }
    for day in DAYS:
        at = first + day - 1  # the end of the day before
        waiting, served = float(exact.queue_at_end[at]), float(exact.busy_at_end[at])
        answers[f"waiting at day {day}"] = Answer(waiting, number_at(day, "waiting"))
        answers[f"served at day {day}"] = Answer(served, number_at(day, "served"))
    changes = ", ".join(
        f"{{day: {cycle * CYCLE + day}, number: {beds}}}"
        for cycle in range(CYCLES)
        for day, beds in ((CLOSES, LEFT_OPEN), (OPENS, BEDS))
    )
    patience = f"{{exponential: {{mean: {PATIENCE}}}}}"
    return Answered(
        "V22",
        (
            "service=one_queue",
            f"service.capacities.places.beds={BEDS}",
            f"service.capacities.places.changes=[{changes}]",
            f"service.arrivals.people.per_day={RATE}",
            f"service.arrivals.people.wave={{amplitude: {AMPLITUDE}, period_days: {CYCLE}}}",
            f"service.stages.queue.stay_days={{exponential: {{mean: {STAY}}}}}",
            f"service.conditions.waiting.leave={{after_days: {patience}}}",
        ),
        first,
        CYCLE * CYCLES,
        answers,
        {},
        2201,
    )


CLOSINGS: Sequence[Answered] = (closing(),)
