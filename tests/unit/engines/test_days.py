"""Small days worked by hand: who is served when, to the second, and what is written down.

A story gives a service and who comes when and where; times are ticks. What must come out is written
out by hand. A visit is told as (client, stage, queued, started, ended, fate), None for what did not
happen.
"""

import math
from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any

import numpy as np
import pytest

from simcare.engines import compiled, reference
from simcare.engines.cohort import newcomers
from simcare.engines.lowering import lower
from simcare.engines.program import Program
from simcare.kernels.draws import ATTRIBUTE, CLOCK, UNIT, name_id, uniform
from simcare.kernels.tables import FATES, TICKS_PER_DAY, Rows
from simcare.model.scenario import Scenario

Told = tuple[int, str, int, int | None, int | None, str]
SEED, REPLICATION = 20170101, 3
FIRST_ID = name_id("all") << 32


def days(ticks: float) -> float:
    """Return ticks in days, the unit of every length in a service."""
    return ticks / TICKS_PER_DAY


def fixed(ticks: float) -> dict[str, float]:
    """Return a length of so many ticks."""
    return {"fixed": days(ticks)}


def leaving(ticks: float, clock: str = "leave") -> dict[str, Any]:
    """Return a condition with one clock that comes after so many ticks."""
    return {clock: {"after_days": fixed(ticks)}}


def stage(stay: float | None, to: Any = "out", asks: str | None = None, **more: Any) -> Any:
    """Return a stage of a fixed stay, or of none."""
    told: dict[str, Any] = {"next": {"completed": to} if stay is not None else {}}
    if stay is not None:
        told["stay_days"] = fixed(stay)
    if asks is not None:
        told["asks_for"] = asks
    told["next"].update(more.pop("next", {}))
    return {**told, **more}


def program_of(service: Mapping[str, Any], horizon: int) -> Program:
    """Return a service lowered; its stages can all be ways in, and nobody comes by chance."""
    share = 1 / len(service["stages"])
    whole = {
        "arrivals": {"all": {"per_day": 0}},
        "ways_in": {name: {"stage": name, "share": share} for name in service["stages"]},
        **service,
    }
    population = {
        "attributes": {
            "motivation": {"number": {"fixed": 1}},
            "severity": {"number": {"fixed": 0}},
            "kind": {"shares": {"one": 1, "other": 0}},
            "region": {"shares": {"north": 0.4, "nobody": 0, "south": 0.6}},
        }
    }
    scenario = Scenario.model_validate({"service": whole, "population": population})
    return lower(scenario, date(2017, 1, 1), days(horizon))


def play(
    service: Mapping[str, Any], comes: Sequence[int | tuple[int, str]], horizon: int = 1000
) -> Rows:
    """Play a service to those who come at given ticks (to a stage, or the first); return visits.

    Both engines play it, and both must write the same.
    """
    program = program_of(service, horizon)
    assert program.horizon == horizon
    told = [who if isinstance(who, tuple) else (who, program.stages[0]) for who in comes]
    ticks = np.array([tick for tick, _ in told], np.int64)
    ids = np.uint64(FIRST_ID) + np.arange(len(told), dtype=np.uint64)
    key = np.array([SEED, REPLICATION], np.uint64)
    visits: list[Rows] = []
    for engine in (reference, compiled):
        people = newcomers(program, key, ticks, ids)
        people.clients["entry"] = [program.stages.index(name) for _, name in told]
        visits.append(engine.play(program, people))
    assert visits[0].tobytes() == visits[1].tobytes()
    return visits[0]


def tell(
    service: Mapping[str, Any], comes: Sequence[int | tuple[int, str]], horizon: int = 1000
) -> list[Told]:
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


def one_bed(stay: float, **more: Any) -> dict[str, Any]:
    """Return a service of one stage with one bed."""
    return {
        "capacities": {"beds": {"beds": 1}},
        "stages": {"ward": stage(stay, asks="beds")},
        **more,
    }


