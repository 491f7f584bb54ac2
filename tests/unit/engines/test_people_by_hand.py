"""Mechanisms of what happens to people, worked by hand: what drifts, and what is drawn when set.

A visit is told as in test_days: (client, stage, asked, begun, ended, how). Both engines play all.
"""

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any

import numpy as np
import pytest
from pydantic import ValidationError
from tests.unit.engines.test_days import FIRST_ID, REPLICATION, SEED, Told, days, stage

from simcare.engines import compiled, reference
from simcare.engines.cohort import newcomers
from simcare.engines.lowering import lower
from simcare.kernels.draws import SETTING, name_id, uniform
from simcare.kernels.tables import FATES, People, Rows
from simcare.model.scenario import Scenario

ATTRIBUTES = {
    "motivation": {"number": {"fixed": 1}},
    "severity": {"number": {"fixed": 0}},
    "tolerance": {"number": {"fixed": 0}},
    "support": {"number": {"fixed": 0}},
    "housing": {"shares": {"none": 1, "shared": 0, "own": 0}},
    "economy": {"shares": {"poor": 1, "good": 0}},
}


def scenario(service: Mapping[str, Any]) -> Scenario:
    """Return a service with these people; nobody comes by chance."""
    share = 1 / len(service["stages"])
    whole = {
        "arrivals": {"all": {"per_day": 0}},
        "ways_in": {name: {"stage": name, "share": share} for name in service["stages"]},
        **service,
    }
    return Scenario.model_validate({"service": whole, "population": {"attributes": ATTRIBUTES}})


def play(service: Mapping[str, Any], comes: Sequence[int], horizon: int = 5000) -> Rows:
    """Play a service to those who come at given ticks, to its first stage; return the visits."""
    program = lower(scenario(service), date(2017, 1, 1), days(horizon))
    ids = np.uint64(FIRST_ID) + np.arange(len(comes), dtype=np.uint64)
    key, ticks = np.array([SEED, REPLICATION], np.uint64), np.array(comes, np.int64)
    visits: list[Rows] = []
    lives: list[People] = []
    for engine in (reference, compiled):
        people = newcomers(program, key, ticks, ids)
        people.clients["entry"] = 0
        visits.append(engine.play(program, people, left=lambda _, those: lives.append(those)))
    assert visits[0].tobytes() == visits[1].tobytes()
    assert (lives[0].traits == lives[1].traits).all()
    return visits[0]


def tell(service: Mapping[str, Any], comes: Sequence[int], horizon: int = 5000) -> list[Told]:
    """Return what happened, in words and ticks."""
    names = list(service["stages"])

    def known(tick: int) -> int | None:
        return None if tick < 0 else tick

    return [
        (
            int(v["client"]),
            names[v["stage"]],
            int(v["queued"]),
            known(int(v["started"])),
            known(int(v["ended"])),
            FATES[v["fate"]],
        )
        for v in play(service, comes, horizon)
    ]


def drift(half_life: float, towards: float) -> dict[str, float]:
    """Return a drift with a half-life in ticks."""
    return {"half_life_days": days(half_life), "towards": towards}


# --- what drifts ---------------------------------------------------------------------------------


def test_tolerance_grows_with_use_and_makes_detox_longer() -> None:
    """After one half-life towards 1 it is a half; 4 to that power is 2, so detox lasts 200.

    While detox lasts it falls with a half-life of 100, to an eighth: the next takes 100 x 4^(1/8).
    """
    service = {
        "conditions": {
            "using": {"drifts": {"tolerance": drift(20, 1)}},
            "sober": {"drifts": {"tolerance": drift(100, 0)}},
        },
        "stages": {
            "using": stage(20, "detox", while_there="using"),
            "detox": stage(
                100,
                "again",
                while_there="sober",
                stay_times=[{"factor": 4, "per_unit_of": "tolerance"}],
            ),
            "again": stage(100, stay_times=[{"factor": 4, "per_unit_of": "tolerance"}]),
        },
    }
    assert tell(service, [0]) == [
        (0, "using", 0, 0, 20, "completed"),
        (0, "detox", 20, 20, 220, "completed"),
        (0, "again", 220, 220, 220 + round(100 * 4**0.125), "completed"),
    ]


