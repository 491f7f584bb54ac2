"""Random small services: every run obeys the laws, repeats, and keeps everybody's luck apart.

The services are small and their times coarse, so that many events fall on the same tick: with times
in seconds over months hardly any error of order would show.
"""

from collections.abc import Mapping
from datetime import date
from typing import Any

import numpy as np
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from simcare.analysis.audit import audit
from simcare.engines.cohort import make_people
from simcare.engines.lowering import Program, lower
from simcare.engines.reference import simulate
from simcare.kernels.tables import COMPLETED, NONE, TICKS_PER_DAY, Rows
from simcare.model.pathway import CLOCKS
from simcare.model.scenario import Scenario

START = date(2017, 1, 1)
POPULATION = {
    "attributes": {
        "motivation": {"number": {"uniform": {"low": 0, "high": 1}}},
        "severity": {"number": {"fixed": 0.5}},
        "kind": {"shares": {"one": 0.5, "other": 0.5}},
        "home": {"shares": {"here": 0.6, "there": 0.4}},  # nothing sets it: capacities split by it
    }
}
FACTORS: tuple[list[dict[str, Any]], ...] = (
    [],
    [{"factor": 3, "when": {"kind": "one"}}],
    [{"factor": 0, "when": {"kind": "other"}}, {"factor": 2, "per_unit_of": "severity"}],
)
OFTEN = settings(
    max_examples=200,
    derandomize=True,
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
)
SELDOM = settings(OFTEN, max_examples=30)

Drawn = Any
Raw = dict[str, Any]


def one_of(draw: Drawn, *choices: Any) -> Any:
    """Draw one of a few things."""
    return draw(st.sampled_from(choices))


def a_length(draw: Drawn, unit: float, least: int = 0) -> Raw:
    """Draw a length of stay: mostly a few whole units, so that they meet."""
    few = [{"share": 0.5, "of": {"fixed": k * unit}} for k in (1, draw(st.integers(1, 4)))]
    few_or_many: Raw = one_of(
        draw,
        {"fixed": draw(st.integers(least, 4)) * unit},
        {"fixed": draw(st.integers(least, 4)) * unit},
        {"mixture": few},
        {"exponential": {"mean": 3 * unit}},
        {"uniform": {"low": 0, "high": 5 * unit}},
    )
    return few_or_many


def a_clock(draw: Drawn, unit: float, least: int = 0) -> Raw:
    """Draw a competing event of any kind."""
    law = one_of(
        draw,
        {"fixed": draw(st.integers(least, 6)) * unit},
        {"exponential": {"mean": 8 * unit}},
        {"weibull": {"scale": 10 * unit, "shape": 0.7}},
        {"log_logistic": {"median": 8 * unit, "shape": 2}},
        {"motivation": {"mean": 5 * unit, "link": one_of(draw, 0, 0.7, 1)}},
    )
    clock: Raw = {"after_days": law, "times": one_of(draw, *FACTORS)}
    if draw(st.booleans()):
        clock["early_loss"] = {"share": 0.4, "mean_days": 2 * unit}
    return clock


def a_condition(draw: Drawn, unit: float) -> Raw:
    """Draw a condition: some clocks, perhaps a drift of motivation."""
    clocks = draw(st.sets(st.sampled_from(sorted(CLOCKS)), min_size=1, max_size=3))
    condition: Raw = {clock: a_clock(draw, unit) for clock in sorted(clocks)}
    if draw(st.booleans()):
        condition["motivation"] = {"half_life_days": 4 * unit, "towards": 0.2}
    return condition


def a_capacity(draw: Drawn, unit: float) -> Raw:
    """Draw a number of places, over one unit or two, perhaps by category, and how it changes."""
    units = one_of(draw, 1, 1, 2)
    number: Drawn = st.sampled_from((1, 2, 0, 3) if units == 1 else (2, 0, 3))
    split = one_of(draw, False, False, True)
    if split:
        number = st.fixed_dictionaries({"here": number, "there": number})
    days = draw(st.sets(st.integers(0, 40), max_size=3))
    changes = [{"day": day * unit, "number": draw(number)} for day in sorted(days)]
    capacity = {"beds": draw(number), "units": units, "changes": changes}
    return {"by": "home", **capacity} if split else capacity


def two_more(beds: Any) -> Any:
    """Return a number of beds with two more, for each category where it is split."""
    return {name: n + 2 for name, n in beds.items()} if isinstance(beds, dict) else beds + 2


def causes(stage: Raw, conditions: Mapping[str, Raw]) -> dict[str, bool]:
    """Return how a visit can end, and whether that may take no time."""
    found = {}
    if "stay_days" in stage:
        found["completed"] = stage["stay_days"].get("fixed") == 0
    for phase in ("while_waiting", "while_there"):
        for clock, what in conditions.get(stage.get(phase, ""), {}).items():
            if clock in CLOCKS and clock != "die":
                instant = what["after_days"].get("fixed") == 0
                found[CLOCKS[clock]] = found.get(CLOCKS[clock], False) or instant
    return found


