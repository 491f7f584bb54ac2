"""Days that begin with a list, worked by hand: who is served when, to the second.

A person of the list is told as (stage, ticks before day 0, state, what is known); those who come
later as (tick, stage). A visit is told as in test_days.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from math import exp, log
from typing import Any

import numpy as np
import pytest
from tests.unit.engines.test_days import Told, days, fixed, leaving, stage

from simcare.engines import compiled, reference
from simcare.engines.cohort import everybody, make_people
from simcare.engines.lowering import lower
from simcare.engines.program import Program
from simcare.kernels.draws import CLOCK, STAY, name_id, uniform
from simcare.kernels.tables import FATES, MOTIVATION, SEVERITY, Rows
from simcare.model.beginning import HERE_AT_THE_START, Beginning, Present
from simcare.model.scenario import Scenario

SEED, REPLICATION = 20170101, 3
KEY = np.array([SEED, REPLICATION], np.uint64)
Row = tuple[str, int, str] | tuple[str, int, str, dict[str, float | str]]
POPULATION = {
    "attributes": {
        "motivation": {"number": {"fixed": 1}},
        "severity": {"number": {"fixed": 0}},
        "kind": {"shares": {"one": 1, "other": 0}},
        "region": {"shares": {"north": 0.4, "nobody": 0, "south": 0.6}},
        "need": {
            "given": "kind",
            "shares_by": {"one": {"low": 1, "high": 0}, "other": {"low": 0, "high": 1}},
        },
    }
}


@dataclass(frozen=True)
class Day:
    """A service, the list that it begins with, and when others come to which stage."""

    service: Mapping[str, Any]
    people: Sequence[Row]
    comes: Sequence[tuple[int, str]] = field(default=())
    horizon: int = 1000

    def program(self) -> Program:
        """Return the day lowered; nobody comes by chance."""
        names = list(self.service["stages"])
        whole = {
            "arrivals": {"all": {"per_day": 0}},
            "ways_in": {name: {"stage": name, "share": 1 / len(names)} for name in names},
            **self.service,
        }
        present = tuple(
            Present(line, row[0], -row[1], row[2], row[3] if len(row) > 3 else {})
            for line, row in enumerate(self.people, 2)
        )
        scenario = Scenario.model_validate({"service": whole, "population": POPULATION})
        begun = scenario.model_copy(update={"beginning": Beginning(present, "", 0)})
        return lower(begun, date(2017, 1, 1), days(self.horizon))

    def visits(self) -> Rows:
        """Return what both engines write, which must be the same."""
        program = self.program()
        ticks = np.array([tick for tick, _ in self.comes], np.int64)
        ids = np.uint64(name_id("all") << 32) + np.arange(len(ticks), dtype=np.uint64)
        played: list[Rows] = []
        for engine in (reference, compiled):
            people = everybody(program, KEY, ticks, ids)
            entries = [program.stages.index(name) for _, name in self.comes]
            people.clients["entry"][len(self.people) :] = entries
            played.append(engine.play(program, people))
        assert played[0].tobytes() == played[1].tobytes()
        return played[0]

    def told(self) -> list[Told]:
        """Return what happened, in words and ticks."""
        names = list(self.service["stages"])
        return [
            (
                int(v["client"]),
                names[v["stage"]],
                int(v["queued"]),
                None if v["started"] < 0 else int(v["started"]),
                None if v["ended"] < 0 else int(v["ended"]),
                FATES[v["fate"]],
            )
            for v in self.visits()
        ]


def ward(beds: Any = 1, stay: float = 10, patience: float = 30, **more: Any) -> dict[str, Any]:
    """Return a service of one stage with some beds, where those who wait give up in time."""
    asks = stage(stay, asks="beds", while_waiting="waiting", next={"left": "out"})
    return {
        "capacities": {"beds": {"beds": beds, **more}},
        "conditions": {"waiting": leaving(patience)},
        "stages": {"ward": asks},
    }


def test_a_bed_with_its_list() -> None:
    """Who is there stays what is left of 10 seconds; the list is served in the order of since.

    Those who come in the first second and later stand behind; patience of 30 runs from since.
    """
    people = [("ward", 5, "waiting"), ("ward", 4, "there"), ("ward", 12, "waiting")]
    day = Day(ward(), people, [(0, "ward"), (3, "ward")])
    assert day.told() == [
        (0, "ward", 0, 0, 6, "completed"),
        (1, "ward", -12, 6, 16, "completed"),
        (2, "ward", -5, 16, 26, "completed"),
        (3, "ward", 0, 26, 36, "completed"),
        (4, "ward", 3, None, 33, "left"),
    ]


def test_on_day_0_the_lists_hold_exactly_those_people() -> None:
    """Cut off after the first second, nobody else is there, and nobody has gone."""
    people = [("ward", 5, "waiting"), ("ward", 4, "there"), ("home", 70, ""), ("ward", 5, "there")]
    service = ward(2)
    service["stages"]["home"] = stage(100, "ward")
    assert Day(service, people, horizon=1).told() == [
        (0, "home", 0, 0, None, "staying"),
        (1, "ward", 0, 0, None, "staying"),
        (2, "ward", 0, 0, None, "staying"),
        (3, "ward", -5, None, None, "waiting"),
    ]


def test_a_free_place_is_given_to_who_has_waited_longest() -> None:
    """A bed that is free on day 0 is taken in its first second, ahead of who comes then."""
    people = [("ward", 3, "waiting"), ("ward", 8, "waiting"), ("ward", 4, "there")]
    assert Day(ward(2), people, [(0, "ward")]).told() == [
        (0, "ward", 0, 0, 6, "completed"),
        (1, "ward", -8, 0, 10, "completed"),
        (2, "ward", -3, 6, 16, "completed"),
        (3, "ward", 0, 10, 20, "completed"),
    ]


def test_who_joined_in_one_second_is_in_the_order_of_the_rows() -> None:
    """Of two who wait since the same second the first row is first; the number is the row's."""
    people = [("ward", 8, "waiting"), ("ward", 8, "waiting"), ("ward", 9, "there")]
    day = Day(ward(), people)
    assert [(who, started) for who, _, _, started, *_ in day.told()] == [(0, 0), (1, 1), (2, 11)]
    ids = everybody(day.program(), KEY, np.empty(0, np.int64), np.empty(0, np.uint64)).clients["id"]
    assert ids.tolist() == [name_id(HERE_AT_THE_START) << 32 | row for row in (2, 0, 1)]