def test_a_stage_that_takes_no_time_lets_clocks_go_on() -> None:
    """A relapse 50 after coming home comes 50 after it, on whatever forms are filled in between.

    After a week away, under no condition, the clock begins anew: 50 after coming back.
    """
    clock = {"relapse": {"after_days": {"fixed": days(50)}}}
    service = {
        "conditions": {"at_home": clock},
        "stages": {
            "home": stage(20, "forms", while_there="at_home", next={"relapsed": "out"}),
            "forms": stage(0, "settled"),
            "settled": stage(20, "away", while_there="at_home", next={"relapsed": "out"}),
            "away": stage(7, "back"),
            "back": stage(100, while_there="at_home", next={"relapsed": "out"}),
        },
    }
    longer = {
        **service["stages"],
        "settled": stage(100, while_there="at_home", next={"relapsed": "out"}),
    }
    assert tell({**service, "stages": longer}, [0])[-1] == (0, "settled", 20, 20, 50, "relapsed")
    assert tell(service, [0])[-1] == (0, "back", 47, 47, 97, "relapsed")


def test_an_effect_decays_after_what_set_it() -> None:
    """Support is whole when aftercare ends; 60 seconds at home, two half-lives, leave a quarter.

    What lasts 80 seconds without support takes 80 x 16^(1/4) = 160 then.
    """
    service = {
        "conditions": {
            "at_home": {"drifts": {"support": drift(30, 0)}},
        },
        "stages": {
            "aftercare": stage(10, [{"to": "home", "set": {"support": 1}}]),
            "home": stage(60, "later", while_there="at_home"),
            "later": stage(80, stay_times=[{"factor": 16, "per_unit_of": "support"}]),
        },
    }
    assert tell(service, [0])[2] == (0, "later", 70, 70, 230, "completed")


def test_what_drifts_decides_the_turn_while_waiting() -> None:
    """Who uses gets ahead of who has more support, when reviewed: tolerance is looked at as it is.

    Nobody's attribute is changed by the looking: when the wait ends it has drifted once.
    """
    service: dict[str, Any] = {
        "capacities": {"beds": {"beds": 1, "order": {"highest": "tolerance"}}},
        "conditions": {"waiting": {"drifts": {"tolerance": drift(10, 1)}}},
        "stages": {
            "door": stage(0, [{"to": "ward", "set": {"tolerance": 0.5}}]),
            "ward": stage(
                100,
                asks="beds",
                while_waiting="waiting",
                stay_times=[{"factor": 4, "per_unit_of": "tolerance"}],
                reviewed={"after_days": days(3600), "every_days": days(3600)},
            ),
        },
    }
    visits = play(service, [0, 0, 190], 9000)
    ward = visits[visits["stage"] == 1]
    # The first has a bed at once, for 100 x 4^0.5; the second has waited for 20 half-lives then.
    assert ward["started"].tolist() == [0, 200, 600]
    assert (ward["ended"] - ward["started"]).tolist() == [200, 400, 400]


# --- what is drawn when set ----------------------------------------------------------------------


def drawn(client: int, attribute: str, n: int = 0) -> float:
    """Return the uniform by which an attribute is set at the end of a visit to the first stage."""
    word = name_id("planning") ^ name_id(attribute)
    return uniform(SEED, REPLICATION, FIRST_ID + client, 1, word, n, SETTING)