def an_onward(draw: Drawn, names: list[str], at: int, instant: bool) -> Any:
    """Draw where next; from what may take no time only to later stages, so that time passes."""
    later = [*names[at + 1 :], "out"]
    anywhere = [*names, *names, "out", "out", "out", "return", *(f"return to {n}" for n in names)]
    choices = later if instant else anywhere
    some = draw(st.lists(st.sampled_from(choices), min_size=1, max_size=2, unique=True))
    shares = {target: 1 / len(some) for target in some}
    if draw(st.booleans()):
        return shares
    return [
        {"when": {"episode": {"below": 3}}, "to": shares, "set": {"kind": "one"}},
        {"to": "out"},
    ]


def may_hold(stage: Raw, stages: Mapping[str, Raw]) -> bool:
    """Tell whether a place may be kept: only for one whose capacity comes later in the alphabet."""
    onward = stage["next"].get("completed", {})
    targets = onward[0]["to"] if isinstance(onward, list) else onward
    targets = [targets] if isinstance(targets, str) else targets
    reached = [
        stages[to]["asks_for"] for to in targets if to in stages and "asks_for" in stages[to]
    ]
    return "asks_for" in stage and all(stage["asks_for"] < other for other in reached)


@st.composite
def services(draw: Drawn, with_capacities: bool = True) -> tuple[Raw, float, int]:
    """Draw a service, with its unit of time in days and its horizon in units."""
    unit = one_of(draw, 1.0, *[1.0 / TICKS_PER_DAY] * 3)
    names = [f"s{k}" for k in range(one_of(draw, 4, 3, 2, 1))]
    capacities = [f"c{k}" for k in range(one_of(draw, 3, 2, 1, 0) if with_capacities else 0)]
    conditions = {f"k{k}": a_condition(draw, unit) for k in range(draw(st.integers(0, 2)))}
    stages: dict[str, Raw] = {}
    for name in names:
        stage: Raw = {}
        asks, waiting = one_of(draw, *capacities * 3, None), one_of(draw, "", *conditions)
        there = one_of(draw, "", *conditions)
        if asks is not None:
            stage["asks_for"] = asks
            if waiting:
                stage["while_waiting"] = waiting
        if there:
            stage["while_there"] = there
        if not there or draw(st.booleans()):
            stage["stay_days"] = a_length(draw, unit)
            stage["stay_times"] = one_of(draw, *FACTORS[: 2 if unit == 1 else 3])
        stages[name] = stage
    for at, stage in enumerate(stages.values()):
        stage["next"] = {
            cause: an_onward(draw, names, at, instant)
            for cause, instant in causes(stage, conditions).items()
        }
    for stage in stages.values():
        onto = [n for n in names if stage.get("asks_for", "~") < stages[n].get("asks_for", "")]
        if onto and "completed" in stage["next"] and draw(st.booleans()):
            stage["next"]["completed"] = one_of(draw, *onto)
            stage["stay_days"] = a_length(draw, unit, least=1)
        stage["hold"] = may_hold(stage, stages) and draw(st.booleans())
    horizon = one_of(draw, 120, 60, 30, 7, 1)
    used = {stage.get("asks_for") for stage in stages.values()}
    there = {
        stage.get(key) for stage in stages.values() for key in ("while_waiting", "while_there")
    }
    service = {
        "arrivals": {"some": {"per_day": one_of(draw, 25, 12, 5, 1) / (horizon * unit)}},
        "ways_in": {name: {"stage": name, "share": 1 / len(names)} for name in names},
        "capacities": {c: a_capacity(draw, unit) for c in capacities if c in used},
        "conditions": {name: value for name, value in conditions.items() if name in there},
        "stages": stages,
    }
    return service, unit, horizon


def program_of(service: Mapping[str, Any], horizon_days: float) -> Program:
    """Return a service lowered, with the small population above."""
    scenario = Scenario.model_validate({"service": service, "population": POPULATION})
    return lower(scenario, START, horizon_days)


def faults(program: Program, visits: Rows, seed: int) -> tuple[str, ...]:
    """Return what a run breaks of the laws."""
    return audit(
        visits,
        np.array([place.number for place in program.places], np.int64),
        program.changes,
        np.array([NONE if first is None else first for first in program.first_places()]),
        program.horizon,
        len(make_people(program, seed, 0).clients),
        program.groups(),
    )


def named(program: Program, visits: Rows, seed: int) -> dict[Any, Any]:
    """Return visits by what they are called whatever else there is: client id, stage by name."""
    ids = make_people(program, seed, 0).clients["id"]
    told = {}
    for visit in visits:
        stage = program.stages[visit["stage"]]
        address = int(ids[visit["client"]]), int(visit["episode"]), stage, int(visit["n"])
        others = (n for n in visits.dtype.names or () if n not in ("client", "stage"))
        told[address] = tuple(visit[name].tobytes() for name in others)
    return told


