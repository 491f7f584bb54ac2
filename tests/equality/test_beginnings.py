"""Random small services that begin with random lists: both engines write the same, by all laws.

The lists are as coarse in time as the services, so that those of day 0 leave, are served and are
joined by others in the same ticks.
"""

from collections import Counter
from collections.abc import Iterator
from dataclasses import replace
from math import ceil

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from tests.equality.both import a_seed, disagreement
from tests.equality.drawn import a_service
from tests.equality.services import (
    POPULATION,
    START,
    Choices,
    Drawn,
    Seeded,
    Shrinking,
    faults,
)

from simcare.config.misfits import misfits
from simcare.config.today import Listed
from simcare.engines import compiled, reference
from simcare.engines.beginning import here
from simcare.engines.cohort import client_ids, make_people
from simcare.engines.lowering import lower
from simcare.engines.program import Program
from simcare.kernels.draws import name_id
from simcare.kernels.tables import (
    MISSED,
    MOVED,
    NEVER,
    NONE,
    STAYING,
    TICKS_PER_DAY,
    UNIT_MASK,
    WAS_THERE,
    Rows,
)
from simcare.model.beginning import (
    HERE_AT_THE_START,
    NOBODY,
    THERE,
    WAITING,
    Beginning,
    Present,
)
from simcare.model.population import Population
from simcare.model.scenario import Scenario
from simcare.study.opening import BEFORE, following

SERVICES = 1200
PEOPLE = Population.model_validate(POPULATION)
COLUMNS = ("kind", "home", "motivation", "severity")


def a_person(choose: Choices, scenario: Scenario, unit: float, line: int) -> Present:
    """Choose somebody of day 0, without regard to how many places there are."""
    name = choose.one_of(*scenario.service.stages)
    waits = bool(scenario.service.stages[name].asks_for)
    state = choose.one_of(THERE, WAITING) if waits else choose.one_of(THERE, "")
    known: dict[str, float | str] = {
        "kind": choose.one_of("one", "other"),
        "home": choose.one_of("here", "there"),
        "motivation": choose.one_of(0.0, 0.3, 1.0),
        "severity": choose.one_of(0.0, 0.6, 1.0),
    }
    of_these = choose.some(COLUMNS, 0, 4)
    since = -round(choose.one_of(0, 1, 1, 2, 3, 5, 30) * unit * TICKS_PER_DAY)
    return Present(line, name, since, state, {c: known[c] for c in COLUMNS if c in of_these})


def a_beginning(choose: Choices, scenario: Scenario, unit: float) -> Beginning:
    """Choose a list that fits a scenario: whoever would be there beside the places waits."""
    people: list[Present] = []
    for line in range(2, 2 + choose.one_of(6, 10, 3, 1, 20)):
        one = a_person(choose, scenario, unit, line)
        tried = Listed("list", COLUMNS, Beginning((*people, one), "", 0), START)
        if misfits(tried, scenario):
            one = Present(line, one.stage, one.since, WAITING, one.attributes)
        people.append(one)
    return Beginning(tuple(people), "", 0)


def begun(choose: Choices) -> Program:
    """Choose a service with people who are there on day 0."""
    small = a_service(choose)
    scenario = Scenario.model_validate({"service": small.service, "population": POPULATION})
    beginning = a_beginning(choose, scenario, small.unit)
    return lower(scenario.model_copy(update={"beginning": beginning}), START, small.days)


@st.composite
def drawn(draw: Drawn) -> Program:
    """Draw such a service by Hypothesis."""
    return begun(Shrinking(draw))


def on_day_0(program: Program, visits: Rows) -> Counter[tuple[int, int, bool]]:
    """Return who is somewhere as the run begins, by stage, tick of joining and whether there."""
    many = len(program.here.ids)
    first = np.diff(visits["client"].astype(np.int64), prepend=-1) != 0
    mine = visits[first & (visits["client"] < many)]
    there = program.here.present["state"] == WAS_THERE
    rows = zip(mine["stage"].tolist(), mine["queued"].tolist(), there.tolist(), strict=True)
    return Counter(rows)


@pytest.mark.parametrize("part", range(6))
def test_both_engines_write_the_same(part: int) -> None:
    """Hold that no byte differs, no law is broken, and exactly those of the list are there.

    In 1,200 services of their own numbers (200 in each part).
    """
    each = SERVICES // 6
    for number in range(part * each, (part + 1) * each):
        program, seed, replication = begun(Seeded(number)), a_seed(number), number % 3
        visits = compiled.simulate(program, seed, replication)
        theirs = reference.simulate(program, seed, replication)
        assert disagreement(program, visits, theirs) is None, f"service {number}"
        assert faults(program, visits, seed, replication) == (), f"service {number}"
        expected = Counter(
            (int(one["stage"]), 0 if there else -int(one["lasted"]), bool(there))
            for one in program.here.present
            for there in (one["state"] == WAS_THERE,)
        )
        assert on_day_0(program, visits) == expected, f"service {number}"


@settings(
    max_examples=100,
    derandomize=True,
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
)
@given(drawn(), st.integers(0, 2**64 - 1))
def test_both_engines_write_the_same_of_drawn_services(program: Program, seed: int) -> None:
    """Hold that no byte differs, where Hypothesis looks for a small service on which one does."""
    visits = compiled.simulate(program, seed, 0)
    assert disagreement(program, visits, reference.simulate(program, seed, 0)) is None


