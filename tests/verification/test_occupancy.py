"""V15, Mt/M/infinity from a config alone: the number inside through the year against theory.

Arrivals have a yearly wave and nobody waits. The runs begin empty; what is left of that after three
cycles is exp(-1095 / 90) of the mean, 5 in a million. The program takes the wave as constant over
each day, at the value of its middle, which moves the mean number inside by less than 1 in 10,000.
"""

from functools import cache

import numpy as np
import pytest
from tests.verification.known import Estimated, Floats, Memory, asked, played, records_of

from simcare.analysis.theory import infinite_server_occupancy
from simcare.kernels.tables import TICKS_PER_DAY

CYCLE, FIRST_CYCLE, CYCLES = 365, 3, 12
WITHIN = 0.02  # of the value: the half of the 95 % interval
PRINTED = {0.0: 110.396, 91.25: 150.881, 182.5: 159.604, 273.75: 119.119}


@cache
def occupancy() -> Floats:
    """Return the mean number inside over the cycles: (replications, days of the cycle)."""
    study = asked(
        [
            "service=no_queue",
            "population=plain",
            "service.arrivals.people.per_day=1.5",
            "service.arrivals.people.wave={amplitude: 0.4, period_days: 365}",
            "service.stages.inside.stay_days={exponential: {mean: 90}}",
            f"horizon_days={CYCLE * CYCLES}",
            f"warm_up_days={CYCLE * FIRST_CYCLE}",
            "replications=40",
        ]
    )
    memory = Memory()
    played(study, memory)
    cycles = np.arange(FIRST_CYCLE, CYCLES)[:, None]
    ticks = ((cycles * CYCLE + np.array(list(PRINTED))) * TICKS_PER_DAY).astype(np.int64)
    found = []
    for records in records_of(study, memory):
        visits = records.visits
        begun = np.sort(visits["started"])
        over = np.sort(visits["ended"][visits["ended"] >= 0])
        inside = np.searchsorted(begun, ticks, "right") - np.searchsorted(over, ticks, "right")
        found.append(inside.mean(axis=0))
    return np.array(found)


@pytest.mark.parametrize("day", PRINTED)
def test_the_number_inside_follows_the_wave(day: float) -> None:
    """Hold that the number inside at a day of the cycle is the exact one (4 s.e., 2 % wide)."""
    exact = float(infinite_server_occupancy(day, 1.5, 0.6, CYCLE, 90.0))
    assert exact == pytest.approx(PRINTED[day], abs=0.000501)
    values = occupancy()[:, list(PRINTED).index(day)]
    assert Estimated.of(f"V15, day {day:g}", values, exact).faults(WITHIN * exact) == []