@OFTEN
@given(services(), st.integers(0, 2**64 - 1))
def test_every_run_obeys_the_laws_and_repeats(drawn: tuple[Raw, float, int], seed: int) -> None:
    """Hold that a run passes the audit, and that a second one has the same bytes."""
    service, unit, horizon = drawn
    program = program_of(service, horizon * unit)
    visits = simulate(program, seed, 0)
    assert faults(program, visits, seed) == ()
    assert simulate(program, seed, 0).tobytes() == visits.tobytes()


@SELDOM
@given(services(), st.integers(0, 1000))
def test_everybody_asks_in_their_own_category(drawn: tuple[Raw, float, int], seed: int) -> None:
    """Hold that in a capacity that is split every visit is to a unit of the client's category."""
    service, unit, horizon = drawn
    program = program_of(service, horizon * unit)
    homes = make_people(program, seed, 0).traits[:, program.columns.index("home")]
    first = program.first_places()
    for visit in simulate(program, seed, 0):
        at = first[visit["stage"]]
        place = None if at is None else program.places[at + int(visit["unit"])]
        if place is not None and place.by:
            assert place.category == ("here", "there")[int(homes[visit["client"]])]


@SELDOM
@given(services(with_capacities=False), st.integers(0, 1000))
def test_another_stream_moves_nobody(drawn: tuple[Raw, float, int], seed: int) -> None:
    """Hold that where nobody waits for anybody, a further arrival stream changes no visit."""
    service, unit, horizon = drawn
    before = program_of(service, horizon * unit)
    streams = {"more": {"per_day": 5 / (horizon * unit)}, **service["arrivals"]}
    after = program_of({**service, "arrivals": streams}, horizon * unit)
    told = named(before, simulate(before, seed, 0), seed)
    longer = named(after, simulate(after, seed, 0), seed)
    assert {key: longer.get(key) for key in told} == told


@SELDOM
@given(services(), st.integers(0, 1000))
def test_another_stream_leaves_a_cohort_as_it_was(drawn: tuple[Raw, float, int], seed: int) -> None:
    """Hold that a further stream changes no arrival, no way in and no attribute of the others."""
    service, unit, horizon = drawn
    streams = {"more": {"per_day": 5 / (horizon * unit)}, **service["arrivals"]}
    one = make_people(program_of(service, horizon * unit), seed, 0)
    two = make_people(program_of({**service, "arrivals": streams}, horizon * unit), seed, 0)
    same = np.isin(two.clients["id"], one.clients["id"])
    assert two.clients[same].tobytes() == one.clients.tobytes()
    assert two.traits[same].tobytes() == one.traits.tobytes()


@SELDOM
@given(services(), st.integers(0, 1000))
def test_another_stage_moves_nobody(drawn: tuple[Raw, float, int], seed: int) -> None:
    """Hold that a stage to which nobody goes, put before the others, changes no visit."""
    service, unit, horizon = drawn
    before = program_of(service, horizon * unit)
    stages = {"new": {"stay_days": {"fixed": 1}, "next": {"completed": "out"}}, **service["stages"]}
    ways = {"new": {"stage": "new", "share": 0}, **service["ways_in"]}
    after = program_of({**service, "stages": stages, "ways_in": ways}, horizon * unit)
    told = named(before, simulate(before, seed, 0), seed)
    assert named(after, simulate(after, seed, 0), seed) == told


@SELDOM
@given(services(), st.integers(0, 1000))
def test_another_bed_moves_nobodys_luck(drawn: tuple[Raw, float, int], seed: int) -> None:
    """Hold that with more beds a same visit has the same length of stay, if nothing else ends it.

    The effects on the stay are left out: they may see what waiting has done.
    """
    service, unit, horizon = drawn
    plain = {
        name: {k: v for k, v in stage.items() if k not in ("stay_times", "hold")}
        for name, stage in service["stages"].items()
    }
    more = {
        name: {**capacity, "beds": two_more(capacity["beds"])}
        for name, capacity in service["capacities"].items()
    }
    lengths = []
    for capacities in (service["capacities"], more):
        program = program_of({**service, "stages": plain, "capacities": capacities}, horizon * unit)
        visits = simulate(program, seed, 0)
        done = visits[visits["fate"] == COMPLETED]
        address = done[["client", "episode", "stage", "n"]].tolist()
        lengths.append(dict(zip(address, (done["ended"] - done["started"]).tolist(), strict=True)))
    both = lengths[0].keys() & lengths[1].keys()
    assert {key: lengths[0][key] for key in both} == {key: lengths[1][key] for key in both}
