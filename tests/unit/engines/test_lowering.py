"""A scenario as arrays: names become numbers, seasons keep their mean, places are dealt out."""

import math
from datetime import date
from typing import Any

import numpy as np
import pytest
from scipy import integrate

from simcare.engines import addresses
from simcare.engines.lowered_arrivals import expected_arrivals
from simcare.engines.lowering import lower
from simcare.engines.program import Place, Program
from simcare.kernels import tables as t
from simcare.kernels.draws import name_id
from simcare.model.arrivals import Stream
from simcare.model.scenario import Scenario

POPULATION = {
    "motivation": {"number": {"fixed": 1}},
    "kind": {"shares": {"one": 0.5, "two": 0.0, "three": 0.5}},
    "severity": {
        "given": "kind",
        "number_by": {k: {"fixed": 0.5} for k in ("one", "two", "three")},
    },
    "age": {"number": {"uniform": {"low": 18, "high": 80}}},
}
SERVICE: dict[str, Any] = {
    "arrivals": {"west": {"per_day": 1}, "east": {"per_day": 2}},
    "ways_in": {
        "letter": {"stage": "talk", "share": 0.25},
        "nobody": {"stage": "ward", "share": 0},
        "gp": {"stage": "home", "share": 0.75},
    },
    "capacities": {
        "ward": {
            "beds": 7,
            "units": 3,
            "changes": [{"day": 2, "number": 4}, {"day": 3, "number": 0}],
        },
        "desk": {"slots": 2},
    },
    "conditions": {
        "calm": {"motivation": {"half_life_days": 9, "towards": 0.25}},
        "there": {"drop_out": {"after_days": {"fixed": 3}}},
    },
    "stages": {
        "talk": {"asks_for": "desk", "stay_days": {"fixed": 1}, "next": {"completed": "ward"}},
        "ward": {
            "asks_for": "ward",
            "stay_days": {"exponential": {"mean": 2}},
            "stay_times": [{"factor": 2, "when": {"kind": "three"}}],
            "while_waiting": "calm",
            "while_there": "there",
            "hold": True,
            "next": {
                "completed": {"home": 0.5, "talk": 0.0, "return": 0.25, "return to talk": 0.25},
                "dropped_out": [
                    {"when": {"age": {"below": 30}}, "to": "out", "set": {"kind": "two"}},
                    {"to": "home"},
                ],
            },
        },
        "home": {"stay_days": {"fixed": 0}, "next": {"completed": "out"}},
    },
}


HOME = {"home": {"shares": {"one": 0.2, "two": 0.3, "three": 0.5}}}  # nothing sets it


def program(days: float = 10, attributes: dict[str, Any] | None = None, **changed: Any) -> Program:
    """Return the service above lowered, with what is changed and attributes added."""
    population = {"attributes": {**POPULATION, **(attributes or {})}}
    whole = {"service": {**SERVICE, **changed}, "population": population}
    return lower(Scenario.model_validate(whole), date(2017, 1, 1), days)


def test_names_become_numbers() -> None:
    """Hold that stages, capacities and conditions are numbered, capacities by their names."""
    made = program()
    stages = made.tables.stages
    assert made.stages == ("talk", "ward", "home")
    assert made.streams == ("west", "east")
    assert made.columns == ("motivation", "severity", "episode", "kind", "age")
    assert stages["word"].tolist() == [name_id(name) for name in made.stages]
    assert stages["capacity"].tolist() == [0, 1, t.NONE]
    assert stages["while_waiting"].tolist() == [t.NONE, 0, t.NONE]
    assert stages["while_there"].tolist() == [t.NONE, 1, t.NONE]
    assert stages["hold"].tolist() == [0, 1, 0]
    assert made.tables.capacities["word"].tolist() == [name_id("desk"), name_id("ward")]
    assert made.arrivals.streams["word"].tolist() == [name_id("west"), name_id("east")]
    assert made.horizon == 864_000


def test_units_are_dealt_out() -> None:
    """Hold that places are the units in the order of names, the first ones getting one more."""
    made = program()
    assert made.places == (
        Place("desk", 0, 2),
        Place("ward", 0, 3),
        Place("ward", 1, 2),
        Place("ward", 2, 2),
    )
    assert made.first_places().tolist() == [[0], [1], [-1]]
    day = t.TICKS_PER_DAY
    assert made.changes[["tick", "place", "number"]].tolist() == [
        (2 * day, 1, 2), (2 * day, 2, 1), (2 * day, 3, 1),
        (3 * day, 1, 0), (3 * day, 2, 0), (3 * day, 3, 0),
    ]  # fmt: skip


