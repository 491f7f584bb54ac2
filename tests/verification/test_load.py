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

import numpy as np
import pytest
from tests.verification.known import Estimated, Memory, asked, played, records_of, series

from simcare.analysis.load import NORMAL_95, Load, Supply
from simcare.analysis.place_days import overlap
from simcare.analysis.records import Records
from simcare.engines.compiled import simulate
from simcare.engines.lowering import lower
from simcare.model.beginning import Beginning, Present
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

    160 are asked for, so that nothing that is open is ever empty: of what can be used all is.
    """
    one = asked([*FULL, *capacity])
    ((found,),) = loads([one], 2)
    memory = Memory()
    (result,) = played(one, memory)
    used = series(result.outcomes, "utilisation", "all places", "places")
    assert used == pytest.approx(100.0, abs=1e-9)
    days = one.plan.horizon_days - one.plan.warm_up_days
    many = [_busy_days(records) / days for records in records_of(one, memory)]
    return found[0], Estimated.of("busy", np.array(many), found[0].usable)


def _busy_days(records: Records) -> float:
    """Return on how many days places were busy in the time measured, all places together."""
    served = records.served
    return overlap(records.columns["started"][served], records.until[served], records.reading)


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

    Nobody is sent away, so that they are busier than they are open. It is held to 1 of 100 of what
    is busy.
    """
    written = ", ".join(f"{{day: {day}, number: {number}}}" for day, number in changes)
    load, found = busy(
        ["service.capacities.places.beds=100", f"service.capacities.places.changes=[{written}]"]
    )
    assert load.usable > 1.02 * load.places
    assert found.mean == pytest.approx(load.usable, rel=0.01)
    assert load.least == pytest.approx(100 * (1 - load.usable / load.offered))


def exact(days: float) -> dict[str, Any]:
    """Return a length of stay that is the same for all."""
    return {"fixed": days}


def desk(per_year: float, stay: Mapping[str, Any], **capacity: Any) -> Study:
    """Return a study of one stage that asks for one capacity; there is a calendar of an office."""
    stages = {"talk": {"asks_for": "desk", "stay_days": stay, "next": {"completed": "out"}}}
    office = {"days": "monday-friday", "hours": "08:00-16:00"}
    made = service(stages, {"desk": capacity}, per_year / 365, calendars={"office": office})
    return study(made | {"currency": "NOK"}, {})


OFFICE = {"appointments": 6, "open": "office"}
TEAM = {"staff": {"members": 6, "caseload": 5, "sick_leave": {"share": 0.4, "mean_days": 3}}}
PAID = {"price_per_day": 1000, "at_most_days": 30, "budget_per_year": 500_000}
WHOLE_DAYS = {"uniform": {"low": 0.3333, "high": 0.3334}}
BOUGHT = {"beds": 20, "bought": PAID}
LONG_OR_SHORT = exponential(1)
EIGHT, TWENTY = {"slots": 8, "together": 8}, {"slots": 20, "together": 8}
FOURS, TEAMS, THREES = OFFICE | {"together": 4}, TEAM | {"together": 8}, BOUGHT | {"together": 3}
TOO_FEW, MANY = Supply.SHORT, Supply.ENOUGH


