"""The load of services whose answer is known: rate times stay, by routes, clocks and re-entry.

An estimate is taken to agree with a known value when that lies within 4 standard errors: false
alarms are 6 in 100,000 for each value compared (of a normal mean of some 20,000 clients or more).
The runs begin empty; the warm-ups are 15 or more of the longest mean time, which leaves less than
exp(-15) of the value away.
"""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import date
from typing import Any

import pytest
from tests.verification.known import Estimated, Forgetful, asked, played, series

from simcare.analysis.load import NORMAL_95, Load, Supply
from simcare.model.scenario import Plan, Scenario
from simcare.study import Scene, Study
from simcare.study.load import loads

ALIKE = {
    "motivation": {"number": {"fixed": 1}},
    "severity": {"number": {"fixed": 0}},
}


def exponential(mean: float) -> dict[str, Any]:
    """Return an exponential length of stay."""
    return {"exponential": {"mean": mean}}


def plan(**changes: Any) -> Plan:
    """Return a plan of six years, the first of them not counted."""
    of_all = {
        "seed": 3,
        "replications": 1,
        "start_date": date(2018, 1, 1),
        "horizon_days": 6 * 365.0,
        "warm_up_days": 365.0,
        "deadline_days": 90.0,
        "smallest_difference_that_matters": 2.0,
    }
    return Plan.model_validate(of_all | changes)


def study(service: Mapping[str, Any], attributes: Mapping[str, Any], **changes: Any) -> Study:
    """Return a study of one service, without comparison."""
    scenario = Scenario.model_validate(
        {"service": service, "population": {"attributes": {**ALIKE, **attributes}}}
    )
    scene = Scene("case", "policy", scenario, 1)
    return Study("known", "", "", plan(**changes), (scene,), {}, {})


def service(
    stages: Mapping[str, Any], beds: Mapping[str, Any], per_day: float, **more: Any
) -> dict[str, Any]:
    """Return a service that everybody enters at its first stage."""
    return {
        "arrivals": {"people": {"per_day": per_day}},
        "ways_in": {"door": {"stage": next(iter(stages)), "share": 1.0}},
        "capacities": dict(beds),
        "stages": dict(stages),
        **more,
    }


def loads_in(one: Study) -> dict[str, Load]:
    """Return the loads of a study's only scene, by capacity, or capacity and category."""
    ((found,),) = loads([one], 2)
    return {f"{x.capacity} {x.category}".strip(): x for x in found}


def agrees(load: Load, exact: float) -> bool:
    """Return whether a load is within 4 standard errors of its exact value."""
    error = (load.upper - load.lower) / 2 / NORMAL_95
    return 0 < error < 0.03 * exact and abs(load.offered - exact) <= 4 * error


@pytest.mark.parametrize(
    ("beds", "per_day", "stay", "mean"),
    [
        (12, 1.5, "{exponential: {mean: 7}}", 7.0),
        (60, 2.0, "{log_normal: {mean: 75, sd: 40}}", 75.0),
        (2, 9.0, "{gamma: {mean: 1, shape: 0.25}}", 1.0),
        (10, 1.0, "{fixed: 10}", 10.0),
    ],
)
def test_one_list_is_offered_rate_times_stay(
    beds: int, per_day: float, stay: str, mean: float
) -> None:
    """Hold that M/G/c is offered lambda times the mean stay, with beds too few or enough.

    What can never be given is then 1 - c / a, exact where the load is.
    """
    found = loads_in(
        asked(
            [
                "service=one_queue",
                "population=plain",
                f"service.capacities.places.beds={beds}",
                f"service.arrivals.people.per_day={per_day}",
                f"service.stages.queue.stay_days={stay}",
                "service.conditions.waiting.leave={after_days: {exponential: {mean: 5}}}",
                "horizon_days=9000",
                "warm_up_days=1200",
            ]
        )
    )["places"]
    exact = per_day * mean
    assert agrees(found, exact)
    assert found.places == found.usable == beds
    assert found.least == pytest.approx(max(100 * (1 - beds / found.offered), 0.0))
    if beds > 1.1 * exact or beds < 0.9 * exact:
        assert found.supply == (Supply.SHORT if beds < exact else Supply.ENOUGH)
    else:
        assert found.supply == Supply.UNSURE