def test_a_split_capacity_is_dealt_out_by_category() -> None:
    """Hold that units are in the order of the population's categories, each dealt out by itself.

    Expected, by hand: one has 4 beds over 3 units (2, 1, 1), two none over its one, three 3 over
    2 (2, 1). The row of the ward points to the three rows of its parts, after those of the
    capacities; their places lie one after the other, behind the desk's. Each change is dealt out
    over the units of its own category; where a unit keeps its number, there is no row.
    """
    ward = {
        "by": "home",
        "beds": {"three": 3, "one": 4, "two": 0},
        "units": {"one": 3, "two": 1, "three": 2},
        "changes": [{"day": 2, "number": {"one": 3, "two": 5, "three": 0}}],
    }
    made = program(attributes=HOME, capacities={"ward": ward, "desk": {"slots": 2}})
    assert made.places == (
        Place("desk", 0, 2),
        Place("ward", 0, 2, "home", "one"),
        Place("ward", 1, 1, "home", "one"),
        Place("ward", 2, 1, "home", "one"),
        Place("ward", 3, 0, "home", "two"),
        Place("ward", 4, 2, "home", "three"),
        Place("ward", 5, 1, "home", "three"),
    )
    word, home = name_id("ward"), made.columns.index("home")
    assert made.tables.capacities.tolist() == [
        (name_id("desk"), 2, 1, 0, t.NONE, t.NONE, t.NONE),
        (word, 7, 6, 1, home, 2, t.NONE),
        (word, 4, 3, 1, t.NONE, t.NONE, t.NONE),
        (word, 0, 1, 4, t.NONE, t.NONE, t.NONE),
        (word, 3, 2, 5, t.NONE, t.NONE, t.NONE),
    ]
    assert made.first_places().tolist() == [[0], [1], [-1]]
    assert made.changes["place"].tolist() == [1, 4, 5, 6]
    assert made.changes["number"].tolist() == [1, 5, 0, 0]
    none = [t.NONE, t.NONE]
    # Categories are numbered by name: one, three, two.
    assert made.groups().tolist() == [none, *[[0, 0]] * 3, [0, 2], *[[0, 1]] * 2]


def test_one_number_of_units_is_for_each_category() -> None:
    """Hold that units given as one number are so many in every category."""
    beds = {"one": 2, "two": 3, "three": 2}
    ward = {"by": "home", "beds": beds, "units": 2}
    made = program(attributes=HOME, capacities={"ward": ward, "desk": {"slots": 2}})
    assert [place.number for place in made.places] == [2, 1, 1, 2, 1, 1, 1]


def routes_of(made: Program, stage: int, fate: int) -> list[list[tuple[float, int, int]]]:
    """Return the routes of each case of one way to end."""
    tables = made.tables
    ends = tables.ends[stage, fate]
    cases = tables.cases[ends["first"] : ends["first"] + ends["many"]]
    return [
        tables.routes[c["routes_first"] : c["routes_first"] + c["routes_many"]].tolist()
        for c in cases
    ]


def test_routes_are_cumulative_and_none_of_share_zero() -> None:
    """Hold that targets are told by kind and stage, shares added up and those of 0 left out."""
    made = program()
    assert routes_of(made, 1, t.COMPLETED) == [
        [(0.5, t.STAGE, 2), (0.75, t.RETURN_BY_WAY_IN, t.NONE), (1.0, t.RETURN, 0)]
    ]
    assert routes_of(made, 1, t.DROPPED_OUT) == [[(1.0, t.OUT, t.NONE)], [(1.0, t.STAGE, 2)]]
    assert routes_of(made, 2, t.DIED) == [[(1.0, t.OUT, t.NONE)]]


def test_cases_have_their_tests_and_settings() -> None:
    """Hold that a case tests columns by ranges, and sets a category by its number."""
    tables = program().tables
    case = tables.cases[tables.ends[1, t.DROPPED_OUT]["first"]]
    assert case["tests_many"] == 1
    assert tables.tests[case["tests_first"]].item() == (4, -math.inf, 30.0)
    assert case["sets_many"] == 1
    assert tables.settings[case["sets_first"]].item() == (3, 1.0, t.NONE, 0)
    effect = tables.effects[tables.stages["effects_first"][1]]
    assert tables.tests[effect["first"]].item() == (3, 2.0, 2.5)


def test_ways_in_and_attributes() -> None:
    """Hold that ways in are cumulative, those of share 0 left out; attributes keep their order."""
    arrivals = program().arrivals
    assert arrivals.ways_in.tolist() == [(0.25, 0), (1.0, 2)]
    assert arrivals.attributes["word"].tolist() == [name_id(name) for name in POPULATION]
    assert arrivals.attributes["column"].tolist() == [0, 3, 1, 4]
    assert arrivals.attributes["given"].tolist() == [t.NONE, t.NONE, 3, t.NONE]