def patient(stay: float, patience: float, beds: Any = None, left: str = "out") -> dict[str, Any]:
    """Return a service of one stage with one bed, where those who wait give up in time."""
    ward = stage(stay, asks="beds", while_waiting="waiting", next={"left": left})
    return {
        "capacities": {"beds": beds or {"beds": 1}},
        "conditions": {"waiting": leaving(patience)},
        "stages": {"ward": ward},
    }


# --- one bed -----------------------------------------------------------------------------------


def test_one_bed_in_turn() -> None:
    """Hold that one bed serves those who come in their order, one after the other."""
    assert tell(one_bed(10), [0, 1, 2, 40]) == [
        (0, "ward", 0, 0, 10, "completed"),
        (1, "ward", 1, 10, 20, "completed"),
        (2, "ward", 2, 20, 30, "completed"),
        (3, "ward", 40, 40, 50, "completed"),
    ]


def test_at_one_tick_who_came_first_goes_first() -> None:
    """Hold that of those who come at one tick the lower row of the cohort goes first."""
    assert tell(one_bed(10), [5, 5, 5]) == [
        (0, "ward", 5, 5, 15, "completed"),
        (1, "ward", 5, 15, 25, "completed"),
        (2, "ward", 5, 25, 35, "completed"),
    ]


def test_who_comes_when_the_bed_comes_free_finds_it_free() -> None:
    """Hold that a stay's end goes before an arrival of the same tick."""
    assert tell(one_bed(10), [0, 10]) == [
        (0, "ward", 0, 0, 10, "completed"),
        (1, "ward", 10, 10, 20, "completed"),
    ]


def test_the_horizon_cuts() -> None:
    """Hold that what falls on the horizon does not happen, and open visits are rows."""
    assert tell(one_bed(10), [0, 1, 19], horizon=20) == [
        (0, "ward", 0, 0, 10, "completed"),
        (1, "ward", 1, 10, None, "staying"),
        (2, "ward", 19, None, None, "waiting"),
    ]


def test_a_bed_for_who_stands_in_front_of_it() -> None:
    """Hold that the bed is given to the list before its last user can ask for it again."""
    service = one_bed(5)
    service["stages"]["ward"]["next"] = {
        "completed": [{"when": {"episode": {"below": 2}}, "to": "ward"}, {"to": "out"}]
    }
    assert tell(service, [0, 2], horizon=22) == [
        (0, "ward", 0, 0, 5, "completed"),
        (0, "ward", 5, 10, 15, "completed"),
        (0, "ward", 15, 20, None, "staying"),
        (1, "ward", 2, 5, 10, "completed"),
        (1, "ward", 10, 15, 20, "completed"),
        (1, "ward", 20, None, None, "waiting"),
    ]


# --- giving up ---------------------------------------------------------------------------------


def test_a_bed_in_the_very_second_of_giving_up_is_in_time() -> None:
    """Hold that a stay's end goes before the end of patience at the same tick."""
    assert tell(patient(10, 6), [0, 4]) == [
        (0, "ward", 0, 0, 10, "completed"),
        (1, "ward", 4, 10, 20, "completed"),
    ]


def test_a_second_too_late() -> None:
    """Hold that who gives up a second before the bed comes free is gone; the next is served."""
    assert tell(patient(10, 5), [0, 4, 5]) == [
        (0, "ward", 0, 0, 10, "completed"),
        (1, "ward", 4, None, 9, "left"),
        (2, "ward", 5, 10, 20, "completed"),
    ]


def test_who_comes_does_not_find_the_leavers_waiting() -> None:
    """Hold that giving up goes before an arrival of the same tick: who joins anew is ahead."""
    assert tell(patient(7, 3, left="ward"), [0, 2, 5], horizon=9) == [
        (0, "ward", 0, 0, 7, "completed"),
        (1, "ward", 2, None, 5, "left"),
        (1, "ward", 5, 7, None, "staying"),
        (2, "ward", 5, None, 8, "left"),
        (2, "ward", 8, None, None, "waiting"),
    ]


