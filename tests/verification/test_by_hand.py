"""Days worked out by hand: a place that opens and closes daily, said as changes of its number."""

import numpy as np
import pytest
from tests.verification.by_hand import at_the_line, served_at_hours
from tests.verification.known import OWN_SERVICES, Memory, asked, played, records_of

from simcare.kernels.tables import TICKS_PER_DAY

DAYS, STAY_DAYS = 90, 0.02


@pytest.mark.parametrize("slots", [1, 2])
def test_a_place_that_opens_and_closes_every_day_by_hand(slots: int) -> None:
    """From 8 to 16 every day: everybody starts in the second in which list and hours let them.

    Nobody is broken off at the closing, and after it nobody begins. Three replications with a
    fixed seed, everybody in them.
    """
    changes = ", ".join(
        f"{{day: {day + hour / 24!r}, number: {number}}}"
        for day in range(DAYS)
        for hour, number in ((8, slots), (16, 0))
    )
    study = asked(
        [
            "service=one_queue",
            "population=plain",
            "replications=3",
            "warm_up_days=0",
            f"horizon_days={DAYS}",
            f"service.arrivals.people.per_day={15 * slots}",
            f"service.stages.queue.stay_days={{fixed: {STAY_DAYS}}}",
            "service.capacities.places.beds=0",
            f"service.capacities.places.changes=[{changes}]",
        ],
        OWN_SERVICES,
    )
    memory = Memory()
    played(study, memory)
    stay = round(STAY_DAYS * TICKS_PER_DAY)
    for run in records_of(study, memory):
        visits = run.visits[np.argsort(run.columns["queued"], kind="stable")]
        expected = served_at_hours(
            visits["queued"].tolist(), stay, slots, at_the_line, DAYS * TICKS_PER_DAY
        )
        assert visits["started"].tolist() == expected
        beyond = [start for start in expected if start >= 0 and not at_the_line(start + stay - 1)]
        assert len(beyond) > 10
        assert (visits["started"] > visits["queued"]).sum() > 500