def test_what_has_lasted_too_long_ends_at_once() -> None:
    """A wait of 30 or more is over in the first second, a stay of 10 or more one second later."""
    people = [("ward", 10, "there"), ("ward", 30, "waiting"), ("ward", 40, "waiting")]
    assert Day(ward(), people, [(0, "ward")]).told() == [
        (0, "ward", 0, 0, 1, "completed"),
        (1, "ward", -40, None, 0, "left"),
        (2, "ward", -30, None, 0, "left"),
        (3, "ward", 0, 1, 11, "completed"),
    ]


def test_all_of_the_list_come_before_anything_happens() -> None:
    """A has to go in the first second, and asks again: behind C, although B came after A.

    A and B have the beds and C waits. A's bed goes to C; B's, after the 5 seconds of B, to A.
    """
    again = stage(None, asks="beds", while_there="there", next={"dropped_out": "again"})
    service = {
        "capacities": {"beds": {"beds": 2}},
        "conditions": {"there": leaving(5, "drop_out")},
        "stages": {"again": again},
    }
    people = [("again", 7, "there"), ("again", 1, "there"), ("again", 3, "waiting")]
    assert Day(service, people, horizon=6).told() == [
        (0, "again", 0, 0, 0, "dropped_out"),
        (0, "again", 0, 4, None, "staying"),
        (1, "again", 0, 0, 4, "dropped_out"),
        (1, "again", 4, 5, None, "staying"),
        (2, "again", -3, 0, 5, "dropped_out"),
        (2, "again", 5, None, None, "waiting"),
    ]


def test_nobody_is_evicted_by_what_closes_on_day_0() -> None:
    """A bed that is closed in the first second goes on with who is there, and is given to nobody.

    It opens again at 20, when the patience of one who waits since 11 is over.
    """
    changes = [{"day": 0, "number": 0}, {"day": days(20), "number": 1}]
    people = [("ward", 4, "there"), ("ward", 5, "waiting"), ("ward", 11, "waiting")]
    assert Day(ward(changes=changes), people).told() == [
        (0, "ward", 0, 0, 6, "completed"),
        (1, "ward", -11, None, 19, "left"),
        (2, "ward", -5, 20, 30, "completed"),
    ]