def test_no_patience_at_all() -> None:
    """Hold that with a patience of 0 a client has a bed in the tick of asking, or leaves in it."""
    assert tell(patient(10, 0), [0, 5, 10, 10]) == [
        (0, "ward", 0, 0, 10, "completed"),
        (1, "ward", 5, None, 5, "left"),
        (2, "ward", 10, 10, 20, "completed"),
        (3, "ward", 10, None, 10, "left"),
    ]


def test_no_patience_and_a_bed_that_comes_free_in_the_same_tick() -> None:
    """Hold that with a patience of 0 a bed is in time that comes free after one has asked."""
    service = patient(3, 0)
    service["stages"]["before"] = stage(5, "ward")
    assert tell(service, [(0, "before"), (2, "ward")]) == [
        (0, "before", 0, 0, 5, "completed"),
        (0, "ward", 5, 5, 8, "completed"),
        (1, "ward", 2, 2, 5, "completed"),
    ]


def test_of_two_clocks_at_one_tick_the_first_in_the_list() -> None:
    """Hold that leaving goes before dying, and the stay's end before both, at the same tick."""
    both = {**leaving(4), **leaving(4, "die")}
    service = {
        "conditions": {"both": both},
        "stages": {
            "five": stage(5, "out", while_there="both", next={"left": "four"}),
            "four": stage(4, "out", while_there="both", next={"left": "out"}),
        },
    }
    assert tell(service, [0]) == [
        (0, "five", 0, 0, 4, "left"),
        (0, "four", 4, 4, 4, "died"),  # this clock has run for 4 ticks; leaving begins anew
    ]
    assert tell(service, [(0, "four")]) == [(0, "four", 0, 0, 4, "completed")]


def test_who_drops_out_gives_the_bed_back() -> None:
    """Hold that a drop-out frees the bed for the next in the same tick."""
    service = one_bed(100, conditions={"there": leaving(7, "drop_out")})
    service["stages"]["ward"].update(while_there="there")
    service["stages"]["ward"]["next"]["dropped_out"] = "out"
    assert tell(service, [0, 3]) == [
        (0, "ward", 0, 0, 7, "dropped_out"),
        (1, "ward", 3, 7, 14, "dropped_out"),
    ]


# --- more and fewer beds -----------------------------------------------------------------------


def changing(*changes: tuple[int, int], beds: int = 1) -> dict[str, Any]:
    """Return a capacity whose number changes at ticks."""
    return {"beds": beds, "changes": [{"day": days(at), "number": n} for at, n in changes]}


def test_a_bed_closed_now_is_given_to_nobody_now() -> None:
    """Hold that a change goes before a stay's end and an arrival of the same tick."""
    beds = {"beds": changing((10, 0), (20, 1))}
    assert tell(one_bed(10, capacities=beds), [0, 4, 10]) == [
        (0, "ward", 0, 0, 10, "completed"),
        (1, "ward", 4, 20, 30, "completed"),
        (2, "ward", 10, 30, 40, "completed"),
    ]


def test_a_bed_opened_now_is_in_time_for_who_gives_up_now() -> None:
    """Hold that a change goes before the end of patience at the same tick."""
    assert tell(patient(10, 6, changing((20, 1), beds=0)), [13, 14]) == [
        (0, "ward", 13, None, 19, "left"),
        (1, "ward", 14, 20, 30, "completed"),
    ]


def test_a_closing_evicts_nobody() -> None:
    """Hold that stays go on after a closing, and nothing is given out until enough have ended."""
    beds = {"beds": changing((5, 1), (60, 2), beds=2)}
    assert tell(one_bed(20, capacities=beds), [0, 1, 2, 3]) == [
        (0, "ward", 0, 0, 20, "completed"),
        (1, "ward", 1, 1, 21, "completed"),
        (2, "ward", 2, 21, 41, "completed"),
        (3, "ward", 3, 41, 61, "completed"),
    ]


def test_an_opening_serves_as_many_as_there_are_beds() -> None:
    """Hold that several who wait are served at once, in their order."""
    beds = {"beds": changing((0, 0), (7, 2), beds=5)}
    assert tell(one_bed(20, capacities=beds), [0, 0, 3]) == [
        (0, "ward", 0, 7, 27, "completed"),
        (1, "ward", 0, 7, 27, "completed"),
        (2, "ward", 3, 27, 47, "completed"),
    ]