@pytest.mark.parametrize(
    ("one", "expected"),
    [
        pytest.param(desk(822, exact(2), **OFFICE), MANY, id="two days, 4.5 of 5.14"),
        pytest.param(desk(1030, exact(2), **OFFICE), TOO_FEW, id="two days, 5.6 of 5.14"),
        pytest.param(desk(11_600, exact(0.042), **OFFICE), MANY, id="an hour, 1.33 of 1.44"),
        pytest.param(desk(13_700, exact(0.042), **OFFICE), TOO_FEW, id="an hour, 1.58 of 1.44"),
        pytest.param(desk(1700, WHOLE_DAYS, **OFFICE), MANY, id="eight hours, 1.55 of 1.8"),
        pytest.param(desk(2300, WHOLE_DAYS, **OFFICE), TOO_FEW, id="eight hours, 2.1 of 1.8"),
        pytest.param(desk(402, exact(20), **TEAM), MANY, id="ill, 22 of 24"),
        pytest.param(desk(520, exact(20), **TEAM), TOO_FEW, id="ill, 28.5 of 24"),
        pytest.param(desk(43, exact(10), **BOUGHT), MANY, id="bought, 1.18 of 1.37"),
        pytest.param(desk(70, exact(10), **BOUGHT), TOO_FEW, id="bought, 1.9 of 1.37"),
        pytest.param(desk(880, LONG_OR_SHORT, **EIGHT), MANY, id="groups of all 8, 2.41 of 2.94"),
        pytest.param(desk(1200, LONG_OR_SHORT, **EIGHT), TOO_FEW, id="groups of all 8, 3.3"),
        pytest.param(desk(5300, LONG_OR_SHORT, **TWENTY), MANY, id="groups of 8, 14.5 of 16.2"),
        pytest.param(desk(6400, LONG_OR_SHORT, **TWENTY), TOO_FEW, id="groups of 8, 17.5 of 16.2"),
        pytest.param(desk(7000, exact(0.042), **FOURS), MANY, id="groups, an hour, 0.81 of 0.96"),
        pytest.param(desk(9500, exact(0.042), **FOURS), TOO_FEW, id="groups, an hour, 1.09"),
        pytest.param(desk(345, exact(20), **TEAMS), MANY, id="groups, ill, 18.9 of 21.3"),
        pytest.param(desk(440, exact(20), **TEAMS), TOO_FEW, id="groups, ill, 24.1 of 21.3"),
        pytest.param(desk(32, exact(10), **THREES), MANY, id="groups, bought, 0.88 of 1.37"),
        pytest.param(desk(70, exact(10), **THREES), TOO_FEW, id="groups, bought, 1.9 of 1.37"),
    ],
)
def test_what_is_said_is_what_happens(one: Study, expected: Supply) -> None:
    """Hold that in the service itself as many are never served as is said, and nobody if enough.

    Nobody leaves, and who asked in the second half of 12 times six years is counted: the rest that
    is still on a list when there are enough is less than 1 of 100. The number who come is Poisson,
    and a normal mean of 4 standard errors: a false alarm in 6 of 100,000 for each service.
    """
    load = loads_in(one)["desk"]
    assert load.supply == expected
    program = lower(one.scenes[0].scenario, one.plan.start_date, one.plan.horizon_days)
    came = begun = 0
    for replication in range(12):
        visits = simulate(program, 7, replication)
        half = program.horizon // 2
        came += int((visits["queued"] >= half).sum())
        begun += int((visits["started"] >= half).sum())
    unserved, chance = 100 * (1 - begun / came), 400 / came**0.5
    assert load.least_lower - chance < unserved < load.least_upper + chance + 1.0
    if expected == Supply.SHORT:
        assert unserved > chance


def test_a_group_that_stays_apart_uses_its_places_for_the_mean_of_the_longest() -> None:
    """By hand: eight exponential stays of a day last 8 days in all, the longest of them 2.718.

    That is 1 + 1/2 + ... + 1/8. Of 160 asked for; held to 1 of 100.
    """
    found = loads_in(desk(160 * 365, LONG_OR_SHORT, **EIGHT))["desk"]
    assert found.places == 8.0
    assert found.usable == pytest.approx(8 / sum(1 / k for k in range(1, 9)), rel=0.01)
    assert found.supply == Supply.SHORT


def full_groups(rate: float, leaving: float, together: int) -> float:
    """Return how many groups a day start, where each who waits for one leaves at a rate.

    The length of the list is a Markov chain that goes up by those who come, down by those who
    leave, and from one less than a group to nobody.
    """
    moves = np.zeros((together, together))
    for waiting in range(together):
        moves[waiting, (waiting + 1) % together] += rate
        moves[waiting, max(waiting - 1, 0)] += leaving * waiting
        moves[waiting, waiting] -= rate + leaving * waiting
    shares = np.linalg.lstsq(
        np.vstack([moves.T, np.ones(together)]), np.append(np.zeros(together), 1.0), rcond=None
    )[0]
    return float(rate * shares[-1])