def test_a_tandem_with_shares_and_a_clock() -> None:
    """By hand: 3 a day; 10 days each in a, but for who drops out, at a mean of 40 days.

    The first of two exponential times of 10 and 40 days has mean 8, and is the end of the stay 8 of
    10 times. Of those 60 of 100 go to b, for 20 days: a is offered 24, b 3 * 0.8 * 0.6 * 20 = 28.8.
    """
    stages = {
        "a": {
            "asks_for": "a",
            "stay_days": exponential(10),
            "while_there": "inside",
            "next": {"completed": {"b": 0.6, "out": 0.4}, "dropped_out": "out"},
        },
        "b": {"asks_for": "b", "stay_days": exponential(20), "next": {"completed": "out"}},
    }
    inside = {"inside": {"drop_out": {"after_days": exponential(40)}}}
    beds = {"a": {"beds": 30}, "b": {"beds": 24, "units": 4}}
    found = loads_in(study(service(stages, beds, 3.0, conditions=inside), {}))
    assert agrees(found["a"], 24.0)
    assert agrees(found["b"], 28.8)
    assert [found[name].supply for name in "ab"] == [Supply.ENOUGH, Supply.SHORT]
    assert found["b"].least == pytest.approx(100 * (1 - 24 / 28.8), abs=4)


def test_a_network_with_re_entry_by_traffic_equations() -> None:
    """By hand: rates x of a and y of b, with 2 a day from outside.

    After a, half go to b, 2 of 10 to a again; after b, 3 of 10 come back to a after 15 days, 2 of
    10 in a new episode at once: x = 2 + 0.2 x + 0.5 y and y = 0.5 x, so x = 2 / (1 - 0.45).
    """
    stages = {
        "a": {
            "asks_for": "a",
            "stay_days": exponential(4),
            "next": {"completed": {"b": 0.5, "a": 0.2, "out": 0.3}},
        },
        "b": {
            "asks_for": "b",
            "stay_days": {"gamma": {"mean": 9, "shape": 2}},
            "next": {"completed": {"away": 0.3, "return": 0.2, "out": 0.5}},
        },
        "away": {"stay_days": {"fixed": 15}, "next": {"completed": "a"}},
    }
    found = loads_in(study(service(stages, {"a": {"beds": 9}, "b": {"beds": 9}}, 2.0), {}))
    x = 2 / 0.55
    assert agrees(found["a"], 4 * x)
    assert agrees(found["b"], 9 * x / 2)
    assert [found[name].supply for name in "ab"] == [Supply.SHORT, Supply.SHORT]


def test_parts_seasons_and_attributes() -> None:
    """By hand: 4 a day when months count alike; 3 of 4 people are from the south.

    Half stay 10 days, those who are heavy twice as long: 4 * 15 in all, 45 in the south. The months
    have a mean of 14 / 12, and over the days of a year 424 / 365: 0.9957 of that is offered. Over
    five years with one leap day that is less than 0.0002 off.
    """
    stages = {
        "ward": {
            "asks_for": "ward",
            "stay_days": exponential(10),
            "stay_times": [{"factor": 2.0, "when": {"burden": "heavy"}}],
            "next": {"completed": "out"},
        }
    }
    beds, units = {"north": 20, "south": 40}, {"north": 2, "south": 1}
    ward = {"ward": {"by": "region", "beds": beds, "units": units}}
    made = service(stages, ward, 4.0)
    made["arrivals"]["people"]["months"] = [2, 2, 2, 1, 1, 1, 0.5, 0.5, 1, 1, 1, 1]
    attributes = {
        "region": {"shares": {"north": 0.25, "south": 0.75}},
        "burden": {"shares": {"light": 0.5, "heavy": 0.5}},
    }
    found = loads_in(study(made, attributes))
    season = (424 / 365) / (14 / 12)
    assert agrees(found["ward"], 60.0 * season)
    assert agrees(found["ward north"], 15.0 * season)
    assert agrees(found["ward south"], 45.0 * season)
    assert [found[f"ward {x}"].supply for x in ("north", "south")] == ["enough", "short"]


