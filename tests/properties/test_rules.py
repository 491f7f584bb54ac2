"""Random small services with rules: what each rule promises, read off the rows of its runs.

The services are those of tests/equality/drawn.py; a rule is put to all that it can be put to.
"""

from collections.abc import Mapping
from dataclasses import replace
from datetime import date
from typing import Any

import numpy as np
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray
from tests.equality.drawn import plain_services, services
from tests.equality.services import Raw, Small

from simcare.engines import compiled
from simcare.engines.cohort import make_people
from simcare.engines.program import Program
from simcare.engines.reference import simulate
from simcare.kernels.tables import (
    COMPLETED,
    MISSED,
    NEVER,
    NONE,
    TICKS_PER_DAY,
    UNIT_BITS,
    UNIT_MASK,
    Rows,
)

OFTEN = settings(
    max_examples=100,
    derandomize=True,
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
)
SELDOM = settings(OFTEN, max_examples=30)
NOTHING: Raw = {}


def places_of(program: Program, visits: Rows) -> list[list[int]]:
    """Return the places that each visit asks for."""
    return [
        [
            int(first) + (int(visit["unit"]) >> UNIT_BITS * slot & UNIT_MASK)
            for slot, first in enumerate(program.first_places()[visit["stage"]])
            if first != NONE
        ]
        for visit in visits
    ]


def only_places(program: Program, visits: Rows) -> NDArray[np.int64]:
    """Return the place that each visit asks for, NONE for none, where none asks for several."""
    return np.array([[*asked, NONE][0] for asked in places_of(program, visits)], np.int64)


def with_rules_for_all(small: Small, capacity: Raw = NOTHING, stage: Raw = NOTHING) -> Small:
    """Return a service with more said of each capacity, and of each stage that asks for one.

    Who misses an offer is out.
    """
    every = small.service["capacities"]
    stages = dict(small.service["stages"])
    for name, of in stages.items():
        if stage and "asks_for" in of:
            stages[name] = {**of, **stage, "next": {**of["next"], "missed": "out"}}
    return small.with_parts(
        capacities={name: {**of, **capacity} for name, of in every.items()}, stages=stages
    )


@SELDOM
@given(services(), st.integers(0, 1000))
def test_of_several_places_each_is_of_one_s_own_category(small: Small, seed: int) -> None:
    """Hold that every place that a visit asks for is for the client's category, or for all."""
    program = small.program()
    homes = make_people(program, seed, 0).traits[:, program.columns.index("home")]
    visits = simulate(program, seed, 0)
    for visit, asked in zip(visits, places_of(program, visits), strict=True):
        home = ("here", "there")[int(homes[visit["client"]])]
        whose = [program.places[number] for number in asked]
        assert all(place.category in ("", home) for place in whose)


@OFTEN
@given(plain_services(), st.integers(0, 1000))
def test_rules_that_say_nothing_change_nothing(small: Small, seed: int) -> None:
    """Hold that offers that are never missed and reviews that move nobody change no byte.

    A service with rules is played by kernels that are compiled apart.
    """
    rules = {
        "offer": {"missed": 0, "lost_days": small.unit},
        "reviewed": {"after_days": 0.0, "every_days": small.unit},
    }
    plain = compiled.simulate(small.program(), seed, 0)
    ruled = compiled.simulate(with_rules_for_all(small, stage=rules).program(), seed, 0)
    assert ruled.tobytes() == plain.tobytes()


def luck(small: Small, seed: int) -> tuple[Mapping[Any, int], Mapping[Any, bool]]:
    """Return of each visit, by its address, how long it took if completed; and whether missed."""
    visits = simulate(small.program(), seed, 0)
    address = visits[["client", "episode", "stage", "n"]]
    done, there = visits["fate"] == COMPLETED, visits["started"] >= 0
    stays = (visits["ended"] - visits["started"])[done].tolist()
    missed = (visits["fate"] == MISSED)[there].tolist()
    return (
        dict(zip(address[done].tolist(), stays, strict=True)),
        dict(zip(address[there].tolist(), missed, strict=True)),
    )


@SELDOM
@given(plain_services(), st.integers(0, 1000))
def test_an_order_moves_nobodys_luck(small: Small, seed: int) -> None:
    """Hold that whoever goes first, a same visit is as long, and is missed or not.

    The effects on the stay are left out: they may see what waiting has done.
    """
    offer = {"offer": {"missed": 0.5, "lost_days": small.unit}}
    alike = {
        name: {key: value for key, value in stage.items() if key not in ("stay_times", "hold")}
        for name, stage in small.service["stages"].items()
    }
    offered = with_rules_for_all(small.with_parts(stages=alike), stage=offer)
    ordered = with_rules_for_all(offered, {"order": {"lowest": "motivation"}})
    for one, two in zip(luck(offered, seed), luck(ordered, seed), strict=True):
        both = one.keys() & two.keys()
        assert {key: one[key] for key in both} == {key: two[key] for key in both}


@OFTEN
@given(plain_services(), st.integers(0, 1000))
def test_nobody_of_a_later_class_is_served_first(small: Small, seed: int) -> None:
    """Hold that nobody is served while somebody of an earlier class waits for the same place.

    The class is by an attribute that nothing sets. In the very tick of asking it may be too late,
    and who keeps a place does not wait for it: no stage holds.
    """
    stages = {name: {**of, "hold": False} for name, of in small.service["stages"].items()}
    order = {"order": {"classes": [{"home": "here"}]}}
    program = with_rules_for_all(small.with_parts(stages=stages), order).program()
    visits = simulate(program, seed, 0)
    homes = make_people(program, seed, 0).traits[:, program.columns.index("home")]
    until = np.where(visits["ended"] == NONE, program.horizon, visits["ended"])
    listed = np.where(visits["started"] == NONE, until, visits["started"])
    places = only_places(program, visits)
    later = homes[visits["client"]] == 1
    for row in np.flatnonzero(later & (visits["started"] >= 0) & (places != NONE)):
        at = visits["started"][row]
        waits = ~later & (places == places[row]) & (visits["queued"] < at) & (listed > at)
        assert not waits.any()


@OFTEN
@given(plain_services(), st.integers(0, 1000), st.sampled_from([2, 1.5, 5, 0]))
def test_a_budget_is_never_exceeded(small: Small, seed: int, times: float) -> None:
    """Hold that stays begun in a year never use more than its budget, and that none is too long.

    The run begins in December. The budget pays for some stays of the longest length, or for none.
    """
    longest = 3 * small.unit
    money = {"price_per_day": 2.0, "at_most_days": longest}
    bought = {"bought": {**money, "budget_per_year": 2.0 * longest * times}, "lists": "one"}
    stages = {name: {**of, "hold": False} for name, of in small.service["stages"].items()}
    begun = replace(small, start=date(2016, 12, 28)).with_parts(stages=stages, currency="NOK")
    program = with_rules_for_all(begun, bought).program()
    visits = simulate(program, seed, 0)
    places = only_places(program, visits)
    until = np.where(visits["ended"] == NONE, program.horizon, visits["ended"])
    there = (visits["started"] >= 0) & (places != NONE)
    lengths = (until - visits["started"])[there]
    assert (lengths <= round(longest * TICKS_PER_DAY)).all()
    renewed = program.changes[program.changes["budget"] != NONE]
    for number, place in enumerate(program.places):
        assert place.budget < NEVER
        new = renewed[renewed["place"] == number]
        year = np.searchsorted(new["tick"], visits["started"][there], side="right")
        for k, budget in enumerate([place.budget, *new["budget"].tolist()]):
            assert lengths[(places[there] == number) & (year == k)].sum() <= budget