def test_a_horizon_of_part_of_a_day() -> None:
    """Hold that the horizon is rounded as every length is: 0.7 days are 60,480 ticks."""
    assert program(days=0.7).horizon == 60_480


def test_two_names_of_one_word_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    """Hold that names which share an address of chance are an error that names both."""
    monkeypatch.setattr(addresses, "name_id", lambda name: 7 if name in ("talk", "home") else 8)
    with pytest.raises(ValueError, match="the stages home and talk share an address: rename one"):
        addresses.words(("talk", "ward", "home"), "stages")
    monkeypatch.setattr(addresses, "name_id", lambda name: 0)
    with pytest.raises(ValueError, match=r"the stages talk and .no name. share an address"):
        addresses.words(("talk",), "stages")


def test_a_name_may_be_used_for_different_things() -> None:
    """Hold that a stage and a capacity may share a name: their addresses differ in purpose."""
    assert addresses.words(("ward", "desk"), "stages") == {
        "ward": name_id("ward"),
        "desk": name_id("desk"),
    }
    assert program().stages[1] == program().places[1].capacity == "ward"


# --- seasons -----------------------------------------------------------------------------------

MONTHS = (9, 10, 11, 10, 10, 8, 4, 7, 11, 12, 11, 9)
WEEKDAYS = (5, 5, 4, 4, 3, 0, 0)


def test_a_constant_rate() -> None:
    """Hold that a rate without seasons grows by the same each day, a year counting 365.25 days."""
    made = expected_arrivals(Stream(per_year=730.5), date(2017, 1, 1), 10)
    assert made.tolist() == pytest.approx([2.0 * k for k in range(11)])
    assert expected_arrivals(Stream(per_day=3, open=False), date(2017, 1, 1), 5).tolist() == [0] * 6


@pytest.mark.parametrize("start", [date(2017, 1, 1), date(2017, 1, 5), date(2020, 2, 29)])
def test_weekdays_keep_the_mean_of_a_week(start: date) -> None:
    """Hold that any whole weeks have the arrivals of the rate, and the weekend its own share."""
    made = expected_arrivals(Stream(per_day=3, weekdays=WEEKDAYS), start, 70)
    assert (made[7:] - made[:-7]).tolist() == pytest.approx([21.0] * 64)
    steps = np.diff(made)
    assert steps[(5 - start.weekday()) % 7] == 0
    assert steps[-start.weekday() % 7] == pytest.approx(21 * 5 / 21)


def test_months_keep_the_mean_over_the_months() -> None:
    """Hold that each day has its month's factor over the plain mean of the twelve."""
    made = np.diff(expected_arrivals(Stream(per_day=2, months=MONTHS), date(2017, 1, 1), 365))
    mean = sum(MONTHS) / 12
    lengths = (31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31)
    expected = [2 * m / mean for m, many in zip(MONTHS, lengths, strict=True) for _ in range(many)]
    assert made.tolist() == pytest.approx(expected)
    # Months differ in length, so that a year keeps its total only up to that: here to a thousandth.
    assert made.sum() == pytest.approx(2 * 365, rel=2e-3)


@pytest.mark.parametrize(("amplitude", "period", "start_day"), [(0.3, 365.0, 0.0), (1.0, 90, 17.5)])
def test_a_wave_against_its_integral(amplitude: float, period: float, start_day: float) -> None:
    """Hold that a wave, taken in the middle of each day, adds up to its integral within 1e-4."""
    wave = {"amplitude": amplitude, "period_days": period, "start_day": start_day}
    stream = Stream.model_validate({"per_day": 2.5, "wave": wave})
    made = expected_arrivals(stream, date(2017, 1, 1), 730)

    def rate(day: float) -> float:
        return 2.5 * (1 + amplitude * math.sin(2 * math.pi * (day - start_day) / period))

    for days in (1, 30, 91, 365, 700, 730):
        exact = integrate.quad(rate, 0, days, epsabs=1e-9, limit=500)[0]
        assert made[days] == pytest.approx(exact, rel=1e-4, abs=2.5e-3)


def test_a_wave_keeps_the_mean_of_a_year() -> None:
    """Hold that a whole period of a wave has the arrivals of the rate."""
    stream = Stream.model_validate({"per_day": 2, "wave": {"amplitude": 0.4, "start_day": 40}})
    made = expected_arrivals(stream, date(2017, 1, 1), 730)
    assert made[365] == pytest.approx(730, rel=1e-12)
    assert made[730] == pytest.approx(1460, rel=1e-12)