def test_nineteen_of_twenty_intervals_hold_the_load() -> None:
    """Hold that the 95 % interval covers: of 300 seeds, 269 to 296 hold the exact load of 6.

    The count is binomial (300, 0.95) if it does; 268 or fewer, or 297 or more, are a false alarm of
    4 in 10,000.
    """
    one = asked(
        [
            "service=one_queue",
            "population=plain",
            "service.arrivals.people.per_day=2",
            "service.stages.queue.stay_days={gamma: {mean: 3, shape: 0.5}}",
            "horizon_days=700",
            "warm_up_days=100",
        ]
    )
    studies = [seeded(one, seed) for seed in range(1, 301)]
    found: Sequence[Load] = [load for ((load,),) in loads(studies, 2)]
    assert len({load.offered for load in found}) == 300
    held = sum(load.lower <= 6.0 <= load.upper for load in found)
    assert 269 <= held <= 296


def seeded(one: Study, seed: int) -> Study:
    """Return a study with another seed."""
    return replace(one, plan=one.plan.model_copy(update={"seed": seed}))


FULL = [
    "service=one_queue",
    "population=plain",
    "service.arrivals.people.per_day=8",
    "service.stages.queue.stay_days={gamma: {mean: 20, shape: 2}}",
    "horizon_days=2190",
    "warm_up_days=365",
    "replications=40",
]


def busy(capacity: Sequence[str]) -> tuple[Load, Estimated]:
    """Return the load of places that are short, and how many are busy in the simulation itself.

    160 are asked for, so that nothing that is open is ever empty.
    """
    one = asked([*FULL, *capacity])
    ((found,),) = loads([one], 2)
    (result,) = played(one, Forgetful())
    used = series(result.outcomes, "utilisation", "all places", "places") / 100
    return found[0], Estimated.of("busy", used * found[0].places, found[0].usable)


def test_no_more_can_be_given_than_is_said() -> None:
    """Hold that of 160 places asked for 100 are busy at every moment, and never more.

    So 3 of 8 of the days asked for are not given: what is said to be the least is reached by a list
    that nobody leaves.
    """
    load, found = busy(["service.capacities.places.beds=100"])
    assert load.usable == load.places == 100
    assert agrees(load, 160.0)
    assert load.least == pytest.approx(100 * (1 - 100 / load.offered))
    assert found.mean == pytest.approx(100.0, abs=1e-9)


@pytest.mark.parametrize(
    "changes",
    [
        pytest.param([(400 + 50 * k, 0 if k % 2 == 0 else 100) for k in range(36)], id="closed"),
        pytest.param([(400 + 50 * k, 60 if k % 2 == 0 else 100) for k in range(36)], id="partly"),
        pytest.param([(400 + 10 * k, 0 if k % 2 == 0 else 100) for k in range(179)], id="often"),
    ],
)
def test_closed_places_are_busy_as_long_as_is_said(changes: Sequence[tuple[int, int]]) -> None:
    """Hold that places which close now and then are busy as long as ``usable`` says.

    Nobody is sent away, so that they are busier than they are open. What is said takes those who
    are there as found at any time of their stay, which those let in at an opening are not: it is
    held to 1 of 100 of what is busy.
    """
    written = ", ".join(f"{{day: {day}, number: {number}}}" for day, number in changes)
    load, found = busy(
        ["service.capacities.places.beds=100", f"service.capacities.places.changes=[{written}]"]
    )
    assert load.usable > 1.02 * load.places
    assert found.mean == pytest.approx(load.usable, rel=0.01)
    assert load.least == pytest.approx(100 * (1 - load.usable / load.offered))