def test_units_are_dealt_out_in_turn() -> None:
    """Of three beds in two units, two there take the first of each; who waits goes on in turn.

    The third bed is the first unit's, whose turn it is: it goes to who waits longest. The next
    waits for the second unit, where 6 seconds are left.
    """
    people = [("ward", 4, "there"), ("ward", 3, "there"), ("ward", 9, "waiting")]
    day = Day(ward(3, units=2), [*people, ("ward", 2, "waiting")])
    assert day.told() == [
        (0, "ward", 0, 0, 6, "completed"),
        (1, "ward", 0, 0, 7, "completed"),
        (2, "ward", -9, 0, 10, "completed"),
        (3, "ward", -2, 7, 17, "completed"),
    ]
    assert day.visits()["unit"].tolist() == [0, 1, 0, 1]


def test_parts_of_a_capacity_are_dealt_out_by_category() -> None:
    """North has two units of a bed, south one: each of the list belongs to one of its own.

    Who has none that is known is drawn one, as anybody: here with certainty the north.
    """
    split = {
        "by": "kind", "beds": {"one": 2, "other": 1}, "units": {"one": 2, "other": 1},
    }  # fmt: skip
    service = {**ward(), "capacities": {"beds": split}}
    people: list[Row] = [
        ("ward", 1, "there", {"kind": "other"}),
        ("ward", 2, "there"),
        ("ward", 3, "there", {"kind": "one"}),
        ("ward", 5, "waiting", {"kind": "other"}),
        ("ward", 4, "waiting"),
    ]
    day = Day(service, people)
    assert day.visits()["unit"].tolist() == [0, 1, 2, 2, 0]
    assert day.told()[3:] == [
        (3, "ward", -5, 9, 19, "completed"),
        (4, "ward", -4, 7, 17, "completed"),
    ]


def test_more_there_than_a_part_has_stay_all_the_same() -> None:
    """Two whose category is drawn are there in a part of one bed; who waits for it waits for both.

    The places of the list fit its capacity as a whole, and nobody is sent away.
    """
    split = {"by": "kind", "beds": {"one": 1, "other": 1}}
    service = {**ward(), "capacities": {"beds": split}}
    people = [("ward", 8, "there"), ("ward", 4, "there"), ("ward", 9, "waiting")]
    assert Day(service, people).told() == [
        (0, "ward", 0, 0, 2, "completed"),
        (1, "ward", 0, 0, 6, "completed"),
        (2, "ward", -9, 6, 16, "completed"),
    ]


def test_a_place_is_kept_by_who_was_there() -> None:
    """What is left of the first stay is 6; the slot is kept until the bed is free at 8."""
    service = {
        "capacities": {"slots": {"slots": 1}, "beds": {"beds": 1}},
        "stages": {
            "first": stage(10, "ward", "slots", hold=True),
            "ward": stage(10, asks="beds"),
        },
    }
    people = [("first", 4, "there"), ("ward", 2, "there"), ("first", 1, "waiting")]
    assert Day(service, people, horizon=10).told() == [
        (0, "first", 0, 0, 8, "completed"),
        (0, "ward", 6, 8, None, "staying"),
        (1, "ward", 0, 0, 8, "completed"),
        (2, "first", -1, 8, None, "staying"),
    ]


def test_a_return_is_by_ones_own_way_in() -> None:
    """Who was there comes back where chance lets them in, as anybody: not where they were."""
    service = {
        "stages": {
            "ward": stage(10, "return"),
            "door": stage(10, "return"),
            "gate": stage(10, "return"),
        }
    }
    day = Day(service, [("ward", 4, "")] * 30, horizon=7)
    people = make_people(day.program(), SEED, REPLICATION)
    entries = people.present["entry"].tolist()
    assert set(entries) == {0, 1, 2}
    visits = day.visits()
    again = visits[visits["episode"] == 2]
    assert again["stage"].tolist() == entries
    assert (again["queued"] == 6).all()


# --- what time has done --------------------------------------------------------------------------


def test_motivation_is_that_of_today_if_it_is_known() -> None:
    """Motivation halves in 10 seconds of waiting: drawn 1 since 10 seconds ago it is 0.5 today.

    Known to be 0.8 today it is 0.8; six seconds later, when the bed is free, both have faded on.
    """
    service = ward(2)
    service["conditions"]["waiting"]["motivation"] = {"half_life_days": days(10), "towards": 0}
    people: list[Row] = [
        ("ward", 4, "there"),
        ("ward", 4, "there", {"motivation": 0.3}),
        ("ward", 10, "waiting"),
        ("ward", 10, "waiting", {"motivation": 0.8}),
    ]
    visits = Day(service, people).visits()
    assert visits["motivation_queued"] == pytest.approx([1, 0.3, 0.5, 0.8])
    assert visits["motivation_started"] == pytest.approx([1, 0.3, 2**-1.6, 0.8 * 2**-0.6])
    assert visits["motivation_ended"] == pytest.approx(visits["motivation_started"])
    assert (visits["severity_started"] == 0).all()


