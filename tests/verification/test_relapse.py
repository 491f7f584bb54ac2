"""V23: Kaplan-Meier curves of relapse in the records of a config against the survival curves.

Nobody waits; all come over four years, relapse by a clock, or leave before (an exponential stay of
400 days) or are still inside at the horizon. Both censor, independently of the relapse. Nothing
starts up here, so there is no warm-up: every client is followed from the day they come.

The bound is Hall and Wellner's (1980, Biometrika 67:133-143): sqrt(n) |S^ - S| / S / (1 + C), with
n C the Greenwood sum, behaves as a Brownian bridge run over a part of [0, 1], and
P(sup |bridge| > 2.3) = 5 in 100,000. It is taken while 500 or more are at risk, where the limit
holds well; times in whole seconds move S by less than 1 in 10,000.
"""

from collections.abc import Callable
from math import sqrt

import numpy as np
import pytest
from tests.verification.known import Floats, Memory, asked, played, records_of

from simcare.analysis.survival import kaplan_meier
from simcare.kernels.tables import RELAPSED, TICKS_PER_DAY

BOUND = 2.3
AT_RISK = 500
NEAR = 0.015  # the largest distance of the curves

LAWS: dict[str, tuple[str, Callable[[Floats], Floats]]] = {
    "log-logistic": (
        "{after_days: {log_logistic: {median: 300, shape: 0.65}}}",
        lambda t: 1 / (1 + (t / 300) ** 0.65),
    ),
    "log-logistic, hazard times 1.7": (
        "{after_days: {log_logistic: {median: 300, shape: 0.65}},"
        " times: [{factor: 1.7, per_unit_of: motivation}]}",
        lambda t: (1 + (t / 300) ** 0.65) ** -1.7,
    ),
    "Weibull": (
        "{after_days: {weibull: {scale: 230, shape: 0.85}}}",
        lambda t: np.exp(-((t / 230) ** 0.85)),
    ),
}


@pytest.mark.parametrize("law", LAWS)
def test_relapse_follows_its_survival_curve(law: str) -> None:
    """Hold that the curve of the records keeps within Hall and Wellner's bound of the exact one."""
    clock, exact = LAWS[law]
    study = asked(
        [
            "service=no_queue",
            "population=plain",
            "service.arrivals.people.per_day=1.5",
            "service.stages.inside.stay_days={exponential: {mean: 400}}",
            f"service.conditions.inside.relapse={clock}",
            "horizon_days=1460",
            "warm_up_days=0",
            "replications=30",
            "seed=23",
        ]
    )
    memory = Memory()
    played(study, memory)
    visits = np.concatenate([records.visits for records in records_of(study, memory)])
    horizon = int(study.plan.horizon_days * TICKS_PER_DAY)
    until = np.where(visits["ended"] >= 0, visits["ended"], horizon)
    relapsed = visits["fate"] == RELAPSED
    assert 0.2 < relapsed.mean() < 0.9  # censoring matters
    curve = kaplan_meier((until - visits["started"]) / TICKS_PER_DAY, relapsed)
    n = len(visits)
    before = np.concatenate([[curve.start], curve.values[:-1]])
    events = np.rint(curve.at_risk * (1 - curve.values / before))
    greenwood = np.cumsum(events / (curve.at_risk * np.maximum(curve.at_risk - events, 1)))
    kept = curve.at_risk >= AT_RISK
    expected = exact(curve.times)
    away = np.maximum(np.abs(curve.values - expected), np.abs(before - expected))[kept]
    scaled = sqrt(n) * away / expected[kept] / (1 + n * greenwood[kept])
    assert 2 * np.exp(-2 * BOUND**2) < 6e-5
    assert scaled.max() < BOUND
    assert away.max() < NEAR
    assert curve.times[kept][-1] > 365