# --- a bed that is kept ------------------------------------------------------------------------


def holding(patience: float | None = None) -> dict[str, Any]:
    """Return two stages with a bed each; the first bed is kept until there is a second."""
    service = {
        "capacities": {"first": {"beds": 1}, "second": {"beds": 1}},
        "stages": {
            "detox": stage(5, "home", asks="first", hold=True),
            "home": stage(20, "out", asks="second"),
        },
    }
    if patience is not None:
        service["conditions"] = {"waiting": leaving(patience)}
        service["stages"]["home"].update(while_waiting="waiting")
        service["stages"]["home"]["next"]["left"] = "out"
    return service


def test_a_bed_is_kept_until_the_next_is_there() -> None:
    """Hold that a kept bed is given back when the next one is given, and serves its list then."""
    assert tell(holding(), [0, 1, 2], horizon=100) == [
        (0, "detox", 0, 0, 5, "completed"),
        (0, "home", 5, 5, 25, "completed"),
        (1, "detox", 1, 5, 25, "completed"),
        (1, "home", 10, 25, 45, "completed"),
        (2, "detox", 2, 25, 45, "completed"),
        (2, "home", 30, 45, 65, "completed"),
    ]


def test_a_bed_that_is_kept_at_the_horizon() -> None:
    """Hold that who keeps a bed at the horizon has two open rows: holding, and waiting."""
    assert tell(holding(), [0, 1, 2], horizon=40)[2:] == [
        (1, "detox", 1, 5, 25, "completed"),
        (1, "home", 10, 25, None, "staying"),
        (2, "detox", 2, 25, None, "holding"),
        (2, "home", 30, None, None, "waiting"),
    ]


def test_who_gives_up_gives_the_kept_bed_back() -> None:
    """Hold that leaving the next list gives the kept bed back in the same tick."""
    assert tell(holding(3), [0, 1, 2], horizon=15) == [
        (0, "detox", 0, 0, 5, "completed"),
        (0, "home", 5, 5, None, "staying"),
        (1, "detox", 1, 5, 13, "completed"),
        (1, "home", 10, None, 13, "left"),
        (2, "detox", 2, 13, None, "staying"),
    ]


def test_what_a_kept_bed_saw_of_the_wait() -> None:
    """Hold that a kept visit ends with the motivation of its last tick, served or not."""
    service = holding(3)
    service["conditions"]["waiting"]["motivation"] = {"half_life_days": days(3), "towards": 0}
    visits = play(service, [0, 1, 2], horizon=40)
    kept, waited = visits[2], visits[3]
    assert kept["ended"] == waited["ended"] == 13
    assert kept["motivation_ended"] == waited["motivation_ended"] == pytest.approx(0.5)


# --- several units -----------------------------------------------------------------------------


def test_units_have_lists_of_their_own() -> None:
    """Hold that each client waits for the one unit of their own, by the address of chance."""
    service = one_bed(10, capacities={"beds": {"beds": 2, "units": 2}})
    comes = [0, 1, 2, 3, 4, 5]
    visits = play(service, comes)
    free = {0: 0, 1: 0}
    units = []
    for who, tick in enumerate(comes):
        u = uniform(SEED, REPLICATION, FIRST_ID + who, 0, name_id("beds"), 0, UNIT)
        unit = int(2 * u)
        start = max(tick, free[unit])
        free[unit] = start + 10
        units.append(unit)
        assert visits[["unit", "started", "ended"]][who].item() == (unit, start, start + 10)
    assert set(units) == {0, 1}