def test_severity_has_drifted_while_somebody_was_there() -> None:
    """Drawn 0 when they got there 10 seconds ago, severity is half of the way to 1 today."""
    service = ward()
    service["conditions"]["there"] = {"severity": {"half_life_days": days(10), "towards": 1}}
    service["stages"]["ward"] |= {"while_there": "there", "stay_days": fixed(20)}
    visits = Day(service, [("ward", 10, "there")]).visits()
    assert visits["severity_started"] == pytest.approx([0.5])
    assert visits["severity_ended"] == pytest.approx([0.75])


def test_what_is_not_known_is_drawn_by_what_is() -> None:
    """The need of one kind is certain, and so is that of the other: it follows the list's kind."""
    people: list[Row] = [("ward", 1, "waiting", {"kind": "other"}), ("ward", 1, "waiting")]
    program = Day(ward(), people).program()
    traits = make_people(program, SEED, REPLICATION).traits
    columns = [program.columns.index(name) for name in ("kind", "need")]
    assert traits[:, columns].tolist() == [[1, 1], [0, 0]]
    assert traits[:, (MOTIVATION, SEVERITY)].tolist() == [[1, 0], [1, 0]]


def test_a_clock_has_the_age_of_the_wait() -> None:
    """A Weibull clock of scale 20 and shape 2 runs since 15 seconds, its threshold as drawn today.

    It ends the wait when ((15 + t) / 20) ** 2 - (15 / 20) ** 2 has used the threshold up.
    """
    weibull = {"weibull": {"scale": days(20), "shape": 2}}
    service = ward(0)
    service["conditions"]["waiting"]["leave"]["after_days"] = weibull
    visits = Day(service, [("ward", 15, "waiting")] * 8).visits()
    for row, visit in enumerate(visits):
        client = np.uint64(name_id(HERE_AT_THE_START) << 32 | row)
        amount = -log(uniform(SEED, REPLICATION, client, 1, 0, 0, CLOCK))
        left = 20 * (amount + 0.5625) ** 0.5 - 15
        assert visit["ended"] == max(1, int(left + 0.5))


def test_the_rest_of_a_stay_is_drawn_given_what_has_passed() -> None:
    """An exponential stay is as if begun today; a uniform one up to 20 has 12 u left after 8.

    u is that of the stay's own address. A factor of 2 makes the whole stay twice as long.
    """
    laws = {
        "memoryless": {"exponential": {"mean": days(20)}},
        "even": {"uniform": {"low": 0, "high": days(20)}},
        "doubled": {"fixed": days(10)},
    }
    stages = {name: {"stay_days": law, "next": {"completed": "out"}} for name, law in laws.items()}
    stages["doubled"]["stay_times"] = [{"factor": 2, "when": {"kind": "one"}}]
    people = [(name, 8, "there") for name in laws for _ in range(5)]
    visits = Day({"stages": stages}, people).visits()
    for row, visit in enumerate(visits):
        name = people[row][0]
        client = np.uint64(name_id(HERE_AT_THE_START) << 32 | row)
        u = uniform(SEED, REPLICATION, client, 1, name_id(name), 0, STAY)
        left = {"memoryless": -20 * log(1 - u), "even": 12 * u, "doubled": 12}[name]
        assert visit["ended"] == max(1, int(left + 0.5))


def test_who_is_still_there_is_hardly_one_to_be_lost_early() -> None:
    """Half are lost with a mean of a second, the others hardly ever; who waits since 30 is not.

    Who has waited for no time at all is as anybody: half of 200, within four standard deviations.
    """
    clock = {"after_days": {"exponential": {"mean": days(1e6)}}}
    early = {"share": 0.5, "mean_days": days(1)}
    service = ward(0)
    service["conditions"]["waiting"]["leave"] = {**clock, "early_loss": early}
    old = Day(service, [("ward", 30, "waiting")] * 200).visits()
    assert (old["fate"] == FATES.index("left")).sum() <= 200 * 2 * exp(-30) + 2
    new = Day(service, [("ward", 0, "waiting")] * 200).visits()
    lost = int((new["ended"][new["ended"] >= 0] < 30).sum())
    assert abs(lost - 100) <= 4 * 50**0.5