def test_the_lists_have_everything() -> None:
    """Hold that rules meet those who wait on day 0: each in at least 20 of 1,200 services.

    Otherwise that the engines agree on them would say little.
    """
    counted: Counter[str] = Counter()
    for number in range(SERVICES):
        program = begun(Seeded(number))
        visits = compiled.simulate(program, a_seed(number), 0)
        mine = visits[visits["client"] < len(program.here.ids)]
        waited = mine[mine["queued"] < 0]
        there = mine[(mine["queued"] == 0) & (mine["started"] == 0)]
        counted.update(set(_rules_that_meet(program, waited, there)))
    assert set(counted) == set(RULES), RULES - set(counted)
    assert min(counted.values()) >= 20, counted


RULES = {
    *("several places", "several places, there", "an order", "a deadline", "working days"),
    *("reviewed", "moved", "missed an offer", "a bought place", "a bought place, there"),
    *("a place for nobody, there", "drawn staff", "a group"),
}


def _rules_that_meet(program: Program, waited: Rows, there: Rows) -> Iterator[str]:
    """Yield by name which rules those meet who wait on day 0, or are there."""
    stages, places = program.tables.stages, program.at_first()
    first = program.first_places()
    its_place = first[waited["stage"], 0] + (waited["unit"] & UNIT_MASK)
    for name, holds in (
        ("several places", stages["asks"][waited["stage"]] > 1),
        ("several places, there", stages["asks"][there["stage"]] > 1),
        ("an order", program.orders()[its_place] != NONE if len(waited) else waited["n"] < 0),
        ("a group", places["together"][its_place] > 1 if len(waited) else waited["n"] < 0),
        ("a deadline", stages["marks_many"][waited["stage"]] > 0),
        ("reviewed", stages["review_after"][waited["stage"]] < NEVER),
        ("moved", waited["fate"] == MOVED),
        ("missed an offer", waited["fate"] == MISSED),
        ("a bought place", stages["longest"][waited["stage"]] < NEVER),
        ("a bought place, there", stages["longest"][there["stage"]] < NEVER),
    ):
        if holds.any():
            yield name
    if (program.tables.within["row"] != NONE).any() and program.deadlines and len(waited):
        yield "working days"
    if program.drawn and len(waited):
        yield "drawn staff"
    asks = there[stages["capacity"][there["stage"]] != NONE]
    if (
        len(asks)
        and (places["number"][first[asks["stage"], 0] + (asks["unit"] & UNIT_MASK)] == 0).any()
    ):
        yield "a place for nobody, there"


def test_a_list_moves_nobody_elses_luck() -> None:
    """Hold that those who come later come when, where and as who they would without a list."""
    word = np.uint64(name_id(HERE_AT_THE_START))
    for number in range(40):
        program = begun(Seeded(number))
        empty = replace(program, here=here(NOBODY, (), program.columns, PEOPLE))
        many, ids = len(program.here.ids), client_ids(program, 7, 0)
        assert (ids[:many] >> np.uint64(32) == word).all()
        assert sorted((ids[:many] & np.uint64(2**32 - 1)).tolist()) == list(range(many))
        assert (ids[many:] == client_ids(empty, 7, 0)).all()
        with_list, without = make_people(program, 7, 0), make_people(empty, 7, 0)
        assert (with_list.clients[many:] == without.clients).all()
        assert (with_list.traits[many:] == without.traits).all()


def test_both_engines_leave_and_take_over_the_same() -> None:
    """Hold that what one engine leaves of a service is, byte for byte, what the other leaves.

    And that both go on with it alike, that no law is broken, and that all are there who were in an
    open visit: in those of 450 services of their own numbers in which no place is held.
    """
    seen = 0
    for number in range(450):
        small, seed = a_service(Seeded(number)), a_seed(number)
        program = small.program()
        if program.tables.stages["hold"].any():
            continue
        seen += 1
        whole = Scenario.model_validate({"service": small.service, "population": POPULATION})
        after = Beginning(after_days=ceil(small.days))
        next_one = lower(whole.model_copy(update={"beginning": after}), small.start, small.days)
        ours = following(next_one, program, seed, 1, compiled.simulate)
        theirs = following(next_one, program, seed, 1, reference.simulate)
        for name in ("present", "ids", "known"):
            same = getattr(ours.here, name).tobytes() == getattr(theirs.here, name).tobytes()
            assert same, f"service {number}: {name}"
        visits = compiled.simulate(ours, seed, 1)
        assert disagreement(ours, visits, reference.simulate(theirs, seed, 1)) is None, number
        assert faults(ours, visits, seed, 1) == (), f"service {number}"
        left = compiled.simulate(program, seed, 1 | BEFORE)
        still = left[left["ended"] < 0]
        there = still["fate"] == STAYING
        since = np.where(there, still["started"], still["queued"])
        lasted = (program.horizon - since).tolist()
        expected = Counter(
            (stage, 0 if is_there else -ago, is_there)
            for stage, ago, is_there in zip(
                still["stage"].tolist(), lasted, there.tolist(), strict=True
            )
        )
        assert on_day_0(ours, visits) == expected, f"service {number}"
    assert seen > 150