def test_a_capacity_split_by_an_attribute() -> None:
    """Hold that each client waits for one of the units of their own category, and for no other.

    Expected: by the addresses of chance, u of the attribute below 0.4 is north, whose one unit of
    one bed is unit 0; else south, whose two units of one bed are units 3 and 4 (after the two of
    nobody), by the same u of the capacity as without a split. Each unit serves its own in turn.
    """
    beds = {"south": 2, "nobody": 2, "north": 1}  # in any order; units are in the population's
    units = {"north": 1, "nobody": 2, "south": 2}
    service = one_bed(10, capacities={"beds": {"by": "region", "beds": beds, "units": units}})
    comes = [0, 1, 2, 3, 4, 5, 6, 7]
    free: dict[int, int] = {}
    expected = []
    for who, tick in enumerate(comes):
        client = FIRST_ID + who
        home = uniform(SEED, REPLICATION, client, 0, name_id("region"), 0, ATTRIBUTE)
        u = uniform(SEED, REPLICATION, client, 0, name_id("beds"), 0, UNIT)
        unit = 0 if home < 0.4 else 3 + int(2 * u)
        start = max(tick, free.get(unit, 0))
        free[unit] = start + 10
        expected.append((unit, start, start + 10))
    assert play(service, comes)[["unit", "started", "ended"]].tolist() == expected
    assert free.keys() == {0, 3, 4}


def test_a_closing_in_one_category_only() -> None:
    """Hold that a change by category closes the beds of that category, and leaves the others.

    Expected: all come at tick 6, to one bed a region. That of the north is closed from 5 to 40,
    so its people start at 40, 50, 60 and so on; those of the south at 6, 16, 26 and so on.
    """
    changes = [
        {"day": days(at), "number": {"north": n, "nobody": 0, "south": 1}}
        for at, n in ((5, 0), (40, 1))
    ]
    beds = {"by": "region", "beds": {"north": 1, "nobody": 0, "south": 1}, "changes": changes}
    comes = [6] * 8
    visits = play(one_bed(10, capacities={"beds": beds}), comes)
    waits = {0: [40, 50, 60, 70, 80, 90, 100, 110], 2: [6, 16, 26, 36, 46, 56, 66, 76]}
    units = visits["unit"].tolist()
    assert set(units) == {0, 2}
    for unit in (0, 2):
        started = visits["started"][visits["unit"] == unit].tolist()
        assert started == waits[unit][: len(started)]


def test_a_split_with_one_category_alone_moves_nobody() -> None:
    """Hold that a split in which all are of one category gives the bytes of the same without it."""
    comes = [(tick, "ward") for tick in (0, 1, 1, 3, 8, 13, 14)]
    whole = {"beds": 3, "units": 3}
    split = {"by": "kind", "beds": {"one": 3, "other": 0}, "units": {"one": 3, "other": 1}}
    told = [play(one_bed(10, capacities={"beds": beds}), comes) for beds in (whole, split)]
    assert told[0].tobytes() == told[1].tobytes()


# --- clocks ------------------------------------------------------------------------------------


def threshold(clock: int, fired: int = 0, who: int = 0, episode: int = 1) -> float:
    """Return a client's unit-exponential threshold, by its address."""
    return -math.log(uniform(SEED, REPLICATION, FIRST_ID + who, episode, 0, fired, CLOCK + clock))


def two_conditions(first: Any, second: Any, between: bool = False) -> dict[str, Any]:
    """Return a stay of 100 ticks in one condition, then one without end in another.

    In between, if so wished, lies a stay of 10 ticks without any condition.
    """
    return {
        "conditions": {"early": {"drop_out": first}, "late": {"drop_out": second}},
        "stages": {
            "one": stage(
                100,
                "pause" if between else "two",
                while_there="early",
                next={"dropped_out": "out"},
            ),
            "pause": stage(10, "two"),
            "two": stage(None, while_there="late", next={"dropped_out": "out"}),
        },
    }


def rounded(ticks: float) -> int:
    """Return ticks rounded half up."""
    return math.floor(ticks + 0.5)


def exponential(mean: float) -> dict[str, Any]:
    """Return a clock of a constant hazard."""
    return {"after_days": {"exponential": {"mean": days(mean)}}}


def weibull(scale: float) -> dict[str, Any]:
    """Return a clock whose hazard rises in proportion to its age."""
    return {"after_days": {"weibull": {"scale": days(scale), "shape": 2}}}


