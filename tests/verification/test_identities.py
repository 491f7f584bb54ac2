"""V21: what holds in every run, exact in ticks, in whole studies from shipped configs.

Little's law, flow balance, bed-day balance and that everyone is counted are laws of the audit; that
the outcomes say the same as the audited records is held here, by sums over the moments at which a
list or the number of busy places changes.
"""

from collections.abc import Sequence
from itertools import pairwise

import numpy as np
import pytest
from tests.equality.services import faults
from tests.verification.known import Memory, asked, played, series

from simcare.engines.lowering import lower
from simcare.kernels.tables import NONE, Ticks
from simcare.study import Result, Study, reading_of

SERVICES: dict[str, tuple[str, ...]] = {
    "region, GP referral": ("policy=gp_referral",),
    "region, direct access": ("policy=direct_access",),
    "one queue": ("service=one_queue", "population=plain"),
    "one queue, impatient": (
        "service=one_queue",
        "population=plain",
        "service.capacities.places.beds=12",
        "service.capacities.places.changes=[{day: 500, number: 4}, {day: 900, number: 12}]",
        "service.arrivals.people.per_day=1.5",
        "service.stages.queue.stay_days={exponential: {mean: 7}}",
        "service.conditions.waiting.leave={after_days: {exponential: {mean: 30}}}",
    ),
}


Run = tuple[Study, Memory, Sequence[Result]]


def area(begin: Ticks, end: Ticks, window: tuple[int, int]) -> int:
    """Return the integral over a window of how many intervals hold each tick, step by step."""
    moments = np.concatenate([begin, end]).clip(*window)
    steps = np.repeat(np.array([1, -1]), [len(begin), len(end)])
    order = np.argsort(moments, kind="stable")
    level = np.cumsum(steps[order])
    return int((level[:-1] * np.diff(moments[order])).sum())


def idle(begin: Ticks, end: Ticks, number: int, span: tuple[int, int]) -> int:
    """Return the integral over a span of how many of so many places no interval has."""
    moments = np.concatenate([begin, end, span]).clip(*span)
    steps = np.repeat(np.array([1, -1, 0]), [len(begin), len(end), 2])
    order = np.argsort(moments, kind="stable")
    free = np.maximum(number - np.cumsum(steps[order]), 0)
    return int((free[:-1] * np.diff(moments[order])).sum())


@pytest.fixture(scope="module", params=SERVICES)
def run_of(request: pytest.FixtureRequest) -> Run:
    """A study of one service with its records and results."""
    study = asked([*SERVICES[request.param], "replications=4", "seed=21"])
    memory = Memory()
    return study, memory, played(study, memory)


def test_every_run_passes_the_audit(run_of: Run) -> None:
    """Hold that no run breaks a law: Little, flow, bed-days, everyone counted, and the others."""
    study, memory, _ = run_of
    scenario, plan = study.scenes[0].scenario, study.plan
    program = lower(scenario, plan.start_date, plan.horizon_days)
    records = memory.played(0)
    assert len(records.visits) == plan.replications
    for number, (visits, ids) in enumerate(zip(records.visits, records.ids, strict=True)):
        assert faults(program, visits, plan.seed, number) == ()
        assert len(np.unique(visits["client"])) == len(ids) > 0


def test_outcomes_say_what_the_records_say(
    run_of: Run,
) -> None:
    """Hold that mean lists and utilisation are the integrals of the records, over the window."""
    study, memory, results = run_of
    reading = reading_of(study.scenes[0].scenario, study.plan)
    window = reading.warm_up, reading.horizon
    outcomes = results[0].outcomes
    asked = [first[0] if first else NONE for first in reading.capacities_of]
    assert max(map(len, reading.capacities_of)) == 1
    capacity_of = np.array(asked)
    for r, visits in enumerate(memory.played(0).visits):
        ended = np.where(visits["ended"] >= 0, visits["ended"], reading.horizon)
        served = visits["started"] >= 0
        waited = np.where(served, visits["started"], ended)
        for k, name in enumerate(reading.capacities):
            here = capacity_of[visits["stage"]] == k
            list_area = area(visits["queued"][here], waited[here], window)
            queue = series(outcomes, "people waiting", "mean over time", name)[r]
            assert queue * (window[1] - window[0]) == pytest.approx(list_area, rel=1e-12)
            busy = area(visits["started"][here & served], ended[here & served], window)
            steps = [*reading.places[k], (reading.horizon, 0)]
            spans = [
                ((max(at, window[0]), min(after[0], window[1])), number)
                for (at, number), after in pairwise(steps)
                if max(at, window[0]) < min(after[0], window[1])
            ]
            used = series(outcomes, "utilisation", "all places", name)[r] / 100
            begin, end = visits["started"][here & served], ended[here & served]
            free = sum(idle(begin, end, number, span) for span, number in spans)
            assert used * (busy + free) == pytest.approx(busy, rel=1e-12)