def test_who_leaves_before_a_group_is_full_is_counted_elsewhere() -> None:
    """Hold that with endless places groups are waited for: some leave, and are asked for there.

    Two a day come, each leaves after four days on average, and eight start together, for ten days;
    who leaves goes to a ward for twenty. A group alone would take all.
    """
    stages = {
        "group": {
            "asks_for": "groups",
            "stay_days": exact(10),
            "while_waiting": "waiting",
            "next": {"completed": "out", "left": "ward"},
        },
        "ward": {"asks_for": "beds", "stay_days": exact(20), "next": {"completed": "out"}},
    }
    beds = {"groups": {"slots": 80, "together": 8}, "beds": {"beds": 5}}
    waiting = {"waiting": {"leave": {"after_days": exponential(4)}}}
    found = loads_in(study(service(stages, beds, 2.0, conditions=waiting), {}))
    begin = 8 * full_groups(2.0, 1 / 4, 8)
    assert 0.2 < begin < 1.8
    assert agrees(found["groups"], begin * 10)
    assert agrees(found["beds"], (2.0 - begin) * 20)
    assert found["groups"].supply == Supply.ENOUGH
    assert found["beds"].supply == Supply.SHORT


def test_money_limits_places() -> None:
    """By hand: 500 days of a place a year are paid for, 1.37 of 20 places; without a budget all 20.

    Leap years change that by less than 1 of 1,000.
    """
    found = loads_in(desk(70, exact(10), **BOUGHT))["desk"]
    assert found.places == 20.0
    assert found.usable == pytest.approx(500 / 365.2, rel=1e-3)
    free = {"price_per_day": 1000, "at_most_days": 30}
    assert loads_in(desk(70, exact(10), beds=20, bought=free))["desk"].usable == 20.0


def overflow(after: Any) -> dict[str, Any]:
    """Return a service in which people go to an annex if it is free, and else to the main house."""
    free = [{"where": {"annex": "free"}, "to": "annex_ward"}, {"to": "main_ward"}]
    stages = {
        "first": {"asks_for": "first", "stay_days": exact(1), "next": {"completed": free}},
        "annex_ward": {"asks_for": "annex", "stay_days": exact(10), "next": {"completed": after}},
        "main_ward": {"asks_for": "main", "stay_days": exact(10), "next": {"completed": "out"}},
    }
    beds = {"first": 9, "annex": 4, "main": 40}
    return service(stages, {name: {"beds": number} for name, number in beds.items()}, 2.0)


@pytest.mark.parametrize(
    ("after", "first"),
    [
        ("out", Supply.ENOUGH),
        ({"main_ward": 0.5, "out": 0.5}, Supply.ENOUGH),
        ({"return": 0.5, "out": 0.5}, Supply.DEPENDS),
        ({"return to first": 0.5, "out": 0.5}, Supply.DEPENDS),
    ],
)
def test_where_places_decide_who_comes_nothing_is_claimed(after: Any, first: Supply) -> None:
    """Hold that of an annex and a main house nothing is claimed, nor of what follows them.

    With endless places all 20 are in the annex, and nobody in the main house: with 4 and 40 all are
    served. What comes before is told, unless who has been in the annex comes there again.
    """
    found = loads_in(study(overflow(after), {}))
    assert found["annex"].offered > 19
    assert {name: load.supply for name, load in found.items()} == {
        "first": first,
        "annex": Supply.DEPENDS,
        "main": Supply.DEPENDS,
    }


def test_a_run_that_begins_with_a_list_is_told_its_long_run() -> None:
    """By hand: 36.5 a year stay 300 days on average, after 90 days before: 30 of 10 places.

    In the year that is played 10 or so come to be there, if it begins empty: of 12 places that
    would seem enough. With two on the list it is told what comes in the end, to 2 of 100 that are
    missing before the first year that is not looked at, and 4 standard errors.
    """
    stages = {
        "before": {"stay_days": exact(90), "next": {"completed": "ward"}},
        "ward": {"asks_for": "beds", "stay_days": exponential(300), "next": {"completed": "out"}},
    }
    year = {"horizon_days": 365.0, "warm_up_days": 0.0}
    empty = study(service(stages, {"beds": {"beds": 12}}, 0.1), {}, **year)
    assert loads_in(empty)["beds"].supply == Supply.ENOUGH
    two = (Present(2, "ward", -86_400, "there", {}), Present(3, "ward", -86_400, "waiting", {}))
    scene = empty.scenes[0]
    listed = scene.scenario.model_copy(update={"beginning": Beginning(two)})
    found = loads_in(replace(empty, scenes=(replace(scene, scenario=listed),)))["beds"]
    error = (found.upper - found.lower) / 2 / NORMAL_95
    assert 30 * 0.98 - 4 * error < found.offered < 30 + 4 * error
    assert found.supply == Supply.SHORT