def test_what_is_left_of_a_threshold_is_carried_on() -> None:
    """Hold that the hazard of a first condition is charged, and the rest is used in the second."""
    rest = threshold(1) - 100 / 1_000
    assert rest > 0
    end = 100 + rounded(rest * 5_000)
    service = two_conditions(exponential(1_000), exponential(5_000))
    assert tell(service, [0], horizon=10**6) == [
        (0, "one", 0, 0, 100, "completed"),
        (0, "two", 100, 100, end, "dropped_out"),
    ]


def test_a_factor_is_a_speed() -> None:
    """Hold that a factor of 2 uses a threshold up twice as fast, for whom it is meant."""
    hurried = {**exponential(2_000), "times": [{"factor": 2, "when": {"kind": "one"}}]}
    spared = {**exponential(5_000), "times": [{"factor": 2, "when": {"kind": "other"}}]}
    rest = threshold(1) - 2 * 100 / 2_000
    assert rest > 0
    told = tell(two_conditions(hurried, spared), [0], horizon=10**6)
    assert told[-1][4] == 100 + rounded(rest * 5_000)


def test_the_age_of_a_clock_runs_on() -> None:
    """Hold that a clock that two conditions run one after the other keeps its age."""
    total = rounded(1_000 * math.sqrt(threshold(1)))
    assert total > 100
    service = two_conditions(weibull(1_000), weibull(1_000))
    assert tell(service, [0], horizon=10**6)[-1][3:5] == (100, total)


def test_the_age_of_a_clock_begins_anew_after_a_pause() -> None:
    """Hold that a clock that was not run starts at age 0, with what is left of its threshold."""
    rest = 1_000 * math.sqrt(threshold(1) - (100 / 1_000) ** 2)
    service = two_conditions(weibull(1_000), weibull(1_000), between=True)
    assert tell(service, [0], horizon=10**6)[-1][3:5] == (110, 110 + rounded(rest))


def test_a_fixed_time_counts_from_when_its_clock_began() -> None:
    """Hold that a fixed time is counted over conditions, and anew after a pause."""
    clock = {"after_days": fixed(150)}
    assert tell(two_conditions(clock, clock), [0])[-1][3:5] == (100, 150)
    assert tell(two_conditions(clock, clock, between=True), [0])[-1][3:5] == (110, 260)


def test_a_clock_that_fired_has_a_new_threshold() -> None:
    """Hold that a second drop-out of an episode has an address and a threshold of its own."""
    service = {
        "conditions": {"there": {"drop_out": exponential(1_000)}},
        "stages": {"one": stage(None, while_there="there", next={"dropped_out": "one"})},
    }
    first, second = rounded(1_000 * threshold(1)), rounded(1_000 * threshold(1, fired=1))
    told = tell(service, [0], horizon=10**6)
    assert [visit[4] for visit in told[:2]] == [first, first + second]


# --- coming again ------------------------------------------------------------------------------


def coming_back(to: str) -> dict[str, Any]:
    """Return a service that is entered up to three times; the last time as another kind."""
    again = [
        {"when": {"kind": "other"}, "to": "out"},
        {"when": {"episode": {"at_least": 2}}, "to": to, "set": {"kind": "other"}},
        {"to": to},
    ]
    return {"stages": {"door": stage(5, "room"), "room": stage(2, again)}}


def test_coming_back_by_the_way_in() -> None:
    """Hold that a return begins a new episode where the client came in, and settings last."""
    visits = play(coming_back("return"), [0])
    assert visits["episode"].tolist() == [1, 1, 2, 2, 3, 3]
    assert visits["stage"].tolist() == [0, 1, 0, 1, 0, 1]
    assert visits["n"].tolist() == [0] * 6
    assert visits["queued"].tolist() == [0, 5, 7, 12, 14, 19]
    assert visits["ended"].tolist() == [5, 7, 12, 14, 19, 21]


def test_coming_back_to_a_stage() -> None:
    """Hold that a return to a stage begins a new episode there."""
    visits = play(coming_back("return to room"), [0])
    assert visits["episode"].tolist() == [1, 1, 2, 3]
    assert visits["stage"].tolist() == [0, 1, 1, 1]
    assert visits["ended"].tolist() == [5, 7, 9, 11]


