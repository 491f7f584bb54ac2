"""Stages that are like another one: the same as if they were written out, and what is wrong."""

import copy
from typing import Any

import pytest
from pydantic import ValidationError

from simcare.config.messages import faults_of
from simcare.model.likeness import written_out
from simcare.model.service import Service

WARD: dict[str, Any] = {
    "asks_for": "beds",
    "stay_days": {"log_normal": {"mean": 30, "sd": 10}},
    "stay_times": [{"factor": 1.5, "per_unit_of": "severity"}],
    "while_waiting": "waiting",
    "while_there": "treated",
    "hold": True,
    "next": {"completed": "home", "left": "out", "dropped_out": {"home": 0.4, "out": 0.6}},
}
HOME = {"stay_days": {"fixed": 100}, "next": {"completed": "out"}}
SERVICE: dict[str, Any] = {
    "arrivals": {"people": {"per_year": 100}},
    "ways_in": {name: {"stage": name, "share": 0.5} for name in ("ward", "bought")},
    "capacities": {"beds": {"beds": 3}, "bought_beds": {"beds": 2}},
    "conditions": {
        "waiting": {"leave": {"after_days": {"exponential": {"mean": 40}}}},
        "treated": {"drop_out": {"after_days": {"exponential": {"mean": 90}}}},
    },
    "stages": {"ward": WARD, "home": HOME},
}


def service_with(**stages: Any) -> dict[str, Any]:
    """Return the service with more stages, or other ones, as written."""
    service = copy.deepcopy(SERVICE)
    service["stages"] |= stages
    return service


def built(**stages: Any) -> Service:
    """Return the service with more stages."""
    return Service.model_validate(service_with(**stages))


def faults(**stages: Any) -> list[str]:
    """Return what is wrong with the service with more stages, or other ones."""
    with pytest.raises(ValidationError) as caught:
        built(**stages)
    return [str(fault) for fault in faults_of(caught.value, Service)]


def fields(service: Service, stage: str) -> dict[str, Any]:
    """Return a stage's fields but for whom it is like."""
    return service.stages[stage].model_dump(exclude={"like"})


def test_a_stage_that_is_like_another_is_that_but_for_what_it_says() -> None:
    """Expected: the stage as it would be written by hand; only ``next`` is merged, by cause."""
    said = {"asks_for": "bought_beds", "stay_days": {"fixed": 20}, "next": {"left": "home"}}
    by_hand = {
        **WARD, "asks_for": "bought_beds", "stay_days": {"fixed": 20},
        "next": {**WARD["next"], "left": "home"},
    }  # fmt: skip
    like = built(bought={"like": "ward", **said})
    assert fields(like, "bought") == fields(built(bought=by_hand), "bought")
    assert fields(like, "ward") == fields(built(bought=by_hand), "ward")


def test_what_is_null_is_taken_away() -> None:
    """Expected: no capacity, and so nobody waits or holds a place, though the other stage does."""
    own = {"like": "ward", "asks_for": None, "while_waiting": None, "hold": False}
    service = service_with(bought=own)
    service["capacities"].pop("bought_beds")
    stage = Service.model_validate(service).stages["bought"]
    assert not stage.asks_for
    assert (stage.while_waiting, stage.hold) == (None, False)
    assert stage.while_there == "treated"


def test_a_way_on_that_is_null_is_taken_away() -> None:
    """Expected: nobody leaves by it; where that way is needed, it is said to be missing there."""
    own = {"like": "ward", "asks_for": "bought_beds", "while_waiting": None}
    stage = built(bought={**own, "next": {"left": None}}).stages["bought"]
    assert set(stage.next) == {"completed", "dropped_out"}
    (found,) = faults(bought={**own, "next": {"dropped_out": None}})
    assert found.startswith("stages.bought.next.dropped_out")


def test_a_chain_is_followed_whatever_the_order() -> None:
    """Expected: the stay of the last but one, the rest of the ward, in each order of writing."""
    chain = {
        "bought": {"like": "short", "asks_for": "bought_beds"},
        "short": {"like": "other", "stay_days": {"fixed": 5}, "hold": False},
        "other": {"like": "ward"},
    }
    expected = {**WARD, "asks_for": "bought_beds", "stay_days": {"fixed": 5}, "hold": False}
    for names in (list(chain), list(chain)[::-1]):
        service = service_with(**{name: chain[name] for name in names})
        whole, found = written_out(service)
        assert found == []
        assert whole["stages"]["bought"] == {**expected, "like": "short"}
        assert list(whole["stages"]) == ["ward", "home", *names]
        assert service["stages"]["other"] == {"like": "ward"}