def test_flags_are_drawn_each_by_itself() -> None:
    """Housing none, shared or own with 0.2, 0.5, 0.3; economy poor or good with 0.6 and 0.4.

    The next stage lasts 1 second, 10 times as long with a home of one's own, 100 times with money.
    """
    times = [
        {"factor": 10, "when": {"housing": "own"}},
        {"factor": 3, "when": {"housing": "shared"}},
        {"factor": 100, "when": {"economy": "good"}},
    ]
    flags = {
        "housing": {"none": 0.2, "shared": 0.5, "own": 0.3},
        "economy": {"good": 0.4, "poor": 0.6},
    }
    service = {
        "stages": {
            "planning": stage(5, [{"to": "home", "set": flags}]),
            "home": stage(1, stay_times=times),
        }
    }
    visits = play(service, list(range(60)))
    home = visits[visits["stage"] == 1]
    expected = []
    for client in range(60):
        u = drawn(client, "housing")
        length = 1 if u < 0.2 else 3 if u < 0.7 else 10
        # Shares are taken in the order of the population: poor before good.
        expected.append(length * (1 if drawn(client, "economy") < 0.6 else 100))
    assert (home["ended"] - home["started"]).tolist() == expected
    assert len(set(expected)) == 6


def test_a_second_visit_draws_anew() -> None:
    """Whoever plans twice in an episode is drawn for twice, by the number of the visit."""
    flags = {"economy": {"poor": 0.5, "good": 0.5}}
    again = [
        {"when": {"economy": "good"}, "to": "out"},
        {"to": "planning"},
    ]
    service = {
        "stages": {
            "planning": stage(5, [{"to": "door", "set": flags}]),
            "door": stage(1, again),
        }
    }
    visits = play(service, list(range(40)))
    for client in range(40):
        many = int(((visits["client"] == client) & (visits["stage"] == 0)).sum())
        assert drawn(client, "economy", many - 1) >= 0.5
        assert all(drawn(client, "economy", n) < 0.5 for n in range(many - 1))


# --- what cannot be ------------------------------------------------------------------------------


def problems(**parts: Any) -> str:
    """Return what is said of a service with a wrong part."""
    service = {"stages": {"home": stage(5, while_there="there")}, "conditions": {"there": {}}}
    with pytest.raises(ValidationError) as caught:
        scenario({**service, **parts})
    return str(caught.value)


@pytest.mark.parametrize(
    ("drifts", "expected"),
    [
        ({"tolerence": drift(5, 1)}, "not an attribute that stays from 0 to 1; "),
        ({"housing": drift(5, 1)}, "not an attribute that stays from 0 to 1; "),
        ({"motivation": drift(5, 1)}, "motivation has a place of its own: say motivation: beside"),
        ({"tolerance": {"half_life_days": 0, "towards": 1}}, "half_life_days"),
        ({"tolerance": {"half_life_days": 5, "towards": 2}}, "towards"),
    ],
)
def test_wrong_drifts_are_named(drifts: Any, expected: str) -> None:
    """Hold that each is said with its path."""
    said = problems(conditions={"there": {"drifts": drifts}})
    assert expected in said
    assert "conditions.there.drifts" in said


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        ({"none": 0.5, "own": 0.6}, "the shares must sum to 1, not 1.1"),
        ({"none": 0.5, "castle": 0.5}, "unknown category; "),
        ({}, "at least 1"),
    ],
)
def test_wrong_shares_are_named(given: Any, expected: str) -> None:
    """Hold that each is said with its path."""
    onward = [{"to": "out", "set": {"housing": given}}]
    said = problems(stages={"home": stage(5, onward, while_there="there")})
    assert expected in said
    assert "stages.home.next.completed" in said


def test_a_number_cannot_be_drawn_by_shares() -> None:
    """Categories are drawn; a number is set to a value."""
    onward = [{"to": "out", "set": {"tolerance": {"low": 0.5, "high": 0.5}}}]
    said = problems(stages={"home": stage(5, onward, while_there="there")})
    assert "it is a number: one value from 0 to 1 is required" in said


def test_what_drifts_splits_no_list_and_no_deadline() -> None:
    """A deadline goes by what is seen in the records, or never changes."""
    rule = {
        "from": ["home"],
        "to": ["next"],
        "within": [{"when": {"tolerance": {"below": 0.5}}, "days": 3}, {"days": 5}],
    }
    said = problems(
        conditions={"there": {"drifts": {"tolerance": drift(5, 1)}}},
        stages={"home": stage(5, "next", while_there="there"), "next": stage(5)},
        deadlines={"soon": rule},
    )
    assert "it changes during a life (conditions.there.drifts changes it)" in said