def test_no_more_than_so_many_episodes() -> None:
    """Hold that a limit of episodes is kept."""
    limit = [{"when": {"episode": {"below": 3}}, "to": "return"}, {"to": "out"}]
    visits = play({"stages": {"room": stage(2, limit)}}, [0, 1])
    assert visits["episode"].tolist() == [1, 2, 3, 1, 2, 3]


def test_visits_are_counted_within_an_episode() -> None:
    """Hold that n counts earlier visits to the stage in the episode, from 0."""
    service = {
        "stages": {
            "one": stage(2, [{"when": {"kind": "other"}, "to": "return to two"}, {"to": "two"}]),
            "two": stage(1, [{"to": "one", "set": {"kind": "other"}}]),
        }
    }
    visits = play(service, [0], horizon=10)
    assert visits["stage"].tolist() == [0, 1, 0, 1, 0, 1, 0]
    assert visits["n"].tolist() == [0, 0, 1, 0, 0, 0, 0]
    assert visits["episode"].tolist() == [1, 1, 1, 2, 2, 3, 3]


def test_known_clients_before_new_ones() -> None:
    """Hold that a return goes before an arrival of the same tick."""
    service = one_bed(5)
    service["stages"]["ward"]["next"] = {
        "completed": [{"when": {"episode": {"below": 2}}, "to": "return"}, {"to": "out"}]
    }
    assert tell(service, [0, 5], horizon=16) == [
        (0, "ward", 0, 0, 5, "completed"),
        (0, "ward", 5, 5, 10, "completed"),
        (1, "ward", 5, 10, 15, "completed"),
        (1, "ward", 15, 15, None, "staying"),
    ]


# --- no time at all ----------------------------------------------------------------------------


def test_stages_without_time() -> None:
    """Hold that a chain of stays of 0 is passed in one tick, by one client after the other."""
    service = {
        "capacities": {"desk": {"slots": 1}, "beds": {"beds": 1}},
        "stages": {
            "call": stage(0, "form"),
            "form": stage(0, "ward", asks="desk"),
            "ward": stage(5, asks="beds"),
        },
    }
    assert tell(service, [3, 3]) == [
        (0, "call", 3, 3, 3, "completed"),
        (0, "form", 3, 3, 3, "completed"),
        (0, "ward", 3, 3, 8, "completed"),
        (1, "call", 3, 3, 3, "completed"),
        (1, "form", 3, 3, 3, "completed"),
        (1, "ward", 3, 8, 13, "completed"),
    ]


def test_a_short_stay_takes_a_tick() -> None:
    """Hold that a stay is at least one tick, unless it is 0 as written."""
    assert tell({"stages": {"blink": stage(0.01)}}, [0]) == [(0, "blink", 0, 0, 1, "completed")]
    assert tell({"stages": {"blink": stage(0)}}, [0]) == [(0, "blink", 0, 0, 0, "completed")]


def test_too_many_visits_to_number() -> None:
    """Hold that visits beyond the numbers there are for them are an error, not numbered anew."""
    again = {"stages": {"blink": stage(1, "blink")}}
    assert len(play(again, [0], horizon=65_535)) == 65_535
    with pytest.raises(OverflowError, match="a stay is far too short for this horizon"):
        play(again, [0], horizon=65_536)


def test_stages_that_share_a_capacity_share_a_list() -> None:
    """Hold that of those who wait for one bed the first who came is served, for whatever stage."""
    service = {
        "capacities": {"beds": {"beds": 1}},
        "stages": {"short": stage(3, asks="beds"), "long": stage(10, asks="beds")},
    }
    comes = [(0, "long"), (1, "short"), (2, "long"), (3, "short")]
    assert tell(service, comes) == [
        (0, "long", 0, 0, 10, "completed"),
        (1, "short", 1, 10, 13, "completed"),
        (2, "long", 2, 13, 23, "completed"),
        (3, "short", 3, 23, 26, "completed"),
    ]