def test_a_long_chain_is_followed() -> None:
    """Expected: the thousandth is like the first, without a limit of how deep calls may go."""
    stages = {f"s{k}": {"like": f"s{k + 1}"} for k in range(5000)}
    whole, found = written_out({"stages": {**stages, "s5000": HOME}})
    assert found == []
    assert whole["stages"]["s0"] == {**HOME, "like": "s1"}


def test_a_service_that_is_read_back_is_the_same() -> None:
    """Expected: what a service says of itself makes the same service, ``like`` included."""
    service = built(bought={"like": "ward", "asks_for": "bought_beds"})
    assert Service.model_validate(service.model_dump()) == service


def test_a_service_without_likeness_is_left_alone() -> None:
    """Expected: the very same value, not a copy; what is no service is not looked at."""
    service = service_with()
    for value in (service, None, [1], {"stages": 3}, {"stages": {"ward": None}}):
        assert written_out(value) == (value, [])
    assert written_out(service)[0] is service


CIRCLE = "stages that are like one another in a circle"


@pytest.mark.parametrize(
    ("stages", "expected"),
    [
        (
            {"bought": {"like": "wrad", "asks_for": "bought_beds"}},
            ["stages.bought.like = wrad: unknown stage; allowed: ward, home; did you mean ward?"],
        ),
        (
            {"bought": {"like": "qqq", "asks_for": "bought_beds"}},
            ["stages.bought.like = qqq: unknown stage; allowed: ward, home"],
        ),
        (
            {"bought": {"like": 5, "asks_for": "bought_beds"}},
            ["stages.bought.like = 5: a text is required"],
        ),
        (
            {"bought": {"like": "bought", "asks_for": "bought_beds"}},
            [f"stages.bought.like = bought: {CIRCLE}: bought -> bought"],
        ),
        (
            {
                "bought": {"like": "b", "asks_for": "bought_beds", "next": {"completed": "b"}},
                "b": {"like": "c", "next": {"completed": "c"}},
                "c": {"like": "b", "asks_for": "beds"},
            },
            [f"stages.b.like = c: {CIRCLE}: b -> c -> b"],
        ),
    ],
)
def test_a_stage_that_is_like_none_is_named(stages: dict[str, Any], expected: list[str]) -> None:
    """Expected: the one thing that is wrong, and nothing of what the stage thereby lacks."""
    assert faults(**stages) == expected


def test_what_is_wrong_with_a_field_is_said_of_the_stage_that_says_it() -> None:
    """Expected: three faults of the ward told of the ward alone, and the other one's own two."""
    ward = {
        **WARD, "stay_days": {"fixed": -1}, "hlod": True, "next": {**WARD["next"], "left": "hme"},
    }  # fmt: skip
    own = {"like": "ward", "asks_for": "bought_beds", "hold": 3, "next": {"completed": "hmoe"}}
    assert [line.partition(":")[0] for line in sorted(faults(ward=ward, bought=own))] == [
        "stages.bought.hold = 3",
        "stages.bought.next.completed = hmoe",
        "stages.ward.hlod = true",
        "stages.ward.next.left = hme",
        "stages.ward.stay_days",
    ]


def test_what_a_stage_needs_beyond_the_other_is_asked_for() -> None:
    """Expected: with a clock that the ward has not, only the other stage lacks where next."""
    service = service_with(
        bought={"like": "ward", "asks_for": "bought_beds", "while_there": "at_risk"}
    )
    relapse = {"relapse": {"after_days": {"exponential": {"mean": 90}}}}
    service["conditions"]["at_risk"] = relapse
    with pytest.raises(ValidationError) as caught:
        Service.model_validate(service)
    (fault,) = faults_of(caught.value, Service)
    assert fault.path == "stages.bought.next.relapsed"


def test_of_two_stages_without_exit_one_is_told() -> None:
    """Expected: the stage itself, not the one that is like it; a third without exit is told too."""
    ward = {key: value for key, value in WARD.items() if key not in ("stay_days", "stay_times")}
    ward = {**ward, "while_there": "waiting_there", "next": {"left": "home"}}
    found = faults(ward=ward, bought={"like": "ward", "asks_for": "bought_beds"})
    assert [line.partition(":")[0] for line in found if "without exit" in line] == ["stages.ward"]
    both = {"like": "home", "stay_days": None, "stay_times": None}
    found = faults(bought=both)
    assert [line.partition(":")[0] for line in found if "without exit" in line] == ["stages.bought"]
